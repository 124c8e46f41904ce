"""Metrics of a real dbt project, as the gate of metrics compares them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.exceptions import DbtArtifactError
from phlo_hooks_dagster.gates import dbt_metrics
from phlo_hooks_dagster.gates.metric_change import breaking_metrics

FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n",
    "models/orders.sql": "select 1 as id, 2 as net, 'a' as outlet, current_date as sold_on",
    "models/days.sql": "select current_date as date_day",
    "models/metrics.yml": """
models:
  - name: days
    time_spine: {standard_granularity_column: date_day}
    columns: [{name: date_day, granularity: day}]
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: {agg_time_dimension: sold_on}
    entities: [{name: order, type: primary, expr: id}]
    dimensions:
      - {name: sold_on, type: time, type_params: {time_granularity: day}}
      - {name: outlet, type: categorical}
    measures:
      - {name: amount, agg: sum, expr: net}
      - {name: ordered, agg: count, expr: id}
metrics:
  - name: revenue
    label: Revenue
    type: simple
    type_params: {measure: amount}
    filter: "{{ Dimension('order__outlet') }} = 'a'"
  - {name: order_count, label: Orders, type: simple, type_params: {measure: ordered}}
  - {name: basket, label: Basket, type: ratio, type_params: {numerator: revenue, denominator: order_count}}
""",
}


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the manifest of a project with metrics, as dbt writes it."""
    root = tmp_path_factory.mktemp("metrics")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet", "parse", "--profiles-dir", "."]
    subprocess.run(dbt, cwd=root, check=True, capture_output=True)
    return root / "target" / "manifest.json"


def test_metrics_say_what_they_are_made_of(manifest: Path) -> None:
    """A metric has type, filter, measures and dimensions; one made of metrics has the measures of those."""
    found = dbt_metrics(manifest)

    assert sorted(found) == ["basket", "order_count", "revenue"]
    assert found["revenue"]["filter"] == ["{{ Dimension('order__outlet') }} = 'a'"]
    assert found["revenue"]["measure"] == {"amount": {"agg": "sum", "expr": "net"}}
    assert found["revenue"]["dimensions"] == ["order__outlet", "order__sold_on"]
    assert sorted(found["basket"]["measure"]) == ["amount", "ordered"]


@pytest.mark.parametrize(("model", "metrics"), [("orders", 3), ("model.shop.orders", 3), ("days", 0)])
def test_only_the_metrics_of_a_model(manifest: Path, model: str, metrics: int) -> None:
    """A model is named by its name or its unique id; what comes out is plain JSON."""
    found = dbt_metrics(json.loads(manifest.read_text()), model=model)

    assert len(found) == metrics
    assert json.loads(json.dumps(found)) == found


def _metric(found: dict[str, Any], name: str) -> dict[str, Any]:
    metric: dict[str, Any] = found["metrics"][f"metric.shop.{name}"]
    return metric


def _semantic(found: dict[str, Any]) -> dict[str, Any]:
    semantic: dict[str, Any] = found["semantic_models"]["semantic_model.shop.orders"]
    return semantic


def relabel(found: dict[str, Any]) -> None:
    _metric(found, "revenue").update(label="All revenue", description="With taxes.")


def other_expression(found: dict[str, Any]) -> None:
    _semantic(found)["measures"][0]["expr"] = "gross"


def other_aggregation(found: dict[str, Any]) -> None:
    _semantic(found)["measures"][1]["agg"] = "count_distinct"


def other_filter(found: dict[str, Any]) -> None:
    _metric(found, "revenue")["filter"]["where_filters"][0]["where_sql_template"] += " or true"


def other_numerator(found: dict[str, Any]) -> None:
    _metric(found, "basket")["type_params"]["numerator"]["name"] = "order_count"


def without_dimension(found: dict[str, Any]) -> None:
    _semantic(found)["dimensions"].pop()


def with_dimension(found: dict[str, Any]) -> None:
    _semantic(found)["dimensions"].append({"name": "country", "type": "categorical"})


def without_metric(found: dict[str, Any]) -> None:
    del found["metrics"]["metric.shop.basket"]


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (relabel, {}),
        (with_dimension, {}),
        (other_expression, {"basket": "has another measure", "revenue": "has another measure"}),
        (other_aggregation, {"basket": "has another measure", "order_count": "has another measure"}),
        (other_filter, {"revenue": "has another filter"}),
        (other_numerator, {"basket": "has another numerator"}),
        (without_dimension, dict.fromkeys(["basket", "order_count", "revenue"], "lost dimensions order__outlet")),
        (without_metric, {"basket": "was removed"}),
    ],
)
def test_what_breaks_a_metric_of_dbt(
    manifest: Path, change: Callable[[dict[str, Any]], None], broken: dict[str, str]
) -> None:
    """What changes what a metric counts breaks it; what people read, and what is new, does not."""
    content = json.loads(manifest.read_text())
    changed = deepcopy(content)
    change(changed)

    found = dict(breaking_metrics(dbt_metrics(content), dbt_metrics(changed)))

    assert sorted(found) == sorted(broken)
    assert [name for name, told in broken.items() if not found[name].startswith(told)] == []


def test_a_file_that_is_no_manifest_is_an_error(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "manifest.json").write_text("[]")

    with pytest.raises(DbtArtifactError, match=r"manifest\.json: it is no JSON object"):
        dbt_metrics(tmp_path / "manifest.json")

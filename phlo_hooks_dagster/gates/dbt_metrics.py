"""The metrics of a dbt project, as ``BreakingMetricChange`` compares them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from phlo_hooks.exceptions import DbtArtifactError

_PARTS: Final = (
    "numerator",
    "denominator",
    "expr",
    "window",
    "grain_to_date",
    "metrics",
    "conversion_type_params",
    "cumulative_type_params",
    "fill_nulls_with",
    "join_to_timespine",
)
"""What of a metric's type parameters says what it means; its measures are spelled out."""


def dbt_metrics(manifest: Mapping[str, Any] | str | Path, *, model: str | None = None) -> dict[str, dict[str, Any]]:
    """
    Return the metrics that a dbt manifest defines, name to definition; attach them as metadata ``phlo/metrics``.

    A definition has the metric's type, filter and parameters, its measures with aggregation and expression, and the
    dimensions of the semantic models they are from.

    Args:
        manifest: ``target/manifest.json``, read or to be read.
        model: Only metrics that are made of this dbt model: its name or unique id.

    Raises:
        DbtArtifactError: The file cannot be read as a manifest.
    """
    content = manifest if isinstance(manifest, Mapping) else _read(Path(manifest))
    semantic = list((content.get("semantic_models") or {}).values())
    measures = {measure["name"]: (each, measure) for each in semantic for measure in each.get("measures") or ()}
    metrics = {each["name"]: each for each in (content.get("metrics") or {}).values()}
    found = {}
    for name, metric in sorted(metrics.items()):
        used = sorted(_measures(metric, metrics, set()))
        models = [measures[each][0] for each in used if each in measures]
        if model is None or any(_is_of(each, model) for each in models):
            found[name] = _definition(metric, [measures[each] for each in used if each in measures])
    return found


def _definition(
    metric: Mapping[str, Any], measures: list[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> dict[str, Any]:
    given = metric.get("type_params") or {}
    parts = {name: _slim(given.get(name)) for name in _PARTS if given.get(name)}
    return {
        "type": metric.get("type"),
        "label": metric.get("label"),
        "filter": _filter(metric.get("filter")),
        "measure": {
            measure["name"]: {"agg": measure.get("agg"), "expr": measure.get("expr") or measure["name"]}
            for _, measure in measures
        },
        **parts,
        "measure_filter": _filter((given.get("measure") or {}).get("filter")),
        "dimensions": sorted({dimension for each, _ in measures for dimension in _dimensions(each)}),
    }


def _measures(metric: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]], seen: set[str]) -> set[str]:
    """Return the measures that a metric is made of, through other metrics too."""
    if metric["name"] in seen:
        return set()
    seen.add(metric["name"])
    given = metric.get("type_params") or {}
    own = [given.get("measure"), *(given.get("input_measures") or ())]
    names = {each["name"] for each in own if each}
    for inner in (given.get("numerator"), given.get("denominator"), *(given.get("metrics") or ())):
        if inner and inner["name"] in metrics:
            names |= _measures(metrics[inner["name"]], metrics, seen)
    return names


def _dimensions(semantic: Mapping[str, Any]) -> Iterator[str]:
    entity = semantic.get("primary_entity") or next(
        (each["name"] for each in semantic.get("entities") or () if each.get("type") == "primary"), None
    )
    for dimension in semantic.get("dimensions") or ():
        yield f"{entity}__{dimension['name']}" if entity else dimension["name"]


def _is_of(semantic: Mapping[str, Any], model: str) -> bool:
    nodes = (semantic.get("depends_on") or {}).get("nodes") or ()
    relation = semantic.get("node_relation") or {}
    return model in nodes or model == relation.get("alias") or any(node.rsplit(".", 1)[-1] == model for node in nodes)


def _filter(given: Any) -> list[str]:
    found = given.get("where_filters") or () if isinstance(given, Mapping) else ()
    return [" ".join(str(each.get("where_sql_template")).split()) for each in found]


def _slim(value: Any) -> Any:
    """Return a part without what is empty, so that dbt versions that write more fields tell no change."""
    if isinstance(value, Mapping):
        return {name: slim for name, each in value.items() if (slim := _slim(each)) not in (None, [], {}, False)}
    return [_slim(each) for each in value] if isinstance(value, list) else value


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DbtArtifactError(path, str(error)) from error
    if not isinstance(found, dict):
        raise DbtArtifactError(path, "it is no JSON object")
    return found

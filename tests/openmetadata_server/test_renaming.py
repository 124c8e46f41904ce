"""When the settings name things otherwise, a sync tells all under the new names, and the old ones never again."""

from __future__ import annotations

from phlo_hooks.catalog import Catalog
from phlo_hooks.subscribers.openmetadata.learning import Knowledge
from phlo_hooks.subscribers.openmetadata.pruning import find_stale
from phlo_hooks.subscribers.openmetadata.syncing import sync
from tests.openmetadata_server.platform import Platform
from tests.openmetadata_server.shop_runs import LINES, MART, ORDERS, STG, Run
from tests.openmetadata_standin import StandIn

OLD = sorted(f"table duckdb.{name}" for name in (LINES, MART, ORDERS, STG))
RULES = {"services": [{"platform": "duckdb", "service": "lake"}], "pipeline_name": "{job}"}


def test_old_names_are_told_no_more_and_can_go(new_shop: Platform, newest: StandIn) -> None:
    """The rule that doctor prints makes two tables one: no sync brings the second back, and prune finds it."""
    new_shop.append(Run().events())
    new_shop.drain()
    new_shop.options = RULES
    newest.journal.clear()

    with new_shop.at_hand() as (outbox, context, options, client):
        report = sync(outbox, context, options, client)
        stale = find_stale(client, context.keep, Catalog(), Knowledge(context.keep))

    assert report.refused == ()
    assert not [line for line in newest.journal.changes if "duckdb" in line]
    assert set(newest.dump()["entities"]["table"]) >= {f"lake.{name}" for name in (LINES, MART, ORDERS, STG)}
    assert sorted(str(each.name) for each in stale if each.upstream is None and each.name.kind == "table") == OLD
    assert 'dagster."shop.nightly"' in {each.name.fqn for each in stale}
    made = {edge["pipeline"] for name, edge in newest.dump()["edges"].items() if "lake." in name}
    assert made == {"pipeline dagster.nightly"}

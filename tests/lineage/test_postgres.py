from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phlo_hooks.lineage import Graph, build_graph
from phlo_hooks.lineage.tracing import find_runs, trace_run
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import load_settings
from phlo_hooks.testing import EPOCH
from tests.lineage.shop import GOOD, shop_events
from tests.lineage.story import Story, table
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]


def test_both_databases_give_the_same_graph_and_trace(postgres: PostgresServer, tmp_path: Path) -> None:
    """With a key too long for an index on PostgreSQL among the events: it is recorded, and is in no graph."""
    events = shop_events()
    events += Story(run_id="long", begin=500).start().loaded("long/" + "k" * 9000, table("shop.raw.long")).events
    graphs: list[Graph] = []
    traces = []
    for url in (f"sqlite:///{tmp_path / 'state.db'}", postgres.new_database()):
        with Outbox.open(url) as outbox:
            outbox.append(events)
            graph = build_graph(outbox, load_settings({}, root=tmp_path), catalogs=[], now=lambda: EPOCH)
            graphs.append(replace(graph, consumers=()))
            assert find_runs(outbox, GOOD[:8]) == [GOOD]
            traces.append(trace_run(outbox, GOOD))

    assert graphs[0] == graphs[1]
    assert len(graphs[0].tables) == 9
    assert traces[0] == traces[1]

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phlo_hooks.catalog import KnownAsset
from phlo_hooks.lineage import Graph, build_graph
from phlo_hooks.lineage.graph import GraphTable
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import load_settings
from tests.lineage.story import Story

Build = Callable[..., Graph]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(f"sqlite:///{tmp_path / 'state.db'}") as opened:
        yield opened


@pytest.fixture
def build(outbox: Outbox, tmp_path: Path) -> Build:
    """Record stories, and return the graph of all that is recorded."""

    def recorded(*stories: Story, known: tuple[KnownAsset, ...] = (), **options: object) -> Graph:
        for story in stories:
            outbox.append(story.events)
        settings = load_settings({"ui_url": "http://dagster:3000"}, root=tmp_path)
        return build_graph(outbox, settings, catalogs=[lambda _snapshots, _settings: known], **options)  # type: ignore[arg-type]

    return recorded


def by_name(graph: Graph) -> dict[str, GraphTable]:
    return {table.name: table for table in graph.tables}


def pairs(graph: Graph) -> set[tuple[str, str]]:
    return {(graph.tables[edge.source].name, graph.tables[edge.target].name) for edge in graph.edges}


def column_pairs(graph: Graph, *, direct: bool = True) -> set[tuple[str, str, str]]:
    """Return upstream column, downstream column (``*`` for rows) and how."""
    found = set()
    for edge in graph.edges:
        up, down = graph.tables[edge.source], graph.tables[edge.target]
        for above, below, how in edge.direct if direct else edge.indirect:
            target = f"{down.name}.{down.columns[below].name if below >= 0 else '*'}"
            found.add((f"{up.name}.{up.columns[above].name}", target, graph.transformations[how]))
    return found

"""
Facts of lineage as edges.

| who says so | OpenMetadata's source |
|---|---|
| dbt | DbtLineage |
| dlt, Dagster, a user's code, SQL that was read, a publisher | PipelineLineage |
| dbt's exposures | DashboardLineage |

Only what dbt says is dbt's lineage; all else is done by a Dagster pipeline, SQL of views too. ``ViewLineage`` and
``QueryLineage`` are never used: OpenMetadata's database connectors take edges of those sources away when they override
lineage. A dataset that reads itself has no edge to itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from phlo_hooks.events import Status
from phlo_hooks.subscribers.openmetadata.columns import DatasetColumns, columns_of
from phlo_hooks.subscribers.openmetadata.facts import EdgeFact, ExposureFact, Facts, TableFact
from phlo_hooks.subscribers.openmetadata.names import EntityName
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.requests import ColumnFlow, PutEdge, SettleEdges

PIPELINE: Final = "PipelineLineage"
DASHBOARD: Final = "DashboardLineage"
SOURCES: Final[Mapping[str, str]] = {
    "dbt": "DbtLineage",
    "dlt": PIPELINE,
    "dagster": PIPELINE,
    "user": PIPELINE,
    "sql": PIPELINE,
    "publish": PIPELINE,
}
"""Who says that an edge is, to the server's word; ``PipelineLineage`` for whoever is not among them."""
_STRONGEST: Final = ("aggregation", "conditional", "transformation")
"""What is said of a column that several flow into in different ways: the first that holds for one of them."""


def edges_into(table: TableFact, known: Facts, naming: Naming, options: Options) -> Iterator[PutEdge]:
    """
    Yield the edges into a dataset, by upstream; those with an end of which nothing is known are left out.

    What several tellers say of one edge is joined: all columns, the newest statement; dbt's word before others'.
    """
    below = columns_of(table, known, naming)
    for upstream, told in sorted(_by_upstream(table, known).items()):
        above = known.table(upstream)
        if above is None:
            continue
        yield PutEdge(
            upstream=above.name,
            downstream=table.name,
            source=min(SOURCES.get(edge.origin, PIPELINE) for edge in told),
            columns=_flows(columns_of(above, known, naming), below, told),
            pipeline=table.pipeline,
            sql=next((edge.sql for edge in told if edge.sql), None) if options.send_sql else None,
        )


def settled(table: TableFact, known: Facts) -> SettleEdges | None:
    """
    Return what a dataset is made from, by all tellers; ``None`` where no lineage was ever told.

    Also ``None`` where the last word of a teller is that of a run which did not succeed, or not yet: what such a run
    leaves out may be needed still, also when an earlier run that succeeded is told once more.
    """
    told = known.lineage(table.name)
    if not told or not all(_succeeded(fact.run_id, known) for fact in told):
        return None
    return SettleEdges(downstream=table.name, upstream=upstream_of(table, known))


def _succeeded(run_id: str | None, known: Facts) -> bool:
    """Say whether what a run told can hold whole; what was told outside of runs does, and by one long forgotten."""
    return run_id is None or known.run_status(run_id) in (None, Status.SUCCESS)


def edges_of_exposure(exposure: ExposureFact, known: Facts) -> Iterator[PutEdge | SettleEdges]:
    """Yield the edges from what an exposure reads, and that these are all: the code says it whole."""
    upstream = tuple(sorted({_spelled(name, known) for name in exposure.upstream}))
    for name in upstream:
        if known.table(name) is not None:
            yield PutEdge(upstream=name, downstream=exposure.name, source=DASHBOARD)
    yield SettleEdges(downstream=exposure.name, upstream=upstream)


def upstream_of(table: TableFact, known: Facts) -> tuple[EntityName, ...]:
    """Return what a dataset is made from, itself left out, sorted."""
    return tuple(sorted(_by_upstream(table, known)))


def _by_upstream(table: TableFact, known: Facts) -> dict[EntityName, list[EdgeFact]]:
    """Return the edges into a dataset by their upstream end, what was told last first; none from itself."""
    found: dict[EntityName, list[EdgeFact]] = {}
    for fact in sorted(known.lineage(table.name), key=lambda fact: (fact.at, fact.teller), reverse=True):
        for edge in fact.edges:
            found.setdefault(_spelled(edge.upstream, known), []).append(edge)
    found.pop(table.name, None)
    return found


def _spelled(name: EntityName, known: Facts) -> EntityName:
    """Return a dataset's name as its fact has it: one dataset can be known by several spellings."""
    table = known.table(name)
    return name if table is None else table.name


def _flows(above: DatasetColumns, below: DatasetColumns, told: Iterable[EdgeFact]) -> tuple[ColumnFlow, ...]:
    """Return the columns whose values flow, by downstream column; what filters, joins or sorts is not drawn."""
    upstream: dict[str, set[str]] = {}
    how: dict[str, set[str]] = {}
    for edge in (column for fact in told for column in fact.columns):
        if edge.kind == "direct" and edge.downstream_column is not None:
            downstream = below.spelled(edge.downstream_column)
            upstream.setdefault(downstream, set()).add(above.spelled(edge.upstream_column))
            how.setdefault(downstream, set()).add(edge.transformation or "")
    return tuple(
        ColumnFlow(
            upstream=tuple(sorted(upstream[name])),
            downstream=name,
            function=next((word for word in _STRONGEST if word in how[name]), None),
        )
        for name in sorted(upstream)
    )

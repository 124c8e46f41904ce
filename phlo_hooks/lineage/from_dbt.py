"""The graph of a dbt project, from its target folder alone: no Dagster, no state database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from phlo_hooks.datasets import Column, DatasetRef, namespace_of
from phlo_hooks.dbt_artifacts.artifacts import Exposure
from phlo_hooks.dbt_artifacts.nodes import DbtNode, tags_of
from phlo_hooks.dbt_artifacts.target import DbtTarget
from phlo_hooks.lineage.dbt_columns import ColumnFlow
from phlo_hooks.lineage.dbt_runs import DbtRun
from phlo_hooks.lineage.dbt_tests import note_tests
from phlo_hooks.lineage.drafts import TableDraft, unique_names
from phlo_hooks.lineage.graph import Graph, GraphEdge
from phlo_hooks.lineage.links import safe_url
from phlo_hooks.redaction import redact_sql, redact_text
from phlo_hooks.sql_lineage.api import StatementLineage, TableName
from phlo_hooks.sql_lineage.cache import LineageCache
from phlo_hooks.sql_lineage.project import ProjectLineage
from phlo_hooks.sql_lineage.table_index import table_key

RUNS_SHOWN: Final = 10


def graph_from_dbt(
    target_folder: Path | str,
    *,
    cache: LineageCache | None = None,
    title: str | None = None,
    namespaces: Mapping[str, str] | None = None,
) -> Graph:
    """
    Return the graph of a dbt project, with the last run that ``run_results.json`` tells of.

    Args:
        target_folder: Where ``manifest.json`` is.
        cache: Where column lineage is kept, so that the next time takes seconds.
        namespaces: Platform to its dataset namespace, as the setting ``datasets.namespaces``.

    Raises:
        DbtArtifactError: The folder holds no manifest that can be read.
    """
    target = DbtTarget.load(target_folder)
    project = ProjectLineage(target.sql_nodes(), cache=cache)
    return _DbtGraph(target, namespaces or {}).finish(dict(project.lineages()), title or target.project_name or "dbt")


class _DbtGraph:
    """The tables and edges of one project, being filled."""

    def __init__(self, target: DbtTarget, namespaces: Mapping[str, str]) -> None:
        self._target = target
        self._namespaces = namespaces
        self._drafts: dict[str, TableDraft] = {}
        self._origins: dict[tuple[str, str], str] = {}

    def finish(self, lineages: Mapping[str, StatementLineage], title: str) -> Graph:
        """Return the graph."""
        flow = ColumnFlow()
        for node in self._target.tables:
            self._add_table(node, lineages.get(node.unique_id))
        for node in self._target.tables:
            for upstream in node.upstreams:
                self._origins[upstream, node.unique_id] = "dbt"
        for unique_id, lineage in lineages.items():
            self._add_statement(unique_id, lineage, flow)
        for exposure in self._target.manifest.exposures.values():
            self._add_exposure(exposure)
        places = {unique_id: place for place, unique_id in enumerate(self._drafts)}
        run = DbtRun.of(self._target)
        if run is not None:
            run.note_tables(self._drafts)
        note_tests(self._target, self._drafts, run)
        edges = []
        for (source, sink), origin in sorted(
            self._origins.items(), key=lambda each: (places[each[0][0]], places[each[0][1]])
        ):
            direct, indirect = flow.edge(source, sink, self._drafts[source], self._drafts[sink])
            edges.append(
                GraphEdge(source=places[source], target=places[sink], origin=origin, direct=direct, indirect=indirect)
            )
        names = unique_names([draft.dataset for draft in self._drafts.values()])
        return Graph(
            title=title,
            made_at=datetime.now(UTC),
            transformations=flow.transformations,
            tables=tuple(draft.finish(names[draft.dataset], RUNS_SHOWN) for draft in self._drafts.values()),
            edges=tuple(edges),
            runs=(run.finish(places, title),) if run is not None else (),
            notes=self._target.notes,
        )

    def _add_table(self, node: DbtNode, lineage: StatementLineage | None) -> None:
        draft = TableDraft(
            dataset=self._dataset(node.database, node.schema, node.identifier),
            made=node.resource_type != "source",
            stage="transform" if node.resource_type in {"model", "snapshot"} else "",
            group=node.group or _folder(node),
            kinds=_kinds(node),
            tags=dict.fromkeys(node.tags, ""),
            description=redact_text(node.description) if node.description else None,
            sql=redact_sql(node.compiled) if node.compiled else None,
            dialect=node.dialect if node.compiled else None,
            columns_from="sql" if lineage is not None and lineage.columns else "",
            warning=_warning(node, lineage),
        )
        draft.set_columns(_columns(node, lineage))
        self._drafts[node.unique_id] = draft

    def _add_statement(self, unique_id: str, lineage: StatementLineage, flow: ColumnFlow) -> None:
        ends = {table: self._end(table) for table in sorted(lineage.tables, key=str)}
        for source in ends.values():
            if source != unique_id:
                self._origins.setdefault((source, unique_id), "sql")
        flow.add(unique_id, lineage, ends)

    def _end(self, table: TableName) -> str:
        """Return the id of a table that is read; one that is no node's gets a draft of its own."""
        node = self._target.by_relation(table)
        if node is not None:
            return node.unique_id
        whole = self._target.in_session(table)
        unique_id = f"table.{table_key(whole, dialect=self._target.adapter)}"
        if unique_id not in self._drafts:
            dataset = self._dataset(whole.catalog, whole.schema, whole.name)
            self._drafts[unique_id] = TableDraft(dataset=dataset, kinds=(self._target.adapter,))
        return unique_id

    def _add_exposure(self, exposure: Exposure) -> None:
        read = [self._target.nodes[each] for each in exposure.depends_on.nodes if each in self._target.nodes]
        # An ephemeral model stands for what it reads.
        every = [each for node in read for each in ((node.unique_id,) if node.relation else node.upstreams)]
        upstreams = list(dict.fromkeys(self._target.main[each] for each in every))
        if not upstreams:
            return
        owner = exposure.owner.email or exposure.owner.name
        self._drafts[exposure.unique_id] = TableDraft(
            dataset=DatasetRef(
                namespace=f"dbt://{self._target.project_name or 'project'}", name=f"exposure.{exposure.name}"
            ),
            made=True,
            published=True,
            stage="publish",
            kinds=tuple(kind for kind in ("dbt", exposure.type) if kind),
            owners=(owner,) if isinstance(owner, str) else (),
            tags=dict.fromkeys(tags_of(exposure.tags), ""),
            description=exposure.description or exposure.label,
            url=safe_url(exposure.url),
        )
        for upstream in upstreams:
            self._origins[upstream, exposure.unique_id] = "dbt"

    def _dataset(self, catalog: str | None, schema: str | None, name: str) -> DatasetRef:
        namespace = namespace_of(self._target.adapter, catalog, self._namespaces)
        return DatasetRef(namespace=namespace, name=".".join(part for part in (catalog, schema, name) if part))


def _columns(node: DbtNode, lineage: StatementLineage | None) -> list[Column]:
    """Return the columns that the database has, else those that the SQL makes, else the documented ones."""
    documented = {column.name.casefold(): column for column in node.columns}
    if node.catalogued:
        found = [(column.name, column.type, column.description) for column in node.catalogued]
    else:
        made = [column.name for column in lineage.columns] if lineage is not None else []
        known = {name.casefold() for name in made}
        if lineage is None or not lineage.complete:
            made += [column.name for column in node.columns if column.name.casefold() not in known]
        found = [(name, None, None) for name in made]
    columns = []
    for name, type_, comment in found:
        doc = documented.get(name.casefold())
        description = (doc.description if doc else None) or comment
        columns.append(
            Column(
                name=name,
                type=type_ or (doc.type if doc else None),
                description=redact_text(description) if description else None,
            )
        )
    return columns


def _warning(node: DbtNode, lineage: StatementLineage | None) -> str | None:
    if lineage is not None:
        return lineage.warning
    if node.resource_type == "model" and not node.has_sql:
        return f"A {node.language} model: which column comes from which cannot be read from it."
    if node.has_sql:
        return "Not compiled: run `dbt compile` or `dbt build`."
    return None


def _kinds(node: DbtNode) -> tuple[str, ...]:
    what = node.materialized if node.resource_type == "model" else node.resource_type
    return tuple(dict.fromkeys(kind for kind in ("dbt", what, node.dialect) if kind))


def _folder(node: DbtNode) -> str | None:
    """Return the first folder below ``models``, as dagster-dbt groups models; a source's group is its schema."""
    if node.resource_type == "source":
        return node.schema
    parts = PurePosixPath(node.path.replace("\\", "/")).parts
    return parts[1] if len(parts) > 2 else None  # noqa: PLR2004  # models, folder, file

"""Read the SQL of models, with what is known of the tables; the parser is imported when the first SQL is seen."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from phlo_hooks.exceptions import HooksError
from phlo_hooks.redaction import redact_text
from phlo_hooks.sql_lineage.api import StatementLineage
from phlo_hooks.sql_lineage.cache import LineageCache
from phlo_hooks_dagster.compiled import ProjectSql, project_sql
from phlo_hooks_dagster.snapshot import DbtProjectSnapshot, Relation
from phlo_hooks_dagster.translator.artifacts import digest
from phlo_hooks_dagster.translator.statement import SchemaLookup

REMEMBERED: Final = 20_000
log = logging.getLogger(__name__)


class Statements:
    """
    Reads statements, and says once of each what keeps it from being understood.

    One for a relay: it remembers what it has said.
    """

    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()
        self._is_missing = find_spec("sqlglot") is None

    def reader(self, cache: LineageCache | None, projects: Sequence[DbtProjectSnapshot]) -> ProjectStatements | None:
        """Return what reads the statements of one run; ``None`` where no SQL can be read."""
        if not self._is_missing:
            return ProjectStatements(self, cache, projects)
        self.say("", "", "columns come from metadata alone, as sqlglot is not here: pip install 'phlo-hooks[lineage]'")
        return None

    def say(self, about: str, sql: str, warning: str) -> None:
        """Log a warning, once for an asset and a statement."""
        place = (about, digest(sql))
        if place not in self._said:
            if len(self._said) >= REMEMBERED:
                self._said.clear()
            self._said.add(place)
            log.warning("%s", redact_text(f"{about}: {warning}" if about else warning))


class ProjectStatements:
    """
    Reads the statements of one run's models.

    Args:
        projects: Where the columns of tables are looked for that nobody reported, and no run has made since.
    """

    def __init__(
        self, statements: Statements, cache: LineageCache | None, projects: Sequence[DbtProjectSnapshot]
    ) -> None:
        self._statements = statements
        self._cache = cache
        self._projects = tuple(projects)

    def read(
        self, sql: str, *, relation: Relation, schemas: SchemaLookup, about: str | None
    ) -> StatementLineage | None:
        """Return what the statement says, with a warning in it when that is not all."""
        try:
            found = self._read(sql, relation, schemas)
        except HooksError as error:
            found = StatementLineage(complete=False, warning=str(error))
        except Exception as error:  # the parser is foreign code, and lineage must not cost the event
            found = StatementLineage(complete=False, warning=f"its SQL cannot be analysed ({type(error).__name__})")
            log.debug("%s: %s", about, found.warning, exc_info=error)
        if found.warning is not None and about is not None:
            self._statements.say(about, sql, found.warning)
        return found

    def _read(self, sql: str, relation: Relation, schemas: SchemaLookup) -> StatementLineage:
        from phlo_hooks.sql_lineage.project import ProjectLineage  # noqa: PLC0415  # only where there is SQL

        def analysed(nodes: Sequence[object]) -> StatementLineage:
            project = ProjectLineage(nodes, schemas=schemas, cache=self._cache)  # type: ignore[arg-type]
            return project.statement(sql, dialect=relation.adapter, default_catalog=relation.database)

        found = analysed(())
        if found.warning is not None or not found.complete:
            nodes = [node for project in self._projects for node in _nodes(project)]
            found = analysed(nodes) if nodes else found
        return found


def _nodes(project: DbtProjectSnapshot) -> Sequence[object]:
    """Return the tables of the project's own target folder, if the manifest there still holds."""
    held = project_sql(Path(project.target_dir))
    return _loaded(project.target_dir, held) if held and held.digest == project.manifest_digest else ()


@lru_cache(maxsize=4)
def _loaded(target_dir: str, _held: ProjectSql) -> Sequence[object]:
    from phlo_hooks.dbt_artifacts import DbtTarget  # noqa: PLC0415  # only where a statement needs it

    target = DbtTarget.find(target_dir)
    return target.sql_nodes() if target is not None else ()

"""dbt's tests as checks of tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from phlo_hooks.dbt_artifacts.artifacts import Node, NodeResult
from phlo_hooks.dbt_artifacts.target import DbtTarget
from phlo_hooks.lineage.drafts import TableDraft
from phlo_hooks.lineage.graph import GraphCheck
from phlo_hooks.redaction import redact_text

OUTCOMES: Final = frozenset({"pass", "warn", "fail", "error", "skipped"})
"""The words of dbt, which are those of a ``GraphCheck`` too."""
LONGEST_MESSAGE: Final = 2_000


class Results(Protocol):
    """A run, as far as the tests in it are concerned."""

    @property
    def id(self) -> str:
        """What the run is called."""

    def began(self, result: NodeResult) -> datetime:
        """Return when a test began."""


def note_tests(target: DbtTarget, drafts: Mapping[str, TableDraft], run: Results | None) -> None:
    """Note every test at its table, with its result where there was a run."""
    for node in target.manifest.nodes.values():
        if node.resource_type == "test":
            draft = drafts.get(tested_table(node, target))
            result = target.results.get(node.unique_id) if run else None
            if draft is not None:
                draft.add_check(
                    "",
                    GraphCheck(
                        name=node.name,
                        column=_column(node),
                        outcome=result.status if result and result.status in OUTCOMES else "",
                        severity=severity_of(node),
                        at=run.began(result) if run and result else None,
                        run_id=run.id if run and result else None,
                        failed_rows=result.failures if result else None,
                        message=message_of(result) if result else None,
                    ),
                )


def tested_table(node: Node, target: DbtTarget) -> str:
    """Return the table that a test is of; empty when it is of several."""
    if node.attached_node in target.main:
        return target.main[str(node.attached_node)]
    tables = {target.main[each] for each in node.depends_on.nodes if each in target.main}
    return tables.pop() if len(tables) == 1 else ""


def severity_of(node: Node) -> str | None:
    """Return ``ERROR`` or ``WARN``."""
    return (node.config.severity or "").upper() or None


def message_of(result: NodeResult) -> str | None:
    """Return what dbt said, without secrets and not too long."""
    return redact_text(result.message).strip()[:LONGEST_MESSAGE] or None if result.message else None


def _column(node: Node) -> str | None:
    if node.column_name:
        return node.column_name
    named = node.test_metadata.kwargs.get("column_name") if node.test_metadata else None
    return named if isinstance(named, str) else None

"""What a statement's lineage has and what it should have, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from phlo_hooks.sql_lineage.api import ColumnName, OutputColumn, StatementLineage, Transformation
from tests.sql_lineage.cases import Case, ExpectedColumn, Sources

CASE_MATTERS = {"snowflake", "postgres"}


@dataclass(frozen=True, kw_only=True)
class Grade:
    """
    How an analysis did on one statement.

    Attributes:
        faults: One line each; none when all is as it should be.
        right: Direct edges found that are there.
        false: Direct edges found that are not there.
        missed: Direct edges that are there and were not found.
    """

    case: Case
    faults: tuple[str, ...]
    right: int
    false: tuple[str, ...]
    missed: tuple[str, ...]

    def __str__(self) -> str:
        listed = "\n".join(f"  {fault}" for fault in self.faults)
        return f"{self.case.theme}.sql: {self.case.title} ({self.case.dialect})\n\n{self.case.sql}\n\n{listed}"


def grade(case: Case, got: StatementLineage) -> Grade:
    """Compare what was found with what the corpus says."""
    faults: list[str] = []
    right, false, missed = 0, list[str](), list[str]()
    for expected, found in _pairs(case, got):
        name = found.name if found else (expected.name if expected else "") or "_"
        wanted = expected.direct if expected else frozenset()
        has = found.direct if found else frozenset()
        allowed = wanted | (case.optional if expected else frozenset())
        right += len(has & wanted)
        false += [f"{_shown(each)} -> {name}" for each in sorted(has - allowed, key=str)]
        missed += [f"{_shown(each)} -> {name}" for each in sorted(wanted - has, key=str)]
        faults += _column_faults(case, expected, found)
    faults += [f"false direct edge  {edge}" for edge in false] + [f"missing direct edge  {edge}" for edge in missed]
    faults += [*_row_faults(case, got), *_other_faults(case, got)]
    return Grade(case=case, faults=tuple(faults), right=right, false=tuple(false), missed=tuple(missed))


def _pairs(case: Case, got: StatementLineage) -> Iterator[tuple[ExpectedColumn | None, OutputColumn | None]]:
    """Put expected and found columns side by side, in order; nothing need be said of a column without sources."""
    found = list(got.columns)
    for expected in case.columns:
        if found and _same_name(case, expected, found[0]):
            yield expected, found.pop(0)
        elif expected.certain or expected.direct:
            later = next((each for each in found if _same_name(case, expected, each)), None)
            if later:
                found.remove(later)
            yield expected, later
    yield from ((None, each) for each in found)


def _same_name(case: Case, expected: ExpectedColumn, found: OutputColumn) -> bool:
    if expected.name is None:
        return True
    return expected.name == (found.name if case.dialect in CASE_MATTERS else found.name.lower())


def _column_faults(case: Case, expected: ExpectedColumn | None, found: OutputColumn | None) -> Iterator[str]:
    if expected is None:
        assert found
        yield f"output column that is not there  {found.name}"
    elif found is None:
        yield f"output column missing  {expected.name or '_'}"
    else:
        ignored = expected.direct | found.direct | case.optional
        yield from _set_faults(f"indirect of {found.name}", expected.indirect - ignored, found.indirect - ignored)
        lost = {(column, kind) for column, kind in expected.kinds - found.sources if column not in case.optional}
        yield from (f"{found.name} should have {_shown(column)} as {kind.value}" for column, kind in sorted_kinds(lost))


def _row_faults(case: Case, got: StatementLineage) -> Iterator[str]:
    rows = frozenset(column for column, _ in got.rows)
    yield from _set_faults(
        "rows", case.rows - case.optional_rows, rows - case.optional_rows - (case.optional - case.rows)
    )
    lost = {(column, kind) for column, kind in case.row_kinds - got.rows if column in rows}
    yield from (f"rows should have {_shown(column)} as {kind.value}" for column, kind in sorted_kinds(lost))


def _other_faults(case: Case, got: StatementLineage) -> Iterator[str]:
    missing, extra = case.reads - got.tables, got.tables - case.reads - case.may_read
    yield from (f"table missing  {table}" for table in sorted(map(str, missing)))
    yield from (f"table that is not read  {table}" for table in sorted(map(str, extra)))
    if case.incomplete and got.complete:
        yield "should be incomplete"
    if not case.warns and not got.complete and not case.may_warn:
        yield "should be complete"
    if case.warns and got.warning is None and not case.may_warn:
        yield "should warn"
    if not case.warns and got.warning is not None and not case.may_warn:
        yield f"should not warn: {got.warning}"


def _set_faults(what: str, expected: Sources, found: Sources) -> Iterator[str]:
    if expected - found:
        yield f"{what}: missing {_listed(expected - found)}"
    if found - expected:
        yield f"{what}: too many {_listed(found - expected)}"


def sorted_kinds(pairs: Iterable[tuple[ColumnName, Transformation]]) -> list[tuple[ColumnName, Transformation]]:
    """Order pairs for reading."""
    return sorted(pairs, key=str)


def _listed(columns: Iterable[ColumnName]) -> str:
    return ", ".join(_shown(each) for each in sorted(columns, key=str))


def _shown(column: ColumnName) -> str:
    return f"{column.table}.{column.name}"

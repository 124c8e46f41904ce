from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from phlo_hooks.sql_lineage import statement_lineage
from tests.sql_lineage.cases import DIALECTS, load
from tests.sql_lineage.grading import Grade, grade

CASES = load()


@cache
def graded(number: int) -> Grade:
    case = CASES[number]
    return grade(case, statement_lineage(case.sql, dialect=case.dialect, schemas=case.schemas))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.id for case in CASES])
def test_statement_has_the_lineage_a_person_sees(number: int) -> None:
    """Columns, direct and indirect edges, rows, tables and warnings are as the corpus says."""
    result = graded(number)

    assert not result.faults, str(result)


def test_precision_and_recall_of_direct_edges_are_one() -> None:
    """Over the whole corpus no direct edge is false, and none is missed."""
    results = [graded(number) for number in range(len(CASES))]

    right = sum(each.right for each in results)
    false = [f"{each.case.id}: {edge}" for each in results for edge in each.false]
    missed = [f"{each.case.id}: {edge}" for each in results for edge in each.missed]
    assert right > 0
    precision, recall = right / (right + len(false)), right / (right + len(missed))
    assert (precision, recall) == (1.0, 1.0), "\n".join(["false:", *false, "missed:", *missed])


def test_corpus_is_broad() -> None:
    """There are at least 150 statements, and each dialect has its share."""
    statements = {(case.theme, case.title) for case in CASES}
    per_dialect = Counter(case.dialect for case in CASES)

    assert len(statements) >= 150
    assert {dialect: count for dialect in DIALECTS if (count := per_dialect[dialect]) < 100} == {}


def test_titles_tell_statements_apart() -> None:
    """No two statements of a theme share a title."""
    ids = Counter(case.id for case in CASES)

    assert [name for name, count in ids.items() if count > 1] == []

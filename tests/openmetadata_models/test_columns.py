"""Columns and fields, judged by OpenMetadata's own models and by what the server asks beyond them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks.datasets import Column
from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.platforms import PLATFORMS
from phlo_hooks.subscribers.openmetadata.types import api_field, column_bodies
from phlo_hooks.subscribers.openmetadata.words import PLATFORM_WORDS, WORDS
from tests.openmetadata_models.judging import CREATE, Judge

ARGUMENTS = ("", "(10)", "(10,2)", "(3, 5)", "(max)", "(0)", "[]", "<int>", "(a int, b text)", "<a:int,b:array<text>>")
EVERY_WORD = sorted({*WORDS, *(word for words in PLATFORM_WORDS.values() for word in words), "STRUCT", "ROW", "LIST"})


def table(columns: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "t", "databaseSchema": "s.d.c", "columns": columns}


def endpoint(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "e",
        "apiCollection": "s.c",
        "endpointURL": "https://api.example.org/e",
        "responseSchema": {"schemaType": "JSON", "schemaFields": fields},
    }


@pytest.mark.parametrize("platform", [*sorted(PLATFORMS), "unknown"])
def test_every_word_of_every_platform(judge: Judge, platform: str) -> None:
    """Every type that we know, with and without arguments, makes a column and a field that OpenMetadata takes."""
    types = [f"{word}{arguments}" for word in EVERY_WORD for arguments in ARGUMENTS]
    columns = [Column(name=f"c{place}", type=text) for place, text in enumerate(types)]

    bodies = column_bodies(columns, platform)
    fields = [api_field(column, platform) for column in columns]

    assert judge.refuses(CREATE[Kind.TABLE], table(bodies)) is None
    assert judge.refuses(CREATE[Kind.API_ENDPOINT], endpoint(fields)) is None


@settings(max_examples=100, deadline=None)
@given(
    columns=st.lists(
        st.builds(
            Column,
            name=st.text(min_size=1, max_size=300),
            type=st.one_of(
                st.none(),
                st.text(max_size=60),
                st.text(alphabet="abSTRUCTARYDECIMAL<>()[],:'\"` 0129", max_size=80),
                st.recursive(
                    st.sampled_from(EVERY_WORD),
                    lambda inner: st.one_of(
                        inner.map(lambda each: f"array<{each}>"),
                        st.tuples(inner, inner).map(lambda pair: f"struct<a:{pair[0]},b b:{pair[1]}>"),
                        st.tuples(inner, inner).map(lambda pair: f"ROW(a {pair[0]}, a {pair[1]})"),
                    ),
                    max_leaves=8,
                ),
            ),
            nullable=st.sampled_from([None, True, False]),
            description=st.one_of(st.none(), st.text(max_size=20)),
        ),
        max_size=6,
    ),
    platform=st.sampled_from([*sorted(PLATFORMS), "unknown", "file", "s3"]),
    one_case=st.booleans(),
)
def test_any_text_is_a_column(judge: Judge, columns: list[Column], platform: str, *, one_case: bool) -> None:
    """Whatever names and types columns have, OpenMetadata takes them."""
    bodies = column_bodies(columns, platform, one_case=one_case)
    fields = list({each["name"]: each for each in (api_field(column, platform) for column in columns)}.values())

    assert judge.refuses(CREATE[Kind.TABLE], table(bodies)) is None
    assert judge.refuses(CREATE[Kind.API_ENDPOINT], endpoint(fields)) is None
    assert complaints(bodies) == []


def complaints(bodies: list[dict[str, Any]]) -> list[str]:
    """Return what a server says against columns that the models take: a 1.6 one was seen to refuse these."""
    found = []
    names = [body["name"] for body in bodies]
    if len(set(names)) < len(names):
        found.append(f"a name is repeated: {names}")
    for body in bodies:
        found += _complaints(body)
    return found


def _complaints(body: Mapping[str, Any]) -> list[str]:
    found = []
    name, kind = body["name"], body["dataType"]
    if not 1 <= len(name) <= 256 or "::" in name or '"' in name or "\n" in name:
        found.append(f"no name: {name!r}")
    if kind in ("CHAR", "VARCHAR", "BINARY", "VARBINARY") and body.get("dataLength") is None:
        found.append(f"{kind} without a length")
    if kind == "ARRAY" and body.get("arrayDataType") is None:
        found.append("ARRAY without an element")
    if kind == "STRUCT" and body.get("children") is None:
        found.append("STRUCT without children")
    if "scale" in body and body["scale"] > body.get("precision", -1):
        found.append("scale above precision")
    return found + complaints(body.get("children", []))

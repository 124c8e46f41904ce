"""
What mapping asks for, in the order in which it is sent; plain data in the shapes of a 2.0 server.

``versions`` turns the bodies into what an older server takes, ``publishing`` compares them with what stands there.
References between entities are names here; ids are put in when they are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from phlo_hooks.subscribers.openmetadata.names import EntityName


@dataclass(frozen=True, kw_only=True)
class Governance:
    """
    What people decide about an entity, as the code says it; it fills what is empty and overwrites nothing of theirs.

    Attributes:
        owners: E-mail addresses, user names or ``team:name``.
        tags: Full names, such as ``PII.Sensitive``; glossary terms as ``glossary:Name.Term``.
        column_tags: Column name to such tags.
        domain: Full name; ``None`` for none.
        data_products: Full names.
    """

    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    column_tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    domain: str | None = None
    data_products: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PutEntity:
    """
    An entity should be there, looking like this.

    Attributes:
        body: The create request: name, parents by full name, columns …; no owners, tags, domain, ``sourceHash``.
        whole: Its columns, fields, tasks are all there are, so that ours which are not among them can go. Without it
            they are only added.
        one_case: Names of columns that differ in case only are one name.
        needs: What has to be there before; the parents are, without being named.
    """

    name: EntityName
    body: Mapping[str, Any]
    governance: Governance = field(default_factory=Governance)
    whole: bool = True
    one_case: bool = False
    needs: tuple[EntityName, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PutDataModel:
    """A table's dbt tab; ``body`` is a DataModel: modelType, rawSql, sql, path, columns, upstream and more."""

    table: EntityName
    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ColumnFlow:
    """One downstream column and the upstream columns that flow into it; plain column names."""

    upstream: tuple[str, ...]
    downstream: str
    function: str | None = None


@dataclass(frozen=True, kw_only=True)
class PutEdge:
    """
    One lineage edge of ours.

    Attributes:
        source: The server's word, such as ``DbtLineage``.
        pipeline: Which carries it; ``None`` for none.
        sql: The statement behind it.
    """

    upstream: EntityName
    downstream: EntityName
    source: str
    columns: tuple[ColumnFlow, ...] = ()
    pipeline: EntityName | None = None
    sql: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class SettleEdges:
    """Of our edges into an entity those from elsewhere than ``upstream`` can go: a run that succeeded says so."""

    downstream: EntityName
    upstream: tuple[EntityName, ...]


@dataclass(frozen=True, kw_only=True)
class PutTest:
    """
    A test definition and its case.

    Attributes:
        case: Full name, made by ``names.test_case_name``.
        definition: Body of the definition; it may be shared by many cases.
        body: Body of the case, without ``testSuite``.
        table: The table whose suite an older server wants.
    """

    case: EntityName
    table: EntityName
    definition: Mapping[str, Any]
    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PostResult:
    """
    One result of a test.

    Attributes:
        body: ``timestamp`` (ms), ``testCaseStatus``, ``result``, ``testResultValue`` …
        resolves: When it is good: an open incident that nobody took up is resolved with this comment.
        key: Which result it is: the same again with another body corrects it, two in one millisecond are two results.
            Without one the body says which it is.
    """

    case: EntityName
    timestamp: int
    body: Mapping[str, Any]
    resolves: str | None = None
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class PutProfile:
    """A table's size at one moment; ``body`` is a CreateTableProfile: ``{"tableProfile": {...}}``."""

    table: EntityName
    timestamp: int
    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PutStatus:
    """A pipeline's run; the same ``timestamp`` (ms, the run's start) is the same run."""

    pipeline: EntityName
    timestamp: int
    body: Mapping[str, Any]


Request = PutEntity | PutDataModel | PutEdge | SettleEdges | PutTest | PostResult | PutProfile | PutStatus
"""What mapping yields."""

"""Which entity in OpenMetadata a dataset, a source, a job, an exposure or a check is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from phlo_hooks.catalog import KnownExposure
from phlo_hooks.datasets import DatasetRef, is_one_case
from phlo_hooks.subscribers.openmetadata.addresses import (
    APIS,
    FILES,
    IN_FILES,
    SAME_STORE,
    api_path,
    is_path,
    scheme_of,
    source_ref,
)
from phlo_hooks.subscribers.openmetadata.names import EntityName, Kind
from phlo_hooks.subscribers.openmetadata.options import Options, ServiceRule
from phlo_hooks.subscribers.openmetadata.platforms import DEFAULT, Case, Platform, platform_of, word_for
from phlo_hooks.subscribers.openmetadata.spelling import LONGEST_FIELD, Part, carries_tests, legal, parts_of

_WHOLE: Final = 3
"""Catalog, schema, table."""
NO_RULE: Final = ServiceRule()


@dataclass(frozen=True)
class _Place:
    """Where a table is, before rules: the platform's word, the rest of the namespace, and the name's parts."""

    word: str
    host: str
    catalog: Part | None
    schema: Part | None
    table: Part

    @property
    def platform(self) -> Platform:
        return platform_of(self.word)


class Naming:
    """
    Says what things are called in OpenMetadata: rules of the settings first, then what ``platforms`` knows.

    Args:
        deployment: The deployment's name, for templates.
    """

    def __init__(self, options: Options, *, deployment: str) -> None:
        self._options = options
        self._deployment = deployment
        self._datasets = lru_cache(maxsize=65536)(self._dataset)
        self._found = lru_cache(maxsize=65536)(self._rule)

    def dataset(self, ref: DatasetRef) -> EntityName | None:
        """
        Return the entity that a dataset is.

        A table has four parts, always; a file's or object's container has two, service and path; an API's endpoint
        three. ``None`` for an asset whose dataset nobody knows: nothing is told of it.
        """
        return self._datasets(ref.namespace, ref.name) if ref.resolved else None

    def source(self, url: str) -> EntityName | None:
        """Return the entity that a source's address names; ``None`` when it names no table, file or endpoint."""
        return self.dataset(self.source_ref(url))

    def source_ref(self, url: str) -> DatasetRef:
        """Return the dataset that a source's address names, unresolved when it names a whole database only."""
        return source_ref(url)

    def same(self, name: EntityName, ref: DatasetRef) -> EntityName:
        """Return the key under which facts of one dataset meet: without case, where the platform has one case."""
        if name.kind is not Kind.TABLE or not is_one_case(scheme_of(ref.namespace)):
            return name
        return replace(name, parts=(name.parts[0], *(part.casefold() for part in name.parts[1:])))

    def one_case(self, ref: DatasetRef) -> bool:
        """Say whether columns of a dataset that differ in case only are one."""
        if is_path(ref.namespace):
            return False
        _, rule = self._rule_for(ref)
        return platform_of(scheme_of(ref.namespace)).folds_columns or rule.case in ("lower", "upper")

    def column(self, ref: DatasetRef, name: str) -> str:
        """Return a column's name as the server has it."""
        if scheme_of(ref.namespace) in APIS:
            return legal(name, longest=LONGEST_FIELD)
        if is_path(ref.namespace):
            return legal(name)
        _, rule = self._rule_for(ref)
        return legal(_cased(name, rule.case or platform_of(scheme_of(ref.namespace)).column_case))

    def service_type(self, ref: DatasetRef) -> str:
        """Return OpenMetadata's word for the service that a dataset is in."""
        scheme = scheme_of(ref.namespace)
        if scheme in APIS:
            return "Rest"
        if is_path(ref.namespace):
            return FILES.get(scheme, "CustomStorage")
        _, rule = self._rule_for(ref)
        return rule.service_type or platform_of(scheme).type

    def why(self, ref: DatasetRef) -> str:
        """Return which rule names a dataset's entity, in one line for people."""
        if not ref.resolved:
            return "nothing names its table, so nothing is told of it"
        scheme = scheme_of(ref.namespace)
        if scheme in APIS:
            return "api_service names the service of an API's endpoint"
        if is_path(ref.namespace):
            return "storage_service names the service of files"
        number, rule = self._rule_for(ref)
        if not number:
            return "no rule: platform and namespace name the service"
        given = {"platform": rule.platform, "namespace": rule.namespace, "catalog": rule.catalog}
        asked = ", ".join(f'{key} = "{value}"' for key, value in given.items() if value != "*")
        return f"services entry {number} ({asked or 'it holds for every database'})"

    def pipeline(self, location: str | None, job: str) -> EntityName:
        """Return the pipeline that a job is."""
        return self._pipeline(self._options.pipeline_name, location, job=job)

    def group(self, location: str | None, group: str) -> EntityName:
        """Return the pipeline that stands for an asset group, for runs without a job of their own."""
        return self._pipeline(self._options.group_name, location, group=group)

    def exposure(self, exposure: KnownExposure) -> EntityName:
        """Return the dashboard that one of dbt's exposures is; its name holds the project's."""
        service = legal(self._options.dashboard_service)
        return EntityName(Kind.DASHBOARD, (service, legal(f"{exposure.project}.{exposure.name}")))

    def test_case(self, table: EntityName, column: str | None, check_name: str) -> EntityName:
        """
        Return the test case that a check is, of a column or of the whole table.

        A column whose name cannot stand in a test's link has its test at the table.
        """
        below = (column,) if column is not None and carries_tests(table, column) else ()
        return table.child(Kind.TEST_CASE, *below, legal(check_name))

    def definition(self, check_type: str | None, *, of_column: bool) -> EntityName:
        """Return the test definition that checks of one type share."""
        level = "column" if of_column else "table"
        return EntityName(Kind.TEST_DEFINITION, (legal(f"phlo_{check_type or 'asset_check'}_{level}"),))

    def _dataset(self, namespace: str, name: str) -> EntityName | None:
        scheme = scheme_of(namespace)
        if scheme == "dagster":
            return None
        if scheme in APIS:
            return self._endpoint(namespace, name)
        if is_path(namespace):
            return self._container(namespace, name)
        return self._table(namespace, name)

    def _table(self, namespace: str, name: str) -> EntityName:
        place = _place(namespace, name)
        _, rule = self._found(namespace, name)
        case = rule.case or place.platform.case
        folds = is_one_case(place.word)
        catalog = _stored(place.catalog, case, folds=folds) or DEFAULT
        given = self._words(place.word, namespace, catalog)
        service = rule.service.format(**given) if rule.service else _service(place)
        if rule.database is not None:
            catalog = rule.database.format(**given)
        elif catalog.lower() in place.platform.nameless:
            catalog = DEFAULT
        schema = _stored(place.schema, case, folds=folds) or rule.database_schema or place.platform.schema
        parts = (service, catalog, schema, _stored(place.table, case, folds=folds))
        return EntityName(Kind.TABLE, tuple(map(legal, parts)))

    def _container(self, namespace: str, name: str) -> EntityName:
        scheme, _, host = namespace.partition("://")
        scheme = SAME_STORE.get(scheme.lower(), scheme.lower())
        template = self._options.storage_service
        service = template.format(scheme=scheme, host=host, deployment=self._deployment).strip("_. ") or scheme
        path = name.strip("/") if host else name.rstrip("/")
        if host and "{host}" not in template:
            path = f"{host}/{path}"
        return EntityName(Kind.CONTAINER, (legal(service), legal(path or "/")))

    def _endpoint(self, namespace: str, name: str) -> EntityName:
        host = namespace.partition("://")[2].lower()
        template = self._options.api_service
        service = template.format(host=host, deployment=self._deployment)
        collection, endpoint = api_path(name)
        if "{host}" not in template:
            collection = f"{host}/{collection}"
        return EntityName(Kind.API_ENDPOINT, (legal(service), legal(collection), legal(endpoint)))

    def _pipeline(self, template: str, location: str | None, **words: str) -> EntityName:
        name = template.format(location=location or "", deployment=self._deployment, **words)
        return EntityName(Kind.PIPELINE, (legal(self._options.pipeline_service), legal(name.strip(". "))))

    def _rule_for(self, ref: DatasetRef) -> tuple[int, ServiceRule]:
        return self._found(ref.namespace, ref.name)

    def _rule(self, namespace: str, name: str) -> tuple[int, ServiceRule]:
        """Return the first rule that matches and its number, from 1; 0 and an empty one for none."""
        place = _place(namespace, name)
        words = {place.word, namespace.partition("://")[0].lower()}
        catalog = place.catalog.text if place.catalog else ""
        for number, rule in enumerate(self._options.services, start=1):
            if (
                any(fnmatchcase(word, rule.platform.lower()) for word in words)
                and fnmatchcase(namespace.lower(), rule.namespace.lower())
                and fnmatchcase(catalog.lower(), rule.catalog.lower())
            ):
                return number, rule
        return 0, NO_RULE

    def _words(self, platform: str, namespace: str, catalog: str) -> dict[str, str]:
        return {"platform": platform, "namespace": namespace, "catalog": catalog, "deployment": self._deployment}


def _place(namespace: str, name: str) -> _Place:
    """Take a table's name apart; what is before schema and table is the catalog, dots in it or not."""
    scheme, _, host = namespace.partition("://")
    word = word_for(scheme)
    host = host.rpartition("@")[2].rstrip("/")
    host = host.removesuffix(f":{platform_of(word).port}")
    parts = parts_of(name)
    catalog = parts[-3] if len(parts) >= _WHOLE else None
    schema = parts[-2] if len(parts) > 1 else None
    table = parts[-1]
    if len(parts) > _WHOLE and word in IN_FILES and parts[0].text.casefold() == host.casefold():
        catalog, schema, table = parts[0], parts[1], _joined(parts[2:])
    elif len(parts) > _WHOLE:
        catalog = _joined(parts[:-2])
    if catalog is None and word in IN_FILES and host:
        catalog = Part(host)
    return _Place(word, host, catalog, schema, table)


def _joined(parts: tuple[Part, ...]) -> Part:
    return Part(".".join(part.text for part in parts), all(part.quoted for part in parts))


def _service(place: _Place) -> str:
    """Return the default name of a database service: the platform, and where it is unless the catalog says so."""
    host = place.host
    if not host or (place.word in IN_FILES and place.catalog and place.catalog.text.casefold() == host.casefold()):
        return place.word
    return f"{place.word}_{host.lower()}"


def _stored(part: Part | None, case: Case, *, folds: bool) -> str:
    """Return a part as the server has it; what was quoted keeps its case where case tells names apart."""
    if part is None:
        return ""
    return part.text if part.quoted and not folds else _cased(part.text, case)


def _cased(text: str, case: Case) -> str:
    return text.lower() if case == "lower" else text.upper() if case == "upper" else text

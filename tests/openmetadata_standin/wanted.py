"""A create request, checked and turned into what the server would store."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.openmetadata_standin import shapes, vocabulary
from tests.openmetadata_standin.columns import names_of
from tests.openmetadata_standin.errors import bad, missing, must_not_be_null, no_such_value, unrecognised
from tests.openmetadata_standin.naming import checked, under
from tests.openmetadata_standin.shapes import Shape, domain_field
from tests.openmetadata_standin.world import Entity, World

Json = dict[str, Any]


class Wanted:
    """
    What a create request asks for.

    Attributes:
        body: The fields as they would be stored, those that were given only.
        parent: What it is in.

    Raises:
        Refusal: The server does not take it.
    """

    def __init__(self, world: World, shape: Shape, request: object) -> None:
        self._world = world
        self._shape = shape
        request = check_fields(
            request, shape.takes(world.mode), f"api.data.Create{shape.kind[0].upper()}{shape.kind[1:]}"
        )
        self.name = checked(request.get("name"), kind=shape.kind)
        required = [*shape.required]
        if shape.kind == "dataProduct":
            required.append(domain_field(world.mode))
        if absent := [name for name in required if request.get(name) is None]:
            raise must_not_be_null(*absent)
        for name, words in shape.enums.items():
            if request.get(name) is not None and not words.take(request[name], world.mode):
                raise no_such_value(words.what, request[name])
        self.parent, self.body = self._parents(request)
        self.fqn = under(self.parent.fqn if self.parent else "", self.name)
        self.body |= {key: value for key, value in request.items() if key not in self.body and value is not None}
        self.body["name"] = self.name
        self._references()
        if special := getattr(self, f"_of_{shape.kind}", None):
            special()

    def _parents(self, request: Json) -> tuple[Entity | None, Json]:
        found: Entity | None = None
        body: Json = {}
        for field_name, kind in self._shape.parents.items():
            named = request.get(field_name)
            if named is None:
                continue
            if isinstance(named, dict):
                found = self._world.by_id(kind, str(named.get("id")), "all")
            else:
                found = self._world.get(kind, named, "all")
            inherited = {"service", "serviceType", "database"} & found.body.keys()
            body |= {key: found.body[key] for key in inherited}
            if found.kind.endswith("Service"):
                body |= {"service": found.ref(), "serviceType": found.body["serviceType"]}
            body[field_name] = found.ref()
        return found, body

    def _references(self) -> None:
        world, body = self._world, self.body
        if "owners" in body:
            body["owners"] = [owner(world, each) for each in body["owners"]]
        if "tags" in body:
            body["tags"] = world.tags.normal(body["tags"])
        if isinstance(body.get("domain"), str):
            body["domain"] = world.get("domain", body["domain"]).ref()
        if "domains" in body:
            body["domains"] = [world.get("domain", each).ref() for each in body["domains"]]
        if "dataProducts" in body:
            body["dataProducts"] = [world.get("dataProduct", each).ref() for each in body["dataProducts"]]
        if body.get("extension"):
            raise bad(f"Unknown custom field {next(iter(body['extension']))}")

    def _of_table(self) -> None:
        self.body["columns"] = self._world.columns.normal(self.body["columns"], self.fqn)
        known = {each["name"] for each in self.body["columns"]}
        for constraint in self.body.get("tableConstraints") or []:
            if not vocabulary.TABLE_CONSTRAINTS.take(constraint.get("constraintType"), self._world.mode):
                raise no_such_value(vocabulary.TABLE_CONSTRAINTS.what, constraint.get("constraintType"))
            if unknown := [each for each in constraint["columns"] if each not in known]:
                raise bad(f"Invalid column name {unknown[0]}")

    def _of_pipeline(self) -> None:
        if "tasks" in self.body:
            self.body["tasks"] = [self._task(each) for each in self.body["tasks"]]

    def _task(self, request: Json) -> Json:
        check_fields(request, shapes.TASK, "entity.data.Task")
        if request.get("name") is None:
            raise must_not_be_null("tasks[0].name")
        return {key: value for key, value in request.items() if value is not None} | {
            "fullyQualifiedName": under(self.fqn, request["name"]),
            "tags": self._world.tags.normal(request.get("tags") or []),
        }

    def _of_apiCollection(self) -> None:  # noqa: N802  # the server's word
        check_address(self.body.get("endpointURL"))

    def _of_apiEndpoint(self) -> None:  # noqa: N802  # the server's word
        check_address(self.body["endpointURL"])
        for name in ("requestSchema", "responseSchema"):
            if name in self.body:
                fields = self._world.fields.normal(self.body[name].get("schemaFields") or [], f"{self.fqn}.{name}")
                self.body[name] = self.body[name] | {"schemaFields": fields}

    def _of_container(self) -> None:
        for each in self.body.get("fileFormats") or []:
            if not vocabulary.FILE_FORMATS.take(each, self._world.mode):
                raise no_such_value(vocabulary.FILE_FORMATS.what, each)
        if model := self.body.get("dataModel"):
            if model.get("columns") is None:
                raise must_not_be_null("dataModel.columns")
            self.body["dataModel"] = model | {"columns": self._world.columns.normal(model["columns"], self.fqn)}

    def _of_dashboard(self) -> None:
        if "charts" in self.body:
            self.body["charts"] = [self._world.get("chart", each).ref() for each in self.body["charts"]]

    def _of_metric(self) -> None:
        if "relatedMetrics" in self.body:
            self.body["relatedMetrics"] = [
                self._world.get("metric", each).ref() for each in self.body["relatedMetrics"]
            ]

    def _of_testDefinition(self) -> None:  # noqa: N802  # the server's word
        for each in self.body["testPlatforms"]:
            if not vocabulary.TEST_PLATFORMS.take(each, self._world.mode):
                raise no_such_value(vocabulary.TEST_PLATFORMS.what, each)


def check_fields(request: object, known: frozenset[str], what: str) -> Json:
    """Return the request, or raise the 400 for what is no object or for a field that it does not have."""
    if not isinstance(request, dict):
        raise bad("Cannot deserialize value from Array or primitive")
    for name in request:
        if name not in known:
            raise unrecognised(name, what, len(known))
    return request


def check_address(address: str | None) -> None:
    """Raise the 400 for what is no URI."""
    if address is None:
        return
    if not urlsplit(address).scheme or any(letter in address for letter in ' {}<>"'):
        raise bad(f'Cannot deserialize value of type `java.net.URI` from String "{address}"')


def owner(world: World, reference: Json) -> Json:
    """Return the full reference to a user or team."""
    entity = world.entities.get(str(reference.get("id")))
    if entity is None or entity.kind != reference.get("type"):
        raise missing(str(reference.get("type")), str(reference.get("id")))
    return entity.ref()


def columns_of(world: World, entity: Entity) -> set[str] | None:
    """Return the full names that column lineage may speak of; ``None`` where anything goes."""
    body = entity.body
    match entity.kind:
        case "table":
            return names_of(body["columns"])
        case "container":
            return names_of((body.get("dataModel") or {}).get("columns") or [])
        case "apiEndpoint":
            schemas = [body.get(name) or {} for name in ("responseSchema", "requestSchema")]
            return set().union(*(names_of(schema.get("schemaFields") or []) for schema in schemas))
        case "dashboard":
            return {each["fullyQualifiedName"] for each in body.get("charts") or []}
        case "metric":
            return None
    raise bad(f"Unsupported Entity Type {entity.kind} for lineage")

"""Requests in, calls out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata.client import Refused
from phlo_hooks.subscribers.openmetadata.names import Kind
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import ledger as names
from phlo_hooks.subscribers.openmetadata.publishing.batches import send_entities
from phlo_hooks.subscribers.openmetadata.publishing.cases import send_case, send_definition
from phlo_hooks.subscribers.openmetadata.publishing.edges import send_edges, settle
from phlo_hooks.subscribers.openmetadata.publishing.models import send_model
from phlo_hooks.subscribers.openmetadata.publishing.outcomes import send_results
from phlo_hooks.subscribers.openmetadata.publishing.profiles import send_profiles
from phlo_hooks.subscribers.openmetadata.publishing.results import Api, Published, Tally
from phlo_hooks.subscribers.openmetadata.publishing.sending import Sending
from phlo_hooks.subscribers.openmetadata.publishing.statuses import send_statuses
from phlo_hooks.subscribers.openmetadata.requests import (
    PostResult,
    PutDataModel,
    PutEdge,
    PutEntity,
    PutProfile,
    PutStatus,
    PutTest,
    Request,
    SettleEdges,
)
from phlo_hooks.subscribers.openmetadata.versions import Once

Item = TypeVar("Item", bound=Request)
Key = TypeVar("Key", bound=Hashable)

ORDER: Final = (
    Kind.API_SERVICE,
    Kind.DATABASE_SERVICE,
    Kind.STORAGE_SERVICE,
    Kind.PIPELINE_SERVICE,
    Kind.DASHBOARD_SERVICE,
    Kind.DATABASE,
    Kind.API_COLLECTION,
    Kind.DATABASE_SCHEMA,
    Kind.TABLE,
    Kind.CONTAINER,
    Kind.API_ENDPOINT,
    Kind.DASHBOARD,
    Kind.PIPELINE,
)
"""What others are in comes before them."""


class Publisher:
    """
    Bring the server to where requests want it, with as few calls as it takes.

    Args:
        client: Speaks to the server.
        keep: Holds what was sent, under ``sent/``.
    """

    def __init__(self, client: Api, keep: Keep, options: Options) -> None:
        self._client = client
        self._keep = keep
        self._options = options
        self._once = Once()

    def publish(self, requests: Iterable[Request], *, verify: bool = False) -> Published:
        """
        Send what the server does not have.

        Several at once within one kind. What is confirmed is remembered, so that the same requests again send only
        the rest. What people deleted softly stays deleted until something about it changes.

        Args:
            verify: Read what stands there rather than believe what was sent before; refused ones are tried again.

        Raises:
            TransientDeliveryError: The server cannot be reached or wants us to wait.
        """
        wanted = list({_identity(request): request for request in requests}.values())
        sending = Sending(
            client=self._client,
            ledger=names.Ledger(self._keep),
            options=self._options,
            tally=Tally(),
            verify=verify,
            once=self._once,
            requests={each.name: each for each in _of(wanted, PutEntity)},
            tests={each.case: each for each in _of(wanted, PutTest)},
        )
        sending.ledger.load(name for request in wanted for name in _remembered_as(request))
        try:
            self._publish(sending, wanted)
        finally:
            sending.ledger.flush()
        return sending.tally.published()

    def _publish(self, sending: Sending, requests: Sequence[Request]) -> None:
        for batch in _by_kind(_of(requests, PutEntity)):
            send_entities(sending, batch)
            sending.ledger.flush()
        tests = _of(requests, PutTest)
        definitions = {str(each.definition["name"]): each for each in tests}
        alone = partial(_each, sending)
        grouped = partial(_grouped, sending)
        stages: tuple[list[Callable[[], None]], ...] = (
            alone(send_model, _of(requests, PutDataModel)),
            grouped(send_edges, _of(requests, PutEdge), lambda each: each.downstream),
            alone(settle, _of(requests, SettleEdges)),
            alone(send_definition, definitions.values()),
            alone(send_case, tests),
            grouped(send_results, _of(requests, PostResult), lambda each: each.case),
            grouped(send_profiles, _of(requests, PutProfile), lambda each: each.table),
            grouped(send_statuses, _of(requests, PutStatus), lambda each: each.pipeline),
        )
        for stage in stages:
            if stage:
                self._client.parallel(stage)
                sending.ledger.flush()


def _of(requests: Iterable[Request], kind: type[Item]) -> list[Item]:
    return [request for request in requests if isinstance(request, kind)]


def _by_kind(requests: Sequence[PutEntity]) -> Iterator[list[PutEntity]]:
    """Yield entities that can be sent at once, those that others are in first."""
    for kind in (*ORDER, *(kind for kind in Kind if kind not in ORDER)):
        of_kind = [request for request in requests if request.name.kind is kind]
        for depth in sorted({len(request.name.parts) for request in of_kind}):
            yield [request for request in of_kind if len(request.name.parts) == depth]


def _each(
    sending: Sending, send: Callable[[Sending, Item], None], requests: Iterable[Item]
) -> list[Callable[[], None]]:
    """Return one call for each request."""
    return [partial(_guarded, sending, request, partial(send, sending, request)) for request in requests]


def _grouped(
    sending: Sending,
    send: Callable[[Sending, Key, list[Item]], None],
    requests: Iterable[Item],
    key: Callable[[Item], Key],
) -> list[Callable[[], None]]:
    """Return one call for all requests about one thing."""
    groups: dict[Key, list[Item]] = {}
    for request in requests:
        groups.setdefault(key(request), []).append(request)
    return [
        partial(_guarded, sending, group[0], partial(send, sending, about, group)) for about, group in groups.items()
    ]


def _guarded(sending: Sending, request: Request, send: Callable[[], None]) -> None:
    """Send; what is refused where nothing should be costs only this."""
    try:
        send()
    except Refused as refusal:
        sending.tally.refused(request, str(refusal))


def _identity(request: Request) -> tuple[Any, ...]:
    """Return what a request is about: of two about the same thing the last one holds."""
    found: tuple[Any, ...]
    match request:
        case PutEntity():
            found = "entity", request.name
        case PutEdge():
            found = "edge", request.upstream, request.downstream
        case SettleEdges():
            found = "settle", request.downstream
        case PutDataModel():
            found = "model", request.table
        case PutTest():
            found = "test", request.case
        case PostResult():
            found = "result", request.case, request.timestamp, request.key or str(request.body)
        case PutProfile():
            found = "profile", request.table, request.timestamp
        case PutStatus():
            found = "status", request.pipeline, request.timestamp
    return found


def _remembered_as(request: Request) -> tuple[str, ...]:
    """Return the names in the ledger that a request looks at."""
    found: tuple[str, ...]
    match request:
        case PutEntity():
            found = (names.entity_name(request.name),)
        case PutEdge():
            ends = [each for each in (request.upstream, request.downstream, request.pipeline) if each is not None]
            found = (names.edge_name(request.upstream, request.downstream), *map(names.entity_name, ends))
        case SettleEdges():
            found = (names.entity_name(request.downstream),)
        case PutDataModel():
            found = (names.model_name(request.table), names.entity_name(request.table))
        case PutTest():
            definition = names.definition_name(str(request.definition["name"]))
            found = (names.case_name(request.case), definition, names.suite_name(request.table))
        case PostResult():
            found = (names.results_name(request.case), names.case_name(request.case))
        case PutProfile():
            found = (names.profile_name(request.table), names.entity_name(request.table))
        case PutStatus():
            found = (names.status_name(request.pipeline),)
    return found

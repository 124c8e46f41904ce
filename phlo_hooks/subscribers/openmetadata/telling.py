"""What was learned is mapped and published; what an event and ``sync`` have in common."""

from __future__ import annotations

import hashlib
import logging
from abc import ABC, abstractmethod
from typing import Final

from phlo_hooks.plugin import PluginContext
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.learning import Knowledge, knows_catalog, learn_catalog
from phlo_hooks.subscribers.openmetadata.mapping import requests_for
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import Api, Published, Publisher, Refusal
from phlo_hooks.subscribers.openmetadata.requests import Request

CATALOG: Final = "telling/catalog"
"""Name in the keep: digest of the catalog that was told last, and of the options."""
UNFINISHED: Final = "telling/unfinished"
"""Name in the keep: a ``sync`` has begun, and not ended."""
_NAMED: Final = 5
_log = logging.getLogger(__name__)


class Telling(ABC):
    """
    What an event and a sync have to tell.

    Attributes:
        naming: Says what things are called there.
    """

    def __init__(self, context: PluginContext, options: Options) -> None:
        self.naming = Naming(options, deployment=context.settings.deployment)
        self._context = context
        self._options = options
        self._learned: bytes | None = None

    @abstractmethod
    def tell(self, learned: Learned, knowledge: Knowledge, *, verify: bool) -> Published:
        """Tell what was learned."""

    def requests(self, learned: Learned, knowledge: Knowledge) -> list[Request]:
        """Return what is to be sent of what was learned, in order."""
        if learned == Learned():
            return []
        return requests_for(learned, knowledge, self.naming, self._options, ui_url=self._context.settings.ui_url)

    def learn_catalog(self, knowledge: Knowledge, *, again: bool = False) -> Learned | None:
        """
        Learn what code declares; ``remember_catalog`` comes when that was told.

        Code that is known as it is counts as changed: then it is the settings that are others, and with them what is
        told of it.

        Returns:
            ``None`` for a catalog of which a part failed: what is missing in it would seem to be gone.
        """
        catalog = self._context.catalog()
        if catalog.notes:
            _log.warning("What code declares is not told to OpenMetadata: %s", "; ".join(catalog.notes))
            return None
        self._learned = self._mark(catalog.digest)
        again = again or knows_catalog(catalog, knowledge)
        return learn_catalog(catalog, knowledge, self.naming, again=again)

    def has_new_catalog(self) -> bool:
        """Return whether code may declare something else than what was told last; that is quick."""
        return self._context.keep.get([CATALOG]).get(CATALOG) != self._mark(self._context.catalog_digest())

    def remember_catalog(self) -> None:
        """Note that the catalog was told as it was learned."""
        self._context.keep.put({CATALOG: self._learned})

    def _mark(self, digest: str) -> bytes:
        options = self._options.model_dump_json(exclude={"jwt", "jwt_file"})
        return hashlib.sha256(f"{digest}\n{options}".encode()).hexdigest().encode()


class Teller(Telling):
    """Tells a server."""

    def __init__(self, context: PluginContext, options: Options, client: Api) -> None:
        super().__init__(context, options)
        self._publisher = Publisher(client, context.keep, options)

    def tell(self, learned: Learned, knowledge: Knowledge, *, verify: bool) -> Published:
        """
        Send what the server does not have of what was learned.

        Raises:
            TransientDeliveryError: The server cannot be reached, takes our token no more, or wants us to wait.
        """
        requests = self.requests(learned, knowledge)
        return self._publisher.publish(requests, verify=verify) if requests else Published()


def named(refused: tuple[Refusal, ...]) -> str:
    """Return one line that says what the server refused, the first few by name."""
    shown = "; ".join(str(each) for each in refused[:_NAMED])
    more = f"; and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
    count = "a request" if len(refused) == 1 else f"{len(refused)} requests"
    return f"OpenMetadata refuses {count}: {shown}{more}"

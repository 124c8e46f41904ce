"""
The way of an event: what it says is learned, told to the server, and then kept.

It is kept when the server has it and no sooner, so that an event whose delivery ended in the middle is delivered as if
for the first time; what was sent already is sent again without harm.
"""

from __future__ import annotations

import logging

from phlo_hooks.delivery import Delivery
from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import OutboxError, PermanentDeliveryError, TransientDeliveryError
from phlo_hooks.plugin import PluginContext
from phlo_hooks.subscribers.openmetadata.client import Client, Refused
from phlo_hooks.subscribers.openmetadata.learning import Knowledge, learn
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing import Api
from phlo_hooks.subscribers.openmetadata.telling import UNFINISHED, Teller, named

_log = logging.getLogger(__name__)


class EventHandler:
    """
    Brings events over, one at a time.

    Args:
        client: Made from the options unless given.
    """

    def __init__(self, context: PluginContext, options: Options, client: Api | None = None) -> None:
        self._own: Client | None = None
        if client is None:
            client = self._own = Client(options)
        self._keep = context.keep
        self._alone = context.alone
        self._teller = Teller(context, options, client)
        self._asked = False
        self._warned = False

    def handle(self, event: HookEvent, delivery: Delivery | None) -> None:
        """
        Bring one event over.

        Raises:
            PermanentDeliveryError: The server refused a part of it for good; the rest is there, and is kept.
            TransientDeliveryError: The server, its token or the state database cannot be used now; nothing is kept.
        """
        try:
            with self._alone():
                if event.event_type == "run.start" or not self._asked:
                    self._bring_catalog()
                    self._asked = True
                again = _may_be_known(delivery) or self._is_unfinished()
                self._bring(event, again=again, revision=delivery.revision if delivery else 1)
        except OutboxError as error:
            raise TransientDeliveryError(str(error)) from error
        except Refused as refusal:
            # The publisher collects refusals; this one stopped it, and would stop it each time.
            raise PermanentDeliveryError(f"OpenMetadata refuses a request: {refusal}") from refusal

    def close(self) -> None:
        """Close the connections, if they are ours."""
        if self._own is not None:
            self._own.close()

    def _bring(self, event: HookEvent, *, again: bool, revision: int) -> None:
        # Made for each event: `sync`, in another process, keeps facts as well.
        knowledge = Knowledge(self._keep)
        learned = learn(event, knowledge, self._teller.naming, again=again, revision=revision)
        published = self._teller.tell(learned, knowledge, verify=again)
        knowledge.commit()
        if published.refused:
            raise PermanentDeliveryError(named(published.refused))

    def _bring_catalog(self) -> None:
        """Tell what code declares; what the server refuses of it is logged, as it is no fault of the event at hand."""
        if not self._teller.has_new_catalog():
            return
        knowledge = Knowledge(self._keep)
        learned = self._teller.learn_catalog(knowledge)
        if learned is None:
            return
        published = self._teller.tell(learned, knowledge, verify=False)
        knowledge.commit()
        self._teller.remember_catalog()
        if published.refused:
            _log.error("What code declares: %s", named(published.refused))

    def _is_unfinished(self) -> bool:
        unfinished = bool(self._keep.get([UNFINISHED]))
        if unfinished and not self._warned:
            _log.warning(
                "A sync with OpenMetadata is under way or did not end; events are told in full until one does."
            )
        self._warned = unfinished
        return unfinished


def _may_be_known(delivery: Delivery | None) -> bool:
    """Say whether facts of this event may be kept already, although the server may not have all of it."""
    return delivery is not None and (
        delivery.replay or delivery.after_dead_letter or delivery.attempt > 1 or delivery.revision > 1
    )

"""What ``relay`` and ``drain`` have in common: a supervisor here, a worker there."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from phlo_hooks.attaching import attach_plugins
from phlo_hooks.bus import HookBus
from phlo_hooks.cli.session import Session
from phlo_hooks.cli.sources import close_sources
from phlo_hooks.cli.text import clean, clean_block
from phlo_hooks.exceptions import SourceError
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.redaction import redact_text
from phlo_hooks.relay import Relay
from phlo_hooks.relaying import trouble
from phlo_hooks.settings import Settings
from phlo_hooks.source import EventSource

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 60.0
_KILLS_PER_CRASH: Final = 5


@dataclass(frozen=True, kw_only=True)
class Running:
    """A relay with all that it works on."""

    relay: Relay
    outbox: Outbox
    sources: tuple[EventSource, ...]
    bus: HookBus


@contextmanager
def opened(
    session: Session,
    open_sources: Callable[[], list[EventSource]],
    *,
    stop: threading.Event,
    say: Callable[[str], None],
) -> Iterator[Running]:
    """Ask the code, open state database, hooks and sources, and close them again in turn."""
    session.output.claim()
    log_to_stderr(debug=session.invocation.debug)
    session.ask_the_code(stop, say)
    settings = forbearing(session.settings) if session.invocation.after_kill else session.settings
    with ExitStack() as stack:
        outbox = stack.enter_context(session.outbox())
        bus = stack.enter_context(session.bus)
        attach_plugins(bus, outbox, settings)
        sources = open_sources()
        stack.callback(close_sources, sources)
        yield Running(relay=Relay(outbox, sources, bus, settings), outbox=outbox, sources=tuple(sources), bus=bus)


def forbearing(settings: Settings) -> Settings:
    """Return the settings with which a death by SIGKILL buries no event that had the bad luck to be under way."""
    crashes = settings.delivery.max_crashes * _KILLS_PER_CRASH
    return settings.model_copy(update={"delivery": settings.delivery.model_copy(update={"max_crashes": crashes})})


def log_to_stderr(*, debug: bool) -> None:
    """Send what is logged to standard error, with control characters escaped."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_CleanFormatter(_FORMAT))
    handler.addFilter(_tells_more_than_a_line)
    root = logging.getLogger()
    root.addHandler(handler)
    logging.getLogger("phlo_hooks").setLevel(logging.DEBUG if debug else logging.WARNING)


def _tells_more_than_a_line(record: logging.LogRecord) -> bool:
    """Leave out what is told as a change of state or as the drain's result, unless it has a traceback."""
    return record.name != trouble.__name__ or record.exc_info is not None


class _CleanFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return clean_block(super().format(record))


def sources_when_reached(session: Session, stop: threading.Event, say: Callable[[str], None]) -> list[EventSource]:
    """Open the sources, however long one cannot be reached; empty when stopped before."""
    wait, told = _FIRST_WAIT, ""
    while not stop.is_set():
        try:
            return session.sources()
        except SourceError as error:
            if (text := clean(redact_text(str(error)))) != told:
                say(f"{text}; trying again in {wait:g} s and on")
            told = text
            stop.wait(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
    return []

"""What every command opens: settings, state database, hooks, sources; each when it is first needed."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy.engine import make_url

from phlo_hooks.bus import HookBus
from phlo_hooks.cli.invocation import Invocation
from phlo_hooks.cli.options import take_target
from phlo_hooks.cli.output import Output
from phlo_hooks.cli.sources import open_sources
from phlo_hooks.discovery import build_bus
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.redaction import redact_text
from phlo_hooks.settings import OVERRIDES_VARIABLE, Settings, load_settings
from phlo_hooks.source import EventSource

_SQLITE: Final = "sqlite:///"


class Session:
    """What one command opens; nothing is opened before it is asked for."""

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation

    @property
    def output(self) -> Output:
        """Where this command prints."""
        return self.invocation.output

    @cached_property
    def settings(self) -> Settings:
        """The settings, with the options of the command line on top."""
        return load_settings(self.invocation.overrides or None, root=self._root)

    def name_target(self, options: dict[str, Any]) -> None:
        """Take the target out of a command's options into the settings; before they are first used."""
        if where := take_target(options):
            self.invocation.overrides["target"] = where

    def ask_target(self, options: dict[str, Any]) -> None:
        """Take the target out of a command's options, and let its code add its hooks and settings."""
        self.name_target(options)
        self.ask_the_code(threading.Event(), self.output.note)

    def ask_the_code(self, stop: threading.Event, say: Callable[[str], None]) -> None:
        """
        Let the code that this command works for add its hooks and settings; before anything else is opened.

        A relay that a code server started was told them by it, and asks nobody.

        Args:
            stop: Set when the command is to end; then nothing is waited for.
            say: Told, line by line, what could not be loaded, or does not go together.
        """
        if OVERRIDES_VARIABLE in os.environ:
            return
        from phlo_hooks.cli.targets import declared_by_targets

        declared = declared_by_targets(self.settings, stop)
        for note in declared.notes:
            say(redact_text(note))
        before = self.database_label
        settings = load_settings(
            self.invocation.overrides or None,
            declared=declared.overrides,
            declared_by=declared.name,
            root=self._root,
        )
        hooks = list(dict.fromkeys([*settings.hooks, *declared.hooks]))
        self.settings = settings.model_copy(update={"hooks": hooks})
        sys.path.extend(folder for folder in declared.path if folder not in sys.path)
        if self.database_label != before:
            say(f"the state database is {self.database_label}, as {declared.name} says in its code")

    @property
    def _root(self) -> Path | None:
        return Path(self.invocation.project) if self.invocation.project else None

    @cached_property
    def bus(self) -> HookBus:
        """Every hook that this environment and the settings name; what plugins print goes to standard error."""
        settings = self.settings
        self.output.claim()
        bus = build_bus(settings)
        click.get_current_context().call_on_close(bus.close)
        return bus

    @contextmanager
    def outbox(self, *, create: bool = True) -> Iterator[Outbox]:
        """
        Open the state database for the time of a command.

        Args:
            create: Whether to make it when it is not there. A command that only reads gets an empty one instead, and
                a line on standard error says where it looked.
        """
        url, origin, note = self.settings.database_url()
        with ExitStack() as stack:
            if not create and _is_missing(url):
                elsewhere = "; set DAGSTER_HOME or the setting database if it is elsewhere" if note else ""
                self.output.note(f"note: no state database at {url.removeprefix(_SQLITE)} yet ({origin}){elsewhere}")
                url = f"{_SQLITE}{stack.enter_context(tempfile.TemporaryDirectory())}/empty.db"
            elif note:
                self.output.note(f"note: {note}")
            yield stack.enter_context(Outbox.open(url))

    @property
    def has_database(self) -> bool:
        """Whether there is a state database to open; one on a server is taken to be there."""
        return not _is_missing(self.settings.database_url()[0])

    def sources(self) -> list[EventSource]:
        """
        Open every event source that is installed.

        Raises:
            SourceError: There is none, or one cannot be opened.
        """
        settings = self.settings
        self.output.claim()
        return open_sources(settings)

    @property
    def database_label(self) -> str:
        """The state database without its password, and which setting named it."""
        url, origin, _ = self.settings.database_url()
        return f"{make_url(url).render_as_string(hide_password=True)} ({origin})"


def pass_session(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command its session as first argument."""

    @functools.wraps(command)
    def with_session(*args: Any, **kwargs: Any) -> int | None:
        invocation = click.get_current_context().find_object(Invocation)
        return command(Session(invocation or Invocation()), *args, **kwargs)

    return with_session


def _is_missing(url: str) -> bool:
    if not url.startswith("sqlite"):
        return False
    path = url.partition(_SQLITE)[2].partition("?")[0]
    return bool(path) and not Path(path).exists()

"""What a plugin is, and what is known about one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from phlo_hooks.catalog import Catalog
from phlo_hooks.keep import Keep, MemoryKeep
from phlo_hooks.registration import HookRegistration
from phlo_hooks.spec import marked_methods, marked_registrations, specs_of


@dataclass(frozen=True, kw_only=True)
class PluginMetadata:
    """Who a plugin is; ``name`` is also the first half of its hooks' names."""

    name: str
    version: str = ""
    author: str = ""
    description: str = ""


class Deployment(Protocol):
    """What a plugin may ask of the settings; a ``Settings`` is one, and is not imported here, as steps need none."""

    @property
    def deployment(self) -> str:
        """Tells deployments apart."""

    @property
    def ui_url(self) -> str | None:
        """Base address of Dagster's web server, without a trailing slash."""

    @property
    def root(self) -> Path:
        """The project's folder."""


@dataclass(frozen=True, kw_only=True)
class PluginContext:
    """
    What a plugin has at hand where events are delivered from a state database.

    Attributes:
        settings: Of the whole deployment.
        keep: The plugin's own names and values, in the state database.
        catalog: Returns what code declares now; read anew each time, as it takes some milliseconds.
        catalog_digest: Returns that catalog's digest, which is quick.
        alone: Returns a context manager; of all that work as this plugin, in any process, one at a time is inside,
            such as a command beside the relay. It waits, and raises ``TransientDeliveryError`` when its turn does not
            come.
    """

    settings: Deployment
    keep: Keep = field(default_factory=MemoryKeep)
    catalog: Callable[[], Catalog] = Catalog
    catalog_digest: Callable[[], str] = str
    alone: Callable[[], AbstractContextManager[object]] = nullcontext


class HookPlugin:
    """
    A bundle of hooks with settings and an end.

    Subclass it, set ``metadata``, and mark methods with ``@hook`` or override ``get_hooks``. It is constructed without
    arguments; ``initialize`` comes before ``get_hooks``.

    Attributes:
        metadata: Who it is; without it, the entry point's name and its package's version.
        in_step: Set it when ``get_hooks`` is overridden and any hook has ``in_step=True``: a step's process does not
            initialize the other plugins.
        state_note: One line for people about how it stands, such as what switches it on; read after ``get_hooks``.
    """

    metadata: PluginMetadata | None = None
    in_step: ClassVar[bool] = False
    state_note: str = ""

    def initialize(self, config: Mapping[str, Any]) -> None:
        """Take the plugin's settings, ``plugins.config.<name>``; empty when there are none."""

    def attach(self, context: PluginContext) -> None:
        """
        Take what is at hand; called once, after ``initialize``, where hooks are served from a state database only.

        What it raises leaves the plugin out, and its queued hooks' events wait; an ``OutboxError`` is tried again.
        """

    def cleanup(self) -> None:
        """Release what is held; called once, when the bus is closed."""

    def get_hooks(self) -> list[HookRegistration]:
        """Return the hooks to register: by default the methods marked with ``@hook``."""
        plugin = self.metadata.name if self.metadata else None
        return [
            registration
            for name in marked_methods(type(self))
            for registration in marked_registrations(getattr(self, name), plugin=plugin)
        ]

    @classmethod
    def runs_in_steps(cls) -> bool:
        """Say whether a step's process needs this plugin."""
        if cls.in_step or cls.get_hooks is not HookPlugin.get_hooks:
            return cls.in_step
        return any(spec.in_step for name in marked_methods(cls) for spec in specs_of(getattr(cls, name)))


@dataclass(frozen=True, kw_only=True)
class PluginInfo:
    """
    One plugin as discovery found it.

    Attributes:
        type: ``hooks``.
        hooks: Names of its hooks, ``plugin:hook``, in their order.
        error: Why it was left out; ``None`` when it was not.
        origin: Where it comes from: an entry point's value, an import path, or ``code``.
        note: What it says of itself in one line.
    """

    name: str
    type: str = "hooks"
    version: str = ""
    author: str = ""
    hooks: tuple[str, ...] = ()
    error: str | None = None
    origin: str = ""
    note: str = ""

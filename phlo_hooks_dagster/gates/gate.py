"""What a gate is, and what it says when it is closed."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from dagster import AssetKey, DagsterInstance, PartitionsDefinition

from phlo_hooks.events import HookEvent
from phlo_hooks.exceptions import HooksError

_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class GateClosedError(HooksError):
    """
    An asset may not start: raised in its step, before the user's code.

    Args:
        gate: Name of the gate; several are separated by commas.
        asset: Key of the asset that was about to start.
        reason: Why, for people.
        retry: Whether the asset's retry policy is to try again; a gate's answer rarely changes within a run.
    """

    def __init__(self, *, gate: str, asset: str, reason: str, retry: bool = False) -> None:
        closed = f"gate {gate} is closed" if ", " not in gate else f"gates {gate} are closed"
        super().__init__(f"{asset} may not start, {closed}: {reason}")
        self.gate = gate
        self.asset = asset
        self.reason = reason
        self.retry = retry


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """
    An asset that the guarded one is made from.

    Attributes:
        partitions: Those that the guarded partition is made from; ``None`` when the upstream has no partitions.
        partitions_def: How it is partitioned, as far as this code location knows.
        checks: Names of its checks, as far as this code location defines them.
        awaited: Those that Dagster itself lets the guarded asset wait for, in this run.
        metadata: Of its definition.
        local: Made by this code location.
    """

    key: AssetKey
    partitions: tuple[str, ...] | None = None
    partitions_def: PartitionsDefinition[Any] | None = None
    checks: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()
    metadata: dict[str, Any] = field(default_factory=dict)
    local: bool = True

    @property
    def name(self) -> str:
        """The key as people write it."""
        return self.key.to_user_string()


@dataclass(frozen=True, kw_only=True)
class GateView:
    """
    What a gate looks at: Dagster's instance, and who asks.

    Attributes:
        run_id: The run in which the asset is about to start.
        asset_key: The guarded asset.
        partition_key: The guarded partition; ``None`` for an asset without partitions.
        upstreams: The assets it is made from, those of its own step left out.
        event: The start event; ``None`` where a blocking check asks.
        now: The moment of asking, with time zone.
    """

    instance: DagsterInstance
    run_id: str
    asset_key: AssetKey
    partition_key: str | None
    upstreams: tuple[Upstream, ...]
    now: datetime
    event: HookEvent | None = None


@dataclass(frozen=True, kw_only=True)
class Gate(ABC):
    """
    A question that must be answered with ``None`` before an asset starts.

    Subclasses are frozen keyword-only dataclasses; their fields are what can be set, in code and in settings.

    Attributes:
        name: Made from the class's name unless it sets one: ``checks_passed``.
        needs_upstreams: Whether it is closed for an asset that has no upstream: there is nothing it could look at.
        upstreams: Which upstream assets it looks at, keys or globs; ``None`` for all.
        retry: Whether the asset's retry policy is to try again while the gate is closed.
    """

    name: ClassVar[str] = "gate"
    needs_upstreams: ClassVar[bool] = False

    upstreams: Sequence[str] | None = None
    retry: bool = False

    def __init_subclass__(cls) -> None:
        """Name the gate after its class."""
        super().__init_subclass__()
        if "name" not in cls.__dict__:
            cls.name = _WORD.sub("_", cls.__name__.strip("_")).lower()

    @abstractmethod
    def reason_to_stop(self, view: GateView) -> str | None:
        """Return why the asset may not start, for people; ``None`` when it may."""

"""What the translator remembers of a run between two readings, as bytes."""

from __future__ import annotations

from typing import Final

import msgspec

from phlo_hooks.events import ErrorInfo
from phlo_hooks.exceptions import SourceError
from phlo_hooks_dagster.riders import DltRider

STATE_VERSION: Final = 2

OBSERVED: Final = "observed"
"""Ends the slot of an asset of which only an observation was seen, and which may be a source or not."""


class StepState(msgspec.Struct, array_like=True):
    """
    One step, as far as the log has been read.

    Attributes:
        attempt: Number of the attempt that runs or ran last; 0 before the first.
        started: When that attempt started, Unix seconds.
        ended: How it ended: ``""`` while it runs, ``success``, ``failure``, ``canceled``, ``retry``, ``skipped``.
        invocations: dbt invocation ids that its records named.
        did: Assets and partitions that this attempt materialized or observed, see ``slot``.
    """

    attempt: int = 0
    started: float = 0.0
    ended: str = ""
    invocations: list[str] = []
    did: set[str] = set()

    @property
    def running(self) -> bool:
        """Return whether an attempt has started and not yet said how it ended."""
        return self.attempt > 0 and not self.ended


class PlannedCheck(msgspec.Struct, array_like=True):
    """A check that the run set out to evaluate; ``partition`` is the only one planned, if it is only one."""

    step: str
    asset: str
    name: str
    partition: str = ""


class Interrupted(msgspec.Struct, array_like=True):
    """A step attempt that an interrupt ended; whether it was canceled shows when the run ends."""

    record: int
    at: float
    error: ErrorInfo
    seconds: float | None = None


class NodeRecord(msgspec.Struct, array_like=True):
    """What a dbt artifact said of one node; kept, as the artifact may vanish."""

    unique_id: str
    status: str
    message: str = ""
    seconds: float | None = None
    digest: str | None = None
    invocation: str | None = None


class Waiting(msgspec.Struct, array_like=True):
    """
    A materialization whose lineage is told when its step ends.

    Attributes:
        reported: It lists the table's columns itself.
    """

    record: int
    at: float
    attempt: int
    asset: str
    partition: str = ""
    reported: bool = False


class Parts(msgspec.Struct, array_like=True):
    """How many of the riders of one dbt invocation have been read; a large result comes in ``of`` parts."""

    of: int
    read: set[int] = set()

    @property
    def whole(self) -> bool:
        """Return whether all have been read."""
        return len(self.read) >= self.of


class Held(msgspec.Struct, array_like=True):
    """
    Events of one record that wait for dbt's own word on a node, or behind the end of the same asset.

    Attributes:
        end_of: The asset whose end waits; ``None`` for the result of a check.
        attempt: Of the step that told them.
        events: As the codec writes them; what the node says goes into the first.
    """

    end_of: str | None
    unique_id: str
    invocation: str
    attempt: int
    events: list[str]


class RunState(msgspec.Struct, array_like=True):
    """
    One run, as far as its log has been read.

    Attributes:
        steps: By step key.
        planned: Step key to asset key to the partitions planned; ``""`` stands for no partition.
        checks: Planned and not yet evaluated.
        interrupted: By step key, what waits for the run's end.
        done: Assets and partitions that have materialized or been observed in any attempt, see ``slot``.
        settled: Those whose last word has been said without that.
        declared: Beginnings of the ids of what ``finish`` has said.
        artifacts: dbt node results by step and attempt, see ``slot``.
        tables: Columns of the tables that were reported, or follow from a table's SQL, by dataset; see
            ``columns.spelled``.
        started: When the run started, Unix seconds; 0 before.
        terminal: Status of the first terminal record, ``""`` before it; ``terminal_at`` its time.
        waiting: By step key, what waits for the step's end to have its lineage told.
        held: By step key, what waits for a rider of dbt's results, in the order of the log.
        parts: Riders of dbt's results that have been read, by step, attempt and invocation, see ``slot``.
        loads: By step key, riders of dlt's loads in the attempt that runs or ran last.
        emitted: Beginnings of the ids of what user code has emitted.
        stopped: What hooks said that failed steps.
    """

    version: int = STATE_VERSION
    steps: dict[str, StepState] = {}
    planned: dict[str, dict[str, list[str]]] = {}
    checks: dict[str, PlannedCheck] = {}
    interrupted: dict[str, Interrupted] = {}
    done: set[str] = set()
    settled: set[str] = set()
    declared: set[str] = set()
    artifacts: dict[str, list[NodeRecord]] = {}
    tables: dict[str, list[str]] = {}
    started: float = 0.0
    last: float = 0.0
    canceling: bool = False
    terminal: str = ""
    terminal_at: float = 0.0
    lost: int = 0
    is_lost: bool = False
    waiting: dict[str, list[Waiting]] = {}
    held: dict[str, list[Held]] = {}
    parts: dict[str, Parts] = {}
    loads: dict[str, list[DltRider]] = {}
    emitted: set[str] = set()
    stopped: set[str] = set()

    def step(self, key: str) -> StepState:
        """Return the step's state, a fresh one the first time."""
        found = self.steps.get(key)
        if found is None:
            found = self.steps[key] = StepState()
        return found


def slot(*parts: str) -> str:
    """Return one string for the parts, such as asset and partition."""
    return "\x1f".join(parts)


def dump(state: RunState) -> bytes:
    """Return the state as JSON."""
    return _ENCODER.encode(state)


def is_readable(body: bytes) -> bool:
    """Say whether ``load`` can read the state that the bytes hold; another version of ours may have written it."""
    try:
        load(body)
    except SourceError:
        return False
    return True


def load(body: bytes) -> RunState:
    """
    Return the state that the bytes hold; a fresh one for none.

    Raises:
        SourceError: The bytes are no state, or of another version: the run must be read from its start.
    """
    if not body:
        return RunState()
    try:
        head = msgspec.json.decode(body, type=list[msgspec.Raw])
        version = msgspec.json.decode(head[0], type=int)
        if version != STATE_VERSION:
            raise SourceError(f"translator state has version {version}, this one writes {STATE_VERSION}: read again")
        return msgspec.json.decode(body, type=RunState)
    except (msgspec.MsgspecError, IndexError) as error:
        raise SourceError(f"translator state cannot be read ({error}): read the run from its start") from error


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")

"""What dbt's invocations in one step attempt left in their target folders, as riders."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from phlo_hooks_dagster.compiled import RESULTS, SIZE_LIMIT, stamp
from phlo_hooks_dagster.riders import LIMIT, DbtNode, DbtRider
from phlo_hooks_dagster.snapshot import DbtProjectSnapshot
from phlo_hooks_dagster.translator.artifacts import CLOCK_SLACK, CUT, DbtTargetFolders, digest, message_of

_LAST: Final = frozenset({"success", "pass", "no-op", "reused"})
"""Statuses of nodes of which there is nothing to say but that they went well: they come last."""
_DEPTHS: Final = (f"*/{RESULTS}", f"*/*/{RESULTS}")
_NANO: Final = 1e9
_MESSAGES: Final = "nodes.message"
_BESIDE: Final = 256
"""Bytes of a rider beside its nodes."""
_COMMA: Final = 1


class AttemptFolders(DbtTargetFolders):
    """
    The folders of one step attempt, read while it runs: those that were there before it began are not its own.

    Attributes:
        seen: Ids of invocations that the attempt's results named; of these, results are found in folders of the
            project that the user has chosen, too.
    """

    def __init__(self, projects: Sequence[DbtProjectSnapshot], *, run_id: str, step_key: str) -> None:
        super().__init__(projects)
        self._run_id, self._step_key, self._began = run_id, step_key, time.time()
        self._directories = tuple(dict.fromkeys(Path(each.project_dir) for each in projects))
        self.seen: set[str] = set()
        self._before = frozenset(self.folders(run_id, step_key, 0.0, None))

    def folders(self, run_id: str, step_key: str, started: float, ended: float | None) -> list[Path]:  # noqa: ARG002
        """Return the attempt's folders, oldest first; what was there before tells it, not the clock."""
        before = getattr(self, "_before", frozenset[Path]())
        return [path for path in super().folders(run_id, step_key, 0.0, None) if path not in before]

    def manifest_sql(self, unique_id: str) -> str | None:  # noqa: ARG002  # as the base class has it
        """Return ``None``: no manifest is parsed in a step."""
        return None

    def riders(self) -> Iterator[DbtRider]:
        """Return what each invocation that has ended says of its nodes, in the order in which they began."""
        own = [folder / RESULTS for folder in self.folders(self._run_id, self._step_key, 0.0, None)]
        found = [results for path in own if (results := _read(path)) is not None]
        found += self._elsewhere(self.seen - {results.metadata.invocation_id for results in found})
        for results in found:
            yield from parts(results.metadata.invocation_id, [_node(each) for each in results.results])

    def _elsewhere(self, invocations: set[str]) -> list[_Results]:
        """Return the results of these invocations, written since the attempt began into a folder of the project."""
        if not invocations:
            return []
        paths = [path for folder in self._directories for depth in _DEPTHS for path in folder.glob(depth)]
        fresh = [path for path in paths if (at := stamp(path)) and at[0] / _NANO >= self._began - CLOCK_SLACK]
        read = {results.metadata.invocation_id: results for path in sorted(fresh) if (results := _read(path))}
        return [results for invocation, results in read.items() if invocation in invocations]


class _Metadata(msgspec.Struct):
    invocation_id: str = ""


class _Result(msgspec.Struct):
    unique_id: str
    status: str | None = None
    message: str | None = None
    execution_time: float | None = None
    compiled_code: str | None = None


class _Results(msgspec.Struct):
    metadata: _Metadata
    results: list[_Result]


_decoder: Final = msgspec.json.Decoder(_Results)


def parts(invocation_id: str, nodes: Sequence[DbtNode]) -> list[DbtRider]:
    """Return the nodes as riders that are small enough, those that did not go well first."""
    chunks: list[list[DbtNode]] = []
    room = 0
    for node in sorted(nodes, key=lambda each: each.status in _LAST):
        size = len(msgspec.json.encode(node)) + _COMMA
        if size > room:
            chunks.append([])
            room = LIMIT - _BESIDE - len(invocation_id)
        chunks[-1].append(node)
        room -= size
    return [
        DbtRider(
            invocation_id=invocation_id,
            nodes=tuple(chunk),
            part=number,
            parts=len(chunks),
            cut=(_MESSAGES,) if any(node.message.endswith(CUT) for node in chunk) else (),
        )
        for number, chunk in enumerate(chunks, start=1)
    ]


def _read(path: Path) -> _Results | None:
    """Return what dbt wrote; ``None`` when it has written nothing yet, or what cannot be read."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            return None
        return _decoder.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def _node(result: _Result) -> DbtNode:
    return DbtNode(
        unique_id=result.unique_id,
        status=(result.status or "").lower(),
        message=message_of(result.message or ""),
        seconds=result.execution_time,
        digest=digest(result.compiled_code) if result.compiled_code else None,
    )

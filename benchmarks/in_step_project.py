"""
Runs of small assets, undecorated and decorated in turns, in one process; print the processor time of a step.

Usage: ``in_step_project.py plain|decorated|hook|live|rider COUNT ROUNDS``. Beside it stands what the steps did that
they must not: ``connections`` to a network, and ``files`` that code of ours opened to write, Dagster's own left out.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

STORAGE = ("history", "storage", "schedules", "logs", ".telemetry")
"""What Dagster keeps in its home."""


class Watch:
    """What a process opens, told by Python itself."""

    def __init__(self, home: Path) -> None:
        self.connections: list[str] = []
        self.files: list[str] = []
        self.on = False
        self._dagsters = tuple(str(home / name) for name in STORAGE)
        sys.addaudithook(self._told)

    def _told(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in {"socket.connect", "socket.getaddrinfo"}:
            self.connections.append(str(arguments[-1]))
        elif event == "sqlite3.connect" or (event == "open" and _writes(arguments)):
            path = str(arguments[0])
            if not path.startswith(self._dagsters) and path != os.devnull and _ours_calls():
                self.files.append(path)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))


def _ours_calls() -> bool:
    frame = sys._getframe()  # noqa: SLF001  # who opened it is on the stack and nowhere else
    while frame.f_back is not None:
        frame = frame.f_back
        if "/phlo_hooks" in frame.f_code.co_filename:
            return True
    return False


def make_definitions(kind: str, count: int) -> dg.Definitions:
    """Return assets that do next to nothing, so that what is left is Dagster and us."""
    decorate: Callable[..., Any] = dg.asset
    if kind not in {"plain", "live"}:
        from phlo_hooks_dagster import ingestion_asset

        decorate = ingestion_asset
    assets = [_make_asset(decorate, number, rider=kind == "rider") for number in range(count)]
    job = dg.define_asset_job("everything", executor_def=dg.in_process_executor, selection="*")
    resources: dict[str, Any] = {}
    if kind == "rider":
        from phlo_hooks_dagster import HooksResource

        resources["hooks"] = HooksResource()
    defs = dg.Definitions(assets=assets, jobs=[job], resources=resources)
    if kind == "plain":
        return defs

    from phlo_hooks_dagster import with_phlo_hooks

    return with_phlo_hooks(defs, hooks=_hooks(kind), live=kind == "live")


def _make_asset(decorate: Callable[..., Any], number: int, *, rider: bool) -> dg.AssetsDefinition:
    about: dict[str, Any] = {"name": f"asset_{number}", "metadata": {"dagster/table_name": f"wh.raw.asset_{number}"}}
    if rider:
        return _emitting_asset(decorate, number, about)

    def small() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"dagster/row_count": number})

    made: dg.AssetsDefinition = decorate(**about)(small)
    return made


def _emitting_asset(decorate: Callable[..., Any], number: int, about: dict[str, Any]) -> dg.AssetsDefinition:
    from phlo_hooks import GenericEvent

    def small(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        context.resources.hooks.emit(GenericEvent(event_type="bench.told", data={"number": number}))
        return dg.MaterializeResult(metadata={"dagster/row_count": number})

    made: dg.AssetsDefinition = decorate(**about, required_resource_keys={"hooks"})(small)
    return made


def _hooks(kind: str) -> Sequence[object]:
    if kind in {"hook", "live", "rider"}:
        return [take_note]
    return []


calls: list[str] = []


def take_note(event: Any) -> None:
    """Note that an event came; ``main`` makes it a hook."""
    calls.append(event.event_type)


def run(defs: dg.Definitions, instance: dg.DagsterInstance) -> float:
    """Run all assets once; return the seconds of processor time."""
    job = defs.resolve_job_def("everything")
    started = time.process_time()
    result = job.execute_in_process(instance=instance)
    taken = time.process_time() - started
    if not result.success:
        raise SystemExit("the run failed")
    return taken


def main(kind: str, count: int, rounds: int) -> None:
    """Run both projects in turns and print seconds per step: the least of the rounds, and the first run's own."""
    if kind != "plain":
        from phlo_hooks import hook

        hook(events=["ingestion.*", "asset.*", "bench.*"], in_step=True)(take_note)
    began = time.process_time()
    measured = make_definitions(kind, count)
    with tempfile.TemporaryDirectory() as home:
        os.environ["DAGSTER_HOME"] = home
        watch = Watch(Path(home))
        with dg.DagsterInstance.get() as instance:
            watch.on = True
            run(measured, instance)
            first = time.process_time() - began
            plain = make_definitions("plain", count)
            pairs = [(run(plain, instance), run(measured, instance)) for _ in range(rounds)]
            watch.on = False
    print(
        json.dumps(
            {
                "plain": min(each for each, _ in pairs) / count,
                "measured": min(each for _, each in pairs) / count,
                "first": first,
                "calls": float(len(calls)),
                "connections": watch.connections,
                "files": watch.files,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

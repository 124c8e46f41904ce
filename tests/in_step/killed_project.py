"""A project whose steps run in processes of their own and one of which is killed; loaded by file."""

import os
import signal
from pathlib import Path

import dagster as dg

from phlo_hooks import HookEvent, hook
from phlo_hooks_dagster import ingestion_asset, with_phlo_hooks

TOLD = Path(os.environ["KILLED_PROJECT_TOLD"])


def note(where: str, event: HookEvent) -> None:
    """Write a line: which half, and the event's key."""
    with TOLD.open("a") as file:
        file.write(f"{where} {event.key}\n")


@hook(in_step=True)
def inside(event: HookEvent) -> None:
    """Note what steps tell."""
    note("in", event)


@hook
def outside(event: HookEvent) -> None:
    """Note what the relay tells."""
    note("out", event)


@ingestion_asset
def stored() -> int:
    """Give what an IO manager stores."""
    return 1


@dg.asset(tags={"phlo/stage": "transform"}, deps=[stored])
def plain() -> int:
    """Have no decorator."""
    return 1


@ingestion_asset(deps=[stored])
def killed() -> None:
    """Never return."""
    os.kill(os.getpid(), signal.SIGKILL)


defs = with_phlo_hooks(
    dg.Definitions(
        assets=[stored, plain, killed],
        jobs=[dg.define_asset_job("every", selection="*")],
        executor=dg.multiprocess_executor.configured({"max_concurrent": 1}),
    ),
    hooks=[inside, outside],
    live=True,
)

"""Steps in processes of their own, as a deployment runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import dagster as dg

from phlo_hooks.discovery import load_object
from phlo_hooks.testing import RecordingHook
from phlo_hooks_dagster import drain

PROJECT = dedent(
    """
    import os
    from pathlib import Path

    import dagster as dg

    from phlo_hooks import GenericEvent, hook
    from phlo_hooks_dagster import HooksResource, ingestion_asset, publish_asset, with_phlo_hooks


    @hook(in_step=True)
    def listen(event):
        with Path(os.environ["HEARD"]).open("a") as file:
            file.write(f"{os.getpid()} {event.key}\\n")


    @ingestion_asset(retry_policy=dg.RetryPolicy(max_retries=2))
    def orders(context: dg.AssetExecutionContext, hooks: HooksResource) -> dg.MaterializeResult:
        hooks.emit(GenericEvent(event_type="shop.tried", data={"attempt": context.retry_number + 1}))
        if context.retry_number == 0:
            raise ConnectionError("once")
        return dg.MaterializeResult(metadata={"dagster/row_count": 3})


    @publish_asset(deps=[orders])
    def published() -> int:
        return 1


    defs = with_phlo_hooks(
        dg.Definitions(
            assets=[orders, published],
            jobs=[dg.define_asset_job("all_of_it")],
            resources={"hooks": HooksResource()},
            executor=dg.multiprocess_executor,
        ),
        hooks=[listen],
    )
    """
)


def test_processes_of_one_run_tell_one_story(tmp_path: Path) -> None:
    """Each attempt and step in a process of its own: attempts are counted right, and relay and steps agree."""
    home, file, heard = tmp_path / "home", tmp_path / "shop.py", tmp_path / "heard.txt"
    home.mkdir()
    file.write_text(PROJECT)
    command = shutil.which("dagster", path=str(Path(sys.executable).parent)) or "dagster"

    done = subprocess.run(
        [command, "job", "execute", "-f", str(file), "-j", "all_of_it"],
        cwd=tmp_path,
        env={**os.environ, "DAGSTER_HOME": str(home), "HEARD": str(heard), "DAGSTER_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    outside = RecordingHook()
    with dg.DagsterInstance.from_config(str(home)) as instance:
        defs = load_object(f"{file}:defs")
        assert isinstance(defs, dg.Definitions)
        drain(instance, hooks=[outside.registration()], defs=defs, database=f"sqlite:///{tmp_path / 'state.db'}")
    lines = [line.partition(" ") for line in heard.read_text().splitlines()]
    told = [key.partition("|")[2] for _, _, key in lines]
    assert told == [
        "orders|1|orders|||ingestion.start",
        "orders|1||||shop.tried",
        "orders|1|orders|||ingestion.end",
        "orders|2|orders|||ingestion.start",
        "orders|2||||shop.tried",
        "orders|2|orders|||ingestion.end",
        "published|1|published|||publish.start",
        "published|1|published|||publish.end",
    ]
    assert len({process for process, _, _ in lines}) == 3
    relayed = {event.key for event in outside.events}
    assert {key for _, _, key in lines} <= relayed

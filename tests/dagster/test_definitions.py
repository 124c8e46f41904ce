"""The one line that a project adds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Literal

import dagster as dg
import pytest

from phlo_hooks import hook
from phlo_hooks.exceptions import RegistrationError, SettingsError
from phlo_hooks_dagster import with_phlo_hooks
from phlo_hooks_dagster.hook_paths import hook_path
from phlo_hooks_dagster.sensor import SENSOR_NAME


@dg.asset
def orders() -> None: ...


@dg.schedule(cron_schedule="@daily", job_name="every")
def nightly() -> dict[str, str]:
    return {}


@hook(events=["run.*"])
def at_top_level(event: object) -> None:
    """Do nothing."""


def unmarked(event: object) -> None:
    """Do nothing, and say nothing of events."""


class Provider:
    """Brings no hooks."""

    def get_hooks(self) -> list[object]:
        return []


PROVIDER = Provider()


def project() -> dg.Definitions:
    """Return definitions with one of everything."""
    return dg.Definitions(
        assets=[orders],
        jobs=[dg.define_asset_job("every")],
        schedules=[nightly],
        resources={"warehouse": dg.ResourceDefinition.hardcoded_resource("duckdb")},
        loggers={"console": dg.colored_console_logger},
        executor=dg.in_process_executor,
        metadata={"team": "data"},
    )


def test_everything_of_the_project_stays() -> None:
    """The line adds one running sensor and touches nothing else."""
    defs = project()

    hooked = with_phlo_hooks(defs)

    assert [sensor.name for sensor in hooked.sensors or ()] == [SENSOR_NAME]
    sensor = hooked.get_repository_def().get_sensor_def(SENSOR_NAME)
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert sensor.minimum_interval_seconds == 5
    assert (hooked.assets, hooked.jobs, hooked.schedules) == (defs.assets, defs.jobs, defs.schedules)
    assert (hooked.resources, hooked.loggers, hooked.executor) == (defs.resources, defs.loggers, defs.executor)
    assert dict(hooked.metadata)["team"] == dg.TextMetadataValue("data")
    assert hooked.get_repository_def().has_job("every")


def test_calling_it_twice_is_harmless() -> None:
    """Definitions that have the sensor are returned as they are."""
    once = with_phlo_hooks(project())

    assert with_phlo_hooks(once) is once


def test_a_sensor_of_that_name_is_refused_by_name() -> None:
    """A project's own sensor of our name gets a clear error, not a clash inside Dagster."""

    @dg.sensor(name=SENSOR_NAME, job_name="every")
    def taken() -> dg.SkipReason:
        return dg.SkipReason("mine")

    with pytest.raises(RegistrationError, match="has a sensor named 'phlo_hooks_relay' of its own; rename it"):
        with_phlo_hooks(dg.Definitions(sensors=[taken]))


def test_something_else_than_definitions_is_refused() -> None:
    """A list of assets is no Definitions."""
    with pytest.raises(TypeError, match=r"needs a dagster\.Definitions, not list"):
        with_phlo_hooks([orders])  # type: ignore[arg-type]  # that is what is refused


def test_an_unknown_setting_is_an_error_at_load() -> None:
    """A misspelt override is refused where the definitions are loaded, with the nearest name."""
    with pytest.raises(SettingsError, match="did you mean 'start'"):
        with_phlo_hooks(project(), strat="all")


def test_an_unknown_mode_is_an_error_at_load() -> None:
    """The three modes are named."""
    with pytest.raises(SettingsError, match="'child', 'tick', 'external'"):
        with_phlo_hooks(project(), mode="thread")  # type: ignore[arg-type]  # that is what is refused


def test_hooks_become_import_paths() -> None:
    """A function, a provider held by a module variable and a path given as such are found by another process."""
    assert hook_path("pkg.mod:name") == "pkg.mod:name"
    assert hook_path(json.dumps) == "json:dumps"
    assert hook_path(at_top_level).endswith("test_definitions:at_top_level")
    assert hook_path(PROVIDER).endswith("test_definitions:PROVIDER")


def test_a_hook_that_cannot_be_imported_is_named() -> None:
    """A lambda or local function has no import path; the error says which and what to do."""

    @hook
    def local(event: object) -> None: ...

    with pytest.raises(RegistrationError, match=r"local.*test_definitions.py:\d+\) cannot be imported"):
        with_phlo_hooks(project(), hooks=[local])
    with pytest.raises(RegistrationError, match="<lambda>"):
        with_phlo_hooks(project(), hooks=[hook(lambda event: None)])


def test_in_a_tick_any_hook_will_do() -> None:
    """In mode 'tick' hooks are called in the code server, so that a local function works."""
    with_phlo_hooks(project(), hooks=[hook(lambda event: None)], mode="tick")


@pytest.mark.parametrize("mode", ["child", "tick", "external"])
def test_a_function_without_the_decorator_is_refused_at_load(mode: Literal["child", "tick", "external"]) -> None:
    """Whoever forgot ``@hook`` is told where the definitions are loaded, not by the relay's log."""
    with pytest.raises(RegistrationError, match=r"unmarked .*test_definitions.py:\d+\) is no hook; decorate it"):
        with_phlo_hooks(project(), hooks=[unmarked], mode=mode)


def test_a_step_pays_next_to_nothing() -> None:
    """Beyond Dagster, importing and calling the line in a step's process loads no settings, no bus, no database."""
    code = (
        "import sys, dagster\n"
        "sys.argv = ['dagster', 'api', 'execute_step']\n"
        "before = set(sys.modules)\n"
        "from phlo_hooks_dagster import with_phlo_hooks\n"
        "with_phlo_hooks(dagster.Definitions(), ui_url='http://x')\n"
        "print(sorted(set(sys.modules) - before))\n"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "pydantic_settings" not in loaded
    assert "sqlalchemy" not in loaded
    assert "'phlo_hooks." not in loaded

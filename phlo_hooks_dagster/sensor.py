"""The sensor that snapshots the code location and keeps the relay running."""

from __future__ import annotations

from typing import Any, Final

from dagster import DefaultSensorStatus, SensorDefinition, SensorEvaluationContext, SkipReason

from phlo_hooks_dagster import compat_definitions as compat
from phlo_hooks_dagster.options import RelayOptions

SENSOR_NAME: Final = "phlo_hooks_relay"
INTERVAL: Final = 5
MARK: Final = "phlo_hooks/relay"


class RelaySensor:
    """The evaluation function: what it does is imported at the first tick, in the code server only."""

    def __init__(self, options: RelayOptions) -> None:
        self.options = options
        self._ticker: Any = None

    def __call__(self, context: SensorEvaluationContext) -> SkipReason:
        """Do what a tick does and say how things stand."""
        if self._ticker is None:
            from phlo_hooks_dagster.ticking import Ticker  # noqa: PLC0415  # no step's process pays for the relay

            self._ticker = Ticker(self.options)
        return SkipReason(self._ticker.tick(context))


def relay_sensor(options: RelayOptions) -> SensorDefinition:
    """Return the sensor, running unless somebody stops it in the UI."""
    evaluate = RelaySensor(options)

    def tick(context: SensorEvaluationContext) -> SkipReason:
        return evaluate(context)

    tick.options = options  # type: ignore[attr-defined]  # whoever loads the definitions finds there what was given
    return SensorDefinition(
        name=SENSOR_NAME,
        evaluation_fn=tick,
        minimum_interval_seconds=INTERVAL,
        default_status=DefaultSensorStatus.RUNNING,
        description="Keeps the phlo-hooks relay running and shows how far it is; requests no runs.",
        tags={MARK: "true"},
    )


def is_relay_sensor(sensor: SensorDefinition) -> bool:
    """Say whether a sensor is ours."""
    return MARK in sensor.tags


def options_of(sensor: SensorDefinition) -> RelayOptions | None:
    """Return what the relay's sensor was made from; ``None`` for a sensor that is not ours."""
    given = getattr(compat.sensor_function(sensor), "options", None) if is_relay_sensor(sensor) else None
    return given if isinstance(given, RelayOptions) else None

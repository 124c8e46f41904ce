"""Dagster sensors that react to recorded events."""

from phlo_hooks_dagster.sensors.factories import (
    on_phlo_event,
    phlo_check_sensor,
    phlo_event_sensor,
    phlo_run_failure_sensor,
)

__all__ = ["on_phlo_event", "phlo_check_sensor", "phlo_event_sensor", "phlo_run_failure_sensor"]

"""Hooks of the project's own: what a user of phlo-hooks writes."""

from __future__ import annotations

from nyc_flights.paths import FINDINGS, MARTS
from phlo_hooks import PublishEvent, QualityResultEvent, hook


@hook(events=["quality.result"])
def note_finding(event: QualityResultEvent) -> None:
    """Leave a note for each check that found something; a repeated delivery writes the same note again."""
    if event.passed is False:
        FINDINGS.mkdir(parents=True, exist_ok=True)
        note = f"{event.data_outcome}: {event.check_name} on {event.dataset}: {dict(event.metadata)}\n"
        (FINDINGS / f"{event.event_id}.txt").write_text(note, encoding="utf-8")


@hook(events=["publish.start", "publish.end"], assets=["published/parquet"], in_step=True)
def mark_unfinished(event: PublishEvent) -> None:
    """
    Keep a mark beside the Parquet files while they are written, for those who read them.

    It must be there before the first byte, so the step itself calls this hook; a step that fails, or is killed, leaves
    the mark, and the files are not to be trusted.
    """
    mark = MARTS / "_unfinished"
    if event.event_type == "publish.start":
        MARTS.mkdir(parents=True, exist_ok=True)
        mark.touch()
    elif event.status == "success":
        mark.unlink(missing_ok=True)


@hook(events=["quality.result"], statuses=["warn", "fail"], in_step=True)
def say_finding(event: QualityResultEvent) -> None:
    """Print what a check found where people look first: in the output of the step that asked."""
    print(f"{event.data_outcome}: {event.check_name} on {event.asset_key}: {dict(event.metadata)}")

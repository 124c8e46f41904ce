"""A hook of the project's own: what a user of phlo-hooks writes."""

from __future__ import annotations

from nyc_flights.paths import FINDINGS
from phlo_hooks import QualityResultEvent, hook


@hook(events=["quality.result"])
def note_finding(event: QualityResultEvent) -> None:
    """Leave a note for each check that found something; a repeated delivery writes the same note again."""
    if event.passed is False:
        FINDINGS.mkdir(parents=True, exist_ok=True)
        note = f"{event.data_outcome}: {event.check_name} on {event.dataset}: {dict(event.metadata)}\n"
        (FINDINGS / f"{event.event_id}.txt").write_text(note, encoding="utf-8")

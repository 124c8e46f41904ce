"""One event becomes facts."""

from __future__ import annotations

from phlo_hooks.events import (
    AssetEvent,
    HookEvent,
    IngestionEvent,
    LineageEvent,
    PublishEvent,
    QualityResultEvent,
    TransformEvent,
)
from phlo_hooks.subscribers.openmetadata.facts import Learned
from phlo_hooks.subscribers.openmetadata.learning.changes import Changes, Lesson
from phlo_hooks.subscribers.openmetadata.learning.datasets import AssetEnd, ended_well, learn_asset
from phlo_hooks.subscribers.openmetadata.learning.fetching import fetch
from phlo_hooks.subscribers.openmetadata.learning.knowledge import Knowledge
from phlo_hooks.subscribers.openmetadata.learning.lineage import learn_lineage, learn_no_lineage
from phlo_hooks.subscribers.openmetadata.learning.loads import learn_load
from phlo_hooks.subscribers.openmetadata.learning.notes import stamp_of_event
from phlo_hooks.subscribers.openmetadata.learning.profiles import learn_profile
from phlo_hooks.subscribers.openmetadata.learning.quality import learn_result
from phlo_hooks.subscribers.openmetadata.learning.runs import learn_run
from phlo_hooks.subscribers.openmetadata.learning.targets import learn_targets
from phlo_hooks.subscribers.openmetadata.naming import Naming


def learn(event: HookEvent, knowledge: Knowledge, naming: Naming, *, again: bool = False, revision: int = 1) -> Learned:
    """
    Learn one event, and return what it changed; nothing for one that was learned before.

    Events may come late, twice and in any order: the facts are the same.

    Args:
        again: Everything that the event speaks of counts as changed.
        revision: See ``Delivery.revision``: of one event the later revision holds.
    """
    changes = Changes(knowledge, again=again)
    lesson = Lesson(
        event=event,
        stamp=stamp_of_event(event, revision=revision),
        knowledge=knowledge,
        naming=naming,
        changes=changes,
        revision=revision,
    )
    fetch(lesson)
    learn_run(lesson)
    if isinstance(event, LineageEvent):
        learn_lineage(lesson, event)
    elif isinstance(event, QualityResultEvent):
        learn_result(lesson, event)
    elif isinstance(event, (IngestionEvent, TransformEvent, PublishEvent, AssetEvent)) and ended_well(event):
        _learn_end(lesson, event)
    return changes.learned()


def _learn_end(lesson: Lesson, event: AssetEnd) -> None:
    """Learn what an asset that was made, or observed, says of its dataset and of those beside it."""
    home = learn_asset(lesson, event)
    if isinstance(event, IngestionEvent):
        learn_load(lesson, event, home)
    if isinstance(event, PublishEvent):
        learn_targets(lesson, event)
    elif home is not None and event.event_type != "asset.observed" and event.asset_key:
        learn_no_lineage(lesson, event.asset_key, home)
    learn_profile(lesson, event, home)

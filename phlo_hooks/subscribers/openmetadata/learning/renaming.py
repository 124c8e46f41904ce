"""What was learned under names that the settings no longer give."""

from __future__ import annotations

from phlo_hooks.subscribers.openmetadata.learning import notebook as shelves
from phlo_hooks.subscribers.openmetadata.learning.knowledge import Knowledge
from phlo_hooks.subscribers.openmetadata.learning.notebook import Notebook, key_text
from phlo_hooks.subscribers.openmetadata.learning.notes import StoredPipeline, TableNote
from phlo_hooks.subscribers.openmetadata.names import EntityName
from phlo_hooks.subscribers.openmetadata.naming import Naming


def forget_renamed(knowledge: Knowledge, naming: Naming) -> None:
    """
    Forget datasets and pipelines that have other names now, and the lineage of those datasets.

    Else one that the server has under both names would be told twice, by each sync again. Learn all events first: what
    they say then stands under the new names.
    """
    book = knowledge.notebook
    pipelines = {note.name for note in list(book.all(shelves.PIPELINES)) if not _forget_pipeline(book, note, naming)}
    gone: set[EntityName] = set()
    for note in list(book.all(shelves.TABLES)):
        key = knowledge.key(note.fact.name)
        if naming.dataset(note.fact.dataset) == note.fact.name:
            _keep_makers(book, key, note, pipelines)
        else:
            gone.add(key)
            book.drop(shelves.TABLES, key_text(key))
            book.drop(shelves.LINEAGES, key_text(key))
            book.drop_all(shelves.CHECKS, key_text(key))
    if gone:
        _forget_mentions(book, gone)


def _forget_pipeline(book: Notebook, note: StoredPipeline, naming: Naming) -> bool:
    """Forget a pipeline that has another name now; return whether it has."""
    named = (
        naming.pipeline(note.code_location, note.job)
        if note.job is not None
        else naming.group(note.code_location, note.group or "")
    )
    if named == note.name:
        return False
    book.drop(shelves.PIPELINES, key_text(note.name))
    book.drop_all(shelves.PIPELINE_TASKS, key_text(note.name))
    return True


def _keep_makers(book: Notebook, key: EntityName, note: TableNote, pipelines: set[EntityName]) -> None:
    """Leave a dataset only those pipelines that are known."""
    jobs = [making for making in note.jobs if making.pipeline in pipelines]
    groups = {asset_key: each for asset_key, each in note.groups.items() if each.pipeline in pipelines}
    if (jobs, groups) != (note.jobs, note.groups):
        note.jobs, note.groups = jobs, groups
        book.set(shelves.TABLES, note, key_text(key))


def _forget_mentions(book: Notebook, gone: set[EntityName]) -> None:
    """Let no asset be one of these datasets, and no run have told of one."""
    for asset in list(book.all(shelves.ASSETS)):
        homes = {location: home for location, home in asset.homes.items() if home.key not in gone}
        if homes != asset.homes or asset.home in gone:
            asset.homes = homes
            asset.home, asset.home_mark = (None, "") if asset.home in gone else (asset.home, asset.home_mark)
            book.set(shelves.ASSETS, asset, asset.key)
    for run in list(book.all(shelves.RUNS)):
        told = set(book.all(shelves.RUN_TOLD, run.run_id))
        for key in told & gone:
            book.drop(shelves.RUN_TOLD, run.run_id, key_text(key))

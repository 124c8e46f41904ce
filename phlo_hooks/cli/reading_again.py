"""Translate streams of a source anew and store what comes of it."""

from __future__ import annotations

from collections.abc import Collection

from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.session import Session
from phlo_hooks.cli.sources import close_sources
from phlo_hooks.outbox.api import Recorded
from phlo_hooks.outbox.store import Outbox


def read_streams_again(session: Session, outbox: Outbox, streams: Collection[tuple[str, str]]) -> Recorded:
    """
    Read streams from their start, each named by source and stream id, and record new events and corrections.

    A running relay may do its work meanwhile: ids make the same events the same.

    Raises:
        NotFoundError: No installed source has the name.
    """
    total = Recorded()
    if not streams:
        return total
    sources = session.sources()
    try:
        by_name = {source.name: source for source in sources}
        with session.output.progress("translating") as progress:
            for index, (name, stream_id) in enumerate(sorted(streams)):
                source = by_name.get(name)
                if source is None:
                    raise NotFoundError(f"source {name!r} is not installed here; there are {', '.join(by_name)}")
                progress.update(stream_id or "what belongs to no run", done=index, total=len(streams))
                memory = outbox.memory(name)
                for batch in source.read_again(memory, stream_id):
                    total += outbox.record(name, batch)
    finally:
        close_sources(sources)
    return total

"""What a page that is served live knows of its server."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class LiveOptions:
    """
    Where a live page asks; paths are of the server that the page came from.

    Attributes:
        graph_url: Gives the graph as JSON.
        events_url: Server-sent events that say that there is something new.
        retry_url: Takes the retry of a dead letter.
        token: Goes with every request that changes something.
    """

    graph_url: str
    events_url: str
    retry_url: str
    token: str = field(repr=False)

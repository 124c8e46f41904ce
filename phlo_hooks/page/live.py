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
        retry_url: Takes dead letters that are to be delivered again.
        drop_url: Takes dead letters that are given up on.
        token: Goes with every request that changes something.
        server: Another server process has another one; it does not take this token.
        version: Of the graph that the page was made with.
    """

    graph_url: str = "/api/graph"
    events_url: str = "/api/changes"
    retry_url: str = "/api/dead/retry"
    drop_url: str = "/api/dead/drop"
    token: str = field(repr=False)
    server: str
    version: str

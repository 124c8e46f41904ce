"""What each version of the server takes; the only place that knows of differences."""

from phlo_hooks.subscribers.openmetadata.versions.server import NEWEST, OLDEST, Features, Once, Part, Server

__all__ = ["NEWEST", "OLDEST", "Features", "Once", "Part", "Server"]

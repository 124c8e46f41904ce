"""The only part that speaks to the server; what it answers becomes data, or one of two errors."""

from phlo_hooks.subscribers.openmetadata.client.answers import Answer, Refused
from phlo_hooks.subscribers.openmetadata.client.http import Client

__all__ = ["Answer", "Client", "Refused"]

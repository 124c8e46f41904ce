"""What publishing would change, like a diff; nothing is sent."""

from phlo_hooks.subscribers.openmetadata.planning.changes import Change
from phlo_hooks.subscribers.openmetadata.planning.plan import Plan, planned
from phlo_hooks.subscribers.openmetadata.planning.recorder import Recorder

__all__ = ["Change", "Plan", "Recorder", "planned"]

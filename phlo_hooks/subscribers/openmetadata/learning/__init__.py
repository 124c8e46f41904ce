"""Events, and what code declares, become facts that are kept; what each changed is said."""

from phlo_hooks.subscribers.openmetadata.learning.catalog import learn_catalog
from phlo_hooks.subscribers.openmetadata.learning.knowledge import Knowledge
from phlo_hooks.subscribers.openmetadata.learning.learn import learn

__all__ = ["Knowledge", "learn", "learn_catalog"]

"""Events, and what code declares, become facts that are kept; what each changed is said."""

from phlo_hooks.subscribers.openmetadata.learning.catalog import knows_catalog, learn_catalog
from phlo_hooks.subscribers.openmetadata.learning.knowledge import Knowledge
from phlo_hooks.subscribers.openmetadata.learning.learn import learn
from phlo_hooks.subscribers.openmetadata.learning.renaming import forget_renamed

__all__ = ["Knowledge", "forget_renamed", "knows_catalog", "learn", "learn_catalog"]

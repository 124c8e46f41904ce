"""
A source for OpenMetadata's own ``metadata ingest``: history from a state database, on a schedule of the catalogue team.

It runs in an environment with ``openmetadata-ingestion`` and this package, never in Dagster's. What it yields is made
by the same mapping as what the subscriber sends, as OpenMetadata's request models, for its sink to write. It only adds:
columns, edges and texts of others stay, nothing is removed, and owners, tags and domains are left to the subscriber, as
the sink would overwrite those of people. ``deploy/openmetadata/ingest.yaml`` is a configuration that works as it is.
"""

from phlo_hooks.subscribers.openmetadata.connector.source import PhloHooksSource

__all__ = ["PhloHooksSource"]

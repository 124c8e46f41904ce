"""Every Dagster execution as an event: one line in ``Definitions``."""

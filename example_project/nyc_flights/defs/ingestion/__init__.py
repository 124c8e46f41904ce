"""dlt loads the raw tables."""

"""Dagster's decorators, with the step's hooks called at start and end."""

"""The project's definitions, as Dagster loads them."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from phlo_hooks_dagster import with_phlo_hooks

# live=True: hooks with in_step=True are called for what nobody decorated too, such as the checks of the raw tables.
defs = with_phlo_hooks(dg.load_from_defs_folder(path_within_project=Path(__file__).parent), live=True)

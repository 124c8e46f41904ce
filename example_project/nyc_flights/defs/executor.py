"""How the steps of a run take turns at the warehouse."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from nyc_flights.warehouse import OPENS_WAREHOUSE


def take_turns(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of Dagster's default executor."""
    if config["one_process"]:
        return {"in_process": {}}
    limits = [{"key": key, "limit": 1} for key in OPENS_WAREHOUSE]
    return {"multiprocess": {"tag_concurrency_limits": limits}}


@dg.definitions
def executor() -> dg.Definitions:
    """
    Return the executor of every job: a process per step, but one at a time for the steps that open the warehouse.

    The limit is kept by the run's own process. (A slot in a pool is kept by the instance, and stays taken when a step's
    process dies before its first event.)
    """
    one_process = dg.Field(bool, default_value=False, description="Run every step in the run's own process.")
    return dg.Definitions(
        executor=dg.multi_or_in_process_executor.configured(
            take_turns, name="take_turns", config_schema={"one_process": one_process}
        )
    )

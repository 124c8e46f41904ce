"""Where dlt assets load, read from the live pipeline that dagster-dlt left in the metadata; never credentials."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final

from phlo_hooks_dagster.snapshot import DltTarget

SOURCE: Final = "dagster_dlt/source"
PIPELINE: Final = "dagster_dlt/pipeline"
TRANSLATOR: Final = "dagster_dlt/translator"
FILES: Final = frozenset({"duckdb", "sqlite"})

log = logging.getLogger(__name__)


def dlt_targets(metadata: Mapping[str, Mapping[str, Any]]) -> dict[str, DltTarget]:
    """Return the target of each dlt asset by its key; one that cannot be read is left out and logged."""
    if "dagster_dlt" not in sys.modules:
        return {}
    found: dict[str, DltTarget] = {}
    known: dict[tuple[int, int], dict[str, DltTarget]] = {}
    for key, values in metadata.items():
        source, pipeline, translator = (values.get(name) for name in (SOURCE, PIPELINE, TRANSLATOR))
        if source is None or pipeline is None or translator is None:
            continue
        pair = (id(source), id(pipeline))
        if pair not in known:
            known[pair] = _resources(source, pipeline, translator)
        if key in known[pair]:
            found[key] = known[pair][key]
    return found


def _resources(source: Any, pipeline: Any, translator: Any) -> dict[str, DltTarget]:
    from dagster_dlt.translator import DltResourceTranslatorData  # noqa: PLC0415  # only for projects that have it

    found: dict[str, DltTarget] = {}
    try:
        destination = pipeline.destination
        catalog = _catalog(pipeline)
        for name, resource in source.selected_resources.items():
            data = DltResourceTranslatorData(resource=resource, pipeline=pipeline)
            key = translator.get_asset_spec(data).key.to_user_string()
            found[key] = DltTarget(
                pipeline=str(pipeline.pipeline_name),
                destination=_destination_type(destination),
                dataset=pipeline.dataset_name or None,
                catalog=catalog,
                resource=_table(source, resource) or str(name),
            )
    except Exception as error:  # noqa: BLE001  # the user's translator and dlt's configuration are foreign code
        log.warning("dlt pipeline %s: its assets have no target (%s)", pipeline.pipeline_name, type(error).__name__)
    return found


def _table(source: Any, resource: Any) -> str | None:
    """Return the resource's table as the destination spells it; ``None`` when each row decides."""
    name = resource.table_name
    return source.schema.naming.normalize_table_identifier(name) if isinstance(name, str) else None


def _destination_type(destination: Any) -> str:
    """Return ``duckdb`` for ``dlt.destinations.duckdb``."""
    return str(getattr(destination, "destination_type", "") or "").rpartition(".")[2]


def _catalog(pipeline: Any) -> str | None:
    """Return the database that the destination's credentials name; opens no connection."""
    try:
        credentials = pipeline.destination_client().config.credentials
        database = getattr(credentials, "database", None)
    except Exception as error:  # noqa: BLE001  # configuration that is missing here may be there on the worker
        log.debug("dlt pipeline %s: no catalog (%s)", pipeline.pipeline_name, type(error).__name__)
        return None
    if not isinstance(database, str) or not database:
        return None
    if _destination_type(pipeline.destination) in FILES:
        return "memory" if database == ":memory:" else PurePath(database).stem
    return database

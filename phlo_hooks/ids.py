"""Ids that name the record an event came from, so that reading twice gives the same id."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("6f2b7a0e-4a35-5c57-9a4d-6d1f6b1c1f10")


def record_event_id(  # these are the parts of the identity, and all are named
    *,
    run_id: str,
    record_id: int,
    event_type: str,
    asset_key: str = "",
    partition_key: str = "",
    instance_id: str = "",
) -> str:
    """
    Return the id of an event that one record of a run's log gave rise to.

    Args:
        run_id: ``""`` for a record that belongs to no run; then ``instance_id`` must be given.
        record_id: The record's id in that run's log.
    """
    owner = run_id or f"runless:{instance_id}"
    return _uuid("record", owner, str(record_id), event_type, asset_key, partition_key)


def synthetic_event_id(  # these are the parts of the identity, and all are named
    *,
    run_id: str,
    event_type: str,
    step_key: str = "",
    attempt: int = 0,
    asset_key: str = "",
    partition_key: str = "",
    check_name: str = "",
    nth: int = 1,
) -> str:
    """
    Return the id of an event that no single record stands for, such as ``run.lost``.

    Args:
        nth: How often this has been declared, counted from 1.
    """
    return _uuid(
        "synthetic", run_id, event_type, step_key, str(attempt), asset_key, partition_key, check_name, str(nth)
    )


def event_key(  # these are the parts of the key, and all are named
    *,
    event_type: str,
    run_id: str = "",
    step_key: str = "",
    attempt: int = 0,
    asset_key: str = "",
    partition_key: str = "",
    check_name: str = "",
) -> str:
    """
    Return the key under which a step and the log know the same event; keys may repeat, ids may not.

    The parts are percent-encoded and joined by ``|``: run, step, attempt, asset, partition, check, type.
    """
    parts = (run_id, step_key, str(attempt or ""), asset_key, partition_key, check_name, event_type)
    return "|".join(quote(part, safe="/[]. ", errors="backslashreplace") for part in parts)


def _uuid(*parts: str) -> str:
    name = "\x1f".join(part.replace("\x1f", "\\x1f") for part in parts)
    return str(uuid5(NAMESPACE, name.encode("utf-8", "backslashreplace").decode()))

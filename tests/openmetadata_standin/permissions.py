"""What the caller may do, as the server lists it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.openmetadata_standin.shapes import SHAPES
from tests.openmetadata_standin.world import World

OPERATIONS = (
    *("Create", "Delete", "ViewAll", "EditAll", "EditDescription", "EditTags", "EditOwners", "EditLineage"),
    *("EditStatus", "EditTests", "EditDataProfile"),
)


def permissions(world: World, resource: Sequence[str]) -> dict[str, Any]:
    """Return those of one resource, or of all."""
    kinds = [shape.kind for shape in SHAPES]
    if resource:
        return _of(world, resource[0])
    return {"data": [_of(world, kind) for kind in kinds], "paging": {"total": len(kinds)}}


def _of(world: World, kind: str) -> dict[str, Any]:
    may = [{"operation": each, "access": "deny" if (kind, each) in world.forbidden else "allow"} for each in OPERATIONS]
    return {"resource": kind, "permissions": may}

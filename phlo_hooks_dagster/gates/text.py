"""Reasons as one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MOST: Final = 8


def listed(reasons: Sequence[str]) -> str | None:
    """Return the reasons in one line, the first few when there are many; ``None`` when there is none."""
    if not reasons:
        return None
    more = len(reasons) - MOST
    return "; ".join(reasons[:MOST]) + (f"; and {more} more" if more > 0 else "")

"""
The tag that says an asset's stage, and which stages there are.

LIGHT: decorators import this module in every step's process.
"""

from __future__ import annotations

from typing import Final

STAGE_TAG: Final = "phlo/stage"
STAGES: Final = ("ingestion", "transform", "quality", "publish")

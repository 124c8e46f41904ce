"""The lineage page: one file that needs nothing but a browser."""

from phlo_hooks.page.document import render
from phlo_hooks.page.live import LiveOptions

__all__ = ["LiveOptions", "render"]

"""What was sent, and was confirmed."""

from __future__ import annotations

from phlo_hooks.keep import Keep


class Ledger:
    """Records of what was sent, in the plugin's keep under ``sent/``."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep

"""How something is measured, and how the result is shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

ROUND_FROM = 1000


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """
    One number.

    Attributes:
        limit: What it must stay below, in the same unit; ``None`` where nothing is promised.
        note: What it was measured on, or beside.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the limit, if there is one, is kept."""
        return self.limit is None or self.value < self.limit


def rate(call: Callable[[], object], *, per_call: int = 1, seconds: float = 0.4, rounds: int = 5) -> float:
    """Return how often per second something happens: the best of some rounds, which other work disturbs least."""
    best = 0.0
    for _ in range(rounds):
        count, started = 0, time.perf_counter()
        while (taken := time.perf_counter() - started) < seconds / rounds:
            call()
            count += per_call
        best = max(best, count / taken)
    return best


def show(measurements: Sequence[Measurement]) -> None:
    """Print a table."""
    table = Table(title="What phlo-hooks costs, on this machine now")
    table.add_column()
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("limit", justify="right")
    table.add_column()
    for each in measurements:
        limit = "" if each.limit is None else f"< {each.limit:g}"
        style = "" if each.ok else "bold red"
        shown = f"{each.value:,.0f}" if each.value >= ROUND_FROM else f"{each.value:.3g}"
        table.add_row(each.name, shown, each.unit, limit, each.note, style=style)
    Console().print(table)

"""What is going on, told on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

from phlo_hooks.cli.text import clean

_EVERY: Final = 5.0
"""Seconds between lines where there is no terminal; a log wants a sign of life, not a film."""


class Progress:
    """What a command tells about the work it waits for."""

    def update(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        """Say how far it is, in place of what was said before; ``total`` is ``None`` while nobody knows."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Say something that stays."""
        raise NotImplementedError


class _Lines(Progress):
    def __init__(self, stream: TextIO, title: str, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._title = title
        self._clock = clock
        self._said = ""
        self._last = clock()

    def update(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        if total:
            text = f"{text} ({done * 100 // total} %)"
        if text != self._said and self._clock() - self._last >= _EVERY:
            self._said = text
            self.say(text)

    def say(self, text: str) -> None:
        self._last = self._clock()
        self._stream.write(f"{self._title}: {clean(text)}\n")
        self._stream.flush()


class _Live(Progress):
    def __init__(self, bars: Any, title: str) -> None:
        self._bars = bars
        self._title = title
        self._task = bars.add_task(f"{title}: starting", total=None)

    def update(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        self._bars.update(self._task, description=f"{self._title}: {clean(text)}", completed=done, total=total)

    def say(self, text: str) -> None:
        from rich.text import Text

        self._bars.console.print(Text(f"{self._title}: {clean(text)}"))


@contextmanager
def show_progress(
    stream: TextIO, title: str, *, live: bool, clock: Callable[[], float] = time.monotonic
) -> Iterator[Progress]:
    """Yield what a command reports its progress to: a bar on a terminal, else a line now and then."""
    if not live:
        yield _Lines(stream, title, clock)
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
    )
    console = Console(file=stream, force_terminal=True, highlight=False)
    with Bars(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=True) as bars:
        yield _Live(bars, title)

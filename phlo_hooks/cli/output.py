"""Where commands print: tables on a terminal, plain aligned text elsewhere, JSON when asked."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, TextIO

from phlo_hooks.cli.progress import Progress, show_progress
from phlo_hooks.cli.text import clean, clean_json

NOTHING: Final = "(none)"
_EMPTY: Final = "-"
_PLAIN_WIDTH: Final = 120
"""Of what has no width, such as a pipe or a file."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """
    One column of a table.

    Attributes:
        whole: Never folded on a terminal, for ids and numbers.
        optional: Left out on a terminal when no row has anything in it.
        style: Of rich, used on a terminal only.
    """

    title: str
    right: bool = False
    whole: bool = False
    optional: bool = False
    style: str = ""


class Output:
    """
    One command's standard output and error.

    Everything a table, line or field holds passes ``clean``: text from events never reaches the terminal raw.
    """

    def __init__(self, stream: TextIO | None = None, errors: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._errors = errors if errors is not None else sys.stderr
        for each in (self._stream, self._errors):
            if isinstance(each, io.TextIOWrapper):
                each.reconfigure(errors="backslashreplace")
        self.terminal = _is_terminal(self._stream)
        self.error_terminal = _is_terminal(self._errors)

    def claim(self) -> None:
        """
        Keep standard output for this command alone.

        What is printed by plugins, hooks and their child processes goes to standard error from here on; ``--json``
        stays one JSON document whatever they do.
        """
        if self._stream is not sys.stdout:
            return
        try:
            real = sys.stdout.fileno()
        except (OSError, ValueError):
            real = -1
        if real == 1:
            sys.stdout.flush()
            self._stream = os.fdopen(
                os.dup(1), "w", encoding=sys.stdout.encoding, errors="backslashreplace", buffering=1
            )
            os.dup2(2, 1)
        sys.stdout = sys.stderr

    def line(self, text: str = "", *, style: str = "") -> None:
        """Print one line."""
        if style and self.terminal:
            from rich.text import Text

            self._print(Text(clean(text), style=style))
        else:
            self.raw(clean(text) + "\n")

    def pieces(self, *pieces: tuple[str, str]) -> None:
        """Print one line made of texts, each with its style; cut to the width of a terminal."""
        if self.terminal:
            from rich.text import Text

            line = Text.assemble(*((clean(text), style) for text, style in pieces))
            line.truncate(self.width, overflow="ellipsis")
            self._print(line)
        else:
            self.raw("".join(clean(text) for text, _ in pieces).rstrip() + "\n")

    @property
    def width(self) -> int:
        """How many characters a line has."""
        return shutil.get_terminal_size().columns if self.terminal else _PLAIN_WIDTH

    def note(self, text: str) -> None:
        """Print one line on standard error: what a reader should know and a script should not parse."""
        self._errors.write(clean(text) + "\n")
        self._errors.flush()

    def raw(self, text: str) -> None:
        """Print text as it is; the caller has cleaned it."""
        self._stream.write(text)
        self._stream.flush()

    def heading(self, text: str) -> None:
        """Print the title of what follows."""
        self.line(text, style="bold")

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
        """Print rows under their titles, or ``(none)``."""
        cells = [[clean(cell) if cell not in (None, "") else _EMPTY for cell in row] for row in rows]
        if not cells:
            self.line(NOTHING)
        elif self.terminal:
            self._print(_rich_table(*_without_empty(columns, cells)))
        else:
            self.raw("".join(_plain_lines(columns, cells)))

    def fields(self, pairs: Mapping[str, object], *, indent: int = 0) -> None:
        """Print names with their values, one a line; values of ``None`` are left out."""
        shown = {name: value for name, value in pairs.items() if value is not None}
        width = max((len(name) for name in shown), default=0)
        for name, value in shown.items():
            self._pair(f"{' ' * indent}{name:<{width}}  ", clean(value))

    def json(self, value: Any) -> None:
        """Print one JSON document; indented for people on a terminal and scripts alike."""
        import msgspec

        text = msgspec.json.format(msgspec.json.encode(_with_sorted_sets(value), enc_hook=str), indent=2).decode()
        self.raw(clean_json(text) + "\n")

    def json_line(self, value: Any) -> None:
        """Print one JSON document on one line."""
        self.raw(_one_line(value) + "\n")

    def json_list(self, items: Iterable[Any]) -> None:
        """Print one JSON list, an item a line, however long it is."""
        self.raw("[")
        separator = "\n"
        for item in items:
            self._stream.write(separator + _one_line(item))
            separator = ",\n"
        self.raw("\n]\n" if separator != "\n" else "]\n")

    def progress(self, title: str) -> AbstractContextManager[Progress]:
        """Show on standard error what is going on: a spinner on a terminal, a line now and then elsewhere."""
        return show_progress(self._errors, title, live=self.error_terminal)

    def _pair(self, label: str, value: str) -> None:
        if not self.terminal:
            self.raw(f"{label}{value}\n")
            return
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=0)
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text(label, style="dim"), Text(value))
        self._print(grid)

    def _print(self, renderable: Any) -> None:
        from rich.console import Console

        console = Console(file=self._stream, force_terminal=True, highlight=False, soft_wrap=False)
        console.print(renderable)


def _one_line(value: Any) -> str:
    import msgspec

    return clean_json(msgspec.json.encode(_with_sorted_sets(value), enc_hook=str).decode())


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "") != "dumb"


def _with_sorted_sets(value: Any) -> Any:
    """Return the value with its sets as sorted lists: the same text each time, and dictionaries in their own order."""
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, dict):
        return {key: _with_sorted_sets(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_sorted_sets(item) for item in value]
    return value


def _without_empty(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> tuple[list[Column], list[list[str]]]:
    """Leave out the optional columns that have nothing in them."""
    shown = [
        index
        for index, column in enumerate(columns)
        if not column.optional or any(row[index] != _EMPTY for row in cells)
    ]
    return [columns[index] for index in shown], [[row[index] for index in shown] for row in cells]


def _rich_table(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=column.whole,
            overflow="fold",
            style=column.style or None,
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _plain_lines(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    table = [[column.title.upper() for column in columns], *cells]
    widths = [max(_width(row[index]) for row in table) for index in range(len(columns))]
    for row in table:
        parts = [
            " " * (width - _width(cell)) + cell if column.right else cell + " " * (width - _width(cell))
            for column, cell, width in zip(columns, row, widths, strict=True)
        ]
        yield "  ".join(parts).rstrip() + "\n"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)

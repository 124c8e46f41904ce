from __future__ import annotations

import io
import json
import re

import pytest

from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.progress import show_progress

COLUMNS = (Column(title="name"), Column(title="rows", right=True, whole=True), Column(title="why", optional=True))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[Output, Terminal]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    return Output(stream, Terminal()), stream


def test_piped_tables_are_plain_and_aligned() -> None:
    """Titles, two spaces between columns, numbers to the right, a dash for nothing, and no colour."""
    stream = io.StringIO()

    Output(stream, io.StringIO()).table(COLUMNS, [("flights", 336_776, None), ("日本", 5, "x\ny")])

    assert stream.getvalue() == ("NAME       ROWS  WHY\nflights  336776  -\n日本          5  x\\ny\n")


def test_piped_tables_are_never_cut() -> None:
    """A line may be as long as its data: it is for programs to read."""
    stream = io.StringIO()

    Output(stream, io.StringIO()).table([Column(title="a"), Column(title="b")], [("x" * 300, "y" * 300)])

    assert stream.getvalue().splitlines()[1] == "x" * 300 + "  " + "y" * 300


def test_no_rows_are_said() -> None:
    """An empty list is told from a command that printed nothing."""
    stream = io.StringIO()

    Output(stream, io.StringIO()).table(COLUMNS, [])

    assert stream.getvalue() == "(none)\n"


def test_tables_fit_a_terminal(on_terminal: tuple[Output, Terminal]) -> None:
    """Long cells fold, numbers and ids stay whole, and markup in data is text."""
    output, stream = on_terminal

    output.table(COLUMNS, [("[bold]" + "word " * 60, 336_776, "\x1b[31m")])

    lines = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()
    assert max(map(len, lines)) <= 100
    assert any("[bold]word" in line and "336776" in line and "\\x1b[31m" in line for line in lines)


def test_an_optional_column_without_content_is_left_out_on_a_terminal(on_terminal: tuple[Output, Terminal]) -> None:
    """Width is for what there is to see."""
    output, stream = on_terminal

    output.table(COLUMNS, [("flights", 1, "")])

    assert "why" not in stream.getvalue()


def test_no_color_is_honoured(on_terminal: tuple[Output, Terminal], monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR leaves no colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    output, stream = on_terminal

    output.line("not everything arrived", style="bold red")

    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", stream.getvalue())
    assert "not everything arrived" in stream.getvalue()


def test_a_dumb_terminal_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """TERM=dumb gets what a pipe gets."""
    monkeypatch.setenv("TERM", "dumb")

    assert not Output(Terminal(), Terminal()).terminal


def test_fields_leave_out_what_is_not_there(on_terminal: tuple[Output, Terminal]) -> None:
    """A missing value has no line, on a terminal and in a pipe."""
    output, stream = on_terminal
    plain = io.StringIO()

    output.fields({"run": "r1", "none": None})
    Output(plain, io.StringIO()).fields({"run": "r1", "none": None, "longer": 2}, indent=2)

    assert "r1" in stream.getvalue()
    assert "none" not in stream.getvalue()
    assert plain.getvalue() == "  run     r1\n  longer  2\n"


def test_json_lists_are_one_document_an_item_a_line() -> None:
    """A list may be long: it is written as it comes, and read by line or as a whole."""
    full, empty = io.StringIO(), io.StringIO()

    Output(full, io.StringIO()).json_list([{"a": 1}, {"b": "\u202e", "c": {"y", "x"}}])
    Output(empty, io.StringIO()).json_list([])

    assert full.getvalue() == '[\n{"a":1},\n{"b":"\\u202e","c":["x","y"]}\n]\n'
    assert json.loads(empty.getvalue()) == []


def test_json_of_unknown_things_is_their_text() -> None:
    """A value that JSON has no word for does not end a command."""
    stream = io.StringIO()

    Output(stream, io.StringIO()).json({"path": Output})

    assert json.loads(stream.getvalue())["path"].startswith("<class")


def test_text_that_the_encoding_lacks_is_escaped() -> None:
    """An ASCII pipe is no reason to fail."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    Output(stream, io.StringIO()).line("größe")
    stream.flush()

    assert raw.getvalue() == b"gr\\xf6\\xdfe\n"


def test_progress_without_a_terminal_is_a_line_now_and_then() -> None:
    """A log gets a sign of life every few seconds, and each thing said once."""
    stream, now = io.StringIO(), [0.0]

    with show_progress(stream, "drain", live=False, clock=lambda: now[0]) as progress:
        progress.update("early")
        now[0] = 6.0
        progress.update("5 recorded", done=1, total=4)
        progress.update("soon after")
        progress.say("kept \x1b")

    assert stream.getvalue() == "drain: 5 recorded (25 %)\ndrain: kept \\x1b\n"


def test_progress_on_a_terminal_is_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said stays; the bar shows what is going on, its words are text and no markup."""
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()

    with show_progress(stream, "drain", live=True) as progress:
        progress.update("reading [red]x", done=1, total=2)
        progress.say("kept")

    assert "drain: kept" in stream.getvalue()
    assert "reading [red]x" in stream.getvalue()

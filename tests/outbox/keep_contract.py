"""What every place in which a plugin keeps things must do; subclassed for memory, overlay, SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from phlo_hooks.keep import Keep

NAMES = ["table:a", "table:B", "table:b.c", "table:é", "table:\U0001f9ea", "table:\uffff", "table", "tablf", "run:1"]


class KeepContract:
    @pytest.fixture
    def keep(self) -> Keep:
        raise NotImplementedError

    def test_values_come_back(self, keep: Keep) -> None:
        """What was put is read, bytes as they were; a name without a value is left out."""
        keep.put({"a": b"\x00\xff", "b": b""})

        assert keep.get(["a", "b", "c"]) == {"a": b"\x00\xff", "b": b""}

    def test_the_last_value_holds(self, keep: Keep) -> None:
        """A name has one value; ``None`` removes it, also one that is not there."""
        keep.put({"a": b"1", "b": b"1"})

        keep.put({"a": b"2", "b": None, "c": None})

        assert dict(keep.items()) == {"a": b"2"}
        assert keep.get(["b"]) == {}

    def test_names_are_told_in_order(self, keep: Keep) -> None:
        """Names come by their code points, whatever the language of the database."""
        keep.put({name: name.encode() for name in NAMES})

        assert list(keep.items()) == [(name, name.encode()) for name in sorted(NAMES)]

    @pytest.mark.parametrize("beginning", ["table:", "table:\U0001f9ea", "table", "t", "x", "table:\uffff", "table_"])
    def test_names_by_their_beginning(self, keep: Keep, beginning: str) -> None:
        """Exactly the names that begin so are told; no character means more than itself."""
        keep.put(dict.fromkeys(NAMES, b""))

        assert [name for name, _ in keep.items(beginning)] == sorted(n for n in NAMES if n.startswith(beginning))

    def test_names_of_any_kind(self, keep: Keep) -> None:
        """A name may be empty, long, or hold what a text column would refuse; long ones keep their order."""
        long = "x" * 5_000
        names = ["", "nul\0", "lone \ud800", "100% _", f"{long}b", f"{long}a", f"{long}a'\""]

        keep.put({name: name.encode("utf-8", "surrogatepass") for name in names})

        assert [name for name, _ in keep.items()] == sorted(names)
        assert [name for name, _ in keep.items(f"{long}a")] == [f"{long}a", f"{long}a'\""]
        assert keep.get(names).keys() == set(names)

    def test_thousands_at_once(self, keep: Keep) -> None:
        """Neither putting, getting, removing nor listing has a limit of parameters."""
        names = [f"n{number:05}" for number in range(1_700)]

        keep.put(dict.fromkeys(names, b"v"))

        assert keep.get(names).keys() == set(names)
        assert [name for name, _ in keep.items("n")] == names
        keep.put(dict.fromkeys(names[1:]))
        assert [name for name, _ in keep.items()] == names[:1]

    def test_large_values(self, keep: Keep) -> None:
        """A value may be some hundred kilobytes."""
        value = bytes(range(256)) * 2_000

        keep.put({"large": value})

        assert keep.get(["large"]) == {"large": value}

    def test_nothing_is_nothing(self, keep: Keep) -> None:
        """Putting nothing and asking for nothing is allowed."""
        keep.put({})

        assert keep.get([]) == {}
        assert list(keep.items()) == []

    def test_what_is_listed_may_be_changed_meanwhile(self, keep: Keep) -> None:
        """Names can be removed while they are listed; each is told once."""
        names = [f"n{number:05}" for number in range(500)]
        keep.put(dict.fromkeys(names, b""))

        told = []
        for item in keep.items():
            told.append(item[0])
            keep.put({item[0]: None})

        assert told == names
        assert list(keep.items()) == []

"""What several pieces of code say of one relay."""

from __future__ import annotations

from pathlib import Path

import pytest

from phlo_hooks.declaration import Declaration, unite
from phlo_hooks.discovery import build_bus
from phlo_hooks.exceptions import SettingsError
from phlo_hooks.settings import load_settings

HOOK = """
from phlo_hooks import hook

@hook
def tell(event): ...
"""


def test_what_agrees_is_put_together() -> None:
    """Hooks, folders and settings of several are united, each once, in the order of their names."""
    united = unite(
        [
            Declaration(name="b", overrides={"delivery": {"timeout": 5}}, hooks=("x:two", "x:one"), path=("/p", "/q")),
            Declaration(name="a", overrides={"delivery": {"max_attempts": 3}}, hooks=("x:one",), path=("/p",)),
        ]
    )

    assert united.name == "a and b"
    assert united.overrides == {"delivery": {"max_attempts": 3, "timeout": 5}}
    assert (united.hooks, united.path, united.notes) == (("x:one", "x:two"), ("/p", "/q"), ())


def test_the_first_by_name_holds() -> None:
    """Settings that contradict each other: the first by name wins, and one line names both and what it is about."""
    first = Declaration(name="a", overrides={"ui_url": "http://a", "delivery": {"timeout": 1}, "start": "all"})
    second = Declaration(name="b", overrides={"ui_url": "http://b", "delivery": {"timeout": 2}, "start": "all"})

    united = unite([second, first])

    assert united.overrides == first.overrides
    assert united.notes == ("a and b set ui_url, delivery.timeout differently in their code: what a says holds",)


@pytest.mark.parametrize(
    ("first", "second"),
    [({"plugins": {"config": {"x": 1}}}, {"plugins": {"config": 2}}), ({"relay": 1}, {"relay": {"settle": 2}})],
)
def test_a_table_and_a_value_contradict_each_other(first: dict[str, object], second: dict[str, object]) -> None:
    """A table where another has a value is a contradiction like any other."""
    united = unite([Declaration(name="a", overrides=first), Declaration(name="b", overrides=second)])

    assert united.overrides == first
    assert len(united.notes) == 1


def test_code_does_not_say_where_it_is_but_adds_hooks() -> None:
    """The setting hooks of several is united too; the target is the command line's affair."""
    united = unite(
        [
            Declaration(name="a", overrides={"hooks": ["x:one"], "target": {"module_name": ["other"]}}),
            Declaration(name="b", overrides={"hooks": ["x:two", "x:one"]}),
        ]
    )

    assert united.overrides == {"hooks": ["x:one", "x:two"]}
    assert united.notes == ()


def test_the_arguments_are_not_changed() -> None:
    """Uniting leaves what was declared as it is."""
    overrides = {"delivery": {"timeout": 1}}
    unite(
        [Declaration(name="a", overrides=overrides), Declaration(name="b", overrides={"delivery": {"batch_size": 1}})]
    )

    assert overrides == {"delivery": {"timeout": 1}}


def test_declared_settings_stand_below_options_and_above_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option of the command line beats the code, the code beats environment and files; a mistake names its place."""
    monkeypatch.setenv("PHLO_HOOKS_DEPLOYMENT", "env")
    monkeypatch.setenv("PHLO_HOOKS_UI_URL", "http://env")
    declared = {"deployment": "code", "start": "all"}

    found = load_settings({"start": "2026-01-01"}, declared=declared, declared_by="shop", root=tmp_path)

    assert (found.start, found.deployment, found.ui_url) == ("2026-01-01", "code", "http://env")
    with pytest.raises(SettingsError, match="unknown setting 'strt' in with_phlo_hooks in shop"):
        load_settings(declared={"strt": "all"}, declared_by="shop", root=tmp_path)


def test_a_hook_named_by_module_and_by_file_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hook under two import paths is registered once and is no failure; its neighbour in the file stays another."""
    (tmp_path / "twice_named.py").write_text(HOOK + "\n@hook\ndef other(event): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "twice_named.py"
    hooks = ["twice_named:tell", f"{file}:tell", f"{file}:other"]

    with build_bus(load_settings({"hooks": hooks}, root=tmp_path)) as bus:
        names = [each.name for each in bus.hooks()]

        assert sorted(names) == ["twice_named:other", "twice_named:tell"]
        assert bus.plugin_errors == ()

"""Whether Dagster's components still are what ``compat_component`` takes them for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import dagster as dg
import pytest
from pydantic import Field

from phlo_hooks_dagster import compat_component as compat
from tests.in_step.dg_project import DgProject

TWO = """
type: {name}.looking.Looking

attributes:
  deep:
    - word: one
    - word: two
---
type: {name}.looking.Other

attributes: {{}}
"""

LOOKING = """
import dagster as dg
from tests.dagster.test_compat_component import Looking, Other
"""


class Looking(dg.Component, dg.Model, dg.Resolvable):
    """A component that says what it sees."""

    seen: ClassVar[dict[str, Any]] = {}
    deep: list[dict[str, str]] = Field(default=[])

    @classmethod
    def load(cls, attributes: object, context: dg.ComponentLoadContext) -> Looking:
        """Keep what is said of an attribute."""
        made = super().load(attributes, context)  # type: ignore[arg-type]
        cls.seen["source"] = compat.in_source(context, ["attributes", "deep", 1, "word"], "is not right")
        return made

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Keep what the others make."""
        others = compat.other_definitions(context, Looking)
        self.seen["others"] = sorted(str(asset.key.to_user_string()) for asset in others.assets or ())  # type: ignore[union-attr]
        self.seen["places"] = compat.places_of(context, Looking)
        return dg.Definitions()


class Other(dg.Component, dg.Model, dg.Resolvable):
    """A component in the same file."""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Make one asset."""
        return dg.Definitions(assets=[dg.AssetSpec("beside")])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[DgProject]:
    made = DgProject(tmp_path / "project", "shop_looked_at")
    (made.package / "looking.py").write_text(LOOKING)
    made.yaml.write_text(TWO.format(name=made.name))
    nested = made.package / "defs" / "deep" / "er" / "more.py"
    nested.parent.mkdir(parents=True)
    nested.write_text("import dagster as dg\n\n\n@dg.asset\ndef far(): ...\n")
    Looking.seen.clear()
    with made.imported():
        yield made


def test_what_others_make(project: DgProject) -> None:
    """Definitions of other files, folders and components of the same file are seen, each once, and stay theirs."""
    defs = project.load()

    # Dagster itself finds a spec in a module twice: as a spec, and as an asset made of it.
    assert list(dict.fromkeys(Looking.seen["others"])) == ["beside", "far", "orders", "report", "shop"]
    assert sorted(key.to_user_string() for key in defs.resolve_all_asset_keys()) == [
        "beside",
        "far",
        "orders",
        "report",
        "shop",
    ]


def test_where_components_stand(project: DgProject) -> None:
    """Components of a kind are found by the name that Dagster shows."""
    project.load()

    assert Looking.seen["places"] == ["hooks[0]"]


def test_the_line_of_an_attribute(project: DgProject) -> None:
    """An attribute of YAML is named with file, line and what stands there; without YAML the message stays alone."""
    project.load()

    said = str(Looking.seen["source"])
    assert said.startswith(f"{project.yaml}:7 - attributes.deep.1.word is not right\n")
    assert "7 |     - word: two" in said
    bare = dg.ComponentTree.for_test().load_context
    assert compat.in_source(bare, ["attributes", "x"], "is not right") == "is not right"

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from phlo_hooks.lineage.graph import Graph
from phlo_hooks.page import LiveOptions, render
from phlo_hooks.page.embedding import embedded_json
from tests.page.graphs import EVIL, hostile, large, shop

ROOT = Path(__file__).parents[2]
LIVE = LiveOptions(token="secret", server="1", version="1")


class Document(HTMLParser):
    """What a parser sees in the page: its elements, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in {"script", "style"} and data.strip():
            self.texts.append((*self.elements[-1], data))

    def data(self, element_id: str) -> object:
        attributes, text = next((a, t) for _, a, t in self.texts if a.get("id") == element_id)
        if attributes.get("data-packed") == "deflate":
            text = zlib.decompress(base64.b64decode(text)).decode()
        return json.loads(text)

    @property
    def policy(self) -> dict[str, str]:
        content = next(a["content"] for tag, a in self.elements if a.get("http-equiv") == "Content-Security-Policy")
        return dict(each.split(" ", 1) for each in str(content).split("; "))


def test_data_comes_back_as_it_was() -> None:
    """The page holds the graph, whole."""
    graph = shop()

    assert msgspec.convert(Document(render(graph)).data("graph"), Graph) == graph


def test_large_graph_is_packed_and_small() -> None:
    """708 tables with columns, SQL and runs take far less than 5 MB, and come back as they were."""
    graph = large()
    page = render(graph)

    assert len(page) < 2_000_000
    assert msgspec.convert(Document(page).data("graph"), Graph) == graph


def test_hostile_names_end_no_element() -> None:
    """The page has the same elements, whatever names are in it, and the names come back as they were."""
    calm = [tag for tag, _ in Document(render(shop())).elements]
    page = render(hostile())

    assert [tag for tag, _ in Document(page).elements] == calm
    names = [each["name"] for each in Document(page).data("graph")["tables"]]  # type: ignore[index]  # JSON
    assert names == [evil.encode("utf-8", "replace").decode() for evil in EVIL]


@pytest.mark.parametrize("evil", EVIL)
def test_embedded_text_has_nothing_that_ends_it(evil: str) -> None:
    """No markup and no line separator stands in the data as it is."""
    text = embedded_json({"name": evil})

    assert not re.search("[<>&\u2028\u2029\n]", text)
    assert json.loads(text) == {"name": evil.encode("utf-8", "replace").decode()}


def test_policy_allows_this_script_and_nothing_else() -> None:
    """Scripts and styles are named by digest; a page in a file may ask nobody, a served one only its own server."""
    document = Document(render(shop()))
    own = Document(render(shop(), live=LIVE))

    scripts = [text for tag, a, text in document.texts if tag == "script" and "type" not in a]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert document.policy["script-src"] == f"'sha256-{digests[0]}'"
    assert len(digests) == 1
    assert document.policy["default-src"] == "'none'"
    assert document.policy["connect-src"] == "'none'"
    assert own.policy["connect-src"] == "'self'"
    assert "unsafe" not in str(document.policy)


def test_page_names_no_other_place() -> None:
    """No element of the page loads anything."""
    for _, attributes in Document(render(shop())).elements:
        assert not {"src", "href", "srcset", "action", "data"} & set(attributes)


def test_same_graph_gives_same_page() -> None:
    """Nothing in the page comes from chance or the clock."""
    assert render(shop()) == render(shop())


def test_token_is_only_in_a_served_page() -> None:
    """A page in a file holds no token; options do not show it in a log."""
    assert Document(render(shop())).data("live") is None
    assert "secret" in render(shop(), live=LIVE)
    assert "secret" not in repr(LIVE)


def test_types_are_those_of_the_dataclasses() -> None:
    """What the page reads is written from the dataclasses: scripts/page_types.py has been run."""
    command = [sys.executable, "-c", "import page_types; print(page_types.typescript(), end='')"]
    made = subprocess.run(command, cwd=ROOT / "scripts", check=True, capture_output=True, text=True).stdout

    assert (ROOT / "page" / "src" / "data" / "graph.ts").read_text(encoding="utf-8") == made


def test_licences_of_all_that_is_bundled() -> None:
    """The licence texts of the packages in the bundle are in the package."""
    text = (ROOT / "phlo_hooks" / "page" / "bundle" / "LICENSES.txt").read_text(encoding="utf-8")

    for package in ("@xyflow/react", "@dagrejs/dagre", "react", "react-dom", "d3-zoom", "zustand"):
        assert re.search(rf"^{re.escape(package)} \d.*\((MIT|ISC|BSD[^)]*)\)$", text, re.MULTILINE)

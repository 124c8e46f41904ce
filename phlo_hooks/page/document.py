"""The page as one HTML document: its style, its script and its data inside, and nothing fetched from anywhere."""

from __future__ import annotations

import hashlib
import html
from base64 import b64encode
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from phlo_hooks.lineage.graph import Graph
from phlo_hooks.page.embedding import script_element
from phlo_hooks.page.live import LiveOptions

_BUNDLE: Final = files("phlo_hooks.page") / "bundle"

_DOCUMENT: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div id="page"><noscript>This page needs JavaScript. It loads nothing from anywhere.</noscript></div>
{graph}
{live}
<script>{script}</script>
</body>
</html>
"""


def render(graph: Graph, *, live: LiveOptions | None = None) -> str:
    """
    Return the page as one HTML document.

    Args:
        graph: What it shows.
        live: Where its server is, for a page that is served; a page in a file asks nobody.
    """
    script = _bundled("page.js")
    style = _bundled("page.css")
    return _DOCUMENT.format(
        policy=policy(script=script, style=style, connects=live is not None),
        title=html.escape(f"{graph.title} · lineage" if graph.title else "Lineage").encode("utf-8", "replace").decode(),
        style=style,
        graph=script_element("graph", graph),
        live=script_element("live", live),
        script=script,
    )


def policy(*, script: str, style: str, connects: bool) -> str:
    """
    Return the content security policy: this script, this style, and no other source of anything.

    The layout is computed in a worker that the script starts from a blob.

    Args:
        connects: Whether the page may ask the server that it came from.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "worker-src blob:",
            "connect-src 'self'" if connects else "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


@cache
def _bundled(name: str) -> str:
    return (_BUNDLE / name).read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def _digest(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()

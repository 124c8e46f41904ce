from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import dagster_webserver
import pytest

from phlo_hooks.lineage.links import asset_url, check_url, group_url, job_url, run_url, step_url

UI = "http://dagster.example:3000"
_PATH = re.compile(rb'"(/(?:assets|jobs|locations|runs)[/(][^"\\ ]*)"')
_PARTS = re.compile(r"(/:\w+\?|:\w+|\(/\?\.\*\))")


@cache
def routes() -> frozenset[str]:
    """Return the paths that the installed UI has pages for, as its bundle has them."""
    bundle = Path(dagster_webserver.__file__).parent / "webapp" / "build"
    found = {path.decode() for file in bundle.rglob("*.js") for path in _PATH.findall(file.read_bytes())}
    return frozenset(path for path in found if ":" in path or path.endswith("(/?.*)"))


def matching(url: str | None) -> set[str]:
    assert url is not None
    path = urlsplit(url).path
    return {route for route in routes() if re.fullmatch(_pattern(route), path)}


def _pattern(route: str) -> str:
    return "".join(map(_part_pattern, _PARTS.split(route)))


def _part_pattern(part: str) -> str:
    """Return a part of a route as a pattern; ``(/?.*)`` is one already."""
    if part == "(/?.*)":
        return part
    if part.startswith("/:"):
        return "(/[^/]+)?"
    return "[^/]+" if part.startswith(":") else re.escape(part)


@pytest.mark.parametrize(
    ("url", "route"),
    [
        (run_url(UI, "5b1c"), "/runs/:runId"),
        (step_url(UI, "5b1c", "dlt[orders]"), "/runs/:runId"),
        (asset_url(UI, "raw/orders of é"), "/assets(/?.*)"),
        (check_url(UI, "raw/orders", "enough"), "/assets(/?.*)"),
        (job_url(UI, "shop/eu", "daily"), "/locations/:repoPath/jobs/(/?.*)"),
        (group_url(UI, "shop/eu", "marts"), "/locations/:repoPath/asset-groups/:groupName"),
    ],
)
def test_links_are_pages_of_the_ui(url: str | None, route: str) -> None:
    """Every address that we link to is a page of the Dagster UI that is installed, never its 404."""
    assert route in matching(url)


def test_pages_that_there_are_not() -> None:
    """What is no page is told from what is: a group without its location has none."""
    assert matching(f"{UI}/groups/marts") == set()
    assert matching(f"{UI}/locations/shop/groups/marts") <= {"/locations/:repoPath/*"}

"""A headless Chromium for the tests that look at the page: the system's own, never a download."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "CHROMIUM"
"""The environment variable that names the browser's program."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The sandbox wants privileges that a container lacks; the rest keeps the browser from calling home.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """Return the program that ``CHROMIUM`` names, or else the first that the system has."""
    named = os.environ.get(CHROMIUM)
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser(program: str) -> Iterator[Browser]:
    """Start a browser; while it is open, this thread has an event loop, and ``asyncio.run`` does not work in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Open a browser for the tests of one module."""
    program = find_chromium()
    if program is None:
        pytest.skip(f"no Chromium here: install it, or name one with {CHROMIUM}")
    with open_browser(program) as opened:
        yield opened

"""Addresses of pages in Dagster's UI, for what has none of its own."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def safe_url(url: str | None) -> str | None:
    """Return the address when a browser may be sent there."""
    return url if url and url.startswith(("http://", "https://")) else None


def run_url(ui_url: str | None, run_id: str) -> str | None:
    """Return the page of a run."""
    return f"{ui_url}/runs/{quote(run_id, safe='')}" if ui_url else None


def step_url(ui_url: str | None, run_id: str, step_key: str) -> str | None:
    """Return the page of a run with one step selected."""
    page = run_url(ui_url, run_id)
    return f"{page}?{urlencode({'selection': step_key, 'logs': f'step:{step_key}'})}" if page else None


def asset_url(ui_url: str | None, asset_key: str) -> str | None:
    """Return the page of an asset."""
    if not ui_url:
        return None
    path = "/".join(quote(part, safe="", errors="backslashreplace") for part in asset_key.split("/"))
    return f"{ui_url}/assets/{path}"


def check_url(ui_url: str | None, asset_key: str, check_name: str) -> str | None:
    """Return the page of an asset's check."""
    page = asset_url(ui_url, asset_key)
    query = urlencode({"view": "checks", "checkDetail": check_name}, errors="backslashreplace")
    return f"{page}?{query}" if page else None


def job_url(ui_url: str | None, code_location: str | None, job: str) -> str | None:
    """Return the page of a job."""
    location = _location(ui_url, code_location)
    return f"{location}/jobs/{quote(job, safe='')}" if location else None


def group_url(ui_url: str | None, code_location: str | None, group: str) -> str | None:
    """Return the page of an asset group."""
    location = _location(ui_url, code_location)
    return f"{location}/asset-groups/{quote(group, safe='')}" if location else None


def _location(ui_url: str | None, code_location: str | None) -> str | None:
    """Return the page of a code location; its repository has no name of its own, as ``Definitions`` make it."""
    return f"{ui_url}/locations/{quote(code_location, safe='')}" if ui_url and code_location else None

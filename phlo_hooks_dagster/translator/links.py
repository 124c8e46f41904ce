"""Addresses of pages in Dagster's UI."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def run_url(ui_url: str | None, run_id: str) -> str | None:
    """Return the page of a run; it exists for every run, whatever its job."""
    return f"{ui_url.rstrip('/')}/runs/{quote(run_id)}" if ui_url and run_id else None


def step_url(ui_url: str | None, run_id: str, step_key: str) -> str | None:
    """Return the page of a run with one step selected."""
    page = run_url(ui_url, run_id)
    return f"{page}?{urlencode({'selection': step_key, 'logs': f'step:{step_key}'})}" if page else None


def asset_url(ui_url: str | None, asset_key: str, partition_key: str | None = None) -> str | None:
    """Return the page of an asset, of one of its partitions when one is given."""
    if not ui_url:
        return None
    path = "/".join(quote(part, safe="", errors="backslashreplace") for part in asset_key.split("/"))
    query = f"?{urlencode({'view': 'partitions', 'partition': partition_key})}" if partition_key else ""
    return f"{ui_url.rstrip('/')}/assets/{path}{query}"


def check_url(ui_url: str | None, asset_key: str, check_name: str) -> str | None:
    """Return the page of an asset's check."""
    page = asset_url(ui_url, asset_key)
    return f"{page}?{urlencode({'view': 'checks', 'checkDetail': check_name})}" if page else None

from __future__ import annotations

from phlo_hooks.lineage.links import group_url, job_url

UI = "http://dagster.example:3000"


def test_pages_of_jobs_and_groups() -> None:
    """A job and a group have their pages in their code location, whatever its name holds."""
    assert job_url(UI, "shop/eu", "daily run") == f"{UI}/locations/shop%2Feu/jobs/daily%20run"
    assert group_url(UI, "shop", "marts") == f"{UI}/locations/shop/asset-groups/marts"


def test_no_page_without_a_place() -> None:
    """Without a web server, or without a code location, there is no page to link to."""
    assert job_url(None, "shop", "daily") is None
    assert job_url(UI, None, "daily") is None
    assert group_url(UI, "", "marts") is None

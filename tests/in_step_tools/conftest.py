"""A shop that is made once a session, and the same load and build of it with each kind of decorator."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.in_step_tools import shop
from tests.translator import warehouse


@pytest.fixture(scope="session", autouse=True)
def quiet() -> Iterator[None]:
    """Keep Dagster's and dlt's own lines out of the report, and the environment as it was."""
    before = dict(os.environ)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a loaded warehouse and a parsed dbt project that breaks in each way."""
    root = tmp_path_factory.mktemp("prepared")
    shop.pipeline(root).run(shop.shop_source())
    warehouse.write_project(root, broken=True)
    return root


@pytest.fixture(scope="session")
def loads(tmp_path_factory: pytest.TempPathFactory) -> shop.Pair:
    """Return the same load with dagster-dlt's own decorator and with ours."""
    return shop.Pair(*(_load(tmp_path_factory.mktemp("load"), kind) for kind in (shop.PLAIN, shop.HOOKED)))


@pytest.fixture(scope="session")
def builds(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> shop.Pair:
    """Return the same build with dagster-dbt's own decorator and with ours."""
    return shop.Pair(*(_build(prepared, tmp_path_factory.mktemp("build"), kind) for kind in (shop.PLAIN, shop.HOOKED)))


def _load(root: Path, kind: dict[str, shop.Decorator]) -> shop.Ran:
    return shop.run(root, shop.loading(root, kind["dlt"]))


def _build(prepared: Path, root: Path, kind: dict[str, shop.Decorator]) -> shop.Ran:
    project = shop.copy_of(prepared, root)
    return shop.run(root, shop.building(project, kind["dbt"]), project=project)

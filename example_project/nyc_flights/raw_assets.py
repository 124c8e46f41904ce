"""How dlt's resources become assets."""

from __future__ import annotations

import dagster as dg
from dagster_dlt import DagsterDltTranslator
from dagster_dlt.translator import DltResourceTranslatorData
from dlt.sources import DltResource

from nyc_flights.flight_records import file_of
from nyc_flights.warehouse import RAW


class RawTables(DagsterDltTranslator):
    """Name each asset after its table: ``raw/<table>``."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        """Return the default spec under our key, without the stub asset that dlt's integration makes upstream."""
        return super().get_asset_spec(data).replace_attributes(key=dg.AssetKey([RAW, data.resource.name]), deps=[])


def read_from(resource: DltResource, *names: str) -> DltResource:
    """Note in dlt's trace which files a resource reads; the sources of dlt's own do that by themselves."""
    for name in names:
        resource.add_input({"kind": "files", "location": file_of(name).as_uri(), "resource_name": resource.name})
    return resource

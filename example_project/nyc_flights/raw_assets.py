"""How dlt's resources become assets."""

from __future__ import annotations

import dagster as dg
from dagster_dlt import DagsterDltTranslator
from dagster_dlt.translator import DltResourceTranslatorData

from nyc_flights.warehouse import RAW


class RawTables(DagsterDltTranslator):
    """Name each asset after its table: ``raw/<table>``."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        """Return the default spec under our key, without the stub asset that dlt's integration makes upstream."""
        return super().get_asset_spec(data).replace_attributes(key=dg.AssetKey([RAW, data.resource.name]), deps=[])

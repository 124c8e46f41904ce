"""What one code location names and another one makes: the table behind a dependency across locations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from phlo_hooks_dagster.identity.resolver import DATASET_KEY, URI_KEY
from phlo_hooks_dagster.snapshot import AssetSnapshot, LocationSnapshot


def foreign_keys(snapshot: LocationSnapshot) -> frozenset[str]:
    """Return the assets that the location only names, without saying which table they are."""
    return frozenset(key for key, asset in snapshot.assets.items() if asset.external and not _names_table(asset))


def with_neighbours(snapshot: LocationSnapshot, others: Iterable[LocationSnapshot]) -> LocationSnapshot:
    """
    Return the snapshot in which assets that it only names are the tables that other locations make of them.

    Args:
        others: In an order that is always the same: the first that executes an asset says what it is.
    """
    wanted = foreign_keys(snapshot)
    found: dict[str, AssetSnapshot] = {}
    for other in others if wanted else ():
        for key in wanted & other.assets.keys() - found.keys():
            if not other.assets[key].external:
                found[key] = _made_elsewhere(snapshot.assets[key], other.assets[key])
    return replace(snapshot, assets={**snapshot.assets, **found}) if found else snapshot


def _made_elsewhere(named: AssetSnapshot, made: AssetSnapshot) -> AssetSnapshot:
    """Return the asset as it is named here, with the table that it is there."""
    return replace(
        named,
        stub=False,
        kinds=named.kinds or made.kinds,
        table_name=made.table_name,
        columns=named.columns or made.columns,
        relation=made.relation,
        dlt=made.dlt,
        metadata={**made.metadata, **named.metadata},
    )


def _names_table(asset: AssetSnapshot) -> bool:
    told = (asset.table_name, asset.relation, asset.dlt, asset.metadata.get(DATASET_KEY), asset.metadata.get(URI_KEY))
    return any(told)

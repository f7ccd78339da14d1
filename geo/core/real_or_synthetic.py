"""What a statement may rest on: real records alone as soon as there is one, invented ones only where nothing is real.

A store is a demonstration or a picture of the country, never something between. `resting` says so of a table that
holds all that is known; `geo.store.real_or_synthetic` says the same in queries, so that whatever is made from a store,
count, verdict, date of the newest record or source, has only seen records that it may rest on.
"""

from __future__ import annotations

import geopandas as gpd


def resting(records: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows of a table that statements may rest on: the real ones, or all where none is real.

    Parameters
    ----------
    records : GeoDataFrame
        Incidents of every kind, or hazard areas, with the flag ``synthetic``, before any choice by date or type.
    """
    is_real = ~records["synthetic"].astype(bool)
    return records[is_real] if is_real.any() else records

"""The named axes of a network: what is expected per 100 km of each, and how that changed."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import STORAGE_CRS
from models.route_answer import Coverage
from models.segments import SegmentValues, as_date, interval

#: Classes whose roads are axes, beside every road that bears a reference.
CLASSES: Final = ("motorway", "trunk", "primary")
#: An axis shorter than this says little per 100 km.
LEAST_KM: Final = 20.0


def axes_table(values: SegmentValues, horizon_days: int) -> gpd.GeoDataFrame:
    """Return the axes in EPSG:4326, by ``axis`` (reference and name), most expected per 100 km first.

    An axis is all road of one reference and name. Columns: ``ref``, ``name``, ``length_km``, ``expected`` (recorded
    incidents in the corridor and horizon), ``low``, ``high``, ``expected_per_100km``, ``before_per_100km`` (what was
    expected for the period of the same length before), ``change`` (the difference of the two), ``rank``,
    ``rank_change`` (largest rise first), ``n_incidents_most`` (in the corridor of its busiest segment),
    ``last_incident``, ``share_not_assessed``, ``share_under_observed``, ``corridor_km`` (the widest), ``schematic``.
    """
    roads = values.roads
    table = roads.table
    ref = table["ref"].astype(object).where(table["ref"].notna(), "")
    name = table["name"].astype(object).where(table["name"].notna(), "")
    label = (ref + " " + name).str.strip()
    major = table["road_class"].isin(CLASSES) | (ref != "") | table["schematic"]
    factor = horizon_days / values.horizon_days
    length = roads.length_km
    frame = pd.DataFrame(
        {
            "axis": label.to_numpy(),
            "ref": ref.to_numpy(),
            "name": name.to_numpy(),
            "length_km": length,
            "expected": values.expected * factor,
            "before": np.nan if values.before is None else values.before * factor,
            "n_incidents_most": values.n_incidents,
            "latest": values.latest,
            "not_assessed": length * (values.coverage == Coverage.NOT_ASSESSED),
            "under_observed": length * (values.coverage == Coverage.UNDER_OBSERVED),
            "known_km": np.where(np.isfinite(values.expected), length, 0.0),
            "corridor_km": values.half_km,
            "schematic": table["schematic"].to_numpy(),
        }
    )
    frame = frame[(major & (label != "")).to_numpy()]
    grouped = frame.groupby("axis")
    sums = grouped[["length_km", "not_assessed", "under_observed", "known_km"]].sum()
    sums = sums.join(grouped[["expected", "before"]].sum(min_count=1))
    most = grouped[["n_incidents_most", "latest", "corridor_km", "schematic"]].max()
    axes = grouped[["ref", "name"]].first().join(sums).join(most)
    axes = axes[axes["length_km"] >= LEAST_KM]
    per_100 = 100 / axes["known_km"].where(axes["known_km"] > 0)
    low, high = interval(axes["expected"].to_numpy(np.float64), values.alpha)
    result = axes.assign(
        low=low,
        high=high,
        expected_per_100km=axes["expected"] * per_100,
        before_per_100km=axes["before"] * per_100,
        last_incident=pd.to_datetime(
            pd.Series([as_date(d) if np.isfinite(d) else None for d in axes["latest"]], index=axes.index)
        ),
        share_not_assessed=axes["not_assessed"] / axes["length_km"],
        share_under_observed=axes["under_observed"] / axes["length_km"],
    )
    result["change"] = result["expected_per_100km"] - result["before_per_100km"]
    for column, source in (("rank", "expected_per_100km"), ("rank_change", "change")):
        result[column] = result[source].rank(ascending=False, method="first").astype("Int64")
    lines = {
        axis: shapely.line_merge(shapely.MultiLineString(list(table.geometry.to_numpy()[frame.index[rows]])))
        for axis, rows in grouped.indices.items()
    }
    result = result.drop(columns=["latest", "not_assessed", "under_observed", "known_km", "before"])
    geometry = gpd.GeoSeries([lines[axis] for axis in result.index], index=result.index, crs=STORAGE_CRS)
    return gpd.GeoDataFrame(result, geometry=geometry).sort_values("rank", kind="stable")

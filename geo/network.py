"""The roads that Sira ships: the trunk network from town to town, schematic and marked so."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import GEOD, STORAGE_CRS
from geo.provenance import data_path


def load_roads() -> gpd.GeoDataFrame:
    """Return the shipped roads as lines between their waypoints, in EPSG:4326, indexed by ``road_id``.

    Columns: ``ref`` (missing where the road has none), ``name``, ``highway`` and ``surface`` (OpenStreetMap's words),
    ``length_km`` of the drawn line along the ellipsoid, and ``schematic``, always True here: the lines run straight
    from town to town and are shorter than the roads.

    Examples
    --------
    >>> bool(load_roads()["schematic"].all())
    True
    """
    waypoints = pd.read_csv(data_path("regions/roads.csv"), dtype={"ref": "str"})
    waypoints = waypoints.sort_values(["road", "seq"], kind="stable")
    by_road = waypoints.groupby("road", sort=True)
    roads = by_road[["ref", "name", "highway", "surface"]].first().rename_axis("road_id")
    lines = [shapely.LineString(points[["lon", "lat"]].to_numpy()) for _, points in by_road]
    roads["length_km"] = [round(GEOD.geometry_length(line) / 1000, 1) for line in lines]
    return gpd.GeoDataFrame(roads.assign(schematic=True), geometry=lines, crs=STORAGE_CRS)

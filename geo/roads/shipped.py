"""The roads that Sira ships: the trunk network from town to town, schematic and marked so."""

from __future__ import annotations

import tomllib
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.core.crs import GEOD, STORAGE_CRS
from geo.core.provenance import data_path
from geo.roads.assemble import Pieces, build_network
from geo.roads.graph import CLASSES, SURFACES, Floats, Network

#: Said in the source of every answer made from it.
SHIPPED_SOURCE = "Sira, data/regions/roads.csv (schematic)"


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
    waypoints = _waypoints()
    by_road = waypoints.groupby("road", sort=True)
    roads = by_road[["ref", "name", "highway", "surface"]].first().rename_axis("road_id")
    lines = [shapely.LineString(points[["lon", "lat"]].to_numpy()) for _, points in by_road]
    roads["length_km"] = [round(GEOD.geometry_length(line) / 1000, 1) for line in lines]
    return gpd.GeoDataFrame(roads.assign(schematic=True), geometry=lines, crs=STORAGE_CRS)


def shipped_network() -> Network:
    """Return the shipped roads as a network: one edge a leg between two towns, joined where towns are the same.

    Lines that cross on paper between towns are no junction: straight legs say nothing about where roads meet.
    Ferries and the positional error follow ``data/roads/schematic.toml``.

    Examples
    --------
    >>> shipped_network().is_schematic
    True
    """
    rules = tomllib.loads(data_path("roads/schematic.toml").read_text(encoding="utf-8"))
    points = _waypoints()
    # A town is a name in a cercle: the same name is on the map more than once.
    town = pd.factorize(pd.MultiIndex.from_frame(points[["place", "cercle"]]))[0]
    leg = np.flatnonzero(points["road"].to_numpy()[:-1] == points["road"].to_numpy()[1:])
    places = points[["lon", "lat"]].to_numpy(np.float64)
    coordinates = np.stack([places[leg], places[leg + 1]], axis=1).reshape(-1, 2)
    pieces = Pieces(
        coordinates=coordinates,
        offsets=np.arange(0, len(coordinates) + 1, 2),
        start=town[leg].astype(np.int64),
        end=town[leg + 1].astype(np.int64),
        row=np.arange(len(leg)),
    )
    names = dict(zip(town.tolist(), points["place"], strict=True))
    return build_network(pieces, _attributes(points, leg, places, rules), source=SHIPPED_SOURCE, node_names=names)


def _attributes(points: pd.DataFrame, leg: Any, places: Floats, rules: dict[str, Any]) -> pd.DataFrame:
    starts, ends = points.iloc[leg], points.iloc[leg + 1]
    _, _, metres = GEOD.inv(places[leg, 0], places[leg, 1], places[leg + 1, 0], places[leg + 1, 1])
    error = rules["error"]
    ferries = {(ferry["road"], frozenset((ferry["from"], ferry["to"]))) for ferry in rules["ferry"]}
    ends_of_legs = zip(starts["road"], starts["place"], ends["place"], strict=True)
    return pd.DataFrame(
        {
            "road_class": [CLASSES.index(each) for each in starts["highway"]],
            "surface": [SURFACES.index(each) for each in starts["surface"]],
            "name": starts["name"].to_numpy(),
            "ref": starts["ref"].to_numpy(),
            "oneway": False,
            "ferry": [(road, frozenset((a, b))) in ferries for road, a, b in ends_of_legs],
            "ford": False,
            "barrier": False,
            "seasonal": False,
            "closed": False,
            "schematic": True,
            "error_km": np.round(error["town_km"] + error["share_of_leg"] * np.asarray(metres) / 1000, 2),
            # R02 is road 2 of the file: its number and the leg's.
            "origin": [int(road[1:]) * 1000 + seq for road, seq in zip(starts["road"], starts["seq"], strict=True)],
        }
    )


def _waypoints() -> pd.DataFrame:
    waypoints = pd.read_csv(data_path("regions/roads.csv"), dtype={"ref": "str"})
    return waypoints.sort_values(["road", "seq"], kind="stable").reset_index(drop=True)

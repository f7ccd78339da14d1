"""Where synthetic things may lie: points along the schematic roads and settlements, by region."""

from __future__ import annotations

import csv
import datetime as dt
import math
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
import shapely
from draw import Draw

from geo.boundaries.regions import Boundaries
from geo.core.crs import GEOD
from geo.core.provenance import data_path

STEP_KM = 2.0  # distance of candidate points along a road


@dataclass(frozen=True)
class Spot:
    """A place an event may be drawn at; `weight` is relative within its region."""

    lon: float
    lat: float
    region: str
    road: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Town:
    """A named settlement."""

    name: str
    lon: float
    lat: float
    region: str


class Ground:
    """Roads, towns and units of Mali."""

    def __init__(self, road_weight: dict[str, float]) -> None:
        boundaries = Boundaries.shipped()
        self.regions = boundaries.units("region", "2016")
        self._levels = {
            "region": self.regions,
            "cercle": boundaries.units("cercle", "2016"),
            "commune": boundaries.units("commune", "2016"),
        }
        self.country = boundaries.country()
        shapely.prepare(self.country)
        with data_path("regions/roads.csv").open(encoding="utf-8", newline="") as stream:
            points = pd.DataFrame(csv.DictReader(stream)).astype({"lon": float, "lat": float, "seq": int})
        self.road_names = dict(zip(points["road"], points["name"], strict=True))
        self.towns = self._towns(points)
        self.spots = self._spots(points, road_weight)

    def unit(self, level: str, lon: float, lat: float) -> tuple[str, str] | None:
        """Return id and name of the unit that holds a point, or None outside the country."""
        units = self._levels[level]
        found = units.index[shapely.intersects_xy(units.geometry.array, lon, lat)]
        return (str(found[0]), str(units.at[found[0], "name"])) if len(found) else None

    def nearest_town(self, lon: float, lat: float) -> Town:
        return min(self.towns, key=lambda town: distance_km(town.lon, town.lat, lon, lat))

    def scatter(self, draw: Draw, lon: float, lat: float, scale_km: float) -> tuple[float, float]:
        """Return a point inside the country an exponential distance away in a random direction."""
        for _ in range(100):
            x, y, _ = GEOD.fwd(lon, lat, draw.uniform(0, 360), 1000 * draw.exponential(scale_km))
            if shapely.contains_xy(self.country, x, y):
                return round(x, 5), round(y, 5)
        raise RuntimeError(f"no point inside the country near {lon}, {lat}")

    def _region_name(self, lon: float, lat: float) -> str | None:
        found = self.unit("region", lon, lat)
        return found[1] if found else None

    def _towns(self, points: pd.DataFrame) -> list[Town]:
        unique = points.drop_duplicates("place").sort_values("place")
        towns = []
        for row in unique.itertuples():
            region = self._region_name(row.lon, row.lat)
            if region:
                towns.append(Town(str(row.place), row.lon, row.lat, region))
        return towns

    def _spots(self, points: pd.DataFrame, road_weight: dict[str, float]) -> dict[str, list[Spot]]:
        """Points along the roads by region; a region that no road crosses gets its own interior point."""
        spots: dict[str, list[Spot]] = {str(name): [] for name in self.regions["name"]}
        for road, part in points.groupby("road"):
            rows = list(part.sort_values("seq").itertuples())
            for start, end in pairwise(rows):
                steps = max(1, math.ceil(distance_km(start.lon, start.lat, end.lon, end.lat) / STEP_KM))
                for n in range(steps):
                    lon = start.lon + (end.lon - start.lon) * n / steps
                    lat = start.lat + (end.lat - start.lat) * n / steps
                    region = self._region_name(lon, lat)
                    if region:
                        spots[region].append(Spot(lon, lat, region, str(road), road_weight[str(start.highway)]))
        for row in self.regions.itertuples():
            if not spots[row.name]:
                inside = row.geometry.representative_point()
                spots[row.name].append(Spot(inside.x, inside.y, row.name))
        return spots


def distance_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Return the geodesic distance."""
    return float(GEOD.inv(lon1, lat1, lon2, lat2)[2]) / 1000


def as_text(date: dt.date | None) -> str:
    """Return a date as files write it; empty where there is none."""
    return date.isoformat() if date else ""

"""Draw the synthetic hazard areas: irregular polygons near towns, with a history of survey and clearance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import shapely
from draw import Draw, quotas
from ground import Ground, Town, as_text
from shapely.geometry import Polygon, mapping

from geo.core.crs import GEOD
from geo.hazards.schema import HazardStatus, StatusChange, history_text
from geo.hazards.shapes import area_m2

RELEASE_METHOD = {"cleared": "clearance", "reduced": "ts", "cancelled": "nts"}


class Areas:
    """Draws hazard areas from the assumptions."""

    def __init__(self, assumptions: Mapping[str, Any], ground: Ground, draw: Draw) -> None:
        self._a = assumptions["hazard_areas"]
        self._last_day: dt.date = assumptions["last_day"]
        self._first_year: int = assumptions["first_year"]
        self._shares: Mapping[str, float] = assumptions["region_shares"]["2023"]
        self._ground = ground
        self._draw = draw

    def features(self) -> list[dict[str, Any]]:
        """Return GeoJSON features with the canonical columns as properties."""
        count, pairs = self._a["count"], self._a["overlapping_pairs"]
        by_region = quotas(count - pairs, {town.region: self._shares[town.region] for town in self._ground.towns})
        regions = [region for region, n in sorted(by_region.items()) for _ in range(n)]
        features = []
        for number, region in enumerate(regions, start=1):
            towns = [town for town in self._ground.towns if town.region == region]
            town = self._draw.pick(towns)
            features.append(self._feature(number, town, self._polygon(town.lon, town.lat, 2.0)))
        for number in range(len(regions) + 1, count + 1):
            neighbour = shapely.geometry.shape(features[number - len(regions) - 1]["geometry"])
            town = self._ground.nearest_town(neighbour.centroid.x, neighbour.centroid.y)
            corner = neighbour.exterior.coords[0]
            features.append(self._feature(number, town, self._polygon(corner[0], corner[1], 0.01)))
        return features

    def _polygon(self, lon: float, lat: float, away_km: float) -> Polygon:
        x, y = self._ground.scatter(self._draw, lon, lat, away_km)
        radius = self._draw.uniform(*self._a["radius_m"])
        corners = self._draw.whole(6, 12)
        ring = [GEOD.fwd(x, y, 360 * n / corners, radius * self._draw.uniform(0.6, 1.0))[:2] for n in range(corners)]
        return shapely.orient_polygons(Polygon([(round(a, 6), round(b, 6)) for a, b in ring]))

    def _feature(self, number: int, town: Town, polygon: Polygon) -> dict[str, Any]:
        changes, survey, clearance, method = self._history()
        measured = area_m2(polygon)
        factor = self._draw.uniform(0.98, 1.02)
        if self._draw.chance(self._a["reported_area_off_share"]):
            factor = 1 + self._draw.pick((-1, 1)) * self._draw.uniform(0.08, 0.25)
        devices = self._draw.weighted({"uxo": 0.35, "uxo;axo": 0.2, "ied": 0.3, "av_mine": 0.1, "ap_mine": 0.05})
        properties = {
            "source": "synthetic",
            "source_id": f"Z{number:03d}",
            "name": f"DONNÉE SYNTHÉTIQUE — {town.name} {number}",
            "status": str(changes[-1].status),
            "history": history_text(changes),
            "device_categories": devices,
            "survey_date": as_text(survey),
            "clearance_date": as_text(clearance) or None,
            "method": method,
            "area_reported_m2": round(measured * factor),
            "updated_at": as_text(changes[-1].since),
            "synthetic": True,
        }
        return {"type": "Feature", "properties": properties, "geometry": mapping(polygon)}

    def _history(self) -> tuple[list[StatusChange], dt.date, dt.date | None, str]:
        """Return the status changes, the survey date, the clearance date and the last method."""
        survey = self._draw.day(dt.date(self._first_year, 1, 1), self._last_day - dt.timedelta(days=200))
        changes = [StatusChange(survey, HazardStatus.SUSPECTED)]
        method = "nts"
        if self._draw.chance(self._a["share_confirmed"]):
            confirmed = survey + dt.timedelta(days=self._draw.whole(20, 200))
            if confirmed <= self._last_day:
                changes.append(StatusChange(confirmed, HazardStatus.CONFIRMED))
                method = "ts"
        released = changes[-1].since + dt.timedelta(days=self._draw.whole(60, 700))
        if not self._draw.chance(self._a["share_released"]) or released > self._last_day:
            return changes, survey, None, method
        ways = dict(self._a["released_by"])
        if changes[-1].status is HazardStatus.CONFIRMED:
            del ways["cancelled"]
        status = HazardStatus(self._draw.weighted(ways))
        changes.append(StatusChange(released, status))
        clearance = released if status is HazardStatus.CLEARED else None
        return changes, survey, clearance, RELEASE_METHOD[status]

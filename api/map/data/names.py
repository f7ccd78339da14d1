"""Every name and code that the map finds: places and units, with their other spellings."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from api.base.i18n import LANGUAGES, translate_text
from api.layers.encode import json_value
from api.layers.units import DECIMALS, TOLERANCE_M
from api.map.data.queries import DocumentQuery
from geo.boundaries.places import places
from geo.boundaries.regions import Boundaries
from geo.boundaries.resolution import aliases

#: About 100 m.
_DECIMALS: Final = 3

_COLUMNS: Final = ("name", "pcode", "pcode_set", "parent_id", "population", "population_year", "approximate")
_SCALE: Final = 10**DECIMALS


def names(boundaries: Boundaries) -> dict[str, Any]:
    """Return places, units and P-codes as columns, and other spellings as pairs of spelling and name.

    Names are reference data, for everyone; whoever picks one looks at the map there. A unit's point lies inside it.
    Communes stand among the places. A code is one of its set: the same letters and digits may mean another unit in
    another set.
    """
    table = places()
    shown = table[["name", "also", "kind", "cercle", "population"]]
    lonlat = shapely.get_coordinates(table.geometry.array).round(_DECIMALS)
    return {
        "places": {
            "id": table.index.tolist(),
            **{name: [json_value(value) for value in shown[name]] for name in shown},
            "lon": lonlat[:, 0].tolist(),
            "lat": lonlat[:, 1].tolist(),
        },
        "units": _units(boundaries),
        "codes": _codes(boundaries),
        "aliases": [[alias, name] for alias, name, _ in aliases()],
    }


def _units(boundaries: Boundaries) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        name: [] for name in ("id", "name", "pcode", "level", "vintage", "lon", "lat", "span")
    }
    known: set[str] = set()
    for vintage in reversed(boundaries.vintages()):  # a unit of several vintages is shown in the newest
        for level in boundaries.levels(vintage):
            units = boundaries.units(level, vintage)
            units = units[~units.index.isin(known) & (level != "commune")]
            known |= set(units.index)
            _add(found, {"id": units.index, "name": units["name"], **_where(units)})
            found["pcode"] += [json_value(value) for value in units["pcode"]]
            found["level"] += [level] * len(units)
            found["vintage"] += [vintage] * len(units)
    return found


def _codes(boundaries: Boundaries) -> dict[str, list[Any]]:
    """Return each P-code of each set once, with the unit that it means and the vintages that have this unit."""
    found: dict[str, list[Any]] = {
        name: [] for name in ("code", "set", "id", "name", "level", "lon", "lat", "span", "vintages")
    }
    vintages: dict[tuple[str, str, str], list[str]] = {}
    for vintage in boundaries.vintages():
        codes = boundaries.codes(vintage)
        ids = {(pcode_set, code, unit_id): None for (pcode_set, code), unit_id in codes.items()}
        for level in boundaries.levels(vintage):
            units = boundaries.units(level, vintage)
            here = [key for key in ids if key[2] in units.index]
            new = [key for key in here if key not in vintages]
            units = units.loc[[unit_id for *_, unit_id in new]]
            _add(found, {"id": units.index, "name": units["name"], **_where(units)})
            found["set"] += [pcode_set for pcode_set, _, _ in new]
            found["code"] += [code for _, code, _ in new]
            found["level"] += [level] * len(new)
            for key in here:
                vintages.setdefault(key, []).append(vintage)
    found["vintages"] = list(vintages.values())
    return found


def _add(found: dict[str, list[Any]], columns: dict[str, Any]) -> None:
    for name, column in columns.items():
        found[name] += column.tolist()


def _where(units: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return a point inside each unit, and the larger side of its box in degrees."""
    points = shapely.get_coordinates(shapely.point_on_surface(units.geometry.array)).round(_DECIMALS)
    bounds = shapely.bounds(units.geometry.array).reshape(-1, 4)
    span = np.round(np.max(bounds[:, 2:] - bounds[:, :2], axis=1), 2)
    return {"lon": points[:, 0], "lat": points[:, 1], "span": span}


def outlines(boundaries: Boundaries, asked: DocumentQuery) -> dict[str, Any]:
    """Return the units of a level and vintage as columns.

    Returns
    -------
    dict
        ``ids`` and, in the same order, ``name``, ``pcode``, ``pcode_set``, ``parent_id``, ``population``,
        ``population_year``, ``approximate``, ``area_km2``, ``note`` (language → texts) and ``parts``: each unit is a
        list of polygons, each a list of rings, each a flat list of longitude and latitude in units of 1/``scale``
        degree (EPSG:4326), the first corner as it is and every other as its difference from the one before.
    """
    units = boundaries.simplified(asked.level, asked.vintage, TOLERANCE_M[asked.level])
    notes = units["note"].where(units["note"].notna(), None)
    return {
        "level": asked.level,
        "vintage": asked.vintage,
        "scale": _SCALE,
        "ids": units.index.tolist(),
        **{name: [json_value(value) for value in units[name]] for name in _COLUMNS},
        "area_km2": units["area_km2"].round(1).tolist(),
        "note": {lang: [note and translate_text(note, lang) for note in notes] for lang in LANGUAGES},
        "parts": _parts(units),
    }


def _parts(units: gpd.GeoDataFrame) -> list[list[list[list[int]]]]:
    return [[_rings(polygon) for polygon in shapely.get_parts(shape)] for shape in units.geometry]


def _rings(polygon: shapely.Polygon) -> list[list[int]]:
    return [_steps(ring) for ring in (polygon.exterior, *polygon.interiors)]


def _steps(ring: shapely.LinearRing) -> list[int]:
    corners = np.round(shapely.get_coordinates(ring) * _SCALE).astype(np.int64)[:-1]
    is_new = np.ones(len(corners), dtype=bool)
    is_new[1:] = (np.diff(corners, axis=0) != 0).any(axis=1)
    steps: list[int] = np.diff(corners[is_new], axis=0, prepend=0).ravel().tolist()
    return steps

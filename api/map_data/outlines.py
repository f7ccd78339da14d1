"""Units as outlines in whole numbers, each corner as its step from the one before: what the map draws, once."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from api.encode import plain
from api.i18n import LANGUAGES, translate_text
from api.map_data.queries import Asked
from api.unit_layers import DECIMALS, TOLERANCE_M
from geo.regions import Boundaries

_COLUMNS: Final = ("name", "pcode", "pcode_set", "parent_id", "population", "population_year", "approximate")
_SCALE: Final = 10**DECIMALS


def outlines(boundaries: Boundaries, asked: Asked) -> dict[str, Any]:
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
        **{name: [plain(value) for value in units[name]] for name in _COLUMNS},
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

"""Bands of the cells of an assessment: cells of one band that lie side by side in a row are one quadrilateral."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.base.access import Caller
from api.layers.encode import json_value
from api.layers.layer import RiskQuery
from api.layers.registry import CELLS
from api.layers.risk import about_assessment
from api.map.data.queries import DocumentQuery
from geo.core.crs import TO_METRIC
from models.risk.assessment import Assessment
from models.risk.class_limits import Band
from models.risk.target import Target

_SCALE: Final = 10_000
#: Longest side of a quadrilateral: over 100 km a row of cells bends by about 50 m.
_MOST_M: Final = 100_000.0


def cells(assessment: Assessment, asked: DocumentQuery, today: date, caller: Caller) -> dict[str, Any]:
    """Return ``sira`` as in the layer of the cells, and in ``bands`` the ground of each band.

    Each band is a flat list of longitudes and latitudes (EPSG:4326) in 1/``scale`` degree, each as its step from the
    one before; four corners are a quadrilateral.
    """
    table = assessment.cells[["column", "row", "band"]].sort_values(["row", "column"])
    side = float(assessment.about["cell_m"])
    query = RiskQuery(CELLS, Target.IED, "cell", asked.vintage, asked.lang)
    found = {}
    for band in Band:
        chosen = table[table["band"] == band.value]
        found[band.value] = ground(chosen["column"].to_numpy(np.int64), chosen["row"].to_numpy(np.int64), side)
    return {"sira": json_value(about_assessment(assessment, query, today, caller)), "scale": _SCALE, "bands": found}


def ground(column: NDArray[np.int64], row: NDArray[np.int64], side: float) -> list[int]:
    """Return the quadrilaterals that cells of `side` metres make up, row by row, sorted by row and column."""
    if not len(column):
        return []
    most = max(1, int(_MOST_M / side))
    is_first = np.ones(len(column), dtype=bool)
    is_first[1:] = (np.diff(row) != 0) | (np.diff(column) != 1) | (column[1:] % most == 0)
    first = np.flatnonzero(is_first)
    last = np.append(first[1:], len(column)) - 1
    west, east, south = column[first] * side, (column[last] + 1) * side, row[first] * side
    x = np.column_stack([west, east, east, west]).ravel()
    y = np.column_stack([south, south, south + side, south + side]).ravel()
    lon, lat = TO_METRIC.transform(x, y, direction="INVERSE")
    corners = np.round(np.column_stack([lon, lat]) * _SCALE).astype(np.int64)
    steps: list[int] = np.diff(corners, axis=0, prepend=0).ravel().tolist()
    return steps

"""Roads cut into segments of at most 10 km with stable ids, and the segments that a route passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.core.crs import STORAGE_CRS
from geo.roads.arcs import Route
from geo.roads.cutting import edge_part
from geo.roads.graph import CLASSES, NO_TEXT, SURFACES, Floats, Ints, Network

MAX_SEGMENT_KM: Final = 10.0


def segment_counts(network: Network) -> Ints:
    """Return into how many segments of equal length each edge is cut."""
    return np.maximum(1, np.ceil(network.length_km / MAX_SEGMENT_KM - 1e-9)).astype(np.int64)


def cut_segments(network: Network) -> gpd.GeoDataFrame:
    """Return every edge cut into segments of equal length, at most 10 km, in EPSG:4326.

    Indexed by ``segment_id``: the edge's stable id, a dash, and the number of the segment from the edge's tail. Rows
    are in the order of edges and along them, so that an edge's first segment is row
    ``parts_of(network)[:edge].sum()``.

    Columns: ``edge`` (row of the network), ``edge_id``, ``part`` (from 0), ``parts`` (of the edge), ``length_km``,
    ``road_class``, ``surface``, ``name``, ``ref`` (missing where the road has none), ``ferry``, ``ford``, ``barrier``,
    ``seasonal``, ``closed``, ``schematic``, ``error_km``.
    """
    parts = segment_counts(network)
    edge = np.repeat(np.arange(network.edge_count), parts)
    part = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
    geometry = network.lines()[edge]
    for row in np.flatnonzero(parts[edge] > 1).tolist():
        count = int(parts[edge[row]])
        start, end = int(part[row]) / count, (int(part[row]) + 1) / count
        geometry[row] = shapely.LineString(edge_part(network, int(edge[row]), start, end))
    ids = np.array(network.edge_ids(range(network.edge_count)), dtype=object)[edge]
    table = pd.DataFrame(
        {
            "edge": edge,
            "edge_id": ids,
            "part": part,
            "parts": parts[edge],
            "length_km": network.length_km[edge] / parts[edge],
            "road_class": pd.Categorical.from_codes(network.road_class[edge].astype(np.int64), pd.Index(CLASSES)),
            "surface": pd.Categorical.from_codes(network.surface[edge].astype(np.int64), pd.Index(SURFACES)),
            "name": _texts(network, network.name)[edge],
            "ref": _texts(network, network.ref)[edge],
            **{
                flag: getattr(network, flag)[edge]
                for flag in ("ferry", "ford", "barrier", "seasonal", "closed", "schematic")
            },
            "error_km": network.error_km[edge],
        }
    )
    index = pd.Index([f"{edge_id}-{number}" for edge_id, number in zip(ids, part.tolist(), strict=True)])
    return gpd.GeoDataFrame(table.set_index(index.rename("segment_id")), geometry=geometry, crs=STORAGE_CRS)


def _texts(network: Network, codes: NDArray[np.int32]) -> NDArray[np.object_]:
    texts = np.array([*network.texts, None], dtype=object)
    assert NO_TEXT == -1  # the last entry
    return texts[codes]


@dataclass(frozen=True, slots=True)
class PassedSegments:
    """The segments that a route passes, in the order of travel.

    Attributes
    ----------
    segment : int array
        Row in `cut_segments`; the same twice where the route comes back.
    share : float array
        Part of the segment that is travelled.
    from_km, to_km : float arrays
        Along the route.
    """

    segment: Ints
    share: Floats
    from_km: Floats
    to_km: Floats


def passed_segments(network: Network, route: Route) -> PassedSegments:
    """Return the segments that `route` passes; their travelled lengths add up to the route's."""
    parts = segment_counts(network)
    first = np.cumsum(parts) - parts
    count = parts[route.edge]
    piece = np.repeat(np.arange(len(route.edge)), count)
    number = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    backward = (route.end < route.start)[piece]
    number = np.where(backward, count[piece] - 1 - number, number)
    low = np.minimum(route.start, route.end)[piece] * count[piece]
    high = np.maximum(route.start, route.end)[piece] * count[piece]
    share = np.minimum(high, number + 1) - np.maximum(low, number)
    passed = share > 0
    edge = route.edge[piece]
    km = (share * network.length_km[edge] / count[piece])[passed]
    to_km = np.cumsum(km)
    return PassedSegments(first[edge][passed] + number[passed], share[passed], to_km - km, to_km)

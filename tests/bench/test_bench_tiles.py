"""A cold tile of the communes at zoom 6: the encoder against clipping and `mapbox-vector-tile`, in one run.

.venv/bin/pytest -m bench -s tests/bench/test_bench_tiles.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from api.tiles.addresses import Tile
from api.tiles.serving import tile_body
from geo.boundaries.regions import Boundaries
from geo.tiles.layer import BUFFER, Geometries, VectorLayer
from geo.tiles.shapes import EXTENT, to_world

pytestmark = pytest.mark.bench

ZOOM, X, Y = 6, 30, 29
ROUNDS = 9
#: A cold tile may take at most this share of the usual way's time.
MOST_SHARE = 0.25


def milliseconds(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return 1000 * statistics.median(taken)


def usual_tile(world: np.ndarray, columns: dict[str, list[Any]]) -> bytes:
    """Clip with GEOS and encode with mapbox-vector-tile: what one would write without an encoder of one's own.

    The geometries are projected and on the zoom's grid beforehand; that is not timed.
    """
    window = (-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    clipped = shapely.clip_by_rect(world, *window)
    features = [
        {"geometry": clipped[row], "properties": {name: values[row] for name, values in columns.items()}}
        for row in np.flatnonzero(~shapely.is_empty(clipped))
    ]
    encoded: bytes = mapbox_vector_tile.encode(
        [{"name": "communes", "features": features}], default_options={"y_coord_down": True}
    )
    return encoded


def table() -> gpd.GeoDataFrame:
    communes = Boundaries.shipped().units("commune", "2015")
    return communes[["name", "pcode", "parent_id", "area_km2", "approximate", "geometry"]]


def test_a_cold_tile_takes_a_quarter_of_clipping_and_mapbox_vector_tile(
    capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    frame = table()
    layer = VectorLayer("communes", frame)
    made = layer.tile(ZOOM, X, Y)  # compiled and prepared
    assert made is not None
    scaled = shapely.transform(
        to_world(frame.geometry.to_numpy()), lambda xy: xy * (EXTENT << ZOOM) - [X * EXTENT, Y * EXTENT]
    )
    # As much detail as the tile has: both encode the same simplified coverage.
    usual_input = shapely.coverage_simplify(scaled, 8)
    columns = {
        name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns[:-1]
    }
    usual = usual_tile(usual_input, columns)

    own_ms = milliseconds(lambda: layer.tile(ZOOM, X, Y), 99)
    usual_ms = milliseconds(lambda: usual_tile(usual_input, columns))
    compressed_ms = milliseconds(lambda: tile_body(layer, Tile(ZOOM, X, Y)))
    prepared_ms = milliseconds(lambda: Geometries(frame.geometry.to_numpy()).at(ZOOM), 3)
    values_ms = milliseconds(lambda: VectorLayer("communes", frame, layer.geometries), 3)
    with capsys.disabled():
        print(f"\n{len(frame)} communes, tile {ZOOM}/{X}/{Y}, medians:")
        print(f"  clip + mapbox-vector-tile      {usual_ms:8.2f} ms  {len(usual):7,} bytes")
        print(f"  encoder                        {own_ms:8.2f} ms  {len(made):7,} bytes, {usual_ms / own_ms:.0f} x")
        print(f"  encoder + brotli, gzip, tags   {compressed_ms:8.2f} ms  {usual_ms / compressed_ms:.1f} x")
        print(f"  once a zoom: shapes {prepared_ms:.0f} ms; once a revision: values {values_ms:.0f} ms")
    record_property("ratio", usual_ms / own_ms)
    same = {feature["properties"]["name"] for feature in mapbox_vector_tile.decode(usual)["communes"]["features"]}
    own = mapbox_vector_tile.decode(made)["communes"]["features"]
    assert len(same - {feature["properties"]["name"] for feature in own}) <= 2  # thinner than the grid at the edge
    area = sum(shape(feature["geometry"]).area for feature in own)
    usual_area = sum(
        shape(feature["geometry"]).area for feature in mapbox_vector_tile.decode(usual)["communes"]["features"]
    )
    assert area == pytest.approx(usual_area, rel=0.01)
    assert own_ms <= MOST_SHARE * usual_ms
    assert compressed_ms <= MOST_SHARE * usual_ms


def test_all_tiles_to_zoom_10(capsys: pytest.CaptureFixture[str]) -> None:
    frame = table()
    layer = VectorLayer("communes", frame)
    layer.tile(ZOOM, X, Y)
    west, south, east, north = shapely.total_bounds(to_world(frame.geometry.to_numpy()))
    begin = time.perf_counter()
    made = size = 0
    for zoom in range(11):
        for x in range(int(west * 2**zoom), int(east * 2**zoom) + 1):
            for y in range(int(south * 2**zoom), int(north * 2**zoom) + 1):
                tile = layer.tile(zoom, x, y)
                made += tile is not None
                size += len(tile or b"")
    seconds = time.perf_counter() - begin
    with capsys.disabled():
        print(f"\n  {made:,} tiles of zooms 0 to 10 with preparing: {seconds:.2f} s, {size / 1e6:.1f} MB")
    assert made > 1000

"""What QGIS draws: positions that are not exact, hazard areas seen from afar, roads on cells of their own colours."""

from __future__ import annotations

import os
import subprocess
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from PIL import Image

from api.base.i18n import LANGUAGES
from api.base.palette import BAND_COLOURS, PALETTE
from api.collections.registry import Collection, _of
from api.qgis.qml import qml
from api.tiles.raster import parse_rgb
from geo.boundaries.regions import Boundaries
from geo.hazards.schema import STATUS_GROUPS, HazardStatus
from models.risk.class_limits import JUDGED, Band

pytestmark = pytest.mark.qgis
PAINT = Path(__file__).with_name("paint.py")
SIDE = 600
#: The country as QGIS shows it: some 2,800 km on 600 pixels, 1:10,000,000 or so.
COUNTRY = (-12.5, 5.0, 4.5, 22.0)
Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def known() -> dict[str, Collection]:
    return dict(_of(Boundaries.shipped()))


class Painter:
    """Draws features in the styles of their collections."""

    def __init__(self, python: str, folder: Path, known: dict[str, Collection]) -> None:
        self._python, self._folder, self._known = python, folder, known
        self._number = 0

    def paint(self, bounds: tuple[float, ...], **layers: gpd.GeoDataFrame) -> Picture:
        """Return the pixels (rows, columns, 3) of layers, named as in a GeoPackage, the lowest first."""
        self._number += 1
        package, picture = (self._folder / f"{self._number}.{suffix}" for suffix in ("gpkg", "png"))
        styled = []
        for name, table in layers.items():
            table.to_file(package, layer=name)
            style = self._folder / f"{self._number}-{name}.qml"
            style.write_text(qml(self._known[name.replace("_", "-")], [], "en"), encoding="utf-8")
            styled.append(f"{name}={style}")
        runtime = self._folder / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))},
            "QT_QPA_PLATFORM": "offscreen",
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(runtime),
            "QGIS_CUSTOM_CONFIG_PATH": str(self._folder),
        }
        command = [self._python, str(PAINT), str(package), str(picture), str(SIDE), *map(str, bounds), *styled]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)
        assert done.returncode == 0, done.stderr
        return np.asarray(Image.open(picture).convert("RGB"))


@pytest.fixture
def painter(qgis_python: str, tmp_path: Path, known: dict[str, Collection]) -> Painter:
    return Painter(qgis_python, tmp_path, known)


def at(picture: Picture, bounds: tuple[float, ...], lon: float, lat: float, reach: int = 14) -> Picture:
    """Return the pixels around a position."""
    west, south, east, north = bounds
    column = round((lon - west) / (east - west) * SIDE)
    row = round((north - lat) / (north - south) * SIDE)
    return picture[row - reach : row + reach + 1, column - reach : column + reach + 1]


def is_like(picture: Picture, colour: str, tolerance: int = 24) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (np.abs(picture.astype(int) - parse_rgb(colour)) <= tolerance).all(axis=-1)
    return found


def size_of(picture: Picture) -> tuple[int, int]:
    """Return height and width of what is not paper."""
    rows, columns = np.nonzero((picture < 250).any(axis=-1))
    return (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) if len(rows) else (0, 0)


def table(geometries: list[shapely.Geometry], **columns: list[str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometries, crs="EPSG:4326")


def test_a_position_that_is_not_exact_is_a_ring(painter: Painter) -> None:
    precisions = ["exact", "settlement", "within_km", "road_axis", "commune"]
    lon = [-10.0, -7.0, -4.0, -1.0, 2.0]
    drawn = table([shapely.Point(each, 14.0) for each in lon], location_precision=precisions)
    picture = painter.paint(COUNTRY, incidents=drawn)
    dark = PALETTE["drawings"]["incident"]["fillColor"]
    exact, *others = (at(picture, COUNTRY, each, 14.0) for each in lon)
    assert is_like(exact, dark, 60)[12:17, 12:17].all(), "a disc"
    for ring in others:
        assert is_like(ring, "#ffffff")[13:16, 13:16].all(), "hollow"
        assert is_like(ring, dark, 60).sum() > 20, "with a rim"
    assert min(size_of(each)[0] for each in (exact, *others)) >= 9


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_legend_says_what_ring_and_mark_are(known: dict[str, Collection], lang: str) -> None:
    incidents, areas = (qml(known[name], [], lang) for name in ("incidents", "hazard-areas"))
    said = {"fr": ("position exacte", "position non exacte"), "en": ("exact position", "position not exact")}[lang]
    assert all(f'label="{each}"' in incidents for each in said)
    assert {"fr": "Un symbole là où", "en": "A symbol where the area is too small"}[lang] in areas


def square(lon: float, lat: float, km: float) -> shapely.Polygon:
    half = km / 111.2 / 2
    return shapely.box(lon - half, lat - half, lon + half, lat + half)


def test_hazard_areas_are_marks_of_one_size_where_they_cannot_be_seen(painter: Painter) -> None:
    statuses = [each.value for each in HazardStatus]
    lon = np.linspace(-11, 3, len(statuses)).tolist()
    group = {status.value: name for name, members in STATUS_GROUPS.items() for status in members}
    small = table([square(each, 14.0, 0.3) for each in lon], status=statuses)
    large = table([square(each, 14.0, 3.0) for each in lon], status=statuses)
    far, also_far = (painter.paint(COUNTRY, hazard_areas=each) for each in (small, large))
    for status, each in zip(statuses, lon, strict=True):
        mark = at(far, COUNTRY, each, 14.0)
        height, width = size_of(mark)
        assert 9 <= height <= 22, status
        assert 9 <= width <= 22, status
        fill = PALETTE["drawings"][f"symbol_{group[status]}"]["fillColor"]
        assert is_like(mark, fill, 40).sum() > 12, status
        assert np.abs(np.subtract(size_of(at(also_far, COUNTRY, each, 14.0)), (height, width))).max() <= 2, status
    worst, suspected = (at(far, COUNTRY, lon[statuses.index(name)], 14.0) for name in ("confirmed", "suspected"))
    # told apart without colour: one stands on its base, the other on its tip
    wide = [(each < 250).any(axis=-1).sum(axis=1) for each in (worst, suspected)]
    assert wide[0][:14].sum() < wide[0][15:].sum()
    assert wide[1][:14].sum() > wide[1][15:].sum()


def test_near_a_hazard_area_is_its_outline_alone(painter: Painter) -> None:
    near = (-4.05, 13.95, -3.95, 14.05)
    drawn = table([square(-4.0, 14.0, 3.0)], status=["confirmed"])
    picture = painter.paint(near, hazard_areas=drawn)
    rows, columns = size_of(picture)
    assert 150 < rows < 200
    assert 150 < columns < 200
    inside = picture[230:370, 230:370].reshape(-1, 3)
    assert len(np.unique(inside, axis=0)) == 1, "no mark in its middle"


def test_of_areas_in_one_place_the_worst_is_on_top(painter: Painter) -> None:
    statuses = [each.value for each in HazardStatus]
    top = PALETTE["drawings"]["symbol_confirmed"]["fillColor"]
    for order in (statuses, statuses[::-1]):
        drawn = table([square(-4.0, 14.0, 0.3)] * len(order), status=order)
        mark = at(painter.paint(COUNTRY, hazard_areas=drawn), COUNTRY, -4.0, 14.0)
        assert is_like(mark[14:17, 13:15], top).all(), order


def luminance(pixels: Picture) -> NDArray[np.float64]:
    """WCAG 2.2, relative luminance."""
    part = pixels / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722], np.float64)


def test_roads_are_seen_on_cells_of_every_class(painter: Painter) -> None:
    """In the cells' colours, a road on cells of its class was hardly more than a pale hair on either side."""
    count = len(JUDGED)
    edges = np.linspace(-6.0, -2.0, count + 1)
    bounds = (-6.0, 12.0, -2.0, 16.0)
    cells = table(
        [shapely.box(west, 12.0, east, 16.0) for west, east in pairwise(edges)],
        band=[each.value for each in JUDGED],
    )
    lats = np.linspace(12.5, 15.5, count)
    roads = table(
        [shapely.LineString([(-6.0, lat), (-2.0, lat)]) for lat in lats], band=[each.value for each in JUDGED]
    )
    picture = painter.paint(bounds, risk_cells=cells, road_segments=roads)
    for row, band in enumerate(JUDGED):
        for column in range(count):
            lon = (edges[column] + edges[column + 1]) / 2
            across = at(picture, bounds, lon, lats[row])[:, 14]
            assert is_like(across[14:15], BAND_COLOURS[band.value]).all(), "the road has the colour of its class"
            light = luminance(across)
            ground = light[0]
            for side in (light[:15], light[14:][::-1]):
                contrast = (np.maximum(side, ground) + 0.05) / (np.minimum(side, ground) + 0.05)
                assert contrast.max() >= 3, (band, column, "against the cells")
                step = (np.maximum(side[1:], side[:-1]) + 0.05) / (np.minimum(side[1:], side[:-1]) + 0.05)
                assert step.max() >= 3, (band, column, "a line with two sides")


def test_what_is_not_assessed_and_the_worst_areas_are_seen_on_what_lies_beneath(painter: Painter) -> None:
    """Grey dashes on grey hatching were not; nor may a purple mark drown in purple units."""
    bounds = (-6.0, 12.0, -2.0, 16.0)
    bands = [*JUDGED, Band.NOT_ASSESSED]
    edges = np.linspace(-6.0, -2.0, len(bands) + 1)
    middles = [(west + east) / 2 for west, east in pairwise(edges)]
    cells = table(
        [shapely.box(west, 12.0, east, 16.0) for west, east in pairwise(edges)], band=[each.value for each in bands]
    )
    road = table([shapely.LineString([(-6.0, 13.0), (-2.0, 13.0)])], band=[Band.NOT_ASSESSED.value])
    areas = table([square(each, 15.0, 0.3) for each in middles], status=["confirmed"] * len(bands))
    picture = painter.paint(bounds, risk_cells=cells, road_segments=road, hazard_areas=areas)
    for band, lon in zip(bands, middles, strict=True):
        along = at(picture, bounds, lon, 13.0, 20)
        for beside in (along[17:20], along[21:24]):  # white, the hatching does not show through
            assert (beside == 255).all(axis=-1).any(axis=0).mean() > 0.9, band
        light = luminance(at(picture, bounds, lon, 15.0)[16])
        step = (np.maximum(light[1:], light[:-1]) + 0.05) / (np.minimum(light[1:], light[:-1]) + 0.05)
        assert step.max() >= 3, band

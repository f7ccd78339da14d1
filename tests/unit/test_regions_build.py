"""The cleaning of the communes, on small coverages with known faults."""

import importlib.util
from types import ModuleType

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import MultiPolygon, box

from geo.core.crs import STORAGE_CRS
from geo.core.provenance import data_root


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    # Other data folders have a build.py too, so it is not imported by that name.
    folder = data_root() / "regions"
    monkeypatch.syspath_prepend(str(folder))
    spec = importlib.util.spec_from_file_location("regions_build", folder / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def clean(build: ModuleType, **polygons: shapely.Geometry) -> gpd.GeoSeries:
    return build.clean_coverage(gpd.GeoSeries(polygons, crs=STORAGE_CRS))


def test_an_overlap_goes_to_the_smaller(build: ModuleType) -> None:
    cleaned = clean(build, large=box(-5, 14, -4, 15), town=box(-4.6, 14.4, -4.5, 14.5))
    assert cleaned["town"].equals(box(-4.6, 14.4, -4.5, 14.5))
    assert cleaned["large"].equals(box(-5, 14, -4, 15).difference(cleaned["town"]))


def test_a_gap_goes_to_the_longest_edge(build: ModuleType) -> None:
    lower, upper = box(-5, 14, -4, 15), box(-5, 15, -4, 16).difference(box(-4.6, 15, -4.4, 15.01))
    cleaned = clean(build, lower=lower, upper=upper)
    assert shapely.area(cleaned.to_numpy()).sum() == pytest.approx(2)
    assert shapely.coverage_is_valid(cleaned.to_numpy())
    # Of the gap's outline the upper one holds three sides.
    assert cleaned["upper"].equals(box(-5, 15, -4, 16))


def test_a_piece_cut_off_joins_its_neighbour(build: ModuleType) -> None:
    sliver = box(-4.0, 14.0, -3.999, 14.001)
    cleaned = clean(build, left=MultiPolygon([box(-5, 14, -4.5, 15), sliver]), right=box(-4.5, 14, -4, 15))
    assert cleaned["left"].geom_type == "Polygon"
    assert cleaned["right"].contains(sliver.centroid)


def test_shared_edges_get_the_same_corners_and_five_decimals(build: ModuleType) -> None:
    left, right = box(-5, 14, -4.123456789, 15), shapely.segmentize(box(-4.123456789, 14, -3, 15), 0.3)
    cleaned = clean(build, left=left, right=right)
    coordinates = shapely.get_coordinates(cleaned.to_numpy())
    assert (coordinates == coordinates.round(5)).all()
    shared = cleaned["left"].intersection(cleaned["right"])
    assert shared.length == pytest.approx(1)
    assert shapely.get_num_coordinates(cleaned["left"]) > 5
    assert shapely.is_ccw(shapely.get_exterior_ring(cleaned.to_numpy())).all()

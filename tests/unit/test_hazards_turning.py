"""Turning points: geodesic polygons, closure, and what bearings count from."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.core.crs import GEOD
from geo.core.errors import FileError, ParameterError
from geo.hazards.contents import holds_areas
from geo.hazards.turning import Point, TraverseError, compute

TODAY = dt.date(2026, 11, 22)
HEADER = "area_id,status,survey_date,point,from,bearing,distance_m,longitude,latitude,bearing_reference,declination\n"
#: A rectangle of 100 m by 50 m, its start point 20 m east of the reference point.
LEGS = (("SP", 90, 20), ("TP1", 0, 50), ("TP2", 90, 100), ("TP3", 180, 50), ("SP", 270, 100))


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


def table(
    folder: Path, *, legs: Any = LEGS, reference: str = "true", declination: str = "", area: str = "A1", turn: float = 0
) -> Path:
    lines = [f"{area},SHA,2020-03-01,RP,,,,-3.6,14.3,{reference},\n"]
    lines += [f"{area},,,{label},,{b + turn},{d},,,{reference},{declination}\n" for label, b, d in legs]
    path = folder / "points.csv"
    path.write_text(HEADER + "".join(lines))
    return path


def read(path: Path, boundaries: Boundaries, **options: Any) -> hazards.HazardBatch:
    return hazards.read(path, boundaries=boundaries, today=TODAY, source="cas", **options)


def test_a_rectangle_has_its_area_and_corners(tmp_path: Path, boundaries: Boundaries) -> None:
    batch = read(table(tmp_path), boundaries)
    assert (batch.format, batch.rows_read) == ("csv-turning-points", 1)
    polygon = batch.accepted.geometry.iloc[0].geoms[0]
    assert batch.accepted["area_measured_m2"].iloc[0] == pytest.approx(5_000, rel=1e-4)
    start = GEOD.fwd(-3.6, 14.3, 90, 20)[:2]
    assert any(GEOD.inv(*start, *corner)[2] < 0.01 for corner in polygon.exterior.coords)
    assert "close within 0.0 m" in batch.accepted["note"].iloc[0]
    assert any("6 lines describe 1 area " in str(note) for note in batch.notes)


def test_a_traverse_that_does_not_close_is_set_aside_with_its_repair(tmp_path: Path, boundaries: Boundaries) -> None:
    legs = (*LEGS[:-1], ("SP", 270, 80))
    (area,) = read(table(tmp_path, legs=legs), boundaries).quarantined
    assert area.row == 2
    assert area.kind == "geometry"
    assert "ends 20.0 m from the start point; at most 3.0 m" in str(area.reason)
    assert area.repair_area_m2 == pytest.approx(5_000, rel=1e-3)


def test_a_traverse_that_nearly_closes_is_taken(tmp_path: Path, boundaries: Boundaries) -> None:
    legs = (*LEGS[:-1], ("SP", 270, 98.5))
    batch = read(table(tmp_path, legs=legs), boundaries)
    assert "close within 1.5 m (allowed: 3.0 m)" in batch.accepted["note"].iloc[0]


def test_without_a_closing_leg_the_closure_is_said_to_be_unchecked(tmp_path: Path, boundaries: Boundaries) -> None:
    batch = read(table(tmp_path, legs=LEGS[:-1]), boundaries)
    assert "closure is not checked" in batch.accepted["note"].iloc[0]


def test_magnetic_bearings_need_the_declination_and_use_it(tmp_path: Path, boundaries: Boundaries) -> None:
    true = read(table(tmp_path), boundaries).accepted.geometry.iloc[0]
    path = table(tmp_path, reference="magnetic", declination="-2,5".replace(",", "."), turn=2.5)
    magnetic = read(path, boundaries).accepted.geometry.iloc[0]
    assert magnetic.symmetric_difference(true).area < 1e-12
    (area,) = read(table(tmp_path, reference="magnetic"), boundaries).quarantined
    assert "declination" in str(area.reason)


def test_bearings_of_unknown_reference_are_refused_unless_stated(tmp_path: Path, boundaries: Boundaries) -> None:
    path = table(tmp_path)
    path.write_text(path.read_text().replace("bearing_reference", "remark"))
    with pytest.raises(FileError, match="true or magnetic"):
        read(path, boundaries)
    assert len(read(path, boundaries, bearings="true").accepted) == 1
    with pytest.raises(ParameterError):
        read(path, boundaries, bearings="grid")


@pytest.mark.parametrize(("column", "value"), [("bearing", "400"), ("bearing", "north"), ("distance_m", "-3")])
def test_bad_legs_are_named(tmp_path: Path, boundaries: Boundaries, column: str, value: str) -> None:
    path = table(tmp_path)
    lines = path.read_text().splitlines()
    cells = lines[3].split(",")
    cells[lines[0].split(",").index(column)] = value
    lines[3] = ",".join(cells)
    path.write_text("\n".join(lines))
    (area,) = read(path, boundaries).quarantined
    assert value in str(area.reason)


def test_two_areas_in_one_file(tmp_path: Path, boundaries: Boundaries) -> None:
    first = table(tmp_path).read_text()
    second = table(tmp_path, area="A2", legs=LEGS[:2]).read_text().removeprefix(HEADER)
    path = tmp_path / "points.csv"
    path.write_text(first + second)
    batch = read(path, boundaries)
    assert list(batch.accepted["source_id"]) == ["A1"]
    assert [(area.row, area.kind) for area in batch.quarantined] == [(8, "geometry")]
    assert "needs at least 3" in str(batch.quarantined[0].reason)


def test_points_may_all_be_measured_from_one() -> None:
    reference = Point("RP", position=(-3.6, 14.3), is_reference=True)
    rays = [Point(f"TP{n}", origin="rp", bearing_deg=90.0 * n, distance_m=100) for n in range(4)]
    polygon = compute([reference, *rays]).polygon
    assert abs(GEOD.geometry_area_perimeter(polygon)[0]) == pytest.approx(20_000, rel=1e-5)


def test_coordinates_and_legs_must_agree() -> None:
    start = Point("SP", position=(-3.6, 14.3))
    there = GEOD.fwd(-3.6, 14.3, 45, 300)[:2]
    last = Point("TP2", bearing_deg=180, distance_m=300)
    agreeing = [start, Point("TP1", position=there, bearing_deg=45, distance_m=301), last]
    assert len(compute(agreeing).polygon.exterior.coords) == 4
    with pytest.raises(TraverseError, match=r"10\.0 m from where"):
        compute([start, Point("TP1", position=there, bearing_deg=45, distance_m=310), last])


def test_a_leg_needs_somewhere_to_begin() -> None:
    leg = Point("TP1", bearing_deg=0, distance_m=10)
    with pytest.raises(TraverseError, match="needs coordinates"):
        compute([leg])
    with pytest.raises(TraverseError, match="none of the points before"):
        compute([Point("SP", position=(-3.6, 14.3)), Point("TP1", origin="TP9", bearing_deg=0, distance_m=10)])
    with pytest.raises(TraverseError, match="neither coordinates"):
        compute([Point("SP", position=(-3.6, 14.3)), Point("TP1")])


def as_workbook(path: Path) -> Path:
    """Save a CSV again as a spreadsheet program would: numbers as numbers."""

    def cell(text: str) -> str | float:
        try:
            return float(text)
        except ValueError:
            return text

    book = openpyxl.Workbook()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.reader(stream):
            book.active.append([cell(text) for text in row])
    saved = path.with_suffix(".xlsx")
    book.save(saved)
    return saved


def test_turning_points_are_read_from_a_workbook_too(tmp_path: Path, boundaries: Boundaries) -> None:
    path = as_workbook(table(tmp_path))
    assert holds_areas(path)
    batch = read(path, boundaries)
    assert (batch.format, batch.rows_read) == ("xlsx-turning-points", 1)
    assert batch.accepted["area_measured_m2"].iloc[0] == pytest.approx(5_000, rel=1e-4)


CORNERS = """N° zone,Statut,Date de statut,{point},Longitude,Latitude
Z1,SHA,2023-02-01,{0},-4.000,14.000
Z1,,,{1},-3.990,14.000
Z1,,,{2},-3.990,14.010
Z1,,,{3},-4.000,14.010
Z2,CHA,2023-02-01,1,-4.100,14.000
Z2,,,2,-4.090,14.000
Z2,,,3,-4.090,14.010
"""


@pytest.mark.parametrize("point", ["Sommet", "Point_No", "Vertex"])
@pytest.mark.parametrize("as_file", [lambda path: path, as_workbook])
@pytest.mark.parametrize(("labels", "is_square"), [("1234", True), ("ABCD", True), ("1243", False)])
def test_areas_are_read_from_a_line_for_each_corner(
    tmp_path: Path, boundaries: Boundaries, point: str, as_file: Any, labels: str, is_square: bool
) -> None:
    path = tmp_path / "corners.csv"
    path.write_text(CORNERS.format(*labels, point=point), encoding="utf-8")
    path = as_file(path)
    assert holds_areas(path)
    batch = read(path, boundaries)
    assert batch.format.endswith("-corners")
    assert batch.rows_read == 2
    assert ("cas:Z1" in batch.accepted.index) is is_square  # numbered so that its sides cross, it is set aside
    area = {"cas:Z1": 1.19e6, "cas:Z2": 0.6e6}
    for name, measured in batch.accepted["area_measured_m2"].items():
        assert measured == pytest.approx(area[str(name)], rel=0.01)


def test_victims_of_one_accident_are_no_corners(tmp_path: Path) -> None:
    path = tmp_path / "accidents.csv"
    rows = "A1,accident,2023-02-01,14.0,-4.0,killed\n" * 3
    path.write_text("id,type,date,latitude,longitude,victim status\n" + rows, encoding="utf-8")
    assert not holds_areas(path)

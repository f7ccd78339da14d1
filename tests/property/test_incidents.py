"""Whatever the bytes: a batch that adds up, or a Sira error. Whatever the order of rows: the same records and links."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geo.boundaries.regions import Boundaries
from geo.core.errors import SiraError
from geo.hazards.contents import holds_areas
from geo.incidents.dates import parse_date
from geo.incidents.duplicates import link
from geo.incidents.readers import read
from geo.incidents.schema import conform
from geo.reading.text import is_formula

pytestmark = pytest.mark.slow

TODAY = date(2026, 1, 1)
FIXTURES = Path(__file__).parents[1] / "fixtures" / "incidents"
INTAKE = FIXTURES.parent / "intake"
#: One file of each container, to be damaged.
CONTAINERS = (
    "excel_two_header_rows.xlsx", "old.xls", "sheet.ods", "gpkg_utm30.gpkg", "shp_points.zip", "g.kmz", "csv_in.zip",
    "incidents.csv.gz", "incidents.jsonl", "g.gpx", "g_points.kml", "geo_mixed.geojson", "e_cp850.csv",
)  # fmt: skip

_relaxed = settings(max_examples=100)


def _read_bytes(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            holds_areas(path)
            batch = read(path, boundaries=Boundaries.shipped(), today=TODAY)
        except SiraError:
            return
    assert len(batch.accepted) + len(batch.quarantined) == batch.rows_read
    assert [row.row for row in batch.quarantined] == sorted(row.row for row in batch.quarantined)
    assert all(str(row.reason) for row in batch.quarantined)


_STARTS = [b"", b"PK\x03\x04", b"SQLite format 3\x00", b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"sep=;\n", b"<"]


@_relaxed
@given(st.sampled_from(_STARTS), st.binary(max_size=400))
def test_any_bytes(start: bytes, rest: bytes) -> None:
    _read_bytes(start + rest)


@_relaxed
@given(
    st.sampled_from([p for p in sorted(FIXTURES.iterdir()) if p.suffix in (".csv", ".geojson", ".xlsx")])
    | st.sampled_from([INTAKE / name for name in CONTAINERS]),
    st.data(),
)
def test_damaged_files(path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 12))
        content[at : at + length] = data.draw(st.binary(max_size=12))
    _read_bytes(bytes(content))


_CELL = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "-4.19",
        "14.49",
        "14,49",
        "2023-01-02",
        "02/01/2023",
        "25/12/2022",
        "ied",
        "=1",
        "-1",
        "3",
        "0",
        "Mopti",
        "nan",
        "1e999",
    ]
)


@_relaxed
@given(st.lists(st.lists(_CELL, min_size=11, max_size=11), max_size=8), st.sampled_from([",", ";", "\t"]))
def test_any_cells(rows: list[list[str]], separator: str) -> None:
    header = "id,date,longitude,latitude,hazard_type,killed,commune,location_precision,narrative,updated_at,error_km"
    lines = [header.replace(",", separator)]
    lines += [separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    _read_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))


@given(st.text(), st.sampled_from(["dmy", "mdy", None]), st.booleans())
def test_dates_are_parsed_or_not_but_never_crash(text: str, order: str | None, stamp: bool) -> None:
    parse_date(text, order, stamp=stamp)  # type: ignore[arg-type]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_no_number_is_a_formula(number: float) -> None:
    assert not is_formula(str(number))
    assert not is_formula(str(number).replace(".", ","))


def _table(reports: list[tuple[int, int, float, float, str, str]]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(reports, columns=["number", "day", "lon", "lat", "source", "hazard_type"])
    table = gpd.GeoDataFrame(
        {
            "source": frame["source"],
            "source_id": frame["number"].astype(str),
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(frame["day"], unit="D"),
            "date_precision": "day",
            "location_precision": "exact",
            "location_error_km": 0.1,
            "hazard_type": frame["hazard_type"],
        },
        geometry=[Point(x, y) for x, y in zip(frame["lon"], frame["lat"], strict=True)],
        crs=4326,
    )
    table.index = pd.Index([f"{s}:{n}" for s, n in zip(frame["source"], frame["number"], strict=True)], name="id")
    return conform(table)


_REPORTS = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.integers(0, 4),
        st.floats(-4.25, -4.15),
        st.floats(14.45, 14.55),
        st.sampled_from(["acled", "imsma", "kobo"]),
        st.sampled_from(["ied", "unknown", "uxo", "not_explosive"]),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda report: (report[0], report[4]),
)


@_relaxed
@given(_REPORTS, st.randoms(use_true_random=False))
def test_links_do_not_depend_on_the_order_of_rows(
    reports: list[tuple[int, int, float, float, str, str]], random: object
) -> None:
    table = _table(reports)
    events = link(table, boundaries=Boundaries.shipped())
    order = np.arange(len(table))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = link(table.iloc[order], boundaries=Boundaries.shipped())
    pd.testing.assert_series_equal(shuffled.sort_index(), events.sort_index())
    assert events.index.equals(table.index)
    groups = table.assign(event=events).groupby("event")
    assert (groups["source"].nunique() == groups.size()).all()  # never two reports of one source
    assert all(event == min(group.index) for event, group in groups)


@pytest.mark.parametrize("seed", range(3))
def test_rows_travel_by_content_not_position(tmp_path: Path, seed: int) -> None:
    lines = (FIXTURES / "acled.csv").read_text().splitlines()
    rows = list(lines[1:])
    np.random.default_rng(seed).shuffle(rows)
    path = tmp_path / "shuffled.csv"
    path.write_text("\n".join([lines[0], *rows]) + "\n")
    boundaries = Boundaries.shipped()
    plain = read(FIXTURES / "acled.csv", boundaries=boundaries, today=TODAY).accepted.sort_index()
    shuffled = read(path, boundaries=boundaries, today=TODAY).accepted.sort_index()
    pd.testing.assert_frame_equal(pd.DataFrame(shuffled), pd.DataFrame(plain))

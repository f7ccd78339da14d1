"""Whatever a cell holds, the parsers of cells end; whatever way a position is written, it is found within its error."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mgrs import MGRS

from geo.core.messages import Message
from geo.incidents.dates import parse_date
from geo.reading.coordinates import KM_PER_DEGREE, Position, parse_position
from geo.reading.people import read_count
from geo.reading.word_lists import words

pytestmark = pytest.mark.slow

MALI = (-12.24, 10.14, 4.25, 25.0)
CELLS = st.one_of(
    st.text(max_size=200),
    st.text("0123456789.,;:-+°'\"NSEWO /()@=#~><?TQWh", max_size=40),
    st.lists(
        st.sampled_from(
            ["au moins", "12", "3", "-", "entre", "et", "2023", "janvier", "°", "'", "N", "O", ",", "geo:", "30P", "UC"]
        ),
        max_size=8,
    ).map(" ".join),
)
LON = st.floats(MALI[0] + 0.1, MALI[2] - 0.1)
LAT = st.floats(MALI[1] + 0.1, MALI[3] - 0.1)


@settings(max_examples=500)
@given(CELLS)
@example("1e999")
@example("9" * 400 + "°")
@example("https://[")
def test_any_cell_is_read_or_refused(text: str) -> None:
    found = parse_position(text, MALI)
    if isinstance(found, Position):
        assert abs(found.lon) <= 180
        assert abs(found.lat) <= 90
        assert found.error_km >= 0
    else:
        assert isinstance(found, Message)
        str(found)
    read_count(text)
    for order in ("dmy", "mdy", None):
        parse_date(text, order)
    for name in ("devices", "outcomes", "statuses", "methods"):
        words(name).find_all(text)


def sixtieths(degrees: float, parts: int, decimals: int) -> str:
    """Write degrees, minutes and perhaps seconds, the last of them with decimals, rounded as people do."""
    unit = 60 ** (parts - 1)
    number = round(abs(degrees) * unit, decimals)
    texts = []
    for _ in range(parts - 1):
        number, last = divmod(number, 60) if not texts else divmod(int(number), 60)
        texts.insert(0, f"{last:.{decimals}f}" if not texts else f"{last:02d}")
    signs = "°'\""
    return "".join(f"{text}{sign}" for text, sign in zip([f"{int(number)}", *texts], signs, strict=False))


@settings(max_examples=300)
@given(LON, LAT, st.integers(2, 3), st.integers(0, 3), st.booleans(), st.booleans())
def test_degrees_minutes_and_seconds_are_found_within_their_error(
    lon: float, lat: float, parts: int, decimals: int, is_french: bool, lon_first: bool
) -> None:
    west = "O" if is_french else "W"
    texts = [f"{sixtieths(lat, parts, decimals)}N", f"{sixtieths(lon, parts, decimals)}{west if lon < 0 else 'E'}"]
    if lon_first:
        texts.reverse()
    text = " ".join(texts)
    _within_error(text.replace(".", ",") if is_french else text, lon, lat)


@settings(max_examples=300)
@given(LON, LAT, st.integers(0, 6), st.sampled_from([", ", ";", " ", "/"]), st.booleans(), st.booleans())
def test_decimal_degrees_are_found_within_their_error(
    lon: float, lat: float, decimals: int, between: str, has_comma: bool, lon_first: bool
) -> None:
    texts = [f"{lat:.{decimals}f}", f"{lon:.{decimals}f}"]
    if lon_first:
        texts.reverse()
    mark = "," if has_comma else "."
    _within_error(between.join(text.replace(".", mark) for text in texts), lon, lat)


@settings(max_examples=200)
@given(LON, LAT, st.integers(0, 5))
def test_mgrs_is_found_within_its_error(lon: float, lat: float, digits: int) -> None:
    _within_error(str(MGRS().toMGRS(lat, lon, MGRSPrecision=digits)), lon, lat)


def _within_error(text: str, lon: float, lat: float) -> None:
    found = parse_position(text, MALI)
    assert isinstance(found, Position), f"{text}: {found}"
    north = abs(found.lat - lat) * KM_PER_DEGREE
    east = abs(found.lon - lon) * KM_PER_DEGREE * math.cos(math.radians(lat))
    # the error is that of the coordinate known less closely, not of both together
    assert max(north, east) <= found.error_km * 1.02 + 1e-6, text

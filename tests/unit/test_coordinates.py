"""One parser for positions, whoever writes them: which point, and how closely the writing knows it."""

from __future__ import annotations

import math

import pytest

from api.roads.fields import parse_stop
from geo.core.errors import ParameterError
from geo.reading.coordinates import Position, parse_position
from geo.reading.degrees import parse_angle

MALI = (-12.24, 10.14, 4.25, 25.0)
LON, LAT = -2.95, 15.0012


def km_between(found: Position, lon: float, lat: float) -> float:
    return 111.2 * math.hypot(found.lat - lat, (found.lon - lon) * math.cos(math.radians(lat)))


@pytest.mark.parametrize(
    "text",
    [
        "15.0012, -2.95",
        "-2.95, 15.0012",
        "15,0012; -2,95",
        "15,0012, -2,95",
        "15,0012,-2,95",
        "15.0012/-2.95",
        "15.0012\n-2.95",
        "[-2.95, 15.0012]",
        "(15.0012; −2.95)",
        "15.0012N, 2.95W",
        "2,95 O 15,0012 N",
        "N15.0012 W2.95",
        "15.0012 N -2.95 W",
        "15.0012° -2.95°",
        "Lat: 15.0012 Long: -2.95",
        "lon=-2.95 lat=15.0012",
        "Latitude : 15,0012 ; Longitude : -2,95",
        "15°00'04\" N 2°57'00\" O",
        "15º00’04” N – 2º57’00” W",
        "15° 0' 4,32'' Nord ; 2° 57' 0'' Ouest",
        "N 15 00 04.3 W 002 57 00",
        "15-00-04N 002-57-00W",
        "15:00:04 N 2:57:00 O",
        "15°00,072'N 2°57,000'O",
        "15d00m04s N 2d57m00s W",
        "15d00m04sN 2d57m00sO",
        "15 degrés 00 minutes 04 secondes Nord, 2 degrés 57 minutes 00 secondes Ouest",
        "15°00'N 2°57'W",
        "15.00 -2.95",
        "150004N 0025700W",
        "N150004 W0025700",
        "1500.072N 00257.000W",
        "15.0012 N et 2.95 O",
        "15.0012N and 2.95W",
        "lat=15.0012&lon=-2.95",
        "N: 15,0012 - W: 2,95",
        "Longitude: 2°57'00\" W; Latitude: 15°00'04\" N",
        "15°00'04\" -2°57'00\"",
        "GPS : 15.0012, -2.95",
        "Coordonnées GPS : 15,0012 N ; 2,95 O",
        "15.0012, -2.95 (Douentza)",
        "Douentza (15.0012, -2.95)",
        "15.0012, -2.95 ± 10 m",
        "30N 505 375 1 658 459",
        "E 505375 N 1658459 zone 30",
        "30P 0505375 UTM 1658459",
        "https://www.bing.com/maps?cp=15.0012~-2.95&lvl=15",
        "POINT (-2.95 15.0012)",
        "SRID=4326;POINT Z(-2.95 15.0012 270)",
        '{"type": "Point", "coordinates": [-2.95, 15.0012]}',
        "15.0012 -2.95 270 8",
        "15.0 -2.95 0 4800",
        "30P WB 05375 58459",
        "30PWB0558",
        "30N 505375 1658459",
        "505375 1658459 30P",
        "geo:15.0012,-2.95",
        "geo:0,0?q=15.0012,-2.95(Douentza)",
        "https://www.openstreetmap.org/?mlat=15.0012&mlon=-2.95#map=8/16.1/-3.2",
        "https://www.openstreetmap.org/#map=15/15.0012/-2.95",
        "https://www.google.com/maps?q=15.0012,-2.95",
        "https://www.google.com/maps/@15.0012,-2.95,14z",
        "https://www.google.com/maps/search/?api=1&query=15.0012%2C-2.95",
        "https://maps.google.com/?q=15%C2%B000'04.3%22N+2%C2%B057'00.0%22W",
        "https://www.google.com/maps/place/X/@15.1,-2.9,17z/data=!3m1!4b1!8m2!3d15.0012!4d-2.95",
    ],
)
def test_one_place_in_many_writings(text: str) -> None:
    found = parse_position(text, MALI)
    assert isinstance(found, Position), str(found)
    assert km_between(found, LON, LAT) <= found.error_km + 0.001


@pytest.mark.parametrize(
    ("text", "error_km"),
    [
        ("15, -3", 55.6),
        ("15.0, -2.9", 5.56),
        ("15, -2.95", 5.56),  # one zero may have gone, not two
        ("15.0012, -2.95", 0.0556),
        ("15°N 3°O", 55.6),
        ("15°00' N 2°57' O", 0.927),
        ("15°00'04\" N 2°57'00\" O", 0.0154),
        ("15°00'04\" N 2°57' O", 0.895),
        ("15.0 -2.95 0 4800", 4.8),
        ("geo:15.0012,-2.95;u=350", 0.35),
        ("30PWB0558", 0.707),
        ("15.0012, -2.95 ± 250 m", 0.25),
        ("150004N 0025700W", 0.0154),
        ("30PWB0537558459", 0.0007),
        ("https://www.google.com/maps/@15.0012,-2.95,9z", 37.8),
    ],
)
def test_the_writing_says_how_closely(text: str, error_km: float) -> None:
    found = parse_position(text, MALI)
    assert isinstance(found, Position)
    assert found.error_km == pytest.approx(error_km, rel=0.02, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("48.85, 2.35", "neither way round"),
        ("15.0012, 12.95", "neither way round"),
        ("15.0012", "no position"),
        ("Douentza", "no position"),
        ("15°75'N 2°57'O", "no position"),
        ("-15 N, 2 W", "no position"),
        ("15 N 12 N", "no position"),
        ("1e5 3", "no position"),
        ("15 0012 -2 95 3", "no position"),
        ("15°00'04\" 2°57'00\"", "E or W"),
        ("15°00'04\" N 2°57'00\"", "E or W"),
        ("30PUC123", "no position"),
        ("https://maps.app.goo.gl/abc", "short link"),
        ("https://example.org/15", "no coordinates"),
        ("x" * 5_000, "no position"),
    ],
)
def test_what_is_no_position_is_refused_in_words(text: str, said: str) -> None:
    assert said in str(parse_position(text, MALI))


def test_where_both_ways_round_lie_in_the_country_neither_is_taken() -> None:
    assert "both ways round" in str(parse_position("5.5, 7.5", (0, 0, 10, 10)))
    assert isinstance(parse_position("5.5 N, 7.5 E", (0, 0, 10, 10)), Position)


@pytest.mark.parametrize("text", ["", "x", "15,", "°", "N", "15 N 3", "--3", "1e999", "15°60'", "15°1.5'3\""])
def test_what_is_no_single_coordinate(text: str) -> None:
    angle = parse_angle(text)
    assert angle is None or angle.degrees == 15.0


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("-2.95,15.0012", (-2.95, 15.0012)),
        ("15.0012, -2.95", (-2.95, 15.0012)),  # the order that lies in the country
        ("2.35,48.85", (2.35, 48.85)),  # as the API documents it, wherever it is
        ("15°00'04.32\" N 2°57'00\" O", (-2.95, 15.0012)),
        ("geo:15.0012,-2.95", (-2.95, 15.0012)),
        ("https://www.openstreetmap.org/#map=15/15.0012/-2.95", (-2.95, 15.0012)),
        ("Douentza", "Douentza"),
        ("Bamako 2000", "Bamako 2000"),
    ],
)
def test_a_stop_of_a_route_is_read_by_the_same_parser(text: str, stop: str | tuple[float, float]) -> None:
    found = parse_stop(text, "from")
    assert found == stop if isinstance(stop, str) else found == pytest.approx(stop)


def test_a_link_that_says_no_place_is_refused_by_its_parameter() -> None:
    with pytest.raises(ParameterError, match=r"from: .*short link"):
        parse_stop("https://maps.app.goo.gl/abc", "from")

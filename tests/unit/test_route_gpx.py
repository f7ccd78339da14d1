"""GPX: what is written has the structure of the 1.1 schema; what is read is one track, or a refusal that says why."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import numpy as np
import pytest
from gpx_structure import faults_of_gpx

from api.roads import gpx
from api.roads.gpx import MOST_POINTS, NAMESPACE, Waypoint, read_gpx, write_gpx
from geo.core.errors import FileError

LINE = np.array([[-4.09, 14.52], [-3.89, 14.94], [-0.05, 16.27]])
MADE = datetime(2025, 7, 1, 6, 0, tzinfo=UTC)


def document(body: str, *, root: str = f'gpx xmlns="{NAMESPACE}" version="1.1" creator="x"') -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><{root}>{body}</{root.split()[0]}>'.encode()


def points(tag: str, *positions: tuple[object, object]) -> str:
    return "".join(f'<{tag} lon="{lon}" lat="{lat}"><ele>270</ele></{tag}>' for lon, lat in positions)


def test_what_is_written_has_the_structure_of_the_schema_and_reads_back() -> None:
    waypoints = [Waypoint(-4.09, 14.52, "1 ▸", "0 – 10 km", "Sira"), Waypoint(-3.89, 14.94, "1 ◂")]
    written = write_gpx("Sévaré – Gao", "What is recorded", MADE, waypoints, LINE)
    assert faults_of_gpx(written) == []
    track = read_gpx(written, "own.gpx")
    assert track.name == "Sévaré – Gao"
    assert track.gaps == 0
    np.testing.assert_allclose(track.points, LINE, atol=1e-6)


def test_hostile_names_are_text_and_what_xml_cannot_carry_is_left_out() -> None:
    hostile = "</name><script>&x;\x00\x0b\ud800\ufffe ]]> <!--"
    written = write_gpx(hostile, hostile, MADE, [Waypoint(0, 0, hostile, hostile, hostile)], LINE)
    assert faults_of_gpx(written) == []
    assert ET.fromstring(written).findtext(f"{{{NAMESPACE}}}wpt/{{{NAMESPACE}}}name") == "</name><script>&x; ]]> <!--"


def test_the_structural_check_finds_faults() -> None:
    """The check of the tests is a check: it sees a wrong order, a missing attribute, and foreign elements."""
    good = write_gpx("a", "b", MADE, [], LINE)
    assert faults_of_gpx(good.replace(b' version="1.1"', b""))
    assert faults_of_gpx(good.replace(b'lat="14.520000"', b'lat="95"'))
    assert faults_of_gpx(document("<trk><trkseg/><name>late</name></trk>"))
    assert faults_of_gpx(document("<trk><trkseg/></trk><wpt lat='1' lon='1'/>"))
    assert faults_of_gpx(document("<track/>"))


def test_segments_are_joined_and_their_gaps_counted() -> None:
    one, two = points("trkpt", (0, 15), (0.1, 15)), points("trkpt", (0.3, 15))
    track = read_gpx(document(f"<trk><trkseg>{one}</trkseg><trkseg/><trkseg>{two}</trkseg></trk>"), "t.gpx")
    assert track.gaps == 1
    assert track.points.tolist() == [[0, 15], [0.1, 15], [0.3, 15]]


def test_a_route_is_read_where_there_is_no_track_and_version_1_0_too() -> None:
    route = f"<wpt lon='9' lat='9'/><rte>{points('rtept', (0, 15), (1, 15))}</rte>"
    assert len(read_gpx(document(route), "t.gpx").points) == 2
    old = document(route, root='gpx xmlns="http://www.topografix.com/GPX/1/0" version="1.0"')
    assert len(read_gpx(old, "t.gpx").points) == 2
    track = f"<trk><trkseg>{points('trkpt', (5, 15), (6, 15))}</trkseg></trk>"
    assert read_gpx(document(route + track), "t.gpx").points[0].tolist() == [5, 15]


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    f'<gpx xmlns="{NAMESPACE}" version="1.1"><trk><name>&b;</name></trk></gpx>'
)
OUTSIDE = (
    '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    f'<gpx xmlns="{NAMESPACE}"><trk><name>&x;</name></trk></gpx>'
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BOMB.encode(), "entities"),
        (OUTSIDE.encode(), "entities"),
        (BOMB.encode("utf-16"), "entities"),
        (b"", "well-formed"),
        (b"<gpx", "well-formed"),
        (b"\x00\xff", "well-formed"),
        (b'<?xml version="1.0" encoding="nonsense"?><gpx/>', "well-formed"),
        (document("<trk>&undefined;</trk>"), "well-formed"),
        (document("", root="kml"), "not GPX"),
        (document(points("trkpt", (0, 15)), root='gpx xmlns="urn:other"'), "not GPX"),
        (document(""), "0 tracks"),
        (document("<trk/><trk/>"), "2 tracks"),
        (document("<trk><trkseg/></trk>"), "0 points"),
        (document(f"<trk><trkseg>{points('trkpt', (0, 15))}</trkseg></trk>"), "1 points"),
        (document(f"<trk><trkseg>{points('trkpt', (0, 95))}</trkseg></trk>"), "point 1"),
        (document(f"<trk><trkseg>{points('trkpt', ('nan', 1))}</trkseg></trk>"), "point 1"),
        (document(f"<trk><trkseg>{points('trkpt', ('', ''))}</trkseg></trk>"), "point 1"),
        (document("<trk><trkseg><trkpt/></trkseg></trk>"), "point 1"),
        (document("<a>" * 40 + "</a>" * 40), "nests"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(content: bytes, said: str) -> None:
    with pytest.raises(FileError, match=said) as caught:
        read_gpx(content, "track.gpx")
    assert "track.gpx" in str(caught.value)


def test_more_points_than_a_track_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_POINTS >= 86_400  # a day at one a second
    monkeypatch.setattr(gpx, "MOST_POINTS", 3)
    content = document(f"<trk><trkseg>{points('trkpt', *[(0, 15)] * 4)}</trkseg></trk>")
    with pytest.raises(FileError, match="more than 3 points"):
        read_gpx(content, "track.gpx")

"""Keys, callers and the table of who may see what."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import re
from pathlib import Path

import pytest
import shapely

from api.base.access import (
    OPEN,
    OPERATOR,
    PUBLIC,
    REQUIRED,
    Audience,
    AudienceError,
    Caller,
    KeyNeededError,
    KeyRefusedError,
    Kind,
    disclose,
    parse_audience,
    visible_incidents,
)
from api.base.keys import close_if_real, create_key, hash_key, is_local, new_key, sent_key
from geo.core.errors import ParameterError
from geo.incidents.batch import Batch
from geo.incidents.schema import conform
from geo.store import Store

SECRET = b"of a test"
PARTNER, ANALYST = Caller(Audience.PARTNER), Caller(Audience.ANALYST)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}")


def as_real(store: Store, hazard_type: str | None = None) -> Batch:
    """Return a few incidents of the default, told as if they were real."""
    frame = store.incidents().iloc[:3]
    frame = frame.drop(columns="event_id").assign(synthetic=False, source="imsma")
    frame.index = [f"imsma:{number}" for number in range(len(frame))]
    if hazard_type is not None:
        frame["hazard_type"] = hazard_type
        frame["outcome"] = None
    return Batch("real.csv", "test", len(frame), conform(frame), (), ())


def test_each_audience_sees_what_the_one_before_it_sees() -> None:
    seen = [{kind for kind in Kind if Caller(audience).may(kind)} for audience in Audience]
    assert all(less <= more for less, more in itertools.pairwise(seen))
    assert seen[Audience.PUBLIC] == {Kind.REFERENCE, Kind.COARSE_COUNTS, Kind.COARSE_RISK}
    assert seen[Audience.ANALYST] == set(Kind)
    assert set(REQUIRED) == set(Kind)


@pytest.mark.parametrize("document", ["api.md", "api.fr.md"])
def test_the_documents_tell_the_table(document: str) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / document).read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z_]+)` \| (public|partner|analyst|admin) \|", text, re.MULTILINE))
    assert told == {kind.value: audience.label for kind, audience in REQUIRED.items()}


@pytest.mark.parametrize("kind", [kind for kind in Kind if REQUIRED[kind] > Audience.PUBLIC])
def test_the_public_is_asked_for_a_key(kind: Kind) -> None:
    with pytest.raises(KeyNeededError) as caught:
        disclose(kind, PUBLIC)
    assert caught.value.audience == REQUIRED[kind]
    disclose(kind, OPERATOR)
    disclose(kind, OPEN)


def test_a_key_that_is_not_enough_names_the_audience_that_is() -> None:
    with pytest.raises(AudienceError) as caught:
        disclose(Kind.NARRATIVES, PARTNER)
    assert caught.value.audience is Audience.ANALYST
    assert "analyst" in str(caught.value)


def test_partners_get_rounded_positions_and_no_source_text(store: Store) -> None:
    incidents = store.incidents()
    before = incidents.copy()
    seen = visible_incidents(incidents, PARTNER, secret=SECRET)
    assert not set(seen.index) & set(incidents.index)
    assert seen.index.is_unique
    assert seen.index.equals(visible_incidents(incidents, PARTNER, secret=SECRET).index)
    assert not set(seen.index) & set(visible_incidents(incidents, PARTNER, secret=b"another").index)
    pairs = {*zip(seen["event_id"], incidents["event_id"], strict=True)}
    assert len(pairs) == incidents["event_id"].nunique() == seen["event_id"].nunique()
    seen.index = incidents.index
    for column in ("narrative", "place_name", "source_id", "note"):
        assert seen[column].isna().all()
    coordinates = shapely.get_coordinates(seen.geometry.array)
    assert (abs(coordinates * 100 - (coordinates * 100).round()) < 1e-6).all()
    has_point = incidents["location_error_km"].notna()
    assert (seen.loc[has_point, "location_error_km"] > incidents.loc[has_point, "location_error_km"]).all()
    assert "exact" not in set(seen["location_precision"])
    metres = incidents.geometry.to_crs("EPSG:32630").distance(seen.geometry.to_crs("EPSG:32630")).dropna()
    assert metres.max() < 800
    assert incidents.equals(before)


def test_analysts_get_everything_and_the_public_nothing(store: Store) -> None:
    incidents = store.incidents()
    assert visible_incidents(incidents, ANALYST, secret=SECRET).equals(incidents)
    with pytest.raises(KeyNeededError):
        visible_incidents(incidents, PUBLIC, secret=SECRET)


def test_audiences_by_name() -> None:
    assert parse_audience("partner") is Audience.PARTNER
    with pytest.raises(ParameterError, match="PARTNER : no audience"):
        parse_audience("PARTNER ")


def test_keys_are_random_and_only_their_hash_is_kept(store: Store, tmp_path: Path) -> None:
    key = create_key(store, Audience.PARTNER, label="OCHA")
    found = store.keys.find(hash_key(key), dt.datetime.now(dt.UTC))
    assert found is not None
    assert (found.audience, found.label) == ("partner", "OCHA")
    assert len({new_key() for _ in range(100)}) == 100
    assert len(key) >= 5 + 43  # 256 bits in base64
    store.close()
    assert not any(key.encode() in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Bearer sira_abc", "sira_abc"),
        (b"bearer   sira_abc ", "sira_abc"),
        (b"Basic " + base64.b64encode(b"anyone:sira_abc"), "sira_abc"),
        (b"Basic " + base64.b64encode("é:sira:abc".encode()), "sira:abc"),
    ],
)
def test_keys_are_read_from_both_schemes(value: bytes, expected: str) -> None:
    assert sent_key([(b"host", b"x"), (b"authorization", value)]) == expected


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Basic !!!",
        b"Basic " + base64.b64encode(b"name:"),
        b"Basic " + base64.b64encode(b"\xff\xfe:x"),
        b"Digest x",
        b"Bearer \xff",
        b"Bearer " + b"a" * 2000,
    ],
)
def test_an_unreadable_header_is_no_anonymous_caller(value: bytes) -> None:
    with pytest.raises(KeyRefusedError):
        sent_key([(b"authorization", value)])


def test_two_headers_are_refused_and_none_is_anonymous() -> None:
    with pytest.raises(KeyRefusedError):
        sent_key([(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")])
    assert sent_key([(b"host", b"x")]) is None


def scope(peer: str | None, *headers: tuple[bytes, bytes]) -> dict[str, object]:
    return {"type": "http", "client": None if peer is None else (peer, 4711), "headers": list(headers)}


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", [b"127.0.0.1:8000", b"localhost", b"LOCALHOST:80", b"[::1]:8000"])
def test_local_callers(peer: str, host: bytes) -> None:
    assert is_local(scope(peer, (b"host", host)))


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.168.1.7", [(b"host", b"127.0.0.1:8000")]),
        (None, [(b"host", b"127.0.0.1:8000")]),
        ("127.0.0.1", []),
        ("127.0.0.1", [(b"host", b"rebound.example:8000")]),
        ("127.0.0.1", [(b"host", b"127.0.0.1.example")]),
        ("127.0.0.1", [(b"host", b"localhost.example")]),
        ("127.0.0.1", [(b"host", b"127.0.0.1"), (b"host", b"evil.example")]),
        ("127.0.0.1", [(b"host", b"127.0.0.1"), (b"x-forwarded-for", b"127.0.0.1")]),
        ("127.0.0.1", [(b"host", b"127.0.0.1"), (b"forwarded", b"for=127.0.0.1")]),
        ("127.0.0.1", [(b"host", b"127.0.0.1"), (b"via", b"1.1 proxy")]),
        ("127.0.0.1", [(b"host", b"\xff\xfe")]),
    ],
)
def test_everyone_else_is_not_local(peer: str | None, headers: list[tuple[bytes, bytes]]) -> None:
    assert not is_local(scope(peer, *headers))


def test_the_synthetic_default_needs_no_key(store: Store) -> None:
    assert close_if_real(store) is None
    assert store.keys.list() == ()


@pytest.mark.parametrize("hazard_type", [None, "not_explosive"])
def test_the_first_real_import_makes_one_admin_key(store: Store, hazard_type: str | None) -> None:
    store.add_incidents(as_real(store, hazard_type))
    key = close_if_real(store)
    assert key is not None
    found = store.keys.find(hash_key(key), dt.datetime.now(dt.UTC))
    assert found is not None
    assert found.audience == "admin"
    assert close_if_real(store) is None
    store.keys.revoke(found.id)
    assert close_if_real(store) is None

"""One budget: what the process keeps of what it has made stays under ``SIRA_CACHE_MB``, whatever was asked for."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

import pytest
from door_kit import Installation, installation
from service_of import newcomer

from api.base.cache import Encoded, Held, Text
from api.collections.tables import Table
from api.ogc.encoded import Features
from api.ogc.index import Column
from api.tiles.serving import Surface
from api.tiles.source import Prepared
from geo.tiles.shapes import Shapes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),  # affine's, of rasterio
]

MOST_MB = 128
#: Bodies, tables and what tiles are cut from. Each knows its bytes; what holds another one of these leaves it out.
KINDS = (Encoded, Held, Text, Table, Features, Column, Surface, Prepared, Shapes)
#: Not kept by the process but on disk; or made per request for who asks.
ON_DISK = "/exports/sira.gpkg"


def alive() -> dict[str, int]:
    """Return the bytes of everything of `KINDS` that is in memory, kept or held by anything else."""
    gc.collect()
    found: dict[str, int] = {}
    for each in gc.get_objects():
        if type(each) in KINDS:
            found[type(each).__name__] = found.get(type(each).__name__, 0) + each.nbytes
    return found


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("budget"), cache_mb=MOST_MB) as found:
        yield found


def test_after_every_address_the_process_keeps_less_than_it_may(here: Installation) -> None:
    before = alive()
    statuses = {way.address: here.ask(way)[0] for way in here.ways() if way.address != ON_DISK}
    assert sum(status == 200 for status in statuses.values()) > 80, statuses
    kept, found = here.service.kept, alive()
    added = {name: size - before.get(name, 0) for name, size in found.items()}
    print({name: f"{size / 1e6:.1f} MB" for name, size in added.items()}, f"counted {kept.nbytes / 1e6:.1f} MB")
    assert sum(added.values()) < MOST_MB * 1_000_000
    assert 0.5 * kept.nbytes < sum(added.values()) <= 1.1 * kept.nbytes, "what is counted is what is there"


def test_what_does_not_fit_is_made_for_each_who_asks_and_said_once(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    asked = ("/layers/communes.geojson", "/map/outlines.json?level=commune", "/tiles/communes-2016/5/15/14.mvt")
    asked += ("/ogc/collections/communes-2016/items?limit=1000", "/layers/incidents.geojson", "/map/counts.json")
    with installation(tmp_path_factory.mktemp("small"), cache_mb=1) as small:
        before = sum(alive().values())
        with caplog.at_level(logging.WARNING, logger="sira"):
            for address in asked * 2:
                assert newcomer(small.app).get(address).status_code == 200
                assert small.service.kept.nbytes <= 1_000_000
        assert sum(alive().values()) - before <= 1_100_000
    assert len([each for each in caplog.records if each.message.startswith("SIRA_CACHE_MB")]) == 1


class Clock(datetime):
    """Each look at it finds it a second later."""

    looks = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        cls.looks += 1
        return datetime(2026, 11, 1, tzinfo=tz) + timedelta(seconds=cls.looks)


def test_eight_requests_over_eight_seconds_leave_one_body(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    here.begin()
    monkeypatch.setattr("api.ogc.items.datetime", Clock)
    address = "/ogc/collections/cercles-2016/items?limit=7"
    first = newcomer(here.app).get(address)
    entries, size = len(here.service.kept), here.service.kept.nbytes
    for _ in range(7):
        here.service._fresh_until = 0.0  # the store is looked at anew, as it is after a quarter of a second
        Clock.now()
        again = newcomer(here.app).get(address)
        assert again.content == first.content, "its timeStamp says when it was made"
    assert (len(here.service.kept), here.service.kept.nbytes) == (entries, size)
    assert newcomer(here.app).get(address + "0").json()["timeStamp"] > first.json()["timeStamp"]

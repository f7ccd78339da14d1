"""After an import only what it changed is made again, and what stays is still of what it says, and for whom."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from assessment_kit import drawn
from fastapi import FastAPI
from homes_kit import real_home
from service_of import Caller, keys_for

from api.app import create_app
from api.collections import tables
from api.layers import serving
from api.map.data import serving as documents
from geo.incidents.batch import Batch

ITEMS: Final = "/ogc/collections/{}/items?f=json&limit=5"
#: Of a collection of each kind: what is shipped, what an assessment says, what is recorded.
COLLECTIONS: Final = ("places", "risk-communes-2016", "cercles-2016", "incidents")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    found = create_app(real_home(tmp_path))
    # as long as the new one is not there
    monkeypatch.setattr(found.state.service.assessor, "want", lambda *_: True)
    yield found
    found.state.service.close()


def caller(app: FastAPI, label: str) -> Caller:
    return Caller(app, key=keys_for(app.state.service.store)[label])


def bring(app: FastAPI) -> None:
    rows = drawn(40, seed=5).assign(source="another")
    app.state.service.store.add_incidents(
        Batch("more.csv", "test", len(rows), rows.set_index("more-" + rows.index), (), ())
    )
    look_anew(app)


def look_anew(app: FastAPI) -> None:
    app.state.service._fresh_until = 0.0  # as it does after a quarter of a second


def test_only_the_tables_that_an_import_changed_are_made_again(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    asking, made = caller(app, "analyst"), []
    make = tables._make

    def noted(asked: Any, basis: Any) -> Any:
        made.append(asked.id)
        return make(asked, basis)

    monkeypatch.setattr(tables, "_make", noted)
    before = {name: asking.get(ITEMS.format(name)).json() for name in COLLECTIONS}
    assert made == list(COLLECTIONS)
    bring(app)
    made.clear()
    after = {name: asking.get(ITEMS.format(name)).json() for name in COLLECTIONS}
    assert made == ["cercles-2016", "incidents"]
    present = app.state.service.store.revision()
    assert {name: after[name]["sira"]["revision"] for name in COLLECTIONS} == {
        "places": present,
        "risk-communes-2016": present - 1,  # that of the assessment
        "cercles-2016": present,
        "incidents": present,
    }
    for name in ("places", "risk-communes-2016"):
        assert after[name]["features"] == before[name]["features"]
    assert after["incidents"]["numberMatched"] > before["incidents"]["numberMatched"]


def test_a_token_of_tiles_begins_with_the_present_revision(app: FastAPI) -> None:
    asking = caller(app, "analyst")
    for _ in range(2):
        present = app.state.service.store.revision()
        (address,) = asking.get("/tiles/places/tilejson.json").json()["tiles"]
        assert address.startswith(f"http://sira.example/tiles/{present}-")
        bring(app)


def test_a_file_says_of_which_revision_it_is_though_its_rows_stay(app: FastAPI) -> None:
    asking = caller(app, "analyst")
    for _ in range(2):
        present = app.state.service.store.revision()
        for name in ("places", "risk-cercles-2016"):
            assert f",{present}," in asking.get(f"/exports/{name}.csv").text.splitlines()[2]
        bring(app)
    app.state.files.close()


def test_outlines_and_names_stay(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    asking, made = caller(app, "analyst"), []
    body = documents.MapDocuments._body

    def noted(self: Any, asked: Any, *more: Any) -> Any:
        made.append(asked.name.value)
        return body(self, asked, *more)

    monkeypatch.setattr(documents.MapDocuments, "_body", noted)
    names = ("outlines", "names", "risk", "cells", "counts", "incidents")
    for _ in range(2):
        for name in names:
            assert asking.get(f"/map/{name}.json").status_code == 200
        bring(app)
    assert made == [*names, "counts", "incidents"]


def test_what_is_too_large_is_found_out_once(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    asking, made = caller(app, "analyst"), []
    risk_body = serving.risk_body

    def noted(*arguments: Any, **more: Any) -> bytes:
        made.append(arguments)
        return risk_body(*arguments, **more)

    monkeypatch.setattr(serving, "risk_body", noted)
    monkeypatch.setattr(app.state.service, "most_bytes", 50_000)
    address = "/layers/risk-communes.geojson?lang=en"
    first = asking.get(address)
    assert first.status_code == 413
    bring(app)
    again = asking.get(address)
    assert (again.status_code, again.json()) == (413, first.json())
    assert len(made) == 1
    assert Caller(app).get(address).status_code == 401


def test_boundaries_are_the_same_until_a_vintage_is_imported(app: FastAPI) -> None:
    service = app.state.service
    snapshots = [service.read_snapshot()]
    cercles = snapshots[0].boundaries.units("cercle", "2015").assign(vintage="official")
    service.store.add_vintage("official", cercles.rename(index="official-{}".format), {"file": "adm2.gpkg"})
    snapshots.append(service.read_snapshot())
    bring(app)
    snapshots.append(service.read_snapshot())
    shipped, imported, later = (each.boundaries for each in snapshots)
    assert shipped is not imported
    assert later is imported
    assert "official" in later.vintages()


def test_nothing_of_an_earlier_revision_is_kept(app: FastAPI) -> None:
    asking = caller(app, "analyst")
    for name in COLLECTIONS:
        asking.get(ITEMS.format(name))
    kept = app.state.service.kept
    entries, size = len(kept), kept.nbytes
    bring(app)
    asking.get("/map/state.json")
    assert len(kept) < entries
    assert kept.nbytes < size
    for name in COLLECTIONS:
        asking.get(ITEMS.format(name))
    assert len(kept) == entries


def test_pseudonyms_are_those_of_the_backup_that_was_restored(app: FastAPI, tmp_path: Path) -> None:
    """Events that weigh most in an assessment have the pseudonyms that their reports have."""
    asking = caller(app, "partner")

    def pseudonyms() -> tuple[set[str], set[str]]:
        reports = asking.get("/layers/incidents.geojson").json()["features"]
        cercles = asking.get("/layers/risk-cercles.geojson").json()["features"]
        weighed = {each["event_id"] for one in cercles for each in one["properties"]["heaviest"] or ()}
        return weighed, {one["properties"]["event_id"] for one in reports}

    weighed, reported = pseudonyms()
    assert weighed
    assert weighed <= reported
    path = tmp_path / "backup.sqlite"
    app.state.service.store.backup(path)
    with closing(sqlite3.connect(path)) as backup, backup:
        backup.execute("UPDATE settings SET value = ? WHERE name = 'pseudonyms'", [json.dumps("ab" * 32)])
    app.state.service.store.restore(path)
    look_anew(app)
    again, reported_now = pseudonyms()
    assert again
    assert not again & weighed
    assert again <= reported_now

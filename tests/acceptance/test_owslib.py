"""OWSLib, the client that Python programs use: every collection, its queryables, its features, filtered and sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from live import collections
from owslib import ogcapi
from owslib.ogcapi.features import Features

if TYPE_CHECKING:
    from conftest import Installation


@pytest.fixture(autouse=True)
def _no_key_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """OWSLib keeps the headers that it was given once for all later connections."""
    monkeypatch.setattr(ogcapi, "REQUEST_HEADERS", dict(ogcapi.REQUEST_HEADERS))


def test_owslib_reads_every_collection(service: Installation) -> None:
    client = Features(service.ogc)
    assert client.api()["openapi"].startswith("3.0.")
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in client.conformance()["conformsTo"]
    assert set(client.feature_collections()) == set(collections(service.ogc))
    for name in client.feature_collections():
        assert client.collection(name)["id"] == name
        assert client.collection_queryables(name)["properties"], name
        page = client.collection_items(name, limit=5)
        assert page["numberReturned"] == len(page["features"]) == min(5, page["numberMatched"]), name
        for feature in page["features"][:1]:
            assert client.collection_item(name, feature["id"])["properties"] == feature["properties"], name


def test_owslib_filters_and_sorts(service: Installation) -> None:
    client = Features(service.ogc)
    page = client.collection_items("incidents", filter="killed_total > 2", sortby=("date", "desc"), limit=1_000)
    days = [feature["properties"]["date"] for feature in page["features"]]
    assert len(days) == page["numberMatched"] > 10
    assert days == sorted(days, reverse=True)
    assert all(feature["properties"]["killed_total"] > 2 for feature in page["features"])
    year = client.collection_items("incidents", datetime_="2022-01-01/2022-12-31", bbox=[-5, 14, -3, 16], limit=1_000)
    assert 0 < year["numberMatched"] == len(year["features"])
    assert {feature["properties"]["date"][:4] for feature in year["features"]} == {"2022"}


def test_owslib_takes_a_key(guarded: Installation) -> None:
    with pytest.raises(RuntimeError, match=r"401|key|clé"):
        Features(guarded.ogc).collection_items("incidents", limit=1)
    client = Features(guarded.ogc, headers={"Authorization": f"Bearer {guarded.keys['partner']}"})
    assert client.collection_items("incidents", limit=1)["numberMatched"] == 2_500

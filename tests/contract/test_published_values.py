"""A value outside a published list is refused at every door, never answered by an empty list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from ogc_kit import assessed_app
from service_of import newcomer

from api.collections.registry import collections

pytestmark = pytest.mark.slow

#: What a caller from elsewhere writes for a value of ours.
MISSPELT = "IEDs and mines"
#: Values that fit the other parts of an address.
PARTS = {"place": "gao", "unit_id": "cercle-gao", "featureId": "x", "collectionId": "places"} | dict.fromkeys(
    ("tileMatrix", "tileRow", "tileCol"), "0"
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with assessed_app(tmp_path_factory.mktemp("home")) as application:
        yield application


def closed_parameters(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the path and name of each parameter in the query that takes published values alone."""
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if "$ref" in parameter:
                parameter = document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
            if parameter["in"] == "query" and "enum" in parameter["schema"]:
                yield path, parameter["name"]


@pytest.mark.parametrize(("address", "root"), [("/openapi.json", ""), ("/ogc/api?f=json", "/ogc")])
def test_no_address_takes_a_value_that_it_does_not_publish(app: FastAPI, address: str, root: str) -> None:
    here = newcomer(app)
    found = list(closed_parameters(here.get(address).json()))
    assert len(found) > 20
    for path, name in found:
        asked = root + path.format_map(PARTS)
        needed = "from=Gao&to=Mopti&" if path == "/routes" else ""
        answer = here.get(f"{asked}?{needed}{name}={MISSPELT}")
        assert answer.status_code in (400, 422), (asked, name, answer.status_code)
        assert answer.json()["parameter"] == name


def test_no_filter_takes_a_value_that_a_column_does_not_publish(app: FastAPI) -> None:
    here, seen = newcomer(app), 0
    for collection in collections(app.state.service.read_snapshot()).values():
        for field in [field for field in collection.fields if field.choices]:
            right, seen = field.choices[0], seen + 1
            folded = f"CASEI({field.name})"
            for condition, status in {
                f"{field.name} = '{right}'": 200,
                f"{field.name} IN ('{right}')": 200,
                f"{folded} = CASEI('{right.upper()}')": 200,
                f"{field.name} LIKE 'x%'": 200,
                f"{field.name} = '{MISSPELT}'": 400,
                f"'{MISSPELT}' <> {field.name}": 400,
                f"NOT {field.name} IN ('{right}', '{MISSPELT}')": 400,
                f"{folded} = CASEI('{MISSPELT}')": 400,
            }.items():
                answer = here.get(f"/ogc/collections/{collection.id}/items?limit=1&lang=en&filter={quote(condition)}")
                assert answer.status_code == status, (collection.id, condition, answer.text)
                if status == 400:
                    assert answer.json()["parameter"] == "filter"
                    assert right in answer.json()["detail"]
    assert seen > 20

"""The abstract tests of OGC API - Features Part 3 that ogctests 0.1.15 describes and cannot carry out itself.

Each test here has the name of the one whose written method it follows; see ``test_ogctests.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from live import collections

if TYPE_CHECKING:
    from conftest import Installation

QUERYABLES_RELATION = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
GEOJSON = "application/geo+json"
#: Features that an answer is looked at for.
SOME = 20
#: A value that nothing of a column's type can be.
INVALID = {"integer": "many", "number": "many", "boolean": "perhaps", "date": "yesterday", "date-time": "yesterday"}


@pytest.fixture(scope="module")
def client(service: Installation) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.ogc, timeout=600) as asking:
        yield asking


@pytest.fixture(scope="module")
def resources(service: Installation, client: httpx.Client) -> dict[str, dict[str, Any]]:
    """Every collection's queryables, by the collection's id."""
    found = {}
    for name in collections(service.ogc):
        links = client.head(f"/collections/{name}/items").headers["Link"]
        assert f"rel={QUERYABLES_RELATION}" in links.replace('"', ""), name
        answer = client.get(f"/collections/{name}/queryables", headers={"Accept": "application/schema+json"})
        assert answer.headers["Content-Type"] == "application/schema+json"
        found[name] = answer.json()
    return found


def items(client: httpx.Client, collection: str, **query: Any) -> httpx.Response:
    sent = {parameter.replace("_", "-"): value for parameter, value in query.items()}
    return asked(client, collection, sent)


def asked(client: httpx.Client, collection: str, query: dict[str, Any]) -> httpx.Response:
    return client.get(f"/collections/{collection}/items", params={"limit": SOME, **query}, headers={"Accept": GEOJSON})


def matched(client: httpx.Client, name: str, **query: Any) -> int:
    answer = items(client, name, **query)
    assert answer.status_code == 200, (name, query, answer.text)
    assert answer.headers["Content-Type"] == GEOJSON
    return int(answer.json()["numberMatched"])


def plain(queryables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the queryables that are no geometry."""
    return {name: told for name, told in queryables["properties"].items() if "type" in told}


def shape(queryables: dict[str, Any]) -> str:
    """Return the name of the one spatial queryable."""
    (name,) = (name for name, told in queryables["properties"].items() if "geometry-" in told.get("format", ""))
    return name


def kind(told: dict[str, Any]) -> str:
    types = told["type"] if isinstance(told["type"], list) else [told["type"]]
    (type_,) = (each for each in types if each != "null")
    return told.get("format", type_)


def known_values(client: httpx.Client, name: str) -> dict[str, Any]:
    """Return a value that occurs, of each column that has one among the first features."""
    values: dict[str, Any] = {}
    for feature in items(client, name, limit=100).json()["features"]:
        values = {column: value for column, value in feature["properties"].items() if value is not None} | values
    return values


def literal(value: Any) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else json.dumps(value)


def typed_literal(told: dict[str, Any], value: Any) -> str:
    return f"DATE('{value}')" if kind(told) == "date" else literal(value)


def test_ct3_queryables_are_a_schema(service: Installation, resources: dict[str, dict[str, Any]]) -> None:
    for name, queryables in resources.items():
        Draft202012Validator.check_schema(queryables)
        assert queryables["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert queryables["$id"] == f"{service.ogc}/collections/{name}/queryables"
        assert queryables["type"] == "object"
        assert plain(queryables), name
        assert shape(queryables), name
        assert queryables["additionalProperties"] is False


def test_ct5_each_queryable_is_a_parameter(client: httpx.Client, resources: dict[str, dict[str, Any]]) -> None:
    for name, queryables in resources.items():
        known = known_values(client, name)
        for column, told in plain(queryables).items():
            if column in known:
                value = known[column]
                found = asked(client, name, {column: json.dumps(value) if isinstance(value, bool) else value})
                assert found.status_code == 200, (name, column, found.text)
                features = found.json()["features"]
                assert features, (name, column)
                assert {feature["properties"][column] for feature in features} == {known[column]}, (name, column)
            if kind(told) in INVALID:
                assert asked(client, name, {column: INVALID[kind(told)]}).status_code == 400, (name, column)
        assert items(client, name, this_is_not_a_queryable="1").status_code == 400


def test_ct7_filters_in_both_languages(client: httpx.Client, resources: dict[str, dict[str, Any]]) -> None:
    for name, queryables in resources.items():
        known = known_values(client, name)
        for column, told in plain(queryables).items():
            if column not in known:
                continue
            value = known[column]
            as_json: Any = {"date": value} if kind(told) == "date" else value
            in_text = items(client, name, filter_lang="cql2-text", filter=f"{column}={typed_literal(told, value)}")
            tree = {"op": "=", "args": [{"property": column}, as_json]}
            in_json = items(client, name, filter_lang="cql2-json", filter=json.dumps(tree))
            for found in (in_text, in_json):
                assert found.status_code == 200, (name, column, found.text)
                features = found.json()["features"]
                assert features, (name, column)
                assert {feature["properties"][column] for feature in features} == {value}, (name, column)
            assert in_text.json()["numberMatched"] == in_json.json()["numberMatched"]
        for lang in ("cql2-text", "cql2-json"):
            assert items(client, name, filter_lang=lang, filter="a = = 1").status_code == 400
        assert items(client, name, filter_lang="cql1", filter="1=1").status_code == 400


def test_ct8_text_is_the_default_language(client: httpx.Client, resources: dict[str, dict[str, Any]]) -> None:
    for name, queryables in resources.items():
        known = known_values(client, name)
        column = next(column for column in plain(queryables) if column in known)
        expression = f"{column}={typed_literal(queryables['properties'][column], known[column])}"
        by_default = matched(client, name, filter=expression)
        assert by_default == matched(client, name, filter=expression, filter_lang="cql2-text") > 0
        assert items(client, name, filter="ooga=booga").status_code == 400


def test_ct9_what_is_no_queryable_is_refused(client: httpx.Client, resources: dict[str, dict[str, Any]]) -> None:
    for name in resources:
        for expression in ("this_is_not_a_queryable = 1", "this_is_not_a_queryable IS NULL"):
            refused = items(client, name, filter=expression)
            assert refused.status_code == 400
            assert "this_is_not_a_queryable" in refused.text


def test_ct10_spatial_literals_are_in_wgs84(client: httpx.Client, resources: dict[str, dict[str, Any]]) -> None:
    for name, queryables in resources.items():
        west, south, east, north = client.get(f"/collections/{name}").json()["extent"]["spatial"]["bbox"][0]
        column = shape(queryables)
        with_shape = matched(client, name, filter=f"{column} IS NOT NULL")
        box = f"BBOX({west},{south},{east},{north})"
        assert matched(client, name, filter=f"S_INTERSECTS({column},{box})") == with_shape > 0
        in_json = {"op": "s_intersects", "args": [{"property": column}, {"bbox": [west, south, east, north]}]}
        assert matched(client, name, filter_lang="cql2-json", filter=json.dumps(in_json)) == with_shape
        outside = f"S_INTERSECTS({column},BBOX(1000000,1000000,2000000,2000000))"
        assert items(client, name, filter=outside).status_code == 400, name

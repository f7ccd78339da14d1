"""OGC API - Features over HTTP: pages, filters, reference systems, schemas, access, links, pages for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest
import shapely
from babel.dates import format_date
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from markupsafe import escape
from ogc_kit import assessed_app, ids, items, linked
from pyproj import Transformer
from service_of import HOSTILE, Caller, keys_for, newcomer, real_batch, settings_in

from api.app import create_app
from api.base import assessments
from api.base.access import OPEN, PUBLIC
from api.base.i18n import translate
from api.collections.context import SYNTHETIC
from api.collections.registry import collections
from api.ogc.crs import ALL, CRS84, MERCATOR, WGS84
from api.ogc.documents import CLASSES
from api.ogc.parameters import DEFAULT_LIMIT, MOST

pytestmark = pytest.mark.slow

JSON_TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with assessed_app(tmp_path_factory.mktemp("ogc")) as app:
        yield app


@pytest.fixture(scope="module")
def here(app: FastAPI) -> Caller:
    return newcomer(app)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, dict[str, str]]]:
    app = create_app(settings_in(tmp_path_factory.mktemp("real")))
    app.state.service.store.add_incidents(real_batch())
    yield app, keys_for(app.state.service.store)
    app.state.service.close()


def where(**parameters: str) -> str:
    return urlencode({name.replace("_", "-"): text for name, text in parameters.items()}, quote_via=quote)


def filtered(here: Caller, collection: str, condition: str, **more: str) -> dict[str, Any]:
    return items(here, collection, where(filter=condition, limit=str(MOST), **more))


def listed(caller: Caller) -> list[str]:
    return [each["id"] for each in caller.get("/ogc/collections").json()["collections"]]


# Core


def test_landing_links_to_what_clients_look_for(here: Caller) -> None:
    links = {link["rel"]: link for link in here.get("/ogc").json()["links"]}
    assert links["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
    for rel in ("conformance", "data"):
        assert links[rel]["type"] == "application/json"
    for rel in ("self", "service-desc", "conformance", "data", "service-doc"):
        answer = here.get(links[rel]["href"].removeprefix("http://127.0.0.1:8000"))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(links[rel]["type"].partition(";")[0])
    assert here.get("/ogc/").json() == here.get("/ogc").json()


def test_conformance_is_declared(here: Caller) -> None:
    answer = here.get("/ogc/conformance")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["conformsTo"] == list(CLASSES)


def test_every_collection_is_served_whole_with_its_types(app: FastAPI, here: Caller) -> None:
    registered = collections(app.state.service.read_snapshot())
    assert listed(here) == list(registered)
    for name, collection in registered.items():
        page: dict[str, Any] | None = items(here, name, f"limit={MOST}")
        count = 0
        seen: set[str] = set()
        types = {field.name: field for field in collection.fields}
        while page is not None:
            assert page["numberReturned"] == len(page["features"])
            count += len(page["features"])
            seen |= set(ids(page))
            for feature in page["features"]:
                assert feature["geometry"] is None or feature["geometry"]["type"] == collection.geometry.value
                assert list(feature["properties"]) == list(types)
                for column, value in feature["properties"].items():
                    if value is None:
                        assert types[column].nullable, (name, column)
                        continue
                    if types[column].type.value == "date":
                        date.fromisoformat(value)
                        continue
                    assert isinstance(value, JSON_TYPES[types[column].type.value]), (name, column, value)
                    assert not isinstance(value, bool) or types[column].type.value == "boolean"
                    assert not types[column].choices or value in types[column].choices, (name, column, value)
            matched = page["numberMatched"]
            page = linked(here, page, "next")
        assert count == len(seen) == matched > 0, name


def test_a_collection_says_the_same_alone_and_in_the_list(here: Caller) -> None:
    for told in here.get("/ogc/collections").json()["collections"]:
        assert here.get(f"/ogc/collections/{told['id']}").json() == told
        assert told["storageCrs"] == CRS84
        assert told["crs"] == list(ALL)
        assert all({"href", "rel", "type"} <= set(link) for link in told["links"])
        west, south, east, north = told["extent"]["spatial"]["bbox"][0]
        page = items(here, told["id"], "limit=500")
        for feature in page["features"]:
            if feature["geometry"] is not None:
                bounds = shapely.from_geojson(json.dumps(feature["geometry"])).bounds
                assert west <= bounds[0] <= bounds[2] <= east
                assert south <= bounds[1] <= bounds[3] <= north


def test_one_feature(here: Caller) -> None:
    page = items(here, "places", "limit=3")
    for feature in page["features"]:
        alone = here.get(f"/ogc/collections/places/items/{quote(feature['id'], safe='')}").json()
        assert {link["rel"] for link in alone.pop("links")} == {"self", "alternate", "collection"}
        assert alone.pop("sira") == page["sira"]
        assert alone == feature
    assert here.get("/ogc/collections/places/items/nowhere").status_code == 404
    assert here.get("/ogc/collections/nothing").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "ooga=booga",
        "limit=0",
        "limit=-1",
        "limit=unlimited",
        "limit=1.5",
        "bbox=1,2,3",
        "bbox=1,2,3,4,5",
        "bbox=a,b,c,d",
        "bbox=nan,0,1,1",
        "bbox=0,inf,1,1",
        "bbox=0,20,1,10",
        "bbox=0,0,1,91",
        "bbox=0,0,5,1,1,2",
        "bbox-crs=EPSG:32630&bbox=0,0,1,1",
        "datetime=yesterday",
        "datetime=2023-13-01",
        "datetime=2024-01-01/2023-01-01",
        "datetime=/",
        "datetime=2023-01-01/2023-02-01/2023-03-01",
        "crs=EPSG:32630",
        "sortby=nothing",
        "sortby=name,-name",
        "cursor=abc",
        "cursor=" + "A" * 9000,
        "population=many",
        "population=nan",
        "filter=" + quote("population >"),
        "filter=" + quote("nothing = 1"),
        "filter=" + quote("name = 1"),
        "filter=" + quote("foo(name) = 1"),
        "filter=" + quote("name"),
        "filter=" + quote("(" * 200 + "population=1" + ")" * 200),
        "filter=" + quote("(" * 40 + "population="),
        "filter=" + quote("NOT " * 600 + "population=1"),
        "filter-lang=sql&filter=1=1",
        "filter-lang=cql2-json&filter=[",
        "filter-lang=cql2-json&filter=" + quote('{"op":"not","args":[' * 300 + "true" + "]}" * 300),
        "filter=" + quote("S_INTERSECTS(geometry, BBOX(1000000,1000000,2000000,2000000))"),
        "filter=" + quote("S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 0,0 0)))"),
        "f=xml",
        "lang=de",
        "limit=1&limit=2",
    ],
)
def test_what_is_wrong_is_told_with_400(here: Caller, query: str) -> None:
    answer = here.get(f"/ogc/collections/places/items?{query}", Accept_Language="en")
    assert answer.status_code == 400, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["parameter"]
    assert told["detail"]


def test_unknown_parameters_are_refused_everywhere(here: Caller) -> None:
    for address in (
        "",
        "/",
        "/conformance",
        "/api",
        "/collections",
        "/collections/places",
        "/collections/places/schema",
    ):
        assert here.get(f"/ogc{address}?ooga=booga").status_code == 400
    assert here.get("/ogc/collections/places/items/town-gao?ooga=booga").status_code == 400


def test_limits(here: Caller) -> None:
    assert items(here, "places", "limit=5")["numberReturned"] == 5
    assert items(here, "risk-cells", f"limit={MOST * 10}")["numberReturned"] <= MOST
    assert items(here, "communes-2016")["numberReturned"] == min(701, DEFAULT_LIMIT)


def box_of(text: str) -> shapely.Geometry:
    return shapely.box(*map(float, text.split(",")))


@pytest.mark.parametrize("collection", ["incidents", "cercles-2016", "roads"])
def test_bbox_selects_what_intersects_and_what_has_no_geometry(here: Caller, collection: str) -> None:
    everything = items(here, collection, f"limit={MOST}")["features"]
    box = "-4.5,14,-2,16.5"
    expected = [
        feature["id"]
        for feature in everything
        if feature["geometry"] is None
        or shapely.intersects(shapely.from_geojson(json.dumps(feature["geometry"])), box_of(box))
    ]
    got = items(here, collection, f"bbox={box}&limit={MOST}")
    assert sorted(ids(got)) == sorted(expected)
    assert 0 < got["numberMatched"] == len(expected) < len(everything)
    with_heights = "-4.5,14,-100,-2,16.5,4000"
    assert ids(items(here, collection, f"bbox={with_heights}&limit={MOST}")) == ids(got)
    turned = items(here, collection, f"bbox=14,-4.5,16.5,-2&bbox-crs={quote(WGS84)}&limit={MOST}")
    assert ids(turned) == ids(got)
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform([-4.5, -2], [14, 16.5])
    metric = items(here, collection, f"bbox={x[0]},{y[0]},{x[1]},{y[1]}&bbox-crs={quote(MERCATOR)}&limit={MOST}")
    assert ids(metric) == ids(got)


def test_bbox_across_the_antimeridian(here: Caller) -> None:
    assert items(here, "places", "bbox=170,-10,-170,10")["numberMatched"] == 0
    total = items(here, "places", "limit=1")["numberMatched"]
    west = items(here, "places", "bbox=-180,-90,-5,90&limit=1")["numberMatched"]
    east = items(here, "places", "bbox=-5,-90,180,90&limit=1")["numberMatched"]
    assert 0 < west < total
    assert west + east >= total
    # From 0° eastwards round the globe to 5° W: all but what lies between.
    around = items(here, "places", "bbox=0,-90,-5,90&limit=1")["numberMatched"]
    assert around < total
    assert around == items(here, "places", where(filter="S_INTERSECTS(geometry, BBOX(0,-90,-5,90))"))["numberMatched"]


def test_datetime_takes_instants_and_open_intervals(here: Caller) -> None:
    days = [f["properties"]["date"] for f in items(here, "incidents", f"limit={MOST}")["features"]]

    def count(text: str) -> int:
        return int(items(here, "incidents", where(datetime=text, limit="1"))["numberMatched"])

    assert count("2021-01-01/2021-12-31") == sum("2021-01-01" <= day <= "2021-12-31" for day in days) > 0
    assert count("2021-01-01T00:00:00Z/..") == count("2021-01-01/") == sum(day >= "2021-01-01" for day in days)
    assert count("../2021-01-01") == count("/2021-01-01") == sum(day <= "2021-01-01" for day in days)
    day = max(days)
    assert count(day) == count(f"{day}T12:30:00Z") == sum(each == day for each in days) > 0
    assert count("../..") == len(days)
    assert items(here, "places", "datetime=1950-01-01")["numberMatched"] == 805  # no time: all of it


# Paging


@pytest.mark.parametrize("query", ["", "sortby=-date,killed_total", "sortby=outcome", "hazard_type=ied"])
def test_pages_go_forth_and_back_over_every_feature_once(here: Caller, query: str) -> None:
    pages = [items(here, "incidents", f"limit=200&{query}")]
    while (following := linked(here, pages[-1], "next")) is not None:
        pages.append(following)
    whole = items(here, "incidents", f"limit={MOST}&{query}")
    assert [name for page in pages for name in ids(page)] == ids(whole)
    assert len(set(ids(whole))) == whole["numberMatched"]
    back = [pages[-1]]
    while (previous := linked(here, back[-1], "prev")) is not None:
        back.append(previous)
    assert [ids(page) for page in reversed(back)] == [ids(page) for page in pages]


def test_sorted_as_asked_missing_values_last(here: Caller) -> None:
    values = [f["properties"]["killed_total"] for f in items(here, "incidents", "sortby=-killed_total")["features"]]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=True)
    assert values == known + [None] * (len(values) - len(known))
    plus = items(here, "incidents", "sortby=%2Bdate&limit=50")
    assert ids(plus) == ids(items(here, "incidents", "sortby=date&limit=50"))


def test_a_page_follows_the_last_one_whatever_was_imported_meanwhile(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    app = create_app(settings_in(tmp_path_factory.mktemp("changing")))
    store = app.state.service.store
    store.add_incidents(real_batch(10))
    analyst = Caller(app, key=keys_for(store)["analyst"])
    before = items(analyst, "incidents", f"limit={MOST}")
    first = items(analyst, "incidents", "limit=4")
    more = real_batch(20)
    store.add_incidents(more)  # ten new ones among and behind those on the first page
    app.state.service._fresh_until = 0
    seen, page = ids(first), linked(analyst, first, "next")
    while page is not None:
        seen += ids(page)
        page = linked(analyst, page, "next")
    assert len(seen) == len(set(seen))
    assert set(ids(before)) <= set(seen)
    app.state.service.close()


def test_the_first_features_have_a_value_in_every_column_that_has_any(here: Caller) -> None:
    for name in ("incidents", "communes-2016", "hazard-areas", "risk-communes-2016"):
        whole, first = items(here, name, f"limit={MOST}")["features"], items(here, name, "limit=10")["features"]
        with_value = {column for f in whole for column, value in f["properties"].items() if value is not None}
        assert with_value == {column for f in first for column, value in f["properties"].items() if value is not None}
        for column in with_value:  # and a decimal number looks like one
            kinds = {type(f["properties"][column]) for f in whole} - {type(None)}
            assert len(kinds) == 1, (name, column, kinds)


# Reference systems


def test_coordinates_follow_the_reference_system_asked_for(here: Caller) -> None:
    plain = items(here, "places", "limit=50")["features"]
    turned = here.get(f"/ogc/collections/places/items?limit=50&crs={quote(WGS84)}")
    assert turned.headers["content-crs"] == f"<{WGS84}>"
    for one, other in zip(plain, turned.json()["features"], strict=True):
        assert other["geometry"]["coordinates"] == one["geometry"]["coordinates"][::-1]
    metric = here.get(f"/ogc/collections/places/items?limit=50&crs={quote(MERCATOR)}").json()["features"]
    transform = Transformer.from_crs(4326, 3857, always_xy=True).transform
    for one, other in zip(plain, metric, strict=True):
        assert np.allclose(other["geometry"]["coordinates"], transform(*one["geometry"]["coordinates"]), atol=0.06)
    assert here.get("/ogc/collections/places/items?limit=1").headers["content-crs"] == f"<{CRS84}>"
    name = plain[0]["id"]
    alone = here.get(f"/ogc/collections/places/items/{name}?crs={quote(WGS84)}").json()
    assert alone["geometry"]["coordinates"] == plain[0]["geometry"]["coordinates"][::-1]


# Filters


CONDITIONS = {
    "population > 10000": lambda p: p["population"] is not None and p["population"] > 10000,
    "NOT (population > 10000)": lambda p: p["population"] is not None and p["population"] <= 10000,
    "population IS NULL": lambda p: p["population"] is None,
    "population > 10000 OR kind = 'airstrip'": lambda p: (p["population"] or 0) > 10000 or p["kind"] == "airstrip",
    "population BETWEEN 5000 AND 20000": lambda p: p["population"] is not None and 5000 <= p["population"] <= 20000,
    "kind IN ('town', 'airstrip')": lambda p: p["kind"] in ("town", "airstrip"),
    "kind NOT IN ('town')": lambda p: p["kind"] != "town",
    "name LIKE 'Ba%'": lambda p: p["name"].startswith("Ba"),
    "CASEI(name) LIKE CASEI('ba%')": lambda p: p["name"].casefold().startswith("ba"),
    "ACCENTI(name) = ACCENTI('Segou')": lambda p: p["name"] == "Ségou",
    "CASEI(ACCENTI(name)) = 'segou'": lambda p: p["name"] == "Ségou",
    "population / 2 + 1 > error_km * 5000": lambda p: (
        p["population"] is not None and p["population"] / 2 + 1 > p["error_km"] * 5000
    ),
    "kind <> 'commune' AND error_km <= 2": lambda p: p["kind"] != "commune" and p["error_km"] <= 2,
    "also IS NOT NULL": lambda p: p["also"] is not None,
    "name < 'C'": lambda p: p["name"] < "C",
    "1 = 1": lambda p: True,
    "population / 0 > 1": lambda p: False,
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_filters_select_what_they_say(here: Caller, condition: str) -> None:
    everything = items(here, "places", f"limit={MOST}")["features"]
    expected = {f["id"] for f in everything if CONDITIONS[condition](f["properties"])}
    assert set(ids(filtered(here, "places", condition))) == expected


SPATIAL = {
    "S_INTERSECTS": shapely.intersects,
    "S_WITHIN": shapely.within,
    "S_CONTAINS": shapely.contains,
    "S_DISJOINT": shapely.disjoint,
    "S_OVERLAPS": shapely.overlaps,
    "S_TOUCHES": shapely.touches,
    "S_CROSSES": shapely.crosses,
    "S_EQUALS": shapely.equals,
}


@pytest.mark.parametrize("name", SPATIAL)
@pytest.mark.parametrize(
    "given", ["POLYGON((-5 14,-3 14,-3 16,-5 16,-5 14))", "POINT(-4 14.5)", "LINESTRING(-5 14,-3 16)"]
)
def test_spatial_filters(here: Caller, name: str, given: str) -> None:
    shape = shapely.from_wkt(given)
    for collection in ("cercles-2016", "incidents", "roads"):
        everything = items(here, collection, f"limit={MOST}")["features"]
        placed = {f["id"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in everything if f["geometry"]}
        expected = {key for key, geometry in placed.items() if SPATIAL[name](geometry, shape)}
        assert set(ids(filtered(here, collection, f"{name}(geometry, {given})"))) == expected
        none_of = set(placed) - expected
        assert set(ids(filtered(here, collection, f"NOT {name}(geometry, {given})"))) == none_of
        mirrored = {key for key, geometry in placed.items() if SPATIAL[name](shape, geometry)}
        assert set(ids(filtered(here, collection, f"{name}({given}, geometry)"))) == mirrored


def test_geometries_of_filters_are_read_in_their_reference_system(here: Caller) -> None:
    plain = filtered(here, "places", "S_INTERSECTS(geometry, BBOX(-5,14,-3,16))")
    turned = filtered(here, "places", "S_INTERSECTS(geometry, BBOX(14,-5,16,-3))", filter_crs=WGS84)
    polygon = filtered(
        here, "places", "S_INTERSECTS(geometry, POLYGON((14 -5,14 -3,16 -3,16 -5,14 -5)))", filter_crs=WGS84
    )
    assert ids(plain) == ids(turned) == ids(polygon)
    assert plain["numberMatched"] > 0


TEMPORAL = {
    "date = DATE('2021-05-01')": lambda d: d == "2021-05-01",
    "date >= DATE('2021-05-01')": lambda d: d >= "2021-05-01",
    "date > TIMESTAMP('2021-05-01T12:00:00Z')": lambda d: d > "2021-05-01",
    "T_AFTER(date, DATE('2021-05-01'))": lambda d: d > "2021-05-01",
    "T_BEFORE(date, DATE('2021-05-01'))": lambda d: d < "2021-05-01",
    "T_DURING(date, INTERVAL('2021-05-01', '2021-06-30'))": lambda d: "2021-05-01" < d < "2021-06-30",
    "T_INTERSECTS(date, INTERVAL('2021-05-01', '2021-06-30'))": lambda d: "2021-05-01" <= d <= "2021-06-30",
    "T_DISJOINT(date, INTERVAL('2021-05-01', '2021-06-30'))": lambda d: not "2021-05-01" <= d <= "2021-06-30",
    "T_INTERSECTS(date, INTERVAL('..', '2021-06-30'))": lambda d: d <= "2021-06-30",
    "T_DURING(date, INTERVAL('2021-05-01', '..'))": lambda d: d > "2021-05-01",
    "T_EQUALS(date, DATE('2021-05-01'))": lambda d: d == "2021-05-01",
    "T_CONTAINS(INTERVAL('2021-05-01', '2021-06-30'), date)": lambda d: "2021-05-01" < d < "2021-06-30",
}


@pytest.mark.parametrize("condition", TEMPORAL)
def test_temporal_filters(here: Caller, condition: str) -> None:
    everything = items(here, "incidents", f"limit={MOST}")["features"]
    expected = {f["id"] for f in everything if TEMPORAL[condition](f["properties"]["date"])}
    assert set(ids(filtered(here, "incidents", condition))) == expected


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("population > 10000", {"op": ">", "args": [{"property": "population"}, 10000]}),
        ("name LIKE 'B%'", {"op": "like", "args": [{"property": "name"}, "B%"]}),
        (
            "S_INTERSECTS(geometry, BBOX(-5,14,-3,16))",
            {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [-5, 14, -3, 16]}]},
        ),
        (
            "kind = 'town' AND NOT (population < 5000)",
            {
                "op": "and",
                "args": [
                    {"op": "=", "args": [{"property": "kind"}, "town"]},
                    {"op": "not", "args": [{"op": "<", "args": [{"property": "population"}, 5000]}]},
                ],
            },
        ),
    ],
)
def test_json_says_the_same_as_text(here: Caller, text: str, tree: dict[str, Any]) -> None:
    as_json = filtered(here, "places", json.dumps(tree), filter_lang="cql2-json")
    assert ids(as_json) == ids(filtered(here, "places", text, filter_lang="cql2-text"))
    assert as_json["numberMatched"] > 0


def test_properties_are_parameters(here: Caller) -> None:
    assert ids(items(here, "places", where(name="Gao"))) == ids(filtered(here, "places", "name = 'Gao'"))
    assert ids(items(here, "incidents", "killed_total=2")) == ids(filtered(here, "incidents", "killed_total = 2"))
    assert ids(items(here, "incidents", "synthetic=false")) == []
    day = items(here, "incidents", "limit=1")["features"][0]["properties"]["date"]
    got = items(here, "incidents", f"date={day}")
    assert {f["properties"]["date"] for f in got["features"]} == {day}
    both = items(here, "incidents", "hazard_type=ied&killed_total=2&bbox=-5,13,0,17")
    assert both["numberMatched"] < items(here, "incidents", "hazard_type=ied&killed_total=2")["numberMatched"]


# Schemas


def test_schemas_type_every_column_and_its_role(app: FastAPI, here: Caller) -> None:
    for name, collection in collections(app.state.service.read_snapshot()).items():
        answer = here.get(f"/ogc/collections/{name}/schema?lang=en")
        assert answer.headers["content-type"] == "application/schema+json"
        told = answer.json()
        Draft202012Validator.check_schema(told)
        assert told["$id"] == f"http://127.0.0.1:8000/ogc/collections/{name}/schema"
        assert list(told["properties"]) == ["geometry", *(field.name for field in collection.fields)]
        assert told["properties"]["geometry"]["format"] == f"geometry-{collection.geometry.value.lower()}"
        assert told["properties"]["geometry"]["x-ogc-role"] == "primary-geometry"
        roles = [key for key, each in told["properties"].items() if each.get("x-ogc-role") == "primary-instant"]
        assert roles == ([collection.time_field] if collection.time_field else [])
        validator = Draft202012Validator(told)
        for feature in items(here, name, "limit=100")["features"]:
            row = {key: value for key, value in feature["properties"].items() if value is not None}
            validator.validate(row | {"geometry": feature["geometry"]})


def test_queryables_and_sortables_name_what_works(here: Caller) -> None:
    told = here.get("/ogc/collections/places/queryables", Accept="application/schema+json")
    assert told.headers["content-type"] == "application/schema+json"
    queryables = told.json()
    assert queryables["additionalProperties"] is False
    for name in queryables["properties"]:
        filtered(here, "places", f"{name} IS NOT NULL")
    for name in here.get("/ogc/collections/places/sortables").json()["properties"]:
        items(here, "places", f"sortby={name}&limit=1")
    link = here.get("/ogc/collections/places/items?limit=1", method="HEAD").headers["link"]
    assert "rel=http://www.opengis.net/def/rel/ogc/1.0/queryables;" in link


def test_openapi_is_of_version_3_0_and_tells_the_page_size(here: Caller) -> None:
    answer = here.get("/ogc/api?lang=en")
    document = answer.json()
    assert document["openapi"].startswith("3.0")
    limit = document["components"]["parameters"]["limit"]["schema"]
    assert (limit["default"], limit["maximum"]) == (DEFAULT_LIMIT, MOST)
    assert DEFAULT_LIMIT * 2 >= 2_500  # two pages, and QGIS's first ten
    text = answer.text
    assert '"type":["' not in text
    assert '"type":"null"' not in text
    for path in document["paths"]:
        if "{" not in path:
            assert here.get(f"/ogc{path}").status_code == 200, path


# Access


def test_collections_are_listed_for_those_who_may_see_them(app: FastAPI, real: tuple[FastAPI, dict[str, str]]) -> None:
    closed, keys = real
    registered = collections(closed.state.service.read_snapshot())
    for caller, sees in ((Caller(closed), PUBLIC), (Caller(closed, key=keys["analyst"]), OPEN)):
        assert listed(caller) == [name for name, each in registered.items() if sees.may(each.kind)]
    assert {"places", "roads", "regions-2016", "cercles-2016"} <= set(listed(Caller(closed)))
    for name, collection in registered.items():
        for part in ("", "/items", "/items/x", "/schema", "/queryables", "/sortables"):
            status = Caller(closed).get(f"/ogc/collections/{name}{part}").status_code
            assert (status == 401) is not PUBLIC.may(collection.kind), (name, part, status)
    paths = Caller(closed).get("/ogc/api").json()["paths"]
    assert "/collections/incidents/items" not in paths
    assert listed(newcomer(closed)) == listed(Caller(closed))  # real data: not open any more


def test_partners_get_rounded_positions_and_no_text(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    partner = items(Caller(app, key=keys["partner"]), "incidents")["features"]
    analyst = items(Caller(app, key=keys["analyst"]), "incidents")["features"]
    for feature in partner:
        assert all(round(number, 2) == number for number in feature["geometry"]["coordinates"])
        assert feature["properties"]["narrative"] is None
    assert not {f["id"] for f in partner} & {f["id"] for f in analyst}
    # Nor can a filter ask for what is not shown.
    assert items(Caller(app, key=keys["partner"]), "incidents", where(filter="narrative IS NOT NULL"))["features"] == []
    exact = "S_INTERSECTS(geometry, BBOX(-4.1235,14.4567,-4.1234,14.4568))"
    assert items(Caller(app, key=keys["partner"]), "incidents", where(filter=exact))["features"] == []
    assert len(items(Caller(app, key=keys["analyst"]), "incidents", where(filter=exact))["features"]) == 1


def test_a_wrong_key_is_refused(app: FastAPI) -> None:
    assert Caller(app, key="nonsense").get("/ogc/collections").status_code == 401


# Links


def test_forwarded_headers_count_only_from_a_proxy_of_the_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    sent = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "sira.example.org", "X_Forwarded_Prefix": "/mali"}
    for proxies, peer, expected in (
        ("", "10.1.2.3", "http://sira.example/ogc"),
        ("10.0.0.0/8", "192.0.2.7", "http://sira.example/ogc"),
        ("10.0.0.0/8", "10.1.2.3", "https://sira.example.org/mali/ogc"),
    ):
        settings = settings_in(tmp_path_factory.mktemp("proxied")).model_copy(update={"trusted_proxies": proxies})
        app = create_app(settings)
        caller = Caller(app, peer=peer)
        for address in ("", "/collections", "/collections/places/items?limit=1"):
            for link in caller.get(f"/ogc{address}", **sent).json()["links"]:
                if link["rel"] != "service-doc":
                    assert link["href"].startswith(expected), (proxies, peer)
        if proxies and peer.startswith("10."):
            hostile = {"X_Forwarded_Host": 'evil"><script>', "X_Forwarded_Prefix": "//evil", "X_Forwarded_Proto": "js"}
            assert caller.get("/ogc", **hostile).json()["links"][0]["href"].startswith("http://sira.example/ogc/")
        app.state.service.close()


# Encodings


def test_answers_are_kept_tagged_and_compressed(here: Caller) -> None:
    address = "/ogc/collections/communes-2016/items"
    plain = here.get(address)
    for coding in ("gzip", "br"):
        packed = here.get(address, Accept_Encoding=coding)
        assert packed.headers["content-encoding"] == coding
        assert packed.json()["features"] == plain.json()["features"]
        assert int(packed.headers["content-length"]) < 500_000
    again = here.get(address, If_None_Match=plain.headers["etag"])
    assert again.status_code == 304
    assert here.get(address, method="HEAD").headers["content-length"] == plain.headers["content-length"]


def test_pages_for_people_escape_what_came_from_files(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    analyst = Caller(app, key=keys["analyst"])
    page = analyst.get("/ogc/collections/incidents/items", Accept="text/html")
    assert page.headers["content-type"] == "text/html"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert HOSTILE not in page.text
    assert "&lt;img src=x" in page.text
    assert "<script" not in page.text
    name = items(analyst, "incidents", "limit=1")["features"][0]["id"]
    alone = analyst.get(f"/ogc/collections/incidents/items/{name}?f=html")
    assert HOSTILE not in alone.text
    assert "&lt;img src=x" in alone.text


@pytest.mark.parametrize("collection", ["risk-cercles-2016", "risk-cells", "road-segments", "axes"])
def test_pages_for_people_say_of_when_a_forecast_is_and_that_it_is_old(
    here: Caller, collection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole page and the one feature: with its period and newest record, and out of date half a year later."""
    name = quote(items(here, collection, "limit=1")["features"][0]["id"], safe="")
    addresses = [f"/ogc/collections/{collection}/items{one}?f=html&lang=fr" for one in ("", f"/{name}")]
    about = items(here, collection, "limit=1&lang=fr")["sira"]
    newest = format_date(date.fromisoformat(about["data_until"]), "long", locale="fr")
    for address in addresses:
        page = here.get(address).text
        assert f"(exclu). Signalement le plus récent\u202f: {newest}." in page
        assert "Données périmées" not in page
        for said in about.get("caveats", [about.get("caveat")]):
            assert str(escape(said)) in page
    later = assessments.today() + timedelta(days=200)
    monkeypatch.setattr("api.collections.tables.today", lambda: later)
    for address in addresses:
        page = here.get(address).text
        assert f"Données périmées\u202f: signalement le plus récent\u202f: {newest}" in page
        assert page.count(str(escape(translate(SYNTHETIC, "fr")))) == 1


def test_pages_say_yes_and_no_in_their_language(here: Caller) -> None:
    page = here.get("/ogc/collections/regions-2016/items?f=html&lang=fr").text
    assert ">oui<" in page
    assert ">True<" not in page


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/conformance",
        "/collections",
        "/collections/places",
        "/collections/places/items",
        "/collections/places/items/town-gao",
        "/collections/places/schema",
        "/collections/places/queryables",
    ],
)
def test_every_document_is_a_page_in_both_languages(here: Caller, address: str) -> None:
    french, english = (here.get(f"/ogc{address}?f=html&lang={lang}") for lang in ("fr", "en"))
    for lang, page in (("fr", french), ("en", english)):
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html"
        assert f'<html lang="{lang}">' in page.text
        assert "http://127.0.0.1:8000" in page.text
        assert not [part for part in page.text.split("src=")[1:] if not part.startswith("x")]
    assert french.text != english.text
    assert here.get(f"/ogc{address}", Accept="text/html,*/*;q=0.8").headers["content-type"] == "text/html"

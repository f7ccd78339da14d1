"""The registry of what can be taken away, and the types of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from api.base.access import OPERATOR, PUBLIC, REQUIRED, Audience, Caller, KeyNeededError, Kind
from api.base.i18n import translate
from api.base.palette import PALETTE
from api.base.service import Service, Snapshot
from api.base.settings import Settings
from api.collections.fields import DTYPES, Field, FieldType, fields_of
from api.collections.registry import Collection, collections
from api.collections.tables import OwnPlanners, Tables, one_type, typed
from api.layers.layer import GeometryType
from api.layers.registry import EXPECTED, INCIDENTS, LAYERS, RISK_LAYERS
from api.roads.layers import ROAD_LAYERS
from geo.boundaries.regions import Boundaries
from geo.core.errors import NotReadyError
from geo.core.messages import message

TEXT = message("{harm}, {group}", harm="a", group="b")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return Service(Settings(home=tmp_path_factory.mktemp("collections"), store=""))


@pytest.fixture(scope="module")
def snapshot(service: Service) -> Snapshot:
    return service.read_snapshot()


@pytest.fixture(scope="module")
def registered(snapshot: Snapshot) -> dict[str, Collection]:
    return dict(collections(snapshot))


def test_every_level_of_every_vintage_is_there(registered: dict[str, Collection]) -> None:
    boundaries = Boundaries.shipped()
    for vintage in boundaries.vintages():
        for level in boundaries.levels(vintage):
            assert f"{level}s-{vintage}" in registered
            assert f"risk-{level}s-{vintage}" in registered
    assert {"incidents", "hotspots", "risk-cells", "road-segments", "axes", "places", "roads"} <= set(registered)


def test_columns_are_those_that_the_layers_document(registered: dict[str, Collection]) -> None:
    assert [f.name for f in registered["incidents"].fields] == [a.name for a in INCIDENTS.attributes]
    for name, collection in registered.items():
        names = [field.name for field in collection.fields]
        assert len(set(names)) == len(names), name
        assert "geometry" not in names
        if collection.time_field is not None:
            assert (
                DTYPES[dict(zip(names, collection.fields, strict=True))[collection.time_field].type] == "datetime64[s]"
            )
    risk = {field.name: field for field in registered["risk-cercles-2016"].fields}
    assert set(risk) == {attribute.name for attribute in EXPECTED["cercle"].attributes}
    assert risk["observers_until"].type is FieldType.DATE
    assert risk["heaviest"].type is FieldType.STRING


def test_titles_are_said_in_both_languages(registered: dict[str, Collection]) -> None:
    for collection in registered.values():
        for text in (collection.title, collection.description, *(field.title for field in collection.fields)):
            assert translate(text, "fr")
            assert "{" not in translate(text, "fr") + translate(text, "en")


def test_a_table_has_exactly_the_columns_with_their_types(
    service: Service, snapshot: Snapshot, registered: dict[str, Collection]
) -> None:
    tables = Tables(service, OwnPlanners(service))
    for name in ("incidents", "places", "roads", "hazard-areas", "cercles-2016"):
        collection = registered[name]
        table = tables.table(collection, snapshot, OPERATOR, "en")
        assert list(table.frame.columns) == [*(field.name for field in collection.fields), "geometry"]
        for field in collection.fields:
            assert str(table.frame[field.name].dtype) == DTYPES[field.type], (name, field.name)
            assert field.nullable or table.frame[field.name].notna().all(), (name, field.name)
        assert table.frame.index.is_monotonic_increasing
        assert table.frame.index.is_unique
        assert table.about["layer"] == name
        assert table.about["revision"] == table.revision == 1
        assert (table.temporal is None) is (collection.time_field is None)
        assert tables.table(collection, snapshot, OPERATOR, "en") is table
        assert tables.table(collection, snapshot, OPERATOR, "fr") is not table


def test_who_may_not_see_gets_no_table(service: Service, snapshot: Snapshot, registered: dict[str, Collection]) -> None:
    tables = Tables(service, OwnPlanners(service))
    for collection in registered.values():
        if REQUIRED[collection.kind] > Audience.PUBLIC:
            with pytest.raises(KeyNeededError):
                tables.table(collection, snapshot, PUBLIC, "en")
            with pytest.raises(KeyNeededError):
                tables.key(collection, snapshot, PUBLIC, "en")


def test_partners_and_analysts_have_tables_of_their_own(
    service: Service, snapshot: Snapshot, registered: dict[str, Collection]
) -> None:
    tables = Tables(service, OwnPlanners(service))
    partner = tables.table(registered["incidents"], snapshot, Caller(Audience.PARTNER), "en")
    analyst = tables.table(registered["incidents"], snapshot, Caller(Audience.ANALYST), "en")
    assert partner.frame["narrative"].isna().all()
    assert analyst.frame["narrative"].notna().any()
    assert not set(partner.frame.index) & set(analyst.frame.index)
    assert registered["incidents"].kind is Kind.INCIDENT_POINTS


def test_a_table_is_not_given_of_data_that_changed_meanwhile(
    service: Service, registered: dict[str, Collection], snapshot: Snapshot
) -> None:
    from dataclasses import replace

    old = replace(snapshot, revision=snapshot.revision - 1)
    with pytest.raises(NotReadyError):
        Tables(service, OwnPlanners(service)).table(registered["places"], old, OPERATOR, "en")


def test_geometries_become_of_one_type_or_are_refused() -> None:
    shapes = gpd.GeoSeries([box(0, 0, 1, 1), shapely.MultiPolygon([box(2, 2, 3, 3)]), None, shapely.Polygon()])
    found = one_type(shapes.to_numpy(), GeometryType.MULTIPOLYGON)
    assert [None if shape is None else shape.geom_type for shape in found] == [
        "MultiPolygon",
        "MultiPolygon",
        None,
        None,
    ]
    assert found[0].equals(box(0, 0, 1, 1))
    with pytest.raises(ValueError, match="expected Point, found Polygon"):
        one_type(shapes.to_numpy(), GeometryType.POINT)


def test_values_are_typed_and_missing_ones_stay_missing() -> None:
    fields = (
        Field("a", FieldType.INTEGER, TEXT, TEXT),
        Field("b", FieldType.STRING, TEXT, TEXT),
        Field("c", FieldType.DATE, TEXT, TEXT),
        Field("d", FieldType.BOOLEAN, TEXT, TEXT),
    )
    frame = gpd.GeoDataFrame(
        {"a": [1.0, None], "b": [["x", "é"], None], "c": ["2024-02-29", None], "d": [True, None]},
        index=["z", "y"],
        geometry=gpd.GeoSeries([shapely.Point(0, 0), None], index=["z", "y"], crs=4326),
    )
    found = typed(frame, fields, GeometryType.POINT)
    assert list(found.index) == ["y", "z"]
    assert found.loc["z", "a"] == 1
    assert found.loc["z", "b"] == '["x","é"]'
    assert found.loc["z", "c"] == pd.Timestamp("2024-02-29")
    assert found.loc["y", ["a", "b", "c", "d"]].isna().all()


def test_a_field_is_made_from_its_attribute() -> None:
    for layer in (*LAYERS.values(), *RISK_LAYERS.values()):
        for attribute, field in zip(layer.attributes, fields_of(layer.attributes), strict=True):
            assert field.description is attribute.text
            assert field.nullable is attribute.nullable
            assert (field.unit or "") == ("" if field.type is FieldType.DATE else attribute.unit)


def test_layers_are_declared_without_clashes() -> None:
    layers = (*LAYERS.values(), *RISK_LAYERS.values(), *ROAD_LAYERS)
    for names in (
        [layer.name for layer in layers],
        [taken.id for layer in layers for taken in layer.taken],
        [layer.on_map.name for layer in layers if layer.on_map is not None],
    ):
        assert len(names) == len(set(names))
    drawings = {layer.drawing.name for layer in layers if layer.drawing is not None}
    assert drawings <= set(cast(Mapping[str, object], PALETTE["drawings"]))

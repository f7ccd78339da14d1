"""The map's documents: outlines that can be read back, months that add up to the layers' counts, points in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import orjson
import pytest
import shapely
from store_kit import batch, incidents

from api.base.access import OPERATOR, Audience, Caller
from api.base.service import Service, Snapshot
from api.base.settings import Settings
from api.layers.counting import counts_within
from api.layers.layer import Query
from api.layers.points import incident_layer
from api.layers.query import month_after, period_of
from api.layers.registry import INCIDENTS
from api.layers.tables import layer_table
from api.layers.units import TOLERANCE_M
from api.map.data.cells import ground
from api.map.data.counts import COLUMNS, counts
from api.map.data.names import names, outlines
from api.map.data.points import incident_body, incident_details, points
from api.map.data.queries import DocumentName, DocumentQuery, Span, parse_document_query
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.crs import TO_METRIC
from geo.core.errors import NotFoundError, ParameterError
from geo.incidents.schema import EXPLOSIVE, HazardType
from geo.store import Store


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    found = Service(Settings(home=tmp_path_factory.mktemp("home"), store="", lang="fr"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def snapshot(service: Service) -> Snapshot:
    return service.read_snapshot()


@pytest.mark.parametrize(("level", "vintage"), [("region", "2023"), ("cercle", "2016")])
def test_outlines_read_back_are_the_simplified_units(level: str, vintage: str) -> None:
    boundaries = Boundaries.shipped()
    document = outlines(boundaries, DocumentQuery(DocumentName.OUTLINES, level=level, vintage=vintage))
    units = boundaries.simplified(level, vintage, TOLERANCE_M[level])
    assert document["ids"] == units.index.tolist()
    for shape, parts in zip(units.geometry, document["parts"], strict=True):
        rings = [[np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / document["scale"] for ring in part] for part in parts]
        drawn = shapely.MultiPolygon([(shell, holes) for shell, *holes in rings])
        assert drawn.symmetric_difference(shape).area < 1e-3 * shape.area
        assert drawn.hausdorff_distance(shape) < 2e-4


@pytest.mark.parametrize("hazard", [None, HazardType.IED])
def test_months_add_up_to_what_the_layers_count(
    service: Service, snapshot: Snapshot, hazard: HazardType | None
) -> None:
    asked = DocumentQuery(DocumentName.COUNTS, hazard=hazard)
    document = counts(service.store, snapshot, asked)
    query = asked.as_query()
    period = period_of(query, service.store.data_period(EXPLOSIVE))
    table = counts_within(service.store, snapshot, query, period, asked.hazards)
    whole = table.groupby(["measure", "unit_id"])[["exact", "spread", "total"]].sum(min_count=1)
    assert document["ids"]
    for row, unit_id in enumerate(document["ids"]):
        months = np.cumsum(document["at"][row])
        assert (np.diff(months) > 0).all()
        assert 0 <= months[0] <= months[-1] < document["length"]
        for name, (measure, part) in COLUMNS.items():
            stated = [value for value in document[name][row] if value is not None]
            expected = whole.loc[(measure, unit_id), part]
            assert np.isnan(expected) if not stated else sum(stated) == pytest.approx(expected, abs=5e-3)


def test_the_age_of_the_data_is_that_of_all_types(service: Service, snapshot: Snapshot) -> None:
    mines, everything = service.store.data_period((HazardType.AP_MINE,)), service.store.data_period(EXPLOSIVE)
    assert mines is not None
    assert everything is not None
    assert mines[1] < everything[1]
    told = counts(service.store, snapshot, DocumentQuery(DocumentName.COUNTS, hazard=HazardType.AP_MINE))["sira"]
    assert told["data_until"] == f"{everything[1]:%Y-%m}"
    assert told["hazards"] == [HazardType.AP_MINE.value]


@pytest.mark.parametrize("hazard", [HazardType.AP_MINE, HazardType.AXO, HazardType.AIR_OR_INDIRECT_FIRE])
def test_the_window_of_a_device_is_that_of_the_data(service: Service, snapshot: Snapshot, hazard: HazardType) -> None:
    """With a device chosen, "12 months" ended with its last report, as if the data did."""
    everything = service.store.data_period(EXPLOSIVE)
    assert everything is not None
    of_all = counts(service.store, snapshot, DocumentQuery(DocumentName.COUNTS))
    for asked in (
        DocumentQuery(DocumentName.COUNTS, hazard=hazard),
        DocumentQuery(DocumentName.COUNTS, hazard=hazard, level="region"),
    ):
        document = counts(service.store, snapshot, asked)
        assert (document["first"], document["length"]) == (of_all["first"], of_all["length"])
        assert document["sira"]["period"] == of_all["sira"]["period"]
        about = layer_table(service.store, snapshot, asked.as_query(), OPERATOR).about
        assert about["period"]["end"] == month_after(everything[1])
        assert about["data_until"] == document["sira"]["data_until"] == f"{everything[1]:%Y-%m}"


def test_the_last_days_are_one_period_that_ends_with_the_data(service: Service, snapshot: Snapshot) -> None:
    document = counts(service.store, snapshot, DocumentQuery(DocumentName.COUNTS, span=Span.LAST_DAYS))
    last = service.store.data_period()
    assert last is not None
    assert document["sira"]["period"]["end"] > last[1].isoformat()
    assert document["length"] == 1
    assert all(row == [0] for row in document["at"])


def test_points_are_the_newest_first_and_lead_to_their_report(service: Service, snapshot: Snapshot) -> None:
    document = points(service.store, snapshot, DocumentQuery(DocumentName.INCIDENTS), OPERATOR)
    days = np.cumsum(document["day"])
    assert (np.diff(days) <= 0).all()
    numbers = np.cumsum(document["number"])
    assert document["unplaced"] + len(numbers) == len(service.store.incidents())
    for at in (0, len(numbers) // 2, len(numbers) - 1):
        asked = DocumentQuery(DocumentName.INCIDENT, number=int(numbers[at]), revision=snapshot.revision)
        feature = orjson.loads(incident_body(service.store, snapshot, asked, OPERATOR))["features"][0]
        assert feature["geometry"]["coordinates"][0] == pytest.approx(document["lon"][at] / document["scale"], abs=1e-4)
        assert feature["properties"]["hazard_type"] == document["hazards"][document["hazard"][at]]
        told = incident_details(service.store, snapshot, OPERATOR, "fr")
        assert {name: values[numbers[at]] for name, values in told.items()} == {
            name: feature["properties"][name] for name in told
        }


def test_numbers_and_rows_of_pseudonyms_do_not_say_which_is_which(tmp_path: Path) -> None:
    """Partners get the reports of a day in the order of the pseudonyms, and the number of each leads to it."""
    with Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}", seed=False) as store:
        store.add_incidents(
            batch(incidents(list(ascii_lowercase), date=np.repeat(np.datetime64("2021-03-01", "s"), 26)))
        )
        snapshot = Snapshot(store.revision(), False, Boundaries.shipped())
        query = Query(INCIDENTS, DEFAULT_VINTAGE, None, None, EXPLOSIVE, "en")
        for caller in (OPERATOR, Caller(Audience.PARTNER)):
            document = points(store, snapshot, DocumentQuery(DocumentName.INCIDENTS), caller)
            told = incident_details(store, snapshot, caller, "en")
            layer = incident_layer(store, query, None, caller)
            assert layer.index.tolist() == sorted(layer.index)
            ids = []
            for number, lon in zip(np.cumsum(document["number"]).tolist(), document["lon"], strict=True):
                asked = DocumentQuery(DocumentName.INCIDENT, number=number, revision=snapshot.revision)
                (feature,) = orjson.loads(incident_body(store, snapshot, asked, caller))["features"]
                ids.append(feature["id"])
                assert feature["geometry"]["coordinates"][0] == pytest.approx(lon / document["scale"], abs=1e-4)
                assert layer.geometry.loc[feature["id"]].x == pytest.approx(lon / document["scale"], abs=1e-4)
                assert told["location_precision"][number] == feature["properties"]["location_precision"]
            assert ids == sorted(ids)
            assert len(ids) == 26
        with pytest.raises(NotFoundError):
            incident_body(
                store,
                snapshot,
                DocumentQuery(DocumentName.INCIDENT, number=0, revision=snapshot.revision + 1),
                OPERATOR,
            )


def test_ground_of_a_band_is_that_of_its_cells() -> None:
    column, row = np.array([0, 1, 2, 5, 0, 1]), np.array([0, 0, 0, 0, 1, 3])
    corners = np.cumsum(np.reshape(ground(column, row, 5000.0), (-1, 2)), axis=0) / 10_000
    quads = [shapely.Polygon(corners[at : at + 4]) for at in range(0, len(corners), 4)]
    assert len(quads) == 4
    metric = shapely.transform(quads, TO_METRIC.transform, interleaved=False)
    assert sum(shape.area for shape in metric) == pytest.approx(6 * 25e6, rel=1e-2)
    assert ground(column[:0], row[:0], 5000.0) == []


def test_names_hold_every_unit_and_its_other_spellings() -> None:
    document = names(Boundaries.shipped())
    assert {"Tombouctou", "Gao", "Bamako"} <= set(document["units"]["name"])
    assert ["Timbuktu", "Tombouctou"] in document["aliases"]
    assert len(set(document["units"]["id"])) == len(document["units"]["id"])
    assert len({len(column) for column in document["units"].values()}) == 1


def test_names_hold_each_code_of_each_set_with_the_unit_that_the_resolver_finds() -> None:
    boundaries = Boundaries.shipped()
    codes = names(boundaries)["codes"]
    assert len({len(column) for column in codes.values()}) == 1
    rows = [dict(zip(codes, row, strict=True)) for row in zip(*codes.values(), strict=True)]
    assert len({(row["set"], row["code"]) for row in rows}) == len(rows)
    assert {"cod2015", "ocha2020"} == set(codes["set"])
    for row in rows[::37]:
        for vintage in row["vintages"]:
            unit = boundaries.resolve_code(row["code"], pcode_set=row["set"], vintage=vintage)
            assert (unit.unit_id, unit.name, unit.level) == (row["id"], row["name"], row["level"])


@pytest.mark.parametrize(
    "query", [b"level=\xff", b"level=cercle&level=region", b"hazard=" + b"x" * 3000, b"vintage=1066"]
)
def test_hostile_questions_name_their_parameter(query: bytes) -> None:
    with pytest.raises(ParameterError):
        parse_document_query(DocumentName.COUNTS, query, default_lang="fr", boundaries=Boundaries.shipped())

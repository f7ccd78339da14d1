"""The classes on the data that Sira ships and on the sample: every one is used, and danger is not painted pale."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.roads.planners import ReadyPlanner, make_ready
from geo.boundaries.regions import Boundaries
from geo.incidents.readers import read
from geo.incidents.schema import HazardType
from geo.store import Store
from models.risk.assessing import assess
from models.risk.assessment import Assessment
from models.risk.class_limits import JUDGED, SCALES, Band, Support
from models.risk.inputs import VINTAGE
from models.risk.target import Target
from models.routes.answer import RouteRequest

pytestmark = pytest.mark.slow

AS_OF = date(2026, 11, 1)
LEVELS = ("region", "cercle", "commune")
TOWNS = {
    "Sévaré": (-4.1, 14.53),
    "Gao": (-0.05, 16.27),
    "Kayes": (-11.44, 14.45),
    "Kidal": (1.41, 18.44),
    "Mopti": (-4.2, 14.49),
    "Ansongo": (0.5, 15.66),
}


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store of a fresh installation: it is seeded with the synthetic default."""
    return Store.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'sira.sqlite'}")


@pytest.fixture(scope="module")
def shipped(store: Store, boundaries: Boundaries) -> Assessment:
    return assess(store.incidents(hazards=tuple(HazardType)), boundaries, as_of=AS_OF, revision=store.revision())


@pytest.fixture(scope="module")
def ready(
    store: Store, boundaries: Boundaries, shipped: Assessment, tmp_path_factory: pytest.TempPathFactory
) -> ReadyPlanner:
    return make_ready(store, boundaries, shipped, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def ucdp(
    boundaries: Boundaries, sample_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Store, Assessment]:
    """A store with the sample imported, and its assessment."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('ucdp') / 'sira.sqlite'}")
    file = sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv"
    store.add_incidents(read(file, boundaries=boundaries, today=AS_OF))
    incidents = store.incidents(hazards=tuple(HazardType))
    made = assess(incidents, boundaries, target=Target.CONFLICT, as_of=AS_OF, revision=store.revision())
    return store, made


def classes_of(assessment: Assessment, support: Support) -> set[str]:
    """Return the classes that the places of a support have, over every vintage."""
    if support is Support.CELL:
        return set(assessment.cells["band"])
    return {band for (level, _), table in assessment.units.items() if level == support for band in table["band"]}


def check_every_class_is_used(assessment: Assessment) -> None:
    for scale in {SCALES[support] for support in Support if support is not Support.ROAD}:
        mine = [support for support in Support if SCALES[support] == scale]
        used = set().union(*(classes_of(assessment, support) for support in mine))
        assert used >= set(JUDGED), (mine, used)


def check_danger_is_not_pale(assessment: Assessment, boundaries: Boundaries) -> None:
    """The worst places of the worst unit, and whatever an incident is likelier than not in."""
    cercles = assessment.table("cercle", VINTAGE)
    cells = assessment.cells[assessment.cells["assessed"]]
    communes = assessment.table("commune", VINTAGE)
    within = boundaries.units("commune", VINTAGE)["parent_id"].reindex(communes.index)
    worst = cercles[cercles["assessed"]]["expected"].idxmax()
    for finer in (cells[cells["cercle"] == worst], communes[(within == worst) & communes["assessed"]]):
        assert finer.loc[finer["expected"].idxmax(), "band"] not in (Band.LOWER, Band.ELEVATED)
    for table in (*assessment.units.values(), cells):
        likely = table[table["assessed"] & (table["p_any"] > 0.5)]
        assert not (likely["band"] == Band.LOWER).any()
    for cercle in cercles.index[cercles["assessed"] & (cercles["p_any"] > 0.5)]:
        assert set(cells["band"][cells["cercle"] == cercle]) - {Band.LOWER}, cercle
        assert set(communes["band"][(within == cercle) & communes["assessed"]]) - {Band.LOWER}, cercle


def check_a_pattern_is_seen(assessment: Assessment) -> None:
    """Of the cells, most are in the lowest class and some in the highest, but neither is all that is seen."""
    share = assessment.cells["band"][assessment.cells["assessed"]].value_counts(normalize=True)
    assert 0.4 < share[Band.LOWER] < 0.85
    assert share[Band.HIGH] + share[Band.VERY_HIGH] > 0.05
    assert share[Band.VERY_HIGH] < 0.1


def test_the_shipped_data_use_every_class(shipped: Assessment) -> None:
    check_every_class_is_used(shipped)
    check_a_pattern_is_seen(shipped)


def test_the_shipped_data_paint_no_danger_pale(shipped: Assessment, boundaries: Boundaries) -> None:
    check_danger_is_not_pale(shipped, boundaries)


@pytest.mark.sample
def test_the_sample_uses_every_class_and_paints_no_danger_pale(
    ucdp: tuple[Store, Assessment], boundaries: Boundaries, tmp_path: Path
) -> None:
    store, assessment = ucdp
    check_every_class_is_used(assessment)
    check_a_pattern_is_seen(assessment)
    check_danger_is_not_pale(assessment, boundaries)
    roads = make_ready(store, boundaries, assessment, tmp_path).planner.segments()
    assert set(roads["band"]) >= set(JUDGED)


def test_roads_use_every_class_and_have_one_scale(ready: ReadyPlanner) -> None:
    segments, axes = ready.planner.segments(), ready.axes
    assert set(segments["band"]) >= set(JUDGED)
    for table, per_100_km in (
        (segments, segments["expected"] / segments["length_km"] * 100),
        (axes, axes["expected_per_100km"]),
    ):
        known = (table["band"] != Band.NOT_ASSESSED) & per_100_km.notna()
        rank = np.searchsorted(SCALES[Support.ROAD].limits, per_100_km[known], side="right")
        assert table["band"][known].tolist() == [JUDGED[number] for number in rank]


def test_a_route_that_is_likelier_than_not_has_a_stretch_above_the_lowest_class(ready: ReadyPlanner) -> None:
    likely = 0
    for days in (30, 91):
        for start, end in (("Sévaré", "Gao"), ("Mopti", "Ansongo")):
            request = RouteRequest((TOWNS[start], TOWNS[end]), horizon_days=days)
            answer = ready.planner.route(request)
            if answer.probability_any is None or answer.probability_any <= 0.5:
                continue
            likely += 1
            judged = {each.band for each in answer.segments} - {Band.NOT_ASSESSED.value}
            assert judged - {Band.LOWER.value}, (start, end, days)
    assert likely >= 3


def test_a_route_has_the_classes_of_the_layer_of_roads(ready: ReadyPlanner) -> None:
    segments = ready.planner.segments()["band"]
    answer = ready.planner.route(RouteRequest((TOWNS["Sévaré"], TOWNS["Gao"])))
    assert answer.probability_any is not None
    assert answer.probability_any > 0.5
    mine = pd.Series({each.segment_id: each.band for each in answer.segments if each.segment_id})
    assert (segments.reindex(mine.index) == mine).all()
    km = pd.Series([each.to_km - each.from_km for each in answer.segments])
    lowest = km[[each.band == Band.LOWER for each in answer.segments]].sum()
    assert lowest < 0.1 * km.sum()

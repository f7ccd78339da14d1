"""The same ground has one verdict: nothing is assessed that lies in a unit, of whatever vintage, that is not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from assessment_kit import coarse_domain, drawn

from geo.boundaries.grid import to_metric
from geo.boundaries.overlap import overlaps
from geo.boundaries.regions import Boundaries
from geo.counting.reporting import NotAssessed, Reports
from geo.incidents.readers import read
from geo.store.synthetic import incidents as synthetic_incidents
from models.risk.assessing import assess
from models.risk.assessment import Assessment
from models.risk.class_limits import Band
from models.risk.domain import Domain
from models.risk.extents import unit_sets
from models.risk.target import Target
from models.risk.verdicts import Verdicts
from models.routes.answer import Coverage
from models.routes.road_risk import coverage_of

pytestmark = pytest.mark.slow

AS_OF = date(2026, 11, 1)
#: So much of a unit's outline lies in another: outlines of two sources are never the same along a border.
NEARLY_ALL = 0.97
SAMPLE = "ucdp_ged_mali_burkina_niger_1990_2020.csv"


@pytest.fixture(scope="module")
def with_imported() -> Boundaries:
    """The shipped vintages, and one of strips across the country whose regions cut the cercles, cut into quarters."""
    west, south, east, north = (-12.3, 10.1, 4.3, 25.05)
    edges = np.linspace(west, east, 9)
    country = Boundaries.shipped().country()
    tables = []
    for level, rows in (("region", 1), ("cercle", 2), ("commune", 4)):
        levels = np.linspace(south, north, rows + 1)
        boxes = {
            f"{level}-strips-{column}-{row}": shapely.intersection(
                shapely.box(edges[column], levels[row], edges[column + 1], levels[row + 1]), country
            )
            for column in range(8)
            for row in range(rows)
        }
        boxes = {name: shape for name, shape in boxes.items() if not shape.is_empty}
        parent = {"region": None, "cercle": "region-strips-{}-0", "commune": "cercle-strips-{}-{}"}[level]
        at = [name.split("-")[2:] for name in boxes]
        tables.append(
            gpd.GeoDataFrame(
                {
                    "level": level,
                    "vintage": "strips",
                    "name": list(boxes),
                    "pcode": None,
                    "pcode_set": "strips",
                    "parent_id": [parent and parent.format(column, int(row) // 2) for column, row in at],
                    "area_km2": shapely.area(to_metric(np.array(list(boxes.values())))) / 1e6,
                    "population": pd.array([pd.NA] * len(boxes), dtype="Int64"),
                    "population_year": pd.array([pd.NA] * len(boxes), dtype="Int64"),
                    "approximate": False,
                    "note": None,
                },
                geometry=list(boxes.values()),
                index=pd.Index(list(boxes), name="unit_id"),
                crs="EPSG:4326",
            )
        )
    return Boundaries.with_imported({"strips": pd.concat(tables)})


def faults(assessment: Assessment, boundaries: Boundaries) -> list[str]:
    """Name all that is assessed in a unit that is not, by their outlines alone.

    The imported communes lie in several cercles each: they take a verdict, and say nothing of what lies in them.
    """
    keys = [(level, vintage) for vintage in boundaries.vintages() for level in boundaries.levels(vintage)]
    units = pd.concat([boundaries.units(*key).assign(assessed=assessment.table(*key)["assessed"]) for key in keys])
    shapes = to_metric(units.geometry.to_numpy())
    assessed = units["assessed"].to_numpy(bool)
    denied = np.flatnonzero(~assessed & ~units.index.str.startswith("commune-strips"))
    inside = overlaps(shapes[assessed], shapes[denied]).multiply(1 / shapely.area(shapes[assessed])[:, None])
    found = inside.tocoo()
    wrong = found.data > NEARLY_ALL
    ids = units.index.to_numpy()
    named = [
        f"{ids[assessed][fine]} in {ids[denied[coarse]]}"
        for fine, coarse in zip(found.row[wrong], found.col[wrong], strict=True)
    ]
    side = assessment.about["cell_m"]
    cells = assessment.cells[assessment.cells["assessed"]]
    west, south = cells["column"].to_numpy() * side, cells["row"].to_numpy() * side
    squares = shapely.box(west, south, west + side, south + side)
    cell, unit = shapely.STRtree(shapes[denied]).query(squares, predicate="within")
    return named + [f"cell {cells.index[c]} in {ids[denied[u]]}" for c, u in zip(cell, unit, strict=True)]


@pytest.fixture(scope="module", params=["shipped", "with_imported"])
def boundaries(request: pytest.FixtureRequest) -> Boundaries:
    return Boundaries.shipped() if request.param == "shipped" else request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def domain(boundaries: Boundaries) -> Domain:
    return coarse_domain(boundaries)


def test_on_the_synthetic_default(boundaries: Boundaries, domain: Domain) -> None:
    made = assess(synthetic_incidents(), boundaries, as_of=AS_OF, domain=domain)
    assert faults(made, boundaries) == []
    assert not made.table("region", "2016").loc["region-2016-taoudenit", "assessed"]
    for vintage in ("2015", "2016", "2023"):
        salam = made.table("commune", vintage).loc["commune-ml060105"]
        assert (salam["assessed"], salam["band"], salam["reason"]) == (False, Band.NOT_ASSESSED, NotAssessed.THIN)
    assert made.table("cercle", "2016").loc["cercle-tombouctou", "assessed"], "reports come from another part of it"
    assert ((coverage_of(made, domain) == Coverage.NOT_ASSESSED) == ~made.cells["assessed"]).all()


@pytest.mark.parametrize("seed", range(3))
def test_wherever_little_is_recorded(boundaries: Boundaries, domain: Domain, seed: int) -> None:
    """Few incidents of sources of which some have stopped: verdicts of all kinds."""
    few = [
        drawn(count, seed=seed + n, source=f"source-{n}", days=days)
        for n, (count, days) in enumerate(((25, 2000), (60, 1500), (15, 1990)))
    ]
    made = assess(pd.concat(few), boundaries, as_of=date(2023, 6, 30), domain=domain)
    assert made.has_estimates
    assert faults(made, boundaries) == []


@pytest.mark.sample
def test_on_the_sample(boundaries: Boundaries, domain: Domain, sample_data: Path) -> None:
    events = read(sample_data / SAMPLE, boundaries=Boundaries.shipped(), today=AS_OF).accepted
    made = assess(events, boundaries, target=Target.CONFLICT, as_of=AS_OF, domain=domain)
    assert faults(made, boundaries) == []
    if boundaries.vintages() == ("2015", "2016", "2023"):
        assert (~made.table("cercle", "2016")["assessed"]).sum() == 26
        assert (~made.table("region", "2016")["assessed"]).sum() == 1


def test_a_unit_in_one_that_is_not_assessed_takes_its_verdict_and_so_do_those_within(
    monkeypatch: pytest.MonkeyPatch, boundaries: Boundaries, domain: Domain
) -> None:
    """A cercle may pass where its region does not: its three reports are of a source that stopped in the region."""
    own = Reports.judge

    def judge(self: Reports, level: str, vintage: str, at: date) -> pd.DataFrame:
        table = own(self, level, vintage, at)
        is_mopti = table.index.str.contains("mopti") & (level == "region")
        table["assessed"] = ~is_mopti
        return table.assign(reason=np.where(is_mopti, NotAssessed.SOURCE_STOPPED, None), reports=len(table))

    monkeypatch.setattr(Reports, "judge", judge)
    sets = unit_sets(boundaries, domain)
    verdicts = Verdicts(Reports(drawn(40), boundaries), AS_OF, sets, domain, boundaries)
    by_key = {(each.level, each.vintage): verdicts.of(each) for each in sets}
    parents = boundaries.units("cercle", "2016")["parent_id"]
    in_mopti = parents.index[parents == "region-2016-mopti"]
    for vintage in ("2015", "2016"):
        cercles = by_key["cercle", vintage]
        assert set(cercles.index[~cercles["assessed"]]) == set(in_mopti)
        assert set(cercles.loc[in_mopti, "reason"]) == {NotAssessed.SOURCE_STOPPED}
        assert set(cercles.loc[in_mopti, "reports"]) <= {9, 11}, "its figures are those of the region"
    communes = boundaries.units("commune", "2016")["parent_id"].isin(in_mopti)
    assert not by_key["commune", "2016"].loc[communes, "assessed"].any()
    assert by_key["commune", "2016"].loc[~communes, "assessed"].all()
    cells = verdicts.of_cells()
    assert cells["assessed"].any()
    assert (~cells["assessed"]).any()

"""A kept assessment and the planner made from it: the next day, with a population raster, of linked reports."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from assessment_kit import COARSE_M, coarse_domain, drawn
from rasterio.transform import Affine

from api.base import assessments
from api.base.assessments import Shelf, make_assessment
from api.base.settings import Settings
from api.roads import planners as planner
from api.roads.planners import ReadyPlanner, make_ready
from geo.boundaries.regions import Boundaries
from geo.incidents.batch import Batch
from geo.roads import shipped_network
from geo.store import Store
from models.risk.assessing import assess
from models.risk.assessment import Assessment
from models.risk.inputs import build_domain
from models.risk.target import Target
from models.routes import road_risk
from models.routes.corridor import Corridor
from models.routes.lixels import Lixels
from models.routes.road_risk import RecordedEvents, RoadRisk

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 22)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home of its own on the day `TODAY`, and coarse cells: the same way in a tenth of the time."""

    def coarse(*arguments: object, **options: object) -> object:
        return build_domain(*arguments, **{**options, "cell_m": COARSE_M})  # type: ignore[arg-type]

    for module in ("models.risk.inputs", "models.risk.assessing", "models.routes.planner"):
        monkeypatch.setattr(f"{module}.build_domain", coarse)
    go_to(TODAY, monkeypatch)
    return Settings(home=tmp_path, store="")


def go_to(day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessments, "today", lambda: day)
    monkeypatch.setattr(planner, "today", lambda: day)


def until_today() -> gpd.GeoDataFrame:
    """Incidents of six years; one is of today, one of last year was entered today."""
    table = drawn(200, first=TODAY - timedelta(days=2001))
    table.loc["drawn:00199", "date"] = pd.Timestamp(TODAY)
    table.loc["drawn:00120", "entered_at"] = pd.Timestamp(TODAY) + pd.Timedelta(hours=9)
    return table


def store_with(settings: Settings, *tables: gpd.GeoDataFrame) -> Store:
    store = Store.open(f"sqlite:///{settings.home / 'sira.sqlite'}", seed=False)
    for table in tables:
        store.add_incidents(Batch("new.csv", "test", len(table), table, (), ()))
    return store


def kept(store: Store, settings: Settings, target: Target = Target.IED) -> Assessment:
    """Make an assessment as the service does, and read it back."""
    shelf = Shelf.of(settings)
    made = make_assessment(store, settings, target)
    shelf.keep(made)
    found = Shelf.of(settings).get(made.revision, target)
    assert found is not None
    return found


def ready(store: Store, settings: Settings, assessment: Assessment) -> ReadyPlanner:
    return make_ready(store, Boundaries.shipped(), assessment, settings.home)


def test_records_of_the_day_of_the_import_are_forecast_from(settings: Settings) -> None:
    with store_with(settings, until_today()) as store:
        found = kept(store, settings)
    assert len(found.event_ids) == 200
    assert found.newest == TODAY
    assert found.t0 == found.as_of == TOMORROW


def test_the_planner_is_made_again_on_any_later_day(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_with(settings, until_today()) as store:
        found = kept(store, settings)
        go_to(TOMORROW, monkeypatch)
        assert len(ready(store, settings, found).planner.segments()) > 0


def test_the_planner_stands_on_the_population_of_the_assessment(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.tif"
    values = np.random.default_rng(0).gamma(1.0, 20.0, (60, 80)).astype("float32")
    profile = {"driver": "GTiff", "height": 60, "width": 80, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", **profile, transform=Affine(0.25, 0.0, -13.0, 0.0, -0.27, 26.0)) as out:
        out.write(values, 1)
    raster = settings.model_copy(update={"population": path})
    with store_with(settings, until_today()) as store:
        found = kept(store, raster)
        path.unlink()
        go_to(TOMORROW, monkeypatch)
        assert ready(store, settings, found).planner.alpha > 0


def linked() -> gpd.GeoDataFrame:
    """IEDs, ERW, and thirty events of which one source tells the device and another one, more precisely, the place."""
    ied = drawn(100, first=TODAY - timedelta(days=2001))
    erw = drawn(60, seed=1, hazard="uxo", source="erw", first=TODAY - timedelta(days=2001))
    again = erw.iloc[:30].rename(index=lambda name: name.replace("erw", "vague"))
    again = again.assign(source="vague", source_id=again.index, hazard_type="unknown", location_error_km=1.0)
    return pd.concat([ied, erw, again])


def test_an_event_of_linked_reports_is_of_one_target(settings: Settings) -> None:
    table = linked()
    with store_with(settings, table) as store:
        reports = store.incidents()
        ied, erw = (kept(store, settings, target) for target in (Target.IED, Target.ERW))
        shown = ready(store, settings, erw).incidents
    event_of = reports["event_id"]
    vague = event_of[reports["source"] == "vague"]
    both = set(vague) & set(event_of[reports["source"] == "erw"])
    assert len(both) >= 25
    assert not set(ied.event_ids) & set(erw.event_ids)
    assert both <= set(erw.event_ids)
    assert set(ied.event_ids) | set(erw.event_ids) == set(event_of)
    # what is shown of such an event is the report that puts it in its place
    assert set(shown["event_id"]) == set(erw.event_ids)
    assert (shown.set_index("event_id").loc[sorted(both), "source"] == "vague").all()


def test_the_fits_of_corridors_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    boundaries = Boundaries.shipped()
    domain = coarse_domain(boundaries)
    table = drawn(120).assign(location_error_km=np.linspace(0.1, 4.0, 120))
    assessment = assess(table, boundaries, as_of=date(2024, 1, 1), domain=domain)
    recorded = RecordedEvents.of(assessment, table, boundaries, domain)
    risk = RoadRisk(assessment, recorded, Lixels(shipped_network()), domain)
    monkeypatch.setattr(road_risk, "_KEPT", 2)
    corridors = [Corridor(width, width, exact_only=True, caveat=None) for width in (0.5, 1.0, 1.5)]
    fits = [risk.fitted(each) for each in corridors]
    assert len(risk._fitted) == 2
    assert risk.fitted(corridors[2]) is fits[2]
    assert risk.fitted(corridors[0]) is not fits[0]

"""The figures that ship: they are there, typed, attributed, and add up to their source."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from geo.boundaries.regions import Boundaries
from geo.core import figures
from geo.core.errors import ParameterError
from geo.core.provenance import data_path, sources

COUNTS = ["events_exact", "events_spread", "killed_exact", "killed_spread"]


def test_published_figures_have_dates_numbers_and_sources() -> None:
    table = figures.published()
    assert table["start"].dt.year.between(2012, 2023).all()
    assert table["value"].notna().all()
    assert table["source"].notna().all()
    mopti = table[(table["indicator"] == "ied_mine_device_share") & (table["area"] == "Mopti")]
    assert mopti["value"].tolist() == [0.46]


@pytest.mark.parametrize(("level", "n_units"), [("cercle", 50), ("region", 11)])
def test_conflict_counts_hold_every_event_in_known_units(level: str, n_units: int) -> None:
    table = figures.conflict_counts(level)
    units = Boundaries.shipped().units(level, figures.CONFLICT_VINTAGE)
    assert len(units) == n_units
    assert set(table["unit_id"]) <= set(units.index)
    assert not table.duplicated(["unit_id", "month"]).any()
    assert (table[COUNTS] >= 0).all().all()
    assert table[["events_exact", "events_spread"]].sum().sum() == pytest.approx(891, abs=1e-4)
    assert table["month"].dt.day.eq(1).all()
    assert table["month"].dt.year.between(1990, 2020).all()


def test_both_levels_tell_of_the_same_deaths() -> None:
    deaths = [
        figures.conflict_counts(level)[["killed_exact", "killed_spread"]].sum().sum() for level in ("cercle", "region")
    ]
    assert deaths[0] == pytest.approx(deaths[1], abs=1e-4)


def test_a_level_without_counts_is_refused() -> None:
    with pytest.raises(ParameterError, match="commune"):
        figures.conflict_counts("commune")


def test_every_file_is_attributed() -> None:
    listed = {source.path for source in sources() if source.path.startswith("figures/")}
    assert listed == {f"figures/{name}.csv" for name in ("figures", "conflict_counts")}


@pytest.mark.sample
def test_the_build_gives_what_is_shipped(sample_data: Path) -> None:
    specification = importlib.util.spec_from_file_location("figures_build", data_path("figures/build.py"))
    assert specification is not None
    assert specification.loader is not None
    build = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(build)
    built = build.conflict_counts(sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv")
    for level in build.LEVELS:
        fresh = built[built["level"] == level].reset_index(drop=True)
        shipped = figures.conflict_counts(level)
        assert fresh["unit_id"].tolist() == shipped["unit_id"].tolist()
        pd.testing.assert_frame_equal(fresh[COUNTS], shipped[COUNTS], check_exact=False, atol=1e-6)

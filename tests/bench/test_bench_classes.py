"""How often units change their class from month to month, with and without the memory of the last assessment."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from assessment_kit import coarse_domain

from geo.boundaries.regions import Boundaries
from geo.incidents.readers import read
from models.risk.assessing import assess
from models.risk.assessment import Assessment
from models.risk.class_limits import Support, classify
from models.risk.inputs import VINTAGE
from models.risk.target import Target

pytestmark = [pytest.mark.bench, pytest.mark.sample]

MONTHS = pd.date_range("2019-01-01", "2020-12-01", freq="MS")
LEVELS = ("region", "cercle", "commune")


def changes(before: pd.Series, now: pd.Series) -> int:
    """Return of how many units that are assessed at both times the class is another."""
    both = (before != "not_assessed") & (now != "not_assessed")
    return int((before[both] != now[both]).sum())


def test_classes_change_less_often_with_a_memory(sample_data: Path) -> None:
    """UCDP GED of Mali, an assessment on the first of each month of two years, on cells of 25 km."""
    boundaries = Boundaries.shipped()
    table = read(
        sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv", boundaries=boundaries, today=date(2021, 6, 1)
    ).accepted
    table = table.set_index(table["source"] + ":" + table["source_id"].astype(str))
    domain = coarse_domain(boundaries)
    counted = dict.fromkeys(((level, kind) for level in LEVELS for kind in ("plain", "remembered")), 0)
    last: Assessment | None = None
    plain: dict[str, pd.Series] = {}
    for revision, month in enumerate(MONTHS):
        made = assess(
            table,
            boundaries,
            target=Target.CONFLICT,
            as_of=month.date(),
            revision=revision,
            previous=last,
            domain=domain,
        )
        for level in LEVELS:
            units = made.units[level, VINTAGE]
            fresh = classify(Support(level), units["expected"], units["assessed"], days=made.horizon_days)
            now = pd.Series([str(band) for band in fresh], index=units.index)
            if last is not None:
                counted[level, "plain"] += changes(plain[level], now)
                counted[level, "remembered"] += changes(last.units[level, VINTAGE]["band"], units["band"])
            plain[level] = now
        last = made
    steps = len(MONTHS) - 1
    for level in LEVELS:
        both = [counted[level, kind] / steps for kind in ("plain", "remembered")]
        print(f"\n{level}: {both[0]:.2f} changes of class a month without memory, {both[1]:.2f} with it")
        assert both[1] <= both[0]
    assert sum(counted[level, "remembered"] for level in LEVELS) < sum(counted[level, "plain"] for level in LEVELS)

"""Measures what an explanation says: group after group of events is taken out, and the forecast is made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.boundaries.regions import Boundaries
from models.risk.assessment import Assessment
from models.risk.domain import Domain, Floats
from models.risk.extents import unit_sets
from models.risk.inputs import Inputs, day_of, gather_inputs
from models.risk.location import Events

#: Shares of units that expect less than this are not held to anything.
LEAST_EXPECTED = 0.1
TOLERANCE = 0.2
DAYS = {"3_months": (1, 91), "12_months": (92, 365), "3_years": (366, 1095), "older": (1096, 100_000)}
LEVELS = (("region", "2016"), ("cercle", "2016"), ("commune", "2016"))


@dataclass(frozen=True)
class Measured:
    """By unit and group: what the explanation says, and what is missing without the group, as parts of `expected`."""

    table: pd.DataFrame

    def right(self) -> pd.Series:
        """Return, by level, the part of the units in which each group's share is within a fifth of what is missing."""
        far = (self.table["share"] - self.table["missing"]).abs() > TOLERANCE * self.table["missing"].abs() + 1e-6
        return 1 - far.groupby([self.table["level"], self.table["unit_id"]]).any().groupby("level").mean()


def measured(
    found: Assessment, incidents: gpd.GeoDataFrame, boundaries: Boundaries, domain: Domain, as_of: date
) -> Measured:
    """Take each group's events out of the inputs of `found`; the fit, the record's length and the pool stay."""
    inputs = gather_inputs(incidents, boundaries, domain, found.target, as_of)
    assert inputs is not None
    model = found.estimator(domain)
    assert model is not None
    sets = {(s.level, s.vintage): s for s in unit_sets(boundaries, domain)}
    whole = model.forecast(inputs.events, auxiliary=inputs.auxiliary)
    rows = []
    for name, taken in _groups(inputs):
        events, auxiliary = taken(inputs)
        without = model.forecast(events, auxiliary=auxiliary)
        without = replace(without, counts=replace(whole.counts, mu=without.counts.mu))
        for key in LEVELS:
            told = found.table(*key)
            missing = told["expected"].to_numpy() - sets[key].expected(without)
            parts = pd.DataFrame({"missing": missing / told["expected"], "share": told[f"share_{name}"]})
            rows.append(parts[told["expected"] >= LEAST_EXPECTED].assign(level=key[0], group=name))
    return Measured(pd.concat(rows).reset_index())


def _groups(inputs: Inputs) -> Iterator[tuple[str, Callable[[Inputs], tuple[Events, Events | None]]]]:
    age = np.ceil(day_of(inputs.t0) - inputs.events.day)
    for name, (youngest, oldest) in DAYS.items():
        kept = ~((age >= youngest) & (age <= oldest))
        yield name, lambda inputs, kept=kept: (_emptied(inputs.events, kept), inputs.auxiliary)
    if inputs.auxiliary is not None:
        none = np.zeros(len(inputs.auxiliary), bool)
        yield "auxiliary", lambda inputs: (inputs.events, _emptied(inputs.auxiliary, none))


def _emptied(events: Events | None, kept: Floats) -> Events:
    """Leave the events that are not kept nowhere: they add nothing, and the record is as long as it was."""
    assert events is not None
    return replace(events, mass=events.mass.multiply(kept[:, None].astype(float)).tocsr())

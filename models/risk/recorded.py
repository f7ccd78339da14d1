"""What was recorded per unit and cell: a precise point counts where it lies, only imprecise ones are shared out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from geo.boundaries.regions import Boundaries
from geo.counting.counts import Span, events_within
from geo.incidents.schema import DEFAULT_ERROR_KM
from models.risk.domain import Domain, Floats
from models.risk.extents import UnitSet
from models.risk.inputs import day_of
from models.risk.location import Events
from models.risk.shrinkage import empirical_bayes

#: Rates are of the incidents of one year.
RATE_DAYS: Final = 365


class RecordedCounts:
    """The events of one target that were recorded before `t0`, counted as `geo.counting.counts.count` counts them.

    Parameters
    ----------
    incidents : GeoDataFrame
        One row per event (`geo.counting.events.to_events`).
    """

    def __init__(self, boundaries: Boundaries, incidents: gpd.GeoDataFrame, t0: date) -> None:
        self._boundaries, self._incidents, self._t0 = boundaries, incidents, t0

    def years(self, most: int) -> list[Span]:
        """Return the whole years of 365 days before `t0` that the record covers, oldest first, at most `most`."""
        if self._incidents.empty:
            return []
        covered = (self._t0 - self._incidents["date"].min().date()).days // RATE_DAYS
        return [self._year(back) for back in range(min(most, covered), 0, -1)]

    def per_unit(self, level: str, vintage: str, spans: Sequence[Span]) -> Floats:
        """Return the events in each span and unit, shape (spans, units)."""
        return events_within(self._incidents, self._boundaries, level, vintage, spans)

    def per_cell(self, events: Events, domain: Domain, spans: Sequence[Span]) -> Floats:
        """Return the events in each span and cell, shape (spans, cells).

        A point whose error is smaller than half a cell counts in the cell that holds it.

        Parameters
        ----------
        events : Events
            The same events where the model places them.
        """
        usual = self._incidents["location_precision"].map({key.value: km for key, km in DEFAULT_ERROR_KM.items()})
        error_m = self._incidents["location_error_km"].fillna(usual.astype("float64")).reindex(events.ids) * 1000
        precise = (events.cell >= 0) & (error_m.to_numpy(np.float64) < domain.cell_m / 2)
        where = (np.flatnonzero(precise), events.cell[precise])
        held = sparse.csr_array((np.ones(precise.sum()), where), shape=events.mass.shape)
        spread = events.mass.multiply(~precise[:, None])
        start, end = (np.array([day_of(span[side]) for span in spans])[:, None] for side in (0, 1))
        chosen = (events.day >= start) & (events.day < end)
        return np.asarray(chosen.astype(np.float64) @ (held + spread), np.float64)

    def rates(self, units: UnitSet) -> pd.DataFrame:
        """Return the last year's events per unit and per 100,000 people, raw and shrunk, where these are known."""
        people = self._boundaries.units(units.level, units.vintage)["population"].astype("float64")
        count = self.per_unit(units.level, units.vintage, [self._year(1)])[0]
        table = pd.DataFrame(
            {"recorded": count, "population": people.to_numpy(), "rate_raw": np.nan, "rate_shrunk": np.nan},
            index=units.ids,
        )
        known = (table["population"] > 0).to_numpy()
        if known.any():
            rates = empirical_bayes(count[known], table["population"].to_numpy()[known])
            table.loc[known, "rate_raw"], table.loc[known, "rate_shrunk"] = rates.raw, rates.shrunk
        return table

    def _year(self, back: int) -> Span:
        start = self._t0 - timedelta(days=back * RATE_DAYS)
        return start, start + timedelta(days=RATE_DAYS)

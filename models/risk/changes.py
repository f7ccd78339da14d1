"""Why an assessment differs from the last one: new records, the passing of time, the model fitted anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import pandas as pd

from geo.core.errors import FileError
from geo.core.messages import message
from models.risk.assessment import Assessment, Key
from models.risk.inputs import Inputs, day_of, has_enough_events
from models.risk.location import Events
from models.risk.target import history_for, model_for

if TYPE_CHECKING:  # whoever only shows what was estimated does without the estimators
    from models.risk.counts import CountHistory
    from models.risk.extents import UnitSet
    from models.risk.model import Forecast, RiskModel

#: Where there is no assessment to compare with: the model as it would have stood three steps of its windows earlier.
STEPS_BACK: Final = 3
NO_EARLIER: Final = message("There is no earlier forecast to compare with: too little was known three months before.")


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Expected incidents then and now, and the way from one to the other; for any unit the parts add up.

    Attributes
    ----------
    since : date
        Date of the assessment compared with.
    from_assessment : bool
        Whether that was one that was made; otherwise it is reckoned back.
    published : mapping of (level, vintage) to Series
        What that assessment said, where it was one.
    start, aged, fed, end : Forecast
        As it was; the same records and model at today's date; with the records known today; with today's model.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("before", "change_new", "change_decay", "change_model")

    since: date
    from_assessment: bool
    published: dict[Key, pd.Series]
    start: Forecast
    aged: Forecast
    fed: Forecast
    end: Forecast

    def table(self, units: UnitSet) -> pd.DataFrame:
        """Return `COLUMNS` per unit: ``before`` and three parts that lead from it to what is expected now.

        Records corrected since then count as new ones.
        """
        start, aged, fed, end = (units.expected(each) for each in (self.start, self.aged, self.fed, self.end))
        before = start
        if (units.level, units.vintage) in self.published:
            said = self.published[units.level, units.vintage].reindex(units.ids).to_numpy(np.float64)
            before = np.where(np.isfinite(said), said, start)
        decay, model = aged - start, end - fed
        new = end - before - decay - model
        return pd.DataFrame(dict(zip(self.COLUMNS, (before, new, decay, model), strict=True)), index=units.ids)


def change_since(
    previous: Assessment | None, model: RiskModel, forecast: Forecast, history: CountHistory, inputs: Inputs
) -> Changes | None:
    """Return the way from `previous`, or from a quarter earlier where there is none that fits, to `forecast`.

    None where too little was known a quarter earlier: there is nothing to compare with.

    Parameters
    ----------
    model, forecast, history
        Today's estimator, forecast and rates, made from `inputs`.
    """
    from models.risk.intensity import STEP_DAYS

    domain, auxiliary = forecast.domain, inputs.auxiliary
    old = _fitted(previous, model, inputs)
    published: dict[Key, pd.Series] = {}
    if previous is None or old is None:
        then = forecast.t0 - STEPS_BACK * STEP_DAYS
        since, from_assessment = inputs.t0 - timedelta(days=round(STEPS_BACK * STEP_DAYS)), False
        known = inputs.events.before(then)
        if not has_enough_events(inputs.events, then):
            return None
        old = model_for(inputs.target)
        old.fit(inputs.events, domain, t0=then, auxiliary=auxiliary, bank=forecast.bank, history=history)
    else:
        then, since, from_assessment = day_of(previous.t0), previous.t0, True
        published = {key: table["expected"] for key, table in previous.units.items()}
        known = _known_to(previous, inputs.events, then)
    bank = old.bank(known, domain, auxiliary)
    earlier = history_for(inputs.target, known, domain, auxiliary)
    return Changes(
        since=since,
        from_assessment=from_assessment,
        published=published,
        start=old.forecast(known, t0=then, auxiliary=auxiliary, bank=bank, history=earlier),
        aged=old.forecast(known, t0=forecast.t0, auxiliary=auxiliary, bank=bank, history=earlier),
        fed=old.forecast(inputs.events, t0=forecast.t0, auxiliary=auxiliary, bank=forecast.bank, history=history),
        end=forecast,
    )


def has_no_earlier(assessment: Assessment) -> bool:
    """Tell whether an assessment has estimates but nothing to compare them with."""
    return assessment.has_estimates and assessment.about["change_since"] is None


def _known_to(previous: Assessment, events: Events, then: float) -> Events:
    """Those of `events` that `previous` was made from, as it knew them: entered after its newest record, if need be."""
    mine = events.take(np.isin(events.ids.astype(str), previous.event_ids))
    return replace(mine, known=np.minimum(mine.known, then - 1)).before(then)


def _fitted(previous: Assessment | None, model: RiskModel, inputs: Inputs) -> RiskModel | None:
    """The earlier assessment's estimator where it can be compared: same target, data, cells and kernels, not later.

    What real incidents changed is not told against invented ones, nor the other way round.
    """
    if previous is None or previous.target is not inputs.target or previous.t0 > inputs.t0:
        return None
    if previous.synthetic != inputs.synthetic:
        return None
    try:
        old = previous.estimator(model.domain_)
    except FileError:  # another grid, other units or another version: the quarter earlier takes its place
        return None
    if old is None or old.mixture_.terms_ != model.mixture_.terms_ or old.counts_.columns_ != model.counts_.columns_:
        return None
    return old

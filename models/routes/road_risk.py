"""From an assessment and a network to what is expected on its roads, now and a period earlier, for any corridor."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.boundaries.regions import Boundaries
from geo.core.errors import ModelError
from geo.core.messages import message
from geo.roads.graph import Floats
from geo.roads.shipped import shipped_network
from models.risk.assessment import Assessment
from models.risk.domain import Domain
from models.risk.inputs import VINTAGE, day_of, gather_inputs
from models.risk.location import Events
from models.risk.target import Target, history_for
from models.routes.answer import CORRIDOR_KM, Coverage
from models.routes.corridor import Corridor, DensityRaster, Rasters, choose_corridor
from models.routes.dispersion import SampleRoutes
from models.routes.lixels import Lixels
from models.routes.road_model import (
    DECAYS_DAYS,
    Intensity,
    Mixture,
    RoadEvents,
    RoadForecast,
    RoadMixture,
    Surroundings,
)

#: A cercle is under-observed where fewer reports of any kind came from it in five years, or none for so many months.
FEW_REPORTS: Final = 12.0
QUIET_MONTHS: Final = 12.0
#: Routes whose past tells how far counts in corridors scatter.
DISPERSION_ROUTES: Final = 100
#: Fits kept: each takes up some 20 MB, and a request may ask for any corridor.
_KEPT: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class RecordedEvents:
    """The events of the target, as the roads need them.

    Attributes
    ----------
    events : Events
    error_km : float array (n,)
        How far each point may be off; missing where the event has none.
    auxiliary : Events or None
        Those that the assessment used.
    """

    events: Events
    error_km: Floats
    auxiliary: Events | None

    @classmethod
    def of(
        cls, assessment: Assessment, incidents: gpd.GeoDataFrame, boundaries: Boundaries, domain: Domain
    ) -> RecordedEvents:
        """Take the events that `assessment` was made from out of the table of incidents.

        Raises
        ------
        ModelError
            If they are not those that it was made from.
        """
        inputs = gather_inputs(incidents, boundaries, domain, assessment.target, assessment.as_of)
        if inputs is None or set(inputs.events.ids.astype(str)) != set(assessment.event_ids.astype(str)):
            raise ModelError(message("The incidents are not those that the assessment was made from. Assess again."))
        error = inputs.incidents["location_error_km"].reindex(inputs.events.ids).to_numpy(np.float64)
        has_point = np.isfinite(inputs.events.xy_m).all(axis=1)
        return cls(inputs.events, np.where(has_point, np.nan_to_num(error), np.nan), inputs.auxiliary)


@dataclass(frozen=True, slots=True, eq=False)
class RoadFit:
    """What is expected on roads over the assessment's horizon, for one choice of events.

    `before` is what the same weights said of the period before, None where there is nothing to compare with.
    """

    events: RoadEvents
    mixture: Mixture
    shares: Intensity
    forecast: RoadForecast
    rasters: Rasters
    before: DensityRaster | None


class RoadRisk:
    """One assessment on one network. Fits once for each choice of events, and keeps the last few.

    Parameters
    ----------
    assessment : Assessment
        With estimates.
    recorded : Recorded
    lixels : Lixels
    domain : Domain
        The one of the assessment.
    """

    def __init__(self, assessment: Assessment, recorded: RecordedEvents, lixels: Lixels, domain: Domain) -> None:
        if len(assessment.cells) != len(domain):
            raise ModelError(message("The assessment stands on other cells. Assess again."))
        self.assessment: Final = assessment
        self.recorded: Final = recorded
        self.lixels: Final = lixels
        self.domain: Final = domain
        endless = (float("inf"),)
        decays = endless if assessment.target is Target.ERW else DECAYS_DAYS
        self.roads: Final = RoadMixture(lixels, domain, decays_days=decays)
        self.surroundings: Final = Surroundings.of(lixels, domain, CORRIDOR_KM + lixels.network.error_km)
        self.coverage: Final = coverage_of(assessment, domain)
        self._fitted: OrderedDict[tuple[float, bool], RoadFit] = OrderedDict()
        self._alpha: float | None = None
        self._lock = threading.Lock()

    def corridor(self, asked_km: float | None) -> Corridor:
        """Return the corridor for a request; see `models.routes.corridor.choose_corridor`."""
        return choose_corridor(asked_km, self.recorded.error_km)

    def fitted(self, corridor: Corridor) -> RoadFit:
        """Return what is expected on roads from the events that suit a corridor."""
        key = (corridor.finest_km, corridor.exact_only)
        with self._lock:
            if key not in self._fitted:
                self._fitted[key] = self._fit(corridor)
                while len(self._fitted) > _KEPT:
                    self._fitted.popitem(last=False)
            self._fitted.move_to_end(key)
            return self._fitted[key]

    def _fit(self, corridor: Corridor) -> RoadFit:
        events, error = self.recorded.events, self.recorded.error_km
        share_near = 1.0
        if corridor.exact_only:
            kept = error <= corridor.finest_km
            all_of_them = self._on_roads(events, error, CORRIDOR_KM, CORRIDOR_KM)
            events, error = events.take(kept), error[kept]
            on_roads = self._on_roads(events, error, corridor.finest_km, corridor.km)
            total = float((all_of_them.place >= 0).sum() + all_of_them.mass.sum())
            share_near = (float((on_roads.place >= 0).sum()) + 0.5) / (total + 1.0)
        else:
            on_roads = self._on_roads(events, error, corridor.finest_km, max(corridor.finest_km, CORRIDOR_KM))
        t0 = day_of(self.assessment.t0)
        mixture = self.roads.fit(on_roads, t0)
        shares = self.roads.intensity(mixture, on_roads, t0)
        cells = self.assessment.cells["expected"].to_numpy(np.float64)
        forecast = self.surroundings.forecast(shares, cells, share_near=min(share_near, 1.0))
        located = float(on_roads.point.mean()) if len(on_roads.point) else 0.0
        rasters = Rasters.of(self.lixels, self.domain, forecast, located)
        return RoadFit(on_roads, mixture, shares, forecast, rasters, self._before(mixture, on_roads, share_near))

    def _on_roads(self, events: Events, error_km: Floats, finest_km: float, reach_km: float) -> RoadEvents:
        return RoadEvents(
            events,
            error_km,
            self.lixels,
            finest_km=finest_km,
            reach_km=reach_km + self.lixels.network.error_km,
            cells=self.surroundings.cells,
        )

    def _before(self, mixture: Mixture, events: RoadEvents, share_near: float) -> DensityRaster | None:
        """What was expected on roads for the period before, by the cercles' counts as the assessment has them."""
        table = self.assessment.units.get(("cercle", VINTAGE))
        if table is None or not table["before"].notna().all():
            return None
        t0 = day_of(self.assessment.t0) - self.assessment.horizon_days
        if not len(events.events.before(t0)):
            return None
        table = table.reindex(list(self.domain.unit_ids))
        ratio = (table["before"] / table["expected"]).to_numpy(np.float64)
        cells = self.assessment.cells["expected"].to_numpy(np.float64) * ratio[self.surroundings.cell_unit]
        shares = self.roads.intensity(mixture, events, t0)
        forecast = self.surroundings.forecast(shares, cells, share_near=min(share_near, 1.0))
        return DensityRaster(self.lixels, self.domain, forecast.expected, forecast.off_road)

    def alpha(self) -> float:
        """Overdispersion of counts in corridors; without an estimate a number that nothing is multiplied with."""
        with self._lock:
            if self._alpha is None:
                self._alpha = self._find_alpha()
            return self._alpha

    def _find_alpha(self) -> float:
        model = self.assessment.estimator(self.domain)
        if model is None:
            return 1.0
        recorded, cells = self.recorded, self.assessment.cells["expected"].to_numpy(np.float64)
        routes = SampleRoutes.of(
            shipped_network(),
            recorded.events,
            recorded.error_km,
            self.domain,
            corridor_km=self.corridor(None).km,
            count=DISPERSION_ROUTES,
        )
        history = history_for(self.assessment.target, recorded.events, self.domain, recorded.auxiliary)
        around = routes.surroundings
        near = np.bincount(around.cell_unit[around.near], cells[around.near], minlength=around.units)
        whole = np.bincount(around.cell_unit, cells, minlength=around.units)
        share = np.divide(near, whole, out=np.zeros_like(near), where=whole > 0)  # a small unit may have no cell
        t0 = day_of(self.assessment.t0)
        return routes.alpha(routes.roads.fit(routes.events, t0), model.counts_, history, share, t0)


def coverage_of(assessment: Assessment, domain: Domain) -> NDArray[np.object_]:
    """Return the coverage of each cell of the domain, in its order: that of its cercle where the cell is assessed.

    Under-observed: assessed, but on fewer than twelve reports of any kind in five years, after more than a year
    without any, or where the source of most reports has stopped.
    """
    cells = assessment.cells
    table = assessment.units["cercle", VINTAGE].loc[cells["cercle"].to_numpy()]
    little = (table["reports"] < FEW_REPORTS) | (table["months_since_last"] > QUIET_MONTHS)
    little |= table["stopped_source"].notna()
    result = np.full(len(domain), Coverage.ASSESSED, dtype=object)
    result[little.to_numpy(bool)] = Coverage.UNDER_OBSERVED
    result[~cells["assessed"].to_numpy(bool)] = Coverage.NOT_ASSESSED
    return result

"""What the national sheet says: cercles by band, counts of the country, published figures beside the store's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import geopandas as gpd
import pandas as pd

from api.base.access import Caller
from api.base.service import Snapshot
from api.bulletin.comparison import Comparison, compare
from api.bulletin.tally import Tally, data_dates, tally
from api.bulletin.unit_facts import check_unit_access, counted_apart
from api.layers.counting import counts_within
from api.layers.layer import Query
from api.layers.registry import LAYERS
from api.layers.units import TOLERANCE_M
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.incidents.schema import HazardType
from geo.store import Store
from models.risk.assessment import Assessment
from models.risk.class_limits import Band
from models.risk.target import HAZARDS, Target

#: Level of the map and the list: what anybody may see.
LEVEL: Final = "cercle"


@dataclass(frozen=True, slots=True, eq=False)
class NationalFacts:
    """All that one national sheet is made of.

    `units` are the cercles with ``name``, ``band``, ``assessed``, ``expected``, ``low`` and ``high``; `synthetic`
    says that all records are invented.
    """

    units: gpd.GeoDataFrame
    target: Target
    assessment: Assessment
    counts: Tally
    comparisons: tuple[Comparison, ...]
    today: date
    revision: int
    synthetic: bool


def gather_nation(
    store: Store, snapshot: Snapshot, assessment: Assessment, caller: Caller, today: date
) -> NationalFacts:
    """Return what the national sheet says; it holds nothing that `caller` needs a key for.

    Raises
    ------
    AccessDeniedError
        As `api.base.access.disclose`.
    """
    check_unit_access(LEVEL, caller)
    boundaries, target = snapshot.boundaries, assessment.target
    units = boundaries.simplified(LEVEL, DEFAULT_VINTAGE, 4 * TOLERANCE_M[LEVEL])
    table = assessment.table(LEVEL, DEFAULT_VINTAGE).reindex(units.index)
    units["band"] = table["band"].fillna(Band.NOT_ASSESSED.value)
    for name in ("assessed", "expected", "low", "high", "reason"):
        units[name] = table[name]

    def all_counts(hazards: tuple[HazardType, ...]) -> pd.DataFrame:
        query = Query(LAYERS["regions"], DEFAULT_VINTAGE, None, None, hazards, "en")
        return counts_within(store, snapshot, query, None, hazards)

    apart = {
        name: (all_counts(hazards), known)
        for name, hazards in counted_apart(target).items()
        if (known := data_dates(store, hazards)) is not None
    }
    own, data = store.data_period(HAZARDS[target]), data_dates(store, HAZARDS[target])
    counts = tally(all_counts(HAZARDS[target]), apart, data, own and own[1])
    return NationalFacts(
        units=units,
        target=target,
        assessment=assessment,
        counts=counts,
        comparisons=compare(store, snapshot),
        today=today,
        revision=snapshot.revision,
        synthetic=snapshot.is_synthetic_only,
    )

"""Makes tables from what the layers and the answers about routes are made from: no second way to compute a number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pandas as pd

from api.collections.context import Basis, UntypedRows
from api.layers.encode import MOST_DECIMALS
from api.layers.layer import PARTIAL_DATE, DataLayer, Query, RiskLayer, RiskQuery
from api.layers.risk import about_assessment as about_risk
from api.layers.risk import risk_table
from api.layers.tables import layer_table
from api.layers.units import DECIMALS
from api.layers.words import put_into_words
from api.roads.answers import about_answer as about_roads
from api.roads.layers import RoadLayer
from geo.incidents.schema import EXPLOSIVE
from models.risk.target import Target
from models.routes import words
from models.routes.answer import HORIZON_DAYS

_FIRST_DAY: Final = "0000-01-01"
#: Letters of a year, a month, a day.
_LENGTHS: Final = (4, 7, 10)


def data(layer: DataLayer, vintage: str, basis: Basis) -> UntypedRows:
    """Make the table of a layer over the whole period of the data; of partly known dates, their first day."""
    query = Query(layer, vintage, None, None, EXPLOSIVE, basis.lang)
    table = layer_table(basis.store, basis.snapshot, query, basis.caller)
    frame = table.frame
    for name in (each.name for each in layer.attributes if each.unit == PARTIAL_DATE):
        whole = frame[name] + frame[name].str.len().map({n: _FIRST_DAY[n:] for n in _LENGTHS}).astype("str")
        frame[name] = pd.to_datetime(whole, format="%Y-%m-%d")
    return UntypedRows(frame, table.about, table.decimals)


def risk(layer: RiskLayer, level: str, vintage: str, target: Target, basis: Basis) -> UntypedRows:
    """Make the table of a layer of an assessment."""
    assert basis.assessment is not None
    query = RiskQuery(layer, target, level, vintage, basis.lang)
    secret = basis.store.secret("pseudonyms")
    frame = risk_table(basis.assessment, basis.snapshot.boundaries, query, basis.caller, secret=secret)
    return UntypedRows(frame, about_risk(basis.assessment, query, basis.today, basis.caller), DECIMALS)


def roads(layer: RoadLayer, basis: Basis) -> UntypedRows:
    """Make the table of a layer of roads."""
    assert basis.ready is not None
    ready, start = basis.ready, basis.ready.assessment.t0
    schematic = (words.SCHEMATIC,) if ready.network.is_schematic else ()
    caveats = (*words.NO_CERTIFICATE, words.NOT_PER_TRIP, *schematic)
    about: dict[str, Any] = about_roads(
        ready, caveats, start, start + timedelta(days=HORIZON_DAYS), basis.lang, basis.today
    )
    frame = put_into_words(layer.make(ready), layer.attributes, basis.lang)
    return UntypedRows(frame, about | {"schematic": ready.network.is_schematic}, MOST_DECIMALS)

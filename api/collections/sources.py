"""Makes tables from what the layers and the answers about routes are made from: no second way to compute a number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from api.base.i18n import translate
from api.collections.basis import Basis, Made
from api.layers.asking import LayerName, Query, RiskLayerName, RiskQuery
from api.layers.encode import MOST_DECIMALS
from api.layers.risk import about as about_risk
from api.layers.risk import risk_table
from api.layers.tables import layer_table
from api.layers.units import DECIMALS
from api.roads.answers import about as about_roads
from api.roads.answers import significant
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.incidents.schema import EXPLOSIVE
from models.risk.bands import Band, label
from models.risk.target import Target
from models.routes import words as words
from models.routes.answer import HORIZON_DAYS, Coverage

_FIRST_DAY: Final = "0000-01-01"


def layer(name: LayerName, vintage: str, basis: Basis) -> Made:
    """Make the table of a layer of counts, points or reference, over the whole period of the data."""
    query = Query(name, vintage, None, None, EXPLOSIVE, basis.lang)
    table = layer_table(basis.store, basis.snapshot, query, basis.caller)
    return Made(table.frame, table.about, table.decimals)


def incidents(basis: Basis) -> Made:
    """Make the table of incidents: as the layer, but the date is the first day of what is known of it."""
    made = layer(LayerName.INCIDENTS, DEFAULT_VINTAGE, basis)
    made.frame["date"] = pd.to_datetime([text + _FIRST_DAY[len(text) :] for text in made.frame["date"]])
    return made


def risk(name: RiskLayerName, level: str, vintage: str, target: Target, basis: Basis) -> Made:
    """Make the table of a layer of an assessment."""
    assert basis.assessment is not None
    query = RiskQuery(name, target, level, vintage, basis.lang)
    secret = basis.store.secret("pseudonyms")
    frame = risk_table(basis.assessment, basis.snapshot.boundaries, query, basis.caller, secret=secret)
    return Made(frame, about_risk(basis.assessment, query, basis.today, basis.caller), DECIMALS)


def segments(basis: Basis) -> Made:
    """Make the table of road segments with what is expected and recorded along them."""
    assert basis.ready is not None
    table = basis.ready.planner.segments()
    frame = table.rename(columns={"n_incidents": "incidents_behind"})
    frame["segment_id"] = frame.index
    frame["band_label"] = _band_labels(frame, basis)
    frame["coverage_label"] = _said(
        {coverage.value: text for coverage, text in words.COVERAGE.items()}, frame["coverage"], basis.lang
    )
    # Nothing is said of a road that is not assessed, as in the answers about routes.
    unknown = (frame["coverage"] == Coverage.NOT_ASSESSED.value).to_numpy()
    for name in ("expected", "low", "high", "relative_rate", "imprecise_share"):
        frame[name] = _rounded(frame[name].mask(unknown))
    return _about_roads(frame, basis)


def axes(basis: Basis) -> Made:
    """Make the table of the named axes."""
    assert basis.ready is not None
    frame = basis.ready.planner.axes().rename(
        columns={
            "expected_per_100km": "per_100_km",
            "before_per_100km": "per_100_km_before",
            "rank_change": "rank_by_change",
        }
    )
    frame["axis_id"] = frame.index
    frame["band_label"] = _band_labels(frame, basis)
    frame["change"] = frame["change"].where(frame["rank_by_change"].notna())
    for name in ("expected", "low", "high", "per_100_km", "per_100_km_before", "change"):
        frame[name] = _rounded(frame[name])
    for name in ("share_not_assessed", "share_under_observed", "known_km"):
        frame[name] = frame[name].round(3)
    return _about_roads(frame, basis)


def _about_roads(frame: gpd.GeoDataFrame, basis: Basis) -> Made:
    assert basis.ready is not None
    ready = basis.ready
    for name in ("ref", "name"):
        frame[name] = frame[name].replace("", None)
    for name in ("length_km", "corridor_km"):
        frame[name] = frame[name].round(3)
    frame["synthetic"] = ready.assessment.synthetic
    start = ready.assessment.t0
    schematic = (words.SCHEMATIC,) if ready.network.is_schematic else ()
    caveats = (*words.NO_CERTIFICATE, words.NOT_PER_TRIP, *schematic)
    about: dict[str, Any] = about_roads(
        ready, caveats, start, start + timedelta(days=HORIZON_DAYS), basis.lang, basis.today
    )
    return Made(frame, about | {"schematic": ready.network.is_schematic}, MOST_DECIMALS)


def _band_labels(frame: gpd.GeoDataFrame, basis: Basis) -> pd.Series:
    return _said({band.value: label(band) for band in Band}, frame["band"], basis.lang)


def _said(texts: dict[str, Any], column: pd.Series, lang: str) -> pd.Series:
    return column.map({value: translate(text, lang) for value, text in texts.items()})


def _rounded(column: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else significant(float(value)) for value in column]

"""An assessment and one question → one GeoJSON body. Nothing is computed here but outlines and words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely

from api.base.access import Caller, Kind, visible_ids
from api.base.class_legend import classes
from api.base.i18n import translate
from api.base.sizes import Most
from api.layers.encode import feature_collection
from api.layers.layer import RiskLayer, RiskQuery
from api.layers.units import DECIMALS, TOLERANCE_M
from api.layers.words import put_into_words
from geo.boundaries.regions import Boundaries
from geo.core.crs import METRIC_CRS, STORAGE_CRS
from geo.core.errors import NotReadyError
from geo.core.messages import Message, message
from models.risk.assessment import EXPLAINED, Assessment
from models.risk.changes import NO_EARLIER, has_no_earlier
from models.risk.class_limits import Support
from models.risk.inputs import VINTAGE
from models.risk.target import NAMES, WITH_AUXILIARY, Target
from models.risk.trends import direction
from models.risk.windows import Age, Window

CAVEAT: Final = message(
    "No report is not safety. These are incidents that are likely to be recorded, not the danger of a place or a trip; "
    "no band means safe."
)
HOTSPOT_CAVEAT: Final = message(
    "A hotspot says where records cluster, which also depends on who reports. It is no forecast."
)
MODEL_ADDRESS: Final = "/model"
#: Days of the records that hotspots are found in.
_YEAR: Final = 365
#: Significant digits of estimates: rounding must not make a zero.
_DIGITS: Final = 3
_ESTIMATES: Final = ("expected", "low", "high", "p_any", "n_eff", *(f"share_{name}" for name in EXPLAINED))
_CHANGES: Final = ("before", "change_new", "change_decay", "change_model")
_RATES: Final = ("recorded", "rate_raw", "rate_shrunk", "reports")
_WHOLE: Final = ("low", "high", "events_half", "sources", "months_since_last", "population")
_REPORTED: Final = ("observers_until", "stopped_source", "stopped_since")


def risk_body(
    assessment: Assessment,
    boundaries: Boundaries,
    query: RiskQuery,
    caller: Caller,
    today: date,
    *,
    secret: bytes,
    most: Most | None = None,
) -> bytes:
    """Return the FeatureCollection that answers `query` for a `caller` who may see the layer; as `risk_table` does.

    Raises `TooLargeError` where it has more bytes than `most`.
    """
    frame = risk_table(assessment, boundaries, query, caller, secret=secret)
    return feature_collection(frame, about_assessment(assessment, query, today, caller), decimals=DECIMALS, most=most)


def risk_table(
    assessment: Assessment, boundaries: Boundaries, query: RiskQuery, caller: Caller, *, secret: bytes
) -> gpd.GeoDataFrame:
    """Return the table that answers `query` for a `caller` who may see the layer.

    Parameters
    ----------
    secret : bytes
        Of the pseudonyms of events, see `api.base.access.visible_ids`.

    Raises
    ------
    NotReadyError
        If the assessment is older than the vintage asked for.
    """
    layer = query.layer
    return put_into_words(layer.make(assessment, boundaries, query, caller, secret), layer.attributes, query.lang)


def newest_shown(assessment: Assessment, caller: Caller) -> date | str:
    """Return how new the records are as `caller` may know it: the day of the newest one, or its month."""
    return assessment.newest if caller.may(Kind.DAYS) else month_of(assessment.newest)


def month_of(day: date) -> str:
    """Return a day's month, ``YYYY-MM``."""
    return f"{day:%Y-%m}"


def about_assessment(assessment: Assessment, query: RiskQuery, today: date, caller: Caller) -> dict[str, Any]:
    """Return the foreign member ``sira``: what is forecast, when, from what, how far it can be trusted."""
    layer, lang = query.layer, query.lang
    newest = newest_shown(assessment, caller)
    assert layer.window is not None
    window = layer.window(assessment)
    said = notices(assessment, today, window=window, newest=newest)
    if has_no_earlier(assessment) and layer.is_of_units:
        said.append(NO_EARLIER)
    return {
        "layer": layer.name,
        "title": translate(window.mark_title(_title(layer, assessment), today), lang),
        "lang": lang,
        "synthetic": assessment.synthetic,
        "revision": assessment.revision,
        "vintage": query.vintage if layer.is_of_units else None,
        "target": assessment.target.value,
        "explosive": assessment.target is not Target.CONFLICT,
        "t0": assessment.t0,
        "period": {"start": window.start, "end": window.end},
        "horizon_days": assessment.horizon_days,
        "data_until": newest,
        **window_json(window, today, lang),
        "notices": [translate(notice, lang) for notice in said],
        "interval": assessment.about["interval"],
        "change_since": assessment.about["change_since"],
        **classes(Support(query.level), assessment.target, lang),
        "sources": [{"name": name} for name in assessment.about["sources"]],
        "model": MODEL_ADDRESS,
        "caveat": layer.caveat and translate(layer.caveat, lang),
    }


def _title(layer: RiskLayer, assessment: Assessment) -> Message:
    return message("{layer}: {target}", layer=layer.title, target=NAMES[assessment.target])


def recorded_window(assessment: Assessment) -> Window:
    """Return the window of an assessment's hotspots: the year of records before its date."""
    return Window(assessment.t0 - timedelta(days=_YEAR), assessment.t0, assessment.newest, is_forecast=False)


def window_json(window: Window, today: date, lang: str) -> dict[str, Any]:
    """Return how old a window is as answers hold it: ``mark`` is what titles begin with, None while it is not over."""
    mark = window.mark(today)
    age = window.age(today)
    return {
        "window": {"age": age.value, "mark": None if mark is None else translate(mark, lang)},
        "out_of_date": age is Age.OUT_OF_DATE,
    }


def notices(
    assessment: Assessment, today: date, *, window: Window | None = None, newest: date | str | None = None
) -> list[Message]:
    """Return what must be said wherever the assessment is shown; first, where it is so, that its window is over.

    Parameters
    ----------
    window : Window, optional
        Of the figures beside it, where that is not the window of the assessment.
    newest : date or str, optional
        What is said of the newest record where not its day is: the public is told the month.
    """
    past = (window or assessment.window()).notice(today, newest)
    found = [] if past is None else [past]
    if assessment.synthetic:
        found.append(message("Synthetic data: drawn, not real. No decision may rest on it."))
    if assessment.target is Target.CONFLICT:
        found.append(message("Conflict events are not explosive incidents."))
    if assessment.about["auxiliary"]:
        found.append(WITH_AUXILIARY)
    if not assessment.has_estimates:
        found.append(message("Too few incidents of this kind are recorded: no place is assessed."))
    found.extend(
        message(
            "The source {source} has stopped (last report {month}): fewer records since are no improvement.",
            source=stop["source"],
            month=stop["last_month"],
        )
        for stop in assessment.about["stopped_sources"]
    )
    return found


def unit_table(assessment: Assessment, level: str, vintage: str, unit_ids: pd.Index) -> pd.DataFrame:
    """Return what an assessment says of the units of a level and vintage, in the order of `unit_ids`.

    Raises
    ------
    NotReadyError
        If the assessment was made before the vintage was imported, or before it was replaced with other units.
    """
    known = assessment.units.get((level, vintage))
    if known is None or set(known.index) != set(unit_ids):
        raise NotReadyError(
            message("The assessment of these data is being made. Ask again in a minute, or run: sira assess")
        )
    return known.reindex(unit_ids)


def make_expected_units(
    assessment: Assessment, boundaries: Boundaries, query: RiskQuery, caller: Caller, secret: bytes
) -> gpd.GeoDataFrame:
    """Make the rows of a layer of units with what is expected in them; raises as `unit_table` does."""
    outlines = boundaries.simplified(query.level, query.vintage, TOLERANCE_M[query.level])
    table = unit_table(assessment, query.level, query.vintage, outlines.index)
    frame = _bands(table)
    heaviest = [
        _heaviest(text, caller, secret) if is_told else None
        for text, is_told in zip(table["heaviest"], table["assessed"], strict=True)
    ]
    frame["heaviest"] = pd.Series(heaviest, index=frame.index, dtype=object)
    for name in (*_ESTIMATES, *_CHANGES):
        frame[name] = _significant(table[name].where(table["assessed"]))
    frame["change_direction"] = change_directions(table)
    for name in _RATES:
        frame[name] = table[name].round(3)
    for name in _WHOLE:
        frame[name] = table[name].where(table[name] >= 0).round().astype("Int64")
    frame.loc[~table["assessed"], ["low", "high", "events_half"]] = None
    frame.loc[_is_all_zero(table), ["low", "high"]] = None
    for name in _REPORTED:
        frame[name] = table[name]
    frame["unit_id"], frame["level"], frame["vintage"] = outlines.index, query.level, query.vintage
    frame["name"], frame["approximate"] = outlines["name"], outlines["approximate"]
    frame["note"] = outlines["note"]
    frame["synthetic"] = assessment.synthetic
    return gpd.GeoDataFrame(frame, geometry=outlines.geometry, crs=STORAGE_CRS)


def _is_all_zero(table: pd.DataFrame) -> pd.Series:
    """Tell where nearly all outcomes are 0: from 0 to 0 would read as if nothing could happen."""
    zero: pd.Series = table["high"] == 0
    return zero


def change_directions(table: pd.DataFrame) -> pd.Series:
    """Return what may be said of the change of each unit's expectation; missing where nothing is compared."""
    told = [
        None if pd.isna(before) or pd.isna(high) else direction(low, high, before).value
        for low, high, before in zip(table["low"], table["high"], table["before"], strict=True)
    ]
    return pd.Series(told, index=table.index, dtype=object).where(table["assessed"], None)


def make_cells(
    assessment: Assessment, boundaries: Boundaries, query: RiskQuery, caller: Caller, secret: bytes
) -> gpd.GeoDataFrame:
    """Make the rows of the layer of cells."""
    table = assessment.cells
    ids = cell_ids(table, _side(assessment))
    frame = _bands(table)
    for name in _ESTIMATES:
        shown = table[name].where(table["assessed"]).astype("float64")  # single precision rounds to 0.9229999780654907
        frame[name] = shown.round(3) if name.startswith("share_") else _significant(shown)
    for name in ("low", "high"):
        frame[name] = frame[name].round().astype("Int64").mask(_is_all_zero(table))
    frame["cell_id"], frame["cercle"], frame["area_km2"] = ids, table["cercle"], table["inside_km2"].round(2)
    return gpd.GeoDataFrame(frame.set_axis(ids), geometry=_squares(table, _side(assessment), ids))


def make_hotspots(
    assessment: Assessment, boundaries: Boundaries, query: RiskQuery, caller: Caller, secret: bytes
) -> gpd.GeoDataFrame:
    """Make the rows of the layer of hotspots, of communes or of cells."""
    table = assessment.hotspots[query.level]
    geometry: gpd.GeoSeries
    if query.level == "cell":
        chosen = table["pattern"].notna() & (table["pattern"] != "none")
        cells = assessment.cells[chosen]
        index = cell_ids(cells, _side(assessment))
        geometry = _squares(cells, _side(assessment), index)
        names, assessed = pd.Series(None, index=index, dtype=object), cells["assessed"].to_numpy()
        table = table[chosen].set_axis(index)
    else:
        outlines = boundaries.simplified("commune", VINTAGE, TOLERANCE_M["commune"])
        table, geometry, names = table.reindex(outlines.index), outlines.geometry, outlines["name"]
        assessed = assessment.table("commune", VINTAGE)["assessed"].reindex(outlines.index).to_numpy()
    frame = pd.DataFrame({"place_id": table.index, "name": names, "level": query.level}, index=table.index)
    frame["recorded"] = table["count"].round(3).fillna(0.0)
    frame["z"], frame["p"] = table["z"].round(3), _significant(table["p"])
    frame["significant"], frame["pattern"], frame["assessed"] = table["significant"], table["pattern"], assessed
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=STORAGE_CRS)


def _heaviest(text: object, caller: Caller, secret: bytes) -> list[dict[str, object]] | None:
    """The events that weigh most, for whoever may see single incidents."""
    if not isinstance(text, str) or not caller.may(Kind.INCIDENT_POINTS):
        return None
    listed = orjson.loads(text)
    ids = visible_ids([event["event_id"] for event in listed], caller, secret=secret)
    return [{"event_id": name, "share": event["share"]} for name, event in zip(ids, listed, strict=True)]


def cell_ids(cells: pd.DataFrame, cell_m: float) -> pd.Index:
    """Return the ids of cells, as `geo.boundaries.grid.Grid` gives them."""
    prefix = f"c{cell_m / 1000:g}"
    return pd.Index([f"{prefix}-{c}-{r}" for c, r in zip(cells["column"], cells["row"], strict=True)], name="cell_id")


def _side(assessment: Assessment) -> float:
    return float(assessment.about["cell_m"])


def _squares(cells: pd.DataFrame, cell_m: float, index: pd.Index) -> gpd.GeoSeries:
    west, south = cells["column"].to_numpy() * cell_m, cells["row"].to_numpy() * cell_m
    squares = shapely.box(west, south, west + cell_m, south + cell_m)
    return gpd.GeoSeries(squares, index=index, crs=METRIC_CRS).to_crs(STORAGE_CRS)


def _bands(table: pd.DataFrame) -> pd.DataFrame:
    """Start a layer's table with the band and, to be put into words, the band again and the reason."""
    return pd.DataFrame(
        {"band": table["band"], "band_label": table["band"], "not_assessed": table["reason"]}, index=table.index
    )


def _significant(values: pd.Series) -> pd.Series:
    numbers = values.to_numpy(np.float64)
    size = np.floor(np.log10(np.abs(numbers), where=np.abs(numbers) > 0, out=np.zeros_like(numbers)))
    scale = 10.0 ** (_DIGITS - 1 - size)
    rounded: pd.Series = pd.Series(np.round(numbers * scale) / scale, index=values.index)
    return rounded

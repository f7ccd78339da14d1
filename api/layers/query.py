"""What a layer may be asked, and by whom: ``GET /layers/NAME.geojson?vintage=&start=&end=&hazard=&lang=``."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from api.base.access import Caller, Kind, disclose
from api.base.query_parameters import check_period, language, parse_choice, parse_date, parse_hazards, parse_query
from api.layers.layer import DataLayer, Period, Query, RiskLayer, RiskQuery
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.incidents.schema import EXPLOSIVE
from models.risk.target import Target


def parse_layer_query(
    layer: DataLayer, query: bytes, accept_language: str | None, *, default_lang: str, boundaries: Boundaries
) -> Query:
    """Return the question that a raw query string asks of a layer.

    Raises
    ------
    ParameterError
        Naming the parameter and what was expected; any bytes give a `Query` or this.
    """
    given = parse_query(query, layer.parameters)
    lang = language(given, accept_language, default_lang)
    start = parse_date(given["start"], parameter="start") if "start" in given else None
    end = parse_date(given["end"], parameter="end") if "end" in given else None
    check_period(start, end)
    vintage = parse_vintage(given.get("vintage", DEFAULT_VINTAGE), layer.level, boundaries)
    hazards = parse_hazards(given["hazard"]) if "hazard" in given else EXPLOSIVE
    if layer.kind is Kind.REFERENCE:  # these have no time and no hazards: one body, whatever was asked
        return Query(layer, vintage, None, None, EXPLOSIVE, lang)
    return Query(layer, vintage, start, end, hazards, lang)


def parse_vintage(text: str, level: str | None, boundaries: Boundaries) -> str:
    """Return the name of a vintage that has units of `level`; raises `ParameterError` naming ``vintage``."""
    vintage = parse_choice(text, boundaries.vintages(), parameter="vintage")
    if level is not None and level not in boundaries.levels(vintage):
        try:
            boundaries.units(level, vintage)
        except ParameterError as error:  # it explains the lack; the caller knows the parameter by another name
            raise ParameterError(error.message, parameter="vintage") from None
    return vintage


def check_access(query: Query, caller: Caller) -> None:
    """Let pass a caller who may see the layer for that period; raises as `api.base.access.disclose` does."""
    disclose(query.layer.kind, caller)
    if not query.is_monthly:
        disclose(Kind.DAYS, caller)


def period_of(query: Query, data: tuple[date, date] | None) -> Period | None:
    """Return the period that an answer covers: as asked, and where an end was left open, whole months of the data.

    Parameters
    ----------
    data : tuple of date, optional
        First and last date of what the layer holds, None where it holds nothing.

    Returns
    -------
    Period or None
        None where neither the question nor the data say anything. Never empty: an end left open reaches at least
        one month beyond the start asked for.
    """
    first = query.start or (data and data[0].replace(day=1))
    last = query.end or (data and month_after(data[1]))
    if first is None and last is None:
        return None
    if first is None or (query.start is None and last is not None and first >= last):
        assert last is not None
        first = (last - timedelta(days=1)).replace(day=1)
    if last is None or first >= last:
        last = month_after(first)
    return Period(first, last)


def month_after(day: date) -> date:
    """Return the first day of the month after the one that holds `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


HOTSPOT_LEVELS: Final = ("commune", "cell")


PARAMETER_TEXTS: Final = {
    "target": message(
        "What is forecast: ied (IEDs and mines), erw (explosive remnants of war) or conflict (conflict events, which "
        "are not explosive incidents)."
    ),
    "level": message("Units of the hotspots: commune, or cell for cells of 5 km."),
}


def parse_risk_query(
    layer: RiskLayer, query: bytes, accept_language: str | None, *, default_lang: str, boundaries: Boundaries
) -> RiskQuery:
    """Return the question that a raw query string asks of a layer.

    Raises
    ------
    ParameterError
        Naming the parameter and what was expected; any bytes give a `RiskQuery` or this.
    """
    given = parse_query(query, layer.parameters)
    level = parse_choice(given["level"], HOTSPOT_LEVELS, parameter="level") if "level" in given else layer.level
    vintage = DEFAULT_VINTAGE
    if "vintage" in layer.parameters:
        vintage = parse_vintage(given.get("vintage", DEFAULT_VINTAGE), level, boundaries)
    return RiskQuery(
        layer=layer,
        target=parse_target(given.get("target", Target.IED.value)),
        level=level,
        vintage=vintage,
        lang=language(given, accept_language, default_lang),
    )


def parse_target(text: str) -> Target:
    """Return the target named `text`; raises `ParameterError` naming ``target``."""
    return Target(parse_choice(text, [target.value for target in Target], parameter="target"))

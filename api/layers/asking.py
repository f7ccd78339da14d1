"""What a layer may be asked, and by whom: ``GET /layers/NAME.geojson?vintage=&start=&end=&hazard=&lang=``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from api.base.access import Caller, Kind, disclose
from api.base.dependencies import check_period, parse_choice, parse_date, parse_hazards, parse_lang, parse_query
from api.base.i18n import negotiate
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.incidents.schema import EXPLOSIVE, HazardType
from models.risk.target import Target

PARAMETERS: Final = ("vintage", "start", "end", "hazard", "lang")


class LayerName(StrEnum):
    """The layers, as their addresses name them."""

    REGIONS = "regions"
    CERCLES = "cercles"
    COMMUNES = "communes"
    INCIDENTS = "incidents"
    HAZARDS = "hazards"
    ROADS = "roads"
    PLACES = "places"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: what it shows, for whom, and at which level of units it counts, if any."""

    name: LayerName
    kind: Kind
    title: Message
    level: str | None = None


LAYERS: Final[Mapping[LayerName, Layer]] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            Layer(LayerName.REGIONS, Kind.COARSE_COUNTS, message("Regions, with counts"), "region"),
            Layer(LayerName.CERCLES, Kind.COARSE_COUNTS, message("Cercles, with counts"), "cercle"),
            Layer(LayerName.COMMUNES, Kind.COMMUNE_COUNTS, message("Communes, with counts"), "commune"),
            Layer(LayerName.INCIDENTS, Kind.INCIDENT_POINTS, message("Incidents, one by one")),
            Layer(LayerName.HAZARDS, Kind.HAZARD_AREAS, message("Hazardous areas, with their status")),
            Layer(LayerName.ROADS, Kind.REFERENCE, message("Trunk roads, schematic: straight lines from town to town")),
            Layer(LayerName.PLACES, Kind.REFERENCE, message("Towns, villages and airstrips")),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a layer. The period is half-open; None leaves that end to the data."""

    layer: LayerName
    vintage: str
    start: date | None
    end: date | None
    hazards: tuple[HazardType, ...]
    lang: str

    @property
    def is_monthly(self) -> bool:
        """Whether the period begins and ends with a month."""
        return all(day is None or day.day == 1 for day in (self.start, self.end))


def parse_layer_query(
    name: LayerName, query: bytes, accept_language: str | None, *, default_lang: str, boundaries: Boundaries
) -> Query:
    """Return the question that a raw query string asks of a layer.

    Raises
    ------
    ParameterError
        Naming the parameter and what was expected; any bytes give a `Query` or this.
    """
    given = parse_query(query, PARAMETERS)
    lang = parse_lang(given["lang"]) if "lang" in given else negotiate(accept_language, default_lang)
    start = parse_date(given["start"], parameter="start") if "start" in given else None
    end = parse_date(given["end"], parameter="end") if "end" in given else None
    check_period(start, end)
    vintage = parse_vintage(given.get("vintage", DEFAULT_VINTAGE), LAYERS[name].level, boundaries)
    hazards = parse_hazards(given["hazard"]) if "hazard" in given else EXPLOSIVE
    if LAYERS[name].kind is Kind.REFERENCE:  # these have no time and no hazards: one body, whatever was asked
        return Query(name, vintage, None, None, EXPLOSIVE, lang)
    return Query(name, vintage, start, end, hazards, lang)


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
    disclose(LAYERS[query.layer].kind, caller)
    if not query.is_monthly:
        disclose(Kind.DAYS, caller)


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open interval of UTC dates."""

    start: date
    end: date

    @property
    def years(self) -> float:
        """Its length in years of 365.25 days."""
        return (self.end - self.start).days / 365.25

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.end - timedelta(days=1)

    def overlap(self, other: Period) -> Period | None:
        """Return what both cover, None where they share no day."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None


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


class RiskLayerName(StrEnum):
    """The layers, as their addresses name them."""

    REGIONS = "risk-regions"
    CERCLES = "risk-cercles"
    COMMUNES = "risk-communes"
    CELLS = "risk-cells"
    HOTSPOTS = "hotspots"


@dataclass(frozen=True, slots=True)
class RiskLayer:
    """One layer: what it shows, for whom, of which units, and the parameters that it takes."""

    name: RiskLayerName
    kind: Kind
    title: Message
    level: str
    parameters: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"/layers/{self.name.value}.geojson"


_UNITS: Final = ("target", "vintage", "lang")
RISK_LAYERS: Final[Mapping[RiskLayerName, RiskLayer]] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            RiskLayer(
                RiskLayerName.REGIONS,
                Kind.COARSE_RISK,
                message("Expected recorded incidents per region"),
                "region",
                _UNITS,
            ),
            RiskLayer(
                RiskLayerName.CERCLES,
                Kind.COARSE_RISK,
                message("Expected recorded incidents per cercle"),
                "cercle",
                _UNITS,
            ),
            RiskLayer(
                RiskLayerName.COMMUNES,
                Kind.FINE_RISK,
                message("Expected recorded incidents per commune"),
                "commune",
                _UNITS,
            ),
            RiskLayer(
                RiskLayerName.CELLS,
                Kind.FINE_RISK,
                message("Expected recorded incidents per cell of 5 km"),
                "cell",
                ("target", "lang"),
            ),
            RiskLayer(
                RiskLayerName.HOTSPOTS,
                Kind.FINE_RISK,
                message("Hotspots: where recorded incidents cluster, which is not a forecast"),
                "commune",
                ("target", "level", "lang"),
            ),
        )
    }
)
PARAMETER_TEXTS: Final = {
    "target": message(
        "What is forecast: ied (IEDs and mines), erw (explosive remnants of war) or conflict (conflict events, which "
        "are not explosive incidents)."
    ),
    "level": message("Units of the hotspots: commune, or cell for cells of 5 km."),
}


@dataclass(frozen=True, slots=True)
class RiskQuery:
    """One question to a layer of an assessment."""

    layer: RiskLayerName
    target: Target
    level: str
    vintage: str
    lang: str


def parse_risk_query(
    name: RiskLayerName, query: bytes, accept_language: str | None, *, default_lang: str, boundaries: Boundaries
) -> RiskQuery:
    """Return the question that a raw query string asks of a layer.

    Raises
    ------
    ParameterError
        Naming the parameter and what was expected; any bytes give a `RiskQuery` or this.
    """
    layer = RISK_LAYERS[name]
    given = parse_query(query, layer.parameters)
    level = parse_choice(given["level"], HOTSPOT_LEVELS, parameter="level") if "level" in given else layer.level
    vintage = DEFAULT_VINTAGE
    if "vintage" in layer.parameters:
        vintage = parse_vintage(given.get("vintage", DEFAULT_VINTAGE), level, boundaries)
    return RiskQuery(
        layer=name,
        target=parse_target(given.get("target", Target.IED.value)),
        level=level,
        vintage=vintage,
        lang=parse_lang(given["lang"]) if "lang" in given else negotiate(accept_language, default_lang),
    )


def parse_target(text: str) -> Target:
    """Return the target named `text`; raises `ParameterError` naming ``target``."""
    return Target(parse_choice(text, [target.value for target in Target], parameter="target"))


def layer_address(layer: Layer) -> str:
    """Return the address that a layer answers at."""
    return f"/layers/{layer.name.value}.geojson"

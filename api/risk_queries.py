"""What the layers of an assessment may be asked, and by whom: ``GET /layers/risk-….geojson?target=&vintage=&lang=``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from api.access import Kind
from api.dependencies import parse_choice, parse_lang, parse_query
from api.i18n import negotiate
from api.queries import parse_vintage
from geo.messages import Message, message
from geo.regions import DEFAULT_VINTAGE, Boundaries
from models.target import Target

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
                RiskLayerName.REGIONS, Kind.COARSE_RISK, message("Expected incidents per region"), "region", _UNITS
            ),
            RiskLayer(
                RiskLayerName.CERCLES, Kind.COARSE_RISK, message("Expected incidents per cercle"), "cercle", _UNITS
            ),
            RiskLayer(
                RiskLayerName.COMMUNES, Kind.FINE_RISK, message("Expected incidents per commune"), "commune", _UNITS
            ),
            RiskLayer(
                RiskLayerName.CELLS,
                Kind.FINE_RISK,
                message("Expected incidents per cell of 5 km"),
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

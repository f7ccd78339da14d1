"""What the map's documents may be asked, and by whom: ``GET /map/NAME.json``; total parsers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from api.base.access import Caller, Kind, disclose
from api.base.query_parameters import parse_choice, parse_lang, parse_query, shown
from api.layers.layer import Query
from api.layers.query import parse_vintage
from api.layers.registry import CELLS, COUNTED, EXPECTED, INCIDENTS
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.incidents.schema import EXPLOSIVE, HazardType

#: What a reader may choose instead of all explosive ordnance; conflict events have a group of their own.
SELECTABLE: Final = (*EXPLOSIVE, HazardType.AIR_OR_INDIRECT_FIRE)

_WHOLE: Final = re.compile(r"[0-9]{1,9}")


class DocumentName(StrEnum):
    """The documents, as their addresses name them."""

    OUTLINES = "outlines"
    COUNTS = "counts"
    RISK = "risk"
    CELLS = "cells"
    INCIDENTS = "incidents"
    INCIDENT = "incident"
    NAMES = "names"


_UNIT: Final = ("level", "vintage")
PARAMETERS: Final[Mapping[DocumentName, tuple[str, ...]]] = MappingProxyType(
    {
        DocumentName.OUTLINES: _UNIT,
        DocumentName.COUNTS: (*_UNIT, "hazard", "span", "lang"),
        DocumentName.RISK: (*_UNIT, "lang"),
        DocumentName.CELLS: ("lang",),
        DocumentName.INCIDENTS: ("lang",),
        DocumentName.INCIDENT: ("number", "revision", "lang"),
        DocumentName.NAMES: (),
    }
)


class Span(StrEnum):
    """How a document of counts divides time: every month of the data, or their last 30 days as one period."""

    MONTHS = "months"
    LAST_DAYS = "days30"


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """One question to one of the map's documents; what it does not take keeps its default."""

    name: DocumentName
    level: str = "cercle"
    vintage: str = DEFAULT_VINTAGE
    hazard: HazardType | None = None
    span: Span = Span.MONTHS
    number: int = 0
    revision: int = 0
    lang: str = "fr"

    @property
    def hazards(self) -> tuple[HazardType, ...]:
        """The types that are counted: all explosive ordnance unless one is named."""
        return EXPLOSIVE if self.hazard is None else (self.hazard,)

    def collection(self) -> str:
        """Return the id of the collection that holds the same in parts; empty where none does."""
        if self.name in (DocumentName.COUNTS, DocumentName.OUTLINES):
            return COUNTED[self.level].collection(self.vintage, self.level)
        if self.name is DocumentName.RISK:
            return EXPECTED[self.level].collection(self.vintage, self.level)
        whole = {DocumentName.INCIDENTS: INCIDENTS, DocumentName.CELLS: CELLS}.get(self.name)
        return "" if whole is None else whole.taken[0].id

    def as_query(self) -> Query:
        """Return the question to the layer of the same units over the whole period, as the layers are asked."""
        return Query(COUNTED[self.level], self.vintage, None, None, self.hazards, self.lang)


def parse_document_query(
    name: DocumentName, query: bytes, *, default_lang: str, boundaries: Boundaries
) -> DocumentQuery:
    """Return the question that a raw query string asks; any bytes give one or a `ParameterError` naming its culprit."""
    given = parse_query(query, PARAMETERS[name])
    level = parse_choice(given.get("level", "cercle"), tuple(COUNTED), parameter="level")
    hazard = given.get("hazard")
    return DocumentQuery(
        name,
        level=level,
        vintage=parse_vintage(given.get("vintage", DEFAULT_VINTAGE), level, boundaries),
        hazard=HazardType(parse_choice(hazard, SELECTABLE, parameter="hazard")) if hazard else None,
        span=Span(parse_choice(given.get("span", Span.MONTHS), tuple(Span), parameter="span")),
        number=_whole(given.get("number", "0"), "number"),
        revision=_whole(given.get("revision", "0"), "revision"),
        lang=parse_lang(given["lang"]) if "lang" in given else default_lang,
    )


def check_access(asked: DocumentQuery, caller: Caller) -> None:
    """Let pass a caller who may see the document; raises as `api.base.access.disclose` does."""
    if asked.name in (DocumentName.INCIDENTS, DocumentName.INCIDENT):
        disclose(INCIDENTS.kind, caller)
    elif asked.name is DocumentName.CELLS:
        disclose(CELLS.kind, caller)
    elif asked.name is DocumentName.RISK:
        disclose(EXPECTED[asked.level].kind, caller)
    elif asked.name in (DocumentName.COUNTS, DocumentName.OUTLINES):
        disclose(COUNTED[asked.level].kind, caller)
    if asked.span is Span.LAST_DAYS:
        disclose(Kind.DAYS, caller)


def _whole(text: str, parameter: str) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise ParameterError(
            message(
                "{parameter}: {value} is not a whole number of at most nine digits.",
                parameter=parameter,
                value=shown(text),
            ),
            parameter=parameter,
        )
    return int(text)

"""What reading a file of hazard areas gives: the areas taken, those set aside with the reason, and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from geo.core.identity import Claim
from geo.core.messages import Message
from geo.incidents.batch import Fault

#: Kinds of quarantined areas, as for incidents (`geo.incidents.batch.KINDS`); ``geometry`` is a broken, missing or
#: unsuitable polygon, ``location`` one whose coordinates are no longitudes and latitudes, ``code`` an unknown word,
#: ``status`` a missing or contradictory status, ``review`` an area that was rejected in review.
KINDS: Final = (
    "formula", "control", "date", "location", "outside", "swapped", "number", "code", "duplicate", "geometry", "status",
    "review",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RawArea:
    """One area as a file states it, before any check.

    ``properties`` maps normalised field names to text. ``fault`` says what is wrong with the way the geometry is
    written (an open ring, a traverse that does not close); ``geometry`` is then its nearest reading, for display only.
    ``is_point`` marks what is no area at all, but a point beside the areas.
    """

    row: int
    properties: Mapping[str, str]
    geometry: BaseGeometry | None
    fault: Message | None = None
    notes: tuple[Message, ...] = ()
    is_point: bool = False


@dataclass(frozen=True, slots=True)
class QuarantinedArea:
    """An area that was not taken, with the reason; for a broken polygon its repair stands beside it.

    ``row`` is the line of a CSV file (the first of the area's lines for turning points), or the number of the
    feature, from 1, elsewhere. The repair is a proposal for a person to judge: nothing takes it by itself. Areas are
    in m² in the equal-area CRS; that of a broken polygon is what its rings enclose by the shoelace formula. ``others``
    are the faults of other cells.
    """

    row: int
    column: str
    value: str
    reason: Message
    kind: str  # one of `KINDS`
    broken_wkt: str | None = None
    repair_wkt: str | None = None
    broken_area_m2: float | None = None
    repair_area_m2: float | None = None
    record: str = ""
    others: tuple[Fault, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults, the first one first."""
        return (Fault(self.column, self.value, self.reason, self.kind), *self.others)


@dataclass(frozen=True, slots=True)
class HazardBatch:
    """Outcome of reading one file: ``len(accepted) + len(quarantined) == rows_read``.

    ``accepted`` is a canonical hazard table (`geo.hazards.schema`). ``rows_read`` counts areas; where several lines
    of a file describe one area (turning points), ``notes`` says how many lines there were. ``unread`` names layers or
    sheets of the file that hold areas, too, and were not read.
    """

    file: str
    format: str
    rows_read: int
    accepted: gpd.GeoDataFrame
    quarantined: tuple[QuarantinedArea, ...]
    notes: tuple[Message, ...] = ()
    claims: Mapping[str, Claim] = field(default_factory=dict)
    unread: str = ""

    def __post_init__(self) -> None:
        if len(self.accepted) + len(self.quarantined) != self.rows_read:
            raise AssertionError(
                f"{self.rows_read} areas read, {len(self.accepted)} accepted, {len(self.quarantined)} set aside"
            )

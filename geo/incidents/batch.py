"""What a reader hands over: the rows it takes, the rows it sets aside and why, and notes about the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd

from geo.core.identity import Claim
from geo.core.messages import Message

#: Kinds of quarantined rows. ``outside`` is a place outside Mali, ``sign`` a longitude that lost its minus sign,
#: ``unit`` a point outside the unit that its row names, ``duplicate`` a row whose record stands in an earlier row of
#: the same file, ``merged`` a further victim counted in the accident of an earlier row.
KINDS = (
    "shape",
    "formula",
    "control",
    "date",
    "location",
    "outside",
    "swapped",
    "sign",
    "unit",
    "count",
    "code",
    "duplicate",
    "merged",
    "flag",
    "activity",
    "review",
    "clash",
    "withdrawn",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell of a row, or with the row as a whole; the fields are those of `QuarantinedRow`."""

    column: str
    value: str
    reason: Message
    kind: str


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that was not taken as an incident of its own: its first fault, and the others.

    Attributes
    ----------
    row
        Line of the file on which the row begins (1 is the first line); the feature's number in a GeoJSON or
        GeoPackage file.
    column, value
        Header and text of the cell at fault, as the file has them; empty where the row as a whole is at fault.
    reason
        Why, for people.
    kind
        One of `KINDS`.
    others
        The faults after the first one, of other cells.
    record
        Id of the record that the row is of, as it was read; empty where the row does not say.
    """

    row: int
    column: str
    value: str
    reason: Message
    kind: str
    others: tuple[Fault, ...] = ()
    record: str = ""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults, the first one first."""
        return (Fault(self.column, self.value, self.reason, self.kind), *self.others)


@dataclass(frozen=True, slots=True)
class Batch:
    """All rows of one file: ``len(accepted) + len(quarantined) == rows_read``, always.

    Attributes
    ----------
    file
        Name of the file, without its folder.
    format
        Label of the format that was seen, e.g. ``"UCDP GED"``.
    accepted
        Incident table (`geo.incidents.schema`).
    quarantined
        In file order.
    notes
        What was settled for the file as a whole: encoding, order of day and month, swapped coordinates.
    claims
        Id of an accepted row → what it says of the record that it is of.
    unread
        Sheets or layers of the file that hold incidents, too, and were not read.
    """

    file: str
    format: str
    rows_read: int
    accepted: gpd.GeoDataFrame
    quarantined: tuple[QuarantinedRow, ...]
    notes: tuple[Message, ...]
    claims: Mapping[str, Claim] = field(default_factory=dict)
    unread: str = ""

    def __post_init__(self) -> None:
        if len(self.accepted) + len(self.quarantined) != self.rows_read:
            raise AssertionError(
                f"{self.rows_read} rows read, {len(self.accepted)} accepted, {len(self.quarantined)} set aside"
            )

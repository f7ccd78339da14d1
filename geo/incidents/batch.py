"""What a reader hands over: the rows it takes, the rows it sets aside and why, and notes about the file."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from geo.messages import Message

#: Kinds of quarantined rows. ``outside`` is a place outside Mali, ``duplicate`` a row whose record stands in an
#: earlier row of the same file, ``merged`` a further victim counted in the accident of an earlier row.
KINDS = (
    "shape",
    "formula",
    "control",
    "date",
    "location",
    "outside",
    "swapped",
    "count",
    "code",
    "duplicate",
    "merged",
    "flag",
    "activity",
)


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that was not taken as an incident of its own.

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
    """

    row: int
    column: str
    value: str
    reason: Message
    kind: str


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
    """

    file: str
    format: str
    rows_read: int
    accepted: gpd.GeoDataFrame
    quarantined: tuple[QuarantinedRow, ...]
    notes: tuple[Message, ...]

    def __post_init__(self) -> None:
        if len(self.accepted) + len(self.quarantined) != self.rows_read:
            raise AssertionError(
                f"{self.rows_read} rows read, {len(self.accepted)} accepted, {len(self.quarantined)} set aside"
            )

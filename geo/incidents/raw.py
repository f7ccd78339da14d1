"""What every reader works on: the file's cells under the names of fields, and a format as a table of names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.incidents.batch import Fault, QuarantinedRow
from geo.incidents.commas import split_decimals
from geo.incidents.dates import Order
from geo.incidents.schema import VICTIM_COLUMNS
from geo.reading.text import each, visible

#: Fields a reader may fill, all text. The canonical table's own columns, and those that are worked into it.
FIELDS = (
    "source", "source_id",
    "date", "date_end", "year", "month", "day", "date_precision",
    "longitude", "latitude", "geopoint", "geometry_type", "utm_zone", "easting", "northing", "accuracy_m",
    "location_precision", "location_error_km", "region", "cercle", "commune", "country",
    "hazard_type", "outcome",
    *VICTIM_COLUMNS, "victim_harm", "victim_sex", "victim_age", "victim_standing",
    "narrative", "activity", "place_name", "entered_at", "updated_at", "synthetic", "review", "crs",
)  # fmt: skip


@dataclass(slots=True)
class Raw:
    """Rows of a file on their way into the canonical table.

    Attributes
    ----------
    file
        Name without folder.
    frame
        Text under the names of `FIELDS` (and a reader's own), one row per row of the file, ``""`` where empty; index
        0, 1, 2, ….
    lines
        Line of the file on which each row begins.
    headers
        Field → header in the file.
    faults
        Rows already set aside, and why.
    notes
        What was settled for the file as a whole.
    row_notes
        Remarks for the canonical ``note`` column, of the rows that have any, by position.
    judged
        The places were judged when the records were first taken: Sira wrote the file.
    closed
        Its words for devices and outcomes are a closed list: one that is not in it sets its row aside.
    pcodes
        The code set of its P-codes, where a person named it.
    """

    file: str
    frame: pd.DataFrame
    lines: NDArray[np.int64]
    headers: dict[str, str]
    faults: Faults
    notes: list[Message] = field(default_factory=list)
    row_notes: defaultdict[int, list[Message]] = field(default_factory=lambda: defaultdict(list))
    judged: bool = False
    closed: bool = False
    pcodes: str | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str) -> pd.Series:
        """Return a field's text, all blank where the file has no such column."""
        if name in self.frame:
            return self.frame[name]
        return pd.Series("", index=self.frame.index, dtype=object)

    def replace(self, name: str, words: Mapping[str, str]) -> None:
        """Set field `name` through a table of codes; a code that is not in it stays as it is."""
        column = self.column(name)
        self.frame[name] = each(column, lambda code: words.get(code.strip(), code))


@dataclass(frozen=True, slots=True)
class Format:
    """A source's format: which header fills which field.

    Attributes
    ----------
    name
        Short name.
    label
        Name for people.
    columns
        Field → headers that may fill it, the first one present wins. Compared through `normal`.
    signatures
        The file is of this format if its header holds all names of one of these sets.
    required
        Fields without which no row can be taken; each entry lists alternatives.
    constants
        Field → text for every row that leaves it blank.
    refine
        Turns the source's codes into the words of `geo.incidents.vocabulary`.
    source
        The ``source`` of its records, where one publisher writes it; else whoever brings a file must say whose it is.
    date_order
        Order of day and month, where the source fixes it.
    """

    name: str
    label: str
    columns: Mapping[str, tuple[str, ...]]
    signatures: tuple[frozenset[str], ...] = ()
    required: tuple[tuple[str, ...], ...] = (("date",), ("hazard_type",))
    constants: Mapping[str, str] = field(default_factory=dict)
    refine: Callable[[Raw], None] = lambda raw: None
    source: str | None = None
    date_order: Order | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows under it, as a reader's `pick` wants them.

    Attributes
    ----------
    sheet
        Name of the sheet or layer, where the file may have several.
    sheets
        The sheet of each row, where they are from several.
    short
        Positions of rows that end before the others do.
    closed
        As `geo.reading.tabular.Sheet.closed`.
    tags
        Row of hashtags between header and rows.
    """

    file: str
    header: list[str]
    lines: NDArray[np.int64]
    rows: list[list[str]]
    notes: tuple[Message, ...]
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    short: tuple[int, ...] = ()
    closed: bool = False
    tags: tuple[str, ...] = ()


def normal(header: str) -> str:
    """Return a header in the form in which headers are compared: without case, blanks around and BOM."""
    return header.strip().strip("\ufeff").casefold()


def pick(table: Table, chosen: Mapping[str, int], constants: Mapping[str, str]) -> Raw:
    """Lay the cells of the `chosen` columns under the names of fields; rows of the wrong length are set aside."""
    width = len(table.header)
    lengths = np.fromiter((len(row) for row in table.rows), dtype=np.int64, count=len(table.rows))
    rows = [row if len(row) == width else (row + [""] * width)[:width] for row in table.rows]
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    frame = pd.DataFrame(
        {
            name: pd.Series([cell.strip() for cell in columns[position]], dtype=object)
            for name, position in chosen.items()
        },
        index=pd.RangeIndex(len(rows)),
    )
    for name, value in constants.items():
        frame[name] = frame[name].where(frame[name] != "", value) if name in frame else value
    headers = {name: table.header[position].strip() for name, position in chosen.items()}
    faults = Faults(table.lines, headers, table.sheets)
    overfull = np.fromiter(
        (any(cell.strip() for cell in row[width:]) for row in table.rows), dtype=bool, count=len(table.rows)
    )
    faults.add(
        overfull,
        "",
        pd.Series(lengths),
        lambda i, _: message(
            "The row has {count} columns, the header has {expected}: a separator or a quotation mark is out of place.",
            count=int(lengths[i]),
            expected=width,
        ),
        "shape",
    )
    notes = [*table.notes, *split_decimals(table.rows, table.lines, width, chosen)]
    faults.add(
        np.isin(np.arange(len(table.rows)), table.short),
        "",
        pd.Series(lengths),
        lambda i, _: message(
            "The row has {count} columns, the header has {expected}: it is cut short.",
            count=int(lengths[i]),
            expected=width,
        ),
        "shape",
    )
    raw = Raw(table.file, frame, table.lines, headers, faults, notes)
    raw.closed = table.closed
    return raw


def choose(table: Table, columns: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Return field → position of the column that fills it.

    Raises
    ------
    FileError
        The header that would fill a field stands in the file twice.
    """
    names = [normal(header) for header in table.header]
    chosen: dict[str, int] = {}
    for name, candidates in columns.items():
        for candidate in candidates:
            count = names.count(normal(candidate))
            if count > 1:
                raise FileError(
                    message(
                        "{file} has the column {column} {count} times; it must be there once.",
                        file=table.file,
                        column=candidate,
                        count=count,
                    ),
                    file=table.file,
                )
            if count:
                chosen[name] = names.index(normal(candidate))
                break
    return chosen


#: Kinds after which nothing more is said of a row: its cells stand in wrong columns, or it is no event of its own.
_FINAL = ("shape", "merged", "activity")


class Faults:
    """All faults of each row, the first one first; of a cell the first one only, which the others may follow from.

    Parameters
    ----------
    lines
        Line of the file on which each row begins.
    headers
        Field → the header (or headers) it came from, to name the column as the person's file does.
    sheets
        The sheet of each row, where they are from several.
    """

    def __init__(self, lines: NDArray[np.int64], headers: Mapping[str, str], sheets: Sequence[str] = ()) -> None:
        self.lines = lines
        self._sheets = sheets
        self._headers = headers
        self._found: dict[int, list[Fault]] = {}
        self._slight: dict[int, list[Fault]] = {}
        self._fields: dict[str, NDArray[np.bool_]] = {}
        self._final = np.zeros(len(lines), dtype=bool)
        self._records: NDArray[np.object_] = np.full(len(lines), "", dtype=object)
        self.bad = np.zeros(len(lines), dtype=bool)

    def name(self, records: pd.Series) -> None:
        """Say which record each row is of, ``""`` where it does not say."""
        self._records = records.to_numpy(dtype=object)

    def add(
        self,
        where: NDArray[np.bool_],
        field: str,
        values: pd.Series,
        reason: Callable[[int, str], Message],
        kind: str,
        *,
        slight: bool = False,
    ) -> None:
        """Set the rows `where` aside; `reason` is called with position and cell text.

        A `slight` fault sets no row aside: it is told of rows that others set aside.
        """
        column = self._headers.get(field, field)
        kept = self._slight if slight else self._found
        cells = values.to_numpy(dtype=object)
        for position in np.flatnonzero(where & ~self._final).tolist():
            faults = kept.setdefault(position, [])
            if all(fault.column != column for fault in faults):
                value = visible(str(cells[position]))
                faults.append(Fault(column, value, self._in_sheet(position, reason(position, value)), kind))
        if not slight:
            self._fields[field] = self.of(field) | where
            self.bad |= where
            if kind in _FINAL:
                self._final |= where

    def of(self, *fields: str) -> NDArray[np.bool_]:
        """Mark the rows that one of these fields sets aside."""
        found = self._final.copy()
        for name in fields:
            found |= self._fields.get(name, False)
        return found

    def of_cell(self, name: str) -> NDArray[np.bool_]:
        """Mark the rows in which the cell of a field is at fault, and not the row as a whole."""
        return self._fields.get(name, False) & ~self._final

    def _in_sheet(self, position: int, reason: Message) -> Message:
        if not self._sheets:
            return reason
        return message("Sheet {sheet}: {reason}", sheet=self._sheets[position], reason=reason)

    def place_of(self, position: int, beside: int) -> str:
        """Return the line of a row as a report on another row names it, with its sheet where that is another one."""
        line = str(int(self.lines[position]))
        if not self._sheets or self._sheets[position] == self._sheets[beside]:
            return line
        return f"{line} ({self._sheets[position]})"

    def rows(self) -> tuple[QuarantinedRow, ...]:
        """All rows set aside, in file order."""
        return tuple(self._row(position) for position in sorted(self._found))

    def _row(self, position: int) -> QuarantinedRow:
        first, *others = self._found[position]
        named = {fault.column for fault in self._found[position]}
        if not self._final[position]:
            others += [fault for fault in self._slight.get(position, ()) if fault.column not in named]
        return QuarantinedRow(
            int(self.lines[position]),
            first.column,
            first.value,
            first.reason,
            first.kind,
            tuple(others),
            self._records[position],
        )

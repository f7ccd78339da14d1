"""Files of incidents that Sira itself wrote: invented records stay invented, rounded positions stay rounded.

They are known by the columns that every format of the exports has (`api.layers.attributes`), by their full names or cut
to ten letters, as in a shapefile. Places were judged when the records were first taken, and are not judged again: what
the file says of them is taken as it is, or the file is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from geo.core.errors import FileError
from geo.core.identity import passed, pseudonym_in
from geo.core.messages import message
from geo.core.tables import undefused
from geo.core.written import NAME_LENGTH
from geo.incidents import notes
from geo.incidents.geofile import LAT, LON
from geo.incidents.raw import Format, Raw, Table, normal
from geo.incidents.schema import VICTIM_COLUMNS, VICTIM_GROUPS
from geo.reading.text import each

#: With this begin the columns in which a CSV repeats what holds for the whole file (`geo.export.formats`).
_ABOUT: Final = "sira_"
_SAME: Final = (
    "source", "date", "date_precision", "location_precision", "location_error_km", "location_unit", "hazard_type",
    "outcome", *VICTIM_COLUMNS, "narrative", "place_name", "synthetic", "note",
)  # fmt: skip
#: Any three of these columns no other program's files have: a person may have deleted some.
_TELLING: Final = ("event_id", "date_precision", "location_precision", "location_error_km", "location_unit")
_ENOUGH: Final = 3
#: Without these a record would come back better known than it left, or real.
_NEEDED: Final = (
    "source", "date", "date_precision", "location_precision", "location_error_km", "location_unit", "hazard_type",
    "synthetic",
)  # fmt: skip
#: HXL hashtag of each column, as the exports have them.
TAGS: Final[Mapping[str, str]] = {
    "#meta+id": "id",
    "#event+id": "event_id",
    "#meta+source": "source",
    "#meta+sourceid": "source_id",
    "#date+occurred": "date",
    "#meta+dateprecision": "date_precision",
    "#meta+locationprecision": "location_precision",
    "#indicator+locationerrorkm+num": "location_error_km",
    "#meta+locationunit": "location_unit",
    "#event+type": "hazard_type",
    "#impact+type": "outcome",
    "#description": "narrative",
    "#meta+placename": "place_name",
    "#description+note": "note",
    "#geo+lon": "lon",
    "#geo+lat": "lat",
    **{
        f"#affected+{harm}{attributes}": f"{harm}_{group}"
        for harm in ("killed", "injured")
        for group, attributes in (
            ("total", ""),
            ("men", "+m+adults"),
            ("women", "+f+adults"),
            ("boys", "+m+children"),
            ("girls", "+f+children"),
            *((group, f"+{group}") for group in VICTIM_GROUPS[1:]),
        )
    },
}
#: Columns of the counts that ``sira counts`` writes; each row of them would be taken for an incident.
_COUNTS: Final = frozenset({"unit_id", "period_start", "period_end", "hazard_type", "measure"})
#: What must be read as it stands, or a record would come back better known than it left, or real.
_STICKY: Final = (
    "source", "date_precision", "location_precision", "location_error_km", "location_unit", "synthetic",
    "file_id",
)  # fmt: skip

_NEVER_BLANK: Final = ("source", "date_precision", "location_precision", "synthetic")


def _names(name: str) -> tuple[str, ...]:
    return (name, name[:NAME_LENGTH])


def unmark(raw: Raw) -> None:
    """Take out of the texts of a CSV the apostrophes that keep spreadsheets from running them."""
    if raw.headers.get("longitude") == LON:
        return  # of a GIS file
    for name in ("source_id", "file_id", "narrative", "place_name", "note"):
        raw.frame[name] = each(raw.column(name), undefused)


def refine(raw: Raw) -> None:
    """Number by the file's own ids what has no id of its source (partners see pseudonyms), and keep ids and notes."""
    for name in _NEVER_BLANK:
        texts = raw.column(name)
        raw.faults.add((texts == "").to_numpy(), name, texts, lambda _, __: message("The cell is empty."), "code")
    shown = raw.column("file_id")
    raw.faults.add(
        ((raw.column("audience") == "partner") & (shown.map(pseudonym_in) == "")).to_numpy(),
        "file_id",
        shown,
        lambda _, value: message(
            "{value} is no id that Sira gave: a spreadsheet may have taken it for a number.", value=value
        ),
        "code",
    )
    ids = raw.column("source_id")
    own = each(raw.column("file_id"), lambda name: passed(name) if name and pseudonym_in(name) == name else name)
    raw.frame["own_id"] = own.where((ids != "") | (own == ""), raw.column("source") + ":" + own)
    raw.frame["source_id"] = ids.where(ids != "", own)
    for position, text in enumerate(raw.column("note")):
        raw.row_notes[position] += notes.read(text)
    raw.judged = raw.closed = True


FORMAT: Final = Format(
    name="sira",
    label="Sira",
    columns={
        **{name: _names(name) for name in _SAME},
        "source_id": ("source_id",),
        "file_id": ("id",),
        "audience": (f"{_ABOUT}audience",),
        "longitude": ("lon", "longitude"),
        "latitude": ("lat", "latitude"),
    },
    signatures=tuple(
        frozenset(name[:length] for name in names)
        for names in combinations(_TELLING, _ENOUGH)
        for length in (None, NAME_LENGTH)
    ),
    required=tuple((name,) for name in ("file_id", "longitude", "latitude", *_NEEDED)),
    refine=refine,
)


def named_by_tags(table: Table, tags: Sequence[str]) -> Table:
    """Return a table with the columns' own names, where a person gave them others and left Sira's HXL hashtags."""
    first = [position for position, tag in enumerate(tags) if tag == "#meta+synthetic"][:1]  # the second is of the file
    names = [
        "synthetic" if position in first else TAGS.get(tag, header)
        for position, (tag, header) in enumerate(zip(tags, table.header, strict=True))
    ]
    return replace(table, header=names) if any(set(names) >= known for known in FORMAT.signatures) else table


def refuse_other(table: Table) -> None:
    """Refuse a table of Sira's counts, or one that says Sira wrote it and lacks the columns of its incidents.

    Raises
    ------
    FileError
        Naming the columns that are missing.
    """
    names = {normal(header) for header in table.header}
    if names >= _COUNTS:
        raise FileError(
            message("{file} holds counts that Sira made, not incidents: nothing was taken from it.", file=table.file),
            file=table.file,
        )
    ours = any(name.startswith(_ABOUT) for name in names) or any(names >= known for known in FORMAT.signatures)
    if not ours:
        return
    places = {"lon": {"lon", "longitude", LON}, "lat": {"lat", "latitude", LAT}}
    wanted = {"id": {"id"}, **{name: set(_names(name)) for name in _NEEDED}, **places}
    missing = [name for name, known in wanted.items() if not names & known]
    raise FileError(
        message(
            "{file} was written by Sira, but is no file of incidents that can be read back: it lacks the columns "
            "{missing}.",
            file=table.file,
            missing=", ".join(missing),
        ),
        file=table.file,
    )


def require_read(raw: Raw) -> None:
    """Refuse a file in which a mark that must not be lost cannot be read.

    Raises
    ------
    FileError
        Naming row, column and value.
    """
    sticky = {raw.headers[name] for name in _STICKY if name in raw.headers}
    for row, fault in ((one, fault) for one in raw.faults.rows() for fault in one.faults):
        if fault.column in sticky:
            raise FileError(
                message(
                    "{file} was written by Sira and changed since: row {row}, column {column} “{value}”: {reason} "
                    "Nothing was taken.",
                    file=raw.file,
                    row=row.row,
                    column=fault.column,
                    value=fault.value,
                    reason=fault.reason,
                ),
                file=raw.file,
            )

"""Any table, with a small TOML file that says which column is what."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from geo.boundaries.units import PCODE_SETS
from geo.core.errors import FileError
from geo.core.messages import message
from geo.incidents.dates import Order
from geo.incidents.raw import FIELDS, Format, Raw, Table, choose
from geo.incidents.readers.victims import merge_victims
from geo.reading.tabular import NOWHERE, Place
from geo.reading.text import each, fold

#: Where the rows are: key → type of its value.
_PLACE: Final[Mapping[str, type]] = {"sheet": str, "layer": str, "header_row": int, "encoding": str}
#: Fields of hazard areas whose words a map may teach (`geo.hazards.fields.TAUGHT`).
_OF_AREAS: Final = ("status", "devices", "method")
_KEYS: Final = ("source", "date_order", "pcodes", *_PLACE, "columns", "constants", "values")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which header fills which field of a table.

    Attributes
    ----------
    source
        Name of the publisher; records are known by it and their id. None where the map does not say.
    columns
        Field → header; none where the format is known and the map teaches words only.
    constants
        Field → text for every row that leaves it blank.
    values
        Field → the file's word → Sira's word.
    date_order
        Order of day and month, where it is known.
    place
        Where in the file the rows are, where it says so.
    pcodes
        Code set of the P-codes, where it is known.
    """

    source: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_order: Order | None = None
    place: Place = NOWHERE
    pcodes: str | None = None


def load_column_map(path: Path) -> ColumnMap:
    """Read a column map.

    The file may hold ``source = "…"``, ``date_order = "dmy"``, ``pcodes = "ocha2020"``, a table ``[columns]``
    (``date = "Date du fait"``), ``[constants]`` (``hazard_type = "ied"``) and ``[values.hazard_type]``
    (``"EEI" = "ied"``), which alone is enough to teach a word. Of a workbook it may say ``sheet = "Incidents"``, of any
    table ``header_row = 4``.

    Raises
    ------
    FileError
        It is not TOML, or has a key, field or value that means nothing here.
    """
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileError(
            message("{file} is not a readable TOML file: {why}.", file=path.name, why=str(error)), file=path.name
        ) from error
    _only(document, _KEYS, path.name)
    source, order = document.get("source"), document.get("date_order")
    if source is not None and (not isinstance(source, str) or not fold(source)):
        raise FileError(message("{file} must name its source under the key source.", file=path.name), file=path.name)
    if order not in (None, "dmy", "mdy"):
        raise FileError(
            message("{file}: date_order is {value}; expected dmy or mdy.", file=path.name, value=str(order)),
            file=path.name,
        )
    pcodes = document.get("pcodes")
    if pcodes not in (None, *PCODE_SETS):
        raise FileError(
            message(
                "{file}: pcodes is {value}; expected {expected}.",
                file=path.name,
                value=str(pcodes),
                expected=" / ".join(PCODE_SETS),
            ),
            file=path.name,
        )
    columns = _texts(document.get("columns", {}), FIELDS, path.name)
    constants = _texts(document.get("constants", {}), FIELDS, path.name)
    values = document.get("values", {})
    _only(values, (*FIELDS, *_OF_AREAS), path.name)
    return ColumnMap(
        source=source and source.strip(),
        columns=columns,
        constants=constants,
        values={name: _texts(words, None, path.name) for name, words in values.items()},
        date_order=order,
        place=_place(document, path.name),
        pcodes=pcodes,
    )


def _place(document: Mapping[str, Any], file: str) -> Place:
    given = {key: document[key] for key in _PLACE if key in document}
    for key, value in given.items():
        if type(value) is not _PLACE[key]:
            raise FileError(
                message("{file}: {key} must be a text.", file=file, key=key)
                if _PLACE[key] is str
                else message("{file}: {key} must be a whole number.", file=file, key=key),
                file=file,
            )
    return Place(**given)


def mapped_format(given: ColumnMap) -> Format:
    """Return the format that a column map describes."""
    return Format(
        name="mapped",
        source=given.source,
        label="CSV",
        columns={name: (header,) for name, header in given.columns.items()},
        required=(("date", "year"), ("hazard_type",)),
        constants=dict(given.constants),
        date_order=given.date_order,
        refine=merge_victims,
    )


def teach(raw: Raw, values: Mapping[str, Mapping[str, str]]) -> None:
    """Put Sira's words in the place of the file's, field by field, as a column map says."""
    for name, words in values.items():
        if name not in FIELDS:
            continue
        folded = {fold(word): meant for word, meant in words.items()}
        raw.frame[name] = each(raw.column(name), lambda text, folded=folded: folded.get(fold(text), text))  # type: ignore[misc]


def choose_mapped(table: Table, form: Format) -> dict[str, int]:
    """Return field → position; every header that the map names must be in the file."""
    chosen = choose(table, form.columns)
    for name, (header,) in ((name, headers) for name, headers in form.columns.items()):
        if name not in chosen:
            raise FileError(
                message(
                    "{file} has no column {column}, which the column map names for {field}; it has: {found}.",
                    file=table.file,
                    column=header,
                    field=name,
                    found=", ".join(h.strip() for h in table.header),
                ),
                file=table.file,
            )
    return chosen


def _only(table: object, allowed: tuple[str, ...], file: str) -> None:
    if not isinstance(table, dict):
        raise FileError(message("{file} must be a table of keys and values.", file=file), file=file)
    for key in table:
        if key not in allowed:
            raise FileError(
                message(
                    "{file}: {key} means nothing here; expected one of: {expected}.",
                    file=file,
                    key=str(key),
                    expected=", ".join(allowed),
                ),
                file=file,
            )


def _texts(table: Any, allowed: tuple[str, ...] | None, file: str) -> dict[str, str]:
    _only(table, allowed if allowed is not None else tuple(table) if isinstance(table, dict) else (), file)
    for key, value in table.items():
        if not isinstance(value, str):
            raise FileError(message("{file}: {key} must be a text.", file=file, key=str(key)), file=file)
    return dict(table)

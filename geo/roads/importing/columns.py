"""Which columns of a road file mean what: a map in TOML, and the names that are known without one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from geo.core.errors import FileError
from geo.core.messages import message
from geo.roads.graph import CLASSES, SURFACES

#: What a column may mean → names it is known by without a map (OpenStreetMap and files made from it, and others).
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "class": ("highway", "fclass", "road_class", "class"),
    "surface": ("surface",),
    "oneway": ("oneway",),
    "name": ("name", "nom"),
    "ref": ("ref",),
    "ferry": ("ferry",),
    "ford": ("ford",),
    "barrier": ("barrier",),
    "seasonal": ("seasonal",),
    "closed": ("closed",),
    "error_km": ("error_km",),
    "level": ("layer",),
}


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How to read a file of road lines.

    Attributes
    ----------
    columns : mapping
        Meaning (a key of `KNOWN`) → column of the file.
    classes, surfaces : mapping
        Value of the file → one of `CLASSES`, `SURFACES`.
    layer : str, optional
        Needed where the file holds several with lines.
    snap_m : float
        Ends that miss another line by at most this are joined with it.
    error_km : float
        Positional error of lines without a value of their own.
    source : str, optional
        Where the roads come from, with their licence.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    surfaces: Mapping[str, str] = field(default_factory=dict)
    layer: str | None = None
    snap_m: float = 10.0
    error_km: float = 0.1
    source: str | None = None


def read_column_map(path: Path) -> ColumnMap:
    """Read a map: tables ``[columns]``, ``[classes]``, ``[surfaces]``, and the keys of `ColumnMap` on top.

    Raises
    ------
    FileError
        If it is no TOML, or a key or value is none that is known; names it.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileError(
            message("{file} is no readable TOML: {detail}.", file=path.name, detail=str(error)), file=path.name
        ) from error
    known = {"columns", "classes", "surfaces", "layer", "snap_m", "error_km", "source"}
    _require_known(document, known, path)
    tables = {name: _table(document.get(name, {}), name, path) for name in ("columns", "classes", "surfaces")}
    _require_known(tables["columns"], set(KNOWN), path)
    for name, allowed in (("classes", CLASSES), ("surfaces", SURFACES)):
        _require_known(dict.fromkeys(tables[name].values()), set(allowed), path)
    for name, highest in (("snap_m", 1000.0), ("error_km", 100.0)):
        value = document.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
            raise FileError(
                message(
                    "{file}: {key} is {value}; expected a number from 0 to {highest}.",
                    file=path.name,
                    key=name,
                    value=str(value),
                    highest=highest,
                ),
                file=path.name,
            )
    for name in ("layer", "source"):
        if not isinstance(document.get(name, ""), str):
            raise _no_text(name, path)
    return ColumnMap(**{**document, **tables})


def _table(value: Any, name: str, path: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise _no_text(name, path)
    return value


def _no_text(name: str, path: Path) -> FileError:
    return FileError(message("{file}: {key} must hold text.", file=path.name, key=name), file=path.name)


def _require_known(found: Mapping[str, Any], known: set[str], path: Path) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise FileError(
            message(
                "{file}: {key} is not known; expected one of {known}.",
                file=path.name,
                key=unknown[0],
                known=tuple(sorted(known)),
            ),
            file=path.name,
        )


def columns_of(given: ColumnMap, present: list[str], file: str) -> dict[str, str]:
    """Return meaning → column, from the map first, then from the names that are known.

    Raises
    ------
    FileError
        If the map names a column that the file lacks.
    """
    found = {}
    for meaning, names in KNOWN.items():
        wanted = given.columns.get(meaning)
        if wanted is not None and wanted not in present:
            raise FileError(
                message(
                    "{file} has no column {column}; it has {columns}.",
                    file=file,
                    column=wanted,
                    columns=tuple(present),
                ),
                file=file,
            )
        known = [name for name in names for column in [name] if column in {each.lower() for each in present}]
        column = wanted or next((each for name in known for each in present if each.lower() == name), None)
        if column is not None:
            found[meaning] = column
    return found

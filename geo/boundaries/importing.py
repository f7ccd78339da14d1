"""Reads an official set of boundaries from a file, so that it becomes a vintage beside the shipped ones."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.boundaries.coverage import as_coverage, check_polygons
from geo.boundaries.regions import Boundaries
from geo.boundaries.units import LEVELS, SHIPPED_VINTAGES, unit_table
from geo.core.crs import METRIC_CRS, in_storage
from geo.core.errors import CodeMismatchError, FileError, PlaceNameError
from geo.core.messages import Message, message
from geo.core.names import MAX_NAME_LENGTH, slug
from geo.core.ogr_source import ogr_source
from geo.core.shapefile_zip import unpack_shapefile

SUFFIXES: Final = (".gpkg", ".zip", ".geojson", ".json")

_VINTAGE: Final = re.compile(r"(?=.{1,40}$)[a-z0-9]+(?:-[a-z0-9]+)*")
#: Column names of names and codes, level by level: OCHA COD-AB old and new, geoBoundaries, GADM.
_NAME_COLUMN: Final = re.compile(r"(?:adm|admin)_?([123])_?(?:name|nom|fr|name_fr|fr_name)|name_([123])", re.IGNORECASE)
_CODE_COLUMN: Final = re.compile(r"(?:adm|admin)_?([123])_?(?:pcod|pcode|code)|gid_([123])", re.IGNORECASE)
_PLAIN_NAME: Final = ("name", "nom", "shapename", "name_fr", "nom_fr")
_PLAIN_CODE: Final = ("pcode", "p_code", "code", "shapeiso")


@dataclass(frozen=True, slots=True)
class UnitFile:
    """What a boundary file holds: a unit table of one level, and what was noticed about it."""

    units: gpd.GeoDataFrame
    notes: tuple[Message, ...]


def read_units(
    path: str | Path,
    vintage: str,
    level: str | None = None,
    *,
    layer: str | None = None,
    pcode_set: str | None = None,
) -> UnitFile:
    """Read a GeoPackage, a zipped shapefile or a GeoJSON file of regions, cercles or communes.

    Parameters
    ----------
    path : path
        Polygons in longitude, latitude on WGS 84 (EPSG:4326), with a column of names; COD-AB, geoBoundaries and GADM
        column names are known, and ``name`` or ``nom`` will do where `level` is given.
    vintage : str
        Name of the vintage to make: small letters, digits and single dashes.
    level : {"region", "cercle", "commune"}, optional
        Read from the column names where they say it.
    layer : str, optional
        Needed where the file holds several.
    pcode_set : {"cod2015", "ocha2020"}, optional
        Code set of the file's P-codes: each is checked against the name. Without it they are a set of their own,
        called as the vintage.

    Returns
    -------
    UnitFile
        `units` has the columns of `geo.boundaries.regions.UNIT_COLUMNS`, ids that carry the vintage, valid polygons
        without overlaps and RFC 7946 winding.

    Raises
    ------
    FileError
        If the file cannot be read, holds no such layer, or lacks a column of names.
    CRSError
        If its CRS is missing or on another datum.
    GeometryError
        If a feature is no polygon, missing or invalid, two overlap, or the set does not lie in Mali.
    CodeMismatchError
        If `pcode_set` is given and a P-code is missing, not in it, or contradicts its name.
    """
    path = Path(path)
    _check_vintage(vintage)
    frame, moved = in_storage(_read(path, layer), path.name)
    level = _level(frame, level, path)
    check_polygons(frame.geometry, path.name)
    columns = _columns(frame, level, path)
    names = _text(frame, columns.name)
    _check_names(names, columns.name, path)
    geometry, notes = as_coverage(frame.geometry, names, path.name)
    codes = _text(frame, columns.code)
    parent = _ids(vintage, columns.parent_level, _text(frame, columns.parent_name), _text(frame, columns.parent_code))
    table = gpd.GeoDataFrame(
        {
            "unit_id": _unique(_ids(vintage, level, names, codes), names, path),
            "name": names,
            "area_km2": (geometry.to_crs(METRIC_CRS).area / 1e6).round(3),
        },
        geometry=geometry,
    )
    units = unit_table(
        table,
        level=level,
        vintage=vintage,
        pcode=codes,
        pcode_set=(pcode_set or vintage) if codes.notna().any() else None,
        parent_id=parent,
        approximate=pd.Series(False, index=table.index),
    )
    if pcode_set is not None:
        _check_codes(units, pcode_set)
    return UnitFile(units, (*moved, *notes))


def combine(parts: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the unit tables of one vintage as one; of two of the same level the later counts.

    Raises
    ------
    FileError
        If a unit's parent is missing from a level that is there.
    """
    by_level = {str(part["level"].iloc[0]): part for part in parts}
    for finer, coarser in (("commune", "cercle"), ("cercle", "region")):
        if finer in by_level and coarser in by_level:
            parents = by_level[finer]["parent_id"]
            orphans = parents[~parents.isin(by_level[coarser].index)]
            if len(orphans):
                vintage = str(by_level[finer]["vintage"].iloc[0])
                raise FileError(
                    message(
                        "{count} units of the level {level} name a parent that vintage {vintage} does not hold, "
                        "the first {name}.",
                        count=len(orphans),
                        level=finer,
                        vintage=vintage,
                        name=by_level[finer].loc[orphans.index[0], "name"],
                    ),
                    file=vintage,
                )
    return pd.concat([by_level[level] for level in LEVELS if level in by_level])


def _check_vintage(vintage: str) -> None:
    if not _VINTAGE.fullmatch(vintage) or vintage in SHIPPED_VINTAGES:
        raise FileError(
            message(
                "{vintage} cannot name an imported vintage: use small letters, digits and single dashes, and not the "
                "name of a shipped one ({shipped}).",
                vintage=vintage[:60],
                shipped=", ".join(SHIPPED_VINTAGES),
            ),
            file=vintage[:60],
        )


def _read(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    if path.suffix.lower() not in SUFFIXES:
        raise FileError(
            message(
                "{file} is not a boundary file: expected a GeoPackage (.gpkg), a zipped shapefile (.zip) or GeoJSON.",
                file=path.name,
            ),
            file=path.name,
        )
    if not path.is_file():
        raise FileError(message("{file} does not exist.", file=path.name), file=path.name)
    with tempfile.TemporaryDirectory(prefix="sira-") as folder:
        if path.suffix.lower() == ".zip":
            frame = _layer_of(ogr_source(unpack_shapefile(path, Path(folder), layer), path.name), None, path)
        else:
            frame = _layer_of(ogr_source(path), layer, path)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise FileError(message("{file} holds no features with a geometry.", file=path.name), file=path.name)
    return frame


def _layer_of(source: str, layer: str | None, path: Path) -> pd.DataFrame:
    import pyogrio  # loaded by whoever imports boundaries
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        layers = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
        if layer is None and len(layers) > 1:
            raise FileError(
                message("{file} holds several layers ({layers}); name one.", file=path.name, layers=", ".join(layers)),
                file=path.name,
            )
        read: pd.DataFrame = pyogrio.read_dataframe(source, layer=layer)
    except (DataSourceError, DataLayerError) as error:
        raise FileError(
            message("{file} cannot be read as boundaries: {cause}", file=path.name, cause=str(error)[:200]),
            file=path.name,
        ) from error
    return read


@dataclass(frozen=True, slots=True)
class _Columns:
    name: str
    code: str | None
    parent_level: str | None
    parent_name: str | None
    parent_code: str | None


def _by_level(frame: gpd.GeoDataFrame, pattern: re.Pattern[str]) -> dict[str, str]:
    found = ((column, pattern.fullmatch(column)) for column in frame.columns)
    return {LEVELS[int(match[1] or match[2]) - 1]: column for column, match in reversed(list(found)) if match}


def _plain(frame: gpd.GeoDataFrame, known: tuple[str, ...]) -> str | None:
    lower = {str(column).lower(): str(column) for column in frame.columns}
    return next((lower[name] for name in known if name in lower), None)


def _level(frame: gpd.GeoDataFrame, level: str | None, path: Path) -> str:
    said = [each for each in LEVELS if each in _by_level(frame, _NAME_COLUMN)]
    if level is None and not said:
        raise FileError(
            message(
                "{file}: no column says which level its units are of (expected e.g. admin2Name or ADM2_FR; found "
                "{columns}); name the level.",
                file=path.name,
                columns=_listed(frame),
            ),
            file=path.name,
        )
    if level is not None and level not in LEVELS:
        raise FileError(
            message("There is no level {level}; there are {known}.", level=level, known=", ".join(LEVELS)),
            file=path.name,
        )
    return level or said[-1]


def _columns(frame: gpd.GeoDataFrame, level: str, path: Path) -> _Columns:
    names, codes = _by_level(frame, _NAME_COLUMN), _by_level(frame, _CODE_COLUMN)
    name = names.get(level) or _plain(frame, _PLAIN_NAME)
    if name is None:
        raise FileError(
            message(
                "{file} has no column of names of the level {level} (expected e.g. admin2Name, ADM2_FR, name or nom; "
                "found {columns}).",
                file=path.name,
                level=level,
                columns=_listed(frame),
            ),
            file=path.name,
        )
    code = codes.get(level) or (None if level in names else _plain(frame, _PLAIN_CODE))
    parent = LEVELS[LEVELS.index(level) - 1] if level != LEVELS[0] else None
    return _Columns(name, code, parent, names.get(parent or ""), codes.get(parent or ""))


def _listed(frame: gpd.GeoDataFrame) -> str:
    return ", ".join(str(column) for column in frame.columns if column != frame.geometry.name)[:200]


def _check_names(names: pd.Series[str], column: str, path: Path) -> None:
    for row, name in enumerate(names, start=1):
        if pd.isna(name):
            raise FileError(
                message(
                    "{file}, feature {row}: the column {column} is empty; expected a name.",
                    file=path.name,
                    row=row,
                    column=column,
                ),
                file=path.name,
            )
        if not name.isprintable() or len(name) > MAX_NAME_LENGTH or not slug(name):
            raise FileError(
                message(
                    "{file}, feature {row}: {value} in the column {column} is not a name (control characters, no "
                    "letters, or too long).",
                    file=path.name,
                    row=row,
                    value=repr(name[:40]),
                    column=column,
                ),
                file=path.name,
            )


def _text(frame: gpd.GeoDataFrame, column: str | None) -> pd.Series[str]:
    if column is None:
        return pd.Series(None, index=frame.index, dtype="str")
    text: pd.Series[str] = frame[column].astype("str").str.strip()
    return text.mask(text == "")


def _ids(vintage: str, level: str | None, names: pd.Series[str], codes: pd.Series[str]) -> pd.Series[str]:
    """Return unit ids, by code where there is one: names repeat, and are spelled in several ways."""
    keys = codes.where(codes.notna(), names)
    return keys.map(lambda key: f"{level}-{vintage}-{slug(key)}", na_action="ignore").astype("str")


def _unique(ids: pd.Series[str], names: pd.Series[str], path: Path) -> pd.Series[str]:
    repeated = np.flatnonzero(ids.duplicated())
    if len(repeated):
        raise FileError(
            message(
                "{file}, feature {row}: {name} has the same code, or no code and the same name, as another feature.",
                file=path.name,
                row=int(repeated[0]) + 1,
                name=names.iloc[repeated[0]],
            ),
            file=path.name,
        )
    return ids


def _check_codes(units: gpd.GeoDataFrame, pcode_set: str) -> None:
    """Raise where a unit's code is missing, unknown to the code set, or another unit's there."""
    known = Boundaries.shipped()
    rows = units[["pcode", "name", "level"]].itertuples(index=False, name=None)
    for row, (pcode, name, level) in enumerate(rows, start=1):
        if pd.isna(pcode):
            raise CodeMismatchError(
                message(
                    "Feature {row}: {name} has no code of the set {pcode_set}.", row=row, name=name, pcode_set=pcode_set
                )
            )
        try:
            unit = known.resolve_code(pcode, pcode_set=pcode_set, name=name, vintage="2015")
        except PlaceNameError as error:
            cause = message("Feature {row}: {cause}", row=row, cause=error.message)
            raise CodeMismatchError(cause, candidates=error.candidates) from error
        if unit.level != level:
            raise CodeMismatchError(
                message(
                    "Feature {row}: the code {pcode} is that of {unit}, which is no unit of the level {level}.",
                    row=row,
                    pcode=pcode,
                    unit=str(unit),
                    level=level,
                )
            )

"""Single-layer files: FlatGeobuf, KML and CSV with HXL hashtags"""

from __future__ import annotations

import csv
import errno
import io
import re
import tempfile
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from geo.core.tables import write_csv
from geo.core.written import LOOKALIKES, NAME_LENGTH, TEXT_BYTES
from geo.export.layer import (
    GEOMETRY,
    Column,
    ColumnType,
    ExportLayer,
    GeometryType,
    about_json,
    arrow_table,
    geometries,
)

#: HXL hashtags of a point's coordinates.
_HXL_LONLAT: Final = {"lon": "#geo+lon", "lat": "#geo+lat"}
#: HXL hashtag of an area's outline.
_HXL_OUTLINE: Final = "#geo+bounds+wkt"
#: What is said of the whole file that a CSV repeats in each row, since it has no other place for it → HXL hashtag.
_REPEATED: Final = MappingProxyType(
    {
        "audience": "#meta+audience",
        "revision": "#meta+revision",
        "synthetic": "#meta+synthetic",
        "notice": "#meta+notice",
        "period": "#date+period",
        "data_until": "#date+newest",
        "notices": "#meta+notices",
        "caveat": "#meta+caveat",
        "caveats": "#meta+caveats",
        "conflict_period": "#date+period+conflict",
        "conflict_source": "#meta+source+conflict",
        "sources": "#meta+source+all",
    }
)

GEOPARQUET_VERSION: Final = "1.1.0"
_BBOX: Final = "bbox"
_ROWS: Final = 5_000
_STEM: Final = NAME_LENGTH - 2


def write_arrow(table: pa.Table, path: Path, *, driver: str, layer: ExportLayer, **options: Any) -> None:
    """Write an Arrow table with a WKB column ``geometry`` through GDAL; raises `OSError` where rows are missing.

    GDAL does not always say that a disk was full: what arrived is read again.
    """
    import pyogrio  # loaded by the first file that is taken away

    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        pyogrio.write_arrow(
            table,
            path,
            layer=layer.name,
            driver=driver,
            geometry_name=GEOMETRY,
            geometry_type=layer.geometry.value,
            crs="EPSG:4326",
            encoding="UTF-8",
            **options,
        )
    _check_arrived(table, path, layer.name if driver == "GPKG" else None)


def _check_arrived(table: pa.Table, path: Path, layer: str | None) -> None:
    """Read back the first column, which is the features' ids; raises `OSError` where it is not what was written."""
    import pyogrio

    key = table.column_names[0]
    read = pyogrio.read_arrow(path, layer=layer, columns=[key], read_geometry=False)[1]
    if sorted(read.column(key).to_pylist()) != sorted(table.column(key).to_pylist()):  # a spatial index reorders
        raise OSError(errno.EIO, f"{path.suffix}: not all features arrived")


def write_flatgeobuf(layer: ExportLayer, path: Path) -> None:
    """Write a FlatGeobuf file; `layer.about` becomes its metadata.

    The spatial index needs a geometry in every feature: a layer where some have none is written without.
    """
    table = arrow_table(layer)
    write_arrow(
        table,
        path,
        driver="FlatGeobuf",
        layer=layer,
        SPATIAL_INDEX="NO" if table[GEOMETRY].null_count or not len(table) else "YES",
        TITLE=layer.title,
        DESCRIPTION=layer.description,
        layer_metadata=dict(layer.about),
    )


def write_kml(layer: ExportLayer, path: Path) -> None:
    """Write a KML file, columns as typed extended data.

    Viewers show text in balloons that understand markup: ``<``, ``>`` and ``&`` of a text are written as characters
    that look alike and do nothing. Dates are ISO text, since KML has no type for them.
    """
    table = arrow_table(layer)
    for position, column in enumerate(layer.all_columns):
        table = table.set_column(position, column.name, _as_kml(table[column.name], column))
    write_arrow(
        table,
        path,
        driver="LIBKML",
        layer=layer,
        dataset_options={"NAME": layer.title, "DESCRIPTION": _harmless(_lines(layer)), "OPEN": "1"},
        layer_options={"NAME": layer.title},
    )


def _lines(layer: ExportLayer) -> str:
    return "\n".join((layer.description, *(f"{name}: {text}" for name, text in layer.about.items())))


def _as_kml(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if column.type is ColumnType.DATE:
        return pc.strftime(values, format="%Y-%m-%d")
    if column.type is ColumnType.DATETIME:
        return pc.strftime(pc.cast(values, pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%SZ")
    if column.type is not ColumnType.STRING:
        return values
    for markup, harmless in LOOKALIKES.items():
        values = pc.replace_substring(values, markup, harmless)
    return values


def _harmless(text: str) -> str:
    for markup, harmless in LOOKALIKES.items():
        text = text.replace(markup, harmless)
    return text


def write_hxl_csv(layer: ExportLayer, path: Path, *, outlines: bool = False) -> None:
    """Write a CSV whose second row holds HXL hashtags, and that a spreadsheet opens without running anything.

    Points have their coordinates in ``lon`` and ``lat``; areas and lines have none (their id leads to them) unless
    `outlines` asks for them, in ``wkt``. The columns ``sira_…`` repeat in each row for whom the file is, of which
    revision and period, from which sources, how new, and what must be said of it.
    """
    table = pd.DataFrame({layer.key.name: layer.frame.index.astype(str)})
    hxl = {column.name: column.hxl for column in layer.all_columns}
    for column in layer.columns:
        table[column.name] = _as_cells(layer, column)
    if layer.geometry is GeometryType.POINT:
        points = geometries(layer)
        table["lon"], table["lat"] = shapely.get_x(points), shapely.get_y(points)
        hxl |= _HXL_LONLAT
    elif outlines:
        table["wkt"] = shapely.to_wkt(geometries(layer), rounding_precision=-1)
        hxl["wkt"] = _HXL_OUTLINE
    for name, hashtag in _REPEATED.items():
        if name in layer.about:
            table[f"sira_{name}"] = layer.about[name]
            hxl[f"sira_{name}"] = hashtag
    write_csv(table, path, hxl=hxl)


def _as_cells(layer: ExportLayer, column: Column) -> pd.Series:
    values = layer.frame[column.name].reset_index(drop=True)
    if column.type is ColumnType.DATETIME:
        values = pd.to_datetime(values).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return pd.Series(values)


def write_geoparquet(layer: ExportLayer, path: Path) -> None:
    """Write a GeoParquet file: WKB, column ``bbox`` as covering, and `layer.about` under the metadata key ``sira``.

    Titles and descriptions of columns are metadata of the fields.

    References
    ----------
    GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/
    """
    table = arrow_table(layer)
    box, geo = _covering(layer)
    if table[GEOMETRY].null_count < len(table):
        table = table.append_column(box.schema.field(_BBOX), box[_BBOX])
    kept = {b"geo": geo, b"sira": about_json(layer.about).encode(), b"title": layer.title.encode()}
    fields = [field.remove_metadata() if field.name == GEOMETRY else field for field in table.schema]
    table = pa.Table.from_arrays(table.columns, schema=pa.schema(fields, metadata=kept))
    pq.write_table(table, path, compression="zstd", row_group_size=_ROWS)


def _covering(layer: ExportLayer) -> tuple[pa.Table, bytes]:
    """Return the column of bounding boxes and the file's ``geo`` metadata, as geopandas writes them."""
    bare = gpd.GeoDataFrame(geometry=gpd.GeoSeries(geometries(layer), crs=layer.frame.crs))
    has_any = bool(bare.geometry.notna().any())
    buffer = io.BytesIO()
    bare.to_parquet(buffer, index=False, schema_version=GEOPARQUET_VERSION, write_covering_bbox=has_any)
    written = pq.read_table(buffer)
    return written, written.schema.metadata[b"geo"]


@dataclass(frozen=True, slots=True)
class ShapefileWords:
    """What the zip says of itself, in the reader's language.

    `readme` and `names` are names of files; `warning` is what the first says; `header` heads the three columns of the
    second: short name, full name, title.
    """

    readme: str
    names: str
    warning: str
    header: tuple[str, str, str]


def write_shapefile_zip(layer: ExportLayer, path: Path, words: ShapefileWords) -> None:
    """Write a zip with the layer's shapefile, a text that warns about its limits, and the table of names (CSV).

    Texts longer than 254 bytes are cut at a character; dates with times become text.
    """
    short = short_names(column.name for column in layer.all_columns)
    table = arrow_table(layer)
    for position, column in enumerate(layer.all_columns):
        values = table[column.name]
        if pa.types.is_string(values.type):
            values = pa.chunked_array([[_cut(text) for text in values.to_pylist()]], pa.string())
        table = table.set_column(position, short[column.name], values)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        write_arrow(table, Path(folder) / f"{layer.name}.shp", driver="ESRI Shapefile", layer=layer)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(words.readme, _readme(layer, words))
            archive.writestr(words.names, _names(layer.all_columns, short, words))
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return a name of at most ten ASCII letters for each name, all different whatever their case.

    Examples
    --------
    >>> short_names(["name", "events_exact", "events_exactly"])
    {'name': 'name', 'events_exact': 'events_exa', 'events_exactly': 'events_e_1'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        plain = re.sub(r"\W", "_", plain) or "column"
        short, number = plain[:NAME_LENGTH], 0
        while short.lower() in taken:
            number += 1
            short = f"{plain[: _STEM - len(str(number)) + 1]}_{number}"
        taken.add(short.lower())
        found[name] = short
    return found


def _cut(text: str | None) -> str | None:
    return None if text is None else text.encode()[:TEXT_BYTES].decode(errors="ignore")


def _readme(layer: ExportLayer, words: ShapefileWords) -> str:
    about = "\n".join(f"{name}: {text}" for name, text in layer.about.items())
    return f"{layer.title}\n\n{layer.description}\n\n{words.warning}\n\n{about}\n"


def _names(columns: tuple[Column, ...], short: Mapping[str, str], words: ShapefileWords) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(words.header)
    writer.writerows((short[column.name], column.name, column.title) for column in columns)
    return out.getvalue()

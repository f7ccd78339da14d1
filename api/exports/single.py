"""Files of one collection: which formats there are, and how each is written"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from api.base.access import Kind
from api.base.i18n import translate
from api.collections.registry import Collection
from api.exports.content import Recipient, about_file, layer_of
from api.layers.encode import feature_collection
from geo.core.messages import message
from geo.core.written import TEXT_BYTES
from geo.export.formats import (
    ShapefileWords,
    write_flatgeobuf,
    write_geoparquet,
    write_hxl_csv,
    write_kml,
    write_shapefile_zip,
)
from geo.export.layer import ExportLayer


@dataclass(frozen=True, slots=True)
class Format:
    """A format of single collections: the end of a file's name, its media type, and what writes it."""

    suffix: str
    media_type: str
    write: Callable[[Recipient, Collection, Path], None]


def _from_layer(write: Callable[[ExportLayer, Path], None]) -> Callable[[Recipient, Collection, Path], None]:
    return lambda recipient, collection, path: write(recipient.layer(collection), path)


def _geojson(recipient: Recipient, collection: Collection, path: Path) -> None:
    table = recipient.table(collection)
    about = (
        table.about
        | about_file(table, recipient.caller, recipient.lang)
        | {"synthetic": bool(table.about["synthetic"])}
    )
    path.write_bytes(feature_collection(table.frame, about | {"revision": table.revision}, decimals=table.decimals))


def _csv(recipient: Recipient, collection: Collection, path: Path) -> None:
    # Sira reads areas back; what else has a shape is too large for a cell, and lies in files for maps
    write_hxl_csv(recipient.layer(collection), path, outlines=collection.kind is Kind.HAZARD_AREAS)


def _shapefile(recipient: Recipient, collection: Collection, path: Path) -> None:
    write_shapefile_zip(
        layer_of(recipient.table(collection), recipient.caller, recipient.lang), path, _words(recipient.lang)
    )


def _words(lang: str) -> ShapefileWords:
    warning = message(
        "Shapefiles cut the names of columns to ten letters and texts to {count} bytes, and know no times of day. "
        "{file} says which name stands for which column. GeoPackage has none of these limits.",
        count=TEXT_BYTES,
        file=_NAMES_FILE[lang],
    )
    header = (message("short name"), message("full name"), message("title"))
    return ShapefileWords(
        readme=_README_FILE[lang],
        names=_NAMES_FILE[lang],
        warning=translate(warning, lang),
        header=(translate(header[0], lang), translate(header[1], lang), translate(header[2], lang)),
    )


_README_FILE: Final = MappingProxyType({"fr": "LISEZMOI.txt", "en": "README.txt"})
_NAMES_FILE: Final = MappingProxyType({"fr": "noms.csv", "en": "names.csv"})

#: Format → how it is written. Adding a format is one entry.
FORMATS: Final = MappingProxyType(
    {
        "fgb": Format(".fgb", "application/vnd.flatgeobuf", _from_layer(write_flatgeobuf)),
        "parquet": Format(".parquet", "application/vnd.apache.parquet", _from_layer(write_geoparquet)),
        "geojson": Format(".geojson", "application/geo+json", _geojson),
        "csv": Format(".csv", "text/csv; charset=utf-8", _csv),
        "kml": Format(".kml", "application/vnd.google-earth.kml+xml", _from_layer(write_kml)),
        "shp.zip": Format(".shp.zip", "application/zip", _shapefile),
    }
)


def file_name(recipient: Recipient, name: str, suffix: str) -> str:
    """Return the name under which a file is kept: it says the audience and the revision.

    Examples
    --------
    ``sira-incidents-partner-r12.csv``
    """
    return f"sira-{name}-{recipient.caller.audience.label}-r{recipient.snapshot.revision}{suffix}"

"""Layers of GIS files: which there are, and which one is meant."""

from __future__ import annotations

import codecs
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyogrio
import shapely

from geo.core.errors import FileError, ParameterError
from geo.core.messages import Message, message
from geo.core.ogr_source import ogr_source
from geo.core.shapefile_zip import unpack_shapefiles
from geo.reading.encodings import likeliest

#: What GDAL and its readers raise on a damaged file.
ERRORS: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    shapely.errors.GEOSException,
    UnicodeDecodeError,
    ValueError,
)


#: Names of encodings that GDAL has and Python, too, where they differ.
_OF_GDAL: Final = {"mac_roman": "macintosh"}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a GIS file.

    Attributes
    ----------
    kind
        Type of its geometries as the file declares it (``Unknown`` where they are mixed), empty for a table without.
    """

    name: str
    kind: str
    features: int
    fields: tuple[str, ...]

    @property
    def may_hold_points(self) -> bool:
        """Tell whether its geometries may be points."""
        return "Point" in self.kind or self.kind in ("Unknown", "GeometryCollection")

    @property
    def may_hold_polygons(self) -> bool:
        """Tell whether its geometries may be polygons."""
        return "Polygon" in self.kind or "Surface" in self.kind or self.kind in ("Unknown", "GeometryCollection")


@contextmanager
def opened(path: Path, file: str) -> Iterator[str]:
    """Give the name under which GDAL opens a file, or the one shapefile of a zip; its failures become `FileError`."""
    with path.open("rb") as stream:
        is_zip = stream.read(2) == b"PK"
    with tempfile.TemporaryDirectory(prefix="sira-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL's remarks on the file's metadata
        try:
            unpacked = unpack_shapefiles(path, Path(folder)) if is_zip else path
            yield str(unpacked) if unpacked.is_dir() else ogr_source(unpacked, file)
        except ERRORS as error:
            raise FileError(
                message(
                    "{file} is no readable GeoPackage, FlatGeobuf file or shapefile: {why}.",
                    file=file,
                    why=str(error)[:200],
                ),
                file=file,
            ) from error


def encoding_of(source: str, layer: str, asked: str | None) -> tuple[str | None, tuple[Message, ...]]:
    """Return the encoding of a shapefile's text, where it is not plain ASCII: its ``.cpg`` is often wrong.

    Raises
    ------
    FileError
        It can be told neither from the text nor from `asked`.
    """
    path = Path(source)
    table = path / f"{layer}.dbf" if path.is_dir() else path.with_suffix(".dbf")
    if (path.suffix.lower() != ".shp" and not path.is_dir()) or not table.exists():
        return None, ()
    text = _text_of(table.read_bytes())
    if asked is not None or text.isascii():
        return asked, ()
    found = _told(text, table.name)
    beside = table.with_suffix(".cpg")
    stated = beside.read_text("ascii", "replace").strip() if beside.exists() else ""
    if _plain(stated) in ("", _plain(found)):
        return found, ()
    note = message(
        "The shapefile says that its text is in {stated}; it is in {found}, and was read so.",
        stated=stated,
        found=found,
    )
    return found, (note,)


def _text_of(table: bytes) -> bytes:
    """Return the names of a dBASE table's columns and its records."""
    begin = int.from_bytes(table[8:10], "little")
    names = b" ".join(table[at : at + 11].partition(b"\0")[0] for at in range(32, begin - 31, 32))
    return names + b" " + table[begin:]


def _told(text: bytes, file: str) -> str:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        found = likeliest(text)
        if found is None:
            raise FileError(
                message("{file}: the encoding of the text cannot be told; --encoding NAME names it.", file=file),
                file=file,
            ) from None
        return _OF_GDAL.get(found, found)
    return "utf-8"


def _plain(encoding: str) -> str:
    try:
        return codecs.lookup(f"cp{encoding}" if encoding.isdigit() else encoding).name
    except LookupError:
        return encoding.casefold()


def layers_of(source: str) -> list[Layer]:
    """Return the layers of a file that GDAL has open, in their order."""
    found = []
    for name, kind in pyogrio.list_layers(source):
        about = pyogrio.read_info(source, layer=name)
        found.append(Layer(str(name), str(kind or ""), int(about["features"]), tuple(map(str, about["fields"]))))
    return found


def choose(
    layers: Sequence[Layer], asked: str | None, file: str, *, known: str, fits: Callable[[Layer], bool]
) -> tuple[Layer, tuple[Message, ...]]:
    """Return the layer that was asked for, that is called `known`, or that `fits` best, and a note on the others.

    Raises
    ------
    FileError
        No layer has geometries.
    ParameterError
        There is no such layer as was asked for.
    """
    spatial = [layer for layer in layers if layer.kind]
    if asked is not None:
        found = [layer for layer in layers if layer.name.casefold() == asked.strip().casefold()]
        if not found:
            raise ParameterError(
                message("{file} has no layer {layer}; it has: {names}.", file=file, layer=asked, names=sizes(layers)),
                parameter="layer",
            )
        return found[0], ()
    if not spatial:
        raise FileError(message("{file} holds no layer with geometries.", file=file), file=file)
    called = [layer for layer in spatial if layer.name == known]
    meant = (called or [layer for layer in spatial if fits(layer)] or spatial)[0]
    return meant, _note(meant, layers)


def _note(meant: Layer, layers: Sequence[Layer]) -> tuple[Message, ...]:
    others = [layer for layer in layers if layer is not meant]
    if not others:
        return ()
    return (
        message(
            "Layer read: {layer}. Layers not read, with their features: {others}. --layer NAME reads one.",
            layer=sizes([meant]),
            others=sizes(others),
        ),
    )


def sizes(layers: Sequence[Layer]) -> str:
    """Name layers, each with the number of its features."""
    return ", ".join(f"{layer.name} ({layer.features})" for layer in layers)

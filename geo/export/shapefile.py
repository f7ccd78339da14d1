"""Shapefiles in a zip, with a table of what became of the columns' names, which the format cuts to ten letters"""

from __future__ import annotations

import csv
import io
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from geo.export.formats import write_arrow
from geo.export.layer import Column, Layer, arrow_table

#: Longest name of a column, and longest text in bytes, that a DBF table holds.
NAME_LENGTH: Final = 10
TEXT_BYTES: Final = 254
_STEM: Final = NAME_LENGTH - 2


@dataclass(frozen=True, slots=True)
class Words:
    """What the zip says of itself, in the reader's language.

    `readme` and `names` are names of files; `warning` is what the first says; `header` heads the three columns of the
    second: short name, full name, title.
    """

    readme: str
    names: str
    warning: str
    header: tuple[str, str, str]


def write_shapefile_zip(layer: Layer, path: Path, words: Words) -> None:
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


def _readme(layer: Layer, words: Words) -> str:
    about = "\n".join(f"{name}: {text}" for name, text in layer.about.items())
    return f"{layer.title}\n\n{layer.description}\n\n{words.warning}\n\n{about}\n"


def _names(columns: tuple[Column, ...], short: Mapping[str, str], words: Words) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(words.header)
    writer.writerows((short[column.name], column.name, column.title) for column in columns)
    return out.getvalue()

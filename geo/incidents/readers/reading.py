"""One way in for incident files: what is it, what does it say, what can be taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from geo.boundaries.regions import Boundaries
from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.core.ogr_source import FLATGEOBUF_MAGIC, SQLITE_MAGIC
from geo.incidents.activities import refuse_by_rows
from geo.incidents.assemble import assemble, check_text
from geo.incidents.batch import Batch
from geo.incidents.dates import Order
from geo.incidents.geofile import read_geojson, read_layer, read_parquet
from geo.incidents.placemarks import read_markup
from geo.incidents.raw import Table, pick
from geo.incidents.readers import kobo_imsma, odk_dhis2, sira
from geo.incidents.readers.choices import separate_choices
from geo.incidents.readers.column_map import ColumnMap, load_column_map, teach
from geo.incidents.readers.detection import FIXED, Found, find, fits
from geo.incidents.readers.parts import put_together
from geo.incidents.returned import without_report
from geo.reading import parquet
from geo.reading.containers import ZIP_MAGIC, Source, unwrapped
from geo.reading.encodings import beginning
from geo.reading.records import is_records, read_records
from geo.reading.tabular import NOWHERE, Place, Sheet, read_csv
from geo.reading.text import fold
from geo.reading.workbook_parts import kind_of
from geo.reading.workbooks import read_workbook

#: Headers, folded, of the column that says which rows are synthetic.
_SYNTHETIC = frozenset({"synthetic", "synthetique", "is_synthetic", "donnee_synthetique", "donnees_synthetiques"})


def read(
    path: Path,
    *,
    boundaries: Boundaries,
    today: date,
    column_map: ColumnMap | Path | None = None,
    source: str | None = None,
    date_order: Order | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    header_row: int | None = None,
    encoding: str | None = None,
    pcodes: str | None = None,
) -> Batch:
    """Read a file of incidents: every row is accepted or set aside with a reason.

    Parameters
    ----------
    path
        CSV (any usual encoding and separator), XLSX, XLSB, XLS, ODS, GeoJSON, GeoPackage, FlatGeobuf, GeoParquet, a
        zipped shapefile, KML, KMZ or GPX; also by itself in a zip or gzip.
    boundaries
        For the country's outline, the units that rows name and the centres that coordinates may stand for.
    today
        A later date is in the future.
    column_map
        Which column is what, in a table of no known format, or which word is what, in any (a TOML file, see
        `load_column_map`).
    source
        Who the records come from, an organisation or its system, for rows that do not say; formats of one publisher
        fix it.
    date_order
        Order of day and month, where the file does not show it.
    sheet
        Name of a workbook's sheet; unless it is given, all sheets with the header of the first that fits are read.
    layer
        Name of a GIS file's layer; unless it is given, the one called incidents or the first that fits is read.
    header_row
        Row of the header, counted from 1; unless it is given, it is found among the first 25.
    encoding
        Of a text file or a shapefile, as Python calls it; unless it is given, it is told from the bytes.
    pcodes
        Code set of the P-codes that name units, ``"ocha2020"`` or ``"cod2015"``: the same code may mean two units.

    Returns
    -------
    Batch
        The accepted rows are indexed by ``source:source_id``; points are longitude, latitude on WGS 84.

    Raises
    ------
    FileError
        The file as a whole cannot be used: unreadable, of no known format, required columns missing, or dates that
        can be read in two ways; a `SourceNeededError` where it does not say whose records it holds.
    """
    mapping = load_column_map(column_map) if isinstance(column_map, Path) else column_map
    place = _place(mapping, sheet=sheet, layer=layer, header_row=header_row, encoding=encoding)
    mapping = mapping or ColumnMap()
    columns = mapping if mapping.columns else None
    found = _found(path, columns, place)
    form, table, chosen = found.form, found.table, found.chosen
    _mark(table, chosen)
    raw = pick(table, chosen, {**form.constants, **mapping.constants})
    if form is sira.FORMAT:
        sira.unmark(raw)
    raw.pcodes = pcodes or mapping.pcodes
    if form not in FIXED:
        raw.notes += _unread(table, chosen)
    check_text(raw)
    odk_dhis2.check_beside(raw, form)
    put_together(raw)
    separate_choices(raw, table, chosen, form=form in (kobo_imsma.KOBO, odk_dhis2.ODK))
    teach(raw, mapping.values)
    form.refine(raw)
    if form not in FIXED:
        refuse_by_rows(raw, table)
    file, unread = table.file, found.unread
    del found, table  # the cells are in `raw`: what is made of them needs the room
    accepted, claims = assemble(
        raw,
        boundaries=boundaries,
        today=today,
        source=source or mapping.source or form.source,
        date_order=date_order or mapping.date_order or form.date_order,
    )
    if form is sira.FORMAT:
        sira.require_read(raw)
    return Batch(file, form.label, len(raw), accepted, raw.faults.rows(), tuple(raw.notes), claims, unread)


def delivered(
    path: Path,
    *,
    column_map: ColumnMap | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    header_row: int | None = None,
    encoding: str | None = None,
) -> Found:
    """Return the rows of a file as they were delivered, under their own headings, and which columns `read` reads.

    The parameters are those of `read`; the rows are those that it accepts or sets aside, in its order.
    """
    place = _place(column_map, sheet=sheet, layer=layer, header_row=header_row, encoding=encoding)
    return _found(path, column_map if column_map is not None and column_map.columns else None, place)


def _found(path: Path, columns: ColumnMap | None, place: Place) -> Found:
    with unwrapped(path) as opened:
        sheets = _sheets(opened, columns, place)
        returned = [mine for sheet in sheets if (mine := without_report(sheet)) is not sheet]
        if returned:  # what was said of where the rows are was said of the file that it reports on
            return find(returned, columns, NOWHERE)
        _refuse_idle(place, opened, kind_of(opened.data))
        return find(sheets, columns, place)


def _place(mapping: ColumnMap | None, **given: Any) -> Place:
    """Return where the rows are: as was said with the call, else as the column map says."""
    said = {name: value for name, value in given.items() if value is not None}
    return replace(mapping.place if mapping is not None else NOWHERE, **said)


def _sheets(source: Source, mapping: ColumnMap | None, place: Place) -> list[Sheet]:
    """Read the cells of a file by what it holds, whatever its name ends in: a workbook may have several sheets."""
    kind = kind_of(source.data)
    sheets = read_workbook(source.data, kind, source.name) if kind is not None else [_sheet(source, mapping, place)]
    return [replace(sheet, notes=(*source.notes, *sheet.notes)) for sheet in sheets]


def _refuse_idle(place: Place, source: Source, kind: str | None) -> None:
    """Refuse what was said of a place that files of this kind do not have: it would be passed over in silence."""
    layered = source.data.startswith((SQLITE_MAGIC, FLATGEOBUF_MAGIC)) or (
        kind is None and source.data.startswith(ZIP_MAGIC)
    )
    text = kind is None and not layered and not source.data.startswith(parquet.MAGIC)
    features = text and beginning(source.data).startswith((b"{", b"[", b"<"))
    idle = {
        "sheet": kind is None,
        "layer": not layered,
        "header_row": kind is None and (not text or features),
        "encoding": not layered and (not text or features),
    }
    for name, applies_not in idle.items():
        if applies_not and getattr(place, name) is not None:
            raise ParameterError(
                message(
                    "{file}: {option} means nothing for a file of this kind.",
                    file=source.name,
                    option=f"--{name.replace('_', '-')}",
                ),
                parameter=name,
            )


def _sheet(source: Source, mapping: ColumnMap | None, place: Place) -> Sheet:
    data, file = source.data, source.name
    if data.startswith((ZIP_MAGIC, SQLITE_MAGIC, FLATGEOBUF_MAGIC)):
        return read_layer(source.path, file, place, lambda header: fits(header, mapping))
    if data.startswith(parquet.MAGIC):
        return read_parquet(source.path, file)
    start = beginning(data)
    if start.startswith((b"{", b"[")) and is_records(data, file):
        return read_records(data, file)
    if start.startswith(b"{"):
        return read_geojson(data, file)
    if start.startswith(b"<"):
        return read_markup(data, file)
    return read_csv(data, file, place.encoding)


def _mark(table: Table, chosen: dict[str, int]) -> None:
    """Choose the column that says which rows are synthetic, in whatever format: what is invented stays so."""
    for position, header in enumerate(table.header):
        if fold(header.rsplit("/", 1)[-1]) in _SYNTHETIC:
            chosen.setdefault("synthetic", position)


def _unread(table: Table, chosen: dict[str, int]) -> list[Message]:
    names = [name for position, name in enumerate(table.header) if name and position not in chosen.values()]
    return [message("Columns that were not read: {columns}.", columns=", ".join(names[:60]))] if names else []

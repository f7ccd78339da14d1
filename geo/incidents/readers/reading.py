"""One way in for incident files: what is it, what does it say, what can be taken."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.core.names import slug
from geo.core.ogr_source import FLATGEOBUF_MAGIC, SQLITE_MAGIC
from geo.incidents.activities import refuse_by_header, refuse_by_rows
from geo.incidents.assemble import assemble, check_text
from geo.incidents.batch import Batch
from geo.incidents.dates import Order
from geo.incidents.geofile import read_geojson, read_layer
from geo.incidents.raw import Format, Table, choose, normal, pick
from geo.incidents.readers import acled, generic, hxl, sira, ucdp
from geo.incidents.readers.mapped import ColumnMap, choose_mapped, load_column_map, mapped_format
from geo.reading.tabular import (
    PARQUET_MAGIC,
    Sheet,
    is_workbook,
    not_read_back,
    read_bytes,
    read_csv,
    read_xlsx,
)
from geo.reading.text import fold

#: Headers, folded, of the column that says which rows are synthetic.
_SYNTHETIC = frozenset({"synthetic", "synthetique", "is_synthetic", "donnee_synthetique", "donnees_synthetiques"})
#: Formats with a header of their own, most telling first.
_FIXED = (sira.FORMAT, ucdp.FORMAT, acled.FORMAT)


def read(
    path: Path,
    *,
    boundaries: Boundaries,
    today: date,
    column_map: ColumnMap | Path | None = None,
    source: str | None = None,
    date_order: Order | None = None,
) -> Batch:
    """Read a file of incidents: every row is accepted or set aside with a reason.

    Parameters
    ----------
    path
        CSV (any usual encoding and separator), XLSX, GeoJSON, GeoPackage, FlatGeobuf or a zipped shapefile.
    boundaries
        For the country's outline, the units that rows name and the centres that coordinates may stand for.
    today
        A later date is in the future.
    column_map
        Which column is what, in a table of no known format (a TOML file, see `load_column_map`).
    source
        Name of the publisher, where the format does not fix it.
    date_order
        Order of day and month, where the file does not show it.

    Returns
    -------
    Batch
        The accepted rows are indexed by ``source:source_id``; points are longitude, latitude on WGS 84.

    Raises
    ------
    FileError
        The file as a whole cannot be used: unreadable, of no known format, required columns missing, or dates that
        can be read in two ways.
    """
    mapping = load_column_map(column_map) if isinstance(column_map, Path) else column_map
    sheet = open_sheet(path)
    form, table, chosen = _detect(sheet, mapping)
    _require(form, chosen, table)
    _mark(table, chosen)
    raw = pick(table, chosen, form.constants)
    if form.needs_source and source is None and "source" not in raw.frame:
        source = f"{form.name}-{slug(path.stem) or 'file'}"
        raw.notes.append(
            message("The records are known as of the source {source}, after the file's name.", source=source)
        )
    if form not in _FIXED:
        raw.notes += _unread(table, chosen)
    check_text(raw)
    form.refine(raw)
    if form not in _FIXED:
        refuse_by_rows(raw, table)
    accepted = assemble(
        raw,
        boundaries=boundaries,
        today=today,
        source=source or form.name,
        date_order=date_order or form.date_order,
    )
    if form is sira.FORMAT:
        sira.require_read(raw)
    return Batch(table.file, form.label, len(raw), accepted, raw.faults.rows(), tuple(raw.notes))


def open_sheet(path: Path) -> Sheet:
    """Read the cells of a file by what it holds, whatever its name ends in."""
    data = read_bytes(path)
    if data.startswith(b"PK\x03\x04"):
        return read_xlsx(data, path.name) if is_workbook(data) else read_layer(path)
    if data.startswith((SQLITE_MAGIC, FLATGEOBUF_MAGIC)):
        return read_layer(path)
    if data.startswith(PARQUET_MAGIC):
        raise not_read_back(path.name, message("a GeoParquet file"))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return read_geojson(data, path.name)
    return read_csv(data, path.name)


def _detect(sheet: Sheet, mapping: ColumnMap | None) -> tuple[Format, Table, dict[str, int]]:
    if not sheet.cells:
        raise FileError(message("{file} is empty.", file=sheet.file), file=sheet.file)
    tagged = hxl.find_hashtags(sheet.cells)
    table = _table(sheet, 0) if tagged is None else _table(sheet, tagged[0], header=max(tagged[0] - 1, 0))
    names = {normal(header) for header in table.header}
    # Before HXL: HDX adds a row of hashtags to ACLED's and UCDP's own header, which says more. Before a column map:
    # it could leave out what a file of Sira's says of its rows.
    for form in _FIXED if mapping is None else (sira.FORMAT,):
        if any(names >= signature for signature in form.signatures):
            columns = dict(form.columns)
            if sheet.kind == "geofile":
                columns |= {name: generic.POINTS.columns[name] for name in ("longitude", "latitude", "geometry_type")}
            return form, table, choose(table, columns)
    sira.refuse_other(table)
    if mapping is not None:
        form, table = mapped_format(mapping), _table(sheet, 0)
        return form, table, choose_mapped(table, form)
    if tagged is not None:
        chosen = hxl.choose_tagged(tagged[1])
        refuse_by_header(table, [column.tag or "" for column in tagged[1]], has_device="hazard_type" in chosen)
        return hxl.HXL, table, chosen
    pickers: tuple[tuple[bool, Format], ...] = (
        (generic.is_kobo(table.header), generic.KOBO),
        (sheet.kind == "geofile", generic.POINTS),
        (True, generic.IMSMA),
    )
    form = next(form for applies, form in pickers if applies)
    chosen = generic.choose_generic(table, form)
    refuse_by_header(table, (), has_device="hazard_type" in chosen)
    if form is generic.IMSMA and _missing(form, chosen):
        raise _unknown(table)
    return form, table, chosen


def _mark(table: Table, chosen: dict[str, int]) -> None:
    """Choose the column that says which rows are synthetic, in whatever format: what is invented stays so."""
    for position, header in enumerate(table.header):
        if fold(header.rsplit("/", 1)[-1]) in _SYNTHETIC:
            chosen.setdefault("synthetic", position)


def _table(sheet: Sheet, last: int, header: int | None = None) -> Table:
    """Return the rows under row `last`, with the row `header` (`last` itself unless given) as their header."""
    names = sheet.cells[last if header is None else header]
    width = max(len(names), len(sheet.cells[last]))
    names = list(names) + [""] * (width - len(names))
    while names and not names[-1].strip() and (header is None):
        names.pop()
    lines = np.array(sheet.lines[last + 1 :], dtype=np.int64)
    return Table(sheet.file, [name.strip() for name in names], lines, sheet.cells[last + 1 :], sheet.notes)


def _unread(table: Table, chosen: dict[str, int]) -> list[Message]:
    names = [name for position, name in enumerate(table.header) if name and position not in chosen.values()]
    return [message("Columns that were not read: {columns}.", columns=", ".join(names[:60]))] if names else []


def _missing(form: Format, chosen: dict[str, int]) -> list[tuple[str, ...]]:
    has = {*chosen, *form.constants}
    return [alternatives for alternatives in form.required if not has.intersection(alternatives)]


def _require(form: Format, chosen: dict[str, int], table: Table) -> None:
    missing = _missing(form, chosen)
    if missing:
        raise FileError(
            message(
                "{file} looks like {format}, but has no column for {missing}; it has: {found}. A column map "
                "(--map FILE.toml) can say which column is what.",
                file=table.file,
                format=form.label,
                missing=", ".join(" / ".join(names) for names in missing),
                found=", ".join(table.header[:40]),
            ),
            file=table.file,
        )


def _unknown(table: Table) -> FileError:
    return FileError(
        message(
            "{file} is of no format Sira knows (UCDP GED, ACLED, HXL, KoBo, IMSMA, GeoJSON or GeoPackage points); its "
            "columns are: {found}. A column map (--map FILE.toml) can say which column is what.",
            file=table.file,
            found=", ".join(table.header[:40]),
        ),
        file=table.file,
    )

"""Which sheets of a file hold incidents, on which row their header stands, and of which format they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from geo.core.errors import FileError, ParameterError
from geo.core.messages import Message, message
from geo.incidents.activities import refuse_by_header
from geo.incidents.geofile import LAT, LON, OTHER
from geo.incidents.raw import Format, Table, choose, normal
from geo.incidents.readers import acled, hxl, kobo_imsma, odk_dhis2, sira, ucdp
from geo.incidents.readers.column_map import ColumnMap, choose_mapped, mapped_format
from geo.incidents.readers.headers import from_row, table_under, two_rows
from geo.incidents.readers.joining import joined, left_aside, same_header, sizes
from geo.incidents.readers.sheet_repair import settle
from geo.reading.tabular import Place, Sheet

if TYPE_CHECKING:
    import hxl as libhxl

#: Formats with a header of their own, most telling first.
FIXED: Final = (sira.FORMAT, ucdp.FORMAT, acled.FORMAT)

#: A header stands among this many first rows.
_SEARCHED: Final = 25
#: As many columns as a spreadsheet has.
_MOST_COLUMNS: Final = 16_384
#: Kinds of files in which each value has its name: the header is their own first row.
_NAMED: Final = ("geofile", "records")


@dataclass(frozen=True, slots=True)
class Found:
    """A table of incidents.

    Attributes
    ----------
    chosen
        Field → position of the column that fills it.
    unread
        Other sheets or layers of the file that hold incidents, each with its rows; empty where one was asked for.
    """

    form: Format
    table: Table
    chosen: dict[str, int]
    unread: str = ""


def find(sheets: Sequence[Sheet], mapping: ColumnMap | None, place: Place) -> Found:
    """Return the incidents of a file: its one sheet, the one that was asked for, or all sheets with one header.

    Raises
    ------
    FileError
        No sheet holds incidents.
    ParameterError
        There is no such sheet or row as was asked for.
    """
    asked = _asked(sheets, place)
    if len(asked) == 1:
        found = replace(_found(asked[0], mapping, place), unread=asked[0].unread)
        return _with_notes(found, left_aside(sheets, [asked[0]], []) if place.sheet is None else [])
    fitting: list[tuple[Sheet, Found]] = []
    errors: list[tuple[int, FileError]] = []
    for sheet in asked:
        try:
            if not sheet.hidden:
                fitting.append((sheet, _found(sheet, mapping, place)))
        except FileError as error:
            errors.append((max(map(_recognised, sheet.cells[:_SEARCHED])), error))
    if not fitting:
        raise _none_fits(sheets, errors)
    first = fitting[0][1]
    same = [each for each in fitting if each[1].form == first.form and same_header(each[1].table, first.table)]
    others = [sheet for sheet, found in fitting if all(found is not other for _, other in same)]
    notes = left_aside(sheets, [sheet for sheet, _ in same], others)
    together = replace(first, table=joined([found.table for _, found in same]), unread=sizes(others))
    return _with_notes(together, notes)


def fits(header: list[str], mapping: ColumnMap | None = None) -> bool:
    """Tell whether the columns of points in a GIS file are those of incidents."""
    sheet = Sheet("", "geofile", [0], [[*header, LON, LAT, OTHER]], ())
    return _tried(table_under(sheet, 0), sheet, mapping) is not None


def _asked(sheets: Sequence[Sheet], place: Place) -> Sequence[Sheet]:
    if place.sheet is None:
        return sheets
    name = place.sheet.strip().casefold()
    found = [sheet for sheet in sheets if sheet.name.strip().casefold() == name]
    if not found:
        names = ", ".join(sheet.name for sheet in sheets if sheet.name)
        raise ParameterError(
            message(
                "{file} has no sheet {sheet}; it has: {names}.",
                file=sheets[0].file,
                sheet=place.sheet,
                names=names or "—",
            ),
            parameter="sheet",
        )
    return found


def _found(sheet: Sheet, mapping: ColumnMap | None, place: Place) -> Found:
    """Return the incidents of a sheet, under the first row that is a header of theirs."""
    if not sheet.cells:
        raise FileError(message("{file} is empty.", file=sheet.file), file=sheet.file)
    widest = max(map(len, sheet.cells[:_SEARCHED]))
    if widest > _MOST_COLUMNS:
        raise FileError(
            message(
                "{file} has {count} columns; at most {most} are read.",
                file=sheet.file,
                count=widest,
                most=_MOST_COLUMNS,
            ),
            file=sheet.file,
        )
    sheet = from_row(sheet, place.header_row)
    tagged = hxl.find_hashtags(sheet.cells)
    if tagged is not None:
        table = table_under(sheet, tagged[0], header=max(tagged[0] - 1, 0))
        if tagged[0]:
            table = replace(table, tags=tuple(sheet.cells[tagged[0]]))
        return _settled(sheet, _judged(table, sheet, mapping, tagged[1]), max(tagged[0] - 1, 0))
    last = 1 if sheet.kind in _NAMED or place.header_row is not None else _SEARCHED
    for position in range(min(last, len(sheet.cells))):
        under = _under(sheet, position, mapping)
        if under:  # a title above the header, taken with it for a header of two rows, says no more than the header
            below = [found for more in (1, 2) if last > 1 for found in _under(sheet, position + more, mapping)]
            found, _, at = max([*under, *below], key=lambda found: (len(found[0].chosen), -found[1]))
            return _settled(sheet, found, at)
    sira.refuse_other(table_under(sheet, 0))  # named for what it is, whatever row looks like a header
    meant = [p for p, cells in enumerate(sheet.cells[:last]) if len(cells) > 1 and _recognised(cells)]
    likeliest = (meant or [0])[0]
    return _judged(table_under(sheet, likeliest), sheet, mapping, None)  # which raises, as it did above


def _under(sheet: Sheet, position: int, mapping: ColumnMap | None) -> list[tuple[Found, int, int]]:
    """Return the tables whose header is a row, or this and the next one or two: how many rows, and its position."""
    if position >= len(sheet.cells):
        return []
    headers = [table_under(sheet, position)]
    lower = sheet.cells[position + 1] if position + 1 < len(sheet.cells) and sheet.kind not in _NAMED else []
    if lower and not any(character.isdigit() for cell in lower for character in cell):
        names = two_rows(sheet.cells[position], lower)
        headers.append(replace(table_under(sheet, position + 1), header=names))
        lowest = sheet.cells[position + 2] if position + 2 < len(sheet.cells) else []
        if lowest and not any(character.isdigit() for cell in lowest for character in cell):
            headers.append(replace(table_under(sheet, position + 2), header=two_rows(names, lowest)))
    found = [_tried(table, sheet, mapping) for table in headers]
    return [(each, rows, position) for rows, each in enumerate(found, start=1) if each is not None]


def _tried(table: Table, sheet: Sheet, mapping: ColumnMap | None) -> Found | None:
    try:
        return _judged(table, sheet, mapping, None)
    except FileError:
        return None


def _judged(table: Table, sheet: Sheet, mapping: ColumnMap | None, tags: Sequence[libhxl.Column] | None) -> Found:
    form, table, chosen = _format_of(table, sheet, mapping, tags)
    missing = missing_fields(form, chosen)
    if missing:
        raise _incomplete(form, table, missing)
    return Found(form, table, chosen)


def _format_of(
    table: Table, sheet: Sheet, mapping: ColumnMap | None, tags: Sequence[libhxl.Column] | None
) -> tuple[Format, Table, dict[str, int]]:
    if tags is not None:
        table = sira.named_by_tags(table, [column.display_tag for column in tags])
    names = {normal(header) for header in table.header}
    # Before HXL: HDX adds a row of hashtags to ACLED's and UCDP's own header, which says more. Before a column map:
    # it could leave out what a file of Sira's says of its rows.
    for form in FIXED if mapping is None else (sira.FORMAT,):
        if any(names >= signature for signature in form.signatures):
            columns = dict(form.columns)
            if sheet.kind == "geofile":
                columns |= {
                    name: kobo_imsma.POINTS.columns[name] for name in ("longitude", "latitude", "geometry_type")
                }
            return form, table, choose(table, columns)
    sira.refuse_other(table)
    if mapping is not None:
        form = mapped_format(mapping)
        return form, table, choose_mapped(table, form)
    if tags is not None:
        chosen = hxl.choose_tagged(list(tags))
        refuse_by_header(table, [column.tag or "" for column in tags], has_device="hazard_type" in chosen)
        return hxl.HXL, table, chosen
    pickers: tuple[tuple[bool, Format], ...] = (
        (kobo_imsma.is_kobo(table.header), kobo_imsma.KOBO),
        (odk_dhis2.is_odk(table.header), odk_dhis2.ODK),
        (odk_dhis2.is_dhis2(table.header), odk_dhis2.DHIS2),
        (sheet.kind == "geofile", kobo_imsma.POINTS),
        (True, kobo_imsma.IMSMA),
    )
    form = next(form for applies, form in pickers if applies)
    named = replace(table, header=odk_dhis2.as_kobo(table.header)) if form is odk_dhis2.ODK else table
    chosen = kobo_imsma.choose_generic(named, form)
    refuse_by_header(table, (), has_device="hazard_type" in chosen)
    if form is kobo_imsma.IMSMA and (missing := missing_fields(form, chosen)):
        raise _unknown(table, missing)
    return form, table, chosen


def missing_fields(form: Format, chosen: dict[str, int]) -> list[tuple[str, ...]]:
    """Return the fields that `form` cannot do without and that no column fills, with their alternatives."""
    has = {*chosen, *form.constants}
    return [alternatives for alternatives in form.required if not has.intersection(alternatives)]


def _recognised(cells: Sequence[str]) -> int:
    """Count the cells of a row that are headers of incidents somewhere."""
    return sum(kobo_imsma.is_known_header(cell) for cell in cells)


def _settled(sheet: Sheet, found: Found, header: int) -> Found:
    table = settle(found.table, sheet, found.chosen)
    if header:
        note = message("The header was found in row {row}; what stands above it was not read.", row=sheet.lines[header])
        table = replace(table, notes=(*table.notes, note))
    return replace(found, table=table)


def _with_notes(found: Found, notes: Sequence[Message]) -> Found:
    return replace(found, table=replace(found.table, notes=(*found.table.notes, *notes)))


def _none_fits(sheets: Sequence[Sheet], errors: list[tuple[int, FileError]]) -> FileError:
    if not errors:
        return FileError(
            message(
                "{file}: all its sheets are hidden: {sheets}. --sheet NAME reads one.",
                file=sheets[0].file,
                sheets=sizes(sheets),
            ),
            file=sheets[0].file,
        )
    likeliest = max(errors, key=lambda told: told[0])[1]
    return FileError(
        message(
            "{why} Its sheets, with their rows: {sheets}.",
            why=likeliest.message,
            sheets=sizes(sheets),
        ),
        file=sheets[0].file,
    )


def _incomplete(form: Format, table: Table, missing: list[tuple[str, ...]]) -> FileError:
    return FileError(
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


def _unknown(table: Table, missing: list[tuple[str, ...]]) -> FileError:
    return FileError(
        message(
            "{file} is of no format Sira knows (UCDP GED, ACLED, HXL, KoBo, ODK, DHIS2, IMSMA, points of GIS files): "
            "as a table of incidents it lacks a column for {missing}; its columns are: {found}. A column map (--map "
            "FILE.toml) can say which column is what.",
            file=table.file,
            missing=", ".join(" / ".join(names) for names in missing),
            found=", ".join(" ".join(name.split()) for name in table.header[:40]),
        ),
        file=table.file,
    )

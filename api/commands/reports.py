"""``--report``: the rows of a delivery with what became of each and why, in the reader's language."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from api.base.i18n import translate
from api.commands import row_map
from api.commands.row_map import PlacedRow
from api.commands.session import Session
from geo import hazards
from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.hazards import HazardBatch
from geo.hazards.fields import NAMES, column_of
from geo.incidents import readers, returned
from geo.incidents.batch import Batch, Fault
from geo.incidents.raw import Table
from geo.incidents.readers.column_map import ColumnMap
from geo.incidents.readers.stating import stated_points
from geo.incidents.returned import Verdict
from geo.reading.tabular import Place
from geo.reading.text import fold
from geo.store.records import ImportReport, SetAside

#: Outcomes of rows that the store set aside, after their reader took them (`geo.store.planning.Outcome`).
_AGAINST_STORE: Final = ("clash", "withdrawn")


def require_elsewhere(report: Path | None, file: Path) -> None:
    """Refuse to write the report over the file that it is of."""
    if report is not None and report.resolve() == file.resolve():
        raise ParameterError(
            message("The report would take the place of {file}; give it another name.", file=str(file)),
            parameter="report",
        )


def require_writable(report: Path | None) -> None:
    """Refuse a report where none can be written, before anything is taken."""
    if report is None:
        return
    try:
        if report.exists():
            report.open("ab").close()
        else:
            with tempfile.TemporaryFile(dir=report.resolve().parent):
                pass
    except OSError as error:
        raise ParameterError(
            message(
                "The report {file} cannot be written: {why}. Nothing was taken.",
                file=str(report),
                why=error.strerror or str(error),
            ),
            parameter="report",
        ) from error


def for_areas(report: Path | None, *, beside: bool) -> Path | None:
    """Return where areas are reported: as CSV, whose cells hold any outline, `beside` the incidents of the file."""
    if report is None:
        return None
    return report.with_name(f"{report.stem}-areas.csv") if beside else report.with_suffix(".csv")


class Delivery(NamedTuple):
    """The rows of a file as they were delivered, which column is read as what, and where each says that it lies."""

    table: Table
    columns: Mapping[str, str]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


def of_incidents(
    session: Session, file: Path, column_map: ColumnMap | None = None, where: Mapping[str, Any] = MappingProxyType({})
) -> Delivery:
    """Return the rows of a file of incidents; `where` says where in the file they are, as `readers.read` takes it."""
    found = readers.delivered(file, column_map=column_map, **where)
    points = stated_points(found, session.boundaries)
    in_order = sorted(found.chosen.items(), key=lambda chosen: chosen[1])
    columns = {field: found.table.header[position] for field, position in in_order}
    return Delivery(found.table, columns, points.lon, points.lat)


def of_areas(file: Path, place: Place, *, areas_only: bool) -> Delivery:
    """Return the rows of a file of hazard areas."""
    table = hazards.delivered(file, layer=place.layer, encoding=place.encoding, areas_only=areas_only)
    folded = {fold(header): header for header in table.header}
    read = {field: column for field in NAMES if (column := column_of(field, folded)) is not None}
    position = table.header.index(folded[read["wkt"]]) if "wkt" in read else len(table.header)
    texts = [row[position] if position < len(row) else "" for row in table.rows]
    inside = shapely.centroid(shapely.from_wkt([text or None for text in texts], on_invalid="ignore"))
    return Delivery(
        table, {field: folded[column] for field, column in read.items()}, shapely.get_x(inside), shapely.get_y(inside)
    )


def about(batch: Batch | HazardBatch, delivery: Delivery) -> list[Message]:
    """Say what a file was taken for: its source, sheet, and which columns are read and not read."""
    sources = sorted({*batch.accepted["source"], *_sources_aside(batch)})
    sheets = list(dict.fromkeys(delivery.table.sheets)) or [delivery.table.sheet]
    read = ", ".join(f"{header} → {field}" for field, header in delivery.columns.items())
    rest = [name for name in delivery.table.header if name and name not in delivery.columns.values()]
    noted = any(note.template.startswith("Columns that were not read") for note in batch.notes)
    return [
        *([message("Source: {sources}", sources=", ".join(sources))] if sources else []),
        *([message("Sheet or layer: {sheets}", sheets=", ".join(sheets))] if any(sheets) else []),
        message("Columns read: {columns}", columns=read),
        *([message("Columns not read: {columns}", columns=", ".join(rest))] if rest and not noted else []),
    ]


def _sources_aside(batch: Batch | HazardBatch) -> set[str]:
    return {row.record.partition(":")[0] for row in batch.quarantined if row.record}


def write(
    session: Session,
    path: Path,
    batch: Batch | HazardBatch,
    outcome: ImportReport,
    delivery: Delivery,
    places: Sequence[PlacedRow],
) -> tuple[Path, Path]:
    """Write the report on a delivery and, beside it, a page that shows where its rows lie; return where both are."""
    table, lang = delivery.table, session.lang
    line = message("Sira: waypoint") if table.closed else message("Sira: row")
    headings = (line, message("Sira: what became of it"), message("Sira: faults"))
    one, two, three = (translate(heading, lang) for heading in headings)
    written = returned.write(path, table, _verdicts(batch, outcome, table, lang), (one, two, three))
    told = [translate(line, lang) for line in (*about(batch, delivery), *outcome.notes)]
    page = path.with_suffix(".html")
    text = row_map.page(batch.file, told, places, session.boundaries, lang)
    page.write_text(text, encoding="utf-8")
    return written, page


def whereabouts(batch: Batch | HazardBatch, outcome: ImportReport, delivery: Delivery) -> list[PlacedRow]:
    """Return where the rows lie, as they were taken, else as they say."""
    inside = shapely.point_on_surface(batch.accepted.geometry.to_numpy())
    units = batch.accepted.get("location_unit", [""] * len(inside))
    taken = zip(shapely.get_x(inside), shapely.get_y(inside), units, strict=True)
    rows = []
    stated = zip(delivery.table.lines, delivery.lon, delivery.lat, strict=True)
    for (word, row), (line, lon, lat) in zip(became(batch, outcome, delivery.table), stated, strict=True):
        at = next(taken) if word and not _set_aside_by_reader(word, row) else (lon, lat, "")
        contrary = row is not None and any(fault.kind in row_map.CONTRARY for fault in faults_of(row))
        if word:
            rows.append(PlacedRow(str(line), row_map.group_of(word), contrary, float(at[0]), float(at[1]), str(at[2])))
    return rows


def _set_aside_by_reader(word: str, row: SetAside | None) -> bool:
    return row is not None and word not in _AGAINST_STORE


def became(
    batch: Batch | HazardBatch, outcome: ImportReport, delivered: Table
) -> Iterator[tuple[str, SetAside | None]]:
    """Give of each row what became of it, an outcome or a kind of rows set aside, and the row with its faults.

    A line that is part of the row before it is nothing by itself.
    """
    aside = {_where(row): row for row in batch.quarantined}
    lines = {claim.row for claim in batch.claims.values()}
    taken = iter(outcome.became)
    against_store = iter(outcome.set_aside[len(batch.quarantined) :])
    sheets = delivered.sheets or ("",) * len(delivered.rows)
    for sheet, line in zip(sheets, delivered.lines.tolist(), strict=True):
        if (row := aside.get((sheet, line))) is not None:
            yield row.kind, row
        elif line in lines:
            word = next(taken)
            yield word, next(against_store) if word in _AGAINST_STORE else None
        else:
            yield "", None


def _where(row: SetAside) -> tuple[str, int]:
    """Return sheet and line of a row; of a workbook with several sheets, the reason begins with the sheet."""
    return str(row.reason.params.get("sheet", "")) if row.reason.template.startswith("Sheet {sheet}") else "", row.row


def _verdicts(batch: Batch | HazardBatch, outcome: ImportReport, delivered: Table, lang: str) -> Iterator[Verdict]:
    for word, row in became(batch, outcome, delivered):
        faults = faults_of(row) if row is not None else ()
        yield Verdict(
            translate(_became(word), lang) if word else "",
            " | ".join(translate(_fault(fault), lang) for fault in faults),
        )


def faults_of(row: SetAside) -> Sequence[Fault]:
    """Return all faults of a row set aside, the first one first."""
    others: tuple[Fault, ...] = getattr(row, "others", ())
    return (Fault(row.column, row.value, row.reason, row.kind), *others)


def _fault(fault: Fault) -> Message:
    if not fault.column:
        return fault.reason
    return message("{column} “{value}”: {reason}", column=fault.column, value=fault.value, reason=fault.reason)


def _became(word: str) -> Message:
    names = {
        "new": message("new"),
        "updated": message("updated"),
        "same": message("already there"),
        "reread": message("already there"),
        "older": message("older than what is there"),
        "clash": message("clash"),
        "withdrawn": message("withdrawn before"),
        "duplicate": message("the same record twice in the file"),
        "merged": message("counted in another row"),
    }
    return names.get(word) or message("set aside")


def kind_named(kind: str) -> Message:
    """Name a kind of rows set aside (`geo.incidents.batch.KINDS`)."""
    names = {
        "shape": message("wrong number of columns"),
        "formula": message("formula"),
        "control": message("control characters"),
        "date": message("date"),
        "location": message("location"),
        "outside": message("outside Mali"),
        "swapped": message("longitude and latitude swapped"),
        "sign": message("a lost minus sign"),
        "unit": message("the point is not in the unit named"),
        "count": message("number of people"),
        "code": message("unknown word or code"),
        "duplicate": message("the same record twice in the file"),
        "merged": message("further victims of an accident, counted in its first row"),
        "geometry": message("outline"),
        "bearing": message("bearings"),
        "number": message("number"),
        "status": message("status"),
        "device": message("device category"),
        "method": message("method"),
        "flag": message("yes or no"),
        "activity": message("an activity, not an incident"),
        "review": message("rejected in review"),
        "clash": message("an update that is likely to be a mistake"),
        "withdrawn": message("a record that was withdrawn"),
    }
    return names.get(kind) or Message("{kind}", {"kind": kind})

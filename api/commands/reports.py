"""``--report``: the rows of a delivery with what became of each and why, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from api.base.i18n import translate
from api.commands.session import Session
from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.hazards import HazardBatch
from geo.incidents import returned
from geo.incidents.batch import Batch, Fault
from geo.incidents.raw import Table
from geo.incidents.returned import Verdict
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


def for_areas(report: Path | None, *, beside: bool) -> Path | None:
    """Return where areas are reported: as CSV, whose cells hold any outline, `beside` the incidents of the file."""
    if report is None:
        return None
    return report.with_name(f"{report.stem}-areas.csv") if beside else report.with_suffix(".csv")


def write(session: Session, path: Path, batch: Batch | HazardBatch, outcome: ImportReport, delivered: Table) -> Path:
    """Write the report on a delivery and return where it is."""
    line = message("Sira: waypoint") if delivered.closed else message("Sira: row")
    headings = (line, message("Sira: what became of it"), message("Sira: faults"))
    one, two, three = (translate(heading, session.lang) for heading in headings)
    return returned.write(path, delivered, _verdicts(batch, outcome, delivered, session.lang), (one, two, three))


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

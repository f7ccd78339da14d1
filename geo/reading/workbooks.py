"""Workbooks of Excel and LibreOffice (xlsx, xlsb, xls, ods) to sheets of cells."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Final

from geo.core.errors import FileError
from geo.core.messages import message
from geo.reading.tabular import Merged, Sheet, blank_note, cell_text
from geo.reading.workbook_parts import Kind, Parts, prepare, unreadable

#: What the reader, which is no Python code, raises when it comes to a state that it holds impossible.
_PANIC: Final = "PanicException"


def read_workbook(data: bytes, kind: Kind, file: str) -> list[Sheet]:
    """Read the sheets that hold anything, in the order of the workbook; formulas give the values stored with them.

    Raises
    ------
    FileError
        The workbook is damaged, protected by a password, too large, or holds nothing.
    """
    import python_calamine  # here, because few files need it

    parts = prepare(data, kind, file)
    with _named_failures(file, kind):
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(parts.content))
        told = [about for about in workbook.sheets_metadata if about.typ == python_calamine.SheetTypeEnum.WorkSheet]
        sheets = [
            _sheet(
                workbook.get_sheet_by_name(about.name),
                parts,
                number,
                file=file,
                hidden=about.visible != python_calamine.SheetVisibleEnum.Visible,
            )
            for number, about in enumerate(told)
        ]
    filled = [sheet for sheet in sheets if sheet.cells]
    if not filled:
        raise FileError(message("{file} is empty.", file=file), file=file)
    return filled


@contextmanager
def _named_failures(file: str, kind: Kind) -> Iterator[None]:
    import python_calamine

    try:
        yield
    except python_calamine.PasswordError as error:
        raise FileError(
            message("{file} is protected by a password; save it without one.", file=file), file=file
        ) from error
    except BaseException as error:
        known = isinstance(error, (python_calamine.CalamineError, OSError, ValueError, OverflowError, MemoryError))
        if known or type(error).__name__ == _PANIC:
            raise unreadable(file, kind, type(error).__name__) from error
        raise


def _sheet(sheet: Any, parts: Parts, number: int, *, file: str, hidden: bool) -> Sheet:
    lines: list[int] = []
    cells: list[list[str]] = []
    blank = 0
    for line, values in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        row = [value if type(value) is str else _text(value) for value in values]
        while row and not row[-1]:
            row.pop()
        if row:
            blank += line - lines[-1] - 1 if lines else 0
            lines.append(line)
            cells.append(row)
    merged: list[Merged] = sheet.merged_cell_ranges or (parts.merged[number] if number < len(parts.merged) else [])
    return Sheet(
        file,
        "workbook",
        lines,
        cells,
        blank_note(blank),
        name=sheet.name,
        hidden=hidden,
        merged=tuple(merged),
        epoch_1904=parts.epoch_1904,
    )


def _text(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.isoformat()} 00:00:00"  # a workbook knows no days without a time
    return cell_text(value)

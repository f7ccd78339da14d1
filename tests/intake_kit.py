"""What the tests of cells share: how a file of tests/fixtures/intake, or rows, are read."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from geo.boundaries.regions import Boundaries
from geo.incidents import Batch
from geo.incidents.readers import read

INTAKE = Path(__file__).parent / "fixtures" / "intake"
TODAY = date(2026, 11, 30)


def take(name: str, **options: object) -> Batch:
    """Return what is read from a file of tests/fixtures/intake."""
    options = {"source": "cas"} | options
    return read(INTAKE / name, boundaries=Boundaries.shipped(), today=TODAY, **options)  # type: ignore[arg-type]


def take_rows(tmp_path: Path, *rows: list[str], **options: object) -> Batch:
    """Return what is read from rows, the header first."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = tmp_path / "rows.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    options = {"source": "cas"} | options
    return read(path, boundaries=Boundaries.shipped(), today=TODAY, **options)  # type: ignore[arg-type]


KOBO = ["date_incident", "type_engin", "_id", "_uuid", "_submission_time"]
SENT = ["2024-03-02", "EEI", "1", "uuid-1", "2024-03-02T09:00:00"]

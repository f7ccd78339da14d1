"""How long 50,000 rows take to read and validate, beside parsing the CSV with pandas; a workbook beside a CSV.

And what an import into a store takes: processor time, memory and room, of a new file and of the same one again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geo.boundaries.regions import Boundaries
from geo.incidents.fetch import ACLED_HEADER
from geo.incidents.readers import read

ROWS = 50_000
LIMIT_S = 15.0  # a few seconds on a free machine; the limit leaves room for a busy one


@pytest.mark.bench
def test_fifty_thousand_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(7)
    columns = ACLED_HEADER.split(",")
    days = pd.Series([date(2012, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 4_500, ROWS)])
    explosive = np.arange(ROWS) % 2 == 0
    frame = pd.DataFrame({name: pd.Series([""] * ROWS, dtype=object) for name in columns})
    frame["event_id_cnty"] = [f"SYN{n}" for n in range(ROWS)]
    frame["event_date"] = days
    frame["event_type"] = np.where(explosive, "Explosions/Remote violence", "Battles")
    frame["sub_event_type"] = np.where(explosive, "Remote explosive/landmine/IED", "Armed clash")
    frame["latitude"] = rng.uniform(11, 17, ROWS).round(4)
    frame["longitude"] = rng.uniform(-9, 3, ROWS).round(4)
    frame["country"], frame["geo_precision"], frame["time_precision"] = "Mali", 1, 1
    frame["notes"], frame["fatalities"] = "A synthetic event that nobody reported.", 1
    path = tmp_path / "acled.csv"
    frame.to_csv(path, index=False)
    boundaries = Boundaries.shipped()
    begin = time.perf_counter()
    pd.read_csv(path)
    parsed_s = time.perf_counter() - begin
    begin = time.perf_counter()
    batch = read(path, boundaries=boundaries, today=date(2026, 1, 1))
    read_s = time.perf_counter() - begin
    assert batch.rows_read == ROWS
    with capsys.disabled():
        print(f"\n50,000 rows: read and validated in {read_s:.2f} s ({read_s / parsed_s:.0f} x pandas.read_csv)")
    assert read_s < LIMIT_S


@pytest.mark.bench
def test_a_workbook_beside_a_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A workbook of 100,000 rows takes at most twice the processor time of the same rows in a CSV."""
    rng = np.random.default_rng(8)
    count = 100_000
    frame = pd.DataFrame(
        {
            "id": [f"A{n}" for n in range(count)],
            "date": [f"2023-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(count)],
            "latitude": rng.uniform(12, 15, count).round(4),
            "longitude": rng.uniform(-8, -3, count).round(4),
            "device_category": "IED",
            "killed": rng.integers(0, 4, count),
            "injured": rng.integers(0, 7, count),
            "place": "Douentza",
            "comments": "ok",
        }
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("D")
    sheet.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        sheet.append(list(row))
    book.save(tmp_path / "a.xlsx")
    boundaries = Boundaries.shipped()
    boundaries.country()
    taken_s = {}
    for name in ("a.csv", "a.xlsx"):
        begin = time.process_time()
        assert read(tmp_path / name, boundaries=boundaries, today=date(2026, 1, 1), source="x").rows_read == count
        taken_s[name] = time.process_time() - begin
    ratio = taken_s["a.xlsx"] / taken_s["a.csv"]
    with capsys.disabled():
        print(f"\n100,000 rows: XLSX {taken_s['a.xlsx']:.1f} s, CSV {taken_s['a.csv']:.1f} s ({ratio:.1f} x)")
    assert ratio < 2


#: In a process of its own, so that its peak is that of one import: of the file and the folder named.
IMPORT = """
import datetime, json, resource, sys, time
from pathlib import Path
from geo.boundaries.regions import Boundaries
from geo.incidents.readers import read
from geo.store import Store

file, folder = map(Path, sys.argv[1:])
boundaries = Boundaries.shipped()
boundaries.country()

def room():
    store._database.settle()
    return (folder / "s.sqlite").stat().st_size / 1e6

def timed(work):
    begin = time.process_time()
    return work(), time.process_time() - begin

with Store.open(f"sqlite:///{folder / 's.sqlite'}", seed=False) as store:
    before = room()
    batch, read_s = timed(lambda: read(file, boundaries=boundaries, today=datetime.date(2026, 1, 1), source="cas"))
    first, first_s = timed(lambda: store.add_incidents(batch))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    after = room()
    again, again_s = timed(lambda: store.add_incidents(batch))
    print(json.dumps({
        "rows": first.new, "read_s": read_s, "first_s": first_s, "peak_mb": peak_mb, "mb": after - before,
        "same": again.duplicate, "again_s": again_s, "again_mb": room() - after,
    }))
"""
#: The store before versions grew by 290 bytes a row, with them at first by 1,750.
MOST_BYTES_PER_ROW = 700


@pytest.mark.bench
@pytest.mark.parametrize("rows", [10_000, 100_000, 1_000_000])
def test_an_import_into_a_store(tmp_path: Path, rows: int, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(9)
    frame = pd.DataFrame(
        {
            "id": [f"A{n}" for n in range(rows)],
            "date": [f"2023-{month:02}-{day:02}" for month, day in rng.integers([1, 1], [13, 29], (rows, 2))],
            "latitude": rng.uniform(14, 15, rows).round(5),
            "longitude": rng.uniform(-4, -2, rows).round(5),
            "device_category": "IED",
            "killed": rng.integers(0, 4, rows),
            "comments": [f"note {n}" for n in range(rows)],
        }
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT, str(tmp_path / "a.csv"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    took = json.loads(ran.stdout)
    with capsys.disabled():
        print(
            f"\n{took['rows']:,} of {rows:,} rows: read {took['read_s']:.1f} s, stored {took['first_s']:.1f} s, "
            f"again {took['again_s']:.1f} s of processor time; peak {took['peak_mb']:,.0f} MB; the store grows by "
            f"{took['mb']:.1f} MB, again by {took['again_mb']:.1f} MB"
        )
    assert took["same"] == took["rows"]
    assert took["mb"] * 1e6 < MOST_BYTES_PER_ROW * took["rows"]
    assert took["again_mb"] < took["mb"] / 20

"""How long 50,000 rows take to read and validate, beside merely parsing the CSV with pandas."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
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

"""Builds conflict_counts.csv from UCDP GED. Run once, by a developer; its output is committed, its input is not.

    python data/figures/build.py --ucdp FILE

FILE is an export of UCDP GED 21.1 (https://ucdp.uu.se/downloads/) with the events in Mali, read with the same reader
as ``sira import``. The same input gives the same bytes; the hashes in SOURCES.toml are brought up to date. The other
files of this folder were compiled by hand from the documents that they name.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import pandas as pd

from geo.boundaries.regions import Boundaries
from geo.core.provenance import refresh_hashes
from geo.counting.counts import count
from geo.incidents.readers import read
from geo.incidents.schema import HazardType

HERE = Path(__file__).parent
VINTAGE = "2016"
LEVELS = ("region", "cercle")
#: What the export's best estimate of deaths becomes in an incident table.
MEASURES = ("events", "killed")
#: The export's last day is 2020-12-31; any later day reads it alike.
READ_ON = date(2021, 6, 1)


def conflict_counts(ucdp: Path) -> pd.DataFrame:
    """Return a row per level, unit and month with events: events and best estimate of deaths, exact and spread."""
    boundaries = Boundaries.shipped()
    incidents = read(ucdp, boundaries=boundaries, today=READ_ON).accepted
    tables = []
    for level in LEVELS:
        counts = count(incidents, boundaries, level, VINTAGE, measures=MEASURES, hazards=[HazardType.NOT_EXPLOSIVE])
        wide = counts.pivot(index=["unit_id", "period_start"], columns="measure", values=["exact", "spread"])
        wide.columns = [f"{measure}_{part}" for part, measure in wide.columns]
        tables.append(wide.reset_index().assign(level=level))
    columns = ["level", "unit_id", "period_start", *(f"{m}_{part}" for m in MEASURES for part in ("exact", "spread"))]
    return pd.concat(tables)[columns].sort_values(columns[:3], ignore_index=True)


def main() -> None:
    """Write conflict_counts.csv and the hashes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ucdp", type=Path, required=True)
    table = conflict_counts(parser.parse_args().ucdp)
    table["period_start"] = table["period_start"].dt.strftime("%Y-%m")
    table = table.rename(columns={"period_start": "month"}).round(9)
    table.to_csv(HERE / "conflict_counts.csv", index=False, lineterminator="\n")
    refresh_hashes(HERE)


if __name__ == "__main__":
    main()

"""Scores of the model on the published benchmark, as the model card shows them.

    SIRA_SAMPLE_DATA=FOLDER python data/model/build.py [--final]

reads ``ucdp_ged_mali_burkina_niger_1990_2020.csv`` (UCDP GED 21.1, CC BY 4.0; not shipped) from that folder and
writes ``ucdp_mali_scores.csv`` (one row per model and metric) and ``ucdp_mali_criteria.csv`` (one row per line of the
protocol under "Pass"). Without ``--final`` the last four quarters stay frozen. With ``--routes`` it only writes
``route_backtest.csv``: predicted against observed over 250 routes of the shipped network.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from geo.boundaries.regions import Boundaries
from geo.core.provenance import refresh_hashes
from geo.roads import shipped_network
from models.evaluation.benchmark import ucdp_mali
from models.evaluation.criteria import criteria, public_scores
from models.evaluation.evaluate import FROZEN_QUARTERS, evaluate
from models.evaluation.route_backtest import backtest

FOLDER = Path(__file__).parent
SAMPLE = "ucdp_ged_mali_burkina_niger_1990_2020.csv"
DATA = "ucdp-mali"
_DECIMALS = 4
#: 15 km as the specification has it, and what UCDP's "within 25 km" needs.
ROUTE_CORRIDORS_KM = (15.0, 25.0)


def main(*, final: bool) -> None:
    """Run the benchmark and write both tables."""
    bench = ucdp_mali(Path(os.environ["SIRA_SAMPLE_DATA"]) / SAMPLE, Boundaries.shipped())
    result = evaluate(
        bench.events,
        bench.domain,
        begin=bench.begin,
        until=bench.until,
        frozen=0 if final else FROZEN_QUARTERS,
        progress=True,
    )
    scores = pd.DataFrame(public_scores(result, DATA)).round(_DECIMALS)
    scores.assign(quarters=len(result.quarters)).to_csv(FOLDER / "ucdp_mali_scores.csv", index=False)
    lines = pd.DataFrame([{**asdict(line), "passed": line.passed} for line in criteria(result)]).round(_DECIMALS)
    lines.to_csv(FOLDER / "ucdp_mali_criteria.csv", index=False)
    refresh_hashes(FOLDER)


def routes() -> None:
    """Backtest routes at both corridors, and write one row per corridor, method and bin."""
    bench = ucdp_mali(Path(os.environ["SIRA_SAMPLE_DATA"]) / SAMPLE, Boundaries.shipped())
    tables = []
    for corridor_km in ROUTE_CORRIDORS_KM:
        result = backtest(bench, shipped_network(), corridor_km=corridor_km)
        table = result.table().assign(corridor_km=corridor_km, routes=result.routes, origins=result.origins)
        brier = result.brier()
        tables.append(table.assign(brier=table["method"].map(brier), expected_over_observed=result.ratio()))
    pd.concat(tables).round(_DECIMALS).to_csv(FOLDER / "route_backtest.csv", index=False)
    refresh_hashes(FOLDER)


if __name__ == "__main__":
    if "--routes" in sys.argv[1:]:
        routes()
    else:
        main(final="--final" in sys.argv[1:])

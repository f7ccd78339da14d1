"""How long ``sira assess`` takes and how much memory, on the cells that are served (5 km)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench

#: Number of incidents, most seconds on two cores, most memory.
LIMITS = ((2_000, 20.0), (50_000, 60.0))
MOST_BYTES = 2e9

ASSESS = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from geo.boundaries.regions import Boundaries
from models.risk.assessing import assess
from assessment_kit import drawn

number = int(sys.argv[1])
table = drawn(number, days=4000)
# As sources have it: every fifth known only to its cercle, a third within some kilometres.
coarse = table.index[::5]
table.loc[coarse, ["location_precision", "location_unit"]] = ["cercle", "cercle-mopti"]
table.loc[coarse, "location_error_km"] = float("nan")
table.loc[table.index[1::3].difference(coarse), ["location_precision", "location_error_km"]] = ["within_km", 5.0]
boundaries = Boundaries.shipped()
start = time.perf_counter()
found = assess(table, boundaries, as_of=date(2030, 1, 1))
found.save(Path(sys.argv[2]))
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
"""


@pytest.mark.parametrize(("number", "most_s"), LIMITS)
def test_assess_within_its_limits(number: int, most_s: float, tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        [sys.executable, "-c", ASSESS, str(number), str(tmp_path / "a.npz")],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    measured = json.loads(result.stdout)
    print(f"\nassess {number:,}: {measured['seconds']:.1f} s, {measured['bytes'] / 1e9:.2f} GB")
    assert measured["seconds"] <= most_s
    assert measured["bytes"] <= MOST_BYTES

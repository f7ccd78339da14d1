"""10 million points joined to the 701 communes: the locator against geopandas.sjoin, in one run, every answer compared.

.venv/bin/pytest -m bench -s tests/bench/test_bench_locate.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.boundaries.regions import Boundaries
from geo.locate.locator import Locator

N_POINTS = 10_000_000
T = TypeVar("T")

pytestmark = pytest.mark.bench


def timed(work: Callable[[], T]) -> tuple[float, T]:
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def points_over(units: gpd.GeoDataFrame, n: int) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = units.total_bounds
    rng = np.random.default_rng(20_201_231)
    return rng.uniform(west, east, n), rng.uniform(south, north, n)


@pytest.mark.timeout(900)
def test_ten_million_points_forty_times_faster_than_sjoin(capsys: pytest.CaptureFixture[str]) -> None:
    communes = Boundaries.shipped().units("commune", "2015")
    x, y = points_over(communes, N_POINTS)
    frame = gpd.GeoDataFrame(geometry=shapely.points(x, y), crs=communes.crs)
    right = communes[["geometry"]]
    # both warm: imports done, kernels compiled, sjoin's code paths visited
    Locator(communes, compiled_from=0).positions(x[:1000], y[:1000])
    gpd.sjoin(frame[:1000], right, predicate="within", how="left")

    runs = [timed(lambda: Locator(communes).positions(x, y)) for _ in range(5)]
    seconds, found = sorted(runs, key=lambda run: run[0])[2]
    peer, joined = timed(lambda: gpd.sjoin(frame, right, predicate="within", how="left"))

    with capsys.disabled():
        print(f"\n{N_POINTS:,} points in {len(communes)} communes, {(found >= 0).mean():.0%} inside")
        print(f"  geopandas.sjoin within         {peer:7.2f} s")
        print(f"  Locator, build + coordinates   {seconds:7.2f} s   {peer / seconds:6.1f} x")
    # no random point lies on a border, so "within" has one answer for each
    assert joined.index.equals(frame.index)
    expected = communes.index.get_indexer(joined["unit_id"].to_numpy())
    np.testing.assert_array_equal(found, expected)
    assert peer / seconds >= 40


_MEMORY = r"""
import re, sys
import numpy as np
from geo.locate.locator import Locator
from geo.boundaries.regions import Boundaries

def resident_mb(what):
    with open("/proc/self/status") as status:
        return int(re.search(what + r":\s+(\d+) kB", status.read())[1]) / 1024

communes = Boundaries.shipped().units("commune", "2015")
west, south, east, north = communes.total_bounds
rng = np.random.default_rng(1)
n = int(sys.argv[1])
x, y = rng.uniform(west, east, n), rng.uniform(south, north, n)
with open("/proc/self/clear_refs", "w") as reset:
    reset.write("5")  # the peak starts anew from what is resident now
before = resident_mb("VmRSS")
found = Locator(communes).positions(x, y)
print(resident_mb("VmHWM") - before, (found >= 0).sum())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: reads its own peak memory in /proc")
def test_ten_million_points_in_less_than_500_mb(capsys: pytest.CaptureFixture[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(N_POINTS)], capture_output=True, text=True, check=True, timeout=300
    )
    extra_mb, inside = run.stdout.split()
    with capsys.disabled():
        print(f"\n  Locator, memory on top of the input, numba and the result included: {float(extra_mb):.0f} MB")
    assert int(inside) > N_POINTS / 4
    assert float(extra_mb) < 500

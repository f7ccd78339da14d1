"""Gi* against esda's analytic Gi*, its weights included, on 50,000 cells."""

import time

import esda
import libpysal
import numpy as np
import pytest

from models.risk.hotspots import gi_star_on_lattice


@pytest.mark.bench
@pytest.mark.filterwarnings("ignore")
def test_gi_star_is_100_times_faster_than_esda(capsys):
    rng = np.random.default_rng(0)
    rows, columns = (a.ravel().astype(np.int64) for a in np.mgrid[0:200, 0:250])
    counts = rng.poisson(0.2 + 4 * np.exp(-((rows - 80) ** 2 + (columns - 90) ** 2) / 400)).astype(float)

    start = time.perf_counter()
    points = np.column_stack([columns, rows]).astype(float)
    weights = libpysal.weights.DistanceBand(points, threshold=3.0, binary=True, silence_warnings=True)
    theirs = esda.G_Local(counts, weights, star=True, transform="B", permutations=0).Zs
    peer = time.perf_counter() - start

    gi_star_on_lattice(counts, rows, columns, 3.0)
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        z = gi_star_on_lattice(counts, rows, columns, 3.0)
        seconds.append(time.perf_counter() - start)
    mine = float(np.median(seconds))
    error = np.abs(z - theirs).max()
    with capsys.disabled():
        print(f"\nGi*: esda {peer:.2f} s, Sira {mine * 1e3:.1f} ms: {peer / mine:.0f} times; differs by {error:.0e}")
    assert peer / mine >= 100
    assert error < 1e-8

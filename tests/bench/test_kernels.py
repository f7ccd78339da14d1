"""Kernel densities against scikit-learn's exact ones on the same cells and events."""

import time

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from models.risk.kernels import kernel_density

CELL_M, BANDWIDTH_M = 5_000.0, 15_000.0


@pytest.mark.bench
def test_kernel_density_is_500_times_faster_than_scikit_learn(capsys):
    rng = np.random.default_rng(0)
    shape = (200, 250)  # 50,000 cells
    centres = rng.uniform([100e3, 100e3], [1150e3, 900e3], (40, 2))
    points = centres[rng.integers(0, 40, 10_000)] + rng.normal(0, 40_000, (10_000, 2))
    x, y = points[:, 0].copy(), points[:, 1].copy()
    columns, rows = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    cells = np.column_stack([columns.ravel(), rows.ravel()]) * CELL_M

    start = time.perf_counter()
    exact = np.exp(KernelDensity(bandwidth=BANDWIDTH_M).fit(points).score_samples(cells))
    theirs = time.perf_counter() - start

    def ours():
        return kernel_density(x, y, south_west=(0.0, 0.0), shape=shape, cell_m=CELL_M, bandwidth_m=BANDWIDTH_M)

    ours()
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        dense = ours()
        seconds.append(time.perf_counter() - start)
    mine = float(np.median(seconds))
    error = np.abs(dense.ravel() - exact).max() / exact.max()
    with capsys.disabled():
        print(
            f"\nkernel density: scikit-learn {theirs:.2f} s, Sira {mine * 1e3:.1f} ms: {theirs / mine:.0f} times; "
            f"largest error {error:.3%} of the peak"
        )
    assert theirs / mine >= 500
    assert error <= 0.002

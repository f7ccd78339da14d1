from contextlib import contextmanager

import numpy as np
import pytest
from scipy import sparse

from geo.core.errors import ParameterError
from models.risk.hotspots import Pattern, benjamini_hochberg, gi_star, gi_star_on_lattice, hotspots, pattern

pytestmark = pytest.mark.slow


def lattice(side=18, seed=0):
    rng = np.random.default_rng(seed)
    rows, columns = np.divmod(np.arange(side * side), side)
    kept = rng.random(side * side) < 0.9  # a lattice with holes, like a country
    rows, columns = rows[kept].astype(np.int64), columns[kept].astype(np.int64)
    near = np.exp(-((rows - 5) ** 2 + (columns - 5) ** 2) / 8)
    return rows, columns, rng.poisson(0.3 + 6 * near).astype(float)


@pytest.fixture(scope="module")
def peer():
    import esda  # takes seconds, which `make quick` has no use for
    import libpysal

    rows, columns, counts = lattice()
    points = np.column_stack([columns, rows]).astype(float)
    weights = libpysal.weights.DistanceBand(points, threshold=2.0, binary=True, silence_warnings=True)
    with interpreted(esda.crand, esda.getisord):
        np.random.seed(0)  # esda draws from numpy's global state
        theirs = esda.G_Local(counts, weights, star=True, transform="B", permutations=999, seed=1, n_jobs=1)
    return rows, columns, counts, theirs


@contextmanager
def interpreted(*modules):
    """Have esda's kernels run as Python: compiling them takes a thousand times longer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modules[0], "boolean", bool)
        for module in modules:
            for name, kernel in vars(module).items():
                if hasattr(kernel, "py_func"):
                    patch.setattr(module, name, kernel.py_func)
        yield


@pytest.mark.filterwarnings("ignore")
def test_z_agrees_with_esda(peer):
    rows, columns, counts, theirs = peer
    z = gi_star_on_lattice(counts, rows, columns, 2.0)
    assert np.abs(z - theirs.Zs).max() < 1e-8
    adjacency = ((rows[:, None] - rows) ** 2 + (columns[:, None] - columns) ** 2 <= 4).astype(float)
    assert np.abs(gi_star(counts, sparse.csr_array(adjacency)) - theirs.Zs).max() < 1e-8


def test_hotspots_agree_with_esdas_permutation_test(peer):
    rows, columns, counts, theirs = peer
    found = hotspots(gi_star_on_lattice(counts, rows, columns, 2.0))
    assert found.significant.any()
    assert theirs.p_sim[found.significant].max() <= 0.05
    assert not found.significant[theirs.p_sim > 0.1].any()


def test_nothing_clusters_in_noise():
    rng = np.random.default_rng(3)
    rows, columns, _ = lattice(40)
    share = [
        hotspots(gi_star_on_lattice(rng.poisson(3.0, len(rows)).astype(float), rows, columns, 2.0)).significant.any()
        for _ in range(60)
    ]
    assert np.mean(share) < 0.2


def test_constant_counts_give_zero():
    rows, columns, counts = lattice()
    assert (gi_star_on_lattice(np.full_like(counts, 2.0), rows, columns, 2.0) == 0).all()


def test_false_discovery_rate_is_stricter_than_single_tests():
    p = np.array([0.04] * 10 + [0.9] * 10)
    assert not benjamini_hochberg(p).any()


def test_patterns():
    significant = np.array([[1, 0, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 0, 0, 1]], bool)
    assert pattern(significant).tolist() == [
        Pattern.PERSISTENT,
        Pattern.EMERGING,
        Pattern.FADING,
        Pattern.NONE,
        Pattern.PERSISTENT,
    ]


@pytest.mark.parametrize("counts", [[1.0, np.nan, 0.0], [1.0, -1.0, 0.0]])
def test_bad_counts_are_refused(counts):
    with pytest.raises(ParameterError, match="finite and not negative"):
        gi_star_on_lattice(np.array(counts), np.zeros(3, np.int64), np.arange(3), 1)

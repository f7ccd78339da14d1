"""Saved files that were cut short, as by a full disk or a copy that broke off: refused in words, or made anew."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from assessment_kit import coarse_domain, drawn
from hypothesis import settings

from api.base.assessments import Shelf
from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError, SiraError
from geo.roads import cache
from geo.roads.shipped import shipped_network
from geo.store import Store
from models.risk.assessing import assess
from models.risk.target import Target

SCORE = {"data": "store", "model": "sira", "metric": "crps", "value": 1.0, "low": None, "high": None}
#: Places at which each file is cut.
CUTS = 50 if settings.get_current_profile_name() == "nightly" else 5


def cut(file: Path, kept: int) -> None:
    """Leave only the first `kept` bytes of a file."""
    file.write_bytes(file.read_bytes()[:kept])


def for_each_cut(file: Path, read: Callable[[], None]) -> None:
    """Cut a file at many places, from nothing left to its last byte missing, and read it each time."""
    whole = file.read_bytes()
    for kept in np.linspace(0, len(whole) - 1, CUTS).astype(int).tolist():
        cut(file, kept)
        read()
        file.write_bytes(whole)


@pytest.mark.slow
@pytest.mark.hypothesis
def test_an_assessment(tmp_path: Path) -> None:
    boundaries = Boundaries.shipped()
    shelf = Shelf(tmp_path)
    made = assess(drawn(60), boundaries, as_of=drawn(60)["date"].max().date(), domain=coarse_domain(boundaries))
    path = shelf.keep(made)
    assert Shelf(tmp_path).get(made.revision, Target.IED) is not None

    def read() -> None:
        assert Shelf(tmp_path).get(made.revision, Target.IED) is None

    for_each_cut(path, read)
    with np.load(path) as stored:
        arrays = dict(stored)
    for name in sorted(set(arrays) - {"event_ids", "model"})[:: len(arrays) // CUTS or 1]:
        for damaged in ({}, {name: arrays[name][:1]}):
            _save(path, {**{other: arrays[other] for other in arrays if other != name}, **damaged})
            read()
    _save(path, arrays)
    assert Shelf(tmp_path).get(made.revision, Target.IED) is not None


def _save(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    np.savez(path, **arrays)


@pytest.mark.hypothesis
def test_an_evaluation(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep_evaluation({"target": "ied", "synthetic": False, "scores": [SCORE] * 20})

    def read() -> None:
        caplog.clear()
        with caplog.at_level(logging.WARNING, "sira"):
            assert shelf.evaluation(synthetic=False) is None
        assert "sira evaluate" in caplog.text

    for_each_cut(tmp_path / "evaluation.json", read)
    assert shelf.evaluation(synthetic=False) is not None


@pytest.mark.parametrize(
    "text", ["[]", "null", "3", '{"synthetic": false}', '{"synthetic": false, "scores": "x"}', '{"scores": [{}]}']
)
def test_an_evaluation_of_another_shape(tmp_path: Path, text: str) -> None:
    (tmp_path / "evaluation.json").write_text(text, encoding="utf-8")
    assert Shelf(tmp_path).evaluation(synthetic=False) is None


@pytest.mark.hypothesis
@pytest.mark.parametrize("pattern", ["network.json", "*.npz"])
def test_roads(tmp_path: Path, pattern: str) -> None:
    cache.save_network(tmp_path, shipped_network())

    def read() -> None:
        with pytest.raises(FileError):
            cache.load_network(tmp_path)

    for_each_cut(next(tmp_path.glob(pattern)), read)


@pytest.mark.hypothesis
def test_a_backup(tmp_path: Path) -> None:
    backup, url = tmp_path / "backup.sqlite", f"sqlite:///{tmp_path / 'sira.sqlite'}"
    with Store.open(url) as store:
        store.backup(backup)
        before = store.revision()

        def read() -> None:
            with pytest.raises(SiraError):
                store.restore(backup)
            assert store.revision() == before

        for_each_cut(backup, read)


@pytest.mark.hypothesis
def test_a_store(tmp_path: Path) -> None:
    file = tmp_path / "sira.sqlite"
    Store.open(f"sqlite:///{file}").close()

    def read() -> None:
        # Nothing is read of some pages, and an empty file is a store that is not made yet: these may do without.
        with suppress(SiraError), Store.open(f"sqlite:///{file}") as store:
            store.incidents()
            store.hazards()
            store.quarantine(1)

    for_each_cut(file, read)

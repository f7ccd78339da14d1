"""``sira assess`` and ``sira evaluate`` on the synthetic default."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assessment_kit import drawn
from click.testing import CliRunner, Result

from api.base.assessments import RETRY_S, Assessor, Shelf
from api.base.settings import Settings
from api.commands import assess
from api.commands.main import build
from geo.incidents.batch import Batch
from geo.store import Store
from models.evaluation.baselines import SelfExciting
from models.risk.assessment import Assessment
from models.risk.inputs import build_domain
from models.risk.target import Target

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, and coarse cells: the same way in a tenth of the time."""
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    monkeypatch.setattr(
        "models.risk.assessing.build_domain", lambda *a, **k: build_domain(*a, **{**k, "cell_m": 25_000.0})
    )
    return tmp_path


def sira(*arguments: str) -> Result:
    return CliRunner().invoke(build(), arguments)


def shelf_of(home: Path) -> Shelf:
    return Shelf.of(Settings(home=home, store=""))


def test_it_keeps_the_assessment_and_says_what_it_found(home: Path) -> None:
    result = sira("--lang", "en", "assess", "--quiet")
    assert result.exit_code == 0, result.output
    assert result.output == ""
    kept = shelf_of(home).get(1, Target.IED)
    assert kept is not None
    assert kept.synthetic
    result = sira("--lang", "fr", "assess")
    assert result.exit_code == 0, result.output
    assert "EEI et mines" in result.output
    assert "Données synthétiques" in result.output
    assert "Non évalué" in result.output
    assert "Douentza" in result.output


def test_as_of_looks_back_and_is_not_kept(home: Path) -> None:
    out = home / "back.npz"
    result = sira("--lang", "en", "assess", "--target", "erw", "--as-of", "2022-07-01", "--out", str(out))
    assert result.exit_code == 0, result.output
    found = Assessment.load(out)
    assert found.target is Target.ERW
    assert found.t0 <= date(2022, 7, 1)
    assert found.newest < date(2022, 7, 1)
    assert "Out of date" not in result.output
    assert shelf_of(home).revisions(Target.ERW) == []


def test_old_data_are_said_to_be_out_of_date(home: Path) -> None:
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}") as store:
        rows = drawn(200)
        store.add_incidents(Batch("old.csv", "test", len(rows), rows, (), ()))
    result = sira("--lang", "fr", "assess")
    assert result.exit_code == 0, result.output
    assert "Données périmées" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--as-of", "tomorrow"), "as-of"),
        (("--as-of", "2099-01-01"), "as-of"),
        (("--as-of", "1990-01-01"), "1 January 1990"),
        (("--population", "nowhere.tif"), "nowhere.tif"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(home: Path, arguments: tuple[str, ...], said: str) -> None:
    result = sira("--lang", "en", "assess", *arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
    assert not list(home.glob("assessments/*.npz"))


def test_an_older_revision_stays_until_four_newer_ones_are_there(home: Path) -> None:
    assert sira("assess", "--quiet").exit_code == 0
    shelf = shelf_of(home)
    made = shelf.get(1, Target.IED)
    assert made is not None
    for revision in range(2, 7):
        object.__setattr__(made, "revision", revision)
        shelf.keep(made)
    assert shelf.revisions(Target.IED) == [3, 4, 5, 6]


def test_evaluate_prints_every_model_and_keeps_the_scores_for_the_card(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assess, "_CELL_M", 50_000.0)
    monkeypatch.setattr(assess, "_MOST_QUARTERS", 16)
    monkeypatch.setattr(SelfExciting, "MOST_EVENTS", 50)
    result = sira("--lang", "en", "evaluate")
    assert result.exit_code == 0, result.output
    assert re.search(r"Left out: \d+ earlier quarters\.", result.output)
    assert "fitted to the latest 50 of up to" in result.output
    for name in ("risk", "longrun", "kde25", "conflictology", "hit_10", "crps_cercle", "Synthetic data"):
        assert name in result.output
    found = shelf_of(home).evaluation(synthetic=True)
    assert found is not None
    assert (found["target"], found["revision"], found["quarters"], found["synthetic"]) == ("ied", 1, 16, True)
    assert {row["data"] for row in found["scores"]} == {"store"}
    json.dumps(found, allow_nan=False)


def test_too_short_a_record_cannot_be_evaluated(home: Path) -> None:
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}") as store:
        rows = drawn(100, days=700)
        store.add_incidents(Batch("short.csv", "test", len(rows), rows, (), ()))
    result = sira("--lang", "en", "evaluate")
    assert result.exit_code == 1
    assert "16 quarters" in result.output


def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = np.savez_compressed

    def full(file: Any, **arrays: Any) -> None:
        if isinstance(file, Path):  # on its way to the home folder
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, **arrays)

    monkeypatch.setattr("models.risk.assessment.np.savez_compressed", full)
    result = sira("--lang", "en", "assess")
    assert result.exit_code == 1
    assert "cannot be written: No space left on device" in result.output
    assert "Traceback" not in result.output
    assert list(home.glob("assessments/*")) == []


@pytest.mark.usefixtures("assessor")
def test_what_failed_is_tried_again_after_a_while(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Target] = []

    class Failed:
        returncode = 1

        def poll(self) -> int:
            return self.returncode

    def start(self: Assessor, target: Target) -> Failed:
        started.append(target)
        return Failed()

    monkeypatch.setattr(Assessor, "_start", start)
    now = [0.0]
    assessor = Assessor(Settings(home=home), clock=lambda: now[0])
    assert assessor.want(1, Target.IED)
    assert not assessor.want(1, Target.IED)
    now[0] = RETRY_S - 1
    assert not assessor.want(1, Target.IED)
    now[0] = RETRY_S
    assert assessor.want(1, Target.IED)
    assert len(started) == 2

"""Homes with the synthetic default and its assessment, made once in a run and copied; roads fitted once in a worker."""

from __future__ import annotations

import copyreg
import fcntl
import hashlib
import io
import os
import pickle
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from assessment_kit import coarse_domain, drawn
from store_kit import hazard_batch, hazards

from api.base.assessments import Shelf, make_assessment, today
from api.base.settings import Settings
from geo.boundaries.regions import Boundaries
from geo.incidents.batch import Batch
from geo.incidents.schema import HazardType
from geo.store import Store
from models.risk.assessing import assess
from models.risk.target import Target
from models.routes.planner import RoutePlanner

NARRATIVE = "SECRET-NARRATIVE <img src=x onerror=alert(1)>"
#: Letters after which a spreadsheet would run the cell.
FORMULA = "=cmd|' /C calc'!A0"
#: As many planners as a worker's tests go back to at any one time; one takes some tens of MB.
_KEPT = 3

_planners: OrderedDict[str, RoutePlanner] = OrderedDict()


def settings_in(home: Path) -> Settings:
    """Return settings whose state is all in `home`, whatever the environment says."""
    return Settings(home=home, store="", lang="fr")


def synthetic_home(home: Path) -> Settings:
    """Fill a home with the synthetic default and its assessment, as ``sira assess`` makes it; gives its settings."""
    return _copied(_assess_synthetic, home)


def coarse_home(home: Path) -> Settings:
    """Fill a home with the synthetic default and its assessment on coarse cells; gives its settings."""
    return _copied(_assess_coarse, home)


def real_home(home: Path) -> Settings:
    """Fill a home with real incidents with days, exact places and hostile narratives, and one hazard area.

    They are assessed on coarse cells. Gives its settings.
    """
    return _copied(_assess_real, home)


def keep_coarse(store: Store, shelf: Shelf, target: Target = Target.IED) -> None:
    """Put the assessment of what a store holds, on coarse cells, where its service looks for it."""
    boundaries = Boundaries.with_imported(store.vintages())
    made = assess(
        store.incidents(hazards=tuple(HazardType)),
        boundaries,
        target=target,
        as_of=today(),
        revision=store.revision(),
        domain=coarse_domain(boundaries),
    )
    shelf.keep(made)


def _assess_synthetic(settings: Settings) -> None:
    with Store.open(settings.store_url) as store:
        store.secret("pseudonyms")
        Shelf.of(settings).keep(make_assessment(store, settings, Target.IED))


def _assess_coarse(settings: Settings) -> None:
    with Store.open(settings.store_url) as store:
        store.secret("pseudonyms")
        keep_coarse(store, Shelf.of(settings))


def _assess_real(settings: Settings) -> None:
    rows = drawn(300)
    rows["narrative"], rows["place_name"] = NARRATIVE, FORMULA
    with Store.open(settings.store_url) as store:
        store.add_incidents(Batch("real.csv", "test", len(rows), rows, (), ()))
        store.add_hazards(hazard_batch(hazards(["R1"])))
        keep_coarse(store, Shelf.of(settings))


def _copied(fill: Callable[[Settings], None], home: Path) -> Settings:
    """Copy into `home` the home that `fill` fills, which the first of this run's workers to ask for it makes."""
    kept = made_once(fill.__name__.strip("_"), lambda folder: fill(settings_in(folder)))
    shutil.copytree(kept, home, dirs_exist_ok=True)
    return settings_in(home)


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder `name` of this run, which the first of its workers to ask for it fills: nobody writes into it.

    It lies in the run's own temporary folder: another run has another one.
    """
    kept = Path(os.environ["SIRA_TEST_RUN"]) / name
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            part = kept.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            make(part)
            part.rename(kept)
    return kept


@contextmanager
def shared_planners() -> Iterator[None]:
    """Have roads fitted once in this worker for equal data: services that are begun anew answer from the same fit."""
    build = RoutePlanner.build

    def once(*arguments: Any, **more: Any) -> RoutePlanner:
        key = _digest((arguments, sorted(more.items())))
        if key not in _planners:
            _planners[key] = build(*arguments, **more)
        _planners.move_to_end(key)
        while len(_planners) > _KEPT:
            _planners.popitem(last=False)
        return _planners[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RoutePlanner, "build", once)
        yield


class _Pickler(pickle.Pickler):
    dispatch_table = copyreg.dispatch_table | {
        MappingProxyType: lambda shown: (dict, (dict(shown),)),
        Boundaries: lambda each: (dict, (dict(each.imported),)),  # without what is kept of earlier questions to them
    }


def _digest(what: object) -> str:
    """Return what stands for all that an object holds. Equal objects may differ in it; unequal ones do not agree."""
    written = io.BytesIO()
    _Pickler(written).dump(what)
    return hashlib.sha256(written.getbuffer()).hexdigest()

"""Where assessments are kept, and who makes them: never a request.

An assessment belongs to one revision of the store and one target. It is a file under ``SIRA_HOME/assessments`` that
appears whole or not at all. ``sira assess`` makes one; so does the service, in a process of its own and at low
priority, when it starts and whenever the store has a new revision. Until it is there, layers show the last one of
the same kind of data (synthetic or real) and say which revision it is of; where there is none they answer 503.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from api.base.settings import Settings
from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError, NotReadyError
from geo.core.messages import message
from geo.core.replacing import put_in_place, replacing
from geo.incidents.schema import HazardType
from geo.store import Store
from models.evaluation.card import score_of
from models.risk.assessment import Assessment
from models.risk.target import Target

_FILE: Final = re.compile(r"(\d+)-([a-z]+)\.npz")
#: What failed is tried again after so long: a full disk may have room again.
RETRY_S: Final = 600.0
#: How long an assessment that is stopped may take to tidy up.
_PATIENCE_S: Final = 1.0
#: Assessments of older revisions that are kept, per target.
_KEPT: Final = 3
_log: Final = logging.getLogger("sira")


def today() -> date:
    """Return the present UTC date."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of the assessments of one installation."""

    folder: Path
    _shown: dict[tuple[int, Target], tuple[int, Assessment]] = field(default_factory=dict, compare=False, repr=False)
    #: Files of another version of Sira, and since when: they are read, and said, once.
    _unreadable: dict[Path, int] = field(default_factory=dict, compare=False, repr=False)
    _reading: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Shelf:
        """Return the shelf of an installation; the folder need not exist."""
        return cls(settings.home / "assessments")

    def path(self, revision: int, target: Target) -> Path:
        """Return where the assessment of a revision lies, or would."""
        return self.folder / f"{revision}-{target.value}.npz"

    def revisions(self, target: Target) -> list[int]:
        """Return the revisions that are assessed, oldest first."""
        names = [_FILE.fullmatch(path.name) for path in self.folder.glob("*.npz")]
        return sorted(int(name[1]) for name in names if name is not None and name[2] == target.value)

    def get(self, revision: int, target: Target) -> Assessment | None:
        """Return the assessment of exactly this revision, None where there is none that this version can read."""
        with self._reading:  # two requests at once read it once, and have the same
            return self.peek(revision, target) or self._read(revision, target)

    def _read(self, revision: int, target: Target) -> Assessment | None:
        path = self.path(revision, target)
        changed = put_in_place(path)
        if changed is None or self._unreadable.get(path) == changed:
            return None
        try:
            assessment = Assessment.load(path)
        except FileError as error:  # of another version of Sira: it is made again
            _log.warning("%s", error)
            self._unreadable[path] = changed
            return None
        for other in [key for key in self._shown if key[1] is target]:  # only what is shown is kept in memory
            del self._shown[other]
        self._shown[revision, target] = changed, assessment
        return assessment

    def peek(self, revision: int, target: Target) -> Assessment | None:
        """Return the assessment of exactly this revision if it has been read and its file is still the same."""
        changed, assessment = self._shown.get((revision, target), (None, None))
        if changed is None or put_in_place(self.path(revision, target)) != changed:
            return None
        return assessment

    def latest(self, revision: int, target: Target, *, before: bool = False) -> Assessment | None:
        """Return the newest assessment up to `revision`, with `before` of an earlier one; None where there is none."""
        for found in reversed(self.revisions(target)):
            if found < revision or (found == revision and not before):
                assessment = self.get(found, target)
                if assessment is not None:
                    return assessment
        return None

    def keep(self, assessment: Assessment) -> Path:
        """Put an assessment on the shelf, and the oldest of its target off it."""
        path = self.path(assessment.revision, assessment.target)
        assessment.save(path)
        for revision in self.revisions(assessment.target)[: -_KEPT - 1]:
            self.path(revision, assessment.target).unlink(missing_ok=True)
        return path

    def keep_evaluation(self, found: Mapping[str, Any]) -> None:
        """Keep what an evaluation of the store found, in place of the last one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._evaluation, suffix=".json", overwrite=True) as part:
            part.write_text(json.dumps(dict(found), allow_nan=False), encoding="utf-8")

    def evaluation(self, *, synthetic: bool) -> dict[str, Any] | None:
        """Return what the last evaluation of the store found, None where there was none or its file is damaged.

        Nor is the skill on invented data (`synthetic`) told of real data, or the other way round.
        """
        try:
            found: dict[str, Any] = json.loads(self._evaluation.read_text(encoding="utf-8"))
            for row in found["scores"]:
                score_of(row)  # as the model card will
            return found if found["synthetic"] == synthetic else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            _log.warning("%s cannot be read; make it again with: sira evaluate", self._evaluation)
            return None

    @property
    def _evaluation(self) -> Path:
        return self.folder / "evaluation.json"


def make_assessment(
    store: Store,
    settings: Settings,
    target: Target,
    *,
    as_of: date | None = None,
    progress: bool = False,
) -> Assessment:
    """Assess the store's present revision on all that is known today; with `as_of`, on what was known before that date.

    Raises
    ------
    ModelError
        Where no incident of the target is known.
    FileError
        Where the population raster of the settings cannot be used.
    """
    from geo.counting.raster import density_from_raster  # a service has assessments made by another process
    from models.risk.assessing import assess
    from models.risk.inputs import build_domain

    shelf = Shelf.of(settings)
    while True:
        revision = store.revision()
        boundaries = Boundaries.with_imported(store.vintages())
        incidents = store.incidents(hazards=tuple(HazardType))
        if store.revision() == revision:  # else an import came between: what was read may be of two revisions
            break
    density = None
    if settings.population is not None:
        density = density_from_raster(settings.population, build_domain(boundaries).grid)
    return assess(
        incidents,
        boundaries,
        target=target,
        as_of=as_of or today() + timedelta(days=1),
        revision=revision,
        previous=None if as_of else shelf.latest(revision, target, before=True),
        population_per_km2=density,
        progress=progress,
    )


class Assessor:
    """Makes missing assessments for a running service, one at a time, each in a process of its own."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._wanted: tuple[int, Target] | None = None
        self._failed: dict[tuple[int, Target], float] = {}
        self._closed = False

    def want(self, revision: int, target: Target) -> bool:
        """Have the assessment made if nobody is at it; False where making it failed less than `RETRY_S` ago."""
        with self._lock:
            self._reap()
            if self._clock() < self._failed.get((revision, target), -math.inf) + RETRY_S:
                return False
            if self._running is None and not self._closed:
                self._running, self._wanted = self._start(target), (revision, target)
            return True

    def close(self) -> None:
        """Stop what is under way; nothing half made is left behind."""
        with self._lock:
            self._closed = True
            if self._running is not None:
                self._running.terminate()
                try:
                    self._running.wait(_PATIENCE_S)
                except subprocess.TimeoutExpired:  # it has not come to it, on a busy machine
                    self._running.kill()
                    self._running.wait()
                self._running = None

    def _reap(self) -> None:
        if self._running is None or self._running.poll() is None:
            return
        if self._running.returncode != 0 and self._wanted is not None:
            self._failed[self._wanted] = self._clock()
        self._running = None

    def _start(self, target: Target) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "SIRA_HOME": str(self._settings.home),
            "SIRA_STORE": self._settings.store,
            "SIRA_LANG": self._settings.lang,
        }
        if self._settings.population is not None:
            environment["SIRA_POPULATION"] = str(self._settings.population)
        command = [sys.executable, "-c", _JOB, "assess", "--target", target.value, "--quiet"]
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)  # noqa: S603 - our own words only


#: The command line in a process that gives way to whoever answers requests.
_JOB: Final = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves no half written file behind
if hasattr(os, "nice"):
    os.nice(10)
from api.commands.main import main
main()
"""


def shown(shelf: Shelf, revision: int, target: Target, *, synthetic: bool) -> Assessment | None:
    """Return the assessment to show for a revision, None where there is none; see `find`."""
    found = shelf.latest(revision, target)
    return found if found is None or found.revision == revision or found.synthetic == synthetic else None


def find(shelf: Shelf, assessor: Assessor, revision: int, target: Target, *, synthetic: bool) -> Assessment:
    """Return the assessment to show for a revision: its own, or while that is being made the last one of its kind.

    Parameters
    ----------
    synthetic : bool
        Whether the store holds only synthetic data. An assessment of invented incidents is never shown for real
        ones, nor the other way round.

    Raises
    ------
    NotReadyError
        There is none to show; the message says what to do.
    """
    under_way = shelf.get(revision, target) is not None or assessor.want(revision, target)
    found = shown(shelf, revision, target, synthetic=synthetic)
    if found is not None:
        return found
    if under_way:
        raise NotReadyError(
            message("The assessment of these data is being made. Ask again in a minute, or run: sira assess")
        )
    raise NotReadyError(
        message("These data could not be assessed; sira assess --target {target} says why.", target=target.value)
    )

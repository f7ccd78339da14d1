"""Every address and file kind while an import comes between any two steps: an answer of one revision, for one reader.

The reader sits at the machine itself, where invented data are open. The import brings the first real incidents, which
closes what was open. So an answer of two revisions, or one made for who the reader was before, is neither the answer
before the import nor the one after it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from door_kit import WAYS_IN, Answer, Installation, Way, installation
from service_of import Caller, addresses_of, keys_for
from sqlalchemy import event

import api.app
from geo.store import Store

API: Final = Path(api.app.__file__).parent
#: Up to so many looks at the store the import comes before each of them.
MOST_STEPS: Final = 12


pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),  # affine's, of rasterio
]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("door")) as found:
        yield found


class Steps:
    """Counts how often a store is looked at, and has something happen before one of these looks."""

    def __init__(self, store: Store, at: int = 0, happens: Callable[[], None] = lambda: None) -> None:
        self.seen = 0
        self.has_happened = False
        self._at, self._happens = at, happens
        event.listen(store._database._readers, "begin", self._look)

    def _look(self, _: Any) -> None:
        self.seen += 1
        if self.seen == self._at:
            self._happens()
            self.has_happened = True


def steps_of(count: int, *, is_first: bool) -> list[int]:
    """Return before which of `count` looks at the store the import comes.

    Kinds of one address differ in how they are written, not in what is read: all but the first only before the last
    look. A package of thirty layers takes the same steps for each of them.
    """
    if not is_first:
        return [count]
    return list(range(1, count + 1)) if count <= MOST_STEPS else [1, 2, count // 2, count]


def test_no_answer_is_of_two_revisions_or_for_somebody_else(here: Installation) -> None:
    faults, tried, differing, known = [], 0, 0, set()
    for way in here.ways():
        here.begin()
        steps = Steps(here.service.store)
        before = here.ask(way)
        looks = steps.seen
        here.begin(here.bring)
        after = here.ask(way)
        differing += before != after
        for step in steps_of(looks, is_first=way.path not in known) if looks else []:
            here.begin()
            steps = Steps(here.service.store, step, here.bring)
            answer = here.ask(way)
            assert steps.has_happened
            tried += 1
            if answer not in (before, after):
                faults.append(f"{way.method} {way.address}, import before look {step} of {looks}: {answer[:2]}")
        known.add(way.path)
    assert not faults, "\n".join(faults)
    assert differing > 40, "else nothing was tried"
    assert tried > 200


def test_what_is_kept_of_one_reader_s_answers_is_not_given_to_another(here: Installation) -> None:
    keys: dict[str, str] = {}
    ways = [way for way in here.ways() if way.path != "/exports/{name}" or way.address.endswith(".csv")]
    here.begin(lambda: keys.update(keys_for(here.service.store)))
    readers = [Caller(here.app), Caller(here.app, key=keys["partner"]), Caller(here.app, key=keys["analyst"]), None]
    alone: list[dict[Way, Answer]] = []
    for who in readers:
        here.service.kept.drop()
        alone.append({way: here.ask(way, who) for way in ways})
    faults = [
        f"{way.method} {way.address}: {alone[number][way][:2]}, after others {answer[:2]}"
        for way in ways
        for number, who in reversed(list(enumerate(readers)))  # who sees most asks first
        if (answer := here.ask(way, who)) != alone[number][way]
    ]
    assert not faults, "\n".join(faults)
    assert sum(len({answers[way] for answers in alone}) > 1 for way in ways) > 30, "else nothing was tried"


def test_every_address_is_among_the_ways_out(here: Installation) -> None:
    listed = {(way.path, way.method) for way in here.ways()}
    assert listed == {
        (path, method)
        for path, methods in addresses_of(here.app).items()
        for method in methods - {"HEAD"}
        if path not in WAYS_IN
    }
    assert len(listed) > 70


def test_nothing_else_asks_who_is_calling_or_of_which_revision() -> None:
    """But for the watch that makes planners, and what looks when the service starts."""
    asking = {
        f"{path.relative_to(API)}"
        for path in API.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"current", "refresh", "caller"}
    }
    assert asking == {"app.py", "base/door.py", "base/service.py", "roads/planners.py"}


def test_a_snapshot_is_of_one_revision(here: Installation) -> None:
    here.begin()
    here.service._snapshot = None
    steps = Steps(here.service.store)
    quiet = here.service.read_snapshot()
    assert quiet.is_synthetic_only
    for step in range(2, steps.seen + 1):
        here.begin()
        here.service._snapshot = None
        steps = Steps(here.service.store, step, here.bring)
        found = here.service.read_snapshot()
        assert steps.has_happened
        assert (found.revision, found.is_synthetic_only) == (quiet.revision + 1, False), step

"""The door: every answer leaves by it, made of one revision, for whoever may see that very revision.

Between any two steps of an answer an import may come, or the first real incident close what was open until then. So a
body is looked for under the revision and what its audience sees; where it is not kept, the store is looked at again,
it is decided anew who asks and whether they may, and what is then made counts only if the revision is still the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar

import anyio.to_thread
from starlette.types import Scope

from api.base.access import OPEN, PUBLIC, Caller
from api.base.authentication import Sessions
from api.base.keys import is_local
from api.base.names import Names
from api.base.roles import Action, authorise
from api.base.service import MovedError, Service, Snapshot
from api.base.sizes import TooLargeError
from geo.core.messages import Message

Q = TypeVar("Q")
T = TypeVar("T")

#: Where a request's ``state`` holds its `Caller`, once somebody has asked who that is.
ASKED: Final = "caller"
#: Bodies to keep that are made at once; more would only take each other's time.
_MAKERS: Final = 4


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, of which revision."""

    snapshot: Snapshot
    caller: Caller


@dataclass(frozen=True, slots=True)
class Order(Generic[Q, T]):
    """What to give to a caller who may have it.

    Attributes
    ----------
    asked
        The question, read.
    make
        Makes the answer; called in a thread.
    key
        What the answer depends on beside the revision: the question, and what its audience sees that others do not.
        None for an answer that is not kept; else it has to know its ``nbytes``.
    makers
        Whose threads make it, where not the door's.
    is_lasting
        Whether the revision decides nothing of it that the key does not name: then an import does not have it made
        again. Who asks is decided on the revision all the same.
    """

    asked: Q
    make: Callable[[], T]
    key: Hashable = None
    makers: Executor | None = None
    is_lasting: bool = False

    def kept_under(self, revision: int) -> Hashable:
        """Return under which key the answer is kept."""
        return None if self.is_lasting else revision, self.key


@dataclass(frozen=True, slots=True)
class _TooLarge:
    """What is kept of an answer that turned out to be larger than is sent at once: why, and where it is had in parts.

    Not the error itself, which would hold all that it was raised from.
    """

    message: Message
    collection: str
    nbytes: int = 1_000


#: Reads what a visitor asks and decides whether they may have it. It is asked twice or more for one answer.
Ask = Callable[[Visit], Awaitable[Order[Q, T]]]


class Door:
    """The way out of one service. Used from one event loop at a time."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.sessions = Sessions(lambda: service.store, service.settings.proxies)
        self.names = Names(lambda: service.store, service.settings.proxies, self.sessions)
        self._makers = ThreadPoolExecutor(_MAKERS, thread_name_prefix="sira-make")
        self._pending: dict[Hashable, asyncio.Task[Any]] = {}

    async def answer(self, scope: Scope | None, ask: Ask[Q, T], *, is_use: bool = True) -> tuple[Q, T]:
        """Return what a request asks, and the answer; raises what `ask` and `Order.make` do.

        Parameters
        ----------
        scope : Scope or None
            The request; None for what is the same for everybody: then nobody is asked for a key.
        is_use : bool
            False for what a page asks by itself: that keeps no session alive.
        """
        visit = await self._visit(scope, await self.service.current(), is_use)
        order = await ask(visit)
        found: T | _TooLarge | None = (
            None if order.key is None else self.service.kept.peek(order.kept_under(visit.snapshot.revision))
        )
        if found is not None:
            return order.asked, _sent(found)
        while True:
            # It is decided on the revision that the answer is made from, not on one up to a moment old.
            visit = await self._visit(scope, await self.service.refresh(), is_use)
            order = await ask(visit)
            try:
                made: T | _TooLarge = await self._obtain(order, visit.snapshot)
                return order.asked, _sent(made)
            except MovedError:
                continue

    async def tell(self, scope: Scope | None, make: Callable[[Visit], T], *, is_use: bool = True) -> T:
        """Return what `make` makes for whoever asks, in a thread; it is not kept."""

        async def ask(visit: Visit) -> Order[None, T]:
            return Order(None, partial(make, visit))

        return (await self.answer(scope, ask, is_use=is_use))[1]

    async def admit(self, scope: Scope, action: Action, *, token: str | None = None) -> Visit:
        """Return who sent a request and of which revision, where they may do `action` as the store has it now.

        Parameters
        ----------
        token : str or None
            What the form carries that has something changed; None for a page that only shows.

        Raises
        ------
        SignInNeededError, RoleError
            As `authorise` does.
        ForeignOriginError
            Something is to be changed, and no page of this service asks.
        """
        visit = await self._visit(scope, await self.service.refresh(), is_use=True)
        if token is not None:
            self.sessions.require_own_form(scope, token)
        authorise(action, visit.caller)
        return visit

    async def _visit(self, scope: Scope | None, snapshot: Snapshot, is_use: bool) -> Visit:
        """Find out who sent a request, and mark its answer as one that differs by caller."""
        if scope is None:
            return Visit(snapshot, PUBLIC)
        state = scope.setdefault("state", {})
        state[ASKED] = PUBLIC
        caller = await self.sessions.caller(scope, snapshot.callers, is_use=is_use)
        if caller is PUBLIC and snapshot.is_synthetic_only and is_local(scope):
            caller = OPEN
        state[ASKED] = caller
        return Visit(snapshot, caller)

    async def _obtain(self, order: Order[Q, T], snapshot: Snapshot) -> T | _TooLarge:
        """Have an answer made, once for all who ask for it at the same time."""
        if order.key is None:
            return await anyio.to_thread.run_sync(self._make, order, snapshot)
        key = order.kept_under(snapshot.revision)
        task = self._pending.get(key)
        if task is None:
            task = self._pending[key] = asyncio.create_task(self._keep(key, order, snapshot))
            task.add_done_callback(_take_error)
        # A caller who hangs up must not cancel the work that others wait for.
        made: T | _TooLarge = await asyncio.shield(task)
        return made

    async def _keep(self, key: Hashable, order: Order[Q, T], snapshot: Snapshot) -> T | _TooLarge:
        get: Callable[..., T | _TooLarge] = self.service.kept.get
        work = partial(get, key, partial(self._make, order, snapshot))
        try:
            return await asyncio.get_running_loop().run_in_executor(order.makers or self._makers, work)
        finally:
            del self._pending[key]

    def _make(self, order: Order[Q, T], snapshot: Snapshot) -> T | _TooLarge:
        try:
            return order.make()
        except TooLargeError as error:  # that is found out once
            return _TooLarge(error.message, error.collection)
        finally:  # an answer, and as well what went wrong, may be of two revisions
            self.service.require(snapshot)


def _sent(found: T | _TooLarge) -> T:
    """Return an answer; raises `TooLargeError` where it was too large."""
    if isinstance(found, _TooLarge):
        raise TooLargeError(found.message, collection=found.collection)
    return found


def _take_error(task: asyncio.Task[Any]) -> None:
    """Mark a failed task's error as seen: it reaches whoever still waits, and the log when nobody does is no help."""
    if not task.cancelled():
        task.exception()

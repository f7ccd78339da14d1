"""How attempts to sign in by name are slowed: each waits longer, up to half a minute, and none is turned away for good.

An account that could be locked could be locked by anybody. So who has signed in to it from an address before waits
for no one else's attempts, and everybody else at most `LONGEST_S`. What is remembered is bounded, and is this
process's alone.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Final

from api.base.access import TooManyKeysError
from geo.core.messages import message

#: Wrong attempts that cost no time, by account and by address: an office has one address for many people, who may all
#: sign in at the same moment, and an attempt counts as wrong until it is known to be right.
FREE_OF_ACCOUNT: Final = 3
FREE_OF_ADDRESS: Final = 20
LONGEST_S: Final = 30.0
#: Wrong attempts are forgotten after so long without another one.
FORGOTTEN_S: Final = 900.0
#: Attempts of one address that wait at the same time.
MOST_WAITING: Final = 10
_MOST_REMEMBERED: Final = 10_000


@dataclass(slots=True)
class _Tries:
    count: int
    last: float


class Slowing:
    """Wrong attempts of late, by account and by address. Used from one event loop at a time."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._tries: OrderedDict[Hashable, _Tries] = OrderedDict()
        self._at_home: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._waiting: Counter[Hashable] = Counter()

    async def turn(self, account: str, address: str) -> None:
        """Wait until an attempt may be made, and count it as wrong until `right` says otherwise.

        Raises
        ------
        TooManyKeysError
            An attempt of this address for this account is waiting already, or too many of this address are.
        """
        wait_s = self._begin(account, address)
        if wait_s <= 0:
            return
        pair, line = (account, address), address
        if self._waiting[pair] or self._waiting[line] >= MOST_WAITING:
            seconds = math.ceil(wait_s)
            raise TooManyKeysError(
                message("Another attempt from here is still waiting; try again in {wait} s.", wait=seconds),
                wait_s=seconds,
            )
        self._waiting.update((pair, line))
        try:
            await self._sleep(wait_s)
            self._begin(account, address, is_new=False)
        finally:
            self._waiting.subtract((pair, line))
            self._waiting += Counter()  # keeps what is above zero

    def right(self, account: str, address: str) -> None:
        """Say that the attempt was right: the account's are forgotten, the address's but for this one are not."""
        self._tries.pop(("account", account), None)
        tries = self._tries.get(("address", address))
        if tries is not None:
            tries.count -= 1
        self._at_home[account, address] = None
        self._at_home.move_to_end((account, address))
        while len(self._at_home) > _MOST_REMEMBERED:
            self._at_home.popitem(last=False)

    def _begin(self, account: str, address: str, *, is_new: bool = True) -> float:
        """Count an attempt, where it is new, from now on; return for how many seconds it has to wait."""
        waits = [self._count(("address", address), FREE_OF_ADDRESS, is_new)]
        if (account, address) not in self._at_home:
            waits.append(self._count(("account", account), FREE_OF_ACCOUNT, is_new))
        return max(waits)

    def _count(self, name: Hashable, free: int, is_new: bool) -> float:
        now = self._clock()
        tries = self._tries.get(name)
        if tries is None or now - tries.last > FORGOTTEN_S:
            tries = self._tries[name] = _Tries(0, now)
        wait_s = tries.last + _delay_s(tries.count - free) - now
        tries.count, tries.last = tries.count + is_new, now
        self._tries.move_to_end(name)
        while len(self._tries) > _MOST_REMEMBERED:
            self._tries.popitem(last=False)
        return wait_s


def _delay_s(beyond: int) -> float:
    return 0.0 if beyond < 0 else min(2.0 ** min(beyond, 10), LONGEST_S)

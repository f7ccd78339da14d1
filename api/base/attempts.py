"""How often an address may send a wrong key: ten times a minute, then it waits. What is remembered is bounded."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.types import Scope

from api.base.access import TooManyKeysError
from api.base.links import is_trusted
from geo.core.messages import message

MOST: Final = 10
WITHIN_S: Final = 60.0
#: Addresses remembered, the one longest silent dropped first.
MOST_ADDRESSES: Final = 10_000
#: Whoever has an IPv6 address has the whole network of it.
_V6_PREFIX: Final = 64


class Attempts:
    """Wrong keys of the last minute, by address. Used from one event loop at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_address: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many addresses are remembered."""
        return len(self._by_address)

    def begin(self, address: str) -> None:
        """Count a key that is about to be looked up as wrong, until `forgive` says otherwise.

        Raises
        ------
        TooManyKeysError
            The address has had its wrong keys of this minute.
        """
        recent = self._recent(address)
        if len(recent) >= MOST:
            wait_s = math.ceil(recent[0] + WITHIN_S - self._clock())
            raise TooManyKeysError(
                message(
                    "More than {most} wrong keys within a minute came from this address; ask again in {wait} s.",
                    most=MOST,
                    wait=wait_s,
                ),
                wait_s=wait_s,
            )
        recent.append(self._clock())

    def add(self, address: str) -> None:
        """Count a wrong key that was looked up together with the same one (`begin` counted that)."""
        self._recent(address).append(self._clock())

    def forgive(self, address: str) -> None:
        """Take back the last key counted: it was right."""
        recent = self._by_address.get(address)
        if recent:
            recent.pop()

    def _recent(self, address: str) -> deque[float]:
        recent = self._by_address.setdefault(address, deque(maxlen=MOST))
        self._by_address.move_to_end(address)
        if len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)
        while recent and recent[0] + WITHIN_S <= self._clock():
            recent.popleft()
        return recent


def address_of(scope: Scope, proxies: tuple[IPv4Network | IPv6Network, ...]) -> str:
    """Return whom a request counts for: an IPv4 address, or the IPv6 network of 64 bits.

    ``X-Forwarded-For`` counts only where the peer is one of `proxies`, and from its end: what stands before the first
    address that is no proxy of ours may be anything.
    """
    client = scope.get("client")
    found = client[0] if client else ""
    sent = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
    for hop in reversed(sent.split(",")):
        if not is_trusted(found, proxies):
            break
        found = _without_port(hop.strip()) or found
    return _counted(found)


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _counted(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return text[:64]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address.packed, _V6_PREFIX), strict=False))
    return str(address)

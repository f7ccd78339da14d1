"""Passwords: what one has to be, and argon2id over it, at most two at once.

The parameters are OWASP's least for argon2id: 19 MiB, two passes, one lane. A password is taken as it was meant
(NFKC), never cut, and nothing is asked of it but its length.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final

from geo.core.errors import ParameterError
from geo.core.messages import message

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 12
#: Nobody types more; a body of a form has to end somewhere.
LONGEST: Final = 256
MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
LANES: Final = 1
#: Each takes its memory and a core: more at once would only have the map wait.
AT_ONCE: Final = 2


class Passwords:
    """Hashes and verifies, in threads of its own."""

    def __init__(self) -> None:
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sira-password")

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a password that `checked` has let pass."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, _hash, password)

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether `encoded` is a hash of `password`; for None it takes as long to say no."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, _verify, encoded, password)


def checked(password: str) -> str:
    """Return a new password as it is hashed.

    Raises
    ------
    ParameterError
        Where it is too short or too long.
    """
    found = normal(password)
    if len(found) < SHORTEST:
        raise ParameterError(
            message("A password has at least {least} characters; a sentence is easy to keep.", least=SHORTEST),
            parameter="password",
        )
    if len(found) > LONGEST:
        raise ParameterError(message("A password has at most {most} characters.", most=LONGEST), parameter="password")
    return found


def normal(password: str) -> str:
    """Return a password in the form that is hashed, however its letters were typed."""
    return unicodedata.normalize("NFKC", password)


def is_outdated(encoded: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    outdated: bool = _hasher().check_needs_rehash(encoded)
    return outdated


def _hash(password: str) -> str:
    encoded: str = _hasher().hash(password)
    return encoded


def _verify(encoded: str | None, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    nobodys = _nobodys()  # made with the first attempt, whoever's: the time it takes tells nothing
    try:
        _hasher().verify(encoded or nobodys, normal(password)[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return encoded is not None


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # loaded where somebody signs in

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _nobodys() -> str:
    """Return the hash of a password that nobody has."""
    return _hash(secrets.token_urlsafe(32))

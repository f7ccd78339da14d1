"""Signing in by name and password, and the links by which a password is set."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import anyio.to_thread
from starlette.types import Scope

from api.base.access import PasswordRefusedError
from api.base.attempts import address_of
from api.base.authentication import Proxies, Sessions
from api.base.keys import hash_key
from api.base.passwords import Passwords, checked, is_outdated, normal
from api.base.slowing import Slowing
from geo.core.errors import NotFoundError, StoreError
from geo.core.messages import message
from geo.store import Store, User
from geo.store.users import GONE, folded

_log: Final = logging.getLogger("sira")
_LONGEST_NAME: Final = 64


class Names:
    """Signing in by name. Used from one event loop at a time."""

    def __init__(self, store: Callable[[], Store], proxies: Proxies, sessions: Sessions) -> None:
        self._store = store
        self._proxies = proxies
        self._sessions = sessions
        self.passwords = Passwords()
        self.slowing = Slowing()

    async def user(self, scope: Scope, name: str, password: str) -> User:
        """Return who signs in so.

        Raises
        ------
        PasswordRefusedError
            There is no such user, the password is another one, or they are disabled: which of these is not told.
        TooManyKeysError
            Other attempts from the same address are still waiting.
        """
        account, address = folded(name[:_LONGEST_NAME]), address_of(scope, self._proxies)
        await self.slowing.turn(account, address)
        found = await anyio.to_thread.run_sync(self._store().users.named, account)
        known = found if found is not None and found.may_sign_in else None
        is_right = await self.passwords.verify(None if known is None else known.password, password)
        if known is None or not is_right:
            raise PasswordRefusedError(message("The name or the password is not right."))
        self.slowing.right(account, address)
        await self._renew(known, password)
        return known

    async def accept(self, token: str, password: str) -> User:
        """Use a link up, and keep the password of whose it is.

        Raises
        ------
        NotFoundError
            There is no such link, it is over or was used.
        ParameterError
            The password is too short or too long; the link stays.
        """
        if await self.invited(token) is None:
            raise NotFoundError(GONE)
        encoded = await self.passwords.hash(checked(password))
        accept = self._store().users.accept
        return await anyio.to_thread.run_sync(accept, hash_key(token), encoded, self._sessions.clock())

    async def invited(self, token: str) -> User | None:
        """Return whose link this is, None where it is nobody's, over or used."""
        return await anyio.to_thread.run_sync(self._store().users.invited, hash_key(token), self._sessions.clock())

    async def change(self, scope: Scope, user: User, old: str, new: str, *, session: str) -> None:
        """Change a user's password, and end all their sessions but `session`; raises as `user` and `accept` do."""
        wanted = checked(new)
        await self.user(scope, user.name, old)
        encoded = await self.passwords.hash(wanted)
        users, kept = self._store().users, hash_key(session)
        await anyio.to_thread.run_sync(lambda: users.set_password(user.id, encoded, but=kept))

    async def _renew(self, user: User, password: str) -> None:
        """Keep a hash with today's parameters of a password that was right."""
        if user.password is None or not is_outdated(user.password):
            return
        encoded = await self.passwords.hash(normal(password))
        asyncio.get_running_loop().run_in_executor(None, self._keep, self._store(), user.id, user.password, encoded)

    @staticmethod
    def _keep(store: Store, number: int, old: str, new: str) -> None:
        try:
            store.users.renew_hash(number, old, new)
        except StoreError as error:  # the next sign-in tries again
            _log.warning("%s", error)

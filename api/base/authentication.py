"""Who is calling: by a key in a header, or by the session of a browser in which they signed in, by key or by name.

A session's id is 256 random bits in a cookie; the store keeps its hash with whose it is, so that what is in the
browser is never the key, and ends with it. A header wins over the cookie.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network
from typing import Final
from urllib.parse import SplitResult, urlsplit

import anyio.to_thread
from starlette.types import Scope

from api.base.access import PUBLIC, Caller, ForeignOriginError, KeyRefusedError, parse_audience
from api.base.attempts import Attempts, address_of
from api.base.keys import hash_key, sent_key
from api.base.links import base_of
from api.base.roles import parse_role
from geo.core.errors import StoreError
from geo.core.messages import message
from geo.store import Key, Store, User
from geo.store.sessions import LONGEST

_log: Final = logging.getLogger("sira")

COOKIE: Final = "sira_session"
#: That a session is used is written down this often: a write may have to wait for an import, an answer must not.
_TOUCH: Final = dt.timedelta(minutes=5)
_HOUR: Final = dt.timedelta(hours=1)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Proxies = tuple[IPv4Network | IPv6Network, ...]


def utc_now() -> dt.datetime:
    """Return the present time in UTC."""
    return dt.datetime.now(dt.UTC)


class Sessions:
    """Who is calling one service. Used from one event loop at a time.

    `clock` gives the time for sessions, `attempts` counts wrong keys.
    """

    def __init__(self, store: Callable[[], Store], proxies: Proxies) -> None:
        self._store = store
        self._proxies = proxies
        self.clock: Callable[[], dt.datetime] = utc_now
        self.attempts = Attempts()
        #: Hashes of keys that were right once, at most as many as the store has: somebody else's wrong keys from
        #: behind the same address do not shut out who works already.
        self._right: set[str] = set()
        #: How many requests are having the same hash looked up at this moment.
        self._looked_up: Counter[str] = Counter()
        self._touching: set[str] = set()

    async def caller(self, scope: Scope, known: dict[str, Caller], *, is_use: bool = True) -> Caller:
        """Return who sent a request, `PUBLIC` where it carries neither key nor session; `known` are those seen before.

        `is_use` says whether a reader did something: what a page asks by itself does not keep a session alive.

        Raises
        ------
        KeyRefusedError
            The header holds something that is no key of this store.
        TooManyKeysError
            It is not known, and too many wrong ones came from the same address.
        ForeignOriginError
            A page of another site uses the session of a reader to do more than read.
        """
        key = sent_key(scope["headers"])
        if key is not None:
            hashed = hash_key(key)
            if hashed not in known:
                known[hashed] = _caller(await self.holder(scope, key), by_session=False)
            return known[hashed]
        session = sent_session(scope)
        if session is None:
            return PUBLIC
        name = f"{COOKIE}={hash_key(session)}"
        if name not in known:
            found = await self._in_session(hash_key(session), is_use=is_use)
            if found is None:
                return PUBLIC
            known[name] = _caller(found, by_session=True)
        if scope["method"] not in _READING:
            self.require_own_origin(scope)
        return known[name]

    async def holder(self, scope: Scope, key: str) -> Key:
        """Return what the store knows of a key that a request sent; raises as `caller` does."""
        hashed, address = hash_key(key), address_of(scope, self._proxies)
        # A map asks for twenty tiles at once: together they are one key that nobody has seen yet.
        is_counted = hashed not in self._right and not self._looked_up[hashed]
        if is_counted:
            self.attempts.begin(address)
        found = await self._look_up(hashed)
        if found is None:
            self._right.discard(hashed)
            if not is_counted:
                self.attempts.add(address)
            raise KeyRefusedError(message("This key is not known here, has expired, or has been revoked."))
        self._right.add(hashed)
        if is_counted:
            self.attempts.forgive(address)
        self._note_use(found)
        return found

    async def _look_up(self, hashed: str) -> Key | None:
        self._looked_up[hashed] += 1
        try:
            return await anyio.to_thread.run_sync(self._store().keys.find, hashed, self.clock())
        finally:
            self._looked_up[hashed] -= 1
            self._looked_up += Counter()  # keeps what is above zero

    async def begin(self, scope: Scope, holder: Key | User) -> str:
        """Begin a session of `holder` in place of the one that the request carries; return its id.

        Raises as `caller` does for a page of another site.
        """
        self.require_own_origin(scope)
        await self.leave(scope)
        session = secrets.token_urlsafe(32)
        await anyio.to_thread.run_sync(self._store().sessions.begin, hash_key(session), holder, self.clock())
        return session

    async def leave(self, scope: Scope) -> None:
        """End the session that a request carries, if any; raises as `caller` does for a page of another site."""
        self.require_own_origin(scope)
        session = sent_session(scope)
        if session is not None:
            await anyio.to_thread.run_sync(self._store().sessions.end, hash_key(session))

    def require_own_origin(self, scope: Scope) -> None:
        """Let pass what a page of this service sent; raises `ForeignOriginError` for all else."""
        sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
        own = base_of(scope, self._proxies).address
        if len(sent) != 1 or _origin(sent[0]) is None or _origin(sent[0]) != _origin(own):
            raise ForeignOriginError(
                message(
                    "This may be sent from a page of Sira itself only, which is at {own} for this service. Behind a "
                    "proxy, SIRA_TRUSTED_PROXIES has to name it.",
                    own=own,
                )
            )

    def require_own_form(self, scope: Scope, token: str) -> None:
        """Let pass what a page of this service sent for whoever the request is from.

        A session's form carries a token that only a page made for it knows. Whoever sends a key in a header needs
        neither, but a browser that does so says where the page is from, and that is looked at.

        Raises
        ------
        ForeignOriginError
            It came from elsewhere.
        """
        has_key = any(name == b"authorization" for name, _ in scope["headers"])
        if has_key and not any(name == b"origin" for name, _ in scope["headers"]):
            return
        self.require_own_origin(scope)
        session = sent_session(scope)
        if (
            not has_key
            and session is not None
            and not hmac.compare_digest(form_token(session).encode(), token.encode())
        ):
            raise ForeignOriginError(message("This form is out of date. Load the page again."))

    def cookie(self, scope: Scope, session: str) -> str:
        """Return the header that hands a browser its session's id; that takes it back where `session` is empty."""
        base = urlsplit(base_of(scope, self._proxies).address)
        lasts = int(LONGEST.total_seconds()) if session else 0
        secure = "; Secure" if base.scheme == "https" else ""
        return f"{COOKIE}={session}; Path={base.path}/; Max-Age={lasts}; HttpOnly; SameSite=Lax{secure}"

    async def _in_session(self, hashed: str, *, is_use: bool) -> Key | User | None:
        now = self.clock()
        found = await anyio.to_thread.run_sync(self._store().sessions.find, hashed, now)
        if found is None:
            return None
        if is_use and now - found.seen >= _TOUCH:
            self._in_background(hashed, self._store().sessions.touch, hashed, now)
        if is_use and isinstance(found.holder, Key):
            self._note_use(found.holder)
        return found.holder

    def _note_use(self, key: Key) -> None:
        """Note the hour in which a key is used, where it is another than the one noted."""
        now = self.clock()
        if key.used is None or now - key.used >= _HOUR:
            self._in_background(key.hash, self._store().keys.touch, key.id, now)

    def _in_background(self, name: str, write: Callable[..., None], *values: object) -> None:
        """Have something noted beside the answer, once at a time for each name."""
        if name not in self._touching:
            self._touching.add(name)
            asyncio.get_running_loop().run_in_executor(None, self._note, name, write, *values)

    def _note(self, name: str, write: Callable[..., None], *values: object) -> None:
        try:
            write(*values)
        except StoreError as error:  # the reader is answered all the same, and the next use writes it down
            _log.warning("%s", error)
        finally:
            self._touching.remove(name)


def sent_session(scope: Scope) -> str | None:
    """Return the session's id that a request carries, or None; of several, the first, as browsers order them."""
    sent = b";".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
    for pair in sent.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE and value:
            return value
    return None


def form_token(session: str) -> str:
    """Return what the forms of pages made for a session carry."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()


def _caller(holder: Key | User, *, by_session: bool) -> Caller:
    is_user = isinstance(holder, User)
    return Caller(
        parse_audience(holder.audience),
        label=holder.shown if isinstance(holder, User) else holder.label,
        by_session=by_session,
        user=holder.id if is_user else None,
        role=parse_role(holder.role),
        scope=holder.scope,
    )


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts: SplitResult = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme]

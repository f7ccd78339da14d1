"""Keys: how they are made, kept, read from a request, and when a caller needs none.

A key is 256 random bits as text. The store keeps its SHA-256 hash and its audience, never the key: with that much
randomness a plain hash cannot be searched, so no slow password hash is needed.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import ipaddress
import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from starlette.types import Scope as Request

from api.base.access import Audience, KeyRefusedError
from api.base.roles import Role
from geo.core.messages import message
from geo.store import Key, Scope, Store

_PREFIX: Final = "sira_"
#: The scope of whoever has none.
EVERYWHERE: Final = Scope()
#: Longest Authorization header that is looked at; a key is 48 characters.
_LONGEST_HEADER: Final = 1_000
#: Whatever a proxy adds. Behind one, the peer is the proxy and says nothing of the caller.
_PROXY_HEADERS: Final = frozenset(
    {
        b"forwarded",
        b"via",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-real-ip",
        b"cf-connecting-ip",
    }
)


def new_key() -> str:
    """Return a new key: `sira_` and 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """Return the SHA-256 hash that the store keeps of `key`, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def sent_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the key that a request carries, or None where it carries none.

    ``Authorization: Bearer KEY``, or ``Basic`` with the key as password and any user name (QGIS, browsers).

    Raises
    ------
    KeyRefusedError
        The header is there and holds no key, or is there twice.
    """
    sent = [value for name, value in headers if name == b"authorization"]
    if not sent:
        return None
    if len(sent) == 1 and len(sent[0]) <= _LONGEST_HEADER:
        scheme, _, credentials = sent[0].strip().partition(b" ")
        key = _key_in(scheme.lower(), credentials.strip())
        if key:
            return key
    raise KeyRefusedError(
        message(
            "The Authorization header holds no key; expected Bearer and the key, or Basic with the key as the password."
        )
    )


def _key_in(scheme: bytes, credentials: bytes) -> str:
    try:
        if scheme == b"bearer":
            return credentials.decode("ascii")
        if scheme == b"basic":
            _, _, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
            return password
    except (UnicodeDecodeError, binascii.Error):
        return ""
    return ""


def is_local(scope: Request) -> bool:
    """Tell whether a request was made on this machine itself, to this machine by name.

    The peer address must be a loopback one, no header may show a proxy in between, and the Host must be a loopback
    name: a page elsewhere that points its own name at 127.0.0.1 (DNS rebinding) sends that name.
    """
    client = scope.get("client")
    if client is None or not _is_loopback(client[0]):
        return False
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 or any(name in _PROXY_HEADERS for name, _ in scope["headers"]):
        return False
    return _is_loopback(_host_name(hosts[0].decode("latin-1")))


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


@lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def close_if_real(store: Store) -> str | None:
    """Return a new admin key where `store` holds real data and never had one; None otherwise.

    With the first real incident (conflict events and hazard areas count) the service is no longer open on the
    loopback address. Whoever imports it gets the one key that opens everything again, and must keep it: the store
    has only its hash. Of several who import at once, one gets it.
    """
    if not store.has_real():
        return None
    key = new_key()
    admin = Audience.ADMIN.label
    return None if store.keys.add_first(hash_key(key), admin, "first import", role=Role.ADMIN.label) is None else key


def create_key(
    store: Store,
    audience: Audience,
    *,
    label: str,
    role: Role | None = None,
    scope: Scope = EVERYWHERE,
    expires: dt.datetime | None = None,
) -> str:
    """Return a new key of `audience` that `store` knows from now on; `label` is for people.

    Without a role, a key of the audience admin is an admin, any other a reader.
    """
    key = new_key()
    default = Role.ADMIN if audience is Audience.ADMIN else Role.READER
    doing = default if role is None else role
    store.keys.add(hash_key(key), audience.label, label, role=doing.label, scope=scope, expires=expires)
    return key


def replace_key(store: Store, number: int, *, keep: dt.timedelta, at: dt.datetime) -> tuple[str, Key]:
    """Return a new key in the place of key `number`, which lives on for `keep`, and what the store knows of it.

    Raises as `geo.store.keys.Keys.replace` does.
    """
    key = new_key()
    return key, store.keys.replace(number, hash_key(key), at + keep, at=at)

"""What the store hands out about itself: import reports, revisions, quarantined rows, keys, users."""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from geo.core.messages import Message
from geo.incidents.likeness import Likeness


class RevisionKind(StrEnum):
    """What made a revision."""

    SYNTHETIC = "synthetic"
    INCIDENTS = "incidents"
    HAZARDS = "hazards"
    VINTAGE = "vintage"
    UNLINK = "unlink"
    LINK = "link"
    PART = "part"  # of reports that are not of one event
    RESTORE = "restore"
    RENAME = "rename"
    WITHDRAW = "withdraw"
    ERASE = "erase"
    UNDO = "undo"
    UPGRADE = "upgrade"


class Action(StrEnum):
    """What an entry of the journal says was done."""

    BASELINE = "baseline"  # what an earlier version of Sira had stored
    INCIDENTS = "incidents"
    HAZARDS = "hazards"
    WITHDRAW = "withdraw"
    RENAME = "rename"
    ERASE = "erase"
    UNDO = "undo"
    UNLINK = "unlink"
    LINK = "link"
    PART = "part"
    RESTORE = "restore"


class SetAside(Protocol):
    """A row that was set aside; readers may add fields, which are kept as its details."""

    @property
    def row(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def reason(self) -> Message: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each row of a file: ``rows_read == new + updated + duplicate + quarantined``.

    `changed` says whether the import made a revision; `revision` is then that one, else the one that was there.
    `set_aside` are the rows that its reader set aside, and those that clash with what the store holds. `became` says of
    each row that the reader accepted, in its order, what became of it (`geo.store.planning.Outcome`).
    `asked` is how many questions about likely repeats are new, `open` how many are open; `linked` how many reports
    joined others as one event, and `links` what some of them have in common with one of these.
    """

    revision: int
    changed: bool
    rows_read: int
    new: int
    updated: int
    duplicate: int
    quarantined: int
    notes: tuple[Message, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    became: tuple[str, ...] = ()
    asked: int = 0
    open: int = 0
    linked: int = 0
    links: tuple[Likeness, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of the store and what led to it. `created_at` is UTC; `digest` is the SHA-256 of what was brought."""

    id: int
    created_at: dt.datetime
    kind: RevisionKind
    file: str
    format: str
    digest: str
    counts: Mapping[str, int]
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class StoredQuarantine:
    """A row that an import set aside, as its reader told it; `details` holds what only some readers add.

    `record` is the record that it is of, where it says so; `closed` once a later import brought that in order.
    """

    row: int
    column: str
    value: str
    reason: Message
    kind: str
    details: Mapping[str, object]
    record: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Where, and with whose records, somebody may act: codes of regions or cercles, and sources; empty means all."""

    places: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def covers(self, places: Collection[str], source: str) -> bool:
        """Tell whether it holds a record of `source` in units with these codes (its region's and its cercle's)."""
        return (not self.places or not set(self.places).isdisjoint(places)) and (
            not self.sources or source in self.sources
        )


@dataclass(frozen=True, slots=True)
class Key:
    """An access key as the store knows it: by its hash. Times are UTC; one revoked or expired opens nothing.

    `used` is the hour in which it was last seen in use.
    """

    id: int
    hash: str
    audience: str
    label: str
    created: dt.datetime
    revoked: dt.datetime | None
    role: str
    scope: Scope
    expires: dt.datetime | None
    used: dt.datetime | None


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in by name. Times are UTC; `password` is an encoded hash, None until a link was used."""

    id: int
    name: str
    shown: str
    organisation: str
    role: str
    audience: str
    scope: Scope
    lang: str
    created: dt.datetime
    disabled: dt.datetime | None
    password: str | None

    @property
    def may_sign_in(self) -> bool:
        """Whether there is a password, and nobody has disabled it."""
        return self.password is not None and self.disabled is None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody signed in, by a key or as a user, and when (UTC) it was last noted to be used."""

    holder: Key | User
    seen: dt.datetime


@dataclass(frozen=True, slots=True)
class Login:
    """A session as it is listed: a name that signs nobody in, when it began and when it was last used (UTC)."""

    name: str
    began: dt.datetime
    seen: dt.datetime


def dump_message(message: Message) -> dict[str, object]:
    """Return `message` as JSON values; `load_message` is its inverse for text, numbers, dates and messages."""
    return {"template": message.template, "params": {name: _dump(value) for name, value in message.params.items()}}


def load_message(stored: Mapping[str, object]) -> Message:
    """Return the message that `dump_message` wrote.

    Examples
    --------
    >>> first = Message("Since {day}.", {"day": dt.date(2020, 5, 1)})
    >>> load_message(dump_message(first)) == first
    True
    """
    template, params = stored["template"], stored["params"]
    if not isinstance(template, str) or not isinstance(params, Mapping):
        raise TypeError("a stored message has a template (text) and params (object)")
    return Message(template, {name: _load(value) for name, value in params.items()})


def _dump(value: object) -> object:
    match value:
        case None | bool() | str():
            return value
        case numbers.Integral():
            return int(value)
        case numbers.Real():
            return float(value)
        case Message():
            return {"message": dump_message(value)}
        case dt.datetime():
            return {"datetime": value.isoformat()}
        case dt.date():
            return {"date": value.isoformat()}
        case list() | tuple():
            return [_dump(item) for item in value]
    return str(value)  # what Message.__str__ would show of it


def _load(value: object) -> object:
    match value:
        case {"message": stored}:
            return load_message(stored)
        case {"datetime": text}:
            return dt.datetime.fromisoformat(text)
        case {"date": text}:
            return dt.date.fromisoformat(text)
        case list():
            return tuple(_load(item) for item in value)
    return value

"""What the store hands out about itself: import reports, revisions, quarantined rows, keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from geo.messages import Message


class RevisionKind(StrEnum):
    """What made a revision."""

    SYNTHETIC = "synthetic"
    INCIDENTS = "incidents"
    HAZARDS = "hazards"
    VINTAGE = "vintage"
    UNLINK = "unlink"
    RESTORE = "restore"
    UPGRADE = "upgrade"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each row of a file: ``rows_read == new + updated + duplicate + quarantined``.

    `changed` says whether the import made a revision; `revision` is then that one, else the one that was there.
    """

    revision: int
    changed: bool
    rows_read: int
    new: int
    updated: int
    duplicate: int
    quarantined: int
    notes: tuple[Message, ...] = ()


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
    """A row that an import set aside, as its reader told it; `details` holds what only some readers add."""

    row: int
    column: str
    value: str
    reason: Message
    kind: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Key:
    """An access key as the store knows it: by its hash. Times are UTC; a revoked key opens nothing."""

    id: int
    hash: str
    audience: str
    label: str
    created: dt.datetime
    revoked: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a key was entered, and when (UTC) it was last noted to be used."""

    key: Key
    seen: dt.datetime

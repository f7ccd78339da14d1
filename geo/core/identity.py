"""How a row of a delivery says which record it is of; `geo.store.register` finds that record."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

#: With this begin the ids that stand for those that a source does not give.
MADE: Final = "row-"
#: Between further ids of a row that count as much, and before the one that counts less.
ALSO_AND: Final = "\t"
ALSO_BETWEEN: Final = "\n"


def is_made(source_id: str | None) -> bool:
    """Tell whether an id was made by Sira of what a row says, since its source gave none."""
    return not source_id or source_id.startswith(MADE)


def made_for(record: str) -> str:
    """Return what stands for the id that the source of a record has given to another of its records."""
    return f"{MADE}{hashlib.sha256(record.encode()).hexdigest()[:20]}"


#: Hexadecimal digits of a pseudonym.
_LENGTH: Final = 20
#: With this begin the ids of what came under another store's pseudonyms: they say so, since a source's own ids may look
#: like these, and must not be told.
_PASSED: Final = "sira-"
_PSEUDONYM: Final = re.compile(f"(?:{_PASSED})?([0-9a-f]{{{_LENGTH}}})")


def pseudonyms(ids: Iterable[str], secret: bytes) -> list[str]:
    """Return what stands for ids where they are not told: the same for the same id under one secret.

    What came under a pseudonym keeps it, so that the store that gave it knows its record again.
    """
    return [passed_in(name) or hmac.digest(secret, name.encode(), hashlib.sha256).hex()[:_LENGTH] for name in ids]


def pseudonym_in(record_id: str) -> str:
    """Return the pseudonym that an id is, alone or behind the name of its source; empty where it is none."""
    found = _PSEUDONYM.fullmatch(record_id.rpartition(":")[2])
    return found[1] if found else ""


def passed_in(record_id: str) -> str:
    """Return the pseudonym under which a record came from another store; empty where it came under none."""
    return pseudonym_in(record_id) if record_id.rpartition(":")[2].startswith(_PASSED) else ""


def passed(pseudonym: str) -> str:
    """Return the id that a record has here which came under another store's pseudonym."""
    return f"{_PASSED}{pseudonym}"


class Claim(NamedTuple):
    """What a row says of the record that it is of, beside its source and the source's id.

    Attributes
    ----------
    row
        Where the row stands in the file; 0 where that is not known.
    own
        The record's id in the store that wrote the file; empty unless Sira wrote it.
    made
        Its source gives no id: the row is known by what it says.
    also
        Other ids of its source's, under which an earlier delivery may have brought it, between tabulators; behind a
        line break one that counts only where the record says the same of date, place and device.
    unsaid
        Columns of the store that its file has no column for, with blanks between them: it says nothing of them.
    """

    row: int = 0
    own: str = ""
    made: bool = False
    also: str = ""
    unsaid: str = ""

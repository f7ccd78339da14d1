"""Deliveries that hold all that their source has: what is missing from one was taken back by the source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from geo.core.errors import InputError
from geo.core.messages import message
from geo.store.records import SetAside

#: Of so many records and more, a delivery does not withdraw more than half unless it is told to.
FEW: Final = 10
#: Records that are read together.
_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Complete:
    """That a delivery holds all that its source has, or all of a period.

    Attributes
    ----------
    confirm
        Called with the records to withdraw and the number of those that are known; raises to let none go.
    period
        Half-open interval of dates that it is complete for; of areas, None alone.
    force
        Whether it may withdraw more than half.
    """

    confirm: Callable[[Sequence[str], int], None]
    period: tuple[dt.date, dt.date] | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The records of a delivery's sources that it does not have, and how many these sources have."""

    records: tuple[str, ...]
    known: int


#: A record that stands: its id, and the one that a row states which names it by its source's.
Standing = tuple[str, str]


def absent(theirs: Sequence[Standing], seen: Collection[str], aside: Collection[str]) -> Absent:
    """Return what a delivery does not have of the records of its sources.

    Parameters
    ----------
    seen
        The records of its rows.
    aside
        The ids that rows state which were set aside: these records are there.
    """
    there = {*aside}
    missing = [record for record, stated in theirs if record not in seen and not {record, stated} & there]
    return Absent(tuple(sorted(missing)), len(theirs))


def standing(
    known: Iterable[Mapping[str, Any]], sources: Collection[str], period: tuple[dt.date, dt.date] | None = None
) -> list[Standing]:
    """Return the records of these sources, of a period where one is given, as they stand before a delivery.

    Parameters
    ----------
    known
        With ``id``, ``source`` and ``source_id``, and with a period ``date``.
    """
    found = []
    for record in known:
        if record["source"] in sources and _is_in(record, period):
            stated = f"{record['source']}:{record['source_id']}"
            found.append((record["id"], record["id"] if stated == record["id"] else stated))  # one text, not two
    return found


def known_in(connection: Connection, table: Table, sources: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Give what `standing` asks of the records of the store."""
    date = [table.c.date] if "date" in table.c else []
    query = select(table.c.id, table.c.source, table.c.source_id, *date).where(
        table.c.source.in_(sorted(sources)), table.c.synthetic.is_(False)
    )
    for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}).mappings():
        yield dict(row)


def _is_in(record: Mapping[str, Any], period: tuple[dt.date, dt.date] | None) -> bool:
    if period is None:
        return True
    date = record.get("date")
    return date is not None and period[0] <= date.date() < period[1]


def require_safe(
    complete: Complete, missing: Absent, set_aside: Sequence[SetAside], file: str, named: Collection[str], unread: str
) -> None:
    """Let a complete delivery withdraw what it does not have only where that is likely to be meant.

    Parameters
    ----------
    named
        The ids by which rows may name the records of its sources.
    unread
        Parts of the file that hold records, too, and were not read.

    Raises
    ------
    InputError
        Where parts of the file were not read, rows set aside do not say of which record they are, or more than half of
        the records would go.
    """
    if missing.records and unread:
        raise InputError(
            message(
                "{file}: {parts} hold records, too, and were not read, so what is missing cannot be told. Give all of "
                "them one header, or import without --complete. Nothing was taken.",
                file=file,
                parts=unread,
            )
        )
    unknown = sum(not _tells(row, named) for row in set_aside)
    if missing.records and unknown:
        raise InputError(
            message(
                "{file}: {count} {count:row was|rows were} set aside without an id, so what is missing cannot be "
                "told. Correct {count:it|them}, or import without --complete. Nothing was taken.",
                file=file,
                count=unknown,
            )
        )
    if not complete.force and missing.known >= FEW and 2 * len(missing.records) > missing.known:
        raise InputError(
            message(
                "{file}: {count} of the {known} records of its source are not in it, more than half. If they are to be "
                "withdrawn: --force. Nothing was taken.",
                file=file,
                count=len(missing.records),
                known=missing.known,
            )
        )
    if missing.records:
        complete.confirm(missing.records, missing.known)


def _tells(row: SetAside, named: Collection[str]) -> bool:
    """Tell whether a row set aside says of which record it is: where cells are too many, an id may be another cell."""
    record = getattr(row, "record", "")
    return bool(record) and (row.kind != "shape" or record in named)

"""Deliveries that hold all that their source has: what is missing from one was taken back by the source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table, select

from geo.core.errors import InputError
from geo.core.messages import message
from geo.store.frames import Record
from geo.store.planning import Plan
from geo.store.records import SetAside

#: Of so many records and more, a delivery does not withdraw more than half unless it is told to.
FEW: Final = 10


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


def absent(
    known: Iterable[Record],
    sources: Collection[str],
    planned: Plan,
    aside: Collection[str],
    period: tuple[dt.date, dt.date] | None = None,
) -> Absent:
    """Return what a delivery does not have.

    Parameters
    ----------
    known
        Records that stand, with ``id``, ``source`` and ``source_id``, and with a period ``date``.
    sources
        Whose records it holds.
    aside
        The ids that rows state which were set aside: these records are there.
    """
    brought, stated = {row.record for row in planned.judged}, set(aside)
    theirs = [record for record in known if record["source"] in sources and _is_in(record, period)]
    missing = [
        record["id"]
        for record in theirs
        if record["id"] not in brought and not {record["id"], f"{record['source']}:{record['source_id']}"} & stated
    ]
    return Absent(tuple(sorted(missing)), len(theirs))


def known_in(connection: Connection, table: Table, sources: Collection[str]) -> list[Record]:
    """Return what `absent` asks of the records of the store."""
    date = [table.c.date] if "date" in table.c else []
    query = select(table.c.id, table.c.source, table.c.source_id, *date).where(
        table.c.source.in_(sorted(sources)), table.c.synthetic.is_(False)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _is_in(record: Record, period: tuple[dt.date, dt.date] | None) -> bool:
    if period is None:
        return True
    date = record.get("date")
    return date is not None and period[0] <= date.date() < period[1]


def require_safe(complete: Complete, missing: Absent, set_aside: Sequence[SetAside], file: str) -> None:
    """Let a complete delivery withdraw what it does not have only where that is likely to be meant.

    Raises
    ------
    InputError
        Where rows set aside do not say of which record they are, or more than half of the records would go.
    """
    unknown = sum(not getattr(row, "record", "") for row in set_aside)
    if missing.records and unknown:
        raise InputError(
            message(
                "{file}: {count} rows were set aside without an id, so what is missing cannot be told. Correct them, "
                "or import without --complete. Nothing was taken.",
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

"""What an import says of what it did to the store, or as a check would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from geo.core.messages import Message, listed, message
from geo.store.planning import Outcome


def of_rows(became: Counter[Outcome], renumbered: int) -> list[Message]:
    """Say what was found out about rows; `renumbered` is how many were known by what they say."""
    notes = []
    if older := became[Outcome.OLDER]:
        notes.append(
            message(
                "{count} {count:row is|rows are} older than what the store holds of {count:it and was|them and "
                "were} left out.",
                count=older,
            )
        )
    if renumbered:
        notes.append(
            message(
                "{count} {count:row has another number (id) than its record|rows have another number (id) than "
                "their records} had: the source numbered its rows anew, and {count:it is known by what it "
                "says|they are known by what they say}.",
                count=renumbered,
            )
        )
    if reread := became[Outcome.REREAD]:
        notes.append(
            message(
                "Of {count} {count:record|records}, stored by an earlier version, it is now known how closely "
                "{count:its|their} source gives the place.",
                count=reread,
            )
        )
    return notes


def of_records(free: Sequence[str], settled: int, *, left: int, check: bool) -> list[Message]:
    """Say what became of other records.

    Parameters
    ----------
    free
        Those whose number went to another.
    settled
        Of how many a clash is settled.
    left
        How many synthetic ones are not shown any more.
    check
        Whether it was only a check.
    """
    notes = [_unnumbered(free, check=check)] if free else []
    notes += [_settled(settled, check=check)] if settled else []
    return [*notes, _not_shown(left, check=check)] if left else notes


def _unnumbered(records: Sequence[str], *, check: bool) -> Message:
    count, ids = len(records), listed(records)
    if check:
        return message(
            "{count} {count:record|records} would have no number (id) of {count:its|their} source any more, which "
            "gives it to another record: {ids}",
            count=count,
            ids=ids,
        )
    return message(
        "{count} {count:record has no number (id) of its|records have no number (id) of their} source any more, which "
        "gave it to another record: {ids}",
        count=count,
        ids=ids,
    )


def _settled(count: int, *, check: bool) -> Message:
    if check:
        return message(
            "{count} {count:clash|clashes} would be settled: the source says again what can be taken.", count=count
        )
    return message(
        "{count} {count:clash is|clashes are} settled: the source says again what can be taken.", count=count
    )


def _not_shown(count: int, *, check: bool) -> Message:
    if check:
        return message(
            "The store would hold real data: its {count} synthetic incidents and hazard areas would no longer be "
            "shown.",
            count=count,
        )
    return message(
        "The store now holds real data: its {count} synthetic incidents and hazard areas are no longer shown.",
        count=count,
    )


def replaced_all(count: int, *, check: bool) -> Message:
    """Say that incidents took the place of all that is synthetic."""
    if check:
        return message(
            "The first explosive incidents from a source would replace the {count} synthetic incidents and hazard "
            "areas.",
            count=count,
        )
    return message(
        "The first explosive incidents from a source replaced the {count} synthetic incidents and hazard areas.",
        count=count,
    )


def replaced_areas(count: int, *, check: bool) -> Message:
    """Say that areas took the place of the synthetic ones."""
    if check:
        return message("The first hazard areas from a source would replace the {count} synthetic ones.", count=count)
    return message("The first hazard areas from a source replaced the {count} synthetic ones.", count=count)


def withdrawn(records: Sequence[str], *, check: bool) -> list[Message]:
    """Say which records a complete delivery withdrew."""
    if not records:
        return []
    count, ids = len(records), listed(records)
    if check:
        return [
            message(
                "{count} {count:record is no longer at its source|records are no longer at their source} and would "
                "be withdrawn: {ids}",
                count=count,
                ids=ids,
            )
        ]
    return [
        message(
            "{count} {count:record is no longer at its source and was|records are no longer at their source and "
            "were} withdrawn: {ids}",
            count=count,
            ids=ids,
        )
    ]


def missing(records: Sequence[str]) -> list[Message]:
    """Say which records of its source a delivery does not have."""
    if not records:
        return []
    return [
        message(
            "{count} {count:record of the source is not in this file and stays|records of the source are not in this "
            "file and stay}: {ids} (--complete withdraws {count:it|them}).",
            count=len(records),
            ids=listed(records),
        )
    ]


def changed_back(records: Sequence[str]) -> list[Message]:
    """Say which records say again what they said before."""
    if not records:
        return []
    return [
        message(
            "{count} {count:record again says what it|records again say what they} said before a correction: {ids}",
            count=len(records),
            ids=listed(records),
        )
    ]


def left_open(forgot: Mapping[str, Sequence[str]]) -> list[Message]:
    """Say which updates leave open what was known of a record: record → columns."""
    if not forgot:
        return []
    return [
        message(
            "{count} {count:update leaves|updates leave} open what was known: {what}",
            count=len(forgot),
            what=listed([f"{name} ({', '.join(columns)})" for name, columns in sorted(forgot.items())]),
        )
    ]


def likely_one_area(pairs: Sequence[tuple[str, str]]) -> list[Message]:
    """Ask about areas that are likely one; each counts until one of the two is taken back."""
    if not pairs:
        return []
    return [
        message(
            "{count} {count:area is|areas are} likely one that its source had under another id: {pairs}. If so, take "
            "one of the two back: sira withdraw ID --reason TEXT",
            count=len(pairs),
            pairs=listed([f"{a} – {b}" for a, b in pairs]),
        )
    ]

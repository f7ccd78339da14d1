"""Rows of deliveries as few bytes: by column, compressed, without what all of them leave empty.

A pack holds what rows said, with the record that each is of. An order holds where each row of a delivery is kept, which
may be with an earlier delivery that said the same, and what it says of its identity.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

from geo.core.identity import Claim
from geo.store.frames import plain

#: Rows of one pack: read whole for each of them, and the more, the smaller.
PACKED: Final = 1_000
#: Rows of one order.
ORDERED: Final = 20_000
#: What a row says: column → value, as records have it or as JSON does. A digest beside it is not kept.
Content = Mapping[str, Any]


class Place(NamedTuple):
    """Where a row is kept: with which entry of the journal, and as which of its rows."""

    entry: int
    position: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A row as it was delivered, what became of it, and its record after it, where that changed."""

    record: str
    outcome: str
    delivered: Content
    after: Content | None


def pack(rows: Sequence[Kept]) -> bytes:
    """Return rows as bytes; `unpack` is the inverse."""
    return _compressed(
        {
            "record": [row.record for row in rows],
            "outcome": [row.outcome for row in rows],
            **_columns([row.delivered for row in rows]),
            "after": [_difference(row.delivered, row.after) for row in rows],
        }
    )


def unpack(packed: bytes) -> list[Kept]:
    """Return the rows of a pack."""
    held = json.loads(zlib.decompress(packed))
    count, names, columns = len(held["record"]), held["names"], held["columns"]
    values = zip(*(columns.get(name, [None] * count) for name in names), strict=True)
    # what has no column has no values either, as many times as there are rows
    contents = [dict(zip(names, row, strict=True)) for row in values] if names else [{}] * count
    return [
        Kept(record, outcome, delivered, _applied(delivered, difference))
        for record, outcome, delivered, difference in zip(
            held["record"], held["outcome"], contents, held["after"], strict=True
        )
    ]


def alike(rows: Sequence[Content]) -> Iterable[tuple[int, int]]:
    """Give the bounds of the packs of rows, in order: no more than go into one, all with the same columns."""
    cuts = [0]
    for at in range(1, len(rows)):
        if at - cuts[-1] == PACKED or list(rows[at]) != list(rows[cuts[-1]]):
            cuts.append(at)
    return pairwise([*cuts, len(rows)] if rows else [])


def order(rows: Sequence[tuple[Claim, Place]]) -> bytes:
    """Return rows of a delivery as bytes; `ordered` is the inverse."""
    claims = [claim for claim, _ in rows]
    return _compressed(
        {
            "row": _steps([claim.row for claim in claims]),
            "entry": _steps([place.entry for _, place in rows]),
            "position": _steps([place.position for _, place in rows]),
            "own": _where_any([claim.own for claim in claims]),
            "made": _where_any([claim.made for claim in claims]),
            "also": _where_any([claim.also for claim in claims]),
            "unsaid": _once([claim.unsaid for claim in claims]),
        }
    )


def ordered(packed: bytes) -> list[tuple[Claim, Place]]:
    """Return the rows of an order."""
    held = json.loads(zlib.decompress(packed))
    count = len(held["row"])
    rows, entries, positions = (accumulate(held[name]) for name in ("row", "entry", "position"))
    said = zip(
        rows,
        held["own"] or [""] * count,
        held["made"] or [False] * count,
        held["also"] or [""] * count,
        _as_many(held.get("unsaid", ""), count),  # which earlier versions did not write
        strict=True,
    )
    places = map(Place, entries, positions)
    return [(Claim(*claim), place) for claim, place in zip(said, places, strict=True)]


def _columns(contents: Sequence[Content]) -> dict[str, Any]:
    names = _names(contents[0]) if contents else []
    columns = {name: [content[name] for content in contents] for name in names}
    return {
        "names": names,
        "columns": {name: values for name, values in columns.items() if any(value is not None for value in values)},
    }


def _names(content: Content) -> list[str]:
    return [name for name in content if name != "digest"]


def _difference(delivered: Content, after: Content | None) -> object:
    """Return what makes a row the record after it: None where there is none, in a list where the columns are others."""
    if after is None:
        return None
    if after is delivered or ("digest" in after and after["digest"] == delivered.get("digest")):
        return {}
    names = _names(after)
    if names != _names(delivered):
        return [{name: after[name] for name in names}]
    return {name: after[name] for name in names if not _is_one(after[name], delivered[name])}


def _is_one(value: object, other: object) -> bool:
    """Tell whether two values are written alike: 1, 1.0 and true are equal, and not one."""
    return value == other and type(value) is type(other)


def _applied(delivered: Content, difference: Any) -> Content | None:
    match difference:
        case None:
            return None
        case [after]:
            return dict(after)
    return {**delivered, **difference} if difference else delivered


def _steps(values: Sequence[int]) -> list[int]:
    """From each value to the next: of numbers in a row, a row of ones, which compresses to nothing."""
    return [value - before for before, value in pairwise([0, *values])]


def _where_any(values: Sequence[Any]) -> Sequence[Any] | None:
    return values if any(values) else None


def _once(values: Sequence[str]) -> Sequence[str] | str:
    """Return one value where all are the same, as for all rows of a table."""
    return values[0] if len(set(values)) == 1 else values


def _as_many(held: Sequence[str] | str, count: int) -> Sequence[str]:
    return [held] * count if isinstance(held, str) else held


def _compressed(value: object) -> bytes:
    return zlib.compress(json.dumps(value, default=plain, separators=(",", ":")).encode("ascii"))

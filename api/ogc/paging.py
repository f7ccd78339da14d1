"""Pages by key: a page begins after a feature that is named, so that data that change between pages shift nothing."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from api.base.query_parameters import shown
from api.collections.fields import FieldType
from api.ogc.index import Index
from geo.core.errors import ParameterError
from geo.core.messages import message

Rows = NDArray[np.int64]

_LONGEST: Final = 6_000


@dataclass(frozen=True, slots=True)
class Sort:
    """One column to order by."""

    name: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind the feature `id`, or with `is_before`, where it ends before it.

    `values` are the feature's values of the columns that are ordered by, None where missing. `first` are the ids that
    the first page began with where no order was asked for (`Index.first`).
    """

    id: str
    values: tuple[Any, ...] = ()
    first: tuple[str, ...] = ()
    is_before: bool = False

    def text(self) -> str:
        """Return the cursor as it stands in a link."""
        told = [self.id, self.values, self.first, self.is_before]
        return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Rows of a page, and where its neighbours begin; None where there is none."""

    rows: Rows
    next: Cursor | None
    previous: Cursor | None


def parse_cursor(text: str) -> Cursor:
    """Return a cursor that a link held; raises `ParameterError` naming ``cursor`` for any other text."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        told = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        id_, values, first, is_before = told
        is_right = isinstance(id_, str) and isinstance(is_before, bool) and isinstance(values, list)
        is_right = is_right and isinstance(first, list) and all(isinstance(each, str) for each in first)
        if is_right and all(value is None or isinstance(value, str | int | float) for value in values):
            return Cursor(id_, tuple(values), tuple(first), is_before)
    except (ValueError, TypeError, binascii.Error):
        pass
    raise ParameterError(
        message(
            "cursor: {value} is not one that a link of this service holds; begin again without it.", value=shown(text)
        ),
        parameter="cursor",
    )


def page_of(
    index: Index, matched: NDArray[np.bool_], sorts: tuple[Sort, ...], cursor: Cursor | None, limit: int
) -> Page:
    """Return the page that a cursor, or its absence, points at.

    Parameters
    ----------
    matched : array of bool
        Rows that belong to the answer.
    """
    order = _order(index, sorts, cursor)
    order = order[matched[order]] if not matched.all() else order
    if cursor is None:
        start, stop = 0, limit
    else:
        position = _position(index, order, sorts, cursor)
        if cursor.is_before:
            # Too little before it: the first page is a whole one.
            start = max(0, position - limit)
            stop = start + limit
        else:
            start, stop = position, position + limit
    rows = order[start:stop]
    first = _first(index, sorts, cursor)
    has_more = stop < len(order) and len(rows) > 0
    return Page(
        rows=rows,
        next=_cursor(index, int(rows[-1]), sorts, first) if has_more else None,
        previous=_cursor(index, int(rows[0]), sorts, first, is_before=True) if start > 0 and len(rows) else None,
    )


def _first(index: Index, sorts: tuple[Sort, ...], cursor: Cursor | None) -> tuple[str, ...]:
    if sorts:
        return ()
    return tuple(index.ids[row] for row in index.first) if cursor is None else cursor.first


def _order(index: Index, sorts: tuple[Sort, ...], cursor: Cursor | None) -> Rows:
    """Return all rows in order: as sorted, ties by id; or those that came first, then all others by id."""
    if sorts:
        keys = [_ascending(index.ranks(sort.name), sort, len(index)) for sort in reversed(sorts)]
        return np.lexsort([np.arange(len(index)), *keys])
    if cursor is None or cursor.first == _first(index, (), None):
        return index.order
    found = [row for row in (row_of(index, id_) for id_ in cursor.first) if row is not None]
    others = np.ones(len(index), dtype=bool)
    others[found] = False
    return np.concatenate([np.array(found, dtype=np.int64), np.flatnonzero(others)])


def _ascending(ranks: Rows, sort: Sort, missing: int) -> Rows:
    return np.where(ranks == missing, missing, -ranks) if sort.is_descending else ranks


def _position(index: Index, order: Rows, sorts: tuple[Sort, ...], cursor: Cursor) -> int:
    """Return how many rows of `order` come before the page's edge."""
    if sorts:
        return int((~_is_after(index, order, sorts, cursor)).sum())
    if cursor.id in cursor.first:
        place = cursor.first.index(cursor.id)
        before = cursor.first[: place if cursor.is_before else place + 1]
        return int(np.isin(order, [row for row in (row_of(index, id_) for id_ in before) if row is not None]).sum())
    bisect = bisect_left if cursor.is_before else bisect_right
    edge = bisect(index.ids, cursor.id)
    first = {row for row in (row_of(index, id_) for id_ in cursor.first) if row is not None}
    is_first = np.isin(order, list(first))
    return int((is_first | (order < edge)).sum())


def _is_after(index: Index, order: Rows, sorts: tuple[Sort, ...], cursor: Cursor) -> NDArray[np.bool_]:
    """Tell which rows come after the cursor's feature, or with `is_before`, not before it."""
    if len(cursor.values) != len(sorts):
        raise cursor_error()
    after = np.zeros(len(order), dtype=bool)
    equal = np.ones(len(order), dtype=bool)
    for sort, value in zip(sorts, cursor.values, strict=True):
        known = index.known(sort.name)[order]
        if value is None:  # missing ones come last
            after_here, equal_here = np.zeros(len(order), dtype=bool), ~known
        else:
            _check_type(index, sort.name, value)
            values = index.values(sort.name)[order]
            beyond = values < value if sort.is_descending else values > value
            after_here, equal_here = ~known | beyond.astype(bool), known & (values == value).astype(bool)
        after |= equal & after_here
        equal &= equal_here
    bisect = bisect_left if cursor.is_before else bisect_right
    edge: NDArray[np.bool_] = after | (equal & (order >= bisect(index.ids, cursor.id)))
    return edge


def _check_type(index: Index, name: str, value: Any) -> None:
    is_text = index.fields[name].type is FieldType.STRING
    if is_text is not isinstance(value, str):
        raise cursor_error()


def cursor_error() -> ParameterError:
    """Return the error that a cursor does not belong to this order."""
    return ParameterError(
        message("cursor: it belongs to another order of the features; begin again without it."), parameter="cursor"
    )


def _cursor(
    index: Index, row: int, sorts: tuple[Sort, ...], first: tuple[str, ...], *, is_before: bool = False
) -> Cursor:
    values = tuple(
        index.values(sort.name)[row : row + 1].tolist()[0] if index.known(sort.name)[row] else None for sort in sorts
    )
    return Cursor(index.ids[row], values, first, is_before)


def row_of(index: Index, id_: str) -> int | None:
    """Return the row of a feature, None where there is none of that id."""
    row = bisect_left(index.ids, id_)
    return row if row < len(index) and index.ids[row] == id_ else None

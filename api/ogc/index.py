"""A collection's columns as arrays, and a tree of its geometries: what filters, orders and pages work on."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from api.collections.fields import FieldType
from api.collections.tables import Table
from geo.core.memory import shapes_nbytes

T = TypeVar("T")
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

#: At most so many features are sent first, see `Index.order`.
_MOST_FIRST: Final = 10

#: About the bytes of a short text in a list, and of a geometry in a tree.
_TEXT: Final = 80
_IN_TREE: Final = 100

#: Fold → what it makes of a text (CQL2, functions CASEI and ACCENTI).
FOLDS: Final[dict[str, Callable[[str], str]]] = {
    "casei": str.casefold,
    "accenti": lambda text: "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)),
}
_SETTLED: Final = ("accenti", "casei")


def settled(folds: Iterable[str]) -> tuple[str, ...]:
    """Return what any sequence of `FOLDS` comes to: each once, accents first.

    Each changes nothing a second time, and case folded last leaves no accent. A few hundred signs (㎒) come out
    otherwise in the other order; there, too, who asks for both wants neither case nor accents to count. So a filter
    can ask for four forms of a column, not for one more with every fold.
    """
    wanted = set(folds)
    return tuple(fold for fold in _SETTLED if fold in wanted)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A part of an index as it is kept, and about how many bytes it takes."""

    value: Any
    nbytes: int


#: Returns a part by its name, from where such are kept or as the second argument makes it.
Keep = Callable[[tuple[str, ...], Callable[[], Column]], Column]


class Index:
    """The index of one table. Its parts are made when first used.

    Parameters
    ----------
    keep : callable, optional
        Where parts are kept for the next index of the same table; only with this one unless it is given.
    """

    def __init__(self, table: Table, keep: Keep = lambda _, make: make()) -> None:
        self.table = table
        self.fields = {field.name: field for field in table.collection.fields}
        self._keep = keep
        self._columns: dict[tuple[str, ...], Any] = {}

    @property
    def ids(self) -> list[str]:
        """The ids of the features, in their order."""
        return self._kept(("ids",), self.table.rows.index.tolist)

    def __len__(self) -> int:
        return len(self.table.rows)

    def known(self, name: str) -> Bools:
        """Return where a column has a value."""
        return self._kept(("known", name), lambda: self.table.rows[name].notna().to_numpy())

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers, NaN where missing."""
        column = self.table.rows[name]
        return self._kept(("numbers", name), lambda: column.to_numpy(dtype=np.float64, na_value=np.nan))

    def flags(self, name: str) -> Bools:
        """Return a column of booleans, False where missing."""
        column = self.table.rows[name]
        return self._kept(("flags", name), lambda: column.to_numpy(dtype=np.bool_, na_value=False))

    def seconds(self, name: str) -> Ints:
        """Return a column of dates as seconds since 1970, 0 where missing."""
        column = self.table.rows[name]
        return self._kept(
            ("seconds", name), lambda: np.where(self.known(name), column.to_numpy("datetime64[s]").astype(np.int64), 0)
        )

    def texts(self, name: str, folds: tuple[str, ...] = ()) -> pa.Array:
        """Return a column of texts, folded by `FOLDS` as `settled` has them."""
        folds = settled(folds)
        if not folds:
            array = self.table.rows[name].array
            return self._kept(("texts", name), lambda: _texts(array.to_numpy(dtype=object, na_value=None)))
        inner = self.texts(name, folds[:-1])
        fold = FOLDS[folds[-1]]
        return self._kept(
            ("texts", name, *folds), lambda: _texts([None if t is None else fold(t) for t in inner.to_pylist()])
        )

    def ranks(self, name: str) -> Ints:
        """Return the place of each value among the values of its column, for sorting; missing ones come last."""
        return self._kept(("ranks", name), lambda: self._rank(name))

    def _rank(self, name: str) -> Ints:
        _, ranks = np.unique(self.values(name), return_inverse=True)
        return np.where(self.known(name), ranks, len(self)).astype(np.int64)

    def values(self, name: str) -> NDArray[Any]:
        """Return a column as an array that can be sorted, something in its place where a value is missing."""
        type_ = self.fields[name].type
        if type_ is FieldType.STRING:
            return self._kept(("values", name), lambda: self.table.rows[name].fillna("").to_numpy(dtype=object))
        if type_ is FieldType.BOOLEAN:
            return self.flags(name)
        if type_ in (FieldType.DATE, FieldType.DATETIME):
            return self.seconds(name)
        return np.nan_to_num(self.numbers(name))

    @property
    def located(self) -> Ints:
        """Rows that have a geometry, in the order of `tree`."""
        return self._kept(("located",), lambda: np.flatnonzero(self._has_geometry()))

    @property
    def tree(self) -> shapely.STRtree:
        """The geometries of the `located` rows."""
        return self._kept(("tree",), lambda: shapely.STRtree(self.table.chosen(self.located).geometry.to_numpy()))

    @property
    def first(self) -> Ints:
        """The few rows that are sent first: together they have a value in every column that has any.

        GIS clients derive the type of a column from the first ten features: where all of these are null, a number
        becomes text. Chosen greedily, each row for the most columns not covered yet.
        """
        return self._kept(("first",), self._cover)

    @property
    def order(self) -> Ints:
        """Rows in the order in which they are sent where none is asked for: `first`, then all others by id."""
        return self._kept(("order",), self._order)

    def _cover(self) -> Ints:
        if not len(self):
            return np.empty(0, dtype=np.int64)
        known = np.column_stack([self.known(name) for name in self.fields] + [self._has_geometry()])
        open_ = known.any(axis=0)
        chosen: list[int] = []
        while open_.any() and len(chosen) < _MOST_FIRST:
            row = int(known[:, open_].sum(axis=1).argmax())
            chosen.append(row)
            open_ &= ~known[row]
        return np.array(chosen, dtype=np.int64)

    def _order(self) -> Ints:
        others = np.ones(len(self), dtype=bool)
        others[self.first] = False
        return np.concatenate([self.first, np.flatnonzero(others)])

    def _has_geometry(self) -> Bools:
        has_geometry: Bools = self.table.is_placed
        return has_geometry

    def _kept(self, name: tuple[str, ...], make: Callable[[], T]) -> T:
        if name not in self._columns:
            self._columns[name] = self._keep(name, lambda: _column(make())).value
        found: T = self._columns[name]
        return found


def _column(made: Any) -> Column:
    if isinstance(made, shapely.STRtree):  # it holds its geometries, whatever becomes of their table
        return Column(made, _IN_TREE * len(made) + shapes_nbytes(made.geometries))
    if isinstance(made, list):
        return Column(made, _TEXT * len(made))
    holds_texts = isinstance(made, np.ndarray) and made.dtype.hasobject
    return Column(made, made.nbytes + (_TEXT * len(made) if holds_texts else 0))


def _texts(values: NDArray[np.object_] | list[str | None]) -> pa.Array:
    return pa.array(values, type=pa.string())  # a column without any value is one of texts, too

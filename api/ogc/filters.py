"""Filters over the columns of an index: every condition is worked out for all rows at once, none row by row."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from api.base.query_parameters import parse_choice, shown
from api.ogc.cql import filter_error
from api.ogc.index import Index
from api.ogc.operands import Kind, Operand, Operands, is_array, require_kind
from api.ogc.parameters import DAY_S
from geo.core.errors import ParameterError
from geo.core.messages import message

_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType(
    {
        "=": operator.eq,
        "<>": operator.ne,
        "<": operator.lt,
        ">": operator.gt,
        "<=": operator.le,
        ">=": operator.ge,
    }
)
_COMPARE_TEXTS: Final = MappingProxyType(
    {
        "=": pc.equal,
        "<>": pc.not_equal,
        "<": pc.less,
        ">": pc.greater,
        "<=": pc.less_equal,
        ">=": pc.greater_equal,
    }
)
#: Operator → what the tree of geometries is asked for, seen from the literal's side.
_SPATIAL: Final = MappingProxyType(
    {
        "s_intersects": "intersects",
        "s_within": "contains",
        "s_contains": "within",
        "s_touches": "touches",
        "s_crosses": "crosses",
        "s_overlaps": "overlaps",
    }
)
_MIRRORED: Final = MappingProxyType({"s_within": "s_contains", "s_contains": "s_within"})

#: Operator → whether it holds for two intervals (first, last), (first, last) of days.
_TEMPORAL: Final[Mapping[str, Callable[[Any, Any, Any, Any], Any]]] = MappingProxyType(
    {
        "t_after": lambda a, b, c, d: a > d,
        "t_before": lambda a, b, c, d: b < c,
        "t_equals": lambda a, b, c, d: (a == c) & (b == d),
        "t_disjoint": lambda a, b, c, d: (b < c) | (a > d),
        "t_intersects": lambda a, b, c, d: (b >= c) & (a <= d),
        "t_during": lambda a, b, c, d: (a > c) & (b < d),
        "t_contains": lambda a, b, c, d: (a < c) & (b > d),
        "t_finishes": lambda a, b, c, d: (a > c) & (b == d),
        "t_finishedby": lambda a, b, c, d: (a < c) & (b == d),
        "t_starts": lambda a, b, c, d: (a == c) & (b < d),
        "t_startedby": lambda a, b, c, d: (a == c) & (b > d),
        "t_meets": lambda a, b, c, d: b == c,
        "t_metby": lambda a, b, c, d: a == d,
        "t_overlaps": lambda a, b, c, d: (a < c) & (b > c) & (b < d),
        "t_overlappedby": lambda a, b, c, d: (a > c) & (a < d) & (b > d),
    }
)


def evaluate(tree: Any, index: Index, crs: str) -> NDArray[np.bool_]:
    """Return the rows for which a filter in CQL2 JSON is true.

    Parameters
    ----------
    crs : str
        Reference system of the geometries in the filter.

    Raises
    ------
    ParameterError
        Naming ``filter``: a property that there is not, kinds that do not compare, operators that are not known.
        Whether it is raised depends on the columns, never on their values.
    """
    return _Filter(index, crs).truth(tree).yes


def intersects(index: Index, area: Any) -> NDArray[np.bool_]:
    """Return the rows whose geometry intersects `area` (lon, lat)."""
    rows = np.zeros(len(index), dtype=bool)
    rows[index.located[index.tree.query(area, predicate="intersects")]] = True
    return rows


class _Filter:
    def __init__(self, index: Index, crs: str) -> None:
        self._index = index
        self._count = len(index)
        self._operands = Operands(index, crs)

    def truth(self, node: Any) -> Truth:
        if isinstance(node, bool):
            return Truth.all(node, self._count)
        if not isinstance(node, dict):
            raise filter_error(shown(str(node)))
        if "property" in node:
            flag = require_kind(self._operands.read(node), Kind.FLAG)
            return Truth.of(flag.values, flag.known)
        name, args = str(node.get("op", "")).lower(), node.get("args")
        if not isinstance(args, list):
            raise filter_error(shown(str(node)))
        return self._operation(name, args)

    def _operation(self, name: str, args: list[Any]) -> Truth:
        if name in ("and", "or") and len(args) >= 2:
            parts = [self.truth(arg) for arg in args]
            return reduce(operator.and_ if name == "and" else operator.or_, parts)
        if name == "not" and len(args) == 1:
            return ~self.truth(args[0])
        if name == "isnull" and len(args) == 1:
            return self._is_null(args[0])
        if name == "between" and len(args) == 3:
            return self._compare(">=", args[0], args[1]) & self._compare("<=", args[0], args[2])
        if name == "in" and len(args) == 2 and isinstance(args[1], list):
            parts = [self._compare("=", args[0], item) for item in args[1]]
            return reduce(operator.or_, parts, Truth.all(False, self._count))
        if len(args) == 2:
            if name in _COMPARE:
                return self._compare(name, *args)
            if name == "like":
                return self._like(*args)
            if name in _TEMPORAL:
                return self._temporal(name, *args)
            if name in _SPATIAL or name in ("s_disjoint", "s_equals"):
                return self._spatial(name, *args)
        raise ParameterError(
            message("filter: there is no operator {name} of these arguments.", name=shown(name)), parameter="filter"
        )

    def _is_null(self, arg: Any) -> Truth:
        operand = self._operands.read(arg)
        known = operand.known
        if operand.kind is Kind.GEOMETRY and operand.is_column:
            known = np.zeros(self._count, dtype=bool)
            known[self._index.located] = True
        return Truth(~known, known)

    def _compare(self, name: str, left: Any, right: Any) -> Truth:
        one, other = self._operands.read(left), self._operands.read(right)
        if Kind.TIME in (one.kind, other.kind):
            one, other = self._operands.as_time(one), self._operands.as_time(other)
        require_kind(one, Kind.NUMBER, Kind.TEXT, Kind.FLAG, Kind.TIME)
        require_kind(other, one.kind)
        _check_choice(one, other)
        _check_choice(other, one)
        known = one.known & other.known
        if one.kind is Kind.TEXT and (is_array(one.values) or is_array(other.values)):
            return Truth.of(_bools(_COMPARE_TEXTS[name](one.values, other.values)), known)
        if one.kind is Kind.FLAG and name not in ("=", "<>"):
            raise ParameterError(message("filter: true and false have no order."), parameter="filter")
        holds = _COMPARE[name](one.values, other.values)
        return Truth.of(np.broadcast_to(holds, self._count), known)

    def _like(self, left: Any, pattern: Any) -> Truth:
        one, other = (
            require_kind(self._operands.read(left), Kind.TEXT),
            require_kind(self._operands.read(pattern), Kind.TEXT),
        )
        if is_array(other.values):
            raise filter_error(shown(str(pattern)))
        if not is_array(one.values):
            holds = pc.match_like(one.values, other.values).as_py()
            return Truth.all(bool(holds), self._count)
        return Truth.of(_bools(pc.match_like(one.values, other.values)), one.known)

    def _temporal(self, name: str, left: Any, right: Any) -> Truth:
        a, b, known = self._days(self._operands.read(left))
        c, d, also_known = self._days(self._operands.read(right))
        return Truth.of(np.broadcast_to(_TEMPORAL[name](a, b, c, d), self._count), known & also_known)

    def _days(self, operand: Operand) -> tuple[Any, Any, NDArray[np.bool_]]:
        """Return first and last day: dates are known to the day, so times are cut to theirs."""
        if operand.kind is Kind.INTERVAL:
            first, last = operand.values
        else:
            first = last = self._operands.as_time(operand).values
        return np.floor(first / DAY_S), np.floor(last / DAY_S), operand.known

    def _spatial(self, name: str, left: Any, right: Any) -> Truth:
        one = require_kind(self._operands.read(left), Kind.GEOMETRY)
        other = require_kind(self._operands.read(right), Kind.GEOMETRY)
        if one.is_column is other.is_column:
            raise ParameterError(
                message("filter: {name} compares the geometry of the features with one that is given.", name=name),
                parameter="filter",
            )
        if other.is_column:
            one, other, name = other, one, _MIRRORED.get(name, name)
        index = self._index
        known = np.zeros(self._count, dtype=bool)
        known[index.located] = True
        holds = np.zeros(self._count, dtype=bool)
        predicate = _SPATIAL.get(name, "intersects")
        found = index.tree.query(other.values, predicate=predicate)
        if name == "s_equals":
            found = found[shapely.equals(index.tree.geometries[found], other.values)]
        holds[index.located[found]] = True
        return Truth.of(~holds if name == "s_disjoint" else holds, known)


def _check_choice(column: Operand, literal: Operand) -> None:
    """Refuse a text that a column of published values never holds: its answer would be empty, and look like one."""
    if column.choices and isinstance(literal.values, str):
        parse_choice(literal.values, column.choices, parameter="filter")


def _bools(found: Any) -> NDArray[np.bool_]:
    return np.asarray(found.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Rows that are true and rows that are false; the others are unknown."""

    yes: NDArray[np.bool_]
    no: NDArray[np.bool_]

    @classmethod
    def of(cls, holds: NDArray[np.bool_], known: NDArray[np.bool_]) -> Truth:
        """Return what holds where it is known."""
        return cls(holds & known, ~holds & known)

    @classmethod
    def all(cls, holds: bool, count: int) -> Truth:
        """Return the same for every row."""
        return cls(np.full(count, holds), np.full(count, not holds))

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.yes | other.yes, self.no & other.no)

    def __invert__(self) -> Truth:
        return Truth(self.no, self.yes)

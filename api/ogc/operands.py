"""What stands on either side of a comparison in a filter: columns and literals, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from api.base.query_parameters import shown
from api.collections.fields import FieldType
from api.ogc.cql import filter_error
from api.ogc.crs import parse_box, to_crs84
from api.ogc.index import FOLDS, Index, settled
from api.ogc.parameters import parse_ends, parse_instant
from geo.core.errors import ParameterError
from geo.core.messages import Message, message

#: Name under which filters speak of a feature's geometry.
GEOMETRY: Final = "geometry"


class Kind(StrEnum):
    """What an operand is."""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"
    TIME = "time"
    INTERVAL = "interval"
    GEOMETRY = "geometry"


#: What each kind is called in an error.
NAMES: Final[Mapping[Kind, Message]] = MappingProxyType(
    {
        Kind.NUMBER: message("a number"),
        Kind.TEXT: message("a text"),
        Kind.FLAG: message("true or false"),
        Kind.TIME: message("a date"),
        Kind.INTERVAL: message("an interval"),
        Kind.GEOMETRY: message("a geometry"),
    }
)
_KINDS: Final = MappingProxyType(
    {
        FieldType.STRING: Kind.TEXT,
        FieldType.INTEGER: Kind.NUMBER,
        FieldType.NUMBER: Kind.NUMBER,
        FieldType.BOOLEAN: Kind.FLAG,
        FieldType.DATE: Kind.TIME,
        FieldType.DATETIME: Kind.TIME,
    }
)
_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType(
    {
        "+": np.add,
        "-": np.subtract,
        "*": np.multiply,
        "/": np.divide,
        "%": np.fmod,
        "div": lambda one, other: np.trunc(np.divide(one, other)),
        "^": np.power,
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """A column or a literal.

    `values` holds an array or one value: float for numbers, pyarrow or str for texts, bool, seconds since 1970 for
    times, a pair of these for intervals, a shapely geometry in lon, lat (None for the collection's own). `known` says
    where there is a value. `choices` are all texts that a column may hold, where these are published.
    """

    kind: Kind
    values: Any
    known: NDArray[np.bool_]
    is_column: bool = False
    choices: tuple[str, ...] = ()


class Operands:
    """Reads operands of CQL2 JSON for one index. Raises `ParameterError` naming ``filter``."""

    def __init__(self, index: Index, crs: str) -> None:
        self._index = index
        self._crs = crs
        self._everywhere = np.ones(len(index), dtype=bool)

    def read(self, node: Any) -> Operand:
        """Return what `node` stands for."""
        if isinstance(node, bool):
            return Operand(Kind.FLAG, node, self._everywhere)
        if isinstance(node, int | float):
            return Operand(Kind.NUMBER, float(node), self._everywhere)
        if isinstance(node, str):
            return Operand(Kind.TEXT, node, self._everywhere)
        if isinstance(node, dict):
            for key, read in self._readers().items():
                if key in node:
                    return read(node)
        raise filter_error(shown(str(node)))

    def _readers(self) -> dict[str, Callable[[Any], Operand]]:
        return {
            "property": lambda node: self.column(node["property"]),
            "date": lambda node: self._instant(node["date"]),
            "timestamp": lambda node: self._instant(node["timestamp"]),
            "interval": self._interval,
            "bbox": self._box,
            "coordinates": self._shape,
            "op": self._function,
        }

    def column(self, name: Any, folds: tuple[str, ...] = ()) -> Operand:
        """Return a column."""
        index = self._index
        if name == GEOMETRY:
            return Operand(Kind.GEOMETRY, None, self._everywhere, is_column=True)
        if not isinstance(name, str) or name not in index.fields:
            raise ParameterError(
                message(
                    "filter: there is no property {name} here; expected one of {expected}.",
                    name=shown(str(name)),
                    expected=(*index.fields, GEOMETRY),
                ),
                parameter="filter",
            )
        kind = _KINDS[index.fields[name].type]
        read: dict[Kind, Callable[[str], Any]] = {
            Kind.NUMBER: index.numbers,
            Kind.TEXT: lambda name: index.texts(name, folds),
            Kind.FLAG: index.flags,
            Kind.TIME: index.seconds,
        }
        choices = tuple(_fold(text, folds) for text in index.fields[name].choices)
        return Operand(kind, read[kind](name), index.known(name), is_column=True, choices=choices)

    def _instant(self, text: Any) -> Operand:
        return Operand(Kind.TIME, parse_instant(str(text), parameter="filter"), self._everywhere)

    def _interval(self, node: Any) -> Operand:
        parts = node["interval"]
        if not isinstance(parts, list) or len(parts) != 2:
            raise filter_error(shown(str(node)))
        if all(isinstance(part, str) for part in parts):
            return Operand(Kind.INTERVAL, parse_ends(*parts, parameter="filter"), self._everywhere)
        values, known = [], self._everywhere
        for part, open_end in zip(parts, (-np.inf, np.inf), strict=True):
            if isinstance(part, str) and part in ("", ".."):
                values.append(open_end)
                continue
            end = self.as_time(self._instant(part) if isinstance(part, str) else self.read(part))
            values.append(end.values)
            known = known & end.known
        return Operand(Kind.INTERVAL, tuple(values), known)

    def as_time(self, operand: Operand) -> Operand:
        """Return an operand as a time: a text literal is read as one."""
        if operand.kind is Kind.TEXT and isinstance(operand.values, str):
            return self._instant(operand.values)
        return require_kind(operand, Kind.TIME)

    def _box(self, node: Any) -> Operand:
        numbers = [float(number) for number in node["bbox"] if isinstance(number, int | float)]
        area = parse_box(numbers, self._crs, parameter="filter", written=str(node["bbox"]))
        return Operand(Kind.GEOMETRY, area, self._everywhere)

    def _shape(self, node: Any) -> Operand:
        try:
            shape = to_crs84(shapely.from_geojson(orjson.dumps(node)), self._crs)
        except (shapely.errors.GEOSException, ValueError):
            raise filter_error(shown(str(node))) from None
        west, south, east, north = shape.bounds if not shape.is_empty else (0.0, 91.0, 0.0, 91.0)
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90) or not shape.is_valid:
            raise ParameterError(
                message(
                    "filter: {value} is not a valid geometry in longitude and latitude, or in the reference system "
                    "that filter-crs names.",
                    value=shown(shape.wkt),
                ),
                parameter="filter",
            )
        return Operand(Kind.GEOMETRY, shape, self._everywhere)

    def _function(self, node: Any) -> Operand:
        name, args = str(node["op"]).lower(), node.get("args")
        if name in FOLDS and isinstance(args, list) and len(args) == 1:
            return self._folded(node, ())
        if name in _ARITHMETIC and isinstance(args, list) and len(args) == 2:
            one, other = (require_kind(self.read(arg), Kind.NUMBER) for arg in args)
            with np.errstate(all="ignore"):
                values = np.broadcast_to(_ARITHMETIC[name](one.values, other.values), len(self._index))
            # Divided by zero, or too large: unknown.
            return Operand(Kind.NUMBER, values, one.known & other.known & np.isfinite(values), is_column=True)
        raise ParameterError(
            message("filter: there is no function {name} of these arguments.", name=shown(name)), parameter="filter"
        )

    def _folded(self, node: Any, outer: tuple[str, ...]) -> Operand:
        """Read nested folds."""
        name, (inner,) = str(node["op"]).lower(), node["args"]
        folds = (name, *outer)
        if isinstance(inner, dict) and str(inner.get("op")).lower() in FOLDS and len(inner.get("args", ())) == 1:
            return self._folded(inner, folds)
        if isinstance(inner, dict) and "property" in inner:
            return require_kind(self.column(inner["property"], folds), Kind.TEXT)
        operand = require_kind(self.read(inner), Kind.TEXT)
        return Operand(Kind.TEXT, _fold(operand.values, folds), operand.known)


def _fold(text: str, folds: tuple[str, ...]) -> str:
    for fold in settled(folds):
        text = FOLDS[fold](text)
    return text


def require_kind(operand: Operand, *kinds: Kind) -> Operand:
    """Return `operand` where it is of one of these kinds."""
    if operand.kind not in kinds:
        raise ParameterError(
            message(
                "filter: found {found} where {expected} was expected.",
                found=NAMES[operand.kind],
                expected=tuple(NAMES[kind] for kind in kinds),
            ),
            parameter="filter",
        )
    return operand


def is_array(values: Any) -> bool:
    """Tell whether an operand's values are a column of texts."""
    return isinstance(values, pa.Array | pa.ChunkedArray)

"""The attributes of a layer of vector tiles: every value encoded once, and which of them each feature has."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Attributes of features.

    Attributes
    ----------
    keys : tuple of str
    codes : int32 array, shape (features, keys)
        Which value a feature has, -1 for none.
    encoded : uint8 array
        The values one after another, as messages of the specification's type Value.
    first : int64 array, shape (values + 1,)
        Where each begins.
    """

    keys: tuple[str, ...]
    codes: NDArray[np.int32]
    encoded: NDArray[np.uint8]
    first: NDArray[np.int64]


def encode_values(frame: pd.DataFrame) -> Values:
    """Encode the columns of a table: text, whole numbers, decimals (double), booleans, and days as ISO text.

    A missing value is left out. Equal values of one type are kept once, whatever their column.

    Raises
    ------
    ValueError
        Where a column holds anything else, or a number that is not finite.
    """
    known: dict[bytes, int] = {}
    codes = np.empty((len(frame), len(frame.columns)), np.int32)
    for position, name in enumerate(frame.columns):
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            column = column.dt.strftime("%Y-%m-%d")
        numbers, uniques = pd.factorize(column)  # what is missing is -1
        messages = [known.setdefault(_encoded(value, str(name)), len(known)) for value in uniques.tolist()]
        codes[:, position] = np.array([*messages, -1], np.int32)[numbers]
    first = np.cumsum([0, *(len(each) for each in known)], dtype=np.int64)
    encoded = np.frombuffer(b"".join(known), np.uint8)
    return Values(tuple(str(name) for name in frame.columns), codes, encoded, first)


def _encoded(value: Any, column: str) -> bytes:
    """Return a value as a message of type Value (section 4.1 of the specification)."""
    if isinstance(value, bool):
        return b"\x38\x01" if value else b"\x38\x00"
    if isinstance(value, int):
        return b"\x20" + varint(value) if value >= 0 else b"\x30" + varint(-2 * value - 1)
    if isinstance(value, float):
        if not np.isfinite(value):
            raise ValueError(f"column {column!r} holds a number that is not finite")
        return b"\x19" + struct.pack("<d", value)
    if isinstance(value, str):
        text = value.encode()
        return b"\x0a" + varint(len(text)) + text
    raise ValueError(f"column {column!r} holds {type(value).__name__}; expected text, numbers, booleans or days")


def varint(value: int) -> bytes:
    """Return a number that is not negative as Protocol Buffers write it.

    Examples
    --------
    >>> varint(300).hex()
    'ac02'
    """
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)

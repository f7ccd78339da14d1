"""Collects, for each row of a file, the first reason not to take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.incidents.batch import QuarantinedRow
from geo.incidents.text import visible
from geo.messages import Message


class Faults:
    """First fault of each row; later faults of the same row are not kept, so that a row is set aside once.

    Parameters
    ----------
    lines
        Line of the file on which each row begins.
    headers
        Field → the header (or headers) it came from, to name the column as the person's file does.
    """

    def __init__(self, lines: NDArray[np.int64], headers: Mapping[str, str]) -> None:
        self.lines = lines
        self._headers = headers
        self._found: dict[int, QuarantinedRow] = {}
        self.bad = np.zeros(len(lines), dtype=bool)

    def add(
        self,
        where: NDArray[np.bool_],
        field: str,
        values: pd.Series,
        reason: Callable[[int, str], Message],
        kind: str,
    ) -> None:
        """Set the rows `where` aside unless they are already; `reason` is called with position and cell text."""
        fresh = np.flatnonzero(where & ~self.bad)
        cells = values.to_numpy(dtype=object)
        for position in fresh:
            value = visible(str(cells[position]))
            self._found[int(position)] = QuarantinedRow(
                row=int(self.lines[position]),
                column=self._headers.get(field, field),
                value=value,
                reason=reason(int(position), value),
                kind=kind,
            )
        self.bad |= where

    def rows(self) -> tuple[QuarantinedRow, ...]:
        """All rows set aside, in file order."""
        return tuple(self._found[position] for position in sorted(self._found))

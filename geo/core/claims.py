"""What the rows of a file say of their records, as columns: one by one they take a quarter of a kilobyte each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.identity import Claim


class Claims(Mapping[str, Claim]):
    """Id of a row → what it says of its record, in the order of the ids.

    Parameters
    ----------
    ids
        Ids of the rows, each once.
    rows, own, made, also
        What `Claim` has under these names, row by row.
    unsaid
        The same for all rows.
    """

    def __init__(
        self,
        ids: pd.Index[Any],
        rows: NDArray[np.int64],
        own: NDArray[np.object_],
        made: NDArray[np.bool_],
        also: NDArray[np.object_],
        unsaid: str = "",
    ) -> None:
        self.ids = ids
        self._unsaid = unsaid
        self._columns = rows, own, made, also
        self._positions: dict[str, int] = {}

    def __getitem__(self, name: str) -> Claim:
        if not self._positions and len(self):
            self._positions = {each: position for position, each in enumerate(self)}
        position = self._positions[name]
        return next(self.between(position, position + 1))

    def __iter__(self) -> Iterator[str]:
        return map(str, self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def between(self, start: int, stop: int) -> Iterator[Claim]:
        """Give the claims from one position up to another."""
        rows, own, made, also = (column[start:stop].tolist() for column in self._columns)
        return map(Claim, rows, own, made, also, repeat(self._unsaid))

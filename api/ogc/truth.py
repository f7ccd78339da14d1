"""Three-valued truth over all rows at once: what is compared with a missing value is neither true nor false."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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

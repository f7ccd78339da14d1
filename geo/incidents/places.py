"""Location columns of the canonical table while a file is read, by position of the row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Places:
    """Location columns of the canonical table, by position; coordinates are NaN where only a unit is known."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    precision: NDArray[np.object_]
    error_km: NDArray[np.float64]
    unit: NDArray[np.object_]

    def of(self, rows: NDArray[np.intp]) -> Places:
        """Return those of some rows."""
        return Places(self.lon[rows], self.lat[rows], self.precision[rows], self.error_km[rows], self.unit[rows])

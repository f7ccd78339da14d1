"""Traffic counts, and what they make of expected recorded incidents: figures per passage, with their uncertainty.

Without counts nothing can be said of one passage: more incidents are recorded where more people travel.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from geo.core.errors import FileError
from geo.core.messages import message
from geo.roads.graph import Floats, Ints
from models.routes.answer import Passages
from models.routes.segments import HIGH, LOW, SegmentValues
from models.routes.travelled import OFF, Travelled

DRAWS: Final = 2_000
#: An alternative is marked as better from this probability on.
BETTER_FROM: Final = 0.8
#: Counts of less than this are a slip of the pen.
_MOST_PER_DAY: Final = 1_000_000.0
_COLUMNS: Final = ("segment_id", "vehicles_per_day", "log_sd")


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """Vehicles per day on each segment of a network.

    Attributes
    ----------
    per_day : float array (S,)
        In both directions together; missing where nobody counted.
    log_sd : float array (S,)
        Standard deviation of the count's logarithm: 0 for an exact one, 0.5 for one right within a factor of 1.6.
    """

    per_day: Floats
    log_sd: Floats


def read_traffic(path: Path, segment_ids: pd.Index) -> Traffic:
    """Read counts from a CSV with the columns ``segment_id, vehicles_per_day, log_sd``.

    Parameters
    ----------
    segment_ids : Index
        Of the network's segment table. Segments without a row have no count.

    Raises
    ------
    FileError
        If a column is missing, a segment is unknown or named twice, or a value is no number in its range; names the
        row.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise FileError(message("{file} is no CSV of traffic counts.", file=path.name), file=path.name) from error
    for column in _COLUMNS:
        if column not in table:
            raise FileError(
                message(
                    "{file} has no column {column}; expected {columns}.",
                    file=path.name,
                    column=column,
                    columns=", ".join(_COLUMNS),
                ),
                file=path.name,
            )
    at = segment_ids.get_indexer(pd.Index(table["segment_id"].str.strip()))
    per_day = pd.to_numeric(table["vehicles_per_day"], errors="coerce").to_numpy(np.float64)
    log_sd = pd.to_numeric(table["log_sd"], errors="coerce").to_numpy(np.float64)
    wrong = {
        "segment_id": (at < 0) | table["segment_id"].str.strip().duplicated().to_numpy(),
        "vehicles_per_day": ~((per_day > 0) & (per_day <= _MOST_PER_DAY)),
        "log_sd": ~((log_sd >= 0) & (log_sd <= 3)),
    }
    for column, rows in wrong.items():
        if rows.any():
            row = int(np.argmax(rows))
            raise FileError(
                message(
                    "{file}, row {row}: {column} cannot be {value}. Expected each segment of the network once, more "
                    "than 0 vehicles per day, and a log_sd from 0 to 3.",
                    file=path.name,
                    row=row + 2,
                    column=column,
                    value=repr(str(table[column].iloc[row])[:40]),
                ),
                file=path.name,
            )
    counts, spread = np.full(len(segment_ids), np.nan), np.full(len(segment_ids), np.nan)
    counts[at], spread[at] = per_day, log_sd
    return Traffic(counts, spread)


class PassageDraws:
    """Draws of the expected incidents per passage on the segments of a few routes, the same for all of them.

    A segment's rate is Gamma distributed around its expectation, with the weight of the incidents behind it, and its
    traffic log-normal around the count. Segments of one road edge rise and fall together, since they share their
    incidents.
    """

    def __init__(
        self, traffic: Traffic, values: SegmentValues, rows: Ints, *, draws: int = DRAWS, seed: int = 0
    ) -> None:
        rng = np.random.default_rng(seed)
        self._rows = np.unique(rows[rows != OFF])
        edges, edge = np.unique(values.roads.edge[self._rows], return_inverse=True)
        behind = np.zeros(len(edges))
        np.maximum.at(behind, edge, values.n_incidents[self._rows])
        shape = behind + 0.5
        shocks = rng.gamma(shape, 1 / shape, (draws, len(edges)))
        noise = rng.standard_normal((draws, len(edges)))
        per_day, log_sd = traffic.per_day[self._rows], traffic.log_sd[self._rows]
        rate = values.expected[self._rows] / values.horizon_days / per_day
        # The mean of a log-normal count in the denominator is the count's: the noise is centred on it.
        self._draws = rate * shocks[:, edge] * np.exp(noise[:, edge] * log_sd)
        self._mean = rate

    def of(self, travelled: Travelled) -> tuple[float, Floats]:
        """Return the expected incidents per passage of a way and its draws; NaN where a count is
        missing, or part of the way is not known."""
        if (travelled.segment == OFF).any() or not travelled.is_whole:
            return float("nan"), np.full(len(self._draws), np.nan)
        at = np.searchsorted(self._rows, travelled.segment)
        return float(self._mean[at] @ travelled.share), np.asarray(self._draws[:, at] @ travelled.share, np.float64)


def passages(traffic: Traffic, values: SegmentValues, ways: list[Travelled]) -> list[Passages]:
    """Return the figures per passage of each way; the first is the one that the others are compared with.

    Of those that are probably lower than the first, the one with the lowest figure is marked as better.
    """
    draws = PassageDraws(traffic, values, np.concatenate([way.segment for way in ways]))
    figures = [draws.of(way) for way in ways]
    first = figures[0][1]
    result = []
    for way, (expected, drawn) in zip(ways, figures, strict=True):
        counted = _counted_share(traffic, way)
        if not np.isfinite(drawn).all():
            result.append(Passages(None, None, None, counted))
            continue
        low, high = np.quantile(drawn, [LOW, HIGH])
        better = None
        if way is not ways[0] and np.isfinite(first).all():
            better = float(np.mean(drawn < first))
        result.append(Passages(expected, float(low), float(high), counted, better))
    likely = [i for i, each in enumerate(result) if (each.better_than_fastest or 0.0) >= BETTER_FROM]
    if likely:
        best = min(likely, key=lambda i: result[i].expected or 0.0)
        chosen = result[best]
        result[best] = Passages(
            chosen.expected, chosen.low, chosen.high, chosen.counted_share, chosen.better_than_fastest, better=True
        )
    return result


def _counted_share(traffic: Traffic, way: Travelled) -> float:
    if not way.length_km:
        return 0.0
    km = way.to_km - way.from_km
    counted = (way.segment != OFF) & np.isfinite(traffic.per_day[way.segment])
    return float(km[counted].sum() / way.length_km)

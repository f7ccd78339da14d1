"""Deliveries of two sources whose ids and contents meet, and what may happen between them, as hypothesis draws it."""

from __future__ import annotations

import numpy as np
import shapely
import store_kit
from hypothesis import strategies as st

from geo.core.identity import Claim
from geo.incidents.batch import Batch

#: A row: the source's id or none, the day, the number of dead.
ROWS = st.tuples(st.sampled_from(["1", "2", ""]), st.integers(1, 2), st.sampled_from([0, 1, 90]))
DELIVERIES = st.tuples(
    st.sampled_from("ab"), st.lists(ROWS, min_size=1, max_size=4), st.booleans(), st.sampled_from(["", "a:1"])
)
STEPS = st.one_of(
    DELIVERIES,
    st.tuples(st.just("withdraw"), st.sampled_from(["a:1", "b:2"])),
    st.tuples(st.just("rename"), st.sampled_from(["a", "b"])),
)
Step = tuple[object, ...]


def delivery(source: str, rows: list[tuple[str, int, int]]) -> Batch:
    """Return a batch as a reader gives it: rows without an id counted off under what they say."""
    unique: dict[str, tuple[str, int, int]] = {}
    counted: dict[int, int] = {}
    for stated, day, killed in rows:
        counted[day] = counted.get(day, 0) + (not stated)
        unique.setdefault(stated or f"row-{day}-{counted[day]}", (stated, day, killed))
    ids = [f"{source}:{name}" for name in unique]
    frame = store_kit.incidents(
        ids,
        source=[source] * len(ids),
        source_id=list(unique),
        date=np.array([f"2021-03-{day:02}" for _, day, _ in unique.values()], dtype="datetime64[s]"),
        killed_total=[killed for *_, killed in unique.values()],
        narrative=["the same words"] * len(ids),
        geometry=[shapely.Point(-4, 14)] * len(ids),
    )
    claims = {
        name: Claim(row, made=not stated)
        for row, (name, (stated, *_)) in enumerate(zip(ids, unique.values(), strict=True), start=2)
    }
    return Batch("file.csv", "test", len(frame), frame, (), (), claims)

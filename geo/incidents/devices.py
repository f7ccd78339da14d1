"""Device category and outcome of each row, from the words of its source; an unknown word never costs the incident."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.messages import Message, message
from geo.incidents import notes
from geo.incidents.raw import Raw
from geo.incidents.schema import HazardType, Outcome
from geo.reading.text import each, is_blank
from geo.reading.word_lists import is_word, words

#: What `data/words/outcomes.csv` says of a report that turned out to be none.
_FALSE_ALARM: Final = "false_alarm"
#: Of several outcomes of one event the first here holds.
_LAST_FIRST: Final = (Outcome.DETONATION.value, Outcome.CLEARED.value, Outcome.FOUND.value)
_MOST_LISTED: Final = 30

Found = tuple[tuple[str, ...], bool]


def read_devices(raw: Raw) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return hazard type and outcome of each row.

    A word that is not known makes the category *unknown* (an outcome: missing); the file's notes list it once, with the
    line of a column map that would teach it. Only where the source has a closed list of words, or a cell holds no word
    at all, is the row set aside.
    """
    devices = _meanings(raw, "hazard_type", "devices", HazardType)
    outcomes = _meanings(raw, "outcome", "outcomes", Outcome)
    hazard = np.array([_hazard(found) for found in devices], dtype=object)
    outcome = np.array([_outcome(found) for found in outcomes], dtype=object)
    for row in np.flatnonzero([len(found[0]) > 1 and found[1] for found in devices]).tolist():
        raw.row_notes[row].append(notes.several_devices(raw.column("hazard_type")[row]))
    for row in np.flatnonzero(outcome == _FALSE_ALARM).tolist():
        hazard[row], outcome[row] = HazardType.NOT_EXPLOSIVE.value, None
        raw.row_notes[row].append(notes.false_alarm())
    return hazard, outcome


def _hazard(found: Found) -> str:
    kinds, all_hold = found
    if len(kinds) == 1:
        return kinds[0]
    return HazardType.SEVERAL.value if kinds and all_hold else HazardType.UNKNOWN.value


def _outcome(found: Found) -> str | None:
    kinds, all_hold = found
    if len(kinds) > 1:
        return next((each for each in _LAST_FIRST if each in kinds), None) if all_hold else None
    return kinds[0] if kinds else None


def _meanings(raw: Raw, field: str, name: str, closed: Iterable[str]) -> list[Found]:
    texts = raw.column(field)
    listed = words(name)
    own = frozenset(closed)
    found = each(
        texts,
        lambda text: (("",), True) if is_blank(text) else ((text,), True) if text in own else listed.find_all(text),
    )
    unknown = np.array([not kinds for kinds, _ in found], dtype=bool)
    no_words = ~np.array(each(texts, is_word), dtype=bool)
    expected = ", ".join(closed)
    for rows, slight in ((unknown & (no_words | raw.closed), False), (unknown, True)):
        raw.faults.add(rows, field, texts, _refuse(name, expected), "code", slight=slight)
    _list_unknown(raw, field, texts[unknown & ~no_words])
    return [((), True) if kinds == ("",) else (kinds, all_hold) for kinds, all_hold in found]


def _refuse(name: str, expected: str) -> Callable[[int, str], Message]:
    if name == "devices":
        return lambda _, value: message(
            "{value} is not a device category Sira knows; expected one of: {expected}.", value=value, expected=expected
        )
    return lambda _, value: message(
        "{value} is not an outcome Sira knows; expected one of: {expected}.", value=value, expected=expected
    )


def _list_unknown(raw: Raw, field: str, texts: pd.Series) -> None:
    if raw.closed or texts.empty:
        return
    unknown = list(dict.fromkeys(texts))
    for row in texts.index:
        raw.row_notes[row].append(notes.unknown_word(raw.headers.get(field, field), texts[row]))
    raw.notes.append(teaching_note(raw.headers.get(field, field), field, unknown))


def teaching_note(column: str, field: str, unknown: list[str]) -> Message:
    """List words once, with the lines of a column map (``--map``) that would teach them."""
    lines = ", ".join(f'"{word}" = "…"' for word in unknown[:_MOST_LISTED])
    return message(
        "Words in the column {column} that Sira does not know: {count}. A column map (--map FILE.toml) teaches them: "
        "[values.{field}] {lines}",
        column=column,
        count=len(unknown),
        field=field,
        lines=lines,
    )

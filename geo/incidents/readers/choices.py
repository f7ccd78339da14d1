"""Answers of a form that may be several of a list: KoBo writes them in one cell, and each in a column of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from geo.incidents.raw import Raw, Table
from geo.reading.text import each
from geo.reading.word_lists import words

_FIELDS: Final = {"hazard_type": "devices", "outcome": "outcomes"}


def separate_choices(raw: Raw, table: Table, chosen: dict[str, int], *, form: bool) -> None:
    """Put semicolons between the choices of a cell whose column has a column for each choice (``question/choice``).

    Of a `form` also between names of choices, which have no blanks in them.
    """
    for field, listed in _FIELDS.items():
        if field not in chosen:
            continue
        if form:
            raw.frame[field] = each(raw.column(field), lambda text, listed=listed: _separated_names(text, listed))  # type: ignore[misc]
        asked = table.header[chosen[field]] + "/"
        choices = [header.removeprefix(asked).strip() for header in table.header if header.startswith(asked)]
        if choices:
            longest_first = sorted(choices, key=len, reverse=True)
            raw.frame[field] = each(raw.column(field), lambda text, known=longest_first: _separated(text, known))  # type: ignore[misc]


def _separated(text: str, choices: Sequence[str]) -> str:
    """Return the choices that `text` holds, separated; the text itself where it holds anything else."""
    found, rest = [], text.strip()
    while rest:
        choice = next((each for each in choices if rest == each or rest.startswith(f"{each} ")), None)
        if choice is None:
            return text
        found.append(choice)
        rest = rest[len(choice) :].strip()
    return "; ".join(found)


def _separated_names(text: str, listed: str) -> str:
    """Return the words that `text` holds, separated; the text itself where one is unknown, or all together are one."""
    known, names = words(listed), text.split()
    if len(names) < 2 or known.knows(text) or not all(map(known.knows, names)):
        return text
    return "; ".join(names)

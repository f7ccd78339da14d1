"""Answers of a form that may be several of a list: KoBo writes them in one cell, and each in a column of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from geo.incidents.raw import Raw, Table
from geo.reading.text import each

_FIELDS: Final = ("hazard_type", "outcome")


def separate_choices(raw: Raw, table: Table, chosen: dict[str, int]) -> None:
    """Put semicolons between the choices of a cell whose column has a column for each choice (``question/choice``)."""
    for field in _FIELDS:
        if field not in chosen:
            continue
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

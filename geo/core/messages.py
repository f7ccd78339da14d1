"""Sentences for people, kept apart from the values they speak of, so that each can be said in French or English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Self


class Said(str):
    """A value of a message as it is said. ``{count:one|more}`` gives the word that goes with it instead."""

    _is_one: bool

    def __new__(cls, text: str, *, is_one: bool) -> Self:
        """Say a value by `text`; `is_one` tells whether it takes the singular."""
        said = super().__new__(cls, text)
        said._is_one = is_one
        return said

    def __format__(self, spec: str) -> str:
        one, between, more = spec.partition("|")
        if not between:
            return super().__format__(spec)
        return one if self._is_one else more


@dataclass(frozen=True, slots=True)
class Message:
    """An English sentence with named placeholders, and the values that fill them.

    ``str(message)`` gives the English sentence. ``api.base.i18n`` looks the template up in the French catalogue and
    writes numbers and dates in the reader's habit. Text from a file or a person belongs in `params`, never in
    `template`. A word that follows a number is given in both forms behind that number's name: ``{count:row|rows}``.

    Examples
    --------
    >>> str(message("Row {row}: the date {value} is in the future.", row=7, value="2099-01-01"))
    'Row 7: the date 2099-01-01 is in the future.'
    >>> [str(message("{count} {count:row is|rows are} new.", count=count)) for count in (0, 1, 2)]
    ['0 rows are new.', '1 row is new.', '2 rows are new.']
    """

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    def __hash__(self) -> int:
        return hash(self.template)  # equal ones have it in common; the values need not be hashable

    def __str__(self) -> str:
        return self.template.format_map(
            {name: Said(str(value), is_one=value == 1) for name, value in self.params.items()}
        )


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` to `last`, both of them too: a value of a `Message` that is written as people do.

    Examples
    --------
    >>> str(Days(date(2026, 8, 3), date(2026, 11, 1)))
    '2026-08-03 to 2026-11-01'
    """

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


def listed(names: Sequence[str], most: int = 10) -> str:
    """Return names for a sentence, the first `most` of them.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b …'
    """
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")


def message(template: str, /, **params: object) -> Message:
    """Make a `Message`. The template must be a literal: the catalogue test collects it from the source."""
    return Message(template, params)

"""Words of mine action in English and French and what they mean: the lists of ``data/words``.

Accents, case, punctuation and the endings of plural and gender do not matter.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from geo.core.provenance import data_path
from geo.reading.text import fold

#: Shorter words keep their ending: they are abbreviations.
_SHORT: Final = 3
_ENDING: Final = re.compile(r"(?:ees|ee|es|s|x|e)$")
_BRACKETED: Final = re.compile(r"(.+?)\s*\(([^()]+)\)\s*")
#: Words, as `stem` leaves them, that deny or limit the one they stand beside: then only the whole text is looked up.
_LIMITS: Final = frozenset(
    {
        "no", "non", "not", "pas", "san", "without", "contre", "counter", "partiel", "partiell", "partiellement",
        "partial", "partially", "partly", "cour", "ongoing", "pending", "progres", "prevu", "planned", "attent",
        "suspendu", "suspended",
    }
)  # fmt: skip
#: What says least of a device: another word beside it decides.
_PLAIN_KIND: Final = frozenset({"other_explosive"})
#: Between words of which one holds, and between words that all hold.
_EITHER: Final = re.compile(r"\s*/\s*|\s+(?:ou|or)\s+", re.IGNORECASE)
_BOTH: Final = re.compile(r"\s*[+&,;|]\s*|\s+(?:et|and)\s+", re.IGNORECASE)
#: What is longer, or holds so many digits, is no word: a narrative, a telephone number.
_LONGEST: Final = 60
_MOST_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class Words:
    """One list. `means` maps words to Sira's; `leading` are those that decide whatever is written around
    them."""

    means: Mapping[str, str]
    leading: frozenset[str]

    def knows(self, text: str) -> bool:
        """Tell whether a text as a whole is a word of the list."""
        return stem(text) in self.means

    def find(self, text: str) -> str | None:
        """Return what a word means, None where it is not known.

        Examples
        --------
        >>> devices = words("devices")
        >>> [devices.find(text) for text in ("Munitions non explosées", "EEI enfoui", "IED (PPIED)", "bombarde")]
        ['uxo', 'ied', 'ied', None]
        """
        key = stem(text)
        if key in self.means:
            return self.means[key]
        if bracketed := _BRACKETED.fullmatch(text.strip()):
            return self.find(bracketed[1])
        parts = key.split("_")
        if _LIMITS.intersection(parts):
            return None
        led = self._led(parts)
        if led - _PLAIN_KIND < led and len(led) > 1:  # an EEI made of a shell, a mortar bomb that is a UXO
            led -= _PLAIN_KIND
        return led.pop() if len(led) == 1 else None

    def _led(self, parts: list[str]) -> set[str]:
        """Return what the leading words among `parts` mean, the longest at each place."""
        found: set[str] = set()
        at = 0
        while at < len(parts):
            ends = range(len(parts), at, -1)
            end = next((end for end in ends if "_".join(parts[at:end]) in self.leading), None)
            if end is not None:
                found.add(self.means["_".join(parts[at:end])])
            at = end or at + 1
        return found

    def find_all(self, text: str) -> tuple[tuple[str, ...], bool]:
        """Return what the words of a cell mean, each meaning once, and whether all of them hold or one of them.

        Empty where any of them is not known.

        Examples
        --------
        >>> devices = words("devices")
        >>> devices.find_all("EEI / mine antichar"), devices.find_all("eei + uxo"), devices.find_all("bidule")
        ((('ied', 'av_mine'), False), (('ied', 'uxo'), True), ((), True))
        """
        if (known := self.means.get(stem(text))) is not None:
            return (known,), True
        for pattern, all_hold in ((_EITHER, False), (_BOTH, True)):
            parts = [part for part in pattern.split(text.strip()) if part]
            found = [self.find(part) for part in parts]
            if len(parts) > 1 and None not in found:
                return tuple(dict.fromkeys(each for each in found if each is not None)), all_hold
        single = self.find(text)
        return ((single,), True) if single is not None else ((), True)


@cache
def words(name: str) -> Words:
    """Return a list of ``data/words``, read once: devices, outcomes, statuses or methods."""
    with data_path(f"words/{name}.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    means = {stem(row["means"]): row["means"] for row in rows} | {stem(row["word"]): row["means"] for row in rows}
    return Words(means, frozenset(stem(row["word"]) for row in rows if row["leads"]))


def stem(text: str) -> str:
    """Return `text` folded (`geo.reading.text.fold`), its words without the endings of plural and gender.

    Examples
    --------
    >>> stem("Détruites sur place") == stem("détruit sur place"), stem("IEDs")
    (True, 'ied')
    """
    parts = fold(text).split("_")
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        return "".join(parts)  # E.E.I.
    return "_".join(part if len(part) <= _SHORT else _ENDING.sub("", part) for part in parts)


def is_word(text: str) -> bool:
    """Tell whether a cell may be a word of a list at all: neither a number, nor an address, nor a narrative.

    Examples
    --------
    >>> [is_word(text) for text in ("TM-46", "obus de 122 mm", "M. X, tél. +223 00 00 00 00", "a@b.org", "12")]
    [True, True, False, False, False]
    """
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    return letters > 1 and digits <= _MOST_DIGITS and "@" not in text and len(text) <= _LONGEST

"""Names as people write them: accents, case and hyphens folded away, and the nearest known spellings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process

#: No name of a place is longer; what is longer is cut before it is compared or shown.
MAX_NAME_LENGTH = 120


def words(name: str) -> str:
    """Return `name` in lower case without accents, its words separated by single spaces.

    >>> words("  Région de GOURMA-Rharous ")
    'region de gourma rharous'
    """
    decomposed = unicodedata.normalize("NFKD", name.replace("Œ", "OE").replace("œ", "oe"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return " ".join(re.findall(r"[^\W_]+", plain))


def fold(name: str) -> str:
    """Return the key under which all spellings of `name` meet: its letters and digits.

    >>> fold("Tin-Essako") == fold("tin essako") == fold("TINESSAKO")
    True
    """
    return words(name).replace(" ", "")


def slug(name: str) -> str:
    """Return `name` as an ASCII id.

    >>> slug("Gourma-Rharous")
    'gourma-rharous'
    """
    return re.sub(r"[^a-z0-9]+", "-", words(name)).strip("-")


def nearest(name: str, known: Mapping[str, str] | Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the `limit` names in `known` that are spelled most like `name`, best first, without repeats.

    `known` holds names, or maps spellings to the name that each stands for.
    """
    spellings = known if isinstance(known, Mapping) else {each: each for each in known}
    keys = {spelling: fold(spelling) for spelling in spellings}
    ranked = process.extract(fold(name[:MAX_NAME_LENGTH]), keys, scorer=fuzz.ratio, limit=None)
    return tuple(dict.fromkeys(spellings[spelling] for _, _, spelling in ranked))[:limit]


def printable(text: str) -> str:
    """Return text from outside with the replacement character for each that a terminal would obey, not show."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def shown(text: str) -> str:
    """Return text from outside as it may stand in a sentence: one line, of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_NAME_LENGTH else line[:MAX_NAME_LENGTH] + "…"

"""Text that came from a file: the same spelling for comparison, formulas, control characters, blanks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.names import words

#: Ways of writing "not known" that stand for an empty cell.
BLANKS: Final = frozenset(
    {
        "",
        "-",
        "--",
        "?",
        "n/a",
        "na",
        "nan",
        "nd",
        "null",
        "none",
        "unknown",
        "inconnu",
        "inconnue",
        "non renseigne",
        "non renseignee",
        "n d",
        "non disponible",
        "not available",
        "s o",
        "sans objet",
    }
)

#: Stands before a formula in the place of its value, where the workbook stores none.
UNSTORED: Final = "\ue0f0"

_LONGEST_BLANK: Final = 20

# Tab, line feed and carriage return are ordinary in a narrative; every other C0 and C1 character, DEL, the byte order
# mark inside a text and the bidirectional overrides (which show a text in another order than it is stored) are not.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_WRITTEN_OUT: Final = re.compile(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}")
# White space before the sign does not keep a spreadsheet from calculating, so such cells are looked at too.
_SUSPECT: Final = frozenset("=@+- \t\r\n\u00a0\u202f")
_SUSPECT_LINE: Final = re.compile(r"^[^\S\n]*[=@+\-]", re.MULTILINE)
_NUMBER_OR_PHONE: Final = re.compile(r"[+-]?(?:\d[\d\s.,]*(?:[eE][+-]?\d+)?\s*%?|[.,]\d+)|\+\d[\d\s().\-/]*")
_OPERATORS: Final = re.compile(r"[=|!(&^*+<>]")


def fold(text: str) -> str:
    """Return `text` without accents, case and punctuation, its words joined by single underscores.

    Examples
    --------
    >>> fold("  Type d’engin (précisé) ")
    'type_d_engin_precise'
    """
    return words(text).replace(" ", "_")


def is_blank(text: str) -> bool:
    """Tell whether a cell says nothing: empty, or one of the usual ways of writing "not known"."""
    word = text.strip().casefold()
    if len(word) > _LONGEST_BLANK or word[:1].isdigit() or word[1:2].isdigit():
        return False  # most cells, spared the slower comparison
    return word in BLANKS or fold(word).replace("_", " ") in BLANKS


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet may run `text` as a formula.

    A cell that begins with ``=`` or ``@`` is one. A cell that begins with ``+`` or ``-`` is one unless it is a number
    or a telephone number, or the sign is followed by a blank or a further dash (a list in a narrative), or by a digit
    and then by nothing that calculates (``-2 morts``).

    Examples
    --------
    >>> [is_formula(t) for t in ("=1+1", "@SUM(A1)", "-A1", "+cmd|' /C x'!A0", "-2+3")]
    [True, True, True, True, True]
    >>> [is_formula(t) for t in ("-4.19", "-4,19", "+223 20 22 33 44", "- two killed", "-2 morts", "a=b")]
    [False, False, False, False, False, False]
    """
    stripped = text.strip()
    if not stripped or stripped[0] not in "=@+-":
        return False
    if stripped[0] in "=@":
        return True
    if _NUMBER_OR_PHONE.fullmatch(stripped) or len(stripped) == 1 or stripped[1] in " \t\u00a0\u202f-":
        return False
    return not stripped[1].isdigit() or _OPERATORS.search(stripped, 1) is not None


def each(values: pd.Series, function: Callable[[str], object]) -> pd.Series:
    """Return `function` of each cell of a text column, worked out once per distinct text."""
    codes, texts = pd.factorize(values)
    results = np.empty(len(texts), dtype=object)
    results[:] = [function(text) for text in texts]
    return pd.Series(results[codes], index=values.index, dtype=object)


def where(values: pd.Series, test: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Mark the cells of a text column that pass `test`, tried once per distinct text."""
    return np.array(each(values, test), dtype=bool)


def formulas(values: pd.Series) -> NDArray[np.bool_]:
    """Mark the cells of a text column that are formulas (see `is_formula`)."""
    if not _SUSPECT_LINE.search("\n".join(values)):
        return np.zeros(len(values), dtype=bool)
    return np.fromiter((is_formula(v) if v[:1] in _SUSPECT else False for v in values), dtype=bool, count=len(values))


def control_characters(values: pd.Series) -> NDArray[np.bool_]:
    """Mark the cells of a text column that hold control characters or bidirectional overrides."""
    # One search over the whole column: nearly every column is clean, and 50,000 single searches are slow.
    if not _CONTROL.search("\n".join(values)):
        return np.zeros(len(values), dtype=bool)
    return np.fromiter((_CONTROL.search(v) is not None for v in values), dtype=bool, count=len(values))


def visible(text: str) -> str:
    """Return `text` with control characters written out as ``\\xNN``, so that a report can show them."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def controls_of(text: str) -> str:
    """Return `text` with the control characters that `visible` wrote out."""
    return _WRITTEN_OUT.sub(_control, text)


def _control(found: re.Match[str]) -> str:
    character = chr(int(found.group()[2:], 16))
    return character if _CONTROL.match(character) else found.group()

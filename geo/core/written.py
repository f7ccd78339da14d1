"""What formats take away from what Sira writes, so that it can be given back: names cut short, marks put into texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from geo.core.tables import undefused

#: Letters to which shapefiles cut the names of columns, and bytes to which they cut texts.
NAME_LENGTH: Final = 10
TEXT_BYTES: Final = 254
#: Bytes of a text that was cut: a character is not cut in two.
CUT: Final = range(TEXT_BYTES - 3, TEXT_BYTES + 1)
#: What KML's viewers would take for markup, and what looks like it and is written instead.
LOOKALIKES: Final[Mapping[str, str]] = {"<": "‹", ">": "›", "&": "＆"}
_FROM_KML: Final = str.maketrans({lookalike: markup for markup, lookalike in LOOKALIKES.items()})


def full_names(columns: Iterable[str], known: Iterable[str]) -> Mapping[str, str]:
    """Return column → full name, for columns that bear one of the names `known` cut as in a shapefile."""
    full = {name[:NAME_LENGTH].rstrip("_"): name for name in known if len(name) > NAME_LENGTH}
    return {column: full[column.rstrip("_")] for column in columns if column.rstrip("_") in full}


def unmarked(text: str, kind: str) -> str:
    """Return a text without what its format put into it.

    Parameters
    ----------
    kind
        ``"kml"``, or ``"table"`` for a CSV, also one saved as a workbook; other formats put nothing in.

    Examples
    --------
    >>> unmarked("a ‹ b ＆ c", "kml"), unmarked("'- un; '=2", "table"), unmarked("l'axe", "table")
    ('a < b & c', '- un; =2', "l'axe")
    """
    if kind == "kml":
        return text.translate(_FROM_KML)
    return undefused(text) if kind == "table" else text

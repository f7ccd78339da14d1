"""Tables as CSV files that a spreadsheet opens without running anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO

import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

#: A spreadsheet takes a cell that begins so for a formula, or for the end of the cell before it.
_FORMULA_START: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
#: Where the semicolon separates (French settings), a text is cut at it, and, the quotes around it then standing inside
#: a cell, at its line ends. A dash and a blank after a line end are a list in a narrative, unless the line can call.
_INNER: Final = (
    (r"[;\t]\s*", r"(?='*[=+\-@＝＋－＠])"),
    (
        r"[\r\n]\s*",
        r"(?='*(?:[=@＝＠]|[+\-＋－](?:[^\s-]|[^\r\n]*[|!(])))",
    ),
)
_INNER_START: Final = re.compile("|".join(before + after for before, after in _INNER))
_INNER_GUARD: Final = re.compile("|".join(f"({before})'{after}" for before, after in _INNER))


def write_csv(table: pd.DataFrame, out: Path | TextIO, *, hxl: Mapping[str, str] | None = None) -> None:
    r"""Write `table` as CSV (RFC 4180, UTF-8): ISO dates, true and false, an empty cell where a value is missing.

    Text that a spreadsheet would take for a formula is given a leading apostrophe, which it shows as text; likewise
    what would begin a cell where the semicolon or tab separates (see `defuse_inside`).

    Parameters
    ----------
    table : DataFrame
        The index is left out.
    out : Path or text stream
    hxl : mapping of str to str, optional
        Column → HXL hashtag (https://hxlstandard.org), written as the second row; each column needs one.

    Examples
    --------
    >>> from io import StringIO
    >>> out = StringIO()
    >>> write_csv(pd.DataFrame({"name": ["=1+1"], "n": [0.5]}), out, hxl={"name": "#adm2+name", "n": "#x"})
    >>> out.getvalue()
    "name,n\r\n#adm2+name,#x\r\n'=1+1,0.5\r\n"
    """
    written = pd.DataFrame({name: _as_text(column) for name, column in table.items()}, columns=table.columns)
    if hxl is not None:
        tags = pd.DataFrame([[hxl[name] for name in table.columns]], columns=table.columns, dtype="object")
        written = pd.concat([tags, written])
    # both characters in the line end: Python quotes text for those it finds there, and a bare one would break the row
    written.to_csv(out, index=False, encoding="utf-8", lineterminator="\r\n")


def defuse_inside(text: str) -> str:
    """Return `text` with an apostrophe wherever a formula would begin if it were cut at semicolons, tabs or line ends.

    Examples
    --------
    >>> defuse_inside("two killed; =1+1; a = b")
    "two killed; '=1+1; a = b"
    """
    return _INNER_START.sub(lambda found: f"{found.group()}'", text)


def _as_text(column: pd.Series) -> pd.Series:
    """Return the column as objects, written as CSV readers expect."""
    if is_bool_dtype(column):
        words: pd.Series = column.map({True: "true", False: "false"}).astype("object")
        return words
    if is_datetime64_any_dtype(column):
        dates: pd.Series = column.dt.strftime("%Y-%m-%d").astype("object")
        return dates
    if is_numeric_dtype(column):
        return column.astype("object")
    text = column.astype("object")
    defused: pd.Series = text.map(lambda value: _defused(value) if isinstance(value, str) else value).astype("object")
    return defused


def _defused(text: str) -> str:
    return ("'" if _FORMULA_START.match(text) else "") + defuse_inside(text)


def undefused(text: str) -> str:
    """Return a text of a CSV that `write_csv` wrote as it was before.

    Examples
    --------
    >>> undefused("'=1+1; '+2"), undefused("'a'")
    ('=1+1; +2', "'a'")
    """
    return undefused_inside(text[1:] if text.startswith("'") and _FORMULA_START.match(text[1:]) else text)


def undefused_inside(text: str) -> str:
    """Return a text without the apostrophes that `defuse_inside` put."""
    return _INNER_GUARD.sub(lambda found: found.group()[:-1], text)

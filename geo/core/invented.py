"""What marks a record as synthetic, in whatever file it comes back: its flag, its source, the words it begins with."""

from __future__ import annotations

from typing import Final

from geo.core.names import slug, words

#: Sources of the synthetic default (`geo.store.synthetic`); nobody else may take these names.
_SOURCE: Final = "synthetic"
#: With this every synthetic narrative and every name of a synthetic area begins (``data/synthetic``).
_STAMP: Final = "donnee synthetique"

#: What programs put before a text.
_AROUND: Final = " \t\r\n'\"«"

TRUE: Final = frozenset({"true", "1", "yes", "oui", "vrai", "t"})
FALSE: Final = frozenset({"false", "0", "no", "non", "faux", "f", ""})


def is_invented(source: str, text: str) -> bool:
    """Tell whether a record's source, or the first words of its text, say that it is synthetic.

    Examples
    --------
    >>> is_invented("synthetic-b", ""), is_invented("imsma", "DONNÉE SYNTHÉTIQUE. Un engin …"), is_invented("imsma", "")
    (True, True, False)
    """
    name = slug(source)
    if name == _SOURCE or name.startswith(f"{_SOURCE}-"):
        return True
    start = text.lstrip(_AROUND)[:40]
    return start[:3].casefold() == "don" and words(start).startswith(_STAMP)  # most texts, spared the slow comparison

"""Columns that count people by who they were, under whatever words head them: "FAMa tués", "Mort(s)"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from geo.incidents.schema import VICTIM_COLUMNS
from geo.reading.text import fold
from geo.reading.word_lists import stem

_HARMS: Final = {
    "killed": "tue tues tuees mort morts mortes deces decede decedes killed dead deaths fatalities",
    "injured": "blesse blesses blessees injured wounded injuries",
}
_GROUPS: Final = {
    "civilian": "civil civils civile civilian civilians",
    "security_force": "fds fdsm fama famas militaire militaires soldat soldats military soldiers gendarme gendarmes",
    "peacekeeper": "minusma peacekeeper peacekeepers",
    "humanitarian": "humanitaire humanitaires humanitarian humanitarians",
    "men": "homme hommes man men",
    "women": "femme femmes woman women",
    "boys": "garcon garcons boy boys",
    "girls": "fille filles girl girls",
}
_HARM_OF: Final = {stem(word): harm for harm, words in _HARMS.items() for word in words.split()}
_GROUP_OF: Final = {stem(word): group for group, words in _GROUPS.items() for word in words.split()}
#: What else such a header may say.
_SAID_BESIDE: Final = (
    "combien how many were nb nbre nombre number no de des d of total personne personnes people victime victimes e s es"
)
_BESIDE: Final = frozenset(map(stem, _SAID_BESIDE.split()))


def choose_victims(header: Sequence[str], chosen: Mapping[str, int]) -> dict[str, int]:
    """Return column of the canonical table → position, of headers that name one harm, perhaps one group, no more."""
    found: dict[str, int] = {}
    for position, name in enumerate(header):
        if position in chosen.values():
            continue
        field = next(_named(name), None)
        if field is not None and field in VICTIM_COLUMNS and field not in chosen:
            found.setdefault(field, position)
    return found


def _named(header: str) -> Iterator[str]:
    """Give the column that a header names by its last part, or by its last two parts (``Tués/Civils``)."""
    parts = header.split("/")
    if sum(any(stem(word) in _HARM_OF for word in fold(part).split("_")) for part in parts[-2:]) > 1:
        return  # killed or injured: a word, not a count
    for last in ("/".join(parts[-1:]), "/".join(parts[-2:])):
        words = [stem(word) for word in fold(last).split("_") if word and stem(word) not in _BESIDE]
        harms = [_HARM_OF[word] for word in words if word in _HARM_OF]
        groups = [_GROUP_OF[word] for word in words if word in _GROUP_OF]
        if len(harms) == 1 and len(words) == 1 + len(groups) <= 2:
            yield f"{harms[0]}_{groups[0] if groups else 'total'}"

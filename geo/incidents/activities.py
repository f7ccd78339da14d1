"""Tells files of mine action's activities (risk education, victim assistance, 3W) from files of incidents.

Both name places, dates, devices and people. In one the people took part, in the other they were harmed: an activity
taken for an incident would be a victimless device where nobody saw one, and would close the store as real data does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.errors import FileError
from geo.core.messages import message
from geo.incidents.raw import Raw, Table
from geo.reading.text import fold, is_blank, where
from geo.reading.word_lists import words

#: Headers, folded, of the column that says what was done. Accident tables have one, too: what the victim was doing.
_ACTIVITY: Final = frozenset(
    {
        "activity", "activity_type", "type_of_activity", "activite", "activites", "type_activite", "type_d_activite",
        "session_type", "type_de_seance", "type_seance", "eore_type",
    }
)  # fmt: skip
#: Words, folded, of what mine action does and no victim of an accident was doing. Clearance is not among them:
#: deminers have accidents.
_DONE: Final = frozenset(
    {
        "eore", "eree", "mre", "erm", "risk_education", "education_aux_risques", "sensibilisation", "sensibilisations",
        "awareness", "victim_assistance", "assistance_aux_victimes", "assistance_victimes", "advocacy", "plaidoyer",
        "psychosocial_support", "soutien_psychosocial", "training_of_trainers", "formation_de_formateurs",
    }
)  # fmt: skip
#: Parts of a form of activities, as headers, folded, or hashtags: what was done, in which sector, by whom, for whom.
#: One of the first two with another, and no device: no file of incidents.
_PARTS: Final = (
    frozenset({*_ACTIVITY, "session", "sessions", "seance", "seances", "theme", "#activity", "#output"}),
    frozenset({"cluster", "sector", "secteur", "sous_cluster", "subsector", "#sector", "#subsector"}),
    frozenset(
        {"organisation", "organization", "org", "partner", "partenaire", "implementing_partner", "organisme", "#org"}
    ),
    frozenset(
        {
            "participants", "nb_participants", "number_of_participants", "nombre_de_participants", "beneficiaires",
            "beneficiaries", "nb_beneficiaires", "reached", "people_reached", "personnes_touchees",
            "personnes_sensibilisees", "men", "women", "hommes", "femmes", "#reached", "#beneficiary", "#targeted",
        }
    ),
)  # fmt: skip
_VICTIMS: Final = ("killed", "injured")


def refuse_by_header(table: Table, tags: Sequence[str], *, has_device: bool) -> None:
    """Refuse a table whose columns are those of activities; one that names devices is judged by its rows.

    Parameters
    ----------
    tags
        The columns' HXL hashtags, where there are any.

    Raises
    ------
    FileError
        Naming the columns that tell.
    """
    names = [*(fold(header.rsplit("/", 1)[-1]) for header in table.header), *(tag.split("+")[0] for tag in tags)]
    told = [next((position for position, name in enumerate(names) if name in part), None) for part in _PARTS]
    found = [(table.header * 2)[position] for position in told if position is not None]
    if len(found) >= 2 and told[:2] != [None, None] and not has_device:
        raise _refusal(table.file, ", ".join(dict.fromkeys(found)))


def refuse_by_rows(raw: Raw, table: Table) -> None:
    """Refuse a file most of whose rows tell of an activity; set such rows aside where they are few.

    Raises
    ------
    FileError
        Naming the column and one of its words.
    """
    rows, header, word = _rows_of_activities(raw, table)
    if not rows.any():
        return
    if 2 * rows.sum() >= len(raw):
        raise _refusal(raw.file, f"{header} “{word}”")
    raw.headers["done"] = header
    raw.faults.add(
        rows,
        "done",
        raw.column("done"),
        lambda _, __: message("The row tells of an activity, not of an incident."),
        "activity",
    )


def _rows_of_activities(raw: Raw, table: Table) -> tuple[NDArray[np.bool_], str, str]:
    marked = np.zeros(len(raw), dtype=bool)
    shown = ("", "")
    for position, header in enumerate(table.header):
        if fold(header.rsplit("/", 1)[-1]) not in _ACTIVITY:
            continue
        cells = [row[position] if position < len(row) else "" for row in table.rows]
        told = where(pd.Series(cells, dtype=object), _is_activity)
        if told.any() and not marked.any():
            shown = (header, cells[int(np.argmax(told))].strip())
            raw.frame["done"] = cells
        marked |= told
    return marked & ~_happened(raw), *shown


def _is_activity(cell: str) -> bool:
    """Tell whether a cell names an activity, by any one or several of its words."""
    words = f"_{fold(cell)}_"
    return any(f"_{done}_" in words for done in _DONE)


def _happened(raw: Raw) -> NDArray[np.bool_]:
    """Mark the rows that count somebody killed or injured, or say what became of a device."""
    found = where(raw.column("outcome"), lambda text: words("outcomes").find(text) is not None)
    for name in raw.frame.columns:
        if name.startswith(_VICTIMS):
            found |= where(raw.frame[name], lambda text: not is_blank(text) and text.strip(" 0.") != "")
    return found


def _refusal(file: str, told: str) -> FileError:
    return FileError(
        message(
            "{file} is a file of activities, not of incidents (told by {columns}): nothing was taken from it. Sira "
            "keeps incidents and hazard areas.",
            file=file,
            columns=told,
        ),
        file=file,
    )

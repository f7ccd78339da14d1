"""HXL: columns are known by the hashtags in the row under the header, whatever the header says.

References
----------
Humanitarian Exchange Language, hashtag and attribute standard 1.1, https://hxlstandard.org.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from geo.core.messages import message
from geo.incidents.raw import Format, Raw
from geo.incidents.readers.victims import merge_victims
from geo.incidents.vocabulary import LOCATION_PRECISIONS
from geo.reading.text import each, fold, is_blank, where

if TYPE_CHECKING:
    import hxl

#: Field → tag patterns, the first that matches a column wins; a column fills one field only.
TAGS: Final[dict[str, tuple[str, ...]]] = {
    "source_id": ("#meta+sourceid", "#event+id", "#event+code", "#meta+id", "#meta+incident+id", "#event+num"),
    "synthetic": ("#meta+synthetic",),
    "location_precision": ("#meta+locationprecision", "#geo+precision"),
    "location_error_km": ("#indicator+locationerrorkm",),
    "date_precision": ("#meta+dateprecision",),
    "source": ("#meta+source-all", "#org+source", "#org+reporting"),
    "entered_at": ("#date+entered", "#date+reported", "#date+created"),
    "updated_at": ("#date+updated", "#date+modified"),
    "date": ("#date+occurred", "#date+incident", "#date+event", "#date-reported-entered-updated-created-modified-end"),
    "longitude": ("#geo+lon", "#geo+long", "#geo+lng", "#lon", "#long", "#lng"),
    "latitude": ("#geo+lat", "#lat"),
    "geopoint": ("#geo+coord", "#geo+coords", "#coord", "#gps"),
    "country": ("#country+name", "#country"),
    "region": ("#adm1+name", "#adm1-code", "#adm1+code"),
    "cercle": ("#adm2+name", "#adm2-code", "#adm2+code"),
    "commune": ("#adm3+name", "#adm3-code", "#adm3+code"),
    "hazard_type": (
        "#cause+type",
        "#event+type",
        "#item+type",
        "#cause+name",
        "#cause-code",
        "#event+category",
        "#weapon",
        "#cause",
    ),
    "outcome": ("#event+outcome", "#status+outcome", "#status"),
    "killed_civilian": ("#affected+killed+civilian", "#affected+killed+civilians"),
    "killed_humanitarian": ("#affected+killed+humanitarian", "#affected+killed+aidworkers"),
    "killed_peacekeeper": ("#affected+killed+peacekeeper", "#affected+killed+peacekeepers"),
    "killed_security_force": ("#affected+killed+military", "#affected+killed+security"),
    "killed_men": ("#affected+killed+m+adults", "#affected+killed+men"),
    "killed_women": ("#affected+killed+f+adults", "#affected+killed+women"),
    "killed_boys": ("#affected+killed+m+children", "#affected+killed+boys"),
    "killed_girls": ("#affected+killed+f+children", "#affected+killed+girls"),
    "killed_total": ("#affected+killed-f-m-i-adults-children-infants-elderly-men-women-boys-girls-civilian-military",),
    "injured_civilian": ("#affected+injured+civilian", "#affected+injured+civilians"),
    "injured_humanitarian": ("#affected+injured+humanitarian", "#affected+injured+aidworkers"),
    "injured_peacekeeper": ("#affected+injured+peacekeeper", "#affected+injured+peacekeepers"),
    "injured_security_force": ("#affected+injured+military", "#affected+injured+security"),
    "injured_men": ("#affected+injured+m+adults", "#affected+injured+men"),
    "injured_women": ("#affected+injured+f+adults", "#affected+injured+women"),
    "injured_boys": ("#affected+injured+m+children", "#affected+injured+boys"),
    "injured_girls": ("#affected+injured+f+children", "#affected+injured+girls"),
    "injured_total": (
        "#affected+injured-f-m-i-adults-children-infants-elderly-men-women-boys-girls-civilian-military",
    ),
    "narrative": ("#description", "#meta+description", "#event+description", "#event+desc"),
    "activity": ("#activity",),
    "place_name": ("#loc+name", "#loc+town", "#loc"),
}

#: The number that a list of codes puts before its words.
_NUMBERED: Final = re.compile(r"^\(\d+\)\s*")


def _refine(raw: Raw) -> None:
    """Count victims; take the words of precision that are known, and say of the others that they were not."""
    merge_victims(raw)
    texts = each(raw.column("location_precision"), lambda text: _NUMBERED.sub("", text))
    known = where(texts, lambda text: is_blank(text) or fold(text) in LOCATION_PRECISIONS)
    if "location_precision" in raw.frame:
        raw.frame["location_precision"] = texts.where(known, "")
    if not known.all():
        raw.notes.append(
            message(
                "The column {column} says how closely places are known in words that Sira does not know ({words}): "
                "those points are taken as they are written.",
                column=raw.headers["location_precision"],
                words=", ".join(list(dict.fromkeys(texts[~known]))[:20]),
            )
        )


HXL: Final = Format(
    name="hxl",
    label="HXL",
    columns={},
    required=(("date",), ("hazard_type",), ("longitude", "geopoint", "commune", "cercle", "region")),
    refine=_refine,
)

#: HXL looks for its hashtag row among the first 25 rows of a file.
_SEARCHED: Final = 25


def find_hashtags(rows: list[list[str]]) -> tuple[int, list[hxl.Column]] | None:
    """Return the position of the hashtag row and its columns; None where the file has none."""
    for position, row in enumerate(rows[:_SEARCHED]):
        if sum(cell.strip().startswith("#") for cell in row) < 2:
            continue
        import hxl  # here, because it loads much and few files need it

        headers = rows[position - 1] if position else [""] * len(row)
        try:
            columns = hxl.data([(headers + [""] * len(row))[: len(row)], row]).columns
        except hxl.HXLException:
            continue
        if len(columns) == len(row):
            return position, list(columns)
    return None


def choose_tagged(columns: list[hxl.Column]) -> dict[str, int]:
    """Return field → position of the column whose hashtag and attributes fill it."""
    import hxl

    chosen: dict[str, int] = {}
    for name, patterns in TAGS.items():
        for pattern in patterns:
            parsed = hxl.TagPattern.parse(pattern)
            found = [i for i, c in enumerate(columns) if i not in chosen.values() and c.tag and parsed.match(c)]
            if found:
                chosen[name] = found[0]
                break
    return chosen

"""What stands in several columns of a table and is one thing: degrees apart from minutes or from their letter, a second
pair of coordinates, a zone named in a header, the choices of a question each in a column of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from geo.incidents.geofile import LON
from geo.incidents.raw import Raw, Table
from geo.reading.text import fold, is_blank

_AXES: Final = ("longitude", "latitude")
_SIDES: Final = {
    "latitude": frozenset({"n", "s", "nord", "sud", "north", "south"}),
    "longitude": frozenset({"e", "w", "o", "est", "ouest", "east", "west"}),
}
#: A header, folded, of the letters beside coordinates: "N/S", "lat_dir", "Hémisphère", "Sens (E/O)".
_SIDE: Final = re.compile(
    r"(?:(?:lat|long?|latitude|longitude|gps|sens|hemisphere|direction|dir|ref|cote|side|orientation)_?)*"
    r"(?:n_?s|n_(?:ou|or)_s|nord_sud|north_south|e_?w|e_?o|w_?e|o_?e|e_(?:ou|or)_[ow]|[ow]_(?:ou|or)_e|est_ouest|"
    r"east_west|hemisphere|hemi)|(?:lat|long?|latitude|longitude)_(?:dir|direction|ref|sens|cote|side|orientation|lettre|letter)|"
    r"(?:dir|direction|ref|sens|cote|side|orientation|lettre|letter)_(?:lat|long?|latitude|longitude)"
)
_UNITS: Final = (
    r"(?P<unit>d|deg|degs|degres?|degrees?|m|min|mins|minutes?|s|sec|secs|secondes?|seconds?)",
    r"(?P<axis>lat|latitude|lon|long|longitude)",
)
_SIXTIETH: Final = tuple(re.compile(f"(?:gps_)?{a}_{b}") for a, b in (_UNITS, _UNITS[::-1]))
#: A header, folded, that names the zone of its metres: "X_UTM30N", "Easting (zone 30 P)".
_ZONE: Final = re.compile(r"(?:^|_|utm|zone)(?P<zone>(?:28|29|30|31)_?[npq]?)(?:_|$)")
#: What a question, folded, has before the name of what it asks for.
QUESTION: Final = re.compile(
    r"^(?:\d+_)?(?:(?:dans_|a_|en_|de_)?(?:quels|quelles|quelle|quel)_(?:(?:est|etait|sont|etaient|fut)_)?"
    r"(?:(?:les|le|la|l)_)?|"
    r"(?:combien|nombre|nb|total)_(?:(?:total|de|d|des)_)*(?:(?:personnes?|victimes?)_)?|(?:number|how_many|total|no|nr)_"
    r"(?:of_)?(?:(?:people|persons|victims)_)?(?:were_)?|(?:what|which)_(?:(?:is|was|were)_)?(?:the_)?)"
)
_TICKED: Final = frozenset({"1", "1.0", "true", "vrai", "oui", "yes", "x"})
_UNTICKED: Final = frozenset({"0", "0.0", "false", "faux", "non", "no"})
_CHOICE: Final = "choice of "


def choose_parts(
    table: Table, header: Sequence[str], names: Mapping[str, Sequence[str]], chosen: Mapping[str, int]
) -> dict[str, int]:
    """Return field → column of the parts of fields; a field of which there are only parts stands at the first of them.

    Parameters
    ----------
    table
        Its header folded.
    header
        As the file writes it.
    names
        Field → folded names of the columns that may fill it.
    """
    found = _sides(table, header, chosen)
    found |= _second_pair(table, names, {**found, **chosen})
    return found | _choices(table, header, names, chosen)


def put_together(raw: Raw) -> None:
    """Write the fields of which `choose_parts` found parts."""
    for axis in _AXES:
        _join_sixtieths(raw, axis)
        _add_sides(raw, axis)
    _take_zone(raw)
    for field in ("hazard_type", "outcome"):
        _join_choices(raw, field)


def choose_sixtieths(table: Table, chosen: Mapping[str, int]) -> dict[str, int]:
    """Return the columns of degrees, minutes and perhaps seconds; `table` has its header folded."""
    found: dict[str, int] = {}
    for position, header in enumerate(table.header):
        match = next(filter(None, (pattern.fullmatch(header) for pattern in _SIXTIETH)), None)
        if match:
            axis = "latitude" if match["axis"].startswith("lat") else "longitude"
            unit = {"d": "", "m": "_minutes", "s": "_seconds"}[match["unit"][0]]
            found.setdefault(axis + unit, position)
    whole = all(f"{axis}{unit}" in found for axis in _AXES for unit in ("", "_minutes"))
    return found if whole and not set(_AXES) & set(chosen) else {}


def _join_sixtieths(raw: Raw, axis: str) -> None:
    if f"{axis}_minutes" not in raw.frame:
        return
    names = [name for name in (axis, f"{axis}_minutes", f"{axis}_seconds") if name in raw.frame]
    parts = [raw.frame[name].str.strip() for name in names]
    written = parts[0].where(parts[0] == "", parts[0] + "°")
    for part, sign in zip(parts[1:], "'\"", strict=False):
        written += part.where(part == "", part + sign)
    raw.frame[axis] = written
    raw.headers[axis] = ", ".join(raw.headers[name] for name in names)


def _sides(table: Table, header: Sequence[str], chosen: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, names in enumerate(zip(table.header, map(fold, header), strict=True)):
        if position in chosen.values() or not any(map(_SIDE.fullmatch, names)):
            continue
        said = {fold(row[position]) for row in table.rows if position < len(row) and not is_blank(row[position])}
        for axis, sides in _SIDES.items():
            if axis in chosen and said and said <= sides:
                found.setdefault(f"{axis}_side", position)
    return found


def _add_sides(raw: Raw, axis: str) -> None:
    if f"{axis}_side" not in raw.frame:
        return
    letters = raw.frame[f"{axis}_side"].map(lambda text: "" if is_blank(text) else text.strip()[0].upper())
    texts = raw.frame[axis]
    bare = (letters != "") & texts.map(lambda text: not is_blank(text) and not any(map(str.isalpha, text)))
    raw.frame[axis] = texts.where(~bare, texts + " " + letters)


def _second_pair(table: Table, names: Mapping[str, Sequence[str]], chosen: Mapping[str, int]) -> dict[str, int]:
    """Return the one further pair of columns that is named as coordinates: it must not say another place."""
    further: dict[str, list[int]] = {
        axis: [
            position
            for position, header in enumerate(table.header)
            if header in names[axis] and position not in chosen.values()
        ]
        for axis in _AXES
    }
    given = "longitude" in chosen or LON in table.header
    pairs = list(zip(further["longitude"], further["latitude"], strict=False)) if given else []
    return {f"other_{axis}": position for axis, position in zip(_AXES, pairs[0], strict=True)} if pairs else {}


def _take_zone(raw: Raw) -> None:
    """Take the zone of metres from the header of their column, where no column gives it."""
    if "utm_zone" in raw.frame:
        return
    for field in ("easting", "longitude", "other_longitude"):
        if field in raw.frame and (found := _ZONE.search(fold(raw.headers[field]))):
            raw.frame["utm_zone"] = found["zone"].replace("_", "").upper()
            return


def _choices(
    table: Table, header: Sequence[str], names: Mapping[str, Sequence[str]], chosen: Mapping[str, int]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for field in ("hazard_type", "outcome"):
        if field in chosen:
            continue
        for position, name in enumerate(header):
            question, _, choice = name.rpartition("/")
            asked = fold(question.rsplit("/", 1)[-1])
            if {asked, QUESTION.sub("", asked)} & set(names[field]) and _is_ticks(table, position):
                found.setdefault(field, position)
                found[f"{_CHOICE}{field}/{choice.strip()}"] = position
    return found


def _is_ticks(table: Table, position: int) -> bool:
    said = {row[position].strip().casefold() for row in table.rows if position < len(row)}
    return bool(said & (_TICKED | _UNTICKED)) and said <= _TICKED | _UNTICKED | {""}


def _join_choices(raw: Raw, field: str) -> None:
    prefix = f"{_CHOICE}{field}/"
    columns = [name for name in raw.frame.columns if name.startswith(prefix)]
    if not columns:
        return
    ticked = raw.frame[columns].map(lambda text: text.strip().casefold() in _TICKED)
    choices = [name.removeprefix(prefix) for name in columns]
    raw.frame[field] = ["; ".join(c for c, on in zip(choices, row, strict=True) if on) for row in ticked.to_numpy()]
    raw.headers[field] = raw.headers[field].rpartition("/")[0]

"""Fields of a hazard record: which column holds what, and the values it may take, in English, French and IMSMA terms.

Column names are compared folded (case, accents, spaces and punctuation do not matter); shapefiles cut names to ten
characters, so a name's first ten match too.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from geo.core.invented import FALSE, TRUE
from geo.core.messages import Message, message
from geo.hazards.schema import HazardStatus, Method, StatusChange
from geo.incidents.dates import EARLIEST, Order, Trouble
from geo.incidents.dates import parse_date as parse_moment
from geo.incidents.schema import EXPLOSIVE, DatePrecision, HazardType
from geo.incidents.vocabulary import REJECTED
from geo.reading.numbers import parse_decimal
from geo.reading.text import fold, is_blank, is_formula, visible
from geo.reading.word_lists import stem, words

SHAPEFILE_NAME_LENGTH: Final = 10

#: What a column holds → the names it goes by, folded; the first that a file has is taken.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "source_id": (
        "source_id",
        "hazard_id",
        "hazard_localid",
        "area_id",
        "local_id",
        "identifiant",
        "code",
        "id",
        "zone_id",
        "id_zone",
        "code_zone",
        "n_zone",
        "no_zone",
        "numero_zone",
        "numero_de_zone",
        "numero_de_la_zone",
        "polygon_id",
        "ref",
        "reference",
        "numero",
        "n",
        "no",
        "imsma_id",
        "globalid",
        "key",
    ),
    "name": ("name", "hazard_name", "area_name", "nom", "nom_de_la_zone", "nom_zone", "zone_name", "designation"),
    "source": ("source", "data_source", "organisation", "organization", "operator", "operateur"),
    "status": (
        "status",
        "hazard_status",
        "imas_status",
        "statut",
        "etat",
        "area_status",
        "zone_status",
        "statut_de_la_zone",
        "statut_zone",
        "etat_de_la_zone",
        "etat_zone",
        "classification",
        "area_type",
        "type_de_zone",
        "type",
    ),
    "status_date": (
        "status_since",
        "status_date",
        "date_of_status",
        "statut_depuis",
        "date_statut",
        "date_du_statut",
        "date_de_statut",
        "date_etat",
        "date_de_l_etat",
        "date",
        "date_rapport",
        "date_du_rapport",
        "report_date",
        "date_of_report",
    ),
    "history": ("history", "status_history", "historique"),
    "devices": ("device_categories", "device_category", "devices", "ordnance", "categories_engins", "engins"),
    "survey_date": (
        "survey_date",
        "date_of_survey",
        "date_enquete",
        "date_de_l_enquete",
        "date_du_leve",
        "date_leve",
        "date_ent",
        "date_nts",
        "nts_date",
        "date_enquete_non_technique",
    ),
    "clearance_date": (
        "clearance_date",
        "date_of_clearance",
        "completion_date",
        "date_depollution",
        "date_de_depollution",
        "date_fin_depollution",
        "date_fin_de_depollution",
        "date_deminage",
        "date_du_deminage",
    ),
    "method": ("method", "survey_method", "methode"),
    "area_m2": (
        "area_reported_m2",
        "area_m2",
        "size_m2",
        "superficie_m2",
        "surface_m2",
        "area_size",
        "area",
        "superficie_en_m2",
        "surface_en_m2",
        "area_sqm",
        "superficie_m",
        "surface_m",
    ),
    "area_ha": ("area_ha", "size_ha", "superficie_ha", "surface_ha"),
    "area_km2": ("area_km2", "size_km2", "superficie_km2", "surface_km2"),
    "updated_at": ("updated_at", "last_modified", "date_maj"),
    "review": ("validation_status", "validation_status_uid", "reviewstate", "review_state", "etat_de_validation"),
    "synthetic": ("synthetic", "synthetique"),
    "wkt": (
        "wkt",
        "geometry",
        "geom",
        "the_geom",
        "geom_wkt",
        "wkt_geom",
        "geometrie",
        "polygon",
        "polygone",
        "contour",
    ),
    "point": (
        "point",
        "point_label",
        "point_local_id",
        "point_type",
        "vertex",
        "vertex_id",
        "vertex_no",
        "point_no",
        "pointno",
        "point_number",
        "corner",
        "corner_no",
        "sommet",
        "no_sommet",
        "n_sommet",
        "numero_sommet",
        "numero_du_sommet",
        "numero_point",
        "numero_du_point",
    ),
    "origin": ("from", "from_point", "depuis"),
    "bearing": ("bearing", "bearing_deg", "azimut", "gisement", "relevement"),
    "distance": ("distance_m", "distance"),
    "longitude": ("longitude", "lon", "long", "x"),
    "latitude": ("latitude", "lat", "y"),
    "bearing_reference": ("bearing_reference", "north", "bearing_type", "nord"),
    "declination": ("declination_deg", "declination", "declinaison"),
}

#: Fields whose words a column map may teach.
TAUGHT: Final = ("status", "devices", "method")
#: Fields that hold one date each.
DATE_FIELDS: Final = ("status_date", "survey_date", "clearance_date", "updated_at")

#: "ERW" is both of its kinds (IMAS 04.10): unexploded and abandoned ordnance. An area may hold several kinds.
_BOTH_KINDS: Final = frozenset(
    map(stem, ("erw", "reg", "explosive remnants of war", "reste explosif de guerre", "uxo/axo"))
)


#: Words, as `stem` leaves them, that any folder of areas may have in its name.
_ANY_AREA: Final = frozenset(map(stem, ("zone", "area", "hazardous", "dangereuse")))


class FieldError(ValueError):
    """One field of one record cannot be used."""

    def __init__(self, column: str, value: str, reason: Message, kind: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason, self.kind = column, value, reason, kind


def column_of(field: str, columns: Iterable[str]) -> str | None:
    """Return the folded column that holds `field`, or None."""
    present = set(columns)
    for name in NAMES[field]:
        if name in present:
            return name
        short = name[:SHAPEFILE_NAME_LENGTH].rstrip("_")
        if len(name) > SHAPEFILE_NAME_LENGTH and short in present:
            return short
    return None


def text_of(properties: Mapping[str, str], field: str) -> str:
    """Return the text of `field`, stripped; empty where the record has none or says that it is not known."""
    column = column_of(field, properties)
    text = properties[column].strip() if column else ""
    return "" if is_blank(text) else text


def require_plain_text(properties: Mapping[str, str]) -> None:
    """Raise `FieldError` where a text holds control characters, or what a spreadsheet would run as a formula."""
    for column, value in properties.items():
        if (shown := visible(value)) != value:
            raise FieldError(column, shown, message("the text holds control characters"), "control")
        if is_formula(value):
            raise FieldError(column, value, message("the text is a spreadsheet formula"), "formula")


def require_unrejected(properties: Mapping[str, str]) -> None:
    """Raise `FieldError` where a review has refused the record."""
    if fold(reviewed := text_of(properties, "review")) in REJECTED:
        raise FieldError("review", reviewed, message("it was rejected in review"), "review")


def parse_date(text: str, column: str, today: dt.date, order: Order | None) -> tuple[dt.date | None, DatePrecision]:
    """Return the (first) day that a text gives and how closely it is known; None for an empty text.

    `order` is the file's order of day and month (`geo.incidents.dates.settle_order`).
    """
    moment = parse_moment(text, order, short=True)
    if moment is None:
        return None, DatePrecision.DAY
    if isinstance(moment, Trouble):
        raise FieldError(column, text, message("not a date; expected YYYY-MM-DD"), "date")
    date = moment.at.date()
    if date > today:
        raise FieldError(column, text, message("the date lies in the future"), "date")
    if date < EARLIEST:
        raise FieldError(column, text, message("the date lies before {earliest}", earliest=EARLIEST), "date")
    return date, moment.precision


def parse_number(text: str, column: str, *, minimum: float = -math.inf, maximum: float = math.inf) -> float | None:
    """Return a finite number within bounds (decimal point or comma), or None for an empty text."""
    if not text:
        return None
    number = parse_decimal(text)
    if not math.isfinite(number):
        raise FieldError(column, text, message("not a number"), "number")
    if not minimum <= number <= maximum:
        raise FieldError(
            column,
            text,
            message("the number is out of range; expected {low} to {high}", low=minimum, high=maximum),
            "number",
        )
    return number


def parse_status(text: str, column: str) -> HazardStatus:
    """Return the status a word stands for."""
    status = words("statuses").find(text)
    if status is None:
        raise FieldError(
            column,
            text,
            message(
                "unknown status; expected one of {expected}", expected=", ".join(str(status) for status in HazardStatus)
            ),
            "code",
        )
    return HazardStatus(status)


def status_named(name: str) -> HazardStatus | None:
    """Return the status after which a folder of areas is named (``Zones soupçonnées``, ``Suspected areas``), if any."""
    bare = "_".join(part for part in stem(name).split("_") if part not in _ANY_AREA)
    found = words("statuses").find(name) or words("statuses").find(bare)
    return HazardStatus(found) if found is not None else None


def parse_method(text: str, column: str) -> Method | None:
    """Return the method a word stands for, or None for an empty text."""
    if not text:
        return None
    method = words("methods").find(text)
    if method is None:
        raise FieldError(
            column,
            text,
            message("unknown method; expected one of {expected}", expected=", ".join(str(known) for known in Method)),
            "code",
        )
    return Method(method)


def device_kinds(word: str) -> tuple[HazardType, ...]:
    """Return the categories of ordnance that a word stands for; none where it is not known, or lies in no area."""
    if stem(word) in _BOTH_KINDS:
        return HazardType.UXO, HazardType.AXO
    kind = words("devices").find(word)
    return (HazardType(kind),) if kind is not None and kind in EXPLOSIVE else ()


def parse_devices(text: str, column: str) -> str | None:
    """Return the device categories of a list separated by ``;`` ``,`` ``|`` ``+`` or ``/``, in the schema's form."""
    found: set[HazardType] = set()
    # Sira's own files hold a JSON list of words.
    for word in filter(None, map(str.strip, re.split(_between(text), re.sub(r'[\[\]"]', "", text)))):
        kinds = device_kinds(word)
        if not kinds:
            raise FieldError(
                column,
                text,
                message(
                    "unknown device category {word}; expected some of {expected}",
                    word=word,
                    expected=", ".join(EXPLOSIVE),
                ),
                "code",
            )
        found.update(kinds)
    return ";".join(kind for kind in HazardType if kind in found) or None


def _between(text: str) -> str:
    """Return what stands between the words of a list: forms put a blank between the names of their choices."""
    names = text.split()
    return r"\s" if all(name in EXPLOSIVE for name in names) else r"[;,|+/]"


def parse_flag(text: str, column: str) -> bool:
    """Return a yes or no; empty is no."""
    word = fold(text)
    if word not in TRUE | FALSE:
        raise FieldError(column, text, message("not a yes or no; expected true or false"), "code")
    return word in TRUE


def parse_changes(text: str, column: str, today: dt.date) -> tuple[StatusChange, ...]:
    """Return the changes of a history: the schema's JSON, or ``2019-05-02 suspected; 2021-01-09 cleared``."""
    changes = [
        StatusChange(_history_date(since, text, column, today), parse_status(word, column))
        for since, word in _history_pairs(text, column)
    ]
    if len({change.since for change in changes}) < len(changes):
        raise FieldError(column, text, message("the history states two statuses on the same date"), "status")
    return tuple(sorted(changes))


def _history_pairs(text: str, column: str) -> list[tuple[str, str]]:
    if not text.startswith("["):
        parts = [part.strip().partition(" ") for part in text.split(";") if part.strip()]
        return [(since, word) for since, _, word in parts]
    try:
        return [_history_pair(entry) for entry in json.loads(text)]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise FieldError(column, text, message("the history is not a list of dates with statuses"), "status") from None


def _history_pair(entry: Any) -> tuple[str, str]:
    """Return date and word of a change: a pair, or an object as in the files that Sira writes."""
    since, word = (entry["since"], entry["status"]) if isinstance(entry, dict) else entry
    return str(since), str(word)


def _history_date(since: str, text: str, column: str, today: dt.date) -> dt.date:
    try:
        date = dt.date.fromisoformat(since)
    except ValueError:
        raise FieldError(
            column, text, message("{value} in the history is not a date of the form YYYY-MM-DD", value=since), "date"
        ) from None
    if date > today:
        raise FieldError(column, text, message("a date of the history lies in the future"), "date")
    return date

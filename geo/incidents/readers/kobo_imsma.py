"""Tables without a fixed header: IMSMA and IMAS-style accident tables, KoBo exports, points in GIS files.

IMAS and its minimum data requirements name the elements (coordinates, date, category of the device; of a victim the
sex, age and activity) but no header, and each programme exports its own. So the headers are matched by name, in
English and French.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from geo.core.identity import ALSO_AND, ALSO_BETWEEN
from geo.incidents.geofile import LAT, LON, OTHER
from geo.incidents.raw import Format, Raw, Table, choose
from geo.incidents.readers.geopoints import event_position, position_by_content
from geo.incidents.readers.parts import QUESTION, choose_parts, choose_sixtieths
from geo.incidents.readers.victim_headers import choose_victims
from geo.incidents.readers.victims import merge_victims
from geo.incidents.schema import VICTIM_COLUMNS
from geo.reading.text import each, fold

_HEADERS: Final[Mapping[str, str]] = {
    "source_id": "accident_id, accident_localid, accident id, incident_id, incident id, event_id, event id, id, "
    "identifiant, id accident, id incident, numero, reference, ref, globalid, _uuid, n, no, nr, code, code incident, "
    "code accident, numero incident, numero accident, n incident, no incident, incident no, incident number, "
    "reference incident, ref incident, incident ref, incident reference, identifiant incident, record id",
    "source": "source, organisation_source, data source",
    "date": "date_of_accident, accident date, dateofaccident, date of accident, date_of_incident, incident date, "
    "date of incident, event_date, event date, date, date accident, date de l'accident, date incident, "
    "date de l'incident, date_evenement",
    "date_precision": "date_precision, date precision, precision date, precision de la date",
    "longitude": "longitude, lon, long, lng, x, coord_x, gps_longitude, _gps_longitude, longitude w, longitude o, "
    "longitude west, longitude ouest, long w, long o",
    "latitude": "latitude, lat, y, coord_y, gps_latitude, _gps_latitude, latitude n, latitude north, "
    "latitude nord, lat n",
    "geopoint": "geopoint, gps, coordinates, coordonnees, location_gps, gps coordinates, coordonnees gps, "
    "position gps, coordonnees geographiques, lat_long, lat long, latlong, lat_lon, latlon, mgrs, utmref, wkt, "
    "geom_wkt, geometry, geom, the_geom, "
    "coordonnees mgrs, mgrs coordinates, mgrs grid, grid reference, mgrs grid reference, reference mgrs",
    "utm_zone": "utm_zone, utm zone, zone utm, fuseau, fuseau utm, zone",
    "easting": "easting, utm_easting, utm_x, x_utm, utm easting",
    "northing": "northing, utm_northing, utm_y, y_utm, utm northing",
    "accuracy_m": "accuracy_m, gps_accuracy, accuracy, gps_precision, _gps_precision, precision gps, precision_m",
    "location_precision": "location_precision, location precision, precision, precision localisation, "
    "precision de la localisation, precision du lieu",
    "location_error_km": "location_error_km, error_km, radius_km, rayon_km",
    "country": "country, country_name, pays, admin0, adm0, adm0_name, adm0_fr",
    "region": "region, admin1, adm1, adm1_name, adm1_fr, province, gazetteer_l1, admin1_pcode, adm1_pcode",
    "cercle": "cercle, admin2, adm2, adm2_name, adm2_fr, district, gazetteer_l2, admin2_pcode, adm2_pcode",
    "commune": "commune, admin3, adm3, adm3_name, adm3_fr, municipality, gazetteer_l3, admin3_pcode, adm3_pcode",
    "hazard_type": "device_category, device category, category of device, device_type, device type, hazard_type, "
    "hazard type, ordnance type, ordnance_type, explosive type, categorie d'engin, type d'engin, engin, "
    "type engin, device, ordnance_category, explosive ordnance category, eo category, type d'engin explosif, "
    "type d'engin explosif implique, engin explosif, nature de l'engin, type of device, type of explosive device, "
    "explosive device, type of explosive, weapon, hazard, eo type, type of eo, item, item found, arme, type d'arme, "
    "engin implique, nature engin, type explosif, type d'explosif, munition, type de munition",
    "outcome": "outcome, result, type_of_event, event outcome, issue, resultat, type of event, event type, "
    "nature de l'evenement, nature evenement, nature de l'incident, nature incident, type d'evenement, type evenement, "
    "type d'incident, type incident, incident type, type d'accident, nature de l'accident, event, "
    "que s'est il passe, what happened, circonstance, circonstances",
    "killed_total": "killed, killed_total, number killed, number of killed, nb_killed, deaths, fatalities, "
    "tues, nb_tues, morts, deces",
    "injured_total": "injured, injured_total, number injured, number of injured, nb_injured, wounded, blesses, "
    "nb_blesses",
    "killed_civilian": "killed_civilian, civilians killed, civils tues",
    "injured_civilian": "injured_civilian, civilians injured, civils blesses",
    "killed_security_force": "killed_security_force, military killed, fds tues, militaires tues",
    "injured_security_force": "injured_security_force, military injured, fds blesses, militaires blesses",
    "victim_harm": "victim_status, victim status, victim_outcome, injury status, killed_or_injured, etat victime, "
    "statut victime, victim condition",
    "victim_sex": "victim_sex, victim sex, victim_gender, gender, sex, sexe, sexe victime",
    "victim_age": "victim_age, victim age, age, age victime",
    "victim_standing": "victim_type, victim type, victim_category, victim occupation group, type victime, "
    "categorie victime",
    "narrative": "narrative, details, description, comments, remarks, commentaire, commentaires, observations, summary",
    "activity": "activity, activite, activity at time of accident, victim_activity, activite victime",
    "place_name": "place_name, place, nearest_town, nearest town, location, town, village, locality, lieu, localite, "
    "ville, village le plus proche",
    "entered_at": "entered_at, data_entry_date, data entry date, date_entered, dataentrydate, _submission_time, "
    "date de saisie, creationdate",
    "updated_at": "updated_at, last_updated, last updated, date_updated, date de mise a jour, editdate",
    "review": "_validation_status, validation_status, reviewstate, review_state, validation status, etat de validation",
    "crs": "coordrefsys, coordinate reference system, srid, epsg",
}

#: Field → names that may fill it. The canonical names of the victim columns are all taken.
HEADERS: Final[dict[str, tuple[str, ...]]] = {name: (name,) for name in VICTIM_COLUMNS} | {
    name: tuple(line.split(", ")) for name, line in _HEADERS.items()
}

_SHAPEFILE_NAME: Final = 10
#: What may stand around the name of a coordinate: the datum, the format, the kind of place.
_BESIDE: Final = (
    r"(?:gps|coord|coords|coordonnees?|coordinates?|geographiques?|geographic|position|point|geo|wgs|wgs84|84|dd|dms|dm|"
    r"ddm|decimale?s?|decimaux|degres?|degrees?|deg|en|in|de|du|l|la|le|of|the|incident|accident|event|evenement|"
    r"explosion|engin|site|gcs|epsg|4326)"
)
_METRES: Final = (
    r"(?:gps|coord|coords|coordonnees?|coordinates?|utm|wgs|wgs84|84|zone|fuseau|m|metres?|meters?|en|in|"
    r"(?:utm)?(?:28|29|30|31)[npq]?|[npq])"
)
_IN_METRES: Final = r"(?=.*(?:utm|easting|northing|28|29|30|31|metres?|meters?|fuseau|zone|est|east|nord|north))"
_DATE_FORMAT: Final = (
    r"(?:(?:jj|dd|j|d|mm|m|aaaa|aa|yyyy|yy|jour|mois|annee|day|month|year|format)_){2,}"
    r"(?:jj|dd|j|d|mm|m|aaaa|aa|yyyy|yy|jour|mois|annee|day|month|year)"
)
#: Field → its headers, folded, with what may stand around its name.
_QUALIFIED: Final = {
    "longitude": re.compile(
        rf"(?:{_BESIDE}_)*(?:longitude|long?|lng|x)(?:_(?:w|o|west|ouest|e|est|east))?(?:_{_BESIDE})*"
    ),
    "latitude": re.compile(rf"(?:{_BESIDE}_)*(?:latitude|lat|y)(?:_(?:n|nord|north))?(?:_{_BESIDE})*"),
    "easting": re.compile(rf"{_IN_METRES}(?:{_METRES}_)*(?:easting|est|east|x|e)(?:_{_METRES})*"),
    "northing": re.compile(rf"{_IN_METRES}(?:{_METRES}_)*(?:northing|nord|north|y|n)(?:_{_METRES})*"),
    "date": re.compile(rf"date(?:_(?:de_l_|of_|d_)?(?:incident|accident|evenement|event|explosion))?_{_DATE_FORMAT}"),
}
_POSITIONS: Final = frozenset({"longitude", "latitude", "geopoint", "easting"})
#: What KoBo's programming interface says of a review, as `geo.reading.records` names it.
_REVIEW: Final = re.compile(r"_validation_status/uid$")
_KOBO_SYSTEM: Final = frozenset({"_uuid", "_submission_time"})
#: Where a form's position may be found: coordinates, or a named unit.
_PLACES: Final = ("longitude", "geopoint", "easting", "commune", "cercle", "region")


def _without_scheme(raw: Raw) -> None:
    """Take ``uuid:`` off KoBo's ids: its columns write the same id with and without. An edited submission has others.

    Where a row does not tell its root, it is known by its number, which editing leaves as it is, else by its own id.
    """
    for name in ("source_id", "also_id", "edited_id"):
        raw.frame[name] = each(raw.column(name), lambda text: text.removeprefix("uuid:"))
    number, instance, edited = raw.column("form_id"), raw.frame["also_id"], raw.frame["edited_id"]
    stated = raw.frame["source_id"]
    raw.frame["source_id"] = stated.where(stated != "", number.where(number != "", instance))
    also = instance.where(edited == "", instance + ALSO_AND + edited)
    raw.frame["also_id"] = also.where((number == "") | (number == raw.frame["source_id"]), also + ALSO_BETWEEN + number)


IMSMA: Final = Format(
    name="imsma",
    label="IMSMA / IMAS",
    columns=HEADERS,
    required=(("date",), ("hazard_type",), _PLACES),
    refine=merge_victims,
)
KOBO: Final = Format(
    name="kobo",
    label="KoBo",
    # An edited submission keeps the first two and gets another ``_uuid``, which earlier versions of Sira went by; its
    # deprecatedID is the one before. An export may leave out the root, so that its records are known by the second.
    columns=HEADERS
    | {
        "source_id": ("rootuuid", "_id", "_uuid"),
        "also_id": ("_uuid",),
        "edited_id": ("deprecatedid",),
        "form_id": ("_id",),
        "entered_at": ("_submission_time",),
    },
    refine=_without_scheme,
    required=(("date",), ("hazard_type",), _PLACES),
)
POINTS: Final = Format(
    name="points",
    label="GeoJSON / GeoPackage",
    columns=HEADERS | {"longitude": (LON,), "latitude": (LAT,), "geometry_type": (OTHER,)},
    required=(("date",), ("hazard_type",)),
    refine=merge_victims,
)


def is_known_header(cell: str) -> bool:
    """Tell whether a cell is one of the names by which columns are known."""
    return bool(cell) and _plain(cell) in _KNOWN


def is_kobo(header: list[str]) -> bool:
    """Tell whether a header is that of a KoBo export: its system columns are there whatever the form asks."""
    return {name.strip() for name in header} >= _KOBO_SYSTEM


def choose_generic(table: Table, form: Format) -> dict[str, int]:
    """Choose columns by name, without regard to accents, case, punctuation and KoBo's ``group/`` prefixes."""
    folded = Table(table.file, [_plain(h) for h in table.header], table.lines, table.rows, table.notes)
    columns = {name: _unique(names) for name, names in form.columns.items()}
    chosen = choose(folded, columns)
    chosen |= _asked(folded, columns, chosen)
    if LON in table.header:
        chosen |= _cut(folded, table.header, columns, chosen)
    chosen |= choose_sixtieths(folded, chosen)
    chosen |= _qualified(folded, table.header, chosen)
    chosen |= choose_victims(table.header, chosen)
    if LON not in table.header:
        chosen |= event_position(folded, table.header, chosen)
    chosen |= choose_parts(folded, table.header, {name: _unique(HEADERS[name]) for name in HEADERS}, chosen)
    if (reviewed := next((p for p, name in enumerate(table.header) if _REVIEW.search(name)), None)) is not None:
        chosen["review"] = reviewed
    if LON not in table.header and not _POSITIONS & chosen.keys():
        chosen |= position_by_content(folded, chosen)
    return chosen


def _cut(
    folded: Table, header: Sequence[str], columns: Mapping[str, tuple[str, ...]], chosen: Mapping[str, int]
) -> dict[str, int]:
    """Choose columns whose names a shapefile has cut to ten letters, where they begin the names of one field only."""
    found: dict[str, int] = {}
    for position, (name, plain) in enumerate(zip(header, folded.header, strict=True)):
        if len(name.strip()) == _SHAPEFILE_NAME and position not in chosen.values():
            fields = {field for field, names in columns.items() if any(each.startswith(plain) for each in names)}
            if len(fields) == 1 and not fields & {*chosen, *found}:
                found[fields.pop()] = position
    return found


def _qualified(folded: Table, header: Sequence[str], chosen: Mapping[str, int]) -> dict[str, int]:
    """Choose columns whose header says more than the field: its unit, datum, format, or whose coordinate it is."""
    found: dict[str, int] = {}
    whole = [_plain(name.replace("/", " ")) for name in header]
    for name, pattern in _QUALIFIED.items():
        axes = {"longitude", "latitude"} if name in ("longitude", "latitude") else {name}
        if axes & chosen.keys() or LON in header:
            continue
        fitting = [
            position
            for position, (last, full) in enumerate(zip(folded.header, whole, strict=True))
            if (pattern.fullmatch(last) or pattern.fullmatch(full)) and position not in chosen.values()
        ]
        if len(fitting) == 1:
            found[name] = fitting[0]
    for one, other in (("longitude", "latitude"), ("easting", "northing")):
        if (one in found) != (other in found):
            found.pop(one, None)
            found.pop(other, None)
    return found


def _asked(folded: Table, columns: Mapping[str, tuple[str, ...]], chosen: Mapping[str, int]) -> dict[str, int]:
    """Choose columns whose header puts the name of a field as a question: a form's labels stand for its names."""
    bare = [QUESTION.sub("", header) for header in folded.header]
    found: dict[str, int] = {}
    for name in columns.keys() - chosen.keys():
        fitting = [
            position
            for position, (header, asked) in enumerate(zip(folded.header, bare, strict=True))
            if asked != header and asked in columns[name] and position not in chosen.values()
        ]
        if len(fitting) == 1:
            found[name] = fitting[0]
    return found


def _plain(header: str) -> str:
    if header in (LON, LAT, OTHER):
        return header
    last = header.rsplit("/", 1)[-1].strip()
    return ("_" if last.startswith("_") else "") + fold(last)


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_plain(name) for name in names))


_KNOWN: Final = frozenset(_plain(name) for names in HEADERS.values() for name in names)

"""Words of precision, victims and reviews in English and French; devices and outcomes stand in ``data/words``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geo.incidents.schema import DatePrecision, LocationPrecision
from geo.reading.text import fold


def _table(words: Mapping[str, str]) -> dict[str, str]:
    return {fold(word): value for value, line in words.items() for word in (value, *line.split(", "))}


DATE_PRECISIONS: Final = _table(
    {
        DatePrecision.DAY: "exact, jour, exacte",
        DatePrecision.MONTH: "mois",
        DatePrecision.YEAR: "année, an",
    }
)

LOCATION_PRECISIONS: Final = _table(
    {
        LocationPrecision.EXACT: "gps, exacte, précis, précise, exact location",
        LocationPrecision.SETTLEMENT: "village, town, ville, localité",
        LocationPrecision.WITHIN_KM: "within km, radius, rayon",
        LocationPrecision.ROAD_AXIS: "road axis, road, axe, route, axe routier",
        LocationPrecision.COMMUNE: "adm3, admin3",
        LocationPrecision.CERCLE: "adm2, admin2",
        LocationPrecision.REGION: "région, adm1, admin1, censored, censuré, masqué, withheld",
        LocationPrecision.COUNTRY: "pays, adm0, admin0, national",
    }
)

KILLED, INJURED, UNHURT = "killed", "injured", "unhurt"

#: What befell a victim.
HARMS: Final = _table(
    {
        KILLED: "dead, died, fatal, fatality, death, deceased, mort, morte, décédé, décédée, tué, tuée, décès",
        INJURED: "wounded, injury, blessé, blessée, survivor, survivant, survivante, amputation, blessure",
        UNHURT: "not injured, uninjured, none injured, indemne, sain et sauf",
    }
)

SEXES: Final = _table(
    {"m": "male, man, boy, homme, masculin, garçon, h", "f": "female, woman, girl, femme, féminin, fille"}
)

#: Victim's standing → the group of `geo.incidents.schema.VICTIM_GROUPS`.
STANDINGS: Final = _table(
    {
        "civilian": "civil, civile, civilians",
        "humanitarian": "humanitaire, aid worker, ngo, ong, deminer, démineur, un civilian",
        "peacekeeper": "minusma, casque bleu, casque bleus, un force, un military",
        "security_force": (
            "security force, security forces, military, militaire, soldier, soldat, fama, fds, police, gendarme, "
            "forces de défense et de sécurité"
        ),
    }
)

#: Words, folded, that reviewers reject a record with: KoBo's, ODK Central's, IMSMA's.
REJECTED: Final = frozenset(
    {
        "rejected", "rejete", "rejetee", "not_approved", "non_approuve", "non_approuvee",
        "validation_status_not_approved", "refused", "refuse", "refusee", "invalid", "invalide",
    }
)  # fmt: skip

#: From this age a person is an adult.
ADULT: Final = 18

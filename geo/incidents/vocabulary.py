"""Words of mine action in English and French, and the closed lists they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geo.incidents.schema import DatePrecision, HazardType, LocationPrecision, Outcome
from geo.reading.text import fold


def _table(words: Mapping[str, str]) -> dict[str, str]:
    return {fold(word): value for value, line in words.items() for word in (value, *line.split(", "))}


#: Device categories as mine action tables write them. A plain "mine" does not say which kind, nor does "ERW".
HAZARDS: Final = _table(
    {
        HazardType.IED: (
            "IEDs, improvised explosive device, engin explosif improvisé, EEI, VBIED, SVBIED, PBIED, RCIED, VOIED, "
            "roadside bomb, booby trap, booby-trap, piège"
        ),
        HazardType.AP_MINE: (
            "AP mine, APM, AP, anti-personnel mine, antipersonnel mine, mine antipersonnel, mine anti-personnel, MAP"
        ),
        HazardType.AV_MINE: (
            "AV mine, AVM, AV, anti-vehicle mine, antivehicle mine, anti-tank mine, AT mine, ATM, mine antivéhicule, "
            "mine anti-véhicule, mine antichar, mine anti-char, MAV, MAC"
        ),
        HazardType.UXO: "unexploded ordnance, munition non explosée, MNE, UXOs, dud, cluster munition, submunition",
        HazardType.AXO: "abandoned explosive ordnance, munition explosive abandonnée, MEA, stored ammunition",
        HazardType.OTHER_EXPLOSIVE: "other explosive, other, autre, autre engin explosif, grenade, mortar, rocket",
        HazardType.UNKNOWN: (
            "mine, mines, landmine, ERW, REG, restes explosifs de guerre, explosive remnants of war, UXO/AXO, "
            "mine/ERW, mine/IED, IED/mine, explosive ordnance, engin explosif, EO, EE, indéterminé, "
            "non identifié, unidentified"
        ),
        # A grenade, mortar or rocket by itself may also be one that was found.
        HazardType.AIR_OR_INDIRECT_FIRE: (
            "air strike, airstrike, air/drone strike, drone strike, aerial bombardment, frappe aérienne, "
            "frappe de drone, bombardement, bombardement aérien, indirect fire, tir indirect, tirs indirects, "
            "shelling, artillery, artillery fire, artillerie, tir d'artillerie, mortar fire, mortar attack, "
            "tir de mortier, tirs de mortier, rocket fire, rocket attack, tir de roquette, tirs de roquettes, "
            "missile attack, grenade attack, jet de grenade, attaque à la grenade"
        ),
        HazardType.NOT_EXPLOSIVE: "not explosive, non explosif, conflict event",
    }
)

OUTCOMES: Final = _table(
    {
        Outcome.DETONATION: "detonated, exploded, explosion, accident, détonation, explosé, a explosé, mine accident",
        Outcome.FOUND: "discovered, discovery, find, découverte, découvert, trouvé, reported, signalé, spot task",
        Outcome.CLEARED: (
            "destroyed, neutralised, neutralized, removed, disposed, rendered safe, détruit, neutralisé, enlevé, "
            "dépollué, désamorcé"
        ),
    }
)

DATE_PRECISIONS: Final = _table(
    {
        DatePrecision.DAY: "exact, jour, exacte",
        DatePrecision.MONTH: "mois",
        DatePrecision.YEAR: "année, an",
    }
)

LOCATION_PRECISIONS: Final = _table(
    {
        LocationPrecision.EXACT: "gps, exacte, précis, précise",
        LocationPrecision.SETTLEMENT: "village, town, ville, localité",
        LocationPrecision.WITHIN_KM: "within km, radius, rayon",
        LocationPrecision.ROAD_AXIS: "road axis, road, axe, route, axe routier",
        LocationPrecision.COMMUNE: "adm3, admin3",
        LocationPrecision.CERCLE: "adm2, admin2",
        LocationPrecision.REGION: "région, adm1, admin1",
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

#: From this age a person is an adult.
ADULT: Final = 18

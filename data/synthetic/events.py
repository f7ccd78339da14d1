"""Draw the synthetic incidents: events on the ground, then the reports that one or two sources make of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from draw import Draw, quotas
from ground import Ground, Spot, as_text, distance_km

from geo.incidents.schema import VICTIM_COLUMNS, VICTIM_GROUPS, VICTIM_SEX_AGE

IED_MINE = ("ied", "ap_mine", "av_mine")

FIRST, SECOND = "synthetic", "synthetic-b"

#: Device and the participle's ending that agrees with it.
DEVICES = {
    "ied": ("un engin explosif improvisé", ""),
    "ap_mine": ("une mine antipersonnel", "e"),
    "av_mine": ("une mine antivéhicule", "e"),
    "uxo": ("une munition non explosée", "e"),
    "axo": ("une munition explosive abandonnée", "e"),
    "other_explosive": ("un autre engin explosif", ""),
    "unknown": ("un engin explosif non identifié", ""),
}
WHO = {
    "civilian": "Des civils ont",
    "security_force": "Une patrouille des forces de sécurité a",
    "peacekeeper": "Un convoi de Casques bleus a",
    "humanitarian": "Un véhicule humanitaire a",
    "": "Un véhicule a",
}


@dataclass(frozen=True)
class Event:
    """What happened, known fully: reports tell less of it."""

    number: int
    date: dt.date
    hazard: str
    outcome: str
    spot: Spot
    lon: float
    lat: float
    group: str = ""
    killed: int | None = 0
    injured: int | None = 0
    sex_age: Mapping[str, int] = field(default_factory=dict)


class Events:
    """Draws events and reports from the assumptions."""

    def __init__(self, assumptions: Mapping[str, Any], ground: Ground, draw: Draw) -> None:
        self._a = assumptions
        self._ground = ground
        self._draw = draw

    def rows(self) -> list[dict[str, Any]]:
        """Return all reports as rows of the canonical table, with longitude and latitude as columns."""
        rows = []
        for event in self._events():
            first = self._report(event, FIRST)
            rows.append(first)
            if self._draw.chance(self._a["second_source"]["share"]):
                rows.append(self._second(event))
        return rows

    def _events(self) -> list[Event]:
        drawn: list[Event] = []
        for year, count in self._a["events"]["per_year"].items():
            drawn += self._year(int(year), count, drawn)
        return drawn

    def _year(self, year: int, count: int, earlier: list[Event]) -> list[Event]:
        """One year's events; kinds and regions are met exactly, so that published shares are."""
        kinds = quotas(count, self._a["hazard_types"])
        shares = self._shares(year)
        pairs: list[tuple[str, str]] = []
        for chosen in (IED_MINE, tuple(kind for kind in kinds if kind not in IED_MINE)):
            hazards = self._draw.shuffled([kind for kind in chosen for _ in range(kinds[kind])])
            regions = self._draw.shuffled(
                [region for region, n in quotas(len(hazards), shares).items() for _ in range(n)]
            )
            pairs += zip(hazards, regions, strict=True)
        last = min(dt.date(year, 12, 31), self._a["last_day"])
        days = sorted(self._draw.day(dt.date(year, 1, 1), last) for _ in pairs)
        events: list[Event] = []
        for day, (hazard, region) in zip(days, self._draw.shuffled(pairs), strict=True):
            events.append(self._event(len(earlier) + len(events) + 1, day, hazard, region, [*earlier, *events]))
        return events

    def _shares(self, year: int) -> dict[str, float]:
        anchors = {int(key): value for key, value in self._a["region_shares"].items()}
        before = max(key for key in anchors if key <= year)
        after = min(key for key in anchors if key >= year)
        part = (year - before) / (after - before) if after > before else 0.0
        return {name: share + part * (anchors[after][name] - share) for name, share in anchors[before].items()}

    def _event(self, number: int, day: dt.date, hazard: str, region: str, earlier: list[Event]) -> Event:
        lon, lat, spot = self._place(day, hazard, region, earlier)
        outcomes = self._a["outcomes"]["ied_mine" if hazard in IED_MINE else "other"]
        event = Event(number, day, hazard, self._draw.weighted(outcomes), spot, lon, lat)
        return self._with_victims(event) if event.outcome == "detonation" else event

    def _place(self, day: dt.date, hazard: str, region: str, earlier: list[Event]) -> tuple[float, float, Spot]:
        rules = self._a["events"]
        recent = [
            event
            for event in earlier
            if event.spot.region == region and (day - event.date).days <= rules["repeat_days"]
        ]
        towns = [town for town in self._ground.towns if town.region == region]
        scale = rules["road_scatter_km"]
        if recent and self._draw.chance(rules["repeat_share"]):
            event = self._draw.pick(recent)
            spot, lon, lat, scale = event.spot, event.lon, event.lat, rules["repeat_distance_km"]
        elif hazard in IED_MINE or not towns:
            spot = self._draw.weighted({spot: spot.weight for spot in self._ground.spots[region]})
            lon, lat = spot.lon, spot.lat
        else:
            town = self._draw.pick(towns)
            spot = Spot(town.lon, town.lat, region)
            lon, lat, scale = town.lon, town.lat, rules["town_scatter_km"]
        while True:  # an event stays in the region whose share it fills
            x, y = self._ground.scatter(self._draw, lon, lat, scale)
            if (found := self._ground.unit("region", x, y)) and found[1] == region:
                return x, y, spot

    def _with_victims(self, event: Event) -> Event:
        rules = self._a["victims"]
        groups = dict(rules["groups" if event.hazard in IED_MINE else "groups_other"])
        if event.date > rules["peacekeepers_until"]:
            groups["security_force"] += groups.pop("peacekeeper", 0.0)
        group = self._draw.weighted(groups)
        killed, injured = (
            None if self._draw.chance(rules["total_unknown_share"]) else self._draw.poisson(rules[mean])
            for mean in ("killed_mean", "injured_mean")
        )
        return replace(
            event,
            group="" if self._draw.chance(rules["group_unknown_share"]) else group,
            killed=killed,
            injured=injured,
            sex_age=self._sex_age(killed, injured) if self._draw.chance(rules["sex_age_known_share"]) else {},
        )

    def _sex_age(self, killed: int | None, injured: int | None) -> dict[str, int]:
        if not killed and not injured:
            return {}
        counts: dict[str, int] = {}
        for harm, people in (("killed", killed), ("injured", injured)):
            if people is not None:
                counts |= {f"{harm}_{kind}": 0 for kind in VICTIM_SEX_AGE}
                for _ in range(people):
                    counts[f"{harm}_{self._draw.weighted(self._a['victims']['sex_age'])}"] += 1
        return counts

    def _report(self, event: Event, source: str) -> dict[str, Any]:
        precision = self._draw.weighted(self._a["location_precision"])
        if precision == "road_axis" and not event.spot.road:
            precision = "commune"
        date_precision = self._draw.weighted(self._a["date_precision"])
        town = self._ground.nearest_town(event.lon, event.lat)
        return {
            "id": f"{source}:{_number(event, source)}",
            "source": source,
            "source_id": _number(event, source),
            "date": _first_day(event.date, date_precision),
            "date_precision": date_precision,
            "hazard_type": event.hazard,
            "outcome": event.outcome,
            "narrative": self._narrative(event, town.name),
            "place_name": town.name,
            "synthetic": "true",
            **self._location(event, precision),
            **_victims(event),
            **self._entered(event.date),
        }

    def _location(self, event: Event, precision: str) -> dict[str, Any]:
        if precision == "road_axis":
            return {"location_precision": precision, "location_unit": event.spot.road}
        if precision in ("commune", "cercle", "region"):
            unit = self._ground.unit(precision, event.lon, event.lat)
            if unit is None:
                raise RuntimeError(f"event {event.number} lies in no {precision}")
            return {"location_precision": precision, "location_unit": unit[0]}
        lon, lat, error = event.lon, event.lat, 0.1
        if precision == "within_km":
            error = self._draw.pick((5.0, 10.0, 25.0))
            lon, lat = self._ground.scatter(self._draw, lon, lat, error / 3)
        elif precision == "settlement":
            town = self._ground.nearest_town(lon, lat)
            apart = distance_km(town.lon, town.lat, lon, lat)
            if apart > 10:  # no town there to code it to: the report gives the point and says how far off it may be
                precision, error = "within_km", 10.0
            else:
                lon, lat, error = town.lon, town.lat, max(2.0, float(round(apart)))
        return {
            "location_precision": precision,
            "location_error_km": error,
            "longitude": round(lon, 5),
            "latitude": round(lat, 5),
        }

    def _second(self, event: Event) -> dict[str, Any]:
        """The report of a second source: a day or some hundred metres off, sometimes with other counts."""
        rules = self._a["second_source"]
        day = event.date
        if self._draw.chance(rules["day_off_share"]):
            day = min(day + dt.timedelta(days=self._draw.pick((-1, 1))), self._a["last_day"])
        lon, lat = self._ground.scatter(self._draw, event.lon, event.lat, rules["distance_scale_km"])
        killed = event.killed
        if killed is not None and event.outcome == "detonation" and self._draw.chance(rules["count_differs_share"]):
            killed += 1
        told = replace(event, date=day, lon=lon, lat=lat, killed=killed, sex_age={})
        row = self._report(told, SECOND)
        for column in ("location_unit", "location_error_km", "longitude", "latitude"):
            row.pop(column, None)
        return {**row, "date": as_text(day), "date_precision": "day", **self._location(told, "exact")}

    def _entered(self, day: dt.date) -> dict[str, str]:
        rules, limit = self._a["reporting"], self._a["reported_until"]
        entered = min(day + dt.timedelta(days=1 + round(self._draw.exponential(rules["lag_mean_days"]))), limit)
        updated = entered
        if self._draw.chance(rules["updated_share"]):
            updated = min(entered + dt.timedelta(days=self._draw.whole(1, 90)), limit)
        return {"entered_at": as_text(entered), "updated_at": as_text(updated)}

    def _narrative(self, event: Event, town: str) -> str:
        device, agreed = DEVICES[event.hazard]
        road = self._ground.road_names.get(event.spot.road, "")
        where = ("près d’" if town[0] in "AEIOUÉ" else "près de ") + town + (f", sur l’axe {road}" if road else "")
        if event.outcome != "detonation":
            done = "découvert" if event.outcome == "found" else "neutralisé"
            return f"DONNÉE SYNTHÉTIQUE. {device[0].upper()}{device[1:]} a été {done}{agreed} {where}."
        killed, injured = (
            "un nombre inconnu de" if count is None else str(count) for count in (event.killed, event.injured)
        )
        return (
            f"DONNÉE SYNTHÉTIQUE. {WHO[event.group]} déclenché {device} {where}\u202f: "
            f"{killed} tué(s), {injured} blessé(s)."
        )


def _number(event: Event, source: str) -> str:
    return f"{'S' if source == FIRST else 'B'}{event.number:05d}"


def _first_day(day: dt.date, precision: str) -> str:
    if precision == "year":
        return as_text(day.replace(month=1, day=1))
    return as_text(day.replace(day=1) if precision == "month" else day)


def _victims(event: Event) -> dict[str, int]:
    """Counts by column; a column left out is unknown, which is not zero."""
    known: dict[str, int] = dict(event.sex_age)
    for harm, count in (("killed", event.killed), ("injured", event.injured)):
        if count is not None:
            known[f"{harm}_total"] = count
            if event.group or count == 0:
                known |= {f"{harm}_{group}": 0 for group in VICTIM_GROUPS if group != "total"}
            if event.group:
                known[f"{harm}_{event.group}"] = count
    return {column: known[column] for column in VICTIM_COLUMNS if column in known}

"""What the tests of the map's counts share: choices, and what the page and the service make of each."""

from __future__ import annotations

from map_kit import layer

#: What the page itself makes of a choice, through the very functions that draw it.
ASK = """async (choice) => {
    const embedded = Sira.readBlock("sira-data");
    const source = embedded ? Sira.fileSource(embedded) : Sira.httpSource();
    const outlines = Sira.readOutlines(await source.outlines(choice));
    const counted = Sira.countUnits(outlines, Sira.makeTally(await source.counts(choice)), choice);
    return Object.fromEntries(counted.units.map((unit) => [unit.id, unit]));
}"""
COUNTED = (
    "events",
    "events_exact",
    "events_spread",
    "killed",
    "injured",
    "civilians",
    "rate_per_100k_year",
    "last_event",
    "conflict_events",
    "area_suspected_m2",
    "area_confirmed_m2",
    "area_released_m2",
)
CHOICES = (
    {"level": "cercle", "vintage": "2015", "start": "2019-03", "end": "2019-03", "hazard": ""},
    {"level": "cercle", "vintage": "2016", "start": "2015-01", "end": "2021-12", "hazard": "ap_mine"},
    {"level": "region", "vintage": "2016", "start": "2018-01", "end": "2020-12", "hazard": "ied"},
    {"level": "region", "vintage": "2023", "start": "2021-07", "end": "2022-02", "hazard": "uxo"},
    {"level": "commune", "vintage": "2016", "start": "2020-01", "end": "2020-12", "hazard": ""},
)


def served(address: str, choice: dict[str, str]) -> dict[str, dict[str, object]]:
    """Return unit → properties as the layers answer the same choice."""
    query = f"{choice['level']}s.geojson?vintage={choice['vintage']}&lang=fr"
    year, month = map(int, choice["end"].split("-"))
    query += f"&start={choice['start']}-01&end={year + month // 12}-{month % 12 + 1:02}-01"
    if choice["hazard"]:
        query += f"&hazard={choice['hazard']}"
    return {feature["id"]: feature["properties"] for feature in layer(address, query)["features"]}

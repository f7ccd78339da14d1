"""Every word on the map page, by the short name its scripts and templates use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.i18n import LANGUAGES, catalogue
from api.labels import HAZARD_STATUSES, HAZARD_TYPES, LOCATION_PRECISIONS, OUTCOMES
from geo.messages import Message, message

#: Languages by their own names, which no catalogue translates.
LANGUAGE_NAMES: Final = MappingProxyType({"fr": "Français", "en": "English"})


def _labels(prefix: str, labels: Mapping[Any, Message]) -> dict[str, Message]:
    return {f"{prefix}_{code.value}": label for code, label in labels.items()}


TEXTS: Final = MappingProxyType(
    {
        # The page's face
        "title": message("Sira: map of explosive incidents in Mali"),
        "subtitle": message("Explosive incidents recorded in Mali"),
        "banner": message(
            "Synthetic data: some or all of what is shown was drawn by a program to try Sira out. It is not real: "
            "base no decision on it."
        ),
        "age": message("Data up to {until}, revision {revision}"),
        "age_unknown": message("Revision {revision}"),
        "loading": message("Loading…"),
        "unreachable": message("The service cannot be reached."),
        "failed": message("The service could not answer."),
        "no_script": message("The map needs JavaScript. The same figures are under /layers/ as GeoJSON."),
        # Choices
        "map_label": message("Map of Mali"),
        "zoom_in": message("Zoom in"),
        "zoom_out": message("Zoom out"),
        "close": message("Close"),
        "choices": message("What to show"),
        "level": message("Boundaries"),
        "level_region": message("Region"),
        "level_cercle": message("Cercle"),
        "level_commune": message("Commune"),
        "vintage": message("As of"),
        "vintage_2015": message("2015 (8 regions + Bamako)"),
        "vintage_2016": message("2016 (10 regions + Bamako)"),
        "vintage_2023": message("2023 (19 regions + Bamako)"),
        "vintage_of": message("boundaries of {vintage}"),
        "hazard": message("Device"),
        "hazard_all": message("All explosive ordnance"),
        "from": message("From"),
        "to": message("Until"),
        "unit": message("Go to"),
        "choose_unit": message("Choose a unit…"),
        "also": message("Also show"),
        "layer_conflict": message("Conflict events, apart from explosive incidents"),
        "layer_incidents": message("Incidents one by one"),
        "layer_hazards": message("Hazardous areas"),
        "layer_roads": message("Roads (schematic)"),
        "layer_rivers": message("Rivers and lakes"),
        "layer_places": message("Towns"),
        "layer_neighbours": message("Neighbouring countries"),
        "login": message("See more with an access key"),
        # Legend
        "legend": message("Legend"),
        "legend_title": message("Incidents per 100,000 people and year"),
        "class_below": message("above 0, under {high}"),
        "class_between": message("{low} to under {high}"),
        "class_above": message("{low} and more"),
        "legend_none": message("No report, or no data"),
        "legend_norate": message("Incidents, population unknown: no rate"),
        "legend_conflict": message("Conflict events, not explosive incidents"),
        "conflict_from": message("Conflict events: {origin}"),
        "conflict_none": message("No figure for these boundaries and this period."),
        "legend_denominator": message("People: OCHA population statistics of {year} per cercle (CC BY)."),
        "not_safety": message("No report is not safety: it can mean that nobody was there to report."),
        "schematic": message("Roads are schematic: straight lines between towns, several km off in places."),
        "attribution": message(
            "Outlines: geoBoundaries (CC BY 4.0). Towns: GeoNames (CC BY 4.0). Around: Natural Earth."
        ),
        "period_all": message("whole period of the data"),
        "period_between": message("{start} to {end}"),
        # Popups
        "events": message("Explosive incidents"),
        "events_no_rate": message("{events} incidents, no rate (population unknown)"),
        "no_report": message("no report"),
        "partly_spread": message("{total}, of which {spread} spread"),
        "spread_note": message("Spread: incidents not located exactly are shared out over where they may lie."),
        "rate": message("Per 100,000 people and year"),
        "rate_short": message("{rate} per 100,000 people and year"),
        "no_rate": message("none"),
        "denominator_label": message("People"),
        "denominator": message("{population} ({year}, OCHA)"),
        "no_population": message("not known for this unit"),
        "killed": message("Killed"),
        "injured": message("Injured"),
        "civilians": message("Civilian victims"),
        "last_event": message("Last incident"),
        "land_suspected": message("Suspected land (SHA), m²"),
        "land_confirmed": message("Confirmed land (CHA), m²"),
        "land_released": message("Released land, m²"),
        "conflict_apart": message("Conflict events (counted apart)"),
        "pcode": message("P-code"),
        "pcode_set_cod2015": message("COD 2015 code set"),
        "pcode_set_ocha2020": message("OCHA 2020 code set"),
        "approximate": message("The outline of this unit is approximate."),
        "sources_are": message("Sources: {sources}"),
        "source": message("Source"),
        "synthetic_mark": message("Synthetic, not real"),
        "unknown": message("unknown"),
        "date": message("Date"),
        "place": message("Place as written"),
        "precision": message("Position"),
        "outcome": message("Outcome"),
        "status": message("Status"),
        "area_m2": message("Area in m²"),
        # Published figures
        "figures": message("Published national figures"),
        "figures_note": message("Shown beside the map to compare with; never mixed into its counts."),
        "figure_between": message("from {start} to {end}"),
        "figure_since": message("since {start}"),
        # Closed lists, in the words that the rest of the service uses
        **_labels("hazard", HAZARD_TYPES),
        **_labels("outcome", OUTCOMES),
        **_labels("precision", LOCATION_PRECISIONS),
        **_labels("status", HAZARD_STATUSES),
    }
)


def texts() -> dict[str, dict[str, str]]:
    """Return language → short name → template, as the page's scripts take them."""
    return {lang: {name: say(name, lang) for name in TEXTS} for lang in LANGUAGES}


def say(name: str, lang: str) -> str:
    """Return the template of the text `name` in `lang`, its placeholders unfilled."""
    template = TEXTS[name].template
    return template if lang == "en" else catalogue(lang)[template]

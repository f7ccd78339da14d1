"""Every word on the map page, by the short name its scripts and templates use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.base.i18n import LANGUAGES, catalogue
from api.layers.labels import HAZARD_STATUSES, HAZARD_TYPES, LOCATION_PRECISIONS, OUTCOMES
from api.layers.layer import Group
from api.layers.measures import CIRCLES, VICTIMS
from api.layers.registry import LAYERS, RISK_LAYERS
from api.layers.shares import SHARES
from api.layers.texts import LEGEND
from api.roads.layers import ROAD_LAYERS
from api.roads.words import ENDED, HAZARDS
from geo.core.messages import Message, message
from models.routes.words import SEASONS

#: Languages by their own names, which no catalogue translates.
LANGUAGE_NAMES: Final = MappingProxyType({"fr": "Français", "en": "English"})


def _labels(prefix: str, labels: Mapping[Any, Message]) -> dict[str, Message]:
    return {f"{prefix}_{code.value}": label for code, label in labels.items()}


#: Groups of layers, as the page names them.
GROUPS: Final = {
    Group.THREAT: "threat",
    Group.ACCESS: "access",
    Group.RESPONSE: "response",
    Group.BACKGROUND: "ground",
}
#: Layers in the page's list.
_ON_MAP: Final = [
    layer.on_map for layer in (*LAYERS.values(), *RISK_LAYERS.values(), *ROAD_LAYERS) if layer.on_map is not None
]

TEXTS: Final = MappingProxyType(
    {
        **LEGEND,
        # The page's face
        "title": message("Sira: map of explosive incidents in Mali"),
        "subtitle": message("Explosive incidents recorded in Mali"),
        "banner": message(
            "Synthetic data: some or all of what is shown was drawn by a program to try Sira out. It is not real: "
            "base no decision on it."
        ),
        "age": message("Data up to {until} ({ago}), revision {revision}"),
        "age_unknown": message("Revision {revision}"),
        "loading": message("Loading…"),
        "renewed": message("The data have changed: this is revision {revision}."),
        "news_less": message("What you may see has changed: some of what was shown is no longer here."),
        "news_read": message("I have read this"),
        "unreachable": message("The service cannot be reached."),
        "too_late": message("The service has not answered for a minute."),
        "failed": message("The service could not answer."),
        "not_drawn": message("{reason} What was asked for is not shown: the map is as it was before."),
        "part_failed": message("{part}: {reason}"),
        "retry": message("Try again"),
        "no_script": message("The map needs JavaScript. The same figures are under /layers/ as GeoJSON."),
        # Choices
        "map_label": message("Map of Mali"),
        "skip_units": message("Skip the units on the map"),
        "zoom_in": message("Zoom in"),
        "zoom_out": message("Zoom out"),
        "close": message("Close"),
        "choices": message("What to show"),
        "level": message("Boundaries"),
        "level_region": message("Region"),
        "level_cercle": message("Cercle"),
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
        **{f"layer_{each.name}": each.words for each in _ON_MAP},
        "layer_conflict": message("Conflict events, apart from explosive incidents"),
        "layer_rivers": message("Rivers and lakes"),
        "layer_neighbours": message("Neighbouring countries"),
        "login": message("Sign in"),
        "leave": message("Sign out"),
        "reader": message("Key ({audience}): {name}"),
        "reader_unnamed": message("Key: {audience}"),
        "reader_user": message("{name} ({audience})"),
        "audience_partner": message("partner"),
        "audience_analyst": message("analyst"),
        "audience_admin": message("administration"),
        "key_needed": message("This part of the view needs a key, or a user, that may see it: {names}."),
        "signed_out": message("You are no longer signed in: the login was ended, or too much time has passed."),
        # Legend
        "legend": message("Legend"),
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
        "events_no_rate": message("{events}, no rate (population unknown)"),
        "no_report": message("no report"),
        "partly_spread": message("{total}, of which {spread} spread"),
        "spread_note": message("Spread: incidents not located exactly are shared out over where they may lie."),
        "rate": message("Per 100,000 people and year"),
        "rate_short": message("{rate} per 100,000 people and year"),
        "no_rate": message("none"),
        "denominator_label": message("People"),
        "denominator": message("{population} ({year}, OCHA)"),
        "no_population": message("not known for this unit"),
        **{name: measure.title for name, measure in VICTIMS.items()},
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
        "under": message("under {least}"),
        "over": message("over {most}"),
        "date": message("Date"),
        "place": message("Place as written"),
        "precision": message("Position"),
        "outcome": message("Outcome"),
        "status": message("Status"),
        "area_m2": message("Area in m²"),
        # Expected incidents and hotspots
        "legend_risk": message("Expected recorded incidents with IEDs and mines"),
        "legend_hotspots": message("Hotspots of the last 12 months (Gi*)"),
        "risk_expected": message("Expected recorded incidents"),
        "risk_value": message("{expected} (90 % interval: {low} to {high})"),
        "risk_any": message("Chance of at least one"),
        "risk_band": message("Band"),
        "road_band": message("Band, per 100 km of road and 30 days"),
        "risk_not_assessed": message("Not assessed: {reason}"),
        "risk_why": message("What it rests on, here and around"),
        **{f"why_{name}": share.words for name, share in SHARES.items()},
        "why_negative": message(
            "Below 0: without these incidents more would be expected here, as they draw it to other places."
        ),
        "risk_n_eff": message("Incidents behind it, by weight"),
        "risk_change": message("Change since {date}"),
        "risk_change_unclear": message("no clear change ({before} expected then)"),
        "risk_change_value": message("{change} (new records {new}, time {decay}, model {model})"),
        "risk_recorded": message("Recorded in the last 12 months"),
        "risk_rates": message("Per 100,000 people, raw and shrunk"),
        "risk_rates_value": message("{raw}; {shrunk}"),
        "risk_stopped": message("The source {source} has stopped: fewer records are no improvement."),
        "model_card": message("How good is this? The model card"),
        # Published figures
        "figures": message("Published national figures"),
        "figures_note": message("Shown beside the map to compare with; never mixed into its counts."),
        "figure_between": message("from {start} to {end}"),
        "figure_since": message("since {start}"),
        # Choices
        "search": message("Find a place"),
        "search_hint": message("Name, P-code, coordinates"),
        "found": message("{count} found"),
        "found_none": message("Nothing of that name"),
        "found_no_code": message("No unit has the code {code} ({sets})"),
        "outside": message("outside Mali"),
        "exchanged": message("latitude and longitude exchanged"),
        "kind_point": message("point"),
        "kind_region": message("region"),
        "kind_cercle": message("cercle"),
        "kind_commune": message("commune"),
        "measure": message("Measure"),
        "measure_rate": message("Incidents per 100,000 people"),
        **{f"measure_{name}": circles.choice for name, circles in CIRCLES.items()},
        "measure_expected": message("Expected incidents"),
        "refused": message("Not understood in the address, left aside: {names}"),
        # Layers
        "layers": message("Layers"),
        **{f"group_{name}": group.title for group, name in GROUPS.items()},
        "layer_airstrips": message("Airstrips"),
        "layer_online": message("Online background"),
        "list_incidents": message("List the incidents in view"),
        "in_view": message("{count} in view; the newest {shown}:"),
        "at_one_place": message("{count} incidents at one position"),
        "newest_shown": message("The newest {shown}:"),
        "unplaced": message(
            "{count} reports of the whole period and of all devices have no point and are not drawn here; they are "
            "counted."
        ),
        "left_out": message(
            "Too many to show at once: the newest {drawn} are drawn. {count} older ones, up to {until}, are not; they "
            "are counted. All of them are in the service's tiles (/tiles/incidents/tilejson.json), pages "
            "(/ogc/collections/incidents/items) and files (/exports)."
        ),
        # Time
        "time": message("Period"),
        "slider": message("Last month of the period"),
        "play": message("Play"),
        "pause": message("Pause"),
        "time_recorded": message("Recorded: {period}"),
        "preset_days30": message("30 days"),
        "preset_months3": message("3 months"),
        "preset_months12": message("12 months"),
        "preset_all": message("All"),
        # Tools
        "tools": message("Tools, print, save"),
        "measure_tool": message("Measure a distance"),
        "measure_start": message("Click points on the map."),
        "measure_add": message("Add the middle of the map"),
        "measured": message("Length {length}"),
        "measured_area": message("Length {length}; area inside {area} km²"),
        "centre": message("Coordinates of the middle"),
        "coordinates": message("Coordinates"),
        "copy": message("Copy"),
        "copied": message("Copied: {text}"),
        "not_copied": message("The browser does not let the page copy."),
        "full_screen": message("Full screen"),
        "print": message("Print"),
        "print_a4": message("Sheet A4"),
        "print_a3": message("Sheet A3"),
        "sheet": message("Printed sheet"),
        "printed": message("Printed on {date}. {age}"),
        "north": message("North is up"),
        "save_file": message("Save as a file"),
        "km": message("{km} km"),
        # Route
        "route": message("Route"),
        "route_note": message("What is asked for here is kept nowhere."),
        "route_from": message("From"),
        "route_to": message("To"),
        "route_via": message("Via {number}"),
        "route_click": message("On the map"),
        "route_picking": message("Click the place on the map."),
        "route_add": message("Add a place on the way"),
        "route_find": message("Find routes"),
        "route_asking": message("Working out the routes…"),
        "route_report": message("Route report"),
        "route_report_of": message("Route report: {stops}"),
        "route_duration": message("Assumed travel time"),
        "route_duration_value": message("about {time}: {profile}, {season}"),
        "season_dry": SEASONS["dry"],
        "season_rainy": SEASONS["rainy"],
        "hours": message("{hours} h"),
        "minutes": message("{minutes} min"),
        "route_hazards": HAZARDS,
        "route_ended": ENDED,
        "hazard_on_way": message("{status}: {name}, {where}"),
        "hazard_crossed": message("crossed at km {at}"),
        "hazard_passed": message("{distance} km away at km {at}"),
        "and_more": message("{one}; {more}"),
        "on_part": message("{figure}, on {known} of {length} km"),
        "duration": message("{hours} h {minutes} min"),
        "route_gpx": message("Save as GPX"),
        "route_clear": message("Clear the route"),
        "route_others": message("Other ways"),
        "route_others_note": message(
            "None is free of danger. One is said to have fewer recorded incidents only where the difference is larger "
            "than chance."
        ),
        "route_no_others": message("No other way differs enough to be shown."),
        "route_show": message("Show on the map"),
        "route_worst": message("Stretches with the highest rates per km"),
        "route_worst_note": message(
            "Bands are those of whole stretches of road. At an end of the way, the incidents expected take in what "
            "lies around it, and can be more than the band says."
        ),
        "route_rate": message("Rate per km"),
        "route_rate_value": message("{times} times the national median road’s"),
        "route_stretch": message("Stretch"),
        "route_stretch_value": message("km {from} to {to}"),
        "route_near": message("{name}, at km {at}, {distance} km away"),
        "route_incidents": message("{count} recorded incidents within {km} km of the way."),
        # Routes of a single file, and the GPX that it writes in the words of `api.roads.files`
        "file_needs_browser": message("This browser is too old to open the file: one of 2023 or later does."),
        "file_writing": message("The file is being written. With its routes that can take a minute."),
        "route_held": message(
            "This file holds the routes between {count} places, worked out on {date} for {profile} setting out in "
            "{month}. Expected incidents: {period}. The service answers for any place."
        ),
        "profile_light": message("a light vehicle"),
        "profile_truck": message("a truck"),
        "route_nearest": message("{name} is the nearest place that this file holds, {km} km from the point chosen."),
        "route_not_held": message(
            "{name}: this file holds no routes from or to there. It holds those between {count} places: {places}. The "
            "service answers for any place."
        ),
        "route_not_held_like": message(
            "{name}: this file holds no routes from or to there. Perhaps one of these is meant: {like}. It holds "
            "those between {count} places; the service answers for any."
        ),
        "route_same_place": message("{name} stands twice in a row: choose two different places."),
        "route_two_places": message("Name where from and where to."),
        "route_legs_note": message(
            "Put together from legs, each with its own report below. Expected incidents add up, and those near a place "
            "on the way count with both legs; the chance of at least one and the interval are of each leg alone."
        ),
        "gpx_synthetic": message("SYNTHETIC: {title}"),
        "gpx_figures": message(
            "Expected recorded incidents within {km} km of the road, from {start} to {end} (excluded): {figure}."
        ),
        "gpx_interval": message("{value} (90 % of the outcomes: {low} to {high})"),
        "gpx_time": message("Assumed time: about {hours} h {minutes} min."),
        "gpx_areas": message("{heading}: {areas}."),
        "gpx_newest": message("Newest record: {date}. Sources: {sources}."),
        "gpx_segment": message(
            "km {from_km} to {to_km}: expected recorded incidents in {days} days: {figure}; band {band} (per 100 km of "
            "road). Absence of records is not absence of hazard."
        ),
        "gpx_begins": message("{number} begins"),
        "gpx_ends": message("{number} ends"),
        "gpx_kind": message("segment with one of the highest rates"),
        "length": message("Length"),
        "share_not_assessed": message("Part not assessed"),
        "share_under_observed": message("Part poorly observed"),
        "axis_per_100": message("Expected per 100 km"),
        # Legend
        **{f"legend_{name}": circles.legend for name, circles in CIRCLES.items()},
        "legend_counted": message("Something reported"),
        "legend_raw": message(
            "Raw counts, not rates: where more people live or report, more is counted. The circle’s area is the number."
        ),
        "legend_breaks": message("The same class limits for every period and unit."),
        "legend_interval": message(
            "Intervals: in 9 cases out of 10 the number recorded lies inside; each unit’s is in its panel."
        ),
        "forecast_note": message(
            "The forecast is always of IEDs and mines together, for the days it names: device and period apply to "
            "recorded incidents only."
        ),
        "legend_axes": message("Expected recorded incidents per 100 km of road"),
        "hazard_released": message("released: cleared, reduced or cancelled"),
        "counted_in_view": message("{what}: {all} in the country, {shown} in view"),
        "not_assessed": message("not assessed"),
        # Panel
        "panel": message("The unit chosen"),
        "panel_counted": message("Recorded"),
        "panel_coverage": message("Reporting coverage"),
        "panel_links": message("Read on"),
        "area_km2": message("Area in km²"),
        "no_pcode": message("none in this code set"),
        **{f"{name}_short": circles.several for name, circles in CIRCLES.items()},
        **{f"{name}_short_one": circles.one for name, circles in CIRCLES.items()},
        "risk_line": message("{label}, {expected} expected ({low} to {high})"),
        "risk_line_alone": message("{label}, {expected} expected"),
        "expected": message("Expected"),
        "expected_from": message("Expected from {start} to {end}"),
        "past_over": message("Forecast over since {date}"),
        "past_out_of_date": message("Out of date"),
        "past_title": message("{mark}: {title}"),
        "no_forecast": message("there is no current forecast"),
        "layer_not_in_file": message("This layer is too large for the file; the service has it."),
        "risk_not_in_file": message("This file holds no expected incidents."),
        "trend_short": message("Last 12 months: {last}."),
        "trend_part": message("“–”: the data hold nothing of this time; “≥”: they hold a part of it."),
        "trend_no_ratio": message("{now} in the last 12 months, {before} in the 12 before."),
        "trend_more": message(
            "More records: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: {low} "
            "to {high})."
        ),
        "trend_fewer": message(
            "Fewer records: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: "
            "{low} to {high}). Fewer records are not less danger."
        ),
        "trend_unclear": message(
            "No clear change: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: "
            "{low} to {high})."
        ),
        "trend_too_few": message(
            "Too few records in both years to compare them. That says nothing about danger: see how often anybody "
            "reported."
        ),
        "plot_label": message("Incidents per month from {start} to {end}; most in {when} ({most}). {trend}"),
        "plot_caption": message("Incidents {size}; the chosen period is shaded."),
        "plot_1": message("per month"),
        "plot_3": message("per quarter"),
        "plot_6": message("per half-year"),
        "plot_12": message("per year"),
        "plot_24": message("per two years"),
        "plot_60": message("per five years"),
        "plot_120": message("per ten years"),
        "coverage_reports": message("Reports of any kind, last 5 years"),
        "coverage_reports_value": message("{reports} from {sources}"),
        "sources_count": message("{count} sources"),
        "sources_count_one": message("{count} source"),
        "coverage_last": message("Last report here"),
        "coverage_observers": message("International observers until"),
        "months_ago": message("{months} months before the data end"),
        "last_update": message("Last update"),
        "link_bulletin": message("Bulletin of this unit (PDF)"),
        "link_data": message("Its data (GeoJSON)"),
        "link_exports": message("Files to take away (GeoPackage and others)"),
        "link_route": message("Route report to here"),
        "links_not_in_file": message("Bulletin and data need the service."),
        "error_km": message("Possible error"),
        "significance": message("Significance"),
        "significance_value": message("z = {z}, p = {p}"),
        "legend_notes": message("Sources and notes"),
        "route_colours": message("Bands of the stretches, as of all roads"),
        "legend_cells": message("Expected recorded incidents per cell of 5 km"),
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

"""Colours and class breaks of the map: the one place that page, legend and single file take them from.

The classes' colours are ColorBrewer's YlOrBr, five classes (Harrower and Brewer 2003, doi:10.1179/000870403235002042):
sequential, told apart by colour-blind readers and in grey print. There is no green anywhere, and nothing is drawn as
safe: units without a report are hatched.
"""

from __future__ import annotations

from typing import Final

from geo.hazards.schema import STATUS_GROUPS

#: Limits between the classes, in incidents per 100,000 people and year. The same for every unit, level and period,
#: so that two views can be compared; each class is about three times the one below it.
RATE_BREAKS: Final = (0.3, 1.0, 3.0, 10.0)
RATE_COLOURS: Final = ("#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404")

#: Classes of expected incidents (`models.risk.class_limits`), of areas and roads alike: after ColorBrewer's RdPu, apart
#: from the colours of what was counted, in steps of lightness that colour-blind readers and grey print tell apart. No
#: green, and the lowest is no paper: it is not harmless.
BAND_COLOURS: Final = {"lower": "#fa9fb5", "elevated": "#e8489a", "high": "#ae017e", "very_high": "#49006a"}
#: Width of a road in pixels by its class, so that colour is not all that tells; its casing is so much wider.
ROAD_WEIGHTS: Final = {"lower": 2.5, "elevated": 3.7, "high": 4.9, "very_high": 6.1}
CASING_WIDER: Final = 2.0
_LINE_HOTSPOT: Final = {"color": "#08306b", "weight": 2.5, "opacity": 0.95, "fillOpacity": 0}
_LINE_ROAD: Final = {"color": "#4a4a4a", "weight": 1.6, "opacity": 0.8}
_LINE_RIVER: Final = {"color": "#3b7ea8", "weight": 1.4, "opacity": 0.9, "fillColor": "#a9cbe0", "fillOpacity": 0.9}
#: Hazardous areas by group of statuses, as outlines and as symbols: told apart by shape, by colour and in grey print.
_AREAS: Final[dict[str, dict[str, object]]] = {
    "suspected": {"color": "#7a0177", "weight": 2, "fillColor": "#ffd92f", "fillOpacity": 0.45},
    "confirmed": {"color": "#7a0177", "weight": 2, "fillColor": "#7a0177", "fillOpacity": 0.45},
    "released": {"color": "#5f5f5f", "weight": 1.6, "dashArray": "4 4", "fillColor": "#ffffff", "fillOpacity": 0.1},
}
_SYMBOLS: Final = {
    "suspected": {"color": "#7a0177", "weight": 2.2, "fillColor": "#ffd92f", "fillOpacity": 1},
    "confirmed": {"color": "#ffffff", "weight": 1.5, "fillColor": "#7a0177", "fillOpacity": 1},
    "released": {"color": "#ffffff", "weight": 1.2, "fillColor": "#5f5f5f", "fillOpacity": 1},
}
_GROUP_OF: Final = {status.value: group for group, statuses in STATUS_GROUPS.items() for status in statuses}

#: What the page's scripts draw with: Leaflet path options by layer.
PALETTE: Final = {
    "breaks": RATE_BREAKS,
    "colours": RATE_COLOURS,
    "paper": "#f4f4f2",
    "hatch": "#9a9a9a",
    "border": "#5b4636",
    "circle_scale": 1.3,
    "counted": "#fbf7ec",
    "hazard_groups": _GROUP_OF,
    "casing_wider": CASING_WIDER,
    "drawings": {
        "neighbours": {"color": "#b8b1a4", "weight": 1, "fillColor": "#ebe8e1", "fillOpacity": 1},
        "rivers": {**_LINE_RIVER, "fill": False},
        "rivers_lake": _LINE_RIVER,
        "roads": _LINE_ROAD,
        "roads_ferry": {**_LINE_ROAD, "dashArray": "2 5"},
        "town": {"radius": 2.5, "color": "#ffffff", "weight": 1, "fillColor": "#222222", "fillOpacity": 1},
        "conflict": {"color": "#1f3b6f", "weight": 1.5, "fillColor": "#4f79b8", "fillOpacity": 0.45},
        "incident": {"radius": 5, "color": "#ffffff", "weight": 1, "fillColor": "#222222", "fillOpacity": 0.9},
        "cell": {"stroke": False, "fillOpacity": 0.92},
        "incident_near": {"color": "#222222", "weight": 2.5, "fillColor": "#ffffff", "fillOpacity": 1},
        "circle": {"color": "#5b2506", "weight": 1.2, "fillColor": "#d95f0e", "fillOpacity": 0.72},
        "selected": {"color": "#0b57d0"},
        "airstrip": {"radius": 3.5, "color": "#222222", "weight": 1.6, "fillColor": "#ffffff", "fillOpacity": 1},
        "axis": {"color": "#6a6357", "weight": 3, "opacity": 1, "fill": False},
        "axis_case": {"color": "#ffffff", "opacity": 1, "fill": False},
        **{f"axis_{band}": {"color": BAND_COLOURS[band], "weight": ROAD_WEIGHTS[band]} for band in BAND_COLOURS},
        "axis_unknown": {"color": "#6a6357", "weight": 3, "dashArray": "1 6"},
        "route": {"color": "#222222", "weight": 5, "opacity": 1, "fill": False},
        "route_halo": {"color": "#ffffff", "weight": 12, "opacity": 1, "fill": False},
        "route_case": {"color": "#1d1d1b", "weight": 9, "opacity": 0.9, "fill": False},
        "route_other": {"color": "#52524e", "weight": 4, "opacity": 0.8, "fill": False, "dashArray": "10 6"},
        "route_unknown": {"color": "#f4f4f2", "dashArray": "2 7"},
        **{f"route_{band}": {"color": colour} for band, colour in BAND_COLOURS.items()},
        "tool": {"color": "#0b57d0", "weight": 2.5, "fillColor": "#0b57d0", "fillOpacity": 0.12},
        **{f"band_{band}": {"fillColor": colour} for band, colour in BAND_COLOURS.items()},
        "hotspot_emerging": {**_LINE_HOTSPOT, "dashArray": "8 4"},
        "hotspot_persistent": _LINE_HOTSPOT,
        "hotspot_fading": {**_LINE_HOTSPOT, "dashArray": "2 5"},
        "hazard": _AREAS["confirmed"],
        **{f"hazard_{status}": _AREAS[group] for status, group in _GROUP_OF.items()},
        **{f"symbol_{group}": drawing for group, drawing in _SYMBOLS.items()},
    },
}

"""Words of legends, by the short name that the map's scripts and the QGIS project use; both fill them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from geo.core.messages import message

LEGEND: Final = MappingProxyType(
    {
        "legend_title": message("Incidents per 100,000 people and year"),
        "class_below": message("above 0, under {high}"),
        "class_between": message("{low} to under {high}"),
        "class_above": message("{low} and more"),
        "legend_none": message("No report, or no data"),
        "legend_norate": message("Incidents, population unknown: no rate"),
        "kind_town": message("town"),
        "kind_village": message("village"),
        "kind_airstrip": message("airstrip"),
        "level_commune": message("Commune"),
        "legend_symbols": message("A symbol where the area is too small to be drawn; nearer, its outline."),
        "precision_other": message("position not exact"),
        "pattern_emerging": message("emerging"),
        "pattern_persistent": message("persistent"),
        "pattern_fading": message("fading"),
    }
)

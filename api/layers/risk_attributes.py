"""What the attributes of an assessment's layers mean, with types and units, for the OpenAPI document."""

from __future__ import annotations

from typing import Final

from api.base.i18n import translate_text
from api.layers.layer import Attribute
from api.layers.query import HOTSPOT_LEVELS
from api.layers.shares import SHARES
from api.layers.words import band_words, reason_words
from geo.core.messages import message
from models.risk.class_limits import Band
from models.risk.hotspots import Pattern
from models.risk.trends import Direction

_BANDS: Final = tuple(band.value for band in Band)
_INCIDENTS: Final = "recorded incidents in 91 days"
_SHARE: Final = "share from 0 to 1"

_ESTIMATE: Final = (
    Attribute(
        "band",
        "string",
        message(
            "Band of the expected incidents, on the scale of this kind of unit or of cells per 1,000 km²; none of them "
            "means safe."
        ),
        choices=_BANDS,
    ),
    Attribute("band_label", "string", message("The band in words."), words=band_words),
    Attribute(
        "not_assessed", "string", message("Why nothing is said of this place."), nullable=True, words=reason_words
    ),
    Attribute(
        "expected",
        "number",
        message("Expected recorded incidents over the horizon; null where not assessed."),
        unit=_INCIDENTS,
        nullable=True,
    ),
    Attribute("low", "integer", message("Lower end of the 90 % interval."), unit=_INCIDENTS, nullable=True),
    Attribute("high", "integer", message("Upper end of the 90 % interval."), unit=_INCIDENTS, nullable=True),
    Attribute(
        "p_any",
        "number",
        message("Chance of at least one recorded incident; never 0."),
        unit="probability from 0 to 1",
        nullable=True,
    ),
)
_WHY: Final = (
    *(
        Attribute(f"share_{name}", "number", share.text, unit=_SHARE, nullable=True, title=share.title)
        for name, share in SHARES.items()
    ),
    Attribute(
        "n_eff",
        "number",
        message("How many incidents stand behind the figure, each by its weight; few means little is known."),
        unit="incidents",
        nullable=True,
    ),
)
UNIT: Final = (
    Attribute("unit_id", "string", message("Sira's id of the unit; also the feature's id.")),
    Attribute("name", "string", message("Name of the unit.")),
    Attribute("level", "string", message("Administrative level."), choices=("region", "cercle", "commune")),
    Attribute("vintage", "string", message("Which administrative division the unit belongs to.")),
    Attribute("approximate", "boolean", message("Whether the outline is approximate; the note says why.")),
    *_ESTIMATE,
    *_WHY,
    Attribute(
        "events_half",
        "integer",
        message("How many past incidents make up half of what past incidents add."),
        unit="incidents",
        nullable=True,
    ),
    Attribute(
        "heaviest",
        "array",
        message("Past incidents that weigh most: event_id and share; for those who may see single incidents."),
        nullable=True,
    ),
    Attribute("before", "number", message("Expected at the assessment compared with."), unit=_INCIDENTS, nullable=True),
    Attribute(
        "change_new", "number", message("Change due to new or corrected records."), unit=_INCIDENTS, nullable=True
    ),
    Attribute("change_decay", "number", message("Change due to time passing."), unit=_INCIDENTS, nullable=True),
    Attribute(
        "change_model", "number", message("Change due to the model fitted anew."), unit=_INCIDENTS, nullable=True
    ),
    Attribute(
        "change_direction",
        "string",
        message("What may be said of the change: clear where what was expected then lies outside the interval of now."),
        nullable=True,
        choices=tuple(each.value for each in Direction),
    ),
    Attribute(
        "recorded",
        "number",
        message("Incidents recorded in the last 365 days; 0 is no report, not safety."),
        unit="incidents",
    ),
    Attribute(
        "population", "integer", message("People, where known for exactly this unit."), unit="people", nullable=True
    ),
    Attribute(
        "rate_raw",
        "number",
        message("Recorded incidents of the last 365 days per 100,000 people, as they are."),
        unit="incidents per 100,000 people per year",
        nullable=True,
    ),
    Attribute(
        "rate_shrunk",
        "number",
        message("The same rate shrunk towards the mean of all units, the more the fewer people live here."),
        unit="incidents per 100,000 people per year",
        nullable=True,
    ),
    Attribute("reports", "number", message("Reports of any kind in the last five years."), unit="reports"),
    Attribute("sources", "integer", message("Sources of these reports."), unit="sources"),
    Attribute(
        "months_since_last",
        "integer",
        message("Months since the last report of any kind that lies here; null where there was none."),
        unit="months",
        nullable=True,
    ),
    Attribute(
        "observers_until",
        "string",
        message("Last day with international observers here, as far as published."),
        unit="YYYY-MM-DD",
        nullable=True,
    ),
    Attribute(
        "stopped_source",
        "string",
        message("Source of most reports that has stopped: what follows is no improvement."),
        nullable=True,
    ),
    Attribute(
        "stopped_since", "string", message("Last month with a report of that source."), unit="YYYY-MM", nullable=True
    ),
    Attribute("synthetic", "boolean", message("Whether any of the data is synthetic: drawn, not real.")),
    Attribute("note", "string", message("What to know about this unit."), nullable=True, words=translate_text),
)
CELL: Final = (
    Attribute("cell_id", "string", message("Id of the cell: size in km, column and row.")),
    Attribute("cercle", "string", message("Id of the cercle that holds most of the cell.")),
    Attribute("area_km2", "number", message("Area of the cell inside the country."), unit="km²"),
    *_ESTIMATE,
    *_WHY,
)
HOTSPOT: Final = (
    Attribute("place_id", "string", message("Id of the commune or cell.")),
    Attribute("name", "string", message("Name of the commune."), nullable=True),
    Attribute("level", "string", message("Commune, or cell of 5 km."), choices=HOTSPOT_LEVELS),
    Attribute("recorded", "number", message("Incidents recorded in the last 365 days."), unit="incidents"),
    Attribute(
        "z",
        "number",
        message("Getis-Ord Gi* of the last 365 days; null where the record is shorter than two years."),
        unit="standard scores",
        nullable=True,
    ),
    Attribute("p", "number", message("One-sided chance of such a score where nothing clusters."), nullable=True),
    Attribute("significant", "boolean", message("After control of the false discovery rate at 5 %.")),
    Attribute(
        "pattern",
        "string",
        message("How it behaves from year to year."),
        nullable=True,
        choices=tuple(pattern.value for pattern in Pattern),
    ),
    Attribute("assessed", "boolean", message("Whether enough is reported from here to say anything.")),
)

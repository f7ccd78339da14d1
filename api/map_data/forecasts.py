"""Expected incidents per unit as columns: the layer of an assessment without its outlines, which the map has."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import orjson

from api.access import Caller
from api.map_data.queries import Asked
from api.risk_layers import risk_body
from api.risk_queries import RISK_LAYERS, RiskLayerName, RiskQuery
from geo.regions import Boundaries
from models.assessment import Assessment
from models.target import Target

_LAYERS: Final = {layer.level: name for name, layer in RISK_LAYERS.items() if name is not RiskLayerName.HOTSPOTS}
#: What the outlines say already, and what only leads to single incidents.
_LEFT_OUT: Final = (
    "unit_id",
    "level",
    "vintage",
    "name",
    "approximate",
    "note",
    "synthetic",
    "heaviest",
    "events_half",
)


def forecasts(
    assessment: Assessment, boundaries: Boundaries, asked: Asked, caller: Caller, today: date, *, secret: bytes
) -> dict[str, Any]:
    """Return ``sira`` as in the layer of the same units, ``ids``, and each of its attributes as a column.

    Raises
    ------
    NotReadyError
        If the assessment is older than the vintage asked for.
    """
    query = RiskQuery(_LAYERS[asked.level], Target.IED, asked.level, asked.vintage, asked.lang)
    collection = orjson.loads(risk_body(assessment, boundaries, query, caller, today, secret=secret))
    rows = [feature["properties"] for feature in collection["features"]]
    columns = [name for name in rows[0] if name not in _LEFT_OUT] if rows else []
    return {
        "sira": collection["sira"],
        "ids": [feature["id"] for feature in collection["features"]],
        **{name: [row[name] for row in rows] for name in columns},
    }

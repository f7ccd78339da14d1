"""The cells of the assessment as a Cloud-Optimized GeoTIFF, marked with the audience it was made for"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from api.base.assessments import find, today
from api.base.service import Service
from api.collections.registry import TARGET
from api.exports.content import Taker
from api.layers.raster import risk_raster

MEDIA_TYPE: Final = "image/tiff; application=geotiff; profile=cloud-optimized"
#: The collection whose cells the raster holds.
CELLS: Final = "risk-cells"


def write_raster(service: Service, taker: Taker, path: Path) -> None:
    """Write the raster; raises as `Taker.collection` and `api.base.assessments.find`."""
    taker.collection(CELLS)
    snapshot = taker.snapshot
    assessment = find(service.shelf, service.assessor, snapshot.revision, TARGET, synthetic=snapshot.is_synthetic_only)
    path.write_bytes(risk_raster(assessment, today(), taker.lang, audience=taker.caller.audience.label))

"""The cells of the assessment as a Cloud-Optimized GeoTIFF, marked with the audience it was made for"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from api.base.assessments import find, today
from api.base.service import Service
from api.collections.registry import TARGET
from api.exports.content import Recipient
from api.layers.raster import risk_raster

MEDIA_TYPE: Final = "image/tiff; application=geotiff; profile=cloud-optimized"
#: The collection whose cells the raster holds.
CELLS: Final = "risk-cells"


def write_raster(service: Service, recipient: Recipient, path: Path) -> None:
    """Write the raster; raises as `Recipient.collection` and `api.base.assessments.find`."""
    recipient.collection(CELLS)
    snapshot = recipient.snapshot
    assessment = find(service.shelf, service.assessor, snapshot.revision, TARGET, synthetic=snapshot.is_synthetic_only)
    path.write_bytes(risk_raster(assessment, today(), recipient.lang, audience=recipient.caller.audience.label))

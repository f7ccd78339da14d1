"""The classes of a support as answers and legends tell them: names, limits with their unit, colours."""

from __future__ import annotations

from typing import Any, Final

from api.base.i18n import translate
from api.base.palette import BAND_COLOURS, PALETTE
from models.risk.class_limits import SCALES, Band, Support, band_label, band_with_limits, kept_class_note, scale_heading
from models.risk.target import Target

#: Colour of the hatching of what is not assessed.
HATCH: Final = str(PALETTE["hatch"])


def classes(support: Support, target: Target, lang: str) -> dict[str, Any]:
    """Return ``bands``, *not assessed* first and then from the lowest, and the ``scale`` that they are of."""
    scale, kept = SCALES[support], kept_class_note(support)
    return {
        "bands": [
            {
                "band": band.value,
                "label": translate(band_label(band), lang),
                "from": scale.start(band),
                "text": translate(band_with_limits(band, support), lang),
                "colour": BAND_COLOURS.get(band.value, HATCH),
            }
            for band in Band
        ],
        "scale": {
            "support": support.value,
            "unit": translate(scale_heading(support, target), lang),
            "days": scale.days,
            "per": scale.per,
            "note": None if kept is None else translate(kept, lang),
        },
    }

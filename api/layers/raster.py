"""The cells of an assessment as a Cloud-Optimized GeoTIFF."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from api.base.i18n import translate
from api.layers.risk import CAVEAT, MODEL_ADDRESS, notices
from geo.counting.raster import Band, Overview, encode_cog
from models.risk.assessment import Assessment
from models.risk.class_limits import Band as RiskBand
from models.risk.class_limits import Support, scale_text
from models.risk.target import target_title
from models.risk.windows import Age

#: Deepest zoom of its pictures: a cell of 5 km is 260 pixels wide there.
MOST_ZOOM: Final = 12
#: Band → its number in the raster's last band.
CODES: Final = {band.value: float(code) for code, band in enumerate(RiskBand)}


def risk_raster(assessment: Assessment, today: date, lang: str, *, audience: str | None = None) -> bytes:
    """Return the GeoTIFF: expected incidents, chance of any, upper bound and band.

    No data outside the country and, but for the band, where a cell is not assessed. Tags name target, date, horizon,
    units, bands, sources, whether any of it is synthetic, how old its window is, the model card and the audience of a
    file made for one. Overviews show the mean of what is expected per cell, and the highest of all else among the cells
    below: a mean of codes is none, and a place of danger must not vanish when the map is looked at from afar.
    """
    cells, days, window = assessment.cells, assessment.horizon_days, assessment.window()
    assessed = cells["assessed"].to_numpy(bool)

    def shown(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.where(assessed, cells[name].to_numpy(np.float64), np.nan)

    upper = f"{round(100 * assessment.about['interval'][1])} %"
    bands = [
        Band("expected", f"recorded incidents per cell and {days} days", shown("expected")),
        Band("p_any", "probability of at least one recorded incident", shown("p_any"), Overview.HIGHEST),
        Band(
            "high",
            f"upper bound ({upper}) of recorded incidents per cell and {days} days",
            shown("high"),
            Overview.HIGHEST,
        ),
        Band("band", "code", np.asarray(cells["band"].map(CODES), np.float64), Overview.HIGHEST),
    ]
    tags = {
        "TITLE": translate(window.mark_title(target_title(assessment.target), today), lang),
        "TARGET": assessment.target.value,
        "T0": assessment.t0.isoformat(),
        "HORIZON_DAYS": str(days),
        "PERIOD": f"{assessment.t0}/{assessment.end}",
        "DATA_UNTIL": assessment.newest.isoformat(),
        "WINDOW": window.age(today).value,
        "OUT_OF_DATE": str(window.age(today) is Age.OUT_OF_DATE).lower(),
        "SYNTHETIC": str(assessment.synthetic).lower(),
        "REVISION": str(assessment.revision),
        "UNITS": f"recorded incidents per cell and {days} days",
        "CLASSES": translate(scale_text(Support.CELL, assessment.target), lang),
        "BANDS": ", ".join(f"{code:g} {band}" for band, code in CODES.items()),
        "NOTICE": " ".join(translate(notice, lang) for notice in (*notices(assessment, today), CAVEAT)),
        "SOURCES": "; ".join(assessment.about["sources"]),
        "MODEL_CARD": MODEL_ADDRESS,
        **({} if audience is None else {"AUDIENCE": audience}),
    }
    return encode_cog(
        cells["column"].to_numpy(), cells["row"].to_numpy(), float(assessment.about["cell_m"]), bands, tags
    )

"""Words of rows: tables hold codes and stored notes; they are put into a language here, where bytes are written."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd

from api.base.i18n import translate
from api.layers.layer import Attribute
from geo.counting.reporting import reason_text
from models.risk.class_limits import Band, band_label


def put_into_words(frame: gpd.GeoDataFrame, attributes: Iterable[Attribute], lang: str) -> gpd.GeoDataFrame:
    """Return the rows of a layer with the words of its attributes in `lang`; what is missing stays missing."""
    said = {each.name: each.words for each in attributes if each.words is not None}
    columns = {}
    for name, words in said.items():
        texts = {value: words(value, lang) for value in frame[name].dropna().unique()}
        columns[name] = frame[name].map(texts).astype(object)
    result: gpd.GeoDataFrame = frame.assign(**columns)
    return result


def band_words(value: str, lang: str) -> str:
    """Return the name of a band."""
    return translate(band_label(Band(value)), lang)


def reason_words(value: str, lang: str) -> str:
    """Return why a place is not assessed."""
    return translate(reason_text(value), lang)

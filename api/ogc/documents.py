"""The documents around the features: landing page, conformance, collections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from api.base.country import EXTENT
from api.base.i18n import translate
from api.base.links import (
    GEOJSON,
    OPENAPI,
    PAGE,
    PLAIN_JSON,
    REL_QUERYABLES,
    REL_SCHEMA,
    REL_SORTABLES,
    REL_TILESETS,
    REL_TILING,
    SCHEMA,
    Base,
    link,
)
from api.collections.registry import Collection
from api.ogc.crs import ALL, CRS84
from api.tiles import documents as tiles
from geo.core.messages import Message, message

TITLE: Final = message("Sira: explosive incidents in Mali")
ABOUT: Final = message(
    "Layers for GIS, as OGC API - Features: add this address to QGIS. No report is not safety. Without a key, layers "
    "per region and cercle and reference layers are listed; with a key, what it opens."
)
_GREGORIAN: Final = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"

#: First and last day of a collection's time field.
Span = tuple[date, date] | None

_LABELS: Final[dict[str, Message]] = {
    "self": message("This document"),
    "alternate": message("This document as a page"),
    "service-desc": message("What can be asked, as OpenAPI 3.0"),
    "service-doc": message("Documentation of the whole service"),
    "conformance": message("Conformance classes"),
    "data": message("Collections"),
    "items": message("Features"),
    REL_SCHEMA: message("Schema"),
    REL_QUERYABLES: message("What filters may speak of"),
    REL_SORTABLES: message("What features can be sorted by"),
    REL_TILESETS: message("Vector tiles"),
    REL_TILING: message("Tile matrix sets"),
}


class Documents:
    """Makes the documents of one request, in words of `lang`; links name it where the request did."""

    def __init__(self, base: Base, lang: str, *, names_lang: bool) -> None:
        self._base = base
        self._lang = lang
        self._kept = {"lang": lang} if names_lang else {}

    def landing(self) -> dict[str, Any]:
        """Return the landing page."""
        documentation = self._base.address + "/docs"
        return {
            "title": translate(TITLE, self._lang),
            "description": translate(ABOUT, self._lang),
            "links": [
                *self._own("/"),
                self._link("/api", "service-desc", OPENAPI),
                link(documentation, "service-doc", PAGE, translate(_LABELS["service-doc"], self._lang)),
                self._link("/conformance", "conformance", PLAIN_JSON),
                self._link("/collections", "data", PLAIN_JSON),
                self._link("/tileMatrixSets", REL_TILING, PLAIN_JSON),
            ],
        }

    def conformance(self) -> dict[str, Any]:
        """Return the conformance classes."""
        return {"conformsTo": list(CLASSES), "links": self._own("/conformance")}

    def collections(self, listed: Sequence[tuple[Collection, Span]]) -> dict[str, Any]:
        """Return the list of collections."""
        return {
            "links": self._own("/collections"),
            "crs": list(ALL),
            "collections": [self.collection(each, span) for each, span in listed],
        }

    def collection(self, collection: Collection, span: Span) -> dict[str, Any]:
        """Return one collection, the same as in the list."""
        path = f"/collections/{collection.id}"
        description = translate(collection.description, self._lang)
        if collection.caveat is not None:
            description = f"{description} {translate(collection.caveat, self._lang)}"
        extent: dict[str, Any] = {"spatial": {"bbox": [list(EXTENT)], "crs": CRS84}}
        if collection.time_field is not None:
            days = (None, None) if span is None else tuple(f"{day.isoformat()}T00:00:00Z" for day in span)
            extent["temporal"] = {"interval": [list(days)], "trs": _GREGORIAN}
        return {
            "id": collection.id,
            "title": translate(collection.title, self._lang),
            "description": description,
            "itemType": "feature",
            "extent": extent,
            "crs": list(ALL),
            "storageCrs": CRS84,
            "links": [
                *self._own(path),
                self._link(f"{path}/items", "items", GEOJSON),
                self._link(f"{path}/items", "items", PAGE, f="html"),
                self._link(f"{path}/schema", REL_SCHEMA, SCHEMA),
                self._link(f"{path}/queryables", REL_QUERYABLES, SCHEMA),
                self._link(f"{path}/sortables", REL_SORTABLES, SCHEMA),
                self._link(f"{path}/tiles", REL_TILESETS, PLAIN_JSON),
            ],
        }

    def _own(self, path: str) -> list[dict[str, Any]]:
        return [
            self._link(path, "self", PLAIN_JSON, f="json"),
            self._link(path, "alternate", PAGE, f="html"),
        ]

    def _link(self, path: str, rel: str, type_: str, **more: str) -> dict[str, Any]:
        return link(self._base.href(path, {**self._kept, **more}), rel, type_, translate(_LABELS[rel], self._lang))


_SPEC: Final = "http://www.opengis.net/spec"
_FEATURES: Final = (
    "ogcapi-features-1/1.0/conf/core",
    "ogcapi-features-1/1.0/conf/oas30",
    "ogcapi-features-1/1.0/conf/html",
    "ogcapi-features-1/1.0/conf/geojson",
    "ogcapi-features-2/1.0/conf/crs",
    "ogcapi-features-3/1.0/conf/queryables",
    "ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "ogcapi-features-3/1.0/conf/filter",
    "ogcapi-features-3/1.0/conf/features-filter",
    "ogcapi-features-5/1.0/conf/schemas",
    "ogcapi-features-5/1.0/conf/core-roles-features",
)
_CQL2: Final = (
    "cql2-text",
    "cql2-json",
    "basic-cql2",
    "advanced-comparison-operators",
    "case-insensitive-comparison",
    "accent-insensitive-comparison",
    "basic-spatial-functions",
    "basic-spatial-functions-plus",
    "spatial-functions",
    "temporal-functions",
    "arithmetic",
)
CLASSES: Final = (
    *(f"{_SPEC}/{name}" for name in _FEATURES),
    *(f"{_SPEC}/cql2/1.0/conf/{name}" for name in _CQL2),
    *tiles.CONFORMANCE,
)

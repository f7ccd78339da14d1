"""The conformance classes that are declared. ``tests/contract/test_ogc_conformance.py`` names a test for each."""

from __future__ import annotations

from typing import Final

from api.tiles import documents as tiles

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

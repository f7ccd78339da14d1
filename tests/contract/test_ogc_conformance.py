"""Every conformance class that is declared is covered by a test that is named here, and nothing else is declared."""

from __future__ import annotations

import ast
from pathlib import Path

from api.ogc.documents import CLASSES

HERE = Path(__file__).parent
FEATURES = "ogcapi-features-{}/1.0/conf/{}"
CQL2 = "cql2/1.0/conf/{}"
TILES = "ogcapi-tiles-1/1.0/conf/{}"
MATRICES = "tms/2.0/conf/{}"

#: Conformance class → tests of the files in `SOURCES` that cover it.
COVERED = {
    FEATURES.format(1, "core"): (
        "test_landing_links_to_what_clients_look_for",
        "test_every_collection_is_served_whole_with_its_types",
        "test_a_collection_says_the_same_alone_and_in_the_list",
        "test_one_feature",
        "test_what_is_wrong_is_told_with_400",
        "test_limits",
        "test_bbox_selects_what_intersects_and_what_has_no_geometry",
        "test_bbox_across_the_antimeridian",
        "test_datetime_takes_instants_and_open_intervals",
    ),
    FEATURES.format(1, "oas30"): ("test_openapi_is_of_version_3_0_and_tells_the_page_size",),
    FEATURES.format(1, "html"): ("test_every_document_is_a_page_in_both_languages",),
    FEATURES.format(1, "geojson"): ("test_every_collection_is_served_whole_with_its_types",),
    FEATURES.format(2, "crs"): (
        "test_coordinates_follow_the_reference_system_asked_for",
        "test_bbox_selects_what_intersects_and_what_has_no_geometry",
    ),
    FEATURES.format(3, "queryables"): ("test_queryables_and_sortables_name_what_works",),
    FEATURES.format(3, "queryables-query-parameters"): ("test_properties_are_parameters",),
    FEATURES.format(3, "filter"): (
        "test_filters_select_what_they_say",
        "test_geometries_of_filters_are_read_in_their_reference_system",
    ),
    FEATURES.format(3, "features-filter"): ("test_filters_select_what_they_say", "test_properties_are_parameters"),
    FEATURES.format(5, "schemas"): ("test_schemas_type_every_column_and_its_role",),
    FEATURES.format(5, "core-roles-features"): ("test_schemas_type_every_column_and_its_role",),
    CQL2.format("cql2-text"): ("test_filters_select_what_they_say",),
    CQL2.format("cql2-json"): ("test_json_says_the_same_as_text",),
    CQL2.format("basic-cql2"): ("test_filters_select_what_they_say", "test_temporal_filters"),
    CQL2.format("advanced-comparison-operators"): ("test_filters_select_what_they_say",),
    CQL2.format("case-insensitive-comparison"): ("test_filters_select_what_they_say",),
    CQL2.format("accent-insensitive-comparison"): ("test_filters_select_what_they_say",),
    CQL2.format("basic-spatial-functions"): ("test_spatial_filters",),
    CQL2.format("basic-spatial-functions-plus"): ("test_spatial_filters",),
    CQL2.format("spatial-functions"): ("test_spatial_filters",),
    CQL2.format("temporal-functions"): ("test_temporal_filters", "test_every_temporal_operator_is_its_definition"),
    CQL2.format("arithmetic"): ("test_filters_select_what_they_say",),
    TILES.format("core"): ("test_a_tile_holds_the_collection_with_its_types", "test_empty_tiles_are_204"),
    TILES.format("tileset"): ("test_ogc_documents_lead_to_the_tiles",),
    TILES.format("tilesets-list"): ("test_ogc_documents_lead_to_the_tiles",),
    TILES.format("geodata-tilesets"): ("test_ogc_documents_lead_to_the_tiles",),
    TILES.format("mvt"): ("test_a_tile_holds_the_collection_with_its_types",),
    MATRICES.format("tilematrixset"): ("test_ogc_documents_lead_to_the_tiles",),
    MATRICES.format("json-tilematrixset"): ("test_ogc_documents_lead_to_the_tiles",),
    MATRICES.format("tilesetmetadata"): ("test_ogc_documents_lead_to_the_tiles",),
    MATRICES.format("json-tilesetmetadata"): ("test_ogc_documents_lead_to_the_tiles",),
}
SOURCES = (HERE / "test_ogc_features.py", HERE / "test_tiles.py", HERE.parent / "property" / "test_ogc_filters.py")


def test_what_is_declared_is_what_is_covered() -> None:
    assert {f"http://www.opengis.net/spec/{name}" for name in COVERED} == set(CLASSES)
    assert len(set(CLASSES)) == len(CLASSES)


def test_the_tests_that_cover_it_exist() -> None:
    defined = {
        node.name
        for source in SOURCES
        for node in ast.parse(source.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert {name for names in COVERED.values() for name in names} <= defined

"""The documents that describe the service: valid, and what they say is what it does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from live import collections, get_json
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

if TYPE_CHECKING:
    from conftest import Installation

OPENAPI_30 = "application/vnd.oai.openapi+json;version=3.0"
SEED = 20260101
#: Whatever is no collection's own, and collections of every kind of geometry and source; the others' paths are made
#: by the same code, and asking all takes minutes.
ASKED = r"^/(?!collections/)|^/collections/(incidents|hotspots|road-segments|{collectionId})(/|$)"
#: What an answer may do that is no fault: an unknown parameter's 400, a value of the right type that names nothing.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def document(service: Installation) -> tuple[str, dict[str, Any]]:
    (link,) = (each for each in get_json(service.ogc)["links"] if each["rel"] == "service-desc")
    assert link["type"] == OPENAPI_30
    return link["href"], get_json(link["href"])


def test_the_document_is_valid_openapi_30(service: Installation) -> None:
    _, described = document(service)
    assert described["openapi"].startswith("3.0.")
    OpenAPIV30SpecValidator(described).validate()


def test_the_document_says_what_qgis_looks_for(service: Installation) -> None:
    _, described = document(service)
    limit = described["components"]["parameters"]["limit"]["schema"]
    assert 10 <= limit["default"] <= limit["maximum"]
    assert limit["maximum"] >= 1_000
    assert set(collections(service.ogc)) <= {
        path.split("/")[2] for path in described["paths"] if path.startswith("/collections/")
    }


def test_the_documents_of_the_whole_service_are_valid(service: Installation) -> None:
    described = get_json(f"{service.address}/openapi.json")
    assert described["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(described).validate()


def test_schemathesis_finds_no_fault(service: Installation, tmp_path: Path) -> None:
    """Nothing that the document allows or forbids brings an error of the server or an answer it does not describe."""
    address, _ = document(service)
    report = tmp_path / "report.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", address, "--url", service.ogc),
        *("--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", "5", "--seed", str(SEED)),
        *("--include-path-regex", ASKED),
        *("--suppress-health-check", "all", "--generation-database", "none", "--workers", "1", "--no-color"),
        *("--continue-on-failure", "--max-failures", "20", "--request-timeout", "600"),
        *("--report", "json", "--report-json-path", str(report)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert json.loads(report.read_text())

"""ogctests 0.1.15, a verifier of OGC API - Features that others wrote, run over HTTP against a real service.

Its suite ``features/core`` has 29 tests. Of the ten of ``features/filtering`` six cannot pass on any server: they fail
over their own code before or after they ask (`OWN_FAULTS`). What those say they test is done in
``test_filtering_method.py``.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from conftest import Installation

CORE_TESTS = 29
#: What each test of the suite that has a fault of its own ends with, on every server that it gets as far with.
OWN_FAULTS = MappingProxyType(
    {
        "test_ct3": "TypeError: Invalid type for url",  # hands httpx a list of addresses
        "test_ct5": "KeyError: 'queryable'",  # which test_ct3 would have stored
        "test_ct7": "KeyError: 'queryable'",
        "test_ct8": "KeyError: 'queryable'",
        "test_ct9": "KeyError: 'additional_properties'",  # as above
        "test_ct10": "KeyError: 'spatial_queryable'",  # as above; then formats a text whose braces are not escaped
    }
)


def run(python: str, scope: str, ogc: str, folder: Path, key: str = "") -> Mapping[str, str]:
    """Run a part of the suite; returns test → why it failed, empty where it passed."""
    report = folder / "report.xml"
    apart = [f"--rootdir={folder}", "-c", os.devnull, "-p", "no:cacheprovider"]  # else it takes Sira's configuration
    command = [python, "-c", _RUN, scope, ogc, f"--junit-xml={report}", *apart]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=600, cwd=folder, env={**os.environ, "KEY": key}
    )
    assert report.exists(), done.stdout + done.stderr
    return {case.attrib["name"]: _failure(case) for case in ElementTree.parse(report).iter("testcase")}


_RUN = "import sys; from ogctests.main import run_ogctests; run_ogctests(sys.argv[1], sys.argv[2], sys.argv[3:])"


def _failure(case: ElementTree.Element) -> str:
    return " ".join(f"{bad.tag} {bad.attrib.get('message', '')}" for bad in case if bad.tag != "properties")


def test_core_passes_29_of_29(service: Installation, ogctests_python: str, tmp_path: Path) -> None:
    outcome = run(ogctests_python, "features/core", service.ogc, tmp_path)
    assert {name: why for name, why in outcome.items() if why} == {}
    assert len(outcome) == CORE_TESTS


def test_filtering_passes_where_the_suite_itself_can(
    service: Installation, ogctests_python: str, tmp_path: Path
) -> None:
    outcome = run(ogctests_python, "features/filtering", service.ogc, tmp_path)
    assert set(outcome) == {f"test_ct{number}" for number in range(1, 11)}
    assert {name for name, why in outcome.items() if why} == set(OWN_FAULTS)
    for name, fault in OWN_FAULTS.items():
        assert re.search(re.escape(fault), outcome[name]), f"{name}: {outcome[name]}"

"""Running services for the clients of the acceptance tests: the default one, and one with real incidents and keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from homes_kit import made_once, settings_in, synthetic_home
from live import serve
from store_kit import batch, incidents

from api.base.access import Audience
from api.base.assessments import Shelf, make_assessment
from api.base.keys import create_key
from geo.incidents.batch import Batch
from geo.store import Store
from models.risk.target import Target

#: Of another Python, which has PyQGIS: not to be looked through for examples.
collect_ignore_glob = ["qgis_*client.py"]

REAL_INCIDENTS = 2_500


@dataclass(frozen=True)
class Installation:
    """A running service, the address of its OGC API, and keys by audience."""

    address: str
    keys: dict[str, str]

    @property
    def ogc(self) -> str:
        """Address of the OGC API."""
        return f"{self.address}/ogc"


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The service as a newcomer starts it: synthetic data, all of it open to this machine."""
    with serve(synthetic_home(tmp_path_factory.mktemp("synthetic")).home) as address:
        yield Installation(address, {})


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A service with 2,500 real incidents, which needs keys."""
    home = tmp_path_factory.mktemp("real")
    shutil.copytree(made_once("guarded", _fill), home, dirs_exist_ok=True)
    with Store.open(settings_in(home).store_url) as store:
        keys = {each.label: create_key(store, each, label="test") for each in Audience if each is not Audience.PUBLIC}
    with serve(home) as address:
        yield Installation(address, keys)


def _fill(home: Path) -> None:
    settings = settings_in(home)
    with Store.open(settings.store_url, seed=False) as store:
        store.add_incidents(many_incidents())
        Shelf.of(settings).keep(make_assessment(store, settings, Target.IED))


def many_incidents() -> Batch:
    """Return a file of incidents of which the earliest hundred name neither victims nor a town."""
    random = np.random.default_rng(5)
    number = np.arange(REAL_INCIDENTS)
    known = number >= 100
    frame = incidents(
        [f"acled:{each:05}" for each in number],
        date=np.datetime64("2020-01-01", "s") + number // 2 * np.timedelta64(1, "D"),
        location_error_km=np.where(known, 0.1, np.nan),
        hazard_type=random.choice(["ied", "ap_mine", "uxo"], REAL_INCIDENTS),
        killed_total=pd.array(np.where(known, random.integers(0, 5, REAL_INCIDENTS), np.nan), dtype="Int32"),
        geometry=shapely.points(random.uniform(-4, 0, REAL_INCIDENTS), random.uniform(15.2, 17, REAL_INCIDENTS)),
    )
    return batch(frame)

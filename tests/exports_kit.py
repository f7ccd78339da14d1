"""What the tests of exports share: installations with an assessment on coarse cells, and a layer of every type."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from homes_kit import FORMULA, coarse_home, keep_coarse, real_home

from api.base.access import Audience, Caller
from api.base.service import Service
from api.collections.tables import OwnPlanners, Tables
from api.exports.content import Recipient
from geo.export.layer import Column, ColumnType, ExportLayer, GeometryType
from models.risk.target import Target


def assessed(service: Service, target: Target = Target.IED) -> Service:
    """Put the assessment of what the store holds, on coarse cells, where the service looks for it."""
    keep_coarse(service.store, service.shelf, target)
    return service


def synthetic_service(home: Path) -> Service:
    """Return a service of the synthetic default."""
    return Service(coarse_home(home))


def real_service(home: Path) -> Service:
    """Return a service of real incidents with days, exact places and hostile narratives, and of one hazard area."""
    return Service(real_home(home))


def recipient(service: Service, audience: Audience, lang: str = "fr") -> Recipient:
    """Return somebody of an audience who takes files away."""
    tables = Tables(service, OwnPlanners(service))
    return Recipient(tables, service.read_snapshot(), Caller(audience), lang)


def layer(geometry: GeometryType = GeometryType.POINT, rows: int = 4) -> ExportLayer:
    """Return a layer with a column of every type, nulls in each, a feature without geometry, and hostile text."""
    columns = (
        Column("name", ColumnType.STRING, "Nom", "Le nom", "#loc+name"),
        Column("killed_total_people", ColumnType.INTEGER, "Tués", "Personnes tuées", "#affected+killed"),
        Column("killed_total_persons", ColumnType.NUMBER, "Taux", "Un taux", "#indicator+num"),
        Column("synthetic", ColumnType.BOOLEAN, "Synthétique", "Inventé", "#meta+synthetic"),
        Column("day", ColumnType.DATE, "Jour", "Le jour", "#date"),
        Column("seen", ColumnType.DATETIME, "Vu", "Le moment", "#date+seen"),
        Column("empty", ColumnType.NUMBER, "Vide", "Rien", "#indicator+empty"),
    )
    west = np.arange(4) * 1.5 - 5.123456789
    shapes = {
        GeometryType.POINT: shapely.points(west, 14.5),
        GeometryType.MULTILINESTRING: shapely.linestrings([[(x, 14), (x + 1, 15)] for x in west]),
        GeometryType.MULTIPOLYGON: shapely.box(west, 14, west + 1, 15),
    }[geometry].astype(object)
    shapes[2] = None
    frame = gpd.GeoDataFrame(
        {
            "name": pd.array([FORMULA, None, "<b>é</b> & co", "x" * 300], dtype="string"),
            "killed_total_people": pd.array([1, None, 3, 2**40], dtype="Int64"),
            "killed_total_persons": pd.array([None, 0.5, 1.0, 1 / 3], dtype="Float64"),
            "synthetic": pd.array([True, None, False, True], dtype="boolean"),
            "day": [date(2024, 1, 2), None, date(2023, 1, 1), date(1999, 12, 31)],
            "seen": pd.to_datetime(["2024-01-02T03:04:05", None, "2020-01-01T00:00:00", "2021-01-01T00:00:00"]),
            "empty": pd.array([None] * 4, dtype="Float64"),
        },
        geometry=shapes,
        crs="EPSG:4326",
        index=pd.Index(["a", "b", "c", "d"], name="id"),
    )
    about = {"audience": "partner", "revision": "3", "synthetic": "true", "notice": "Données synthétiques"}
    key = Column("id", ColumnType.STRING, "Identifiant", "L’identifiant", "#meta+id")
    return ExportLayer("things", "Choses", "Des choses", geometry, key, columns, frame.iloc[:rows], about)

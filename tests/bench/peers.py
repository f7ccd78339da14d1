"""pygeoapi and tipg, each serving given features as its own documents say to, from a virtual environment of their own.

``make .venv-peers/.setup`` makes that environment. Each server is one process, as Sira's is.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import pandas as pd
import yaml
from sqlalchemy import Connection, create_engine, make_url, text

from api.commands.serve import listen


@contextmanager
def tipg(python: str, postgis: str, schema: str, frame: gpd.GeoDataFrame) -> Iterator[int]:
    """Serve `frame` (its index named id) from PostGIS as the collection ``SCHEMA.incidents``; gives the port."""
    engine = create_engine(postgis)
    try:
        with engine.begin() as connection:
            _fill(connection, schema, frame)
        url = make_url(postgis).set(drivername="postgresql", query={}).render_as_string(hide_password=False)
        settings = {"DATABASE_URL": url, "TIPG_DB_SCHEMAS": json.dumps([schema]), "TIPG_CATALOG_TTL": "0"}
        with _uvicorn(python, "tipg.main:app", settings) as port:
            yield port
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        engine.dispose()


def _fill(connection: Connection, schema: str, frame: gpd.GeoDataFrame) -> None:
    """Write `frame` with its types, a primary key and the indexes that PostGIS's manual asks for."""
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    rows = pd.DataFrame(frame.drop(columns="geometry")).assign(geometry=frame.geometry.to_wkb(hex=True))
    rows.to_sql("incidents", connection, schema=schema)
    for statement in (
        "ALTER TABLE {}.incidents ALTER geometry TYPE geometry(Point, 4326) USING ST_SetSRID(geometry::geometry, 4326)",
        "ALTER TABLE {}.incidents ADD PRIMARY KEY (id)",
        "CREATE INDEX ON {}.incidents USING gist (geometry)",
        "ANALYZE {}.incidents",
    ):
        connection.execute(text(statement.format(schema)))


@contextmanager
def pygeoapi(python: str, folder: Path, features: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """Serve `features` from a GeoJSON file, pygeoapi's quickest way at this size, as ``incidents``; gives the port."""
    data = folder / "incidents.geojson"
    data.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    config, openapi = folder / "config.yml", folder / "openapi.yml"
    config.write_text(yaml.safe_dump(_config(data)))
    settings = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    generate = [str(Path(python).with_name("pygeoapi")), "openapi", "generate", str(config), "--output-file", openapi]
    subprocess.run(generate, env={**os.environ, **settings}, check=True, capture_output=True)
    with _uvicorn(python, "pygeoapi.starlette_app:APP", settings) as port:
        yield port


def _config(data: Path) -> dict[str, Any]:
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 0},
            "url": "http://127.0.0.1",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "pretty_print": False,
            "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": "http://127.0.0.1", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "t",
                "description": "t",
                "keywords": ["t"],
                "keywords_type": "theme",
                "terms_of_service": "t",
                "url": "http://127.0.0.1",
            },
            "license": {"name": "t", "url": "http://127.0.0.1"},
            "provider": {"name": "t", "url": "http://127.0.0.1"},
            "contact": {"name": "t", "email": "t@example.org"},
        },
        "resources": {
            "incidents": {
                "type": "collection",
                "title": "t",
                "description": "t",
                "keywords": ["t"],
                "links": [],
                "extents": {
                    "spatial": {"bbox": [-13, 10, 5, 26], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
                },
                "providers": [{"type": "feature", "name": "GeoJSON", "data": str(data), "id_field": "id"}],
            }
        },
    }


@contextmanager
def _uvicorn(python: str, app: str, settings: Mapping[str, str]) -> Iterator[int]:
    """Run an application as Sira runs: uvicorn, one process, no line per request."""
    with listen("127.0.0.1", 0) as listening:
        port = int(listening.getsockname()[1])
        descriptor = listening.fileno()
        process = subprocess.Popen(
            [python, "-m", "uvicorn", app, "--fd", str(descriptor), "--no-access-log", "--log-level", "warning"],
            pass_fds=[descriptor],
            env={**os.environ, **settings},
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/conformance", process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, f"{urlsplit(address).netloc} ended"
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(address)

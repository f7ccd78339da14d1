"""`create_app`: the service as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException

from api.base.door import Door
from api.base.problems import answer_error, answer_http
from api.base.security_headers import Shield
from api.base.service import Service
from api.base.settings import Settings
from api.base.sizes import MOST_BYTES
from api.bulletin.rendering import Bulletins
from api.collections.tables import Tables
from api.exports.jobs import FileJobs
from api.roads.planners import Planners
from api.web import about, account, axes, bulletins, exports, figures, invitation, login, model, places, users
from api.web import map as map_page
from api.web import road_routes as routes
from api.web.layers import layer_routes
from api.web.ogc import ogc_routes
from api.web.tiles import tile_routes
from geo.core.errors import SiraError


def create_app(settings: Settings, *, most_bytes: int = MOST_BYTES) -> FastAPI:
    """Return the service for an installation.

    The store is opened when the server starts, or with the first request where nothing starts it (tests). Raises
    nothing before: a store that cannot be opened is a `StoreError` at start, and a 503 in an answer. No JSON document
    of the map, the layers or ``/ogc`` has more than `most_bytes`.
    """
    service = Service(settings, most_bytes)
    planners = Planners(service)
    files = FileJobs(settings.home)

    @asynccontextmanager
    async def lifespan(started: FastAPI) -> AsyncIterator[None]:
        _settle_routes(started)
        await service.refresh()
        planners.start()
        yield
        await planners.close()
        files.close()
        service.close()

    app = FastAPI(
        title="Sira", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, lifespan=lifespan
    )
    app.state.service = service
    app.state.planners = planners
    app.state.door = door = Door(service)
    app.state.tables = Tables(service, planners.now)
    app.state.files = files
    app.state.bulletins = Bulletins(service)
    app.add_middleware(Shield)
    app.add_exception_handler(SiraError, answer_error)
    app.add_exception_handler(HTTPException, answer_http)
    app.router.routes.extend(layer_routes(door, planners))
    app.router.routes.extend(ogc_routes(door, app.state.tables))
    app.router.routes.extend(tile_routes(door, app.state.tables))
    for module in (
        about,
        login,
        invitation,
        account,
        users,
        bulletins,
        figures,
        model,
        routes,
        axes,
        places,
        exports,
        map_page,
    ):
        app.include_router(module.router)
    return app


def _settle_routes(app: FastAPI) -> None:
    """Have FastAPI read the signatures of every route now, which it would leave to the first request.

    It silences pydantic meanwhile for the whole process, and that goes wrong where another thread does the same: under
    Python's ``-W error`` the first page was then answered with 500.
    """
    nowhere = {"type": "http", "method": "GET", "path": "", "root_path": "", "headers": [], "app": app}
    for route in app.routes:
        route.matches(dict(nowhere))

"""The layers' addresses: one thin endpoint each, past the framework's parsing and encoding."""

from __future__ import annotations

from starlette.routing import Route

from api.axes_layer import ADDRESS
from api.cache import EncodedCache
from api.openapi import layer_address
from api.planners import Planners
from api.queries import LAYERS
from api.risk_queries import RISK_LAYERS
from api.risk_serving import RiskEndpoint
from api.routes.axes import AxesEndpoint
from api.service import Service
from api.serving import LayerEndpoint


def layer_routes(service: Service, planners: Planners) -> list[Route]:
    """Return a route per layer; all share one cache of at most ``cache_mb`` megabytes."""
    cache = EncodedCache(service.settings.cache_mb * 1_000_000)
    counted = [
        Route(layer_address(layer), LayerEndpoint(service, cache, layer.name), methods=["GET", "HEAD"])
        for layer in LAYERS.values()
    ]
    assessed = [
        Route(layer.address, RiskEndpoint(service, cache, layer.name), methods=["GET", "HEAD"])
        for layer in RISK_LAYERS.values()
    ]
    axes = Route(ADDRESS, AxesEndpoint(service, planners, cache), methods=["GET", "HEAD"])
    return [*counted, *assessed, axes]

"""The layers' addresses: one thin endpoint each, past the framework's parsing and encoding."""

from __future__ import annotations

from starlette.routing import Route

from api.base.cache import EncodedCache
from api.base.service import Service
from api.layers.asking import LAYERS, RISK_LAYERS, layer_address
from api.layers.serving import LayerEndpoint, RiskEndpoint
from api.roads.axes import ADDRESS
from api.roads.planners import Planners
from api.web.axes import AxesEndpoint


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

"""The layers' addresses: one thin endpoint each, past the framework's parsing and encoding."""

from __future__ import annotations

from starlette.routing import Route

from api.base.cache import EncodedCache
from api.base.service import Service
from api.layers.registry import LAYERS, RISK_LAYERS
from api.layers.serving import LayerEndpoint, RiskEndpoint
from api.roads.layers import AXES
from api.roads.planners import Planners
from api.web.axes import AxesEndpoint


def layer_routes(service: Service, planners: Planners) -> list[Route]:
    """Return a route per layer; all share one cache of at most ``cache_mb`` megabytes."""
    cache = EncodedCache(service.settings.cache_mb * 1_000_000)
    counted = [
        Route(layer.address, LayerEndpoint(service, cache, layer), methods=["GET", "HEAD"]) for layer in LAYERS.values()
    ]
    assessed = [
        Route(layer.address, RiskEndpoint(service, cache, layer), methods=["GET", "HEAD"])
        for layer in RISK_LAYERS.values()
    ]
    axes = Route(AXES.address, AxesEndpoint(service, planners, cache), methods=["GET", "HEAD"])
    return [*counted, *assessed, axes]

"""The layers' addresses: one thin endpoint each, past the framework's parsing and encoding."""

from __future__ import annotations

from starlette.routing import Route

from api.base.door import Door
from api.layers.registry import LAYERS, RISK_LAYERS
from api.layers.serving import LayerEndpoint, RiskEndpoint
from api.roads.layers import AXES
from api.roads.planners import Planners
from api.web.axes import AxesEndpoint


def layer_routes(door: Door, planners: Planners) -> list[Route]:
    """Return a route per layer."""
    counted = [Route(layer.address, LayerEndpoint(door, layer), methods=["GET", "HEAD"]) for layer in LAYERS.values()]
    assessed = [
        Route(layer.address, RiskEndpoint(door, layer), methods=["GET", "HEAD"]) for layer in RISK_LAYERS.values()
    ]
    axes = Route(AXES.address, AxesEndpoint(door, planners), methods=["GET", "HEAD"])
    return [*counted, *assessed, axes]

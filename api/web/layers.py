"""The layers' addresses: one thin endpoint each, past the framework's parsing and encoding."""

from __future__ import annotations

from functools import partial

from starlette.routing import Route

from api.base.door import Door
from api.layers.registry import LAYERS, RISK_LAYERS
from api.layers.serving import Ask, Endpoint, ask_layer, ask_risk_layer
from api.roads.layers import AXES
from api.roads.planners import Planners
from api.web.axes import ask_axes


def layer_routes(door: Door, planners: Planners) -> list[Route]:
    """Return a route per layer."""
    service = door.service
    asks: dict[str, Ask] = {
        **{layer.address: partial(ask_layer, service, layer) for layer in LAYERS.values()},
        **{layer.address: partial(ask_risk_layer, service, layer) for layer in RISK_LAYERS.values()},
        AXES.address: partial(ask_axes, service, planners),
    }
    return [Route(address, Endpoint(door, ask), methods=["GET", "HEAD"]) for address, ask in asks.items()]

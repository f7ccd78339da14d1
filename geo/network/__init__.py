"""Roads as a routable graph: the shipped schematic network, or one imported by `geo.roads_import`."""

from __future__ import annotations

from geo.network.graph import CLASSES, SURFACES, Network
from geo.network.shipped import load_roads, shipped_network

__all__ = ["CLASSES", "SURFACES", "Network", "load_roads", "shipped_network"]

"""Roads as a routable graph: the shipped schematic network, or one imported by `geo.roads.importing.reading`."""

from __future__ import annotations

from geo.roads.graph import CLASSES, SURFACES, Network
from geo.roads.shipped import load_roads, shipped_network

__all__ = ["CLASSES", "SURFACES", "Network", "load_roads", "shipped_network"]

"""SYNTHETIC road networks: small ones from pairs of nodes, and of any size to measure with."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.roads.arcs import Position
from geo.roads.assemble import Pieces, build_network
from geo.roads.graph import CLASSES, SURFACES, Network


def small_network(
    places: np.ndarray, pairs: list[tuple[int, int]], *, oneway: list[bool] | None = None, **columns: object
) -> Network:
    """Return a SYNTHETIC network of straight edges between `places` (lon, lat); `columns` replace attributes."""
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    # A vertex beside the middle tells parallel edges and loops apart.
    middle = places[ends].mean(axis=1) + np.arange(1, len(ends) + 1)[:, None] * 1e-4
    coordinates = np.stack([places[ends[:, 0]], middle, places[ends[:, 1]]], axis=1).reshape(-1, 2)
    pieces = Pieces(coordinates, np.arange(0, 3 * len(ends) + 1, 3), ends[:, 0], ends[:, 1], np.arange(len(ends)))
    plain = {"road_class": 5, "surface": 1, "name": None, "ref": None, "error_km": 0.05, "origin": np.arange(len(ends))}
    flags = dict.fromkeys(("oneway", "ferry", "ford", "barrier", "seasonal", "closed", "schematic"), False)
    table = {**plain, **flags, "oneway": oneway or False, **columns}
    return build_network(pieces, pd.DataFrame(table, index=range(len(ends))), source="SYNTHETIC")


def on_edge(edge: int, fraction: float) -> Position:
    """Return a position without its coordinates, which routing does not need."""
    return Position(int(edge), float(fraction), 0.0, 0.0, 0.0)


def grid_edges(edges: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return node coordinates (N, 2), node pairs (E, 2) and class codes (E,) of about `edges` edges that hang together.

    Rows and columns of a jittered grid over Mali. Main roads every 32 and 8 lines are whole; of the minor ones a good
    half is there, so that a junction has 2.5 roads on average and some end blind, as in road networks of countries.
    """
    rng = np.random.default_rng(seed)
    side = round((edges / 1.21) ** 0.5)
    x, y = np.meshgrid(np.arange(side, dtype=float), np.arange(side, dtype=float))
    jitter = rng.uniform(-0.3, 0.3, (2, side, side))
    places = np.stack([(x + jitter[0]).ravel(), (y + jitter[1]).ravel()], axis=1) / side
    places = places * [14.0, 10.0] + [-11.0, 11.0]
    number = np.arange(side * side).reshape(side, side)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    along = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    line = np.concatenate([np.repeat(np.arange(side), side - 1), np.tile(np.arange(side), side - 1)])
    pairs = np.concatenate([across, along])
    rank = np.where(line % 32 == 0, CLASSES.index("trunk"), np.where(line % 8 == 0, CLASSES.index("secondary"), 5))
    kept = (rank < 5) | (rng.random(len(pairs)) < 0.56)
    pairs, rank = pairs[kept], rank[kept]
    ones = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(side * side, side * side))
    part = connected_components(graph, directed=False)[1]
    joined = part[pairs[:, 0]] == np.bincount(part).argmax()
    nodes, pairs_in_order = np.unique(pairs[joined], return_inverse=True)
    return places[nodes], pairs_in_order.reshape(-1, 2), rank[joined].astype(np.int8)


def synthetic_network(edges: int, seed: int = 1) -> Network:
    """Return a SYNTHETIC network of about `edges` edges."""
    places, pairs, rank = grid_edges(edges, seed)
    attributes = pd.DataFrame(
        {
            "road_class": rank,
            "surface": np.where(rank < 3, SURFACES.index("paved"), SURFACES.index("unpaved")),
            "name": None,
            "ref": None,
            "error_km": 0.05,
            "origin": np.arange(len(pairs)),
        }
    ).assign(oneway=False, ferry=False, ford=False, barrier=False, seasonal=False, closed=False, schematic=False)
    pieces = Pieces(
        coordinates=places[pairs].reshape(-1, 2),
        offsets=np.arange(0, 2 * len(pairs) + 1, 2),
        start=pairs[:, 0],
        end=pairs[:, 1],
        row=np.arange(len(pairs)),
    )
    return build_network(pieces, attributes, source="SYNTHETIC")


def synthetic_risk(network: Network, seed: int = 2) -> np.ndarray:
    """Return SYNTHETIC expected incidents of each edge: smooth hot spots times length, a little everywhere."""
    rng = np.random.default_rng(seed)
    middle = (network.coordinates[network.offsets[:-1]] + network.coordinates[network.offsets[1:] - 1]) / 2
    rate = np.full(network.edge_count, 1e-4)
    for lon, lat, width, height in zip(
        rng.uniform(-11, 3, 40),
        rng.uniform(11, 21, 40),
        rng.uniform(0.1, 0.8, 40),
        rng.lognormal(-5, 1, 40),
        strict=True,
    ):
        rate += height * np.exp(-((middle - [lon, lat]) ** 2).sum(axis=1) / (2 * width**2))
    return rate * network.length_km

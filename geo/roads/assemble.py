"""Makes a `Network` from lines whose ends are junctions, and says how its parts hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.roads.graph import NO_TEXT, Flags, Floats, Ints, Network, edge_keys, measure_km


@dataclass(frozen=True, slots=True)
class Pieces:
    """Lines from junction to junction, before they are a `Network`.

    `start` and `end` are ids of the junctions: any integers, equal where two lines meet. `row` points into the table
    of attributes that `build_network` takes.
    """

    coordinates: Floats
    offsets: Ints
    start: Ints
    end: Ints
    row: Ints


#: Columns of the attribute table that `build_network` takes, one row a source feature.
FLAGS = ("oneway", "ferry", "ford", "barrier", "seasonal", "closed", "schematic")


def build_network(
    pieces: Pieces,
    attributes: pd.DataFrame,
    *,
    source: str,
    node_names: dict[int, str] | None = None,
    barrier: Flags | None = None,
    ford: Flags | None = None,
    closed: Flags | None = None,
) -> Network:
    """Return the network of `pieces`.

    Parameters
    ----------
    pieces : Pieces
        Coordinates in degrees on WGS 84 (lon, lat), every piece at least two vertices and longer than nothing.
    attributes : DataFrame
        `road_class`, `surface` (codes), `name`, `ref` (text or missing), `FLAGS` (bool), `error_km`, `origin`.
    source : str
        Where the network comes from.
    node_names : dict, optional
        Junction id → name.
    barrier, ford, closed : bool arrays, optional
        What applies to a piece beyond what its row says (a gate stands on this part of the way).
    """
    ids, inverse = np.unique(np.concatenate([pieces.start, pieces.end]), return_inverse=True)
    count = len(pieces.row)
    tail, head = inverse[:count].astype(np.int32), inverse[count:].astype(np.int32)
    lon, lat = np.empty(len(ids)), np.empty(len(ids))
    for nodes, vertices in ((tail, pieces.offsets[:-1]), (head, pieces.offsets[1:] - 1)):
        lon[nodes], lat[nodes] = pieces.coordinates[vertices, 0], pieces.coordinates[vertices, 1]
    names = node_names or {}
    node_names_in_order = [names.get(int(each)) for each in ids]
    texts, (name, ref, node_name) = _numbered(
        attributes["name"].to_numpy(object), attributes["ref"].to_numpy(object), np.array(node_names_in_order, object)
    )
    row = pieces.row
    flags = {flag: attributes[flag].to_numpy(bool)[row] for flag in FLAGS}
    for flag, more in (("barrier", barrier), ("ford", ford), ("closed", closed)):
        if more is not None:
            flags[flag] = flags[flag] | more
    return Network(
        lon=lon,
        lat=lat,
        node_name=node_name,
        tail=tail,
        head=head,
        coordinates=pieces.coordinates,
        offsets=pieces.offsets,
        length_km=measure_km(pieces.coordinates, pieces.offsets)[0],
        road_class=attributes["road_class"].to_numpy(np.int8)[row],
        surface=attributes["surface"].to_numpy(np.int8)[row],
        name=name[row],
        ref=ref[row],
        error_km=attributes["error_km"].to_numpy(np.float64)[row],
        key=edge_keys(pieces.coordinates, pieces.offsets),
        origin=attributes["origin"].to_numpy(np.int64)[row],
        texts=texts,
        source=source,
        **flags,
    )


def _numbered(*columns: NDArray[np.object_]) -> tuple[tuple[str, ...], list[NDArray[np.int32]]]:
    codes, texts = pd.factorize(np.concatenate(columns), use_na_sentinel=True)
    parts = np.split(codes.astype(np.int32), np.cumsum([len(column) for column in columns])[:-1])
    assert NO_TEXT == -1  # what factorize gives to the missing
    return tuple(str(text) for text in texts), list(parts)


def network_components(network: Network) -> tuple[int, Ints]:
    """Return how many parts do not hang together, and the part of each node, the longest part first (0).

    Directions are ignored; closed edges count as there.
    """
    shape = (network.node_count, network.node_count)
    matrix = coo_array((np.ones(network.edge_count, dtype=np.int8), (network.tail, network.head)), shape=shape)
    count, labels = connected_components(matrix, directed=False)
    length = np.bincount(labels[network.tail], weights=network.length_km, minlength=count)
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(-length, kind="stable")] = np.arange(count)
    return int(count), rank[labels]

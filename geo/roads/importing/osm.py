"""Reads the roads and ferries of an OpenStreetMap extract (PBF) as a network.

Two passes: over the ways, then over the nodes that roads use, so that memory follows the roads and not the file.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
import pandas as pd

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.roads.assemble import build_network
from geo.roads.graph import Ints, Network
from geo.roads.importing.noding import Vertices, split_at_junctions
from geo.roads.importing.tags import MAX_TEXT, clean_text, read_point_tags, read_tags

SOURCE: Final = "© OpenStreetMap contributors, ODbL"

#: Positional error of a road in OpenStreetMap, km: traced from imagery, whose offsets reach some ten metres.
ERROR_KM: Final = 0.03

#: More vertices of roads than this are refused: Africa's have fewer.
MAX_VERTICES: Final = 150_000_000

_KEYS: Final = [
    "highway",
    "route",
    "area",
    "surface",
    "oneway",
    "junction",
    "ford",
    "barrier",
    "seasonal",
    "motor_vehicle",
    "vehicle",
    "access",
    "name",
    "ref",
]


@dataclass(slots=True)
class _Ways:
    """Ways as columns, to hold many of them in little memory."""

    nodes: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("i"))
    ids: array[int] = field(default_factory=lambda: array("q"))
    #: road_class, surface, then the flags as bits.
    classes: array[int] = field(default_factory=lambda: array("b"))
    surfaces: array[int] = field(default_factory=lambda: array("b"))
    flags: array[int] = field(default_factory=lambda: array("B"))
    names: list[str | None] = field(default_factory=list)
    refs: list[str | None] = field(default_factory=list)
    other: int = 0
    shortened: int = 0


_FLAGS: Final = ("oneway", "ferry", "ford", "barrier", "seasonal", "closed")


def read_osm(path: Path) -> tuple[Network, tuple[Message, ...]]:
    """Return the network of the roads and ferries in an OpenStreetMap PBF file, and what was noticed.

    Raises
    ------
    FileError
        If the file is damaged, no PBF, or holds no road.
    """
    ways = _read_ways(path)
    if not len(ways.counts):
        raise FileError(message("{file} holds no road for motor vehicles.", file=path.name), file=path.name)
    refs = np.frombuffer(ways.nodes, dtype=np.int64)
    ids = np.unique(refs)
    vertices = _read_nodes(path, ids)
    place = np.searchsorted(ids, refs)
    way = np.repeat(np.arange(len(ways.counts)), np.frombuffer(ways.counts, dtype=np.int32))
    split = split_at_junctions(vertices, place, way)
    if not len(split.pieces.row):
        raise FileError(
            message("{file}: none of its roads has two points with coordinates.", file=path.name), file=path.name
        )
    network = build_network(
        split.pieces,
        _attributes(ways),
        source=SOURCE,
        barrier=split.barrier,
        ford=split.ford,
        closed=split.closed,
    )
    return network, tuple(_notes(ways, split.missing, split.gates_on_junctions))


def _read_ways(path: Path) -> _Ways:
    ways = _Ways()
    roads = osmium.filter.KeyFilter("highway", "route")
    cleaned: dict[str, str | None] = {}
    for way in _objects(path, osmium.osm.WAY, roads):
        tags = {key: way.tags[key] for key in _KEYS if key in way.tags}
        road = read_tags(tags)
        if road is None:
            ways.other += 1
            continue
        nodes = [node.ref for node in way.nodes]
        ways.nodes.extend(reversed(nodes) if road.reversed else nodes)
        ways.counts.append(len(nodes))
        ways.ids.append(way.id)
        ways.classes.append(road.road_class)
        ways.surfaces.append(road.surface)
        ways.flags.append(sum(getattr(road, flag) << bit for bit, flag in enumerate(_FLAGS)))
        for key, column in (("name", ways.names), ("ref", ways.refs)):
            text = tags.get(key, "")
            ways.shortened += len(text) > MAX_TEXT
            if text not in cleaned:
                cleaned[text] = clean_text(text)
            column.append(cleaned[text])
        if len(ways.nodes) > MAX_VERTICES:
            raise FileError(
                message("{file} holds more than {limit} points of roads: refused.", file=path.name, limit=MAX_VERTICES),
                file=path.name,
            )
    return ways


def _read_nodes(path: Path, ids: Ints) -> Vertices:
    """Return the nodes of these ids, in their order; those that the file lacks have no coordinates."""
    lon, lat = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    barrier, stops, ford = (np.zeros(len(ids), dtype=np.bool_) for _ in range(3))
    found, xs, ys = array("q"), array("i"), array("i")
    tagged: list[tuple[int, tuple[bool, bool, bool]]] = []
    wanted = osmium.IdTracker()
    for node_id in ids.tolist():
        if node_id >= 0:  # ids of objects that are not yet uploaded are negative; a filter knows none
            wanted.add_node(node_id)
    for node in _objects(path, osmium.osm.NODE, wanted.id_filter()):
        location = node.location
        if not location.valid():
            continue
        found.append(node.id)
        xs.append(location.x)
        ys.append(location.y)
        if len(node.tags):
            meaning = read_point_tags(dict(node.tags))
            if any(meaning):
                tagged.append((node.id, meaning))
    place = np.searchsorted(ids, np.frombuffer(found, dtype=np.int64))
    # libosmium holds degrees as whole 1e-7ths.
    lon[place] = np.frombuffer(xs, dtype=np.int32) / 1e7
    lat[place] = np.frombuffer(ys, dtype=np.int32) / 1e7
    if tagged:
        at = np.searchsorted(ids, [node_id for node_id, _ in tagged])
        barrier[at], stops[at], ford[at] = np.array([meaning for _, meaning in tagged]).T
    return Vertices(lon, lat, barrier, stops, ford)


def _objects(path: Path, entities: Any, keep: Any) -> Iterator[Any]:
    """Yield the objects of a file; libosmium's complaints about it become a `FileError`."""
    try:
        yield from osmium.FileProcessor(osmium.io.File(str(path), "pbf"), entities).with_filter(keep)
    except (RuntimeError, OSError, ValueError) as error:
        raise FileError(
            message("{file} is no readable OpenStreetMap PBF file: {detail}", file=path.name, detail=str(error)[:200]),
            file=path.name,
        ) from error


def _attributes(ways: _Ways) -> pd.DataFrame:
    bits = np.frombuffer(ways.flags, dtype=np.uint8)
    return pd.DataFrame(
        {
            "road_class": np.frombuffer(ways.classes, dtype=np.int8),
            "surface": np.frombuffer(ways.surfaces, dtype=np.int8),
            "name": np.array(ways.names, dtype=object),
            "ref": np.array(ways.refs, dtype=object),
            **{flag: (bits >> bit & 1).astype(bool) for bit, flag in enumerate(_FLAGS)},
            "schematic": False,
            "error_km": ERROR_KM,
            "origin": np.frombuffer(ways.ids, dtype=np.int64),
        }
    )


def _notes(ways: _Ways, missing: int, gates: int) -> Iterator[Message]:
    if ways.other:
        yield message("{count} ways are paths, areas or the like that motor vehicles do not use.", count=ways.other)
    if missing:
        yield message(
            "{count} points of roads are not in the file (cut at its border, or damaged): the roads end there.",
            count=missing,
        )
    if gates:
        yield message(
            "{count} barriers that stop vehicles stand on junctions: marked, but no road is closed for them.",
            count=gates,
        )
    if ways.shortened:
        yield message(
            "{count} names or references are longer than {limit} characters and were cut.",
            count=ways.shortened,
            limit=MAX_TEXT,
        )

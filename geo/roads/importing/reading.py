"""Reads a file of roads, of whichever kind, as a network that replaces the shipped one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.core.ogr_source import SHAPEFILE_MAGIC, SQLITE_MAGIC, is_json
from geo.roads.assemble import network_components
from geo.roads.graph import Network
from geo.roads.importing.columns import ColumnMap
from geo.roads.importing.lines import read_lines
from geo.roads.importing.osm import read_osm

#: First bytes of a file → what it is. A PBF starts with the length of its header, then names it.
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class ImportedRoads:
    """A network read from a file, and what people are told about it."""

    network: Network
    notes: tuple[Message, ...]


def read_roads(path: str | Path, column_map: ColumnMap | None = None) -> ImportedRoads:
    """Read roads from OpenStreetMap PBF, GeoPackage, GeoJSON, a shapefile or a zip of one.

    Parameters
    ----------
    path : path
        What it is, is told from its content.
    column_map : ColumnMap, optional
        For files of lines.

    Raises
    ------
    FileError
        If the file is missing, of no known kind, damaged, or holds no road.
    CRSError
        If lines are not in longitude, latitude on WGS 84.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError(message("There is no file {file}.", file=path.name), file=path.name)
    with path.open("rb") as stream:
        start = stream.read(64)
    if b"OSMHeader" in start:
        network, notes = read_osm(path)
    elif start.startswith((SQLITE_MAGIC, _ZIP, SHAPEFILE_MAGIC)) or is_json(start):
        network, notes = read_lines(path, column_map or ColumnMap())
    else:
        raise FileError(
            message(
                "{file} is of no known kind; expected OpenStreetMap PBF, GeoPackage, GeoJSON, a shapefile or its zip.",
                file=path.name,
            ),
            file=path.name,
        )
    return ImportedRoads(network, (*notes, _parts(network)))


def _parts(network: Network) -> Message:
    count, part = network_components(network)
    share = float(network.length_km[part[network.tail] == 0].sum() / network.length_km.sum())
    return message(
        "{edges} edges, {nodes} junctions, {length_km} km in {parts} parts that do not hang together; the longest has "
        "{share} % of the length.",
        edges=network.edge_count,
        nodes=network.node_count,
        length_km=int(np.rint(network.length_km.sum())),
        parts=count,
        share=round(100 * share, 1),
    )

"""``sira roads``: import a road network, and say which one routes are worked out on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from api.commands.session import Session, pass_session
from geo.core.messages import Message, message
from geo.core.provenance import sha256_of
from geo.roads.assemble import network_components
from geo.roads.cache import InstalledNetwork, installed_network, save_network
from geo.roads.importing.columns import read_column_map
from geo.roads.importing.reading import read_roads
from geo.roads.routing import contraction_order, has_hierarchy


@click.group()
def roads() -> None:
    """Réseau routier / road network."""


@roads.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "column_map",
    type=click.Path(path_type=Path),
    default=None,
    help="Correspondance des colonnes (TOML) / column map (TOML).",
)
@pass_session
def import_(session: Session, file: Path, column_map: Path | None) -> None:
    """Importer FILE (OSM PBF, GeoPackage, GeoJSON, shapefile) à la place du réseau / import FILE as the network."""
    read = read_roads(file, None if column_map is None else read_column_map(column_map))
    order = contraction_order(read.network) if has_hierarchy() else None
    about = {
        "file": file.name,
        "sha256": sha256_of(file),
        "imported": datetime.now(UTC).date().isoformat(),
    }
    save_network(session.settings.home / "roads", read.network, order=order, about=about)
    for note in read.notes:
        session.say(note)
    session.say(message("Routes are now worked out on the roads of {file}.", file=file.name))


@roads.command()
@pass_session
def info(session: Session) -> None:
    """Décrire le réseau en service / describe the network in use."""
    for line in _described(installed_network(session.settings.home / "roads")):
        session.say(line)


def _described(found: InstalledNetwork) -> Iterator[Message]:
    network = found.network
    yield message("Source: {source}", source=network.source)
    if found.about:
        yield message(
            "Imported from {file} on {day} (SHA-256 {sha256}).",
            file=found.about["file"],
            day=datetime.fromisoformat(found.about["imported"]).date(),
            sha256=found.about["sha256"],
        )
    if network.is_schematic:
        yield message(
            "The network is schematic: straight legs from town to town, shorter than the roads, up to {error_km} km "
            "beside them. Import a real one with “sira roads import”.",
            error_km=float(network.error_km.max()),
        )
    count, _ = network_components(network)
    yield message(
        "{edges} edges, {nodes} junctions, {length_km} km, {parts} parts that do not hang together.",
        edges=network.edge_count,
        nodes=network.node_count,
        length_km=round(float(network.length_km.sum())),
        parts=count,
    )
    yield message(
        "{ferries} ferries, {fords} fords, {barriers} barriers, {seasonal} roads of the dry season, {closed} closed.",
        ferries=int(network.ferry.sum()),
        fords=int(network.ford.sum()),
        barriers=int(network.barrier.sum()),
        seasonal=int(network.seasonal.sum()),
        closed=int(network.closed.sum()),
    )
    if not has_hierarchy():
        yield message(
            "Routes are worked out with scipy, which is slower: the library {library} is not installed.",
            library="routingkit-cch",
        )


COMMANDS: Final = (roads,)

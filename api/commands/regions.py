"""``sira regions``: list units, resolve names and codes, import an official set of boundaries."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import pandas as pd

from api.base.i18n import translate
from api.commands.session import Session, pass_session
from geo.boundaries.importing import combine, read_units
from geo.boundaries.regions import DEFAULT_VINTAGE, LEVELS, Boundaries, Unit
from geo.core.errors import AmbiguousNameError
from geo.core.messages import Message, message
from geo.core.provenance import sha256_of

_LEVEL = click.option("--level", type=click.Choice(LEVELS), default=None, help="Niveau / level.")


@click.group()
def regions() -> None:
    """Régions, cercles, communes / regions, cercles, communes."""


@regions.command(name="list")
@_LEVEL
@click.option("--vintage", default=None, help="Découpage / vintage: 2015, 2016, 2023…")
@pass_session
def list_(session: Session, level: str | None, vintage: str | None) -> None:
    """Lister les découpages, ou les unités d'un niveau / list the vintages, or the units of a level."""
    boundaries = session.boundaries
    if level is None:
        for each in boundaries.vintages() if vintage is None else (vintage,):
            session.say(_summary(boundaries, each))
        return
    table = boundaries.units(level, vintage or DEFAULT_VINTAGE)
    for unit_id, name, pcode, pcode_set, note in table[["name", "pcode", "pcode_set", "note"]].itertuples(name=None):
        code = "" if pd.isna(pcode) else f"{pcode} ({pcode_set})"
        said = "" if pd.isna(note) else translate(Message(note), session.lang)
        click.echo("\t".join((unit_id, name, code, said)))


@regions.command()
@click.argument("name")
@_LEVEL
@click.option("--vintage", default=DEFAULT_VINTAGE, show_default=True, help="Découpage / vintage.")
@click.option("--within", default=None, help="Unité qui la contient / unit that contains it.")
@click.option("--pcode-set", default=None, help="NAME est un P-code de ce jeu / NAME is a P-code of this set.")
@pass_session
def resolve(
    session: Session, name: str, level: str | None, vintage: str, within: str | None, pcode_set: str | None
) -> None:
    """Trouver l'unité que désigne NAME / find the unit that NAME means."""
    boundaries = session.boundaries
    if pcode_set is not None:
        session.say(_described(boundaries.resolve_code(name, pcode_set=pcode_set, vintage=vintage)))
        return
    try:
        session.say(_described(boundaries.resolve(name, level=level, vintage=vintage, within=within)))
    except AmbiguousNameError:
        for unit in boundaries.matches(name, level=level, vintage=vintage, within=within):
            session.say(_described(unit), err=True)
        raise


@regions.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--vintage", required=True, help="Nom du découpage à créer / name of the vintage to make.")
@_LEVEL
@click.option("--layer", default=None, help="Couche du fichier / layer of the file.")
@click.option(
    "--pcode-set",
    type=click.Choice(["cod2015", "ocha2020"]),
    default=None,
    help="Jeu de codes du fichier, vérifié / code set of the file, checked.",
)
@pass_session
def import_(
    session: Session, file: Path, vintage: str, level: str | None, layer: str | None, pcode_set: str | None
) -> None:
    """Importer FILE (GeoPackage, shapefile zip, GeoJSON) / import FILE as (part of) a vintage."""
    read = read_units(file, vintage, level, layer=layer, pcode_set=pcode_set)
    earlier = session.store.vintages().get(vintage)
    if earlier is not None:
        # Only for its check that every parent is there; the store itself replaces level by level.
        combine([*(part for _, part in earlier.groupby("level")), read.units])
    session.store.add_vintage(vintage, read.units, {"file": file.name, "sha256": sha256_of(file)})
    for note in read.notes:
        session.say(note)
    session.say(_summary(session.boundaries, vintage))


def _summary(boundaries: Boundaries, vintage: str) -> Message:
    counts = [f"{level} {len(boundaries.units(level, vintage))}" for level in boundaries.levels(vintage)]
    return message("Vintage {vintage}: {counts}", vintage=vintage, counts=", ".join(counts))


def _described(unit: Unit) -> Message:
    code = message("no P-code") if unit.pcode is None else f"{unit.pcode} ({unit.pcode_set})"
    if unit.population is None:
        return message(
            "{name}, {level}, vintage {vintage}: {unit_id}, {code}, {area_km2} km²",
            name=unit.name,
            level=unit.level,
            vintage=unit.vintage,
            unit_id=unit.unit_id,
            code=code,
            area_km2=round(unit.area_km2),
        )
    return message(
        "{name}, {level}, vintage {vintage}: {unit_id}, {code}, {area_km2} km², {population} people (2020)",
        name=unit.name,
        level=unit.level,
        vintage=unit.vintage,
        unit_id=unit.unit_id,
        code=code,
        area_km2=round(unit.area_km2),
        population=unit.population,
    )


COMMANDS: Final = (regions,)

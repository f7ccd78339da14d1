"""Unit tables: their columns, and the shipped ones made from the layers in ``data/regions``."""

from __future__ import annotations

from functools import cache
from typing import Final

import geopandas as gpd
import pandas as pd

from geo.core.crs import STORAGE_CRS
from geo.core.messages import Message, message
from geo.core.provenance import data_path

LEVELS: Final = ("region", "cercle", "commune")
SHIPPED_VINTAGES: Final = ("2015", "2016", "2023")
#: Sets of P-codes in which the shipped units have one; a code may be another unit's in the other set.
PCODE_SETS: Final = ("cod2015", "ocha2020")

#: Columns of a unit table beside its geometry; the index is ``unit_id``.
UNIT_COLUMNS: Final = (
    "level",
    "vintage",
    "name",
    "pcode",
    "pcode_set",
    "parent_id",
    "area_km2",
    "population",
    "population_year",
    "approximate",
    "note",
)

POPULATION_YEAR: Final = 2020

_REGION_NOTE: Final = message(
    "Made of whole communes and cercles of 2015; the law draws parts of this outline elsewhere."
)
_SPLIT_NOTE: Final = message(
    "Outline of 2015: one of its communes, Salam, belongs to the region of Taoudénit since 2016."
)
_COMMUNE_NOTE: Final = message("Outline of 2015: the reform of 2023 created communes and moved others.")


@cache
def boundary_layer(name: str) -> gpd.GeoDataFrame:
    """Return a layer of ``data/regions`` as it is stored, read once; treat it as read-only."""
    return gpd.read_file(data_path(f"regions/{name}.fgb"))


@cache
def shipped_units(level: str, vintage: str) -> gpd.GeoDataFrame:
    """Return the unit table of a shipped vintage that has this level, made once; treat it as read-only."""
    make = {"region": _regions, "cercle": _cercles, "commune": _communes}[level]
    return make(vintage)


def _regions(vintage: str) -> gpd.GeoDataFrame:
    layer = boundary_layer("regions")
    layer = layer[layer["vintage"] == vintage]
    codes = layer["pcode_cod2015"]
    return unit_table(
        layer,
        level="region",
        vintage=vintage,
        pcode=codes,
        pcode_set="cod2015" if codes.notna().all() else None,
        population=layer["population"],
        approximate=layer["approximate"],
        note=_REGION_NOTE,
    )


def _cercles(vintage: str) -> gpd.GeoDataFrame:
    layer = boundary_layer("cercles")
    pcode_set = "cod2015" if vintage == "2015" else "ocha2020"
    return unit_table(
        layer,
        level="cercle",
        vintage=vintage,
        pcode=layer[f"pcode_{pcode_set}"],
        pcode_set=pcode_set,
        parent_id=layer[f"region_id_{vintage}"],
        population=layer["population"],
        approximate=layer[f"split_{vintage}"],
        note=_SPLIT_NOTE,
    )


def _communes(vintage: str) -> gpd.GeoDataFrame:
    layer = boundary_layer("communes")
    return unit_table(
        layer,
        level="commune",
        vintage=vintage,
        pcode=layer["pcode_cod2015"],
        pcode_set="cod2015",
        parent_id=layer["region_id_2023" if vintage == "2023" else "cercle_id"],
        approximate=pd.Series(vintage == "2023", index=layer.index),
        note=_COMMUNE_NOTE,
    )


def unit_table(
    layer: gpd.GeoDataFrame,
    *,
    level: str,
    vintage: str,
    pcode: pd.Series[str],
    pcode_set: str | None,
    approximate: pd.Series[bool],
    note: Message | None = None,
    parent_id: pd.Series[str] | None = None,
    population: pd.Series[float] | None = None,
) -> gpd.GeoDataFrame:
    """Return a unit table from `layer` (columns ``unit_id``, ``name``, ``area_km2``, geometry in EPSG:4326).

    `note` is given to the approximate units. Series share `layer`'s index; missing ones leave the column missing.
    """
    text = pd.Series(None, index=layer.index, dtype="str")
    counts = text.astype("Int64") if population is None else population.astype("Int64")
    year = pd.Series(POPULATION_YEAR, index=layer.index, dtype="Int64").mask(counts.isna())
    table = gpd.GeoDataFrame(
        {
            "unit_id": layer["unit_id"],
            "level": level,
            "vintage": vintage,
            "name": layer["name"],
            "pcode": pcode.astype("str"),
            "pcode_set": text if pcode_set is None else pcode_set,
            "parent_id": text if parent_id is None else parent_id,
            "area_km2": layer["area_km2"],
            "population": counts,
            "population_year": year,
            "approximate": approximate.astype(bool),
            "note": text if note is None else text.mask(approximate.astype(bool), note.template),
        },
        geometry=layer.geometry,
        crs=STORAGE_CRS,
    )
    return table.set_index("unit_id")


def codes_of(tables: list[gpd.GeoDataFrame], vintage: str) -> dict[tuple[str, str], str]:
    """Return (code set, P-code) → unit id; the shipped cercles have a code in two sets whatever the vintage."""
    coded = [table[table["pcode"].notna() & table["pcode_set"].notna()] for table in tables]
    codes = {
        (pcode_set, pcode): unit_id
        for table in coded
        for unit_id, pcode, pcode_set in zip(table.index, table["pcode"], table["pcode_set"], strict=True)
    }
    if vintage in ("2015", "2016"):
        cercles = boundary_layer("cercles")
        for pcode_set in PCODE_SETS:
            codes |= {
                (pcode_set, pcode): unit_id
                for pcode, unit_id in zip(cercles[f"pcode_{pcode_set}"], cercles["unit_id"], strict=True)
            }
    return codes

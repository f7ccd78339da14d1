"""``sira counts``: counts per unit, period and hazard type as a table for a spreadsheet."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import geopandas as gpd
import pandas as pd

from api.base.access import OPERATOR, Kind, disclose
from api.base.i18n import translate
from api.commands.session import Session, pass_session
from api.layers.labels import HAZARD_TYPES
from api.layers.registry import COUNTED
from geo.boundaries.regions import DEFAULT_VINTAGE, LEVELS
from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.core.provenance import sources
from geo.core.tables import write_csv
from geo.counting.counts import DEFAULT_MEASURES, MEASURES, count
from geo.incidents.periods import PERIODS, period_ends
from geo.incidents.schema import APART, EXPLOSIVE, HazardType

#: Column → HXL hashtag and what it holds. The level's own tag (#adm1 region, #adm2 cercle, #adm3 commune) is put in.
_COLUMNS: Final[dict[str, tuple[str, Message]]] = {
    "unit_id": ("{adm}+id", message("the unit's id in Sira")),
    "name": ("{adm}+name", message("the unit's name")),
    "pcode": ("{adm}+code", message("the unit's P-code, in the code set of the next column")),
    "pcode_set": ("#meta+codeset", message("the code set of the P-code")),
    "level": ("#meta+level", message("the administrative level")),
    "vintage": ("#meta+vintage", message("which division of the country: its year, or the name of an imported one")),
    "period_start": ("#date+start", message("first day of the period (UTC)")),
    "period_end": ("#date+end", message("the day after the last of the period (UTC)")),
    "hazard_type": ("#cause+type", message("device category in IMAS terms")),
    "measure": ("#indicator+name", message("what is counted")),
    "exact": ("#indicator+exact+num", message("the part from events that can lie in this unit and period only")),
    "spread": ("#indicator+spread+num", message("the part from events that may lie in other units or periods too")),
    "total": ("#indicator+total+num", message("exact and spread together; empty where no event states the measure")),
    "unknown_events": ("#meta+unknown+num", message("events of which at least a part of the measure is unknown")),
    "sources": ("#meta+source", message("the sources of the events counted")),
    "synthetic": ("#meta+synthetic", message("true where any of the events is invented, for trying Sira out")),
}
_ADM: Final = {"region": "#adm1", "cercle": "#adm2", "commune": "#adm3"}

_SYNTHETIC: Final = message("Synthetic data: these incidents are invented so that Sira can be tried. Not for use.")
_NO_REPORT: Final = message("A unit and period without a row has no report. No report is not safety.")
_SPREAD: Final = message(
    "Events whose place or date is known too coarsely are spread over the units and periods they may belong to: over "
    "units by area times population density, over periods by days."
)

_date = click.DateTime(formats=["%Y-%m-%d", "%Y-%m"])


@click.command()
@click.option("--by", "level", type=click.Choice(LEVELS), default="cercle", show_default=True, help="Unité / unit.")
@click.option("--vintage", default=DEFAULT_VINTAGE, show_default=True, help="Découpage / division: 2015, 2016, 2023, …")
@click.option("--period", type=click.Choice(PERIODS), default="month", show_default=True, help="Période / period.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Fichier CSV / CSV file; - : stdout.")
@click.option(
    "--hazard",
    "hazards",
    type=click.Choice([hazard.value for hazard in (*EXPLOSIVE, HazardType.AIR_OR_INDIRECT_FIRE)]),
    multiple=True,
    help="Engin, répétable / device, repeatable.",
)
@click.option(
    "--measure",
    "measures",
    type=click.Choice(list(MEASURES)),
    metavar="MESURE",
    multiple=True,
    help="events, killed, injured, civilians, men, killed_women, …; répétable / repeatable.",
)
@click.option("--start", type=_date, help="Périodes à partir de ce jour / periods from this day on.")
@click.option("--end", type=_date, help="Périodes avant ce jour / periods before this day.")
@click.option("--conflict", is_flag=True, help="Événements de conflit, non explosifs / conflict events, not explosive.")
@click.option("--hxl", is_flag=True, help="Ligne d'étiquettes HXL / row of HXL hashtags.")
@pass_session
def counts(
    session: Session,
    level: str,
    vintage: str,
    period: str,
    out: Path | None,
    hazards: tuple[str, ...],
    measures: tuple[str, ...],
    start: datetime | None,
    end: datetime | None,
    conflict: bool,
    hxl: bool,
) -> None:
    """Compter les incidents par unité et période, en CSV / count incidents per unit and period, as CSV.

    À côté du fichier, FICHIER.json dit d’où viennent les chiffres / FILE.json says where they are from.
    """
    if conflict and hazards:
        raise ParameterError(
            message("--conflict counts events that are not explosive: give either --conflict or --hazard."),
            parameter="--conflict",
        )
    disclose(COUNTED[level].kind, OPERATOR)
    if period == "day":
        disclose(Kind.DAYS, OPERATOR)
    kinds = [HazardType.NOT_EXPLOSIVE] if conflict else [HazardType(hazard) for hazard in hazards] or list(EXPLOSIVE)
    is_apart = any(kind in APART for kind in kinds)
    if is_apart and len(kinds) > 1:
        raise ParameterError(
            message(
                "{parameter}: {value} is never added to other types; expected it alone, or types of explosive "
                "ordnance.",
                parameter="--hazard",
                value=HazardType.AIR_OR_INDIRECT_FIRE.value,
            ),
            parameter="--hazard",
        )
    # all explosive reports, whatever was asked for: one that does not name the device may be linked with one that does
    incidents = session.store.incidents(hazards=kinds if is_apart else EXPLOSIVE)
    units = session.boundaries.units(level, vintage)
    table = count(
        incidents,
        session.boundaries,
        level,
        vintage,
        period=period,
        measures=measures or DEFAULT_MEASURES,
        hazards=kinds,
    )
    table = _within(table, start, end)
    table = _described(table, units, period)
    tags = {name: tag.format(adm=_ADM[level]) for name, (tag, _) in _COLUMNS.items()} if hxl else None
    is_synthetic = bool(table["synthetic"].any())
    if out is None or str(out) == "-":
        write_csv(table, sys.stdout, hxl=tags)
    else:
        write_csv(table, out, hxl=tags)
        about = _about(session, table, kinds, level=level, vintage=vintage, period=period)
        beside = out.with_name(out.name + ".json")
        beside.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        session.say(
            message(
                "{count} {count:row|rows} written to {file}; {beside} says where {count:it is|they are} from.",
                count=len(table),
                file=out.name,
                beside=beside.name,
            ),
            err=True,
        )
    if is_synthetic:
        session.say(_SYNTHETIC, err=True)


def _within(table: pd.DataFrame, start: datetime | None, end: datetime | None) -> pd.DataFrame:
    """Return the rows whose period begins in [start, end)."""
    if start is not None and end is not None and not start < end:
        raise ParameterError(
            message(
                "--end must be later than --start; {end} is not later than {start}.", start=start.date(), end=end.date()
            ),
            parameter="--end",
        )
    keep = pd.Series(True, index=table.index)
    if start is not None:
        keep &= table["period_start"] >= start
    if end is not None:
        keep &= table["period_start"] < end
    return table[keep]


def _described(table: pd.DataFrame, units: gpd.GeoDataFrame, period: str) -> pd.DataFrame:
    ends = period_ends(table["period_start"].to_numpy().astype("datetime64[D]"), period)
    described = table.assign(period_end=ends.astype("datetime64[s]"))
    described = described.join(units[["name", "pcode", "pcode_set", "level", "vintage"]], on="unit_id")
    return described[list(_COLUMNS)]


def _about(session: Session, table: pd.DataFrame, kinds: list[HazardType], **query: str) -> dict[str, Any]:
    """Return what a reader of the table must know, in the person's language."""
    lang = session.lang
    notes = [_NO_REPORT, _SPREAD]
    shipped = {source.path: source for source in sources()}
    boundary = shipped.get(f"regions/{query['level']}s.fgb") if query["vintage"] in ("2015", "2016", "2023") else None
    return {
        **query,
        "hazards": {kind.value: translate(HAZARD_TYPES[kind], lang) for kind in kinds},
        "revision": session.store.revision(),
        "synthetic": translate(_SYNTHETIC, lang) if table["synthetic"].any() else None,
        "sources": sorted({name for names in table["sources"].unique() for name in names.split("; ")}),
        "boundaries": boundary.attribution if boundary else None,
        "columns": {name: translate(meaning, lang) for name, (_, meaning) in _COLUMNS.items()},
        "notes": [translate(note, lang) for note in notes],
    }


COMMANDS: Final = (counts,)

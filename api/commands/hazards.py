"""``sira hazards``: suspected, confirmed and released land per unit and period, beside the published figure."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import geopandas as gpd
import pandas as pd

from api.base.access import OPERATOR, disclose
from api.commands.session import Session, pass_session
from api.layers.registry import LAYERS
from geo.boundaries.regions import DEFAULT_VINTAGE, LEVELS
from geo.core.messages import message
from geo.core.provenance import data_path
from geo.core.tables import write_csv
from geo.hazards import area_by_unit
from geo.incidents.periods import PERIODS, period_ends

#: Indicator of figures/figures.csv that released land is shown beside.
RELEASED_INDICATOR: Final = "land_released_m2"

_COLUMNS: Final = (
    "unit_id",
    "name",
    "level",
    "vintage",
    "period_start",
    "period_end",
    "status",
    "area_m2",
    "synthetic",
)
_date = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--by", "level", type=click.Choice(LEVELS), default="cercle", show_default=True, help="Unité / unit.")
@click.option("--vintage", default=DEFAULT_VINTAGE, show_default=True, help="Découpage / division: 2015, 2016, 2023, …")
@click.option("--period", type=click.Choice(PERIODS), default="year", show_default=True, help="Période / period.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Fichier CSV / CSV file; - : stdout.")
@click.option("--start", type=_date, help="À partir de ce jour / from this day on.")
@click.option("--end", type=_date, help="Avant ce jour / before this day.")
@pass_session
def hazards(
    session: Session,
    level: str,
    vintage: str,
    period: str,
    out: Path | None,
    start: datetime | None,
    end: datetime | None,
) -> None:
    """Mesurer les zones dangereuses par unité et période / measure hazard areas per unit and period, as CSV.

    Superficies soupçonnées, confirmées et remises à disposition, en m², à la fin de chaque période / suspected,
    confirmed and released land in m² at the end of each period.
    """
    disclose(LAYERS["hazards"].kind, OPERATOR)
    units = session.boundaries.units(level, vintage)
    table = area_by_unit(
        session.store.hazards(),
        session.boundaries,
        level,
        vintage,
        period=period,
        start=start.date() if start else None,
        end=end.date() if end else None,
    )
    described = _described(table, units, period)
    if out is None or str(out) == "-":
        write_csv(described, sys.stdout)
    else:
        write_csv(described, out)
        session.say(
            message("{count} {count:row|rows} written to {file}.", count=len(described), file=out.name), err=True
        )
    _tell(session, table)


def _described(table: pd.DataFrame, units: gpd.GeoDataFrame, period: str) -> pd.DataFrame:
    ends = period_ends(table["period_start"].to_numpy().astype("datetime64[D]"), period)
    described = table.assign(area_m2=table["area_m2"].round(), period_end=ends.astype("datetime64[s]"))
    described = described.join(units[["name", "level", "vintage"]], on="unit_id")
    return described[list(_COLUMNS)]


def _tell(session: Session, table: pd.DataFrame) -> None:
    """Say what the table adds up to at its end, what is published, and what both leave out."""
    if not table.empty:
        last = table[table["period_start"] == table["period_start"].max()].groupby("status")["area_m2"].sum()
        session.say(
            message(
                "At the end: {suspected} m² suspected, {confirmed} m² confirmed, {released} m² released.",
                suspected=round(last["suspected"]),
                confirmed=round(last["confirmed"]),
                released=round(last["released"]),
            ),
            err=True,
        )
    published = released_land()
    session.say(
        message(
            "Published: {value} m² released in {area} since {start} ({source}).",
            value=int(published["value"]),
            area=str(published["area"]),
            start=pd.Timestamp(published["start"]).date(),
            source=str(published["source"]),
        ),
        err=True,
    )
    session.say(message("Land without a recorded area is not known to be free of hazards."), err=True)
    if table["synthetic"].any():
        session.say(
            message("Synthetic data: these hazard areas are invented so that Sira can be tried. Not for use."), err=True
        )


def released_land() -> pd.Series:
    """Return the published figure of land released: area, start, value (m²) and source."""
    figures = pd.read_csv(data_path("figures/figures.csv"), dtype="str")
    published: pd.Series = figures[figures["indicator"] == RELEASED_INDICATOR].iloc[0]
    return published


COMMANDS = [hazards]

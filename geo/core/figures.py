"""Figures that ship with Sira: what UN documents publish, and conflict events per unit and month.

They are shown with their sources and used to check; no model is trained on them. ``data/figures/SOURCES.toml`` names
where each file comes from.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import pandas as pd

from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.core.provenance import data_path

#: How the conflict-event counts must be credited wherever they are shown.
CONFLICT_ATTRIBUTION: Final = message(
    "UCDP GED 21.1, CC BY 4.0 (Sundberg and Melander 2013, doi:10.1177/0022343313484347)"
)
CONFLICT_VINTAGE: Final = "2016"


def published() -> pd.DataFrame:
    """Return published national figures, one a row.

    Columns: ``indicator`` (a slug), ``area`` (a name), ``start`` and ``end`` (dates; ``end`` is missing where the
    figure runs to the date of its source), ``value``, ``unit``, ``definition``, ``source``.

    Examples
    --------
    >>> figures = published().set_index("indicator")
    >>> float(figures.loc["land_released_m2", "value"])
    4391584.0
    """
    table = _table("figures.csv")
    return table.assign(
        start=pd.to_datetime(table["start"]), end=pd.to_datetime(table["end"]), value=table["value"].astype("float64")
    )


def conflict_counts(level: str = "cercle") -> pd.DataFrame:
    """Return conflict events (UCDP GED, 1990-2020) per unit of vintage 2016 and month.

    These are events of organised violence, not explosive incidents: the weapon is not recorded. Where they are shown,
    `CONFLICT_ATTRIBUTION` is too.

    Parameters
    ----------
    level : {"cercle", "region"}

    Returns
    -------
    DataFrame
        A row per unit and month with an event; columns ``unit_id``, ``month`` (its first day), ``events_exact``,
        ``events_spread``, ``killed_exact``, ``killed_spread``: parts as in `geo.counting.counts.count`; killed is
        UCDP's best estimate.

    Raises
    ------
    ParameterError
        There are no counts for this level.

    Examples
    --------
    >>> counts = conflict_counts("region")
    >>> round(float(counts["events_exact"].sum() + counts["events_spread"].sum()))
    891
    """
    return _conflict_counts(level).copy()


@lru_cache(maxsize=4)
def _conflict_counts(level: str) -> pd.DataFrame:
    table = _table("conflict_counts.csv")
    levels = table["level"].unique()
    if level not in levels:
        raise ParameterError(
            message("There is no level {level}; there are {known}.", level=level, known=", ".join(levels)),
            parameter="level",
        )
    table = table[table["level"] == level].drop(columns="level").reset_index(drop=True)
    numbers = dict.fromkeys(("events_exact", "events_spread", "killed_exact", "killed_spread"), "float64")
    return table.assign(month=pd.to_datetime(table["month"])).astype(numbers)


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(data_path(f"figures/{name}"), dtype="str", encoding="utf-8")

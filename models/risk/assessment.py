"""One immutable result for one revision and target: everything that is served, saved and loaded whole."""

from __future__ import annotations

import json
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geo.core.errors import FileError
from geo.core.messages import message
from geo.core.replacing import replacing, unwritable
from models.risk.domain import Domain, Floats
from models.risk.target import Target
from models.risk.windows import Window

if TYPE_CHECKING:
    from models.risk.model import RiskModel

#: Raised when a saved assessment can no longer be read as it was meant.
FORMAT_VERSION: Final = 7
_FORMAT: Final = "sira-assessment"

#: What an expectation rests on, in the order of the explanation (`models.risk.explanation`); shares of it add up to 1.
EXPLAINED: Final = ("3_months", "12_months", "3_years", "older", "counted", "auxiliary", "rest")

Key = tuple[str, str]


#: What comes of reading a file that is cut, damaged, or has something missing.
_NONE_OF_OURS: Final = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error),
    *(ValueError, KeyError, TypeError, AttributeError),
)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Assessment:
    """Expected recorded incidents over [t0, t0 + horizon) in cells and units, and why.

    Attributes
    ----------
    revision : int
        Of the store that it was made from.
    target : Target
    as_of : date
        What was known before this day went into it.
    t0, newest : date
        Date of the assessment, and the newest record of the target before it.
    horizon_days : int
    synthetic : bool
        Whether anything it was made from is invented.
    about : mapping
        JSON values: numbers of events, sources, auxiliary, what the change is counted from, versions.
    units : mapping of (level, vintage) to DataFrame
        By ``unit_id``; the columns are described in docs/architecture.md.
    cells : DataFrame
        By position: ``column, row, inside_km2, cercle, expected, low, high, p_any, band, assessed, reason, n_eff`` and
        a ``share_…`` per group of `EXPLAINED`.
    hotspots : mapping of {"cell", "commune"} to DataFrame
        ``count, z, p, significant, pattern``; cells by position, communes by ``unit_id``.
    event_ids : array of str
        Events that it was made from.
    model : bytes, optional
        The fitted estimator as `models.risk.stored` saves it; None where there were too few events to fit one.
    population_per_km2 : float array, optional
        People per km² in each cell of the grid where they come from a raster: its domain is built again with them.
    token : object
        Stands for it where something is kept that was made from it: a key that held the assessment would keep it in
        memory, and a weak reference has no hash once the assessment is gone.
    """

    revision: int
    target: Target
    as_of: date
    t0: date
    newest: date
    horizon_days: int
    synthetic: bool
    about: Mapping[str, Any]
    units: Mapping[Key, pd.DataFrame]
    cells: pd.DataFrame
    hotspots: Mapping[str, pd.DataFrame]
    event_ids: np.ndarray[Any, Any]
    model: bytes | None = field(default=None, repr=False)
    population_per_km2: Floats | None = field(default=None, repr=False)
    token: object = field(default_factory=object, repr=False)

    def __post_init__(self) -> None:
        for name in ("units", "hotspots"):
            tables = {key: _conformed(table) for key, table in getattr(self, name).items()}
            object.__setattr__(self, name, MappingProxyType(tables))
        object.__setattr__(self, "about", MappingProxyType(dict(self.about)))
        object.__setattr__(self, "cells", _conformed(self.cells))

    @property
    def end(self) -> date:
        """The day after the horizon."""
        return self.t0 + timedelta(days=self.horizon_days)

    @property
    def has_estimates(self) -> bool:
        """Whether there were enough events of the target to say anything of any place."""
        return self.model is not None

    def window(self, days: int | None = None) -> Window:
        """Return the window of what is told of the first `days` from its date on, of all of them without."""
        return Window(self.t0, self.t0 + timedelta(days=days or self.horizon_days), self.newest)

    def table(self, level: str, vintage: str) -> pd.DataFrame:
        """Return the units of one level and vintage, a copy; raises `KeyError` where there are none."""
        return self.units[level, vintage].copy()

    def estimator(self, domain: Domain) -> RiskModel | None:
        """Return the fitted estimator; raises `FileError` where it was fitted on another domain."""
        from models.risk.stored import load_model  # whoever shows what was estimated does without the estimators

        if self.model is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.npz"
            path.write_bytes(self.model)
            return load_model(path, domain)

    def save(self, path: Path) -> None:
        """Write to `path` (.npz), which appears whole or not at all; raises `FileError` where it cannot be written."""
        arrays: dict[str, np.ndarray[Any, Any]] = {"event_ids": self.event_ids.astype(str)}
        if self.model is not None:
            arrays["model"] = np.frombuffer(self.model, np.uint8)
        if self.population_per_km2 is not None:
            arrays["population_per_km2"] = self.population_per_km2
        tables = {f"unit/{level}/{vintage}": table for (level, vintage), table in self.units.items()}
        tables |= {"cells": self.cells} | {f"hotspot/{name}": table for name, table in self.hotspots.items()}
        columns = {name: _pack(name, table, arrays) for name, table in tables.items()}
        described = {
            "format": _FORMAT,
            "version": FORMAT_VERSION,
            "revision": self.revision,
            "target": self.target.value,
            "as_of": self.as_of.isoformat(),
            "t0": self.t0.isoformat(),
            "newest": self.newest.isoformat(),
            "horizon_days": self.horizon_days,
            "synthetic": self.synthetic,
            "about": dict(self.about),
            "tables": columns,
        }
        arrays["assessment"] = np.frombuffer(json.dumps(described).encode(), np.uint8)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path, error) from error
        with replacing(path, suffix=".npz", overwrite=True) as part:
            np.savez_compressed(part, **arrays)  # type: ignore[arg-type]  # its stub takes the names for flags

    @classmethod
    def load(cls, path: Path) -> Assessment:
        """Read what `save` wrote.

        Raises
        ------
        FileError
            If the file is no assessment, or one of another version of Sira.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:  # which leaves a broken one open
                arrays = {name: stored[name] for name in stored.files}
            described: dict[str, Any] = json.loads(arrays["assessment"].tobytes())
            if (described["format"], described["version"]) == (_FORMAT, FORMAT_VERSION):
                return cls(**_members(described, arrays))
        except _NONE_OF_OURS as error:
            raise FileError(message("{file} is not a saved assessment.", file=path.name), file=path.name) from error
        raise FileError(
            message("{file} was saved by another version of Sira. Assess again.", file=path.name), file=path.name
        )


def _members(described: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    """Return the members of an assessment; raises one of `_NONE_OF_OURS` where something is missing or misshapen."""
    tables = {name: _unpack(name, columns, arrays) for name, columns in described["tables"].items()}
    units = {tuple(name.split("/")[1:]): table for name, table in tables.items() if name.startswith("unit/")}
    return {
        "revision": described["revision"],
        "target": Target(described["target"]),
        "as_of": date.fromisoformat(described["as_of"]),
        "t0": date.fromisoformat(described["t0"]),
        "newest": date.fromisoformat(described["newest"]),
        "horizon_days": described["horizon_days"],
        "synthetic": described["synthetic"],
        "about": described["about"],
        "units": {(level, vintage): table for (level, vintage), table in units.items()},
        "cells": tables["cells"],
        "hotspots": {name.removeprefix("hotspot/"): t for name, t in tables.items() if name.startswith("hotspot/")},
        "event_ids": arrays["event_ids"],
        "model": arrays["model"].tobytes() if "model" in arrays else None,
        "population_per_km2": arrays.get("population_per_km2"),
    }


def _conformed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy with texts as pandas' text type, so that a saved table comes back equal."""
    texts = [column for column in table if not _is_number(table[column])]
    return table.astype(dict.fromkeys(texts, "str"))


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values))


def _pack(name: str, table: pd.DataFrame, arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    """Put the numeric columns among `arrays`, and return the texts and the order of the columns."""
    texts: dict[str, list[str | None]] = {}
    index = None if isinstance(table.index, pd.RangeIndex) else table.index.astype(str).tolist()
    for column in table.columns:
        values = table[column]
        if _is_number(values):
            arrays[f"{name}:{column}"] = values.to_numpy()
        else:
            texts[str(column)] = [None if pd.isna(value) else str(value) for value in values]
    return {"columns": list(table.columns), "index": index, "index_name": table.index.name, "texts": texts}


def _unpack(name: str, described: dict[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> pd.DataFrame:
    texts = described["texts"]
    data = {
        column: pd.Series(texts[column], dtype=object).to_numpy() if column in texts else arrays[f"{name}:{column}"]
        for column in described["columns"]
    }
    index = described["index"]
    table = pd.DataFrame(data)
    return table if index is None else table.set_index(pd.Index(index, dtype="str", name=described["index_name"]))

"""A fitted risk model on disk: arrays and JSON in one .npz, never pickle; refused where it does not fit."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from geo.core.errors import FileError
from geo.core.messages import Message, message
from models.risk.counts import NegativeBinomialRegressor
from models.risk.domain import Domain
from models.risk.intensity import Term, TermKind
from models.risk.model import RiskModel

#: Raised when a saved model can no longer be read as it was meant.
FORMAT_VERSION: Final = 1
_ARRAYS: Final = ("weights", "coefficients")


def save_model(model: RiskModel, path: Path) -> None:
    """Write a fitted model to `path` (.npz)."""
    described = {
        "format": "sira-risk-model",
        "version": FORMAT_VERSION,
        "domain": model.domain_.fingerprint(),
        "parameters": model.get_params(deep=False),
        "t0": model.t0_,
        "terms": [asdict(term) for term in model.mixture_.terms_],
        "n_events": model.mixture_.n_events_,
        "columns": list(model.counts_.columns_),
        "alpha": model.counts_.regressor_.alpha_,
    }
    text = np.frombuffer(json.dumps(described, sort_keys=True).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            model=text,
            weights=model.mixture_.weights_,
            coefficients=model.counts_.regressor_.coef_,
        )


def load_model(path: Path, domain: Domain) -> RiskModel:
    """Read a model that was fitted on `domain`.

    Raises
    ------
    FileError
        If the file is no saved model, of another version, made for another grid or other units, or if its arrays do
        not fit its columns.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: np.asarray(stored[name], np.float64) for name in _ARRAYS}
            described: dict[str, Any] = json.loads(bytes(stored["model"]).decode())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _refused(path, message("{file} is not a saved risk model.", file=path.name)) from error
    if described.get("format") != "sira-risk-model" or described.get("version") != FORMAT_VERSION:
        raise _refused(
            path,
            message(
                "{file} was saved by another version of the model ({found}; expected {expected}). Fit it again.",
                file=path.name,
                found=described.get("version"),
                expected=FORMAT_VERSION,
            ),
        )
    if described["domain"] != domain.fingerprint():
        raise _refused(path, message("{file} was fitted on another grid or other units.", file=path.name))
    terms = tuple(Term(TermKind(term.pop("kind")), **term) for term in described["terms"])
    columns = tuple(described["columns"])
    if arrays["weights"].shape != (len(terms),) or arrays["coefficients"].shape != (len(columns),):
        raise _refused(
            path, message("{file}: the arrays do not fit the columns they are said to have.", file=path.name)
        )
    if not all(np.isfinite(values).all() and (values >= 0).all() for values in arrays.values()):
        raise _refused(path, message("{file}: a weight is missing or negative.", file=path.name))
    return _rebuilt(described, terms, columns, arrays, domain)


def _rebuilt(
    described: dict[str, Any],
    terms: tuple[Term, ...],
    columns: tuple[str, ...],
    arrays: dict[str, np.ndarray[Any, np.dtype[np.float64]]],
    domain: Domain,
) -> RiskModel:
    parameters = described["parameters"]
    for name in ("bandwidths_m", "decays_days"):
        parameters[name] = tuple(parameters[name])
    model = RiskModel(**parameters)
    model.domain_, model.t0_ = domain, float(described["t0"])
    mixture, counts = model.unfitted()
    mixture.t0_ = counts.t0_ = model.t0_
    mixture.terms_, mixture.weights_, mixture.n_events_ = terms, arrays["weights"], int(described["n_events"])
    counts.columns_, counts.regressor_ = columns, NegativeBinomialRegressor()
    counts.regressor_.coef_, counts.regressor_.alpha_ = arrays["coefficients"], float(described["alpha"])
    counts.regressor_.n_features_in_ = len(columns)
    model.mixture_, model.counts_ = mixture, counts
    return model


def _refused(path: Path, reason: Message) -> FileError:
    return FileError(reason, file=str(path.name))

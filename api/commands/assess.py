"""``sira assess`` and ``sira evaluate``: make the assessment that the service shows, and measure how good it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import pandas as pd

from api.base.assessments import Shelf, make_assessment, today
from api.base.i18n import translate
from api.base.query_parameters import parse_date
from api.commands.session import Session, pass_session
from api.layers.risk import notices
from geo.core.errors import ModelError, ParameterError
from geo.core.messages import Message, message
from geo.counting.reporting import reason_text
from geo.incidents.schema import HazardType
from models.evaluation.baselines import SelfExciting
from models.evaluation.card import METRICS
from models.evaluation.criteria import public_scores
from models.evaluation.evaluate import LEAST_QUARTERS, STEPS_PER_QUARTER, evaluate
from models.risk.assessment import Assessment
from models.risk.class_limits import Band, Support, band_label, scale_text
from models.risk.inputs import VINTAGE, build_domain, day_of, gather_inputs
from models.risk.intensity import HORIZON_DAYS, STEP_DAYS, WARM_UP_DAYS
from models.risk.target import Target, model_for, target_title

#: Cells of the evaluation, as in the published benchmark.
_CELL_M: Final = 20_000.0
#: Most quarters that are forecast, latest last; history that the first one has behind it.
_MOST_QUARTERS: Final = 24
_LEAST_HISTORY_DAYS: Final = WARM_UP_DAYS + 2 * 365.0
_SHOWN: Final = 12
_TARGETS: Final = click.Choice([target.value for target in Target])


@click.command("assess")
@click.option("--target", type=_TARGETS, default="ied", show_default=True, help="Objet / what is forecast.")
@click.option("--as-of", default=None, help="AAAA-MM-JJ : ce qu'on savait avant / YYYY-MM-DD: what was known before.")
@click.option(
    "--population",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Raster d'habitants par km² / raster of people per km².",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="mali.npz")
@click.option("--quiet", is_flag=True, help="Sans barre ni tableau / no bar and no table.")
@pass_session
def assess_store(
    session: Session, target: str, as_of: str | None, population: Path | None, out: Path | None, quiet: bool
) -> None:
    """Évaluer le risque sur les données présentes / assess the present data.

    L'évaluation est gardée pour le service ; avec --as-of elle n'est qu'affichée (ou écrite avec --out).
    The assessment is kept for the service; with --as-of it is only shown (or written with --out).
    """
    day = None if as_of is None else parse_date(as_of, parameter="as-of")
    if day is not None and day > today():
        raise ParameterError(message("as-of: {date} is in the future.", date=day), parameter="as-of")
    settings = session.settings
    if population is not None:
        settings = settings.model_copy(update={"population": population})
    assessment = make_assessment(session.store, settings, Target(target), as_of=day, progress=not quiet)
    if day is None:
        Shelf.of(settings).keep(assessment)
    if out is not None:
        assessment.save(out)
    if not quiet:
        _show(session, assessment, day or today())


def _show(session: Session, assessment: Assessment, on: date) -> None:
    for notice in notices(assessment, on):
        session.say(notice)
    session.say(target_title(assessment.target))
    session.say(
        message(
            "From {start} to {end}, on {count} incidents up to {newest} (revision {revision}).",
            start=assessment.t0,
            end=assessment.end,
            count=assessment.about["events"],
            newest=assessment.newest,
            revision=assessment.revision,
        )
    )
    session.say(scale_text(Support.CERCLE, assessment.target))
    table = assessment.table("cercle", VINTAGE)
    assessed = table[table["assessed"]].sort_values("expected", ascending=False)
    names = session.boundaries.units("cercle", VINTAGE)["name"]
    for unit, row in assessed.head(_SHOWN).iterrows():
        session.say(_line(names[unit], row))
    for reason, rows in table[~table["assessed"]].groupby("reason"):
        listed = tuple(sorted(names[rows.index]))
        session.say(message("Not assessed ({reason}): {names}", reason=reason_text(str(reason)), names=listed))


def _line(name: str, row: pd.Series) -> Message:
    """Return what is said of a unit; from 0 to 0 beside what is expected would read as if nothing could happen."""
    expected, band = float(f"{row['expected']:.2g}"), band_label(Band(row["band"]))
    if not row["high"] > 0:
        return message("{name}: {expected}, {band}", name=name, expected=expected, band=band)
    return message(
        "{name}: {expected} ({low} to {high}), {band}",
        name=name,
        expected=expected,
        low=int(row["low"]),
        high=int(row["high"]),
        band=band,
    )


@click.command("evaluate")
@click.option("--target", type=_TARGETS, default="ied", show_default=True, help="Objet / what is forecast.")
@pass_session
def evaluate_store(session: Session, target: str) -> None:
    """Mesurer le modèle sur les données présentes / measure the model on the present data.

    Chaque trimestre est prévu avec ce qu'on savait avant lui ; le résultat paraît sur la fiche du modèle (/model).
    Each quarter is forecast with what was known before it; the result appears on the model card (/model).
    """
    store, wanted = session.store, Target(target)
    revision = store.revision()
    boundaries = session.boundaries
    domain = build_domain(boundaries, cell_m=_CELL_M)
    inputs = gather_inputs(store.incidents(hazards=tuple(HazardType)), boundaries, domain, wanted, today())
    if inputs is None or not len(inputs.events):
        raise ModelError(message("No incident of this kind is known before {date}.", date=today()))
    until = day_of(inputs.t0)
    quarter = STEPS_PER_QUARTER * STEP_DAYS
    earliest = float(inputs.events.day.min()) + _LEAST_HISTORY_DAYS
    most = int((until - HORIZON_DAYS - earliest) // quarter) + 1
    if most < LEAST_QUARTERS:
        raise ModelError(
            message(
                "An evaluation needs at least {least} quarters that do not overlap; these data hold {found}.",
                least=LEAST_QUARTERS,
                found=max(most, 0),
            )
        )
    begin = until - HORIZON_DAYS - (min(most, _MOST_QUARTERS) - 1) * quarter
    found = evaluate(
        inputs.events,
        domain,
        begin=begin,
        until=until,
        model=model_for(wanted),
        auxiliary=inputs.auxiliary,
        frozen=0,
        progress=True,
    )
    scores = public_scores(found, "store")
    Shelf.of(session.settings).keep_evaluation(
        {
            "target": wanted.value,
            "revision": revision,
            "synthetic": inputs.synthetic,
            "quarters": len(found.quarters),
            "events": float(found.quarters["events"].sum()),
            "data_until": inputs.newest.isoformat(),
            "scores": [{name: _finite(value) for name, value in row.items()} for row in scores],
        }
    )
    session.say(target_title(wanted))
    session.say(message("{quarters} quarters up to {newest}.", quarters=len(found.quarters), newest=inputs.newest))
    if most > _MOST_QUARTERS:
        session.say(message("Left out: {older} earlier quarters.", older=most - _MOST_QUARTERS))
    located = int(inputs.events.precise.sum())
    if located > SelfExciting.MOST_EVENTS:
        session.say(
            message(
                "The self-exciting process was fitted to the latest {most} of up to {located} located events before "
                "each quarter; all else used all of them.",
                most=SelfExciting.MOST_EVENTS,
                located=located,
            )
        )
    if inputs.synthetic:
        session.say(message("Synthetic data: drawn, not real. No decision may rest on it."))
    click.echo(_as_text(scores))
    for name, text in METRICS.items():
        click.echo(f"{name}: {translate(text, session.lang)}")


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _as_text(scores: list[dict[str, object]]) -> str:
    table = pd.DataFrame(scores).pivot(index="model", columns="metric", values="value")
    columns = [name for name in METRICS if name in table]
    return str(table[columns].to_string(float_format=lambda value: f"{value:.3f}", na_rep="–"))


COMMANDS: Final = (assess_store, evaluate_store)

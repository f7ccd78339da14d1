"""The model card: what the model is for, what it is not for, how good it is beside naive rules, and what is unsure."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from geo.core.messages import Message, message
from geo.core.provenance import data_path
from models.evaluation.route_scores import RouteScores, route_scores
from models.evaluation.scores import RISK, rank_overlap
from models.risk.assessment import Assessment
from models.risk.inputs import VINTAGE
from models.risk.target import HOLDS, Target, target_title

#: The model that every layer shows.
DEFAULT: Final = RISK
#: Metrics of the list of scores, in order, and what each says.
METRICS: Final[Mapping[str, Message]] = {
    "hit_1": message("share of the events in the best cells that make up 1 % of the area"),
    "hit_5": message("share of the events in the best cells that make up 5 % of the area"),
    "hit_10": message("share of the events in the best cells that make up 10 % of the area"),
    "ig_longrun": message("nats gained per event over the long-run counts; above 0 is better than they are"),
    "crps_cercle": message("error of the counts per cercle and quarter (CRPS); lower is better"),
    "log_cercle": message("surprise at the counts per cercle and quarter (−log P); lower is better"),
    "brier_any": message("error of the chance of any incident per cercle and quarter (Brier); lower is better"),
    "cover_80": message("share of the counts within the middle 80 % of their forecast (randomised PIT); 0.80 is right"),
}
#: Models and rules that stand in the table, in plain words.
MODELS: Final[Mapping[str, Message]] = {
    "risk": message("this model: mixture of kernels, made coherent with the counts per cercle"),
    "mixture": message("the mixture of kernels alone"),
    "residual": message("this model with boosted trees on top"),
    "longrun": message("long-run counts"),
    "conflictology": message("counts of the last eight quarters"),
    "lastquarter": message("counts of the last quarter"),
    "last12months": message("counts of the last twelve months"),
    "kde25": message("kernel density of 25 km"),
    "kde_cv": message("kernel density, cross-validated"),
    "kde_spacetime": message("space-time kernel density, cross-validated"),
    "selfexciting": message("self-exciting process"),
    "uniform": message("the same everywhere"),
    "allzero": message("nothing happens"),
}
INTENDED: Final = (
    message(
        "To see where recorded incidents are likely in the 91 days of a forecast, and to weigh where to look closer."
    ),
    message("To plan survey, risk education and access together with people who know the place."),
    message("To compare cercles and to explain why one stands above another."),
)
UNINTENDED: Final = (
    message("To declare any place or road safe: there is no such band, and no report is not safety."),
    message("To state the danger of one trip or one person: figures are recorded incidents, not danger per passage."),
    message("To release, cancel or reduce land: only survey and clearance under IMAS do."),
    message("To target people or operations, or to judge whose work is good."),
)
LIMITS: Final = (
    message("Recorded incidents grow with traffic and with reporting. Where nobody reports, little is recorded."),
    message("Positions are often those of the nearest town: fine-scale scores look better than they are."),
    message(
        "The benchmark is of organised violence (UCDP), not of explosive incidents: the weapon is not recorded there."
    ),
    message(
        "Some choices (kernels of 1 and 3 km, the reconciliation, the pool of past quarters) were made after scores "
        "for Mali were seen, and its last quarters were looked at more than once: they are not truly unseen."
    ),
    message(
        "On conflict events of Burkina Faso and Niger with unchanged settings, the gain over long-run counts was 0.31 "
        "and -0.26 nats per event. After that a floor by area was added to the counts; with it, 0.41 [0.27, 0.60] and "
        "0.01 [-0.40, 0.32]. On Niger most lines of the protocol are missed."
    ),
    message(
        "The one Malian test on explosive incidents is weak: 187 incidents of 2015 to 2018 from a press compilation, "
        "58 known only by road. Gain over long-run counts 0.14 nats [0.03, 0.23]; in the best 1 % of the area it found "
        "0.593 of them, long-run counts 0.632. With other security incidents as kernels: 0.26 nats [0.09, 0.43]."
    ),
    message(
        "On 15,601 IED events in Iraq, the only independent test on such devices, the gain was 0.25 nats [0.24, 0.27]."
    ),
    message("About a third of the events of the next quarter fell in cells of 20 km where none was recorded before."),
    message("A fall after observers left, or after a source stopped, is not an improvement: see where it says so."),
    message("Not assessed means that too little is reported from a place to say anything about it."),
)
#: Lines of the protocol, as `models.evaluation.criteria` names them.
CRITERIA: Final = (
    message("gain over long-run counts on cells"),
    message("its lower 90 % bound on cells"),
    message("gain over long-run counts on blocks of 60 km"),
    message("its lower 90 % bound on blocks of 60 km"),
    message("hit rate at 10 % of area over the better baseline"),
    message("crps per cercle over conflictology"),
    message("its upper 90 % bound (crps)"),
    message("brier per cercle over conflictology"),
    message("its upper 90 % bound (brier)"),
    message("largest miss of a reliability bin"),
    message("90 % bound exceeded"),
    message("randomised PIT in [.1, .9]"),
    message("events in cercles rated below 5 %"),
    message("predicted over actual on cells never recorded"),
)
#: How many times less is recorded where fewest people live than where most do.
GRADIENTS: Final = (2.0, 4.0, 8.0)
_TOP: Final = 0.1


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of the card: what it was measured on, of which model, with its 90 % interval."""

    data: str
    model: str
    metric: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the protocol under "Pass": measured, and the range it has to lie in."""

    name: str
    value: float
    low: float | None
    high: float | None
    least: float | None
    most: float | None
    passed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """All that the card says; sentences are messages.

    Attributes
    ----------
    default : str
        Name of the model that every layer shows, as `scores` names it.
    scores : tuple of Score
        Of the benchmark, and of this installation's own data where they have been evaluated.
    criteria : tuple of Line
        The protocol, measured on the benchmark.
    routes : RouteScores
        Probabilities of routes against what came, on the benchmark.
    targets : dict
        Target → what its assessment says of itself, as JSON values and messages.
    """

    default: str
    scores: tuple[Score, ...]
    criteria: tuple[Line, ...]
    routes: RouteScores
    targets: dict[str, dict[str, Any]]
    evaluated: dict[str, Any] | None


def make_card(assessments: Sequence[Assessment], evaluated: Mapping[str, Any] | None = None) -> Card:
    """Return the card of an installation with these assessments.

    Parameters
    ----------
    evaluated : mapping, optional
        What `sira evaluate` found on the store: ``scores`` and what they were measured on.
    """
    own = [score_of(row) for row in evaluated["scores"]] if evaluated else []
    about = {key: value for key, value in evaluated.items() if key != "scores"} if evaluated else None
    return Card(
        default=DEFAULT,
        scores=(*benchmark_scores(), *own),
        criteria=benchmark_criteria(),
        routes=route_scores(),
        targets={a.target.value: describe(a) for a in assessments},
        evaluated=about,
    )


def describe(assessment: Assessment) -> dict[str, Any]:
    """Return what an assessment says of itself."""
    return {
        "title": target_title(Target(assessment.target)),
        "holds": HOLDS[Target(assessment.target)],
        "revision": assessment.revision,
        "t0": assessment.t0,
        "end": assessment.end,
        "newest": assessment.newest,
        "horizon_days": assessment.horizon_days,
        "synthetic": assessment.synthetic,
        "estimates": assessment.has_estimates,
        **assessment.about,
        "reporting_gradient": reporting_gradient(assessment),
    }


def reporting_gradient(assessment: Assessment) -> list[dict[str, float]]:
    """Return how much of the top tenth of cercles stays on top if less is recorded where fewer people live.

    For each factor of `GRADIENTS` the share recorded falls evenly, by rank of population, from 1 to 1 / factor. Empty
    where nothing is estimated. It warns; the true gradient is not known and nothing is corrected.
    """
    table = assessment.table("cercle", VINTAGE)
    if not assessment.has_estimates:
        return []
    rank = np.argsort(np.argsort(table["population"].to_numpy())) / (len(table) - 1)
    expected = table["expected"].to_numpy(np.float64)
    return [
        {"factor": factor, "overlap": round(rank_overlap(expected, factor ** (rank - 1), _TOP), 3)}
        for factor in GRADIENTS
    ]


def benchmark_scores() -> tuple[Score, ...]:
    """Return the committed scores on UCDP GED for Mali."""
    with data_path("model/ucdp_mali_scores.csv").open(encoding="utf-8", newline="") as file:
        return tuple(score_of(row) for row in csv.DictReader(file))


def benchmark_criteria() -> tuple[Line, ...]:
    """Return the committed lines of the protocol."""
    with data_path("model/ucdp_mali_criteria.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Line(
                name=row["name"],
                value=float(row["value"]),
                low=_number(row["low"]),
                high=_number(row["high"]),
                least=_number(row["least"]),
                most=_number(row["most"]),
                passed=row["passed"] == "True",
            )
            for row in csv.DictReader(file)
        )


def score_of(row: Mapping[str, Any]) -> Score:
    """Return a row of a table of scores; what is not a finite number is None."""
    return Score(
        data=str(row["data"]),
        model=str(row["model"]),
        metric=str(row["metric"]),
        value=_number(row["value"]),
        low=_number(row["low"]),
        high=_number(row["high"]),
    )


def _number(value: Any) -> float | None:
    if value is None or value == "":
        return None
    number = float(value)
    return number if math.isfinite(number) else None

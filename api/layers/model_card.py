"""The model card as JSON, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from api.base.assessments import today
from api.base.i18n import translate, translate_text
from api.layers.encode import json_value
from api.layers.registry import RISK_LAYERS
from api.layers.risk import month_of, notices, window_json
from geo.core.messages import Message, message
from models.evaluation.card import INTENDED, LIMITS, METRICS, MODELS, UNINTENDED, Card
from models.evaluation.route_scores import RouteScores
from models.risk.assessment import Assessment


def card_json(card: Card, assessments: tuple[Assessment, ...], lang: str) -> dict[str, Any]:
    """Return the card as JSON values, its sentences in `lang`: of records the month, for anybody may read it."""
    now = today()
    targets = {
        name: {
            **json_value({key: value for key, value in about.items() if key not in ("title", "holds")}),
            "first": about["first"] and about["first"][: len("2024-01")],
            "newest": month_of(assessment.newest),
            "title": translate(assessment.window().mark_title(about["title"], now), lang),
            "holds": translate(about["holds"], lang),
            **window_json(assessment.window(), now, lang),
            "notices": [
                translate(notice, lang) for notice in notices(assessment, now, newest=month_of(assessment.newest))
            ],
        }
        for (name, about), assessment in zip(card.targets.items(), assessments, strict=True)
    }
    return {
        "title": translate(_WORDS["title"], lang),
        "default": card.default,
        "model": translate(MODELS[card.default], lang),
        "scores": [
            {
                "data": score.data,
                "model": score.model,
                "metric": score.metric,
                "value": score.value,
                "low": score.low,
                "high": score.high,
            }
            for score in card.scores
        ],
        "metrics": _said(METRICS, lang),
        "models": _said(MODELS, lang),
        "criteria": [
            {
                "name": translate_text(line.name, lang),
                "value": line.value,
                "low": line.low,
                "high": line.high,
                "least": line.least,
                "most": line.most,
                "passed": line.passed,
            }
            for line in card.criteria
        ],
        "routes": _routes(card.routes, lang),
        "targets": targets,
        "evaluated": json_value(card.evaluated) if card.evaluated else None,
        "intended": [translate(text, lang) for text in INTENDED],
        "unintended": [translate(text, lang) for text in UNINTENDED],
        "limits": [translate(text, lang) for text in LIMITS],
        "sources": [
            "UCDP GED 21.1 (CC BY 4.0), Sundberg & Melander 2013, doi:10.1177/0022343313484347",
        ],
        "layers": [layer.address for layer in RISK_LAYERS.values()] + ["/layers/risk.tif"],
    }


def _routes(scores: RouteScores, lang: str) -> dict[str, Any]:
    """Predicted against observed, by corridor and bin of the predicted probability."""
    about = message(
        "{routes} routes of the schematic network, {origins} windows of 30 days one after the other from January 2015 "
        "on, UCDP GED for Mali (conflict events, not explosive incidents). All was fitted before each window. Routes "
        "share their incidents, so the intervals are wide: half years were drawn together.",
        routes=scores.routes,
        origins=scores.origins,
    )
    corridors = [
        {
            "corridor_km": km,
            "brier": scores.brier[km],
            "brier_frequency": scores.brier_frequency[km],
            "expected_over_observed": scores.expected_over_observed[km],
            "bins": [asdict(each) for each in scores.bins if each.corridor_km == km],
        }
        for km in scores.brier
    ]
    return {"about": translate(about, lang), "corridors": corridors}


def score_table(scores: list[dict[str, Any]], data: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Model → metric → score of one data set."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for score in scores:
        if score["data"] == data:
            found.setdefault(score["model"], {})[score["metric"]] = score
    return found


def card_texts(lang: str) -> dict[str, str]:
    """Return the words of the card's page by their short names."""
    return _said(_WORDS, lang)


def _said(texts: Mapping[str, Message], lang: str) -> dict[str, str]:
    return {name: translate(text, lang) for name, text in texts.items()}


_WORDS: Final[dict[str, Message]] = {
    "title": message("Sira: the model card"),
    "summary": message(
        "Sira forecasts how many incidents are likely to be recorded per cercle and cell in 91 days. It says "
        "nothing of the danger of one trip, and no place is called safe."
    ),
    "intended": message("What it is for"),
    "unintended": message("What it is not for"),
    "limits": message("What is unsure"),
    "data": message("Data"),
    "benchmark": message("Scores on the benchmark: UCDP GED, Mali, organised violence (not explosive incidents)"),
    "store": message("Scores on the data of this installation"),
    "not_evaluated": message("The data of this installation have not been evaluated yet: sira evaluate"),
    "criteria": message("What the model had to reach on the benchmark"),
    "reached": message("reached"),
    "missed": message("not reached"),
    "measured": message("Measured"),
    "wanted": message("Wanted"),
    "line": message("Criterion"),
    "default": message("shown by every layer"),
    "interval": message("value, and 90 % interval over quarters"),
    "model": message("Model or rule"),
    "routes": message("Routes: the probability of at least one recorded incident, predicted and observed"),
    "corridor": message("Corridor, to each side"),
    "predicted_between": message("Predicted between"),
    "route_windows": message("Routes and windows"),
    "predicted": message("Mean predicted"),
    "observed": message("Observed, and 90 % interval"),
    "level": message("Expected over observed incidents"),
    "brier": message("Brier score, and that of the frequency of the past 12 months alone; lower is better"),
    "not_assessed_yet": message("These data have not been assessed yet: sira assess"),
    "t0": message("Date of the assessment"),
    "period": message("Forecast for"),
    "newest": message("Newest record"),
    "events": message("Incidents used, of which located imprecisely"),
    "sources": message("Sources"),
    "gradient": message(
        "If less is recorded where fewer people live: share of the top tenth of cercles that stays on top"
    ),
    "map": message("Map"),
    "revision": message("Revision of the data"),
}

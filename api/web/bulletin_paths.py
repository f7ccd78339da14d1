"""The addresses of sheets as the OpenAPI document has them."""

from __future__ import annotations

from typing import Any, Final

from api.base.i18n import LANGUAGES, translate
from api.base.problems import MEDIA_TYPE
from geo.core.messages import Message, message
from models.risk.target import Target

_SUMMARIES: Final = {
    "/bulletin.pdf": message("National sheet: one page as PDF, with published figures beside what the store counts."),
    "/units/{unit_id}/bulletin.pdf": message("Bulletin of a region, cercle or commune: one page as PDF."),
}
_ANSWERS: Final = {
    "304": message("The copy that If-None-Match names is still right."),
    "401": message("A key is needed for this, or the one sent is not known."),
    "403": message("The key sent is not enough for this."),
    "404": message("There is no such unit."),
    "422": message("A parameter is wrong; the problem names it."),
    "429": message("Too many wrong keys came from this address; Retry-After says how long to wait."),
    "503": message("The assessment of these data is being made, or could not be made."),
}
_TEXTS: Final = {
    "unit_id": message("Id of a unit, as the layers name it: cercle-bandiagara."),
    "target": message(
        "What is forecast: ied (IEDs and mines), erw (explosive remnants of war) or conflict (conflict events, which "
        "are not explosive incidents)."
    ),
    "vintage": message("Administrative division: 2015, 2016, 2023 or the name of an imported one."),
    "lang": message("Language of the sheet and of problems, above what Accept-Language says."),
}


def bulletin_paths(lang: str) -> dict[str, Any]:
    """Return the addresses of sheets with what they take and answer, described in `lang`."""
    return {address: {"get": _operation(address, summary, lang)} for address, summary in _SUMMARIES.items()}


def _operation(address: str, summary: Message, lang: str) -> dict[str, Any]:
    of_unit = "{unit_id}" in address
    parameters = [
        _parameter("target", lang, {"enum": [target.value for target in Target], "default": Target.IED.value}),
        _parameter("lang", lang, {"enum": list(LANGUAGES)}),
    ]
    if of_unit:
        parameters = [
            {**_parameter("unit_id", lang, {}), "in": "path", "required": True},
            _parameter("vintage", lang, {}),
            *parameters,
        ]
    said = translate(summary, lang)
    answers: dict[str, Any] = {
        "200": {"description": said, "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
    }
    for status, text in _ANSWERS.items():
        if status != "404" or of_unit:
            answers[status] = {"description": translate(text, lang)}
            if status != "304":
                answers[status]["content"] = {MEDIA_TYPE: {}}
    return {"summary": said, "parameters": parameters, "responses": answers}


def _parameter(name: str, lang: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": translate(_TEXTS[name], lang),
        "schema": {"type": "string", **schema},
    }

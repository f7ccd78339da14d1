"""Filters in CQL2, as text or JSON, parsed by the `cql2` library into CQL2 JSON.

The library parses by descent without a limit: deep nesting takes exponential time in broken texts and overflows the
stack. So what is too long or too deep is refused before it gets there; and what came out of it is evaluated by descent,
so how deep that goes is looked at, too.
"""

from __future__ import annotations

import re
from typing import Any, Final

import cql2
import orjson

from api.base.query_parameters import parse_choice, shown
from geo.core.errors import ParameterError
from geo.core.messages import message

LANGUAGES: Final = ("cql2-text", "cql2-json")

_LONGEST: Final = 4_000
_DEEPEST: Final = 12
_DEEPEST_JSON: Final = 40
_DEEPEST_PARSED: Final = 150
_LONGEST_CHAIN: Final = 50
#: Quoted as the library has it: a quote is doubled, a backslash is a character like any other.
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
#: Every symbol of a chain (1 + 1 + ...) is one more level; connectives and commas begin another.
_BETWEEN_CHAINS: Final = re.compile(r"\b(?:AND|OR)\b|,", re.IGNORECASE)
_SYMBOL: Final = re.compile(r"[-+*/%^]|[<>=]+|\bDIV\b", re.IGNORECASE)
_PREFIXES: Final = re.compile(r"(?:(?:\bNOT\b|[-+])[\s(]*){17}", re.IGNORECASE)


def parse_filter(text: str | None, language: str) -> Any:
    """Return a filter as CQL2 JSON, None for none; raises `ParameterError` naming ``filter`` or ``filter-lang``."""
    parse_choice(language, LANGUAGES, parameter="filter-lang")
    if text is None:
        return None
    if len(text) > _LONGEST:
        raise ParameterError(
            message("filter: {length} characters, at most {most} expected.", length=len(text), most=_LONGEST),
            parameter="filter",
        )
    if language == "cql2-text":
        _check_depth(text)
        tree = _parsed(cql2.parse_text, text)
        if _depth(tree) > _DEEPEST_PARSED:
            raise _too_deep(_DEEPEST_PARSED)
        return tree
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise filter_error(shown(text)) from None
    if _depth(tree) > _DEEPEST_JSON:
        raise _too_deep(_DEEPEST_JSON)
    _parsed(cql2.parse_json, text)
    return tree  # the library's own reading of a number may differ in its last bit


def filter_error(what: str) -> ParameterError:
    """Return the error that a filter is none."""
    return ParameterError(
        message(
            "filter: {value} is not CQL2; expected a condition as in {example}.",
            value=what,
            example="name = 'Gao' AND population > 1000",
        ),
        parameter="filter",
    )


def _parsed(parse: Any, text: str) -> Any:
    try:
        return parse(text).to_json()
    except Exception:  # the library is native: beside its own kinds it raises bare exceptions
        raise filter_error(shown(text)) from None


def _check_depth(text: str) -> None:
    """Let pass text whose brackets close and nest as deep as the parser can bear, and whose chains are as short."""
    depth = 0
    bare = _QUOTED.sub("''", text)
    for character in bare:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
        if depth > _DEEPEST:
            raise _too_deep(_DEEPEST)
    if depth != 0:
        raise filter_error(shown(text))
    if _PREFIXES.search(bare):
        raise _too_deep(_DEEPEST)
    if any(len(_SYMBOL.findall(chain)) > _LONGEST_CHAIN for chain in _BETWEEN_CHAINS.split(bare)):
        raise _too_deep(_LONGEST_CHAIN)


def _depth(tree: Any) -> int:
    """Return how deep JSON nests, level by level: its depth has no bound."""
    level, depth = [tree], 0
    while level:
        depth += 1
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
        ]
    return depth


def _too_deep(most: int) -> ParameterError:
    return ParameterError(
        message("filter: nested too deep; at most {most} levels expected.", most=most), parameter="filter"
    )

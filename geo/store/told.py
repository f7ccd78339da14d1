"""Messages as JSON values, so that a stored note or reason can be told in either language later."""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Mapping

from geo.messages import Message


def dump_message(message: Message) -> dict[str, object]:
    """Return `message` as JSON values; `load_message` is its inverse for text, numbers, dates and messages."""
    return {"template": message.template, "params": {name: _dump(value) for name, value in message.params.items()}}


def load_message(stored: Mapping[str, object]) -> Message:
    """Return the message that `dump_message` wrote.

    Examples
    --------
    >>> first = Message("Since {day}.", {"day": dt.date(2020, 5, 1)})
    >>> load_message(dump_message(first)) == first
    True
    """
    template, params = stored["template"], stored["params"]
    if not isinstance(template, str) or not isinstance(params, Mapping):
        raise TypeError("a stored message has a template (text) and params (object)")
    return Message(template, {name: _load(value) for name, value in params.items()})


def _dump(value: object) -> object:
    match value:
        case None | bool() | str():
            return value
        case numbers.Integral():
            return int(value)
        case numbers.Real():
            return float(value)
        case Message():
            return {"message": dump_message(value)}
        case dt.datetime():
            return {"datetime": value.isoformat()}
        case dt.date():
            return {"date": value.isoformat()}
        case list() | tuple():
            return [_dump(item) for item in value]
    return str(value)  # what Message.__str__ would show of it


def _load(value: object) -> object:
    match value:
        case {"message": stored}:
            return load_message(stored)
        case {"datetime": text}:
            return dt.datetime.fromisoformat(text)
        case {"date": text}:
            return dt.date.fromisoformat(text)
        case list():
            return tuple(_load(item) for item in value)
    return value

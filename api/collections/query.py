"""Who asks for what, in which words and form: what every address of ``/ogc`` works out first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.base.access import Caller
from api.base.door import Visit
from api.base.i18n import LANGUAGES, negotiate
from api.base.links import Base, base_of
from api.base.problems import STATUSES, Kind, language_of, problem
from api.base.service import Snapshot
from api.base.settings import Settings
from api.collections.negotiation import FORMATS, preferred
from api.collections.registry import Collection, collections
from api.layers.serving import Conditions, read_conditions
from geo.core.errors import InputError, NotFoundError, ParameterError
from geo.core.messages import message

#: The standard asks for 400 where a parameter is wrong (Part 1, 7.15).
_WRONG: Final = Kind(400, "parameter", STATUSES[ParameterError].title)


@dataclass(frozen=True, slots=True, eq=False)
class CollectionQuery:
    """One request, read: nothing of it is checked yet but who sent it."""

    scope: Scope
    conditions: Conditions
    snapshot: Snapshot
    caller: Caller
    base: Base
    lang: str
    format: str
    names_lang: bool

    @property
    def query(self) -> bytes:
        """The raw query string."""
        query: bytes = self.scope["query_string"]
        return query

    def collection(self) -> Collection:
        """Return the collection that the address names; raises `NotFoundError` where there is none."""
        found = collections(self.snapshot).get(self.scope["path_params"]["collection"])
        if found is None:
            raise NotFoundError(message("There is no collection of that name."))
        return found


def read_query(settings: Settings, scope: Scope, visit: Visit) -> CollectionQuery:
    """Read a request of whoever asks."""
    conditions = read_conditions(scope)
    query: bytes = scope["query_string"]
    # The checked parsers come later, and refuse what is neither here.
    given = dict(parse_qsl(query.decode("latin-1"))) if b"f=" in query or b"lang=" in query else {}
    lang, format_ = given.get("lang", ""), given.get("f", "")
    if lang not in LANGUAGES:
        lang = negotiate(conditions.accept_language, settings.lang)
    if format_ not in FORMATS:
        accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
        format_ = preferred(accept.decode("latin-1"))
    base = base_of(scope, settings.proxies)
    return CollectionQuery(scope, conditions, visit.snapshot, visit.caller, base, lang, format_, "lang" in given)


class Answering:
    """ASGI application for one address: what is wrong with a question is told with the status 400."""

    def __init__(self, answer: Callable[[Scope, Send], Awaitable[Any]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._answer(scope, send)
        except InputError as error:
            parameter = error.parameter if isinstance(error, ParameterError) else None
            extra: dict[str, object] = {} if parameter is None else {"parameter": parameter}
            await problem(_WRONG, error.message, language_of(Request(scope)), extra)(scope, receive, send)

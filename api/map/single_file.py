"""The map as one HTML file that needs no network: scripts, styles and data inlined, the audience's rules applied.

It holds the very documents that the service would answer to that audience, so the same controls work: those of
`api.map.data`, the layers, and answers for routes made beforehand (`api.map.file_routes`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from api.base.access import Caller, Kind
from api.base.i18n import LANGUAGES, translate
from api.base.service import Snapshot
from api.base.sizes import MOST_BYTES
from api.map.file_data import axes_part, file_data, pack
from api.map.page import build_map, layers_in_file, page_for, render, with_nonce
from api.roads.planners import ReadyPlanner
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.core.messages import Message, message
from geo.store import Store
from models.risk.assessment import Assessment

#: Nothing may be fetched, sent or framed: the file holds all it shows.
POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_NO_ROUTES: Final = message("This file holds no routes: nothing was assessed when it was written.")


@dataclass(frozen=True, slots=True)
class FileRoads:
    """What a file says of roads: the planner's axes and answers, or why there are none.

    `routes` are those of `api.map.file_routes`, packed.
    """

    ready: ReadyPlanner | None = None
    routes: str | None = None
    reason: Message = _NO_ROUTES


def single_file(
    store: Store,
    snapshot: Snapshot,
    caller: Caller,
    *,
    lang: str,
    vintage: str = DEFAULT_VINTAGE,
    assessment: Assessment | None = None,
    roads: FileRoads = FileRoads(),
    most_bytes: int = MOST_BYTES,
) -> str:
    """Return the HTML document of the map as `caller` may see it; raises nothing that the service would not.

    Parameters
    ----------
    lang : {"fr", "en"}
        Language of the first view; the file holds both.
    vintage : str
        Boundaries of the first view.
    assessment : Assessment, optional
        What is expected, with the period it was made for; the page says so when that is past. Without it, the file
        holds what was recorded only.
    roads : Roads
        What is held of roads, where `caller` may ask for routes; nothing of it enters the file otherwise.
    most_bytes : int
        Of each document of incidents and areas in the file, see `file_data`.
    """
    page = page_for(store, snapshot, caller, lang=lang, vintage=vintage)
    page = replace(page, reader=None, closed=(), layers=layers_in_file(page.layers))
    parts = pack(file_data(store, snapshot, caller, page, assessment, most_bytes=most_bytes))
    if caller.may(Kind.ROUTES):
        parts |= _roads(roads)
    html, nonce = with_nonce(render(build_map(page, parts)))
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(nonce=nonce)}" />'
    return html.replace("<head>", f"<head>\n    {policy}", 1)


def _roads(roads: FileRoads) -> dict[str, str]:
    axes = {} if roads.ready is None else axes_part(roads.ready)
    if roads.routes is not None:
        return pack(axes) | {"routes": roads.routes}
    return pack(axes | {"no-routes": {lang: translate(roads.reason, lang) for lang in LANGUAGES}})

"""Positions in geo: URIs and links of OpenStreetMap and Google Maps: what they say, never where they lead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote_plus, urlsplit

from geo.core.messages import Message, message
from geo.core.names import shown

_NUMBER: Final = r"[+-]?\d{1,3}(?:\.\d+)?"
_PAIR: Final = rf"\s*({_NUMBER})\s*,\s*\+?({_NUMBER})"
_URL: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_GEO: Final = re.compile(rf"geo:{_PAIR}(?:,{_NUMBER})?(;[^?]*)?(\?.*)?", re.IGNORECASE)
_UNCERTAINTY: Final = re.compile(r";u=(\d+(?:\.\d+)?)", re.IGNORECASE)
_PLACE: Final = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")
_IN_PATH: Final = re.compile(rf"/(?:place|search|dir//?)/?{_PAIR}(?:/|$)")
_VIEW: Final = re.compile(rf"@{_PAIR}(?:,(\d+(?:\.\d+)?)(z|m))?")
_FRAGMENT: Final = re.compile(rf"(?:.*&)?(?:map=)?(\d+(?:\.\d+)?)/({_NUMBER})/({_NUMBER})(?:[/&].*)?")
#: Parameters that hold a place as "latitude,longitude", the most telling first.
_PARAMETERS: Final = ("q", "query", "destination", "daddr", "ll", "center", "cp")
_SHORT: Final = ("goo.gl", "osm.org", "bit.ly", "g.co", "g.page", "tinyurl.com")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: latitude and longitude as text, in this order.

    Attributes
    ----------
    error_km
        Uncertainty that it states.
    zoom
        Zoom of the map (256 pixels a tile), where the link says only what the map showed.
    """

    text: str
    error_km: float = 0.0
    zoom: float | None = None


def parse_link(text: str) -> Link | Message | None:
    """Return what a geo: URI or a map link says; a message where it says no place, None of what is no link.

    Examples
    --------
    >>> parse_link("geo:15.0012,-2.95;u=35")
    Link(text='15.0012, -2.95', error_km=0.035, zoom=None)
    >>> parse_link("https://www.openstreetmap.org/?mlat=15.0012&mlon=-2.95#map=8/16.1/-3.2").text
    '15.0012, -2.95'
    >>> parse_link("https://www.google.com/maps/@15.0012,-2.95,14z")
    Link(text='15.0012, -2.95', error_km=0.0, zoom=14.0)
    """
    if found := _GEO.fullmatch(text):
        stated = _UNCERTAINTY.search(found[3] or "")
        asked = re.search(rf"[?&]q={_PAIR}", unquote_plus(found[4] or ""))
        lat, lon = asked.groups() if asked and (found[1], found[2]) == ("0", "0") else (found[1], found[2])
        return Link(f"{lat}, {lon}", float(stated[1]) / 1_000 if stated else 0.0)
    if not _URL.fullmatch(text):
        return None
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        link, host = _of_url(parts.path, parse_qs(parts.query), parts.fragment), parts.hostname or ""
    except ValueError:  # brackets that hold no address
        link, host = None, ""
    if link is not None:
        return link
    if host.endswith(_SHORT):
        return message(
            "{value} is a short link, which says no place itself: open it and copy the coordinates.", value=shown(text)
        )
    return message("{value} is a link that says no coordinates.", value=shown(text))


def _of_url(path: str, query: dict[str, list[str]], fragment: str) -> Link | None:
    if "mlat" in query and "mlon" in query:
        return Link(f"{query['mlat'][0]}, {query['mlon'][0]}")
    path = unquote_plus(path)
    if found := _PLACE.search(path) or _IN_PATH.search(path):
        return Link(f"{found[1]}, {found[2]}")
    for name in _PARAMETERS:
        if name in query and any(letter.isdigit() for letter in query[name][0]):
            return Link(query[name][0].removeprefix("loc:").replace("~", ", "))
    if found := _VIEW.search(path):
        return Link(f"{found[1]}, {found[2]}", 0.0, float(found[3]) if found[4] == "z" else None)
    if found := _FRAGMENT.fullmatch(unquote_plus(fragment)):
        return Link(f"{found[2]}, {found[3]}", 0.0, float(found[1]))
    return None

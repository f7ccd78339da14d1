"""Links: always absolute, under the address that the caller used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final
from urllib.parse import quote, urlencode

from starlette.types import Scope

#: Where OGC API - Features answers.
ROOT: Final = "/ogc"

GEOJSON: Final = "application/geo+json"
PLAIN_JSON: Final = "application/json"
SCHEMA: Final = "application/schema+json"
PAGE: Final = "text/html"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"

REL_SCHEMA: Final = "http://www.opengis.net/def/rel/ogc/1.0/schema"
REL_QUERYABLES: Final = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
REL_SORTABLES: Final = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
REL_TILESETS: Final = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
REL_TILING: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"

_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?", re.ASCII)
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
_SCHEMES: Final = ("http", "https")


@dataclass(frozen=True, slots=True)
class Base:
    """Where the caller finds the service: scheme, host and whatever a proxy put before its paths."""

    address: str

    def href(self, path: str, parameters: Mapping[str, str] | None = None) -> str:
        """Return the address of a path of this service."""
        query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
        return f"{self.address}{ROOT}{path}{query}"


def base_of(scope: Scope, proxies: tuple[IPv4Network | IPv6Network, ...]) -> Base:
    """Return the base of the links in the answer to a request.

    ``X-Forwarded-Proto``, ``-Host`` and ``-Prefix`` count only where the peer is one of `proxies`, and only as far as
    they are well formed. Without a usable ``Host`` the address is that of the server's socket.
    """
    headers = dict(scope["headers"])
    scheme, host, prefix = scope["scheme"], headers.get(b"host", b"").decode("latin-1"), scope.get("root_path", "")
    client = scope.get("client")
    if client is not None and proxies and is_trusted(client[0], proxies):
        forwarded = {
            name: headers.get(b"x-forwarded-" + name, b"").decode("latin-1").partition(",")[0].strip()
            for name in (b"proto", b"host", b"prefix")
        }
        scheme = forwarded[b"proto"] if forwarded[b"proto"] in _SCHEMES else scheme
        host = forwarded[b"host"] if _HOST.fullmatch(forwarded[b"host"]) else host
        named = forwarded[b"prefix"].rstrip("/")
        prefix = named if named and _PREFIX.fullmatch(named) else prefix
    if not _HOST.fullmatch(host):
        server = scope.get("server") or ("localhost", None)
        host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
    return Base(f"{scheme}://{host}{prefix}")


@lru_cache(maxsize=256)
def is_trusted(peer: str, proxies: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Tell whether `peer` is the address of one of `proxies`."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in proxies)


def link(href: str, rel: str, type_: str, title: str | None = None, **more: str | bool) -> dict[str, str | bool]:
    """Return a link object."""
    found: dict[str, str | bool] = {"href": href, "rel": rel, "type": type_}
    if title is not None:
        found["title"] = title
    return found | more


def segment(text: str) -> str:
    """Return text as one segment of a path."""
    return quote(text, safe="")


def header_value(href: str, rel: str, type_: str) -> str:
    """Return a link as the ``Link`` header writes it (RFC 8288).

    A relation that is an address stands without quotes, as RFC 5988 had it: ogctests 0.1.15 knows no other way.
    """
    relation = rel if "/" in rel else f'"{rel}"'
    return f'<{href}>; rel={relation}; type="{type_}"'

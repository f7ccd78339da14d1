"""Gets current data from the sources' public interfaces, with a person's own credentials, into files to import.

The answers are written as the source's own CSV export, so that the readers treat a fetched file and a downloaded one
alike. Nothing is retried: the message of an error says what to do.

References
----------
UCDP API, https://ucdp.uu.se/apidocs/: ``gedevents/{version}``, header ``x-ucdp-access-token``, answer with
``TotalCount``, ``NextPageUrl`` and ``Result``.
ACLED API, https://acleddata.com/api-documentation/getting-started: OAuth token from ``/oauth/token`` (grant type
``password``, client ``acled``), data from ``/api/acled/read``, at most 5,000 rows a page; ``timestamp`` is the Unix
time of the last change. Deleted ones, https://acleddata.com/api-documentation/deleted-endpoint: ``/api/deleted/read``
gives ``event_id_cnty`` and ``deleted_timestamp``. ``…_where`` beside a filter sets how it compares.
HDX (CKAN) API, https://data.humdata.org: ``/api/3/action/package_show``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx

from geo.core.errors import SiraError
from geo.core.messages import message
from geo.core.names import slug

UCDP_URL: Final = "https://ucdpapi.pcr.uu.se/api"
ACLED_URL: Final = "https://acleddata.com"
HDX_URL: Final = "https://data.humdata.org"
COD_DATASET: Final = "cod-ab-mli"

#: Mali in the Gleditsch and Ward list of states, which UCDP uses.
MALI_GW: Final = "432"

#: With this begin the ids that ACLED gives to events in Mali.
ACLED_MALI: Final = "MLI"
#: So is called what `fetch_acled` writes without a last day.
_OPEN_ENDED: Final = re.compile(r"acled-mali-(\d{4}-\d{2}-\d{2})-to-(\d+)\.csv")

_UCDP_PAGE: Final = 1_000
_ACLED_PAGE: Final = 5_000
_MOST_PAGES: Final = 10_000
_MOST_BYTES: Final = 500_000_000
_TIMEOUT_S: Final = 120.0

#: Header line of the official UCDP GED export.
UCDP_HEADER: Final = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,"
    "dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,"
    "number_of_sources,source_article,source_office,source_date,source_headline,source_original,where_prec,"
    "where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,"
    "region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,"
    "low,gwnoa,gwnob"
)

#: Header line of the official ACLED export.
ACLED_HEADER: Final = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,"
    "inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,"
    "location,latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
)


class FetchError(SiraError):
    """A source could not be reached, refused the credentials, or answered what it does not document."""


def fetch_ucdp(
    folder: Path, *, token: str, release: str, start: date | None = None, end: date | None = None, url: str = UCDP_URL
) -> Path:
    """Write the UCDP GED events of Mali to a CSV in `folder` and return its path.

    Parameters
    ----------
    token
        The person's access token.
    release
        ``"25.1"`` for a yearly release, ``"25.0.9"`` for a monthly candidate release.
    start, end
        Keep events that end on these days or between them.
    url
        Address of the interface, without the resource.

    Raises
    ------
    FetchError
    """
    query = {"pagesize": str(_UCDP_PAGE), "Country": MALI_GW}
    query |= {name: day.isoformat() for name, day in (("StartDate", start), ("EndDate", end)) if day}
    address = f"{url.rstrip('/')}/gedevents/{_release(release)}"
    rows: list[Mapping[str, Any]] = []
    with _client("UCDP", url, {"x-ucdp-access-token": token}) as client:
        for _ in range(_MOST_PAGES):
            answer = _json(client, "UCDP", "GET", address, params=query)
            page = answer.get("Result")
            if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
                raise _unexpected("UCDP", "Result")
            rows += page
            following = answer.get("NextPageUrl")
            if not following:
                break
            # Only the question is taken from the answer, never the address: the token goes where it was meant to.
            query = dict(parse_qsl(urlsplit(str(following)).query))
        total = answer.get("TotalCount")
    if total != len(rows):
        raise FetchError(
            message(
                "UCDP announced {total} events but sent {count}; try again later.", total=str(total), count=len(rows)
            )
        )
    return _write(folder / f"ucdp-ged-{slug(release)}-mali.csv", UCDP_HEADER.split(","), rows)


def _release(release: str) -> str:
    """Return a UCDP release name if it is one (digits and points), so that it cannot lead elsewhere in the address."""
    if not release or not all(part.isdigit() and part.isascii() for part in release.split(".")):
        raise FetchError(message("{release} is not a UCDP release; expected 25.1 or 25.0.9, say.", release=release))
    return release


def fetch_acled(
    folder: Path,
    *,
    email: str,
    password: str,
    start: date,
    end: date | None,
    since: int | None = None,
    url: str = ACLED_URL,
) -> Path | None:
    """Write ACLED's events of Mali from a day on to a CSV in `folder` and return its path, None where there are none.

    Parameters
    ----------
    email, password
        Of the person's myACLED account; they are exchanged for a token and kept nowhere.
    start, end
        First and last day; without a last day the file's name says up to which change it holds all (`AcledState`).
    since
        Only events that changed at this Unix time or later.
    url
        Address of the site.

    Raises
    ------
    FetchError
    """
    query = {"country": "Mali", "event_date": start.isoformat(), "event_date_where": ">="}
    if end is not None:
        query |= {"event_date": f"{start.isoformat()}|{end.isoformat()}", "event_date_where": "BETWEEN"}
    if since is not None:
        query |= {"timestamp": str(since), "timestamp_where": ">="}
    with _acled(email, password, url) as client:
        rows = [row for page in _acled_pages(client, f"{url.rstrip('/')}/api/acled/read", query) for row in page]
    if not rows and since is not None:
        return None
    until = f"to-{max((_unix(row, 'timestamp') for row in rows), default=0)}" if end is None else end.isoformat()
    return _write(folder / f"acled-mali-{start.isoformat()}-{until}.csv", ACLED_HEADER.split(","), rows)


def fetch_acled_deleted(*, email: str, password: str, since: int, url: str = ACLED_URL) -> dict[str, int]:
    """Return ``event_id_cnty`` of Mali's events that ACLED deleted at the Unix time `since` or later → when it did.

    Raises
    ------
    FetchError
    """
    query = {"event_id_cnty": ACLED_MALI, "deleted_timestamp": str(since), "deleted_timestamp_where": ">="}
    with _acled(email, password, url) as client:
        pages = _acled_pages(client, f"{url.rstrip('/')}/api/deleted/read", query)
        return {str(row.get("event_id_cnty", "")): _unix(row, "deleted_timestamp") for page in pages for row in page}


class AcledState(NamedTuple):
    """Up to which change a store holds all of ACLED's events since a day."""

    start: date
    newest: int

    @classmethod
    def of(cls, files: Iterable[str]) -> AcledState | None:
        """Return what deliveries of these names hold from the earliest day on; None where none had an open end."""
        states = [cls(date.fromisoformat(m[1]), int(m[2])) for file in files if (m := _OPEN_ENDED.fullmatch(file))]
        return min(states, key=lambda state: (state.start, -state.newest), default=None)


@contextmanager
def _acled(email: str, password: str, url: str) -> Iterator[httpx.Client]:
    """Give a client that bears a token."""
    login = {"username": email, "password": password, "grant_type": "password", "client_id": "acled"}
    with _client("ACLED", url, {}) as client:
        token = _json(client, "ACLED", "POST", f"{url.rstrip('/')}/oauth/token", data=login).get("access_token")
        if not isinstance(token, str) or not token:
            raise _unexpected("ACLED", "access_token")
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def _acled_pages(client: httpx.Client, address: str, query: Mapping[str, str]) -> Iterator[list[Mapping[str, Any]]]:
    for number in range(1, _MOST_PAGES + 1):
        asked = {"_format": "json", **query, "limit": str(_ACLED_PAGE), "page": str(number)}
        answer = _json(client, "ACLED", "GET", address, params=asked)
        page = answer.get("data")
        if (
            answer.get("success") is not True
            or not isinstance(page, list)
            or not all(isinstance(r, dict) for r in page)
        ):
            raise _unexpected("ACLED", "data")
        yield page
        if len(page) < _ACLED_PAGE:
            return


def _unix(row: Mapping[str, Any], name: str) -> int:
    try:
        return int(row[name])
    except (KeyError, TypeError, ValueError) as error:
        raise _unexpected("ACLED", name) from error


def fetch_cod(folder: Path, *, url: str = HDX_URL, dataset: str = COD_DATASET) -> tuple[Path, ...]:
    """Save OCHA's administrative boundaries of Mali (COD-AB) from HDX in `folder` and return the files.

    All resources in GeoJSON are taken; where there is none, those as zipped shapefiles.

    Raises
    ------
    FetchError
    """
    with _client("HDX", url, {}, follow_redirects=True) as client:
        address = f"{url.rstrip('/')}/api/3/action/package_show"
        answer = _json(client, "HDX", "GET", address, params={"id": dataset})
        result = answer.get("result")
        resources = result.get("resources") if isinstance(result, dict) else None
        if answer.get("success") is not True or not isinstance(resources, list):
            raise _unexpected("HDX", "resources")
        for wanted in ("geojson", "shp"):
            chosen = [r for r in resources if isinstance(r, dict) and str(r.get("format", "")).casefold() == wanted]
            if chosen:
                return tuple(_download(client, resource, folder, url) for resource in chosen)
    raise FetchError(message("The HDX dataset {dataset} has neither GeoJSON nor shapefiles.", dataset=dataset))


def _download(client: httpx.Client, resource: Mapping[str, Any], folder: Path, base: str) -> Path:
    address = str(resource.get("download_url") or resource.get("url") or "")
    parts = urlsplit(address)
    if parts.scheme != "https" and not address.startswith(base.rstrip("/") + "/"):
        raise _unexpected("HDX", "url")
    stem, _, ending = str(resource.get("name") or parts.path.rsplit("/", 1)[-1]).partition(".")
    name = ".".join(part for part in (slug(stem) or "boundaries", *(slug(p) for p in ending.split("."))) if part)
    folder.mkdir(parents=True, exist_ok=True)
    target, part = folder / name, folder / f"{name}.part"
    size = 0
    try:
        with client.stream("GET", address) as response, part.open("wb") as stream:
            _check(response, "HDX")
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > _MOST_BYTES:
                    raise FetchError(
                        message("HDX sends a file of more than {limit} MB.", limit=_MOST_BYTES // 1_000_000)
                    )
                stream.write(chunk)
        part.replace(target)
    except httpx.HTTPError as error:
        raise _unreachable("HDX", error) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _client(source: str, url: str, headers: Mapping[str, str], *, follow_redirects: bool = False) -> httpx.Client:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        raise FetchError(message("{url} is not an https address; credentials are sent to no other.", url=url))
    try:
        return httpx.Client(headers=dict(headers), timeout=_TIMEOUT_S, follow_redirects=follow_redirects)
    except (UnicodeEncodeError, ValueError) as error:
        raise FetchError(
            message("The access token for {source} has characters no token has.", source=source)
        ) from error


def _json(client: httpx.Client, source: str, method: str, address: str, **request: Any) -> Mapping[str, Any]:
    try:
        response = client.request(method, address, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _unreachable(source, error) from error
    _check(response, source)
    try:
        answer = response.json()
    except ValueError as error:
        raise _unexpected(source, "JSON") from error
    if not isinstance(answer, dict):
        raise _unexpected(source, "JSON")
    return answer


def _check(response: httpx.Response, source: str) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.BAD_REQUEST):
        raise FetchError(
            message(
                "{source} refused the request (HTTP {status}): check the credentials, and that the account may use "
                "the API.",
                source=source,
                status=str(status),
            )
        )
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise FetchError(
            message("{source} has had too many requests from this account; try again later.", source=source)
        )
    raise FetchError(message("{source} answered with HTTP {status}.", source=source, status=str(status)))


def _unreachable(source: str, error: Exception) -> FetchError:
    return FetchError(message("{source} cannot be reached ({why}).", source=source, why=type(error).__name__))


def _unexpected(source: str, part: str) -> FetchError:
    return FetchError(message("The answer of {source} is not as documented ({part}).", source=source, part=part))


def _write(path: Path, header: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(["" if row.get(name) is None else row[name] for name in header] for row in rows)
    part.replace(path)
    return path

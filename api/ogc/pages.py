"""The same answers as pages for people: rendered with autoescape, without scripts, nothing loaded from anywhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl

import jinja2
import numpy as np
import orjson
import pandas as pd
from babel.numbers import format_decimal

from api.base.access import Audience, Caller
from api.base.i18n import translate
from api.base.links import Base, segment
from api.collections.context import period_of, warnings_of
from api.collections.fields import Field, FieldType
from api.collections.registry import Collection
from api.ogc.documents import TITLE
from api.ogc.index import Index
from api.ogc.items import ItemsAnswer, items_links
from geo.core.messages import Message, message

_WORDS: Final[dict[str, Message]] = {
    "where": message("You are here"),
    "languages": message("Languages"),
    "pages": message("Pages"),
    "qgis": message("In QGIS: Layer, Add Layer, Add WFS / OGC API - Features Layer, New, with this address:"),
    "name": message("Name"),
    "title": message("Title"),
    "meaning": message("Meaning"),
    "kind": message("Type"),
    "unit": message("Unit"),
    "fields": message("Properties"),
    "time": message("Time"),
    "crs": message("Reference systems"),
    "id": message("Identifier"),
    "geometry": message("Geometry"),
    "public": message("Without a key, only this is listed. A key opens more: it is the password, with any user name."),
}
_TITLES: Final[dict[str, Message]] = {
    "conformance": message("Conformance classes"),
    "collections": message("Collections"),
}
_NO_PLACE: Final = message("No place is known.")
#: Units that read the same in both languages; the others are English words.
_SYMBOLS: Final = ("km", "km²", "m²", "min")
_NUMBERS: Final = (FieldType.INTEGER, FieldType.NUMBER)


class Pages:
    """Makes the pages of one request."""

    def __init__(self, base: Base, lang: str, *, names_lang: bool, caller: Caller) -> None:
        self._base = base
        self._lang = lang
        self._kept = {"lang": lang} if names_lang else {}
        self._caller = caller

    def document(self, name: str, document: dict[str, Any], collection: Collection | None) -> bytes:
        """Return a document as a page."""
        title = document.get("title") or self._say(_TITLES[name])
        path = self._path(name, document, collection)
        more: dict[str, Any] = {"document": document, "is_public": self._caller.audience is Audience.PUBLIC}
        if collection is not None:
            more["fields"] = [self._field(field) for field in collection.fields]
        return self._render(f"{name}.html", title, path, {}, collection if name == "schema" else None, **more)

    def items(self, index: Index, answer: ItemsAnswer, query: bytes) -> bytes:
        """Return a page of features."""
        collection = index.table.collection
        given = {name: text for name, text in parse_qsl(query.decode("latin-1")) if name not in ("f", "lang")}
        path = f"/collections/{collection.id}/items"
        frame = index.table.chosen(answer.page.rows)
        links = items_links(collection.id, answer.page, self._base, query, self._lang)
        rows = [
            {
                "id": id_,
                "href": self._base.href(f"{path}/{segment(id_)}", {**self._kept, "f": "html"}),
                "cells": [self._cell(value) for value in values],
            }
            for id_, values in zip(
                frame.index,
                frame[[field.name for field in collection.fields]].itertuples(index=False, name=None),
                strict=True,
            )
        ]
        return self._render(
            "items.html",
            self._say(collection.title),
            path,
            given,
            collection,
            rows=rows,
            fields=[self._field(field) for field in collection.fields],
            pages=[each for each in links if each["rel"] in ("next", "prev")],
            count=self._say(message("{count} of {total} features", count=len(answer.page.rows), total=answer.matched)),
            **self._about(index),
        )

    def feature(self, index: Index, feature_id: str, body: bytes) -> bytes:
        """Return the page of one feature, whose GeoJSON is `body`."""
        collection = index.table.collection
        told = orjson.loads(body)
        geometry = told["geometry"]
        return self._render(
            "feature.html",
            feature_id,
            f"/collections/{collection.id}/items/{segment(feature_id)}",
            {},
            collection,
            fields=[self._field(field) for field in collection.fields],
            cells=[self._cell(value) for value in told["properties"].values()],
            geometry=self._say(_NO_PLACE) if geometry is None else self._place(geometry),
            **self._about(index),
        )

    def _place(self, geometry: dict[str, Any]) -> str:
        if geometry["type"] != "Point":
            return str(geometry["type"])
        lon, lat = geometry["coordinates"]
        return self._say(message("longitude {lon}, latitude {lat}", lon=lon, lat=lat))

    def _about(self, index: Index) -> dict[str, Any]:
        about = index.table.about
        return {
            "period": period_of(about, self._lang),
            "warnings": warnings_of(about, self._lang),
            "sources": self._say(
                message(
                    "Sources: {names}. Revision {revision}.",
                    names=[each["name"] if isinstance(each, dict) else str(each) for each in about.get("sources", [])],
                    revision=index.table.revision,
                )
            ),
        }

    def _field(self, field: Field) -> dict[str, Any]:
        return {
            "name": field.name,
            "title": self._say(field.title),
            "description": self._say(field.description),
            "unit": field.unit if field.unit in _SYMBOLS or self._lang == "en" else "",
            "type": field.type.value,
            "number": field.type in _NUMBERS,
        }

    def _cell(self, value: Any) -> str:
        if value is None or value is pd.NaT or value is pd.NA or value != value:
            return ""
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, bool):
            return self._say(message("yes") if value else message("no"))
        if isinstance(value, int | float):
            return str(format_decimal(value, format="#,##0.######", locale=self._lang))
        if isinstance(value, pd.Timestamp):
            return value.strftime("%Y-%m-%d")
        return str(value)

    def _path(self, name: str, document: dict[str, Any], collection: Collection | None) -> str:
        if name == "schema":
            return str(document["$id"]).removeprefix(self._base.href(""))
        if collection is not None:
            return f"/collections/{collection.id}"
        return "/" if name == "landing" else f"/{name}"

    def _render(
        self,
        template: str,
        title: str,
        path: str,
        given: dict[str, str],
        collection: Collection | None,
        **more: Any,
    ) -> bytes:
        crumbs = [(self._say(TITLE), "/")]
        if path.startswith("/collections/"):
            crumbs.append((self._say(_TITLES["collections"]), "/collections"))
        if collection is not None and path != f"/collections/{collection.id}":
            crumbs.append((self._say(collection.title), f"/collections/{collection.id}"))
        page = (
            _environment()
            .get_template(template)
            .render(
                lang=self._lang,
                title=title,
                root=self._base.href(""),
                words={name: self._say(text) for name, text in _WORDS.items()},
                crumbs=[
                    {"title": text, "href": self._base.href(to, {**self._kept, "f": "html"})} for text, to in crumbs
                ],
                languages={lang: self._base.href(path, {**given, "f": "html", "lang": lang}) for lang in ("fr", "en")},
                json=self._base.href(path, {**given, **self._kept, "f": "json"}),
                **more,
            )
        )
        return page.encode()

    def _say(self, text: Message) -> str:
        return translate(text, self._lang)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(files("api.ogc") / "templates")),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

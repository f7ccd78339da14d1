"""The QGIS project (.qgz) wired to a running service: its collections as live layers, grouped and styled"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from pyproj import CRS

from api.base.country import PROJECT_EXTENT
from api.base.i18n import translate
from api.collections.registry import Collection
from api.layers.layer import GeometryType, Group
from api.qgis.qml import VERSION, Aliases, document, style_elements
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.core.messages import message

_WKB: Final = {
    GeometryType.POINT: ("Point", "Point"),
    GeometryType.MULTILINESTRING: ("Line", "MultiLineString"),
    GeometryType.MULTIPOLYGON: ("Polygon", "MultiPolygon"),
}
#: Vintages of layers that are listed first; None is of those that have none.
_USUAL: Final = (None, DEFAULT_VINTAGE)
_PROJECT_FILE: Final = "sira.qgs"


@dataclass(frozen=True, slots=True)
class LiveLayer:
    """A collection as a layer of a project under a title; `aliases` are its columns and their titles."""

    collection: Collection
    aliases: Aliases
    title: str


@dataclass(frozen=True, slots=True)
class Texts:
    """What a project says of itself, in the reader's language."""

    title: str
    abstract: str
    lang: str


@dataclass(frozen=True, slots=True)
class Raster:
    """Image tiles to draw under the layers: an address with ``{z}``, ``{x}`` and ``{y}``."""

    id: str
    title: str
    url: str
    max_zoom: int


def qgz(
    layers: Sequence[LiveLayer], rasters: Sequence[Raster], texts: Texts, *, url: str, authcfg: str | None
) -> bytes:
    """Return the project as a .qgz.

    Parameters
    ----------
    layers : sequence of LiveLayer
    rasters : sequence of Raster
        Drawn only when a person ticks them.
    texts : Texts
    url : str
        Absolute address of the service's OGC API landing page.
    authcfg : str, optional
        Id of the authentication configuration in QGIS that holds the reader's key; a project never holds a key.
    """
    root = Element("qgis", version=VERSION, projectname=texts.title)
    SubElement(root, "title").text = texts.title
    _crs(SubElement(root, "projectCrs"))
    root.append(_tree(layers, rasters, texts.lang))
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas")
    SubElement(canvas, "units").text = "degrees"
    _extent(SubElement(canvas, "extent"))
    _crs(SubElement(canvas, "destinationsrs"))
    listed = SubElement(root, "projectlayers")
    listed.extend([_layer(live, texts, url, authcfg) for live in layers])
    listed.extend([_raster(raster, authcfg) for raster in rasters])
    _metadata(SubElement(root, "projectMetadata"), texts)
    # Without it QGIS takes the project's reference system for none.
    reference = SubElement(SubElement(root, "properties"), "SpatialRefSys")
    SubElement(reference, "ProjectionsEnabled", type="int").text = "1"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(_PROJECT_FILE), document(root), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _layer_id(name: str) -> str:
    # QGIS gives layers with shorter ids new ones
    return f"sira_layer_{name.replace('-', '_')}"


def _source(collection: Collection, url: str, authcfg: str | None) -> str:
    parts = {
        "pagingEnabled": "true",
        "restrictToRequestBBOX": "1",
        "srsname": "OGC:CRS84",
        "typename": collection.id,
        "url": url,
    }
    text = " ".join(f"{name}='{value}'" for name, value in parts.items())
    return text if authcfg is None else f"{text} authcfg={authcfg}"


def _tree(layers: Sequence[LiveLayer], rasters: Sequence[Raster], lang: str) -> Element:
    """Return the list of layers in their groups; other vintages than the usual one are folded into groups of theirs."""
    root = Element("layer-tree-group")
    for group in Group:
        members = [live for live in layers if live.collection.group is group]
        pictures = rasters if group is Group.THREAT else ()
        if not members and not pictures:
            continue
        folder = _folder(root, translate(group.title, lang), is_open=True)
        vintages = dict.fromkeys(live.collection.vintage for live in members)
        for live in members:
            if live.collection.vintage in _USUAL:
                _entry(folder, live.collection.id, live.title, "OAPIF", is_ticked=live.collection.is_shown)
        for raster in pictures:
            _entry(folder, raster.id, raster.title, "wms", is_ticked=False)
        for vintage in (each for each in vintages if each not in _USUAL):
            inner = _folder(folder, translate(message("boundaries of {vintage}", vintage=vintage), lang), is_open=False)
            for live in members:
                if live.collection.vintage == vintage:
                    _entry(inner, live.collection.id, live.title, "OAPIF", is_ticked=False)
    order = SubElement(root, "custom-order", enabled="1")
    for name in (*(live.collection.id for live in _drawn(layers)), *(raster.id for raster in rasters)):
        SubElement(order, "item").text = _layer_id(name)
    return root


def _drawn(layers: Sequence[LiveLayer]) -> list[LiveLayer]:
    """Return the layers in the order in which they lie on the map, the top first.

    Points, hazard areas, whose marks no road may hide, then lines, outlines and other areas.
    """
    ranks = list(_WKB)

    def depth(live: LiveLayer) -> tuple[int, bool]:
        found = live.collection
        is_area = found.geometry is GeometryType.MULTIPOLYGON
        if is_area and _has(found, "status"):
            return ranks.index(GeometryType.POINT), True
        return ranks.index(found.geometry), is_area and not _has(found, "pattern")

    return sorted(layers, key=depth)


def _folder(parent: Element, name: str, *, is_open: bool) -> Element:
    return SubElement(parent, "layer-tree-group", name=name, checked="Qt::Checked", expanded="1" if is_open else "0")


def _entry(folder: Element, name: str, title: str, provider: str, *, is_ticked: bool) -> None:
    SubElement(
        folder,
        "layer-tree-layer",
        id=_layer_id(name),
        name=title,
        providerKey=provider,
        checked="Qt::Checked" if is_ticked else "Qt::Unchecked",
        expanded="1" if is_ticked else "0",
    )


def _layer(live: LiveLayer, texts: Texts, url: str, authcfg: str | None) -> Element:
    collection, lang = live.collection, texts.lang
    geometry, wkb = _WKB[collection.geometry]
    layer = Element("maplayer", type="vector", geometry=geometry, wkbType=wkb, autoRefreshEnabled="0", readOnly="1")
    SubElement(layer, "id").text = _layer_id(collection.id)
    SubElement(layer, "datasource").text = _source(collection, url, authcfg)
    SubElement(layer, "layername").text = live.title
    _crs(SubElement(layer, "srs"))
    SubElement(layer, "provider", encoding="UTF-8").text = "OAPIF"
    about = SubElement(layer, "resourceMetadata")
    SubElement(about, "identifier").text = f"{url}/collections/{collection.id}"
    SubElement(about, "title").text = live.title
    said = [translate(text, lang) for text in (collection.description, collection.caveat) if text is not None]
    SubElement(about, "abstract").text = "\n\n".join(said)
    layer.extend(style_elements(collection, live.aliases, lang))
    return layer


def _raster(raster: Raster, authcfg: str | None) -> Element:
    layer = Element("maplayer", type="raster")
    SubElement(layer, "id").text = _layer_id(raster.id)
    source = f"type=xyz&url={quote(raster.url, safe=':/{}')}&zmin=0&zmax={raster.max_zoom}"
    SubElement(layer, "datasource").text = source if authcfg is None else f"{source}&authcfg={authcfg}"
    SubElement(layer, "layername").text = raster.title
    SubElement(layer, "provider").text = "wms"
    _crs(SubElement(layer, "srs"), "EPSG:3857")
    return layer


def _metadata(element: Element, texts: Texts) -> None:
    SubElement(element, "title").text = texts.title
    SubElement(element, "abstract").text = texts.abstract
    SubElement(element, "language").text = texts.lang


def _crs(parent: Element, authid: str = "EPSG:4326") -> None:
    system = SubElement(parent, "spatialrefsys")
    # The code alone is read only beside a number of QGIS's own database.
    SubElement(system, "wkt").text = CRS(authid).to_wkt("WKT2_2019")
    SubElement(system, "authid").text = authid


def _extent(element: Element) -> None:
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), PROJECT_EXTENT, strict=True):
        SubElement(element, name).text = str(value)


def _has(collection: Collection, name: str) -> bool:
    return any(field.name == name for field in collection.fields)

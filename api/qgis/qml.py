"""A collection's layer style for QGIS (QML): how it is drawn, its labels, and what its columns are called"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from api.collections.registry import Collection
from api.layers.layer import GeometryType
from api.qgis.renderers import renderer

#: The oldest release whose reading is tested, and its name for itself.
VERSION: Final = "3.22.16-Białowieża"
_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_GEOMETRY: Final = {GeometryType.POINT: "0", GeometryType.MULTILINESTRING: "1", GeometryType.MULTIPOLYGON: "2"}


Aliases = Sequence[tuple[str, str]]


def qml(collection: Collection, aliases: Aliases, lang: str) -> str:
    """Return the style of a layer as a QML document.

    Parameters
    ----------
    collection : Collection
    aliases : sequence of (str, str)
        Each column of the layer and its title, in order.
    lang : {"fr", "en"}
        Of the legend.
    """
    root = Element("qgis", version=VERSION, styleCategories="Symbology|Labeling|Fields", labelsEnabled="0")
    root.extend(style_elements(collection, aliases, lang))
    root.set("labelsEnabled", _labelled(collection))
    SubElement(root, "layerGeometryType").text = _GEOMETRY[collection.geometry]
    return document(root)


def style_elements(collection: Collection, aliases: Aliases, lang: str) -> list[Element]:
    """Return what a style holds: renderer, labels and names of columns; for a QML document or a project's layer."""
    made = [renderer(collection, lang)]
    if _labelled(collection) == "1":
        made.append(_labels())
    configuration, named = Element("fieldConfiguration"), Element("aliases")
    for position, (column, title) in enumerate(aliases):
        SubElement(configuration, "field", name=column)
        SubElement(named, "alias", index=str(position), field=column, name=title)
    return [*made, configuration, named]


def document(root: Element) -> str:
    """Return a QGIS document as text."""
    return _DOCTYPE + tostring(root, encoding="unicode")


def _labelled(collection: Collection) -> str:
    names = {field.name for field in collection.fields}
    return "1" if collection.geometry is GeometryType.POINT and {"name", "kind"} <= names else "0"


def _labels() -> Element:
    """Name the towns, in dark letters with a pale halo, where there is room."""
    labeling = Element("labeling", type="simple")
    settings = SubElement(labeling, "settings", calloutType="simple")
    style = SubElement(
        settings,
        "text-style",
        fieldName='CASE WHEN "kind" = \'town\' THEN "name" END',
        isExpression="1",
        fontFamily="DejaVu Sans",
        fontSize="8",
        fontSizeUnit="Point",
        textColor="34,34,34,255",
        textOpacity="1",
    )
    SubElement(
        style,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,200",
        bufferOpacity="1",
    )
    SubElement(settings, "placement", placement="6", dist="0.6", distUnits="MM")
    SubElement(settings, "rendering", obstacle="0", drawLabels="1", displayAll="0")
    return labeling

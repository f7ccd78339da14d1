"""Draws vector tiles with the service's style; run by Debian's Python, which knows PyQGIS and nothing of Sira.

Takes JSON on standard input, ``{"url": …, "collection": …, "bounds": [west, south, east, north], "picture": path}``.
Writes as JSON whether the layer is valid, how many rules of style QGIS understood, its complaints, and the share of
pixels of each of the most frequent colours.
"""

import collections
import json
import sys
import tempfile
import urllib.parse
import urllib.request

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapBoxGlStyleConversionContext,
    QgsMapBoxGlStyleConverter,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage

SIDE = 600
LISTED = 8


def fetch(address):
    with urllib.request.urlopen(address, timeout=600) as answer:
        return answer.read()


def layer_of(url, collection):
    described = json.loads(fetch(f"{url}/tiles/{collection}/tilejson.json?lang=en"))
    address = urllib.parse.quote(described["tiles"][0], safe="")
    source = f"type=xyz&url={address}&zmin={described['minzoom']}&zmax={described['maxzoom']}"
    return QgsVectorTileLayer(source, collection)


def draw_as_told(layer, url, collection):
    style = json.loads(fetch(f"{url}/tiles/style.json?lang=en"))
    style["layers"] = [each for each in style["layers"] if each.get("source") == collection]
    for each in style["layers"]:
        each.pop("minzoom", None)
    context = QgsMapBoxGlStyleConversionContext()
    sprite = QImage.fromData(fetch(style["sprite"] + ".png"), "PNG")
    context.setSprites(sprite, json.loads(fetch(style["sprite"] + ".json")))
    converter = QgsMapBoxGlStyleConverter()
    assert converter.convert(style, context) == QgsMapBoxGlStyleConverter.Success, converter.errorMessage()
    layer.setRenderer(converter.renderer())
    return len(converter.renderer().styles()), converter.warnings()


def picture(layer, bounds, path):
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    transform = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), settings.destinationCrs(), QgsProject.instance()
    )
    settings.setExtent(transform.transformBoundingBox(QgsRectangle(*bounds)))
    settings.setOutputSize(QSize(SIDE, SIDE))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(path)
    colours = collections.Counter(image.pixelColor(x, y).name() for x in range(0, SIDE, 2) for y in range(0, SIDE, 2))
    total = sum(colours.values())
    return {name: count / total for name, count in colours.most_common(LISTED)}


def main():
    asked = json.load(sys.stdin)
    QgsApplication.setPrefixPath("/usr", True)
    with tempfile.TemporaryDirectory() as profile:
        qgis = QgsApplication([], False, profile)
        qgis.initQgis()
        layer = layer_of(asked["url"], asked["collection"])
        rules, warnings = draw_as_told(layer, asked["url"], asked["collection"])
        found = {
            "valid": layer.isValid(),
            "rules": rules,
            "warnings": list(warnings),
            "colours": picture(layer, asked["bounds"], asked["picture"]),
        }
        print(json.dumps(found))
        del layer
        qgis.exitQgis()


main()

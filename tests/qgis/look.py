"""What PyQGIS finds in a file or project, as JSON: run by Debian's Python, which python3-qgis installs into.

``python3 look.py project FILE`` or ``python3 look.py layers FILE…``; the last line of the output is the answer. Of a
project it is also told how much of the picture each layer covers when it is drawn alone, as the project opens.
"""

from __future__ import annotations

import json
import sys
from typing import Any

#: Pixels of the pictures that are drawn, a side.
SIDE = 200


def main(kind: str, *paths: str) -> None:
    from qgis.core import QgsApplication, QgsProject, QgsVectorLayer  # not importable where the tests run

    application = QgsApplication([], False)
    application.initQgis()
    found: dict[str, Any] = {}
    if kind == "project":
        project = QgsProject.instance()
        found["read"] = project.read(paths[0])
        found["title"] = project.title()
        found["crs"] = project.crs().authid()
        root = project.layerTreeRoot()
        found["order"] = [layer.id() for layer in root.layerOrder()]
        found["groups"] = {group.name(): [layer.layerId() for layer in group.findLayers()] for group in root.children()}
        layers = list(project.mapLayers().values())
        found["covered"] = {layer.id(): _covered(layer, project) for layer in layers}
    else:
        layers = [layer for path in paths for layer in _layers(path, QgsVectorLayer)]
    found["layers"] = {layer.id() if kind == "project" else layer.name(): _described(layer) for layer in layers}
    print(json.dumps(found))
    sys.stdout.flush()
    application.exitQgis()


def _layers(path: str, vector_layer: Any) -> list[Any]:
    base = vector_layer(path, path.rpartition("/")[2], "ogr")
    names = [text.split("!!::!!")[1] for text in base.dataProvider().subLayers()]
    if len(names) < 2:
        return [base]
    return [vector_layer(f"{path}|layername={name}", name, "ogr") for name in names if name != "layer_styles"]


def _described(layer: Any) -> dict[str, Any]:
    about = {"valid": layer.isValid(), "provider": layer.providerType(), "renderer": layer.renderer().type()}
    if about["provider"] == "wms":
        return about
    fields = list(layer.fields())
    renderer = layer.renderer()
    return about | {
        "crs": layer.crs().authid(),
        "count": layer.featureCount(),
        "geometry": layer.wkbType(),
        "types": {field.name(): field.typeName() for field in fields},
        "aliases": {field.name(): layer.attributeDisplayName(n) for n, field in enumerate(fields)},
        "legend": [item.label() for item in renderer.legendSymbolItems()],
        "symbols": [_symbol(item.symbol()) for item in renderer.legendSymbolItems() if item.symbol() is not None],
        "labelled": layer.labelsEnabled(),
        "title": layer.metadata().title(),
        "abstract": layer.metadata().abstract(),
        "ids": _ids(layer) if layer.providerType() == "ogr" else None,
        "null_geometries": sum(not feature.hasGeometry() for feature in layer.getFeatures())
        if layer.providerType() == "ogr"
        else None,
    }


def _covered(layer: Any, project: Any) -> float:
    """Return the share of the pixels that a layer alone paints over the extent with which the project opens."""
    from qgis.core import QgsMapRendererSequentialJob, QgsMapSettings
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor

    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    settings.setExtent(project.viewSettings().defaultViewExtent())
    settings.setOutputSize(QSize(SIDE, SIDE))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    white = QColor("white").rgb()
    return sum(image.pixel(x, y) != white for x in range(SIDE) for y in range(SIDE)) / SIDE**2


def _symbol(symbol: Any) -> list[list[str]]:
    return [[layer.layerType(), layer.color().name()] for layer in symbol.symbolLayers()]


def _ids(layer: Any) -> list[str]:
    position = layer.fields().indexOf("id")
    return [feature.attributes()[position] for feature in layer.getFeatures()]


if __name__ == "__main__":
    main(*sys.argv[1:])

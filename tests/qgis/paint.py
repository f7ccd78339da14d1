"""Draws layers of a GeoPackage with styles from files: run by Debian's Python, as `look.py` is.

``python3 paint.py GPKG PNG SIDE WEST SOUTH EAST NORTH LAYER=QML …``, the lowest layer first.
"""

from __future__ import annotations

import sys


def main(package: str, picture: str, side: str, *rest: str) -> None:
    from qgis.core import (
        QgsApplication,
        QgsCoordinateReferenceSystem,
        QgsExpressionContext,
        QgsExpressionContextUtils,
        QgsMapRendererSequentialJob,
        QgsMapSettings,
        QgsRectangle,
        QgsVectorLayer,
    )
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor

    application = QgsApplication([], False)
    application.initQgis()
    bounds = [float(each) for each in rest[:4]]
    layers = []
    for name, _, style in (each.partition("=") for each in rest[4:]):
        layer = QgsVectorLayer(f"{package}|layername={name}", name, "ogr")
        assert layer.isValid(), name
        said, is_read = layer.loadNamedStyle(style)
        assert is_read, said
        layers.insert(0, layer)
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    settings.setExtent(QgsRectangle(*bounds))
    settings.setOutputSize(QSize(int(side), int(side)))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(QColor("white"))
    # As the canvas of the main window does: without it no expression knows the scale.
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    assert job.renderedImage().save(picture)
    del layers, layer
    application.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:])

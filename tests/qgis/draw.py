"""Pictures of what QGIS shows, with its own widgets and no window: run by Debian's Python, as `look.py` is.

``python3 draw.py project FILE PNG WORD``, ``… layers GPKG PNG NAME,NAME…`` or ``… connection URL PNG NAME``.
"""

from __future__ import annotations

import sys
import time
from typing import Any

WIDTH, HEIGHT, TREE = 1440, 860, 520


def main(kind: str, source: str, picture: str, names: str) -> None:
    from qgis.core import QgsApplication

    application = QgsApplication([], True)
    application.initQgis()
    if kind == "connection":
        _connection(source, picture, names)
    else:
        _window(application, kind, source, picture, names)
    application.exitQgis()


def _connection(url: str, picture: str, name: str) -> None:
    """The dialog in which the address is entered."""
    from qgis.gui import QgsNewHttpConnection
    from qgis.PyQt.QtWidgets import QComboBox, QLineEdit

    dialog = QgsNewHttpConnection(None, QgsNewHttpConnection.ConnectionWfs, "qgis/connections-wfs/")
    dialog.findChild(QLineEdit, "txtName").setText(name)
    dialog.findChild(QLineEdit, "txtUrl").setText(url)
    version = dialog.findChild(QComboBox, "cmbVersion")
    version.setCurrentIndex([version.itemText(n).startswith("OGC API") for n in range(version.count())].index(True))
    dialog.resize(560, 620)
    dialog.show()
    dialog.grab().save(picture)


def _window(application: Any, kind: str, source: str, picture: str, names: str) -> None:
    """The list of layers and the map, as in the main window."""
    from qgis.core import QgsLayerTreeModel, QgsProject, QgsRectangle, QgsVectorLayer
    from qgis.gui import QgsLayerTreeMapCanvasBridge, QgsLayerTreeView, QgsMapCanvas
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtGui import QColor
    from qgis.PyQt.QtWidgets import QHBoxLayout, QWidget

    project = QgsProject.instance()
    root = project.layerTreeRoot()
    if kind == "project":
        assert project.read(source), source
        wanted = set(names.split(","))
        for node in root.findLayers():
            node.setItemVisibilityChecked(node.layerId().removeprefix("sira_layer_") in wanted)
            node.setExpanded(node.itemVisibilityChecked())
    else:
        for name in names.split(","):
            layer = QgsVectorLayer(f"{source}|layername={name}", name, "ogr")
            layer.setName(layer.metadata().title())
            project.addMapLayer(layer, False)
            root.addLayer(layer)
    window = QWidget()
    canvas, view = QgsMapCanvas(window), QgsLayerTreeView(window)
    model = QgsLayerTreeModel(root)
    model.setFlag(QgsLayerTreeModel.ShowLegend)
    model.setFlag(QgsLayerTreeModel.AllowNodeChangeVisibility)
    model.setAutoCollapseLegendNodes(30)
    view.setModel(model)
    view.setFixedWidth(TREE)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
    row = QHBoxLayout(window)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(view)
    row.addWidget(canvas)
    canvas.setCanvasColor(QColor("white"))
    bridge = QgsLayerTreeMapCanvasBridge(root, canvas)
    window.resize(WIDTH, HEIGHT)
    window.show()
    canvas.setDestinationCrs(next(iter(project.mapLayers().values())).crs())
    canvas.setExtent(QgsRectangle(-12.5, 9.9, 4.5, 25.2))
    bridge.setCanvasLayers()
    canvas.refresh()
    deadline = time.monotonic() + 600
    application.processEvents()
    while canvas.isDrawing() and time.monotonic() < deadline:
        application.processEvents()
        time.sleep(0.05)
    for _ in range(20):
        application.processEvents()
        time.sleep(0.05)
    window.grab().save(picture)


if __name__ == "__main__":
    main(*sys.argv[1:])

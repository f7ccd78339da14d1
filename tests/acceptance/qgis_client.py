"""What QGIS makes of collections; run by Debian's Python, which knows PyQGIS and nothing of Sira.

Takes JSON on standard input, ``{"url": …, "key": …, "collections": {id: {"west": …, …} or null}}``, loads each
collection with the provider OAPIF, and writes what came of it as JSON: a collection with a box is asked for that box
alone, any other is read whole.
"""

import json
import sys
import tempfile

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsDataSourceUri,
    QgsFeatureRequest,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)


def main() -> None:
    wanted = json.load(sys.stdin)
    QgsApplication.setPrefixPath("/usr", True)
    with tempfile.TemporaryDirectory() as profile:
        qgis = QgsApplication([], False, profile)
        qgis.initQgis()
        config = authentication(wanted["key"]) if wanted["key"] else ""
        found = {name: load(wanted["url"], name, config, box) for name, box in wanted["collections"].items()}
        print(json.dumps(found))
        sys.stdout.flush()
        qgis.exitQgis()


def authentication(key: str) -> str:
    """Keep `key` as QGIS keeps passwords; returns the id under which a connection finds it."""
    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("only of this run", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("sira")
    config.setConfigMap({"username": "sira", "password": key, "realm": ""})
    assert manager.storeAuthenticationConfig(config)[0]
    return config.id()


def load(url: str, name: str, config: str, box: "dict[str, float] | None") -> "dict[str, object]":
    source = QgsDataSourceUri()
    source.setParam("url", url)
    source.setParam("typename", name)
    if config:
        source.setAuthConfigId(config)
    request = QgsFeatureRequest()
    if box:
        source.setParam("restrictToRequestBBOX", "1")
        request.setFilterRect(QgsRectangle(box["west"], box["south"], box["east"], box["north"]))
    layer = QgsVectorLayer(source.uri(False), name, "OAPIF")
    if not layer.isValid():
        return {"valid": False}
    features = list(layer.getFeatures(request))
    extent = layer.extent()
    return {
        "valid": True,
        "crs": layer.crs().authid(),
        "geometry": QgsWkbTypes.displayString(layer.wkbType()),
        "fields": {field.name(): field.typeName() for field in layer.fields()},
        "count": len(features),
        "announced": layer.featureCount(),
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "with_geometry": sum(feature.hasGeometry() for feature in features),
        "values": {
            field.name(): sum(not is_null(feature[field.name()]) for feature in features) for field in layer.fields()
        },
    }


def is_null(value: object) -> bool:
    return value is None or (hasattr(value, "isNull") and value.isNull())


if __name__ == "__main__":
    main()

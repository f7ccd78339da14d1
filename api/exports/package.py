"""All that a caller may see as one GeoPackage: layers, styles, titles of columns, sources, licence, model card"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from api.base.assessments import shown, today
from api.base.i18n import translate
from api.base.service import Service
from api.collections.registry import TARGET, Collection
from api.exports.content import Recipient, aliases, layer_name
from api.layers.model_card import card_json
from api.qgis.qml import VERSION, document, qml
from geo.core.errors import NotReadyError
from geo.core.messages import Message, message
from geo.core.provenance import sources
from geo.export.geopackage import Metadata, write_geopackage
from geo.export.layer import ExportLayer
from models.evaluation.card import make_card
from models.risk.target import Target

MEDIA_TYPE: Final = "application/geopackage+sqlite3"
TITLE: Final = message("Sira: explosive incidents in Mali")
_DATASET: Final = "https://schema.org/Dataset"
_CARD: Final = "urn:sira:model-card"
_QGIS: Final = "http://mrcc.com/qgis.dtd"
_JSON: Final = "application/json"


def ready(service: Service, recipient: Recipient, wanted: Sequence[Collection]) -> tuple[Collection, ...]:
    """Return those of `wanted` whose tables can be made; where the data could not be assessed, some have none.

    Raises
    ------
    NotReadyError
        If something is being made that would be missing from the file.
    """
    revision, found = recipient.snapshot.revision, []
    for collection in wanted:
        try:
            recipient.tables.key(collection, recipient.snapshot, recipient.caller, recipient.lang)
        except NotReadyError:
            if service.shelf.path(revision, TARGET).exists() or service.assessor.want(revision, TARGET):
                raise
            continue
        found.append(collection)
    return tuple(found)


def write_package(
    service: Service,
    recipient: Recipient,
    chosen: Sequence[Collection],
    path: Path,
    each: Callable[[int], None],
) -> None:
    """Write a GeoPackage with the collections `chosen`.

    Parameters
    ----------
    each : callable
        Called with the number of layers that are written, before the first and after each; an exception that it
        raises ends the writing.
    """
    by_name = {layer_name(collection): collection for collection in chosen}
    count = 0

    def layers() -> Iterator[ExportLayer]:
        for collection in chosen:
            layer = recipient.layer(collection)
            metadata.append(_of_layer(layer, recipient.lang))
            yield layer

    def after(_: ExportLayer) -> None:
        nonlocal count
        count += 1
        each(count)

    metadata = [_of_file(service, recipient, chosen), _model_card(service, recipient)]
    each(0)
    write_geopackage(
        layers(),
        path,
        styles=lambda layer: qml(by_name[layer.name], aliases(by_name[layer.name], recipient.lang), recipient.lang),
        metadata=metadata,
        each=after,
    )


def _of_file(service: Service, recipient: Recipient, chosen: Sequence[Collection]) -> Metadata:
    snapshot, lang = recipient.snapshot, recipient.lang
    written = {each.id for each in chosen}
    missing = [each.id for each in recipient.visible() if each.id not in written]
    content: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": translate(recipient.title(TITLE), lang),
        "description": translate(_abstract(snapshot.revision), lang),
        "inLanguage": lang,
        "version": str(snapshot.revision),
        "audience": recipient.caller.audience.label,
        "synthetic": snapshot.is_synthetic_only,
        "notices": recipient.notices(),
        "layers": [layer_name(each) for each in chosen],
        "not_included": missing,
        "isBasedOn": [
            {"name": source.attribution, "license": source.licence, "url": source.source, "file": source.path}
            for source in sources()
        ],
    }
    return Metadata(_DATASET, _JSON, json.dumps(content, ensure_ascii=False, indent=1))


def _abstract(revision: int) -> Message:
    return message(
        "Layers of Sira of revision {revision}. No report is not safety: a place without recorded incidents may be "
        "dangerous and simply not reported from.",
        revision=revision,
    )


def _model_card(service: Service, recipient: Recipient) -> Metadata:
    revision, synthetic = recipient.snapshot.revision, recipient.snapshot.is_synthetic_only
    found = (shown(service.shelf, revision, target, synthetic=synthetic) for target in Target)
    known = tuple(assessment for assessment in found if assessment is not None)
    card = card_json(make_card(known, service.shelf.evaluation(synthetic=synthetic)), known, recipient.lang)
    return Metadata(_CARD, _JSON, json.dumps(card | {"as_of": today().isoformat()}, ensure_ascii=False, default=str))


def _of_layer(layer: ExportLayer, lang: str) -> Metadata:
    """Return what QGIS shows as a layer's metadata."""
    root = Element("qgis", version=VERSION)
    SubElement(root, "identifier").text = layer.name
    SubElement(root, "language").text = lang
    SubElement(root, "type").text = "dataset"
    SubElement(root, "title").text = layer.title
    about = (f"{name}: {text}" for name, text in layer.about.items() if name != "title")
    SubElement(root, "abstract").text = "\n".join((layer.description, *about))
    SubElement(root, "rights").text = layer.about["notice"]
    SubElement(root, "license").text = layer.about.get("sources", "")
    return Metadata(_QGIS, "text/xml", document(root), table=layer.name)

"""A check of a GPX document against the structure of the GPX 1.1 schema: elements, their order, attributes, types.

Written from the schema, https://www.topografix.com/GPX/1/1/gpx.xsd, which names the type of every element.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

NAMESPACE = "{http://www.topografix.com/GPX/1/1}"

_POINT = [
    *("ele", "time", "magvar", "geoidheight", "name", "cmt", "desc", "src", "link", "sym", "type", "fix", "sat"),
    *("hdop", "vdop", "pdop", "ageofdgpsdata", "dgpsid", "extensions"),
]
_LINE = ["name", "cmt", "desc", "src", "link", "number", "type", "extensions"]

#: Element → its children in the order that the schema's sequence asks for.
CHILDREN = {
    "gpx": ["metadata", "wpt", "rte", "trk", "extensions"],
    "metadata": ["name", "desc", "author", "copyright", "link", "time", "keywords", "bounds", "extensions"],
    "wpt": _POINT,
    "rtept": _POINT,
    "trkpt": _POINT,
    "rte": [*_LINE, "rtept"],
    "trk": [*_LINE, "trkseg"],
    "trkseg": ["trkpt", "extensions"],
}
REPEATED = {"wpt", "rte", "trk", "rtept", "trkpt", "trkseg", "link"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def faults_of_gpx(document: bytes) -> list[str]:
    """Return what in `document` the schema does not allow; an empty list is a document that opens anywhere."""
    root = ET.fromstring(document)
    if root.tag != f"{NAMESPACE}gpx":
        return [f"the root is {root.tag}"]
    faults = [] if root.get("version") == "1.1" and root.get("creator") else ["version or creator is missing"]
    return faults + _faults(root)


def _faults(element: ET.Element) -> list[str]:
    name = element.tag.removeprefix(NAMESPACE)
    faults = []
    if name in ("wpt", "rtept", "trkpt"):
        lat, lon = float(element.get("lat", "nan")), float(element.get("lon", "nan"))
        if not (-90 <= lat <= 90 and -180 <= lon < 180) or set(element.attrib) != {"lat", "lon"}:
            faults.append(f"{name}: {element.attrib}")
    if name == "time" and not _TIME.fullmatch(element.text or ""):
        faults.append(f"time: {element.text}")
    expected = CHILDREN.get(name, [])
    tags = [child.tag.removeprefix(NAMESPACE) for child in element]
    faults += [f"{name} holds {tag}" for tag in tags if tag not in expected]
    order = [expected.index(tag) for tag in tags if tag in expected]
    if order != sorted(order):
        faults.append(f"{name}: wrong order {tags}")
    faults += [f"{name}: {tag} twice" for tag in set(tags) - REPEATED if tags.count(tag) > 1]
    return faults + [fault for child in element for fault in _faults(child)]

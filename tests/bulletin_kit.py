"""What the tests of sheets share: facts and planners on coarse cells, and a rendered page looked at as an image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pypdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from assessment_kit import coarse_domain

from api.base.access import OPERATOR, Caller, Kind
from api.base.assessments import today
from api.base.service import Service, Snapshot
from api.base.settings import Settings
from api.bulletin.page import HEIGHT, PRINTED, Area, Box, Dot, Line, Page, Text
from api.bulletin.pdf import write_pdf
from api.bulletin.places import find_unit
from api.bulletin.unit_facts import UnitFacts, gather_unit
from api.roads.planners import ReadyPlanner, make_ready
from geo.boundaries.importing import read_units
from geo.boundaries.regions import Boundaries
from geo.incidents.schema import HazardType
from models.risk.assessing import assess
from models.risk.assessment import Assessment
from models.risk.target import Target
from models.routes.planner import RoutePlanner
from models.routes.road_risk import RoadRisk

IMPORTED = "official"
_SCALE = 3.0  # pixels per point
_MM = 72 / 25.4
#: Least contrast of text to its ground (WCAG 2.2, 1.4.3).
_LEAST_CONTRAST = 4.5
#: Millimetres that two texts, or a text and its box, may be off: rounding in the PDF.
_TOUCH = 0.12


@dataclass(frozen=True)
class Installation:
    """A service with its assessment and its roads."""

    service: Service
    snapshot: Snapshot
    assessment: Assessment
    ready: ReadyPlanner

    def facts(self, unit_id: str, caller: Caller = OPERATOR, vintage: str | None = None) -> UnitFacts:
        ready = self.ready if caller.may(Kind.ROUTES) else None
        place = find_unit(self.snapshot.boundaries, unit_id, vintage)
        return gather_unit(self.service.store, self.snapshot, place, self.assessment, ready, caller, today())


def with_imported_vintage(home: Path) -> Service:
    """Return a service of the synthetic default with a vintage `IMPORTED`: regions and cercles with very long names."""
    settings = Settings(home=home, store="", lang="fr")
    service = Service(settings)
    shipped = Boundaries.shipped()
    codes = shipped.units("region", "2015")["pcode"]
    for level, number in (("region", 1), ("cercle", 2)):
        units = shipped.units(level, "2015")
        columns = {f"ADM{number}_FR": units["name"].map(_long), f"ADM{number}_PCODE": units["pcode"]}
        if level == "cercle":
            columns |= {"ADM1_PCODE": units["parent_id"].map(codes)}
        path = home / f"{level}.gpkg"
        gpd.GeoDataFrame(columns, geometry=units.geometry).to_file(path)
        service.store.add_vintage(IMPORTED, read_units(path, IMPORTED, level).units, {"file": path.name})
    service.close()
    service = Service(settings)
    snapshot = service.read_snapshot()
    service.shelf.keep(
        assess(
            service.store.incidents(hazards=tuple(HazardType)),
            snapshot.boundaries,
            target=Target.IED,
            as_of=today(),
            revision=snapshot.revision,
            domain=coarse_domain(snapshot.boundaries),
        )
    )
    return service


def _long(name: str) -> str:
    return f"Circonscription administrative spéciale d’expérimentation de {name} et des environs immédiats"[:120]


@contextmanager
def installed(service: Service, target: Target = Target.IED) -> Iterator[Installation]:
    """Give an installation whose roads are fitted on coarse cells, as its assessment is."""
    snapshot = service.read_snapshot()
    assessment = service.shelf.get(snapshot.revision, target)
    assert assessment is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RoutePlanner, "build", partial(RoutePlanner.build, domain=coarse_domain(snapshot.boundaries)))
        patch.setattr(RoadRisk, "alpha", lambda _: 1.0)  # not to be had from coarse cells: Bamako has none
        ready = make_ready(service.store, snapshot.boundaries, assessment, service.settings.home)
        yield Installation(service, snapshot, assessment, ready)
    service.close()


def text_of(body: bytes) -> str:
    """Return the text of a PDF of one page, its lines joined by spaces."""
    reader = pypdf.PdfReader(BytesIO(body))
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


def seen_faults(page: Page, keep: Path | None = None) -> list[str]:
    """Render a page and return what a person would see wrong: ink in the margin, texts over each other, pale ones."""
    document = pypdfium2.PdfDocument(write_pdf(page))
    sheet = document[0]
    image = sheet.render(scale=_SCALE)
    pixels = np.asarray(image.to_pil().convert("RGB"))
    if keep is not None:
        image.to_pil().save(keep)
    found = _ink_in_margin(pixels)
    words = sheet.get_textpage()
    boxes = [
        (item.extract(), box)
        for item in sheet.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], textpage=words)
        if (box := _in_mm(item.get_bounds())).width > 0 and box.height > 0
    ]
    frames = [text.frame for text in page.texts]
    for number, (text, box) in enumerate(boxes):
        if not any(_widened(frame).holds(box) for frame in frames):
            found.append(f"{text!r} is drawn outside of every frame")
        found += [
            f"{text!r} is drawn over {other!r}" for other, more in boxes[number + 1 :] if _shrunk(box).meets(more)
        ]
        if _contrast(pixels, box) < _LEAST_CONTRAST:
            found.append(f"{text!r} is hard to read: contrast {_contrast(pixels, box):.1f}")
    document.close()
    return found


def _in_mm(bounds: tuple[float, float, float, float]) -> Box:
    left, bottom, right, top = (value / _MM for value in bounds)
    return Box(left, HEIGHT - top, right, HEIGHT - bottom)


def _widened(box: Box) -> Box:
    return Box(box.left - _TOUCH, box.top - _TOUCH, box.right + _TOUCH, box.bottom + _TOUCH)


def _shrunk(box: Box) -> Box:
    return Box(box.left + _TOUCH, box.top + _TOUCH, box.right - _TOUCH, box.bottom - _TOUCH)


def _ink_in_margin(pixels: np.ndarray) -> list[str]:
    scale = _SCALE * _MM
    left, top = round((PRINTED.left - 0.5) * scale), round((PRINTED.top - 0.5) * scale)
    right, bottom = round((PRINTED.right + 0.5) * scale), round((PRINTED.bottom + 0.5) * scale)
    margin = np.ones(pixels.shape[:2], dtype=bool)
    margin[top:bottom, left:right] = False
    return ["ink in the margin"] if (pixels[margin] < 252).any() else []


def _contrast(pixels: np.ndarray, box: Box) -> float:
    """The contrast of the darkest to the lightest of what is in a box: text that is covered, or pale, has none."""
    scale = _SCALE * _MM
    part = pixels[
        max(int(box.top * scale) - 1, 0) : int(box.bottom * scale) + 2,
        max(int(box.left * scale) - 1, 0) : int(box.right * scale) + 2,
    ]
    part = part / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    light = linear @ [0.2126, 0.7152, 0.0722]
    return float((light.max() + 0.05) / (light.min() + 0.05))


def faults(page: Page) -> list[str]:
    """Return what is wrong with the layout: empty where every text stays in its frame and clear of the others."""
    found = []
    texts = [text for text in page.texts if text.text]
    boxes = [text.box for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        if not (text.frame.holds(box) and PRINTED.holds(box)):
            found.append(f"{text.text!r} leaves its frame: {box} not in {text.frame}")
    order = sorted(range(len(texts)), key=lambda number: boxes[number].top)
    for position, first in enumerate(order):
        for second in order[position + 1 :]:
            if boxes[second].top >= boxes[first].bottom:
                break
            if boxes[first].meets(boxes[second]):
                found.append(f"{texts[first].text!r} meets {texts[second].text!r}")
    found += _covered(page)
    drawn = [item for item in page.items if isinstance(item, Line | Area)]
    outside = [item for item in drawn if not all(PRINTED.holds(Box(x, y, x, y)) for x, y in item.points)]
    return [*found, *(f"{type(item).__name__} leaves the page" for item in outside)]


def _covered(page: Page) -> list[str]:
    """Name the texts that something is drawn over: an area that is not see-through, or a dot."""
    found = []
    before: list[tuple[Text, Box]] = []
    for item in page.items:
        if isinstance(item, Text):
            before.append((item, item.box))
        elif isinstance(item, Dot) or (isinstance(item, Area) and item.opacity == 1.0):
            cover = _around(item)
            found += [f"{text.text!r} is covered by {type(item).__name__}" for text, box in before if box.meets(cover)]
    return found


def _around(item: Area | Dot) -> Box:
    if isinstance(item, Dot):
        return Box(item.x - item.radius, item.y - item.radius, item.x + item.radius, item.y + item.radius)
    x, y = [point[0] for point in item.points], [point[1] for point in item.points]
    return Box(min(x), min(y), max(x), max(y))

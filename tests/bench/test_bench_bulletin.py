"""How long a bulletin takes that nobody asked for before, and with the whole font given to fpdf2, not a cut one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from bulletin_kit import installed
from exports_kit import synthetic_service

from api.bulletin import pdf
from api.bulletin.fonts import face
from api.bulletin.pdf import write_pdf
from api.bulletin.unit_page import unit_page

#: CPU seconds that a warm bulletin may take.
_MOST_S = 0.3
_CERCLES = 16

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


@pytest.mark.bench
def test_a_warm_bulletin_is_made_in_under_300_ms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: dict[str, list[float]] = {name: [] for name in ("facts", "page", "PDF", "whole")}
    with installed(synthetic_service(tmp_path)) as here:
        write_pdf(unit_page(here.facts("cercle-bandiagara"), "fr"))
        cercles = here.snapshot.boundaries.units("cercle", "2016").index.drop("cercle-bandiagara")
        for unit_id in cercles[:: len(cercles) // _CERCLES][:_CERCLES]:
            took, facts = timed(lambda unit_id=unit_id: here.facts(str(unit_id)))  # type: ignore[misc]
            parts["facts"].append(took)
            took, page = timed(lambda facts=facts: unit_page(facts, "fr"))  # type: ignore[misc]
            parts["page"].append(took)
            took, body = timed(lambda page=page: write_pdf(page))  # type: ignore[misc]
            parts["PDF"].append(took)
            with monkeypatch.context() as patch:
                patch.setattr(pdf, "subset_font", lambda _, *, bold: face(bold=bold).path.read_bytes())
                took, whole = timed(lambda page=page: write_pdf(page))  # type: ignore[misc]
            parts["whole"].append(took)
            assert abs(len(whole) / len(body) - 1) < 0.1
    total = statistics.median(map(sum, zip(parts["facts"], parts["page"], parts["PDF"], strict=True)))
    facts_s, page_s, pdf_s, whole_s = (statistics.median(taken) for taken in parts.values())
    print(
        f"\nbulletin of another cercle, CPU: {total * 1000:.0f} ms (facts {facts_s * 1000:.0f}, page "
        f"{page_s * 1000:.0f}, PDF {pdf_s * 1000:.0f}); fpdf2 with the whole font: PDF {whole_s * 1000:.0f} ms, ratio "
        f"{whole_s / pdf_s:.1f}"
    )
    assert total < _MOST_S

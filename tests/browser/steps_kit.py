"""How long steps of the map take: the same steps several times over, so that each is told apart from what else runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Page

#: How often a row of steps is taken. On a machine that others share, any single time may be theirs; the middle of
#: five is the step's own, its garbage collection included where that comes with the step.
ROUNDS = 5
#: What the issue allows a step, in milliseconds.
LIMIT_MS = 100
#: The views in which the map is moved.
ZOOMS = (5.5, 7, 9, 11, 12)

#: From the event to the end of the frame that shows what it changed.
_TAKEN = """(act) => new Promise((resolve) => {
    const started = performance.now();
    act();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
})"""
_SLIDE = f"""async (months) => {{
    const taken = {_TAKEN};
    const slider = document.getElementById("sira-slider");
    const times = [];
    for (const month of months) {{
        times.push(await taken(() => {{
            slider.value = Sira.monthNumber(month);
            slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
        }}));
    }}
    return times;
}}"""
_PAN = f"""async (zooms) => {{
    const taken = {_TAKEN};
    const times = [];
    for (const zoom of zooms) {{
        map_sira.setView([14.5, -4.2], zoom, {{ animate: false }});
        await new Promise((resolve) => setTimeout(resolve, 250));
        for (let i = 0; i < 6; i += 1) {{
            times.push(await taken(() => map_sira.panBy([60, 0], {{ animate: false }})));
        }}
    }}
    return times;
}}"""


@dataclass(frozen=True)
class Steps:
    """The milliseconds of each step in each round."""

    rounds: tuple[tuple[float, ...], ...]

    @property
    def slowest(self) -> float:
        """The longest that any step takes, each step at the middle of its rounds."""
        return max(median(times) for times in zip(*self.rounds, strict=True))

    def say(self, what: str) -> None:
        """Print the figures: of single times, and of the slowest step."""
        every = [time for times in self.rounds for time in times]
        print(
            f"{what}: median {median(every):.0f} ms, slowest step {self.slowest:.0f} ms,"
            f" slowest single time {max(every):.0f} ms (of {len(every)})"
        )


def sliding(page: Page, months: Sequence[str]) -> Steps:
    """Move the time slider so that the period ends with each month in turn."""
    return Steps(tuple(tuple(page.evaluate(_SLIDE, list(months))) for _ in range(ROUNDS)))


def panning(page: Page, zooms: Sequence[float] = ZOOMS) -> Steps:
    """Move the map by 60 pixels, six times at each zoom; going to a zoom is no step."""
    return Steps(tuple(tuple(page.evaluate(_PAN, list(zooms))) for _ in range(ROUNDS)))

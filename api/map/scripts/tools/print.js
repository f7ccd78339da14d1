/* The map as a sheet of paper, A4 or A3 landscape: what is seen on the screen is what is printed. */
import { byId, el, find, svg } from "../base/dom.js";
import { pastTitle } from "../base/forecast.js";
import { ageText, deviceText, markText, periodText, sourcesText } from "../base/phrases.js";
import { formatDate, t, wordFor } from "../base/text.js";

/** @type {("a4" | "a3")[]} */
const PAPERS = ["a4", "a3"];
/* How a legend is laid out, the first that fits: columns, and the size of its letters in pixels. */
const LAYOUTS = [
  [1, 12],
  [1, 11],
  [1, 10],
  [2, 11],
  [2, 10],
  [2, 9],
  [3, 9],
  [3, 8],
];

/**
 * What stands on a sheet: what is shown, of which devices, boundaries and period, how old, and from where.
 * @param {View} view
 */
export function sheetOf({ choice, about, riskAbout }) {
  const isExpected = choice.measure === "expected";
  /* A forecast says itself what it is of. */
  const what = isExpected ? t("legend_risk") : `${t(`measure_${choice.measure}`)} – ${deviceText(choice)}`;
  const units = `${wordFor("level", choice.level)}, ${t("vintage_of", { vintage: choice.vintage })}`;
  const period = isExpected && riskAbout ? riskAbout.period : about.period;
  const title = `${what} – ${units}, ${periodText(period)}`;
  return {
    title: isExpected && riskAbout ? pastTitle(riskAbout, title) : title,
    lines: [
      el("p", { class: "sira-strong" }, t("not_safety")),
      about.synthetic ? markText(t("banner")) : null,
      el("p", {}, t("printed", { date: formatDate(new Date().toISOString()), age: ageText(about) })),
      el("p", {}, t("sources_are", { sources: sourcesText(about.sources) })),
    ].filter(Boolean),
  };
}

/* Paper cannot be scrolled: a legend that is cut off is one that is not there. */
function fitLegend() {
  const legend = byId("sira-legend");
  for (const [columns, size] of LAYOUTS) {
    document.body.style.setProperty("--legend-columns", String(columns));
    document.body.style.setProperty("--legend-size", `${size}px`);
    if (legend.scrollHeight <= legend.clientHeight) {
      return;
    }
  }
}

/** The sheet's controls; `describe` gives the words that stand on it: title, lines. */
export function makePrint(map, describe, redraw) {
  let before = null;

  function arrow() {
    return svg(
      "svg",
      { viewBox: "0 0 40 60", class: "sira-north", role: "img", "aria-label": t("north") },
      svg("path", { d: "M20 2 32 44 20 36 8 44Z" }),
      svg("text", { x: 20, y: 59, "text-anchor": "middle" }, "N")
    );
  }

  function fit(bounds) {
    map.invalidateSize({ animate: false, pan: false });
    map.fitBounds(bounds, { animate: false });
  }

  function refit() {
    fitLegend();
    /* A country's frame fits in any paper; the part seen before stays in it. */
    fit(before.bounds.pad(-0.02));
  }

  /* A layer whose answer comes late has a legend, too. */
  const changes = new MutationObserver(() => before && refit());
  const legend = byId("sira-legend");

  function lay(paper) {
    before = before || {
      bounds: map.getBounds(),
      center: map.getCenter(),
      zoom: map.getZoom(),
      hadLegend: legend.open,
      opener: document.activeElement,
    };
    document.body.dataset.paper = paper;
    const { title, lines } = describe();
    byId("sira-sheet-title").textContent = title;
    byId("sira-sheet-lines").replaceChildren(...lines);
    byId("sira-sheet-north").replaceChildren(arrow());
    legend.open = true;
    redraw();
    refit();
    byId("sira-sheet-print").focus();
    changes.observe(byId("sira-legend-body"), { childList: true, subtree: true });
  }

  function clear() {
    if (!before) {
      return;
    }
    const { center, zoom, hadLegend, opener } = before;
    before = null;
    changes.disconnect();
    delete document.body.dataset.paper;
    find(".sira-notes").open = false;
    legend.open = hadLegend;
    redraw();
    map.invalidateSize({ animate: false, pan: false });
    map.setView(center, zoom, { animate: false });
    opener.focus();
  }

  for (const paper of PAPERS) {
    byId(`sira-print-${paper}`).addEventListener("click", () => lay(paper));
  }
  byId("sira-sheet-print").addEventListener("click", () => window.print());
  byId("sira-sheet-close").addEventListener("click", clear);
  document.addEventListener("keydown", (event) => event.key === "Escape" && clear());
  /* Whoever prints from the browser's own menu gets a sheet as well. */
  let isOwn = false;
  window.addEventListener("beforeprint", () => {
    isOwn = !before;
    if (isOwn) {
      lay("a4");
    }
  });
  window.addEventListener("afterprint", () => isOwn && clear());
  return { lay, clear };
}

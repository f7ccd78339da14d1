/* The legend and the notes on the page's face: what colours and sizes mean, how old the data are, what is not known. */
import { byId, el, find, svg, updateChildren } from "../base/dom.js";
import { caveatsOf, drawPast, expectedText, noticesOf, pastTitle } from "../base/forecast.js";
import { isCircled } from "../base/measures.js";
import {
  ageText,
  conflictText,
  deviceText,
  leftOutText,
  markText,
  periodText,
  smallText,
  sourcesText,
} from "../base/phrases.js";
import { formatDate, formatNumber, formatPercent, t } from "../base/text.js";
import { airstripLine, areaLines, shapePath } from "../map/areas.js";
import {
  bandLabels,
  borderColour,
  classLabels,
  classOf,
  conflictRadius,
  fillOf,
  radiusOf,
  roundSteps,
  styleOf,
} from "../map/style.js";

const title = (text) => el("p", { class: "sira-legend-title" }, text);
const line = (mark, text) => el("li", {}, mark, el("span", {}, text));

function swatch(fill, drawing) {
  const shape = { x: 1, y: 1, width: 24, height: 14, fill, stroke: borderColour(), "stroke-width": 0.8, ...drawing };
  return svg("svg", { width: 26, height: 16, class: "sira-swatch", "aria-hidden": "true" }, svg("rect", shape));
}

/** @param {Drawing} drawing */
function stroke({ color, weight, dashArray }) {
  const shape = {
    x1: 1,
    x2: 25,
    y1: 8,
    y2: 8,
    stroke: color,
    "stroke-width": weight,
    "stroke-dasharray": dashArray || "none",
  };
  return svg("svg", { width: 26, height: 16, class: "sira-swatch", "aria-hidden": "true" }, svg("line", shape));
}

function disc(radius, name) {
  const { color, fillColor, fillOpacity, weight } = styleOf(name);
  const size = 2 * radius + 4;
  return svg(
    "svg",
    { width: size, height: size, class: "sira-swatch", "aria-hidden": "true" },
    svg("circle", {
      cx: size / 2,
      cy: size / 2,
      r: radius,
      fill: fillColor,
      "fill-opacity": fillOpacity,
      stroke: color,
      "stroke-width": weight,
    })
  );
}

/** @param {Drawing} drawing */
const painted = ({ color, weight, fillColor, fillOpacity, dashArray }) => ({
  stroke: color,
  "stroke-width": weight,
  fill: fillColor,
  "fill-opacity": fillOpacity,
  ...(dashArray && { "stroke-dasharray": dashArray }),
});

/** A hazardous area of a group of statuses as its symbol, and as its outline where that can be seen. */
function areaMark(group) {
  const outline = svg("rect", { x: 24, y: 3, width: 20, height: 14, ...painted(styleOf(`hazard_${group}`)) });
  const symbol = svg("path", { d: shapePath(group, 10, 10), ...painted(styleOf(`symbol_${group}`)) });
  return svg("svg", { width: 46, height: 20, class: "sira-swatch", "aria-hidden": "true" }, symbol, outline);
}

function airstripMark() {
  const symbol = svg("path", { d: shapePath("airstrip", 8, 8), ...painted(styleOf("airstrip")) });
  return svg("svg", { width: 16, height: 16, class: "sira-swatch", "aria-hidden": "true" }, symbol);
}

const none = () => line(swatch(fillOf("none")), t("legend_none"));

/** Of which devices and when what is counted was recorded. */
const recorded = ({ choice, about }) => smallText(`${deviceText(choice)}, ${periodText(about.period)}`);

function rates(view) {
  const norate = view.units.some((unit) => classOf(unit, "rate") === "norate");
  return [
    title(t("legend_title")),
    recorded(view),
    el(
      "ul",
      {},
      classLabels().map(([kind, text]) => line(swatch(fillOf(kind)), text)),
      norate ? line(swatch(fillOf("norate")), t("legend_norate")) : null,
      none()
    ),
  ];
}

/** What the rates are made of: said below, where the legend is opened. */
function ratesNotes(view) {
  const years = [...new Set(view.units.map((unit) => unit.population_year).filter(Boolean))];
  return [
    smallText(t("legend_breaks")),
    years.length ? smallText(t("legend_denominator", { year: years.join(", ") })) : null,
  ];
}

function circles(view, measure) {
  return [
    title(t(`legend_${measure}`)),
    recorded(view),
    el(
      "ul",
      { class: "sira-row" },
      roundSteps(view.most).map((count) => line(disc(radiusOf(count, view.most), "circle"), formatNumber(count)))
    ),
    el("ul", {}, line(swatch(fillOf("counted")), t("legend_counted")), none()),
    smallText(t("legend_raw")),
  ];
}

/** The classes of areas, with what their limits are of. */
const areas = (about) => [
  smallText(about.scale.unit),
  el(
    "ul",
    {},
    bandLabels(about).map(([kind, text]) => line(swatch(fillOf(kind)), text))
  ),
  about.scale.note ? smallText(about.scale.note) : null,
];

const roadMark = (band) => stroke(styleOf(band === "not_assessed" ? "axis_unknown" : `axis_${band}`));

/** The classes of roads, which a route's stretches have, too. */
export const roadClasses = (about) => [
  smallText(about.scale.unit),
  el(
    "ul",
    {},
    bandLabels(about).map(([band, text]) => line(roadMark(band), text))
  ),
];

function expected(about) {
  if (!about) {
    return [title(t("legend_risk")), el("ul", {}, line(swatch(fillOf("not_assessed")), t("not_assessed")))];
  }
  return [
    title(pastTitle(about, t("legend_risk"))),
    smallText(expectedText(about)),
    ...noticesOf(about).map(markText),
    ...areas(about),
    smallText(t("forecast_note")),
    smallText(t("legend_interval")),
    smallText(about.caveat),
  ];
}

/* Beside the forecast of the units, whose words are mostly the same, only what differs is said. */
function cells(about, { choice, riskAbout }) {
  const said = choice.measure === "expected" ? expected(riskAbout).filter(Boolean) : [];
  const more = expected(about)
    .slice(1)
    .filter((part) => part && !said.some((other) => other?.isEqualNode(part)));
  return [title(pastTitle(about, t("legend_cells"))), ...more];
}

const OTHERS = {
  cells: (about, view) => (about ? cells(about, view) : []),
  hotspots: (about) => [
    title(t("legend_hotspots")),
    el(
      "ul",
      {},
      ["emerging", "persistent", "fading"].map((kind) => line(stroke(styleOf(`hotspot_${kind}`)), t(`pattern_${kind}`)))
    ),
    about && smallText(about.caveat),
  ],
  conflict: (_, view) => [
    title(t("legend_conflict")),
    smallText(conflictText(view.about.conflict)),
    view.about.conflict.source
      ? el(
          "ul",
          { class: "sira-row" },
          [10, 100].map((count) => line(disc(conflictRadius(count), "conflict"), formatNumber(count)))
        )
      : null,
  ],
  incidents: (_, view) => [
    title(t("layer_incidents")),
    view.choice.measure === "expected" ? recorded(view) : null,
    el("ul", {}, line(disc(5, "incident"), t("precision_exact")), line(disc(5, "incident_near"), t("precision_other"))),
    leftOutText(view.drawnPoints),
    view.drawnPoints?.unplaced ? smallText(t("unplaced", { count: formatNumber(view.drawnPoints.unplaced) })) : null,
  ],
  axes: (about) => [
    title(about ? pastTitle(about, t("legend_axes")) : t("legend_axes")),
    about && smallText(expectedText(about)),
    ...(about ? roadClasses(about) : []),
    about && smallText(caveatsOf(about)[0]),
  ],
  hazards: (about, { layerOf }) => [
    title(t("layer_hazards")),
    el(
      "ul",
      {},
      areaLines(layerOf("hazards")).map(([group, text]) => line(areaMark(group), text))
    ),
    smallText(t("legend_symbols")),
    about && smallText(about.caveat),
  ],
  airstrips: (_, { layerOf }) => [el("ul", {}, line(airstripMark(), airstripLine(layerOf("airstrips"))))],
  roads: () => [smallText(t("schematic"))],
};

const OVER_UNITS = ["cells", "axes"];

const isOnPaper = () => Boolean(document.body.dataset.paper);

/* Drawn anew with each choice, the notes stay as open as they are. */
function notesOpen() {
  const notes = find(".sira-notes");
  return Boolean(isOnPaper() || (notes && notes.open));
}

/**
 * Draw the legend of the measure and of the layers that are on.
 * @param {View} view
 */
export function drawLegend(view) {
  const { measure } = view.choice;
  const main =
    measure === "expected" ? expected(view.riskAbout) : isCircled(measure) ? circles(view, measure) : rates(view);
  const told = (names) =>
    names.filter((name) => view.isOn(name)).flatMap((name) => OTHERS[name](view.aboutOf(name), view));
  /* What lies over the units in classes of its own is told before theirs. */
  const above = told(OVER_UNITS);
  const others = told(Object.keys(OTHERS).filter((name) => !OVER_UNITS.includes(name)));
  const forecasts = OVER_UNITS.filter((name) => view.isOn(name)).map(view.aboutOf);
  drawPast([measure === "expected" ? view.riskAbout : null, ...forecasts]);
  updateChildren(
    byId("sira-legend-body"),
    [
      ...above,
      ...main,
      ...others,
      /* A sheet has this sentence and the sources among its own lines. */
      isOnPaper() ? null : el("p", { class: "sira-strong" }, t("not_safety")),
      el(
        "details",
        { class: "sira-notes", open: notesOpen() },
        el("summary", {}, t("legend_notes")),
        measure === "rate" ? ratesNotes(view) : null,
        isOnPaper() ? null : smallText(t("sources_are", { sources: sourcesText(view.about.sources) })),
        smallText(t("attribution"))
      ),
    ].filter(Boolean)
  );
}

/**
 * The data's age, revision and whether any of it is synthetic, on the face of the page.
 * @param {About} about
 */
export function drawFace(about) {
  byId("sira-banner").hidden = !about.synthetic;
  byId("sira-age").textContent = ageText(about);
}

/** The published national figures, each with its period, definition and source. */
export function drawFigures(figures) {
  const value = (figure) =>
    figure.unit.startsWith("share") ? formatPercent(figure.value) : formatNumber(figure.value, 0);
  const period = (figure) =>
    figure.end
      ? t("figure_between", { start: formatDate(figure.start), end: formatDate(figure.end) })
      : t("figure_since", { start: formatDate(figure.start) });
  byId("sira-figures-body").replaceChildren(
    ...figures.map((figure) =>
      el(
        "li",
        {},
        el("strong", {}, value(figure)),
        ` ${figure.definition}`,
        el("span", { class: "sira-small" }, `${figure.area}, ${period(figure)}. ${figure.source}`)
      )
    )
  );
}

/* The legend and the notes on the page's face: what colours and sizes mean, how old the data are, what is not known. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const title = (text) => Sira.el("p", { class: "sira-legend-title" }, text);
  const line = (mark, text) => Sira.el("li", {}, mark, Sira.el("span", {}, text));

  function swatch(fill, drawing) {
    const shape = { x: 1, y: 1, width: 24, height: 14, fill, stroke: Sira.border(), "stroke-width": 0.8, ...drawing };
    return Sira.svg(
      "svg",
      { width: 26, height: 16, class: "sira-swatch", "aria-hidden": "true" },
      Sira.svg("rect", shape)
    );
  }

  function stroke({ color, weight, dashArray }) {
    const shape = { x1: 1, x2: 25, y1: 8, y2: 8, stroke: color, "stroke-width": weight, "stroke-dasharray": dashArray || "none" };
    return Sira.svg("svg", { width: 26, height: 16, class: "sira-swatch", "aria-hidden": "true" }, Sira.svg("line", shape));
  }

  function disc(radius, name) {
    const { color, fillColor, fillOpacity, weight } = Sira.drawing(name);
    const size = 2 * radius + 4;
    return Sira.svg(
      "svg",
      { width: size, height: size, class: "sira-swatch", "aria-hidden": "true" },
      Sira.svg("circle", {
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

  const painted = ({ color, weight, fillColor, fillOpacity, dashArray }) => ({
    stroke: color,
    "stroke-width": weight,
    fill: fillColor,
    "fill-opacity": fillOpacity,
    ...(dashArray && { "stroke-dasharray": dashArray }),
  });

  /** A hazardous area of a group of statuses as its symbol, and as its outline where that can be seen. */
  function areaMark(group) {
    const outline = Sira.svg("rect", { x: 24, y: 3, width: 20, height: 14, ...painted(Sira.drawing(`hazard_${group}`)) });
    const symbol = Sira.svg("path", { d: Sira.shapePath(group, 10, 10), ...painted(Sira.drawing(`symbol_${group}`)) });
    return Sira.svg("svg", { width: 46, height: 20, class: "sira-swatch", "aria-hidden": "true" }, symbol, outline);
  }

  function airstripMark() {
    const symbol = Sira.svg("path", { d: Sira.shapePath("airstrip", 8, 8), ...painted(Sira.drawing("airstrip")) });
    return Sira.svg("svg", { width: 16, height: 16, class: "sira-swatch", "aria-hidden": "true" }, symbol);
  }

  const none = () => line(swatch(Sira.fillOf("none")), Sira.t("legend_none"));

  /** Of which devices and when what is counted was recorded. */
  const recorded = ({ choice, about }) => Sira.small(`${Sira.deviceText(choice)}, ${Sira.periodText(about.period)}`);

  function rates(view) {
    const norate = view.units.some((unit) => Sira.classOf(unit, "rate") === "norate");
    return [
      title(Sira.t("legend_title")),
      recorded(view),
      Sira.el(
        "ul",
        {},
        Sira.classLabels().map(([kind, text]) => line(swatch(Sira.fillOf(kind)), text)),
        norate ? line(swatch(Sira.fillOf("norate")), Sira.t("legend_norate")) : null,
        none()
      ),
    ];
  }

  /** What the rates are made of: said below, where the legend is opened. */
  function ratesNotes(view) {
    const years = [...new Set(view.units.map((unit) => unit.population_year).filter(Boolean))];
    return [
      Sira.small(Sira.t("legend_breaks")),
      years.length ? Sira.small(Sira.t("legend_denominator", { year: years.join(", ") })) : null,
    ];
  }

  function circles(view, measure) {
    return [
      title(Sira.t(`legend_${measure}`)),
      recorded(view),
      Sira.el(
        "ul",
        { class: "sira-row" },
        Sira.roundSteps(view.most).map((count) => line(disc(Sira.radiusOf(count, view.most), "circle"), Sira.number(count)))
      ),
      Sira.el("ul", {}, line(swatch(Sira.fillOf("counted")), Sira.t("legend_counted")), none()),
      Sira.small(Sira.t("legend_raw")),
    ];
  }

  /** The classes of areas, with what their limits are of. */
  const areas = (about) => [
    Sira.small(about.scale.unit),
    Sira.el("ul", {}, Sira.bandLabels(about).map(([kind, text]) => line(swatch(Sira.fillOf(kind)), text))),
    about.scale.note ? Sira.small(about.scale.note) : null,
  ];

  const roadMark = (band) => stroke(Sira.drawing(band === "not_assessed" ? "axis_unknown" : `axis_${band}`));

  /** The classes of roads, which a route's stretches have, too. */
  Sira.roadClasses = (about) => [
    Sira.small(about.scale.unit),
    Sira.el("ul", {}, Sira.bandLabels(about).map(([band, text]) => line(roadMark(band), text))),
  ];

  function expected(about) {
    if (!about) {
      return [title(Sira.t("legend_risk")), Sira.el("ul", {}, line(swatch(Sira.fillOf("not_assessed")), Sira.t("not_assessed")))];
    }
    return [
      title(Sira.pastTitle(about, Sira.t("legend_risk"))),
      Sira.small(Sira.expectedText(about)),
      ...Sira.noticesOf(about).map(Sira.mark),
      ...areas(about),
      Sira.small(Sira.t("forecast_note")),
      Sira.small(Sira.t("legend_interval")),
      Sira.small(about.caveat),
    ];
  }

  /* Beside the forecast of the units, whose words are mostly the same, only what differs is said. */
  function cells(about, { choice, riskAbout }) {
    const said = choice.measure === "expected" ? expected(riskAbout).filter(Boolean) : [];
    const more = expected(about)
      .slice(1)
      .filter((part) => part && !said.some((other) => other.isEqualNode(part)));
    return [title(Sira.pastTitle(about, Sira.t("legend_cells"))), ...more];
  }

  const OTHERS = {
    cells: (about, view) => (about ? cells(about, view) : []),
    hotspots: (about) => [
      title(Sira.t("legend_hotspots")),
      Sira.el(
        "ul",
        {},
        ["emerging", "persistent", "fading"].map((kind) => line(stroke(Sira.drawing(`hotspot_${kind}`)), Sira.t(`pattern_${kind}`)))
      ),
      about && Sira.small(about.caveat),
    ],
    conflict: (_, view) => [
      title(Sira.t("legend_conflict")),
      Sira.small(Sira.conflictText(view.about.conflict)),
      view.about.conflict.source
        ? Sira.el("ul", { class: "sira-row" }, [10, 100].map((count) => line(disc(Sira.conflictRadius(count), "conflict"), Sira.number(count))))
        : null,
    ],
    incidents: (about, view) => [
      title(Sira.t("layer_incidents")),
      view.choice.measure === "expected" ? recorded(view) : null,
      Sira.el("ul", {}, line(disc(5, "incident"), Sira.t("precision_exact")), line(disc(5, "incident_near"), Sira.t("precision_other"))),
      view.unplaced ? Sira.small(Sira.t("unplaced", { count: Sira.number(view.unplaced) })) : null,
    ],
    axes: (about) => [
      title(about ? Sira.pastTitle(about, Sira.t("legend_axes")) : Sira.t("legend_axes")),
      about && Sira.small(Sira.expectedText(about)),
      ...(about ? Sira.roadClasses(about) : []),
      about && Sira.small(Sira.caveatsOf(about)[0]),
    ],
    hazards: (about, { layerOf }) => [
      title(Sira.t("layer_hazards")),
      Sira.el("ul", {}, Sira.areaLines(layerOf("hazards")).map(([group, text]) => line(areaMark(group), text))),
      Sira.small(Sira.t("legend_symbols")),
      about && Sira.small(about.caveat),
    ],
    airstrips: (_, { layerOf }) => [Sira.el("ul", {}, line(airstripMark(), Sira.airstripLine(layerOf("airstrips"))))],
    roads: () => [Sira.small(Sira.t("schematic"))],
  };

  const OVER_UNITS = ["cells", "axes"];

  const isOnPaper = () => Boolean(document.body.dataset.paper);

  /* Drawn anew with each choice, the notes stay as open as they are. */
  function notesOpen() {
    const notes = document.querySelector(".sira-notes");
    return Boolean(isOnPaper() || (notes && notes.open));
  }

  /** Draw the legend of the measure and of the layers that are on. */
  Sira.drawLegend = function (view) {
    const { measure } = view.choice;
    const main = measure === "expected" ? expected(view.riskAbout) : Sira.isCircled(measure) ? circles(view, measure) : rates(view);
    const told = (names) => names.filter((name) => view.isOn(name)).flatMap((name) => OTHERS[name](view.aboutOf(name), view));
    /* What lies over the units in classes of its own is told before theirs. */
    const above = told(OVER_UNITS);
    const others = told(Object.keys(OTHERS).filter((name) => !OVER_UNITS.includes(name)));
    const forecasts = OVER_UNITS.filter((name) => view.isOn(name)).map(view.aboutOf);
    Sira.drawPast([measure === "expected" ? view.riskAbout : null, ...forecasts]);
    Sira.update(
      byId("sira-legend-body"),
      [
        ...above,
        ...main,
        ...others,
        /* A sheet has this sentence and the sources among its own lines. */
        isOnPaper() ? null : Sira.el("p", { class: "sira-strong" }, Sira.t("not_safety")),
        Sira.el(
          "details",
          { class: "sira-notes", open: notesOpen() },
          Sira.el("summary", {}, Sira.t("legend_notes")),
          measure === "rate" ? ratesNotes(view) : null,
          isOnPaper() ? null : Sira.small(Sira.t("sources_are", { sources: Sira.sourcesText(view.about.sources) })),
          Sira.small(Sira.t("attribution"))
        ),
      ].filter(Boolean)
    );
  };

  /** How old the data are: their last month, and how long ago that is. */
  Sira.ageText = function (about) {
    if (!about.data_until) {
      return Sira.t("age_unknown", { revision: about.revision });
    }
    const now = new Date();
    const months = now.getUTCFullYear() * 12 + now.getUTCMonth() - Sira.monthNumber(about.data_until.slice(0, 7));
    return Sira.t("age", { until: Sira.date(about.data_until), ago: Sira.monthsAgo(months), revision: about.revision });
  };

  /** The data's age, revision and whether any of it is synthetic, on the face of the page. */
  Sira.drawFace = function (about) {
    byId("sira-banner").hidden = !about.synthetic;
    byId("sira-age").textContent = Sira.ageText(about);
  };

  /** The published national figures, each with its period, definition and source. */
  Sira.drawFigures = function (figures) {
    const value = (figure) =>
      figure.unit.startsWith("share") ? Sira.percent(figure.value) : Sira.number(figure.value, 0);
    const period = (figure) =>
      figure.end
        ? Sira.t("figure_between", { start: Sira.date(figure.start), end: Sira.date(figure.end) })
        : Sira.t("figure_since", { start: Sira.date(figure.start) });
    byId("sira-figures-body").replaceChildren(
      ...figures.map((figure) =>
        Sira.el(
          "li",
          {},
          Sira.el("strong", {}, value(figure)),
          ` ${figure.definition}`,
          Sira.el("span", { class: "sira-small" }, `${figure.area}, ${period(figure)}. ${figure.source}`)
        )
      )
    );
  };

  /* How long a confirmation stands: long enough to be read. */
  const READ_MS = 5000;
  const READ_MS_A_LETTER = 70;
  let noted = 0;

  /** Confirm what the reader did. It ends by itself and leaves what was said of failures as it is. */
  Sira.note = function (text) {
    const note = byId("sira-note");
    note.textContent = text;
    clearTimeout(noted);
    noted = setTimeout(() => note.replaceChildren(), Math.max(READ_MS, READ_MS_A_LETTER * text.length));
  };

  /** Say what went wrong or is under way, which stands until it is over, or with "" that all is well. */
  Sira.say = function (text) {
    const status = byId("sira-status");
    status.textContent = text;
    status.hidden = !text;
  };
})((window.Sira = window.Sira || {}));

/* The choices beside the map, the legend, the published figures and the notes on the page's face. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);

  /** One line about a unit, for tooltips and the list of units. */
  Sira.unitSummary = function (unit) {
    if (!unit.events) {
      return `${unit.name} – ${Sira.t("no_report")}`;
    }
    if (unit.rate_per_100k_year === null || unit.rate_per_100k_year === undefined) {
      return `${unit.name} – ${Sira.t("events_no_rate", { events: Sira.number(unit.events) })}`;
    }
    return `${unit.name} – ${Sira.t("rate_short", { rate: Sira.number(unit.rate_per_100k_year, 2) })}`;
  };

  function months(first, last) {
    const found = [];
    for (let month = first; month <= last; month = Sira.monthAfter(month)) {
      found.push(month);
    }
    return found;
  }

  /** Fill the form's lists in the page's language and with the state's choices. */
  Sira.fillForm = function (settings, choice) {
    const { levels, hazards, span } = settings;
    Sira.fillSelect(
      byId("sira-level"),
      Object.keys(levels).map((level) => [level, Sira.t(`level_${level}`)]),
      choice.level
    );
    Sira.fillSelect(
      byId("sira-vintage"),
      levels[choice.level].map((name) => [name, Sira.word("vintage", name)]),
      choice.vintage
    );
    Sira.fillSelect(
      byId("sira-hazard"),
      [["", Sira.t("hazard_all")], ...hazards.map((code) => [code, Sira.word("hazard", code)])],
      choice.hazard
    );
    byId("sira-start").disabled = byId("sira-end").disabled = !span;
    if (!span) {
      return;
    }
    const list = months(span.start, span.end).map((month) => [month, Sira.month(month, "short")]);
    Sira.fillSelect(byId("sira-start"), list, choice.start);
    Sira.fillSelect(byId("sira-end"), list, choice.end);
  };

  /** List the drawn units by name: the way to each popup that needs no pointer. */
  Sira.fillUnits = function (collection) {
    const units = collection.features
      .map(({ id, properties }) => [id, properties])
      .sort(([, one], [, other]) => one.name.localeCompare(other.name, Sira.lang()));
    Sira.fillSelect(
      byId("sira-unit"),
      [["", Sira.t("choose_unit")], ...units.map(([id, unit]) => [id, Sira.unitSummary(unit)])],
      ""
    );
  };

  function swatch(fill, drawing) {
    const shape = { x: 1, y: 1, width: 24, height: 14, fill, stroke: "#5b4636", "stroke-width": 0.8, ...drawing };
    return Sira.svg(
      "svg",
      { width: 26, height: 16, class: "sira-swatch", "aria-hidden": "true" },
      Sira.svg("rect", shape)
    );
  }

  function disc(count) {
    const radius = Sira.circleRadius(count);
    const { color, fillColor, fillOpacity, weight } = Sira.drawing("conflict");
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

  const line = (mark, text) => Sira.el("li", {}, mark, Sira.el("span", {}, text));

  /** Draw the legend: classes with their limits, the two hatches, denominator, period and what no report means. */
  Sira.drawLegend = function (collection, shown) {
    const about = collection.sira;
    const years = new Set(
      collection.features.map((feature) => feature.properties.population_year).filter((year) => year)
    );
    const classes = Sira.classLabels().map(([kind, text]) => line(swatch(Sira.fillOf(kind)), text));
    const norate = collection.features.some((feature) => Sira.classOf(feature.properties) === "norate");
    byId("sira-legend-body").replaceChildren(
      Sira.el("p", { class: "sira-legend-title" }, Sira.t("legend_title")),
      Sira.el("p", { class: "sira-small" }, Sira.periodText(about.period)),
      Sira.el(
        "ul",
        {},
        classes,
        norate ? line(swatch(Sira.fillOf("norate")), Sira.t("legend_norate")) : null,
        line(swatch(Sira.fillOf("none")), Sira.t("legend_none"))
      ),
      ...(shown.includes("conflict")
        ? [
            Sira.el("p", { class: "sira-legend-title" }, Sira.t("legend_conflict")),
            Sira.el("p", { class: "sira-small" }, Sira.conflictText(about.conflict)),
            about.conflict.source
              ? Sira.el("ul", { class: "sira-row" }, [10, 100].map((count) => line(disc(count), Sira.number(count))))
              : "",
          ]
        : []),
      Sira.el("p", { class: "sira-strong" }, Sira.t("not_safety")),
      years.size ? Sira.el("p", { class: "sira-small" }, Sira.t("legend_denominator", { year: [...years].join(", ") })) : "",
      shown.includes("roads") ? Sira.el("p", { class: "sira-small" }, Sira.t("schematic")) : "",
      Sira.el("p", { class: "sira-small" }, Sira.t("attribution"))
    );
  };

  /** The data's age, revision and whether any of it is synthetic, on the face of the page. */
  Sira.drawFace = function (about) {
    byId("sira-banner").hidden = !about.synthetic;
    const until = about.data_until || (about.period && about.period.end && Sira.monthBefore(about.period.end.slice(0, 7)));
    byId("sira-age").textContent = until
      ? Sira.t("age", { until: Sira.date(until), revision: about.revision })
      : Sira.t("age_unknown", { revision: about.revision });
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

  /** Say what went wrong, or with "" that all is well. */
  Sira.say = function (text) {
    const status = byId("sira-status");
    status.textContent = text;
    status.hidden = !text;
  };
})((window.Sira = window.Sira || {}));

/* The panel of one unit: what was counted, what is expected and why, how well it is observed, and where to read on. */
(function (Sira) {
  "use strict";

  const TERMS = ["3_months", "12_months", "3_years", "older", "counted", "auxiliary", "rest"];
  const PLURAL = { region: "regions", cercle: "cercles", commune: "communes" };
  const { isNumber } = Sira;
  const part = (title, ...content) => Sira.el("section", {}, Sira.el("h3", {}, title), ...content);
  const signed = (value) => `${value < 0 ? "−" : "+"}${Sira.significant(Math.abs(value))}`;

  const denominator = (unit) =>
    isNumber(unit.population)
      ? Sira.t("denominator", { population: Sira.number(unit.population, 0), year: unit.population_year })
      : Sira.t("no_population");

  function eventsText(unit) {
    if (!unit.events) {
      return Sira.t("no_report");
    }
    return unit.events_spread
      ? Sira.t("partly_spread", { total: Sira.number(unit.events), spread: Sira.number(unit.events_spread) })
      : Sira.number(unit.events);
  }

  function countsPart(unit, view) {
    const land = (name) => (unit[name] ? Sira.number(unit[name], 0) : null);
    const { series } = view;
    return part(
      Sira.t("panel_counted"),
      Sira.small(`${Sira.deviceText(view.choice)}, ${Sira.periodText(view.about.period)}`),
      Sira.facts([
        [Sira.t("events"), eventsText(unit)],
        [Sira.t("rate"), isNumber(unit.rate_per_100k_year) ? Sira.number(unit.rate_per_100k_year, 2) : Sira.t("no_rate")],
        [Sira.t("denominator_label"), denominator(unit)],
        [Sira.t("killed"), unit.events ? Sira.number(unit.killed) : null],
        [Sira.t("injured"), unit.events ? Sira.number(unit.injured) : null],
        [Sira.t("civilians"), unit.events ? Sira.number(unit.civilians) : null],
        [Sira.t("last_event"), unit.last_event ? Sira.date(unit.last_event) : null],
        [Sira.t("land_suspected"), land("area_suspected_m2")],
        [Sira.t("land_confirmed"), land("area_confirmed_m2")],
        [Sira.t("land_released"), land("area_released_m2")],
        [Sira.t("conflict_apart"), unit.conflict_events ? Sira.number(unit.conflict_events) : null],
      ]),
      unit.events_spread ? Sira.small(Sira.t("spread_note")) : null,
      unit.conflict_events ? Sira.small(Sira.t("conflict_from", { origin: Sira.conflictText(view.about.conflict) })) : null,
      series ? Sira.trendPlot(series) : null,
      series ? Sira.el("p", {}, Sira.trendText(series)) : null
    );
  }

  function why(risk) {
    const shares = TERMS.map((term) => [term, risk[`share_${term}`]]).filter(([, share]) => Math.abs(share) >= 0.01);
    const list = Sira.el(
      "ul",
      { class: "sira-why" },
      shares
        .sort(([, one], [, other]) => other - one)
        .map(([term, share]) => {
          const bar = Sira.svg("svg", { viewBox: "0 0 100 8", class: "sira-share", "aria-hidden": "true", preserveAspectRatio: "none" });
          bar.append(Sira.svg("rect", { width: 100 * Math.min(Math.max(share, 0), 1), height: 8 }));
          return Sira.el("li", {}, Sira.el("span", {}, `${Sira.t(`why_${term}`)} `), Sira.el("strong", {}, Sira.percent(share)), bar);
        })
    );
    return shares.some(([, share]) => share < 0) ? [list, Sira.small(Sira.t("why_negative"))] : [list];
  }

  /** What changed since an earlier forecast; where that is not clear, only that, and what was expected then. */
  function change(risk) {
    if (risk.change_direction === "unclear") {
      return Sira.t("risk_change_unclear", { before: Sira.significant(risk.before) });
    }
    const parts = ["new", "decay", "model"].map((name) => risk[`change_${name}`]);
    return Sira.t("risk_change_value", {
      change: signed(parts.reduce((sum, value) => sum + value, 0)),
      new: signed(parts[0]),
      decay: signed(parts[1]),
      model: signed(parts[2]),
    });
  }

  function assessed(risk, about) {
    return [
      Sira.facts([
        [Sira.t("risk_band"), risk.band_label],
        [Sira.t("risk_expected"), Sira.estimate(risk)],
        [Sira.t("risk_any"), Sira.percent(risk.p_any)],
        [Sira.t("risk_n_eff"), Sira.number(risk.n_eff, 1)],
        ...(about.change_since
          ? [[Sira.t("risk_change", { date: Sira.date(about.change_since) }), isNumber(risk.before) ? change(risk) : null]]
          : []),
        [
          Sira.t("risk_rates"),
          isNumber(risk.rate_raw)
            ? Sira.t("risk_rates_value", { raw: Sira.significant(risk.rate_raw), shrunk: Sira.significant(risk.rate_shrunk) })
            : null,
        ],
      ]),
      Sira.el("h4", {}, Sira.t("risk_why")),
      ...why(risk),
    ];
  }

  function riskPart(risk, about, failure) {
    if (!about) {
      return part(Sira.t("expected"), Sira.el("p", {}, failure || Sira.t("loading")));
    }
    return part(
      Sira.pastTitle(about, Sira.expectedText(about)),
      ...Sira.noticesOf(about).map(Sira.mark),
      Sira.small(about.title),
      ...(risk.band === "not_assessed"
        ? [Sira.el("p", {}, Sira.t("risk_not_assessed", { reason: risk.not_assessed }))]
        : assessed(risk, about)),
      Sira.small(about.caveat)
    );
  }

  /** Reporting coverage and last update: how far the rest can be trusted. */
  function coveragePart(risk, about) {
    const reports = risk
      ? [
          [Sira.t("coverage_reports"), Sira.t("coverage_reports_value", { reports: Sira.number(risk.reports, 0), sources: Sira.counted("sources_count", risk.sources) })],
          [Sira.t("coverage_last"), isNumber(risk.months_since_last) ? Sira.t("months_ago", { months: Sira.number(risk.months_since_last) }) : Sira.t("no_report")],
          [Sira.t("coverage_observers"), risk.observers_until ? Sira.date(risk.observers_until) : null],
        ]
      : [];
    return part(
      Sira.t("panel_coverage"),
      Sira.facts([[Sira.t("last_update"), Sira.ageText(about)], ...reports]),
      risk && risk.stopped_source ? Sira.mark(Sira.t("risk_stopped", { source: risk.stopped_source })) : null,
      Sira.el("p", { class: "sira-strong" }, Sira.t("not_safety"))
    );
  }

  function linksPart(unit, view) {
    const lang = Sira.lang();
    const id = encodeURIComponent(unit.id);
    const link = (href, text, extra) => Sira.el("li", {}, Sira.el("a", { href, ...extra }, text));
    const collection = `${PLURAL[unit.level]}-${encodeURIComponent(unit.vintage)}`;
    const routes = view.may.routes
      ? Sira.el("li", {}, Sira.el("button", { type: "button", class: "sira-link", "data-route-to": unit.name }, Sira.t("link_route")))
      : null;
    if (view.isFile) {
      return part(
        Sira.t("panel_links"),
        routes ? Sira.el("ul", { class: "sira-links" }, routes) : null,
        Sira.small(Sira.t("links_not_in_file"))
      );
    }
    return part(
      Sira.t("panel_links"),
      Sira.el(
        "ul",
        { class: "sira-links" },
        link(`units/${id}/bulletin.pdf?lang=${lang}`, Sira.t("link_bulletin")),
        link(`ogc/collections/${collection}/items/${id}?lang=${lang}`, Sira.t("link_data")),
        link(`exports?lang=${lang}`, Sira.t("link_exports")),
        routes,
        link(`model?lang=${lang}`, Sira.t("model_card"))
      )
    );
  }

  /** Write the panel of `unit`; `view` holds what the whole map shows. */
  Sira.drawPanel = function (body, unit, view) {
    const code = unit.pcode ? `${unit.pcode} (${Sira.word("pcode_set", unit.pcode_set)})` : Sira.t("no_pcode");
    const sources = [view.about.sources, view.riskAbout && view.riskAbout.sources].flat().filter(Boolean);
    const unique = [...new Map(sources.map((source) => [source.name, source])).values()];
    Sira.update(body, [
      Sira.el("h2", {}, unit.name),
      Sira.small(`${Sira.word("level", unit.level)} · ${Sira.t("vintage_of", { vintage: unit.vintage })}`),
      Sira.facts([
        [Sira.t("pcode"), code],
        [Sira.t("area_km2"), Sira.number(unit.area_km2, 0)],
      ]),
      ...(unit.synthetic ? [Sira.mark(Sira.t("synthetic_mark"))] : []),
      countsPart(unit, view),
      riskPart(unit.risk, view.riskAbout, view.riskFailure),
      coveragePart(unit.risk, view.about),
      ...[
        unit.approximate ? Sira.small(Sira.t("approximate")) : null,
        Sira.small(unit.notes[Sira.lang()]),
        unique.length ? Sira.small(Sira.t("sources_are", { sources: Sira.sourcesText(unique) })) : null,
        linksPart(unit, view),
      ].filter(Boolean),
    ]);
  };
})((window.Sira = window.Sira || {}));

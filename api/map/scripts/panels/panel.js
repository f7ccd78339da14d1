/* The panel of one unit: what was counted, what is expected and why, how well it is observed, and where to read on. */
import { el, facts, svg, updateChildren } from "../base/dom.js";
import { expectedText, noticesOf, pastTitle } from "../base/forecast.js";
import { victims } from "../base/measures.js";
import {
  ageText,
  conflictText,
  deviceText,
  formatEstimate,
  markText,
  periodText,
  smallText,
  sourcesText,
} from "../base/phrases.js";
import {
  formatCount,
  formatDate,
  formatNumber,
  formatPercent,
  formatSignificant,
  isNumber,
  language,
  t,
  wordFor,
} from "../base/text.js";
import { trendPlot, trendText } from "./plot.js";

const SHARE = "share_";
const PLURAL = { region: "regions", cercle: "cercles", commune: "communes" };
const part = (title, ...content) => el("section", {}, el("h3", {}, title), ...content);
const signed = (value) => `${value < 0 ? "−" : "+"}${formatSignificant(Math.abs(value))}`;

const denominator = (unit) =>
  isNumber(unit.population)
    ? t("denominator", { population: formatNumber(unit.population, 0), year: unit.population_year })
    : t("no_population");

function eventsText(unit) {
  if (!unit.events) {
    return t("no_report");
  }
  return unit.events_spread
    ? t("partly_spread", { total: formatNumber(unit.events), spread: formatNumber(unit.events_spread) })
    : formatNumber(unit.events);
}

/**
 * The rate of a unit. Where nothing was reported it is not 0: no report is not safety.
 * @param {Pick<CountedUnit, "events" | "rate_per_100k_year">} unit
 */
export function rateText(unit) {
  if (!unit.events) {
    return "–";
  }
  return isNumber(unit.rate_per_100k_year) ? formatNumber(unit.rate_per_100k_year, 2) : t("no_rate");
}

/**
 * How much was reported from a unit, and by how many: a report that is of several units counts in part in each.
 * @param {Pick<RiskRow, "reports" | "sources">} risk
 */
export const reportsText = (risk) =>
  risk.reports
    ? t("coverage_reports_value", {
        reports: formatNumber(risk.reports),
        sources: formatCount("sources_count", risk.sources),
      })
    : t("no_report");

function countsPart(unit, view) {
  const land = (name) => (unit[name] ? formatNumber(unit[name], 0) : null);
  const { series } = view;
  return part(
    t("panel_counted"),
    smallText(`${deviceText(view.choice)}, ${periodText(view.about.period)}`),
    facts([
      [t("events"), eventsText(unit)],
      [t("rate"), rateText(unit)],
      [t("denominator_label"), denominator(unit)],
      ...victims().map((name) => [t(name), unit.events ? formatNumber(unit[name]) : null]),
      [t("last_event"), unit.last_event ? formatDate(unit.last_event) : null],
      [t("land_suspected"), land("area_suspected_m2")],
      [t("land_confirmed"), land("area_confirmed_m2")],
      [t("land_released"), land("area_released_m2")],
      [t("conflict_apart"), unit.conflict_events ? formatNumber(unit.conflict_events) : null],
    ]),
    unit.events_spread ? smallText(t("spread_note")) : null,
    unit.conflict_events ? smallText(t("conflict_from", { origin: conflictText(view.about.conflict) })) : null,
    series ? trendPlot(series) : null,
    series ? el("p", {}, trendText(series)) : null
  );
}

function why(risk) {
  const shares = Object.entries(risk)
    .filter(([name, share]) => name.startsWith(SHARE) && Math.abs(share) >= 0.01)
    .map(([name, share]) => [name.slice(SHARE.length), share]);
  const list = el(
    "ul",
    { class: "sira-why" },
    shares
      .sort(([, one], [, other]) => other - one)
      .map(([term, share]) => {
        const bar = svg("svg", {
          viewBox: "0 0 100 8",
          class: "sira-share",
          "aria-hidden": "true",
          preserveAspectRatio: "none",
        });
        bar.append(svg("rect", { width: 100 * Math.min(Math.max(share, 0), 1), height: 8 }));
        return el("li", {}, el("span", {}, `${t(`why_${term}`)} `), el("strong", {}, formatPercent(share)), bar);
      })
  );
  return shares.some(([, share]) => share < 0) ? [list, smallText(t("why_negative"))] : [list];
}

/** What changed since an earlier forecast; where that is not clear, only that, and what was expected then. */
function change(risk) {
  if (risk.change_direction === "unclear") {
    return t("risk_change_unclear", { before: formatSignificant(risk.before) });
  }
  const parts = ["new", "decay", "model"].map((name) => risk[`change_${name}`]);
  return t("risk_change_value", {
    change: signed(parts.reduce((sum, value) => sum + value, 0)),
    new: signed(parts[0]),
    decay: signed(parts[1]),
    model: signed(parts[2]),
  });
}

function assessed(risk, about) {
  return [
    facts([
      [t("risk_band"), risk.band_label],
      [t("risk_expected"), formatEstimate(risk)],
      [t("risk_any"), formatPercent(risk.p_any)],
      [t("risk_n_eff"), formatNumber(risk.n_eff, 1)],
      ...(about.change_since
        ? [[t("risk_change", { date: formatDate(about.change_since) }), isNumber(risk.before) ? change(risk) : null]]
        : []),
      [
        t("risk_rates"),
        isNumber(risk.rate_raw)
          ? t("risk_rates_value", {
              raw: formatSignificant(risk.rate_raw),
              shrunk: formatSignificant(risk.rate_shrunk),
            })
          : null,
      ],
    ]),
    el("h4", {}, t("risk_why")),
    ...why(risk),
  ];
}

function riskPart(risk, about, failure) {
  if (!about) {
    return part(t("expected"), el("p", {}, failure || t("loading")));
  }
  return part(
    pastTitle(about, expectedText(about)),
    ...noticesOf(about).map(markText),
    smallText(about.title),
    ...(risk.band === "not_assessed"
      ? [el("p", {}, t("risk_not_assessed", { reason: risk.not_assessed }))]
      : assessed(risk, about)),
    smallText(about.caveat)
  );
}

/** Reporting coverage and last update: how far the rest can be trusted. */
function coveragePart(risk, about) {
  const reports = risk
    ? [
        [t("coverage_reports"), reportsText(risk)],
        [
          t("coverage_last"),
          isNumber(risk.months_since_last)
            ? t("months_ago", { months: formatNumber(risk.months_since_last) })
            : t("no_report"),
        ],
        [t("coverage_observers"), risk.observers_until ? formatDate(risk.observers_until) : null],
      ]
    : [];
  return part(
    t("panel_coverage"),
    facts([[t("last_update"), ageText(about)], ...reports]),
    risk && risk.stopped_source ? markText(t("risk_stopped", { source: risk.stopped_source })) : null,
    el("p", { class: "sira-strong" }, t("not_safety"))
  );
}

function linksPart(unit, view) {
  const lang = language();
  const id = encodeURIComponent(unit.id);
  const link = (href, text, extra) => el("li", {}, el("a", { href, ...extra }, text));
  const collection = `${PLURAL[unit.level]}-${encodeURIComponent(unit.vintage)}`;
  const routes = view.may.routes
    ? el("li", {}, el("button", { type: "button", class: "sira-link", "data-route-to": unit.name }, t("link_route")))
    : null;
  if (view.isFile) {
    return part(
      t("panel_links"),
      routes ? el("ul", { class: "sira-links" }, routes) : null,
      smallText(t("links_not_in_file"))
    );
  }
  return part(
    t("panel_links"),
    el(
      "ul",
      { class: "sira-links" },
      link(`units/${id}/bulletin.pdf?lang=${lang}`, t("link_bulletin")),
      link(`ogc/collections/${collection}/items/${id}?lang=${lang}`, t("link_data")),
      link(`exports?lang=${lang}`, t("link_exports")),
      routes,
      link(`model?lang=${lang}`, t("model_card"))
    )
  );
}

/**
 * Write the panel of `unit`; `view` holds what the whole map shows.
 * @param {Element} body
 * @param {CountedUnit} unit
 * @param {View & { series: any }} view
 */
export function drawPanel(body, unit, view) {
  const code = unit.pcode ? `${unit.pcode} (${wordFor("pcode_set", unit.pcode_set)})` : t("no_pcode");
  const sources = [...(view.about.sources ?? []), ...(view.riskAbout?.sources ?? [])];
  const unique = [...new Map(sources.map((source) => [source.name, source])).values()];
  const parts = [
    el("h2", {}, unit.name),
    smallText(`${wordFor("level", unit.level)} · ${t("vintage_of", { vintage: unit.vintage })}`),
    facts([
      [t("pcode"), code],
      [t("area_km2"), formatNumber(unit.area_km2, 0)],
    ]),
    ...(unit.synthetic ? [markText(t("synthetic_mark"))] : []),
    countsPart(unit, view),
    riskPart(unit.risk, view.riskAbout, view.riskFailure),
    coveragePart(unit.risk, view.about),
    unit.approximate ? smallText(t("approximate")) : null,
    smallText(unit.notes[language()]),
    unique.length ? smallText(t("sources_are", { sources: sourcesText(unique) })) : null,
    linksPart(unit, view),
  ];
  updateChildren(
    body,
    parts.filter((each) => each !== null)
  );
}

/* The report of a route: what is expected on the way, where it is worst, what else there is, and what is known nearby. */
import { el, facts, findAll } from "../base/dom.js";
import { caveatsOf, pastText, pastTitle } from "../base/forecast.js";
import { formatEstimate, markText, periodText, smallText, sourcesText } from "../base/phrases.js";
import { formatDate, formatNumber, formatPercent, formatSignificant, isNumber, t } from "../base/text.js";
import { decimal } from "../data/coordinates.js";
import { roadClasses } from "../panels/legend.js";
import { assumed, hazardTexts, kmText, onPart, worstOf } from "./words.js";

const MOST_WORST = 3;

/** What is said of a whole route or of another one, as facts; `answer` says who travels and when. */
function figures(route, answer) {
  return facts([
    [t("length"), kmText(route.length_km)],
    [t("route_duration"), isNumber(route.duration_min) ? assumed(route.duration_min, answer) : null],
    [
      t("risk_expected"),
      route.expected_incidents ? onPart(formatEstimate(route.expected_incidents), route) : t("not_assessed"),
    ],
    [t("risk_any"), isNumber(route.probability_any) ? formatPercent(route.probability_any) : null],
    [t("share_not_assessed"), formatPercent(route.share_not_assessed)],
    [t("share_under_observed"), formatPercent(route.share_under_observed)],
  ]);
}

/** What is said of a stretch of the way. */
export const segmentFacts = (part) =>
  facts([
    [
      t("route_stretch"),
      t("route_stretch_value", { from: formatNumber(part.from_km, 0), to: formatNumber(part.to_km, 0) }),
    ],
    [t("road_band"), part.band_label],
    [t("risk_expected"), part.expected_incidents ? formatEstimate(part.expected_incidents) : t("not_assessed")],
    [t("risk_any"), isNumber(part.probability_any) ? formatPercent(part.probability_any) : null],
    [
      t("route_rate"),
      isNumber(part.relative_rate) ? t("route_rate_value", { times: formatSignificant(part.relative_rate) }) : null,
    ],
    [t("risk_n_eff"), formatNumber(part.incidents_behind)],
    [t("last_event"), part.last_incident ? formatDate(part.last_incident) : null],
    [t("panel_coverage"), part.coverage_label],
  ]);

function worst(answer) {
  const shown = worstOf(answer).slice(0, MOST_WORST);
  return shown.length
    ? [
        el("h4", {}, t("route_worst")),
        smallText(t("route_worst_note")),
        ...shown.map((part) =>
          el("div", { class: "sira-stretch" }, el("strong", {}, part.name || part.ref || ""), segmentFacts(part))
        ),
      ]
    : [];
}

function others(answer, show) {
  if (answer.alternatives.length < 2) {
    return [smallText(t("route_no_others"))];
  }
  return [
    el("h4", {}, t("route_others")),
    smallText(t("route_others_note")),
    ...answer.alternatives.map((other) =>
      el(
        "div",
        { class: "sira-stretch" },
        el("strong", {}, other.label),
        figures(other, answer),
        otherButton(other, () => show(answer, other))
      )
    ),
  ];
}

/** The button that shows another way; of those of one answer, the last that was pressed is. */
function otherButton(other, show) {
  const button = el("button", { type: "button", "aria-pressed": "false", "data-other": other.kind }, t("route_show"));
  button.addEventListener("click", () => {
    for (const each of findAll("[data-other]", HTMLElement, button.closest("section") ?? undefined)) {
      each.setAttribute("aria-pressed", "false");
    }
    button.setAttribute("aria-pressed", "true");
    show();
  });
  return button;
}

function near(title, list) {
  return list.length
    ? [
        el("h4", {}, title),
        el(
          "ul",
          {},
          list.map((each) =>
            el(
              "li",
              {},
              t("route_near", {
                name: each.name || each.id,
                at: formatNumber(each.at_km, 0),
                distance: formatNumber(each.distance_km, 1),
              })
            )
          )
        ),
      ]
    : [];
}

/** Hazard areas on the way, under what they are and, where there are several, the `leg` that they lie on. */
const hazards = (key, areas, leg) =>
  areas.length
    ? [
        el("h4", {}, [leg, t(key)].filter(Boolean).join(" – ")),
        el(
          "ul",
          { class: `sira-${key}` },
          hazardTexts(areas).map((text) => el("li", {}, text))
        ),
      ]
    : [];

/** What is said of one answer, under `title` where there are several; `show` gets another way that is to be drawn. */
const legReport = (answer, title, show) =>
  el(
    "section",
    { class: "sira-leg" },
    title ? el("h4", {}, title) : null,
    pastText(answer) ? markText(pastTitle(answer, t("no_forecast"))) : null,
    answer.synthetic ? markText(t("synthetic_mark")) : null,
    hazards("route_hazards", answer.hazard_areas),
    smallText(`${answer.target_label}, ${periodText(answer.period)}`),
    figures(answer, answer),
    el("h4", {}, t("route_colours")),
    roadClasses(answer),
    caveatsOf(answer).map((text) => el("p", { class: "sira-small" }, text)),
    others(answer, show),
    worst(answer),
    hazards("route_ended", answer.ended_areas),
    near(t("layer_places"), answer.places),
    near(t("layer_airstrips"), answer.airstrips),
    smallText(
      t("route_incidents", {
        count: formatNumber(answer.incidents_in_corridor),
        km: formatNumber(answer.corridor_km),
      })
    ),
    smallText(t("sources_are", { sources: sourcesText(answer.sources) }))
  );

/** What the legs come to together: probabilities and intervals do not add up, and are said of each. */
function together(legs) {
  const sum = (value) => legs.reduce((total, leg) => total + value(leg), 0);
  const known = legs.filter((leg) => leg.expected_incidents);
  const whole = { known_km: sum((leg) => leg.known_km), length_km: sum((leg) => leg.length_km) };
  return [
    facts([
      [t("length"), kmText(sum((leg) => leg.length_km))],
      [
        t("route_duration"),
        assumed(
          sum((leg) => leg.duration_min),
          legs[0]
        ),
      ],
      [
        t("risk_expected"),
        known.length
          ? onPart(formatSignificant(known.reduce((total, leg) => total + leg.expected_incidents.value, 0)), whole)
          : t("not_assessed"),
      ],
    ]),
    smallText(t("route_legs_note")),
  ];
}

/** Between what a report is: as asked for, or the places that a file holds instead. */
function stopsText({ asked, legs }) {
  const stops = legs[0].names ? [legs[0].names[0], ...legs.map(({ names }) => names[1])] : asked.waypoints;
  return stops.map((stop) => (typeof stop === "string" ? stop : decimal({ lat: stop[1], lng: stop[0] }))).join(" – ");
}

/**
 * The report of what was `found`, as nodes; `buttons` are what can be done with it, `show` gets an answer and another
 * way of its that is to be drawn.
 */
export function reportOf(found, buttons, show) {
  const { legs, notes } = found;
  const isOne = legs.length === 1;
  return [
    el("h3", { tabindex: "-1", id: "sira-route-title" }, t("route_report_of", { stops: stopsText(found) })),
    ...notes.map((text) => el("p", { class: "sira-route-note" }, text)),
    ...(isOne
      ? []
      : [
          ...legs.flatMap((leg) => hazards("route_hazards", leg.hazard_areas, leg.names.join(" – "))),
          ...together(legs),
        ]),
    el("p", { class: "sira-buttons" }, buttons),
    ...legs.map((answer) => legReport(answer, isOne ? null : answer.names.join(" – "), show)),
  ];
}

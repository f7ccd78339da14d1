/* What popups say of single things. Every value is a text node: names and narratives come from files and are never
   markup. */
import { el, facts } from "../base/dom.js";
import { caveatsOf, pastText, pastTitle } from "../base/forecast.js";
import { capital, formatEstimate, markText, periodText, smallText, sourcesText } from "../base/phrases.js";
import { formatDate, formatNumber, formatPercent, isNumber, t, wordFor } from "../base/text.js";

const heading = (text) => el("h2", {}, capital(text));
const box = (...parts) => el("div", { class: "sira-popup" }, ...parts);
/** How much of an ISO date is known. */
const DATE_LENGTHS = { day: 10, month: 7, year: 4 };
/** Incidents that a list holds at most. */
export const MOST_LISTED = 50;

const sourcesOf = (about) =>
  about.sources && about.sources.length ? smallText(t("sources_are", { sources: sourcesText(about.sources) })) : null;

/** Popup of one incident, as far as the reader may see it. */
export const incidentPopup = (incident) =>
  box(
    heading(wordFor("hazard", incident.hazard_type)),
    incident.synthetic ? markText(t("synthetic_mark")) : null,
    facts([
      [t("date"), incident.date ? formatDate(incident.date) : null],
      [t("place"), incident.place_name],
      [t("precision"), incident.location_precision && wordFor("precision", incident.location_precision)],
      [
        t("error_km"),
        isNumber(incident.location_error_km) ? t("km", { km: formatNumber(incident.location_error_km) }) : null,
      ],
      [t("outcome"), incident.outcome && wordFor("outcome", incident.outcome)],
      [t("killed"), formatNumber(incident.killed_total)],
      [t("injured"), formatNumber(incident.injured_total)],
      [t("source"), [incident.source, incident.source_id].filter(Boolean).join(" ")],
    ]),
    incident.narrative ? el("p", { class: "sira-narrative" }, incident.narrative) : null,
    smallText(incident.note),
    smallText(incident.about.caveat)
  );

/** Incidents as buttons, each with its date and type; `open` gets the place of one in the document of points. */
export function incidentList({ document: told, day }, members, open) {
  const date = (i) =>
    formatDate(new Date(day[i] * 86400000).toISOString().slice(0, DATE_LENGTHS[told.dates[told.dated[i]]]));
  const one = (i) => {
    const text = `${date(i)} – ${wordFor("hazard", told.hazards[told.hazard[i]])}`;
    const button = el("button", { type: "button", class: "sira-link" }, text);
    button.addEventListener("click", () => open(i, true));
    return el("li", {}, button);
  };
  return el("ul", {}, members.map(one));
}

/** Popup of incidents that no nearer view tells apart, the newest first. */
export function groupPopup(points, members, open) {
  const newest = members.slice(0, MOST_LISTED);
  const isCut = newest.length < members.length;
  return box(
    heading(t("at_one_place", { count: formatNumber(members.length) })),
    members.some((i) => points.document.synthetic[i]) ? markText(t("synthetic_mark")) : null,
    isCut ? smallText(t("newest_shown", { shown: formatNumber(newest.length) })) : null,
    incidentList(points, newest, open)
  );
}

/** Popup of a hazard area. */
export const hazardPopup = (area, about) =>
  box(
    heading(area.name || wordFor("status", area.status)),
    area.synthetic ? markText(t("synthetic_mark")) : null,
    facts([
      [t("status"), area.status && wordFor("status", area.status)],
      [t("area_m2"), isNumber(area.area_m2) ? formatNumber(area.area_m2, 0) : null],
      [t("source"), area.source],
    ]),
    smallText(area.note),
    smallText(about.caveat)
  );

/** Popup of a hotspot. */
export const hotspotPopup = (place, about) =>
  box(
    heading(place.name || place.place_id),
    ...about.notices.map(markText),
    facts([
      [t("legend_hotspots"), t(`pattern_${place.pattern}`)],
      [t("significance"), t("significance_value", { z: formatNumber(place.z, 1), p: formatNumber(place.p, 4) })],
      [t("risk_recorded"), formatNumber(place.recorded)],
    ]),
    smallText(about.caveat)
  );

/** Popup of a road axis. */
export const axisPopup = (axis, about) =>
  box(
    heading([axis.ref, axis.name].filter(Boolean).join(" · ") || axis.axis_id),
    pastText(about) ? markText(pastTitle(about, t("no_forecast"))) : null,
    about.synthetic ? markText(t("synthetic_mark")) : null,
    smallText(periodText(about.period)),
    facts([
      [t("axis_per_100"), axis.per_100_km ? formatEstimate(axis.per_100_km) : t("not_assessed")],
      [t("road_band"), axis.band_label],
      [t("risk_expected"), axis.expected_incidents && formatEstimate(axis.expected_incidents)],
      [t("length"), t("km", { km: formatNumber(axis.length_km) })],
      [t("last_event"), axis.last_incident ? formatDate(axis.last_incident) : null],
      [t("share_not_assessed"), formatPercent(axis.share_not_assessed)],
    ]),
    caveatsOf(about).map(smallText),
    sourcesOf(about)
  );

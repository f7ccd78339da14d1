/* GPX 1.1 of routes, for where no service writes it: the document that api/roads/files.py makes of an answer. */
import { caveatsOf, pastText, pastTitle } from "../base/forecast.js";
import { formatDate, formatNumber, isNumber, t } from "../base/text.js";
import { hazardTexts, hoursAndMinutes, onPart, worstOf } from "./words.js";
import { xml, xmlDocument } from "./xml.js";

const NAMESPACE = "http://www.topografix.com/GPX/1/1";
const DECIMALS = 6;

const digits = (value, count) => Number(value.toPrecision(count));

/** A figure with its interval, where there is one. */
function interval({ value, low, high }) {
  const short = formatNumber(digits(value, 2), 6);
  return isNumber(low) && isNumber(high)
    ? t("gpx_interval", { value: short, low: formatNumber(Math.trunc(low)), high: formatNumber(Math.trunc(high)) })
    : short;
}

const areas = (key, found) =>
  found.length
    ? t("gpx_areas", { heading: t(key), areas: hazardTexts(found).reduce((one, more) => t("and_more", { one, more })) })
    : null;

function figures(answer) {
  const { expected_incidents: expected, period, duration_min: minutes } = answer;
  return [
    areas("route_hazards", answer.hazard_areas),
    areas("route_ended", answer.ended_areas),
    expected
      ? t("gpx_figures", {
          km: formatNumber(answer.corridor_km),
          start: formatDate(period.start),
          end: formatDate(period.end),
          figure: onPart(interval(expected), answer),
        })
      : null,
    isNumber(minutes) ? t("gpx_time", hoursAndMinutes(minutes)) : null,
    t("gpx_newest", {
      date: formatDate(answer.data_until),
      sources: answer.sources.map(({ name }) => name).join(", "),
    }),
  ];
}

function described(segment, answer) {
  const { expected_incidents: expected } = segment;
  return t("gpx_segment", {
    from_km: formatNumber(segment.from_km),
    to_km: formatNumber(segment.to_km),
    days: formatNumber(answer.horizon_days),
    figure: expected ? interval(expected) : "–",
    band: segment.band_label,
  });
}

/** The name of answers: between which places they lead, behind what must be said first. */
function titleOf(answers) {
  const title = [answers[0].names[0], ...answers.map(({ names }) => names[1])].join(" – ");
  const marked = answers.some(({ synthetic }) => synthetic) ? t("gpx_synthetic", { title }) : title;
  return pastTitle(answers[0], marked);
}

/** All that must be read with an answer: a phone shows nothing else of it. */
function descriptionOf(answer, notes) {
  const past = pastText(answer) ? pastTitle(answer, t("no_forecast")) : null;
  return [past, ...figures(answer), ...caveatsOf(answer), ...notes].filter(Boolean).join(" ");
}

const place = (tag, [lon, lat], ...children) =>
  xml(tag, { lat: lat.toFixed(DECIMALS), lon: lon.toFixed(DECIMALS) }, ...children);

/** A waypoint at either end of each of the worst segments. */
const waypoints = (answer) =>
  worstOf(answer).flatMap((segment, i) => {
    const { coordinates } = segment.geometry;
    const ends = [
      ["gpx_begins", coordinates[0]],
      ["gpx_ends", coordinates[coordinates.length - 1]],
    ];
    return ends.map(([key, point]) =>
      place(
        "wpt",
        point,
        xml("name", {}, t(key, { number: i + 1 })),
        xml("desc", {}, described(segment, answer)),
        xml("sym", {}, i ? "Flag, Blue" : "Flag, Red"),
        xml("type", {}, t("gpx_kind"))
      )
    );
  });

const track = (answer, notes) =>
  xml(
    "trk",
    {},
    xml("name", {}, titleOf([answer])),
    xml("desc", {}, descriptionOf(answer, notes)),
    xml("trkseg", {}, ...answer.geometry.coordinates.map((point) => place("trkpt", point)))
  );

/**
 * The GPX document of the legs of a route, with `names` on it and `notes` beside what each answer says.
 * @param {any[]} legs
 * @param {string[]} notes
 */
export function gpxOf(legs, notes) {
  const metadata = xml(
    "metadata",
    {},
    xml("name", {}, titleOf(legs)),
    xml("desc", {}, descriptionOf(legs[0], notes)),
    xml("time", {}, new Date().toISOString().replace(/\.\d+/, ""))
  );
  const tracks = legs.map((answer) => track(answer, notes));
  const root = { xmlns: NAMESPACE, version: "1.1", creator: "Sira" };
  return xmlDocument(xml("gpx", root, metadata, ...legs.flatMap(waypoints), ...tracks));
}

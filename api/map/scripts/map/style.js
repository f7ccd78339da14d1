/* How things are drawn. Class breaks and colours come from the server, so that legend, map and exports agree. */
import { svg } from "../base/dom.js";
import { isCircled } from "../base/measures.js";
import { formatNumber, t } from "../base/text.js";

/** @type {Palette} */
let palette;

/**
 * Take the palette of the page's settings.
 * @param {Palette} given
 */
export function setPalette(given) {
  palette = given;
}

/** Put the palette's hatches into the page, where the map's paths can refer to them. */
export function placeHatches() {
  const definitions = svg("defs", {}, hatch("sira-hatch", 45), hatch("sira-cross", 45, true));
  const holder = svg("svg", { class: "sira-definitions", "aria-hidden": "true", width: 0, height: 0 });
  holder.append(definitions);
  document.body.append(holder);
}

function hatch(id, angle, crossed = false) {
  const lines = crossed ? "M0 0V7M0 0H7" : "M0 0V7";
  return svg(
    "pattern",
    { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})` },
    svg("rect", { width: 7, height: 7, fill: palette.paper }),
    svg("path", { d: lines, stroke: palette.hatch, "stroke-width": crossed ? 1.6 : 2.2, fill: "none" })
  );
}

/**
 * The group of a status of hazardous areas; one that is not known counts as suspected.
 * @param {string} status
 */
export const hazardGroup = (status) => palette.hazard_groups[status] || "suspected";

/**
 * Line and fill of a layer, by name.
 * @param {string} name
 * @returns {Drawing}
 */
export const styleOf = (name) => palette.drawings[name];
export const borderColour = () => palette.border;

/**
 * What a unit is drawn as: "none" where nothing was reported (which is not safety), "norate" where there are
 * incidents but no population to divide by, "counted" under circles, a band, or the number of a class.
 * @param {CountedUnit} unit
 * @param {Measure} measure
 * @returns {string | number}
 */
export function classOf(unit, measure) {
  if (measure === "expected") {
    return unit.risk ? unit.risk.band : "not_assessed";
  }
  if (!unit.events) {
    return "none";
  }
  if (isCircled(measure)) {
    return "counted";
  }
  const rate = unit.rate_per_100k_year;
  return rate !== null ? palette.breaks.filter((limit) => rate >= limit).length : "norate";
}

const FILLS = { none: "url(#sira-hatch)", norate: "url(#sira-cross)", not_assessed: "url(#sira-cross)" };

/**
 * Fill of a class, as an SVG paint.
 * @param {string | number} kind
 * @returns {string}
 */
export function fillOf(kind) {
  if (Object.hasOwn(FILLS, kind)) {
    return FILLS[kind];
  }
  if (kind === "counted") {
    return palette.counted;
  }
  return typeof kind === "number" ? palette.colours[kind] : styleOf(`band_${kind}`).fillColor;
}

/**
 * The rates' classes with their limits, lowest first: [class, text].
 * @returns {(number | string)[][]}
 */
export function classLabels() {
  const say = (value) => formatNumber(value);
  const { breaks } = palette;
  const first = [0, t("class_below", { high: say(breaks[0]) })];
  const last = [breaks.length, t("class_above", { low: say(breaks[breaks.length - 1]) })];
  const middle = breaks
    .slice(1)
    .map((high, index) => [index + 1, t("class_between", { low: say(breaks[index]), high: say(high) })]);
  return [first, ...middle, last];
}

/**
 * The classes with their limits, lowest first, and what is not assessed: [band, text].
 * @param {{ bands: Forecast["bands"] }} about
 * @returns {[string, string][]}
 */
export function bandLabels(about) {
  /** @type {[string, string][]} */
  const [unknown, ...judged] = about.bands.map(({ band, text }) => [band, text]);
  return [...judged, unknown];
}

/**
 * Radius in pixels of a circle whose area is in proportion to a count; the largest possible has 26.
 * @param {number} count
 * @param {number} most
 */
export const radiusOf = (count, most) =>
  count > 0 && most > 0 ? Math.max(2.5, 26 * Math.sqrt(Math.min(1, count / most))) : 0;

/**
 * Radius of a circle of conflict events, on a scale of its own.
 * @param {number} count
 */
export const conflictRadius = (count) => Math.max(3, Math.sqrt(count) * palette.circle_scale);

/**
 * Round numbers below a largest one, for a legend of circles.
 * @param {number} most
 */
export function roundSteps(most) {
  const top = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  const first = [5, 2, 1].map((step) => step * top).find((value) => value <= most) || 1;
  return [...new Set([first, Math.max(1, Math.round(first / 5)), 1])].sort((one, other) => one - other);
}

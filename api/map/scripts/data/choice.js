/* What the reader has chosen to see, and how the page's address says it. The address is hostile until it is read:
   what is not on the page's own lists is refused, by name, and the page's default stands. */
import { measureNames } from "../base/measures.js";
import { monthBefore } from "../base/months.js";

export const LAST_DAYS = "days30";

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const UNIT = /^[\w.-]{1,120}$/;
const NUMBER = /^-?\d{1,3}(\.\d{1,5})?$/;
const KEYS = ["level", "vintage", "measure", "start", "end", "period", "hazard", "layers", "unit", "at", "lang"];

const vintageOf = (settings, level) =>
  settings.levels[level].includes(settings.vintage) ? settings.vintage : settings.levels[level][0];

/**
 * What the page shows where nobody asked for anything.
 * @param {Settings} settings
 * @returns {Choice}
 */
export const defaultChoice = (settings) => ({
  level: settings.level,
  vintage: vintageOf(settings, settings.level),
  measure: "rate",
  start: settings.span ? settings.span.start : "",
  end: settings.span ? settings.span.end : "",
  period: "",
  hazard: "",
  layers: Object.entries(settings.layers)
    .filter(([, layer]) => layer.on)
    .map(([name]) => name),
  unit: "",
  at: null,
  lang: settings.lang,
});

/** A view "latitude,longitude,zoom" as numbers, null where it is none. */
function viewOf(text) {
  const parts = text.split(",");
  if (parts.length !== 3 || !parts.every((part) => NUMBER.test(part))) {
    return null;
  }
  const [lat, lng, zoom] = parts.map(Number);
  return Math.abs(lat) <= 85 && Math.abs(lng) <= 180 && zoom >= 4 && zoom <= 13 ? { lat, lng, zoom } : null;
}

/** One value of the address as a choice; undefined where it is refused. `needsKey` is told what a key would open. */
function parse(settings, level, name, text, needsKey) {
  const isClosed = (key) => settings.closed.includes(key) && needsKey(key);
  const oneOf = (list) => (list.includes(text) ? text : undefined);
  const isInside = (month) => settings.span && month >= settings.span.start && month <= settings.span.end;
  switch (name) {
    case "level":
      return isClosed(`level_${text}`) ? level : oneOf(Object.keys(settings.levels));
    case "vintage":
      return oneOf(settings.levels[level]);
    case "measure":
      return oneOf(measureNames());
    case "start":
    case "end":
      return MONTH.test(text) && isInside(text) ? text : undefined;
    case "period":
      if (isClosed(`preset_${text}`)) {
        return "";
      }
      return settings.may.days ? oneOf([LAST_DAYS]) : undefined;
    case "hazard":
      return oneOf(settings.hazards);
    case "layers": {
      const names = (text ? text.split(",") : []).filter((each) => !isClosed(`layer_${each}`));
      return names.every((each) => Object.hasOwn(settings.layers, each)) ? [...new Set(names)] : undefined;
    }
    case "unit":
      return UNIT.test(text) ? text : undefined;
    case "at":
      return viewOf(text) || undefined;
    default:
      return oneOf(Object.keys(settings.languages));
  }
}

/**
 * The choice that an address asks for, the names of what was refused of it, and of the texts of what needs a key.
 * @param {Settings} settings
 * @param {string} hash
 * @returns {{ choice: Choice, refused: string[], closed: string[] }}
 */
export function readChoice(settings, hash) {
  const choice = defaultChoice(settings);
  const refused = [];
  const closed = new Set();
  const given = new URLSearchParams(hash.slice(1, 2000));
  /* The level decides which vintages and units there are: these go with one that needs a key. */
  if (settings.closed.includes(`level_${given.get("level")}`)) {
    given.delete("vintage");
    given.delete("unit");
  }
  for (const name of KEYS.filter((key) => given.has(key))) {
    const value = parse(settings, choice.level, name, given.get(name), (key) => closed.add(key));
    if (value === undefined) {
      refused.push(name);
    } else {
      choice[name] = value;
    }
    if (name === "level" && !given.has("vintage")) {
      choice.vintage = vintageOf(settings, choice.level);
    }
  }
  if (!settings.levels[choice.level].includes(choice.vintage)) {
    choice.vintage = vintageOf(settings, choice.level);
  }
  if (choice.start > choice.end) {
    refused.push("end");
    choice.end = choice.start;
  }
  if ([...given.keys()].some((key) => !KEYS.includes(key))) {
    refused.push("#");
  }
  return { choice, refused, closed: [...closed] };
}

/**
 * The address of a choice: only what differs from the page's default.
 * @param {Settings} settings
 * @param {Choice} choice
 */
export function hashOf(settings, choice) {
  const usual = defaultChoice(settings);
  const said = new URLSearchParams();
  for (const name of KEYS.filter((key) => key !== "at")) {
    const value = Array.isArray(choice[name]) ? choice[name].join(",") : choice[name];
    const normal = Array.isArray(usual[name]) ? usual[name].join(",") : usual[name];
    if (value !== normal) {
      said.set(name, value);
    }
  }
  if (choice.vintage !== vintageOf(settings, choice.level)) {
    said.set("vintage", choice.vintage);
  }
  if (choice.at) {
    said.set("at", [choice.at.lat.toFixed(3), choice.at.lng.toFixed(3), choice.at.zoom].map(Number).join(","));
  }
  return `#${said.toString().replaceAll("%2C", ",")}`;
}

/**
 * The months of a document of counts, null where the data have none.
 * @param {{ sira: About }} document
 * @returns {Span | null}
 */
export const spanOf = ({ sira: { period } }) =>
  period.start && period.end ? { start: period.start.slice(0, 7), end: monthBefore(period.end.slice(0, 7)) } : null;

/**
 * The period of a choice where the data reach from now on over `span`: whoever saw all of them still does.
 * @param {Span | null} span
 * @param {Span | null} before
 * @param {Span} choice
 * @returns {Span}
 */
export function periodWithin(span, before, { start, end }) {
  if (!span) {
    return { start: "", end: "" };
  }
  const clip = (month) => (month < span.start ? span.start : month > span.end ? span.end : month);
  const sawAll = !before || (start === before.start && end === before.end);
  return sawAll || start > span.end || end < span.start ? { ...span } : { start: clip(start), end: clip(end) };
}

/**
 * A choice with one thing changed, and what follows from it.
 * @param {Settings} settings
 * @param {Choice} choice
 * @param {keyof Choice} name
 * @param {string} value
 * @returns {Choice}
 */
export function changeChoice(settings, choice, name, value) {
  const next = { ...choice, [name]: value };
  if (name === "level") {
    next.vintage = vintageOf(settings, value);
  }
  if (name === "level" || name === "vintage") {
    next.unit = "";
  }
  if (name === "start" || name === "end") {
    next.period = "";
    if (next.start > next.end) {
      next[name === "start" ? "end" : "start"] = value;
    }
  }
  return next;
}

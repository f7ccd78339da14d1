/* Finding a place or a unit by any spelling or code. The names are all here: what somebody looks for is asked of nobody. */
import { t } from "../base/text.js";
import { coordinates, readCoordinates } from "./coordinates.js";

const MOST = 8;

const LEAST_LIKENESS = 0.55;

const KINDS = ["point", "region", "cercle", "town", "village", "commune", "airstrip"];

/**
 * The key under which all spellings of a name meet: its letters and digits, as the service folds them.
 * @param {string} name
 */
export const fold = (name) =>
  name
    .replace(/œ/gi, "oe")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");

const zoomOf = (span) => Math.max(5, Math.min(9, Math.round(9.3 - Math.log2(span))));

/** What codes begin with: letters and digits in this form are a code, whether there is such a one or not. */
function codeForm(codes) {
  const beginnings = new Set(codes.map((code) => code.match(/^\p{L}*/u)[0]).filter(Boolean));
  return beginnings.size ? new RegExp(`^(?:${[...beginnings].join("|")})\\d+$`) : null;
}

/** The codes of all sets: each names one unit in its own set, and may name another in another set. */
function readCodes(columns) {
  const units = new Map();
  columns.code.forEach((code, row) => {
    const entry = {
      id: columns.id[row],
      ids: Object.fromEntries(columns.vintages[row].map((vintage) => [vintage, columns.id[row]])),
      name: columns.name[row],
      kind: columns.level[row],
      level: columns.level[row],
      vintage: columns.vintages[row].at(-1),
      lat: columns.lat[row],
      lng: columns.lon[row],
      zoom: zoomOf(columns.span[row]),
      code: { code, set: columns.set[row] },
    };
    const key = fold(code);
    units.set(key, [...(units.get(key) || []), entry]);
  });
  return { form: codeForm([...units.keys()]), units, sets: [...new Set(columns.set)] };
}

/**
 * Entries from the document of names, each with the keys it is found by, and the codes.
 * @param {any} document
 * @returns {Names}
 */
export function readNames(document) {
  const others = new Map();
  for (const [spelling, name] of document.aliases) {
    others.set(name, [...(others.get(name) || []), spelling]);
  }
  const keysOf = (...names) => [...new Set(names.filter(Boolean).map(fold))];
  const { places, units } = document;
  /* A region stands in several vintages: one entry, which knows its id in each; the newest comes first. */
  const byName = new Map();
  units.id.forEach((id, row) => {
    const key = `${units.level[row]} ${units.name[row]}`;
    const ids = { [units.vintage[row]]: id };
    if (byName.has(key)) {
      const entry = byName.get(key);
      entry.ids = { ...ids, ...entry.ids };
      return;
    }
    byName.set(key, {
      id,
      ids,
      name: units.name[row],
      kind: units.level[row],
      level: units.level[row],
      vintage: units.vintage[row],
      lat: units.lat[row],
      lng: units.lon[row],
      zoom: zoomOf(units.span[row]),
      weight: 0,
      keys: keysOf(units.name[row], ...(others.get(units.name[row]) || [])),
    });
  });
  const found = [...byName.values()];
  places.id.forEach((id, row) => {
    found.push({
      id,
      name: places.name[row],
      kind: places.kind[row],
      detail: places.cercle[row],
      lat: places.lat[row],
      lng: places.lon[row],
      zoom: 10,
      weight: places.population[row] || 0,
      keys: keysOf(places.name[row], places.also[row], ...(others.get(places.name[row]) || [])),
    });
  });
  return { entries: found, codes: readCodes(document.codes) };
}

/** How alike two keys are, 0 to 1: one less the letters to change in proportion to the longer one. */
function likeness(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return 1 - row[other.length] / Math.max(one.length, other.length);
}

/** The point that was typed, and the same with latitude and longitude exchanged where only that is in the country. */
function pointsOf(text, isInside) {
  const typed = readCoordinates(text);
  if (!typed) {
    return [];
  }
  const entry = (point, more) => ({ id: "point", kind: "point", zoom: 10, keys: [], ...point, ...more });
  if (isInside(typed)) {
    return [entry(typed, { name: text.trim() })];
  }
  const exchanged = { lat: typed.lng, lng: typed.lat };
  return [
    entry(typed, { name: text.trim(), detail: t("outside") }),
    ...(isInside(exchanged)
      ? [entry(exchanged, { name: coordinates(exchanged).decimal, detail: t("exchanged") })]
      : []),
  ];
}

/**
 * Entries for a text being typed. A code is found as it is or not at all; of names that name, names that begin with
 * it, that hold it, then like spellings. `isInside` tells whether a point lies in the country.
 * @param {Names} names
 * @param {string} text
 * @param {(point: Point) => boolean} isInside
 * @returns {Entry[]}
 */
export function searchNames({ entries, codes }, text, isInside) {
  const key = fold(text.slice(0, 120));
  const found = pointsOf(text, isInside);
  if (!key || found.length) {
    return found;
  }
  if (codes.form && codes.form.test(key)) {
    return codes.units.get(key) || [];
  }
  return namesLike(entries, key);
}

/**
 * Entries whose names are like a folded text, the likest first.
 * @param {Entry[]} entries
 * @param {string} key
 * @returns {Entry[]}
 */
export function namesLike(entries, key) {
  const score = (entry) =>
    Math.max(
      ...entry.keys.map((each) => {
        if (each === key) {
          return 4;
        }
        if (each.startsWith(key)) {
          return 3;
        }
        if (key.length > 2 && each.includes(key)) {
          return 2;
        }
        const same = key.length > 2 && Math.abs(each.length - key.length) < 4 ? likeness(key, each) : 0;
        return same >= LEAST_LIKENESS ? same : 0;
      })
    );
  const ranked = entries
    .map((entry) => ({ entry, score: score(entry) }))
    .filter((each) => each.score > 0)
    .sort(
      (one, other) =>
        other.score - one.score ||
        KINDS.indexOf(one.entry.kind) - KINDS.indexOf(other.entry.kind) ||
        other.entry.weight - one.entry.weight ||
        one.entry.name.localeCompare(other.entry.name)
    );
  return ranked.map((each) => each.entry).slice(0, MOST);
}

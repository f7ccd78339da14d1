/* Sums over any period, from the document of months by units: running totals, so that a step of the time slider
   costs a subtraction. A measure that no month states stays unknown (null): unknown is not zero. */
import { sums, victims } from "../base/measures.js";
import { monthAfter, monthNumber, monthOf } from "../base/months.js";
import { LAST_DAYS } from "./choice.js";

const PER_PEOPLE = 100000;
const DAYS_A_YEAR = 365.25;

const rounded = (value) => Math.round(value * 1000) / 1000;
const dayOf = (month) => Date.parse(`${month}-01T00:00:00Z`) / 86400000;
const earliest = (one, other) => (one < other ? one : other);
const latest = (one, other) => (one > other ? one : other);

/** Running totals of one unit: for each column the sum and the number of months that state it, before each month. */
function running(document, row) {
  const { length } = document;
  const columns = ["exact", "spread", ...victims()];
  const totals = Object.fromEntries(columns.map((name) => [name, new Float64Array(length + 1)]));
  const known = Object.fromEntries(columns.map((name) => [name, new Int32Array(length + 1)]));
  const certain = [];
  let month = 0;
  document.at[row].forEach((step, index) => {
    month += step;
    for (const name of columns) {
      const value = document[name][row][index];
      if (value !== null) {
        totals[name][month + 1] += value;
        known[name][month + 1] += 1;
      }
    }
    if (document.exact[row][index] > 0) {
      certain.push(month);
    }
  });
  for (const name of columns) {
    for (let i = 1; i <= length; i += 1) {
      totals[name][i] += totals[name][i - 1];
      known[name][i] += known[name][i - 1];
    }
  }
  return { totals, known, certain, synthetic: document.synthetic[row] };
}

/** What is known of a unit that the document does not name: no report, and of victims nothing. */
function nothing() {
  const unknown = [...victims(), ...sums().map(([name]) => name)];
  return { events: 0, exact: 0, spread: 0, ...Object.fromEntries(unknown.map((name) => [name, null])) };
}

/** A sum of measures: unknown where no report states any of them. */
const summed = (counts, parts) =>
  parts.every((name) => counts[name] === null) ? null : rounded(parts.reduce((sum, name) => sum + counts[name], 0));

/**
 * What can be asked of a document of counts. Months are counted from its first.
 * @param {any} document
 * @returns {Tally}
 */
export function makeTally(document) {
  const rows = new Map(document.ids.map((id, row) => [id, row]));
  const kept = new Map();

  function unit(id) {
    if (!kept.has(id)) {
      kept.set(id, rows.has(id) ? running(document, rows.get(id)) : null);
    }
    return kept.get(id);
  }

  function between(id, from, to) {
    const found = unit(id);
    if (!found) {
      return { ...nothing(), last: null, synthetic: false };
    }
    const sum = (name) => rounded(found.totals[name][to] - found.totals[name][from]);
    const stated = (name) => (found.known[name][to] > found.known[name][from] ? sum(name) : null);
    /** @type {Record<string, any>} */
    const counts = { exact: sum("exact"), spread: sum("spread") };
    for (const name of victims()) {
      counts[name] = stated(name);
    }
    for (const [name, parts] of sums()) {
      counts[name] = summed(counts, parts);
    }
    const last = found.certain.findLast((month) => month >= from && month < to);
    return {
      ...counts,
      events: rounded(counts.exact + counts.spread),
      last: last === undefined ? null : monthOf(monthNumber(document.first) + last),
      synthetic: found.synthetic,
    };
  }

  return {
    document,
    between,
    /** Events of each month of a unit, from `from` to before `to`. */
    series(id, from, to) {
      const found = unit(id);
      const total = (i) => (found ? found.totals.exact[i] + found.totals.spread[i] : 0);
      return Array.from({ length: to - from }, (_, i) => rounded(total(from + i + 1) - total(from + i)));
    },
    /** How the last 12 months of a unit compare with the 12 before, as the service decided; null where they do not. */
    trend(id) {
      const told = rows.has(id) ? document.trend[rows.get(id)] : null;
      return (
        told &&
        Object.fromEntries(["now", "before", "ratio", "low", "high", "direction"].map((name, i) => [name, told[i]]))
      );
    },
    /** The largest value of a measure that any unit reaches in any period of `length` months. */
    largest(measure, length) {
      let most = 0;
      for (const id of document.ids) {
        for (let from = 0; from + length <= document.length; from += 1) {
          most = Math.max(most, between(id, from, from + length)[measure] || 0);
        }
      }
      return most;
    },
  };
}

/**
 * Months [from, to) of a choice, counted from the first of a document; null where it holds nothing.
 * @param {any} document
 * @param {Choice} choice
 * @returns {Months | null}
 */
export function monthsOf(document, choice) {
  if (!document.first || !document.length) {
    return null;
  }
  if (choice.period === LAST_DAYS) {
    return { from: 0, to: 1 };
  }
  const zero = monthNumber(document.first);
  const clip = (number) => Math.max(0, Math.min(document.length, number));
  const from = clip(choice.start ? monthNumber(choice.start) - zero : 0);
  return { from, to: Math.max(from, clip(choice.end ? monthNumber(choice.end) + 1 - zero : document.length)) };
}

/**
 * The half-open period of a choice in dates.
 * @param {any} document
 * @param {Choice} choice
 * @returns {Period}
 */
export function periodOf(document, choice) {
  if (choice.period === LAST_DAYS || !choice.start) {
    return document.sira.period;
  }
  return { start: `${choice.start}-01`, end: `${monthAfter(choice.end)}-01` };
}

/** Conflict events of a period, and the part of it that they are known for: outside it nothing is known, not 0. */
function conflictOf(document, period) {
  const known = document.sira.conflict && document.sira.conflict.period;
  if (!document.conflict || !known || !known.start || !period.start) {
    return { of: () => null, period: { start: null, end: null }, source: null };
  }
  const part = { start: latest(known.start, period.start), end: earliest(known.end, period.end) };
  if (part.start >= part.end) {
    return { of: () => null, period: { start: null, end: null }, source: null };
  }
  const inside = ([month]) => `${month}-01` >= part.start && `${month}-01` < part.end;
  return {
    of: (id) => rounded((document.conflict[id] || []).filter(inside).reduce((sum, [, value]) => sum + value, 0)),
    period: part,
    source: document.sira.conflict.source,
  };
}

/** Land suspected, confirmed and released at the end of a period; unknown where no area is recorded. */
function landOf(document, id, end) {
  const changes = document.land && document.land.months[id];
  if (!changes || !end) {
    return { area_suspected_m2: null, area_confirmed_m2: null, area_released_m2: null };
  }
  const [, suspected, confirmed, released] = changes.findLast(([month]) => `${month}-01` < end) || [null, 0, 0, 0];
  return { area_suspected_m2: suspected, area_confirmed_m2: confirmed, area_released_m2: released };
}

/**
 * Every unit with what was counted in it, in the words of the layers' attributes, and what holds for all.
 * `outlines` and `tally` are of the same level and vintage.
 * @param {Outlines} outlines
 * @param {Tally} tally
 * @param {Choice} choice
 * @returns {{ units: CountedUnit[], about: About }}
 */
export function countUnits(outlines, tally, choice) {
  const { document } = tally;
  const months = monthsOf(document, choice);
  const period = periodOf(document, choice);
  const days = period.start ? dayOfDate(period.end) - dayOfDate(period.start) : 0;
  const conflict = conflictOf(document, period);
  const units = outlines.units.map((unit) => {
    const counted = months
      ? tally.between(unit.id, months.from, months.to)
      : { ...nothing(), last: null, synthetic: false };
    const { events, exact, spread, last, ...rest } = counted;
    const land = landOf(document, unit.id, period.end);
    const hasLand = land.area_suspected_m2 !== null && document.land.synthetic;
    return {
      ...unit,
      ...rest,
      ...land,
      events,
      events_exact: exact,
      events_spread: spread,
      last_event: last,
      synthetic: counted.synthetic || hasLand,
      rate_per_100k_year:
        unit.population && days ? rounded((events / unit.population) * PER_PEOPLE * (DAYS_A_YEAR / days)) : null,
      conflict_events: conflict.of(unit.id),
    };
  });
  const about = { ...document.sira, period, conflict: { period: conflict.period, source: conflict.source } };
  return { units, about };
}

const dayOfDate = (text) => dayOf(text.slice(0, 7)) + Number(text.slice(8, 10)) - 1;

/* Phrases that several parts of the page say: periods, sources, devices, ages, estimates. */
import { el } from "./dom.js";
import { monthNumber } from "./months.js";
import { formatDate, formatMonth, formatMonthsAgo, formatNumber, formatSignificant, t, wordFor } from "./text.js";

export const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

export const smallText = (text) => (text ? el("p", { class: "sira-small" }, text) : null);

export const markText = (text) => el("p", { class: "sira-mark" }, text);

/**
 * Which incidents one by one are not drawn, where they are too many; nothing where none is left out.
 * @param {PointsDocument | null} told
 */
export const leftOutText = (told) =>
  told?.left_out
    ? smallText(
        t("left_out", {
          drawn: formatNumber(told.day.length),
          count: formatNumber(told.left_out),
          until: formatDate(told.left_until ?? ""),
        })
      )
    : null;

/**
 * The period of an answer as one phrase: whole months by their names, others by their days.
 * @param {Period} period
 */
export function periodText(period) {
  if (!period || !period.start || !period.end) {
    return t("period_all");
  }
  const lastDay = new Date(Date.parse(`${period.end}T00:00:00Z`) - 86400000).toISOString().slice(0, 10);
  const isMonths = period.start.endsWith("-01") && period.end.endsWith("-01");
  const [start, end] = isMonths
    ? [formatMonth(period.start), formatMonth(lastDay)]
    : [formatDate(period.start), formatDate(lastDay)];
  return start === end ? start : t("period_between", { start, end });
}

/**
 * Where and when the conflict events are from: they have a period of their own.
 * @param {About["conflict"]} conflict
 */
export const conflictText = (conflict) =>
  conflict.source ? `${periodText(conflict.period)}. ${conflict.source}` : t("conflict_none");

/**
 * Sources in one line: name, licence, note; whatever the answer gives of them.
 * @param {Source[] | undefined} sources
 */
export const sourcesText = (sources) =>
  (sources || []).map((source) => [source.name, source.licence, source.note].filter(Boolean).join(", ")).join(" · ");

/**
 * Which devices are counted, in words.
 * @param {{ hazard: string }} choice
 */
export const deviceText = ({ hazard }) => capital(hazard ? wordFor("hazard", hazard) : t("hazard_all"));

/** An expectation with the interval that nine outcomes in ten lie in; from 0 to 0 is none beside what is above it. */
export const formatEstimate = (value) => {
  const expected = formatSignificant(value.value ?? value.expected);
  return value.high > 0 || value.low < 0
    ? t("risk_value", { expected, low: formatSignificant(value.low), high: formatSignificant(value.high) })
    : expected;
};

/**
 * How old the data are: their last month, and how long ago that is.
 * @param {About} about
 */
export function ageText(about) {
  if (!about.data_until) {
    return t("age_unknown", { revision: about.revision });
  }
  const now = new Date();
  const months = now.getUTCFullYear() * 12 + now.getUTCMonth() - monthNumber(about.data_until.slice(0, 7));
  return t("age", { until: formatDate(about.data_until), ago: formatMonthsAgo(months), revision: about.revision });
}

/* How old the window of a forecast is by its reader's clock, and what is said first where it is over: the rule of
   models/risk/windows.py, worked out here since a file, or a page left open, grows old after it was written. */
import { byId } from "./dom.js";
import { formatDate, t } from "./text.js";

const IS_PAST = ["over", "out_of_date"];

/**
 * "ahead", "running", "over" or "out_of_date", of an answer that holds a forecast; days are UTC days.
 * @param {{ period: Span, out_of_date: boolean }} answer
 */
export function windowAge({ period, out_of_date: isOld }) {
  const today = new Date(Date.now()).toISOString().slice(0, 10);
  if (isOld) {
    return "out_of_date";
  }
  if (today >= period.end) {
    return "over";
  }
  return today >= period.start ? "running" : "ahead";
}

/** What everything about a forecast begins with where its window is over, else "". */
export const pastText = (about) =>
  about && IS_PAST.includes(windowAge(about))
    ? t(`past_${windowAge(about)}`, { date: formatDate(about.period.end) })
    : "";

/**
 * A title of what an answer shows, behind what it begins with where its window is over.
 * @param {Forecast} about
 * @param {string} title
 */
export const pastTitle = (about, title) =>
  pastText(about) ? t("past_title", { mark: pastText(about), title }) : title;

/**
 * Which days a forecast is for.
 * @param {{ period: Span }} about
 */
export function expectedText({ period }) {
  const last = new Date(Date.parse(`${period.end}T00:00:00Z`) - 86400000).toISOString();
  return t("expected_from", { start: formatDate(period.start), end: formatDate(last) });
}

/**
 * What must be said with a forecast beside its title, which says already where it is over.
 * @param {Forecast} about
 * @returns {string[]}
 */
export function noticesOf(about) {
  const others = about.notices.slice(IS_PAST.includes(about.window.age) ? 1 : 0);
  return pastText(about) ? [pastTitle(about, t("no_forecast")), ...others] : others;
}

/** The caveats of an answer without what `pastText` says of it already. */
export const caveatsOf = ({ caveats, window: told }) => caveats.slice(IS_PAST.includes(told.age) ? 1 : 0);

/**
 * Say on the map's face that the forecasts it shows are over.
 * @param {(Forecast | null)[]} abouts
 */
export function drawPast(abouts) {
  const said = [...new Set(abouts.map(pastText).filter(Boolean))];
  const banner = byId("sira-past");
  banner.hidden = !said.length;
  banner.textContent = said.join(" · ");
}

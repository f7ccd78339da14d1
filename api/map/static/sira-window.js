/* How old the window of a forecast is by its reader's clock, and what is said first where it is over: the rule of
   models/risk/windows.py, worked out here since a file, or a page left open, grows old after it was written. */
(function (Sira) {
  "use strict";

  const IS_PAST = ["over", "out_of_date"];

  /** "ahead", "running", "over" or "out_of_date", of an answer that holds a forecast; days are UTC days. */
  Sira.windowAge = function ({ period, out_of_date: isOld }) {
    const today = new Date(Date.now()).toISOString().slice(0, 10);
    if (isOld) {
      return "out_of_date";
    }
    if (today >= period.end) {
      return "over";
    }
    return today >= period.start ? "running" : "ahead";
  };

  /** What everything about a forecast begins with where its window is over, else "". */
  Sira.pastText = (about) =>
    about && IS_PAST.includes(Sira.windowAge(about)) ? Sira.t(`past_${Sira.windowAge(about)}`, { date: Sira.date(about.period.end) }) : "";

  /** A title of what an answer shows, behind what it begins with where its window is over. */
  Sira.pastTitle = (about, title) => (Sira.pastText(about) ? Sira.t("past_title", { mark: Sira.pastText(about), title }) : title);

  /** Which days a forecast is for. */
  Sira.expectedText = function ({ period }) {
    const last = new Date(Date.parse(`${period.end}T00:00:00Z`) - 86400000).toISOString();
    return Sira.t("expected_from", { start: Sira.date(period.start), end: Sira.date(last) });
  };

  /** What must be said with a forecast beside its title, which says already where it is over. */
  Sira.noticesOf = function (about) {
    const others = about.notices.slice(IS_PAST.includes(about.window.age) ? 1 : 0);
    return Sira.pastText(about) ? [Sira.pastTitle(about, Sira.t("no_forecast")), ...others] : others;
  };

  /** The caveats of an answer without what `Sira.pastText` says of it already. */
  Sira.caveatsOf = ({ caveats, window: told }) => caveats.slice(IS_PAST.includes(told.age) ? 1 : 0);

  /** Say on the map's face that the forecasts it shows are over. */
  Sira.drawPast = function (abouts) {
    const said = [...new Set(abouts.map(Sira.pastText).filter(Boolean))];
    const banner = document.getElementById("sira-past");
    banner.hidden = !said.length;
    banner.textContent = said.join(" · ");
  };
})((window.Sira = window.Sira || {}));

import assert from "node:assert/strict";
import test from "node:test";
import { setLang, t } from "../../api/map/scripts/base/text.js";
import { rateText, reportsText } from "../../api/map/scripts/panels/panel.js";
import { trendText } from "../../api/map/scripts/panels/plot.js";
import "./settings.js";

const inBoth = (say) =>
  ["fr", "en"].map((lang) => {
    setLang(lang);
    return say().replaceAll("\u00a0", " ").replaceAll("\u202f", " ");
  });
const trendOf = (values) => inBoth(() => trendText({ values, trend: null }));
const months = (length, ...last) => [...Array(length - last.length).fill(0), ...last];

test("of months that the data do not reach nothing is said, and a count of the others is a least one", () => {
  const [french, english] = inBoth(() => t("trend_part"));
  assert.ok(english.includes("the data hold nothing of this time"));
  assert.deepEqual(trendOf(months(11)), [`12 derniers mois : –. ${french}`, `Last 12 months: –. ${english}`]);
  assert.deepEqual(trendOf(months(3, 2, 1)), [
    `12 derniers mois : ≥ 3 incidents. ${french}`,
    `Last 12 months: ≥ 3 incidents. ${english}`,
  ]);
  assert.equal(trendOf(months(12))[1], "Last 12 months: 0 incidents.");
  assert.equal(trendOf(months(13, 1))[1], "Last 12 months: 1 incident.");
});

test("no report is no rate of 0", () => {
  const rate = (unit) => inBoth(() => rateText(unit));
  assert.deepEqual(rate({ events: 0, rate_per_100k_year: 0 }), ["–", "–"]);
  assert.deepEqual(rate({ events: 2, rate_per_100k_year: 1.5 }), ["1,5", "1.5"]);
  assert.deepEqual(rate({ events: 2, rate_per_100k_year: null }), ["aucun taux", "none"]);
});

test("a part of a report is not no report", () => {
  const reports = (risk) => inBoth(() => reportsText(risk));
  assert.deepEqual(reports({ reports: 0.3, sources: 1 }), ["0,3, de 1 source", "0.3 from 1 source"]);
  assert.deepEqual(reports({ reports: 0, sources: 0 }), ["aucun signalement", "no report"]);
});

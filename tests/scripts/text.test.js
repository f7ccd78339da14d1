import assert from "node:assert/strict";
import test from "node:test";
import {
  formatCount,
  formatDate,
  formatNumber,
  formatPercent,
  formatSignificant,
  setLang,
  shortKm,
  t,
  wordFor,
} from "../../api/map/scripts/base/text.js";
import "./settings.js";

const said = () => ({
  significant: [0.00041, 0, 12.7, 1234.5].map((value) => formatSignificant(value)),
  numbers: [formatNumber(0.004, 2), formatNumber(0.04), formatNumber(0), formatNumber(0.06), formatNumber(null)],
  shares: [0.0004, 0, 0.9999, 1, 0.123].map(formatPercent),
  counts: [1, 2].map((count) => formatCount("events_short", count)),
  dates: ["2013-07-01", "2013-07-21", "2013-07", "2013"].map(formatDate),
  km: [9.96, 10.4].map(shortKm),
});

test("little is not nothing, and missing is not zero, in English", () => {
  setLang("en");
  assert.deepEqual(said(), {
    significant: ["0.00041", "0", "13", "1,235"],
    numbers: ["under 0.01", "under 0.1", "0", "0.1", "unknown"],
    shares: ["under 1%", "0%", "over 99%", "100%", "12.3%"],
    counts: ["1 incident", "2 incidents"],
    dates: ["1 July 2013", "21 July 2013", "July 2013", "2013"],
    km: ["10", "10"],
  });
});

test("and in French", () => {
  setLang("fr");
  const { significant, numbers, counts, dates } = said();
  assert.deepEqual(significant.slice(0, 2), ["0,00041", "0"]);
  assert.deepEqual(numbers.slice(0, 2), ["moins de 0,01", "moins de 0,1"]);
  assert.deepEqual(counts, ["1 incident", "2 incidents"]);
  assert.deepEqual(dates.slice(0, 2), ["1er juillet 2013", "21 juillet 2013"]);
});

test("a text that there is not is a fault, a code without a word is shown as it is", () => {
  assert.throws(() => t("no such text"), /no such text/);
  assert.equal(wordFor("hazard", "no_such_hazard"), "no_such_hazard");
});

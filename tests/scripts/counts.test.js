import assert from "node:assert/strict";
import test from "node:test";
import { defaultChoice } from "../../api/map/scripts/data/choice.js";
import { countUnits, makeTally, monthsOf } from "../../api/map/scripts/data/counts.js";
import { readOutlines } from "../../api/map/scripts/data/geometry.js";
import { settings } from "./settings.js";

/* Two units over six months; of the second nothing is counted. Months are steps, as the service writes them. */
const DOCUMENT = {
  ids: ["gao"],
  first: "2020-01",
  length: 6,
  at: [[0, 2, 3]],
  exact: [[2, 1, 0]],
  spread: [[0, 0.25, 0.5]],
  killed: [[null, 3, null]],
  injured: [[null, null, null]],
  civilians: [[null, null, 0]],
  synthetic: [true],
  trend: [null],
  sira: { period: { start: "2020-01-01", end: "2020-07-01" }, revision: 1 },
};
const SQUARE = [0, 0, 10, 0, 0, 10, -10, 0];
const outlines = readOutlines({
  level: "cercle",
  vintage: "2016",
  scale: 10,
  ids: ["gao", "kidal"],
  name: ["Gao", "Kidal"],
  pcode: ["ML07", null],
  pcode_set: ["cod-2015", null],
  parent_id: [null, null],
  population: [200000, null],
  population_year: [2020, null],
  approximate: [false, false],
  area_km2: [1, 1],
  note: { fr: ["", ""], en: ["", ""] },
  parts: [[[SQUARE]], [[SQUARE]]],
});

const counted = (start, end) => {
  const tally = makeTally(DOCUMENT);
  const { units } = countUnits(outlines, tally, { ...defaultChoice(settings), start, end });
  return units;
};

test("a period holds its months, the last one too", () => {
  const [gao] = counted("2020-01", "2020-03");
  assert.deepEqual(
    [gao.events, gao.events_exact, gao.events_spread, gao.last_event, gao.synthetic],
    [3.25, 3, 0.25, "2020-03", true]
  );
  assert.equal(counted("2020-02", "2020-02")[0].events, 0);
});

test("what no report states is unknown, which is not zero", () => {
  const [gao] = counted("2020-01", "2020-03");
  assert.deepEqual([gao.killed, gao.injured, gao.civilians, gao.victims], [3, null, null, 3]);
  const [later] = counted("2020-04", "2020-06");
  assert.deepEqual([later.killed, later.injured, later.civilians, later.victims], [null, null, 0, null]);
});

test("a unit without any report has none, and no rate where its people are not known", () => {
  const [gao, kidal] = counted("2020-01", "2020-06");
  assert.deepEqual([kidal.events, kidal.victims, kidal.rate_per_100k_year], [0, null, null]);
  assert.ok(gao.rate_per_100k_year && Math.abs(gao.rate_per_100k_year - (3.75 / 2) * (365.25 / 182)) < 1e-3);
});

test("sums of months are what a series adds up to", () => {
  const tally = makeTally(DOCUMENT);
  assert.deepEqual(tally.series("gao", 0, 6), [2, 0, 1.25, 0, 0, 0.5]);
  assert.deepEqual(tally.series("kidal", 0, 2), [0, 0]);
  assert.equal(tally.largest("events", 3), 3.25);
});

test("a choice beyond the document holds what there is of it", () => {
  const choice = { ...defaultChoice(settings), start: "2019-01", end: "2020-02" };
  assert.deepEqual(monthsOf(DOCUMENT, choice), { from: 0, to: 2 });
  assert.deepEqual(monthsOf(DOCUMENT, { ...choice, start: "2021-01", end: "2021-02" }), { from: 6, to: 6 });
  assert.equal(monthsOf({ first: null, length: 0 }, choice), null);
});

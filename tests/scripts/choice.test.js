import assert from "node:assert/strict";
import test from "node:test";
import {
  changeChoice,
  defaultChoice,
  hashOf,
  periodWithin,
  readChoice,
  spanOf,
} from "../../api/map/scripts/data/choice.js";
import { settings } from "./settings.js";

const [vintage] = settings.levels.cercle;

test("an address says a choice, and is read as that choice", () => {
  const choice = {
    ...defaultChoice(settings),
    level: "region",
    vintage: settings.levels.region[0],
    measure: "victims",
    start: "2020-02",
    end: "2020-05",
    hazard: settings.hazards[0],
    layers: ["places"],
    unit: "region-gao",
    at: { lat: 14.5, lng: -4.25, zoom: 7.5 },
    lang: /** @type {Lang} */ ("en"),
  };
  assert.deepEqual(readChoice(settings, hashOf(settings, choice)), { choice, refused: [], closed: [] });
});

test("the default is said by no more than its boundaries", () => {
  const choice = defaultChoice(settings);
  assert.equal(hashOf(settings, choice), "#");
  assert.deepEqual(readChoice(settings, "").choice, choice);
});

const HOSTILE = [
  ["level", "planet"],
  ["vintage", "1066"],
  ["measure", "safety"],
  ["start", "2020-13"],
  ["end", "1999-01"],
  ["hazard", "<script>"],
  ["layers", "places,__proto__"],
  ["unit", "a b"],
  ["at", "99,0,5"],
  ["lang", "tlh"],
];

for (const [name, value] of HOSTILE) {
  test(`${name}=${value} is refused by its name, and the default stands`, () => {
    const read = readChoice(settings, `#${new URLSearchParams({ [name]: value })}`);
    assert.deepEqual(read.refused, [name]);
    assert.deepEqual(read.choice, defaultChoice(settings));
  });
}

test("what is no part of a choice is refused", () => {
  assert.deepEqual(readChoice(settings, "#colour=red").refused, ["#"]);
});

test("what needs a key is told apart from what is wrong", () => {
  const closed = { ...settings, closed: ["level_commune", "layer_incidents"] };
  const read = readChoice(closed, "#level=commune&vintage=2016&layers=places,incidents");
  assert.deepEqual(read.closed, ["level_commune", "layer_incidents"]);
  assert.deepEqual(read.refused, []);
  assert.deepEqual(read.choice.layers, ["places"]);
});

test("an end before the start is the start, and is said", () => {
  const { choice, refused } = readChoice(settings, "#start=2020-05&end=2020-03");
  assert.deepEqual([choice.start, choice.end, refused], ["2020-05", "2020-05", ["end"]]);
});

test("another level takes the unit away; an end before the start takes the start along", () => {
  const choice = { ...defaultChoice(settings), unit: "cercle-gao" };
  assert.equal(changeChoice(settings, choice, "level", "region").unit, "");
  assert.equal(changeChoice(settings, choice, "vintage", vintage).unit, "");
  const moved = changeChoice(settings, { ...choice, start: "2021-05", end: "2021-09" }, "end", "2021-02");
  assert.deepEqual([moved.start, moved.end, moved.unit], ["2021-02", "2021-02", "cercle-gao"]);
});

test("whoever saw all of the data still does when they reach further", () => {
  const before = { start: "2020-01", end: "2021-06" };
  const after = { start: "2019-01", end: "2021-07" };
  assert.deepEqual(periodWithin(after, before, before), after);
  assert.deepEqual(periodWithin(after, before, { start: "2020-03", end: "2020-04" }), {
    start: "2020-03",
    end: "2020-04",
  });
  assert.deepEqual(periodWithin(null, before, before), { start: "", end: "" });
});

test("the last month of a half-open period is the one before its end", () => {
  const document = /** @type {any} */ ({ sira: { period: { start: "2020-01-05", end: "2021-01-01" } } });
  assert.deepEqual(spanOf(document), { start: "2020-01", end: "2020-12" });
});

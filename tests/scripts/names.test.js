import assert from "node:assert/strict";
import test from "node:test";
import { setLang } from "../../api/map/scripts/base/text.js";
import { fold, namesLike, readNames, searchNames } from "../../api/map/scripts/data/names.js";
import "./settings.js";

setLang("en");

const names = readNames({
  aliases: [["Tombouktou", "Tombouctou"]],
  units: {
    id: ["region-new", "region-old", "cercle-gao"],
    name: ["Tombouctou", "Tombouctou", "Gao"],
    level: ["region", "region", "cercle"],
    vintage: ["2023", "2016", "2016"],
    lat: [20, 20, 16.3],
    lon: [-3, -3, 0],
    span: [5, 5, 2],
  },
  places: {
    id: ["p1", "p2"],
    name: ["Gao", "Gossi"],
    also: [null, "Goshi"],
    kind: ["town", "village"],
    cercle: ["Gao", "Gourma-Rharous"],
    lat: [16.27, 15.8],
    lon: [-0.05, -1.3],
    population: [86000, 24000],
  },
  codes: {
    code: ["ML07", "ML07"],
    id: ["cercle-gao", "region-old"],
    vintages: [["2016"], ["2016"]],
    name: ["Gao", "Tombouctou"],
    level: ["cercle", "region"],
    set: ["cod-2015", "ocha-2020"],
    lat: [16, 20],
    lon: [0, -3],
    span: [2, 5],
  },
});
const isInside = ({ lat, lng }) => lat > 10 && lat < 25 && lng > -13 && lng < 5;
const found = (text) => searchNames(names, text, isInside);

test("all spellings of a name meet under one key", () => {
  assert.equal(fold("Sévaré"), "sevare");
  assert.equal(fold("  N’Djamena–Œuvre "), "ndjamenaoeuvre");
});

test("a region of several vintages is one entry that knows its id in each", () => {
  const [region] = found("tombouctou");
  assert.deepEqual(region.ids, { 2016: "region-old", 2023: "region-new" });
  assert.equal(found("Tombouktou")[0], region);
});

test("the name itself comes before what begins with it, and a unit before its town", () => {
  assert.deepEqual(
    found("gao").map(({ kind }) => kind),
    ["cercle", "town"]
  );
  assert.equal(found("Goshi")[0].name, "Gossi");
  assert.equal(found("Gosi")[0].name, "Gossi");
  assert.deepEqual(found("qqqqqq"), []);
});

test("a code is found in every set that has it, or not at all", () => {
  assert.deepEqual(
    found("ml07").map(({ code }) => code?.set),
    ["cod-2015", "ocha-2020"]
  );
  assert.deepEqual(found("ML08"), []);
});

test("coordinates are a point; exchanged ones are offered where only they lie in the country", () => {
  assert.deepEqual(
    found("16, -3").map(({ lat, lng }) => [lat, lng]),
    [[16, -3]]
  );
  assert.deepEqual(
    found("-3, 16").map(({ lat, lng }) => [lat, lng]),
    [
      [-3, 16],
      [16, -3],
    ]
  );
});

test("at most eight are offered", () => {
  const entries = Array.from({ length: 20 }, (_, i) => ({ ...names.entries[0], keys: [`gao${i}`] }));
  assert.equal(namesLike(entries, "gao").length, 8);
});

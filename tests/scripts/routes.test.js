import assert from "node:assert/strict";
import test from "node:test";
import { setLang } from "../../api/map/scripts/base/text.js";
import { heldRoutes } from "../../api/map/scripts/data/file-routes.js";
import { gpxOf } from "../../api/map/scripts/routes/gpx.js";
import { duration, hoursAndMinutes, worstOf } from "../../api/map/scripts/routes/words.js";
import "./settings.js";

setLang("en");

const both = (common, said = {}) => ({ common, said: { fr: said, en: said } });
const none = [
  { count: [0], steps: [] },
  { count: [0], steps: [] },
];
const place = (lon, lat) => ({ asked: [lon, lat] });

/* A file that holds the way from Mopti to Gao in one piece, as api/map/file_tables.py writes it. */
const DOCUMENT = {
  places: {
    id: ["gao", "mopti", "kidal"],
    label: ["Gao", "Mopti", "Kidal"],
    spellings: [[], ["Moptí", "Mobti"], []],
    waypoint: [place(-0.05, 16.27), place(-4.18, 14.48), place(1.41, 18.44)],
  },
  from: [1],
  to: [0],
  refusals: { "0-1": { fr: "fermé", en: "No way back <&>." } },
  made: "2024-05-06",
  profile: "light",
  names: ["s1"],
  scale: 100,
  near_scale: 10,
  points: [
    [-418, 413],
    [1448, 179],
  ],
  lines: { count: [2], steps: [0, 1] },
  lists: { count: [1], steps: [0] },
  sentences: { fr: ["Rien ne dit que la voie est sûre."], en: ["They do not certify a route."] },
  kinds: { fr: {}, en: {} },
  segments: both({ segment_id: ["s1"], name: ["RN16 <&>"] }, { band_label: ["high"] }),
  pieces: { segment: [0], km: [570.25], share: [1], value: [0.123], low: [0], high: [2], any: [0.1], line: [0] },
  nearby: { hazard_areas: both({}), ended_areas: both({}), places: both({}), airstrips: both({}) },
  about: both({
    period: { start: "2998-06-01", end: "2998-09-01" },
    out_of_date: false,
    window: { age: "ahead" },
    corridor_km: 2.5,
    horizon_days: 92,
    data_until: "2024-04-30",
    sources: [{ name: "A & B" }],
    synthetic: true,
  }),
  answers: {
    figures: {
      length_km: [570.25],
      known_km: [570.25],
      duration_min: [719.6],
      expected_incidents: [{ value: 0.123, low: 0, high: 2 }],
    },
    pieces: { count: [1], steps: [0] },
    caveats: [0],
    worst: [0],
    line: [0],
    others: [0],
    hazard_areas: none,
    ended_areas: none,
    places: none,
    airstrips: none,
  },
  others: { same: [], own: {}, kind: [], worst: [], line: [] },
};

const held = heldRoutes(DOCUMENT);

test("a file answers between the places that it holds, by any spelling", () => {
  const { legs, notes } = held.find(["mobti", "GAO"]);
  assert.deepEqual(notes, []);
  assert.deepEqual(legs[0].names, ["Mopti", "Gao"]);
  assert.deepEqual(legs[0].geometry.coordinates, [
    [-4.18, 14.48],
    [-0.05, 16.27],
  ]);
  assert.deepEqual([legs[0].segments[0].to_km, legs[0].segments[0].name], [570.25, "RN16 <&>"]);
});

test("a point means the nearest place, and how far that is is said", () => {
  const { legs, notes } = held.find([[-4.2, 14.5], "Gao"]);
  assert.deepEqual(legs[0].names, ["Mopti", "Gao"]);
  assert.match(notes[0], /Mopti.*3\.1/);
  assert.equal(held.nearest({ lat: 18.4, lng: 1.4 }).name, "Kidal");
});

test("why a way is not held is said", () => {
  assert.throws(() => held.find(["Gao", "Mopti"]), { message: "No way back <&>." });
  assert.throws(() => held.find(["Gao"]), /where from and where to/);
  assert.throws(() => held.find(["Gao", "gao"]), /Gao/);
  assert.throws(() => held.find(["Gaoo", "Mopti"]), /Gao/);
  assert.throws(() => held.find(["qqqq", "Mopti"]), /qqqq/);
});

test("GPX of an answer escapes what names hold, and says what must be known", () => {
  const { legs } = held.find(["Mopti", "Gao"]);
  const text = gpxOf(legs, ["A note \u0000<b>."]);
  assert.match(text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<gpx xmlns="[^"]+" version="1\.1" creator="Sira">/);
  assert.match(text, /<name>SYNTHETIC: Mopti – Gao<\/name>/);
  assert.match(text, /Assumed time: about 12 h 0 min\./);
  assert.match(text, /Sources: A &amp; B\./);
  assert.match(text, /A note &lt;b&gt;\./);
  assert.match(text, /0\.12 \(90 % of the outcomes: 0 to 2\)/);
  assert.equal(text.match(/<wpt lat="/g)?.length, 2);
  assert.equal(text.match(/<trkpt lat="14\.480000" lon="-4\.180000"><\/trkpt>/g)?.length, 1);
  assert.ok(!text.includes("\u0000"));
});

test("minutes carry over to hours once they are rounded", () => {
  assert.deepEqual(hoursAndMinutes(119.7), { hours: "2", minutes: "0" });
  assert.deepEqual([59.4, 60, 119.7, 95].map(duration), ["59 min", "1 h", "2 h", "1 h 35 min"]);
});

test("the worst segments come in the order of the answer; one that is not on the way is left out", () => {
  const answer = { worst: ["b", "x", "a"], segments: [{ segment_id: "a" }, { segment_id: "b" }] };
  assert.deepEqual(
    worstOf(answer).map((segment) => segment.segment_id),
    ["b", "a"]
  );
});

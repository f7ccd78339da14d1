import assert from "node:assert/strict";
import test from "node:test";
import { setLang } from "../../api/map/scripts/base/text.js";
import { coordinates, readCoordinates } from "../../api/map/scripts/data/coordinates.js";
import "./settings.js";

/* Every pair of signs, near the prime meridian and the equator, and where rounding carries over. */
const POINTS = [
  [14.4843, -4.183],
  [16.2666, 0.04999],
  [24.99999, -11.99999],
  [-1.00001, 2.5],
  [12.6392, -8.0029],
];

const isNear = (read, { lat, lng }, within, text) => {
  assert.ok(read, text);
  assert.ok(Math.abs(read.lat - lat) < within && Math.abs(read.lng - lng) < within, `${text}: ${JSON.stringify(read)}`);
};

for (const lang of /** @type {Lang[]} */ (["fr", "en"])) {
  test(`reads every coordinate that it writes, ${lang}`, () => {
    setLang(lang);
    for (const [lat, lng] of POINTS) {
      const written = Object.values(coordinates({ lat, lng }));
      assert.equal(written.length, 3);
      for (const text of written) {
        isNear(readCoordinates(text), { lat, lng }, 3e-5, text);
      }
    }
  });
}

test("writes a point in three notations", () => {
  setLang("fr");
  assert.deepEqual(coordinates({ lat: 14.4843, lng: -4.183 }), {
    decimal: "14.48430, -4.18300",
    dms: "14°29′03,5″N 4°10′58,8″O",
    mgrs: "30P UB 72511 01617",
  });
});

const AS_PEOPLE_WRITE = [
  "14,4843; -4,183",
  "14,4843, −4,183",
  "14.4843N 4.183W",
  "14,4843 n, 4,183 o",
  "4°10'58.8\"W 14°29'3.48\"N",
  "N14°29'3.48'' W4°10'58.8''",
  "14 29 03.48 N, 4 10 58.8 O",
  "14º29.058’ N 4º10.98’ O",
];

for (const text of AS_PEOPLE_WRITE) {
  test(`reads ${text}`, () => isNear(readCoordinates(text), { lat: 14.4843, lng: -4.183 }, 1e-5, text));
}

for (const text of [
  "14°75′N 4°O",
  "14°N 4°S",
  "95°N 4°O",
  "14°29,5′30″N 4°O",
  "14°29′03″N",
  "30P OI 1 1",
  "Mopti",
  "",
]) {
  test(`${text || "nothing"} is no coordinate`, () => assert.equal(readCoordinates(text), null));
}

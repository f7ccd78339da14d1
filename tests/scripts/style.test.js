import assert from "node:assert/strict";
import test from "node:test";
import { classOf, fillOf, radiusOf, roundSteps } from "../../api/map/scripts/map/style.js";
import { settings } from "./settings.js";

const unit = (counted) => /** @type {CountedUnit} */ ({ events: 2, rate_per_100k_year: null, ...counted });
const { breaks, colours } = settings.palette;

test("no report is a class of its own, which is no colour of the scale", () => {
  assert.equal(classOf(unit({ events: 0, rate_per_100k_year: 0 }), "rate"), "none");
  assert.ok(!colours.includes(fillOf("none")));
});

test("incidents without people to divide by have no rate", () => {
  assert.equal(classOf(unit({}), "rate"), "norate");
});

test("a limit belongs to the class above it", () => {
  breaks.forEach((limit, i) => {
    assert.equal(classOf(unit({ rate_per_100k_year: limit }), "rate"), i + 1);
    assert.equal(classOf(unit({ rate_per_100k_year: limit * 0.999 }), "rate"), i);
  });
  assert.equal(colours.length, breaks.length + 1);
});

test("counts are circles, a forecast has the class that the service gave it", () => {
  assert.equal(classOf(unit({}), "victims"), "counted");
  assert.equal(classOf(unit({}), "expected"), "not_assessed");
  assert.equal(classOf(unit({ risk: { band: "high" } }), "expected"), "high");
});

test("a circle's area is in proportion, and nothing has no circle", () => {
  assert.equal(radiusOf(0, 100), 0);
  assert.ok(Math.abs(radiusOf(100, 100) ** 2 / radiusOf(25, 100) ** 2 - 4) < 1e-9);
  assert.deepEqual(roundSteps(740), [1, 100, 500]);
});

import assert from "node:assert/strict";
import test from "node:test";
import { areaKm2, distanceKm, readQuads } from "../../api/map/scripts/data/geometry.js";

const near = (value, expected, part) => assert.ok(Math.abs(value / expected - 1) < part, `${value}, not ${expected}`);

test("distances are those of the ellipsoid", () => {
  /* As GeographicLib has them. */
  near(distanceKm({ lat: 12.6392, lng: -8.0029 }, { lat: 16.2666, lng: -0.05 }), 946.56019, 1e-5);
  near(distanceKm({ lat: 0, lng: 0 }, { lat: 0, lng: 1 }), 111.31949, 1e-6);
  assert.equal(distanceKm({ lat: 15, lng: 1 }, { lat: 15, lng: 1 }), 0);
});

test("a degree's square has its area on the ellipsoid", () => {
  const corners = [
    [0, 0],
    [0, 1],
    [1, 1],
    [1, 0],
  ];
  near(areaKm2(corners.map(([lat, lng]) => ({ lat, lng }))), 12308.778, 1e-4);
});

test("steps are corners, four a cell", () => {
  assert.deepEqual(readQuads([0, 0, 10, 0, 0, 10, -10, 0], 10), [
    [
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 0],
      ],
    ],
  ]);
});

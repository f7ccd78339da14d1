/* Outlines from whole numbers, areas and distances on the ellipsoid. Nothing here draws. */
const A_KM = 6378.137;
const FLATTENING = 1 / 298.257223563;
const radians = (degrees) => (degrees * Math.PI) / 180;

/** A ring of steps as corners [lat, lng]. */
function corners(steps, scale) {
  /** @type {Corner[]} */
  const found = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    found.push([y / scale, x / scale]);
  }
  return found;
}

/** A point inside a polygon's largest part, near enough to its middle to carry a circle. */
function middle(parts) {
  const sums = parts.map(([ring]) => {
    let area = 0;
    let x = 0;
    let y = 0;
    ring.forEach(([lat, lng], i) => {
      const [nextLat, nextLng] = ring[(i + 1) % ring.length];
      const cross = lng * nextLat - nextLng * lat;
      area += cross;
      x += (lng + nextLng) * cross;
      y += (lat + nextLat) * cross;
    });
    return { size: Math.abs(area), lat: y / (3 * area), lng: x / (3 * area) };
  });
  return sums.reduce((largest, part) => (part.size > largest.size ? part : largest));
}

const COLUMNS = ["name", "pcode", "pcode_set", "parent_id", "population", "population_year", "approximate", "area_km2"];

/**
 * The document of outlines as units: what is known of each, its parts as Leaflet takes them, and its middle.
 * @param {any} document
 * @returns {Outlines}
 */
export function readOutlines(document) {
  const units = document.ids.map((id, row) => {
    const known = Object.fromEntries(COLUMNS.map((name) => [name, document[name][row]]));
    const notes = Object.fromEntries(Object.entries(document.note).map(([lang, texts]) => [lang, texts[row]]));
    return { id, level: document.level, vintage: document.vintage, ...known, notes };
  });
  const shapes = new Map(
    document.ids.map((id, row) => {
      const parts = document.parts[row].map((rings) => rings.map((steps) => corners(steps, document.scale)));
      return [id, { parts, middle: middle(parts) }];
    })
  );
  return { units, shapes, byId: new Map(units.map((unit) => [unit.id, unit])) };
}

/**
 * Quadrilaterals from steps, as the parts of one polygon.
 * @param {number[]} steps
 * @param {number} scale
 * @returns {Corner[][][]}
 */
export function readQuads(steps, scale) {
  const found = corners(steps, scale);
  return Array.from({ length: found.length / 4 }, (_, i) => [found.slice(4 * i, 4 * i + 4)]);
}

/**
 * Distance in km along the ellipsoid, by Lambert's formula: right to some metres in a thousand km.
 * @param {Point} one
 * @param {Point} other
 */
export function distanceKm(one, other) {
  const reduced = (lat) => Math.atan((1 - FLATTENING) * Math.tan(radians(lat)));
  const [b1, b2] = [reduced(one.lat), reduced(other.lat)];
  const half = radians(other.lng - one.lng) / 2;
  const h = Math.sin((b2 - b1) / 2) ** 2 + Math.cos(b1) * Math.cos(b2) * Math.sin(half) ** 2;
  const sigma = 2 * Math.asin(Math.min(1, Math.sqrt(h)));
  if (sigma === 0) {
    return 0;
  }
  const [p, q] = [(b1 + b2) / 2, (b2 - b1) / 2];
  const x = ((sigma - Math.sin(sigma)) * (Math.sin(p) * Math.cos(q)) ** 2) / Math.cos(sigma / 2) ** 2;
  const y = ((sigma + Math.sin(sigma)) * (Math.cos(p) * Math.sin(q)) ** 2) / Math.sin(sigma / 2) ** 2;
  return A_KM * (sigma - (FLATTENING / 2) * (x + y));
}

/** The ordinate of the equal-area cylindrical projection of the ellipsoid, in units of half its radius. */
function ordinate(lat) {
  const sin = Math.sin(radians(lat));
  const e = Math.sqrt(FLATTENING * (2 - FLATTENING));
  return (1 - e * e) * (sin / (1 - (e * sin) ** 2) - Math.log((1 - e * sin) / (1 + e * sin)) / (2 * e));
}

/**
 * Area in km² of a ring of points, on the ellipsoid.
 * @param {Point[]} points
 */
export function areaKm2(points) {
  const sum = points.reduce((total, point, i) => {
    const next = points[(i + 1) % points.length];
    return total + radians(next.lng - point.lng) * (ordinate(point.lat) + ordinate(next.lat));
  }, 0);
  return Math.abs((sum * A_KM ** 2) / 4);
}

/** Whether a ring goes around a point; the rings of a polygon with holes are asked one by one. */
function goesAround(ring, { lat, lng }) {
  let isInside = false;
  ring.forEach(([y, x], i) => {
    const [nextY, nextX] = ring[(i + 1) % ring.length];
    if (y > lat !== nextY > lat && lng < x + ((lat - y) / (nextY - y)) * (nextX - x)) {
      isInside = !isInside;
    }
  });
  return isInside;
}

/**
 * Whether a point lies in one of the units of outlines that were read: together they are the country.
 * @param {Outlines} outlines
 * @param {Point} point
 */
export const isWithin = (outlines, point) =>
  [...outlines.shapes.values()].some(({ parts }) =>
    parts.some((rings) => rings.filter((ring) => goesAround(ring, point)).length % 2 === 1)
  );

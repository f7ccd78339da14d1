/* Routes of a single file: the answers that the service gave when the file was written, for every two of the places
   that it holds, put together from the tables of api/map/file_tables.py. Nothing is worked out here. */
import { periodText } from "../base/phrases.js";
import { formatDate, formatMonth, formatNumber, language, shortKm, t } from "../base/text.js";
import { inLanguage, rowOf } from "./columns.js";
import { distanceKm } from "./geometry.js";
import { DataError } from "./http.js";
import { fold, namesLike } from "./names.js";

const PIECE_DECIMALS = 1000;
const rounded = (value) => Math.round(value * PIECE_DECIMALS) / PIECE_DECIMALS;
const NEARBY = ["hazard_areas", "ended_areas", "places", "airstrips"];

/** Where each list of numbers begins among all. */
function starts(counts) {
  let at = 0;
  return counts.map((count) => (at += count) - count);
}

/** Lists of numbers kept as steps from one to the next: the one of a row. */
function lists({ count, steps }) {
  const first = starts(count);
  return (row) => {
    let number = 0;
    return steps.slice(first[row], first[row] + count[row]).map((step) => (number += step));
  };
}

const summed = (steps) => {
  let number = 0;
  return steps.map((step) => (number += step));
};

/** Puts answers together: the one of a number, in the page's language. */
function answers(document) {
  const [lons, lats] = document.points.map(summed);
  const pointsOf = lists(document.lines);
  const listOf = lists(document.lists);
  const own = document.answers;
  const piecesOf = lists(own.pieces);
  const near = NEARBY.map((name) => [name, ...own[name].map(lists)]);
  const { others } = document;
  const firstOther = starts(own.others);
  const ownFigures = starts(others.same.map((same) => (same ? 0 : 1)));

  const line = (row) => ({
    type: "LineString",
    coordinates: pointsOf(row).map((point) => [lons[point] / document.scale, lats[point] / document.scale]),
  });
  const names = (row) => listOf(row).map((name) => document.names[name]);

  function segments(number) {
    const told = inLanguage(document.segments);
    const { pieces } = document;
    let km = 0;
    return piecesOf(number).map((row) => {
      const from = km;
      km += pieces.km[row];
      return {
        ...rowOf(told, pieces.segment[row]),
        from_km: rounded(from),
        to_km: rounded(km),
        share: pieces.share[row],
        expected_incidents:
          pieces.value[row] === null
            ? null
            : { value: pieces.value[row], low: pieces.low[row], high: pieces.high[row] },
        probability_any: pieces.any[row],
        geometry: line(pieces.line[row]),
      };
    });
  }

  function alternatives(number, answer) {
    return Array.from({ length: own.others[number] }, (_, i) => {
      const row = firstOther[number] + i;
      const members = Object.keys(others.own);
      const numbers = others.same[row] ? answer : rowOf(others.own, ownFigures[row]);
      return {
        ...Object.fromEntries(members.map((name) => [name, numbers[name]])),
        kind: others.kind[row],
        label: document.kinds[language()][others.kind[row]],
        worst: names(others.worst[row]),
        geometry: line(others.line[row]),
      };
    });
  }

  return (number) => {
    const answer = rowOf(own.figures, number);
    const beside = near.map(([name, rows, at]) => {
      const told = inLanguage(document.nearby[name]);
      const along = at(number);
      return [name, rows(number).map((row, i) => ({ ...rowOf(told, row), at_km: along[i] / document.near_scale }))];
    });
    return {
      ...inLanguage(document.about),
      ...answer,
      lang: language(),
      caveats: listOf(own.caveats[number]).map((row) => document.sentences[language()][row]),
      worst: names(own.worst[number]),
      segments: segments(number),
      alternatives: alternatives(number, answer),
      geometry: line(own.line[number]),
      ...Object.fromEntries(beside),
    };
  };
}

/** The places held, each with the keys of all its spellings. */
function readPlaces({ id, label, spellings, waypoint }) {
  return id.map((each, row) => ({
    id: each,
    row,
    name: label[row],
    keys: [each, label[row], ...spellings[row]].map(fold),
    kind: "town",
    weight: 0,
    lng: waypoint[row].asked[0],
    lat: waypoint[row].asked[1],
    waypoint: waypoint[row],
  }));
}

function nearest(places, point) {
  return places.reduce((best, place) => (distanceKm(place, point) < distanceKm(best, point) ? place : best));
}

/**
 * What is held of routes: where between, when made, and the answer for places named or clicked.
 * @param {any} document
 * @returns {HeldRoutes}
 */
export function heldRoutes(document) {
  const places = readPlaces(document.places);
  const numbers = new Map(document.from.map((start, number) => [`${start}-${document.to[number]}`, number]));
  const answer = answers(document);
  const list = () =>
    places
      .map(({ name }) => name)
      .sort((one, other) => one.localeCompare(other))
      .join(", ");

  function refuse(key, params) {
    throw new DataError(0, t(key, params));
  }

  /** The place that a stop means; what was clicked or given in degrees is taken to the nearest, which is said. */
  function placeOf(stop, notes) {
    if (typeof stop !== "string") {
      const [lng, lat] = stop;
      const found = nearest(places, { lat, lng });
      const km = distanceKm(found, { lat, lng });
      notes.push(t("route_nearest", { name: found.name, km: shortKm(km) }));
      return found;
    }
    const found = places.filter(({ keys }) => keys.includes(fold(stop)));
    if (found.length === 1) {
      return found[0];
    }
    const like = found.length ? found : namesLike(places, fold(stop)).slice(0, 3);
    const key = like.length ? "route_not_held_like" : "route_not_held";
    return refuse(key, {
      name: stop,
      like: like.map(({ name }) => name).join(", "),
      count: formatNumber(places.length),
      places: list(),
    });
  }

  function leg(start, end) {
    const key = `${start.row}-${end.row}`;
    if (start === end) {
      refuse("route_same_place", { name: start.name });
    }
    if (!numbers.has(key)) {
      throw new DataError(0, document.refusals[key][language()]);
    }
    return { ...answer(numbers.get(key)), waypoints: [start.waypoint, end.waypoint], names: [start.name, end.name] };
  }

  return {
    places: places.map(({ name }) => name),
    nearest: (point) => {
      const found = nearest(places, point);
      return { name: found.name, km: distanceKm(found, point) };
    },
    /** What the reader must know of all routes here. */
    about: () =>
      t("route_held", {
        count: formatNumber(places.length),
        date: formatDate(document.made),
        profile: t(`profile_${document.profile}`),
        month: formatMonth(document.made),
        period: periodText(document.about.common.period),
      }),
    find(stops) {
      const notes = [];
      if (stops.length < 2) {
        refuse("route_two_places");
      }
      const way = stops.map((stop) => placeOf(stop, notes));
      const legs = way.slice(1).map((end, i) => leg(way[i], end));
      return { legs, notes: [...new Set(notes)] };
    },
  };
}

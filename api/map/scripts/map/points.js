/* Incidents one by one on one canvas. Near ones share a circle with their number; a ring marks a position that is not
   exact. Grouping is by cells of the world, not of the view: it is done once per zoom and choice, a move only draws.
   What is drawn are pictures kept from before, since filling thousands of circles takes 100 ms and more. */
import * as L from "leaflet";
import { showStatus } from "../base/status.js";
import { groupPopup, incidentPopup } from "./details.js";
import { popupOptions, readPopup } from "./popups.js";
import { styleOf } from "./style.js";

const CELL_PX = 46;
const APART_ZOOM = 12;
const REACH_PX = 9;
const MARGIN = 0.1;
const EXACT = "exact";
/* More columns of cells than there are at any zoom, so that a column and a row make one small whole number. */
const COLUMNS = 32768;

/** The document of points as arrays, positions in pixels of zoom 0; `place` numbers the different positions. */
export function readPoints(document) {
  const count = document.lon.length;
  const found = {
    count,
    x: new Float64Array(count),
    y: new Float64Array(count),
    day: new Int32Array(count),
    number: new Int32Array(count),
    place: new Int32Array(count),
  };
  const places = new Map();
  let day = 0;
  let number = 0;
  for (let i = 0; i < count; i += 1) {
    const sin = Math.sin((document.lat[i] / document.scale) * (Math.PI / 180));
    found.x[i] = (document.lon[i] / document.scale / 360 + 0.5) * 256;
    found.y[i] = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * 256;
    day += document.day[i];
    number += document.number[i];
    found.day[i] = day;
    found.number[i] = number;
    const key = document.lon[i] * 1e7 + document.lat[i];
    if (!places.has(key)) {
      places.set(key, places.size);
    }
    found.place[i] = places.get(key);
  }
  found.places = places.size;
  const latLng = (i) => ({ lat: document.lat[i] / document.scale, lng: document.lon[i] / document.scale });
  return { ...found, latLng, document };
}

const dayNumber = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / 86400000);
const radiusOf = (size) => (size > 1 ? 9 + 3 * Math.log10(size) : 5);
const sizeText = (size) => (size < 1000 ? String(size) : `${Math.round(size / 100) / 10}k`);

/** Which cell each point lies in at a zoom, as numbers from 0 to before `count`; nearest, each place is a cell. */
export function cellsOf(points, zoom) {
  if (zoom >= APART_ZOOM) {
    return { of: points.place, count: points.places };
  }
  const scale = 2 ** zoom / CELL_PX;
  const of = new Int32Array(points.count);
  const numbers = new Map();
  for (let i = 0; i < points.count; i += 1) {
    const key = Math.floor(points.x[i] * scale) * COLUMNS + Math.floor(points.y[i] * scale);
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    of[i] = number;
  }
  return { of, count: numbers.size };
}

/**
 * The points with `shown` by their cells: for each cell how many they are, the first of them, and the sum of their
 * positions in pixels of zoom 0.
 */
export function groupPoints(points, shown, cells) {
  const { count, x, y } = points;
  const { of } = cells;
  const size = new Int32Array(cells.count);
  const first = new Int32Array(cells.count);
  const sumX = new Float64Array(cells.count);
  const sumY = new Float64Array(cells.count);
  for (let i = 0; i < count; i += 1) {
    if (shown[i]) {
      const cell = of[i];
      if (!size[cell]) {
        first[cell] = i;
      }
      size[cell] += 1;
      sumX[cell] += x[i];
      sumY[cell] += y[i];
    }
  }
  return { cells, size, first, x: (cell) => sumX[cell] / size[cell], y: (cell) => sumY[cell] / size[cell] };
}

/** Pictures of circles at a ratio of device pixels: each is made once, then only copied. */
function makePictures(ratio) {
  const kept = new Map();

  function make(radius, fill, line, width, text) {
    const side = 2 * Math.ceil((radius + width) * ratio);
    const canvas = new OffscreenCanvas(side, side);
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.translate(side / 2, side / 2);
    pen.scale(ratio, ratio);
    pen.beginPath();
    pen.arc(0, 0, radius, 0, 2 * Math.PI);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = width;
    pen.strokeStyle = line;
    pen.stroke();
    if (text) {
      pen.fillStyle = line;
      pen.font = "600 11px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(text, 0, 0.5);
    }
    return canvas.transferToImageBitmap();
  }

  /** The picture of a group of `size`, or of one incident whose position is exact or not. */
  return function (size, isExact) {
    const key = size > 1 ? sizeText(size) : isExact;
    if (!kept.has(key)) {
      const { fillColor, color } = styleOf("incident");
      const radius = radiusOf(size);
      kept.set(
        key,
        size > 1 || isExact
          ? make(radius, fillColor, color, 1.5, size > 1 ? key : "")
          : make(radius, color, fillColor, 2.5, "")
      );
    }
    return kept.get(key);
  };
}

/** @type {any} */
export const PointsLayer = L.Layer.extend({
  initialize(points) {
    this._points = points;
    this._shown = new Uint8Array(points.count).fill(1);
    this._groups = null;
    this._chosen = null;
    this.choose({ start: "", end: "" }, "");
  },

  /** Show only what lies in the period and is of the type chosen. */
  choose(period, hazard) {
    const chosen = `${period.start} ${period.end} ${hazard}`;
    if (chosen === this._chosen) {
      return;
    }
    this._chosen = chosen;
    const { count, day, document } = this._points;
    const from = period.start ? dayNumber(period.start) : -Infinity;
    const to = period.end ? dayNumber(period.end) : Infinity;
    const code = hazard ? document.hazards.indexOf(hazard) : -1;
    const apart = new Set(document.apart); // not among "all": they have to be chosen
    for (let i = 0; i < count; i += 1) {
      const isType = code < 0 ? !apart.has(document.hazard[i]) : document.hazard[i] === code;
      this._shown[i] = isType && day[i] >= from && day[i] < to ? 1 : 0;
    }
    this._groups = null;
    if (this._map) {
      this._draw();
    }
  },

  onAdd(map) {
    this._canvas = L.DomUtil.create("canvas", "sira-points leaflet-zoom-animated");
    this._canvas.setAttribute("aria-hidden", "true");
    map.getPane("sira-points").append(this._canvas);
    this._draw();
  },

  onRemove() {
    this._canvas.remove();
  },

  getEvents() {
    return { moveend: this._follow, resize: this._follow, zoomanim: this._animate };
  },

  _animate({ zoom, center }) {
    const map = this._map;
    const scale = map.getZoomScale(zoom, map.getZoom());
    const offset = map._latLngBoundsToNewLayerBounds(this._bounds, zoom, center).min;
    L.DomUtil.setTransform(this._canvas, offset, scale);
  },

  /** Draw anew where the view has left what is drawn: the canvas is larger than the view and moves with the map. */
  _follow() {
    const map = this._map;
    const view = L.bounds([map.containerPointToLayerPoint([0, 0]), map.containerPointToLayerPoint(map.getSize())]);
    if (map.getZoom() !== this._zoom || devicePixelRatio !== this._ratio || !this._reach.contains(view)) {
      this._draw();
    }
  },

  /** Lay the canvas over the view and a margin around it; gives its pen, in device pixels, on an empty ground. */
  _place() {
    const map = this._map;
    const size = map.getSize();
    const padding = size.multiplyBy(MARGIN).round();
    const corner = map.containerPointToLayerPoint(padding.multiplyBy(-1)).round();
    const whole = size.add(padding.multiplyBy(2));
    const [width, height] = [Math.round(whole.x * devicePixelRatio), Math.round(whole.y * devicePixelRatio)];
    const canvas = this._canvas;
    const pen = canvas.getContext("2d");
    if (canvas.width === width && canvas.height === height && devicePixelRatio === this._ratio) {
      pen.clearRect(0, 0, width, height);
    } else {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${whole.x}px`;
      canvas.style.height = `${whole.y}px`;
      this._ratio = devicePixelRatio;
      this._pictures = makePictures(this._ratio);
    }
    L.DomUtil.setTransform(canvas, corner, 1);
    this._reach = L.bounds([corner, corner.add(whole)]);
    this._bounds = L.latLngBounds(map.layerPointToLatLng(corner), map.layerPointToLatLng(corner.add(whole)));
    return pen;
  },

  _draw() {
    const map = this._map;
    const zoom = map.getZoom();
    if (zoom !== this._zoom) {
      this._cells = cellsOf(this._points, zoom);
      this._zoom = zoom;
      this._groups = null;
    }
    this._groups = this._groups || groupPoints(this._points, this._shown, this._cells);
    const pen = this._place();
    const { cells, size, first, x, y } = this._groups;
    const { precision, precisions } = this._points.document;
    const exact = precisions.indexOf(EXACT);
    const scale = map.getZoomScale(zoom, 0);
    const origin = this._reach.min.add(map.getPixelOrigin());
    const [width, height] = [this._canvas.width, this._canvas.height];
    for (let cell = 0; cell < cells.count; cell += 1) {
      const left = (x(cell) * scale - origin.x) * this._ratio;
      const top = (y(cell) * scale - origin.y) * this._ratio;
      /* A cell without points has no middle: what is not a number is not inside. */
      if (left >= 0 && top >= 0 && left <= width && top <= height) {
        const picture = this._pictures(size[cell], precision[first[cell]] === exact);
        /* On whole pixels nothing has to be mixed anew. */
        pen.drawImage(picture, Math.round(left - picture.width / 2), Math.round(top - picture.height / 2));
      }
    }
  },

  /** The incidents of the group under a point of the map, the one drawn last; null where there is none. */
  at(latLng) {
    const { cells, size, x, y } = this._groups;
    const scale = this._map.getZoomScale(this._zoom, 0);
    const point = this._map.project(latLng, this._zoom);
    for (let cell = cells.count - 1; cell >= 0; cell -= 1) {
      const distance = Math.hypot(x(cell) * scale - point.x, y(cell) * scale - point.y);
      if (distance <= Math.max(radiusOf(size[cell]), REACH_PX)) {
        const members = [];
        cells.of.forEach((each, i) => each === cell && this._shown[i] && members.push(i));
        return members;
      }
    }
    return null;
  },

  /** The newest incidents in view, at most `most`, and how many there are. */
  inView(most) {
    const bounds = this._map.getBounds();
    const newest = [];
    let count = 0;
    for (let i = 0; i < this._points.count; i += 1) {
      if (this._shown[i] && bounds.contains(this._points.latLng(i))) {
        count += 1;
        if (newest.length < most) {
          newest.push(i);
        }
      }
    }
    return { count, newest };
  },

  /** What of the map is in view, in a word that differs where it does. */
  view() {
    return this._map.getBounds().toBBoxString();
  },

  points() {
    return this._points;
  },

  /** What is shown of them, in a word that differs where the period or the device does. */
  chosen() {
    return this._chosen;
  },
});

/** What opens incidents, `renew` what is called where the data have changed since they were drawn: one in a popup, a group by going nearer or, where that tells none apart, as a list. */
export function makeIncidents(map, source, layers, renew) {
  async function open(i, takesFocus) {
    const { document: told, number, latLng } = layers.points().points();
    try {
      const incident = await source.incident(number[i], told.sira.revision);
      const popup = L.popup(popupOptions(map)).setLatLng(latLng(i)).setContent(incidentPopup(incident)).openOn(map);
      if (takesFocus) {
        readPopup(popup);
      }
    } catch (error) {
      /* A number is of one revision only. */
      error.status === 404 ? renew() : showStatus(error.message);
    }
  }

  function openGroup(members) {
    const points = layers.points().points();
    const bounds = L.latLngBounds(members.map(points.latLng));
    const isOnePlace = bounds.getSouthWest().equals(bounds.getNorthEast());
    if (members.length === 1) {
      open(members[0]);
    } else if (map.getZoom() < map.getMaxZoom() && !isOnePlace) {
      map.fitBounds(bounds.pad(0.2), { animate: false });
    } else {
      L.popup(popupOptions(map))
        .setLatLng(points.latLng(members[0]))
        .setContent(groupPopup(points, members, open))
        .openOn(map);
    }
  }

  return { open, openGroup };
}

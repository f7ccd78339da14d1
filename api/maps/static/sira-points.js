/* Incidents one by one on one canvas: 50,000 draw in some milliseconds. Near ones share a circle with their number;
   a ring marks a position that is not exact. */
(function (Sira) {
  "use strict";

  const CELL_PX = 46;
  const APART_ZOOM = 12;
  const REACH_PX = 9;
  const MARGIN = 0.1;
  const EXACT = "exact";

  /** The document of points as arrays, positions in pixels of zoom 0. */
  Sira.readPoints = function (document) {
    const count = document.lon.length;
    const found = { count, x: new Float64Array(count), y: new Float64Array(count), day: new Int32Array(count), number: new Int32Array(count) };
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
    }
    const latLng = (i) => ({ lat: document.lat[i] / document.scale, lng: document.lon[i] / document.scale });
    return { ...found, latLng, document };
  };

  const dayNumber = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / 86400000);

  Sira.PointsLayer = L.Layer.extend({
    initialize(points) {
      this._points = points;
      this._shown = new Uint8Array(points.count).fill(1);
      this._groups = [];
    },

    /** Show only what lies in the period and is of the type chosen. */
    choose(period, hazard) {
      const { count, day, document } = this._points;
      const from = period.start ? dayNumber(period.start) : -Infinity;
      const to = period.end ? dayNumber(period.end) : Infinity;
      const code = hazard ? document.hazards.indexOf(hazard) : -1;
      for (let i = 0; i < count; i += 1) {
        const isType = code < 0 || document.hazard[i] === code;
        this._shown[i] = isType && day[i] >= from && day[i] < to ? 1 : 0;
      }
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
      return { moveend: this._draw, resize: this._draw, zoomanim: this._animate };
    },

    _animate({ zoom, center }) {
      const map = this._map;
      const scale = map.getZoomScale(zoom, map.getZoom());
      const offset = map._latLngBoundsToNewLayerBounds(this._bounds, zoom, center).min;
      L.DomUtil.setTransform(this._canvas, offset, scale);
    },

    _draw() {
      const map = this._map;
      const size = map.getSize();
      const padding = size.multiplyBy(MARGIN).round();
      const corner = map.containerPointToLayerPoint(padding.multiplyBy(-1)).round();
      const whole = size.add(padding.multiplyBy(2));
      const ratio = window.devicePixelRatio || 1;
      this._canvas.width = whole.x * ratio;
      this._canvas.height = whole.y * ratio;
      this._canvas.style.width = `${whole.x}px`;
      this._canvas.style.height = `${whole.y}px`;
      L.DomUtil.setTransform(this._canvas, corner, 1);
      this._bounds = L.latLngBounds(map.layerPointToLatLng(corner), map.layerPointToLatLng(corner.add(whole)));
      this._group(corner.add(map.getPixelOrigin()), whole);
      const pen = this._canvas.getContext("2d");
      pen.scale(ratio, ratio);
      for (const group of this._groups) {
        group.members.length > 1 ? this._disc(pen, group) : this._dot(pen, group);
      }
    },

    /** Put what is in view into cells of the world's pixels, which stay the same while the map is moved. */
    _group(origin, size) {
      const { count, x, y } = this._points;
      const zoom = this._map.getZoom();
      const scale = this._map.getZoomScale(zoom, 0);
      const cells = new Map();
      this._groups = [];
      for (let i = 0; i < count; i += 1) {
        const left = x[i] * scale - origin.x;
        const top = y[i] * scale - origin.y;
        if (!this._shown[i] || left < 0 || top < 0 || left > size.x || top > size.y) {
          continue;
        }
        const key =
          zoom >= APART_ZOOM
            ? `${Math.round(left * 4)} ${Math.round(top * 4)}`
            : Math.floor((x[i] * scale) / CELL_PX) * 1e7 + Math.floor((y[i] * scale) / CELL_PX);
        let group = cells.get(key);
        if (!group) {
          group = { x: 0, y: 0, members: [] };
          cells.set(key, group);
          this._groups.push(group);
        }
        group.x += left;
        group.y += top;
        group.members.push(i);
      }
      for (const group of this._groups) {
        group.x /= group.members.length;
        group.y /= group.members.length;
        group.radius = group.members.length > 1 ? 9 + 3 * Math.log10(group.members.length) : 5;
      }
    },

    _disc(pen, { x, y, radius, members }) {
      const { fillColor, color } = Sira.drawing("incident");
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.fillStyle = fillColor;
      pen.fill();
      pen.lineWidth = 1.5;
      pen.strokeStyle = color;
      pen.stroke();
      pen.fillStyle = color;
      pen.font = "600 11px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(members.length < 1000 ? members.length : `${Math.round(members.length / 100) / 10}k`, x, y + 0.5);
    },

    _dot(pen, { x, y, radius, members: [i] }) {
      const { document } = this._points;
      const { fillColor, color } = Sira.drawing("incident");
      const isExact = document.precisions[document.precision[i]] === EXACT;
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.fillStyle = isExact ? fillColor : color;
      pen.fill();
      pen.lineWidth = isExact ? 1.5 : 2.5;
      pen.strokeStyle = isExact ? color : fillColor;
      pen.stroke();
    },

    /** The group under a point of the map, null where there is none. */
    at(latLng) {
      const corner = this._map.latLngToLayerPoint(this._bounds.getNorthWest());
      const point = this._map.latLngToLayerPoint(latLng).subtract(corner);
      const near = this._groups.filter(({ x, y, radius }) => Math.hypot(x - point.x, y - point.y) <= Math.max(radius, REACH_PX));
      return near.length ? near[near.length - 1].members : null;
    },

    /** The newest incidents in view, at most `most`, and how many there are. */
    inView(most) {
      const bounds = this._map.getBounds();
      const members = this._groups.flatMap((group) => group.members).filter((i) => bounds.contains(this._points.latLng(i)));
      return { count: members.length, newest: members.sort((one, other) => one - other).slice(0, most) };
    },

    points() {
      return this._points;
    },
  });

  /** What opens incidents: one in a popup, a group by going nearer. */
  Sira.makeIncidents = function (map, source, layers) {
    async function open(i) {
      const { document: told, number, latLng } = layers.points().points();
      try {
        const incident = await source.incident(number[i], told.sira.revision);
        L.popup(Sira.popupOptions(map)).setLatLng(latLng(i)).setContent(Sira.incidentPopup(incident)).openOn(map);
      } catch (error) {
        Sira.say(error.message);
      }
    }

    function openGroup(members) {
      const bounds = L.latLngBounds(members.map(layers.points().points().latLng));
      const isOnePlace = bounds.getSouthWest().equals(bounds.getNorthEast());
      if (members.length > 1 && map.getZoom() < map.getMaxZoom() && !isOnePlace) {
        map.fitBounds(bounds.pad(0.2), { animate: false });
      } else {
        open(members[0]);
      }
    }

    return { open, openGroup };
  };
})((window.Sira = window.Sira || {}));

/* The planes of the map, bottom to top, and how outlines are cut to the view. */
import * as L from "leaflet";

/* Bottom to top. Lines and places lie over the units but let the pointer through to them. */
const PANES = [
  ["sira-tiles", 200, false],
  ["sira-base", 250, false],
  ["sira-units", 400, true],
  ["sira-outline", 402, false],
  ["sira-cells", 404, false],
  ["sira-circles", 408, false],
  ["sira-lines", 410, false],
  ["sira-axes", 412, true],
  ["sira-hotspots", 415, true],
  ["sira-hazards", 420, true],
  ["sira-places", 440, false],
  ["sira-points", 450, false],
  ["sira-marks", 455, true],
  ["sira-route", 460, true],
  ["sira-tool", 470, true],
];

/* Leaflet cuts every outline to the view after each move. Cut to a view with a wide margin, they need it only where
   the view leaves that margin: all other moves shift what is drawn. */
const MARGIN = 0.25;

/** @type {any} */
const Outlines = L.SVG.extend({
  options: { padding: MARGIN },

  _update() {
    const map = this._map;
    const [size, origin] = [map.getSize(), map.getPixelOrigin()];
    const view = L.bounds([map.containerPointToLayerPoint([0, 0]), map.containerPointToLayerPoint(size)]);
    const before = this._bounds;
    const isSame = before && this._zoom === map.getZoom() && this._size.equals(size) && this._origin.equals(origin);
    if (isSame && before.contains(view)) {
      return;
    }
    /** @type {any} */ (L.SVG.prototype)._update.call(this);
    if (this._bounds !== before) {
      [this._size, this._origin] = [size, origin];
    }
  },
});

/** Give `map` its planes. */
export function makePanes(map) {
  map._createRenderer = (options) => new Outlines(options);
  for (const [name, order, interactive] of PANES) {
    const pane = map.createPane(name);
    pane.style.zIndex = order;
    pane.style.pointerEvents = interactive ? "" : "none";
  }
}

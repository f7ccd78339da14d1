/* Hazardous areas: as symbols of one size wherever their outline would be too small to see, and how many there are. */
import * as L from "leaflet";
import { byId, el, updateChildren } from "../base/dom.js";
import { formatNumber, t, wordFor } from "../base/text.js";
import { hazardPopup } from "./details.js";
import { popupOptions, readPopup } from "./popups.js";
import { hazardGroup, styleOf } from "./style.js";

/* Below this an outline says neither that it is there nor what it is. */
const LEAST_PX = 8;
const RADIUS_PX = 8;

/** Groups of statuses, the worst last: what is drawn later lies on top. */
export const AREA_GROUPS = ["released", "suspected", "confirmed"];

/* Corners in units of RADIUS_PX. Discs and squares are incidents and towns: these are neither. */
const CROSS = [
  [-1, -0.6],
  [-0.6, -1],
  [0, -0.4],
  [0.6, -1],
  [1, -0.6],
  [0.4, 0],
  [1, 0.6],
  [0.6, 1],
  [0, 0.4],
  [-0.6, 1],
  [-1, 0.6],
  [-0.4, 0],
];
const SHAPES = {
  confirmed: [
    [0, -1],
    [1, 0.85],
    [-1, 0.85],
  ],
  suspected: [
    [0, 1],
    [1, -0.85],
    [-1, -0.85],
  ],
  released: CROSS.map(([x, y]) => [0.8 * x, 0.8 * y]),
  airstrip: [
    [0, -0.7],
    [0.7, 0],
    [0, 0.7],
    [-0.7, 0],
  ],
};

/** A shape around a point as the path of an SVG element; its names are the groups of statuses, and "airstrip". */
export const shapePath = (shape, x, y) =>
  `M${SHAPES[shape].map(([right, down]) => `${x + RADIUS_PX * right} ${y + RADIUS_PX * down}`).join("L")}Z`;

/** A mark of one size at every zoom: `shape` is one of the shapes above. */
/** @type {any} */
export const Mark = L.CircleMarker.extend({
  options: { radius: RADIUS_PX },

  _updatePath() {
    this._renderer._setPath(this, this._empty() ? "M0 0" : shapePath(this.options.shape, this._point.x, this._point.y));
  },
});

/** The layer of hazardous areas on `map` from its answer: each a symbol or its outline, whichever can be seen. */
export function areasLayer(map, collection) {
  const groupOf = ({ properties }) => hazardGroup(properties.status);
  const worstLast = [...collection.features].sort(
    (one, other) => AREA_GROUPS.indexOf(groupOf(one)) - AREA_GROUPS.indexOf(groupOf(other))
  );
  const areas = worstLast.map((feature) => {
    const group = groupOf(feature);
    const className = `sira-area-${group}`;
    const outline = /** @type {any} */ (L.GeoJSON).geometryToLayer(feature, {
      ...styleOf(`hazard_${group}`),
      className,
      pane: "sira-hazards",
    });
    const bounds = outline.getBounds();
    const mark = new Mark(bounds.getCenter(), {
      ...styleOf(`symbol_${group}`),
      className,
      shape: group,
      pane: "sira-marks",
    });
    for (const layer of [outline, mark]) {
      layer.bindPopup(() => hazardPopup(feature.properties, collection.sira), popupOptions(map));
      layer.on("add", () => makeReachable(layer, feature.properties));
    }
    return { group, bounds, outline, mark };
  });

  const layer = L.layerGroup();

  function isSmall({ bounds }) {
    const corners = [bounds.getNorthWest(), bounds.getSouthEast()].map((corner) => map.project(corner));
    const size = corners[1].subtract(corners[0]);
    return Math.max(size.x, size.y) < LEAST_PX;
  }

  /** Show each area as what can be seen at this zoom; who reads one by keyboard stays at it. */
  function place() {
    for (const area of areas) {
      const [shown, hidden] = isSmall(area) ? [area.mark, area.outline] : [area.outline, area.mark];
      if (!layer.hasLayer(shown)) {
        const hadFocus = layer.hasLayer(hidden) && hidden.getElement() === document.activeElement;
        layer.removeLayer(hidden).addLayer(shown);
        if (hadFocus) {
          shown.getElement().focus();
        }
      }
    }
  }

  layer.on("add", () => {
    place();
    map.on("zoomend", place);
  });
  layer.on("remove", () => map.off("zoomend", place));
  return Object.assign(layer, {
    about: collection.sira,
    /** How many areas of a group there are, and how many of them lie in view. */
    count(group) {
      const all = areas.filter((area) => area.group === group);
      return { all: all.length, shown: all.filter(({ bounds }) => map.getBounds().intersects(bounds)).length };
    },
  });
}

/** An area can be reached and opened without a pointer, and says what it is. */
function makeReachable(layer, area) {
  const element = layer.getElement();
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "button");
  element.setAttribute("aria-label", [wordFor("status", area.status), area.name].filter(Boolean).join(": "));
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      layer.openPopup();
      readPopup(layer.getPopup());
    }
  });
}

const numbers = (what, { all, shown }) =>
  t("counted_in_view", { what, all: formatNumber(all), shown: formatNumber(shown) });

/** What a group of hazardous areas is called. */
export const areaGroupText = (group) => t(group === "released" ? "hazard_released" : `status_${group}`);

/** The lines that say how many there are of each, the worst first: [key, text]; `countOf` gives the layers' counts. */
export const areaLines = (layer) =>
  [...AREA_GROUPS].reverse().map((group) => [group, numbers(areaGroupText(group), layer.count(group))]);
export const airstripLine = (layer) => numbers(t("layer_airstrips"), layer.count());

/**
 * Say beside the layers how many areas and airstrips there are.
 * @param {View} view
 */
export function sayAreas({ layerOf }) {
  const [areas, airstrips] = [layerOf("hazards"), layerOf("airstrips")];
  const lines = [
    ...(areas ? areaLines(areas).map(([, text]) => text) : []),
    ...(airstrips ? [airstripLine(airstrips)] : []),
  ];
  updateChildren(
    byId("sira-areas"),
    lines.map((text) => el("li", {}, text))
  );
}

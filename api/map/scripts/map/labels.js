/* Towns and airstrips with their names, as many as there is room for. */
import * as L from "leaflet";
import { el } from "../base/dom.js";
import { Mark } from "./areas.js";
import { styleOf } from "./style.js";

const LABEL = { height: 17, character: 8, offset: 10 };

/** The box that a town's label takes at a zoom, in world pixels: left, top, right, bottom. */
function labelBox(map, town, zoom) {
  const { x, y } = map.project(town.dot.getLatLng(), zoom);
  const width = LABEL.offset + LABEL.character * town.name.length;
  return [x, y - LABEL.height / 2, x + width, y + LABEL.height / 2];
}

const overlap = (one, other) => one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];

/* Towns are squares and airstrips lie on a corner: round is what was reported. */
function square(at) {
  const { radius, fillColor, color } = styleOf("town");
  const side = 2 * radius + 1;
  const icon = L.divIcon({ className: "sira-mark-town", iconSize: [side, side] });
  const dot = L.marker(at, { pane: "sira-places", interactive: false, keyboard: false, icon });
  return dot.on("add", () =>
    Object.assign(dot.getElement()?.style ?? {}, { background: fillColor, borderColor: color })
  );
}

const airstrip = (at) =>
  new Mark(at, {
    ...styleOf("airstrip"),
    shape: "airstrip",
    pane: "sira-places",
    interactive: false,
    className: "sira-mark-airstrip",
  });

function named(feature, kind) {
  const [lng, lat] = feature.geometry.coordinates;
  const dot = kind === "town" ? square([lat, lng]) : airstrip([lat, lng]);
  dot.bindTooltip(() => el("span", {}, feature.properties.name), {
    permanent: true,
    direction: "right",
    offset: [4, 0],
    className: "sira-town",
    pane: "sira-places",
  });
  return { dot, name: feature.properties.name };
}

/** Places on `map`: towns come first, and what their labels take is no airstrip's. */
export class Labels {
  constructor(map) {
    this.map = map;
    /* What labels of towns and of airstrips take, and how each kind is placed anew. */
    this.taken = { town: [], airstrip: [] };
    this.placing = new Map();
  }

  /** A layer of the places of a kind, "town" or "airstrip". */
  layer(collection, kind) {
    const { map, placing } = this;
    const group = L.layerGroup();
    const all = collection.features
      .filter((feature) => feature.properties.kind === kind)
      .sort((one, other) => (other.properties.population || 0) - (one.properties.population || 0))
      .map((feature) => named(feature, kind));
    group.on("add", () => {
      placing.set(kind, () => this.place(group, all, kind));
      this.placeAll();
      map.on("zoomend", this.placeAll);
    });
    group.on("remove", () => {
      placing.delete(kind);
      this.taken[kind] = [];
      this.placeAll();
      if (!placing.size) {
        map.off("zoomend", this.placeAll);
      }
    });
    /** How many there are, and how many of them lie in view. */
    const count = () => ({
      all: all.length,
      shown: all.filter(({ dot }) => map.getBounds().contains(dot.getLatLng())).length,
    });
    return Object.assign(group, { count });
  }

  placeAll = () => ["town", "airstrip"].forEach((kind) => this.placing.get(kind)?.());

  /**
   * The larger town keeps its place; one whose label would run into it waits for a nearer view. An airstrip does
   * without its label: it is there in any case.
   */
  place(group, all, kind) {
    const before = kind === "airstrip" ? this.taken.town : [];
    const taken = [];
    for (const town of all) {
      const box = labelBox(this.map, town, this.map.getZoom());
      const isFree = ![...before, ...taken].some((other) => overlap(box, other));
      if (isFree) {
        taken.push(box);
      }
      isFree || kind === "airstrip" ? group.addLayer(town.dot) : group.removeLayer(town.dot);
      isFree ? town.dot.openTooltip() : town.dot.closeTooltip();
    }
    this.taken[kind] = taken;
  }
}

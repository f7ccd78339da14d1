/* What is drawn of each layer's answer. */
import * as L from "leaflet";
import { el } from "../base/dom.js";
import { language } from "../base/text.js";
import { readQuads } from "../data/geometry.js";
import { areasLayer } from "./areas.js";
import { axisPopup, hotspotPopup } from "./details.js";
import { Labels } from "./labels.js";
import { PointsLayer, readPoints } from "./points.js";
import { popupOptions } from "./popups.js";
import { fillOf, styleOf } from "./style.js";

/** A layer with what its answer says of itself, for the legend. */
const told = (collection, layer) => Object.assign(layer, { about: collection.sira });

const plain = (name, collection) =>
  L.geoJSON(collection, {
    pane: name === "neighbours" ? "sira-base" : "sira-lines",
    interactive: false,
    style: (feature) => styleOf(`${name}_${feature?.properties.kind}`) || styleOf(name),
    pointToLayer: (_, at) => L.circleMarker(at, { pane: "sira-lines", interactive: false }),
  });

const withPopups = (map, pane, collection, style, popup, filter) =>
  told(
    collection,
    L.geoJSON(collection, {
      pane,
      style,
      filter,
      onEachFeature: (feature, layer) =>
        layer.bindPopup(() => popup(feature.properties, collection.sira), popupOptions(map)),
    })
  );

function countries(collection) {
  const outlines = plain("neighbours", collection);
  for (const { properties } of collection.features.filter((feature) => feature.properties.label_lon !== null)) {
    const icon = L.divIcon({
      html: el("span", {}, properties[`name_${language()}`]),
      className: "sira-country",
      iconSize: [120, 18],
    });
    const at = L.latLng(properties.label_lat, properties.label_lon);
    outlines.addLayer(L.marker(at, { pane: "sira-base", interactive: false, keyboard: false, icon }));
  }
  return outlines;
}

/* Each on a white casing: over areas in the colour of its class a road would not be seen. */
function axes(map, collection, { casing_wider: wider }) {
  const axisStyle = (road) => styleOf(`axis_${road.properties.band}`);
  const style = (road) => ({ ...styleOf("axis"), ...(axisStyle(road) || styleOf("axis_unknown")) });
  const casing = L.geoJSON(collection, {
    pane: "sira-axes",
    interactive: false,
    filter: (road) => Boolean(axisStyle(road)),
    style: (road) => ({ ...styleOf("axis_case"), weight: axisStyle(road).weight + wider }),
  });
  return told(collection, L.layerGroup([casing, withPopups(map, "sira-axes", collection, style, axisPopup)]));
}

/* A band of cells is one path: the hatch of what is not assessed is there, too. */
const cells = (document) =>
  L.layerGroup(
    Object.entries(document.bands)
      .filter(([, steps]) => steps.length)
      .map(([band, steps]) =>
        L.polygon(readQuads(steps, document.scale), {
          ...styleOf("cell"),
          pane: "sira-cells",
          interactive: false,
          smoothFactor: 0,
          fillColor: fillOf(band),
          className: `sira-cell-${band}`,
        })
      )
  );

const isPattern = ({ properties }) => properties.pattern !== null && properties.pattern !== "none";

/** What makes each layer of `map` from what `source` answers; a part whose request fails raises. */
export function makeBuilders(map, source, settings) {
  const labels = new Labels(map);
  /** @type {Record<string, () => Promise<import("leaflet").Layer>>} */
  const builders = {
    neighbours: async () => countries(await source.base("neighbours")),
    rivers: async () => plain("rivers", await source.base("rivers")),
    places: async () => labels.layer(await source.layer("places"), "town"),
    airstrips: async () => labels.layer(await source.layer("places"), "airstrip"),
    axes: async () => axes(map, await source.layer("axes"), settings.palette),
    hazards: async () => areasLayer(map, await source.layer("hazards")),
    async cells() {
      const found = await source.cells();
      return told(found, cells(found));
    },
    hotspots: async () =>
      withPopups(
        map,
        "sira-hotspots",
        await source.layer("hotspots"),
        (feature) => styleOf(`hotspot_${feature.properties.pattern}`),
        hotspotPopup,
        isPattern
      ),
    async incidents() {
      const found = await source.points();
      return told(found, new PointsLayer(readPoints(found)));
    },
    conflict: async () => L.layerGroup(),
    online: async () => {
      const { url, credit } = settings.background;
      const options = { pane: "sira-tiles", maxZoom: 13, attribution: "", referrerPolicy: "origin", alt: credit };
      return L.tileLayer(url, /** @type {import("leaflet").TileLayerOptions} */ (options));
    },
  };
  /* Any other looks as its declaration says. */
  for (const [name, { drawing }] of Object.entries(settings.layers)) {
    builders[name] ??= async () => plain(drawing, await source.layer(name));
  }
  return builders;
}

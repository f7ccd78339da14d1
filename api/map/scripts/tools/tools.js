/* Tools on the map: coordinates of a point, measuring, full screen, the list of incidents in view. */
import * as L from "leaflet";
import { byId, el } from "../base/dom.js";
import { leftOutText } from "../base/phrases.js";
import { showNote, showStatus } from "../base/status.js";
import { formatNumber, language, t } from "../base/text.js";
import { coordinates } from "../data/coordinates.js";
import { areaKm2, distanceKm } from "../data/geometry.js";
import { incidentList, MOST_LISTED } from "../map/details.js";
import { styleOf } from "../map/style.js";

/**
 * Where one clicked, in three notations, each to be copied, and whether that is outside the country.
 * @param {Point} latLng
 * @param {boolean} isInside
 */
export function showCoordinates(latLng, isInside) {
  const { decimal, dms, mgrs } = coordinates(latLng);
  byId("sira-coordinates").replaceChildren(
    ...[decimal, dms, mgrs].map((text) => {
      const button = el("button", { type: "button", title: t("copy"), "aria-label": `${t("copy")} ${text}` }, text);
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(text);
          showNote(t("copied", { text }));
        } catch {
          showStatus(t("not_copied"));
        }
      });
      return button;
    }),
    isInside ? "" : el("span", { class: "sira-small" }, t("outside"))
  );
  byId("sira-coordinates-box").hidden = false;
}

/** The tool that measures: each click adds a point; the length, and the area inside from three points on. */
export function makeMeasure(map) {
  const button = byId("sira-measure-tool");
  const adding = byId("sira-measure-add");
  const said = byId("sira-measure-text");
  let points = [];
  let drawn = null;
  let isOn = false;

  function text() {
    if (points.length < 2) {
      return t("measure_start");
    }
    const length = points.slice(1).reduce((sum, point, i) => sum + distanceKm(points[i], point), 0);
    const km = t("km", { km: formatNumber(length, length < 10 ? 2 : 1) });
    return points.length < 3
      ? t("measured", { length: km })
      : t("measured_area", { length: km, area: formatNumber(areaKm2(points), 1) });
  }

  function draw() {
    if (drawn) {
      drawn.remove();
    }
    const style = styleOf("tool");
    drawn = L.layerGroup([
      ...(points.length > 2
        ? [L.polygon(points, { ...style, pane: "sira-tool", stroke: false, interactive: false })]
        : []),
      L.polyline(points, { ...style, pane: "sira-tool", fill: false, interactive: false }),
      ...points.map((point) =>
        L.circleMarker(point, { ...style, pane: "sira-tool", radius: 4, fillOpacity: 1, interactive: false })
      ),
    ]).addTo(map);
    said.textContent = text();
  }

  function turn(on) {
    isOn = on;
    points = [];
    button.setAttribute("aria-pressed", on ? "true" : "false");
    map.getContainer().classList.toggle("sira-crosshair", on);
    said.hidden = adding.hidden = !on;
    if (on) {
      draw();
    } else if (drawn) {
      drawn.remove();
      drawn = null;
    }
  }

  function add(latLng) {
    points.push(latLng);
    draw();
  }

  button.addEventListener("click", () => turn(!isOn));
  /* Without a pointer the map is moved under its middle with the arrow keys. */
  adding.addEventListener("click", () => add(map.getCenter()));
  return {
    isOn: () => isOn,
    off: () => turn(false),
    add,
    speak: () => isOn && draw(),
  };
}

/** Full screen, where the browser has it. */
export function makeFullScreen() {
  const button = byId("sira-full");
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", () =>
    document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()
  );
  document.addEventListener("fullscreenchange", () =>
    button.setAttribute("aria-pressed", document.fullscreenElement ? "true" : "false")
  );
}

/**
 * The list of the newest incidents in view, made when its button is pressed: the way to each that needs no pointer.
 * `layerOf` gives the layer of points, `open` gets the place of an incident in the document.
 */
export function makeList(layerOf, open) {
  /* What the list was made of: the layer, what is chosen of it, the language; and which part of the map. */
  let listed = null;
  let listedView = "";
  const now = (layer) => [layer, layer.chosen(), language()];
  /* Who reads in the list, or in what was opened from it, keeps the list: opening one may move the map. */
  const isRead = () => Boolean(document.activeElement?.closest("#sira-list-body, .leaflet-popup"));

  function list() {
    const layer = layerOf();
    const { count, newest } = layer.inView(MOST_LISTED);
    listed = now(layer);
    listedView = layer.view();
    byId("sira-list-body").replaceChildren(
      el(
        "p",
        { class: "sira-small" },
        t("in_view", { count: formatNumber(count), shown: formatNumber(newest.length) })
      ),
      incidentList(layer.points(), newest, open),
      leftOutText(layer.points().document) ?? ""
    );
  }

  byId("sira-list-open").addEventListener("click", list);
  return {
    /** List anew what is no longer what is shown; with the layer the list goes. */
    refresh() {
      const layer = layerOf();
      byId("sira-list").hidden = !layer;
      if (!layer) {
        listed = null;
        byId("sira-list-body").replaceChildren();
        return;
      }
      const isOther = listed && now(layer).some((part, i) => part !== listed[i]);
      const hasMoved = listed && layer.view() !== listedView && !isRead();
      if (isOther || hasMoved) {
        list();
      }
    },
  };
}

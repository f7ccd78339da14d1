/* The lines of a route on the map: each stretch in the colour of its class, other ways beside it. */
import * as L from "leaflet";
import { el } from "../base/dom.js";
import { popupOptions } from "../map/popups.js";
import { styleOf } from "../map/style.js";
import { segmentFacts } from "./report.js";

const outline = (shape, style) => L.geoJSON(shape, { pane: "sira-route", interactive: false, style: styleOf(style) });

function segment(part, map) {
  const style = {
    ...styleOf("route"),
    ...styleOf(part.band === "not_assessed" ? "route_unknown" : `route_${part.band}`),
  };
  return L.geoJSON(part.geometry, { pane: "sira-route", style }).bindPopup(
    () =>
      el(
        "div",
        { class: "sira-popup" },
        el("h2", {}, [part.ref, part.name].filter(Boolean).join(" · ")),
        segmentFacts(part)
      ),
    popupOptions(map)
  );
}

/** The lines of an answer; `chosen` is one of its other ways, or none. */
const lines = (answer, chosen, map) => [
  ...answer.alternatives.filter((other) => other !== chosen).map((other) => outline(other.geometry, "route_other")),
  outline((chosen || answer).geometry, "route_halo"),
  outline((chosen || answer).geometry, "route_case"),
  ...(chosen ? [outline(chosen.geometry, "route")] : answer.segments.map((part) => segment(part, map))),
];

/** Draw the legs of what was found on `map`, each as its answer has it or as the other way that is `chosen` of it. */
export const drawLines = ({ legs, chosen }, map) =>
  L.featureGroup(legs.flatMap((answer) => lines(answer, chosen.get(answer), map))).addTo(map);

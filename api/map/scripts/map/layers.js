/* The layers that are switched on beside the units: what lies around, roads, hazardous areas, hotspots, incidents. */
import * as L from "leaflet";
import { makeBuilders } from "./drawn.js";
import { conflictRadius, styleOf } from "./style.js";

/** The layers of `map`, each drawn from `source` when it is switched on. */
export function makeLayers(map, source, settings) {
  const builders = makeBuilders(map, source, settings);
  const drawn = {};
  /* The last time that each layer was switched: what an earlier switch has asked for comes too late. */
  const turns = {};

  function put(name, layer) {
    if (drawn[name]) {
      drawn[name].remove();
    }
    drawn[name] = layer;
    if (layer) {
      layer.addTo(map);
    }
  }

  return {
    about: (name) => drawn[name] && drawn[name].about,
    layer: (name) => drawn[name],
    isOn: (name) => Boolean(drawn[name]),
    /** Switch a layer on (drawing it anew) or off; one that cannot be had is off. */
    async show(name, on) {
      turns[name] = (turns[name] || 0) + 1;
      const mine = turns[name];
      try {
        const layer = on ? await builders[name]() : null;
        if (mine === turns[name]) {
          put(name, layer);
        }
      } catch (error) {
        if (mine === turns[name]) {
          put(name, null);
          throw error;
        }
      }
    },
    /** Draw the conflict events of the units as they are counted now. */
    drawConflict(units, middle) {
      if (!drawn.conflict) {
        return;
      }
      drawn.conflict.clearLayers();
      for (const unit of units.filter((each) => each.conflict_events)) {
        const mark = L.circleMarker(middle(unit.id), {
          pane: "sira-circles",
          interactive: false,
          ...styleOf("conflict"),
          radius: conflictRadius(unit.conflict_events),
        });
        drawn.conflict.addLayer(mark);
      }
    },
    points: () => drawn.incidents,
  };
}

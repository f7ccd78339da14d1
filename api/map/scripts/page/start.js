/* Starts the page: reads its settings and where its documents come from, and gives it its first look. */
import { find, findAll, readBlock } from "../base/dom.js";
import { setMeasures } from "../base/measures.js";
import { setTexts } from "../base/text.js";
import { fileSource } from "../data/file.js";
import { httpSource } from "../data/http.js";
import { makePanes } from "../map/panes.js";
import { placeHatches, setPalette } from "../map/style.js";
import { listen } from "./listen.js";
import { Page } from "./page.js";
import { isSmall } from "./unit-panel.js";

/**
 * Start the page on Folium's map.
 * @param {import("leaflet").Map} map
 */
export function start(map) {
  const settings = readBlock("sira-settings");
  setTexts(settings.texts);
  setPalette(settings.palette);
  placeHatches();
  setMeasures(settings.measures);
  makePanes(map);
  const embedded = readBlock("sira-data");
  const page = new Page(map, settings, embedded ? fileSource(embedded) : httpSource());
  /* Zooming comes before the units in the order of the keyboard. */
  const container = map.getContainer();
  container.prepend(find(".leaflet-control-container", container));
  new ResizeObserver(() => page.fitContainer()).observe(container);
  map.fitBounds(settings.bounds, { animate: false });
  page.speak(page.choice.lang);
  page.time.reach(settings.span);
  listen(page);
  if (isSmall()) {
    for (const part of findAll(".sira-side > details", HTMLDetailsElement)) {
      part.open = false;
    }
  }
  page.redraw();
}

/* What the reader does on the page, and what follows from it. */
import * as L from "leaflet";
import { byId, find, findAll } from "../base/dom.js";
import { showNote } from "../base/status.js";
import { language, t } from "../base/text.js";
import { changeChoice } from "../data/choice.js";
import { labelElement } from "../panels/form.js";
import { showCoordinates } from "../tools/tools.js";
import { showFigures, showLayer } from "./beside.js";

/* Layers whose names are in the page's language. */
const SPOKEN = ["neighbours", "cells", "hotspots", "hazards", "axes"];
/** @type {("measure" | "level" | "vintage" | "hazard" | "start" | "end")[]} */
const CHOSEN = ["measure", "level", "vintage", "hazard", "start", "end"];

/**
 * Have the page follow its reader from now on.
 * @param {import("./page.js").Page} page
 */
export function listen(page) {
  window.addEventListener("online", () => page.retry());
  listenToMap(page);
  listenToForm(page);
  listenToPanel(page);
  byId("sira-centre").addEventListener("click", () => showWhere(page, page.map.getCenter()));
  byId("sira-file")?.addEventListener("click", () => showNote(t("file_writing")));
  byId("sira-lang").addEventListener("click", () => translate(page, byId("sira-lang").lang));
  window.addEventListener("hashchange", ({ newURL }) => follow(page, new URL(newURL).hash));
}

function listenToMap(page) {
  const { map } = page;
  map.on("click", ({ latlng }) => click(page, latlng));
  L.DomEvent.disableClickPropagation(byId("sira-skip"));
  byId("sira-skip").addEventListener("click", () => byId("sira-time").focus());
  map.on("popupopen", ({ popup }) => {
    labelElement(".leaflet-popup-close-button", "close", popup.getElement());
    /* What is too long for the popup is scrolled, with the keyboard, too. */
    find(".leaflet-popup-content", popup.getElement()).tabIndex = 0;
  });
}

function listenToForm(page) {
  for (const name of CHOSEN) {
    const select = byId(`sira-${name}`);
    select.addEventListener("change", () => {
      page.time.stop();
      page.choice = changeChoice(page.settings, page.choice, name, select.value);
      page.redraw();
    });
  }
  const unit = byId("sira-unit");
  unit.addEventListener("change", () => {
    const id = unit.value;
    const bounds = id && page.units.bounds(id);
    if (bounds) {
      page.map.fitBounds(bounds, { maxZoom: 7, animate: false });
    }
    id ? page.panel.pick(id) : page.panel.close(false);
  });
  for (const box of findAll("[data-layer]", HTMLInputElement)) {
    box.addEventListener("change", () => {
      const name = box.dataset.layer ?? "";
      const { layers } = page.choice;
      page.choice = {
        ...page.choice,
        layers: box.checked ? [...layers, name] : layers.filter((each) => each !== name),
      };
      page.remember();
      showLayer(page, name);
    });
  }
}

function listenToPanel(page) {
  byId("sira-panel-close").addEventListener("click", () => page.panel.close());
  byId("sira-panel").addEventListener("keydown", (event) => event.key === "Escape" && page.panel.close());
  byId("sira-panel").addEventListener("click", ({ target }) => {
    if (target instanceof HTMLElement && target.dataset.routeTo) {
      page.routes.to(target.dataset.routeTo);
    }
  });
}

const showWhere = (page, point) => showCoordinates(point, page.isInside(point));

/** A click on the map means a stop, a corner of what is measured, or a place with what was reported there. */
function click(page, point) {
  const { incidents, layers, measure, routes } = page;
  if (routes.isPicking()) {
    routes.pick(point);
    return;
  }
  if (measure.isOn()) {
    measure.add(point);
    return;
  }
  showWhere(page, point);
  const members = layers.points() && layers.points().at(point);
  if (members) {
    incidents.openGroup(members);
  }
}

/** Say everything in another language: the page's own words at once, what the service says when it comes. */
function translate(page, lang) {
  page.map.closePopup();
  page.speak(lang);
  page.redraw();
  showFigures(page);
  for (const name of SPOKEN.filter(page.layers.isOn)) {
    showLayer(page, name);
  }
}

/** An address pasted into the open page is a choice like any other. */
function follow(page, hash) {
  page.time.stop();
  const before = page.choice.layers;
  page.read(hash);
  const { choice, layers, map } = page;
  if (choice.at) {
    map.setView(choice.at, choice.at.zoom, { animate: false });
  }
  choice.lang === language() ? page.redraw() : translate(page, choice.lang);
  for (const name of new Set([...before, ...choice.layers])) {
    if (layers.isOn(name) !== choice.layers.includes(name)) {
      showLayer(page, name);
    }
  }
}

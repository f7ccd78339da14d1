/* The lists of choices and the controls beside the map, in the page's language. */
import { byId, fillSelect, find, findAll } from "../base/dom.js";
import { measureNames } from "../base/measures.js";
import { monthNumber, monthOf } from "../base/months.js";
import { formatMonth, language, t, wordFor } from "../base/text.js";
import { summaryOf } from "../map/units.js";

function months(span) {
  const first = monthNumber(span.start);
  return Array.from({ length: monthNumber(span.end) - first + 1 }, (_, i) => monthOf(first + i));
}

/* A forecast has devices and a period of its own: said beside the lists and the slider that do not change it. */
function describeForecast(isShown) {
  byId("sira-forecast-note").hidden = !isShown;
  for (const control of [byId("sira-hazard"), byId("sira-start"), byId("sira-end"), byId("sira-slider")]) {
    if (isShown) {
      control.setAttribute("aria-describedby", "sira-forecast-note");
    } else {
      control.removeAttribute("aria-describedby");
    }
  }
}

/**
 * What Leaflet itself says, in the page's language.
 * @param {string} selector
 * @param {string} key
 * @param {Element} root
 */
export function labelElement(selector, key, root) {
  const node = find(selector, root);
  if (node) {
    node.title = t(key);
    node.setAttribute("aria-label", t(key));
  }
}

/** Say the page's fixed labels in its language. */
function sayLabels() {
  document.documentElement.lang = language();
  document.title = t("title");
  for (const node of findAll("[data-text]", HTMLElement)) {
    node.textContent = t(node.dataset.text ?? "");
  }
  for (const node of findAll("[data-label]", HTMLElement)) {
    node.setAttribute("aria-label", t(node.dataset.label ?? ""));
  }
}

/**
 * Say all fixed words in the page's language: labels, the zoom's buttons, the other language, where the file is.
 * @param {Settings} settings
 * @param {import("leaflet").Map} map
 */
export function sayControls(settings, map) {
  sayLabels();
  const lang = language();
  const other = lang === "fr" ? "en" : "fr";
  labelElement(".leaflet-control-zoom-in", "zoom_in", map.getContainer());
  labelElement(".leaflet-control-zoom-out", "zoom_out", map.getContainer());
  byId("sira-lang").lang = other;
  byId("sira-lang").textContent = settings.languages[other];
  byId("sira-search").placeholder = t("search_hint");
  const file = byId("sira-file");
  if (file) {
    file.href = `map/file.html?lang=${lang}`;
  }
}

/**
 * Fill the form's lists in the page's language and with the choice.
 * @param {Settings} settings
 * @param {Choice} choice
 */
export function fillForm(settings, choice) {
  const { levels, hazards, span } = settings;
  fillSelect(
    byId("sira-measure"),
    measureNames().map((name) => [name, t(`measure_${name}`)]),
    choice.measure
  );
  fillSelect(
    byId("sira-level"),
    Object.keys(levels).map((level) => [level, t(`level_${level}`)]),
    choice.level
  );
  fillSelect(
    byId("sira-vintage"),
    levels[choice.level].map((name) => [name, wordFor("vintage", name)]),
    choice.vintage
  );
  fillSelect(
    byId("sira-hazard"),
    [["", t("hazard_all")], ...hazards.map((code) => [code, wordFor("hazard", code)])],
    choice.hazard
  );
  byId("sira-start").disabled = byId("sira-end").disabled = !span;
  if (span) {
    const list = months(span).map((month) => [month, formatMonth(month, "short")]);
    fillSelect(byId("sira-start"), list, choice.start);
    fillSelect(byId("sira-end"), list, choice.end);
  }
  describeForecast(choice.measure === "expected");
  for (const box of findAll("[data-layer]", HTMLInputElement)) {
    box.checked = choice.layers.includes(box.dataset.layer ?? "");
  }
}

/**
 * List the drawn units by name: the way to each panel that needs no pointer.
 * @param {CountedUnit[]} units
 * @param {Choice} choice
 */
export function fillUnits(units, choice) {
  const sorted = [...units].sort((one, other) => one.name.localeCompare(other.name, language()));
  fillSelect(
    byId("sira-unit"),
    [["", t("choose_unit")], ...sorted.map((unit) => [unit.id, summaryOf(unit, choice.measure)])],
    units.some((unit) => unit.id === choice.unit) ? choice.unit : ""
  );
}

/**
 * Say anew in the list of units what the measure says of each: the same units in the same order.
 * @param {CountedUnit[]} units
 * @param {Measure} measure
 */
export function sayUnits(units, measure) {
  const said = new Map(units.map((unit) => [unit.id, unit]));
  for (const option of byId("sira-unit").options) {
    const unit = said.get(option.value);
    const text = unit && summaryOf(unit, measure);
    if (text && option.textContent !== text) {
      option.textContent = text;
    }
  }
}

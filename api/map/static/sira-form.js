/* The lists of choices and the controls beside the map, in the page's language. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);

  function months(span) {
    const first = Sira.monthNumber(span.start);
    return Array.from({ length: Sira.monthNumber(span.end) - first + 1 }, (_, i) => Sira.monthOf(first + i));
  }

  /* A forecast has devices and a period of its own: said beside the lists and the slider that do not change it. */
  function describeForecast(isShown) {
    byId("sira-forecast-note").hidden = !isShown;
    for (const name of ["hazard", "start", "end", "slider"]) {
      const control = byId(`sira-${name}`);
      if (isShown) {
        control.setAttribute("aria-describedby", "sira-forecast-note");
      } else {
        control.removeAttribute("aria-describedby");
      }
    }
  }

  /** What Leaflet itself says, in the page's language. */
  Sira.label = function (selector, key, root) {
    const node = root.querySelector(selector);
    if (node) {
      node.title = Sira.t(key);
      node.setAttribute("aria-label", Sira.t(key));
    }
  };

  /** Say what no template says, in the page's language: the zoom's buttons, the other language, where the file is. */
  Sira.sayControls = function (settings, map) {
    const lang = Sira.lang();
    const other = lang === "fr" ? "en" : "fr";
    Sira.label(".leaflet-control-zoom-in", "zoom_in", map.getContainer());
    Sira.label(".leaflet-control-zoom-out", "zoom_out", map.getContainer());
    byId("sira-lang").lang = other;
    byId("sira-lang").textContent = settings.languages[other];
    byId("sira-search").placeholder = Sira.t("search_hint");
    const file = byId("sira-file");
    if (file) {
      file.href = `map/file.html?lang=${lang}`;
    }
  };

  /** Fill the form's lists in the page's language and with the choice. */
  Sira.fillForm = function (settings, choice) {
    const { levels, hazards, span } = settings;
    Sira.fillSelect(
      byId("sira-measure"),
      Sira.MEASURES.map((name) => [name, Sira.t(`measure_${name}`)]),
      choice.measure
    );
    Sira.fillSelect(
      byId("sira-level"),
      Object.keys(levels).map((level) => [level, Sira.t(`level_${level}`)]),
      choice.level
    );
    Sira.fillSelect(
      byId("sira-vintage"),
      levels[choice.level].map((name) => [name, Sira.word("vintage", name)]),
      choice.vintage
    );
    Sira.fillSelect(
      byId("sira-hazard"),
      [["", Sira.t("hazard_all")], ...hazards.map((code) => [code, Sira.word("hazard", code)])],
      choice.hazard
    );
    byId("sira-start").disabled = byId("sira-end").disabled = !span;
    if (span) {
      const list = months(span).map((month) => [month, Sira.month(month, "short")]);
      Sira.fillSelect(byId("sira-start"), list, choice.start);
      Sira.fillSelect(byId("sira-end"), list, choice.end);
    }
    describeForecast(choice.measure === "expected");
    for (const box of document.querySelectorAll("[data-layer]")) {
      box.checked = choice.layers.includes(box.dataset.layer);
    }
  };

  /** List the drawn units by name: the way to each panel that needs no pointer. */
  Sira.fillUnits = function (units, choice) {
    const sorted = [...units].sort((one, other) => one.name.localeCompare(other.name, Sira.lang()));
    Sira.fillSelect(
      byId("sira-unit"),
      [["", Sira.t("choose_unit")], ...sorted.map((unit) => [unit.id, Sira.summaryOf(unit, choice.measure)])],
      units.some((unit) => unit.id === choice.unit) ? choice.unit : ""
    );
  };

  /** Say anew in the list of units what the measure says of each: the same units in the same order. */
  Sira.sayUnits = function (units, measure) {
    const said = new Map(units.map((unit) => [unit.id, unit]));
    for (const option of byId("sira-unit").options) {
      const text = option.value && Sira.summaryOf(said.get(option.value), measure);
      if (text && option.textContent !== text) {
        option.textContent = text;
      }
    }
  };
})((window.Sira = window.Sira || {}));

/* Starts the page: reads its settings and address, keeps the reader's choice, and has everything drawn that follows. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const REMEMBER_MS = 250;
  /* Layers whose names are in the page's language. */
  const SPOKEN = ["neighbours", "cells", "hotspots", "hazards", "axes"];
  const CHOSEN = ["measure", "level", "vintage", "hazard", "start", "end"];

  /** What Leaflet itself says, in the page's language. */
  function label(selector, key, root) {
    const node = root.querySelector(selector);
    if (node) {
      node.title = Sira.t(key);
      node.setAttribute("aria-label", Sira.t(key));
    }
  }

  const NO_RISK = { rows: new Map(), about: null, failure: null };

  const isSmall = () => window.matchMedia("(width <= 700px)").matches;

  /** Start the page on Folium's map. */
  Sira.start = function (map) {
    const settings = Sira.block("sira-settings");
    Sira.setTexts(settings.texts);
    Sira.setPalette(settings.palette);
    Sira.makePanes(map);
    const embedded = Sira.block("sira-data");
    const source = embedded ? Sira.fileSource(embedded) : Sira.httpSource();

    let { choice, refused } = Sira.readChoice(settings, location.hash);
    let turn = 0;
    let outlines = null;
    let tally = null;
    let risk = NO_RISK;
    let counted = null;
    let remembering = 0;
    let isPlaced = false;

    const units = Sira.makeUnits(map, pick);
    const layers = Sira.makeLayers(map, source, settings);
    const incidents = Sira.makeIncidents(map, source, layers);
    const measure = Sira.makeMeasure(map);
    const routes = Sira.makeRoutes(map, source, () => Sira.say(""));
    const time = Sira.makeTime(settings, (period) => {
      const needsOther = period.period !== choice.period;
      choice = { ...choice, ...period };
      needsOther ? redraw() : slide();
    });
    const print = Sira.makePrint(map, () => Sira.sheetOf(view()), () => Sira.drawLegend(view()));
    Sira.makeFullScreen();
    Sira.makeSearch(source.names, found);

    /** Everything that is shown, for the legend, the panel and the sheet. */
    const view = () => ({
      ...counted,
      choice,
      riskAbout: risk.about,
      riskFailure: risk.failure,
      isOn: layers.isOn,
      aboutOf: layers.about,
      unplaced: layers.points() ? layers.points().points().document.unplaced : 0,
      palette: settings.palette,
      may: settings.may,
      isFile: Boolean(source.isFile),
    });

    function speak(lang) {
      choice = { ...choice, lang };
      Sira.setLang(lang);
      const other = lang === "fr" ? "en" : "fr";
      label(".leaflet-control-zoom-in", "zoom_in", map.getContainer());
      label(".leaflet-control-zoom-out", "zoom_out", map.getContainer());
      byId("sira-lang").lang = other;
      byId("sira-lang").textContent = settings.languages[other];
      byId("sira-search").placeholder = Sira.t("search_hint");
      const file = byId("sira-file");
      if (file) {
        file.href = `map/file.html?lang=${lang}`;
      }
      measure.speak();
      routes.speak();
    }

    /** Keep the choice in the address; not on each step of the slider, which browsers forbid. */
    function remember() {
      clearTimeout(remembering);
      remembering = setTimeout(() => history.replaceState(null, "", Sira.hashOf(settings, choice)), REMEMBER_MS);
    }

    /** Count the units anew for the period and draw what follows: no request, no new shapes. */
    function count() {
      counted = Sira.countUnits(outlines, tally, choice);
      for (const unit of counted.units) {
        unit.risk = risk.rows.get(unit.id);
      }
      const months = Sira.window(tally.document, choice);
      const key = `${choice.measure} ${months ? months.to - months.from : 0}`;
      if (Sira.isCircled(choice.measure) && tally.mostKey !== key) {
        tally.most = months ? tally.largest(choice.measure, months.to - months.from) : 0;
        tally.mostKey = key;
      }
      counted.most = tally.most || 0;
      units.restyle(counted.units, choice.measure, counted.most);
      layers.drawConflict(counted.units, units.middle);
      if (layers.points()) {
        layers.points().choose(counted.about.period, choice.hazard);
      }
      time.show(choice, Sira.timeText(choice, counted.about.period));
      Sira.drawLegend(view());
      drawPanel();
    }

    function slide() {
      count();
      for (const name of ["start", "end"]) {
        byId(`sira-${name}`).value = choice[name];
      }
      remember();
    }

    /** What is expected in the units of the choice; where that cannot be had, why. */
    async function loadRisk() {
      try {
        const found = await source.risk(choice);
        return { rows: Sira.rowsOf(found), about: found.sira, failure: null };
      } catch (error) {
        return { ...NO_RISK, failure: error.message };
      }
    }

    /** Fetch what the choice asks for and draw it; an answer that a newer choice has overtaken is dropped. */
    async function redraw() {
      turn += 1;
      const mine = turn;
      document.body.dataset.state = "loading";
      Sira.say(Sira.t("loading"));
      try {
        Sira.fillForm(settings, choice);
        const [shapes, numbers, expected] = await Promise.all([
          source.outlines(choice),
          source.counts(choice),
          choice.measure === "expected" ? loadRisk() : NO_RISK,
        ]);
        if (mine !== turn) {
          return;
        }
        risk = expected;
        outlines = shapes.read || (shapes.read = Sira.readOutlines(shapes));
        tally = numbers.tally || (numbers.tally = Sira.tally(numbers));
        if (!isPlaced) {
          place();
        }
        units.drawOutlines(outlines);
        count();
        Sira.drawFace(counted.about);
        Sira.fillUnits(counted.units, choice);
        Sira.say(refused.length ? Sira.t("refused", { names: refused.join(", ") }) : risk.failure || "");
        refused = [];
        remember();
        document.body.dataset.state = "ready";
        showPanel(false);
      } catch (error) {
        if (mine === turn) {
          Sira.say(error.message);
          document.body.dataset.state = "failed";
        }
      }
    }

    /** The first view: only now has the page its final layout. */
    function place() {
      isPlaced = true;
      /* Beside the map the panel takes room from it; on a small screen it lies over it, and the map makes way later. */
      byId("sira-panel").hidden = isSmall() || !outlines.byId.has(choice.unit);
      map.invalidateSize({ pan: false });
      if (choice.at) {
        map.setView(choice.at, choice.at.zoom, { animate: false });
      } else {
        map.fitBounds(settings.bounds, { animate: false });
      }
      map.on("moveend", () => {
        const { lat, lng } = map.getCenter();
        if (!document.body.dataset.paper) {
          choice = { ...choice, at: { lat, lng, zoom: map.getZoom() } };
          remember();
        }
      });
    }

    async function show(name) {
      const isOn = choice.layers.includes(name);
      try {
        await layers.show(name, isOn);
      } catch (error) {
        Sira.say(error.message);
        choice = { ...choice, layers: choice.layers.filter((each) => each !== name) };
        document.querySelector(`[data-layer="${name}"]`).checked = false;
      }
      if (name === "online") {
        byId("sira-credit").hidden = !layers.isOn("online");
      }
      if (counted) {
        count();
      }
      byId("sira-list").hidden = !layers.points();
    }

    /* The panel. */

    function unitSeries(id) {
      const { document: told } = tally;
      const months = Sira.window(told, choice);
      return months && choice.period === ""
        ? { values: tally.series(id, 0, told.length), start: told.first, ...months }
        : null;
    }

    function drawPanel() {
      const unit = choice.unit && counted && units.unit(choice.unit);
      if (unit && !byId("sira-panel").hidden) {
        Sira.drawPanel(byId("sira-panel-body"), unit, { ...view(), series: unitSeries(unit.id) });
      }
    }

    /** Open or close the panel as the choice has it; the forecast comes when it is there. */
    async function showPanel(takeFocus) {
      const unit = choice.unit && units.unit(choice.unit);
      units.select(unit ? choice.unit : "");
      const wasHidden = byId("sira-panel").hidden;
      byId("sira-panel").hidden = !unit;
      if (wasHidden !== !unit) {
        map.invalidateSize({ animate: false }); // what was in the middle stays there
      }
      if (!unit) {
        return;
      }
      drawPanel();
      if (wasHidden && isSmall()) {
        /* The panel lies over the lower half of a small screen: the map goes to the upper one. */
        map.getContainer().scrollIntoView({ block: "start" });
        map.panTo(units.middle(unit.id), { animate: false });
      }
      if (takeFocus) {
        byId("sira-panel").focus();
      }
      if (!risk.about) {
        const mine = turn;
        const expected = await loadRisk();
        if (mine === turn) {
          risk = expected;
          count();
          if (choice.measure === "expected") {
            Sira.say(risk.failure || "");
          }
        }
      }
    }

    function pick(id, takeFocus = false) {
      if (measure.isOn() || routes.isPicking()) {
        return;
      }
      choice = { ...choice, unit: id };
      byId("sira-panel").scrollTop = 0;
      byId("sira-unit").value = id;
      remember();
      showPanel(takeFocus);
    }

    function closePanel() {
      const before = choice.unit;
      choice = { ...choice, unit: "" };
      byId("sira-unit").value = "";
      remember();
      showPanel(false);
      units.focus(before);
    }

    /** Go to what the search found; a unit of other boundaries brings these along. */
    function found(entry) {
      map.setView(entry, entry.zoom, { animate: false });
      if (!entry.level || !Object.hasOwn(settings.levels, entry.level)) {
        Sira.showCoordinates(entry);
        return;
      }
      /* A region has another id in each vintage: the one that is shown is meant, where there is one. */
      const isHere = entry.level === choice.level && units.unit(entry.ids[choice.vintage] || entry.id);
      if (isHere) {
        pick(isHere.id);
        return;
      }
      const level = Sira.changed(settings, choice, "level", entry.level);
      const vintage = [choice.vintage, level.vintage, entry.vintage].find((name) => Object.hasOwn(entry.ids, name));
      choice = { ...level, vintage: vintage || level.vintage, unit: entry.ids[vintage] || entry.id };
      redraw();
    }

    function click({ latlng }) {
      if (routes.isPicking()) {
        routes.pick(latlng);
        return;
      }
      if (measure.isOn()) {
        measure.add(latlng);
        return;
      }
      Sira.showCoordinates(latlng);
      const members = layers.points() && layers.points().at(latlng);
      if (members) {
        incidents.openGroup(members);
      }
    }

    async function figures() {
      try {
        Sira.drawFigures(await source.figures());
      } catch (error) {
        Sira.say(error.message);
      }
    }

    function listen() {
      map.on("click", click);
      map.on("popupopen", ({ popup }) => {
        label(".leaflet-popup-close-button", "close", popup.getElement());
        /* What is too long for the popup is scrolled, with the keyboard, too. */
        popup.getElement().querySelector(".leaflet-popup-content").tabIndex = 0;
      });
      for (const name of CHOSEN) {
        byId(`sira-${name}`).addEventListener("change", (event) => {
          time.stop();
          choice = Sira.changed(settings, choice, name, event.target.value);
          redraw();
        });
      }
      byId("sira-unit").addEventListener("change", ({ target }) => {
        const bounds = target.value && units.bounds(target.value);
        if (bounds) {
          map.fitBounds(bounds, { maxZoom: 7, animate: false });
        }
        target.value ? pick(target.value) : closePanel();
      });
      byId("sira-panel-close").addEventListener("click", closePanel);
      byId("sira-panel").addEventListener("keydown", (event) => event.key === "Escape" && closePanel());
      byId("sira-panel").addEventListener("click", ({ target }) => target.dataset.routeTo && routes.to(target.dataset.routeTo));
      byId("sira-centre").addEventListener("click", () => Sira.showCoordinates(map.getCenter()));
      byId("sira-file")?.addEventListener("click", () => Sira.say(Sira.t("file_writing")));
      byId("sira-list-open").addEventListener("click", () => Sira.listPoints(layers.points(), incidents.open));
      byId("sira-lang").addEventListener("click", async () => {
        map.closePopup();
        speak(Sira.lang() === "fr" ? "en" : "fr");
        risk = NO_RISK;
        figures();
        await Promise.all(SPOKEN.filter(layers.isOn).map(show));
        redraw();
      });
      for (const box of document.querySelectorAll("[data-layer]")) {
        box.addEventListener("change", async () => {
          const name = box.dataset.layer;
          choice = { ...choice, layers: box.checked ? [...choice.layers, name] : choice.layers.filter((each) => each !== name) };
          await show(name);
          remember();
        });
      }
      /* An address pasted into the open page is a choice like any other. */
      window.addEventListener("hashchange", () => {
        time.stop();
        const before = choice.layers;
        ({ choice, refused } = Sira.readChoice(settings, location.hash));
        speak(choice.lang);
        if (choice.at) {
          map.setView(choice.at, choice.at.zoom, { animate: false });
        }
        redraw();
        for (const name of new Set([...before, ...choice.layers])) {
          if (layers.isOn(name) !== choice.layers.includes(name)) {
            show(name);
          }
        }
      });
    }

    /* Zooming comes before the units in the order of the keyboard. */
    map.getContainer().prepend(map.getContainer().querySelector(".leaflet-control-container"));
    new ResizeObserver(() => !document.body.dataset.paper && map.invalidateSize({ pan: false })).observe(map.getContainer());
    map.fitBounds(settings.bounds, { animate: false });
    speak(choice.lang);
    listen();
    if (isSmall()) {
      for (const part of document.querySelectorAll(".sira-side > details")) {
        part.open = false;
      }
    }
    redraw().then(() => {
      /* The units first; what is around them and beside them comes after. */
      for (const name of choice.layers) {
        show(name);
      }
      figures();
    });
    Sira.print = print;
  };
})((window.Sira = window.Sira || {}));

/* Starts the page: reads its settings and address, keeps the reader's choice, and has everything drawn that follows. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const REMEMBER_MS = 250;
  const SETTLE_MS = 250;
  /* Layers whose names are in the page's language. */
  const SPOKEN = ["neighbours", "cells", "hotspots", "hazards", "axes"];
  /* Layers of the data: they say their revision; and of assessments, which are of the data's revision or an earlier one. */
  const REVISED = ["incidents", "hazards"];
  const ASSESSED = ["cells", "hotspots", "axes"];
  const CHOSEN = ["measure", "level", "vintage", "hazard", "start", "end"];

  const isSmall = () => window.matchMedia("(width <= 700px)").matches;

  /** Start the page on Folium's map. */
  Sira.start = function (map) {
    const settings = Sira.block("sira-settings");
    Sira.setTexts(settings.texts);
    Sira.setPalette(settings.palette);
    Sira.makePanes(map);
    const embedded = Sira.block("sira-data");
    const source = embedded ? Sira.fileSource(embedded) : Sira.httpSource();

    let { choice, refused, closed } = Sira.readChoice(settings, location.hash);
    let asked = location.hash;
    /* What the outlines and counts on the map are of: while the choice is being fetched, and where that fails, another. */
    let drawn = null;
    /* The choice that could not be had, to be asked for again. */
    let missed = null;
    let turn = 0;
    let outlines = null;
    let tally = null;
    let risk = Sira.NO_RISK;
    let counted = null;
    let remembering = 0;
    let settling = 0;
    let isRenewing = false;
    let isFitting = false;

    const units = Sira.makeUnits(map, pick);
    const layers = Sira.makeLayers(map, source, settings);
    const news = Sira.makeNews(settings, source, { shown, renew, write });
    const incidents = Sira.makeIncidents(map, source, layers, news.check);
    const list = Sira.makeList(layers.points, incidents.open);
    const measure = Sira.makeMeasure(map);
    const routes = Sira.makeRoutes(map, source, () => Sira.say(""));
    const access = Sira.makeAccess(settings, source);
    const time = Sira.makeTime((period) => {
      const needsOther = period.period !== choice.period;
      choice = { ...choice, ...period };
      needsOther ? redraw() : slide();
    });
    const print = Sira.makePrint(
      map,
      () => (drawn ? Sira.sheetOf(view()) : { title: Sira.t("title"), lines: [] }),
      () => drawn && Sira.drawLegend(view())
    );
    Sira.makeFullScreen();
    /* As long as nothing is drawn, nothing is known to lie outside. */
    const isInside = (point) => !outlines || Sira.isWithin(outlines, point);
    Sira.makeSearch(map, source.names, isInside, found);

    /** Everything that is shown, for the legend, the panel and the sheet. */
    const view = () => ({
      ...counted,
      choice: drawn,
      riskAbout: risk.about,
      riskFailure: risk.failure,
      isOn: layers.isOn,
      aboutOf: layers.about,
      layerOf: layers.layer,
      unplaced: layers.points() ? layers.points().points().document.unplaced : 0,
      palette: settings.palette,
      may: settings.may,
      isFile: Boolean(source.isFile),
    });

    function speak(lang) {
      choice = { ...choice, lang };
      Sira.setLang(lang);
      Sira.sayControls(settings, map);
      access.speak();
      measure.speak();
      routes.speak();
      news.speak();
    }

    /** Keep the choice in the address; not on each step of the slider, which browsers forbid. */
    function remember() {
      clearTimeout(remembering);
      remembering = setTimeout(write, REMEMBER_MS);
    }

    function write() {
      history.replaceState(null, "", Sira.hashOf(settings, choice));
    }

    /** Count the units anew for the period and draw what follows: no request, no new shapes. */
    function count() {
      counted = Sira.countUnits(outlines, tally, drawn);
      for (const unit of counted.units) {
        unit.risk = risk.rows.get(unit.id);
      }
      const months = Sira.window(tally.document, drawn);
      const key = `${drawn.measure} ${months ? months.to - months.from : 0}`;
      if (Sira.isCircled(drawn.measure) && tally.mostKey !== key) {
        tally.most = months ? tally.largest(drawn.measure, months.to - months.from) : 0;
        tally.mostKey = key;
      }
      counted.most = tally.most || 0;
      units.restyle(counted.units, drawn.measure, counted.most);
      layers.drawConflict(counted.units, units.middle);
      if (layers.points()) {
        layers.points().choose(counted.about.period, drawn.hazard);
      }
      time.show(drawn, Sira.timeText(drawn, counted.about.period));
      explain();
      drawPanel();
      settle();
    }

    /** Say what is drawn and how much of it lies in view. */
    function explain() {
      Sira.drawLegend(view());
      Sira.sayAreas(view());
    }

    /** Have the lists say what the map shows, once it has come to rest: not on each step of the slider. */
    function settle() {
      clearTimeout(settling);
      settling = setTimeout(() => {
        Sira.sayUnits(counted.units, drawn.measure);
        list.refresh();
      }, SETTLE_MS);
    }

    function slide() {
      /* Days and months are counted in different documents: until the other one is here, only the choice moves. */
      if (drawn.period === choice.period) {
        drawn = { ...drawn, start: choice.start, end: choice.end };
        count();
      }
      if (missed) {
        stillWant({ ...missed, start: choice.start, end: choice.end, period: choice.period });
      }
      for (const name of ["start", "end"]) {
        byId(`sira-${name}`).value = choice[name];
      }
      remember();
    }

    /** Fetch what the choice asks for and draw it; an answer that a newer choice has overtaken is dropped. */
    async function redraw() {
      turn += 1;
      const mine = turn;
      missed = null;
      document.body.dataset.state = "loading";
      Sira.say(Sira.t("loading"));
      try {
        Sira.fillForm(settings, choice);
        const [shapes, numbers, expected, all] = await Promise.all([
          source.outlines(choice),
          source.counts(choice),
          choice.measure === "expected" ? Sira.askRisk(source, choice) : Sira.NO_RISK,
          isRenewing ? source.counts({ ...choice, hazard: "", period: "" }) : null,
        ]);
        if (mine !== turn) {
          return;
        }
        if (!isRenewing && tally && numbers.sira.revision !== tally.document.sira.revision) {
          news.check();
          return;
        }
        if (all) {
          reach(Sira.spanOf(all));
        }
        risk = expected;
        outlines = shapes.read || (shapes.read = Sira.readOutlines(shapes));
        tally = numbers.tally || (numbers.tally = Sira.tally(numbers));
        const isFirst = !drawn;
        drawn = choice;
        if (isFirst) {
          place();
        }
        units.drawOutlines(outlines);
        count();
        Sira.drawFace(counted.about);
        Sira.fillUnits(counted.units, drawn);
        const said = refused.length
          ? Sira.t("refused", { names: refused.join(", ") })
          : risk.failure;
        if (isRenewing) {
          news.tell(numbers.sira.revision);
        }
        isRenewing = false;
        /* What a layer has said meanwhile stays. */
        if (said || byId("sira-status").textContent === Sira.t("loading")) {
          Sira.say(said || "");
        }
        if (closed.length) {
          access.sayNeeded(closed, asked);
        }
        refused = [];
        closed = [];
        remember();
        document.body.dataset.state = "ready";
        showPanel(false);
        if (isFirst) {
          accompany();
        }
      } catch (error) {
        if (mine === turn) {
          goBack(error);
        }
      }
    }

    /** Have form, slider and choice reach as far as the data do. */
    function reach(span) {
      choice = { ...choice, ...Sira.periodWithin(span, settings.span, choice) };
      settings.span = span;
      time.reach(span);
      Sira.fillForm(settings, choice);
    }

    /** What is drawn, as far as it can have got old. */
    function shown() {
      const revision = drawn && tally.document.sira.revision;
      const isOldForecast = risk.about ? risk.about.revision !== revision : Boolean(risk.failure);
      return { revision, isOldForecast };
    }

    /** The data have changed since they were drawn: all that is shown is asked for anew, so that it is of one revision. */
    function renew() {
      isRenewing = true;
      source.forget();
      map.closePopup();
      redraw();
      [...REVISED, ...ASSESSED].filter(layers.isOn).forEach(show);
    }

    /** Say what failed; form, address and map agree again on what is drawn. The language and the layers are kept. */
    function goBack(error) {
      missed = choice;
      document.body.dataset.state = "failed";
      if (drawn) {
        choice = { ...drawn, lang: choice.lang, layers: choice.layers, at: choice.at };
        Sira.fillForm(settings, choice);
        count();
        Sira.fillUnits(counted.units, drawn);
        remember();
      }
      Sira.sayFailed(drawn ? Sira.t("not_drawn", { reason: error.message }) : error.message, retry);
    }

    /** Keep wanting what could not be had, unless it is what the slider has come to. */
    function stillWant(wanted) {
      missed = { ...wanted, lang: choice.lang, layers: choice.layers, at: choice.at };
      if (Sira.hashOf(settings, { ...missed, unit: choice.unit }) === Sira.hashOf(settings, choice)) {
        missed = null;
        document.body.dataset.state = "ready";
        Sira.say("");
      }
    }

    /** Ask again for what could not be had, in today's language and with today's layers. */
    async function retry() {
      if (missed) {
        choice = { ...missed, lang: choice.lang, layers: choice.layers, at: choice.at };
        await redraw();
      } else if (risk.failure && choice.unit) {
        showPanel(false);
      }
    }

    /** The first view has the units first; what is around them and beside them comes after. */
    function accompany() {
      for (const name of choice.layers) {
        show(name);
      }
      figures();
    }

    /** The first view: only now has the page its final layout. */
    function place() {
      /* Beside the map the panel takes room from it; on a small screen it lies over it, and the map makes way later. */
      byId("sira-panel").hidden = isSmall() || !outlines.byId.has(choice.unit);
      map.invalidateSize({ pan: false });
      if (choice.at) {
        map.setView(choice.at, choice.at.zoom, { animate: false });
      } else {
        map.fitBounds(settings.bounds, { animate: false });
      }
      map.on("moveend", list.refresh);
      map.on("moveend", () => ["hazards", "airstrips"].some(layers.isOn) && explain());
      map.on("moveend", () => {
        const { lat, lng } = map.getCenter();
        if (!document.body.dataset.paper && !isFitting) {
          choice = { ...choice, at: { lat, lng, zoom: map.getZoom() } };
          remember();
        }
      });
    }

    /** Fill the room that the page gives the map: that is no move of the reader's, and stands in no address. */
    function fitContainer() {
      if (!document.body.dataset.paper) {
        isFitting = true;
        map.invalidateSize({ pan: false });
        isFitting = false;
      }
    }

    async function show(name) {
      const isOn = choice.layers.includes(name);
      try {
        await layers.show(name, isOn);
        const isOther = REVISED.includes(name) && layers.isOn(name) && layers.about(name).revision !== counted.about.revision;
        if (isOther && !isRenewing) {
          news.check();
        }
      } catch (error) {
        Sira.say(Sira.t("part_failed", { part: Sira.t(`layer_${name}`), reason: error.message }));
        choice = { ...choice, layers: choice.layers.filter((each) => each !== name) };
        document.querySelector(`[data-layer="${name}"]`).checked = false;
        remember();
      }
      if (name === "online") {
        byId("sira-credit").hidden = !layers.isOn("online");
      }
      if (counted) {
        count();
      }
      list.refresh();
    }

    /* The panel. */

    function unitSeries(id) {
      const { document: told } = tally;
      const months = Sira.window(told, drawn);
      return months && drawn.period === ""
        ? { values: tally.series(id, 0, told.length), start: told.first, trend: tally.trend(id), ...months }
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
        const expected = await Sira.loadRisk(source, drawn);
        if (mine === turn) {
          risk = expected;
          count();
          if (drawn.measure === "expected") {
            Sira.say(risk.failure || "");
          }
        }
      }
    }

    /** The unit whose panel is open is of the choice and of what is drawn alike. */
    function turnTo(id) {
      choice = { ...choice, unit: id };
      drawn = drawn && { ...drawn, unit: id };
    }

    function pick(id, takeFocus = false) {
      if (measure.isOn() || routes.isPicking()) {
        return;
      }
      turnTo(id);
      byId("sira-panel").scrollTop = 0;
      byId("sira-unit").value = id;
      remember();
      showPanel(takeFocus);
    }

    /** Close the panel; the keyboard goes back to the unit on the map where it was in the panel. */
    function closePanel(giveFocus = true) {
      const before = choice.unit;
      turnTo("");
      byId("sira-unit").value = "";
      remember();
      showPanel(false);
      if (giveFocus) {
        units.focus(before);
      }
    }

    /** Go to what the search found; a unit of other boundaries brings these along. */
    function found(entry) {
      map.setView(entry, entry.zoom, { animate: false });
      if (!entry.level || !Object.hasOwn(settings.levels, entry.level)) {
        Sira.showCoordinates(entry, isInside(entry));
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
      Sira.showCoordinates(latlng, isInside(latlng));
      const members = layers.points() && layers.points().at(latlng);
      if (members) {
        incidents.openGroup(members);
      }
    }

    async function figures() {
      try {
        Sira.drawFigures(await source.figures());
      } catch (error) {
        Sira.say(Sira.t("part_failed", { part: Sira.t("figures"), reason: error.message }));
      }
    }

    /** Say everything in another language: the page's own words at once, what the service says when it comes. */
    function translate(lang) {
      map.closePopup();
      speak(lang);
      redraw();
      figures();
      SPOKEN.filter(layers.isOn).forEach(show);
    }

    function listen() {
      window.addEventListener("online", retry);
      map.on("click", click);
      L.DomEvent.disableClickPropagation(byId("sira-skip"));
      byId("sira-skip").addEventListener("click", () => byId("sira-time").focus());
      map.on("popupopen", ({ popup }) => {
        Sira.label(".leaflet-popup-close-button", "close", popup.getElement());
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
        target.value ? pick(target.value) : closePanel(false);
      });
      byId("sira-panel-close").addEventListener("click", () => closePanel());
      byId("sira-panel").addEventListener("keydown", (event) => event.key === "Escape" && closePanel());
      byId("sira-panel").addEventListener("click", ({ target }) => target.dataset.routeTo && routes.to(target.dataset.routeTo));
      byId("sira-centre").addEventListener("click", () => Sira.showCoordinates(map.getCenter(), isInside(map.getCenter())));
      byId("sira-file")?.addEventListener("click", () => Sira.note(Sira.t("file_writing")));
      byId("sira-lang").addEventListener("click", ({ currentTarget }) => translate(currentTarget.lang));
      for (const box of document.querySelectorAll("[data-layer]")) {
        box.addEventListener("change", () => {
          const name = box.dataset.layer;
          choice = { ...choice, layers: box.checked ? [...choice.layers, name] : choice.layers.filter((each) => each !== name) };
          remember();
          show(name);
        });
      }
      /* An address pasted into the open page is a choice like any other. */
      window.addEventListener("hashchange", () => {
        time.stop();
        const before = choice.layers;
        ({ choice, refused, closed } = Sira.readChoice(settings, location.hash));
        asked = location.hash;
        if (choice.at) {
          map.setView(choice.at, choice.at.zoom, { animate: false });
        }
        choice.lang === Sira.lang() ? redraw() : translate(choice.lang);
        for (const name of new Set([...before, ...choice.layers])) {
          if (layers.isOn(name) !== choice.layers.includes(name)) {
            show(name);
          }
        }
      });
    }

    /* Zooming comes before the units in the order of the keyboard. */
    map.getContainer().prepend(map.getContainer().querySelector(".leaflet-control-container"));
    new ResizeObserver(fitContainer).observe(map.getContainer());
    map.fitBounds(settings.bounds, { animate: false });
    speak(choice.lang);
    time.reach(settings.span);
    listen();
    if (isSmall()) {
      for (const part of document.querySelectorAll(".sira-side > details")) {
        part.open = false;
      }
    }
    redraw();
    Sira.print = print;
  };
})((window.Sira = window.Sira || {}));

/* Starts the page: reads its settings, keeps the reader's choice (also in the address), redraws on a change. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const KEPT = ["level", "vintage", "start", "end", "hazard"];
  /* Layers that are drawn anew with each choice or language. */
  const FOLLOWING = ["neighbours", "conflict", "incidents", "hazards"];

  const defaultVintage = (settings, level) =>
    settings.levels[level].includes(settings.vintage) ? settings.vintage : settings.levels[level][0];

  /** The choice that the page's address asks for, as far as there is such a thing; else the page's default. */
  function initialChoice(settings) {
    const wanted = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const level = Object.hasOwn(settings.levels, wanted.level) ? wanted.level : settings.level;
    const month = (text) => (/^\d{4}-(0[1-9]|1[0-2])$/.test(text || "") ? text : "");
    return {
      level,
      vintage: settings.levels[level].includes(wanted.vintage) ? wanted.vintage : defaultVintage(settings, level),
      start: month(wanted.start),
      end: month(wanted.end),
      hazard: settings.hazards.includes(wanted.hazard) ? wanted.hazard : "",
    };
  }

  /** Keep a choice within the months that the data cover; where they hold nothing there is no period. */
  function within(span, choice) {
    const inside = (month) => span && month >= span.start && month <= span.end;
    return {
      ...choice,
      start: inside(choice.start) ? choice.start : span ? span.start : "",
      end: inside(choice.end) ? choice.end : span ? span.end : "",
    };
  }

  /** Start the page on Folium's map. */
  Sira.start = function (map) {
    const settings = Sira.block("sira-settings");
    Sira.setTexts(settings.texts);
    Sira.setPalette(settings.palette);
    map.fitBounds(settings.bounds, { animate: false });
    map.on("popupopen", ({ popup }) => label(".leaflet-popup-close-button", "close", popup.getElement()));
    /* Zooming comes before the units in the order of the keyboard. */
    map.getContainer().prepend(map.getContainer().querySelector(".leaflet-control-container"));
    new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());

    const embedded = Sira.block("sira-data");
    const source = embedded ? Sira.fileSource(embedded) : Sira.httpSource();
    const layers = Sira.makeLayers(map, source, (error) => Sira.say(error.message));
    const other = (lang) => (lang === "fr" ? "en" : "fr");
    const { span } = settings; // null where the data hold nothing
    let choice = within(span, initialChoice(settings));
    let turn = 0;
    speak(settings.lang);

    /* What Leaflet itself says, in the page's language. */
    function label(selector, key, root) {
      const node = root.querySelector(selector);
      node.title = Sira.t(key);
      node.setAttribute("aria-label", Sira.t(key));
    }

    function speak(lang) {
      Sira.setLang(lang);
      label(".leaflet-control-zoom-in", "zoom_in", map.getContainer());
      label(".leaflet-control-zoom-out", "zoom_out", map.getContainer());
      byId("sira-lang").lang = other(lang);
      byId("sira-lang").textContent = settings.languages[other(lang)];
    }

    const shown = () => [...document.querySelectorAll("[data-layer]:checked")].map((box) => box.dataset.layer);

    function remember() {
      const kept = KEPT.filter((name) => choice[name]).map((name) => [name, choice[name]]);
      history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
    }

    /** Fetch what the choice asks for and draw it; an answer that a newer choice has overtaken is dropped. */
    async function redraw() {
      turn += 1;
      const mine = turn;
      document.body.dataset.state = "loading";
      Sira.say(Sira.t("loading"));
      try {
        Sira.fillForm(settings, choice);
        const collection = await source.units(choice);
        if (mine !== turn) {
          return;
        }
        const isFirst = layers.units() === null;
        Sira.fillUnits(collection);
        Sira.drawLegend(collection, shown());
        Sira.drawFace(collection.sira);
        Sira.say("");
        if (isFirst) {
          /* Only now has the page its final layout. */
          map.invalidateSize({ pan: false }).fitBounds(settings.bounds, { animate: false });
        }
        layers.drawUnits(collection);
        await Promise.all(FOLLOWING.filter((name) => shown().includes(name)).map(show));
        if (mine === turn) {
          remember();
          document.body.dataset.state = "ready";
        }
      } catch (error) {
        Sira.say(error.message);
        document.body.dataset.state = "failed";
      }
    }

    async function show(name) {
      const box = document.querySelector(`[data-layer="${name}"]`);
      box.checked = (await layers.show(name, box.checked, choice)) && box.checked;
    }

    async function figures() {
      try {
        Sira.drawFigures(await source.figures());
      } catch (error) {
        Sira.say(error.message);
      }
    }

    function choose(name, value) {
      choice[name] = value;
      if (name === "level") {
        choice.vintage = defaultVintage(settings, choice.level);
      }
      if (choice.start && choice.end && choice.start > choice.end) {
        choice[name === "start" ? "end" : "start"] = value;
      }
      choice = within(span, choice);
      redraw();
    }

    for (const name of KEPT) {
      byId(`sira-${name}`).addEventListener("change", (event) => choose(name, event.target.value));
    }
    byId("sira-unit").addEventListener("change", (event) => event.target.value && layers.open(event.target.value));
    byId("sira-lang").addEventListener("click", () => {
      map.closePopup();
      speak(other(Sira.lang()));
      figures();
      redraw();
    });
    for (const box of document.querySelectorAll("[data-layer]")) {
      box.addEventListener("change", async () => {
        await show(box.dataset.layer);
        Sira.drawLegend(layers.units(), shown());
      });
      if (box.checked && !FOLLOWING.includes(box.dataset.layer)) {
        show(box.dataset.layer);
      }
    }
    if (window.matchMedia("(width <= 700px)").matches) {
      byId("sira-choices").open = false;
    }
    figures();
    redraw();
  };
})((window.Sira = window.Sira || {}));

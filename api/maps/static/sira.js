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

  /** First and last month that the data cover, from an answer for their whole period; null where they hold nothing. */
  const spanOf = ({ period }) =>
    period && { start: period.start.slice(0, 7), end: Sira.monthBefore(period.end.slice(0, 7)) };

  /** Keep a choice within the span. A bound that lies on the span's is left empty: the whole period has one URL. */
  function within(span, choice) {
    if (!span) {
      return { ...choice, start: "", end: "" };
    }
    const inside = (month) => month > span.start && month <= span.end;
    return {
      ...choice,
      start: inside(choice.start) ? choice.start : "",
      end: choice.end >= span.start && choice.end < span.end ? choice.end : "",
    };
  }

  /** Start the page on Folium's map. */
  Sira.start = function (map) {
    const settings = Sira.block("sira-settings");
    Sira.setTexts(settings.texts);
    Sira.setPalette(settings.palette);
    map.attributionControl.setPrefix(false);
    map.fitBounds(settings.bounds);
    new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());

    const embedded = Sira.block("sira-data");
    const source = embedded ? Sira.fileSource(embedded) : Sira.httpSource(settings);
    const layers = Sira.makeLayers(map, source, (error) => Sira.say(error.message));
    const other = (lang) => (lang === "fr" ? "en" : "fr");
    let choice = initialChoice(settings);
    let span; // null where the data hold nothing, and so no period
    let turn = 0;
    speak(settings.lang);

    function speak(lang) {
      Sira.setLang(lang);
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
        if (span === undefined) {
          span = spanOf((await source.units({ ...choice, start: "", end: "", hazard: "" })).sira);
          choice = within(span, choice);
          map.invalidateSize({ pan: false }).fitBounds(settings.bounds);
        }
        Sira.fillForm(settings, span, choice);
        const collection = await source.units(choice);
        if (mine !== turn) {
          return;
        }
        layers.drawUnits(collection);
        Sira.fillUnits(collection);
        Sira.drawLegend(collection, shown());
        Sira.drawFace(collection.sira);
        Sira.say("");
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
      if (box.checked) {
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

/* The page: keeps the reader's choice, has fetched what it asks for, and has everything drawn that follows. */
import { byId } from "../base/dom.js";
import { isCircled } from "../base/measures.js";
import { sayFailed, showStatus } from "../base/status.js";
import { setLang, t } from "../base/text.js";
import { hashOf, periodWithin, readChoice, spanOf } from "../data/choice.js";
import { countUnits, makeTally, monthsOf } from "../data/counts.js";
import { isWithin, readOutlines } from "../data/geometry.js";
import { askRisk, NO_RISK } from "../data/http.js";
import { sayAreas } from "../map/areas.js";
import { makeLayers } from "../map/layers.js";
import { makeIncidents } from "../map/points.js";
import { Units } from "../map/units.js";
import { makeAccess } from "../panels/access.js";
import { fillForm, fillUnits, sayControls, sayUnits } from "../panels/form.js";
import { drawFace, drawLegend } from "../panels/legend.js";
import { Time, timeText } from "../panels/time.js";
import { makeRoutes } from "../routes/route.js";
import { makePrint, sheetOf } from "../tools/print.js";
import { SearchBox } from "../tools/search.js";
import { makeFullScreen, makeList, makeMeasure } from "../tools/tools.js";
import { ofRevision, showFigures, showLayer } from "./beside.js";
import { goTo } from "./goto.js";
import { makeNews } from "./news.js";
import { isSmall, UnitPanel } from "./unit-panel.js";

const REMEMBER_MS = 250;
const SETTLE_MS = 250;

export class Page {
  /**
   * @param {import("leaflet").Map} map
   * @param {Settings} settings
   * @param {Documents} source
   */
  constructor(map, settings, source) {
    this.map = map;
    this.settings = settings;
    this.source = source;
    /* What of the address could not be taken: what was not understood, and what needs a key. */
    /** @type {string[]} */
    this.refused = [];
    /** @type {string[]} */
    this.closed = [];
    this.read(location.hash);
    /* What the outlines and counts on the map are of: while the choice is being fetched, and where that fails, another. */
    /** @type {Choice | any} */
    this.drawn = null;
    /* The choice that could not be had, to be asked for again. */
    this.missed = null;
    this.turn = 0;
    /** @type {Outlines | any} */
    this.outlines = null;
    /** @type {Tally | any} */
    this.tally = null;
    /** @type {Risk} */
    this.risk = NO_RISK;
    /** @type {{ units: CountedUnit[], about: About, most: number } | any} */
    this.counted = null;
    this.remembering = 0;
    this.settling = 0;
    this.isRenewing = false;
    this.isFitting = false;
    /* The parts of the page, each with what it may ask of the page. */
    this.panel = new UnitPanel(this);
    this.units = new Units(map, (id, takeFocus) => this.panel.pick(id, takeFocus));
    this.layers = makeLayers(map, source, settings);
    this.news = makeNews(settings, source, {
      shown: () => this.shown(),
      renew: () => this.renew(),
      write: () => this.write(),
    });
    this.incidents = makeIncidents(map, source, this.layers, () => this.news.check());
    this.list = makeList(this.layers.points, this.incidents.open);
    this.measure = makeMeasure(map);
    this.routes = makeRoutes(map, source, () => showStatus(""));
    this.access = makeAccess(settings, source);
    this.time = new Time((period) => this.move(period));
    makePrint(
      map,
      () => (this.drawn ? sheetOf(this.view()) : { title: t("title"), lines: [] }),
      () => this.drawn && drawLegend(this.view())
    );
    makeFullScreen();
    new SearchBox(map, source.names, this.isInside, (entry) => goTo(this, entry));
  }

  /** As long as nothing is drawn, nothing is known to lie outside. */
  isInside = (point) => !this.outlines || isWithin(this.outlines, point);

  /** Take the choice from an address as it was asked for: the page may have written its own over it since. */
  read(hash) {
    const { choice, refused, closed } = readChoice(this.settings, hash);
    this.choice = choice;
    this.refused = refused;
    this.closed = closed;
    this.asked = hash;
  }

  /** Everything that is shown, for the legend, the panel and the sheet. */
  view() {
    const { layers, settings, risk } = this;
    return {
      ...this.counted,
      choice: this.drawn,
      riskAbout: risk.about,
      riskFailure: risk.failure,
      isOn: layers.isOn,
      aboutOf: layers.about,
      layerOf: layers.layer,
      drawnPoints: layers.points() ? layers.points().points().document : null,
      palette: settings.palette,
      may: settings.may,
      isFile: Boolean(this.source.isFile),
    };
  }

  speak(lang) {
    this.choice = { ...this.choice, lang };
    setLang(lang);
    sayControls(this.settings, this.map);
    this.access.speak();
    this.measure.speak();
    this.routes.speak();
    this.news.speak();
  }

  /** Keep the choice in the address; not on each step of the slider, which browsers forbid. */
  remember() {
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => this.write(), REMEMBER_MS);
  }

  write() {
    history.replaceState(null, "", hashOf(this.settings, this.choice));
  }

  /** Count the units anew for the period and draw what follows: no request, no new shapes. */
  count() {
    const { drawn, layers, units } = this;
    const counted = { ...countUnits(this.outlines, this.tally, drawn), most: this.largest() };
    this.counted = counted;
    for (const unit of counted.units) {
      unit.risk = this.risk.rows.get(unit.id);
    }
    units.restyle(counted.units, drawn.measure, counted.most);
    layers.drawConflict(counted.units, (id) => units.middle(id));
    if (layers.points()) {
      layers.points().choose(counted.about.period, drawn.hazard);
    }
    this.time.show(drawn, timeText(drawn, counted.about.period));
    this.explain();
    this.panel.draw();
    this.settle();
  }

  /** The count that the largest circle stands for: of any unit in any period as long as the one that is drawn. */
  largest() {
    const { drawn, tally } = this;
    const months = monthsOf(tally.document, drawn);
    const length = months ? months.to - months.from : 0;
    const key = `${drawn.measure} ${length}`;
    if (isCircled(drawn.measure) && tally.mostKey !== key) {
      tally.most = months ? tally.largest(drawn.measure, length) : 0;
      tally.mostKey = key;
    }
    return tally.most || 0;
  }

  /** Say what is drawn and how much of it lies in view. */
  explain() {
    drawLegend(this.view());
    sayAreas(this.view());
  }

  /** Have the lists say what the map shows, once it has come to rest: not on each step of the slider. */
  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      sayUnits(this.counted.units, this.drawn.measure);
      this.list.refresh();
    }, SETTLE_MS);
  }

  /** Move to another period. */
  move(period) {
    const needsOther = period.period !== this.choice.period;
    this.choice = { ...this.choice, ...period };
    needsOther ? this.redraw() : this.slide();
  }

  slide() {
    const { choice, drawn, missed } = this;
    /* Days and months are counted in different documents: until the other one is here, only the choice moves. */
    if (drawn.period === choice.period) {
      this.drawn = { ...drawn, start: choice.start, end: choice.end };
      this.count();
    }
    if (missed) {
      this.stillWant({ ...missed, start: choice.start, end: choice.end, period: choice.period });
    }
    byId("sira-start").value = this.choice.start;
    byId("sira-end").value = this.choice.end;
    this.remember();
  }

  /** Fetch what the choice asks for and draw it; an answer that a newer choice has overtaken is dropped. */
  async redraw() {
    this.turn += 1;
    const mine = this.turn;
    this.missed = null;
    document.body.dataset.state = "loading";
    showStatus(t("loading"));
    try {
      fillForm(this.settings, this.choice);
      const answers = await this.fetch(this.choice);
      if (mine === this.turn) {
        this.take(answers);
      }
    } catch (error) {
      if (mine === this.turn) {
        this.goBack(error);
      }
    }
  }

  /** What a choice needs: outlines, counts, what is expected, and after an import how far the data reach. */
  async fetch(choice) {
    const { source } = this;
    const [shapes, numbers, expected, all] = await Promise.all([
      source.outlines(choice),
      source.counts(choice),
      choice.measure === "expected" ? askRisk(source, choice) : NO_RISK,
      this.isRenewing ? source.counts({ ...choice, hazard: "", period: "" }) : null,
    ]);
    return { shapes, numbers, expected, all };
  }

  /** Draw what has come, unless it is of other data than what stands beside it. */
  take({ shapes, numbers, expected, all }) {
    if (!this.isRenewing && this.tally && numbers.sira.revision !== this.tally.document.sira.revision) {
      this.news.check();
      return;
    }
    if (all) {
      this.reach(spanOf(all));
    }
    this.risk = expected;
    shapes.read = shapes.read || readOutlines(shapes);
    numbers.tally = numbers.tally || makeTally(numbers);
    this.outlines = shapes.read;
    this.tally = numbers.tally;
    const isFirst = !this.drawn;
    this.drawn = this.choice;
    if (isFirst) {
      this.place();
    }
    this.units.drawOutlines(this.outlines);
    this.count();
    drawFace(this.counted.about);
    fillUnits(this.counted.units, this.drawn);
    this.sayDrawn(numbers.sira.revision);
    this.panel.show(false);
    if (isFirst) {
      this.accompany();
    }
  }

  /** Say that all is drawn, or what of the choice could not be. */
  sayDrawn(revision) {
    const said = this.refused.length ? t("refused", { names: this.refused.join(", ") }) : this.risk.failure;
    if (this.isRenewing) {
      this.news.tell(revision);
    }
    this.isRenewing = false;
    /* What a layer has said meanwhile stays. */
    if (said || byId("sira-status").textContent === t("loading")) {
      showStatus(said || "");
    }
    if (this.closed.length) {
      this.access.sayNeeded(this.closed, this.asked);
    }
    this.refused = [];
    this.closed = [];
    this.remember();
    document.body.dataset.state = "ready";
  }

  /** Have form, slider and choice reach as far as the data do. */
  reach(span) {
    this.choice = { ...this.choice, ...periodWithin(span, this.settings.span, this.choice) };
    this.settings.span = span;
    this.time.reach(span);
    fillForm(this.settings, this.choice);
  }

  /** What is drawn, as far as it can have got old. */
  shown() {
    const { risk } = this;
    const revision = this.drawn && this.tally.document.sira.revision;
    const isOldForecast = risk.about ? risk.about.revision !== revision : Boolean(risk.failure);
    return { revision, isOldForecast };
  }

  /** The data have changed since they were drawn: all that is shown is asked for anew, so that it is of one revision. */
  renew() {
    this.isRenewing = true;
    this.source.forget?.();
    this.map.closePopup();
    this.redraw();
    for (const name of ofRevision(this)) {
      showLayer(this, name);
    }
  }

  /** Say what failed; form, address and map agree again on what is drawn. The language and the layers are kept. */
  goBack(error) {
    const { choice } = this;
    this.missed = choice;
    document.body.dataset.state = "failed";
    if (this.drawn) {
      this.choice = { ...this.drawn, lang: choice.lang, layers: choice.layers, at: choice.at };
      fillForm(this.settings, this.choice);
      this.count();
      fillUnits(this.counted.units, this.drawn);
      this.remember();
    }
    sayFailed(this.drawn ? t("not_drawn", { reason: error.message }) : error.message, () => this.retry());
  }

  /** Keep wanting what could not be had, unless it is what the slider has come to. */
  stillWant(wanted) {
    const { choice, settings } = this;
    this.missed = { ...wanted, lang: choice.lang, layers: choice.layers, at: choice.at };
    if (hashOf(settings, { ...this.missed, unit: choice.unit }) === hashOf(settings, choice)) {
      this.missed = null;
      document.body.dataset.state = "ready";
      showStatus("");
    }
  }

  /** Ask again for what could not be had, in today's language and with today's layers. */
  async retry() {
    const { choice, missed } = this;
    if (missed) {
      this.choice = { ...missed, lang: choice.lang, layers: choice.layers, at: choice.at };
      await this.redraw();
    } else if (this.risk.failure && choice.unit) {
      this.panel.show(false);
    }
  }

  /** The first view has the units first; what is around them and beside them comes after. */
  accompany() {
    for (const name of this.choice.layers) {
      showLayer(this, name);
    }
    showFigures(this);
  }

  /** The first view: only now has the page its final layout. */
  place() {
    const { choice, map } = this;
    /* Beside the map the panel takes room from it; on a small screen it lies over it, and the map makes way later. */
    byId("sira-panel").hidden = isSmall() || !this.outlines.byId.has(choice.unit);
    map.invalidateSize({ pan: false });
    if (choice.at) {
      map.setView(choice.at, choice.at.zoom, { animate: false });
    } else {
      map.fitBounds(this.settings.bounds, { animate: false });
    }
    map.on("moveend", this.list.refresh);
    map.on("moveend", () => ["hazards", "airstrips"].some(this.layers.isOn) && this.explain());
    map.on("moveend", () => {
      const { lat, lng } = map.getCenter();
      if (!document.body.dataset.paper && !this.isFitting) {
        this.choice = { ...this.choice, at: { lat, lng, zoom: map.getZoom() } };
        this.remember();
      }
    });
  }

  /** Fill the room that the page gives the map: that is no move of the reader's, and stands in no address. */
  fitContainer() {
    if (!document.body.dataset.paper) {
      this.isFitting = true;
      this.map.invalidateSize({ pan: false });
      this.isFitting = false;
    }
  }
}

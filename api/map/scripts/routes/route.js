/* The route tool: ask between the stops, read the report beside the line, pick others, take it along.
   A route is asked for with POST: it stands in no address, and what is answered is kept nowhere. */
import { byId, el } from "../base/dom.js";
import { showStatus } from "../base/status.js";
import { shortKm, t } from "../base/text.js";
import { gpxOf } from "./gpx.js";
import { drawLines } from "./lines.js";
import { reportOf } from "./report.js";
import { Stops, sayWrong } from "./stops.js";

const GPX = "application/gpx+xml";
/* How long the saved document is kept for the browser. */
const KEPT_MS = 10000;

/** What the page without the tool does with it. */
const NO_ROUTES = { isPicking: () => false, pick() {}, to() {}, speak() {} };

/** The route tool on `map`, where the page has it; `onClear` is called when the reader clears its report. */
export const makeRoutes = (map, source, onClear) =>
  byId("sira-route-form") ? new Routes(map, source, onClear) : NO_ROUTES;

class Routes {
  constructor(map, source, onClear) {
    this.map = map;
    this.source = source;
    this.onClear = onClear;
    this.report = byId("sira-route-report");
    /** @type {import("leaflet").FeatureGroup | any} */
    this.drawn = null;
    /* What was answered, with the question: the boxes may say something else by now. */
    this.found = null;
    this.turn = 0;
    const form = byId("sira-route-form");
    if (source.isFile) {
      form.append(el("p", { id: "sira-route-held", class: "sira-small" }), el("datalist", { id: "sira-held" }));
      byId("sira-route").addEventListener("toggle", () => this.sayHeld());
    }
    this.stops = new Stops(map, source.isFile ? "sira-held" : null);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.find();
    });
  }

  isPicking() {
    return this.stops.picking !== null;
  }

  /** Take a click on the map as the stop that waits for one. */
  pick(point) {
    const input = this.stops.take(point);
    if (this.source.isFile) {
      this.sayNearest(input, point);
    }
  }

  /** Ask for a way to a place by its name. */
  to(name) {
    byId("sira-route").open = true;
    this.stops.endAt(name);
  }

  speak() {
    this.stops.label();
    if (this.source.isFile && byId("sira-route").open) {
      this.sayHeld();
    }
    if (this.found) {
      this.ask(this.found.asked);
    }
  }

  async find() {
    this.stops.stopPicking();
    if (await this.ask({ waypoints: this.stops.waypoints() })) {
      this.map.fitBounds(this.drawn.getBounds().pad(0.1), { animate: false });
      byId("sira-route-title").focus({ preventScroll: false });
    }
  }

  /** Have a question answered and drawn; false where it was not, or another was asked meanwhile. */
  async ask(asked) {
    this.clear();
    const mine = this.turn;
    const boxes = this.stops.filled();
    showStatus(t("route_asking"));
    try {
      const answered = await this.source.route(asked);
      if (mine !== this.turn) {
        return false;
      }
      this.found = { ...answered, asked, chosen: new Map() };
    } catch (error) {
      if (mine === this.turn) {
        sayWrong(error, boxes);
      }
      return false;
    }
    showStatus("");
    this.write();
    this.draw();
    return true;
  }

  draw() {
    this.drawn?.remove();
    this.drawn = drawLines(this.found, this.map);
  }

  write() {
    const download = el("button", { type: "button", id: "sira-gpx" }, t("route_gpx"));
    download.addEventListener("click", () => this.save());
    const clearing = el("button", { type: "button", id: "sira-route-clear" }, t("route_clear"));
    clearing.addEventListener("click", () => {
      this.stops.stopPicking();
      this.clear();
      this.onClear();
    });
    const show = (answer, other) => {
      this.found.chosen.set(answer, other);
      this.draw();
    };
    this.report.replaceChildren(...reportOf(this.found, [download, clearing], show));
    this.report.hidden = false;
  }

  /** Take the report and its line away; what was asked for and is not answered yet is not waited for. */
  clear() {
    this.turn += 1;
    this.found = null;
    this.report.replaceChildren();
    this.report.hidden = true;
    this.stops.clearFaults();
    this.drawn?.remove();
    this.drawn = null;
  }

  /** Save the way as GPX: as the service writes it, and where there is none as the page does. */
  async save() {
    const { asked, legs, notes } = this.found;
    try {
      const isFile = this.source.isFile;
      saveBlob(isFile ? new Blob([gpxOf(legs, notes)], { type: GPX }) : await this.source.routeGpx(asked));
    } catch (error) {
      showStatus(error.message);
    }
  }

  /** In a file: which places it holds, and for when its routes were worked out; or why it holds none. */
  async sayHeld() {
    const held = byId("sira-route-held");
    try {
      const { places, about } = await this.source.routes();
      byId("sira-held").replaceChildren(...places.map((name) => el("option", { value: name })));
      held.textContent = about();
    } catch (error) {
      held.textContent = error.message;
    }
  }

  /** A file answers between the places that it holds: a click means the nearest, and how far that is is said. */
  async sayNearest(input, point) {
    try {
      const { name, km } = (await this.source.routes()).nearest(point);
      input.title = t("route_nearest", { name, km: shortKm(km) });
      showStatus(input.title);
    } catch (error) {
      showStatus(error.message);
    }
  }
}

function saveBlob(blob) {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: "sira-route.gpx" }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

/* The units on the map: drawn once per level and vintage, then only restyled, so that time can slide. */
import * as L from "leaflet";
import { el } from "../base/dom.js";
import { isCircled } from "../base/measures.js";
import { formatCount, formatNumber, formatSignificant, isNumber, t } from "../base/text.js";
import { borderColour, classOf, fillOf, radiusOf, styleOf } from "./style.js";

const WEIGHT = 0.8;

/**
 * One line about a unit, for tooltips, lists and screen readers: its name and what the measure says of it.
 * @param {CountedUnit} unit
 * @param {Measure} measure
 */
export function summaryOf(unit, measure) {
  return `${unit.name} – ${valueText(unit, measure)}`;
}

/**
 * What the measure says of a unit, in words.
 * @param {CountedUnit} unit
 * @param {Measure} measure
 */
export function valueText(unit, measure) {
  if (measure === "expected") {
    const { risk } = unit;
    return !risk || risk.band === "not_assessed"
      ? t("not_assessed")
      : t(risk.high > 0 ? "risk_line" : "risk_line_alone", {
          label: risk.band_label,
          expected: formatSignificant(risk.expected),
          low: formatSignificant(risk.low),
          high: formatSignificant(risk.high),
        });
  }
  if (!unit.events) {
    return t("no_report");
  }
  if (measure === "rate") {
    return isNumber(unit.rate_per_100k_year)
      ? t("rate_short", { rate: formatNumber(unit.rate_per_100k_year, 2) })
      : t("events_no_rate", { events: formatCount("events_short", unit.events) });
  }
  return formatCount(`${measure}_short`, unit[measure]);
}

/** The units on `map`; `onPick` gets the id of the unit that a pointer picks, and true with it where the keyboard does. */
export class Units {
  constructor(map, onPick) {
    this.map = map;
    this.onPick = onPick;
    this.paths = new Map();
    this.circles = new Map();
    /* What stands on the page for each unit: only what changes is written, a write costs more than a comparison. */
    this.written = new Map();
    /** @type {Record<string, import("leaflet").Polygon | null>} */
    this.outlined = {};
    this.shapes = new Map();
    this.drawn = new Map();
    this.measure = "rate";
  }

  unit(id) {
    return this.drawn.get(id);
  }

  bounds(id) {
    return this.paths.get(id)?.getBounds();
  }

  middle(id) {
    return this.shapes.get(id)?.middle;
  }

  focus(id) {
    this.paths.get(id)?.getElement().focus();
  }

  /** Mark one unit; "" marks none. */
  select(id) {
    this.emphasise("selected", id, { weight: 3.5, color: styleOf("selected").color });
  }

  /** Draw the outlines of another level or vintage. */
  drawOutlines(outlines) {
    if (this.shapes === outlines.shapes) {
      return;
    }
    for (const layer of [...this.paths.values(), ...this.circles.values(), ...Object.values(this.outlined)]) {
      layer?.remove();
    }
    this.paths.clear();
    this.circles.clear();
    this.written.clear();
    this.shapes = outlines.shapes;
    this.drawn = outlines.byId;
    for (const [id, shape] of this.shapes) {
      this.makePath(id, shape);
    }
  }

  /** Restyle: `most` is the count that the largest circle stands for. */
  restyle(units, measure, most) {
    this.measure = measure;
    this.drawn = new Map(units.map((unit) => [unit.id, unit]));
    for (const unit of units) {
      this.write(unit);
      this.drawCircle(unit, most);
    }
  }

  makePath(id, shape) {
    const path = L.polygon(shape.parts, {
      pane: "sira-units",
      color: borderColour(),
      weight: WEIGHT,
      fillOpacity: 0.88,
      className: "sira-unit",
    });
    path.bindTooltip(() => el("span", {}, summaryOf(this.drawn.get(id), this.measure)), { sticky: true });
    path.on("mouseover", () => this.point(id));
    path.on("mouseout", () => this.point(""));
    path.on("click", () => this.onPick(id));
    this.paths.set(id, path);
    path.addTo(this.map);
    const element = /** @type {SVGElement} */ (path.getElement());
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.onPick(id, true);
      }
    });
    this.written.set(id, { element, kind: null, summary: null });
  }

  write(unit) {
    const said = this.written.get(unit.id);
    const { element } = said;
    const kind = classOf(unit, this.measure);
    if (said.kind !== kind) {
      said.kind = kind;
      element.dataset.kind = kind;
      this.paths.get(unit.id).options.fillColor = fillOf(kind);
      element.setAttribute("fill", fillOf(kind));
    }
    const summary = summaryOf(unit, this.measure);
    if (said.summary !== summary) {
      said.summary = summary;
      element.setAttribute("aria-label", summary);
    }
  }

  drawCircle(unit, most) {
    const radius = isCircled(this.measure) ? radiusOf(unit[this.measure] || 0, most) : 0;
    let mark = this.circles.get(unit.id);
    if (!radius) {
      mark?.remove();
      return;
    }
    if (!mark) {
      const { middle } = this.shapes.get(unit.id);
      mark = L.circleMarker(middle, { pane: "sira-circles", interactive: false, ...styleOf("circle") });
      this.circles.set(unit.id, mark);
    }
    if (mark.getRadius() !== radius) {
      mark.setRadius(radius);
    }
    if (!this.map.hasLayer(mark)) {
      mark.addTo(this.map);
    }
  }

  point(id) {
    this.emphasise("pointed", id, { weight: 2.5, color: borderColour() });
  }

  /** An emphasis is a line of its own over the units: one brought to the front would move in the keyboard's order. */
  emphasise(name, id, style) {
    this.outlined[name]?.remove();
    const shape = this.shapes.get(id);
    this.outlined[name] = shape
      ? L.polygon(shape.parts, { ...style, pane: "sira-outline", fill: false, interactive: false }).addTo(this.map)
      : null;
  }
}

/* The units on the map: drawn once per level and vintage, then only restyled, so that time can slide. */
(function (Sira) {
  "use strict";

  const WEIGHT = 0.8;

  /** One line about a unit, for tooltips, lists and screen readers: its name and what the measure says of it. */
  Sira.summaryOf = function (unit, measure) {
    return `${unit.name} – ${Sira.valueText(unit, measure)}`;
  };

  /** What the measure says of a unit, in words. */
  Sira.valueText = function (unit, measure) {
    if (measure === "expected") {
      const { risk } = unit;
      return !risk || risk.band === "not_assessed"
        ? Sira.t("not_assessed")
        : Sira.t(risk.high > 0 ? "risk_line" : "risk_line_alone", {
            label: risk.band_label,
            expected: Sira.significant(risk.expected),
            low: Sira.significant(risk.low),
            high: Sira.significant(risk.high),
          });
    }
    if (!unit.events) {
      return Sira.t("no_report");
    }
    if (measure === "rate") {
      return Sira.isNumber(unit.rate_per_100k_year)
        ? Sira.t("rate_short", { rate: Sira.number(unit.rate_per_100k_year, 2) })
        : Sira.t("events_no_rate", { events: Sira.counted("events_short", unit.events) });
    }
    return Sira.counted(`${measure}_short`, unit[measure]);
  };

  /** The units' layer on `map`; `onPick` gets the id of the unit that a pointer or the keyboard picks. */
  Sira.makeUnits = function (map, onPick) {
    const paths = new Map();
    const circles = new Map();
    /* What stands on the page for each unit: only what changes is written, a write costs more than a comparison. */
    const written = new Map();
    const outlined = {};
    let shapes = null;
    let drawn = new Map();
    let measure = "rate";

    function write(unit) {
      const said = written.get(unit.id);
      const { element } = said;
      const kind = Sira.classOf(unit, measure);
      if (said.kind !== kind) {
        said.kind = kind;
        element.dataset.kind = kind;
        paths.get(unit.id).options.fillColor = Sira.fillOf(kind);
        element.setAttribute("fill", Sira.fillOf(kind));
      }
      const summary = Sira.summaryOf(unit, measure);
      if (said.summary !== summary) {
        said.summary = summary;
        element.setAttribute("aria-label", summary);
      }
    }

    /* An emphasis is a line of its own over the units: one brought to the front would move in the keyboard's order. */
    function emphasise(name, id, style) {
      if (outlined[name]) {
        outlined[name].remove();
      }
      outlined[name] = shapes?.has(id)
        ? L.polygon(shapes.get(id).parts, { ...style, pane: "sira-outline", fill: false, interactive: false }).addTo(map)
        : null;
    }

    const point = (id) => emphasise("pointed", id, { weight: 2.5, color: Sira.border() });

    function makePath(id, shape) {
      const path = L.polygon(shape.parts, {
        pane: "sira-units",
        color: Sira.border(),
        weight: WEIGHT,
        fillOpacity: 0.88,
        className: "sira-unit",
      });
      path.bindTooltip(() => Sira.el("span", {}, Sira.summaryOf(drawn.get(id), measure)), { sticky: true });
      path.on("mouseover", () => point(id));
      path.on("mouseout", () => point(""));
      path.on("click", () => onPick(id));
      paths.set(id, path);
      path.addTo(map);
      const element = path.getElement();
      element.setAttribute("tabindex", "0");
      element.setAttribute("role", "button");
      element.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          onPick(id, true);
        }
      });
      written.set(id, { element, kind: null, summary: null });
    }

    /** Draw the outlines of another level or vintage. */
    function drawOutlines(outlines) {
      if (shapes === outlines.shapes) {
        return;
      }
      for (const layer of [...paths.values(), ...circles.values(), ...Object.values(outlined)]) {
        layer?.remove();
      }
      paths.clear();
      circles.clear();
      written.clear();
      shapes = outlines.shapes;
      drawn = outlines.byId;
      for (const [id, shape] of shapes) {
        makePath(id, shape);
      }
    }

    function circle(unit, most) {
      const radius = Sira.isCircled(measure) ? Sira.radiusOf(unit[measure] || 0, most) : 0;
      let mark = circles.get(unit.id);
      if (!radius) {
        if (mark) {
          mark.remove();
        }
        return;
      }
      if (!mark) {
        mark = L.circleMarker(shapes.get(unit.id).middle, { pane: "sira-circles", interactive: false, ...Sira.drawing("circle") });
        circles.set(unit.id, mark);
      }
      if (mark.getRadius() !== radius) {
        mark.setRadius(radius);
      }
      if (!map.hasLayer(mark)) {
        mark.addTo(map);
      }
    }

    /** Restyle: `most` is the count that the largest circle stands for. */
    function restyle(units, chosen, most) {
      measure = chosen;
      drawn = new Map(units.map((unit) => [unit.id, unit]));
      for (const unit of units) {
        write(unit);
        circle(unit, most);
      }
    }

    return {
      drawOutlines,
      restyle,
      unit: (id) => drawn.get(id),
      bounds: (id) => paths.get(id) && paths.get(id).getBounds(),
      middle: (id) => shapes.get(id) && shapes.get(id).middle,
      focus(id) {
        const path = paths.get(id);
        if (path) {
          path.getElement().focus();
        }
      },
      /** Mark one unit; "" marks none. */
      select(id) {
        emphasise("selected", id, { weight: 3.5, color: Sira.drawing("selected").color });
      },
    };
  };
})((window.Sira = window.Sira || {}));

/* How things are drawn. Class breaks and colours come from the server, so that legend, map and exports agree. */
(function (Sira) {
  "use strict";

  let palette = null;

  /** Take the palette and put its two hatches into the page, where the map's paths can refer to them. */
  Sira.setPalette = function (given) {
    palette = given;
    const definitions = Sira.svg("defs", {}, hatch("sira-hatch", 45), hatch("sira-cross", 45, true));
    const holder = Sira.svg("svg", { class: "sira-definitions", "aria-hidden": "true", width: 0, height: 0 });
    holder.append(definitions);
    document.body.append(holder);
  };

  function hatch(id, angle, crossed = false) {
    const lines = crossed ? "M0 0V7M0 0H7" : "M0 0V7";
    return Sira.svg(
      "pattern",
      { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})` },
      Sira.svg("rect", { width: 7, height: 7, fill: palette.paper }),
      Sira.svg("path", { d: lines, stroke: palette.hatch, "stroke-width": crossed ? 1.6 : 2.2, fill: "none" })
    );
  }

  /**
   * What a unit is drawn as: "none" where nothing was reported (which is not safety), "norate" where there are
   * incidents but no population to divide by, else the number of its class.
   */
  Sira.classOf = function (properties) {
    if (!properties.events) {
      return "none";
    }
    if (properties.rate_per_100k_year === null || properties.rate_per_100k_year === undefined) {
      return "norate";
    }
    return palette.breaks.filter((limit) => properties.rate_per_100k_year >= limit).length;
  };

  /** Fill of a class, as an SVG paint. */
  Sira.fillOf = function (kind) {
    if (kind === "none") {
      return "url(#sira-hatch)";
    }
    return kind === "norate" ? "url(#sira-cross)" : palette.colours[kind];
  };

  /** The classes' labels, lowest first: [class, text]. */
  Sira.classLabels = function () {
    const say = (value) => Sira.number(value);
    const { breaks } = palette;
    const first = [0, Sira.t("class_below", { high: say(breaks[0]) })];
    const last = [breaks.length, Sira.t("class_above", { low: say(breaks[breaks.length - 1]) })];
    const middle = breaks
      .slice(1)
      .map((high, index) => [index + 1, Sira.t("class_between", { low: say(breaks[index]), high: say(high) })]);
    return [first, ...middle, last];
  };

  Sira.unitStyle = (feature) => ({
    color: palette.border,
    weight: 0.8,
    fillColor: Sira.fillOf(Sira.classOf(feature.properties)),
    fillOpacity: 0.88,
    className: `sira-unit sira-class-${Sira.classOf(feature.properties)}`,
  });

  /** Radius in pixels of a circle whose area is in proportion to `count`. */
  Sira.circleRadius = (count) => Math.max(3, Math.sqrt(count) * palette.circle_scale);

  /** Line and fill of the other layers, by name. */
  Sira.drawing = (name) => palette.drawings[name];
})((window.Sira = window.Sira || {}));

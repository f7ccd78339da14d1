/* How things are drawn. Class breaks and colours come from the server, so that legend, map and exports agree. */
(function (Sira) {
  "use strict";

  let palette = null;

  /** Take the palette and put its hatches into the page, where the map's paths can refer to them. */
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

  /** The group of a status of hazardous areas; one that is not known counts as suspected. */
  Sira.hazardGroup = (status) => palette.hazard_groups[status] || "suspected";

  /** Line and fill of a layer, by name. */
  Sira.drawing = (name) => palette.drawings[name];
  Sira.border = () => palette.border;

  /** Whether a measure is drawn as circles: counts, which a coloured area would make larger than they are. */
  Sira.isCircled = (measure) => ["events", "victims", "civilians"].includes(measure);

  const isNumber = (value) => value !== null && value !== undefined;
  Sira.isNumber = isNumber;

  /**
   * What a unit is drawn as: "none" where nothing was reported (which is not safety), "norate" where there are
   * incidents but no population to divide by, "counted" under circles, a band, or the number of a class.
   */
  Sira.classOf = function (unit, measure) {
    if (measure === "expected") {
      return unit.risk ? unit.risk.band : "not_assessed";
    }
    if (!unit.events) {
      return "none";
    }
    if (Sira.isCircled(measure)) {
      return "counted";
    }
    return isNumber(unit.rate_per_100k_year)
      ? palette.breaks.filter((limit) => unit.rate_per_100k_year >= limit).length
      : "norate";
  };

  const FILLS = { none: "url(#sira-hatch)", norate: "url(#sira-cross)", not_assessed: "url(#sira-cross)" };

  /** Fill of a class, as an SVG paint. */
  Sira.fillOf = function (kind) {
    if (Object.hasOwn(FILLS, kind)) {
      return FILLS[kind];
    }
    if (kind === "counted") {
      return palette.counted;
    }
    return typeof kind === "number" ? palette.colours[kind] : Sira.drawing(`band_${kind}`).fillColor;
  };

  /** The rates' classes with their limits, lowest first: [class, text]. */
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

  /** The classes with their limits, lowest first, and what is not assessed: [band, text]. */
  Sira.bandLabels = function (about) {
    const [unknown, ...judged] = about.bands.map(({ band, text }) => [band, text]);
    return [...judged, unknown];
  };

  /** Radius in pixels of a circle whose area is in proportion to a count; the largest possible has 26. */
  Sira.radiusOf = (count, most) => (count > 0 && most > 0 ? Math.max(2.5, 26 * Math.sqrt(Math.min(1, count / most))) : 0);

  /** Radius of a circle of conflict events, on a scale of its own. */
  Sira.conflictRadius = (count) => Math.max(3, Math.sqrt(count) * palette.circle_scale);

  /** Round numbers below a largest one, for a legend of circles. */
  Sira.roundSteps = function (most) {
    const top = 10 ** Math.floor(Math.log10(Math.max(1, most)));
    const first = [5, 2, 1].map((step) => step * top).find((value) => value <= most) || 1;
    return [...new Set([first, Math.max(1, Math.round(first / 5)), 1])].sort((one, other) => one - other);
  };
})((window.Sira = window.Sira || {}));

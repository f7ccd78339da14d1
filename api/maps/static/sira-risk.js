/* Expected incidents and hotspots on the map: their styles, legends and popups. Nothing is drawn as safe. */
(function (Sira) {
  "use strict";

  const TERMS = ["recent", "history", "neighbourhood", "auxiliary", "road", "settlement", "floor"];
  const small = (text) => (text ? Sira.el("p", { class: "sira-small" }, text) : null);
  const heading = (text) => Sira.el("h2", {}, text);
  const box = (...parts) => Sira.el("div", { class: "sira-popup" }, ...parts);
  const isNumber = (value) => value !== null && value !== undefined;

  /** Fill of a band; what is not assessed is hatched. */
  Sira.bandFill = (band) => (band === "not_assessed" ? "url(#sira-cross)" : Sira.drawing(`band_${band}`).fillColor);

  Sira.riskStyle = (feature) => ({
    ...Sira.drawing("risk"),
    fillColor: Sira.bandFill(feature.properties.band),
    className: `sira-risk sira-band-${feature.properties.band}`,
  });

  Sira.hotspotStyle = (feature) => Sira.drawing(`hotspot_${feature.properties.pattern}`);

  const signed = (value) => `${value < 0 ? "−" : "+"}${Sira.number(Math.abs(value), 2)}`;

  /** What an assessment says of itself: out of date, synthetic, which sources have stopped. */
  const notices = (about) => about.notices.map((text) => Sira.el("p", { class: "sira-mark" }, text));

  const period = (about) => `${Sira.date(about.period.start)} – ${Sira.date(about.period.end)}`;

  const card = () => Sira.el("p", { class: "sira-small" }, Sira.el("a", { href: `model?lang=${Sira.lang()}` }, Sira.t("model_card")));

  /** One line about a unit, for tooltips and screen readers. */
  Sira.riskSummary = (unit) =>
    unit.band === "not_assessed"
      ? `${unit.name} – ${unit.band_label}`
      : `${unit.name} – ${unit.band_label} (${Sira.number(unit.expected, 2)})`;

  function why(unit) {
    return TERMS.map((term) => [term, unit[`share_${term}`]])
      .filter(([, share]) => share >= 0.01)
      .sort(([, one], [, other]) => other - one)
      .map(([term, share]) => `${Sira.t(`why_${term}`)} ${Sira.percent(share)}`)
      .join(", ");
  }

  function change(unit) {
    const parts = ["new", "decay", "model"].map((part) => unit[`change_${part}`]);
    return Sira.t("risk_change_value", {
      change: signed(parts.reduce((sum, part) => sum + part, 0)),
      new: signed(parts[0]),
      decay: signed(parts[1]),
      model: signed(parts[2]),
    });
  }

  /** Popup of a unit's forecast; `about` is the answer's `sira` member. */
  Sira.riskPopup = function (unit, about) {
    if (unit.band === "not_assessed") {
      return box(
        heading(unit.name),
        ...notices(about),
        Sira.el("p", {}, Sira.t("risk_not_assessed", { reason: unit.not_assessed })),
        small(about.caveat),
        card()
      );
    }
    const rates = isNumber(unit.rate_raw)
      ? Sira.t("risk_rates_value", { raw: Sira.number(unit.rate_raw, 2), shrunk: Sira.number(unit.rate_shrunk, 2) })
      : null;
    return box(
      heading(unit.name),
      ...notices(about),
      small(`${about.title}, ${period(about)}`),
      Sira.facts([
        [Sira.t("risk_band"), unit.band_label],
        [
          Sira.t("risk_expected"),
          Sira.t("risk_value", {
            expected: Sira.number(unit.expected, 2),
            low: Sira.number(unit.low),
            high: Sira.number(unit.high),
          }),
        ],
        [Sira.t("risk_any"), Sira.number(unit.p_any, 2)],
        [Sira.t("risk_why"), why(unit)],
        [Sira.t("risk_n_eff"), Sira.number(unit.n_eff, 1)],
        [Sira.t("risk_change", { date: Sira.date(about.change_since) }), isNumber(unit.before) ? change(unit) : null],
        [Sira.t("risk_recorded"), Sira.number(unit.recorded, 1)],
        [Sira.t("risk_rates"), rates],
      ]),
      unit.stopped_source ? small(Sira.t("risk_stopped", { source: unit.stopped_source })) : null,
      small(about.caveat),
      card()
    );
  };

  /** Popup of a hotspot. */
  Sira.hotspotPopup = (place, about) =>
    box(
      heading(place.name),
      ...notices(about),
      Sira.facts([
        [Sira.t("legend_hotspots"), Sira.t(`pattern_${place.pattern}`)],
        ["z", Sira.number(place.z, 1)],
        [Sira.t("risk_recorded"), Sira.number(place.recorded, 1)],
      ]),
      small(about.caveat),
      card()
    );

  /** Legend lines of the bands: [fill, text], highest last, and that what is not assessed is hatched. */
  Sira.bandLabels = function (about) {
    const bands = about.bands.filter((band) => band.from !== null);
    const lines = bands.map((band, index) => [
      Sira.bandFill(band.band),
      index === 0
        ? Sira.t("band_under", { label: band.label, high: Sira.number(bands[1].from, 1) })
        : Sira.t("band_from", { label: band.label, low: Sira.number(band.from, 1) }),
    ]);
    const none = about.bands.find((band) => band.band === "not_assessed");
    return [...lines, [Sira.bandFill("not_assessed"), none.label]];
  };
})((window.Sira = window.Sira || {}));

/* What a popup says. Every value is a text node: names and narratives come from files and are never markup. */
(function (Sira) {
  "use strict";

  const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
  const heading = (text) => Sira.el("h2", {}, capital(text));
  const small = (text) => (text ? Sira.el("p", { class: "sira-small" }, text) : null);
  const box = (...parts) => Sira.el("div", { class: "sira-popup" }, ...parts);

  function denominator(unit) {
    if (unit.population === null || unit.population === undefined) {
      return Sira.t("no_population");
    }
    return Sira.t("denominator", { population: Sira.number(unit.population, 0), year: unit.population_year });
  }

  function eventsText(unit) {
    if (!unit.events) {
      return Sira.t("no_report");
    }
    if (!unit.events_spread) {
      return Sira.number(unit.events);
    }
    return Sira.t("partly_spread", { total: Sira.number(unit.events), spread: Sira.number(unit.events_spread) });
  }

  /** The period of an answer as one phrase: "from … to …", the last month included. */
  Sira.periodText = function (period) {
    if (!period.start) {
      return Sira.t("period_all");
    }
    const last = Sira.monthBefore(period.end.slice(0, 7));
    return Sira.t("period_between", { start: Sira.month(period.start), end: Sira.month(last) });
  };

  /** Where and when the conflict events are from: they have a period of their own. */
  Sira.conflictText = (conflict) =>
    conflict.source ? `${Sira.periodText(conflict.period)}. ${conflict.source}` : Sira.t("conflict_none");

  /** One line per source: name, licence, note; whatever the answer gives of them. */
  Sira.sourceText = (source) =>
    typeof source === "string"
      ? source
      : [source.name || source.title || source.source, source.licence, source.note].filter(Boolean).join(", ");

  const sourcesText = (about) => (about.sources || []).map(Sira.sourceText).join(" · ");

  /** Popup of a region, cercle or commune; `about` is the answer's `sira` member. */
  Sira.unitPopup = function (unit, about) {
    const code = unit.pcode ? `${unit.pcode} (${Sira.word("pcode_set", unit.pcode_set)})` : null;
    const rate = unit.rate_per_100k_year;
    return box(
      heading(unit.name),
      small(`${Sira.word("level", unit.level)} · ${Sira.t("vintage_of", { vintage: unit.vintage })}`),
      unit.synthetic ? Sira.el("p", { class: "sira-mark" }, Sira.t("synthetic_mark")) : null,
      small(Sira.periodText(about.period)),
      Sira.facts([
        [Sira.t("events"), eventsText(unit)],
        [Sira.t("rate"), rate === null || rate === undefined ? Sira.t("no_rate") : Sira.number(rate, 2)],
        [Sira.t("denominator_label"), denominator(unit)],
        [Sira.t("killed"), unit.events ? Sira.number(unit.killed) : null],
        [Sira.t("injured"), unit.events ? Sira.number(unit.injured) : null],
        [Sira.t("civilians"), unit.events ? Sira.number(unit.civilians) : null],
        [Sira.t("last_event"), unit.last_event ? Sira.date(unit.last_event) : null],
        [Sira.t("land_suspected"), unit.area_suspected_m2 ? Sira.number(unit.area_suspected_m2, 0) : null],
        [Sira.t("land_confirmed"), unit.area_confirmed_m2 ? Sira.number(unit.area_confirmed_m2, 0) : null],
        [Sira.t("land_released"), unit.area_released_m2 ? Sira.number(unit.area_released_m2, 0) : null],
        [Sira.t("conflict_apart"), unit.conflict_events ? Sira.number(unit.conflict_events) : null],
        [Sira.t("pcode"), code],
      ]),
      unit.events_spread ? small(Sira.t("spread_note")) : null,
      unit.conflict_events ? small(Sira.t("conflict_from", { origin: Sira.conflictText(about.conflict) })) : null,
      small(Sira.t("not_safety")),
      unit.approximate ? small(Sira.t("approximate")) : null,
      small(unit.note),
      sourcesText(about) ? small(Sira.t("sources_are", { sources: sourcesText(about) })) : null
    );
  };

  /** Popup of one incident, as far as the reader may see it. */
  Sira.incidentPopup = function (incident, about) {
    return box(
      heading(Sira.word("hazard", incident.hazard_type)),
      incident.synthetic ? Sira.el("p", { class: "sira-mark" }, Sira.t("synthetic_mark")) : null,
      Sira.facts([
        [Sira.t("date"), incident.date ? Sira.date(incident.date) : null],
        [Sira.t("place"), incident.place_name],
        [Sira.t("precision"), incident.location_precision && Sira.word("precision", incident.location_precision)],
        [Sira.t("outcome"), incident.outcome && Sira.word("outcome", incident.outcome)],
        [Sira.t("killed"), Sira.number(incident.killed_total)],
        [Sira.t("injured"), Sira.number(incident.injured_total)],
        [Sira.t("source"), [incident.source, incident.source_id].filter(Boolean).join(" ")],
      ]),
      incident.narrative ? Sira.el("p", { class: "sira-narrative" }, incident.narrative) : null,
      small(incident.note),
      small(about.caveat)
    );
  };

  /** Popup of a hazard area. */
  Sira.hazardPopup = function (area) {
    return box(
      heading(area.name || Sira.word("status", area.status)),
      area.synthetic ? Sira.el("p", { class: "sira-mark" }, Sira.t("synthetic_mark")) : null,
      Sira.facts([
        [Sira.t("status"), area.status && Sira.word("status", area.status)],
        [Sira.t("area_m2"), area.area_m2 === undefined ? null : Sira.number(area.area_m2, 0)],
        [Sira.t("source"), area.source],
      ]),
      small(area.note)
    );
  };
})((window.Sira = window.Sira || {}));

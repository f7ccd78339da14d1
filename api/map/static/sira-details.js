/* What popups say of single things. Every value is a text node: names and narratives come from files and are never
   markup. */
(function (Sira) {
  "use strict";

  const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
  const heading = (text) => Sira.el("h2", {}, capital(text));
  const small = (text) => (text ? Sira.el("p", { class: "sira-small" }, text) : null);
  const mark = (text) => Sira.el("p", { class: "sira-mark" }, text);
  const box = (...parts) => Sira.el("div", { class: "sira-popup" }, ...parts);
  /** How much of an ISO date is known. */
  const DATE_LENGTHS = { day: 10, month: 7, year: 4 };
  /** Incidents that a list holds at most. */
  Sira.MOST_LISTED = 50;
  Sira.small = small;
  Sira.mark = mark;

  /** The period of an answer as one phrase: whole months by their names, others by their days. */
  Sira.periodText = function (period) {
    if (!period || !period.start) {
      return Sira.t("period_all");
    }
    const lastDay = new Date(Date.parse(`${period.end}T00:00:00Z`) - 86400000).toISOString().slice(0, 10);
    const isMonths = period.start.endsWith("-01") && period.end.endsWith("-01");
    const [start, end] = isMonths ? [Sira.month(period.start), Sira.month(lastDay)] : [Sira.date(period.start), Sira.date(lastDay)];
    return start === end ? start : Sira.t("period_between", { start, end });
  };

  /** Where and when the conflict events are from: they have a period of their own. */
  Sira.conflictText = (conflict) =>
    conflict.source ? `${Sira.periodText(conflict.period)}. ${conflict.source}` : Sira.t("conflict_none");

  /** Sources in one line: name, licence, note; whatever the answer gives of them. */
  Sira.sourcesText = (sources) =>
    (sources || []).map((source) => [source.name, source.licence, source.note].filter(Boolean).join(", ")).join(" · ");

  const sourcesOf = (about) =>
    about.sources && about.sources.length
      ? small(Sira.t("sources_are", { sources: Sira.sourcesText(about.sources) }))
      : null;

  /** Popup of one incident, as far as the reader may see it. */
  Sira.incidentPopup = (incident) =>
    box(
      heading(Sira.word("hazard", incident.hazard_type)),
      incident.synthetic ? mark(Sira.t("synthetic_mark")) : null,
      Sira.facts([
        [Sira.t("date"), incident.date ? Sira.date(incident.date) : null],
        [Sira.t("place"), incident.place_name],
        [Sira.t("precision"), incident.location_precision && Sira.word("precision", incident.location_precision)],
        [
          Sira.t("error_km"),
          Sira.isNumber(incident.location_error_km) ? Sira.t("km", { km: Sira.number(incident.location_error_km) }) : null,
        ],
        [Sira.t("outcome"), incident.outcome && Sira.word("outcome", incident.outcome)],
        [Sira.t("killed"), Sira.number(incident.killed_total)],
        [Sira.t("injured"), Sira.number(incident.injured_total)],
        [Sira.t("source"), [incident.source, incident.source_id].filter(Boolean).join(" ")],
      ]),
      incident.narrative ? Sira.el("p", { class: "sira-narrative" }, incident.narrative) : null,
      small(incident.note),
      small(incident.about.caveat)
    );

  /** Which devices are counted, in words. */
  Sira.deviceText = ({ hazard }) => capital(hazard ? Sira.word("hazard", hazard) : Sira.t("hazard_all"));

  /** Incidents as buttons, each with its date and type; `open` gets the place of one in the document of points. */
  Sira.incidentList = function ({ document: told, day }, members, open) {
    const date = (i) => Sira.date(new Date(day[i] * 86400000).toISOString().slice(0, DATE_LENGTHS[told.dates[told.dated[i]]]));
    const one = (i) => {
      const text = `${date(i)} – ${Sira.word("hazard", told.hazards[told.hazard[i]])}`;
      const button = Sira.el("button", { type: "button", class: "sira-link" }, text);
      button.addEventListener("click", () => open(i, true));
      return Sira.el("li", {}, button);
    };
    return Sira.el("ul", {}, members.map(one));
  };

  /** Popup of incidents that no nearer view tells apart, the newest first. */
  Sira.groupPopup = function (points, members, open) {
    const newest = members.slice(0, Sira.MOST_LISTED);
    const isCut = newest.length < members.length;
    return box(
      heading(Sira.t("at_one_place", { count: Sira.number(members.length) })),
      members.some((i) => points.document.synthetic[i]) ? mark(Sira.t("synthetic_mark")) : null,
      isCut ? small(Sira.t("newest_shown", { shown: Sira.number(newest.length) })) : null,
      Sira.incidentList(points, newest, open)
    );
  };

  /** Whoever opens a popup by keyboard reads on in it, and is back where it was opened when it closes. */
  Sira.readPopup = function (popup) {
    const opener = document.activeElement;
    const box = popup.getElement();
    box.querySelector(".leaflet-popup-content").focus();
    box.addEventListener("keydown", (event) => event.key === "Escape" && popup.close());
    popup.once("remove", () => box.contains(document.activeElement) && opener.focus());
  };

  /** Popup of a hazard area. */
  Sira.hazardPopup = (area, about) =>
    box(
      heading(area.name || Sira.word("status", area.status)),
      area.synthetic ? mark(Sira.t("synthetic_mark")) : null,
      Sira.facts([
        [Sira.t("status"), area.status && Sira.word("status", area.status)],
        [Sira.t("area_m2"), Sira.isNumber(area.area_m2) ? Sira.number(area.area_m2, 0) : null],
        [Sira.t("source"), area.source],
      ]),
      small(area.note),
      small(about.caveat)
    );

  /** Popup of a hotspot. */
  Sira.hotspotPopup = (place, about) =>
    box(
      heading(place.name || place.place_id),
      ...about.notices.map(mark),
      Sira.facts([
        [Sira.t("legend_hotspots"), Sira.t(`pattern_${place.pattern}`)],
        [Sira.t("significance"), Sira.t("significance_value", { z: Sira.number(place.z, 1), p: Sira.number(place.p, 4) })],
        [Sira.t("risk_recorded"), Sira.number(place.recorded)],
      ]),
      small(about.caveat)
    );

  /** Popup of a road axis. */
  Sira.axisPopup = (axis, about) =>
    box(
      heading([axis.ref, axis.name].filter(Boolean).join(" · ") || axis.axis_id),
      Sira.pastText(about) ? mark(Sira.pastTitle(about, Sira.t("no_forecast"))) : null,
      about.synthetic ? mark(Sira.t("synthetic_mark")) : null,
      small(Sira.periodText(about.period)),
      Sira.facts([
        [Sira.t("axis_per_100"), axis.per_100_km ? Sira.estimate(axis.per_100_km) : Sira.t("not_assessed")],
        [Sira.t("road_band"), axis.band_label],
        [Sira.t("risk_expected"), axis.expected_incidents && Sira.estimate(axis.expected_incidents)],
        [Sira.t("length"), Sira.t("km", { km: Sira.number(axis.length_km) })],
        [Sira.t("last_event"), axis.last_incident ? Sira.date(axis.last_incident) : null],
        [Sira.t("share_not_assessed"), Sira.percent(axis.share_not_assessed)],
      ]),
      Sira.caveatsOf(about).map(small),
      sourcesOf(about)
    );

  /** An expectation with the interval that nine outcomes in ten lie in; from 0 to 0 is none beside what is above it. */
  Sira.estimate = (value) => {
    const expected = Sira.significant(value.value ?? value.expected);
    return value.high > 0 || value.low < 0
      ? Sira.t("risk_value", { expected, low: Sira.significant(value.low), high: Sira.significant(value.high) })
      : expected;
  };
})((window.Sira = window.Sira || {}));

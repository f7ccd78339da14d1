/* The route tool: start, places on the way and end, typed or clicked; the report beside the line, others to pick.
   A route is asked for with POST: it stands in no address, and what is answered is kept nowhere. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const MOST_STOPS = 8;
  const MOST_WORST = 3;

  /** Minutes as "5 h 20 min". */
  function duration(minutes) {
    const whole = Math.round(minutes);
    const [hours, rest] = [Sira.number(Math.floor(whole / 60), 0), Sira.number(whole % 60, 0)];
    if (whole < 60 || whole % 60 === 0) {
      return Sira.t(whole < 60 ? "minutes" : "hours", { hours, minutes: rest });
    }
    return Sira.t("duration", { hours, minutes: rest });
  }

  /** A time, which rests on assumed speeds, with whose they are. */
  const assumed = (minutes, { profile, season }) =>
    Sira.t("route_duration_value", { time: duration(minutes), profile: Sira.t(`profile_${profile}`), season: Sira.t(`season_${season}`) });

  const shortKm = (km) => Sira.number(km, km < 10 ? 1 : 0);

  /** A figure with the part of the way that it speaks of, where that is not all of it. */
  Sira.onPart = (figure, { known_km: known, length_km: length }) =>
    known < length ? Sira.t("on_part", { figure, known: shortKm(known), length: shortKm(length) }) : figure;

  /** Hazard areas on the way, one text each: the status first. */
  Sira.hazardTexts = (areas) =>
    areas.map(({ status_label: status, name, at_km, distance_km: distance }) => {
      const at = Sira.number(at_km, 1);
      const where = distance > 0 ? Sira.t("hazard_passed", { distance: Sira.number(Math.max(distance, 0.1), 1), at }) : Sira.t("hazard_crossed", { at });
      return Sira.t("hazard_on_way", { status, name, where });
    });

  const kmText = (km) => Sira.t("km", { km: Sira.number(km, km < 100 ? 1 : 0) });

  /** What is said of a whole route or of another one, as facts; `answer` says who travels and when. */
  function figures(route, answer) {
    return Sira.facts([
      [Sira.t("length"), kmText(route.length_km)],
      [Sira.t("route_duration"), Sira.isNumber(route.duration_min) ? assumed(route.duration_min, answer) : null],
      [
        Sira.t("risk_expected"),
        route.expected_incidents ? Sira.onPart(Sira.estimate(route.expected_incidents), route) : Sira.t("not_assessed"),
      ],
      [Sira.t("risk_any"), Sira.isNumber(route.probability_any) ? Sira.percent(route.probability_any) : null],
      [Sira.t("share_not_assessed"), Sira.percent(route.share_not_assessed)],
      [Sira.t("share_under_observed"), Sira.percent(route.share_under_observed)],
    ]);
  }

  Sira.makeRoutes = function (map, source, onClear) {
    const form = byId("sira-route-form");
    if (!form) {
      return { isPicking: () => false, pick() {}, to() {}, speak() {} };
    }
    const stops = byId("sira-stops");
    const report = byId("sira-route-report");
    let picking = null;
    let drawn = null;
    /* What was answered, with the question: the boxes may say something else by now. */
    let found = null;
    let turn = 0;

    function label(index, count) {
      return index === 0 ? Sira.t("route_from") : index === count - 1 ? Sira.t("route_to") : Sira.t("route_via", { number: index });
    }

    const inputs = () => [...stops.querySelectorAll("input")];
    const filled = () => inputs().filter((input) => input.value.trim());

    function relabel() {
      const all = inputs();
      all.forEach((input, index) => {
        const text = label(index, all.length);
        input.previousElementSibling.textContent = text;
        input.id = `sira-stop-${index}`;
        input.previousElementSibling.htmlFor = input.id;
        input.nextElementSibling.textContent = Sira.t("route_click");
        input.nextElementSibling.setAttribute("aria-label", `${Sira.t("route_click")} – ${text}`);
      });
      byId("sira-add-stop").disabled = all.length >= MOST_STOPS;
    }

    function pickFor(input, button) {
      const isSame = picking === input;
      stopPicking();
      if (!isSame) {
        picking = input;
        button.setAttribute("aria-pressed", "true");
        map.getContainer().classList.add("sira-crosshair");
        Sira.say(Sira.t("route_picking"));
      }
    }

    function stopPicking() {
      picking = null;
      map.getContainer().classList.remove("sira-crosshair");
      for (const button of stops.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", "false");
      }
    }

    function addStop(before) {
      const list = source.isFile ? "sira-held" : null;
      const input = Sira.el("input", { type: "text", maxlength: "100", autocomplete: "off", spellcheck: "false", list });
      const button = Sira.el("button", { type: "button", "aria-pressed": "false" });
      button.addEventListener("click", () => pickFor(input, button));
      stops.insertBefore(Sira.el("div", { class: "sira-stop" }, Sira.el("label"), input, button), before || null);
      relabel();
      return input;
    }

    /** A stop as the service takes it: longitude and latitude where coordinates were typed or clicked, else a name. */
    function stopOf(text) {
      const point = Sira.readCoordinates(text);
      return point ? [point.lng, point.lat] : text.trim();
    }

    const outline = (shape, style) => L.geoJSON(shape, { pane: "sira-route", interactive: false, style: Sira.drawing(style) });

    /** The lines of an answer; `chosen` is one of its other ways, or none. */
    const lines = (answer, chosen) => [
      ...answer.alternatives.filter((other) => other !== chosen).map((other) => outline(other.geometry, "route_other")),
      outline((chosen || answer).geometry, "route_halo"),
      outline((chosen || answer).geometry, "route_case"),
      ...(chosen ? [outline(chosen.geometry, "route")] : answer.segments.map(segment)),
    ];

    function draw() {
      if (drawn) {
        drawn.remove();
      }
      drawn = L.featureGroup(found.legs.flatMap((answer) => lines(answer, found.chosen.get(answer)))).addTo(map);
      return drawn;
    }

    function segment(part) {
      const style = { ...Sira.drawing("route"), ...Sira.drawing(part.band === "not_assessed" ? "route_unknown" : `route_${part.band}`) };
      return L.geoJSON(part.geometry, { pane: "sira-route", style }).bindPopup(
        () => Sira.el("div", { class: "sira-popup" }, Sira.el("h2", {}, [part.ref, part.name].filter(Boolean).join(" · ")), segmentFacts(part)),
        Sira.popupOptions(map)
      );
    }

    const segmentFacts = (part) =>
      Sira.facts([
        [Sira.t("route_stretch"), Sira.t("route_stretch_value", { from: Sira.number(part.from_km, 0), to: Sira.number(part.to_km, 0) })],
        [Sira.t("road_band"), part.band_label],
        [Sira.t("risk_expected"), part.expected_incidents ? Sira.estimate(part.expected_incidents) : Sira.t("not_assessed")],
        [Sira.t("risk_any"), Sira.isNumber(part.probability_any) ? Sira.percent(part.probability_any) : null],
        [Sira.t("route_rate"), Sira.isNumber(part.relative_rate) ? Sira.t("route_rate_value", { times: Sira.significant(part.relative_rate) }) : null],
        [Sira.t("risk_n_eff"), Sira.number(part.incidents_behind)],
        [Sira.t("last_event"), part.last_incident ? Sira.date(part.last_incident) : null],
        [Sira.t("panel_coverage"), part.coverage_label],
      ]);

    function worst(answer) {
      const shown = Sira.worstOf(answer).slice(0, MOST_WORST);
      return shown.length
        ? [
            Sira.el("h4", {}, Sira.t("route_worst")),
            ...shown.map((part) => Sira.el("div", { class: "sira-stretch" }, Sira.el("strong", {}, part.name || part.ref || ""), segmentFacts(part))),
          ]
        : [];
    }

    function others(answer) {
      if (answer.alternatives.length < 2) {
        return [Sira.small(Sira.t("route_no_others"))];
      }
      return [
        Sira.el("h4", {}, Sira.t("route_others")),
        Sira.small(Sira.t("route_others_note")),
        ...answer.alternatives.map((other) => {
          const button = Sira.el("button", { type: "button", "aria-pressed": "false" }, Sira.t("route_show"));
          button.addEventListener("click", () => {
            for (const each of button.closest("section").querySelectorAll("[data-other]")) {
              each.setAttribute("aria-pressed", "false");
            }
            button.setAttribute("aria-pressed", "true");
            found.chosen.set(answer, other);
            draw();
          });
          button.dataset.other = other.kind;
          return Sira.el("div", { class: "sira-stretch" }, Sira.el("strong", {}, other.label), figures(other, answer), button);
        }),
      ];
    }

    function near(title, list) {
      return list.length
        ? [
            Sira.el("h4", {}, title),
            Sira.el("ul", {}, list.map((each) => Sira.el("li", {}, Sira.t("route_near", { name: each.name || each.id, at: Sira.number(each.at_km, 0), distance: Sira.number(each.distance_km, 1) })))),
          ]
        : [];
    }

    /** Hazard areas on the way, under what they are and, where there are several, the `leg` that they lie on. */
    const hazards = (key, areas, leg) =>
      areas.length
        ? [Sira.el("h4", {}, [leg, Sira.t(key)].filter(Boolean).join(" – ")), Sira.el("ul", { class: `sira-${key}` }, Sira.hazardTexts(areas).map((text) => Sira.el("li", {}, text)))]
        : [];

    /** What is said of one answer, under `title` where there are several. */
    const legReport = (answer, title) =>
      Sira.el(
        "section",
        { class: "sira-leg" },
        title ? Sira.el("h4", {}, title) : null,
        Sira.pastText(answer) ? Sira.mark(Sira.pastTitle(answer, Sira.t("no_forecast"))) : null,
        answer.synthetic ? Sira.mark(Sira.t("synthetic_mark")) : null,
        hazards("route_hazards", answer.hazard_areas),
        Sira.small(`${answer.target_label}, ${Sira.periodText(answer.period)}`),
        figures(answer, answer),
        Sira.el("h4", {}, Sira.t("route_colours")),
        Sira.roadClasses(answer),
        Sira.caveatsOf(answer).map((text) => Sira.el("p", { class: "sira-small" }, text)),
        others(answer),
        worst(answer),
        hazards("route_ended", answer.ended_areas),
        near(Sira.t("layer_places"), answer.places),
        near(Sira.t("layer_airstrips"), answer.airstrips),
        Sira.small(Sira.t("route_incidents", { count: Sira.number(answer.incidents_in_corridor), km: Sira.number(answer.corridor_km) })),
        Sira.small(Sira.t("sources_are", { sources: Sira.sourcesText(answer.sources) }))
      );

    /** What the legs come to together: probabilities and intervals do not add up, and are said of each. */
    function together(legs) {
      const sum = (value) => legs.reduce((total, leg) => total + value(leg), 0);
      const known = legs.filter((leg) => leg.expected_incidents);
      const whole = { known_km: sum((leg) => leg.known_km), length_km: sum((leg) => leg.length_km) };
      return [
        Sira.facts([
          [Sira.t("length"), kmText(sum((leg) => leg.length_km))],
          [Sira.t("route_duration"), assumed(sum((leg) => leg.duration_min), legs[0])],
          [Sira.t("risk_expected"), known.length ? Sira.onPart(Sira.significant(known.reduce((total, leg) => total + leg.expected_incidents.value, 0)), whole) : Sira.t("not_assessed")],
        ]),
        Sira.small(Sira.t("route_legs_note")),
      ];
    }

    /** Between what a report is: as asked for, or the places that a file holds instead. */
    function stopsText({ asked, legs }) {
      const stops = legs[0].names ? [legs[0].names[0], ...legs.map(({ names }) => names[1])] : asked.waypoints;
      return stops.map((stop) => (typeof stop === "string" ? stop : `${stop[1].toFixed(5)}, ${stop[0].toFixed(5)}`)).join(" – ");
    }

    function write() {
      const download = Sira.el("button", { type: "button", id: "sira-gpx" }, Sira.t("route_gpx"));
      download.addEventListener("click", source.isFile ? saveOwnGpx : saveGpx);
      const clearing = Sira.el("button", { type: "button", id: "sira-route-clear" }, Sira.t("route_clear"));
      clearing.addEventListener("click", reset);
      const { legs, notes } = found;
      const isOne = legs.length === 1;
      report.replaceChildren(
        Sira.el("h3", { tabindex: "-1", id: "sira-route-title" }, Sira.t("route_report_of", { stops: stopsText(found) })),
        ...notes.map((text) => Sira.el("p", { class: "sira-route-note" }, text)),
        ...(isOne ? [] : [...legs.flatMap((leg) => hazards("route_hazards", leg.hazard_areas, leg.names.join(" – "))), ...together(legs)]),
        Sira.el("p", { class: "sira-buttons" }, download, clearing),
        ...legs.map((answer) => legReport(answer, isOne ? null : answer.names.join(" – ")))
      );
      report.hidden = false;
    }

    function save(blob) {
      const url = URL.createObjectURL(blob);
      Sira.el("a", { href: url, download: "sira-route.gpx" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    }

    const saveOwnGpx = () => save(new Blob([Sira.gpxOf(found.legs, found.notes)], { type: "application/gpx+xml" }));

    async function saveGpx() {
      try {
        save(await source.routeGpx(found.asked));
      } catch (error) {
        Sira.say(error.message);
      }
    }

    /** Take the report and its line away; what was asked for and is not answered yet is not waited for. */
    function clear() {
      turn += 1;
      found = null;
      report.replaceChildren();
      report.hidden = true;
      inputs().forEach((input) => input.removeAttribute("aria-invalid"));
      if (drawn) {
        drawn.remove();
        drawn = null;
      }
    }

    function reset() {
      stopPicking();
      clear();
      onClear();
    }

    /** Say what went wrong; where it is with a place, in the words of its box, which is marked. */
    function sayWrong(error, boxes) {
      const [named, index] = /^waypoints\[(\d+)\]$/.exec(error.parameter) || [];
      const box = named && boxes[index];
      if (box) {
        box.setAttribute("aria-invalid", "true");
        box.focus();
      }
      Sira.say(box ? error.message.replace(named, box.previousElementSibling.textContent) : error.message);
    }

    /** Have a question answered and drawn; false where it was not, or another was asked meanwhile. */
    async function ask(asked) {
      clear();
      const mine = turn;
      const boxes = filled();
      Sira.say(Sira.t("route_asking"));
      try {
        const answered = await source.route(asked);
        if (mine !== turn) {
          return false;
        }
        found = { ...answered, asked, chosen: new Map() };
      } catch (error) {
        if (mine === turn) {
          sayWrong(error, boxes);
        }
        return false;
      }
      Sira.say("");
      write();
      draw();
      return true;
    }

    async function find() {
      stopPicking();
      const isAnswered = await ask({
        waypoints: filled().map((input) => stopOf(input.value)),
      });
      if (isAnswered) {
        map.fitBounds(drawn.getBounds().pad(0.1), { animate: false });
        byId("sira-route-title").focus({ preventScroll: false });
      }
    }

    /** In a file: which places it holds, and for when its routes were worked out; or why it holds none. */
    async function sayHeld() {
      const held = byId("sira-route-held");
      try {
        const { places, about } = await source.routes();
        byId("sira-held").replaceChildren(...places.map((name) => Sira.el("option", { value: name })));
        held.textContent = about();
      } catch (error) {
        held.textContent = error.message;
      }
    }

    /** A file answers between the places that it holds: a click means the nearest, and how far that is is said. */
    async function sayNearest(input, point) {
      try {
        const { name, km } = (await source.routes()).nearest(point);
        input.title = Sira.t("route_nearest", { name, km: Sira.number(km, km < 10 ? 1 : 0) });
        Sira.say(input.title);
      } catch (error) {
        Sira.say(error.message);
      }
    }

    if (source.isFile) {
      form.append(Sira.el("p", { id: "sira-route-held", class: "sira-small" }), Sira.el("datalist", { id: "sira-held" }));
      byId("sira-route").addEventListener("toggle", sayHeld);
    }
    addStop();
    addStop();
    byId("sira-add-stop").addEventListener("click", () => addStop(stops.lastElementChild).focus());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      find();
    });

    return {
      isPicking: () => picking !== null,
      pick({ lat, lng }) {
        const input = picking;
        input.value = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
        const empty = inputs().find((input) => !input.value);
        stopPicking();
        Sira.say("");
        if (empty) {
          pickFor(empty, empty.nextElementSibling);
        }
        if (source.isFile) {
          sayNearest(input, { lat, lng });
        }
      },
      /** Ask for a way to a place by its name. */
      to(name) {
        byId("sira-route").open = true;
        const all = inputs();
        all[all.length - 1].value = name;
        all[0].focus();
      },
      speak() {
        relabel();
        if (source.isFile && byId("sira-route").open) {
          sayHeld();
        }
        if (found) {
          ask(found.asked);
        }
      },
    };
  };
})((window.Sira = window.Sira || {}));

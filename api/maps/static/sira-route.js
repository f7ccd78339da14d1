/* The route tool: start, places on the way and end, typed or clicked; the report beside the line, others to pick.
   A route is asked for with POST: it stands in no address, and what is answered is kept nowhere. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const MOST_STOPS = 8;

  /** Minutes as "5 h 20 min". */
  const duration = (minutes) =>
    Sira.t("duration", { hours: Sira.number(Math.floor(minutes / 60), 0), minutes: Sira.number(Math.round(minutes % 60), 0) });

  const kmText = (km) => Sira.t("km", { km: Sira.number(km, km < 100 ? 1 : 0) });

  /** What is said of a whole route or of another one, as facts. */
  function figures(route) {
    return Sira.facts([
      [Sira.t("length"), kmText(route.length_km)],
      [Sira.t("route_duration"), Sira.isNumber(route.duration_min) ? duration(route.duration_min) : null],
      [Sira.t("risk_expected"), route.expected_incidents ? Sira.estimate(route.expected_incidents) : Sira.t("not_assessed")],
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
    let answer = null;
    let asked = null;

    function label(index, count) {
      return index === 0 ? Sira.t("route_from") : index === count - 1 ? Sira.t("route_to") : Sira.t("route_via", { number: index });
    }

    const inputs = () => [...stops.querySelectorAll("input")];

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
      const input = Sira.el("input", { type: "text", maxlength: "100", autocomplete: "off", spellcheck: "false" });
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

    function draw(chosen) {
      if (drawn) {
        drawn.remove();
      }
      const others = answer.alternatives.filter((other) => other !== chosen);
      const outline = (shape, style) => L.geoJSON(shape, { pane: "sira-route", interactive: false, style: Sira.drawing(style) });
      drawn = L.featureGroup([
        ...others.map((other) => outline(other.geometry, "route_other")),
        outline((chosen || answer).geometry, "route_case"),
        ...(chosen ? [outline(chosen.geometry, "route")] : answer.segments.map(segment)),
      ]).addTo(map);
      return drawn;
    }

    function segment(part) {
      const known = part.band !== "not_assessed";
      const color = known ? Sira.drawing(`route_${part.band}`).color : Sira.drawing("route_unknown").color;
      return L.geoJSON(part.geometry, { pane: "sira-route", style: { ...Sira.drawing("route"), color, dashArray: known ? null : "2 7" } }).bindPopup(
        () => Sira.el("div", { class: "sira-popup" }, Sira.el("h2", {}, [part.ref, part.name].filter(Boolean).join(" · ")), segmentFacts(part)),
        Sira.popupOptions(map)
      );
    }

    const segmentFacts = (part) =>
      Sira.facts([
        [Sira.t("route_stretch"), Sira.t("route_stretch_value", { from: Sira.number(part.from_km, 0), to: Sira.number(part.to_km, 0) })],
        [Sira.t("risk_band"), part.band_label],
        [Sira.t("risk_expected"), part.expected_incidents ? Sira.estimate(part.expected_incidents) : Sira.t("not_assessed")],
        [Sira.t("risk_n_eff"), Sira.number(part.incidents_behind)],
        [Sira.t("last_event"), part.last_incident ? Sira.date(part.last_incident) : null],
        [Sira.t("panel_coverage"), part.coverage_label],
      ]);

    function worst() {
      const shown = answer.worst.slice(0, 3).map((id) => answer.segments.find((part) => part.segment_id === id)).filter(Boolean);
      return shown.length
        ? [
            Sira.el("h4", {}, Sira.t("route_worst")),
            ...shown.map((part) => Sira.el("div", { class: "sira-stretch" }, Sira.el("strong", {}, part.name || part.ref || ""), segmentFacts(part))),
          ]
        : [];
    }

    function others() {
      if (answer.alternatives.length < 2) {
        return [Sira.small(Sira.t("route_no_others"))];
      }
      return [
        Sira.el("h4", {}, Sira.t("route_others")),
        Sira.small(Sira.t("route_others_note")),
        ...answer.alternatives.map((other) => {
          const button = Sira.el("button", { type: "button", "aria-pressed": "false" }, Sira.t("route_show"));
          button.addEventListener("click", () => {
            for (const each of report.querySelectorAll("[data-other]")) {
              each.setAttribute("aria-pressed", "false");
            }
            button.setAttribute("aria-pressed", "true");
            draw(other);
          });
          button.dataset.other = other.kind;
          return Sira.el("div", { class: "sira-stretch" }, Sira.el("strong", {}, other.label), figures(other), button);
        }),
      ];
    }

    function near(title, list) {
      return list.length
        ? [
            Sira.el("h4", {}, title),
            Sira.el("ul", {}, list.slice(0, 12).map((each) => Sira.el("li", {}, Sira.t("route_near", { name: each.name || each.status_label || each.id, at: Sira.number(each.at_km, 0), distance: Sira.number(each.distance_km, 1) })))),
          ]
        : [];
    }

    /* The bands that the way passes through, each with the service's own word for it. */
    const bandsOf = ({ segments }) => [...new Map(segments.map((part) => [part.band, part.band_label])).entries()];

    function write() {
      const download = Sira.el("button", { type: "button", id: "sira-gpx" }, Sira.t("route_gpx"));
      download.addEventListener("click", saveGpx);
      const clear = Sira.el("button", { type: "button", id: "sira-route-clear" }, Sira.t("route_clear"));
      clear.addEventListener("click", reset);
      report.replaceChildren(
        ...[
          Sira.el("h3", { tabindex: "-1", id: "sira-route-title" }, Sira.t("route_report")),
          Sira.small(`${answer.target_label}, ${Sira.periodText(answer.period)}`),
          answer.synthetic ? Sira.mark(Sira.t("synthetic_mark")) : null,
          figures(answer),
          Sira.el("p", { class: "sira-buttons" }, download, clear),
          Sira.el("h4", {}, Sira.t("route_colours")),
          Sira.routeLegend(bandsOf(answer)),
          ...answer.caveats.map((text) => Sira.el("p", { class: "sira-small" }, text)),
          ...others(),
          ...worst(),
          ...near(Sira.t("layer_hazards"), answer.hazard_areas),
          ...near(Sira.t("layer_places"), answer.places),
          ...near(Sira.t("layer_airstrips"), answer.airstrips),
          Sira.small(Sira.t("route_incidents", { count: Sira.number(answer.incidents_in_corridor), km: Sira.number(answer.corridor_km) })),
          Sira.small(Sira.t("sources_are", { sources: Sira.sourcesText(answer.sources) })),
        ].filter(Boolean)
      );
      report.hidden = false;
    }

    async function saveGpx() {
      let response;
      try {
        response = await fetch(`routes?lang=${Sira.lang()}&f=gpx`, {
          method: "POST",
          headers: { "Content-Type": "application/json", Accept: "application/gpx+xml" },
          body: JSON.stringify(asked),
          cache: "no-store",
        });
      } catch {
        Sira.say(Sira.t("unreachable"));
        return;
      }
      if (!response.ok) {
        Sira.say(Sira.t("failed"));
        return;
      }
      const url = URL.createObjectURL(await response.blob());
      Sira.el("a", { href: url, download: "sira-route.gpx" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    }

    function reset() {
      stopPicking();
      answer = asked = null;
      report.replaceChildren();
      report.hidden = true;
      if (drawn) {
        drawn.remove();
        drawn = null;
      }
      onClear();
    }

    async function find() {
      stopPicking();
      asked = { waypoints: inputs().map((input) => input.value).filter((text) => text.trim()).map(stopOf) };
      Sira.say(Sira.t("route_asking"));
      try {
        answer = await source.route(asked);
      } catch (error) {
        Sira.say(error.message);
        return;
      }
      Sira.say("");
      write();
      map.fitBounds(draw(null).getBounds().pad(0.1), { animate: false });
      byId("sira-route-title").focus({ preventScroll: false });
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
        picking.value = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
        const empty = inputs().find((input) => !input.value);
        stopPicking();
        Sira.say("");
        if (empty) {
          pickFor(empty, empty.nextElementSibling);
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
        if (answer) {
          find();
        }
      },
    };
  };
})((window.Sira = window.Sira || {}));

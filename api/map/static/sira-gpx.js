/* GPX 1.1 of routes, for where no service writes it: the document that api/roads/files.py makes of an answer, made as
   nodes, so that no text can be taken for markup. */
(function (Sira) {
  "use strict";

  const NAMESPACE = "http://www.topografix.com/GPX/1/1";
  const DECIMALS = 6;
  /* XML 1.0, production 2: what no document can carry is left out. */
  const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

  const digits = (value, count) => Number(value.toPrecision(count));

  /** A figure with its interval, where there is one. */
  function interval({ value, low, high }) {
    const short = Sira.number(digits(value, 2), 6);
    return Sira.isNumber(low) && Sira.isNumber(high)
      ? Sira.t("gpx_interval", { value: short, low: Sira.number(Math.trunc(low)), high: Sira.number(Math.trunc(high)) })
      : short;
  }

  const areas = (key, found) =>
    found.length
      ? Sira.t("gpx_areas", { heading: Sira.t(key), areas: Sira.hazardTexts(found).reduce((one, more) => Sira.t("and_more", { one, more })) })
      : null;

  function figures(answer) {
    const { expected_incidents: expected, period, duration_min: minutes } = answer;
    return [
      areas("route_hazards", answer.hazard_areas),
      areas("route_ended", answer.ended_areas),
      expected
        ? Sira.t("gpx_figures", {
            km: Sira.number(answer.corridor_km),
            start: Sira.date(period.start),
            end: Sira.date(period.end),
            figure: Sira.onPart(interval(expected), answer),
          })
        : null,
      Sira.isNumber(minutes)
        ? Sira.t("gpx_time", { hours: Sira.number(Math.floor(minutes / 60), 0), minutes: Sira.number(minutes % 60, 0) })
        : null,
      Sira.t("gpx_newest", { date: Sira.date(answer.data_until), sources: answer.sources.map(({ name }) => name).join(", ") }),
    ];
  }

  function described(segment, answer) {
    const { expected_incidents: expected } = segment;
    return Sira.t("gpx_segment", {
      from_km: Sira.number(segment.from_km),
      to_km: Sira.number(segment.to_km),
      days: Sira.number(answer.horizon_days),
      figure: expected ? interval(expected) : "–",
      band: segment.band_label,
    });
  }

  /** The segments with the highest rates that the way passes, the highest first. */
  Sira.worstOf = (answer) =>
    answer.worst.map((id) => answer.segments.find(({ segment_id: own }) => own === id)).filter(Boolean);

  /** The GPX document of the legs of a route, with `names` on it and `notes` beside what each answer says. */
  Sira.gpxOf = function (legs, notes) {
    const file = document.implementation.createDocument(NAMESPACE, "gpx", null);

    function add(parent, tag, ...children) {
      const node = file.createElementNS(NAMESPACE, tag);
      node.append(...children.map((child) => (typeof child === "string" ? child.replace(NOT_XML, "") : child)));
      parent.append(node);
      return node;
    }

    function place(parent, tag, [lon, lat]) {
      const node = add(parent, tag);
      node.setAttribute("lat", lat.toFixed(DECIMALS));
      node.setAttribute("lon", lon.toFixed(DECIMALS));
      return node;
    }

    function titleOf(answers) {
      const title = [answers[0].names[0], ...answers.map(({ names }) => names[1])].join(" – ");
      const marked = answers.some(({ synthetic }) => synthetic) ? Sira.t("gpx_synthetic", { title }) : title;
      return Sira.pastTitle(answers[0], marked);
    }

    const past = (answer) => (Sira.pastText(answer) ? Sira.pastTitle(answer, Sira.t("no_forecast")) : null);
    const said = (answer) => [past(answer), ...figures(answer), ...Sira.caveatsOf(answer), ...notes].filter(Boolean).join(" ");

    const root = file.documentElement;
    root.setAttribute("version", "1.1");
    root.setAttribute("creator", "Sira");
    const metadata = add(root, "metadata");
    add(metadata, "name", titleOf(legs));
    add(metadata, "desc", said(legs[0]));
    add(metadata, "time", new Date().toISOString().replace(/\.\d+/, ""));
    for (const answer of legs) {
      Sira.worstOf(answer).forEach((segment, i) => {
        const { coordinates } = segment.geometry;
        for (const [key, point] of [["gpx_begins", coordinates[0]], ["gpx_ends", coordinates[coordinates.length - 1]]]) {
          const node = place(root, "wpt", point);
          add(node, "name", Sira.t(key, { number: i + 1 }));
          add(node, "desc", described(segment, answer));
          add(node, "sym", i ? "Flag, Blue" : "Flag, Red");
          add(node, "type", Sira.t("gpx_kind"));
        }
      });
    }
    for (const answer of legs) {
      const track = add(root, "trk");
      add(track, "name", titleOf([answer]));
      add(track, "desc", said(answer));
      const part = add(track, "trkseg");
      for (const point of answer.geometry.coordinates) {
        place(part, "trkpt", point);
      }
    }
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(file)}`;
  };
})((window.Sira = window.Sira || {}));

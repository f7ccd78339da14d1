/* Where layers come from: by URL from the service that served the page, or from the JSON block of a single file. */
(function (Sira) {
  "use strict";

  /** What went wrong in words for a person; `status` is the HTTP status, 0 where there was none. */
  class DataError extends Error {
    constructor(status, detail) {
      super(detail);
      this.status = status;
    }
  }

  const PLURAL = { region: "regions", cercle: "cercles", commune: "communes" };

  /** Name of the layer that holds the units of a level. */
  Sira.layerOf = (level) => PLURAL[level];

  /** The month after "2023-12": periods are half-open, the form's last month is included. */
  Sira.monthAfter = function (month) {
    const [year, number] = month.split("-").map(Number);
    return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
  };

  /** The month before "2023-01". */
  Sira.monthBefore = function (month) {
    const [year, number] = month.split("-").map(Number);
    return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
  };

  /** Layers over HTTP. Answers are kept while the page is open, one per URL. */
  Sira.httpSource = function () {
    const kept = new Map();

    async function get(path, parameters) {
      const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
      const url = `${path}?${query}`;
      if (!kept.has(url)) {
        const answer = ask(url);
        kept.set(url, answer);
        answer.catch(() => kept.delete(url));
      }
      return kept.get(url);
    }

    async function ask(url) {
      let response;
      try {
        response = await fetch(url);
      } catch {
        throw new DataError(0, Sira.t("unreachable"));
      }
      if (response.ok) {
        return response.json();
      }
      const type = response.headers.get("Content-Type") || "";
      const problem = type.includes("json") ? await response.json() : {};
      throw new DataError(response.status, problem.detail || problem.title || Sira.t("failed"));
    }

    const period = (choice) => ({
      start: choice.start ? `${choice.start}-01` : "",
      end: choice.end ? `${Sira.monthAfter(choice.end)}-01` : "",
    });

    return {
      units: (choice) =>
        get(`layers/${PLURAL[choice.level]}.geojson`, {
          vintage: choice.vintage,
          ...period(choice),
          hazard: choice.hazard,
          lang: Sira.lang(),
        }),
      layer: (name, choice) =>
        get(
          `layers/${name}.geojson`,
          name === "incidents"
            ? { ...period(choice), hazard: choice.hazard, lang: Sira.lang() }
            : { lang: Sira.lang() }
        ),
      base: (name) => get(`static/base/${name}.geojson`, {}),
      figures: () => get("figures.json", { lang: Sira.lang() }),
    };
  };
})((window.Sira = window.Sira || {}));

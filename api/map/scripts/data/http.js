/* Where the map's documents come from: by URL from the service that served the page. */
import { language, t } from "../base/text.js";
import { LAST_DAYS } from "./choice.js";
import { rowsOf } from "./columns.js";

/* A poor line takes its time; one that is dead says nothing at all. */
const PATIENCE_MS = 60000;
/* The service then names no scheme of a 401 for which the browser would lay a window of its own over the map. */
const BY_SCRIPT = { "X-Requested-With": "XMLHttpRequest" };

let onSignedOut = () => {};

/**
 * Have `listener` called when a request needed a key, or a better one than the page has.
 * @param {() => void} listener
 */
export function whenSignedOut(listener) {
  onSignedOut = listener;
}

/**
 * What went wrong in words for a person; `status` is the HTTP status, 0 where there was none, `parameter` what was
 * asked wrongly, as the service calls it.
 */
export class DataError extends Error {
  constructor(status, detail, parameter = "") {
    super(detail);
    this.status = status;
    this.parameter = parameter;
  }
}

/** No answer came, or not the whole of one: asked again it may well come. */
export class LostError extends DataError {
  constructor(isLate) {
    super(0, t(isLate ? "too_late" : "unreachable"));
  }
}

async function ask(url, options, read = (answer) => answer.json()) {
  let response;
  let told = {};
  try {
    const headers = { ...options?.headers, ...BY_SCRIPT };
    response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), ...options, headers });
    if (response.ok) {
      return await read(response);
    }
    if (response.status === 401) {
      onSignedOut();
    }
    const type = response.headers.get("Content-Type") || "";
    told = type.includes("json") ? await response.json() : {};
  } catch (error) {
    throw new LostError(error.name === "TimeoutError");
  }
  throw new DataError(response.status, told.detail || told.title || t("failed"), told.parameter);
}

/* Nothing of a route is kept: neither the question nor the answer. */
const asking = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
  cache: "no-store",
});

/**
 * @type {Risk}
 */
export const NO_RISK = { rows: new Map(), about: null, failure: null };

/**
 * What is expected in the units of a choice; where there is no such thing, why. Raises where no answer came.
 * @param {Documents} source
 * @param {Choice} choice
 * @returns {Promise<Risk>}
 */
export async function askRisk(source, choice) {
  try {
    const found = await source.risk(choice);
    return { rows: rowsOf(found), about: found.sira, failure: null };
  } catch (error) {
    if (error instanceof LostError) {
      throw error;
    }
    return { ...NO_RISK, failure: error.message };
  }
}

/**
 * The same for a panel, beside which the map stands in any case.
 * @param {Documents} source
 * @param {Choice} choice
 * @returns {Promise<Risk>}
 */
export const loadRisk = (source, choice) =>
  askRisk(source, choice).catch((error) => ({ ...NO_RISK, failure: error.message }));

/**
 * The address of a document with its parameters; empty ones are left out.
 * @param {string} path
 * @param {Record<string, any>} parameters
 */
export function addressOf(path, parameters) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  return `${path}?${query}`;
}

/* Layers that wait for an assessment: a document that says so in words is asked for first. */
const ASSESSED = ["hotspots", "axes"];

/**
 * Documents over HTTP. Answers are kept while the page is open, one per address.
 * @returns {Documents}
 */
export function httpSource() {
  const kept = new Map();

  function get(path, parameters = {}) {
    const url = addressOf(path, parameters);
    if (!kept.has(url)) {
      const answer = ask(url);
      kept.set(url, answer);
      answer.catch(() => kept.get(url) === answer && kept.delete(url));
    }
    return kept.get(url);
  }

  /** A document that may have to wait for an assessment: then it says so in words, and is asked for anew next time. */
  async function assessed(path, parameters) {
    const found = await get(path, parameters);
    if (found.waiting) {
      kept.delete(addressOf(path, parameters));
      throw new DataError(0, found.waiting);
    }
    return found;
  }

  const unitsOf = ({ level, vintage }) => ({ level, vintage });
  return {
    /** Ask for everything anew: what is kept is of data that have changed. */
    forget: () => kept.clear(),
    /** Never kept: it is asked for to learn of changes. */
    state: () => ask("map/state.json"),
    outlines: (choice) => get("map/outlines.json", unitsOf(choice)),
    counts: (choice) =>
      get("map/counts.json", {
        ...unitsOf(choice),
        hazard: choice.hazard,
        span: choice.period === LAST_DAYS ? LAST_DAYS : "",
        lang: language(),
      }),
    risk: (choice) => assessed("map/risk.json", { ...unitsOf(choice), lang: language() }),
    cells: () => assessed("map/cells.json", { lang: language() }),
    points: () => get("map/incidents.json", { lang: language() }),
    incident: async (number, revision) => {
      const found = await ask(addressOf("map/incident.json", { number: String(number), revision, lang: language() }));
      return { ...found.features[0].properties, id: found.features[0].id, about: found.sira };
    },
    names: () => get("map/names.json"),
    async layer(name) {
      if (ASSESSED.includes(name)) {
        await assessed("map/risk.json", { lang: language() });
      }
      return get(`layers/${name}.geojson`, { lang: language() });
    },
    base: (name) => get(`static/base/${name}.geojson`),
    leave: () => ask("logout", { method: "POST" }, () => null),
    figures: () => get("figures.json", { lang: language() }),
    /** The answer as the one leg of a way. */
    route: async (body) => ({ legs: [await ask(`routes?lang=${language()}`, asking(body))], notes: [] }),
    routeGpx: (body) => ask(`routes?lang=${language()}&f=gpx`, asking(body), (answer) => answer.blob()),
  };
}

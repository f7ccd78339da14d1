/* The same documents from the JSON block of a single file: nothing is asked of anybody. Each part is compressed, and
   unpacked when it is first needed. */
import { language, t } from "../base/text.js";
import { LAST_DAYS } from "./choice.js";
import { inLanguage, rowOf } from "./columns.js";
import { heldRoutes } from "./file-routes.js";
import { DataError } from "./http.js";

async function unpack(text) {
  if (typeof DecompressionStream === "undefined") {
    throw new DataError(0, t("file_needs_browser"));
  }
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

/** A layer with its texts in the page's language: what differs is kept beside the layer. */
function layerInLanguage({ collection, texts }) {
  const said = texts[language()];
  return {
    ...collection,
    sira: { ...collection.sira, ...said.sira },
    features: collection.features.map((feature) => ({
      ...feature,
      properties: { ...feature.properties, ...said.properties[feature.id] },
    })),
  };
}

/**
 * @param {Record<string, string>} packed
 * @returns {Documents}
 */
export function fileSource(packed) {
  const kept = new Map();
  const has = (name) => Object.hasOwn(packed, name);
  const unitsOf = ({ level, vintage }) => `${level}-${vintage}`;

  function part(name) {
    if (!kept.has(name)) {
      kept.set(name, unpack(packed[name]));
    }
    return kept.get(name);
  }

  const told = async (name) => inLanguage(await part(name));

  /** What rests on an assessment is in the file where there was one. */
  function assessed(name, read) {
    if (!has(name)) {
      throw new DataError(0, t("risk_not_in_file"));
    }
    return read(name);
  }

  /** The routes held; without them, why there are none. */
  async function routes() {
    if (!has("routes")) {
      throw new DataError(0, (await part("no-routes"))[language()]);
    }
    const document = await part("routes");
    document.held = document.held || heldRoutes(document);
    return document.held;
  }

  return {
    isFile: true,
    outlines: (choice) => part(`outlines-${unitsOf(choice)}`),
    async counts(choice) {
      const isDays = choice.period === LAST_DAYS;
      const units = unitsOf(choice);
      const key = isDays ? `days-${units}` : `counts-${(await part("same"))[units] || units}`;
      return { ...(await told(key)), ...(choice.hazard && (await part(`${key}-${choice.hazard}`))) };
    },
    risk: async (choice) => assessed(`risk-${unitsOf(choice)}`, told),
    cells: async () => assessed("cells", told),
    points: () => told("points"),
    incident: async (number) => ({
      ...rowOf(await told("incidents"), number),
      about: (await told("points")).sira,
    }),
    names: () => part("names"),
    async layer(name) {
      if (name === "axes" && !has("layer-axes")) {
        await routes();
      }
      if (name !== "hotspots" && !has(`layer-${name}`)) {
        throw new DataError(0, t("layer_not_in_file"));
      }
      return name === "hotspots"
        ? layerInLanguage(await assessed("layer-hotspots", part))
        : layerInLanguage(await part(`layer-${name}`));
    },
    base: (name) => part(`base-${name}`),
    figures: async () => (await part("figures"))[language()],
    routes,
    route: async ({ waypoints }) => (await routes()).find(waypoints),
  };
}

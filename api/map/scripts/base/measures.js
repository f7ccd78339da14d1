/* Which measures there are: the service says it once, in the page's settings. */
/** @type {Measures} */
let measures = { victims: [], circles: [], sums: {} };

/**
 * Take the measures of the page's settings.
 * @param {Measures} given
 */
export function setMeasures(given) {
  measures = given;
}

/** What is counted beside the events; unknown where no report states it. */
export const victims = () => measures.victims;

/** Measures that are sums of others: [name, what is added up]. */
export const sums = () => Object.entries(measures.sums);

/**
 * Whether a measure is drawn as circles: counts, which a coloured area would make larger than they are.
 * @param {Measure} measure
 */
export const isCircled = (measure) => measures.circles.includes(measure);

/** All that the map can be drawn by, in the order of its list. */
export const measureNames = () => ["rate", ...measures.circles, "expected"];

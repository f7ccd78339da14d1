/* Words, numbers and dates in the reader's language. */
let texts = {};
let lang = "fr";

/**
 * @param {Settings["texts"]} catalogues
 */
export function setTexts(catalogues) {
  texts = catalogues;
}

export const language = () => lang;

/**
 * Choose the language of everything said from now on.
 * @param {Lang} chosen
 */
export function setLang(chosen) {
  lang = chosen;
}

/**
 * The sentence `key`, its {placeholders} filled.
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 * @returns {string}
 */
export function t(key, params) {
  const template = texts[lang][key];
  if (template === undefined) {
    throw new Error("no text " + key);
  }
  return template.replace(/\{(\w+)\}/g, (_, name) => String(params?.[name]));
}

/**
 * The word for a code of a closed list, such as a hazard type; a code without a word is shown as it is.
 * @param {string} prefix
 * @param {string | null} code
 */
export function wordFor(prefix, code) {
  const found = texts[lang][prefix + "_" + code];
  return found === undefined ? String(code) : found;
}

const locale = () => (lang === "fr" ? "fr-FR" : "en-GB");

/* Making a formatter takes as long as hundreds of uses of it, and a step of the slider says hundreds of numbers. */
const formatters = new Map();

function formatter(Kind, options) {
  const key = `${Kind.name} ${lang} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) {
    formatters.set(key, new Kind(locale(), options));
  }
  return formatters.get(key);
}

/**
 * A number with at most `digits` decimals; neither a missing one nor a little one poses as zero.
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
export function formatNumber(value, digits = 1) {
  if (value === null || value === undefined) {
    return t("unknown");
  }
  const { format } = formatter(Intl.NumberFormat, { maximumFractionDigits: digits });
  const least = 10 ** -digits;
  return digits && value > 0 && value < least / 2 ? t("under", { least: format(least) }) : format(value);
}

/**
 * A distance in km without its unit: short ones to the tenth.
 * @param {number} km
 */
export const shortKm = (km) => formatNumber(km, km < 10 ? 1 : 0);

/**
 * A number with that many significant digits, whole ones in full: for what may be very small, like a forecast.
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
export function formatSignificant(value, digits = 2) {
  if (value === null || value === undefined) {
    return t("unknown");
  }
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(rounded) >= 10 ** (digits - 1) ? formatNumber(value, 0) : formatNumber(rounded, 20);
}

/**
 * A share; neither none nor all where it is not quite that.
 * @param {number} value
 */
export function formatPercent(value) {
  const { format } = formatter(Intl.NumberFormat, { style: "percent", maximumFractionDigits: 1 });
  if (value > 0 && value < 0.01) {
    return t("under", { least: format(0.01) });
  }
  return value > 0.99 && value < 1 ? t("over", { most: format(0.99) }) : format(value);
}

/**
 * A count and what it counts: the text `key`, or `key`_one where the language says it of one.
 * @param {string} key
 * @param {number | null | undefined} count
 */
export const formatCount = (key, count) =>
  t(formatter(Intl.PluralRules, {}).select(count || 0) === "one" ? `${key}_one` : key, { count: formatNumber(count) });

/**
 * "3 months ago" in the language's own words.
 * @param {number} months
 */
export const formatMonthsAgo = (months) =>
  formatter(Intl.RelativeTimeFormat, { numeric: "auto" }).format(-Math.max(0, months), "month");

const utc = (text) => new Date(text.length === 7 ? text + "-01T00:00:00Z" : text.slice(0, 10) + "T00:00:00Z");

/**
 * "2023-04" or "2023-04-01" as a month in words.
 * @param {string} text
 * @param {"long" | "short"} [style]
 */
export const formatMonth = (text, style = "long") =>
  formatter(Intl.DateTimeFormat, { year: "numeric", month: style, timeZone: "UTC" }).format(utc(text));

/**
 * An ISO date in words; what is only a year or a month stays one. French counts the first of a month, alone.
 * @param {string} text
 */
export function formatDate(text) {
  if (text.length <= 7) {
    return text.length === 4 ? text : formatMonth(text);
  }
  const said = formatter(Intl.DateTimeFormat, { dateStyle: "long", timeZone: "UTC" }).format(utc(text));
  return lang === "fr" ? said.replace(/^1 /, "1er ") : said;
}

export const isNumber = (value) => value !== null && value !== undefined;

/* Words, numbers and dates in the reader's language. */
(function (Sira) {
  "use strict";

  let texts = {};
  let lang = "fr";

  Sira.setTexts = function (catalogues) {
    texts = catalogues;
  };

  Sira.lang = () => lang;

  /** Choose the language of everything said from now on, and say the page's fixed labels in it. */
  Sira.setLang = function (chosen) {
    lang = chosen;
    document.documentElement.lang = chosen;
    document.title = Sira.t("title");
    for (const node of document.querySelectorAll("[data-text]")) {
      node.textContent = Sira.t(node.dataset.text);
    }
    for (const node of document.querySelectorAll("[data-label]")) {
      node.setAttribute("aria-label", Sira.t(node.dataset.label));
    }
  };

  /** The sentence `key`, its {placeholders} filled. */
  Sira.t = function (key, params) {
    const template = texts[lang][key];
    if (template === undefined) {
      throw new Error("no text " + key);
    }
    return template.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
  };

  /** The word for a code of a closed list, such as a hazard type; a code without a word is shown as it is. */
  Sira.word = function (prefix, code) {
    const found = texts[lang][prefix + "_" + code];
    return found === undefined ? String(code) : found;
  };

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

  const isMissing = (value) => value === null || value === undefined;

  /** A number with at most `digits` decimals; neither a missing one nor a little one poses as zero. */
  Sira.number = function (value, digits = 1) {
    if (isMissing(value)) {
      return Sira.t("unknown");
    }
    const { format } = formatter(Intl.NumberFormat, { maximumFractionDigits: digits });
    const least = 10 ** -digits;
    return digits && value > 0 && value < least / 2 ? Sira.t("under", { least: format(least) }) : format(value);
  };

  /** A number with that many significant digits, whole ones in full: for what may be very small, like a forecast. */
  Sira.significant = function (value, digits = 2) {
    if (isMissing(value)) {
      return Sira.t("unknown");
    }
    const rounded = Number(value.toPrecision(digits));
    return Math.abs(rounded) >= 10 ** (digits - 1) ? Sira.number(value, 0) : Sira.number(rounded, 20);
  };

  /** A share; neither none nor all where it is not quite that. */
  Sira.percent = function (value) {
    const { format } = formatter(Intl.NumberFormat, { style: "percent", maximumFractionDigits: 1 });
    if (value > 0 && value < 0.01) {
      return Sira.t("under", { least: format(0.01) });
    }
    return value > 0.99 && value < 1 ? Sira.t("over", { most: format(0.99) }) : format(value);
  };

  /** A count and what it counts: the text `key`, or `key`_one where the language says it of one. */
  Sira.counted = (key, count) =>
    Sira.t(formatter(Intl.PluralRules, {}).select(count || 0) === "one" ? `${key}_one` : key, { count: Sira.number(count) });

  /** "3 months ago" in the language's own words. */
  Sira.monthsAgo = (months) => formatter(Intl.RelativeTimeFormat, { numeric: "auto" }).format(-Math.max(0, months), "month");

  const utc = (text) => new Date(text.length === 7 ? text + "-01T00:00:00Z" : text.slice(0, 10) + "T00:00:00Z");

  /** "2023-04" or "2023-04-01" as a month in words. */
  Sira.month = (text, style = "long") =>
    formatter(Intl.DateTimeFormat, { year: "numeric", month: style, timeZone: "UTC" }).format(utc(text));

  /** An ISO date in words; what is only a year or a month stays one. French counts the first of a month, alone. */
  Sira.date = function (text) {
    if (text.length <= 7) {
      return text.length === 4 ? text : Sira.month(text);
    }
    const said = formatter(Intl.DateTimeFormat, { dateStyle: "long", timeZone: "UTC" }).format(utc(text));
    return lang === "fr" ? said.replace(/^1 /, "1er ") : said;
  };
})((window.Sira = window.Sira || {}));

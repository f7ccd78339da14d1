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

  /** A number with at most `digits` decimals; a missing one says so instead of posing as zero. */
  Sira.number = function (value, digits = 1) {
    if (value === null || value === undefined) {
      return Sira.t("unknown");
    }
    return formatter(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
  };

  Sira.percent = (value) =>
    formatter(Intl.NumberFormat, { style: "percent", maximumFractionDigits: 1 }).format(value);

  /** A change as a share: "+12 %". */
  Sira.signedPercent = (value) =>
    formatter(Intl.NumberFormat, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" }).format(value);

  /** "3 months ago" in the language's own words. */
  Sira.monthsAgo = (months) => formatter(Intl.RelativeTimeFormat, { numeric: "auto" }).format(-Math.max(0, months), "month");

  const utc = (text) => new Date(text.length === 7 ? text + "-01T00:00:00Z" : text.slice(0, 10) + "T00:00:00Z");

  /** "2023-04" or "2023-04-01" as a month in words. */
  Sira.month = (text, style = "long") =>
    formatter(Intl.DateTimeFormat, { year: "numeric", month: style, timeZone: "UTC" }).format(utc(text));

  /** An ISO date in words; what is only a year or a month stays one. */
  Sira.date = (text) =>
    text.length === 4
      ? text
      : text.length === 7
        ? Sira.month(text)
        : formatter(Intl.DateTimeFormat, { dateStyle: "long", timeZone: "UTC" }).format(utc(text));
})((window.Sira = window.Sira || {}));

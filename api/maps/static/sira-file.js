/* The same documents from the JSON block of a single file: nothing is asked of anybody. */
(function (Sira) {
  "use strict";

  /** A document whose members that differ by language are kept apart. */
  const inLanguage = ({ common, said }) => ({ ...common, ...said[Sira.lang()] });

  /** A layer with its texts in the page's language: what differs is kept beside the layer. */
  function layerInLanguage({ collection, texts }) {
    const said = texts[Sira.lang()];
    return {
      ...collection,
      sira: { ...collection.sira, ...said.sira },
      features: collection.features.map((feature) => ({
        ...feature,
        properties: { ...feature.properties, ...said.properties[feature.id] },
      })),
    };
  }

  Sira.fileSource = function (data) {
    const unitsOf = ({ level, vintage }) => `${level}-${vintage}`;
    return {
      isFile: true,
      outlines: async (choice) => data.outlines[unitsOf(choice)],
      async counts(choice) {
        const isDays = choice.period === Sira.LAST_DAYS;
        const key = isDays ? unitsOf(choice) : data.same[unitsOf(choice)] || unitsOf(choice);
        const whole = inLanguage((isDays ? data.days : data.counts)[key]);
        const part = choice.hazard && data.hazards[`${isDays ? "days-" : ""}${key}-${choice.hazard}`];
        return { ...whole, ...part };
      },
      async risk(choice) {
        const found = data.risk[unitsOf(choice)];
        if (!found) {
          throw new Sira.DataError(0, Sira.t("risk_not_in_file"));
        }
        return inLanguage(found);
      },
      points: async () => inLanguage(data.points),
      incident: async (number) => ({ ...data.incidents[Sira.lang()][number], about: inLanguage(data.points).sira }),
      names: async () => data.names,
      layer: async (name) => layerInLanguage(data.layers[name]),
      base: async (name) => data.base[name],
      figures: async () => data.figures[Sira.lang()],
    };
  };
})((window.Sira = window.Sira || {}));

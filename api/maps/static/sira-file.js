/* Layers of a single file: outlines and monthly counts lie in the page; a choice is counted here as the service does. */
(function (Sira) {
  "use strict";

  const PER_PEOPLE = 100000;
  const DAYS_A_YEAR = 365.25;
  const MEASURES = ["events_exact", "events_spread", "killed", "injured", "civilians"];

  const rounded = (value) => Math.round(value * 1000) / 1000;
  const dayOf = (month) => Date.parse(`${month}-01T00:00:00Z`) / 86400000;

  /** Add up rows of one unit. A measure that no row states stays unknown (null): unknown is not zero. */
  function addUp(rows) {
    const sums = { events_exact: 0, events_spread: 0, killed: null, injured: null, civilians: null };
    let last = null;
    let synthetic = false;
    for (const row of rows) {
      MEASURES.forEach((measure, index) => {
        if (row.values[index] !== null) {
          sums[measure] = (sums[measure] || 0) + row.values[index];
        }
      });
      if (row.values[0] > 0 && (last === null || row.month > last)) {
        last = row.month;
      }
      synthetic = synthetic || row.synthetic;
    }
    const counts = Object.fromEntries(
      Object.entries(sums).map(([name, value]) => [name, value === null ? null : rounded(value)])
    );
    return { ...counts, events: rounded(sums.events_exact + sums.events_spread), last_event: last, synthetic };
  }

  /** Rows [unit, month, hazard, synthetic, …measures] of the file, by unit. */
  function byUnit(table) {
    const found = new Map();
    for (const [unit, month, hazard, synthetic, ...values] of table.rows) {
      const id = table.units[unit];
      const row = { month: table.months[month], hazard: table.hazards[hazard], synthetic: synthetic === 1, values };
      found.has(id) ? found.get(id).push(row) : found.set(id, [row]);
    }
    return found;
  }

  /** A layer with its texts in the page's language: what differs by language is kept beside the layer. */
  function inLanguage({ collection, texts }) {
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

  const earliest = (one, other) => (one < other ? one : other);
  const latest = (one, other) => (one > other ? one : other);

  /** Conflict events of a period, and the part of it that they are known for: outside it nothing is known, not 0. */
  function conflictOf(units, period) {
    const known = units.collection.sira.conflict.period;
    if (!units.conflict || !known.start) {
      return { of: () => null, period: { start: null, end: null } };
    }
    const part = { start: latest(known.start, period.start), end: earliest(known.end, period.end) };
    if (part.start >= part.end) {
      return { of: () => null, period: { start: null, end: null } };
    }
    const sums = new Map();
    for (const [id, month, events] of units.conflict) {
      if (`${month}-01` >= part.start && `${month}-01` < part.end) {
        sums.set(id, (sums.get(id) || 0) + events);
      }
    }
    return { of: (id) => rounded(sums.get(id) || 0), period: part };
  }

  function recount(units, rows, choice) {
    const collection = inLanguage(units);
    if (!collection.sira.period.start) {
      return collection; // there is nothing to count
    }
    const start = choice.start || collection.sira.period.start.slice(0, 7);
    const end = choice.end ? Sira.monthAfter(choice.end) : collection.sira.period.end.slice(0, 7);
    const period = { start: `${start}-01`, end: `${end}-01` };
    const years = (dayOf(end) - dayOf(start)) / DAYS_A_YEAR;
    const wanted = (row) =>
      row.month >= start && row.month < end && (!choice.hazard || row.hazard === choice.hazard);
    const conflict = conflictOf(units, period);
    const features = collection.features.map((feature) => {
      const counts = addUp((rows.get(feature.id) || []).filter(wanted));
      const people = feature.properties.population;
      const rate = people ? rounded(((counts.events / people) * PER_PEOPLE) / years) : null;
      const properties = {
        ...feature.properties,
        ...counts,
        rate_per_100k_year: rate,
        conflict_events: conflict.of(feature.id),
      };
      return { ...feature, properties };
    });
    const source = conflict.period.start ? collection.sira.conflict.source : null;
    const sira = { ...collection.sira, period, conflict: { period: conflict.period, source } };
    return { ...collection, features, sira };
  }

  function ofPeriod(collection, choice) {
    const inside = ({ date }) =>
      (!choice.start || date >= choice.start) && (!choice.end || date < Sira.monthAfter(choice.end));
    return {
      ...collection,
      features: collection.features.filter(
        ({ properties }) => inside(properties) && (!choice.hazard || properties.hazard_type === choice.hazard)
      ),
    };
  }

  /** The same questions as to the service, answered from the page itself. */
  Sira.fileSource = function (data) {
    const tables = new Map();
    return {
      async units(choice) {
        const name = `${choice.level}-${choice.vintage}`;
        if (!tables.has(name)) {
          tables.set(name, byUnit(data.units[name].counts));
        }
        return recount(data.units[name], tables.get(name), choice);
      },
      async layer(name, choice) {
        const layer = inLanguage(data.layers[name]);
        return name === "incidents" ? ofPeriod(layer, choice) : layer;
      },
      base: async (name) => data.base[name],
      figures: async () => data.figures[Sira.lang()],
    };
  };
})((window.Sira = window.Sira || {}));

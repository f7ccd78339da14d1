/* Find a place or a unit by any spelling. The names are all here: what somebody looks for is asked of nobody. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const MOST = 8;
  const LEAST_LIKENESS = 0.55;
  const KINDS = ["point", "region", "cercle", "town", "village", "commune", "airstrip"];

  /** The key under which all spellings of a name meet: its letters and digits, as the service folds them. */
  Sira.fold = (name) =>
    name
      .replace(/œ/gi, "oe")
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]/gu, "");

  const zoomOf = (span) => Math.max(5, Math.min(9, Math.round(9.3 - Math.log2(span))));

  /** What codes begin with: letters and digits in this form are a code, whether there is such a one or not. */
  function codeForm(codes) {
    const beginnings = new Set(codes.map((code) => code.match(/^\p{L}*/u)[0]).filter(Boolean));
    return beginnings.size ? new RegExp(`^(?:${[...beginnings].join("|")})\\d+$`) : null;
  }

  /** The codes of all sets: each names one unit in its own set, and may name another in another set. */
  function readCodes(columns) {
    const units = new Map();
    columns.code.forEach((code, row) => {
      const entry = {
        id: columns.id[row],
        ids: Object.fromEntries(columns.vintages[row].map((vintage) => [vintage, columns.id[row]])),
        name: columns.name[row],
        kind: columns.level[row],
        level: columns.level[row],
        vintage: columns.vintages[row].at(-1),
        lat: columns.lat[row],
        lng: columns.lon[row],
        zoom: zoomOf(columns.span[row]),
        code: { code, set: columns.set[row] },
      };
      const key = Sira.fold(code);
      units.set(key, [...(units.get(key) || []), entry]);
    });
    return { form: codeForm([...units.keys()]), units, sets: [...new Set(columns.set)] };
  }

  /** Entries from the document of names, each with the keys it is found by, and the codes. */
  Sira.readNames = function (document) {
    const others = new Map();
    for (const [spelling, name] of document.aliases) {
      others.set(name, [...(others.get(name) || []), spelling]);
    }
    const keysOf = (...names) => [...new Set(names.filter(Boolean).map(Sira.fold))];
    const { places, units } = document;
    /* A region stands in several vintages: one entry, which knows its id in each; the newest comes first. */
    const byName = new Map();
    units.id.forEach((id, row) => {
      const key = `${units.level[row]} ${units.name[row]}`;
      const ids = { [units.vintage[row]]: id };
      if (byName.has(key)) {
        const entry = byName.get(key);
        entry.ids = { ...ids, ...entry.ids };
        return;
      }
      byName.set(key, {
        id,
        ids,
        name: units.name[row],
        kind: units.level[row],
        level: units.level[row],
        vintage: units.vintage[row],
        lat: units.lat[row],
        lng: units.lon[row],
        zoom: zoomOf(units.span[row]),
        weight: 0,
        keys: keysOf(units.name[row], ...(others.get(units.name[row]) || [])),
      });
    });
    const found = [...byName.values()];
    places.id.forEach((id, row) => {
      found.push({
        id,
        name: places.name[row],
        kind: places.kind[row],
        detail: places.cercle[row],
        lat: places.lat[row],
        lng: places.lon[row],
        zoom: 10,
        weight: places.population[row] || 0,
        keys: keysOf(places.name[row], places.also[row], ...(others.get(places.name[row]) || [])),
      });
    });
    return { entries: found, codes: readCodes(document.codes) };
  };

  /** How alike two keys are, 0 to 1: one less the letters to change in proportion to the longer one. */
  function likeness(one, other) {
    let row = Array.from({ length: other.length + 1 }, (_, i) => i);
    for (let i = 1; i <= one.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= other.length; j += 1) {
        next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1)));
      }
      row = next;
    }
    return 1 - row[other.length] / Math.max(one.length, other.length);
  }

  /** The point that was typed, and the same with latitude and longitude exchanged where only that is in the country. */
  function pointsOf(text, isInside) {
    const typed = Sira.readCoordinates(text);
    if (!typed) {
      return [];
    }
    const entry = (point, more) => ({ id: "point", kind: "point", zoom: 10, keys: [], ...point, ...more });
    if (isInside(typed)) {
      return [entry(typed, { name: text.trim() })];
    }
    const exchanged = { lat: typed.lng, lng: typed.lat };
    return [
      entry(typed, { name: text.trim(), detail: Sira.t("outside") }),
      ...(isInside(exchanged) ? [entry(exchanged, { name: Sira.coordinates(exchanged).decimal, detail: Sira.t("exchanged") })] : []),
    ];
  }

  /**
   * Entries for a text being typed. A code is found as it is or not at all; of names that name, names that begin with
   * it, that hold it, then like spellings. `isInside` tells whether a point lies in the country.
   */
  Sira.searchNames = function ({ entries, codes }, text, isInside) {
    const key = Sira.fold(text.slice(0, 120));
    const found = pointsOf(text, isInside);
    if (!key || found.length) {
      return found;
    }
    if (codes.form && codes.form.test(key)) {
      return codes.units.get(key) || [];
    }
    return Sira.namesLike(entries, key);
  };

  /** Entries whose names are like a folded text, the likest first. */
  Sira.namesLike = function (entries, key) {
    const score = (entry) =>
      Math.max(
        ...entry.keys.map((each) => {
          if (each === key) {
            return 4;
          }
          if (each.startsWith(key)) {
            return 3;
          }
          if (key.length > 2 && each.includes(key)) {
            return 2;
          }
          const same = key.length > 2 && Math.abs(each.length - key.length) < 4 ? likeness(key, each) : 0;
          return same >= LEAST_LIKENESS ? same : 0;
        })
      );
    const ranked = entries
      .map((entry) => ({ entry, score: score(entry) }))
      .filter((each) => each.score > 0)
      .sort(
        (one, other) =>
          other.score - one.score ||
          KINDS.indexOf(one.entry.kind) - KINDS.indexOf(other.entry.kind) ||
          other.entry.weight - one.entry.weight ||
          one.entry.name.localeCompare(other.entry.name)
      );
    return ranked.map((each) => each.entry).slice(0, MOST);
  };

  /** The mark on `map` of a place that was found: it stands until the next search or Escape. */
  function makeMark(map) {
    let mark = null;

    function clear() {
      if (mark) {
        mark.remove();
        mark = null;
      }
    }

    document.addEventListener("keydown", (event) => event.key === "Escape" && clear());
    return {
      clear,
      show(entry) {
        clear();
        mark = L.circleMarker(entry, { ...Sira.drawing("tool"), pane: "sira-tool", radius: 8, interactive: false })
          .bindTooltip(() => Sira.el("span", {}, entry.name), { permanent: true, direction: "top", offset: [0, -8] })
          .addTo(map);
      },
    };
  }

  const NO_NAMES = { entries: [], codes: { units: new Map() } };

  const detailOf = ({ kind, detail, code }) =>
    [Sira.t(`kind_${kind}`), detail, code && `${code.code} (${Sira.word("pcode_set", code.set)})`].filter(Boolean).join(", ");

  /**
   * The box in which one types: a combobox with a list; `pick` gets the entry chosen. What has no outline gets a mark.
   * `isInside` tells whether a point lies in the country.
   */
  Sira.makeSearch = function (map, loadNames, isInside, pick) {
    const input = byId("sira-search");
    const list = byId("sira-results");
    const mark = makeMark(map);
    let names = null;
    let complaint = "";
    let shown = [];
    let active = -1;

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function choose(entry) {
      input.value = entry.name;
      close();
      if (!entry.level) {
        mark.show(entry);
      }
      pick(entry);
    }

    /** How many were found is for those who hear the page; that nothing was is for everyone. */
    function sayFound() {
      const said = byId("sira-search-said");
      const isNone = Boolean(input.value.trim()) && !shown.length;
      said.classList.toggle("sira-unseen", !isNone);
      said.textContent = shown.length ? Sira.t("found", { count: Sira.number(shown.length) }) : isNone ? noneText() : "";
    }

    function noneText() {
      const { codes } = names || NO_NAMES;
      const typed = input.value.trim();
      return codes.form && codes.form.test(Sira.fold(typed))
        ? Sira.t("found_no_code", { code: typed, sets: codes.sets.map((set) => Sira.word("pcode_set", set)).join(", ") })
        : Sira.t("found_none");
    }

    function draw() {
      list.replaceChildren(
        ...shown.map((entry, i) => {
          const item = Sira.el(
            "li",
            { id: `sira-result-${i}`, role: "option", "aria-selected": i === active ? "true" : "false" },
            Sira.el("strong", {}, entry.name),
            " ",
            Sira.el("span", { class: "sira-small" }, detailOf(entry))
          );
          item.addEventListener("mousedown", (event) => {
            event.preventDefault();
            choose(entry);
          });
          return item;
        })
      );
      list.hidden = !shown.length;
      input.setAttribute("aria-expanded", shown.length ? "true" : "false");
      sayFound();
      if (active >= 0) {
        input.setAttribute("aria-activedescendant", `sira-result-${active}`);
      }
    }

    function find(among) {
      shown = Sira.searchNames(among, input.value, isInside);
      active = -1;
      draw();
    }

    async function search() {
      mark.clear();
      const needsNames = !Sira.readCoordinates(input.value);
      if (!needsNames) {
        find(names || NO_NAMES);
      }
      try {
        names = names || Sira.readNames(await loadNames());
      } catch (error) {
        if (needsNames) {
          close();
          complaint = Sira.t("part_failed", { part: Sira.t("search"), reason: error.message });
          byId("sira-search-said").textContent = complaint;
          byId("sira-search-said").classList.add("sira-unseen"); // it stands in the status, too
          Sira.say(complaint);
        }
        return;
      }
      if (complaint && byId("sira-status").textContent === complaint) {
        Sira.say("");
      }
      find(names);
    }

    input.addEventListener("input", search);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        active = shown.length ? (active + (event.key === "ArrowDown" ? 1 : shown.length - 1) + shown.length) % shown.length : -1;
        draw();
      } else if (event.key === "Enter" && shown.length) {
        event.preventDefault();
        choose(shown[Math.max(0, active)]);
      } else if (event.key === "Escape") {
        close();
      }
    });
  };
})((window.Sira = window.Sira || {}));

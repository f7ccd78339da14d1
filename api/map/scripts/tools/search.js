/* Find a place or a unit by any spelling. The names are all here: what somebody looks for is asked of nobody. */
import * as L from "leaflet";
import { byId, el } from "../base/dom.js";
import { showStatus } from "../base/status.js";
import { formatNumber, t, wordFor } from "../base/text.js";
import { readCoordinates } from "../data/coordinates.js";
import { fold, readNames, searchNames } from "../data/names.js";
import { styleOf } from "../map/style.js";

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
      mark = L.circleMarker(entry, { ...styleOf("tool"), pane: "sira-tool", radius: 8, interactive: false })
        .bindTooltip(() => el("span", {}, entry.name), { permanent: true, direction: "top", offset: [0, -8] })
        .addTo(map);
    },
  };
}

const NO_NAMES = { entries: [], codes: { units: new Map() } };

const detailOf = ({ kind, detail, code }) =>
  [t(`kind_${kind}`), detail, code && `${code.code} (${wordFor("pcode_set", code.set)})`].filter(Boolean).join(", ");

/**
 * The box in which one types: a combobox with a list; `pick` gets the entry chosen. What has no outline gets a mark.
 * `isInside` tells whether a point lies in the country.
 */
export class SearchBox {
  constructor(map, loadNames, isInside, pick) {
    this.loadNames = loadNames;
    this.isInside = isInside;
    this.pick = pick;
    this.input = byId("sira-search");
    this.list = byId("sira-results");
    this.said = byId("sira-search-said");
    this.mark = makeMark(map);
    this.names = null;
    this.complaint = "";
    this.shown = [];
    this.active = -1;
    this.input.addEventListener("input", () => this.search());
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.press(event));
  }

  close() {
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  choose(entry) {
    this.input.value = entry.name;
    this.close();
    if (!entry.level) {
      this.mark.show(entry);
    }
    this.pick(entry);
  }

  /** How many were found is for those who hear the page; that nothing was is for everyone. */
  sayFound() {
    const { length } = this.shown;
    const isNone = Boolean(this.input.value.trim()) && !length;
    this.said.classList.toggle("sira-unseen", !isNone);
    this.said.textContent = length ? t("found", { count: formatNumber(length) }) : isNone ? this.noneText() : "";
  }

  noneText() {
    const { codes } = this.names || NO_NAMES;
    const typed = this.input.value.trim();
    return codes.form?.test(fold(typed))
      ? t("found_no_code", { code: typed, sets: codes.sets.map((set) => wordFor("pcode_set", set)).join(", ") })
      : t("found_none");
  }

  draw() {
    const { active, input, list, shown } = this;
    list.replaceChildren(...shown.map((entry, i) => this.item(entry, i)));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", shown.length ? "true" : "false");
    this.sayFound();
    if (active >= 0) {
      input.setAttribute("aria-activedescendant", `sira-result-${active}`);
    }
  }

  item(entry, i) {
    const item = el(
      "li",
      { id: `sira-result-${i}`, role: "option", "aria-selected": i === this.active ? "true" : "false" },
      el("strong", {}, entry.name),
      " ",
      el("span", { class: "sira-small" }, detailOf(entry))
    );
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.choose(entry);
    });
    return item;
  }

  find(among) {
    this.shown = searchNames(among, this.input.value, this.isInside);
    this.active = -1;
    this.draw();
  }

  async search() {
    this.mark.clear();
    const needsNames = !readCoordinates(this.input.value);
    if (!needsNames) {
      this.find(this.names || NO_NAMES);
    }
    try {
      this.names = this.names || readNames(await this.loadNames());
    } catch (error) {
      if (needsNames) {
        this.complain(error);
      }
      return;
    }
    if (this.complaint && byId("sira-status").textContent === this.complaint) {
      showStatus("");
    }
    this.find(this.names);
  }

  /** Say that no names could be had: in the page's status, and once more for those who hear it. */
  complain(error) {
    this.close();
    this.complaint = t("part_failed", { part: t("search"), reason: error.message });
    this.said.textContent = this.complaint;
    this.said.classList.add("sira-unseen");
    showStatus(this.complaint);
  }

  press(event) {
    const { active, shown } = this;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : shown.length - 1;
      this.active = shown.length ? (active + step + shown.length) % shown.length : -1;
      this.draw();
    } else if (event.key === "Enter" && shown.length) {
      event.preventDefault();
      this.choose(shown[Math.max(0, active)]);
    } else if (event.key === "Escape") {
      this.close();
    }
  }
}

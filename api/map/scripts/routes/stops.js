/* The boxes of a route's stops: start, places on the way and end, typed or clicked. */
import { byId, el } from "../base/dom.js";
import { showStatus } from "../base/status.js";
import { t } from "../base/text.js";
import { decimal, readCoordinates } from "../data/coordinates.js";

const MOST_STOPS = 8;

const nameOf = (index, count) =>
  index === 0 ? t("route_from") : index === count - 1 ? t("route_to") : t("route_via", { number: index });

/** A stop as the service takes it: longitude and latitude where coordinates were typed or clicked, else a name. */
function stopOf(text) {
  const point = readCoordinates(text);
  return point ? [point.lng, point.lat] : text.trim();
}

export class Stops {
  /** `list` is the id of a list of names to choose from, null where any may be typed. */
  constructor(map, list) {
    this.map = map;
    this.list = list;
    this.node = byId("sira-stops");
    /* The box that the next click on the map fills. */
    this.picking = null;
    this.add();
    this.add();
    byId("sira-add-stop").addEventListener("click", () => this.add(this.node.lastElementChild).focus());
  }

  inputs() {
    return [...this.node.querySelectorAll("input")];
  }

  filled() {
    return this.inputs().filter((input) => input.value.trim());
  }

  /** The stops as the service takes them. */
  waypoints() {
    return this.filled().map((input) => stopOf(input.value));
  }

  add(before) {
    const { list } = this;
    const input = el("input", { type: "text", maxlength: "100", autocomplete: "off", spellcheck: "false", list });
    const button = el("button", { type: "button", "aria-pressed": "false" });
    button.addEventListener("click", () => this.pickFor(input, button));
    this.node.insertBefore(el("div", { class: "sira-stop" }, el("label"), input, button), before || null);
    this.label();
    return input;
  }

  /** Say what each box is for. */
  label() {
    const all = this.inputs();
    all.forEach((input, index) => {
      const text = nameOf(index, all.length);
      const [label, , button] = /** @type {any} */ (input.parentElement).children;
      label.textContent = text;
      input.id = `sira-stop-${index}`;
      label.htmlFor = input.id;
      button.textContent = t("route_click");
      button.setAttribute("aria-label", `${t("route_click")} – ${text}`);
    });
    byId("sira-add-stop").disabled = all.length >= MOST_STOPS;
  }

  pickFor(input, button) {
    const isSame = this.picking === input;
    this.stopPicking();
    if (!isSame) {
      this.picking = input;
      button.setAttribute("aria-pressed", "true");
      this.map.getContainer().classList.add("sira-crosshair");
      showStatus(t("route_picking"));
    }
  }

  stopPicking() {
    this.picking = null;
    this.map.getContainer().classList.remove("sira-crosshair");
    for (const button of this.node.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", "false");
    }
  }

  /** Take a point for the box that waits for one, and wait with the next that is empty; gives the box. */
  take(point) {
    const input = this.picking;
    input.value = decimal(point);
    const empty = this.inputs().find((each) => !each.value);
    this.stopPicking();
    showStatus("");
    if (empty) {
      this.pickFor(empty, empty.nextElementSibling);
    }
    return input;
  }

  /** Have the way end at a place by its name. */
  endAt(name) {
    const all = this.inputs();
    all[all.length - 1].value = name;
    all[0].focus();
  }

  clearFaults() {
    for (const input of this.inputs()) {
      input.removeAttribute("aria-invalid");
    }
  }
}

/** Say what went wrong; where it is with a place, in the words of its box among `boxes`, which is marked. */
export function sayWrong(error, boxes) {
  const [named, index] = /^waypoints\[(\d+)\]$/.exec(error.parameter) || [];
  const box = named && boxes[index];
  if (box) {
    box.setAttribute("aria-invalid", "true");
    box.focus();
  }
  showStatus(box ? error.message.replace(named, box.previousElementSibling.textContent) : error.message);
}

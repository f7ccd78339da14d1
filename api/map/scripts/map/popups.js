/* How popups fit into the map, and how the keyboard comes into them and back. */
import { byId, find } from "../base/dom.js";

/**
 * Popups fit into the map, and beside what lies on it.
 * @param {import("leaflet").Map} map
 * @returns {import("leaflet").PopupOptions}
 */
export function popupOptions(map) {
  const { x, y } = map.getSize();
  const legend = byId("sira-legend").getBoundingClientRect();
  const frame = map.getContainer().getBoundingClientRect();
  const covered = legend.top < frame.bottom && legend.left < frame.right ? legend.right - frame.left : 0;
  return {
    maxWidth: Math.min(330, x - 70),
    maxHeight: y - 70,
    autoPanPaddingTopLeft: [Math.min(covered + 8, x / 2), 8],
    autoPanPaddingBottomRight: [8, 8],
  };
}

/**
 * Whoever opens a popup by keyboard reads on in it, and is back where it was opened when it closes.
 * @param {import("leaflet").Popup} popup
 */
export function readPopup(popup) {
  const opener = /** @type {HTMLElement} */ (document.activeElement);
  const box = /** @type {HTMLElement} */ (popup.getElement());
  find(".leaflet-popup-content", box).focus();
  box.addEventListener("keydown", (event) => event.key === "Escape" && popup.close());
  popup.once("remove", () => box.contains(document.activeElement) && opener.focus());
}

/* What the page says to its reader: failures, which stand until they are over, and confirmations, which end. */
import { byId, el, find } from "./dom.js";
import { t } from "./text.js";

/* How long a confirmation stands: long enough to be read. */
const READ_MS = 5000;

const READ_MS_A_LETTER = 70;

let noted = 0;

/**
 * Confirm what the reader did. It ends by itself and leaves what was said of failures as it is.
 * @param {string} text
 */
export function showNote(text) {
  const note = byId("sira-note");
  note.textContent = text;
  clearTimeout(noted);
  noted = setTimeout(() => note.replaceChildren(), Math.max(READ_MS, READ_MS_A_LETTER * text.length));
}

/**
 * Say what went wrong or is under way, which stands until it is over, or with "" that all is well.
 * @param {string} text
 */
export function showStatus(text) {
  const status = byId("sira-status");
  status.textContent = text;
  status.hidden = !text;
}

/**
 * Say what failed, with a button that tries it again; who pressed it keeps the keyboard's place on the page.
 * @param {string} text
 * @param {() => Promise<void>} retry
 */
export function sayFailed(text, retry) {
  showStatus(text);
  const button = el("button", { type: "button", id: "sira-retry" }, t("retry"));
  button.addEventListener("click", async () => {
    await retry();
    (byId("sira-retry") || find("main")).focus();
  });
  byId("sira-status").append(" ", button);
}

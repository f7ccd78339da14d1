/* Who reads: the way in stands in the page's face, or who has signed in and the way out. */
import { byId, el, findAll } from "../base/dom.js";
import { showNote, showStatus } from "../base/status.js";
import { language, t } from "../base/text.js";
import { whenSignedOut } from "../data/http.js";

/* The view that a link asked for and only a key shows: it stands in no address of the page, but in that of the way in. */
let wanted = "";

/**
 * Speak of whoever reads, and offer the way in or out.
 * @param {Settings} settings
 * @param {Documents} source
 */
export function makeAccess(settings, source) {
  const link = byId("sira-login");

  function speak() {
    const { reader } = settings;
    const node = byId("sira-reader");
    if (!link) {
      return;
    }
    node.hidden = !reader;
    node.textContent = reader && whose(reader);
    node.title = node.textContent;
    if (node instanceof HTMLAnchorElement) {
      node.href = `account?lang=${language()}`;
    }
    link.hidden = Boolean(reader);
    aim();
  }

  const whose = ({ name, audience, user }) =>
    t(user ? "reader_user" : name ? "reader" : "reader_unnamed", { name, audience: t(`audience_${audience}`) });

  /** The way in leads back to the view that is shown, or to the one that was asked for. */
  function aim() {
    for (const each of findAll("#sira-login, #sira-status a", HTMLAnchorElement)) {
      each.href = `login?lang=${language()}${wanted || location.hash}`;
    }
  }

  async function leave() {
    try {
      await source.leave?.();
      location.reload();
    } catch (error) {
      showStatus(error.message);
    }
  }

  /* What a session opened is over: the page shows what it has, and the way in again. */
  whenSignedOut(() => {
    if (settings.reader && byId("sira-leave")) {
      settings.reader = null;
      byId("sira-leave")?.remove();
      speak();
      showNote(t("signed_out"));
    }
  });

  link?.addEventListener("click", aim);
  byId("sira-leave")?.addEventListener("click", leave);
  return {
    speak,
    /** Say that parts of the view need a key, and where to enter one. */
    sayNeeded(closed, hash) {
      wanted = hash;
      showStatus(t("key_needed", { names: closed.map((key) => t(key)).join(", ") }));
      if (!settings.reader) {
        byId("sira-status").append(" ", el("a", { href: "login" }, t("login")));
      }
      aim();
    },
  };
}

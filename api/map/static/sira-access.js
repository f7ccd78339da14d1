/* Who reads: the way in stands in the page's face, or whose key is in use and the way out. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);

  /* The view that a link asked for and only a key shows: it stands in no address of the page, but in that of the way in. */
  let wanted = "";
  let onSignedOut = () => {};

  /** A request needed a key, or a better one than the page has. */
  Sira.signedOut = () => onSignedOut();

  /** Speak of whoever reads, and offer the way in or out. */
  Sira.makeAccess = function (settings, source) {
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
      link.hidden = Boolean(reader);
      aim();
    }

    const whose = ({ name, audience }) =>
      Sira.t(name ? "reader" : "reader_unnamed", { name, audience: Sira.t(`audience_${audience}`) });

    /** The way in leads back to the view that is shown, or to the one that was asked for. */
    function aim() {
      for (const each of document.querySelectorAll("#sira-login, #sira-status a")) {
        each.href = `login?lang=${Sira.lang()}${wanted || location.hash}`;
      }
    }

    async function leave() {
      try {
        await source.leave();
        location.reload();
      } catch (error) {
        Sira.say(error.message);
      }
    }

    /* What a session opened is over: the page shows what it has, and the way in again. */
    onSignedOut = () => {
      if (settings.reader && byId("sira-leave")) {
        settings.reader = null;
        byId("sira-leave").remove();
        speak();
        Sira.note(Sira.t("signed_out"));
      }
    };

    link?.addEventListener("click", aim);
    byId("sira-leave")?.addEventListener("click", leave);
    return {
      speak,
      /** Say that parts of the view need a key, and where to enter one. */
      sayNeeded(closed, hash) {
        wanted = hash;
        Sira.say(Sira.t("key_needed", { names: closed.map((key) => Sira.t(key)).join(", ") }));
        if (!settings.reader) {
          byId("sira-status").append(" ", Sira.el("a", { href: "login" }, Sira.t("login")));
        }
        aim();
      },
    };
  };
})((window.Sira = window.Sira || {}));

/* What has changed since the page was drawn: an open page looks when it is seen again and every few minutes, says what
   it found until that has been read, and lets go of what its reader may no longer see. */
import { byId, find } from "../base/dom.js";
import { t } from "../base/text.js";

const EVERY_MS = 3 * 60 * 1000;
/* What is told outlives the page: letting go of what may no longer be seen means asking for the page anew. */
const KEPT = "sira-news";
const REFUSED = [401, 403];

function keep(news) {
  try {
    news ? sessionStorage.setItem(KEPT, JSON.stringify(news)) : sessionStorage.removeItem(KEPT);
  } catch {
    /* A browser that keeps nothing tells it as long as the page lasts. */
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) || "null");
  } catch {
    return null;
  }
}

/** The notice, which stands until its button is pressed. */
function makeNotice() {
  let news = kept();

  function speak() {
    byId("sira-news").hidden = !news;
    byId("sira-news-text").textContent = news
      ? [news.isLess && t("news_less"), news.revision && t("renewed", { revision: news.revision })]
          .filter(Boolean)
          .join(" ")
      : "";
  }

  function tell(told) {
    news = told && { ...told, isLess: Boolean(told.isLess || (news && news.isLess)) };
    keep(news);
    speak();
  }

  byId("sira-news-read").addEventListener("click", () => {
    tell(null);
    find("main").focus();
  });
  return { tell, speak };
}

/**
 * What watches over the page. `shown` gives the revision that is drawn, null before, and whether the forecast drawn is
 * another's; `renew` has all asked for anew; `write` keeps the reader's choice in the address.
 * @param {Settings} settings
 * @param {Documents} source
 * @param {{ shown: () => { revision: any, isOldForecast: boolean }, renew: () => void, write: () => void }} page
 */
export function makeNews(settings, source, { shown, renew, write }) {
  if (source.isFile) {
    return { speak() {}, tell() {}, check: renew };
  }
  const notice = makeNotice();
  let isLooking = false;
  /* The forecast of one revision is asked for once: where it cannot be read, it stays the earlier one. */
  let forecastOf = 0;

  /** Let go of the page, and of all that it holds in memory: what the reader may see now is another page. */
  function leave(told) {
    const { revision } = shown();
    const isLess = !told || settings.offer.kinds.some((kind) => !told.offer.kinds.includes(kind));
    notice.tell({ isLess, revision: told && told.revision !== revision ? told.revision : null });
    document.body.hidden = true;
    write();
    location.reload();
  }

  const isOther = (told) => JSON.stringify(told.offer) !== JSON.stringify(settings.offer);

  function isNewForecast(told) {
    const isNew = told.assessed && shown().isOldForecast && forecastOf !== told.revision;
    forecastOf = isNew ? told.revision : forecastOf;
    return isNew;
  }

  async function ask() {
    try {
      return await source.state?.();
    } catch (error) {
      if (REFUSED.includes(error.status)) {
        leave(null);
      }
      return null; // the service cannot be reached: nothing is known to have changed
    }
  }

  /** Look whether the page is still what it would be now; one that nobody sees asks nothing. */
  async function look() {
    if (document.visibilityState === "hidden" || isLooking || !shown().revision) {
      return;
    }
    isLooking = true;
    const told = await ask();
    isLooking = false;
    if (told && isOther(told)) {
      leave(told);
    } else if (told && (told.revision !== shown().revision || isNewForecast(told))) {
      renew();
    }
  }

  /** The page has met another revision: what may be seen of it is asked first. */
  async function check() {
    const told = await ask();
    told && isOther(told) ? leave(told) : renew();
  }

  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  return { speak: notice.speak, tell: (revision) => notice.tell({ revision }), check };
}

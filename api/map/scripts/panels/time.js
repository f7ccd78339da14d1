/* Time under the map: a slider that moves the period by months, a button that plays it, and usual periods. */
import { byId, findAll } from "../base/dom.js";
import { monthNumber, monthOf } from "../base/months.js";
import { periodText } from "../base/phrases.js";
import { t } from "../base/text.js";
import { LAST_DAYS } from "../data/choice.js";

const PLAY_MS = 700;
const USUAL = 12;

/** The period that ends with the data's last month and is `count` months long, as far as the data reach. */
function lastMonths(span, count) {
  const end = monthNumber(span.end);
  return { start: monthOf(Math.max(monthNumber(span.start), end - count + 1)), end: span.end };
}

/** The period that the slider moves: under a forecast, which has its own, that of what was recorded. */
export function timeText({ measure }, period) {
  const text = periodText(period);
  return measure === "expected" ? t("time_recorded", { period: text }) : text;
}

/** What each button of a usual period stands for, where the data reach over `span`. */
const PRESETS = {
  days30: (span) => ({ ...span, period: LAST_DAYS }),
  months3: (span) => ({ ...lastMonths(span, 3), period: "" }),
  months12: (span) => ({ ...lastMonths(span, 12), period: "" }),
  all: (span) => ({ ...span, period: "" }),
};

/** The controls of time; `change` gets a period as {start, end, period}. */
export class Time {
  constructor(change) {
    this.change = change;
    this.slider = byId("sira-slider");
    this.button = byId("sira-play");
    this.presets = findAll("[data-preset]", HTMLButtonElement);
    this.playing = 0;
    this.shown = null;
    this.span = null;
    this.first = 0;
    this.last = 0;
    this.button.addEventListener("click", () => this.play());
    this.slider.addEventListener("input", () => this.slideTo(Number(this.slider.value)));
    for (const button of this.presets) {
      button.addEventListener("click", () => {
        this.stop();
        change(PRESETS[button.dataset.preset](this.span));
      });
    }
    this.enable(false);
  }

  /** How many months move: a whole period or days have no room, so a year does. */
  months() {
    const { first, last, shown } = this;
    const length = monthNumber(shown.end) - monthNumber(shown.start) + 1;
    return shown.period || length > last - first ? Math.min(USUAL, last - first + 1) : length;
  }

  slideTo(end) {
    const length = this.months();
    const bounded = Math.max(this.first + length - 1, Math.min(this.last, end));
    this.change({ start: monthOf(bounded - length + 1), end: monthOf(bounded), period: "" });
  }

  /** Play from where the period is, from the data's beginning where it is at their end; or stop. */
  play() {
    if (this.playing) {
      this.stop();
      return;
    }
    this.playing = setInterval(() => this.step(), PLAY_MS);
    if (this.shown.period || monthNumber(this.shown.end) >= this.last) {
      this.slideTo(this.first);
    }
    this.label();
  }

  step() {
    const end = monthNumber(this.shown.end);
    if (end >= this.last) {
      this.stop();
    } else {
      this.slideTo(end + 1);
    }
  }

  stop() {
    clearInterval(this.playing);
    this.playing = 0;
    this.label();
  }

  /** Until something is drawn there is nothing that time could move. */
  enable(isOn) {
    for (const control of [this.slider, this.button, ...this.presets]) {
      control.disabled = !isOn;
    }
  }

  label() {
    this.button.setAttribute("aria-pressed", this.playing ? "true" : "false");
    this.button.textContent = t(this.playing ? "pause" : "play");
  }

  /** Reach from the data's first month to their last, null where there are none. */
  reach(span) {
    this.stop();
    this.span = span;
    if (span) {
      this.first = monthNumber(span.start);
      this.last = monthNumber(span.end);
      this.slider.min = String(this.first);
      this.slider.max = String(this.last);
    }
  }

  /** Show a choice, its period in words. */
  show(choice, text) {
    const { slider, span } = this;
    this.shown = choice;
    byId("sira-time-text").textContent = text;
    this.label();
    this.enable(Boolean(span));
    if (!span) {
      return;
    }
    slider.value = String(monthNumber(choice.end));
    slider.setAttribute("aria-valuetext", text);
    for (const button of this.presets) {
      const { start, end, period } = PRESETS[button.dataset.preset](span);
      const isChosen = period === choice.period && (period || (start === choice.start && end === choice.end));
      button.setAttribute("aria-pressed", isChosen ? "true" : "false");
    }
  }
}

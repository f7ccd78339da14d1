/* Time under the map: a slider that moves the period by months, a button that plays it, and usual periods. */
(function (Sira) {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const PLAY_MS = 700;
  const USUAL = 12;

  /** The period that ends with the data's last month and is `count` months long, as far as the data reach. */
  function lastMonths(span, count) {
    const end = Sira.monthNumber(span.end);
    return { start: Sira.monthOf(Math.max(Sira.monthNumber(span.start), end - count + 1)), end: span.end };
  }

  /** The period that the slider moves: under a forecast, which has its own, that of what was recorded. */
  Sira.timeText = function ({ measure }, period) {
    const text = Sira.periodText(period);
    return measure === "expected" ? Sira.t("time_recorded", { period: text }) : text;
  };

  /** The controls of time; `change` gets a period as {start, end, period}. */
  Sira.makeTime = function (change) {
    const slider = byId("sira-slider");
    const play = byId("sira-play");
    const buttons = document.querySelectorAll("[data-preset]");
    let playing = 0;
    let shown = null;
    let span = null;
    let first = 0;
    let last = 0;

    const presets = {
      days30: () => ({ start: span.start, end: span.end, period: Sira.LAST_DAYS }),
      months3: () => ({ ...lastMonths(span, 3), period: "" }),
      months12: () => ({ ...lastMonths(span, 12), period: "" }),
      all: () => ({ ...span, period: "" }),
    };

    /* How many months move: a whole period or days have no room, so a year does. */
    function lengthOf(choice) {
      const length = Sira.monthNumber(choice.end) - Sira.monthNumber(choice.start) + 1;
      return choice.period || length > last - first ? Math.min(USUAL, last - first + 1) : length;
    }

    function slideTo(end) {
      const length = lengthOf(shown);
      const bounded = Math.max(first + length - 1, Math.min(last, end));
      change({ start: Sira.monthOf(bounded - length + 1), end: Sira.monthOf(bounded), period: "" });
    }

    function stop() {
      clearInterval(playing);
      playing = 0;
      label();
    }

    function step() {
      const end = Sira.monthNumber(shown.end);
      if (end >= last) {
        stop();
      } else {
        slideTo(end + 1);
      }
    }

    /* Until something is drawn there is nothing that time could move. */
    function enable(isOn) {
      for (const control of [slider, play, ...buttons]) {
        control.disabled = !isOn;
      }
    }

    function label() {
      play.setAttribute("aria-pressed", playing ? "true" : "false");
      play.textContent = Sira.t(playing ? "pause" : "play");
    }

    play.addEventListener("click", () => {
      if (playing) {
        stop();
        return;
      }
      playing = setInterval(step, PLAY_MS);
      if (shown.period || Sira.monthNumber(shown.end) >= last) {
        slideTo(first);
      }
      label();
    });
    slider.addEventListener("input", () => slideTo(Number(slider.value)));
    for (const button of buttons) {
      button.addEventListener("click", () => {
        stop();
        change(presets[button.dataset.preset]());
      });
    }
    enable(false);

    return {
      stop,
      /** Reach from the data's first month to their last, null where there are none. */
      reach(months) {
        stop();
        span = months;
        if (span) {
          first = slider.min = Sira.monthNumber(span.start);
          last = slider.max = Sira.monthNumber(span.end);
        }
      },
      /** Show a choice, its period in words. */
      show(choice, text) {
        shown = choice;
        byId("sira-time-text").textContent = text;
        label();
        enable(Boolean(span));
        if (!span) {
          return;
        }
        slider.value = Sira.monthNumber(choice.end);
        slider.setAttribute("aria-valuetext", text);
        for (const button of buttons) {
          const { start, end, period } = presets[button.dataset.preset]();
          const isChosen = period === choice.period && (period || (start === choice.start && end === choice.end));
          button.setAttribute("aria-pressed", isChosen ? "true" : "false");
        }
      },
    };
  };
})((window.Sira = window.Sira || {}));

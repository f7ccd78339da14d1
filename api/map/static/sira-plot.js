/* A small plot of incidents over time, as SVG with words for those who do not see it. */
(function (Sira) {
  "use strict";

  const WIDTH = 300;
  const HEIGHT = 84;
  const LEFT = 28;
  const BOTTOM = 16;
  const MOST_BARS = 36;

  /** Sums over groups of `size` months, the last group ending with the last month. */
  function grouped(values, size) {
    const first = values.length % size;
    const groups = first ? [values.slice(0, first)] : [];
    for (let i = first; i < values.length; i += size) {
      groups.push(values.slice(i, i + size));
    }
    return groups.map((group) => group.reduce((sum, value) => sum + value, 0));
  }

  /** The last twelve months beside the twelve before, in words: a change is told only where it is clear. */
  Sira.trendText = function ({ values, trend }) {
    if (trend) {
      const counted = { now: Sira.number(trend.now), before: Sira.number(trend.before) };
      return trend.ratio === null
        ? Sira.t("trend_no_ratio", counted)
        : Sira.t(`trend_${trend.direction}`, { ...counted, ...Object.fromEntries(["ratio", "low", "high"].map((name) => [name, Sira.significant(trend[name])])) });
    }
    const last = values.slice(-12).reduce((total, value) => total + value, 0);
    const short = Sira.t("trend_short", { last: Sira.counted("events_short", last) });
    return values.length < 24 ? short : `${short} ${Sira.t("trend_too_few")}`;
  };

  /** The plot of monthly values from month `start`, the chosen period marked [from, to) in months. */
  Sira.trendPlot = function (series) {
    const { values, start, from, to } = series;
    const size = [1, 3, 6, 12, 24, 60].find((months) => values.length / months <= MOST_BARS) || 120;
    const bars = grouped(values, size);
    const most = Math.max(1, ...bars);
    const step = (WIDTH - LEFT) / bars.length;
    const high = HEIGHT - BOTTOM - 6;
    const y = (value) => 6 + high * (1 - value / most);
    const monthX = (month) => LEFT + ((month + (bars.length * size - values.length)) / size) * step;
    const text = (x, at, anchor, content) => Sira.svg("text", { x, y: at, "text-anchor": anchor, class: "sira-plot-text" }, content);
    const peak = values.indexOf(Math.max(...values));
    const last = Sira.monthOf(Sira.monthNumber(start) + values.length - 1);
    const label = Sira.t("plot_label", {
      start: Sira.month(start),
      end: Sira.month(last),
      most: Sira.number(values[peak]),
      when: Sira.month(Sira.monthOf(Sira.monthNumber(start) + peak)),
      trend: Sira.trendText(series),
    });
    return Sira.el(
      "figure",
      { class: "sira-plot" },
      Sira.svg(
        "svg",
        { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
        Sira.svg("rect", {
          x: Math.max(LEFT, monthX(from)),
          y: 2,
          width: Math.max(1, monthX(to) - Math.max(LEFT, monthX(from))),
          height: HEIGHT - BOTTOM - 2,
          class: "sira-plot-period",
        }),
        ...bars.map((value, i) =>
          Sira.svg("rect", {
            x: LEFT + i * step + step * 0.1,
            y: y(value),
            width: step * 0.8,
            height: HEIGHT - BOTTOM - y(value),
            class: "sira-plot-bar",
          })
        ),
        Sira.svg("line", { x1: LEFT, x2: WIDTH, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM, class: "sira-plot-axis" }),
        text(LEFT - 4, 12, "end", Sira.number(most, 0)),
        text(LEFT - 4, HEIGHT - BOTTOM, "end", "0"),
        text(LEFT, HEIGHT - 3, "start", Sira.month(start, "short")),
        text(WIDTH, HEIGHT - 3, "end", Sira.month(last, "short"))
      ),
      Sira.el("figcaption", { class: "sira-small" }, Sira.t("plot_caption", { size: Sira.t(`plot_${size}`) }))
    );
  };
})((window.Sira = window.Sira || {}));

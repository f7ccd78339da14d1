/* A small plot of incidents over time, as SVG with words for those who do not see it. */
import { el, svg } from "../base/dom.js";
import { monthNumber, monthOf } from "../base/months.js";
import { formatCount, formatMonth, formatNumber, formatSignificant, t } from "../base/text.js";

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

const YEAR = 12;

/**
 * The last twelve months beside the twelve before, in words: a change is told only where it is clear, and of months
 * that the data do not reach nothing is known.
 */
export function trendText({ values, trend }) {
  if (trend) {
    const counted = { now: formatNumber(trend.now), before: formatNumber(trend.before) };
    return trend.ratio === null
      ? t("trend_no_ratio", counted)
      : t(`trend_${trend.direction}`, {
          ...counted,
          ...Object.fromEntries(["ratio", "low", "high"].map((name) => [name, formatSignificant(trend[name])])),
        });
  }
  const total = values.slice(-YEAR).reduce((sum, value) => sum + value, 0);
  const counted = formatCount("events_short", total);
  if (values.length < YEAR) {
    return `${t("trend_short", { last: total ? `≥\u202f${counted}` : "–" })} ${t("trend_part")}`;
  }
  const short = t("trend_short", { last: counted });
  return values.length < 2 * YEAR ? short : `${short} ${t("trend_too_few")}`;
}

/** The plot of monthly values from month `start`, the chosen period marked [from, to) in months. */
export function trendPlot(series) {
  const { values, start, from, to } = series;
  const size = [1, 3, 6, 12, 24, 60].find((months) => values.length / months <= MOST_BARS) || 120;
  const bars = grouped(values, size);
  const most = Math.max(1, ...bars);
  const step = (WIDTH - LEFT) / bars.length;
  const high = HEIGHT - BOTTOM - 6;
  const y = (value) => 6 + high * (1 - value / most);
  const monthX = (month) => LEFT + ((month + (bars.length * size - values.length)) / size) * step;
  const text = (x, at, anchor, content) =>
    svg("text", { x, y: at, "text-anchor": anchor, class: "sira-plot-text" }, content);
  const peak = values.indexOf(Math.max(...values));
  const last = monthOf(monthNumber(start) + values.length - 1);
  const label = t("plot_label", {
    start: formatMonth(start),
    end: formatMonth(last),
    most: formatNumber(values[peak]),
    when: formatMonth(monthOf(monthNumber(start) + peak)),
    trend: trendText(series),
  });
  return el(
    "figure",
    { class: "sira-plot" },
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      svg("rect", {
        x: Math.max(LEFT, monthX(from)),
        y: 2,
        width: Math.max(1, monthX(to) - Math.max(LEFT, monthX(from))),
        height: HEIGHT - BOTTOM - 2,
        class: "sira-plot-period",
      }),
      ...bars.map((value, i) =>
        svg("rect", {
          x: LEFT + i * step + step * 0.1,
          y: y(value),
          width: step * 0.8,
          height: HEIGHT - BOTTOM - y(value),
          class: "sira-plot-bar",
        })
      ),
      svg("line", { x1: LEFT, x2: WIDTH, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM, class: "sira-plot-axis" }),
      text(LEFT - 4, 12, "end", formatNumber(most, 0)),
      text(LEFT - 4, HEIGHT - BOTTOM, "end", "0"),
      text(LEFT, HEIGHT - 3, "start", formatMonth(start, "short")),
      text(WIDTH, HEIGHT - 3, "end", formatMonth(last, "short"))
    ),
    el("figcaption", { class: "sira-small" }, t("plot_caption", { size: t(`plot_${size}`) }))
  );
}

// SPDX-License-Identifier: BSD-3-Clause

// Time lines, histograms and bars. The drawings are stretched to the place they have; the words beside them are HTML.

import {h} from "./view.js";
import {batchClock, batchTime, clock, count} from "./format.js";

const bins = 6;
export const seriesLimit = 6; // as many as have a colour in style.css

/** The least round number that is not below the value. */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * power >= value * 0.999999);
  return step * power;
}

/** Minutes are rounded as minutes. */
function topOf(chart, value) {
  const unit = chart.isDuration && value > 60_000 ? 60_000 : 1;
  return unit * roundUp(value / unit);
}

export function quantile(values, part) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

const sum = (values) => values.reduce((a, b) => a + b, 0);
const percent = (value) => `${Math.round(value * 10000) / 100}%`;

/**
 * A time line with a histogram beside it.
 * chart: {title, points: [{time, values: [...]}] oldest first, series: [names], format, range: [first, last],
 *         isDuration, limit: {value, name}|null, cursor: {time}, redraw, open(time)|null, showTimes}
 */
export function timeLine(chart) {
  const totals = chart.points.map((point) => sum(point.values));
  const highest = Math.max(0, ...totals);
  const limitFits = chart.limit && chart.limit.value <= highest * 4;
  const top = topOf(chart, Math.max(highest, limitFits ? chart.limit.value : 0));
  const chosen = chosenPoint(chart);
  return h("div", {class: "chart", key: chart.title},
    h("div", {class: "chart-words"}, words(chart, totals, chosen)),
    plot(chart, top, limitFits, chosen),
    histogram(chart, totals, top));
}

function words(chart, totals, chosen) {
  const shown = chosen ?? chart.points.at(-1);
  const value = shown ? chart.format(sum(shown.values)) : "–";
  return [
    h("h3", null, chart.title),
    h("p", {class: "chart-value"}, value),
    h("p", {class: "quiet"}, chosen ? `at ${batchClock(chosen.time)}` : summary(chart, totals)),
    chart.series.length > 1 ? legend(chart, shown) : null,
  ];
}

const summary = (chart, totals) =>
  totals.length === 0
    ? "no batch yet"
    : [["median", 0.5], ["95 %", 0.95]].map(([name, part]) =>
      h("span", {class: "term"}, `${name} ${chart.format(quantile(totals, part))} `));

function legend(chart, shown) {
  return h("ul", {class: "legend"}, chart.series.map((name, index) =>
    h("li", {key: name},
      h("span", {class: `swatch series-${index}`}), h("span", {class: "name", title: name}, name), " ",
      shown ? chart.format(shown.values[index] ?? null) : null)));
}

function chosenPoint(chart) {
  const {time} = chart.cursor;
  if (time === null || chart.points.length === 0 || time < chart.range[0] || time > chart.range[1]) return null;
  const distance = (point) => Math.abs(point.time - time);
  return chart.points.reduce((best, point) => (distance(point) < distance(best) ? point : best));
}

function plot(chart, top, limitFits, chosen) {
  return h("div", {class: "plot"},
    h("div", {class: "scale", "aria-hidden": "true"}, [top, 0].map((value) => h("span", null, chart.format(value)))),
    h("div", plotProps(chart, chosen),
      h("svg", {viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true"},
        h("path", {class: "grid", d: "M0 .5H1000M0 50H1000M0 99.5H1000"}),
        areas(chart, top),
        limitFits ? h("path", {class: "limit", d: `M0 ${yOf(chart.limit.value, top)}H1000`}) : null),
      limitWord(chart, top, limitFits),
      chosen ? h("span", {class: "cursor", style: `left:${leftOf(chart, chosen)}`}) : null,
      chosen || chart.points.length === 1 ? dot(chart, chosen ?? chart.points[0], top) : null),
    chart.showTimes ? times(chart) : null);
}

const xOf = (time, [first, last]) => (last > first ? (time - first) / (last - first) : 1);
const yOf = (value, top) => Math.round((100 - (100 * value) / top) * 100) / 100;

/** One area for each series, each on top of those before it. */
function areas(chart, top) {
  let below = chart.points.map(() => 0);
  return chart.series.map((name, index) => {
    const above = below.map((value, at) => value + (chart.points[at].values[index] ?? 0));
    const drawing = h("g", {key: name, class: `series-${index}`},
      h("path", {class: "area", d: areaPath(chart, below, above, top)}),
      h("path", {class: "line", d: linePath(chart, above, top, "M")}));
    below = above;
    return drawing;
  });
}

function linePath(chart, values, top, start) {
  const corners = chart.points.map((point, at) =>
    `${Math.round(xOf(point.time, chart.range) * 10000) / 10} ${yOf(values[at], top)}`);
  return corners.length ? start + corners.join("L") : "";
}

function areaPath(chart, below, above, top) {
  if (chart.points.length < 2) return "";
  const back = linePath(chart, below, top, "").split("L").reverse().join("L");
  return `${linePath(chart, above, top, "M")}L${back}Z`;
}

function limitWord(chart, top, limitFits) {
  if (!chart.limit) return null;
  const text = `${chart.limit.name} ${chart.format(chart.limit.value)}`;
  if (!limitFits) return h("span", {class: "limit-word far"}, `${text} is above this scale`);
  const y = yOf(chart.limit.value, top);
  return h("span", {class: y < 25 ? "limit-word under" : "limit-word", style: `top:${y}%`}, text);
}

const leftOf = (chart, point) => percent(xOf(point.time, chart.range));

function dot(chart, point, top) {
  return h("span", {class: "dot", style: `left:${leftOf(chart, point)};top:${yOf(sum(point.values), top)}%`});
}

function times(chart) {
  const [first, last] = chart.range;
  const marks = last > first ? [first, (first + last) / 2, last] : [last];
  return h("div", {class: "times", "aria-hidden": "true"}, marks.map((ms) => h("span", null, clock(ms))));
}

function plotProps(chart, chosen) {
  const last = chart.points.length - 1;
  const at = chosen ? chart.points.indexOf(chosen) : last;
  const shown = chart.points[at];
  const choose = (time) => {
    chart.cursor.time = time;
    chart.redraw();
  };
  return {
    class: "canvas", tabindex: "0", role: "slider", "aria-label": `${chart.title}: choose a time`,
    "aria-valuemin": 0, "aria-valuemax": Math.max(last, 0), "aria-valuenow": Math.max(at, 0),
    "aria-valuetext": shown ? valueText(chart, shown) : "no value yet",
    onpointermove: (event) => choose(pointedTime(event, chart)),
    onpointerleave: () => choose(null),
    onblur: () => choose(null),
    onclick: () => open(chart),
    onkeydown: (event) => press(event, chart, choose),
  };
}

function valueText(chart, point) {
  const parts = chart.series.length > 1
    ? chart.series.map((name, index) => `, ${name} ${chart.format(point.values[index] ?? null)}`).join("")
    : "";
  return `${batchTime(point.time)}: ${chart.format(sum(point.values))}${parts}`;
}

function open(chart) {
  const point = chosenPoint(chart) ?? chart.points.at(-1);
  if (point) chart.open?.(point.time);
}

function pointedTime(event, chart) {
  const place = event.currentTarget.getBoundingClientRect();
  const part = (event.clientX - place.left) / Math.max(place.width, 1);
  return chart.range[0] + part * (chart.range[1] - chart.range[0]);
}

const steps = {
  ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity,
};

/** Keys may come faster than drawings, so the point is looked up when the key comes. */
function press(event, chart, choose) {
  if (event.key === "Escape") choose(null);
  if (event.key === "Enter") open(chart);
  if (!Object.hasOwn(steps, event.key) || chart.points.length === 0) return;
  event.preventDefault();
  const at = chart.points.indexOf(chosenPoint(chart) ?? chart.points.at(-1));
  const next = Math.max(0, Math.min(chart.points.length - 1, at + steps[event.key]));
  choose(chart.points[next].time);
}

/** How many values are in each part of the scale; lies beside the time line and shares its scale. */
function histogram(chart, totals, top) {
  const amounts = Array(bins).fill(0);
  for (const value of totals) amounts[Math.min(bins - 1, Math.floor((value / top) * bins))] += 1;
  const most = Math.max(1, ...amounts);
  const from = (bin) => chart.format((bin * top) / bins);
  const texts = amounts.map((amount, bin) => `${from(bin)} to ${from(bin + 1)}: ${amount}`);
  return h("div", {class: "histogram", role: "img", "aria-label": `How often. ${texts.join("; ")}`},
    amounts.map((amount, bin) =>
      h("div", {title: texts[bin]},
        h("span", {class: "bar", style: `width:${percent((amount / most) * 0.75)}`}),
        amount > 0 ? h("span", {class: "bar-word"}, count(amount)) : null)).reverse());
}

/** A horizontal bar: parts are [{value, text, look}], each drawn as its part of the whole. */
export function partsBar(parts, whole, limit) {
  return h("div", {class: "parts", role: "img", "aria-label": parts.map((part) => part.text).join(", ")},
    parts.map((part) => h("span", {class: part.look, style: `width:${percent(part.value / whole)}`, title: part.text})),
    limit ? h("span", {class: "parts-limit", style: `left:${percent(limit.value / whole)}`, title: limit.name}) : null);
}

/** A bar in a cell, with an even share marked. */
export function shareBar(part, even) {
  return h("span", {class: "share", "aria-hidden": "true"},
    h("span", {class: part > even * 2 ? "bar skewed" : "bar", style: `width:${percent(Math.min(1, part))}`}),
    h("span", {class: "even", style: `left:${percent(even)}`}));
}

// SPDX-License-Identifier: BSD-3-Clause

// Small parts that several pages use.

import {h} from "./view.js";
import * as format from "./format.js";

/** A humanised number that says its full value when it is pointed at. */
export function number(value, humanise, unit = "") {
  const text = humanise(value);
  return text === format.unknown ? text : h("span", {title: `${format.full(value)} ${unit}`.trim()}, text);
}

export const records = (value) => number(value, format.count, "records");
export const perSecond = (value) => number(value, format.rate, "records/s");
export const milliseconds = (value) => number(value, format.duration, "ms");
export const size = (value) => number(value, format.bytes, "bytes");
export const share = (value) => number(value, format.share);

export function time(ms, show = format.dateTime) {
  const text = show(ms);
  return text === format.unknown ? text : h("time", {datetime: format.fullTime(ms), title: format.fullTime(ms)}, text);
}

// what a word of the server looks like: a colour and a sign beside the word, never the colour alone
const looks = {
  ok: ["good", "✓", "OK"], notice: ["fair", "i", "Notice"], warning: ["bad", "!", "Warning"],
  info: ["plain", "i"], caution: ["fair", "!"], error: ["bad", "✕"],
  running: ["good", "▶"], stopping: ["fair", "■"], restarting: ["fair", "↻"],
  stopped: ["plain", "■"], failed: ["bad", "✕"],
  active: ["good", "▶"], inactive: ["bad", "✕"], waiting: ["plain", "…"], paused: ["fair", "‖"],
  queued: ["plain", "…"], processing: ["fair", "▶"], completed: ["good", "✓"], succeeded: ["good", "✓"],
  alive: ["good", "✓"], dead: ["bad", "✕"],
};

export function mark(word, text) {
  const [look, sign, name] = looks[word] ?? ["plain", "·"];
  return h("span", {class: `mark ${look}`},
    h("span", {class: "sign", "aria-hidden": "true"}, sign), text ?? name ?? word);
}

/** How a batch ended: a completed one may have failed outputs. */
export function batchMark({status, outputsFailed}) {
  return outputsFailed > 0 ? mark("failed", `${status}, ${outputsFailed} failed`) : mark(status);
}

/** The look and the sign of a level, for what draws them itself. */
export const lookOf = (word) => (looks[word] ?? ["plain", "·"]).slice(0, 2);

/** What the operator that the reason names is marked with. */
const flags = {
  slow_function: "bottleneck", skewed_key: "bottleneck", slow_output: "bottleneck", failing_output: "failing",
  silent_receiver: "silent", silent_input: "silent", dead_letters: "refuses records", huge_records: "bottleneck",
  slow_node: "bottleneck", too_many_partitions: "too many partitions", growing_state: "grows",
  little_credit: "waits for memory",
};

export function flagOf({cause}) {
  return flags[cause] ?? "busiest";
}

export const batchTime = (ms) => time(ms, format.batchTime);
export const batchLink = (id) => `#/batch/${encodeURIComponent(id)}`;
export const operatorLink = (idOrName) => `#/operator/${encodeURIComponent(idOrName)}`;

/** Names with their values: [[name, value], ...]. */
export function figures(pairs) {
  return h("dl", {class: "figures"}, pairs.map(([name, value, look]) =>
    h("div", {key: name, class: look ?? null}, h("dt", null, name), h("dd", null, value))));
}

export function section(title, ...content) {
  return h("section", {key: title, "aria-label": title}, h("h2", null, title), ...content);
}

export const quiet = (...text) => h("p", {class: "quiet"}, ...text);

/** Says a sentence to those who listen instead of look. */
export function announce(sentence) {
  document.getElementById("announcer").textContent = sentence;
}

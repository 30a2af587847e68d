// SPDX-License-Identifier: BSD-3-Clause

// The overview: how the program is and why, its totals, its last batches as lines, its inputs and its batches.

import {h} from "../view.js";
import {names, numbers, table} from "../tables.js";
import {timeLine, seriesLimit} from "../charts.js";
import * as format from "../format.js";
import {
  batchLink, batchMark, batchTime, figures, lookOf, mark, milliseconds, number, operatorLink, perSecond, records,
  section, time,
} from "../parts.js";

const rowsAtFirst = 20;

export const overviewPage = {
  title: () => "Overview",
  batches: 120,
  load: async () => ({}),
  view(data, {picture, state, redraw}) {
    state.cursor ??= {time: null};
    return [
      reason(picture),
      totals(picture.totals),
      section("Last batches", charts(picture, state.cursor, redraw)),
      section("Inputs", table(inputColumns, picture.inputs, {caption: "Inputs", key: (input) => input.id})),
      section("Active batches", batches("Active batches", picture.active, "active", state, redraw)),
      section("Completed batches", batches("Completed batches", picture.completed, "completed", state, redraw)),
    ];
  },
};

function reason({reason: {level, sentence, operator, since}, failure}) {
  const [look, sign] = lookOf(level);
  return h("section", {class: `reason ${look}`, "aria-label": "How the program is"},
    h("span", {class: "reason-sign", "aria-hidden": "true"}, sign),
    h("div", null,
      h("p", {class: "reason-sentence"}, sentence),
      h("p", {class: "reason-facts"},
        mark(level), h("span", null, "since ", time(since)),
        operator ? h("a", {href: operatorLink(operator)}, `Look at ${operator}`) : null),
      failure ? h("pre", {class: "failure"}, failure) : null));
}

function totals(all) {
  const bad = (value) => (value > 0 ? "bad" : null);
  return figures([
    ["Completed batches", number(all.completedBatches, format.count, "batches")],
    ["Active batches", number(all.activeBatches, format.count, "batches")],
    ["Received records", records(all.receivedRecords)],
    ["Processed records", records(all.processedRecords)],
    ["Failed outputs", number(all.failedOutputs, format.count, "outputs"), bad(all.failedOutputs)],
    ["Dead letters", records(all.deadLetters), bad(all.deadLetters)],
    ["Restarts", number(all.restarts, format.count, "restarts")],
  ]);
}


function charts(picture, cursor, redraw) {
  const done = picture.completed.filter((batch) => batch.totalDelayMs !== null).reverse();
  const limit = {value: picture.batchIntervalMs, name: "batch interval"};
  const ranges = rangesOf(picture.rates.map((rate) => rate.time), done.map((batch) => batch.id));
  const shared = {cursor, redraw, open: (at) => openBatch(picture, at)};
  const delay = (title, field, more) => ({
    ...shared, ...more, title, series: [title], format: format.duration, isDuration: true, range: ranges.delays,
    points: done.map((batch) => ({time: batch.id, values: [batch[field]]})),
  });
  return h("div", {class: "charts"}, [
    {...shared, ...inputRates(picture), title: "Input rate", format: format.rate, range: ranges.rates,
     showTimes: ranges.apart},
    delay("Scheduling delay", "schedulingDelayMs", {}),
    delay("Processing time", "processingTimeMs", {limit}),
    delay("Total delay", "totalDelayMs", {limit, showTimes: true}),
  ].map(timeLine));
}

/**
 * All lines share one range of times, so that what happened at one moment stands in one column. Only where the batches
 * that are done lie far behind those that arrive, the delays have a range of their own.
 */
function rangesOf(rates, done) {
  const rangeOf = (times) => (times.length ? [Math.min(...times), Math.max(...times)] : [0, 0]);
  const length = ([first, last]) => last - first;
  const all = rangeOf([...rates, ...done]);
  const apart = length(all) > 1.5 * Math.max(length(rangeOf(rates)), length(rangeOf(done)));
  return apart ? {apart, rates: rangeOf(rates), delays: rangeOf(done)} : {apart, rates: all, delays: all};
}

function openBatch(picture, at) {
  const id = [...picture.completed, ...picture.active].find((batch) => batch.id === at)?.id;
  if (id !== undefined) location.hash = batchLink(id);
}

/** A line for each input; those beyond the colours become one. */
function inputRates(picture) {
  const seconds = picture.batchIntervalMs / 1000;
  const names = picture.inputs.map((input) => input.name);
  const single = names.length <= seriesLimit ? names.length : seriesLimit - 1;
  const rest = names.length - single;
  const series = rest > 0 ? [...names.slice(0, single), `${rest} more`] : names;
  const values = (rates) => {
    const more = rates.slice(single).reduce((a, b) => a + b, 0);
    return rest > 0 ? [...rates.slice(0, single), more] : rates;
  };
  const points = picture.rates.map((rate) => ({time: rate.time, values: values(rate.records.map((n) => n / seconds))}));
  return {series, points};
}

function lastError(input) {
  if (input.lastError === null) return "";
  return h("span", null, time(input.lastErrorTime), " ", h("span", {class: "bad"}, input.lastError));
}

const inputColumns = [
  names("Input", "name", {rowHeader: true}),
  {name: "State", show: (input) => mark(input.state), copy: (input) => input.state},
  numbers("Rate", "recordsPerSecond", perSecond),
  numbers("Records", "records", records),
  {name: "Location", show: (input) => `${input.isReceiver ? "receiver on " : ""}${input.location}`},
  {name: "Last error", wide: true, show: lastError,
   copy: (input) => (input.lastError === null ? "" : `${format.fullTime(input.lastErrorTime)} ${input.lastError}`)},
];

function batches(caption, rows, name, state, redraw) {
  const all = state[name] || rows.length <= rowsAtFirst;
  const showAll = () => {
    state[name] = true;
    redraw();
  };
  return [
    table(batchColumns, all ? rows : rows.slice(0, rowsAtFirst), {
      caption, key: (batch) => batch.id, link: (batch) => batchLink(batch.id),
      empty: name === "active" ? "No batch is active." : "No batch is completed yet.",
    }),
    all ? null : h("button", {type: "button", class: "small", onclick: showAll}, `Show all ${rows.length}`),
  ];
}

const batchColumns = [
  {name: "Batch Time", rowHeader: true, show: (batch) => h("a", {href: batchLink(batch.id)}, batchTime(batch.id)),
   copy: (batch) => format.fullTime(batch.id)},
  numbers("Records", "records", records),
  numbers("Scheduling Delay", "schedulingDelayMs", milliseconds),
  numbers("Processing Time", "processingTimeMs", milliseconds),
  numbers("Total Delay", "totalDelayMs", milliseconds),
  {name: "Outputs: Succeeded/Total", numeric: true, show: (batch) => `${batch.outputsSucceeded}/${batch.outputsTotal}`},
  {name: "Status", show: batchMark, copy: (batch) => batch.status},
  {name: "Error", rest: true, copy: (batch) => batch.firstFailure,
   show: ({firstFailure}) => firstFailure && h("span", {class: "one-line", title: firstFailure}, firstFailure)},
];

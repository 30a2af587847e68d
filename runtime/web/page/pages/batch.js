// SPDX-License-Identifier: BSD-3-Clause

// One batch: its delays, what went in, what each output did, and the accumulators after it.

import {h} from "../view.js";
import {names, numbers, table} from "../tables.js";
import {partsBar} from "../charts.js";
import * as format from "../format.js";
import {batchLink, batchMark, figures, mark, milliseconds, records, section, time} from "../parts.js";

export const batchPage = {
  title: (id) => (/^\d+$/.test(id) ? `Batch ${format.batchTime(Number(id))}` : "Batch"),
  batches: 120,
  async load(get, id, before) {
    return before?.status === "completed" ? before : get(`/api/v1/batches/${encodeURIComponent(id)}`);
  },
  view(batch, {picture}) {
    return [
      neighbours(batch, picture),
      figures([
        ["Status", batchMark(batch)], ["Records", records(batch.records)],
        ["Scheduling delay", milliseconds(batch.schedulingDelayMs)],
        ["Processing time", milliseconds(batch.processingTimeMs)], ["Total delay", milliseconds(batch.totalDelayMs)],
        ["Outputs succeeded", `${batch.outputsSucceeded} of ${batch.outputsTotal}`],
        ["Submitted", time(batch.submittedTime)],
      ]),
      delays(batch, picture.batchIntervalMs),
      section("Inputs", table(inputColumns, batch.inputs, {caption: "Inputs of the batch", key: byId})),
      section("Outputs", table(outputColumns, batch.outputs, {caption: "Outputs of the batch", key: byId})),
      accumulators(batch),
    ];
  },
};

const byId = (row) => row.id;

function accumulators({accumulators: rows}) {
  return rows.length > 0 ? section("Accumulators", table(accumulatorColumns, rows, {caption: "Accumulators"})) : null;
}

/** The batches before and after, as far as the program still knows them. */
function neighbours(batch, picture) {
  const ids = [...picture.active, ...picture.completed].map((other) => other.id).sort((a, b) => a - b);
  const before = ids.filter((id) => id < batch.id).at(-1) ?? batch.id - picture.batchIntervalMs;
  const after = ids.find((id) => id > batch.id);
  return h("nav", {class: "neighbours", "aria-label": "Other batches"},
    h("a", {href: batchLink(before), rel: "prev"}, "← earlier batch"),
    after
      ? h("a", {href: batchLink(after), rel: "next"}, "later batch →")
      : h("span", {class: "quiet"}, "this is the latest"));
}

function delays(batch, interval) {
  if (batch.totalDelayMs === null) return null;
  const parts = [
    {name: "Scheduling delay", value: batch.schedulingDelayMs, look: "waits"},
    {name: "Processing time", value: batch.processingTimeMs, look: "works"},
  ].map((part) => ({...part, text: `${part.name} ${format.duration(part.value)}`}));
  const showsLimit = interval <= batch.totalDelayMs * 20;
  const limit = showsLimit ? {value: interval, name: `batch interval ${format.duration(interval)}`} : null;
  const whole = Math.max(batch.totalDelayMs, showsLimit ? interval : 0, 0.001);
  return h("div", {class: "delays"},
    partsBar(parts, whole, limit),
    h("ul", {class: "legend"},
      parts.map((part) => h("li", null, h("span", {class: `swatch ${part.look}`}), part.text)),
      limit ? h("li", null, h("span", {class: "swatch interval"}), limit.name) : null));
}

const inputColumns = [
  names("Input", "name", {rowHeader: true}),
  numbers("Records", "records", records),
  {name: "Description", wide: true, show: (input) => h("span", {class: "lines"}, input.description),
   copy: (input) => input.description},
];

const outputColumns = [
  names("Output", "name", {rowHeader: true}),
  {name: "Description", wide: true, show: (output) => output.description},
  {name: "Start", show: (output) => time(output.startTime), copy: (output) => format.fullTime(output.startTime)},
  numbers("Duration", "durationMs", milliseconds),
  {name: "Status", show: (output) => mark(output.status), copy: (output) => output.status},
  {name: "Error", wide: true, show: (output) => output.failure && h("pre", {class: "failure"}, output.failure),
   copy: (output) => output.failure},
];

const accumulatorColumns = [
  {name: "Accumulator", rowHeader: true, show: (accumulator) => accumulator.name},
  numbers("Value", "value"),
];

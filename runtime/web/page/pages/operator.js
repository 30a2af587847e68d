// SPDX-License-Identifier: BSD-3-Clause

// One operator: its numbers, its partitions side by side, and its last minutes.

import {h} from "../view.js";
import {names, numbers, table} from "../tables.js";
import {shareBar, timeLine} from "../charts.js";
import {Refusal} from "../poll.js";
import * as format from "../format.js";
import {figures, flagOf, mark, operatorLink, perSecond, quiet, records, section, share, size} from "../parts.js";

export const operatorPage = {
  title: (argument, operator) => operator?.name ?? (isId(argument) ? "Operator" : argument),
  batches: 1,
  async load(get, argument, before) {
    const names = before?.names ?? namesOf(await get("/api/v1/graph")); // they stay as long as the program
    const operator = await get(`/api/v1/operators/${idOf(argument, names)}`);
    return {...operator, names, tail: await nextRecords(get, operator.name)};
  },
  view(operator, {picture, state, redraw}) {
    state.cursor ??= {time: null};
    return [
      operator.name === picture.reason.operator
        ? h("p", null, mark(picture.reason.level, flagOf(picture.reason)), ` ${picture.reason.sentence}`)
        : null,
      facts(operator),
      totals(operator),
      section("Partitions", skew(operator), table(partitionColumns(operator), operator.partitions, {
        caption: "Partitions", key: (partition) => partition.partition,
      })),
      section("Last minutes", history(operator, state.cursor, redraw)),
      section("Records", tailSwitch(operator), tailView(operator)),
    ];
  },
};

const most = 100; // records that are shown

/** Records as they pass are asked for only while somebody looks at them. */
const watched = {name: null, last: 0, lines: []};

async function nextRecords(get, name) {
  if (watched.name !== name) return null;
  const answer = await get(`/api/v1/tail/${encodeURIComponent(name)}?after=${watched.last}`);
  watched.last = answer.last;
  watched.lines = [...watched.lines, ...answer.records].slice(-most);
  return watched.lines;
}

function tailSwitch(operator) {
  const isOn = watched.name === operator.name;
  const toggle = () => {
    Object.assign(watched, {name: isOn ? null : operator.name, last: 0, lines: []});
    dispatchEvent(new Event("poll"));
  };
  return h("p", {class: "filter"},
    h("button", {type: "button", class: "small", "aria-pressed": String(isOn), onclick: toggle},
      "Show records as they pass"));
}

function tailView(operator) {
  if (watched.name !== operator.name || !operator.tail) return null;
  if (operator.tail.length === 0) return quiet("No record has passed yet.");
  return h("pre", {class: "words", tabindex: "0"}, operator.tail.map((record) => record.text).join("\n"));
}

const isId = (argument) => /^\d+$/.test(argument);
const namesOf = (graph) => new Map(graph.operators.map((operator) => [operator.id, operator.name]));

/** Links name an operator by its number, or by its name, as the reason does. */
function idOf(argument, names) {
  if (isId(argument)) return argument;
  const found = [...names].find(([, name]) => name === argument);
  if (!found) throw new Refusal(404, `There is no operator ${argument}.`);
  return found[0];
}

function facts(operator) {
  const {isInput, isOutput, keepsState} = operator;
  const roles = [isInput && "an input", isOutput && "an output", keepsState && "keeps state"];
  const role = roles.filter(Boolean).join(", ");
  const parents = operator.parents.flatMap((id) => [", ", operatorOf(id, operator.names)]);
  return h("p", {class: "quiet"},
    `Stage ${operator.stage}`, role ? `, ${role}` : "",
    `. Record: ${operator.record ?? format.unknown}`,
    operator.stateSchema ? `. State: ${operator.stateSchema}` : "", ".",
    parents.length ? [" It is fed by ", parents.slice(1), "."] : null);
}

const operatorOf = (id, names) => h("a", {href: operatorLink(id)}, names.get(id) ?? `operator ${id}`);

function totals(operator) {
  const state = [["State keys", records(operator.stateKeys)], ["State size", size(operator.stateBytes)]];
  return figures([
    ["Records in", records(operator.recordsIn)], ["Rate", perSecond(operator.recordsInPerSecond)],
    ["Busy, of one core", share(operator.busyShare)],
    ["Dead letters", records(operator.deadLetters), operator.deadLetters > 0 ? "bad" : null],
    ...(operator.keepsState ? state : []),
  ]);
}

const allRecords = (operator) => operator.partitions.reduce((sum, partition) => sum + partition.recordsIn, 0);

/** A sentence, if one partition has far more than its even share. */
function skew(operator) {
  const all = allRecords(operator);
  const even = 1 / operator.partitions.length;
  const largest = operator.partitions.reduce((a, b) => (b.recordsIn > a.recordsIn ? b : a), {recordsIn: 0});
  if (all === 0 || largest.recordsIn / all <= 2 * even) return null;
  const part = format.share(largest.recordsIn / all);
  return h("p", null, mark("warning", "skew"),
    ` Partition ${largest.partition} has ${part} of all records. An even share is ${format.share(even)}.`);
}

function partitionColumns(operator) {
  const all = allRecords(operator);
  const part = (partition) => (all > 0 ? partition.recordsIn / all : 0);
  const columns = [
    {name: "Partition", numeric: true, rowHeader: true, show: (partition) => partition.partition},
    {name: "Share of all records", wide: true, copy: part,
     show: (partition) => h("span", {class: "share-cell"}, shareBar(part(partition), 1 / operator.partitions.length),
       h("span", null, format.share(part(partition))))},
    numbers("Records in", "recordsIn", records),
    numbers("Rate", "recordsInPerSecond", perSecond),
    numbers("Busy", "busyShare", share),
    {...numbers("Waits for the log", "waitsForGateShare", share), gate: true},
    {...numbers("State keys", "stateKeys", records), state: true},
    {...numbers("State size", "stateBytes", size), state: true},
    names("Node", "node"),
  ];
  const waits = operator.partitions.some((partition) => partition.waitsForGateShare > 0);
  return columns.filter((column) => (operator.keepsState || !column.state) && (waits || !column.gate));
}

function history(operator, cursor, redraw) {
  const times = operator.history.map((point) => point.time);
  const shared = {cursor, redraw, open: null, limit: null, range: [times[0] ?? 0, times.at(-1) ?? 0]};
  const points = (field) => operator.history.map((point) => ({time: point.time, values: [point[field]]}));
  return h("div", {class: "charts"}, [
    {...shared, title: "Rate", series: ["Rate"], format: format.rate, points: points("recordsInPerSecond")},
    {...shared, title: "Busy", series: ["Busy"], format: format.share, points: points("busyShare"), showTimes: true},
  ].map(timeLine));
}

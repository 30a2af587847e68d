// SPDX-License-Identifier: BSD-3-Clause

// The running topology: a drawing, and the same as tables.

import {h} from "../view.js";
import {numbers, table} from "../tables.js";
import {layOut, nodeHeight, nodeWidth, stageHead} from "../layout.js";
import * as format from "../format.js";
import {flagOf, lookOf, operatorLink, perSecond, quiet, records, section, share, size} from "../parts.js";

const margin = 16;
const longestName = 28;
const shuffles = ["hash", "rebalance"];

export const graphPage = {
  title: () => "Graph",
  batches: 1,
  load: (get) => get("/api/v1/graph"),
  view(graph, {picture}) {
    if (graph.operators.length === 0) return quiet("The program has no operators.");
    const flag = {name: picture.reason.operator, text: flagOf(picture.reason), look: lookOf(picture.reason.level)[0]};
    return [
      key(),
      drawing(graph, flag),
      section("Operators", table(operatorColumns(flag), graph.operators, {
        caption: "Operators", key: (operator) => operator.id, link: (operator) => operatorLink(operator.id),
      })),
      section("Connections", table(edgeColumns(graph), graph.edges, {
        caption: "Connections", key: (edge) => `${edge.from} ${edge.to}`, empty: "No operator feeds another.",
      })),
    ];
  },
};

/** How busy, in five steps of colour. More than one core is possible, as partitions work side by side. */
const busyStep = (busy) => [0.05, 0.2, 0.5, 0.8].filter((border) => busy >= border).length;

function key() {
  const steps = ["below 5 %", "5 %", "20 %", "50 %", "80 % and more"];
  return h("ul", {class: "legend", "aria-label": "Key of the drawing"},
    h("li", null, "Busy, of one core:"),
    steps.map((name, step) => h("li", null, h("span", {class: `swatch busy-${step}`}), name)),
    h("li", null, h("span", {class: "swatch shuffle"}), "a shuffle"));
}

function drawing(graph, flag) {
  const plan = layOut(graph);
  const flagFor = (operator) => (operator.name === flag.name ? flag : null);
  const stages = new Map(graph.stages.map((stage) => [stage.id, stage]));
  const width = plan.width + 2 * margin;
  const height = plan.height + 2 * margin;
  return h("div", {class: "scroll drawing", tabindex: "0", role: "region", "aria-label": "Drawing of the topology"},
    h("svg", {width, height, viewBox: `${-margin} ${-margin} ${width} ${height}`, role: "group",
              "aria-label": "The topology. The tables below say the same."},
      h("defs", null, arrow()),
      plan.stages.map((place) => stageBox(place, stages.get(place.id))),
      plan.lines.map(line),
      graph.operators.map((operator) => node(operator, plan.nodes.get(operator.id), flagFor(operator))),
      plan.lines.map(label)));
}

function arrow() {
  const box = {id: "arrow", viewBox: "0 0 8 8", refX: 1, refY: 4, markerWidth: 8, markerHeight: 8,
               markerUnits: "userSpaceOnUse", orient: "auto"};
  return h("marker", box, h("path", {class: "arrow", d: "M0 0L8 4L0 8Z"}));
}

function stageBox(place, stage) {
  const {x, y, width, height} = place;
  const where = stage?.onDriver ? "on the driver" : partitions(stage?.partitions ?? 1);
  return h("g", {key: `stage ${place.id}`, class: "stage"},
    h("rect", {x, y, width, height, rx: 6}),
    h("text", {x: x + 12, y: y + stageHead - 9}, `Stage ${place.id}, ${where}`));
}

const partitions = (amount) => (amount === 1 ? "1 partition" : `${amount} partitions`);
const isShuffle = (edge) => shuffles.includes(edge.kind);

function line({edge, path}) {
  const look = isShuffle(edge) ? "edge shuffle" : "edge";
  return h("path", {key: `line ${edge.from} ${edge.to}`, class: look, d: path, "marker-end": "url(#arrow)"});
}

function label({edge, label: {x, y}}) {
  const text = (isShuffle(edge) ? `${edge.kind} ` : "") + format.rate(edge.recordsPerSecond);
  const width = text.length * 6.3 + 8; // about
  return h("g", {key: `label ${edge.from} ${edge.to}`, class: "edge-word"},
    h("rect", {x: x - width / 2, y: y - 7, width, height: 14, rx: 3}),
    h("text", {x, y: y + 4, "text-anchor": "middle"}, text));
}

function node(operator, {x, y}, flag) {
  const busy = `${format.share(operator.busyShare)} busy`;
  const rate = format.rate(operator.recordsInPerSecond);
  const spoken = [operator.name, busy, rate, flag?.text].filter(Boolean).join(", ");
  const look = `node busy-${busyStep(operator.busyShare)}${flag ? ` flagged ${flag.look}` : ""}`;
  return h("a", {key: `node ${operator.id}`, class: look, href: operatorLink(operator.id), "aria-label": spoken},
    h("title", null, spoken),
    h("rect", {x, y, width: nodeWidth, height: nodeHeight, rx: 4}),
    h("text", {class: "node-name", x: x + 10, y: y + 18}, shortened(operator.name)),
    h("text", {class: "node-facts", x: x + 10, y: y + 35}, nodeFacts(operator, busy, rate)),
    flag ? flagBox(x, y, flag.text) : null);
}

function nodeFacts(operator, busy, rate) {
  const keys = operator.keepsState ? `, ${format.count(operator.stateKeys)} keys` : "";
  return `${busy}, ${rate}${keys}`;
}

function flagBox(x, y, text) {
  return h("g", {class: "flag"},
    h("rect", {x: x + nodeWidth - 82, y: y - 9, width: 76, height: 16, rx: 3}),
    h("text", {x: x + nodeWidth - 44, y: y + 3, "text-anchor": "middle"}, text));
}

const shortened = (name) => (name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name);

function operatorColumns(flag) {
  return [
    {name: "Operator", rowHeader: true, copy: (operator) => operator.name,
     show: (operator) => h("a", {href: operatorLink(operator.id)}, h("code", null, operator.name))},
    numbers("Stage", "stage"),
    numbers("Records in", "recordsIn", records),
    numbers("Rate", "recordsInPerSecond", perSecond),
    numbers("Busy", "busyShare", share),
    numbers("State keys", "stateKeys", records),
    numbers("State size", "stateBytes", size),
    numbers("Dead letters", "deadLetters", records),
    {name: "Role", show: (operator) => roles(operator, flag)},
  ];
}

function roles(operator, flag) {
  const all = [operator.isInput && "input", operator.isOutput && "output", operator.keepsState && "keeps state",
               operator.name === flag.name && flag.text];
  return all.filter(Boolean).join(", ");
}

function edgeColumns(graph) {
  const names = new Map(graph.operators.map((operator) => [operator.id, operator.name]));
  const nameOf = (id) => names.get(id) ?? String(id);
  return [
    {name: "From", rowHeader: true, show: (edge) => h("code", null, nameOf(edge.from)),
     copy: (edge) => nameOf(edge.from)},
    {name: "To", show: (edge) => h("code", null, nameOf(edge.to)), copy: (edge) => nameOf(edge.to)},
    {name: "Kind", show: (edge) => edge.kind},
    numbers("Rate", "recordsPerSecond", perSecond),
  ];
}

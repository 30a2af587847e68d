// SPDX-License-Identifier: BSD-3-Clause

// Where the boxes and lines of a topology go: stages in columns from left to right, their operators from top to
// bottom. Lines over several columns keep a lane free in each column that they cross.

export const nodeWidth = 226;
export const nodeHeight = 44;
export const stageHead = 26;

const pad = 12;
const nodeGap = {x: 18, y: 34};
const stageGap = {x: 124, y: 26};
const laneHeight = 18;
const labelHeight = 16;
const sweeps = 6;

const mean = (values, otherwise) => (values.length ? values.reduce((a, b) => a + b, 0) / values.length : otherwise);

/** The longest way from a start to each id; links that would close a circle are left out. */
export function layersOf(ids, links) {
  const parents = new Map(ids.map((id) => [id, []]));
  for (const [from, to] of links) {
    if (from !== to && parents.has(from)) parents.get(to)?.push(from);
  }
  const layers = new Map();
  const onTheWay = new Set();
  function layerOf(id) {
    if (layers.has(id)) return layers.get(id);
    if (onTheWay.has(id)) return -1;
    onTheWay.add(id);
    const layer = Math.max(-1, ...parents.get(id).map(layerOf)) + 1;
    onTheWay.delete(id);
    layers.set(id, layer);
    return layer;
  }
  ids.forEach(layerOf);
  return layers;
}

/** Starts move right, next to what they feed. */
function pullStarts(layers, links) {
  const fed = new Set(links.filter(([from, to]) => from !== to).map(([, to]) => to));
  for (const id of layers.keys()) {
    const targets = links.filter(([from, to]) => from === id && to !== id).map(([, to]) => layers.get(to));
    if (!fed.has(id) && targets.length > 0) layers.set(id, Math.max(0, Math.min(...targets) - 1));
  }
}

function inRows(ids, layers) {
  const rows = [];
  for (const id of ids) (rows[layers.get(id)] ??= []).push(id);
  return Array.from(rows, (row) => row ?? []);
}

/** Places the operators of one stage relative to its corner. */
function placeOperators(ids, fused) {
  const rows = inRows(ids, layersOf(ids, fused));
  const widest = Math.max(...rows.map((row) => row.length), 1);
  const widthOf = (amount) => amount * nodeWidth + (amount - 1) * nodeGap.x;
  const places = new Map();
  rows.forEach((row, at) => {
    const parentsOf = (id) => fused.filter(([from, to]) => to === id && places.has(from)).map(([from]) => from);
    const parentsX = (id) => mean(parentsOf(id).map((parent) => places.get(parent).x), 0);
    const start = pad + (widthOf(widest) - widthOf(row.length)) / 2;
    [...row].sort((a, b) => parentsX(a) - parentsX(b)).forEach((id, index) => places.set(id, {
      x: start + index * (nodeWidth + nodeGap.x), y: stageHead + at * (nodeHeight + nodeGap.y), row: at,
    }));
  });
  const height = stageHead + rows.length * nodeHeight + (rows.length - 1) * nodeGap.y + pad;
  return {places, width: widthOf(widest) + 2 * pad, height};
}

/** Columns of items: the stages, and a lane for each line that crosses a column. */
function fillColumns(boxes, wires) {
  const links = wires.map((wire) => [wire.fromStage, wire.toStage]);
  const layers = layersOf([...boxes.keys()], links);
  pullStarts(layers, links);
  const columns = [];
  const put = (column, item) => {
    (columns[column] ??= []).push(item);
    return item;
  };
  const items = new Map();
  for (const [id, box] of boxes) items.set(id, put(layers.get(id), {box, height: box.height, before: [], after: []}));
  for (const wire of wires) addLanes(wire, items, layers, put);
  return Array.from(columns, (column) => column ?? []);
}

function addLanes(wire, items, layers, put) {
  if (layers.get(wire.fromStage) >= layers.get(wire.toStage)) return; // it goes back; nothing is placed by it
  let last = items.get(wire.fromStage);
  for (let column = layers.get(wire.fromStage) + 1; column < layers.get(wire.toStage); column += 1) {
    const lane = put(column, {height: laneHeight, before: [last], after: []});
    wire.lanes.push(lane);
    last.after.push(lane);
    last = lane;
  }
  const end = items.get(wire.toStage);
  last.after.push(end);
  end.before.push(last);
}

/** Sorts each column by where its neighbours are, to and fro, so that fewer lines cross. */
function untangle(columns) {
  const number = (column) => column.forEach((item, index) => (item.index = index));
  columns.forEach(number);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const side = sweep % 2 === 0 ? "before" : "after";
    const order = sweep % 2 === 0 ? columns : [...columns].reverse();
    for (const column of order) {
      for (const item of column) item.wish = mean(item[side].map((other) => other.index), item.index);
      column.sort((a, b) => a.wish - b.wish);
      number(column);
    }
  }
}

/** Gives items their places: each as near to the height of what feeds it as those above it allow. */
function placeItems(columns) {
  let x = 0;
  for (const column of columns) {
    const width = Math.max(0, ...column.map((item) => item.box?.width ?? 0));
    let free = 0;
    for (const item of column) {
      const wish = mean(item.before.map((other) => other.y + other.height / 2), 0) - item.height / 2;
      item.y = Math.max(free, item.before.length ? wish : 0);
      item.x = x + (width - (item.box?.width ?? width)) / 2;
      item.width = item.box?.width ?? width;
      free = item.y + item.height + stageGap.y;
    }
    x += width + stageGap.x;
  }
}

const curve = (from, to) => {
  const bend = Math.max(30, Math.abs(to.x - from.x) / 2);
  return `C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
};

/** About where a curve is at x. */
function heightAt(x, from, to) {
  const part = Math.min(1, Math.max(0, (x - from.x) / (to.x - from.x || 1)));
  return from.y + (to.y - from.y) * part * part * (3 - 2 * part);
}

/** A line between stages: out of the right side, through its lanes, into the left side. */
function drawBetween(wire, from, to) {
  const start = {x: from.x + nodeWidth, y: from.y + nodeHeight / 2};
  const end = {x: to.x - 6, y: to.y + nodeHeight / 2};
  let at = start;
  let path = `M${at.x} ${at.y}`;
  for (const lane of wire.lanes) {
    const y = lane.y + lane.height / 2;
    path += `${curve(at, {x: lane.x, y})}H${lane.x + lane.width}`;
    at = {x: lane.x + lane.width, y};
  }
  const x = to.stageX - stageGap.x / 2;
  return {edge: wire.edge, path: path + curve(at, end), label: {x, y: heightAt(x, at, end)}};
}

/** A line within a stage goes down; over other operators it takes the outside. */
function drawWithin(wire, from, to) {
  if (to.row === from.row + 1) {
    const start = {x: from.x + nodeWidth / 2, y: from.y + nodeHeight};
    const end = {x: to.x + nodeWidth / 2, y: to.y - 6};
    const middle = (start.y + end.y) / 2;
    const path = `M${start.x} ${start.y}C${start.x} ${middle} ${end.x} ${middle} ${end.x} ${end.y}`;
    return {edge: wire.edge, path, label: {x: (start.x + end.x) / 2, y: middle - 2}};
  }
  const side = {x: Math.max(from.x, to.x) + nodeWidth, from: from.y + nodeHeight / 2, to: to.y + nodeHeight / 2};
  const bend = side.x + 36;
  const start = `M${from.x + nodeWidth} ${side.from}`;
  const path = `${start}C${bend} ${side.from} ${bend} ${side.to} ${to.x + nodeWidth + 6} ${side.to}`;
  return {edge: wire.edge, path, label: {x: side.x + 27, y: (side.from + side.to) / 2}};
}

/** Moves words down that would cover each other. */
function spreadLabels(lines) {
  const labels = lines.map((line) => line.label).sort((a, b) => a.y - b.y);
  labels.forEach((label, at) => {
    const near = labels.slice(0, at).filter((other) => Math.abs(other.x - label.x) < stageGap.x * 0.8);
    for (const other of near) {
      if (label.y < other.y + labelHeight) label.y = other.y + labelHeight;
    }
  });
}

/** -> {width, height, stages: [{id, x, y, width, height}], nodes: id -> {x, y}, lines: [{edge, path, label}]} */
export function layOut(graph) {
  const stageOf = new Map(graph.operators.map((operator) => [operator.id, operator.stage]));
  const known = graph.edges.filter((edge) => stageOf.has(edge.from) && stageOf.has(edge.to));
  const wires = known.map((edge) => (
    {edge, fromStage: stageOf.get(edge.from), toStage: stageOf.get(edge.to), lanes: []}));
  const within = wires.filter((wire) => wire.fromStage === wire.toStage);
  const between = wires.filter((wire) => wire.fromStage !== wire.toStage);
  const fused = within.map((wire) => [wire.edge.from, wire.edge.to]);
  const boxes = new Map();
  for (const id of new Set(stageOf.values())) {
    const ids = graph.operators.filter((operator) => operator.stage === id).map((operator) => operator.id);
    boxes.set(id, {id, ...placeOperators(ids, fused)});
  }
  const columns = fillColumns(boxes, between);
  untangle(columns);
  placeItems(columns);
  return finish(columns, within, between);
}

function finish(columns, within, between) {
  const items = columns.flat();
  const stages = items.filter((item) => item.box).map((item) => ({...item.box, x: item.x, y: item.y}));
  const nodes = new Map();
  for (const stage of stages) {
    for (const [id, {row, x, y}] of stage.places) nodes.set(id, {row, x: stage.x + x, y: stage.y + y, stageX: stage.x});
  }
  const place = (wire) => [wire, nodes.get(wire.edge.from), nodes.get(wire.edge.to)];
  const outside = between.map((wire) => drawBetween(...place(wire)));
  spreadLabels(outside);
  return {
    stages, nodes, lines: [...within.map((wire) => drawWithin(...place(wire))), ...outside],
    width: Math.max(0, ...stages.map((stage) => stage.x + stage.width)),
    height: Math.max(0, ...items.map((item) => item.y + item.height)),
  };
}

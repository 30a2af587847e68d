// SPDX-License-Identifier: BSD-3-Clause

// The processes that the program runs on.

import {h} from "../view.js";
import {names, numbers, table} from "../tables.js";
import {milliseconds, mark, share, size} from "../parts.js";

export const nodesPage = {
  title: () => "Nodes",
  batches: 1,
  load: (get) => get("/api/v1/nodes"),
  view: (nodes) => table(columns, nodes, {caption: "Nodes", key: (node) => node.name}),
};

const life = (node) => (node.alive ? "alive" : "dead");

const columns = [
  names("Node", "name", {rowHeader: true}),
  {name: "State", show: (node) => mark(life(node)), copy: life},
  numbers("Cores", "cores"),
  numbers("Threads", "threads"),
  numbers("CPU", "cpuShare", share),
  numbers("Resident memory", "residentBytes", size),
  numbers("Records in memory", "recordBytes", size),
  numbers("Partitions", "partitions"),
  numbers("Uptime", "uptimeMs", milliseconds),
];

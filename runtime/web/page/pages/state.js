// SPDX-License-Identifier: BSD-3-Clause

// The committed state of the operators: how much each keeps, the value of a key, and all keys page by page.

import {h} from "../view.js";
import {names, numbers, table} from "../tables.js";
import {Refusal} from "../poll.js";
import {quiet, records, section, size, time} from "../parts.js";

const rowsAtOnce = 50;

export const statePage = {
  title: (name) => (name ? `State of ${name}` : "State"),
  batches: 1,
  load: (get, name) => (name ? loadOperator(get, name) : loadList(get)),
  view: (answer, context) => {
    if (answer.waits) return quiet(answer.waits);
    return context.argument ? operatorView(answer, context) : listView(answer);
  },
};

/** The program reads its state when somebody first asks for it, and may have none. */
async function loadList(get) {
  const states = await get("/api/v1/state");
  return states.status === "ready" ? states : {waits: sentence(states.why)};
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

const stateLink = (name) => `#/state/${encodeURIComponent(name)}`;

function listView(states) {
  return [
    asOf(states.batch),
    table(columns, states.operators, {
      caption: "States", key: (operator) => operator.name, empty: "No operator keeps a state.",
      link: (operator) => (operator.hasKeys ? stateLink(operator.name) : null),
    }),
  ];
}

const asOf = (batch) => h("p", {class: "quiet"}, "As of the batch of ", time(batch), ", the last one that is committed.");

const columns = [
  {name: "Operator", rowHeader: true, copy: (operator) => operator.name,
   show: (operator) => h("code", null, operator.hasKeys
     ? h("a", {href: stateLink(operator.name)}, operator.name) : operator.name)},
  numbers("Keys", "keys", records),
  numbers("Memory of the view", "bytes", size),
  numbers("Partitions", "partitions"),
  names("Key and value", "schema"),
];

/** What is asked for of an operator: its buttons set it. A further page is one of the same batch. */
const wanted = {name: null, key: null, from: null, batch: null};

async function loadOperator(get, name) {
  if (wanted.name !== name) Object.assign(wanted, {name, key: null, from: null, batch: null});
  const states = await loadList(get);
  if (states.waits) return states;
  if (wanted.batch !== null && wanted.batch < states.oldestBatch) Object.assign(wanted, {from: null, batch: null});
  const path = `/api/v1/state/${encodeURIComponent(name)}`;
  try {
    const page = await get(`${path}?limit=${rowsAtOnce}${query("from", wanted.from)}${query("batch", wanted.batch)}`);
    return {page, found: wanted.key === null ? null : await get(`${path}?${query("key", wanted.key)}`).catch(asProblem)};
  } catch (error) {
    if (error instanceof Refusal && error.status === 410) { // the batch is too old
      Object.assign(wanted, {from: null, batch: null});
      return {waits: "That page is not kept any more; the first one is shown soon."};
    }
    throw error;
  }
}

/** A key that makes no sense is said beside it. */
function asProblem(error) {
  if (error instanceof Refusal && error.status === 400) return {problem: error.message};
  throw error;
}

const query = (name, value) => (value === null ? "" : `&${name}=${encodeURIComponent(value)}`);

function operatorView({page, found}) {
  return [
    asOf(page.batch),
    section("Look up a key", lookUp(), found ? answerOf(found) : null),
    section("Keys", table(rowColumns, page.rows, {caption: "Keys", empty: "There are no keys here."}), turn(page)),
  ];
}

/** Asks again at once. */
const poll = () => dispatchEvent(new Event("poll"));

function lookUp() {
  const onsubmit = (event) => {
    event.preventDefault();
    wanted.key = event.target.elements.key.value;
    poll();
  };
  return h("form", {class: "filter", onsubmit},
    h("label", {for: "key"}, "Key "),
    h("input", {id: "key", name: "key", autocomplete: "off", placeholder: "text as it is, else JSON"}),
    h("button", {type: "submit", class: "small"}, "Look up"));
}

function answerOf(found) {
  if (found.problem) return h("p", {role: "status"}, found.problem);
  return h("p", {role: "status"}, h("code", null, shown(found.key)), found.found ? ": " : " has no state.",
    found.found ? h("code", null, shown(found.value)) : null);
}

function turn(page) {
  const go = (from) => () => {
    Object.assign(wanted, {from, batch: from === null ? null : page.batch});
    poll();
  };
  return h("p", {class: "filter"},
    h("button", {type: "button", class: "small", disabled: wanted.from === null, onclick: go(null)}, "First keys"),
    h("button", {type: "button", class: "small", disabled: page.next === null, onclick: go(page.next)}, "More keys"));
}

const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));

const rowColumns = [
  {name: "Key", rowHeader: true, show: (row) => h("code", null, shown(row.key)), copy: (row) => shown(row.key)},
  {name: "Value", wide: true, show: (row) => h("code", null, shown(row.value)), copy: (row) => shown(row.value)},
];

// SPDX-License-Identifier: BSD-3-Clause

// Tables with a button that copies them, separated by tabs, with the full values.

import {h} from "./view.js";
import {announce} from "./parts.js";

/**
 * columns: [{name, show(row) -> what is drawn, copy(row) -> the full value, numeric, rowHeader, wide, rest}]
 * wide: may be broken into lines; rest: takes what is left, in one line
 * rows: any; options: {caption, key(row), link(row), rowClass(row), look, empty}
 */
export function table(columns, rows, options) {
  if (rows.length === 0) return h("p", {class: "quiet"}, options.empty ?? "There are none.");
  return h("div", {class: "table"},
    h("div", {class: "tools"}, copyButton(columns, rows, options.caption)),
    h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": `Table: ${options.caption}`},
      h("table", {class: options.look ?? null},
        h("caption", {class: "unseen"}, options.caption),
        h("thead", null, h("tr", null, columns.map(headerCell))),
        h("tbody", null, rows.map((row) => bodyRow(columns, row, options))))));
}

/** A column of numbers that lie in a field of the rows. */
export function numbers(name, field, show = (value) => value) {
  return {name, numeric: true, show: (row) => show(row[field]), copy: (row) => row[field]};
}

/** A column of names that lie in a field of the rows. */
export function names(name, field, more) {
  return {name, show: (row) => h("code", null, row[field]), copy: (row) => row[field], ...more};
}

function headerCell(column) {
  return h("th", {scope: "col", class: column.numeric ? "numeric" : null}, column.name);
}

function bodyRow(columns, row, options) {
  const link = options.link?.(row);
  const classes = [link ? "linked" : null, options.rowClass?.(row)].filter(Boolean).join(" ");
  const onclick = link ? (event) => follow(event, link) : null;
  const props = {key: options.key?.(row), class: classes || null, onclick};
  return h("tr", props, columns.map((column) => bodyCell(column, row)));
}

function bodyCell(column, row) {
  const classes = ["numeric", "wide", "rest"].filter((look) => column[look]).join(" ");
  const props = {class: classes || null};
  return column.rowHeader
    ? h("th", {...props, scope: "row"}, column.show(row))
    : h("td", props, column.show(row));
}

/** A click anywhere in a row goes where its link goes, unless it ends a selection or hits something of its own. */
function follow(event, link) {
  const own = event.target.closest("a, button, summary");
  if (!own && getSelection().isCollapsed) location.hash = link;
}

function copyButton(columns, rows, caption) {
  const copy = async (event) => {
    const button = event.currentTarget;
    const done = await copyText(asText(columns, rows));
    announce(done ? `${rows.length} rows are copied.` : "The browser does not allow to copy.");
    button.dataset.said = done ? "✓" : "✕"; // style.css shows it
    setTimeout(() => delete button.dataset.said, 1500);
  };
  const label = `Copy the table: ${caption}`;
  return h("button", {type: "button", class: "small", onclick: copy, "aria-label": label}, "Copy");
}

export function asText(columns, rows) {
  const lines = rows.map((row) => columns.map((column) => cellText((column.copy ?? column.show)(row))).join("\t"));
  return [columns.map((column) => column.name).join("\t"), ...lines].join("\n") + "\n";
}

const cellText = (value) => String(value ?? "").replace(/[\t\r\n]+/g, " ");

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // without https, browsers have no clipboard
  }
}

function copyBySelection(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}

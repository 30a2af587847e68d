// SPDX-License-Identifier: BSD-3-Clause

// The head of every page: which program, how it is, where to go, and how to stop it.

import {h, render} from "./view.js";
import {announce, mark, milliseconds} from "./parts.js";
import {fullTime} from "./format.js";
import {post} from "./poll.js";

const places = [
  ["#/", "Overview"], ["#/graph", "Graph"], ["#/state", "State"], ["#/nodes", "Nodes"], ["#/events", "Events"],
  ["#/config", "Configuration"],
];

export function drawHeader(picture, route, reload) {
  render(document.getElementById("header"),
    h("div", {class: "bar-top"},
      h("p", {class: "program"}, h("a", {href: "#/", title: picture.id}, picture.program)),
      mark(picture.state),
      facts(picture),
      stopButton(picture, reload)),
    h("nav", {"aria-label": "Pages"},
      places.map(([link, name]) => place(link, name, route)), reasonLink(picture, route)));
}

function facts(picture) {
  const started = `since ${fullTime(picture.startTime)}`;
  return h("p", {class: "facts"},
    h("span", {title: started}, "up ", milliseconds(picture.now - picture.startTime)),
    h("span", null, "batch interval ", milliseconds(picture.batchIntervalMs)),
    picture.epoch > 1 ? h("span", null, `epoch ${picture.epoch}, ${restarts(picture.restartsLeft)}`) : null,
    h("span", null, `version ${picture.version}`));
}

const restarts = (left) => (left === 1 ? "1 restart left" : `${left} restarts left`);

function place(link, name, route) {
  return h("a", {key: link, href: link, "aria-current": route === link ? "page" : null}, name);
}

/** Other pages say in short how the program is; the overview says it in large type. */
function reasonLink(picture, route) {
  if (route === "#/") return null;
  return h("a", {key: "reason", class: "reason-short", href: "#/", title: picture.reason.sentence},
    mark(picture.reason.level), " ", h("span", null, picture.reason.sentence));
}

function stopButton(picture, reload) {
  const stoppable = picture.state === "running" || picture.state === "restarting";
  const ask = () => openDialog(picture.program, reload);
  return h("button", {type: "button", class: "stop", disabled: !stoppable, onclick: ask}, "Stop…");
}

function openDialog(program, reload) {
  const dialog = document.getElementById("dialog");
  render(dialog,
    h("h2", {id: "dialog-title"}, `Stop ${program}?`),
    h("p", null, "It takes no more records, finishes the batches that it has, and ends. This page then ends with it."),
    h("p", {class: "failure-line", role: "alert"}),
    h("div", {class: "choices"},
      h("button", {type: "button", autofocus: true, onclick: () => dialog.close()}, "Let it run"),
      h("button", {type: "button", class: "danger", onclick: () => stop(dialog, reload)}, "Stop the program")));
  dialog.showModal();
}

async function stop(dialog, reload) {
  try {
    await post("/api/v1/stop", {graceful: true});
    dialog.close();
    announce("The program stops.");
    reload();
  } catch (error) {
    dialog.querySelector(".failure-line").textContent = `The program did not take it: ${error.message}`;
  }
}

// SPDX-License-Identifier: BSD-3-Clause

// What has happened, newest first. Only what is new is asked for.

import {h} from "../view.js";
import {table} from "../tables.js";
import {fullTime} from "../format.js";
import {mark, time} from "../parts.js";

const most = 1000; // as many as the program keeps
const levels = ["info", "warning", "error"];

export const eventsPage = {
  title: () => "Events",
  batches: 1,
  async load(get, argument, before) {
    const after = before?.last ?? 0;
    const answer = await get(`/api/v1/events?after=${after}`);
    if (answer.last < after) return get("/api/v1/events?after=0"); // another program counts from the start
    return {events: [...(before?.events ?? []), ...answer.events].slice(-most), last: answer.last};
  },
  view({events}, {state, redraw}) {
    state.hidden ??= new Set();
    const rows = events.filter((event) => !state.hidden.has(event.level)).reverse();
    return [
      filter(events, state, redraw),
      table(columns, rows, {caption: "Events", look: "log", key: (event) => event.seq, empty: "No event is shown."}),
    ];
  },
};

function filter(events, state, redraw) {
  return h("div", {class: "filter", role: "group", "aria-label": "Levels that are shown"}, levels.map((level) => {
    const toggle = () => {
      if (!state.hidden.delete(level)) state.hidden.add(level);
      redraw();
    };
    const amount = events.filter((event) => event.level === level).length;
    const pressed = String(!state.hidden.has(level));
    return h("button", {key: level, type: "button", class: "small", "aria-pressed": pressed, onclick: toggle},
      mark(lookFor(level), `${level} ${amount}`));
  }));
}

// an event that warns is less than a reason that does
const lookFor = (level) => (level === "warning" ? "caution" : level);

const columns = [
  {name: "Time", show: (event) => time(event.time), copy: (event) => fullTime(event.time)},
  {name: "Level", show: (event) => mark(lookFor(event.level), event.level), copy: (event) => event.level},
  {name: "Kind", show: (event) => event.kind},
  {name: "What happened", wide: true, show: (event) => h("span", {class: "lines"}, event.text),
   copy: (event) => event.text},
];

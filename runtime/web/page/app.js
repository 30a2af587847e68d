// SPDX-License-Identifier: BSD-3-Clause

// Routing and polling: which page is seen, what it asks for, and what is said when nothing answers.

import {h, render} from "./view.js";
import {startPolling, Refusal} from "./poll.js";
import {drawHeader} from "./header.js";
import {announce, quiet} from "./parts.js";
import {clock} from "./format.js";
import {overviewPage} from "./pages/overview.js";
import {batchPage} from "./pages/batch.js";
import {graphPage} from "./pages/graph.js";
import {operatorPage} from "./pages/operator.js";
import {nodesPage} from "./pages/nodes.js";
import {eventsPage} from "./pages/events.js";
import {configPage} from "./pages/config.js";
import {statePage} from "./pages/state.js";

// A page has: title(argument, data), batches (how many it needs), load(get, argument, before) -> data, and
// view(data, {picture, state, redraw, argument}) -> what is drawn. `state` lives as long as the page is seen.
const pages = {
  "": overviewPage, batch: batchPage, graph: graphPage, operator: operatorPage, nodes: nodesPage,
  events: eventsPage, config: configPage, state: statePage,
};
const noPage = {
  title: () => "No such page", batches: 1, load: async () => ({}), view: () => quiet("There is no such page."),
};

const main = document.getElementById("main");
const seen = {page: noPage, name: "", argument: "", state: {}, data: null, refusal: null};
let picture = null; // the last overview
let pictureTime = null;
let lastReason = null;
let drawingIsDue = false;

function readRoute() {
  const [, name = "", argument = ""] = (location.hash || "#/").split("/");
  let decoded = argument;
  try {
    decoded = decodeURIComponent(argument);
  } catch {
    // a link that nobody encoded is taken as it is
  }
  const page = Object.hasOwn(pages, name) ? pages[name] : noPage;
  Object.assign(seen, {page, name, argument: decoded, state: {}, data: null, refusal: null});
}

async function round(get) {
  const {page, argument} = seen;
  const newPicture = await get(`/api/v1/overview?batches=${page.batches}`);
  if (newPicture.id !== picture?.id) seen.data = null; // another program answers here now
  const answer = await page.load(get, argument, seen.data).then((data) => ({data, refusal: null}), asRefusal);
  picture = newPicture;
  pictureTime = Date.now();
  Object.assign(seen, answer);
  sayTrouble(null);
  draw();
}

/** A page that the program refuses is said in its place; everything else is trouble of the whole. */
function asRefusal(error) {
  if (error instanceof Refusal) return {data: null, refusal: error};
  throw error;
}

function draw() {
  drawingIsDue = false;
  if (!picture) return;
  drawHeader(picture, `#/${seen.name}`, pollNow);
  const heading = seen.page.title(seen.argument, seen.data);
  document.title = `${picture.program}: ${heading}`;
  render(main, h("h1", {class: seen.name === "" ? "unseen" : null}, heading), content());
  sayReason();
}

function content() {
  if (seen.refusal) return quiet(seen.refusal.message);
  if (!seen.data) return quiet("Waits for the answer of the program.");
  return seen.page.view(seen.data, {picture, state: seen.state, argument: seen.argument, redraw});
}

/** Draws once before the next frame, however often it is asked for. */
function redraw() {
  if (drawingIsDue) return;
  drawingIsDue = true;
  requestAnimationFrame(draw);
}

/** Says a new reason once. Its numbers change each second, so the sentence alone is not news. */
function sayReason() {
  const {level, cause, operator, sentence} = picture.reason;
  const reason = [level, cause, operator].join(" ");
  if (reason !== lastReason) announce(`${level}: ${sentence}`);
  lastReason = reason;
}

function failed(error) {
  sayTrouble(troubleOf(error));
}

function troubleOf(error) {
  const wantsToken = error.status === 401 || error.status === 403;
  if (wantsToken) return "The program wants a token. Open this page once as /?token=TOKEN.";
  if (error instanceof Refusal) return error.message;
  return "The program has ended or does not answer.";
}

function sayTrouble(sentence) {
  document.body.classList.toggle("stale", sentence !== null);
  const last = pictureTime === null ? "" : ` The last picture is from ${clock(pictureTime)}.`;
  const box = document.getElementById("trouble");
  render(box, sentence === null ? null : h("p", null, sentence + last));
}

function go() {
  readRoute();
  draw();
  scrollTo(0, 0);
  main.focus({preventScroll: true});
  pollNow();
}

readRoute();
const pollNow = startPolling(round, failed);
addEventListener("hashchange", go);
addEventListener("poll", () => pollNow()); // a page has something new to ask
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // its #main is no page
  main.focus();
});

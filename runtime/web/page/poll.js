// SPDX-License-Identifier: BSD-3-Clause

// Asks the program again and again: one request at a time, only while the page is seen, slower while nothing answers.

const everyMs = 1000;
const slowestMs = 30_000;
const patienceMs = 15_000;

/** The program answered, but with an error. */
export class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function refusalOf(answer) {
  const body = await answer.json().catch(() => null);
  return new Refusal(answer.status, body?.error ?? `The program answered with status ${answer.status}.`);
}

async function request(path, options) {
  const answer = await fetch(path, {cache: "no-store", ...options});
  if (!answer.ok) throw await refusalOf(answer);
  return answer.json();
}

export function post(path, body) {
  const headers = {"Content-Type": "application/json"};
  return request(path, {method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(patienceMs)});
}

/** Runs `round(get)` again and again. Tells `failed(error)` when it throws. Returns a function that begins at once. */
export function startPolling(round, failed) {
  let timer = null;
  let running = null; // the controller of the round that runs
  let failures = 0;

  const delay = () => Math.min(everyMs * 2 ** Math.min(failures, 10), slowestMs);

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(begin, ms);
  }

  async function begin() {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    running?.abort();
    const controller = new AbortController();
    running = controller;
    const tooLong = setTimeout(() => controller.abort(), patienceMs);
    const began = performance.now();
    try {
      await round((path) => request(path, {signal: controller.signal}));
      failures = 0;
    } catch (error) {
      if (running !== controller) return; // a newer round has taken over
      failures += 1;
      failed(error);
    } finally {
      clearTimeout(tooLong);
    }
    if (running === controller) finish(began);
  }

  function finish(began) {
    running = null;
    const spent = failures === 0 ? performance.now() - began : 0;
    later(Math.max(delay() - spent, 100));
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") begin();
    else clearTimeout(timer);
  });
  begin();
  return begin;
}

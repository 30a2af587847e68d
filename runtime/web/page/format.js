// SPDX-License-Identifier: BSD-3-Clause

// Numbers and times as people read them. A value that is not known is a dash.

export const unknown = "–";

const isKnown = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));
const known = (format) => (value) => (isKnown(value) ? format(Number(value)) : unknown);

/** About three digits; whole numbers stay whole. */
function short(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 0.1 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
}

function scaled(value, base, units) {
  let unit = 0;
  let rest = value;
  while (Math.abs(rest) >= base * 0.9995 && unit + 1 < units.length) {
    rest /= base;
    unit += 1;
  }
  return units[unit] ? `${short(rest)} ${units[unit]}` : short(rest);
}

const thousands = ["", "k", "M", "G", "T", "P"];
export const full = known((value) => value.toLocaleString("en", {maximumFractionDigits: 3}));
export const count = known((value) => (value < 100_000 ? full(value) : scaled(value, 1000, thousands)));
export const rate = known((value) => `${scaled(value, 1000, thousands)}${value < 999.5 ? " " : ""}/s`);
export const bytes = known((value) => scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]));
export const share = known((value) => `${(value * 100).toFixed(value >= 0.0995 || value === 0 ? 0 : 1)} %`);

export const duration = known((ms) => {
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${short(size)} ms`;
  if (size < 60_000) return `${sign}${short(size / 1000)} s`;
  return sign + twoUnits(Math.round(size / 1000));
});

function twoUnits(seconds) {
  const units = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, length]) => seconds >= length);
  let rest = first < 2 ? Math.round(seconds / 60) * 60 : seconds;
  const parts = [];
  for (const [name, length] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    if (amount > 0) parts.push(`${amount} ${name}`);
  }
  return parts.join(" ");
}

const two = (value) => String(value).padStart(2, "0");

export function date(ms) {
  if (!isKnown(ms)) return unknown;
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function clock(ms) {
  if (!isKnown(ms)) return unknown;
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

const part = (ms) => (ms % 1000 ? `.${String(ms % 1000).padStart(3, "0")}` : "");

export const dateTime = (ms) => (isKnown(ms) ? `${date(ms)} ${clock(ms)}` : unknown);

/** Batches may be shorter than a second. */
export const batchTime = (ms) => dateTime(ms) + (isKnown(ms) ? part(ms) : "");
export const batchClock = (ms) => clock(ms) + (isKnown(ms) ? part(ms) : "");

/** The whole time, with its offset from UTC. */
export function fullTime(ms) {
  if (!isKnown(ms)) return unknown;
  const minutes = -new Date(ms).getTimezoneOffset();
  const size = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return `${date(ms)}T${clock(ms)}.${String(ms % 1000).padStart(3, "0")}${offset}`;
}

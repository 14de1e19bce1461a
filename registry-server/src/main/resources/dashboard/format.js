// SPDX-License-Identifier: Apache-2.0
// Numbers, times and the registry's words as people read them.

const NUMBER = new Intl.NumberFormat("en");
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const WHOLE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** The server's clock minus the browser's, in milliseconds: "3 s ago" must not depend on either. */
let ahead = 0;

/** Takes the time from an answer's Date header; that says whole seconds. */
export function setClock(date) {
  const there = Date.parse(date ?? "");
  if (!Number.isNaN(there)) {
    const seen = there + 500 - Date.now();
    ahead = Math.abs(seen) < 1_000 ? 0 : seen;
  }
}

/** Now, by the server's clock, in milliseconds. */
export function now() {
  return Date.now() + ahead;
}

export function count(n) {
  return NUMBER.format(n);
}

/** What the registry says in its messages, as a sentence. */
export function sentence(message) {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
}

/** "1 instance", "2 instances". */
export function many(n, word) {
  return `${count(n)} ${word}${n === 1 ? "" : "s"}`;
}

/** A proto duration ("1.5s") in milliseconds; null where there is none. */
export function millis(duration) {
  if (!duration) {
    return null;
  }
  return Number.parseFloat(duration) * 1000;
}

/** Milliseconds in words: 0.42 ms, 310 ms, 9.8 s, 4 min, 3 h, 2 d. */
export function span(ms) {
  if (ms === null || Number.isNaN(ms)) {
    return "–";
  }
  const of = Math.max(0, ms);
  if (of < 10) {
    return `${of.toFixed(2)} ms`;
  }
  if (of < 1_000) {
    return `${Math.round(of)} ms`;
  }
  if (of < 10_000) {
    return `${(of / 1_000).toFixed(1)} s`;
  }
  if (of < 120_000) {
    return `${Math.round(of / 1_000)} s`;
  }
  if (of < 7_200_000) {
    return `${Math.round(of / 60_000)} min`;
  }
  if (of < 172_800_000) {
    return `${Math.round(of / 3_600_000)} h`;
  }
  return `${Math.round(of / 86_400_000)} d`;
}

/** A time that somebody set: "1 s", where a measured one is "1.0 s". */
export function length(ms) {
  return span(ms).replace(/\.0+ /, " ");
}

/** What is left of a lease: "0.4 s", "9.8 s", "4 min". */
export function remains(ms) {
  return ms <= 0 ? "0 s" : ms < 1_000 ? `${(ms / 1_000).toFixed(1)} s` : span(ms);
}

/** How long ago a beat came: one that is on its way makes no number jump. */
export function beatAgo(ms) {
  return ms < 1_000 ? "just now" : `${span(ms)} ago`;
}

/** How long ago a timestamp of the server was, in milliseconds; NaN: there is none. */
export function age(timestamp) {
  return now() - Date.parse(timestamp ?? "");
}

/** "3 s ago" for a timestamp of the server. */
export function ago(timestamp) {
  const ms = age(timestamp);
  if (Number.isNaN(ms)) {
    return "–";
  }
  return ms < 2_000 ? "just now" : `${span(ms)} ago`;
}

/** 14:03:22, with the day where it is not today. */
export function clock(timestamp) {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) {
    return "–";
  }
  const today = time.toDateString() === new Date(now()).toDateString();
  return today ? CLOCK.format(time) : `${DAY.format(time)} ${CLOCK.format(time)}`;
}

/** Day and time, for titles. */
export function whole(timestamp) {
  const time = new Date(timestamp);
  return Number.isNaN(time.getTime()) ? "" : WHOLE.format(time);
}

/** The registry's statuses: the word, and the class that colours it. */
const STATUSES = {
  INSTANCE_STATUS_STARTING: { word: "Starting", tone: "starting" },
  INSTANCE_STATUS_SERVING: { word: "Serving", tone: "serving" },
  INSTANCE_STATUS_NOT_SERVING: { word: "Not serving", tone: "failing" },
  INSTANCE_STATUS_DRAINING: { word: "Draining", tone: "draining" },
};

/** In the order in which they are drawn. */
export const TONES = ["serving", "starting", "draining", "failing"];

/** How a status reads and looks; a missing one is what a removed instance has. */
export function status(name) {
  return STATUSES[name] ?? { word: "Gone", tone: "gone" };
}

/** CAUSE_KIND_LEASE_EXPIRED as "Lease expired". */
export function cause(kind) {
  const words = (kind ?? "").replace(/^CAUSE_KIND_/, "").toLowerCase().replaceAll("_", " ");
  return words === "" ? "Unknown" : words[0].toUpperCase() + words.slice(1);
}

/** What the text of a cause says beyond its kind; "": nothing. */
export function reason({ kind, text = "" } = {}) {
  return text.toLowerCase() === cause(kind).toLowerCase() ? "" : text;
}

const BAD = new Set(["PROBE_FAILED", "CONNECTION_LOST", "LEASE_EXPIRED", "REMOVE_AFTER"]);
const GOOD = new Set(["REGISTERED", "STARTED", "PROBE_PASSED", "HEARD_AGAIN", "RECOVERED"]);

/** The class that colours a cause. */
export function causeTone(kind) {
  const name = (kind ?? "").replace(/^CAUSE_KIND_/, "");
  if (BAD.has(name)) {
    return "failing";
  }
  if (name === "PROTECTED") {
    return "held";
  }
  return GOOD.has(name) ? "serving" : "plain";
}

/** Every cause there is, for a menu. */
export const CAUSES = [
  "REGISTERED", "UPDATED", "REPLACED", "STARTED", "PROBE_PASSED", "PROBE_FAILED", "CONNECTION_LOST",
  "HEARD_AGAIN", "DRAINED", "DEREGISTERED", "LEASE_EXPIRED", "REMOVE_AFTER", "PROTECTED", "RELEASED",
  "OPERATOR", "RECOVERED",
];

/** Names in the order people expect: order-2 before order-10. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;

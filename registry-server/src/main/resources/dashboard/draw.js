// SPDX-License-Identifier: Apache-2.0
// Small pictures of numbers. Each says in words what it shows, and no colour stands alone.

import { h, s, say } from "./dom.js";
import { count, status, TONES } from "./format.js";

/** A shape for each state, so that it is known without its colour. */
const MARKS = {
  serving: [["circle", { cx: 6, cy: 6, r: 4.5, fill: "currentColor" }]],
  starting: [["circle", { cx: 6, cy: 6, r: 4, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }], ["path", { d: "M6 2a4 4 0 0 1 0 8Z", fill: "currentColor" }]],
  draining: [["path", { d: "M1.5 3h9L6 10.5Z", fill: "currentColor" }]],
  failing: [["path", { d: "M2.5 2.5l7 7m0-7l-7 7", stroke: "currentColor", "stroke-width": 2.4, "stroke-linecap": "round" }]],
  held: [["path", { d: "M6 1.2 10 2.8v3c0 2.4-1.7 4.1-4 5-2.3-.9-4-2.6-4-5v-3Z", fill: "none", stroke: "currentColor", "stroke-width": 1.5 }]],
  gone: [["circle", { cx: 6, cy: 6, r: 4, fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-dasharray": "2 2" }]],
  pulled: [["circle", { cx: 6, cy: 6, r: 4, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }]],
  plain: [["circle", { cx: 6, cy: 6, r: 2.5, fill: "currentColor" }]],
};

export function mark(tone) {
  return s(`svg.mark.${tone}`, { viewBox: "0 0 12 12", "aria-hidden": "true" },
    MARKS[tone].map(([tag, props]) => s(tag, props)));
}

/** A mark with its word. */
export function badge(name, held = false) {
  const { word, tone } = status(name);
  return h(`span.badge.${tone}`, null, mark(tone), h("span", { text: word }),
    held ? h("span.badge.held", { title: "The registry doubts itself and keeps handing it out" }, mark("held"), "held") : null);
}

/** How many are in which state, as one bar. */
export function bar() {
  const parts = TONES.map((tone) => h(`i.${tone}`));
  const element = h("div.bar", { role: "img" }, parts);
  return {
    element,
    update(counts) {
      TONES.forEach((tone, i) => {
        parts[i].hidden = counts[tone] === 0;
        parts[i].style.flexGrow = String(counts[tone]);
      });
      element.classList.toggle("none", counts.total === 0);
      element.setAttribute("aria-label", inWords(counts));
      element.title = inWords(counts);
    },
  };
}

const WORDS = { serving: "serving", starting: "starting", draining: "draining", failing: "not serving" };

/** "3 serving, 1 not serving". */
export function inWords(counts) {
  const words = TONES.filter((tone) => counts[tone] > 0).map((tone) => `${count(counts[tone])} ${WORDS[tone]}`);
  const held = counts.held > 0 ? `; ${count(counts.held)} of them held` : "";
  return `${words.join(", ")}${held}` || "no instances";
}

/** The recent past of a service: one tick for each stretch of time, as high as it was well. */
export function strip(ticks) {
  const width = 5;
  const rects = Array.from({ length: ticks }, (unused, i) =>
    s("rect", { x: i * width, y: 0, width: width - 1.5, height: 20, rx: 1 }));
  const element = s("svg.strip", { viewBox: `0 0 ${ticks * width - 1.5} 20`, role: "img", preserveAspectRatio: "none" }, rects);
  const heights = { well: 20, partly: 13, down: 7, none: 2, unknown: 2 };
  return {
    element,
    update(states, minutes) {
      states.forEach((state, i) => {
        if (rects[i].getAttribute("class") !== state) {
          rects[i].setAttribute("class", state);
          rects[i].setAttribute("height", heights[state]);
          rects[i].setAttribute("y", 20 - heights[state]);
        }
      });
      element.setAttribute("aria-label", past(states, minutes));
    },
  };
}

function past(states, minutes) {
  const bad = states.filter((state) => state === "down" || state === "partly").length;
  const stretch = `in the last ${minutes} minutes`;
  return bad === 0 ? `No failure seen ${stretch}` : `Not all well in ${bad} of ${states.length} stretches ${stretch}`;
}

/** What is left of a lease. */
export function ring() {
  const around = 2 * Math.PI * 7;
  const arc = s("circle.left", { cx: 9, cy: 9, r: 7, "stroke-dasharray": `${around} ${around}`, transform: "rotate(-90 9 9)" });
  const element = s("svg.ring", { viewBox: "0 0 18 18", "aria-hidden": "true" }, s("circle.all", { cx: 9, cy: 9, r: 7 }), arc);
  return {
    element,
    update(share) {
      const left = Math.max(0, Math.min(1, share));
      arc.setAttribute("stroke-dasharray", `${(left * around).toFixed(1)} ${around.toFixed(1)}`);
      element.classList.toggle("low", left < 0.25);
    },
  };
}

const W = 240;
const H = 56;
/** Where zero is; the highest number stands as far from the upper edge. */
const GROUND = H - 4;

/** Lines of numbers over time; the newest at the right. */
export function sparkline(label, names) {
  const lines = names.map((name) => s(`path.line.${name}`, { fill: "none" }));
  const fill = s("path.area");
  const element = s("svg.spark", { viewBox: `0 0 ${W} ${H}`, role: "img", preserveAspectRatio: "none" },
    s("path.base", { d: `M0 ${GROUND}H${W}` }), fill, lines);
  return {
    element,
    /** @param series one list of numbers for each name; null: no number */
    update(series, slots, words) {
      const top = Math.max(...series.flat().filter((n) => n !== null), 1e-9) * 1.15;
      series.forEach((list, i) => lines[i].setAttribute("d", points(list, slots, top).map(([x, y], j) => `${j === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("")));
      const last = points(series[0], slots, top);
      fill.setAttribute("d", last.length < 2 ? "" : `M${last[0][0]} ${GROUND}${last.map(([x, y]) => `L${x.toFixed(1)} ${y.toFixed(1)}`).join("")}L${last.at(-1)[0]} ${GROUND}Z`);
      element.setAttribute("aria-label", `${label}: ${words}`);
    },
  };
}

function points(list, slots, top) {
  const start = Math.max(0, slots - list.length);
  return list
    .map((n, i) => [((start + i) * W) / (slots - 1), n === null ? null : GROUND - (n / top) * (2 * GROUND - H)])
    .filter(([, y]) => y !== null);
}

/** A number with its name, for the top of a view. */
export function figure(label, ...more) {
  const number = h("strong.number", { text: "–" });
  const small = h("span.detail");
  const element = h("div.figure", null, h("span.label", { text: label }), number, small, more);
  return {
    element,
    update(value, detail = "") {
      say(number, value);
      say(small, detail);
    },
  };
}

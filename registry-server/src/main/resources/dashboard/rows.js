// SPDX-License-Identifier: Apache-2.0
// Parts that several views share: a feed of events, chips of services, an empty registry.

import { mark } from "./draw.js";
import { h, s } from "./dom.js";
import { ago, cause, causeTone, clock, count, reason, status, whole } from "./format.js";
import { to } from "./router.js";
import { registering, snippets } from "./snippets.js";
import { store } from "./store.js";

/** A name that leads to the instance, and so to why it is gone. */
export function instanceLink(ref) {
  const { service = "", id = "" } = ref ?? {};
  return h("a.name", { href: to(["services", service, id]) }, h("span.of", { text: `${service}/` }), id);
}

/** What happened, in one line. */
export function eventLine(event, { named = true } = {}) {
  const kind = event.cause?.kind;
  const after = status(event.status);
  return h("li.event", null,
    h("time", { datetime: event.cause?.time ?? "", title: whole(event.cause?.time), text: clock(event.cause?.time) }),
    h(`span.kind.${causeTone(kind)}`, null, mark(event.status ? after.tone : "gone"), cause(kind)),
    h("span.what", null, named ? instanceLink(event.instance) : null, h("span.text", { text: reason(event.cause) })),
    event.cause?.caller ? h("span.caller", { text: `by ${event.cause.caller}` }) : h("span.caller", { text: "by the registry" }));
}

/** A service's state as one tone: failing where nobody is usable. */
export function toneOf(service) {
  if (service === undefined || service.counts.usable === 0) {
    return service?.counts.starting > 0 ? "starting" : "failing";
  }
  if (service.counts.held > 0) {
    return "held";
  }
  return service.counts.usable < service.counts.total ? "draining" : "serving";
}

/** A service by its name, with how many of it may be called. */
export function serviceChip(name, note = "") {
  const service = store.service(name);
  const counts = service?.counts;
  const says = counts === undefined ? "not listed" : `${count(counts.usable)} of ${count(counts.total)} usable`;
  return h("a.chip", { href: to(["services", name]) }, mark(service === undefined ? "gone" : toneOf(service)),
    h("span.name", { text: name }), h("span.note", { text: note === "" ? says : `${says}, ${note}` }));
}

/** What to type where nobody is listed. */
export function welcome() {
  return h("section.welcome", null,
    h("div.picture", { "aria-hidden": "true" }, emptyPicture()),
    h("h2", { text: "Nobody is listed yet" }),
    h("p", { text: "Register an instance with one line, and it appears here the moment it is committed." }),
    snippets("Register the first instance", registering));
}

function emptyPicture() {
  const line = (y, width, tone) => [s(`circle.${tone}`, { cx: 14, cy: y, r: 5 }), s("rect", { x: 30, y: y - 4, width, height: 8, rx: 4 })];
  return s("svg", { viewBox: "0 0 160 84", width: "160", height: "84" },
    ...line(14, 116, "first"), ...line(42, 92, "second"), ...line(70, 64, "third"));
}

/** A term and what it is. */
export function fact(term, ...what) {
  return h("div.fact", null, h("dt", { text: term }), h("dd", null, what));
}

/** The head of a view. */
export function heading(title, ...more) {
  return h("header.heading", null, h("h1", { text: title }), more);
}

/** A search field that the key "/" reaches. */
export function searchField(label, value, oninput) {
  const input = h("input", { type: "search", "aria-label": label, placeholder: label, value, autocomplete: "off", spellcheck: "false", oninput: () => oninput(input.value) });
  return h("div.search", null, input, h("kbd", { text: "/", "aria-hidden": "true" }));
}

/** "3 s ago", whole in its title. */
export function when(timestamp) {
  return h("time", { datetime: timestamp ?? "", title: whole(timestamp), text: ago(timestamp) });
}

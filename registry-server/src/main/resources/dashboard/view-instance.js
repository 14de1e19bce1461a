// SPDX-License-Identifier: Apache-2.0
// One instance: why it is as it is, or why it is gone; its lease, its probes, its past.

import { badge, mark, ring } from "./draw.js";
import { h, say, swap } from "./dom.js";
import { beatAgo, cause, clock, length, millis, reason, remains, span } from "./format.js";
import { EventLog } from "./events.js";
import { Leases } from "./leases.js";
import { to } from "./router.js";
import { eventLine, fact, heading, serviceChip, when } from "./rows.js";
import { operating, snippets } from "./snippets.js";
import { store } from "./store.js";

/** How it is probed, in words. */
function checkOf(check) {
  if (check === undefined) {
    return "none: the lease alone says that it lives";
  }
  const kind = check.grpc ? "gRPC" : check.http ? `HTTP ${check.http.path || "/"}` : "TCP";
  return `${kind}, every ${length(millis(check.interval) ?? 5_000)}, down after ${check.unhealthyAfter || 2} failures`;
}

function pairs(map) {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return entries.map(([key, value]) => fact(key, h("code", { text: value })));
}

function probeLine(probe) {
  return h("li", null, mark(probe.passed ? "serving" : "failing"), h("time", { text: clock(probe.time) }),
    h("span.text", { text: `${probe.passed ? "passed" : "failed"}${probe.detail ? `: ${probe.detail}` : ""}` }),
    h("span.digits.soft", { text: span(millis(probe.took)) }));
}

function factsOf(one) {
  return [
    fact("Address", h("code", { text: one.address ?? "" })),
    Object.entries(one.endpoints ?? {}).map(([key, value]) => fact(`Endpoint ${key}`, h("code", { text: value }))),
    fact("Version", one.version || "–"), fact("Zone", one.zone || "–"), fact("Weight", String(one.weight ?? 100)),
    fact("Registered", when(one.registeredAt)),
    fact("Health check", checkOf(one.healthCheck)),
    fact("Lease", `${length(millis(one.leaseTtl))}${one.probeRenewsLease ? ", renewed by passing probes" : ""}`),
  ];
}

export function instance(name, id) {
  const leases = new Leases();
  const state = h("div.state");
  const why = h("p.why");
  const by = h("p.by");
  const circle = ring();
  const remaining = h("strong.number");
  const beat = h("span.detail");
  const lease = h("div.figure.countdown", null, circle.element, h("div", null, h("span.label", { text: "Lease ends in" }), remaining, beat));
  const facts = h("dl.facts");
  const labels = h("dl.facts");
  const labelBox = h("section.card", { "aria-labelledby": "labels" }, h("h2", { id: "labels", text: "Metadata" }), labels);
  const probes = h("ul.probes");
  const probeBox = h("section.card", { "aria-labelledby": "probes" }, h("h2", { id: "probes", text: "Last probes" }), probes);
  const requires = h("div.chips");
  const requireBox = h("section.card", { "aria-labelledby": "requires" }, h("h2", { id: "requires", text: "Requires" }), requires);
  const feed = h("ul.feed");
  const present = h("div.present", null, lease, h("div.columns", null,
    h("section.card", { "aria-labelledby": "what" }, h("h2", { id: "what", text: "What it is" }), facts),
    h("div.stack", null, labelBox, requireBox, probeBox)));
  const log = new EventLog({ query: { service: name, id }, size: 50, told: () => update() });
  const element = h("div.view", null,
    h("nav.crumbs", { "aria-label": "Where you are" }, h("a", { href: to(["services"]), text: "Services" }), h("a", { href: to(["services", name]), text: name })),
    heading(id, state), why, by, present,
    h("section.card", { "aria-labelledby": "past" }, h("h2", { id: "past", text: "What happened to it" }), feed),
    snippets(`Ask about ${id}`, () => operating(name, id)));

  /** Why it is listed as it is, or why it is gone, and beside it who says so. */
  function because(one) {
    const last = one?.cause ?? log.events[0]?.cause;
    if (last === undefined) {
      if (log.failure !== null) {
        return [log.failure.message, ""];
      }
      return [log.loaded ? `Nothing is known of ${name}/${id}: no event of it is kept.` : "Asking the registry …", ""];
    }
    const text = last.text || cause(last.kind);
    const gone = one === undefined ? "It is gone: " : "";
    return [`${gone}${gone === "" ? text[0].toUpperCase() + text.slice(1) : text}.`,
      `${reason(last) === "" ? "" : `${cause(last.kind)} · `}by ${last.caller || "the registry"} · ${clock(last.time)}`];
  }

  function showLease(one) {
    const known = leases.of(name, id);
    const left = known?.remaining ?? null;
    circle.update(left === null ? 0 : left / (millis(one.leaseTtl) || 1));
    say(remaining, known === undefined ? "…" : left === null ? "–" : remains(left));
    say(beat, known === undefined ? "" : known.heard === undefined ? "not known now" : known.heard === null ? "not heard since this server started" : `last beat ${beatAgo(known.heard)}`);
    const list = known?.said?.probes ?? [];
    probeBox.hidden = list.length === 0;
    swap(probes, list.slice(0, 8).map(probeLine));
  }

  function update() {
    const one = store.instance(name, id);
    swap(state, one === undefined ? (log.events.length > 0 ? badge("") : []) : badge(one.status, one.protected));
    const [sentence, who] = store.loaded ? because(one) : ["Asking the registry …", ""];
    say(why, sentence);
    say(by, who);
    why.classList.toggle("gone", one === undefined);
    present.hidden = one === undefined;
    swap(feed, log.events.map((event) => eventLine(event, { named: false })));
    feed.parentElement.hidden = log.events.length === 0;
    if (one !== undefined) {
      swap(facts, factsOf(one));
      const list = pairs(one.metadata);
      labelBox.hidden = list.length === 0;
      swap(labels, list);
      requireBox.hidden = (one.requires ?? []).length === 0;
      swap(requires, (one.requires ?? []).map((to) => serviceChip(to)));
      tick();
    }
  }

  function tick() {
    const one = store.instance(name, id);
    if (one !== undefined) {
      showLease(one);
      leases.follow([one], () => showLease(one));
    }
  }

  return { title: `${name}/${id}`, element, update, tick, close: () => log.close() };
}

// SPDX-License-Identifier: Apache-2.0
// The state of everything in one look: a sentence first, then figures, then what needs somebody.

import { ask } from "./api.js";
import { bar, figure, inWords, mark, sparkline } from "./draw.js";
import { h, say, swap } from "./dom.js";
import { byName, count, many, millis, now, span } from "./format.js";
import { EventLog } from "./events.js";
import { to } from "./router.js";
import { eventLine, fact, heading, toneOf, welcome } from "./rows.js";
import { server } from "./server.js";
import { store } from "./store.js";

/** At first a minute fills the picture, later five. */
const LEAST_SLOTS = 30;
const FEW = 8;

/** The whole registry in one sentence. */
function sentence(counts, services) {
  const all = many(counts.total, "instance");
  if (counts.usable === counts.total && counts.held === 0) {
    return counts.total === 1 ? "The one instance is serving." : `All ${all} of ${many(services, "service")} are serving.`;
  }
  const down = [...store.services.values()].filter((service) => service.counts.usable === 0).length;
  if (down > 0) {
    return `${many(down, "service")} ${down === 1 ? "has" : "have"} nobody to call.`;
  }
  if (counts.held > 0) {
    return `${count(counts.held)} of ${all} ${counts.held === 1 ? "is" : "are"} held: too many failed at once to be believed.`;
  }
  const left = counts.total - counts.usable;
  return `${count(left)} of ${all} ${left === 1 ? "is" : "are"} not taking calls.`;
}

function troubled() {
  return [...store.services.values()]
    .filter((service) => service.counts.usable < service.counts.total || service.counts.held > 0)
    .sort((a, b) => a.counts.usable / a.counts.total - b.counts.usable / b.counts.total || byName(a.name, b.name));
}

function needsLine(service) {
  return h("li", null, h("a.line", { href: to(["services", service.name]) },
    mark(toneOf(service)), h("span.name", { text: service.name }),
    h("span.note", { text: `${count(service.counts.usable)} of ${count(service.counts.total)} usable: ${inWords(service.counts)}` })));
}

function unmetLine(edge) {
  return h("li", null, h("a.line", { href: to(["graph"], { at: edge.to }) },
    mark("failing"), h("span.name", { text: edge.from }), h("span.note", { text: `requires ${edge.to}, which has nobody to call` })));
}

function serverFacts(said) {
  const replicas = (said.replicas ?? []).map((replica) => replica.address || replica.id);
  return [
    fact("Version", said.version ?? ""),
    fact("Store", `${said.store}${said.storeUp ? "" : ", takes no writes now"}`),
    fact("Up for", span(now() - Date.parse(said.startedAt))),
    fact("Revision", h("span.digits", { text: count(store.revision) })),
    fact("Epoch", h("code", { text: store.epoch || "none yet" })),
    fact(replicas.length > 1 ? "Replicas" : "Replica", h("span.digits", { text: replicas.join(", ") || "–" })),
  ];
}

function deliveries(n) {
  return n === 1 ? "1 delivery" : `${count(n)} deliveries`;
}

export function overview() {
  const head = heading("Overview");
  const headline = h("p.headline");
  const instances = figure("Instances");
  const health = bar();
  const services = figure("Services");
  const watchers = figure("Watchers");
  const speed = figure("Propagation, p99");
  const speedLine = sparkline("Propagation, commit to watcher", ["p99", "p50"]);
  const rate = figure("Changes");
  const rateLine = sparkline("Changes a second", ["rate"]);
  instances.element.append(health.element);
  speed.element.append(speedLine.element);
  rate.element.append(rateLine.element);
  const needs = h("ul.lines");
  const feed = h("ul.feed");
  const facts = h("dl.facts");
  const needsBox = h("section.card", { "aria-labelledby": "needs" }, h("h2", { id: "needs", text: "Needs a look" }), needs);
  const body = h("div.overview", null,
    h("div.figures", null, instances.element, services.element, watchers.element),
    h("div.figures.wide", null, speed.element, rate.element),
    h("div.beside", null,
      h("div.stack", null, needsBox,
        h("section.card", { "aria-labelledby": "latest" },
          h("header", null, h("h2", { id: "latest", text: "Latest" }), h("a", { href: to(["events"]), text: "All events" })), feed)),
      h("section.card", { "aria-labelledby": "facts" }, h("h2", { id: "facts", text: "This registry" }), facts)));
  const hello = welcome();
  const element = h("div.view", null, head, headline, hello, body);
  let unmet = [];
  let asked = -1;

  const log = new EventLog({ query: {}, size: FEW, told: () => {
    swap(feed, log.events.slice(0, FEW).map((event) => eventLine(event)));
  } });

  async function askGraph() {
    if (asked === store.revision) {
      return;
    }
    asked = store.revision;
    try {
      unmet = ((await ask("/v1/graph")).edges ?? []).filter((edge) => edge.unmet);
      needsNow();
    } catch {
      // the banner says what is wrong
      asked = -1;
    }
  }

  function needsNow() {
    if (!store.loaded) {
      return;
    }
    const bad = troubled();
    const all = unmet.slice(0, FEW).map(unmetLine).concat(bad.slice(0, FEW).map(needsLine));
    const lines = all.slice(0, FEW);
    if (unmet.length + bad.length > FEW) {
      lines.push(h("li", null, h("a.line", { href: to(["services"], { only: "trouble" }) }, h("span.note.more", { text: `and ${count(unmet.length + bad.length - FEW)} more` }))));
    }
    swap(needs, lines.length === 0 ? h("li.calm", null, mark("serving"), "Nothing. Everybody listed can be called, and everything required is there.") : lines);
  }

  function poll() {
    const said = server.said;
    if (said === null) {
      return;
    }
    const { samples } = server;
    const slots = Math.max(LEAST_SLOTS, samples.length);
    watchers.update(count(said.watchers ?? 0), "streams open on this server");
    const p99 = millis(said.propagation?.p99);
    const p50 = millis(said.propagation?.p50);
    speed.update(span(p99), p99 === null ? "no delivery yet" : `p50 ${span(p50)} · ${deliveries(Number(said.propagation?.count ?? 0))}`);
    speedLine.update([samples.map((x) => x.p99), samples.map((x) => x.p50)], slots, `p99 ${span(p99)}, p50 ${span(p50)}`);
    const last = samples.at(-1)?.rate ?? 0;
    rate.update(`${last > 0 && last < 10 ? last.toFixed(1) : count(Math.round(last))}/s`, `${count(store.changes)} since you opened this page`);
    rateLine.update([samples.map((x) => x.rate)], slots, `${last.toFixed(1)} a second`);
    swap(facts, serverFacts(said));
  }

  function update() {
    const empty = store.loaded && store.services.size === 0;
    hello.hidden = !empty;
    body.hidden = empty || !store.loaded;
    headline.hidden = empty;
    const { counts } = store;
    say(headline, store.loaded ? sentence(counts, store.services.size) : "Asking the registry …");
    instances.update(count(counts.total), inWords(counts));
    health.update(counts);
    const gaps = troubled().length;
    services.update(count(store.services.size), gaps === 0 ? "all fully usable" : `${count(gaps)} not fully usable`);
    needsNow();
    askGraph();
    poll();
  }

  return { title: "Overview", element, update, poll, close: () => log.close() };
}

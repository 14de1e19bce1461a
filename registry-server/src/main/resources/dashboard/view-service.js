// SPDX-License-Identifier: Apache-2.0
// One service: its instances and their leases, who left lately and why, whom it needs and who needs it.

import { ask } from "./api.js";
import { badge, bar, inWords, mark, ring, strip } from "./draw.js";
import { h, say, swap } from "./dom.js";
import { ago, beatAgo, cause, count, many, millis, reason, remains, whole } from "./format.js";
import { EventLog } from "./events.js";
import { Leases } from "./leases.js";
import { MINUTES, Past, TICKS } from "./past.js";
import { note, to } from "./router.js";
import { heading, searchField, serviceChip, when } from "./rows.js";
import { finding, snippets } from "./snippets.js";
import { store } from "./store.js";
import { Table } from "./table.js";

const COLUMNS = [
  { name: "Instance", kind: "first" }, { name: "Status", kind: "status" }, { name: "Address", kind: "address" },
  { name: "Version", kind: "version" }, { name: "Zone", kind: "zone" }, { name: "Weight", kind: "weight" },
  { name: "Lease", kind: "lease" }, { name: "Last beat", kind: "beat" }, { name: "Last change", kind: "why" },
];

/** Those of the log that are not listed any more, each with its last event. */
function left(events, service) {
  const seen = new Set();
  return events.filter((event) => {
    const id = event.instance?.id;
    const first = !seen.has(id);
    seen.add(id);
    return first && !service?.instances.has(id);
  });
}

/** "Deregistered: moving house", or the kind alone. */
function saying(why) {
  const more = reason(why);
  return more === "" ? cause(why?.kind) : `${cause(why?.kind)}: ${more}`;
}

function leftLine(event) {
  const { service, id } = event.instance;
  return h("li", null, h("a.line", { href: to(["services", service, id]) }, mark("gone"), h("span.name", { text: id }),
    h("span.note", null, `${saying(event.cause)}, `, when(event.cause?.time))));
}

function rowOf(name, leases) {
  const link = h("a.name");
  const status = h("span");
  let drawn = "";
  const address = h("code");
  const version = h("span.soft");
  const zone = h("span.soft");
  const weight = h("span.digits.soft");
  const circle = ring();
  const remaining = h("span.digits");
  const beat = h("span.digits.soft");
  const why = h("span.soft");
  return {
    cells: [link, status, address, version, zone, weight, h("span.remains", null, circle.element, remaining), beat, why],
    update(one) {
      say(link, one.id);
      link.setAttribute("href", to(["services", name, one.id]));
      if (drawn !== `${one.status} ${one.protected}`) {
        drawn = `${one.status} ${one.protected}`;
        status.replaceChildren(badge(one.status, one.protected));
      }
      say(address, one.address ?? "");
      address.title = one.address ?? "";
      say(version, one.version || "–");
      say(zone, one.zone || "–");
      say(weight, String(one.weight ?? 100));
      const lease = leases.of(name, one.id);
      circle.update(lease?.remaining == null ? 0 : lease.remaining / (millis(one.leaseTtl) || 1));
      say(remaining, lease === undefined ? "…" : lease.remaining === null ? "–" : remains(lease.remaining));
      say(beat, lease === undefined ? "…" : lease.heard === undefined ? "–" : lease.heard === null ? "not yet" : beatAgo(lease.heard));
      beat.title = lease?.heard === null ? "Not heard since this server started" : "";
      const more = reason(one.cause);
      const text = `${cause(one.cause?.kind)} ${ago(one.cause?.time)}${more === "" ? "" : `: ${more}`}`;
      say(why, text);
      why.title = `${text} (${whole(one.cause?.time)})`;
    },
  };
}

/** Both sides of the graph, of one service. */
function edgesOf(edges, name) {
  const note = (edge) => [edge.unmet ? "unmet" : "", edge.watching > 0 ? `${many(edge.watching, "watch").replace("watchs", "watches")} now` : ""].filter((x) => x).join(", ");
  return {
    needs: edges.filter((edge) => edge.from === name).map((edge) => serviceChip(edge.to, note(edge))),
    needed: edges.filter((edge) => edge.to === name && edge.from).map((edge) => serviceChip(edge.from, note(edge))),
    unnamed: edges.find((edge) => edge.to === name && !edge.from)?.watching ?? 0,
  };
}

export function service(name, query) {
  let wanted = query.get("q") ?? "";
  const leases = new Leases();
  const health = bar();
  const says = h("p.says");
  const lately = strip(TICKS);
  const gone = h("ul.lines");
  const goneBox = h("section.card", { "aria-labelledby": "gone", hidden: true }, h("h2", { id: "gone", text: "Left lately, and why" }), gone);
  const needs = h("div.chips");
  const needed = h("div.chips");
  const table = new Table({ label: `Instances of ${name}`, name: "instances", columns: COLUMNS, key: (one) => one.id, make: () => rowOf(name, leases) });
  const search = searchField("Search instances", wanted, (value) => {
    wanted = value;
    note("q", value);
    update();
  });
  const log = new EventLog({ query: { service: name }, size: 200, told: () => showLeft() });
  const past = new Past(name, () => showPast());
  const element = h("div.view", null,
    h("nav.crumbs", { "aria-label": "Where you are" }, h("a", { href: to(["services"]), text: "Services" })),
    heading(name, h("a.button", { href: to(["events"], { service: name }), text: "Its events" })),
    h("section.summary", null, h("div.health", null, health.element, says),
      h("div.lately", null, lately.element, h("span.caption", { text: `Last ${MINUTES} min` }))),
    h("div.tools", { role: "search" }, search),
    table.element, goneBox,
    h("div.columns", null,
      h("section.card", { "aria-labelledby": "needs" }, h("h2", { id: "needs", text: "Requires" }), needs),
      h("section.card", { "aria-labelledby": "needed" }, h("h2", { id: "needed", text: "Required or watched by" }), needed)),
    snippets(`Find ${name}`, () => finding(name)));
  let asked = -1;
  let edges = null;

  function showLeft() {
    const events = left(log.events, store.service(name)).slice(0, 12);
    goneBox.hidden = events.length === 0;
    swap(gone, events.map(leftLine));
  }

  function showPast() {
    lately.update(past.ticks(name, store.service(name)?.instances.values() ?? []), MINUTES);
  }

  function showEdges() {
    if (edges === null || !store.loaded) {
      return;
    }
    const { needs: down, needed: up, unnamed } = edgesOf(edges, name);
    swap(needs, down.length > 0 ? down : h("p.soft", { text: "It requires nothing and watches nobody." }));
    const anonymous = unnamed > 0 ? h("p.soft", { text: `${unnamed} without a name ${unnamed === 1 ? "watches" : "watch"} it.` }) : null;
    swap(needed, up.length > 0 || anonymous !== null ? [up, anonymous] : h("p.soft", { text: "Nobody requires or watches it." }));
  }

  async function askGraph() {
    if (asked === store.revision) {
      return;
    }
    asked = store.revision;
    try {
      edges = (await ask("/v1/graph")).edges ?? [];
      showEdges();
    } catch {
      // the banner says what is wrong
      asked = -1;
    }
  }

  function update() {
    const found = store.service(name);
    const all = found?.sorted ?? [];
    const words = wanted.trim().toLowerCase().split(/\s+/).filter((word) => word !== "");
    const list = words.length === 0 ? all : all
      .filter((one) => words.every((word) => `${one.id} ${one.address} ${one.version} ${one.zone} ${one.status}`.toLowerCase().includes(word)));
    const counts = found?.counts ?? { total: 0, usable: 0, held: 0, serving: 0, starting: 0, draining: 0, failing: 0 };
    health.update(counts);
    say(says, store.loaded ? `${count(counts.usable)} of ${many(counts.total, "instance")} usable: ${inWords(counts)}` : "Asking the registry …");
    table.grid.classList.toggle("holding", counts.held > 0);
    table.show(list, h("p", { text: all.length > 0 ? "No instance is like that." : `Nobody is listed as ${name} now.` }));
    showLeft();
    showEdges();
    askGraph();
    tick();
  }

  function follow() {
    leases.follow(table.visible(), () => {
      table.refreshSoon();
      follow();
    });
  }

  function tick() {
    follow();
    table.refresh();
    showPast();
  }

  return { title: name, element, update, tick, close: () => {
    log.close();
    past.close();
    table.close();
  } };
}

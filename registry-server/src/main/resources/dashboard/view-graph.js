// SPDX-License-Identifier: Apache-2.0
// Who needs whom: a picture, and the same as a table.

import { ask } from "./api.js";
import { mark } from "./draw.js";
import { h, s, say, swap } from "./dom.js";
import { byName, count, many } from "./format.js";
import { layout, NODE, reach } from "./layout-graph.js";
import { to } from "./router.js";
import { heading, toneOf } from "./rows.js";
import { store } from "./store.js";
import { Table } from "./table.js";

const MOST_NODES = 40;
const PAUSE_MS = 400;
const EDGE = 16;
/** What is drawn smaller cannot be read: one scrolls instead. */
const SMALLEST = 0.8;

const COLUMNS = [{ name: "From", kind: "first" }, { name: "To", kind: "to" }, { name: "Declared by", kind: "declared" }, { name: "Watched now by", kind: "watching" }, { name: "", kind: "state" }];

function cut(name) {
  return name.length > 17 ? `${name.slice(0, 16)}…` : name;
}

function kind(edge) {
  return edge.unmet ? "unmet" : edge.watching > 0 ? "watching" : "declared";
}

function row() {
  const from = h("a.name");
  const target = h("a.name");
  const declared = h("span.digits");
  const watching = h("span.digits");
  const state = h("span");
  return {
    cells: [from, target, declared, watching, state],
    update(edge) {
      say(from, edge.from || "without a name");
      from.setAttribute("href", edge.from ? to(["services", edge.from]) : to(["graph"], { at: edge.to }));
      say(target, edge.to);
      target.setAttribute("href", to(["services", edge.to]));
      say(declared, edge.declared ? many(edge.declared, "instance") : "–");
      say(watching, edge.watching ? many(edge.watching, "stream") : "–");
      swap(state, edge.unmet ? h("span.badge.failing", null, mark("failing"), "unmet") : []);
    },
  };
}

/** The names that fit into a picture: the chosen one's surroundings, or those with the most edges. */
function fitting(edges, at) {
  const weight = new Map();
  for (const edge of edges) {
    for (const name of [edge.from, edge.to]) {
      weight.set(name, (weight.get(name) ?? 0) + (edge.unmet ? 100 : 1));
    }
  }
  const all = [...weight.keys()].sort((a, b) => weight.get(b) - weight.get(a) || byName(a, b));
  if (at !== "" && all.length > MOST_NODES) {
    const near = new Set([at, ...edges.filter((e) => e.from === at || e.to === at).flatMap((e) => [e.from, e.to])]);
    return [...all.filter((name) => near.has(name)), ...all.filter((name) => !near.has(name))].slice(0, MOST_NODES);
  }
  return all.slice(0, MOST_NODES).sort(byName);
}

/** A line from the right of one to the left of the other, through the places between. */
function path(a, b, bends) {
  const points = [{ x: a.x + NODE.width, y: a.y + NODE.height / 2 }];
  bends.forEach(({ x, y }) => points.push({ x, y }, { x: x + NODE.width, y }));
  points.push({ x: b.x - 5, y: b.y + NODE.height / 2 });
  let d = `M${points[0].x} ${points[0].y}`;
  for (let i = 1; i < points.length; i++) {
    const [p, q] = [points[i - 1], points[i]];
    const back = q.x <= p.x;
    const bow = back ? 70 : (q.x - p.x) / 2;
    const drop = back ? NODE.height : 0;
    d += `C${p.x + bow} ${p.y + drop} ${q.x - bow} ${q.y + drop} ${q.x} ${q.y}`;
  }
  return { d, tip: points.at(-1), first: points[0], second: points[1] };
}

function line(edge, spots, bends, dim) {
  const { d, tip, first, second } = path(spots.get(edge.from), spots.get(edge.to), bends.get(edge) ?? []);
  const drop = second.x <= first.x ? NODE.height * 0.75 : 0;
  const cross = edge.unmet ? s("path.cross", { d: "M-5-5 5 5M5-5-5 5", transform: `translate(${(first.x + second.x) / 2} ${(first.y + second.y) / 2 + drop})` }) : null;
  return s(`g.edge.${kind(edge)}${dim ? ".dim" : ""}`, null, s("path", { d }),
    s("path.tip", { d: `M${tip.x - 3} ${tip.y - 4.5} ${tip.x + 4} ${tip.y}l-7 4.5Z` }), cross);
}

function node(name, { x, y }, at, dim) {
  const service = store.service(name);
  const tone = service === undefined ? "gone" : toneOf(service);
  const says = service === undefined ? "not listed" : `${count(service.counts.usable)} of ${count(service.counts.total)} usable`;
  const link = s(`a.node.${tone}${at === name ? ".chosen" : ""}${dim ? ".dim" : ""}`, { href: to(["graph"], { at: at === name ? "" : name }), transform: `translate(${x} ${y})`, "aria-label": `${name}: ${says}` },
    s("rect.body", { width: NODE.width, height: NODE.height, rx: 10 }),
    s("g", { transform: "translate(14 20)" }, mark(tone)),
    s("text.title", { x: 36, y: 23, text: cut(name) }),
    s("text.says", { x: 36, y: 41, text: says }),
    s("title", { text: name }));
  link.querySelector(".mark").setAttribute("width", "14");
  link.querySelector(".mark").setAttribute("height", "14");
  return link;
}

export function graph(query) {
  const at = query.get("at") ?? "";
  let edges = [];
  let cycles = [];
  let loaded = false;
  let drawn = "";
  let timer = 0;
  const number = h("span.tally");
  const picture = h("div.graph", null, h("p.nothing", { text: "Asking the registry …" }));
  const story = h("p.story", { "aria-live": "polite" });
  const legend = h("ul.legend", { "aria-label": "What the lines mean" },
    [["watching", "watches now"], ["declared", "required"], ["unmet", "required, nobody to call"]].map(([name, says]) =>
      h("li", null, s("svg", { viewBox: "0 0 36 10", width: "36", height: "10", "aria-hidden": "true" }, s(`g.edge.${name}`, null, s("path", { d: "M1 5h34" }))), says)));
  const table = new Table({ label: "All edges", name: "edges", columns: COLUMNS, key: (edge) => `${edge.from} ${edge.to}`, make: row });
  const list = h("section.every", null, h("h2", { text: "Every edge" }), table.element);
  const element = h("div.view", null, heading("Graph", number), legend, story, picture, list);

  function tell(named) {
    const rings = cycles.map(({ services = [] }) => services.concat(services.slice(0, 1)).join(" → "));
    const ring = rings.length === 0 ? "" : ` Required in a ring: ${rings.slice(0, 3).join("; ")}.`;
    if (at === "") {
      say(story, `${named.length > 0 ? "Choose a service to see whom it needs and who would miss it." : ""}${ring}`);
      return;
    }
    const hurt = [...reach(named, at, true)].sort(byName);
    const needs = [...reach(named, at)].sort(byName);
    const list = (names) => (names.length > 12 ? `${names.slice(0, 12).join(", ")} and ${names.length - 12} more` : names.join(", "));
    swap(story, h("a.name", { href: to(["services", at]), text: at }),
      `: without it ${hurt.length === 0 ? "nobody would miss anything" : `${list(hurt)} would miss something`}. It needs ${needs.length === 0 ? "nobody" : list(needs)}.${ring}`);
  }

  function draw() {
    // before both are known every service would look as if nobody were listed
    if (!loaded || !store.loaded) {
      return;
    }
    const named = edges.filter((edge) => edge.from);
    const names = fitting(named, at);
    const health = names.map((name) => `${name}:${JSON.stringify(store.service(name)?.counts ?? 0)}`).join();
    const now = `${JSON.stringify([edges, cycles])}${health}`;
    if (now === drawn) {
      return;
    }
    const first = drawn === "";
    drawn = now;
    for (const part of [legend, story, list]) {
      part.hidden = edges.length === 0;
    }
    const { width, height, spots, bends } = layout(names, named);
    const near = at === "" ? null : new Set([at, ...reach(named, at), ...reach(named, at, true)]);
    const lines = named.filter(({ from, to: target }) => spots.has(from) && spots.has(target));
    const box = [-EDGE, -EDGE, width + 2 * EDGE, height + 2 * EDGE];
    const svg = s("svg", { viewBox: box.join(" "), role: "group", "aria-label": "Dependency graph" },
      lines.map((edge) => line(edge, spots, bends, near !== null && !(near.has(edge.from) && near.has(edge.to)))),
      names.map((name) => node(name, spots.get(name), at, near !== null && !near.has(name))));
    svg.style.maxWidth = `${box[2]}px`;
    svg.style.minWidth = `${Math.round(box[2] * SMALLEST)}px`;
    const focused = document.activeElement?.closest?.(".node")?.getAttribute("aria-label")?.split(":")[0];
    picture.replaceChildren(names.length === 0 ? empty() : svg);
    if (first && spots.has(at)) {
      picture.scrollLeft = ((spots.get(at).x + NODE.width / 2) * svg.clientWidth) / box[2] - picture.clientWidth / 2;
    }
    if (focused !== undefined) {
      [...svg.querySelectorAll(".node")].find((one) => one.getAttribute("aria-label").startsWith(`${focused}:`))?.focus();
    }
    say(number, names.length === 0 ? "" : `${many(named.length, "edge")}${names.length === MOST_NODES ? `, the picture shows ${MOST_NODES} services` : ""}`);
    tell(named);
  }

  function empty() {
    return h("section.welcome", null, h("h2", { text: "No edges yet" }),
      h("p", { text: "An instance that names other services in “requires” draws one, and so does a watch that says for whom it watches." }));
  }

  async function read() {
    timer = 0;
    try {
      const answer = await ask("/v1/graph");
      edges = answer.edges ?? [];
      cycles = answer.cycles ?? [];
      loaded = true;
    } catch {
      // the banner says what is wrong
    }
    draw();
    table.show(edges, h("p", { text: "None." }));
  }

  let revision = -1;
  function update() {
    if (store.revision !== revision && timer === 0) {
      revision = store.revision;
      timer = setTimeout(read, loaded ? PAUSE_MS : 0);
    }
    draw();
  }

  // who watches changes without a revision
  const again = setInterval(read, 5_000);
  return { title: "Graph", element, update, close: () => {
    clearInterval(again);
    clearTimeout(timer);
    table.close();
  } };
}

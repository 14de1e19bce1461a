// SPDX-License-Identifier: Apache-2.0
// Which instance has which model: read from the labels `models` and `loaded` that instances publish.

import { mark } from "./draw.js";
import { h, say, swap } from "./dom.js";
import { byName, many } from "./format.js";
import { note, to } from "./router.js";
import { heading, searchField } from "./rows.js";
import { store, usable } from "./store.js";

/** A table of more would help nobody; the search narrows it. */
const MOST_MODELS = 200;
const MOST_COLUMNS = 8;

function names(text) {
  return (text ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "")
    .map((name) => (name.includes(":") ? name : `${name}:latest`));
}

/** {instance, pulled, loaded} of each instance that names models; a long list goes on in models.2 … */
function having() {
  const list = [];
  for (const service of store.services.values()) {
    for (const one of service.instances.values()) {
      const labels = Object.entries(one.metadata ?? {});
      const loaded = new Set(labels.filter(([key]) => key === "loaded").flatMap(([, value]) => names(value)));
      const pulled = new Set(labels.filter(([key]) => key === "models" || key.startsWith("models.")).flatMap(([, value]) => names(value)));
      loaded.forEach((name) => pulled.add(name));
      if (pulled.size > 0) {
        list.push({ one, pulled, loaded });
      }
    }
  }
  return list.sort((a, b) => byName(`${a.one.service}/${a.one.id}`, `${b.one.service}/${b.one.id}`));
}

function cell({ one, pulled, loaded }, model) {
  if (!pulled.has(model)) {
    return h("td", null, h("span.unseen", { text: "not there" }));
  }
  const word = loaded.has(model) ? "loaded" : "pulled";
  return h("td", { class: usable(one) ? word : `${word} away` }, h("span.has", null, mark(word === "loaded" ? "serving" : "pulled"), word));
}

function matrix(having0, models) {
  return h("table", null,
    h("thead", null, h("tr", null, h("th", { scope: "col", text: "Model" }), h("th", { scope: "col", text: "Usable on" }),
      having0.map(({ one }) => h("th", { scope: "col" }, h("a", { href: to(["services", one.service, one.id]), text: one.id }),
        h("span.note", { text: usable(one) ? one.service : "not usable" }))))),
    h("tbody", null, models.map((model) => h("tr", null, h("th", { scope: "row" }, h("code", { text: model })),
      h("td.digits", { text: String(having0.filter(({ one, pulled }) => usable(one) && pulled.has(model)).length) }),
      having0.map((entry) => cell(entry, model))))));
}

function stacked(having0, models) {
  return h("ul.lines", null, models.map((model) => h("li.model", null, h("code", { text: model }),
    h("div.chips", null, having0.filter(({ pulled }) => pulled.has(model)).map(({ one, loaded }) =>
      h("a.chip", { href: to(["services", one.service, one.id]) }, mark(loaded.has(model) ? "serving" : "pulled"),
        h("span.name", { text: one.id }), h("span.note", { text: `${loaded.has(model) ? "loaded" : "pulled"}${usable(one) ? "" : ", not usable"}` })))))));
}

export function models(query) {
  let wanted = query.get("q") ?? "";
  const number = h("span.tally");
  const place = h("div.models");
  const hint = h("p.soft");
  const search = searchField("Search models", wanted, (value) => {
    wanted = value;
    note("q", value);
    update();
  });
  const tools = h("div.tools", { role: "search" }, search);
  const hello = h("section.welcome", null, h("h2", { text: "No models yet" }),
    h("p", { text: "An instance that names its models in the label “models”, and those in memory in “loaded”, appears here. The front door for Ollama in examples/ollama-proxy does so." }));
  const element = h("div.view", null, heading("Models", number), tools, hello, place, hint);
  const roomy = matchMedia("(min-width: 901px)");

  function update() {
    const all = having();
    const found = [...new Set(all.flatMap(({ pulled }) => [...pulled]))].filter((name) => name.includes(wanted.trim().toLowerCase())).sort(byName);
    const empty = store.loaded && all.length === 0;
    hello.hidden = !empty;
    tools.hidden = empty;
    say(number, store.loaded && !empty ? `${many(found.length, "model")} on ${many(all.length, "instance")}` : "");
    const few = found.slice(0, MOST_MODELS);
    swap(place, empty || !store.loaded ? [] : all.length <= MOST_COLUMNS && roomy.matches ? matrix(all, few) : stacked(all.slice(0, 1000), few));
    say(hint, found.length > few.length ? `${many(found.length - few.length, "more model")}: search for one.` : "");
  }

  roomy.addEventListener("change", update);
  return { title: "Models", element, update, close: () => roomy.removeEventListener("change", update) };
}

// SPDX-License-Identifier: Apache-2.0
// Every key with its value, as it changes.

import { h, say } from "./dom.js";
import { ago, byName, count, many } from "./format.js";
import { go, note, to } from "./router.js";
import { heading, searchField } from "./rows.js";
import { Settings } from "./settings.js";
import { setting as lines, snippets } from "./snippets.js";
import { Table } from "./table.js";

const COLUMNS = [{ name: "Key", kind: "first" }, { name: "Value", kind: "value" }, { name: "Changed", kind: "when" }, { name: "By", kind: "who" }, { name: "Revision", kind: "revision" }];

function row() {
  const scope = h("span.of");
  const rest = h("span");
  const link = h("a.name", null, scope, rest);
  const value = h("code");
  const changed = h("span.soft");
  const who = h("span.soft");
  const revision = h("span.digits.soft");
  return {
    cells: [link, value, changed, who, revision],
    update(one) {
      const cut = one.key.lastIndexOf("/") + 1;
      say(scope, one.key.slice(0, cut));
      say(rest, one.key.slice(cut));
      link.setAttribute("href", to(["config", ...one.key.split("/")]));
      const text = one.value ?? "";
      say(value, text === "" ? "(empty)" : text.slice(0, 160).replaceAll("\n", " ⏎ "));
      say(changed, ago(one.changedAt));
      say(who, one.changedBy || "–");
      say(revision, count(Number(one.revision ?? 0)));
    },
  };
}

/** How to write the first one. */
function writing() {
  return Object.fromEntries(Object.entries(lines("order/max-items")).map(([name, text]) => [name, text.split("\n").at(-1)]));
}

export function config(query) {
  let wanted = query.get("q") ?? "";
  const number = h("span.tally");
  const table = new Table({ label: "Configuration", name: "config", columns: COLUMNS, key: (one) => one.key, make: row });
  const key = h("input.plain", { type: "text", id: "new-key", placeholder: "order/max-items", maxlength: "512", autocomplete: "off", spellcheck: "false", required: true });
  const form = h("form.newkey", { onsubmit: (event) => {
    event.preventDefault();
    go(["config", ...key.value.trim().split("/").filter((part) => part !== "")], { edit: "1" });
  } }, h("label", { for: "new-key", text: "New key" }), key, h("button", { type: "submit", text: "Write it" }));
  const search = searchField("Search keys and values", wanted, (value) => {
    wanted = value;
    note("q", value);
    update();
  });
  const hello = h("section.welcome", null, h("h2", { text: "No settings yet" }),
    h("p", { text: "A setting is a key with a text. Services that follow it see a change at once, and every version is kept with who wrote it." }),
    snippets("Write the first setting", writing));
  const tools = h("div.tools", { role: "search" }, search);
  const element = h("div.view", null, heading("Config", number), tools, hello, table.element, form);
  const settings = new Settings(() => update());

  function update() {
    const words = wanted.trim().toLowerCase().split(/\s+/).filter((word) => word !== "");
    const list = [...settings.byKey.values()]
      .filter((one) => words.every((word) => `${one.key} ${one.value ?? ""}`.toLowerCase().includes(word)))
      .sort((a, b) => byName(a.key, b.key));
    const empty = settings.loaded && settings.byKey.size === 0;
    hello.hidden = !empty;
    tools.hidden = empty;
    table.element.hidden = empty;
    say(number, settings.loaded ? many(list.length, "key") : "");
    table.show(list, h("p", { text: settings.loaded ? "No key is like that." : "Asking the registry …" }));
  }

  return { title: "Config", element, update: () => {}, tick: () => table.refresh(), close: () => {
    settings.close();
    table.close();
  } };
}

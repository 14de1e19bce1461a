// SPDX-License-Identifier: Apache-2.0
// Every service in one row: who may be called, which versions, and how the last half hour went.

import { bar, strip } from "./draw.js";
import { h, say } from "./dom.js";
import { byName, count, many } from "./format.js";
import { MINUTES, Past, TICKS } from "./past.js";
import { note, to } from "./router.js";
import { heading, searchField, welcome } from "./rows.js";
import { store } from "./store.js";
import { Table } from "./table.js";

/** Characters of a cell. */
const ROOM = 16;

/** Puts "1.4.2, 1.4.1 +2" into a cell, as many as have room, and all of them into its title. */
function some(cell, values) {
  const all = [...new Set(values.filter((value) => value))];
  const two = all.slice(0, 2).join(", ");
  const few = two.length > ROOM ? all.slice(0, 1) : all.slice(0, 2);
  const text = few.length < all.length ? `${few.join(", ")} +${all.length - few.length}` : two;
  say(cell, text || "–");
  cell.parentElement?.setAttribute("title", all.slice(0, 20).join(", "));
}

function matches(service, wanted) {
  return wanted.every((word) => service.name.includes(word)
    || [...service.instances.values()].some((one) => one.id.includes(word) || one.address?.toLowerCase().includes(word) || one.version?.toLowerCase() === word || one.zone?.toLowerCase() === word));
}

export function services(query) {
  let wanted = query.get("q") ?? "";
  let only = query.get("only") ?? "";
  const number = h("span.tally");
  const troubleOnly = h("button.toggle", { type: "button", "aria-pressed": String(only === "trouble"), text: "Not fully usable", onclick: () => {
    only = only === "trouble" ? "" : "trouble";
    troubleOnly.setAttribute("aria-pressed", String(only === "trouble"));
    note("only", only);
    update();
  } });
  const search = searchField("Search services, instances, addresses", wanted, (value) => {
    wanted = value;
    note("q", value);
    update();
  });
  const past = new Past("", () => table.refresh());

  function row() {
    const name = h("a.name");
    const health = bar();
    const says = h("span.says");
    const versions = h("span.soft");
    const zones = h("span.soft");
    const lately = strip(TICKS);
    return {
      cells: [name, h("span.health", null, health.element, says), versions, zones, lately.element],
      update(service) {
        const all = [...service.instances.values()];
        say(name, service.name);
        name.setAttribute("href", to(["services", service.name]));
        health.update(service.counts);
        say(says, `${count(service.counts.usable)} of ${count(service.counts.total)}${service.counts.held > 0 ? " · held" : ""}`);
        some(versions, all.map((one) => one.version).sort(byName).reverse());
        some(zones, all.map((one) => one.zone).sort(byName));
        lately.update(past.ticks(service.name, all), MINUTES);
      },
    };
  }

  const table = new Table({
    label: "Services",
    name: "services",
    columns: [{ name: "Service", kind: "first" }, { name: "Usable", kind: "usable" }, { name: "Versions", kind: "versions" }, { name: "Zones", kind: "zones" }, { name: `Last ${MINUTES} min`, kind: "lately" }],
    key: (service) => service.name,
    make: row,
  });
  const hello = welcome();
  const tools = h("div.tools", { role: "search" }, search, troubleOnly);
  const element = h("div.view", null, heading("Services", number), tools, hello, table.element);

  function update() {
    const words = wanted.trim().toLowerCase().split(/\s+/).filter((word) => word !== "");
    const list = [...store.services.values()]
      .filter((service) => matches(service, words))
      .filter((service) => only === "" || service.counts.usable < service.counts.total || service.counts.held > 0)
      .sort((a, b) => byName(a.name, b.name));
    const empty = store.loaded && store.services.size === 0;
    hello.hidden = !empty;
    tools.hidden = empty;
    table.element.hidden = empty;
    say(number, store.loaded ? `${many(list.length, "service")}${list.length < store.services.size ? ` of ${count(store.services.size)}` : ""}` : "");
    table.show(list, h("p", { text: store.loaded ? "No service is like that." : "Asking the registry …" }));
  }

  return { title: "Services", element, update, tick: () => table.refresh(), close: () => {
    past.close();
    table.close();
  } };
}

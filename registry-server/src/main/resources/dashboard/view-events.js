// SPDX-License-Identifier: Apache-2.0
// What happened, newest first, with who did it and why.

import { address } from "./api.js";
import { mark } from "./draw.js";
import { h, icon, say } from "./dom.js";
import { cause, CAUSES, causeTone, clock, count, many, reason, status, whole } from "./format.js";
import { EventLog, eventKey } from "./events.js";
import { note, to } from "./router.js";
import { heading, searchField } from "./rows.js";
import { Table } from "./table.js";

const COLUMNS = [
  { name: "Time", kind: "time" }, { name: "What", kind: "kind" }, { name: "Instance", kind: "first" },
  { name: "Why", kind: "why" }, { name: "Who", kind: "who" }, { name: "Revision", kind: "revision" },
];

function row() {
  const time = h("time");
  const kind = h("span.kind");
  const of = h("span.of");
  const id = h("span");
  const link = h("a.name", null, of, id);
  const why = h("span");
  const who = h("span.soft");
  const revision = h("span.digits.soft");
  let drawn = "";
  return {
    cells: [time, kind, link, why, who, revision],
    update(event) {
      const { service = "", id: name = "" } = event.instance ?? {};
      say(time, clock(event.cause?.time));
      time.title = whole(event.cause?.time);
      const tone = event.status ? status(event.status).tone : "gone";
      const word = cause(event.cause?.kind);
      if (drawn !== tone + word) {
        drawn = tone + word;
        kind.className = `kind ${causeTone(event.cause?.kind)}`;
        kind.replaceChildren(mark(tone), word);
      }
      say(of, `${service}/`);
      say(id, name);
      link.setAttribute("href", to(["services", service, name]));
      link.title = `${service}/${name}`;
      say(why, reason(event.cause));
      why.title = event.cause?.text ?? "";
      say(who, event.cause?.caller || "the registry");
      say(revision, count(Number(event.revision ?? 0)));
    },
  };
}

export function events(query) {
  const filter = { service: query.get("service") ?? "", id: query.get("id") ?? "", causes: query.get("cause") ?? "" };
  let paused = false;
  let held = null;
  let log = null;
  const table = new Table({ label: "Events", name: "events", columns: COLUMNS, key: eventKey, make: row });
  const number = h("span.tally");
  const older = h("button", { type: "button", text: "Older events", onclick: () => log.older() });
  const json = h("a.button", { text: "JSON", target: "_blank", rel: "noopener" });
  const pause = h("button.toggle", { type: "button", "aria-pressed": "false", onclick: () => {
    paused = !paused;
    held = paused ? log.events : null;
    pause.setAttribute("aria-pressed", String(paused));
    show();
  } }, icon("pause"), h("span", { text: "Pause" }));
  const menu = h("select", { "aria-label": "Cause", onchange: () => choose("causes", "cause", menu.value) },
    h("option", { value: "", text: "Every cause" }),
    CAUSES.map((kind) => h("option", { value: `CAUSE_KIND_${kind}`, text: cause(kind), selected: filter.causes === `CAUSE_KIND_${kind}` })));
  let typing = 0;
  function typed(name) {
    return (value) => {
      clearTimeout(typing);
      typing = setTimeout(() => choose(name, name, value.trim()), 250);
    };
  }
  const tools = h("div.tools", { role: "search" },
    searchField("Service, exactly", filter.service, typed("service")),
    h("input.plain", { type: "text", "aria-label": "Instance id, exactly", placeholder: "Instance id, exactly", value: filter.id, autocomplete: "off", spellcheck: "false", oninput: (event) => typed("id")(event.target.value) }),
    menu, pause, json);
  const element = h("div.view", null, heading("Events", number), tools, table.element, h("p.more", null, older));

  function choose(name, inUrl, value) {
    filter[name] = value;
    note(inUrl, value);
    open();
  }

  function open() {
    log?.close();
    held = null;
    log = new EventLog({ query: filter, size: 200, told: show });
    json.setAttribute("href", address("/v1/events", filter));
    show();
  }

  function show() {
    const list = held ?? log.events;
    const waiting = held === null ? 0 : log.events.findIndex((event) => eventKey(event) === eventKey(held[0] ?? {}));
    say(pause.querySelector("span"), paused ? `Go on${waiting > 0 ? ` (${count(waiting)} new)` : ""}` : "Pause");
    say(number, log.loaded && list.length > 0 ? `${many(list.length, "event")}${log.more ? " and older ones" : ""}` : "");
    older.parentElement.hidden = !log.more;
    const text = log.failure !== null ? log.failure.message : log.loaded ? (Object.values(filter).every((value) => value === "") ? "Nothing happened yet." : "Nothing of this kind happened.") : "Asking the registry …";
    table.show(list, h("p", { text }));
  }

  open();
  return { title: "Events", element, update: () => table.refresh(), close: () => {
    clearTimeout(typing);
    log.close();
    table.close();
  } };
}

// SPDX-License-Identifier: Apache-2.0
// The page: a frame that stays, and one view at a time in it.

import { announce, banner, light } from "./banner.js";
import { h, icon, say } from "./dom.js";
import { count } from "./format.js";
import { enter, namespace, onMove, place, to } from "./router.js";
import { server } from "./server.js";
import { store } from "./store.js";
import { themeButton } from "./themes.js";
import { overview } from "./view-overview.js";
import { services } from "./view-services.js";
import { service } from "./view-service.js";
import { instance } from "./view-instance.js";
import { graph } from "./view-graph.js";
import { events } from "./view-events.js";
import { config } from "./view-config.js";
import { setting } from "./view-setting.js";
import { models } from "./view-models.js";

/** The views that the navigation names. */
const NAMED = [
  { path: "", name: "Overview", picture: "overview" },
  { path: "services", name: "Services", picture: "services" },
  { path: "graph", name: "Graph", picture: "graph" },
  { path: "events", name: "Events", picture: "events" },
  { path: "config", name: "Config", picture: "config" },
  { path: "models", name: "Models", picture: "models" },
];

/** The view of a place: a function of where we are that answers {title, element, update, close}. */
function view({ parts, query }) {
  const [first = "", name, id] = parts;
  switch (first) {
    case "services":
      if (id !== undefined) {
        return instance(name, id);
      }
      return name === undefined ? services(query) : service(name, query);
    case "graph":
      return graph(query);
    case "events":
      return events(query);
    case "config":
      return parts.length > 1 ? setting(parts.slice(1).join("/"), query) : config(query);
    case "models":
      return models(query);
    default:
      return overview(query);
  }
}

const links = NAMED.map(({ path, name, picture }) => ({
  path,
  element: h("a.goto", { href: `#/${path}` }, icon(picture), h("span", { text: name })),
}));
const top = banner();
const lamp = light();
const main = h("main", { id: "main", tabindex: "-1" });
const release = h("span");
const kept = h("span");
const version = h("p.version", null, release, kept);
const spaceName = h("input", {
  id: "namespace", name: "namespace", autocomplete: "off", spellcheck: "false", placeholder: "default", maxlength: "63",
});
const space = h("form.space", { onsubmit: (event) => {
  event.preventDefault();
  enter(spaceName.value.trim());
} }, h("label", { for: "namespace", text: "Namespace" }), spaceName);

document.getElementById("shell").replaceChildren(
  h("header.side", null,
    h("a.brand", { href: "#/" }, h("img", { src: "/dashboard/icon.svg", alt: "", width: "28", height: "28" }), h("span", { text: "Rollcall" })),
    h("nav", { "aria-label": "Views" }, links.map((link) => link.element)),
    h("div.foot", null, space, lamp.element, version, themeButton())),
  h("div.page", null, top.element, main));

let shown = null;
let space0 = null;

function move() {
  const where = place();
  if (space0 !== namespace()) {
    space0 = namespace();
    spaceName.value = space0;
    store.open();
    server.open();
  }
  const first = shown === null;
  shown?.close?.();
  for (const { path, element } of links) {
    element.setAttribute("href", to(path === "" ? [] : [path]));
    if ((where.parts[0] ?? "") === path) {
      element.setAttribute("aria-current", "page");
    } else {
      element.removeAttribute("aria-current");
    }
  }
  shown = view(where);
  document.title = `${shown.title} · Rollcall`;
  main.replaceChildren(shown.element);
  scrollTo(0, 0);
  refresh();
  if (!first) {
    main.focus({ preventScroll: true });
    announce(shown.title);
  }
}

function frame() {
  top.update();
  lamp.update();
  const said = server.said;
  say(release, said === null ? "" : said.version);
  say(kept, said === null ? "" : `${said.store} · rev ${count(store.revision)}`);
}

function refresh() {
  frame();
  shown?.update?.();
}

onMove(move);
store.onUpdate(refresh);
server.onUpdate(() => {
  frame();
  shown?.poll?.();
});
setInterval(() => {
  frame();
  if (document.visibilityState === "visible") {
    shown?.tick?.();
  }
}, 1_000);

addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = main.querySelector("input[type=search]");
    if (search !== null) {
      event.preventDefault();
      search.focus();
      search.select();
    } else {
      location.hash = to(["services"]);
      setTimeout(() => main.querySelector("input[type=search]")?.focus(), 0);
    }
  }
  if (event.key === "Escape" && event.target.matches?.("input[type=search]")) {
    event.target.blur();
  }
});

move();

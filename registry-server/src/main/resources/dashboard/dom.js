// SPDX-License-Identifier: Apache-2.0
// Elements. What comes from the registry only ever becomes text: there is no way to markup here.

const SVG = "http://www.w3.org/2000/svg";

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name === "text") {
      element.textContent = value;
    } else if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

/** An element: h("a.link.strong", {href, text, onclick}, ...children). */
export function h(spec, props, ...children) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length > 0) {
    element.className = classes.join(" ");
  }
  return build(element, props, children);
}

/** The same in SVG. */
export function s(spec, props, ...children) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElementNS(SVG, tag);
  if (classes.length > 0) {
    element.setAttribute("class", classes.join(" "));
  }
  return build(element, props, children);
}

/** Sets a text only where it is another: selections and screen readers are left alone. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Puts children in place of what is there, unless they would look the same; the focus stays. */
export function swap(element, ...children) {
  const fresh = h("div", null, ...children);
  if (!same(fresh, element)) {
    const held = element.contains(document.activeElement) ? document.activeElement : null;
    element.replaceChildren(...fresh.childNodes);
    if (held !== null && held !== element) {
      [...element.querySelectorAll(held.localName)].find((one) => stands(one, held))?.focus({ preventScroll: true });
    }
  }
}

/** Whether one element stands for another: it leads to the same place, or says the same. */
function stands(one, other) {
  const place = other.getAttribute("href");
  return place === null ? one.textContent === other.textContent : one.getAttribute("href") === place;
}

function same(a, b) {
  if (a.childNodes.length !== b.childNodes.length) {
    return false;
  }
  for (let i = 0; i < a.childNodes.length; i++) {
    if (!a.childNodes[i].isEqualNode(b.childNodes[i])) {
      return false;
    }
  }
  return true;
}

const PATHS = {
  overview: "M3 10.5 10 4l7 6.5M5 9v7h10V9",
  services: "M3 5h14M3 10h14M3 15h14",
  graph: "M5.5 5.5 14 9.2M5.5 14.5 14 10.8M4 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm0 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm12-5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  events: "M10 5v5l3.2 2M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Z",
  config: "M4 6h6m4 0h2M4 14h2m4 0h6M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm-4 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  models: "M10 2.8 16.5 6.4v7.2L10 17.2 3.5 13.6V6.4L10 2.8Zm0 0V10m0 0 6.3-3.5M10 10 3.7 6.5M10 10v7",
  copy: "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
  search: "m13.2 13.2 3.8 3.8M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Z",
  next: "m8 5 5 5-5 5",
  theme: "M10 3a7 7 0 1 0 0 14V3Z M10 3a7 7 0 0 1 0 14",
  pause: "M7 5v10M13 5v10",
  play: "M7 4.5v11l8.5-5.5L7 4.5Z",
  warn: "M10 7.5v3.5m0 2.6v.1M10 3 2.8 16h14.4L10 3Z",
};

/** A picture beside a word; alone it needs a label on what holds it. */
export function icon(name) {
  return s("svg.icon", { viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d: PATHS[name] }));
}

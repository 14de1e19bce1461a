// SPDX-License-Identifier: Apache-2.0
// The URL holds the state: #/services/order?q=…&ns=…, so that a link shows the same to others.

const listeners = new Set();

/** Where we are: the path's parts, decoded, and the query. */
export function place() {
  const hash = location.hash.startsWith("#/") ? location.hash.slice(2) : "";
  const [path, query = ""] = hash.split("?", 2);
  const parts = path.split("/").filter((part) => part !== "").map(decoded);
  return { parts, query: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The namespace that is looked at; empty: the default one. */
export function namespace() {
  return place().query.get("ns") ?? "";
}

/** A link to a place in the same namespace. */
export function to(parts, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== "" && value !== null && value !== undefined) {
      search.set(name, value);
    }
  }
  if (namespace() !== "") {
    search.set("ns", namespace());
  }
  const text = search.toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

/** Goes there. */
export function go(parts, query) {
  location.hash = to(parts, query);
}

/** Writes into the query without a step in the history: what is typed into a search. */
export function note(name, value) {
  const { parts, query } = place();
  const all = Object.fromEntries(query);
  all[name] = value;
  history.replaceState(null, "", to(parts, all));
}

/** Looks at another namespace. */
export function enter(name) {
  const search = name === "" ? "" : `?ns=${encodeURIComponent(name)}`;
  location.hash = `#/${search}`;
}

export function onMove(listener) {
  listeners.add(listener);
}

addEventListener("hashchange", () => {
  // the skip link points at an element, not at a place
  if (location.hash === "" || location.hash.startsWith("#/")) {
    listeners.forEach((listener) => listener());
  }
});

// SPDX-License-Identifier: Apache-2.0
// One answer from the registry, or its reason for none.

import { setClock } from "./format.js";
import { namespace } from "./router.js";

/** The registry said no, or nothing. */
export class Refused extends Error {
  constructor(status, reason, message) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  /** The same question may be answered a little later. */
  get passing() {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

/** A path with its query in the namespace that is looked at. */
export function address(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== "" && one !== null && one !== undefined) {
        search.append(name, one);
      }
    }
  }
  if (namespace() !== "") {
    search.set("namespace", namespace());
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** What an answer that is no success says. */
export async function refusal(answer) {
  try {
    const { error } = await answer.json();
    return new Refused(answer.status, error.reason ?? error.status, error.message);
  } catch {
    return new Refused(answer.status, "UNKNOWN", `the registry answered ${answer.status}`);
  }
}

/** Asks; answers the JSON. Throws {@link Refused}. */
export async function ask(path, query = {}, options = {}) {
  let answer;
  try {
    answer = await fetch(address(path, query), { ...options, signal: AbortSignal.timeout(20_000) });
  } catch {
    throw new Refused(0, "UNREACHABLE", "the registry does not answer");
  }
  if (!answer.ok) {
    throw await refusal(answer);
  }
  setClock(answer.headers.get("date"));
  return answer.json();
}

/** Sends JSON. */
export function send(method, path, body, query = {}) {
  return ask(path, query, { method, body: body === null ? undefined : JSON.stringify(body) });
}

/** A key in a path: its slashes stay. */
export function keyPath(key) {
  return `/v1/config/${key.split("/").map(encodeURIComponent).join("/")}`;
}

// SPDX-License-Identifier: Apache-2.0
// What is left of leases: asked for those in sight only, counted down in between.

import { ask } from "./api.js";
import { millis } from "./format.js";
import { server } from "./server.js";

const FRESH_MS = 3_000;
const TOGETHER = 4;

export class Leases {
  #known = new Map();
  #asking = new Set();

  /**
   * What is known of an instance now: {remaining, heard} in ms and all that was said; undefined: not
   * asked yet. Not heard since the server's start: heard is null. Not answered: nothing is known.
   */
  of(service, id) {
    const known = this.#known.get(`${service}/${id}`);
    if (known === undefined) {
      return undefined;
    }
    const { remaining, heard, said } = known;
    const since = performance.now() - known.at;
    // a store that is away ends no lease, and knows of no beat: to count on would be untrue
    const away = server.downAt !== null;
    return {
      remaining: remaining === null || away ? null : remaining - since,
      heard: typeof heard === "number" ? heard + since : away ? undefined : heard,
      said,
    };
  }

  /** Asks again about those whose answer is old, a few at a time; `told` is called with each answer. */
  follow(instances, told) {
    for (const { service, id } of instances) {
      const key = `${service}/${id}`;
      const known = this.#known.get(key);
      const old = known === undefined || performance.now() - known.at > FRESH_MS;
      if (old && !this.#asking.has(key) && this.#asking.size < TOGETHER) {
        this.#ask(service, id, key).then(told);
      }
    }
  }

  async #ask(service, id, key) {
    this.#asking.add(key);
    try {
      const said = await ask(`/v1/services/${encodeURIComponent(service)}/instances/${encodeURIComponent(id)}`);
      this.#known.set(key, {
        at: performance.now(),
        remaining: millis(said.leaseRemaining),
        heard: millis(said.lastHeard),
        said,
      });
    } catch {
      const said = this.#known.get(key)?.said ?? {};
      this.#known.set(key, { at: performance.now(), remaining: null, heard: undefined, said });
    }
    this.#asking.delete(key);
  }
}

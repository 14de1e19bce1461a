// SPDX-License-Identifier: Apache-2.0
// What the server says of itself, asked every two seconds, with the last five minutes of it.

import { ask } from "./api.js";
import { millis } from "./format.js";

const EVERY_MS = 2_000;
const KEPT = 150;

class Server {
  /** GetStatus' last answer; null: none yet. */
  said = null;
  /** {p50, p99, rate, watchers} of each answer, oldest first; times in ms, the rate in changes a second. */
  samples = [];

  #listeners = new Set();
  #last = null;
  #timer = 0;

  onUpdate(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks from now on, about the namespace that is looked at. */
  open() {
    this.#last = null;
    this.samples = [];
    clearTimeout(this.#timer);
    this.#ask();
  }

  async #ask() {
    if (document.visibilityState === "visible") {
      try {
        this.#take(await ask("/v1/status"));
      } catch {
        // the watch says what is wrong
      }
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), EVERY_MS);
  }

  #take(said) {
    const at = performance.now();
    const revision = Number(said.revision ?? 0);
    const before = this.#last;
    const same = before !== null && before.epoch === said.epoch;
    const rate = same ? Math.max(0, ((revision - before.revision) * 1000) / (at - before.at)) : 0;
    this.#last = { at, revision, epoch: said.epoch };
    this.said = said;
    this.samples.push({
      p50: millis(said.propagation?.p50),
      p99: millis(said.propagation?.p99),
      rate,
      watchers: said.watchers ?? 0,
    });
    this.samples.splice(0, this.samples.length - KEPT);
    this.#listeners.forEach((listener) => listener());
  }
}

/** The one. */
export const server = new Server();

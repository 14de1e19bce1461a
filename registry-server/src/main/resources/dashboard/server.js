// SPDX-License-Identifier: Apache-2.0
// What the server says of itself, asked every two seconds, with the last five minutes of it.

import { ask } from "./api.js";
import { age, millis } from "./format.js";
import { store } from "./store.js";

const EVERY_MS = 2_000;
const KEPT = 150;
/** A registry that hears from its store is never this much behind it. */
const LATE_MS = 2_500;

class Server {
  /** GetStatus' last answer; null: none yet. */
  said = null;
  /** {p50, p99, rate, watchers} of each answer, oldest first; times in ms, the rate in changes a second. */
  samples = [];
  /** When what the server shows was known to be all that its store holds; "": it is so now. */
  staleSince = "";
  /** Since when the store takes no writes, by performance.now(); null: it does, or nobody knows. */
  downAt = null;

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
    this.staleSince = "";
    this.downAt = null;
    clearTimeout(this.#timer);
    this.#ask();
  }

  async #ask() {
    if (document.visibilityState === "visible") {
      try {
        const said = await ask("/v1/status");
        await this.#compare(said);
        this.#take(said);
      } catch {
        // the watch says what is wrong
        this.staleSince = "";
        this.downAt = null;
      }
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), EVERY_MS);
  }

  /** The watch says only every 10 s how fresh it is: where there is a doubt an answer is asked. */
  async #compare({ storeUp }) {
    const up = storeUp === true;
    this.downAt = up ? null : this.downAt ?? performance.now();
    if (up && this.staleSince === "" && !(store.behind > LATE_MS)) {
      return;
    }
    const { asOf } = await ask("/v1/services", { pageSize: 1 });
    this.staleSince = age(asOf) > LATE_MS ? asOf : "";
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

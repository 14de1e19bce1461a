// SPDX-License-Identifier: Apache-2.0
// The registry's own record of what happened, newest first; live because every change has it read on.

import { ask } from "./api.js";
import { store } from "./store.js";

/** The most events that a page keeps. */
const MOST = 4000;

const PAUSE_MS = 400;
const AGAIN_MS = 2_000;
/** Few changes are the rule: what is new fits into a small page. */
const NEWEST = 50;

/** What names one event. */
export function eventKey(event) {
  return `${event.epoch}.${event.revision}.${event.instance?.service}.${event.instance?.id}`;
}

export class EventLog {
  events = [];
  /** There are older ones. */
  more = false;
  loaded = false;
  failure = null;
  #query;
  #size;
  #told;
  #token = "";
  #stop;
  #timer = 0;
  #asking = false;
  #again = false;
  #closed = false;

  /**
   * @param query ListEvents' conditions
   * @param told is called when there is something new
   */
  constructor({ query, size = 100, told }) {
    this.#query = query;
    this.#size = size;
    this.#told = told;
    let revision = store.revision;
    this.#stop = store.onUpdate(() => {
      // a snapshot has no changes, and may hide some
      if (store.revision !== revision) {
        revision = store.revision;
        this.#soon();
      }
    });
    this.#read();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stop();
  }

  /** The next page, of older ones. */
  async older() {
    if (!this.more || this.#asking) {
      return;
    }
    this.#asking = true;
    try {
      const page = await ask("/v1/events", { ...this.#query, pageSize: this.#size, pageToken: this.#token });
      this.#token = page.nextPageToken ?? "";
      this.more = this.#token !== "";
      const known = new Set(this.events.map(eventKey));
      this.events = this.events.concat((page.events ?? []).filter((event) => !known.has(eventKey(event))));
    } catch (failure) {
      this.failure = failure;
    }
    this.#asking = false;
    this.#tell();
  }

  #soon() {
    if (this.#timer === 0 && !this.#closed) {
      this.#timer = setTimeout(() => {
        this.#timer = 0;
        this.#read();
      }, this.failure === null ? PAUSE_MS : AGAIN_MS);
    }
  }

  async #read() {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    try {
      if (!this.loaded || !this.#joins(await this.#page(Math.min(NEWEST, this.#size)))) {
        this.#begin(await this.#page(this.#size));
      }
      this.loaded = true;
      this.failure = null;
    } catch (failure) {
      this.failure = failure;
    }
    this.#asking = false;
    this.#tell();
    if (this.#again || this.failure?.passing) {
      this.#again = false;
      this.#soon();
    }
  }

  #page(pageSize) {
    return ask("/v1/events", { ...this.#query, pageSize });
  }

  /** Puts what is new before what is known; false: there is a gap between them, or too much. */
  #joins(page) {
    const known = new Set(this.events.map(eventKey));
    const events = page.events ?? [];
    const fresh = events.filter((event) => !known.has(eventKey(event)));
    const gap = fresh.length === events.length && (events.length > 0 || known.size > 0);
    // a page that stays open for days begins anew now and then
    if (gap || fresh.length + known.size > MOST) {
      return false;
    }
    this.events = fresh.concat(this.events);
    return true;
  }

  #begin(page) {
    this.events = page.events ?? [];
    this.#token = page.nextPageToken ?? "";
    this.more = this.#token !== "";
  }

  #tell() {
    if (!this.#closed) {
      this.#told();
    }
  }
}

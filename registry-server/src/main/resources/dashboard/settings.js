// SPDX-License-Identifier: Apache-2.0
// The configuration of the namespace, as its watch tells it; followed while somebody looks at it.

import { Stream } from "./stream.js";

export class Settings {
  byKey = new Map();
  loaded = false;
  #pending = null;
  #stream;

  /** @param told is called after every change */
  constructor(told) {
    const tell = () => told();
    this.#stream = new Stream("/v1/config:watch", {}, {
      opened: () => { this.#pending = null; },
      message: (message) => {
        this.#take(message);
        tell();
      },
      lost: tell,
      paused: tell,
      refused: tell,
    });
  }

  close() {
    this.#stream.close();
  }

  #take(message) {
    if (message.snapshot) {
      this.#pending ??= new Map();
    }
    const into = message.snapshot ? this.#pending : this.byKey;
    for (const { upsert, removed } of message.changes ?? []) {
      if (upsert) {
        into.set(upsert.key, upsert);
      } else {
        into.delete(removed);
      }
    }
    if (message.snapshot && !message.more) {
      this.byKey = this.#pending;
      this.#pending = null;
      this.loaded = true;
    }
  }
}

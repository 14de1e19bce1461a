// SPDX-License-Identifier: Apache-2.0
// One watch, over server-sent events, for as long as somebody looks.
//
// Not the browser's EventSource: that would resume from a position in the middle of a snapshot, and
// cannot say why it was refused.

import { address, refusal, Refused } from "./api.js";
import { setClock } from "./format.js";

/** Bookmarks come every 10 s: silence for longer than this is a dead connection. */
const SILENCE_MS = 25_000;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 3_000;
/** A tab that nobody sees gives its connection up; a browser has six for one server. */
const HIDDEN_MS = 15_000;

export class Stream {
  #path;
  #query;
  #told;
  #id = "";
  #abort = null;
  #delay = FIRST_DELAY_MS;
  #timer = 0;
  #hidden = 0;
  #watchdog = 0;
  #closed = false;
  #resting = false;
  #onVisibility = () => this.#visibility();
  #onLeave = () => this.#rest();

  /** @param told {opened(), message(m), lost(reason), paused(), refused(reason)}: the last is final */
  constructor(path, query, told) {
    this.#path = path;
    this.#query = query;
    this.#told = told;
    document.addEventListener("visibilitychange", this.#onVisibility);
    // a browser that keeps the page to come back to would keep its connections too
    addEventListener("pagehide", this.#onLeave);
    addEventListener("pageshow", this.#onVisibility);
    this.#run();
  }

  close() {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#onVisibility);
    removeEventListener("pagehide", this.#onLeave);
    removeEventListener("pageshow", this.#onVisibility);
    clearTimeout(this.#timer);
    clearTimeout(this.#hidden);
    clearTimeout(this.#watchdog);
    this.#abort?.abort();
  }

  #visibility() {
    clearTimeout(this.#hidden);
    if (document.visibilityState === "hidden") {
      this.#hidden = setTimeout(this.#onLeave, HIDDEN_MS);
    } else if (this.#resting || this.#abort === null) {
      this.#resting = false;
      this.#delay = FIRST_DELAY_MS;
      clearTimeout(this.#timer);
      if (this.#abort === null) {
        this.#run();
      }
    }
  }

  #rest() {
    this.#resting = true;
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  async #run() {
    const abort = new AbortController();
    this.#abort = abort;
    let reason = "";
    let refused = false;
    try {
      reason = await this.#follow(abort.signal);
    } catch (failure) {
      reason = failure instanceof Refused ? failure.message : "the registry does not answer";
      refused = failure instanceof Refused && !failure.passing;
    }
    clearTimeout(this.#watchdog);
    this.#abort = null;
    if (this.#closed) {
      return;
    }
    if (this.#resting) {
      this.#told.paused();
      return;
    }
    if (refused) {
      this.#told.refused(reason);
      return;
    }
    this.#told.lost(reason);
    this.#timer = setTimeout(() => this.#run(), this.#delay * (0.75 + Math.random() / 2));
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY_MS);
  }

  async #follow(signal) {
    this.#heard();
    const headers = { Accept: "text/event-stream" };
    if (this.#id !== "") {
      headers["Last-Event-ID"] = this.#id;
    }
    const answer = await fetch(address(this.#path, this.#query), { headers, signal });
    if (!answer.ok) {
      throw await refusal(answer);
    }
    setClock(answer.headers.get("date"));
    this.#told.opened();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    let reason = "the connection ended";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        return reason;
      }
      this.#heard();
      held += value;
      let end = held.indexOf("\n\n");
      while (end >= 0) {
        reason = this.#take(held.slice(0, end)) ?? reason;
        held = held.slice(end + 2);
        end = held.indexOf("\n\n");
      }
    }
  }

  /** One event; answers why the stream ends, where it says so. */
  #take(text) {
    const field = (name) => text.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const data = field("data");
    if (data === undefined) {
      return undefined;
    }
    const message = JSON.parse(data);
    if (field("event") === "error") {
      return message.error?.message ?? "the registry ended the watch";
    }
    this.#told.message(message);
    this.#delay = FIRST_DELAY_MS;
    if (!message.more) {
      this.#id = field("id") ?? this.#id;
    }
    return undefined;
  }

  #heard() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#abort?.abort(), SILENCE_MS);
  }
}

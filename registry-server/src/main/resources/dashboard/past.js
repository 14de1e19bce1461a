// SPDX-License-Identifier: Apache-2.0
// How well each service was in the last half hour, told backwards from now by the events.

import { EventLog } from "./events.js";
import { now } from "./format.js";
import { usable } from "./store.js";

export const MINUTES = 30;
export const TICKS = 30;
const TICK_MS = (MINUTES * 60_000) / TICKS;
const ABSENT = "absent";

/** What an instance was before an event, where no older event says it. */
const BEFORE = {
  REGISTERED: ABSENT,
  RECOVERED: ABSENT,
  STARTED: "INSTANCE_STATUS_STARTING",
  PROBE_PASSED: "INSTANCE_STATUS_NOT_SERVING",
  HEARD_AGAIN: "INSTANCE_STATUS_NOT_SERVING",
  PROBE_FAILED: "INSTANCE_STATUS_SERVING",
  CONNECTION_LOST: "INSTANCE_STATUS_SERVING",
  DRAINED: "INSTANCE_STATUS_SERVING",
  DEREGISTERED: "INSTANCE_STATUS_SERVING",
  LEASE_EXPIRED: "INSTANCE_STATUS_SERVING",
  REMOVE_AFTER: "INSTANCE_STATUS_NOT_SERVING",
};

function before(event, older) {
  if (older !== undefined) {
    return older.status ?? ABSENT;
  }
  const kind = (event.cause?.kind ?? "").replace("CAUSE_KIND_", "");
  return BEFORE[kind] ?? event.status ?? ABSENT;
}

function worse(a, b) {
  const order = ["unknown", "none", "well", "partly", "down"];
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

/** The instances of a service while one goes back in time. */
class Then {
  #states = new Map();
  #total = 0;
  #well = 0;

  set(id, state) {
    this.#count(this.#states.get(id) ?? ABSENT, -1);
    this.#count(state, 1);
    this.#states.set(id, state);
  }

  /** One that is only starting was neither well nor down. */
  #count(state, by) {
    this.#total += state === ABSENT || state === "INSTANCE_STATUS_STARTING" ? 0 : by;
    this.#well += state === "INSTANCE_STATUS_SERVING" ? by : 0;
  }

  get state() {
    if (this.#total === 0) {
      return "none";
    }
    if (this.#well === this.#total) {
      return "well";
    }
    return this.#well === 0 ? "down" : "partly";
  }
}

/** Follows the events of one service, or of all of them, for as long as the log goes back. */
export class Past {
  #log;
  #byService = null;

  /** @param service its name; empty: all */
  constructor(service, told) {
    const since = new Date(now() - MINUTES * 60_000).toISOString();
    this.#log = new EventLog({ query: { service, since }, size: 1000, told: () => {
      this.#byService = null;
      told();
    } });
  }

  close() {
    this.#log.close();
  }

  /** The ticks of a service, oldest first: well, partly, down, none, unknown. */
  ticks(service, instances) {
    const ticks = Array(TICKS).fill("unknown");
    if (!this.#log.loaded) {
      return ticks;
    }
    const listed = [...instances];
    const events = this.#told(service, listed);
    const then = new Then();
    for (const one of listed) {
      then.set(one.id, usable(one) ? "INSTANCE_STATUS_SERVING" : one.status);
    }
    const end = now();
    const tickOf = (event) => TICKS - 1 - Math.floor((end - Date.parse(event.cause?.time)) / TICK_MS);
    let at = TICKS - 1;
    ticks[at] = then.state;
    for (const { event, older } of events) {
      const tick = Math.min(at, tickOf(event));
      for (; at > tick && at > 0; at--) {
        ticks[at - 1] = then.state;
      }
      then.set(event.instance?.id, before(event, older));
      if (tick >= 0 && then.state !== "none") {
        ticks[at] = worse(ticks[at], then.state);
      }
    }
    // before its oldest event the log says nothing, unless it has them all
    const known = this.#log.more ? tickOf(this.#log.events.at(-1)) : 0;
    for (; at > Math.max(0, known); at--) {
      ticks[at - 1] = then.state;
    }
    return ticks;
  }

  /** Newest first; a store that was emptied forgot its events, yet not since when who is listed is. */
  #told(service, listed) {
    const events = this.#events().get(service) ?? [];
    if (this.#log.more) {
      return events;
    }
    const known = new Set(events.map(({ event }) => event.instance?.id));
    const births = listed.filter((one) => one.registeredAt && !known.has(one.id))
      .map((one) => ({ event: { instance: one, cause: { kind: "CAUSE_KIND_REGISTERED", time: one.registeredAt } } }));
    return births.length === 0 ? events
      : events.concat(births).sort((a, b) => Date.parse(b.event.cause?.time) - Date.parse(a.event.cause?.time));
  }

  /** By service, newest first, each with the one before it of the same instance. */
  #events() {
    if (this.#byService === null) {
      this.#byService = new Map();
      const last = new Map();
      for (const event of this.#log.events.toReversed()) {
        const { service = "", id = "" } = event.instance ?? {};
        const key = `${service}/${id}`;
        const list = this.#byService.get(service) ?? [];
        list.push({ event, older: last.get(key) });
        this.#byService.set(service, list);
        last.set(key, event);
      }
      this.#byService.forEach((list) => list.reverse());
    }
    return this.#byService;
  }
}

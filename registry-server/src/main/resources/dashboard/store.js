// SPDX-License-Identifier: Apache-2.0
// All services and their instances, as the watch tells them. One store, one stream; views only read.

import { age, byName, status } from "./format.js";
import { Stream } from "./stream.js";

/** Views are told of changes at most this often. */
const PAUSE_MS = 120;

/** One service: its instances by id, and how many there are in each state. */
class Service {
  instances = new Map();
  #counts = null;
  #sorted = null;

  constructor(name) {
    this.name = name;
  }

  put(instance) {
    this.instances.set(instance.id, instance);
    this.#counts = null;
    this.#sorted = null;
  }

  remove(id) {
    this.instances.delete(id);
    this.#counts = null;
    this.#sorted = null;
  }

  /** The instances in the order of their names. */
  get sorted() {
    this.#sorted ??= [...this.instances.values()].sort((a, b) => byName(a.id, b.id));
    return this.#sorted;
  }

  get counts() {
    this.#counts ??= tally(this.instances.values());
    return this.#counts;
  }
}

/** Whether callers are given it. */
export function usable(instance) {
  return instance.status === "INSTANCE_STATUS_SERVING" || instance.protected === true;
}

function tally(instances) {
  const counts = { total: 0, usable: 0, held: 0, serving: 0, starting: 0, draining: 0, failing: 0, gone: 0 };
  for (const one of instances) {
    counts.total++;
    counts[status(one.status).tone]++;
    counts.usable += usable(one) ? 1 : 0;
    counts.held += one.protected ? 1 : 0;
  }
  return counts;
}

class Store {
  services = new Map();
  /** A snapshot was seen. */
  loaded = false;
  recovering = false;
  /** Since when that is so, by performance.now(). */
  recoveringAt = 0;
  epoch = "";
  revision = 0;
  /** How old the registry's own view was when it last told something, in milliseconds. */
  behind = 0;
  connected = false;
  /** When the connection was lost, by performance.now(); null: it is there. */
  lostAt = null;
  lostWhy = "";
  /** The registry will not answer this, however often it is asked. */
  refused = false;
  /** Changes that were told since the page opened. */
  changes = 0;

  #stream = null;
  #pending = null;
  #listeners = new Set();
  #changeListeners = new Set();
  #timer = 0;

  /** Follows a namespace from its beginning. */
  open() {
    this.#stream?.close();
    this.services = new Map();
    this.loaded = false;
    this.recovering = false;
    this.refused = false;
    this.behind = 0;
    this.#pending = null;
    this.lostAt = performance.now();
    this.#stream = new Stream("/v1/watch", { allStatuses: "true" }, {
      opened: () => this.#opened(),
      message: (message) => this.#take(message),
      lost: (why) => this.#lost(why),
      refused: (why) => {
        this.refused = true;
        this.#lost(why);
      },
      paused: () => this.#lost("this page was in the background"),
    });
    this.#tell();
  }

  service(name) {
    return this.services.get(name);
  }

  instance(service, id) {
    return this.services.get(service)?.instances.get(id);
  }

  /** All of them, counted. */
  get counts() {
    const all = { total: 0, usable: 0, held: 0, serving: 0, starting: 0, draining: 0, failing: 0 };
    for (const service of this.services.values()) {
      for (const key of Object.keys(all)) {
        all[key] += service.counts[key];
      }
    }
    return all;
  }

  /** Called after changes, not more often than people can see. Answers how to stop it. */
  onUpdate(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called with each change as it comes, snapshots left out. */
  onChange(listener) {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  #opened() {
    this.connected = true;
    this.lostAt = null;
    this.#pending = null;
    this.#tell();
  }

  #lost(why) {
    this.connected = false;
    this.lostAt ??= performance.now();
    this.lostWhy = why;
    this.#tell();
  }

  #take(message) {
    const recovering = message.recovering === true;
    if (recovering && !this.recovering) {
      this.recoveringAt = performance.now();
    }
    this.recovering = recovering;
    this.behind = age(message.asOf);
    if (message.snapshot) {
      this.#pending ??= new Map();
      this.#apply(this.#pending, message.changes ?? []);
      if (!message.more) {
        this.services = this.#pending;
        this.#pending = null;
        this.loaded = true;
      }
    } else {
      this.#apply(this.services, message.changes ?? []);
      for (const change of message.changes ?? []) {
        this.changes++;
        this.#changeListeners.forEach((listener) => listener(change));
      }
    }
    if (!message.more) {
      this.epoch = message.epoch ?? "";
      this.revision = Number(message.revision ?? 0);
    }
    this.#tell();
  }

  #apply(services, changes) {
    for (const { upsert, removed, cause } of changes) {
      const { service: name, id } = upsert ?? removed;
      let service = services.get(name);
      if (upsert) {
        if (service === undefined) {
          service = new Service(name);
          services.set(name, service);
        }
        service.put({ ...upsert, cause });
      } else if (service !== undefined) {
        service.remove(id);
        if (service.instances.size === 0) {
          services.delete(name);
        }
      }
    }
  }

  #tell() {
    if (this.#timer === 0) {
      this.#timer = setTimeout(() => {
        this.#timer = 0;
        this.#listeners.forEach((listener) => listener());
      }, PAUSE_MS);
    }
  }
}

/** The one. */
export const store = new Store();

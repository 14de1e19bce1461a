// SPDX-License-Identifier: Apache-2.0
// A table of any length that builds only the rows one can see. The page scrolls, not the table.

import { h, swap } from "./dom.js";

/** Rows built beyond the edges of the window. */
const MARGIN = 6;

export class Table {
  #make;
  #key;
  #items = [];
  #shown = new Map();
  #spare = [];
  #height = 0;
  #frame = 0;
  #stale = false;
  #empty;
  #stop = new AbortController();

  /**
   * @param label what it lists, for screen readers
   * @param columns {name, kind}: the kind is the class of the column's cells
   * @param key what stays the same of an item
   * @param make () => {cells, update(item)}: the parts of one row, to be filled again and again
   */
  constructor({ label, name, columns, key, make }) {
    this.#make = make;
    this.#key = key;
    this.#empty = h("div.nothing");
    this.rows = h("div.rows", { role: "rowgroup" });
    const head = h("div.row.head", { role: "row" },
      columns.map(({ name: text, kind }) => h(`div.cell.${kind}`, { role: "columnheader", text })));
    this.grid = h(`div.table.${name}`, { role: "table", "aria-label": label },
      h("div.heads", { role: "rowgroup" }, head), this.rows);
    this.columns = columns;
    this.element = h("div.tablewrap", null, this.grid, this.#empty);
    const options = { passive: true, signal: this.#stop.signal };
    addEventListener("scroll", () => this.#soon(), options);
    addEventListener("resize", () => this.#resized(), options);
    this.rows.addEventListener("keydown", (event) => this.#onKey(event));
  }

  close() {
    this.#stop.abort();
    cancelAnimationFrame(this.#frame);
  }

  /** Shows these items; `nothing` is said where there are none. */
  show(items, nothing) {
    this.#items = items;
    this.grid.hidden = items.length === 0;
    this.#empty.hidden = items.length > 0;
    if (items.length === 0) {
      swap(this.#empty, nothing);
    }
    this.grid.setAttribute("aria-rowcount", String(items.length + 1));
    this.#draw(true);
  }

  /** The items that one can see now. */
  visible() {
    return [...this.#shown.values()].map((row) => this.#items[row.index]).filter((item) => item !== undefined);
  }

  /** Fills the rows in sight again: time passes. */
  refresh() {
    this.#draw(true);
  }

  /** The same with the next frame, however often it is asked for. */
  refreshSoon() {
    this.#stale = true;
    this.#soon();
  }

  /** Rows may be of another height now, and none stands where it should. */
  #resized() {
    this.#height = 0;
    for (const row of this.#shown.values()) {
      row.index = -1;
    }
    this.#soon();
  }

  #soon() {
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#draw(this.#stale);
      });
    }
  }

  #measure() {
    if (this.#height === 0) {
      this.#height = Number.parseFloat(getComputedStyle(this.grid).getPropertyValue("--row")) || 48;
    }
    return this.#height;
  }

  #range() {
    const height = this.#measure();
    const top = this.rows.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / height) - MARGIN);
    const last = Math.min(this.#items.length, Math.ceil((innerHeight - top) / height) + MARGIN);
    return [first, last];
  }

  #draw(all) {
    if (!this.rows.isConnected) {
      return;
    }
    this.#stale = this.#stale && !all;
    const height = this.#measure();
    this.rows.style.height = `${this.#items.length * height}px`;
    const [first, last] = this.#range();
    const wanted = new Map();
    for (let i = first; i < last; i++) {
      wanted.set(this.#key(this.#items[i]), i);
    }
    for (const [key, row] of this.#shown) {
      if (!wanted.has(key)) {
        row.element.remove();
        this.#shown.delete(key);
        this.#spare.push(row);
      }
    }
    this.#spare.length = Math.min(this.#spare.length, 40);
    for (const [key, i] of wanted) {
      this.#place(key, i, height, all);
    }
  }

  #place(key, index, height, all) {
    let row = this.#shown.get(key);
    const fresh = row === undefined;
    if (fresh) {
      row = this.#spare.pop() ?? this.#row();
      row.index = -1;
      this.#shown.set(key, row);
    }
    if (row.index !== index) {
      row.index = index;
      row.element.style.transform = `translateY(${index * height}px)`;
      row.element.setAttribute("aria-rowindex", String(index + 2));
      row.element.classList.toggle("odd", index % 2 === 1);
    }
    if (fresh || all) {
      row.update(this.#items[index], row.element);
    }
    if (fresh) {
      this.#insert(row);
    }
  }

  /** In the order of the rows, so that Tab goes downwards. */
  #insert(row) {
    let after = null;
    for (const other of this.#shown.values()) {
      if (other.element.isConnected && other.index > row.index && (after === null || other.index < after.index)) {
        after = other;
      }
    }
    this.rows.insertBefore(row.element, after?.element ?? null);
  }

  #row() {
    const { cells, update } = this.#make();
    const element = h("div.row", { role: "row" },
      cells.map((cell, i) => h(`div.cell.${this.columns[i].kind}`, { role: "cell" }, cell)));
    return { element, update, index: -1 };
  }

  /** Up and down go from row to row, also to those that are not built yet. */
  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const from = event.target.closest?.(".row");
    if (step === undefined || from === null || event.target.matches("input, select, textarea")) {
      return;
    }
    const current = [...this.#shown.values()].find((row) => row.element === from);
    const next = (current?.index ?? -1) + step;
    if (next < 0 || next >= this.#items.length) {
      return;
    }
    event.preventDefault();
    const height = this.#measure();
    const y = this.rows.getBoundingClientRect().top + next * height;
    if (y < 80 || y + height > innerHeight - 80) {
      scrollBy({ top: step * height });
    }
    this.#draw(false);
    this.#shown.get(this.#key(this.#items[next]))?.element.querySelector("a, button")?.focus();
  }
}

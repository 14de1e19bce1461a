// SPDX-License-Identifier: Apache-2.0
// Which lines of a text are new, and which are gone.

import { h } from "./dom.js";

/** Beyond this many cells the two texts are shown whole, one after the other. */
const MOST_CELLS = 1_000_000;

/** A last line break begins no line. */
function split(text) {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** [{mark: " " | "+" | "-", text}] from one text to another. */
export function lines(from, into) {
  const a = split(from);
  const b = split(into);
  if (a.length * b.length > MOST_CELLS) {
    return [...a.map((text) => ({ mark: "-", text })), ...b.map((text) => ({ mark: "+", text }))];
  }
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] === b[j]
        ? longest[(i + 1) * width + j + 1] + 1
        : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  const out = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ mark: " ", text: a[i] });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      out.push({ mark: "-", text: a[i++] });
    } else {
      out.push({ mark: "+", text: b[j++] });
    }
  }
  return out;
}

const SAYS = { "+": "added", "-": "removed", " ": "" };

/** The same as a picture: signs, not colours alone. */
export function drawn(from, into) {
  return h("pre.diff", { tabindex: "0", role: "region", "aria-label": "What changed" },
    lines(from, into).map(({ mark, text }) => h(`span.diffline${mark === "+" ? ".added" : mark === "-" ? ".removed" : ""}`, null,
      h("span.sign", { "aria-label": SAYS[mark] || null, role: SAYS[mark] ? "img" : null, text: mark }), text, "\n")));
}

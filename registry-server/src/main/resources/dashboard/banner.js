// SPDX-License-Identifier: Apache-2.0
// Whether what one sees is true now, in plain words.

import { h, icon, say } from "./dom.js";
import { clock, span } from "./format.js";
import { server } from "./server.js";
import { store } from "./store.js";

/** Short breaks are mended before anybody could read of them. */
const PATIENCE_MS = 700;
/** Of a store that was lost just now nobody can say yet what is missed. */
const DOWN_MS = 2_500;
/** No recovery takes longer: what goes on is something else. */
const RECOVERY_MS = 40_000;

/** Tells screen readers, politely. */
export function announce(text) {
  say(document.getElementById("said"), text);
}

/** Whether the store takes no changes, and that for longer than a hiccup. */
function down() {
  return server.downAt !== null && performance.now() - server.downAt > DOWN_MS;
}

/** What is wrong: {tone, title, text}, or null. */
function trouble() {
  if (store.refused) {
    return { tone: "bad", title: "Refused", text: store.lostWhy };
  }
  if (!store.connected) {
    const since = store.lostAt === null ? 0 : performance.now() - store.lostAt;
    if (since < PATIENCE_MS) {
      return null;
    }
    const what = store.loaded ? "What you see is how it was then." : "Nothing was seen yet.";
    return { tone: "bad", title: "Disconnected", text: `for ${span(Math.max(1000, since)).replace(/\.\d/, "")}: ${store.lostWhy || "no answer yet"}. ${what} Trying again by itself.` };
  }
  if (server.staleSince !== "") {
    return { tone: "held", title: "Stale", text: `No word from the registry's store since ${clock(server.staleSince)}. What you see is how it was then.${down() ? " Nothing can be changed until it is back." : ""}` };
  }
  if (store.recovering) {
    return { tone: "held", title: "Recovering", text: performance.now() - store.recoveringAt < RECOVERY_MS
      ? "The store may have lost something. Who is missing here may come back within 30 s."
      : "The registry cannot read all that its store holds: somebody may be missing here. Its /readyz and its log say why." };
  }
  if (down()) {
    return { tone: "held", title: "No writes", text: "The store takes no changes now. What is listed is current, and stays listed." };
  }
  return null;
}

/** The banner above every view. */
export function banner() {
  const title = h("strong");
  const text = h("span");
  const element = h("div.banner", { hidden: true }, icon("warn"), h("p", null, title, " ", text));
  let said = "";
  return {
    element,
    update() {
      const what = trouble();
      element.hidden = what === null;
      if (what !== null) {
        element.className = `banner ${what.tone}`;
        say(title, what.title);
        say(text, what.text);
      }
      const word = what?.title ?? "Live";
      if (word !== said && (said !== "" || what !== null)) {
        announce(what === null ? "Connected again, live" : `${what.title} ${what.text}`);
      }
      said = word;
    },
  };
}

/** The small light that says that the page is live. */
export function light() {
  const word = h("span");
  const element = h("p.light", null, h("i", { "aria-hidden": "true" }), word);
  return {
    element,
    update() {
      const what = trouble();
      element.className = `light ${what === null ? "live" : what.tone}`;
      say(word, what === null ? "Live" : what.title);
    },
  };
}

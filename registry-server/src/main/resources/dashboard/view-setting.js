// SPDX-License-Identifier: Apache-2.0
// One key: its value, a way to change it that overwrites nobody's change, and its past.

import { ask, keyPath, send } from "./api.js";
import { announce } from "./banner.js";
import { drawn } from "./diff.js";
import { h, say, swap } from "./dom.js";
import { clock, sentence } from "./format.js";
import { go, to } from "./router.js";
import { heading, when } from "./rows.js";
import { Settings } from "./settings.js";
import { setting as lines, snippets } from "./snippets.js";

export function setting(key, query) {
  let editing = query.get("edit") === "1";
  let from = null;
  let versions = [];
  let asked = null;
  const about = h("p.soft");
  const value = h("pre.value", { tabindex: "0", role: "region", "aria-label": "Value" });
  const text = h("textarea", { rows: "10", "aria-label": `Value of ${key}`, spellcheck: "false" });
  const problem = h("p.problem", { role: "alert", hidden: true });
  const edit = h("button", { type: "button", text: "Edit", onclick: () => begin() });
  const save = h("button.primary", { type: "button", text: "Save", onclick: () => put(text.value, from) });
  let saving = false;
  const cancel = h("button", { type: "button", text: "Cancel", onclick: () => end() });
  const remove = h("button.danger", { type: "button", text: "Delete", onclick: () => takeAway() });
  const editor = h("div.editor", { hidden: true }, text, h("div.buttons", null, save, cancel));
  const past = h("ol.versions");
  const element = h("div.view", null,
    h("nav.crumbs", { "aria-label": "Where you are" }, h("a", { href: to(["config"]), text: "Config" })),
    heading(key, h("span.buttons", null, edit, remove)), about, value, editor, problem,
    h("section.card", { "aria-labelledby": "versions" }, h("h2", { id: "versions", text: "Versions" }), past),
    snippets(`Follow ${key}`, () => lines(key)));
  const settings = new Settings(() => update());

  function current() {
    return settings.byKey.get(key);
  }

  function begin() {
    editing = true;
    from = current()?.revision ?? "0";
    text.value = current()?.value ?? "";
    tell("");
    update();
    text.focus();
  }

  function end() {
    editing = false;
    from = null;
    update();
    edit.focus();
  }

  function tell(what) {
    problem.hidden = what === "";
    say(problem, what);
  }

  /** Only if nobody wrote meanwhile: the revision that was seen is the one that is expected. */
  async function put(content, revision) {
    if (saving) {
      return;
    }
    busy(true);
    tell("");
    try {
      await send("PUT", keyPath(key), { value: content, expectedRevision: revision });
      saved();
    } catch (refused) {
      if (refused.reason !== "REVISION_MISMATCH") {
        tell(`${sentence(refused.message)}${editing ? " What you wrote is still here." : ""}`);
      } else if (current() !== undefined && (current().value ?? "") === content) {
        // an earlier try, of which nobody could say what became of it
        saved();
      } else if (editing) {
        tell("Somebody else changed it while you were writing. Their version is above; yours is still here. Save again to put yours in its place.");
        from = current()?.revision ?? "0";
      } else {
        tell("Somebody else changed it just now. Look at it, and restore again if you still want to.");
      }
    } finally {
      busy(false);
    }
  }

  function saved() {
    announce(`${key} is saved`);
    end();
  }

  /** A store that is away answers late: a second click would be a second write. */
  function busy(now) {
    saving = now;
    text.readOnly = now;
    save.setAttribute("aria-disabled", String(now));
    say(save, now ? "Saving …" : "Save");
  }

  async function takeAway() {
    if (remove.dataset.sure !== "yes") {
      remove.dataset.sure = "yes";
      say(remove, "Really delete?");
      setTimeout(() => {
        delete remove.dataset.sure;
        say(remove, "Delete");
      }, 4_000);
      return;
    }
    try {
      await send("DELETE", keyPath(key), null, { expectedRevision: current()?.revision ?? "" });
      go(["config"]);
    } catch (refused) {
      tell(sentence(refused.message));
    }
  }

  async function askPast() {
    const revision = current()?.revision ?? "";
    if (!settings.loaded || asked === revision) {
      return;
    }
    asked = revision;
    try {
      versions = (await ask(`${keyPath(key)}:history`)).versions ?? [];
      swap(past, versions.length === 0 ? h("li.soft", { text: "None is kept." }) : versions.map(versionLine));
    } catch (refused) {
      if (versions.length === 0) {
        swap(past, h("li.soft", { text: refused.passing ? sentence(refused.message) : "None is kept." }));
      }
      if (refused.passing) {
        // what is shown is older than the value: it is asked again
        setTimeout(() => { asked = null; }, 2_000);
      }
    }
  }

  function versionLine(version, i) {
    const one = version.setting ?? {};
    const before = versions[i + 1];
    const now = i === 0 && !version.deleted;
    const old = before?.deleted ? "" : before?.setting?.value ?? "";
    return h("li", null,
      h("div.versionhead", null, h("span.digits", { text: `rev ${one.revision ?? "?"}` }), h("time", { text: clock(one.changedAt) }),
        h("span.soft", { text: `by ${one.changedBy || "unknown"}` }),
        version.deleted ? h("span.soft", { text: "deleted" }) : null,
        now ? h("span.tag", { text: "now" }) : version.deleted ? null
          : h("button.quiet", { type: "button", text: "Restore", onclick: () => put(one.value ?? "", current()?.revision ?? "0") })),
      drawn(old, version.deleted ? "" : one.value ?? ""));
  }

  function update() {
    const one = current();
    if (editing && from === null && settings.loaded) {
      begin();
      return;
    }
    swap(about, one === undefined ? (settings.loaded ? "This key is not there." : "Asking the registry …")
      : [`Revision ${one.revision}, changed `, when(one.changedAt), ` by ${one.changedBy || "unknown"}.`]);
    value.hidden = one === undefined;
    say(value, one?.value ?? "");
    edit.hidden = editing;
    say(edit, one === undefined ? "Write it" : "Edit");
    remove.hidden = one === undefined || editing;
    editor.hidden = !editing;
    past.classList.toggle("fixed", editing);
    askPast();
  }

  return { title: key, element, update, tick: update, close: () => settings.close() };
}

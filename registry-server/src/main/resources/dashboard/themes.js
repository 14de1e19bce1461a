// SPDX-License-Identifier: Apache-2.0
// Light, dark, or whatever the system says; theme.js sets the choice before the first paint.

import { h, icon } from "./dom.js";
import { announce } from "./banner.js";

const ORDER = ["system", "light", "dark"];

function chosen() {
  return document.documentElement.dataset.theme ?? "system";
}

function choose(theme) {
  if (theme === "system") {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
  try {
    localStorage.setItem("rollcall-theme", theme);
  } catch {
    // it holds for this page then
  }
}

/** Goes round: system, light, dark. */
export function themeButton() {
  const word = h("span");
  const button = h("button.quiet.theme", { type: "button", onclick: () => {
    choose(ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length]);
    tell();
    announce(`Colours: ${chosen()}`);
  } }, icon("theme"), word);
  function tell() {
    word.textContent = { system: "System", light: "Light", dark: "Dark" }[chosen()];
    button.setAttribute("aria-label", `Colours: ${chosen()}`);
  }
  tell();
  return button;
}

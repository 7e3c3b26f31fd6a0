// The keys of domain use. Letters and digits in a text box are always just text.

import { advance, firstField } from "./form.js";
import * as suggest from "./suggest.js";

function editable(target) {
  return target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select") ?? false;
}

function mainForm(target) {
  return target.closest?.("form[data-book], form[data-find]") ?? document.querySelector("#main form[data-flow], #main form[data-book]:not([data-undo]), #main form[data-find]");
}

function save(target) {
  const form = mainForm(target);
  if (!form) return false;
  form.requestSubmit(form.querySelector(".primary, [type=submit]") ?? undefined);
  return true;
}

function press(selector) {
  const found = document.querySelector(selector);
  found?.click();
  return Boolean(found);
}

function control(event) {
  switch (event.key.toLowerCase()) {
    case "s":
      return save(event.target);
    case "r":
      return !event.shiftKey && press("#main [data-reset]");
    case "z":
      if (editable(event.target) && event.target.value) return false; // The text box's own undo.
      return press("form[data-undo] button");
    default:
      return /^[1-6]$/.test(event.key) && press(`.tabs [data-key="${event.key}"]`);
  }
}

function plain(event) {
  const { target, key } = event;
  if (/^F\d+$/.test(key)) {
    if (press(`[data-quick="${key.slice(1)}"]`)) return true;
    if (key === "F4" && target.matches?.("[data-suggest]")) {
      suggest.show(target, { all: true });
      return true;
    }
    return false;
  }
  if (key === "Enter" && target.form?.matches("[data-flow], [data-pick-form]")) {
    if (editable(target)) {
      advance(target);
      return true;
    }
    if (target.type === "checkbox") {
      target.click();
      return true;
    }
  }
  if (key === "Escape" && !document.querySelector("dialog[open]")) {
    const menu = document.querySelector("#who[open]");
    menu?.removeAttribute("open");
    return Boolean(menu);
  }
  if (editable(target)) return false;
  if (key === "/") {
    firstField(document.getElementById("main"))?.focus();
    return true;
  }
  if (key === "?") {
    const help = document.getElementById("keys");
    if (help && !help.open) help.showModal();
    return true;
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  let used;
  if ((event.ctrlKey || event.metaKey) && !event.altKey) used = control(event);
  else if (event.altKey && !event.ctrlKey && /^[1-6]$/.test(event.key)) used = press(`.tabs [data-key="${event.key}"]`);
  else used = suggest.key(event) || (!event.altKey && plain(event));
  if (used) event.preventDefault();
});

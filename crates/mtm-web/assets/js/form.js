// Forms: sent without a page load, answered by the server's own markup.
//
// Once: a booking goes out with the key that stands in the form and is repeated, byte for byte,
// until the server answered; only an answer brings a new form with a new key. A second click while
// one is on its way does nothing.

import { NoAnswer, announce, ask, go, say, swapMain, swapParts } from "./fragment.js";
import { keep, restore } from "./pick.js";
import { play } from "./sound.js";

const PATIENCE_MS = 15000;
let leaving = 0;

/** A booking is on its way; scans wait for it. */
export function busy() {
  return document.querySelector('form[aria-busy="true"]') !== null;
}

function body(form, submitter) {
  const data = new URLSearchParams(new FormData(form));
  if (submitter?.name) data.append(submitter.name, submitter.value);
  // The sums by part are on the screen while rows are ticked, so there is nothing left to review.
  const summary = form.querySelector("[data-pick-summary]");
  if (summary?.dataset.shown === "true") data.append("confirm", "review");
  return data;
}

function pause(milliseconds, button) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    button.onclick = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** Where a form goes; a button named "action" hides the property of that name. */
function address(form) {
  return new URL(form.getAttribute("action"), location.href);
}

/** Repeats one and the same request until the server answered it. */
async function insist(url, data) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask(url, { method: "POST", body: data, signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch (error) {
      if (!(error instanceof NoAnswer) && error?.name !== "TimeoutError") throw error;
      const again = document.createElement("button");
      again.type = "button";
      again.className = "button push";
      again.textContent = "Send again now";
      say("No answer yet, so it is not known whether this was booked. It is sent again by itself and cannot count twice.", "warn", [again]);
      if (attempt === 0) play("question");
      await pause(Math.min(1000 * 2 ** attempt, 15000), again);
    }
  }
}

async function book(form, submitter) {
  if (busy()) return;
  const data = body(form, submitter);
  form.setAttribute("aria-busy", "true");
  form.inert = true;
  leaving += 1;
  try {
    const fragment = await insist(address(form), data);
    say("");
    const trouble = fragment.querySelector(".error-code");
    if (trouble) {
      // A page of its own, without our form: the input stays, and so does the key.
      release(form);
      say([...fragment.querySelectorAll("h1, h1 + p")].map((line) => line.textContent).join(". "), "bad");
      play("refused");
      return;
    }
    const path = address(form).pathname;
    if (path !== "/undo" && path !== location.pathname + location.search) history.replaceState(null, "", path);
    answered(swapMain(fragment), form);
  } catch (error) {
    release(form);
    say("The answer could not be shown. Look in the history before you book again.", "bad");
    play("refused");
    throw error;
  } finally {
    leaving -= 1;
    document.dispatchEvent(new Event("mtm:idle"));
  }
}

function release(form) {
  form.inert = false;
  form.removeAttribute("aria-busy");
}

/** Sound, words and cursor after an answer. */
function answered(main, sent) {
  const panel = main.querySelector("[data-answer]");
  const kind = panel?.dataset.answer;
  if (panel) {
    play(kind);
    announce(panel.innerText);
  }
  const answer = main.querySelector("#answer");
  if (kind === "ok") window.scrollTo({ top: 0 });
  else if (!kind && answer?.childElementCount) answer.scrollIntoView({ block: "nearest" });
  const wrong = main.querySelector('[aria-invalid="true"]');
  const same = sent.id && sent.closest(".slots") && main.querySelector(`#${sent.id} [type=submit]`);
  if (wrong) wrong.focus();
  else if (same) same.focus();
  else if (kind === "question") answer?.focus(); // Not on a button: a second Enter must not confirm.
  else if (matchMedia("(pointer: coarse)").matches) answer?.focus({ preventScroll: true });
  else (main.querySelector("[autofocus]") ?? firstField(main))?.focus({ preventScroll: true });
}

function shown(field) {
  return !field.disabled && field.type !== "hidden" && field.checkVisibility?.() !== false && field.offsetParent !== null;
}

/** The fields of a form that a person walks through. */
export function fields(form) {
  return [...form.elements].filter((field) => field.matches("input, select, textarea") && shown(field));
}

/** The field where work starts. */
export function firstField(root = document) {
  const forms = [...root.querySelectorAll("form[data-flow], form[data-find], form[data-book], form")];
  for (const form of forms) {
    const first = fields(form)[0];
    if (first) return first;
  }
  return null;
}

/** To the next field, or sends the form after the last one. */
export function advance(field) {
  const form = field.form;
  const list = fields(form);
  const rest = list.slice(list.indexOf(field) + 1);
  // From a row on: the rows are ticked, what remains is where to and why.
  const next = field.closest("[data-pick]") ? rest.find((other) => !other.closest("[data-pick]")) : rest[0];
  if (next) {
    next.focus();
    next.select?.();
  } else {
    form.requestSubmit(form.querySelector(".primary") ?? undefined);
  }
}

function find(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
  const text = query.toString();
  const kept = keep(document);
  return go(address(form).pathname + (text ? `?${text}` : "")).then((main) => {
    if (!main) return;
    restore(main, kept);
    const count = main.querySelectorAll("tbody tr").length;
    announce(count === 1 ? "1 row" : `${count} rows`);
    if (!matchMedia("(pointer: coarse)").matches) firstField(main)?.focus({ preventScroll: true });
  });
}

/** Shows what is known about the chosen part. */
async function showContext(form, part) {
  if (form.dataset.shownPart === part) return;
  form.dataset.shownPart = part;
  try {
    const fragment = await ask(`/in?part=${encodeURIComponent(part)}`);
    if (form.dataset.shownPart !== part || !form.isConnected) return;
    const kept = new Map([...form.querySelectorAll("#part-asks [name]")].map((field) => [field.name, field.value]));
    swapParts(fragment, ["context", "part-asks"]);
    for (const [name, value] of kept) if (value && form.elements[name]) form.elements[name].value = value;
  } catch {
    form.dataset.shownPart = ""; // The form works without it.
  }
}

function showTotal(form) {
  const output = form.querySelector("[data-total]");
  if (!output) return;
  const each = Number(form.elements.quantity?.value);
  const times = Number(form.elements.containers?.value || 1);
  const both = Number.isInteger(each) && Number.isInteger(times) && each > 0 && times > 1;
  output.textContent = both ? `${times} × ${each.toLocaleString("en")} = ${(times * each).toLocaleString("en")} pieces in ${times} lots` : "";
}

/** The next field that must be filled, or the last one, where Enter saves. Never a button: the
 *  blanks of a slow scanner would press it. */
export function focusOpen(form) {
  const list = fields(form);
  (list.find((field) => field.ariaRequired === "true" && !field.value) ?? list.at(-1))?.focus();
}

/** Puts a value into a field as if a person had. */
export function fill(field, value) {
  if (!field) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-book]")) {
    event.preventDefault();
    book(form, event.submitter);
  } else if (form.matches("form[data-find]")) {
    event.preventDefault();
    find(form);
  }
});

document.addEventListener("click", (event) => {
  const plain = !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!plain) return;
  const quick = event.target.closest("[data-quick]");
  const offer = event.target.closest("[data-fill]");
  const link = event.target.closest("#main a[href]");
  const form = document.querySelector("form[data-flow]");
  if (quick && form) {
    event.preventDefault();
    for (const name of ["part", "operation", "quantity", "location"]) {
      if (quick.dataset[name]) fill(form.elements[name], quick.dataset[name]);
    }
    focusOpen(form);
  } else if (offer) {
    const field = document.getElementById(offer.dataset.fill);
    fill(field, offer.value);
    field?.focus();
  } else if (link && !link.hasAttribute("download") && link.origin === location.origin && link.pathname === location.pathname) {
    event.preventDefault();
    go(link.href).then((main) => link.matches("[data-reset], [data-focus]") && main && firstField(main)?.focus());
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-context]") && event.target.name === "part" && event.target.value.trim()) {
    showContext(form, event.target.value.trim().toUpperCase());
  }
});

document.addEventListener("input", (event) => {
  const field = event.target.closest(".field");
  if (field && event.isTrusted) delete field.dataset.scanned;
  if (event.target.form) showTotal(event.target.form);
});

window.addEventListener("popstate", () => go(location.href, { push: false }));
window.addEventListener("beforeunload", (event) => {
  if (leaving > 0) event.preventDefault();
});

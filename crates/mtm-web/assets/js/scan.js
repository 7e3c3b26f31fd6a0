// What was scanned: the server says what it is, and it goes to the field it belongs to.

import { busy, fill, focusOpen } from "./form.js";
import { announce, go, say } from "./fragment.js";
import { play } from "./sound.js";
import { listen } from "./wedge.js";

const WORDS = { part: "part", lot: "lot", location: "location", work_order: "work order", operation: "operation", quantity: "quantity", count: "count" };
const settings = document.body.dataset;

let queue = Promise.resolve();
listen((data, held, typed) => {
  queue = queue.then(() => scanned(data, held, typed)).catch(() => {});
});

// What was scanned towards one receipt: codes of one label have to agree. On other screens labels add up.
let seen = [];
document.addEventListener("mtm:idle", () => {
  seen = [];
});

// What scans put into fields; anything else there was typed.
const filled = new WeakMap();

function put(field, value) {
  fill(field, value);
  filled.set(field, field.value);
}

/** Whether a label may fill a field: it is empty, says the same, or holds what a scan left there. */
function isFree(field, value) {
  const held = field.value.trim();
  return held === "" || held.toUpperCase() === value.toUpperCase() || filled.get(field) === field.value || field.form.matches("[data-find]");
}

function remembered(data, warnings) {
  if (settings.screen !== "in") return;
  const differs = warnings.some((warning) => warning.code === "codes_disagree");
  seen = [...(differs ? [] : seen.slice(-7)), data];
}

/** Waits until the booking that is on its way was answered; the scan belongs to the next one. */
async function idle() {
  while (busy()) await new Promise((resolve) => document.addEventListener("mtm:idle", resolve, { once: true }));
}

async function identify(data) {
  const response = await fetch("/ui/scan", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content },
    body: JSON.stringify({ data, same_label: seen, screen: settings.screen, part: document.querySelector("form[data-book] [data-kind=part]")?.value ?? "" }),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function scanned(data, held, typed) {
  await idle();
  let found;
  try {
    found = await identify(data);
  } catch {
    play("refused");
    say(`The scan ${data} could not be looked up. Scan it again, or type it.`, "bad");
    return;
  }
  const candidates = found.candidates ?? [];
  const warnings = found.warnings ?? [];
  remembered(data, warnings);
  if (found.kind === "label") return label(data, found, candidates, warnings);
  const focused = held?.isConnected ? held.dataset?.kind : undefined;
  const byFocus = candidates.filter((candidate) => candidate.kind === focused);
  if (found.kind !== "unknown") await place(found);
  else if (byFocus.length === 1) await place(byFocus[0]);
  else if (candidates.length > 0) choose(data, candidates);
  else unknown(data, held, typed);
  if (warnings.length > 0) warn(warnings);
}

/** Warnings, behind what the same scan said already: its buttons stay. */
function warn(warnings, extra = []) {
  play("question");
  const said = document.getElementById("script-says");
  const buttons = [...(said?.querySelectorAll(".button") ?? []), ...extra];
  const texts = warnings.map((warning) => `${warning.message[0].toUpperCase()}${warning.message.slice(1)}.`);
  say([said?.querySelector("p")?.textContent ?? "", ...texts].filter(Boolean).join(" "), "warn", buttons);
}

/** A label says several things at once: each goes to its field, of one form only. Where pieces leave or move, it says which
 *  lot: where to and how many, a label of the past does not decide. */
function label(data, found, named, warnings) {
  const counts = (word) => settings.screen === "in" || word.kind === "lot";
  const words = (found.words ?? []).filter(counts);
  const candidates = named.filter(counts);
  const lot = words.find((word) => word.kind === "lot");
  // Where lots are looked for, the lot says all.
  const all = lot && fieldOf("lot")?.form.matches("[data-find]") ? [lot] : words;
  const fields = new Map(all.map((word) => [word, fieldOf(word.kind)]).filter(([, field]) => field));
  const form = [...fields.values()][0]?.form;
  const placed = [...fields].filter(([, field]) => field.form === form);
  if (placed.length === 0 && candidates.length === 0) {
    play("refused");
    const known = (found.words ?? []).map((word) => `${WORDS[word.kind] ?? word.kind} ${word.label}`).join(", ");
    say(known ? `Scanned ${known}; this screen has no field for it.` : `${found.detail}. ${warnings.map((warning) => warning.message).join(". ")}`);
    if (lot) lotElsewhere(lot.value);
    return;
  }
  say("");
  play("scan");
  const free = placed.filter(([word, field]) => isFree(field, word.value));
  const typed = placed.filter((one) => !free.includes(one));
  announce(`Scanned ${free.map(([word]) => `${WORDS[word.kind] ?? word.kind} ${word.label}`).join(", ")}`);
  for (const marked of form?.querySelectorAll("[data-scanned]") ?? []) delete marked.dataset.scanned;
  for (const [word, field] of free) {
    put(field, word.value);
    show(field);
  }
  if (form?.matches("[data-find]")) form.requestSubmit();
  else if (form) focusOpen(form);
  const known = lot && !fields.has(lot) ? [{ message: `lot ${lot.value} exists already` }] : [];
  const differs = typed.map(([word, field]) => ({ message: `the label says ${WORDS[word.kind] ?? word.kind} ${word.label}, and ${field.value} stands there; it stays` }));
  const notes = [...warnings, ...differs, ...known];
  if (notes.length > 0) warn(notes, [...choices(candidates), ...(known.length > 0 ? lotLinks(lot.value) : [])]);
  else if (candidates.length > 0) choose(data, candidates);
}

/** Opens what hides a field, and marks that it was scanned. */
function show(field) {
  field.closest("details")?.setAttribute("open", "");
  const box = field.closest(".field");
  if (box && !field.form.matches("[data-find]")) box.dataset.scanned = "";
}

/** Nothing known: the text goes back to where it fell, so that nothing is lost. */
function unknown(data, held, typed) {
  play("refused");
  const back = typed && held.isConnected && !held.dataset.kind;
  if (back) fill(held, typed.value.slice(0, typed.start ?? undefined) + data + typed.value.slice(typed.end ?? typed.value.length));
  say(back ? `${data} is no code of this plant; it was left in the field as text.` : `${data} is no part, lot, location or work order of this plant.`);
}

function choose(data, candidates) {
  play("question");
  const buttons = choices(candidates);
  say(buttons.length === 1 ? `${data} is not known here. Is it this?` : `${data} can be several things. Which one?`, "", buttons);
}

/** A button for each of what a code can be. */
function choices(candidates) {
  return candidates.slice(0, 6).map((candidate) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = `${WORDS[candidate.kind] ?? candidate.kind} ${candidate.label ?? candidate.value}`;
    button.onclick = () => {
      say("");
      place(candidate);
    };
    return button;
  });
}

/** The field on this screen that takes this kind of code. */
function target(kind) {
  const candidates = [...document.querySelectorAll(`#main form [data-kind="${kind}"]`)].filter((field) => !field.closest(".slots"));
  const booking = candidates.filter((field) => field.form.matches("[data-book]"));
  return booking[0] ?? candidates[0] ?? null;
}

/** That field; where there are many of a kind, in rows, the one in the row that the cursor is in. */
function fieldOf(kind) {
  const held = document.activeElement?.closest?.(".slots form, .slots .step");
  return held?.querySelector(`[data-kind="${kind}"]`) ?? target(kind);
}

/** The code of a count sheet opens the count, at its line where it names one. */
function sheet(value) {
  const [id, line] = value.split("/");
  play("scan");
  go(`/counts/${encodeURIComponent(id)}/enter${line ? `?after=${Number(line) - 1}` : ""}`);
}

async function place({ kind, value, label }) {
  if (kind === "count") return sheet(value);
  const field = fieldOf(kind);
  const words = `${WORDS[kind] ?? kind} ${label ?? value}`;
  if (!field) {
    if (kind === "lot") return lotElsewhere(value);
    play("refused");
    say(`Scanned ${words}; this screen has no field for it.`);
    return;
  }
  say("");
  play("scan");
  announce(`Scanned ${words}`);
  const form = field.form;
  put(field, value);
  if (form.matches("[data-find]")) {
    show(field);
    form.requestSubmit();
    return;
  }
  for (const marked of form.querySelectorAll("[data-scanned]")) delete marked.dataset.scanned;
  show(field);
  focusOpen(form);
}

/** Where something can be done with a lot. */
function lotLinks(lot) {
  const link = (text, address) => {
    const anchor = document.createElement("a");
    anchor.className = "button";
    anchor.textContent = text;
    anchor.href = address;
    return anchor;
  };
  const code = encodeURIComponent(lot);
  return [link("Take it out", `/out?lot=${code}`), link("Move it", `/move?lot=${code}`), link("Complete it", `/complete?lot=${code}`), link("Look at it", `/lot/${code}`)];
}

function lotElsewhere(lot) {
  play("question");
  if (settings.screen === "") go(`/lot/${encodeURIComponent(lot)}`);
  else say(`Lot ${lot} exists already.`, "", lotLinks(lot));
}

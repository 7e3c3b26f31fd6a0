// Scanners that type, told from fingers by profiles that the server knows.
//
// With a prefix, everything from it on is kept from the page until it ends: a scan never lands in whatever has the
// focus. What turns out to be no scan is given back to the field it was typed into. Without a prefix the speed tells:
// keys that come faster than fingers and end with the suffix. The average decides, because a busy computer delays single
// keys; a pause three times as long ends the burst. What it typed is taken back out of whatever had the focus.

import { close } from "./suggest.js";

// Separators of GS1 and ISO 15434 labels reach us as control keys.
const CONTROL = {
  "Ctrl+]": "\u001d", "Ctrl+^": "\u001e", "Ctrl+6": "\u001e", "Ctrl+_": "\u001f", "Ctrl+-": "\u001f", "Ctrl+d": "\u0004",
};
const HELD = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"];
const profiles = JSON.parse(document.body.dataset.wedges);
const led = profiles.filter((profile) => profile.prefix.length > 0);
const plain = profiles.find((profile) => profile.prefix.length === 0);
const burst = { strokes: [], first: 0, last: -Infinity, before: new Map() };
let taking = null; // Keys from a prefix on, and whose field they were typed into.
let heard = () => {};

/** Calls back with every scan, what had the focus, and what stood there before where it was typed into that. */
export function listen(callback) {
  heard = callback;
}

/** The key as profiles name it; nothing for one that is held, undefined for one that no scanner sends. */
function stroke(event) {
  const { key } = event;
  if (HELD.includes(key)) return null;
  if (event.isComposing || event.repeat || event.metaKey) return undefined;
  const single = [...key].length === 1;
  if (event.getModifierState("AltGraph")) return single ? key : undefined;
  if (event.altKey) return !event.ctrlKey && /^[0-9]$/.test(key) ? `Alt+${key}` : undefined;
  return event.ctrlKey ? `Ctrl+${key.toLowerCase()}` : key;
}

/** Whether such a key may be part of a scan. */
function belongs(key, profile) {
  return [...key].length === 1 || key in CONTROL || Object.values(profile.controls).some((keys) => keys.includes(key));
}

/** The code that keys stand for; null where some stand for nothing. */
function code(strokes, profile) {
  const controls = Object.entries(profile.controls);
  let text = "";
  for (let at = 0; at < strokes.length; ) {
    const found = controls.find(([, keys]) => keys.every((key, offset) => strokes[at + offset] === key));
    const next = found?.[0] ?? CONTROL[strokes[at]] ?? ([...strokes[at]].length === 1 ? strokes[at] : null);
    if (next === null) return null;
    text += next;
    at += found ? found[1].length : 1;
  }
  return text;
}

function long(text, profile) {
  return text !== null && [...text].length >= profile.least;
}

function keep(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

// With a prefix.

function begins(strokes, profile) {
  return profile.prefix.every((key, at) => at >= strokes.length || strokes[at] === key);
}

/** Whether a scan without a prefix is on its way: a prefix within it is part of it. */
function inBurst(key, now) {
  return [...key].length === 1 && burst.strokes.length >= 2 && now - burst.last <= plain.pause;
}

function take(event, key) {
  const strokes = [...(taking?.strokes ?? []), key];
  const inTime = (profile) => !taking || event.timeStamp - taking.last <= profile.pause;
  const profile = led.find((one) => begins(strokes, one) && inTime(one));
  if (!profile || (!taking && inBurst(key, event.timeStamp))) return false;
  const length = profile.prefix.length;
  const ends = strokes.length > length && profile.suffix.includes(key);
  if (strokes.length > length && !ends && !belongs(key, profile)) return false;
  keep(event);
  if (!taking) forget();
  clearTimeout(taking?.timer);
  taking = { strokes, last: event.timeStamp, held: taking?.held ?? document.activeElement, profile };
  if (ends) finish(strokes.slice(length, -1));
  // What came meanwhile goes first: only the silence after it counts.
  else taking.timer = setTimeout(() => (taking.timer = setTimeout(quiet)), profile.pause);
  return true;
}

function finish(strokes) {
  const { profile, held } = taking;
  const text = code(strokes, profile);
  if (!long(text, profile)) return giveBack();
  taking = null;
  heard(text, held);
}

function quiet() {
  const { strokes, profile } = taking;
  if (profile.suffix.length === 0 && strokes.length > profile.prefix.length) finish(strokes.slice(profile.prefix.length));
  else giveBack();
}

/** No scan: somebody typed that. */
function giveBack() {
  const { strokes, held, timer } = taking;
  clearTimeout(timer);
  taking = null;
  const text = strokes.filter((key) => [...key].length === 1).join("");
  if (text === "" || !held.isConnected || !held.matches("input:not([type=checkbox]):not([type=radio]), textarea")) return;
  try {
    held.setRangeText(text, held.selectionStart, held.selectionEnd, "end");
  } catch {
    held.value += text; // A field without places in it.
  }
  held.dispatchEvent(new Event("input", { bubbles: true }));
}

// By speed.

function forget() {
  burst.strokes = [];
  burst.before.clear();
}

function remember(field) {
  if (!field?.matches?.("input, textarea, select") || burst.before.has(field)) return;
  burst.before.set(field, { value: field.value, start: field.selectionStart, end: field.selectionEnd });
}

/** Takes the burst's keys out of the fields they fell into. */
function restore() {
  for (const [field, { value }] of burst.before) {
    if (field.value === value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  close();
}

/** A blank within a scan must not press the button that has the focus. */
function presses(event) {
  return event.key === " " && burst.strokes.length > 0 && !event.target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea");
}

function hear(event, key) {
  if (event.timeStamp - burst.last > plain.pause * 3) forget();
  const text = code(burst.strokes, plain);
  const fast = (burst.last - burst.first) / Math.max(1, burst.strokes.length - 1) <= plain.pause;
  if (plain.suffix.includes(key) && fast && long(text, plain)) {
    keep(event);
    const held = document.activeElement;
    const typed = burst.before.get(held);
    restore();
    forget();
    return heard(text, held, typed);
  }
  const single = [...key].length === 1;
  if (!belongs(key, plain) || (!single && burst.strokes.length === 0)) return forget();
  remember(document.activeElement);
  if (burst.strokes.length === 0) burst.first = event.timeStamp;
  burst.strokes.push(key);
  burst.last = event.timeStamp;
  if (!single || presses(event)) event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  const key = stroke(event);
  if (key === null) {
    if (taking) keep(event);
    return;
  }
  if (key !== undefined && take(event, key)) return;
  if (taking) giveBack();
  // The key may begin another one.
  if (key !== undefined && take(event, key)) return;
  if (key === undefined) return forget();
  hear(event, key);
}, true);

document.addEventListener("keyup", (event) => {
  if (taking) keep(event);
  else if (presses(event)) event.preventDefault();
}, true);

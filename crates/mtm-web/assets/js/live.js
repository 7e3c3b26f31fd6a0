// Live parts: what the page shows is read again when the ledger says that it changed.
// Rows that a person is ticking are never exchanged under the hand; a line says that they are old.

import { ask, swapParts } from "./fragment.js";

const TYPES = [
  "movement.recorded", "movement.reversed", "lot.changed", "lot.held", "lot.released",
  "lot.reserved", "lot.reservation_ended",
  "operation.completed", "count.posted", "master.changed", "import.committed",
  "truth.violated", "truth.restored", "stock.below_minimum", "integration.state_changed",
  "label.printed", "label.failed",
];
/** What people are told of: these ring the bell, where it is for them. */
const NEWS = ["truth.violated", "stock.below_minimum", "integration.state_changed", "lot.held", "label.failed"];
const PAUSE_MS = 400;
const MOST_OFTEN_MS = 1500;
let wanted = new Set();
let timer = 0;
let last = 0;
let since = null;
let connected = false;
let asleep = false;

function state(name) {
  const light = document.getElementById("live-state");
  if (!light || light.dataset.state === name) return;
  light.dataset.state = name;
  if (name === "stale") since = new Date();
  const clock = since?.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  light.querySelector(".live-words").textContent = name === "live" ? "Live" : name === "stale" ? `Not live since ${clock}` : "Not live";
  light.title = light.textContent;
}

/** The connection came or went; whatever happened while it was down was missed here. */
function line(name) {
  if (name === "live" && !connected && since) touched({});
  connected = name === "live";
  state(name);
}

function concerns(element, { part, lot, to_lot: joined, truth, news, template }) {
  const filter = element.dataset.live;
  if (filter === "notice") return news !== false;
  // What becomes of labels changes nothing else.
  if (template !== undefined) return filter === "label";
  if (truth || filter === "truth") return Boolean(truth) && filter === "truth";
  if (filter === "label") return part === undefined && lot === undefined;
  if (filter === "*" || (part === undefined && lot === undefined)) return true;
  return filter === `part:${part}` || filter === `lot:${lot}` || (Boolean(joined) && filter === `lot:${joined}`);
}

function touched(data) {
  for (const element of document.querySelectorAll("[data-live]")) {
    if (element.dataset.live && concerns(element, data)) wanted.add(element.id);
  }
  if (!data.truth && document.querySelector("[data-live-notice]")) document.getElementById("stale")?.removeAttribute("hidden");
  if (wanted.size === 0) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, Math.max(PAUSE_MS, last + MOST_OFTEN_MS - performance.now()));
}

async function refresh() {
  if (document.hidden) {
    asleep = true;
    return;
  }
  last = performance.now();
  const ids = [...wanted].filter((id) => {
    const element = document.getElementById(id);
    return element && !element.contains(document.activeElement);
  });
  wanted = new Set();
  const bySource = Map.groupBy ? Map.groupBy(ids, source) : group(ids);
  for (const [address, some] of bySource) {
    try {
      swapParts(await ask(address), some);
      if (connected) state("live");
    } catch {
      state("stale");
      for (const id of some) wanted.add(id);
      timer = setTimeout(refresh, 5000);
    }
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !asleep) return;
  asleep = false;
  refresh();
});

function source(id) {
  return document.getElementById(id).dataset.liveFrom ?? location.href;
}

function group(ids) {
  const groups = new Map();
  for (const id of ids) groups.set(source(id), [...(groups.get(source(id)) ?? []), id]);
  return groups;
}

function received(event) {
  const type = event?.type ?? "";
  const news = type === "" || NEWS.some((name) => type === `mtm.${name}.v1`);
  touched({ ...(type.startsWith("mtm.truth.") ? { truth: true } : event?.data ?? {}), news });
}

function alone(address) {
  const stream = new EventSource(address);
  const read = (event) => {
    try {
      received(JSON.parse(event.data));
    } catch {
      received({});
    }
  };
  stream.onopen = () => line("live");
  stream.onerror = () => {
    line("stale");
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => alone(address), 5000);
  };
  stream.onmessage = read;
  for (const type of TYPES) {
    stream.addEventListener(type, read);
    stream.addEventListener(`mtm.${type}.v1`, read);
  }
}

/** Listens to the ledger; one connection for all tabs where the browser can share. */
export function listen(address) {
  if (!address) return;
  if (!window.SharedWorker) {
    alone(address);
    return;
  }
  const worker = new SharedWorker(new URL("./live-worker.js", import.meta.url));
  worker.onerror = () => alone(address);
  worker.port.onmessage = ({ data }) => {
    if (data.state) line(data.state);
    if (data.event) received(data.event);
  };
  worker.port.postMessage({ open: address, types: TYPES });
  window.addEventListener("pagehide", () => worker.port.postMessage({ close: true }));
  window.addEventListener("pageshow", (event) => event.persisted && worker.port.postMessage({ open: address, types: TYPES }));
}

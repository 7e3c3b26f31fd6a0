// Suggestions as one types: a combobox after the ARIA 1.2 pattern, focus stays in the input.
// The server ranks; an exact code needs no choice, Tab and Enter accept it as the server spells it.

import { fill } from "./form.js";

const WAIT_MS = 60;
const cache = new Map();
let open = null; // { input, list, items, active }
let request = null;
let timer = 0;

function fold(text) {
  return text.trim().replace(/\s+/g, " ").toUpperCase();
}

function dress(input) {
  if (input.role === "combobox" || input.getAttribute("role") === "combobox") return;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", `${input.id}-list`);
  const list = document.createElement("ul");
  list.id = `${input.id}-list`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  input.after(list);
}

async function suggestions(input, query) {
  const part = input.dataset.suggest === "part" ? "" : input.form?.elements.part?.value.trim() ?? "";
  const address = `/ui/suggest?${new URLSearchParams({ kind: input.dataset.suggest, q: query, part })}`;
  const known = cache.get(address);
  if (known && known.until > Date.now()) return known.items;
  request?.abort();
  request = new AbortController();
  const response = await fetch(address, { credentials: "same-origin", signal: request.signal, headers: { Accept: "application/json" } });
  if (!response.ok) return [];
  const { items } = await response.json();
  if (cache.size > 200) cache.clear();
  cache.set(address, { items, until: Date.now() + 10000 }); // Figures in the details go stale quickly.
  return items;
}

function option(item, index, list) {
  const row = document.createElement("li");
  row.id = `${list.id}-${index}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  const label = document.createElement("span");
  label.className = "code";
  label.textContent = item.label;
  row.append(label);
  if (item.detail) {
    const detail = document.createElement("span");
    detail.className = "detail-text";
    detail.textContent = item.detail;
    row.append(detail);
  }
  return row;
}

export function close() {
  clearTimeout(timer);
  request?.abort();
  if (!open) return false;
  const { input, list } = open;
  list.hidden = true;
  list.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
  open = null;
  return true;
}

/** Opens the list of a field. */
export async function show(input, { all = false } = {}) {
  dress(input);
  const query = all ? "" : input.value;
  let items;
  try {
    items = await suggestions(input, query);
  } catch {
    return; // Suggestions are a help; without them one types.
  }
  if (document.activeElement !== input || (!all && input.value !== query)) return;
  close();
  const only = items.length === 1 && fold(items[0].value) === fold(query);
  if (items.length === 0 || only) {
    input.exact = only ? items[0] : null;
    return;
  }
  const list = document.getElementById(`${input.id}-list`);
  list.replaceChildren(...items.map((item, index) => option(item, index, list)));
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  open = { input, list, items, active: -1 };
}

function activate(index) {
  const { input, list, items } = open;
  list.children[open.active]?.setAttribute("aria-selected", "false");
  open.active = (index + items.length) % items.length;
  const row = list.children[open.active];
  row.setAttribute("aria-selected", "true");
  row.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", row.id);
}

function accept(input, item) {
  close();
  if (input.value !== item.value) fill(input, item.value);
  clearTimeout(timer); // The filling itself asks for nothing.
}

/** What Enter and Tab take: the chosen line, or the code that was typed in full. */
function settle(input) {
  if (open?.input === input && open.active >= 0) return accept(input, open.items[open.active]);
  const typed = fold(input.value);
  const exact = typed && (open?.input === input ? open.items : [input.exact]).find((item) => item && fold(item.value) === typed);
  if (exact) return accept(input, exact);
  close();
}

/** Keys of a combobox; says whether the key is used up. */
export function key(event) {
  const input = event.target;
  if (!input.matches?.("[data-suggest]")) return false;
  const listed = open?.input === input;
  switch (event.key) {
    case "ArrowDown":
      if (listed) activate(open.active + 1);
      else show(input, { all: event.altKey || !input.value });
      return true;
    case "ArrowUp":
      if (!listed) return false;
      activate(open.active < 0 ? open.items.length - 1 : open.active - 1);
      return true;
    case "Home":
    case "End":
      if (!listed || open.active < 0) return false;
      activate(event.key === "Home" ? 0 : open.items.length - 1);
      return true;
    case "Escape":
      return close();
    case "Enter":
    case "Tab":
      settle(input);
      return false; // The key goes on to do what it does without a list.
    default:
      return false;
  }
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-suggest]")) dress(event.target);
});

document.addEventListener("input", (event) => {
  const input = event.target;
  if (!event.isTrusted || !input.matches?.("[data-suggest]")) return;
  input.exact = null;
  clearTimeout(timer);
  if (input.value.trim()) timer = setTimeout(() => show(input), WAIT_MS);
  else close();
});

document.addEventListener("mtm:swapped", close);

document.addEventListener("focusout", (event) => {
  if (event.target === open?.input) close();
});

// A press would take the focus away before the click; the choice happens on the press's end.
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest?.(".suggestions")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".suggestions [role=option]");
  if (!row || !open) return;
  accept(open.input, open.items[[...open.list.children].indexOf(row)]);
});

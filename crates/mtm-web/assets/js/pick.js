// Rows to tick on Out and Move: a typed quantity ticks its row, and the sum by part is always in sight.

function rows(form) {
  return [...form.querySelectorAll("[data-pick] tbody tr")];
}

function read(row) {
  const tick = row.querySelector("input[type=checkbox]");
  const text = row.querySelector(".how-many input").value.trim();
  const all = Number(row.dataset.onHand);
  const pieces = text === "" ? all : Number(text);
  const fits = Number.isInteger(pieces) && pieces > 0 && pieces <= all;
  return { picked: tick.checked, part: row.dataset.part, pieces, fits };
}

function line(text, tag = "span") {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function count(number, one, many) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

function sum(form) {
  const summary = form.querySelector("[data-pick-summary]");
  if (!summary) return;
  const picked = [];
  for (const row of rows(form)) {
    const state = read(row);
    row.classList.toggle("picked", state.picked);
    const field = row.querySelector(".how-many input");
    if (state.picked && !state.fits) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (state.picked) picked.push(state);
  }
  const wrong = picked.some((state) => !state.fits);
  summary.dataset.shown = String(picked.length > 0 && !wrong);
  if (picked.length === 0) {
    summary.replaceChildren(line(summary.dataset.nothing));
    return;
  }
  if (wrong) {
    summary.replaceChildren(line("A quantity is more than there is, or is no whole number.", "strong"));
    return;
  }
  const byPart = new Map();
  for (const { part, pieces } of picked) byPart.set(part, (byPart.get(part) ?? 0) + pieces);
  const total = picked.reduce((before, { pieces }) => before + pieces, 0);
  const parts = [...byPart].map(([part, pieces]) => {
    const item = line(`${pieces.toLocaleString("en")} × `);
    const code = line(part);
    code.className = "code";
    item.append(code);
    return item;
  });
  const head = line(`${form.dataset.pickForm} ${count(total, "piece", "pieces")} in ${count(picked.length, "lot", "lots")}:`, "strong");
  summary.replaceChildren(head, ...parts);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-pick-form]");
  if (!form) return;
  const row = event.target.closest("[data-pick] tbody tr");
  if (row && event.target.closest(".how-many") && event.target.value.trim()) {
    row.querySelector("input[type=checkbox]").checked = true;
  }
  sum(form);
});

function key(row) {
  return [...row.querySelectorAll("input[type=hidden]")].slice(0, 4).map((field) => field.value).join("\n");
}

function extras(form) {
  return [...form.elements].filter((field) => field.name && field.type !== "hidden" && !field.closest("[data-pick]") && !field.matches("button"));
}

/** What was ticked and typed, to survive a further search. */
export function keep(root) {
  const form = root.querySelector("form[data-pick-form]");
  if (!form) return null;
  const ticked = new Map();
  for (const row of rows(form)) {
    ticked.set(key(row), { picked: row.querySelector("input[type=checkbox]").checked, text: row.querySelector(".how-many input").value });
  }
  return { ticked, extras: new Map(extras(form).map((field) => [field.name, field.value])) };
}

/** Ticks and fills again what is still there. */
export function restore(root, kept) {
  const form = kept && root.querySelector("form[data-pick-form]");
  if (!form) return;
  for (const row of rows(form)) {
    const before = kept.ticked.get(key(row));
    if (!before) continue;
    if (before.picked) row.querySelector("input[type=checkbox]").checked = true;
    const field = row.querySelector(".how-many input");
    if (before.text && !field.value) field.value = before.text;
  }
  for (const field of extras(form)) if (!field.value) field.value = kept.extras.get(field.name) ?? "";
  sum(form);
}

/** Sums up the forms of a page that was just put in place. */
export function start(root) {
  for (const form of root.querySelectorAll("form[data-pick-form]")) sum(form);
}

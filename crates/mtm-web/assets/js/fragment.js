// Fetches parts of pages and puts them in place. The server draws everything; nothing is built from
// strings here. Parsed documents never run scripts.

const HEADERS = { "X-Fragment": "1", Accept: "text/html" };

export class NoAnswer extends Error {}

/** Sends a request and gives the parsed fragment; throws NoAnswer when nothing can be known of it. */
export async function ask(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...options, headers: { ...HEADERS, ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted && options.signal.reason?.name === "AbortError") throw error;
    throw new NoAnswer("no connection");
  }
  if (response.redirected && new URL(response.url).pathname === "/sign-in") {
    location.assign(response.url);
    return new Promise(() => {}); // The page is on its way out.
  }
  const html = response.headers.get("Content-Type")?.startsWith("text/html");
  if (!html || response.headers.get("X-Fragment") !== "1") {
    // Not one of our pages: a proxy in between, or a server that broke off.
    if (response.ok && html && !options.method) location.assign(response.url);
    throw new NoAnswer(`status ${response.status}`);
  }
  let text;
  try {
    text = await response.text();
  } catch {
    throw new NoAnswer("the answer broke off");
  }
  return new DOMParser().parseFromString(text, "text/html");
}

function adopt(node) {
  return document.importNode(node, true);
}

/** Puts the fragment's main part in place of ours. */
export function swapMain(fragment) {
  const fresh = fragment.getElementById("main");
  const old = document.getElementById("main");
  if (!fresh || !old) throw new NoAnswer("no main part");
  const title = fragment.querySelector("title");
  if (title) document.title = title.textContent;
  const main = adopt(fresh);
  old.replaceWith(main);
  swapParts(fragment, ["truth-light", "bell"]);
  document.dispatchEvent(new CustomEvent("mtm:swapped", { detail: main }));
  return main;
}

/** Puts elements with these ids in place of ours; those that either side lacks stay as they are. */
export function swapParts(fragment, ids) {
  for (const id of ids) {
    const fresh = fragment.getElementById(id);
    const old = document.getElementById(id);
    if (!fresh || !old) continue;
    const part = adopt(fresh);
    old.replaceWith(part);
    document.dispatchEvent(new CustomEvent("mtm:swapped", { detail: part }));
  }
}

/** Goes to an address of this screen without leaving the page. */
export async function go(address, { push = true } = {}) {
  try {
    const fragment = await ask(address);
    if (push) history.pushState(null, "", address);
    return swapMain(fragment);
  } catch {
    location.assign(address);
    return null;
  }
}

/** Says something to those who do not see it. */
export function announce(text) {
  const place = document.getElementById("announce");
  if (place) place.textContent = text;
}

/** A line above the form that the script itself has to say; an empty text takes it away. */
export function say(text, tone = "warn", extra = []) {
  document.getElementById("script-says")?.remove();
  if (!text) return;
  const box = document.createElement("div");
  box.id = "script-says";
  box.className = `message ${tone}`;
  const line = document.createElement("p");
  line.textContent = text;
  box.append(line, ...extra);
  const answer = document.getElementById("answer");
  const main = document.getElementById("main");
  if (answer) answer.before(box);
  else main?.prepend(box);
  announce(text);
}

// Starts everything. Pages work without any of this; it makes them quick.

import "./form.js";
import "./keys.js";
import "./suggest.js";
import "./scan.js";
import { listen } from "./live.js";
import { start as startPicking } from "./pick.js";
import { setSound, soundOn } from "./sound.js";

const root = document.documentElement;
const zone = document.body.dataset.timeZone || undefined;

function clocks() {
  const style = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: zone };
  try {
    return {
      near: new Intl.DateTimeFormat(undefined, style),
      far: new Intl.DateTimeFormat(undefined, { ...style, year: "numeric" }),
      full: new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long", timeZone: zone }),
    };
  } catch {
    return null; // A zone this browser does not know: the server's own words stay.
  }
}

const clock = clocks();

function showTimes(part) {
  if (!clock) return;
  for (const time of part.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const near = moment.getFullYear() === new Date().getFullYear();
    time.textContent = (near ? clock.near : clock.far).format(moment);
    time.title = clock.full.format(moment);
  }
}

function enhance(part) {
  showTimes(part);
  startPicking(part);
}

function setTheme(name) {
  root.dataset.theme = name;
  document.cookie = `mtm_theme=${name}; Path=/; Max-Age=31536000; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
  for (const button of document.querySelectorAll("[data-theme-form] button")) {
    button.setAttribute("aria-pressed", String(button.value === name));
  }
}

function showSound() {
  document.querySelector("[data-sound]")?.setAttribute("aria-pressed", String(soundOn()));
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-form]") || !event.submitter) return;
  event.preventDefault();
  setTheme(event.submitter.value);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-sound]")) {
    setSound(!soundOn());
    showSound();
  }
  if (event.target.closest("[data-print]")) window.print();
  const menu = document.querySelector("#who[open]");
  if (menu && (opener || !menu.contains(event.target))) menu.removeAttribute("open");
});

document.addEventListener("mtm:swapped", (event) => enhance(event.detail));

root.dataset.scripted = "";
showSound();
enhance(document);
listen(document.body.dataset.events);

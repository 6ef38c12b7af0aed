// Countdown, and the end of a grant in the browser: blank first, ask the server second.
// The server ends access by its own clock; this only keeps the screen as honest as the database.

const skew = Date.now() - Number(document.body.dataset.now || Date.now());
const warnings = [600, 300, 60];
const said = new Map(); // grant -> the smallest warning already spoken
const ended = new Set();

const secondsLeft = (ms) => Math.ceil((Number(ms) - (Date.now() - skew)) / 1000);
const two = (n) => String(n).padStart(2, "0");

function clock(seconds) {
  const s = Math.max(0, seconds);
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600);
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

// Nodes that a grant opened, and everything else that shows what it opened.
const openedBy = (grant) => document.querySelectorAll(`[data-grant="${CSS.escape(grant)}"]`);

function blank(nodes) {
  for (const node of nodes) {
    node.replaceChildren();
    for (const name of ["title", "aria-label"]) node.removeAttribute(name);
  }
}

function say(text, urgent = false) {
  document.dispatchEvent(new CustomEvent("ui:say", { detail: { text, urgent } }));
}

// Blanks every time it is called: an answer on its way at the end may still bring content back.
function end(grant) {
  const nodes = openedBy(grant);
  blank(nodes);
  if (nodes.length) document.title = "Access ended · Rooms Ops";
  if (ended.has(grant)) return;
  ended.add(grant);
  say(`Access under ${grant} ended. What it opened is closed.`, true);
  document.dispatchEvent(new CustomEvent("grant:ended", { detail: { grant, wasOpen: nodes.length > 0 } }));
}

function warn(grant, left) {
  const step = warnings.findLast((limit) => left <= limit);
  const before = said.get(grant);
  said.set(grant, step ?? Infinity);
  // Silent on the first look at a page: only crossing a limit is news.
  if (step === undefined || before === undefined || step >= before) return;
  say(step === 60 ? `Access under ${grant} ends in under a minute.` : `Access under ${grant} ends in ${step / 60} minutes.`);
}

function tick() {
  for (const timer of document.querySelectorAll("[data-ticks]")) {
    const left = secondsLeft(timer.dataset.ticks);
    timer.textContent = clock(left);
    const grant = timer.dataset.ticksFor;
    if (!grant) continue;
    timer.closest("[data-strip]")?.classList.toggle("soon", left <= 600);
    if (left > 0) warn(grant, left);
    else end(grant);
  }
  // A section may be open without a line in the strip, when more grants are held than it shows.
  for (const node of document.querySelectorAll("[data-grant][data-expires]")) {
    if (node.hasChildNodes() && secondsLeft(node.dataset.expires) <= 0) end(node.dataset.grant);
  }
}

// The page in its closed state comes from the server. If that fails, the page stays blank.
document.addEventListener("grant:ended", ({ detail }) => {
  if (!detail.wasOpen) {
    document.body.dispatchEvent(new CustomEvent("ops:tick", { bubbles: true }));
    return;
  }
  fetch(location.href, { method: "HEAD", cache: "no-store", credentials: "same-origin" })
    .then(() => location.reload())
    .catch(() => say("The page is closed. It could not be fetched again; reload it to go on.", true));
});

// A page put aside by the browser and brought back may be hours old.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  blank(document.querySelectorAll("[data-grant]"));
  location.reload();
});

// A grant may end before its time. The strip names every grant in use; one that left it has ended.
const inUse = () => new Set((document.getElementById("strip")?.dataset.live || "").split(" ").filter(Boolean));
let held = inUse();
document.body.addEventListener("htmx:afterSwap", () => {
  const now = inUse();
  for (const grant of held) if (!now.has(grant)) end(grant);
  held = now;
  tick();
});

document.addEventListener("visibilitychange", () => document.hidden || tick());
setInterval(tick, 1000);
tick();

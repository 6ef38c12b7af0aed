// Live blocks: one tick for all of them, which the reader can pause, and honest words when it fails.

const EVERY = 15_000;
const IDLE = 600_000;
let paused = false;
let lastUsed = Date.now();
let lastGood = new Date();

const body = document.body;

function tick() {
  body.dispatchEvent(new CustomEvent("ops:tick", { bubbles: true }));
}

for (const kind of ["pointerdown", "keydown", "scroll"]) {
  addEventListener(kind, () => (lastUsed = Date.now()), { passive: true });
}
setInterval(() => {
  if (!document.hidden && !paused && Date.now() - lastUsed < IDLE) tick();
}, EVERY);
document.addEventListener("visibilitychange", () => document.hidden || paused || tick());

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pause]");
  if (!button) return;
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  document.dispatchEvent(
    new CustomEvent("ui:say", { detail: { text: paused ? "Updates paused." : "Updates go on." } }),
  );
});

// What somebody is using is not replaced under their hands: an open menu or dialog, a field in use.
function inUse(target) {
  const focused = document.activeElement;
  const typing = focused?.matches("input, select, textarea") && target.contains(focused);
  return typing || Boolean(target.querySelector("details.menu[open], dialog[open]"));
}

// A page that refreshes by itself is not in use: its session may end.
body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.triggeringEvent?.type === "ops:tick") detail.headers["X-Tick"] = "1";
});

body.addEventListener("htmx:beforeRequest", (event) => {
  const { target, requestConfig } = event.detail;
  if (requestConfig.triggeringEvent?.type !== "ops:tick") {
    target.setAttribute("aria-busy", "true");
  } else if (inUse(target)) {
    event.preventDefault();
  }
});

body.addEventListener("htmx:afterRequest", (event) => {
  event.detail.target.removeAttribute("aria-busy");
  const status = event.detail.xhr.status;
  if (status && status < 400) {
    lastGood = new Date();
    document.getElementById("alerts").replaceChildren();
  }
});

function failed() {
  const time = lastGood.toISOString().slice(11, 16);
  const retry = Object.assign(document.createElement("button"), {
    type: "button", className: "btn sm", textContent: "Try again",
  });
  retry.addEventListener("click", tick);
  document.getElementById("alerts").replaceChildren(
    `Could not refresh. Showing data from ${time} UTC. `, retry,
  );
}
for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  body.addEventListener(kind, failed);
}

// After a swap asked for by hand, the new region is told to readers by its heading.
body.addEventListener("htmx:afterSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (requestConfig.triggeringEvent?.type === "ops:tick") return;
  if (document.activeElement && document.activeElement !== body) return;
  const heading = target.querySelector("[data-focus], h1, h2");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
});

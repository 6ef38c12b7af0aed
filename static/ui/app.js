// Small conveniences: announcements, copying, dialogs in older browsers, menus, keys.
// Every page works without this file. It keeps nothing: no storage, no copy of the page.

const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// -- Announcements ----------------------------------------------------------------------------

function say(text, urgent = false) {
  const region = find(urgent ? "#alerts" : "#live");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}
document.addEventListener("ui:say", ({ detail }) => say(detail.text, detail.urgent));

// -- Clicks --------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard?.writeText(copy.dataset.copy)
      .then(() => say(`Copied ${copy.dataset.copyLabel}`))
      .catch(() => say("Could not copy. Select the text and copy it by hand."));
  }
  event.target.closest("[data-dismiss]")?.parentElement.remove();
  const everyRow = event.target.closest("[data-select-all]");
  if (everyRow) {
    for (const box of all("tbody input[type=checkbox]", everyRow.closest("table"))) box.checked = everyRow.checked;
  }
  // A menu closes when the click is somewhere else.
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;

  // Browsers that do not know command and commandfor yet.
  const opener = event.target.closest("[commandfor]");
  if (opener && !("commandForElement" in HTMLButtonElement.prototype)) {
    const dialog = document.getElementById(opener.getAttribute("commandfor"));
    if (opener.getAttribute("command") === "close") dialog?.close();
    else dialog?.showModal();
  }
});

// -- Keys ------------------------------------------------------------------------------------------

const keysOff = document.documentElement.dataset.keys === "off";
let chord = 0; // when g was pressed

const rows = () => all("table[data-list] tbody tr").filter((row) => find("a[href]", row));

function move(step) {
  const list = rows();
  if (!list.length) return;
  const at = list.findIndex((row) => row.classList.contains("here"));
  const next = list[Math.min(list.length - 1, Math.max(0, at + step))];
  for (const row of list) row.classList.toggle("here", row === next);
  find("[data-row-link], a[href]", next).focus();
}

function select() {
  const box = find("table[data-list] tr.here input[type=checkbox]");
  if (box) box.click();
}

function openRow(event) {
  const here = find("table[data-list] tr.here");
  // A focused link or button acts for itself.
  if (!here || event.target.closest("a, button, summary")) return;
  find("[data-row-link], a[href]", here).click();
}

function focusOn(key) {
  const target = find(`[data-key="${key}"]`);
  if (!target) return false;
  if (target.matches("summary")) target.parentElement.open = true;
  target.focus();
  return true;
}

const single = {
  j: () => move(1),
  k: () => move(-1),
  x: select,
  g: () => (chord = Date.now()),
  "?": () => find("#keys")?.showModal(),
};

addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of all("details.menu[open]")) {
      menu.open = false;
      find("summary", menu).focus();
    }
    return;
  }
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
  if (keysOff || typing || event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  if (event.key === "Enter") return void openRow(event);
  if (Date.now() - chord < 1500) {
    chord = 0;
    const link = find(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  if (single[event.key]) {
    event.preventDefault();
    single[event.key]();
  } else if ((event.key === "/" || event.key === "f") && focusOn(event.key)) {
    event.preventDefault();
  }
});

// Backspace on the last filter removes it, as in a field of tokens.
document.addEventListener("keydown", (event) => {
  if (event.key === "Backspace" && event.target.matches("[data-chip]")) event.target.click();
});

"use strict";

// --- dark and light: as the system has it, until somebody chooses

const root = document.documentElement;
const theme = document.getElementById("theme");
const remembered = "envaudit-theme";

function chosen() {
  try {
    return localStorage.getItem(remembered);
  } catch {
    return null; // a browser that keeps nothing for files
  }
}

function isDark() {
  return (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
}

function told() {
  theme.textContent = isDark() ? "Light" : "Dark";
  theme.setAttribute("aria-label", `Change to ${isDark() ? "light" : "dark"} colours`);
}

if (["dark", "light"].includes(chosen())) root.dataset.theme = chosen();
theme.hidden = false;
told();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", told);
theme.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem(remembered, root.dataset.theme);
  } catch {
    // It holds until the page is left.
  }
  told();
});

// --- narrowing down the facts

const table = document.getElementById("rows");
if (table) {
  const search = document.getElementById("search");
  const selects = ["origin", "section", "group"].map((name) => document.getElementById(name));
  const minor = document.getElementById("minor");
  const shown = document.getElementById("shown");
  const rows = Array.from(table.tBodies[0].rows, (row) => ({ row, text: row.textContent.toLowerCase() }));
  let waiting = 0;

  const narrow = () => {
    waiting = 0;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      const matches =
        selects.every((select) => !select.value || row.dataset[select.id] === select.value) &&
        (!minor || minor.checked || !row.classList.contains("minor")) &&
        words.every((word) => text.includes(word));
      row.hidden = !matches;
      count += matches;
    }
    shown.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
  };
  const soon = () => {
    waiting ||= requestAnimationFrame(narrow);
  };

  search.addEventListener("input", soon);
  for (const select of selects) select.addEventListener("change", soon);
  if (minor) minor.addEventListener("change", soon);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      soon();
    }
  });
}

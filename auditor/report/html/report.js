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
  const kind = document.getElementById("kind");
  const origin = document.getElementById("origin");
  const section = document.getElementById("section");
  const minor = document.getElementById("minor");
  const shown = document.getElementById("shown");
  const more = document.getElementById("more");
  const divider = table.querySelector(".divider");
  const bodies = Array.from(table.querySelectorAll("tbody:not(.divider)"), (body) => ({
    body,
    others: body.classList.contains("others"),
    left: -1,
    rows: Array.from(body.rows, (row) => ({ row, text: row.textContent.toLowerCase() })),
  }));
  const total = bodies.reduce((sum, { rows }) => sum + rows.length, 0);
  const small = matchMedia("(max-width: 45rem)");
  const written = (count) => count.toLocaleString("en");
  let waiting = 0;

  // A browser keeps the height that a body had when it was last in sight. That is forgotten while
  // no `auto` stands before the height that we guess.
  const guess = (resized) => {
    const height = ({ left }) => `${left * (small.matches ? 6 : 2.2)}rem`;
    for (const entry of resized) entry.body.style.containIntrinsicHeight = height(entry);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      for (const entry of resized) entry.body.style.containIntrinsicHeight = `auto ${height(entry)}`;
    }));
  };

  const narrow = () => {
    waiting = 0;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const all = kind.value === "*";
    const one = all ? "" : kind.value;
    const resized = [];
    let count = 0;
    let elsewhere = 0; // what would be shown if all facts were
    let apart = false;
    for (const entry of bodies) {
      const { body, others, rows } = entry;
      let left = 0;
      for (const { row, text } of rows) {
        const { dataset } = row;
        const matches =
          (!origin.value || dataset.origin === origin.value) &&
          (!section.value || dataset.section === section.value) &&
          (!minor || minor.checked || !row.classList.contains("minor")) &&
          words.every((word) => text.includes(word));
        const wanted = matches && (one ? dataset.kind === one : all || !others);
        left += wanted;
        elsewhere += matches && !wanted;
        if (row.hidden === wanted) row.hidden = !wanted;
      }
      body.hidden = !left;
      body.classList.add("ready");
      if (left !== entry.left) resized.push(entry);
      entry.left = left;
      count += left;
      apart ||= others && left > 0;
    }
    if (divider) {
      divider.hidden = !apart;
      divider.classList.add("ready");
    }
    guess(resized);
    shown.textContent = `${written(count)} of ${written(total)} facts`;
    more.hidden = !(words.length && elsewhere);
    if (!more.hidden) more.textContent = `Show ${written(elsewhere)} more that match`;
  };
  const soon = () => {
    waiting ||= requestAnimationFrame(narrow);
  };

  search.addEventListener("input", soon);
  for (const control of [kind, origin, section, minor]) control?.addEventListener("change", soon);
  more.addEventListener("click", () => {
    kind.value = "*";
    narrow();
    kind.focus(); // the button is gone
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      soon();
    }
  });
  narrow();

  // What comes into sight on the way may be longer than guessed, and push out what was gone to.
  if (table.classList.contains("many")) {
    document.addEventListener("focusin", ({ target }) => {
      requestAnimationFrame(() => requestAnimationFrame(() => {
        target.scrollIntoView({ block: "nearest" });
      }));
    });
  }
}

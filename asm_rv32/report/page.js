"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const isDark = () =>
    (root.dataset.theme ||
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  name();

  const number = (text) => {
    const value = parseFloat(text.replace(/,/g, ""));
    return Number.isNaN(value) ? -Infinity : value;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        const numeric = head.classList.contains("number");
        const key = (row) => row.cells[column].textContent.trim();
        const rows = [...table.tBodies[0].rows].sort((one, other) => {
          const order = numeric
            ? number(key(one)) - number(key(other))
            : key(one).localeCompare(key(other));
          return down ? -order : order;
        });
        heads.forEach((each) => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        table.tBodies[0].append(...rows);
      });
    });
  }

  // What does not fit is left out, column by column, rather than cut; then lines are broken.
  const fit = (box) => {
    const table = box.querySelector("table");
    const columns = new Map();
    for (const cell of table.querySelectorAll("[data-less]")) {
      const rank = Number(cell.dataset.less);
      columns.set(rank, [...(columns.get(rank) ?? []), cell]);
      cell.hidden = false;
    }
    table.classList.remove("tight");
    const left = [];
    for (const rank of [...columns.keys()].sort((one, other) => one - other)) {
      if (box.scrollWidth <= box.clientWidth) break;
      for (const cell of columns.get(rank)) cell.hidden = true;
      left.push(columns.get(rank)[0].textContent);
    }
    table.classList.toggle("tight", box.scrollWidth > box.clientWidth);
    box.querySelector(".left").textContent = left.length ? `a wider window shows ${left.join(", ")}, too` : "";
  };
  const boxes = [...document.querySelectorAll(".scroll")].filter((box) => box.querySelector("[data-less]"));
  for (const box of boxes) {
    const note = document.createElement("p");
    note.className = "notes left";
    box.append(note);
  }
  const fitAll = () => boxes.forEach(fit);
  root.classList.add("fits");
  addEventListener("resize", fitAll);
  document.querySelectorAll("details").forEach((each) => each.addEventListener("toggle", fitAll));
  fitAll();

  const tip = document.getElementById("tip");
  let shown = null;
  const place = () => {
    const at = shown.getBoundingClientRect();
    const left = Math.min(at.left, innerWidth - tip.offsetWidth - 8);
    const below = at.bottom + 6 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${below ? at.bottom + 6 : at.top - tip.offsetHeight - 6}px`;
  };
  const show = (target) => {
    shown = target;
    tip.textContent = target.dataset.why;
    tip.hidden = false;
    place();
  };
  const hide = () => {
    shown = null;
    tip.hidden = true;
  };
  // The tip says the same as a title, but sooner, and to the keyboard too.
  for (const target of document.querySelectorAll("td[title], svg [aria-label] > title")) {
    const owner = target.tagName === "TD" ? target : target.parentNode;
    owner.dataset.why = target.title || target.textContent;
    if (owner === target) target.removeAttribute("title"); else target.remove();
    owner.setAttribute("aria-describedby", "tip");
    for (const on of ["mouseenter", "focus"]) owner.addEventListener(on, () => show(owner));
    for (const off of ["mouseleave", "blur"]) owner.addEventListener(off, hide);
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  // What takes the focus scrolls into view: the tip goes along.
  addEventListener("scroll", () => { if (shown) place(); }, { passive: true, capture: true });
})();

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page can do where JavaScript runs: filter and sort the findings. Without it all of them are there, the worst first."""

SCRIPT = """
"use strict";
(() => {
  const table = document.querySelector("table.findings");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const form = document.querySelector("form.filter");
  const shown = form.querySelector("output");

  const filter = () => {
    const words = form.elements.words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const kinds = new Set([...form.querySelectorAll("[name=kind]:checked")].map((one) => one.value));
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !kinds.has(row.dataset.kind) || !words.every((word) => text.includes(word));
    }
    shown.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
  };

  const valueOf = (row, column) => row.cells[column].dataset.rank || row.cells[column].textContent;
  const sortBy = (column) => {
    const heads = [...table.tHead.rows[0].cells];
    const falling = heads[column].getAttribute("aria-sort") === "ascending";
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", falling ? "descending" : "ascending");
    const order = new Intl.Collator("en", { numeric: true }).compare;
    const sorted = [...rows].sort((a, b) => order(valueOf(a, column), valueOf(b, column)) * (falling ? -1 : 1));
    body.append(...sorted);
  };

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(column));
    head.append(button);
  });
  table.tHead.rows[0].cells[0].setAttribute("aria-sort", "ascending");

  const reveal = () => {
    const target = rows.find((row) => row.id === location.hash.slice(1));
    if (!target || !target.hidden) return;
    form.reset();
    filter();
    target.scrollIntoView();
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  filter();
})();
"""

"use strict";

// Figures: the data stand beside each plot; colours of text and lines come from the style sheet.
const plots = [...document.querySelectorAll(".plot")];
const resizing = new ResizeObserver((entries) => {
  for (const entry of entries) Plotly.Plots.resize(entry.target);
});
for (const plot of plots) {
  const { data, layout } = JSON.parse(document.getElementById(`${plot.id}-data`).textContent);
  layout.font.family = getComputedStyle(document.body).fontFamily;
  Plotly.newPlot(plot, data, layout, { displayModeBar: false });
  resizing.observe(plot);
}

// Paper is 186 mm wide inside its margins and sends no resize event.
const PAPER_PX = 700;
addEventListener("beforeprint", () => {
  for (const plot of plots) Plotly.relayout(plot, { width: PAPER_PX });
});
addEventListener("afterprint", () => {
  for (const plot of plots) Plotly.relayout(plot, { width: null, autosize: true });
});

// Tables: a click on a column's head sorts by the cells' keys, a second click reverses.
function compareCells(a, b, number) {
  if (a === "" || b === "") return (a === "") - (b === "");
  return number ? a - b : a.localeCompare(b);
}
for (const table of document.querySelectorAll(".scroll > table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    head.dataset.label = head.textContent;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const descending = head.ariaSort === "ascending";
      const number = head.classList.contains("number");
      const rows = [...table.tBodies[0].rows];
      const key = (row) => row.cells[column].dataset.sort;
      rows.sort((a, b) => {
        if (descending && key(a) !== "" && key(b) !== "") [a, b] = [b, a];
        return compareCells(key(a), key(b), number);
      });
      for (const other of heads) other.ariaSort = null;
      head.ariaSort = descending ? "descending" : "ascending";
      table.tBodies[0].append(...rows);
    });
  });
}

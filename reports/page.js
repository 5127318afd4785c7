"use strict";

// Figures: the data stand beside each plot; colours of text and lines come from the style sheet.
const plots = [...document.querySelectorAll(".plot")];
const NARROW_PX = 560, TALL_PX = 50;

// A narrow plot of named rows gives its width to the data: names in lines, no title beside them.
function wrap(name, most) {
  const lines = [""];
  for (const word of name.split(" ")) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length <= most || !lines.at(-1)) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.join("<br>");
}
function fit(plot, width) {
  if (!plot.rows) return {};
  const narrow = width < NARROW_PX;
  const most = plot.clientHeight / plot.rows.length > TALL_PX ? 13 : 20;
  return {
    "yaxis.title.text": narrow ? "" : plot.title,
    "yaxis.tickmode": narrow ? "array" : "auto",
    "yaxis.tickvals": narrow ? plot.rows : null,
    "yaxis.ticktext": narrow ? plot.rows.map((name) => wrap(name, most)) : null,
  };
}
const resizing = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const width = target.clientWidth;
    if (width !== target.drawnWidth) Plotly.relayout(target, { ...fit(target, width), autosize: true });
    target.drawnWidth = width;
  }
});
for (const plot of plots) {
  const { data, layout } = JSON.parse(document.getElementById(`${plot.id}-data`).textContent);
  const names = data.flatMap((trace) => trace.y ?? []);
  plot.title = layout.yaxis.title.text;
  plot.rows = names.every((name) => typeof name === "string") ? [...new Set(names)] : null;
  layout.font.family = getComputedStyle(document.body).fontFamily;
  for (const [path, value] of Object.entries(fit(plot, plot.clientWidth))) {
    const keys = path.split("."), last = keys.pop();
    keys.reduce((part, key) => part[key], layout)[last] = value;
  }
  plot.drawnWidth = plot.clientWidth;
  Plotly.newPlot(plot, data, layout, { displayModeBar: false });
  resizing.observe(plot);
}

// Paper is 186 mm wide inside its margins and sends no resize event.
const PAPER_PX = 700;
addEventListener("beforeprint", () => {
  for (const plot of plots) Plotly.relayout(plot, { ...fit(plot, PAPER_PX), width: PAPER_PX });
});
addEventListener("afterprint", () => {
  for (const plot of plots) Plotly.relayout(plot, { ...fit(plot, plot.clientWidth), width: null, autosize: true });
});

// What does not fit scrolls in its own box, which says where there is more.
function seeEnds(box) {
  box.toggleAttribute("data-right", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  box.toggleAttribute("data-below", box.scrollTop + box.clientHeight < box.scrollHeight - 1);
}
const looking = new ResizeObserver((entries) => {
  for (const { target } of entries) seeEnds(target);
});
for (const box of document.querySelectorAll(".scroll, nav")) {
  box.addEventListener("scroll", () => seeEnds(box), { passive: true });
  looking.observe(box);
}

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

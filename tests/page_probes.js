// Functions that tests evaluate in a page of the report: what a reader would notice.

// Elements that reach beyond the window; what scrolls in a box of its own may.
function findCut() {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")]
    .filter((element) => !element.closest(".scroll > *, nav > *, .skip, #js-plotly-tester"))
    .filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width && box.height && (box.left < -1 || box.right > width + 1);
    })
    .map((element) => `${element.tagName} ${element.textContent.slice(0, 40)}`);
}

// Pairs of texts of one plot that cover each other.
function findOverlaps() {
  const found = [];
  for (const plot of document.querySelectorAll(".plot")) {
    const texts = [...plot.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const boxes = texts.map((text) => text.getBoundingClientRect());
    for (let i = 0; i < texts.length; i++) {
      for (let j = i + 1; j < texts.length; j++) {
        const [a, b] = [boxes[i], boxes[j]];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 4) found.push(`${plot.id}: ${texts[i].textContent} | ${texts[j].textContent}`);
      }
    }
  }
  return found;
}

// Boxes whose content is wider than they are and that do not say so.
function findSilentBoxes() {
  return [...document.querySelectorAll(".scroll")]
    .filter((box) => (box.scrollWidth > box.clientWidth + 1) !== box.hasAttribute("data-right"))
    .map((box) => box.firstElementChild.id);
}

function luminance([red, green, blue]) {
  const linear = [red, green, blue].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

// Texts with less contrast to the page than WCAG 2.2 asks for (4.5); those inside bars are apart.
function findFaint() {
  const read = (colour) => colour.match(/[\d.]+/g).map(Number);
  const paper = luminance(read(getComputedStyle(document.body).backgroundColor));
  return [...document.querySelectorAll("h1, h2, h3, p, td, th, dt, dd, li, figcaption, a, b, span, strong, .plot text")]
    .filter((element) => element.textContent.trim() && !element.closest(".bartext, .badge.failed"))
    .filter((element) => {
      const style = getComputedStyle(element);
      const ink = luminance(read(element.closest("svg") ? style.fill : style.color));
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5;
    })
    .map((element) => `${element.tagName} ${element.textContent.slice(0, 40)}`);
}

"use strict";
(() => {
  // Tables: sorted by the column whose heading is pressed, and searched.

  function sort(table, column) {
    const heading = table.tHead.rows[0].cells[column];
    const isDown = heading.getAttribute("aria-sort") !== "descending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [row.cells[column], row]);
    const isNumber = rows.some(([cell]) => cell.className === "number");
    const keys = new Map(rows.map(([cell, row]) => [row, isNumber ? Number(cell.textContent) : cell.textContent]));
    const compare = isNumber ? (a, b) => a - b : new Intl.Collator("en", { numeric: true }).compare;
    rows.sort(([, a], [, b]) => (isDown ? compare(keys.get(b), keys.get(a)) : compare(keys.get(a), keys.get(b))));
    table.tBodies[0].replaceChildren(...rows.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table.answer")) {
    table.tHead.addEventListener("click", (event) => {
      const heading = event.target.closest("th");
      if (heading) sort(table, heading.cellIndex);
    });
  }
  for (const input of document.querySelectorAll("input[data-table]")) {
    const rows = [...document.getElementById(input.dataset.table).tBodies[0].rows];
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      let count = 0;
      for (const row of rows) {
        row.hidden = !texts.get(row).includes(wanted);
        count += !row.hidden;
      }
      input.closest("p").querySelector("[role=status]").textContent = `${count} of ${rows.length}`;
    });
  }

  // The map of stacks by concern.

  const canvas = document.getElementById("map");
  if (!canvas) return;
  const { stacks, concerns, cells } = JSON.parse(document.getElementById("data").textContent);
  const width = Math.max(12, Math.floor(960 / concerns.length));
  const height = stacks.length > 500 ? 5 : 14;
  canvas.width = width * concerns.length;
  canvas.height = height * stacks.length;
  const counts = cells.map((pairs) => new Map(pairs));
  const most = Math.max(...cells.flatMap((pairs) => pairs.map(([, count]) => count)));
  const context = canvas.getContext("2d");
  let chosen = null;

  function draw() {
    const style = getComputedStyle(document.documentElement);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = style.getPropertyValue("--critical");
    counts.forEach((row, y) => {
      for (const [x, count] of row) {
        context.globalAlpha = 0.2 + (0.8 * Math.log1p(count)) / Math.log1p(most);
        context.fillRect(x * width, y * height, width - 1, height - 1);
      }
    });
    context.globalAlpha = 1;
    if (chosen) {
      context.strokeStyle = style.getPropertyValue("--text");
      context.lineWidth = 2;
      context.strokeRect(chosen.x * width, chosen.y * height, width - 1, height - 1);
    }
  }

  function choose(x, y) {
    x = Math.min(Math.max(x, 0), concerns.length - 1);
    y = Math.min(Math.max(y, 0), stacks.length - 1);
    if (chosen && chosen.x === x && chosen.y === y) return;
    chosen = { x, y };
    const count = counts[y].get(x) || 0;
    document.getElementById("cell").textContent =
      `${stacks[y]}: ${count} finding${count === 1 ? "" : "s"} about ${concerns[x].replaceAll("_", " ")}`;
    draw();
  }

  canvas.addEventListener("mousemove", (event) =>
    choose(Math.floor(event.offsetX / width), Math.floor(event.offsetY / height)));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(chosen ? chosen.x + step[0] : 0, chosen ? chosen.y + step[1] : 0);
    const area = document.getElementById("map-area");
    const top = chosen.y * height;
    if (top < area.scrollTop) area.scrollTop = top;
    if (top + height > area.scrollTop + area.clientHeight) area.scrollTop = top + height - area.clientHeight;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();

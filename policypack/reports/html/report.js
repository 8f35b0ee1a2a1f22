"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const graphs = JSON.parse(byId("graphs").textContent);
  const findings = [...document.querySelectorAll("#table tbody")];

  // The table: what its filters and its search show, and the details of a row.

  const filters = [...document.querySelectorAll("select[data-filter]")];
  const bars = [...document.querySelectorAll(".bar")];
  const texts = new Map(findings.map((each) => [each, each.textContent.toLowerCase()]));

  function filter() {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = filters.filter((select) => select.value).map((select) => [select.dataset.filter, select.value]);
    let count = 0;
    for (const each of findings) {
      const fits =
        wanted.every(([key, value]) => each.dataset[key].split(" ").includes(value)) &&
        words.every((word) => texts.get(each).includes(word));
      each.hidden = !fits;
      count += fits;
    }
    byId("shown-count").textContent =
      count === findings.length ? `${count} entries` : `${count} of ${findings.length} entries`;
    for (const bar of bars) {
      const select = filters.find((each) => each.dataset.filter === bar.dataset.key);
      bar.setAttribute("aria-pressed", String(select.value === bar.dataset.value));
    }
  }

  function open(finding, isOpen) {
    finding.querySelector(".toggle").setAttribute("aria-expanded", String(isOpen));
    finding.querySelector(".details").hidden = !isOpen;
  }

  function goTo(finding) {
    if (finding.hidden) {
      byId("filters").reset();
      filter();
    }
    findings.forEach((each) => each.classList.toggle("target", each === finding));
    open(finding, true);
    finding.scrollIntoView({ block: "start" });
    finding.querySelector(".toggle").focus({ preventScroll: true });
  }

  if (findings.length) {
    byId("table").addEventListener("click", (event) => {
      const toggle = event.target.closest(".toggle");
      const toGraph = event.target.closest(".to-graph");
      if (toggle) open(toggle.closest("tbody"), toggle.getAttribute("aria-expanded") === "false");
      if (toGraph) show(toGraph.dataset.node);
    });
    byId("filters").addEventListener("input", filter);
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("filters").addEventListener("reset", () => setTimeout(filter));
    for (const bar of bars) {
      bar.addEventListener("click", () => {
        const select = filters.find((each) => each.dataset.filter === bar.dataset.key);
        select.value = select.value === bar.dataset.value ? "" : bar.dataset.value;
        filter();
      });
    }
    filter();
    const target = /^#finding-\d+$/.test(location.hash) && document.querySelector(location.hash);
    if (target) goTo(target);
  }

  // The graph: laid out once for each stack, then moved and zoomed.

  const svg = d3.select("#graph");
  svg
    .append("defs")
    .append("marker")
    .attr("id", "arrow")
    .attr("viewBox", "0 0 8 8")
    .attr("refX", 8)
    .attr("refY", 4)
    .attr("markerWidth", 7)
    .attr("markerHeight", 7)
    .attr("orient", "auto")
    .append("path")
    .attr("class", "arrow")
    .attr("d", "M0,0L8,4L0,8z");
  const canvas = svg.append("g");
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const zoom = d3.zoom().scaleExtent([0.05, 6]).on("zoom", ({ transform }) => {
    canvas.attr("transform", transform);
    svg.classed("far", transform.k < 0.7).classed("farther", transform.k < 0.35);
  });
  svg.call(zoom).on("dblclick.zoom", null);
  const moved = () => (isStill ? svg : svg.transition().duration(250));
  const radius = (node) => (node.findings ? 11 : 6);

  const size = () => [svg.node().clientWidth || 800, svg.node().clientHeight || 600];

  let shown = -1;
  let nodes = [];
  let edges = [];

  function draw(number) {
    if (shown === number) return;
    shown = number;
    const graph = graphs[number];
    const [width, height] = size();
    nodes = graph.nodes.map((node, index) => ({ ...node, id: `${number}-${index}` }));
    edges = graph.edges.map(([source, target]) => ({ source, target }));
    d3.forceSimulation(nodes)
      .force("edges", d3.forceLink(edges).distance(60).strength(0.4))
      .force("apart", d3.forceManyBody().strength(-160).distanceMax(500))
      // As wide or as high as the place where it is shown.
      .force("x", d3.forceX().strength(0.06 * Math.min(1, (height / width) ** 2)))
      .force("y", d3.forceY().strength(0.06 * Math.min(1, (width / height) ** 2)))
      .force("size", d3.forceCollide(20))
      .stop()
      .tick(nodes.length > 300 ? 150 : 300);
    canvas.selectAll("*").remove();
    canvas
      .selectAll("line")
      .data(edges)
      .join("line")
      .attr("class", "edge")
      .attr("marker-end", "url(#arrow)")
      .each(function ({ source, target }) {
        // The arrow ends at the rim of the dot.
        const length = Math.hypot(target.x - source.x, target.y - source.y) || 1;
        const part = 1 - (radius(target) + 2) / length;
        d3.select(this)
          .attr("x1", source.x)
          .attr("y1", source.y)
          .attr("x2", source.x + part * (target.x - source.x))
          .attr("y2", source.y + part * (target.y - source.y));
      });
    const groups = canvas
      .selectAll("g.node")
      .data(nodes)
      .join("g")
      .attr("class", (node) => `node ${node.severity}`)
      .classed("has-findings", (node) => node.findings > 0)
      .attr("id", (node) => `node-${node.id}`)
      .attr("transform", (node) => `translate(${node.x},${node.y})`)
      .attr("role", "button")
      .attr("tabindex", (_, index) => (index ? -1 : 0))
      .attr("aria-label", describe)
      .on("click", (_, node) => choose(node));
    groups.append("title").text(describe);
    groups.append("circle").attr("r", radius);
    groups
      .filter((node) => node.findings)
      .append("text")
      .attr("class", "count")
      .attr("dy", "0.35em")
      .text((node) => (node.findings > 99 ? "99+" : node.findings));
    groups
      .append("text")
      .attr("class", "name")
      .attr("x", (node) => radius(node) + 4)
      .attr("dy", "0.35em")
      .text((node) => (node.name.length > 28 ? `${node.name.slice(0, 27)}…` : node.name));
    d3.select("#graph-names")
      .selectAll("option")
      .data(nodes)
      .join("option")
      .attr("value", (node) => node.name)
      .text((node) => node.type);
    byId("graph-left").textContent = graph.left
      ? `${graph.left} more resources are not shown; none of them has a finding that is not in the table.`
      : "";
    choose(null);
    showAll(svg);
  }

  function describe(node) {
    const count = node.findings === 1 ? "1 finding" : `${node.findings} findings`;
    const findings = node.findings ? `${count}, the worst ${node.severity}` : "no findings";
    return `${node.name}, ${node.type}: ${findings}`;
  }

  function showAll(where) {
    if (!nodes.length) return;
    const [left, right] = d3.extent(nodes, (node) => node.x);
    const [top, bottom] = d3.extent(nodes, (node) => node.y);
    const [width, height] = size();
    // Names are written to the right of the dots.
    const scale = Math.min(1.6, width / (right - left + 160), height / (bottom - top + 60));
    const middle = [(left + right) / 2 + 50, (top + bottom) / 2];
    where.call(zoom.transform, d3.zoomIdentity.translate(width / 2, height / 2).scale(scale).translate(-middle[0], -middle[1]));
  }

  function centre(node) {
    const [width, height] = size();
    const scale = Math.max(1, d3.zoomTransform(svg.node()).k);
    moved().call(zoom.transform, d3.zoomIdentity.translate(width / 2, height / 2).scale(scale).translate(-node.x, -node.y));
  }

  function choose(node) {
    const near = new Set(node ? [node] : []);
    canvas.selectAll(".edge").classed("near", (edge) => {
      if (!node || (edge.source !== node && edge.target !== node)) return false;
      near.add(edge.source).add(edge.target);
      return true;
    });
    svg.classed("choosing", Boolean(node));
    canvas
      .selectAll(".node")
      .classed("near", (each) => near.has(each))
      .classed("chosen", (each) => each === node);
    if (node) canvas.selectAll(".node").attr("tabindex", (each) => (each === node ? 0 : -1));
    tell(node);
  }

  /** What the panel beside the graph says of a resource. */
  function tell(node) {
    const panel = byId("selected");
    panel.replaceChildren();
    const add = (parent, name, text) => {
      const made = document.createElement(name);
      made.textContent = text;
      parent.append(made);
      return made;
    };
    if (!node) {
      add(panel, "p", "Select a resource to see its findings.").className = "hint";
      return;
    }
    add(panel, "h3", node.name);
    add(panel, "p", node.type).className = "hint";
    const own = findings.filter((each) => each.dataset.nodes.split(" ").includes(node.id));
    if (!own.length) add(panel, "p", "No findings.");
    const list = add(panel, "ul", "");
    for (const each of own) {
      const item = add(list, "li", "");
      const link = add(item, "a", each.querySelector(".toggle").textContent);
      link.href = `#${each.id}`;
      link.addEventListener("click", (event) => {
        event.preventDefault();
        goTo(each);
      });
      item.append(` (${each.dataset.severity}, ${each.dataset.level})`);
    }
    if (!own.length) list.remove();
  }

  /** Chooses a resource by the number of its graph and its own: `0-12`. */
  function show(id) {
    const [graph] = id.split("-");
    if (byId("graph-choice")) byId("graph-choice").value = graph;
    draw(Number(graph));
    const node = nodes.find((each) => each.id === id);
    choose(node);
    centre(node);
    byId("graph-section").scrollIntoView({ block: "start" });
    byId(`node-${id}`).focus({ preventScroll: true });
  }

  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  /** The nearest resource in a direction: what is off to the side counts as farther away. */
  function next(from, [x, y]) {
    let [best, least] = [null, Infinity];
    for (const node of nodes) {
      const [dx, dy] = [node.x - from.x, node.y - from.y];
      const ahead = dx * x + dy * y;
      const cost = ahead + 2 * Math.abs(dx * y + dy * x);
      if (ahead > 0 && cost < least) [best, least] = [node, cost];
    }
    return best;
  }

  byId("graph").addEventListener("keydown", (event) => {
    const at = nodes.find((node) => `node-${node.id}` === event.target.id);
    if (event.key === "+" || event.key === "=") moved().call(zoom.scaleBy, 1.4);
    else if (event.key === "-") moved().call(zoom.scaleBy, 1 / 1.4);
    else if (event.key === "0") showAll(moved());
    else if (event.key === "Escape") choose(null);
    else if (at && (event.key === "Enter" || event.key === " ")) choose(at);
    else if (at && directions[event.key]) {
      const node = next(at, directions[event.key]);
      if (node) {
        choose(node);
        centre(node);
        byId(`node-${node.id}`).focus({ preventScroll: true });
      }
    } else return;
    event.preventDefault();
  });
  byId("zoom-in").addEventListener("click", () => moved().call(zoom.scaleBy, 1.4));
  byId("zoom-out").addEventListener("click", () => moved().call(zoom.scaleBy, 1 / 1.4));
  byId("zoom-all").addEventListener("click", () => showAll(moved()));
  byId("graph-search").addEventListener("change", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    const found = wanted && nodes.find((node) => node.name.toLowerCase().includes(wanted));
    if (found) {
      choose(found);
      centre(found);
    }
  });
  if (byId("graph-choice")) byId("graph-choice").addEventListener("change", (event) => draw(Number(event.target.value)));
  addEventListener("resize", () => showAll(svg));
  if (graphs.length) draw(0);
})();

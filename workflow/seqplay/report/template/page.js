"use strict";
// The page's own script: draws the charts in the page's colours, and shows, filters and searches the examples.
// Whatever a model wrote is set as text (textContent), never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function theme() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const several = (letter, count) => Array.from({ length: count }, (_, i) => colour(`${letter}${i + 1}`));
    const font = getComputedStyle(document.body).fontFamily;
    const ink = colour("ink"), soft = colour("soft");
    return {
      background: "transparent",
      font,
      view: { stroke: null },
      axis: {
        labelColor: soft, titleColor: soft, titleFontWeight: "normal", domainColor: colour("line"),
        tickColor: colour("line"), gridColor: colour("grid"), labelFontSize: 12, titleFontSize: 12,
      },
      legend: { labelColor: ink, titleColor: soft, titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 12, labelLimit: 260 },
      text: { color: ink },
      style: { "bar-of-flow": { color: soft }, "label-of-flow": { color: ink } },
      range: { category: several("c", 8), ordinal: several("o", 5), symbol: ["circle", "diamond", "square", "triangle-up", "cross"] },
      aria: false,
    };
  }

  async function draw() {
    const config = theme();
    for (const box of document.querySelectorAll("[data-chart]")) {
      const options = {
        ast: true, renderer: "svg", mode: "vega-lite", config,
        actions: { export: true, source: false, compiled: false, editor: false },
        tooltip: { theme: dark.matches ? "dark" : "light" },
      };
      await window.vegaEmbed(box, data.charts[box.dataset.chart], options);
      const drawing = box.querySelector(".chart-wrapper");
      drawing.setAttribute("role", "img");
      drawing.setAttribute("aria-label", box.dataset.label);
      drawing.removeAttribute("aria-roledescription");
      drawing.querySelector("svg").setAttribute("aria-hidden", "true");
      const menu = box.querySelector("details > summary");
      if (menu) menu.setAttribute("aria-label", "Save this chart");
    }
    document.documentElement.dataset.drawn = dark.matches ? "dark" : "light";
  }
  if (Object.keys(data.charts).length) {
    draw();
    dark.addEventListener("change", draw);
  }

  const price = document.getElementById("price");
  if (price) {
    const rows = [...document.querySelectorAll("#figure-seconds tbody tr")];
    price.addEventListener("input", () => {
      const each = Number.parseFloat(price.value);
      for (const row of rows) {
        const cost = Number.parseFloat(row.cells[3].textContent) * each;
        row.cells[row.cells.length - 1].textContent = Number.isFinite(cost) ? cost.toFixed(2) : "–";
      }
      const all = rows.at(-1).cells;
      document.getElementById("price-total").textContent = Number.isFinite(each)
        ? `${all[3].textContent} GPU-hours cost ${all[all.length - 1].textContent}` : "";
    });
  }

  if (!data.examples) return;

  const PAGE = 10;
  const examples = data.examples.shown;
  const list = document.getElementById("list"), more = document.getElementById("more");
  const search = document.getElementById("search"), order = document.getElementById("order");
  const selects = [...document.querySelectorAll("[data-filter]")];
  const texts = examples.map((one) => JSON.stringify([one.name, one.id, one.rule, one.outcome, one.message, one.input,
    one.outputs, one.proofs, one.code.map((piece) => piece[0]).join(""),
    one.code.map((piece) => piece[piece.length - 1]).join("")]).toLowerCase());
  let found = [], shown = 0;

  function element(name, text, kind) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }
  function add(parent, ...children) { parent.append(...children); return parent; }
  function block(text, label) {
    const pre = element("pre", text);
    pre.tabIndex = 0; pre.setAttribute("role", "group"); pre.setAttribute("aria-label", label);
    return pre;
  }
  function side(one, place, mark, title) {
    const pre = block(undefined, title);
    for (const piece of one.code) {
      if (piece.length === 1) pre.append(piece[0]);
      else if (piece[place]) pre.append(element(mark, piece[place]));
    }
    if (!pre.textContent) pre.textContent = "(no program could be read from the answer)";
    return add(element("div"), element("h4", title), pre);
  }
  function facts(one) {
    const items = element("ul", undefined, "facts");
    const say = (text, kind) => items.append(element("li", text, kind));
    say(`iteration ${one.iteration}`); say(one.goal); say(one.proposer + (one.rule ? `: ${one.rule}` : ""));
    say(one.outcome, one.end);
    if (one.evidence) say(`evidence: ${one.evidence}`);
    if (one.overflow) say(`overflow: ${one.overflow}`);
    if (one.difficulty) say(`difficulty ${one.difficulty[0]} [${one.difficulty[1]}, ${one.difficulty[2]}]`);
    if (one.coverage) say(`coverage ${one.coverage}`);
    return items;
  }
  function evidence(one, box) {
    if (one.message) add(box, element("h4", "Why it was refused"), element("p", one.message, "reason"));
    if (one.input) {
      add(box, element("h4", "Diverging input"), block(one.input.join("\n"), "Diverging input"));
      add(box, add(element("div", undefined, "sides"),
        add(element("div"), element("h4", "P gives"), block(one.outputs[0], "P gives")),
        add(element("div"), element("h4", "Q gives"), block(one.outputs[1], "Q gives"))));
    }
    for (const proof of one.proofs || []) {
      const details = element("details");
      details.append(element("summary", `${proof.accepted ? "Proof" : "Failed proof"} by ${proof.finder}: ${proof.reason}`));
      if (proof.theorem) add(details, element("h4", "The pipeline's theorem"), block(proof.theorem, "Theorem"));
      if (proof.proof) add(details, element("h4", "Proof"), block(proof.proof, "Proof"));
      details.open = proof.accepted;
      box.append(details);
    }
    if (one.evidence === "bounded") {
      box.append(element("p", `No difference on ${one.evaluations} inputs: bounded testing, not a proof.`, "reason"));
      if (one.unreached) box.append(element("p", `Not reached: ${one.unreached.join("; ")}.`, "reason"));
    }
    if (one.votes) {
      const items = element("ul", undefined, "facts");
      one.votes.forEach(([answer, right]) => items.append(element("li", `${right ? "✓" : "✗"} ${answer}`, right ? "right" : "wrong")));
      add(box, element("h4", `Bob's votes: ${one.votes.filter((vote) => vote[1]).length} of ${one.votes.length} right`), items);
    }
  }
  function records(one) {
    const line = element("p", "Records: ", "records");
    one.records.forEach(([kind, file, first, last], place) => {
      const lines = first === last ? `line ${first}` : `lines ${first} to ${last}`;
      const link = element("a", kind);
      link.href = file; link.title = `${file}, ${lines}`;
      add(line, place ? " · " : "", link, ` (${lines})`);
    });
    return add(line, ` · program ${one.id}`);
  }
  function card(one) {
    const box = element("article");
    box.tabIndex = -1;
    add(box, element("h3", one.name), facts(one), add(element("div", undefined, "sides"),
      side(one, 0, "del", "P, the reference"), side(one, 1, "ins", "Q, the proposal")));
    if (one.cut) box.append(element("p", "Only the beginning of the programs is shown and compared; the records hold all of them.", "reason"));
    evidence(one, box);
    return add(box, records(one));
  }
  function show() {
    const next = found.slice(shown, shown + PAGE).map((place) => card(examples[place]));
    list.append(...next);
    shown += next.length;
    more.hidden = shown >= found.length;
    more.textContent = `Show ${Math.min(PAGE, found.length - shown)} more`;
    return next[0];
  }
  function filter() {
    const words = search.value.toLowerCase().split(" ").filter(Boolean);
    const hard = (place) => (examples[place].difficulty || [-1])[0];
    found = examples.map((_, place) => place).filter((place) =>
      selects.every((select) => !select.value || String(examples[place][select.dataset.filter]) === select.value)
      && words.every((word) => texts[place].includes(word)));
    if (order.value) {
      found = found.filter((place) => examples[place].difficulty);
      found.sort((a, b) => (order.value === "hard" ? hard(b) - hard(a) : hard(a) - hard(b)) || a - b);
    }
    list.replaceChildren();
    shown = 0;
    show();
    document.getElementById("count").textContent =
      `${found.length} of ${examples.length} examples${order.value ? ", those that were voted on" : ""}`;
  }
  for (const select of selects) {
    const values = new Set(examples.map((one) => one[select.dataset.filter]).filter((value) => value !== undefined));
    const sorted = [...values].sort((a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b))));
    for (const value of sorted) add(select, element("option", String(value)));
    select.addEventListener("change", filter);
  }
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  order.addEventListener("change", filter);
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => { const first = show(); if (first) first.focus(); });
  filter();
})();

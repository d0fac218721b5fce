/* Cycles against instructions: a row an instruction, a bar from the cycle in which it begins to
   that in which it is done, what it waited for ahead of its own work. */
const showCycles = (walk, go, opAt, pane) => {
  const narrow = innerWidth < 700;  // there the reasons stand in the status alone
  const [ROWS, HEIGHT, TEXT, WIDTH, REASON] = narrow ? [12, 20, 190, 380, 4] : [18, 20, 250, 1000, 300];
  const { record } = walk;
  const space = "http://www.w3.org/2000/svg";
  const draw = (kind, attributes, text) => {
    const found = document.createElementNS(space, kind);
    for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
    if (text !== undefined) found.textContent = text;
    return found;
  };
  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const first = Math.max(0, Math.min(walk.position - ROWS + 6, walk.end - ROWS));
  const last = Math.min(walk.end, first + ROWS);
  const from = walk.starts[first], span = Math.max(8, walk.starts[last] - from);
  const x = (cycle) => TEXT + ((cycle - from) / span) * (WIDTH - TEXT - REASON);
  const svg = draw("svg", {
    viewBox: `0 0 ${WIDTH} ${(last - first + 1) * HEIGHT + 4}`, role: "img",
    "aria-label": `Cycles ${from} to ${from + span} of instructions ${record.first + first} to ${record.first + last}`,
  });
  const tick = [1, 2, 5].flatMap((step) => [1, 10, 100, 1000, 10000].map((by) => step * by))
    .sort((one, other) => one - other).find((step) => span / step <= (narrow ? 4 : 10)) ?? 10 ** Math.ceil(Math.log10(span / 10));
  for (let cycle = Math.ceil(from / tick) * tick; cycle <= from + span; cycle += tick) {
    svg.append(draw("line", { class: "grid", x1: x(cycle), x2: x(cycle), y1: HEIGHT, y2: (last - first + 1) * HEIGHT }));
    svg.append(draw("text", { class: "tick", x: x(cycle) + 2, y: 13 }, cycle));
  }
  for (let at = first; at < last; at += 1) {
    const [cycles, waits, stalls, , reason] = record.costs[record.cost[at]];
    const y = (at - first + 1) * HEIGHT, begin = walk.starts[at];
    const state = at === walk.position ? " next" : at === walk.position - 1 ? " done" : "";
    const row = draw("g", { class: `row${state}` });
    const bar = (kind, start, length) => {
      if (length > 0) {
        row.append(draw("rect", { class: kind, x: x(start), y: y + 4, width: x(start + length) - x(start), height: HEIGHT - 8 }));
      }
    };
    row.append(draw("rect", { class: "back", x: 0, y, width: WIDTH, height: HEIGHT }));
    row.append(draw("text", { x: 4, y: y + 14 }, short(opAt(at), narrow ? 25 : 34)));
    const stalled = Math.min(stalls, waits);
    bar("fetch", begin, waits - stalled);
    bar("stall", begin + waits - stalled, stalled);
    bar("work", begin + waits, cycles - waits);
    if (!narrow) row.append(draw("text", { class: "reason", x: WIDTH - REASON + 10, y: y + 14 }, short(reason || "", 40)));
    row.append(draw("title", {}, `${opAt(at)}: ${cycles} cycle${cycles === 1 ? "" : "s"}${reason ? `, ${reason}` : ""}`));
    row.addEventListener("click", () => go(at + 1));
    svg.append(row);
  }
  pane.replaceChildren(svg);
};

(() => {
  const record = JSON.parse(document.getElementById("record").textContent);
  const walk = new Walk(record);
  const get = (id) => document.getElementById(id);
  const make = (kind, properties = {}, ...children) => {
    const { dataset, ...plain } = properties;
    const found = Object.assign(document.createElement(kind), plain);
    Object.assign(found.dataset, dataset);
    found.append(...children);
    return found;
  };
  const hex = (value, digits = 0) => value.toString(16).padStart(digits, "0");
  const signed = (value, bits) => (value >= 2 ** (bits - 1) ? value - 2 ** bits : value);
  const character = (value) => (value >= 32 && value < 127 ? String.fromCharCode(value) : "·");
  const characters = (value, size) =>
    Array.from({ length: size }, (_, at) => character(Math.floor(value / 256 ** at) % 256)).join("");
  const FORMATS = {
    hex: (value, bits) => hex(value, bits / 4),
    signed: (value, bits) => String(signed(value, bits)),
    unsigned: (value) => String(value),
    character: (value, bits) => characters(value, bits / 8),
    binary: (value, bits) => value.toString(2).padStart(bits, "0").replace(/(.{8})(?=.)/g, "$1 "),
  };
  const inAll = (value, bits) => Object.keys(FORMATS)
    .flatMap((name) => [`${name} `, make("code", { textContent: FORMATS[name](value, bits) }), "  "]);

  /* ---- the code */

  const rows = [];
  const rowOf = new Map();
  const starts = new Set();
  const opOf = new Map();
  const breaks = new Set();
  let chosen = 0;

  const codeCell = ([offset, bytes, text, isCode], row) => {
    const shown = make("div", {
      className: isCode ? "op" : "data", title: `at 0x${hex(record.base + offset)}`,
    }, make("code", { textContent: bytes.length > 16 ? `${bytes.slice(0, 14)}…` : bytes }),
    make("code", { textContent: text.length > 40 ? `${text.slice(0, 39)}…` : text }));
    if (isCode) {
      rowOf.set(offset, row);
      opOf.set(offset, shown);
    }
    return shown;
  };

  const codeTable = (block) => {
    const body = make("tbody");
    for (const [number, text, code] of block.lines) {
      const at = rows.length;
      const mark = make("button", {
        type: "button", className: "mark", textContent: number, tabIndex: -1,
      });
      mark.setAttribute("aria-pressed", "false");
      mark.setAttribute("aria-label", `Breakpoint at line ${number}`);
      mark.addEventListener("click", (event) => { event.stopPropagation(); choose(at); toggle(at); });
      const row = make("tr", { dataset: { line: number } }, make("td", {}, mark),
        make("td", {}, make("code", {
          className: "source", textContent: text.trimStart() || " ",
          style: `padding-left:${text.length - text.trimStart().length + 2}ch`,
        })),
        make("td", { className: "machine" }, ...code.map((each) => codeCell(each, at))));
      row.addEventListener("click", () => choose(at));
      row.addEventListener("dblclick", () => { choose(at); runTo(1); });
      rows.push({ row, mark, number, places: [], code: code.filter((each) => each[3]) });
      body.append(row);
    }
    return make("table", {}, make("caption", { textContent: `${block.name} in ${block.path}` }), body);
  };
  get("code").append(...record.blocks.map(codeTable));
  const longest = record.blocks.flatMap((block) => block.lines).flatMap((line) => line[2])
    .reduce((most, each) => Math.max(most, each[2].length), 0);
  get("code").style.setProperty("--machine", `calc(${Math.min(40, longest) + 9}ch + .8rem)`);
  let last = null;
  for (const offset of [...rowOf.keys()].sort((one, other) => one - other)) {
    if (rowOf.get(offset) !== last) {
      rows[rowOf.get(offset)].places.push(offset);
      starts.add(offset);
    }
    last = rowOf.get(offset);
  }

  const choose = (at) => {
    rows[chosen].row.classList.remove("chosen");
    chosen = Math.max(0, Math.min(rows.length - 1, at));
    rows[chosen].row.classList.add("chosen");
    rows[chosen].row.scrollIntoView({ block: "nearest" });
  };
  /* The chosen line, or the next below it that became instructions. */
  const runnable = (at) => {
    const found = rows.findIndex((each, index) => index >= at && each.places.length);
    return found < 0 ? null : found;
  };
  const toggle = (at) => {
    const found = runnable(at);
    if (found === null) return say("No instruction stands there.");
    if (!breaks.delete(found)) breaks.add(found);
    rows[found].mark.setAttribute("aria-pressed", String(breaks.has(found)));
    const shown = [...breaks].sort((one, other) => one - other).map((each) => {
      const button = make("button", {
        type: "button", textContent: `${rows[each].number} ×`, title: "Clear this breakpoint",
      });
      button.setAttribute("aria-label", `Clear the breakpoint at line ${rows[each].number}`);
      button.addEventListener("click", () => { toggle(each); get("break-at").focus(); });
      return button;
    });
    get("breaks").replaceChildren(...shown);
    return undefined;
  };
  for (const label of Object.keys(record.labels)) get("places").append(make("option", { value: label }));
  get("break-at").addEventListener("change", (event) => {
    const text = event.target.value.trim();
    const label = Object.hasOwn(record.labels, text) ? rowOf.get(record.labels[text]) : undefined;
    const row = label ?? rows.findIndex((each) => String(each.number) === text);
    if (!text) return;
    if (row < 0) { say(`There is no line and no label ${text} here.`); return; }
    choose(row);
    toggle(row);
    event.target.value = "";
  });

  /* ---- going */

  let notice = "";
  const say = (text) => { notice = text; show(); };
  const go = (position, text = "") => {
    walk.go(Math.max(0, Math.min(walk.end, position)));
    notice = text;
    show();
  };
  const toEdge = (direction) => (direction > 0 ? walk.end : 0);
  const toLine = (direction) => go(walk.find(direction, (offset) => starts.has(offset)) ?? toEdge(direction));
  const toBreak = (direction) => {
    const places = new Set([...breaks].flatMap((each) => rows[each].places));
    const found = walk.find(direction, (offset) => places.has(offset));
    go(found ?? toEdge(direction), found === null && breaks.size ? "No breakpoint on the way." : "");
  };
  const runTo = (direction) => {
    const row = runnable(chosen);
    const places = new Set(row === null ? [] : rows[row].places);
    const found = walk.find(direction, (offset) => places.has(offset));
    if (found === null) say(`Control does not come there ${direction > 0 ? "any more" : "before"}.`);
    else go(found);
  };

  /* ---- registers and memory */

  let register = record.names.indexOf("a0"), format = "hex";
  let region = Math.min(2, record.regions.length - 1), from = null, byte = null, inMemory = false;
  const cells = record.names.map((name, number) => {
    const value = make("code");
    const cell = make("button", { type: "button", title: `x${number}` }, make("span", { textContent: name }), value);
    if (number >= 32) cell.title = name;
    if (name.length > 6) cell.classList.add("long");
    cell.addEventListener("click", () => { register = number; inMemory = false; show(); });
    return { cell, value };
  });
  get("registers").append(...cells.slice(1).map((each) => each.cell));
  for (const name of Object.keys(FORMATS)) get("format").append(make("option", { textContent: name }));
  get("format").addEventListener("change", (event) => { format = event.target.value; show(); });
  record.regions.forEach((each, at) => {
    get("region").append(make("option", { value: at, textContent: each.name }));
  });
  get("region").value = region;
  const toRegion = (at) => {
    get("region").value = region = at;
    from = byte = null;
    inMemory = false;
    show();
  };
  get("region").addEventListener("change", (event) => toRegion(Number(event.target.value)));
  const toLastWrite = () => {
    if (inMemory && byte === null) return say("Choose a byte first.");
    const found = inMemory ? walk.lastByteWrite(byte) : walk.lastRegisterWrite(register);
    const what = inMemory ? `the byte at 0x${hex(byte)}` : record.names[register];
    if (found === null) return say(`Nothing wrote ${what} before.`);
    return go(found, `The instruction just executed wrote ${what}.`);
  };
  document.querySelector(".last").addEventListener("click", () => { inMemory = false; });
  get("byte-write").addEventListener("click", () => { inMemory = true; toLastWrite(); });

  const showRegisters = () => {
    const changed = walk.changed(walk.position);
    cells.forEach(({ cell, value }, number) => {
      const is = changed.has(number) && changed.get(number) !== walk.registers[number];
      value.textContent = FORMATS[format](walk.registers[number], 32);
      cell.classList.toggle("changed", is);
      cell.classList.toggle("unset", walk.registers[number] === record.unset[number]);
      cell.setAttribute("aria-pressed", String(number === register));
    });
    get("registers").classList.toggle("wide", format === "binary");
    const before = changed.has(register) ? ["was ", make("code", { textContent: hex(changed.get(register), 8) })] : [];
    get("register-detail").replaceChildren(
      make("strong", { textContent: record.names[register] }), " ", ...inAll(walk.registers[register], 32), ...before,
    );
  };

  const UNITS = { bytes: [1, "hex"], words: [4, "hex"], "signed words": [4, "signed"] };
  let unit = "bytes";
  for (const name of Object.keys(UNITS)) get("unit").append(make("option", { textContent: name }));
  get("unit").addEventListener("change", (event) => { unit = event.target.value; show(); });
  const width = () => (get("memory").clientWidth < 545 ? 8 : 16);
  const SHOWN = 12;
  const window_ = () => {
    const here = record.regions[region], wide = width();
    const held = walk.memory[region].length, stack = walk.registers[2];
    const low = here.address - (here.address % wide);
    const last = Math.max(low, here.address + held - SHOWN * wide + (wide - ((here.address + held) % wide)) % wide);
    let start = from;
    if (start === null) start = stack >= here.address && stack <= here.address + held ? stack - 2 * wide : low;
    if (byte !== null && inMemory) {
      if (byte < start) start = byte;
      if (byte >= start + SHOWN * wide) start = byte - (SHOWN - 1) * wide;
    }
    return Math.max(low, Math.min(last, start - (start % wide)));
  };
  const showMemory = () => {
    const here = record.regions[region], wide = width(), start = window_(), [size, shape] = UNITS[unit];
    const end = here.address + walk.memory[region].length;
    const stored = walk.storedAt(walk.position), sp = walk.registers[2];
    const body = make("tbody");
    for (let at = start; at < Math.min(end, start + SHOWN * wide); at += wide) {
      const row = make("tr", {}, make("th", { scope: "row" }, make("code", { textContent: hex(at, 8) })));
      let text = "";
      for (let each = at; each < at + wide; each += size) {
        const is = each >= here.address && each + size <= end;
        const value = is ? walk.word(each, size) : 0;
        const covers = (address) => each <= address && address < each + size;
        const classes = ["byte", [...stored].some(covers) && "changed",
          byte !== null && covers(byte) && "chosen", here.name === "the stack" && each < sp && "below"];
        const cell = make("td", { className: is ? classes.filter(Boolean).join(" ") : "" },
          make("code", { textContent: is ? FORMATS[shape](value, 8 * size) : "" }));
        if (is) cell.addEventListener("click", () => { byte = each; inMemory = true; show(); });
        row.append(cell);
        text += is ? characters(value, size) : " ".repeat(size);
      }
      row.append(make("td", { className: "characters" }, make("code", { textContent: text })));
      body.append(row);
    }
    get("memory").replaceChildren(make("table", {}, body));
    const left = here.size - walk.memory[region].length;
    const detail = byte === null
      ? [here.size ? "Choose a byte to see what it holds." : "It is empty.", left ? ` ${left} bytes behind it are not in this page.` : ""]
      : [make("strong", { textContent: hex(byte, 8) }), " ", ...inAll(walk.byte(byte), 8),
        ...(walk.byte(byte - (byte % 4)) === undefined ? [] : ["word ", make("code", { textContent: hex(walk.word(byte - (byte % 4), 4), 8) })])];
    get("byte-detail").replaceChildren(...detail);
  };
  for (const button of document.querySelectorAll("[data-memory]")) {
    button.addEventListener("click", () => {
      inMemory = false;
      from = window_() + Number(button.dataset.memory) * (SHOWN - 2) * width();
      show();
    });
  }
  get("memory").addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: width(), ArrowUp: -width() }[event.key];
    if (!by) return;
    const here = record.regions[region], next = byte === null ? window_() : byte + by;
    byte = Math.max(here.address, Math.min(here.address + walk.memory[region].length - 1, next));
    inMemory = true;
    event.preventDefault();
    event.stopPropagation();
    show();
  });

  /* ---- what is shown */

  const opAt = (position) => {
    const offset = walk.offset(position), row = rowOf.get(offset);
    const text = opOf.get(offset)?.lastChild.textContent ?? "";
    return row === undefined ? "outside of the code" : `line ${rows[row].number}: ${text}`;
  };
  const showStatus = () => {
    const at = walk.position, done = record.first + at;
    const parts = [make("strong", { textContent: `${done.toLocaleString("en")} of ${record.total.toLocaleString("en")} executed` })];
    if (record.core) {
      parts.push(", ", make("strong", { textContent: `${walk.starts[at].toLocaleString("en")} cycles` }), ` on ${record.core}`);
    }
    if (at) {
      parts.push(make("br"), `Just executed: ${opAt(at - 1)}`);
      if (record.core) {
        const [cycles, , , , reason] = record.costs[record.cost[at - 1]];
        parts.push(`, ${cycles} cycle${cycles === 1 ? "" : "s"}${reason ? `: ${reason}` : ""}`);
      }
    }
    if (at < walk.end) parts.push(make("br"), `Next: ${opAt(at)}`);
    else if (record.error) {
      parts.push(make("br"), make("span", { className: "stopped", textContent: `Stopped at ${opAt(at)}: ${record.error.message} (${record.error.code})` }));
    } else parts.push(make("br"), `Returned: ${record.result}`);
    get("status").replaceChildren(...parts);
    const dropped = record.first ? `The first ${record.first.toLocaleString("en")} instructions are not in this page. ` : "";
    get("notice").textContent = dropped + notice;
    get("notice").hidden = !(dropped + notice);
    get("position").value = at;
    get("position").setAttribute("aria-valuetext", `${done} of ${record.total} executed`);
  };
  const showCode = () => {
    for (const each of document.querySelectorAll("#code .next, #code .done")) each.classList.remove("next", "done");
    if (walk.position) opOf.get(walk.offset(walk.position - 1))?.classList.add("done");
    const next = opOf.get(walk.offset(walk.position));
    if (!next) return;
    next.classList.add("next");
    const row = next.closest("tr"), pane = get("code");
    row.classList.add("next");
    // A row's offsetTop counts from its table, of which each function has one.
    const above = row.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    if (above < 30 || above + row.offsetHeight > pane.clientHeight - 30) {
      pane.scrollTop += above - pane.clientHeight / 2;
    }
  };
  const showAccesses = () => {
    for (const row of document.querySelectorAll("#accesses tr")) {
      row.classList.toggle("done", Number(row.dataset.step) === walk.position - 1);
    }
  };
  const show = () => {
    showStatus();
    showCode();
    showRegisters();
    showMemory();
    showAccesses();
    if (record.core) showCycles(walk, go, opAt, get("cycles"));
  };

  if (record.core) {
    get("cycle-legend").replaceChildren(...[["arithmetic", "own work"], ["stalls", "waits for a result"], ["fetch", "waits for instruction words"]]
      .flatMap(([colour, text]) => [make("span", { className: "swatch", style: `background:var(--${colour})` }), `${text}  `]));
  } else {
    get("cycle-pane").hidden = true;
  }
  get("access-pane").hidden = !record.accesses.length;
  if (record.accesses.length) {
    const body = make("tbody");
    for (const [step, kind, address, size, value, cycle] of record.accesses.slice(0, 2000)) {
      const row = make("tr", { dataset: { step } }, ...[cycle, kind, `0x${hex(address, 8)}`, size, `0x${hex(value)}`]
        .map((text) => make("td", { textContent: text })));
      row.addEventListener("click", () => go(step + 1));
      body.append(row);
    }
    const heads = ["cycle", "kind", "address", "bytes", "value"].map((text) => make("th", { scope: "col", textContent: text }));
    get("accesses").append(make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body));
  }

  /* ---- keys and buttons */

  const help = get("help-button");
  help.addEventListener("click", () => {
    get("help").hidden = !get("help").hidden;
    help.setAttribute("aria-expanded", String(!get("help").hidden));
  });
  const KEYS = {
    ArrowRight: () => go(walk.position + 1), ArrowLeft: () => go(walk.position - 1),
    s: () => go(walk.position + 1), S: () => go(walk.position - 1),
    n: () => toLine(1), p: () => toLine(-1), c: () => toBreak(1), r: () => toBreak(-1),
    Home: () => go(0), End: () => go(walk.end),
    ArrowDown: () => choose(chosen + 1), ArrowUp: () => choose(chosen - 1),
    g: () => runTo(1), G: () => runTo(-1), b: () => toggle(chosen), w: toLastWrite,
    f: () => {
      const names = Object.keys(FORMATS);
      format = get("format").value = names[(names.indexOf(format) + 1) % names.length];
      show();
    },
    l: () => get("break-at").focus(),
    m: () => toRegion((region + 1) % record.regions.length),
    t: () => get("theme").click(),
    "?": () => help.click(),
  };
  addEventListener("keydown", (event) => {
    const inField = event.target.closest("input, select");
    if (inField || event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  for (const button of document.querySelectorAll("[data-key]")) {
    button.addEventListener("click", () => KEYS[button.dataset.key]());
  }
  get("call").textContent = record.call;
  get("position").max = walk.end;
  get("position").addEventListener("input", (event) => go(Number(event.target.value)));
  addEventListener("resize", () => show());
  choose(rowOf.get(walk.offset(0)) ?? 0);
  show();
})();

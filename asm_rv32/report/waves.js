"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const ROW = 34, LEFT = 90, TOP = 22, RIGHT = 12;

  const make = (parent, name, attributes, text) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };

  class Analyser {
    constructor(figure) {
      this.wave = JSON.parse(figure.dataset.wave);
      this.svg = figure.querySelector("svg");
      this.said = figure.querySelector("output");
      this.end = Math.max(1, this.wave.cycles);
      this.cursors = [null, null];
      this.fit();
      for (const button of figure.querySelectorAll("button")) {
        button.addEventListener("click", () => this.act(button.dataset.act));
      }
      this.svg.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? 1.25 : 0.8, this.cycle(event));
      }, { passive: false });
      this.svg.addEventListener("pointerdown", (event) => this.press(event));
      figure.querySelector(".wave").addEventListener("keydown", (event) => {
        const act = { "+": "in", "-": "out", "0": "fit", ArrowLeft: "left", ArrowRight: "right" };
        if (act[event.key]) { event.preventDefault(); this.act(act[event.key]); }
      });
      new ResizeObserver(() => this.draw()).observe(this.svg);
    }

    get width() { return Math.max(200, this.svg.getBoundingClientRect().width) - LEFT - RIGHT; }
    x(cycle) { return LEFT + (cycle - this.from) / (this.to - this.from) * this.width; }
    cycle(event) {
      const at = event.clientX - this.svg.getBoundingClientRect().left - LEFT;
      return this.from + at / this.width * (this.to - this.from);
    }
    fit() { this.from = 0; this.to = this.end; }

    act(name) {
      const span = this.to - this.from, middle = (this.from + this.to) / 2;
      if (name === "in") this.zoom(2, middle);
      if (name === "out") this.zoom(0.5, middle);
      if (name === "left") this.move(-span / 4);
      if (name === "right") this.move(span / 4);
      if (name === "fit") { this.fit(); this.draw(); }
      if (name === "clear") { this.cursors = [null, null]; this.draw(); }
    }
    zoom(factor, around) {
      const span = Math.min(this.end, Math.max(4, (this.to - this.from) / factor));
      this.from = around - (around - this.from) * span / (this.to - this.from);
      this.to = this.from + span;
      this.move(0);
    }
    move(by) {
      const span = this.to - this.from;
      this.from = Math.min(Math.max(0, this.from + by), this.end - span);
      this.to = this.from + span;
      this.draw();
    }
    press(down) {
      const start = this.cycle(down), from = this.from;
      let moved = false;
      const span = this.to - from;
      const drag = (event) => {
        if (Math.abs(event.clientX - down.clientX) > 3) moved = true;
        if (moved) {
          this.from = from;
          this.to = from + span;
          this.move(-(event.clientX - down.clientX) / this.width * span);
        }
      };
      const up = (event) => {
        removeEventListener("pointermove", drag);
        removeEventListener("pointerup", up);
        if (!moved) {
          this.cursors[event.shiftKey ? 1 : 0] = this.nearest(start);
          this.draw();
        }
      };
      addEventListener("pointermove", drag);
      addEventListener("pointerup", up);
    }
    // The edge that is near, else the cycle.
    nearest(cycle) {
      const near = 8 / this.width * (this.to - this.from);
      let found = Math.round(cycle), least = near;
      for (const pin of this.wave.pins) {
        for (const [at] of pin.edges) {
          if (Math.abs(at - cycle) < least) { least = Math.abs(at - cycle); found = at; }
        }
      }
      return Math.min(this.end, Math.max(0, found));
    }

    time(cycles) {
      if (!this.wave.clock) return `${cycles} cycles`;
      const ns = cycles * 1e9 / this.wave.clock;
      return ns >= 1e5 ? `${+(ns / 1e3).toFixed(2)} µs` : `${+ns.toFixed(2)} ns`;
    }

    draw() {
      const svg = this.svg, pins = this.wave.pins;
      svg.replaceChildren();
      svg.setAttribute("height", TOP + pins.length * ROW + 6);
      this.axis();
      pins.forEach((pin, at) => this.signal(pin, TOP + at * ROW));
      this.cursors.forEach((cursor, at) => {
        if (cursor === null || cursor < this.from || cursor > this.to) return;
        const x = this.x(cursor), height = TOP + pins.length * ROW;
        make(svg, "line", { x1: x, x2: x, y1: TOP - 6, y2: height, class: "cursor" });
        make(svg, "text", { x: x + 3, y: TOP + 4, class: "cursor" }, "AB"[at]);
      });
      const parts = this.cursors.map((cursor, at) => cursor === null ? ""
        : `${"AB"[at]} ${cursor} (${this.time(cursor)})`).filter(Boolean);
      const [a, b] = this.cursors;
      if (a !== null && b !== null) {
        parts.push(`B − A ${b - a} cycles` + (this.wave.clock ? `, ${this.time(b - a)}` : ""));
      }
      this.said.textContent = parts.join("; ");
    }
    axis() {
      const span = this.to - this.from, rough = span / Math.max(2, this.width / 90);
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = Math.max(1, power * [1, 2, 5, 10].find((each) => each * power >= rough));
      for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) {
        const x = this.x(at);
        const bottom = TOP + this.wave.pins.length * ROW;
        make(this.svg, "line", { x1: x, x2: x, y1: TOP - 6, y2: bottom, class: "grid" });
        make(this.svg, "text", { x: x + 2, y: TOP - 10, class: "tick" }, this.time(at));
      }
    }
    signal(pin, top) {
      const high = top + 8, low = top + ROW - 8, y = (level) => level ? high : low;
      make(this.svg, "text", { x: 4, y: low - 2, class: "pin" }, pin.name);
      let level = pin.start, since = 0, path = `M${LEFT} ${y(level)}`;
      const show = (until, after) => {
        const left = Math.max(this.from, since), right = Math.min(this.to, until);
        if (right < left) { path = `M${LEFT} ${y(after)}`; return; }
        const x = this.x(right);
        path += `H${x.toFixed(1)}V${y(after)}`;
        if (x - this.x(left) > 48 && left === since && right === until) {
          const middle = (this.x(left) + x) / 2;
          make(this.svg, "text", { x: middle, y: low - 4, class: "width" },
            this.time(until - since));
        }
      };
      for (const [cycle, after] of pin.edges) {
        if (cycle > this.to) break;
        show(cycle, after);
        level = after; since = cycle;
      }
      path += `H${(LEFT + this.width).toFixed(1)}`;
      make(this.svg, "path", { d: path, class: "signal" });
    }
  }
  for (const figure of document.querySelectorAll("figure.analyser")) new Analyser(figure);
})();

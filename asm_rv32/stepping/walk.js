"use strict";
/* The record of a call, and the state at a position in it. A position counts the instructions
   executed before it, from the first that is kept. */
class Walk {
  constructor(record) {
    this.record = record;
    this.end = record.steps.length;
    this.position = 0;
    this.registers = Uint32Array.from(record.registers);
    this.memory = record.regions.map((region) => {
      const text = atob(region.bytes);
      return Uint8Array.from(text, (character) => character.charCodeAt(0));
    });
    this.writes = this.rows(record.written, 3);
    this.stores = this.rows(record.stored, 4);
    this.starts = new Float64Array(this.end + 1).fill(record.before);
    record.cost.forEach((cost, at) => {
      this.starts[at + 1] = this.starts[at] + record.costs[cost][0];
    });
    this.playAll();
  }

  /* Columns: step, then the rest; with the first row of each step. */
  rows(flat, width) {
    const count = flat.length / width, first = new Uint32Array(this.end + 1).fill(count);
    for (let row = count - 1; row >= 0; row -= 1) first[flat[row * width]] = row;
    for (let step = this.end - 1; step >= 0; step -= 1) {
      first[step] = Math.min(first[step], first[step + 1]);
    }
    return { flat, width, count, first, old: new Uint32Array(count) };
  }

  /* Goes to the end once, so that it is known what was there before each write. */
  playAll() {
    const { writes, stores } = this;
    for (let row = 0; row < writes.count; row += 1) {
      const number = writes.flat[row * 3 + 1];
      writes.old[row] = this.registers[number];
      this.registers[number] = writes.flat[row * 3 + 2];
    }
    for (let row = 0; row < stores.count; row += 1) {
      const [, address, size, word] = stores.flat.slice(row * 4, row * 4 + 4);
      stores.old[row] = this.word(address, size);
      this.put(address, size, word);
    }
    this.position = this.end;
    this.go(0);
  }

  go(position) {
    const { writes, stores } = this;
    const forward = position > this.position;
    const [low, high] = forward ? [this.position, position] : [position, this.position];
    const inOrder = (table, change) => {
      const first = table.first[low], last = table.first[high];
      if (forward) for (let row = first; row < last; row += 1) change(row);
      else for (let row = last - 1; row >= first; row -= 1) change(row);
    };
    inOrder(writes, (row) => {
      this.registers[writes.flat[row * 3 + 1]] = forward ? writes.flat[row * 3 + 2] : writes.old[row];
    });
    inOrder(stores, (row) => {
      const at = row * 4;
      this.put(stores.flat[at + 1], stores.flat[at + 2], forward ? stores.flat[at + 3] : stores.old[row]);
    });
    this.position = position;
  }

  regionOf(address) {
    return this.record.regions.findIndex(
      (region) => region.address <= address && address < region.address + region.size,
    );
  }

  byte(address) {
    const at = this.regionOf(address);
    return at < 0 ? undefined : this.memory[at][address - this.record.regions[at].address];
  }

  word(address, size) {
    let value = 0;
    for (let at = size - 1; at >= 0; at -= 1) value = value * 256 + (this.byte(address + at) || 0);
    return value;
  }

  put(address, size, word) {
    const at = this.regionOf(address);
    if (at < 0) return;
    const from = address - this.record.regions[at].address;
    for (let byte = 0; byte < size; byte += 1) {
      this.memory[at][from + byte] = Math.floor(word / 256 ** byte) % 256;
    }
  }

  /* Where the instruction at a position stands; behind the last, where control went. */
  offset(position) {
    return position < this.end ? this.record.steps[position] : this.record.ended - this.record.base;
  }

  /* Register → what it held before, of the instruction ahead of a position. */
  changed(position) {
    const found = new Map();
    if (!position) return found;
    const { flat, first, old } = this.writes;
    for (let row = first[position - 1]; row < first[position]; row += 1) {
      found.set(flat[row * 3 + 1], old[row]);
    }
    return found;
  }

  /* The addresses that the instruction ahead of a position stored to. */
  storedAt(position) {
    const found = new Set();
    if (!position) return found;
    const { flat, first } = this.stores;
    for (let row = first[position - 1]; row < first[position]; row += 1) {
      for (let at = 0; at < flat[row * 4 + 2]; at += 1) found.add(flat[row * 4 + 1] + at);
    }
    return found;
  }

  /* The position behind the last write that is ahead of the one that led here. */
  lastRegisterWrite(number) {
    const { flat, first } = this.writes;
    for (let row = first[Math.max(0, this.position - 1)] - 1; row >= 0; row -= 1) {
      if (flat[row * 3 + 1] === number) return flat[row * 3] + 1;
    }
    return null;
  }

  lastByteWrite(address) {
    const { flat, first } = this.stores;
    for (let row = first[Math.max(0, this.position - 1)] - 1; row >= 0; row -= 1) {
      const from = flat[row * 4 + 1];
      if (from <= address && address < from + flat[row * 4 + 2]) return flat[row * 4] + 1;
    }
    return null;
  }

  /* The nearest position in a direction, 1 or -1, of which `holds(offset, position)`. */
  find(direction, holds) {
    for (let at = this.position + direction; at >= 0 && at < this.end; at += direction) {
      if (holds(this.record.steps[at], at)) return at;
    }
    return null;
  }
}

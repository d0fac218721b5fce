"""Programs that load from and store to a device, to compare the cycles of these accesses with RTL.

Like those of `programs`; the device lies at DEVICE, and its words read as the cycle, so that where
control goes depends on when a load was made. s11 holds its address.
"""

from __future__ import annotations

import random

from rtl.programs import LOADS, STORES, Writer, wrapped

DEVICE = 0x60000000
SIZE = 0x1000
START = f"lui s11, {DEVICE >> 12:#x}"

HAND_WRITTEN = {
    "toggle": "li a0, 1\nli a1, 2\nsw a0, 8(s11)\nsw a0, 12(s11)\nsw a1, 8(s11)\nsw a1, 12(s11)",
    "toggle_compressed": "mv s1, s11\nli a0, 1\nc.sw a0, 8(s1)\nc.sw a0, 12(s1)\nc.sw a0, 8(s1)",
    "square_wave": "li a0, 1\nli a1, 20\n1: sw a0, 8(s11)\nnop\nnop\nsw a0, 12(s11)\n"
    "addi a1, a1, -1\nbnez a1, 1b",
    "square_wave_compressed": "mv s1, s11\nli a0, 1\nli a1, 20\n1: c.sw a0, 8(s1)\nc.nop\n"
    "c.sw a0, 12(s1)\nc.addi a1, -1\nc.bnez a1, 1b",
    "led_bits": "li a0, 0xa5c3\nli a1, 16\nli a3, 4\n1: sw a3, 8(s11)\nandi a4, a0, 1\n"
    "beqz a4, 2f\nnop\nnop\nnop\n2: sw a3, 12(s11)\nbnez a4, 3f\nnop\nnop\nnop\n3: srli a0, a0, 1\n"
    "addi a1, a1, -1\nbnez a1, 1b",
    "serial_out": "li a0, 0x5a\nli a1, 8\n1: andi a2, a0, 128\nsnez a2, a2\nsb a2, 4(s11)\n"
    "sw a1, 8(s11)\nslli a0, a0, 1\nsw a1, 12(s11)\naddi a1, a1, -1\nbgtz a1, 1b",
    "serial_in": "li a0, 0\nli a1, 8\n1: sw a1, 8(s11)\nlw a2, 0(s11)\nandi a2, a2, 1\n"
    "slli a0, a0, 1\nor a0, a0, a2\nsw a1, 12(s11)\naddi a1, a1, -1\nbnez a1, 1b",
    "wait_for_cycle": "lw a0, 0(s11)\naddi a0, a0, 200\n1: lw a1, 0(s11)\nblt a1, a0, 1b\n"
    "sw a1, 4(s11)",
    "wait_for_bit": "1: lw a0, 0(s11)\nandi a0, a0, 64\nbeqz a0, 1b\nsw a0, 4(s11)\n"
    "2: lhu a0, 0(s11)\nandi a0, a0, 64\nbnez a0, 2b\nsw a0, 8(s11)",
    "bytes": "li a0, -2\nsb a0, 1(s11)\nlbu a1, 0(s11)\nsb a1, 2(s11)\nlb a2, 1(s11)\n"
    "sb a2, 3(s11)\nsh a2, 6(s11)\nlh a3, 2(s11)\nsh a3, 10(s11)\nlhu a4, 0(s11)\nsw a4, 4(s11)",
    "load_to_store": "lw a0, 0(s11)\nsw a0, 4(s11)\nlw a1, 8(s11)\nlw a2, 12(s11)\nsw a2, 0(s11)\n"
    "sw a1, 4(s11)",
    "load_to_address": "li a0, 0x1000\nsw s11, 64(s2)\nlw a1, 64(s2)\nsw a0, 0(a1)\n"
    "lw a2, 64(s2)\nlw a3, 0(a2)\nlw a4, 64(s2)\nnop\nsw a3, 4(a4)",
    "memory_between": "sw a0, 0(s11)\nlw a1, 0(s2)\nsw a1, 4(s11)\nsw a1, 4(s2)\nlw a2, 8(s11)\n"
    "lw a3, 4(s2)\nadd a3, a3, a2\nsw a3, 0(s11)",
    "behind_shifts": "lw a0, 0(s11)\nslli a1, a0, 1\nsw a1, 0(s11)\nsrai a1, a0, 31\n"
    "sw a1, 4(s11)\nsrl a1, a0, a1\nsw a1, 8(s11)\nli a2, 7\nsll a1, a0, a2\nsw a1, 12(s11)",
    "behind_branches": "sw a0, 0(s11)\nbeq zero, zero, 1f\nnop\n1: sw a0, 4(s11)\n"
    "bne zero, zero, 2f\n2: sw a0, 8(s11)\nbeq zero, zero, 3f\nc.nop\n.option norvc\n"
    "3: sw a0, 12(s11)\nbnez s11, 4f\n4: lw a0, 0(s11)\n.option rvc\nbeqz a0, 5f\nc.nop\n"
    "5: sw a0, 4(s11)",
    "behind_jumps": "sw a0, 0(s11)\nj 1f\nnop\n1: sw a0, 4(s11)\nj 2f\nc.nop\n.option norvc\n"
    "2: sw a0, 8(s11)\nla a1, 3f\njr a1\n.hword 1\n3: lw a0, 12(s11)\nla a1, 4f\njr a1\n"
    "4: lw a0, 12(s11)\n.option rvc",
    "across_words": ".balign 4\nc.nop\n.option norvc\nsw a0, 0(s11)\nsw a0, 4(s11)\n"
    "lw a1, 8(s11)\nlw a2, 8(s11)\nsw a1, 12(s11)\n.option rvc\nc.nop\nsw a2, 0(s11)",
    "routines": "li a0, 3\n1: call 2f\naddi a0, a0, -1\nbnez a0, 1b\nj 3f\n"
    "2: sw a0, 8(s11)\nlw a1, 0(s11)\nsw a1, 12(s11)\nret\n3: sw zero, 0(s11)",
    "fences": "sw a0, 0(s11)\nfence\nsw a0, 4(s11)\nfence\nlw a0, 0(s11)\nfence\nnop\n"
    "sw a0, 8(s11)",
    "sum_of_times": "li a0, 0\nli a1, 6\n1: lw a2, 0(s11)\nadd a0, a0, a2\nlw a3, 0(s11)\n"
    "sub a3, a3, a2\nadd a0, a0, a3\naddi a1, a1, -1\nbnez a1, 1b\nsw a0, 4(s11)",
}  # fmt: skip
BEHIND = (
    "mul a1, a0, a0", "mulh a1, a0, a0", "mulhu a1, a0, s11", "div a1, s11, a0",
    "rem a1, a0, zero", "divu a1, a0, a0", "remu a1, s11, a0", "mul a0, a0, a0",
)  # fmt: skip
"""Multiplications and divisions with a device's load before and a store of their result behind."""


COUNTERS = {"picorv32": ("cycle", "")} | dict.fromkeys(
    ("ibex-small", "ibex-maxperf", "cv32e40p"), ("mcycle", "mcountinhibit")
)
"""Core: its counter of cycles, and what lets it run."""
BETWEEN = {
    "nothing": "", "nop": "nop", "two": "c.nop\nnop", "load": "lw a2, 0(s11)",
    "store": "sw s2, 0(s11)", "wait": "lw a2, 0(s11)\nadd a2, a2, a2", "jump": "j 1f\nnop\n1:",
    "taken": "beqz zero, 1f\nnop\n1:", "not_taken": "bnez zero, 1f\n1:", "mul": "mul a2, a0, a0",
    "div": "li a3, 3\ndiv a2, a0, a3", "mulh": "mulh a2, a0, a0", "shift": "slli a2, a0, 13",
    "fence": "fence",
    "loop": "li a2, 7\n1: addi a2, a2, -1\nbnez a2, 1b", "call": "call 1f\nj 2f\n1: ret\n2:",
}  # fmt: skip
"""What stands between two readings of a counter, whose difference is stored."""


def counter_programs(core: str) -> dict[str, str]:
    """Name → source of programs that store to the device how many cycles have gone by, at either
    place in a word, with the counter as it is at reset and let run."""
    counter, switch = COUNTERS[core]
    read = f"csrr a0, {counter}\n{{}}\ncsrr a1, {counter}\nsub a1, a1, a0\nsw a1, 4(s11)"
    texts = {name: read.format(between) for name, between in BETWEEN.items()}
    starts = [""]
    if switch:
        starts.append(f"csrci {switch}, 5")
        texts["stopped"] = f"csrsi {switch}, 1\n{read.format('nop')}"
        texts["written"] = f"csrw {counter}, s11\n{read.format('nop')}"
    programs = {
        (name, at, on): [start, *["c.nop"] * at, text]
        for name, text in texts.items()
        for at in range(2)
        for on, start in enumerate(starts)
    }
    delay = f"csrr a0, {counter}\n1: csrr a1, {counter}\nsub a2, a1, a0\nsw a2, 8(s11)\n"
    programs["delay", 0, 0] = [starts[-1], "li a3, 90", f"{delay}bltu a2, a3, 1b"]
    return {
        f"counter_{name}_{at}{on}": wrapped(
            [START, ".option arch, +zicsr", *"\n".join(lines).split("\n")]
        )
        for (name, at, on), lines in programs.items()
    }


class _Writer(Writer):
    """Writes a random program a quarter of whose plain instructions are accesses of the device."""

    def straight(self) -> None:
        pick = self.random.random()
        if pick > 0.26:
            super().straight()
            return
        name, size = self.random.choice(LOADS if pick < 0.1 else STORES)
        register = self.wrote(self.register()) if pick < 0.1 else self.pair()
        self.lines.append(f"{name} {register}, {self.random.randrange(64) * size}(s11)")


def device_programs(count: int, *, multiply: bool) -> dict[str, str]:
    """Name → source of those written by hand and of `count` random ones."""
    texts = {f"device_{name}": text for name, text in HAND_WRITTEN.items()}
    if multiply:
        texts |= {
            f"device_behind_{at}": f"lw a0, 0(s11)\n{one}\nsw a1, 4(s11)\n{one}\nlw a2, 0(s11)\n"
            f"{one}\nadd a3, a1, a2\nsw a3, 8(s11)"
            for at, one in enumerate(BEHIND)
        }
    programs = {name: wrapped([START, *text.split("\n")]) for name, text in texts.items()}
    for seed in range(count):
        writer = _Writer(random.Random(f"device {seed}").getrandbits(32), multiply)
        programs[f"device_random{seed}"] = writer.program([START])
    return programs

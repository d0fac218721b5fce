"""Programs that read and write control and status registers, to compare their cycles with RTL.

Like those of `programs`; what hangs on a core, or on the time, goes to s11, which nothing else
reads.
"""

from __future__ import annotations

import random
from itertools import product

from rtl.programs import Writer, wrapped

COUNTERS = ("cycle", "cycleh", "instret", "instreth")
"""What PicoRV32 has, beside the time, which is its cycle."""
WRITTEN = ("mtvec", "mepc", "mcause", "mtval", "mhpmevent3", "mcycle")
"""Those that take any value without further ado."""
SWITCHES = ("mstatus", "mie")
"""Those in which only bit 3 is set and cleared: no interrupt is ever pending."""
READ = (*WRITTEN, *SWITCHES, "misa", "mip", "mhartid", "minstret", "minstreth", "mscratch")
_OPERATIONS = ("csrrw", "csrrs", "csrrc")


class _Writer(Writer):
    """Writes a random program a third of whose plain instructions are of Zicsr."""

    counters_only = False

    def straight(self) -> None:
        if self.random.random() > 0.3:
            super().straight()
        else:
            self.lines.append(self.counter() if self.counters_only else self.access())

    def counter(self) -> str:
        rd = self.random.choice(("s11", "s11", "zero"))
        return f"csrr {rd}, {self.random.choice(COUNTERS)}"

    def access(self) -> str:
        r = self.random
        kind, name = r.random(), r.choice(_OPERATIONS)
        source = r.choice((self.pair(), self.pair(), "zero"))
        unread = r.choice(("s11", "zero"))
        if kind < 0.4:  # a register whose value counts
            rd = r.choice((self.wrote(self.register()), "zero"))
            return f"{name} {rd}, mscratch, {source}"
        if kind < 0.5:
            rd = self.wrote(self.register())
            return f"{name}i {rd}, mscratch, {r.choice((0, r.randrange(32)))}"
        if kind < 0.65:
            return f"{name} {unread}, {r.choice(WRITTEN)}, {source}"
        if kind < 0.8:
            return f"{name}i {unread}, {r.choice(SWITCHES)}, {r.choice((0, 8))}"
        return f"csrr {unread}, {r.choice(READ)}"


def _in_all_places(counters_only: bool) -> str:
    """Each access behind and ahead of what it may wait for, its place in a word either way."""
    plain = [f"csrr s11, {name}" for name in COUNTERS]
    if not counters_only:
        plain = [f"csrr s11, {name}" for name in READ]
        plain += [f"{name} s11, {csr}, a1" for name in _OPERATIONS for csr in WRITTEN]
        plain += [f"{name}i zero, {csr}, 8" for name in _OPERATIONS for csr in SWITCHES]
        plain += [f"{name} s11, mscratch, a0" for name in _OPERATIONS]
        plain += ["csrrw a0, mscratch, a1", "csrrsi a5, mscratch, 10"]
    before = ["nop", "lw a0, 0(s2)", "mulh a0, a1, a2", "sw a1, 0(s2)", "fence", "j 1f\n1:"]
    if counters_only:
        before.remove("mulh a0, a1, a2")
    behind = ["nop", "add a5, a0, a1", "lw a5, 4(s2)", "bnez a1, 2f\nnop\n2:", "csrr a5, 0xc00"]
    if not counters_only:
        behind[-1] = "csrrs a5, mscratch, zero"
    lines = ["li a1, 24", "li a2, 3"]
    for one, access, other in product(before, plain, behind):
        for aligned in (".balign 4", ".balign 4\nc.nop"):
            lines += [*aligned.split("\n"), "nop", one, access, other, "nop"]
    return wrapped([".option arch, +zicsr", *lines])


def csr_programs(count: int, *, multiply: bool, counters_only: bool) -> dict[str, str]:
    """Name → source of all places and of `count` random programs."""
    programs = {"csr_places": _in_all_places(counters_only)}
    for seed in range(count):
        writer = _Writer(random.Random(f"csr {seed}").getrandbits(32), multiply)
        writer.counters_only = counters_only
        start = [".option arch, +zicsr"]
        programs[f"csr_random{seed}"] = writer.program(
            start if counters_only else [*start, "csrw mscratch, zero"]
        )
    return programs

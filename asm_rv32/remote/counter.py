"""What counts the cycles of a call on a board: assembler around it that reads the core's counter.

Input: a core's counter, as its file has it, and a function. Output: a function that calls it twice
and leaves both counts; the same around nothing tells what that costs by itself.
Invariant: only registers that the core's file names are touched, and what they held comes back.

It gets the address of a frame of words: 0 to 3 are the arguments of the call; 4 and 5 get the
counts of the first call and of the second; 6 is the number of buffers, which are as they were ahead
of each call; 7 to 10 keep what is switched; from 11 on stand three words for each buffer: where it
is, where its bytes are, how many.
"""

from __future__ import annotations

from typing import NamedTuple

from asm_rv32.analysis.lint.csr import known_cores, registers_of
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.formats.board.module import MachineFunction, machine_function
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import DEFAULT_ISA

CYCLE = 0xC00
"""The number of the counter of cycles, as which a core's own may count."""
COUNTS, COPIES, KEPT, BUFFERS = 4, 6, 7, 11
"""Words of a frame."""
_SWITCHES = BUFFERS - KEPT
_BEHIND = "behind"


class Counter(NamedTuple):
    """A counter of cycles that code can read, and what lets it run."""

    csr: int
    set: tuple[tuple[int, int], ...]
    """Number of a register, and bits of which one has to be set."""
    clear: tuple[tuple[int, int], ...]
    """The same, all of which have to be clear."""

    @property
    def title(self) -> str:
        """In words."""
        switches = [f"{csr:#x}" for csr, _ in (*self.set, *self.clear)]
        return f"CSR {self.csr:#x}" + (f", let run by {' and '.join(switches)}" * bool(switches))


def counter_of(core: str | None) -> Counter | None:
    """The counter of cycles that a core's file names; None where none is known."""
    rows = registers_of(core).counters if core in known_cores() and core is not None else ()
    for row in rows:
        pairs = [tuple((csr, bits) for csr, bits in row.get(key, ())) for key in ("set", "clear")]
        if row["counts"] == CYCLE and sum(map(len, pairs)) <= _SWITCHES:
            return Counter(row["csr"], *pairs)
    return None


def around(counter: Counter, function: MachineFunction | None) -> MachineFunction:
    """A function of one parameter, a frame, that counts the cycles of two calls of another; of
    one that only returns, where that is None."""
    image = assemble(_source(counter), isa=DEFAULT_ISA, compress=False).functions["count"]
    made = machine_function(image)
    if function is None:
        return made
    code = made.code[: image.symbols[_BEHIND]] + function.code
    return made._replace(code=code, extensions=function.extensions)


def returning() -> Image:
    """The function that only returns."""
    return assemble(
        "@asm_rv32\ndef nothing():\n ret()\n", isa=DEFAULT_ISA, compress=False
    ).functions["nothing"]


def _source(counter: Counter) -> str:
    on, off = [], []
    # Of bits of which one has to be set the lowest: it selects cycles (of mpcer, CYCLE).
    switches = [("csrrs", csr, bits & -bits) for csr, bits in counter.set]
    switches += [("csrrc", csr, bits) for csr, bits in counter.clear]
    for at, (name, csr, bits) in enumerate(switches, KEPT):
        on += [f"li(t0, {bits})", f"{name}(t0, t0, {csr})", f"sw(t0, {4 * at}(s0))"]
        off += [f"lw(t0, {4 * at}(s0))", f"csrw({csr}, t0)"]
    return _TEXT.format(
        on="\n    ".join(on or ["pass"]), off="\n    ".join(off or ["pass"]), csr=counter.csr,
        counts=4 * COUNTS, copies=4 * COPIES, buffers=4 * BUFFERS, behind=_BEHIND,
    )  # fmt: skip


# The call returns to an address that is a multiple of 4, as the model has it.
_TEXT = """\
@asm_rv32
def count(frame):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    sw(s0, 8(sp))
    sw(s1, 4(sp))
    sw(s2, 0(sp))
    mv(s0, frame)
    {on}
    addi(s2, s0, {counts})
    label(again)
    lw(t0, {copies}(s0))
    addi(t1, s0, {buffers})
    label(buffer)
    beqz(t0, ready)
    lw(t2, 0(t1))
    lw(t3, 4(t1))
    lw(t4, 8(t1))
    addi(t1, t1, 12)
    addi(t0, t0, -1)
    add(t4, t4, t2)
    label(byte)
    beq(t2, t4, buffer)
    lbu(t5, 0(t3))
    sb(t5, 0(t2))
    addi(t2, t2, 1)
    addi(t3, t3, 1)
    j(byte)
    label(ready)
    lw(a0, 0(s0))
    lw(a1, 4(s0))
    lw(a2, 8(s0))
    lw(a3, 12(s0))
    csrr(s1, {csr})
    jal(ra, {behind})
    csrr(t0, {csr})
    sub(t0, t0, s1)
    sw(t0, 0(s2))
    addi(s2, s2, 4)
    addi(t1, s0, {copies})
    bne(s2, t1, again)
    {off}
    lw(ra, 12(sp))
    lw(s0, 8(sp))
    lw(s1, 4(sp))
    lw(s2, 0(sp))
    addi(sp, sp, 16)
    ret()
    align(16)
    label({behind})
    ret()
"""

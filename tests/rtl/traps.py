"""Which instructions trap on a core's RTL.

Input: a core with a trap vector, words of base instructions. Output: the positions that trap.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from asm_rv32 import assemble
from rtl import simulators

RESET, HANDLER, FIRST = 0x80, 0x100, 0x200
# The handler goes on behind the instruction that trapped.
CODE = f"""
@asm_rv32
def start():
    li(t0, {HANDLER})
    csrw(mtvec, t0)
    li(a0, 0x10000)
    li(t1, {FIRST})
    jr(t1)

@asm_rv32
def handler():
    csrr(t0, mepc)
    addi(t0, t0, 4)
    csrw(mepc, t0)
    mret()

@asm_rv32
def stop():
    li(t0, 0x1ff00)
    sw(zero, 0(t0))
    label(here)
    j(here)
"""


def trapping(core: str, words: Sequence[int], folder: Path) -> set[int]:
    """Run `words`, with a0 = 0x10000; the positions of those that came to the trap handler."""
    parts = {name: image.code for name, image in assemble(CODE, compress=False).functions.items()}
    code = b"".join(word.to_bytes(4, "little") for word in words)
    whole = bytearray(FIRST)
    whole[RESET : RESET + len(parts["start"])] = parts["start"]
    whole[HANDLER : HANDLER + len(parts["handler"])] = parts["handler"]
    whole += code + parts["stop"]
    trace = simulators.simulate(simulators.build(core), bytes(whole), folder, "traps")
    back = HANDLER + parts["handler"].index((0x30200073).to_bytes(4, "little"))  # mret
    places = [pc - 4 - FIRST for (_, last), (_, pc) in pairwise(trace) if last == back]
    assert all(at % 4 == 0 and 0 <= at < len(code) for at in places), places[:5]
    assert trace[-1][1] >= FIRST + len(code)
    return {at // 4 for at in places}

"""What an instruction takes does not hang on which register it names, x0 apart."""

from __future__ import annotations

import pytest

from asm_rv32 import assemble
from asm_rv32.report.pricing import measure
from asm_rv32.timing import core_names
from asm_rv32.timing.model import load_core

PRODUCERS = ["lw({x}, 0(a0))", "add({x}, t4, t5)", "slli({x}, t4, 3)"]
MULTIPLIERS = ["mul({x}, t4, t5)", "mulhu({x}, t4, t5)", "div({x}, t4, t5)"]
READERS = ["add(t3, {y}, t5)", "add(t3, t5, {y})", "addi(t3, {y}, 1)", "sw({y}, 0(a0))",
           "beq({y}, t5, next{n})", "sll(t3, {y}, {y})"]  # fmt: skip
WRITERS = ["addi({y}, t4, 0)", "lw({y}, 0(a0))"]


def cycles(core: str, x: str, y: str, consumers: list[str]) -> tuple[int, int]:
    """What all pairs take, first and again: the one writes `x`, and then the other uses `y`."""
    body = ["mv(t6, ra)", "li(t4, 0)", "li(t5, 0)", f"li({y}, 0)"]
    producers = PRODUCERS + MULTIPLIERS * ("mul" in load_core(core).cycles)
    for producer in producers:
        for consumer in consumers:
            n = len(body)
            body += ["nop()", producer, consumer, f"label(next{n})", "nop()", "nop()"]
            body = [line.format(x=x, y=y, n=n) for line in body]
    body += ["mv(ra, t6)", "li(a0, 0)"]
    text = "".join(f"    {line}\n" for line in body)
    image = assemble(f"@asm_rv32\ndef f(a0):\n{text}", isa="rv32im").functions["f"]
    [price] = measure(image, [bytearray(4)], [core]).prices
    return price.cold.cycles, price.warm.cycles


@pytest.mark.parametrize("core", core_names())
def test_a_result_is_waited_for_in_any_register(core: str) -> None:
    """And what is written to x0 is waited for by nobody."""
    both = READERS + WRITERS
    expected, apart = cycles(core, "t0", "t0", both), cycles(core, "t0", "t1", both)
    for other in ("ra", "gp", "a1", "s1", "s11", "t2"):
        assert cycles(core, other, other, both) == expected
    assert cycles(core, "a1", "s1", both) == apart
    assert cycles(core, "zero", "zero", READERS) == cycles(core, "zero", "t1", READERS)

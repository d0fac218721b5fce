"""Stretches of gcc's code in another order: proved to be the same within a second."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from corpus.kernels import KERNELS, by_gcc

from asm_rv32.isa.decode import decode_all
from asm_rv32.isa.effects import Effects, effects
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import instruction_set
from asm_rv32.prove.blocks import equal

LENGTH = 80
"""Instructions of a block, at most."""
Step = tuple[bytes, Effects]


def blocks(image: Image) -> Iterator[list[Step]]:
    """Straight-line stretches of a function."""
    block: list[Step] = []
    for decoded in decode_all(image.code, instruction_set(image.isa)):
        known = decoded.instruction and effects(decoded.instruction.steps, decoded.size)
        if not known or known.target is not None or known.outside or len(block) == LENGTH:
            yield block
            block = []
        if known and known.target is None and not known.outside and "auipc" not in str(decoded):
            start = decoded.address
            block.append((image.code[start : start + decoded.size], known))
    yield block


def may_exchange(one: Effects, other: Effects) -> bool:
    """Whether neither reads or stores over what the other leaves."""
    if one.writes & (other.reads | other.writes) or one.reads & other.writes:
        return False
    stores = any(each.stores for each in (*one.accesses, *other.accesses))
    return not (stores and one.accesses and other.accesses)


def reordered(block: list[Step], choice: random.Random) -> list[Step]:
    found = list(block)
    for _ in range(20 * len(found)):
        at = choice.randrange(len(found) - 1)
        if may_exchange(found[at][1], found[at + 1][1]):
            found[at], found[at + 1] = found[at + 1], found[at]
    return found


def code(block: list[Step]) -> bytes:
    return b"".join(each for each, _ in block)


@pytest.mark.heavy
def test_blocks_in_another_order() -> None:
    choice = random.Random(1)
    isa = by_gcc(KERNELS[0]).isa
    verdicts, exchanged = [], 0
    for kernel in KERNELS:
        for flags in ("-O1", "-O2", "-Os", "-O3 -funroll-loops"):
            for block in blocks(by_gcc(kernel, flags)):
                if len(block) < 4:
                    continue
                one, other = code(block), code(reordered(block, choice))
                exchanged += one != other
                found = equal(one, other, isa=isa, live_out=range(1, 32), timeout=1.0)
                verdicts.append(found.verdict)
    assert exchanged > 100, exchanged
    assert verdicts.count("differs") == 0
    assert verdicts.count("undecided") * 200 <= len(verdicts), verdicts


@pytest.mark.heavy
def test_a_step_less_is_not_the_same() -> None:
    """Without the last instruction that writes a register: for some state it shows, or the value
    was there before; never is a block called equal for which the sampled states say otherwise."""
    choice = random.Random(2)
    isa = by_gcc(KERNELS[0]).isa
    found = []
    for kernel in KERNELS:
        for block in blocks(by_gcc(kernel)):
            if len(block) < 4:
                continue
            at = choice.randrange(len(block))
            less = code(block[:at] + block[at + 1 :])
            found.append(equal(code(block), less, isa=isa, live_out=range(1, 32)).verdict)
    assert found.count("differs") >= 0.8 * len(found), found

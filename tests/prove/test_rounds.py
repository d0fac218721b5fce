"""States of a loop meet before its next round, wherever its blocks stand."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.image import Image
from asm_rv32.prove.functions import compare
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.prove.rounds import HEAD, ranks


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40))
def test_only_a_head_goes_back_and_only_into_its_loop(edges: list[tuple[int, int]]) -> None:
    ways: dict[int, dict[int, None]] = {place: {} for place in range(12)}
    for place, to in edges:
        ways[place][to] = None
    found = ranks(ways)
    assert len(set(found.values())) == len(ways)
    for place, to in edges:
        *around, last = found[place]
        inside = last == HEAD and list(found[to][: len(around)]) == around
        assert found[place] < found[to] or inside, (place, to, found)


@given(st.lists(st.integers(1, 60), max_size=60))
def test_loops_within_each_other_are_ordered_however_deep(backs: list[int]) -> None:
    """A way through all places, and from each back over some."""
    ways = {
        place: dict.fromkeys([place + 1, max(place - back, 0)]) for place, back in enumerate(backs)
    }
    ways[len(backs)] = {}
    assert len(set(ranks(ways).values())) == len(ways)


def function(name: str, takes: str, text: str) -> Image:
    body = "".join(f"    {line}\n" for line in text.split("; "))
    return assemble(f"@asm_rv32\ndef {name}({takes}):\n{body}    ret()\n").functions[name]


STORED_FIRST = """\
addi(a5, out, 7); li(a2, 9); j(enter); label(store); sb(a3, 0(a5)); srli(a0, a0, 4)
addi(a4, a5, -1); beq(a5, out, done); mv(a5, a4); label(enter); andi(a4, a0, 15)
addi(a3, a4, 87); bgtu(a4, a2, store); addi(a3, a4, 48); j(store); label(done)""".replace(
    "\n", "; "
)
IN_ORDER = """\
addi(t0, out, 8); li(t2, 10); label(again); addi(t0, t0, -1); andi(t1, word, 15)
srli(word, word, 4); bltu(t1, t2, digit); addi(t1, t1, 39); label(digit); addi(t1, t1, 48)
sb(t1, 0(t0)); bne(t0, out, again)""".replace("\n", "; ")


def test_a_block_that_stands_above_what_it_follows() -> None:
    """As gcc -O1 writes a word's hexadecimal digits: both ways to a digit go back to its store."""
    one, other = (
        function(name, "word, out", text)
        for name, text in (("above", STORED_FIRST), ("in_order", IN_ORDER))
    )
    found = compare(one, other, [AnyWord(), AnyArray("B", 8)])
    assert found.verdict == "equal", found
    wrong = function("wrong", "word, out", IN_ORDER.replace("39", "40"))
    assert compare(one, wrong, [AnyWord(), AnyArray("B", 8)]).verdict == "differs"


def test_digits_of_a_number_in_the_stack() -> None:
    """How many there are hangs on the number: the last is read where the stack pointer, a multiple
    of 16, and a count below 16 share no bit."""
    digits = (
        "addi(sp, sp, -16); li(t0, 0); li(t1, 10); label(again); add(t2, sp, t0); "
        "remu(a3, number, t1); sb(a3, 0(t2)); divu(number, number, t1); addi(t0, t0, 1); "
        "bnez(number, again); add(t2, sp, t0); lbu(a0, -1(t2)); addi(sp, sp, 16)"
    )
    first = (
        "li(t0, 10); bltu(number, t0, done); label(again); divu(number, number, t0); "
        "bgeu(number, t0, again); label(done); mv(a0, number)"
    )
    one, other = function("digits", "number", digits), function("first", "number", first)
    found = compare(one, other, [AnyWord(0, 99_999)])
    assert found.verdict == "equal", found

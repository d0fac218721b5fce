"""Loops for every number of rounds: shapes that are the same are proved; faults never are."""

from __future__ import annotations

import random
from array import array
from collections import Counter
from functools import lru_cache
from typing import Any

import pytest
from corpus.kernels import WORD, Kernel, by_gcc, mutant, ours

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.image import Image
from asm_rv32.machine import emulator
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings
from asm_rv32.prove.functions import compare
from asm_rv32.prove.induction import Refused, prove_loops
from asm_rv32.prove.inputs import AnyArray, AnyWord, Length, tied
from asm_rv32.prove.question import Question
from asm_rv32.prove.watch import watch

WORDS = AnyArray("I", Length("n"))
SUM = [WORDS, WORD]
COPY = [WORDS, WORDS, WORD]

SUMS = {
    "by index": """
        li(t0, 0)
        li(t1, 0)
        label(head)
        bgeu(t1, n, done)
        slli(t2, t1, 2)
        add(t2, t2, a)
        lw(t2, 0(t2))
        add(t0, t0, t2)
        addi(t1, t1, 1)
        j(head)
        label(done)
        mv(a0, t0)
    """,
    "to an end": """
        mv(t6, a)
        slli(a2, n, 2)
        add(a2, a2, a)
        li(a0, 0)
        beq(t6, a2, done)
        label(again)
        lw(a4, 0(t6))
        addi(t6, t6, 4)
        add(a0, a0, a4)
        bltu(t6, a2, again)
        label(done)
    """,
    "down to zero": """
        li(t0, 0)
        j(test)
        label(again)
        lw(t2, 0(a))
        addi(a, a, 4)
        sub(t0, t0, t2)
        addi(n, n, -1)
        label(test)
        bnez(n, again)
        neg(a0, t0)
    """,
    "from the end": """
        li(t0, 0)
        label(head)
        beqz(n, done)
        addi(n, n, -1)
        slli(t1, n, 2)
        add(t1, t1, a)
        lw(t1, 0(t1))
        add(t0, t0, t1)
        j(head)
        label(done)
        mv(a0, t0)
    """,
    "four at a time": """
        li(t0, 0)
        li(t5, 0)
        andi(t1, n, 3)
        slli(n, n, 2)
        slli(t1, t1, 2)
        add(n, n, a)
        sub(t1, n, t1)
        beq(a, t1, rest)
        label(four)
        lw(t2, 0(a))
        lw(t3, 4(a))
        add(t0, t0, t2)
        lw(t4, 8(a))
        add(t5, t5, t3)
        lw(t2, 12(a))
        add(t0, t0, t4)
        add(t5, t5, t2)
        addi(a, a, 16)
        bne(a, t1, four)
        label(rest)
        beq(a, n, done)
        label(one)
        lw(t2, 0(a))
        addi(a, a, 4)
        add(t0, t0, t2)
        bne(a, n, one)
        label(done)
        add(a0, t0, t5)
    """,
    "the rest first": """
        andi(t1, n, 3)
        li(t0, 0)
        slli(t1, t1, 2)
        slli(n, n, 2)
        add(n, n, a)
        add(t1, t1, a)
        beq(a, t1, whole)
        label(one)
        lw(t2, 0(a))
        addi(a, a, 4)
        add(t0, t0, t2)
        bne(a, t1, one)
        label(whole)
        beq(a, n, done)
        label(four)
        lw(t1, 0(a))
        lw(t2, 4(a))
        lw(t3, 8(a))
        lw(t4, 12(a))
        addi(a, a, 16)
        add(t1, t1, t2)
        add(t3, t3, t4)
        add(t0, t0, t1)
        add(t0, t0, t3)
        bne(a, n, four)
        label(done)
        mv(a0, t0)
    """,
}
COPIES = {
    "by index": """
        li(t1, 0)
        label(head)
        bgeu(t1, n, done)
        slli(t2, t1, 2)
        add(t3, t2, b)
        add(t2, t2, a)
        lw(t3, 0(t3))
        slli(t3, t3, 1)
        sw(t3, 0(t2))
        addi(t1, t1, 1)
        j(head)
        label(done)
        li(a0, 0)
    """,
    "two at a time": """
        andi(t1, n, 1)
        slli(n, n, 2)
        slli(t1, t1, 2)
        add(n, n, b)
        sub(t1, n, t1)
        beq(b, t1, rest)
        label(two)
        lw(t2, 0(b))
        add(t2, t2, t2)
        sw(t2, 0(a))
        lw(t3, 4(b))
        add(t3, t3, t3)
        sw(t3, 4(a))
        addi(b, b, 8)
        addi(a, a, 8)
        bne(b, t1, two)
        label(rest)
        beq(b, n, done)
        lw(t2, 0(b))
        add(t2, t2, t2)
        sw(t2, 0(a))
        label(done)
        li(a0, 0)
    """,
    "two loads first": """
        andi(t1, n, 1)
        slli(n, n, 2)
        slli(t1, t1, 2)
        add(n, n, b)
        sub(t1, n, t1)
        beq(b, t1, rest)
        label(two)
        lw(t2, 0(b))
        lw(t3, 4(b))
        add(t2, t2, t2)
        add(t3, t3, t3)
        sw(t2, 0(a))
        sw(t3, 4(a))
        addi(b, b, 8)
        addi(a, a, 8)
        bltu(b, t1, two)
        label(rest)
        beq(b, n, done)
        lw(t2, 0(b))
        add(t2, t2, t2)
        sw(t2, 0(a))
        label(done)
        li(a0, 0)
    """,
}


@lru_cache
def function(body: str, takes: str) -> Image:
    lines = "".join(f"    {line.strip()}\n" for line in body.strip().splitlines())
    return assemble(f"@asm_rv32\ndef f({takes}):\n{lines}    ret()\n").functions["f"]


def sums(name: str) -> Image:
    return function(SUMS[name], "a, n")


def copies(name: str) -> Image:
    return function(COPIES[name], "a, b, n")


SAME = [
    (sums, SUM, "by index", "to an end"),
    (sums, SUM, "by index", "down to zero"),
    (sums, SUM, "to an end", "four at a time"),
    (sums, SUM, "to an end", "the rest first"),
    (copies, COPY, "by index", "two at a time"),
    (copies, COPY, "by index", "two loads first"),
]


def proved(made: Any, values: list[Any], one: str, other: str) -> None:
    found = compare(made(one), made(other), values)
    assert found.verdict == "equal", found
    assert "has n items" in found.assumptions[0]


@pytest.mark.parametrize(("made", "values", "one", "other"), SAME[:2])
def test_loops_of_different_shapes(made: Any, values: list[Any], one: str, other: str) -> None:
    proved(made, values, one, other)


@pytest.mark.heavy
@pytest.mark.parametrize(("made", "values", "one", "other"), SAME[2:])
def test_unrolled_loops(made: Any, values: list[Any], one: str, other: str) -> None:
    proved(made, values, one, other)


@pytest.mark.heavy
def test_what_is_not_seen_is_undecided_and_says_for_which_lengths_it_holds() -> None:
    """The same sum, from the end."""
    found = compare(sums("by index"), sums("from the end"), SUM, timeout=30)
    assert found.verdict == "undecided", found
    assert "equal for lengths of 0, 1, 2" in (found.reason or ""), found


def test_loops_without_arrays() -> None:
    """Euclid's algorithm by two remainders a round, and by one."""
    one = "label(h)\nbeqz(b, d)\nremu(t0, a, b)\nmv(a, b)\nmv(b, t0)\nj(h)\nlabel(d)"
    two = "beqz(b, d)\nlabel(h)\nremu(a, a, b)\nbeqz(a, e)\nremu(b, b, a)\nbnez(b, h)\nj(d)\n"
    two += "label(e)\nmv(a, b)\nlabel(d)"
    found = compare(function(one, "a, b"), function(two, "a, b"), [WORD, WORD])
    assert (found.verdict, found.assumptions) == ("equal", ()), found


# ---- faults


def changed(made: Any, name: str, old: str, new: str) -> Image:
    body = (SUMS if made is sums else COPIES)[name]
    assert old in body
    return function(body.replace(old, new), "a, n" if made is sums else "a, b, n")


AHEAD = "\nlw(a4, 0(t6))"
FAULTS = {
    "a round too many": (sums, "by index", "bgeu(t1, n, done)", "bgtu(t1, n, done)"),
    "a round less": (sums, "to an end", "add(a2, a2, a)\n", "add(a2, a2, a)\naddi(a2, a2, -4)\n"),
    "none for one item": (sums, "down to zero", "j(test)", "addi(n, n, -1)\nj(test)"),
    "the step of the address": (sums, "to an end", "addi(t6, t6, 4)", "addi(t6, t6, 8)"),
    "the sign of a comparison of addresses": (sums, "to an end", "bltu(t6", "blt(t6"),
    "no test before the first round": (sums, "to an end", "beq(t6, a2, done)", "nop()"),
    "the rest is left out": (sums, "four at a time", "beq(a, n, done)", "j(done)"),
    "the rest is done once": (sums, "four at a time", "bne(a, n, one)", "nop()"),
    "one of four is left out": (sums, "four at a time", "add(t5, t5, t3)", "nop()"),
    "one of four is taken twice": (sums, "four at a time", "lw(t4, 8(a))", "lw(t4, 4(a))"),
    "the rounds of the unrolled loop": (
        sums, "four at a time", "andi(t1, n, 3)", "andi(t1, n, 1)",
    ),
    "the rest that comes first": (sums, "the rest first", "beq(a, t1, whole)", "j(whole)"),
    "how many come first": (sums, "the rest first", "andi(t1, n, 3)", "andi(t1, n, 1)"),
    "one behind the rest": (sums, "the rest first", "lw(t4, 12(a))", "lw(t4, 8(a))"),
    "it reads an item too far": (sums, "to an end", "add(a0, a0, a4)", "add(a0, a0, a4)" + AHEAD),
    "what it starts with": (sums, "by index", "li(t0, 0)", "li(t0, 1)"),
    "its result in one case": (
        sums, "by index", "mv(a0, t0)",
        "mv(a0, t0)\nli(t3, 9)\nbne(n, t3, e)\nli(a0, 0)\nlabel(e)",
    ),
    "the place that it stores to": (copies, "two at a time", "sw(t3, 4(a))", "sw(t3, 0(a))"),
    "the odd item": (copies, "two at a time", "beq(b, n, done)", "j(done)"),
    "a saved register": (copies, "two at a time", "lw(t2, 0(b))", "lw(t2, 0(b))\nmv(s2, t2)"),
    "bytes for words": (copies, "by index", "sw(t3, 0(t2))", "sb(t3, 0(t2))"),
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_never_called_equal(what: str, pytestconfig: pytest.Config) -> None:
    made, name, old, new = FAULTS[what]
    wrong = changed(made, name, old, new)
    rights = {"by index", name} if pytestconfig.getoption("--thorough") else {name}
    for right in rights:
        found = compare(made(right), wrong, SUM if made is sums else COPY, timeout=20)
        assert found.verdict != "equal", (what, right, found)
        # Addresses above 2**31 are none of the emulator's.
        assert found.verdict == "differs" or "sign" in what or "item too far" in what, found


@pytest.mark.heavy
def test_a_fault_that_arrays_must_overlap_for() -> None:
    one, other = copies("two at a time"), copies("two loads first")
    assert compare(one, other, COPY, may_alias=True).verdict == "differs"
    found = compare(copies("by index"), one, COPY, may_alias=True)
    assert found.verdict == "equal", found


@pytest.mark.heavy
def test_signed_counts_of_words_without_arrays() -> None:
    """A signed count that is negative goes round no time, an unsigned one many times."""
    body = "li(t0, 0)\nlabel(h)\n{}(t0, a, d)\naddi(t0, t0, 1)\nj(h)\nlabel(d)\nmv(a0, t0)"
    one, other = (function(body.format(name), "a") for name in ("bge", "bgeu"))
    assert compare(one, other, [WORD], timeout=10).verdict != "equal"


FLOATS = """
    slli(n, n, 2)
    add(n, n, a)
    fmv_w_x(fa0, zero)
    beq(a, n, done)
    label(again)
    flw(ft0, 0(a))
    flw(ft1, 0(b))
    addi(a, a, 4)
    addi(b, b, 4)
    fmul_s(ft0, ft0, ft1)
    fadd_s(fa0, fa0, ft0)
    bne(a, n, again)
    label(done)
    fmv_x_w(a0, fa0)
"""
BY_COUNT = """
    fmv_w_x(fa1, zero)
    label(again)
    beqz(n, done)
    flw(ft2, 0(b))
    flw(ft3, 0(a))
    addi(a, a, 4)
    addi(b, b, 4)
    fmul_s(ft4, ft2, ft3)
    addi(n, n, -1)
    fadd_s(fa1, ft4, fa1)
    j(again)
    label(done)
    fmv_x_w(a0, fa1)
"""
OF_FLOATS = [AnyArray("f", Length("n"))] * 2 + [WORD]
FAULTS_OF_FLOATS = {
    "a difference for a sum": ("fadd_s(fa1, ft4, fa1)", "fsub_s(fa1, ft4, fa1)"),
    "one rounding for two": ("fadd_s(fa1, ft4, fa1)", "fmadd_s(fa1, ft2, ft3, fa1)"),
    "another rounding": ("fmul_s(ft4, ft2, ft3)", "fmul_s(ft4, ft2, ft3, rtz)"),
    "what it starts with": ("fmv_w_x(fa1, zero)", "fcvt_s_w(fa1, n)"),
    "a square": ("fmul_s(ft4, ft2, ft3)", "fmul_s(ft4, ft2, ft2)"),
}


def of_floats(body: str) -> Image:
    lines = "".join(f"    {line.strip()}\n" for line in body.strip().splitlines())
    source = f"@asm_rv32(isa='rv32imfc')\ndef f(a, b, n) -> float:\n{lines}    ret()\n"
    return assemble(source).functions["f"]


@pytest.mark.heavy
def test_loops_of_floats() -> None:
    one, other = of_floats(FLOATS), of_floats(BY_COUNT)
    found = compare(one, other, OF_FLOATS)
    assert found.verdict == "equal", found
    assert any("frm is 0" in each for each in found.assumptions), found
    for what, (old, new) in FAULTS_OF_FLOATS.items():
        assert old in BY_COUNT
        found = compare(one, of_floats(BY_COUNT.replace(old, new)), OF_FLOATS, timeout=20)
        assert found.verdict == "differs", (what, found)


# ---- mutants of loops: what is proved of every number of rounds, runs do not refute


LIMITED = Settings(max_instructions=100_000)
BYTES = AnyArray("B", Length("length"))
EXAMPLES: list[tuple[str, str, list[Any]]] = [
    ("sums", "sum_words", [AnyArray("i", Length("count")), WORD]),
    ("filters", "dot", [AnyArray("i", Length("count")), AnyArray("i", Length("count")), WORD]),
    ("gcd", "gcd", [WORD, WORD]),
    ("crc32", "crc32_table", [BYTES, WORD]),
]


def loops() -> list[tuple[Image, Image, list[Any]]]:
    """Two functions that are the same for every number of rounds, and their arguments."""
    found = [(made(one), made(other), values) for made, values, one, other in SAME]
    for file, name, values in EXAMPLES:
        kernel = Kernel(file, name, ())
        found.append((ours(kernel), by_gcc(kernel), values))
    return found


def ended(image: Image, values: list[Any]) -> Any:
    copies = [each[:] if isinstance(each, array) else each for each in values]
    try:
        word = emulator.run(image, copies, LIMITED).word
    except ExecutionError:
        return "stops"
    return None if image.returns == "None" else word, copies


def some_arguments(values: list[Any], choice: random.Random) -> list[Any]:
    """Random ones, of short arrays."""
    tied_to = {each.length.parameter for each in values if isinstance(each, AnyArray)}
    found: list[Any] = []
    for at, each in enumerate(values):
        if isinstance(each, AnyWord):
            wide = choice.choice((each.high, choice.randint(0, each.high), choice.randrange(50)))
            found.append(choice.choice((0, choice.randrange(70))) if at in tied_to else wide)
        else:
            found.append(each)
    for at, each in enumerate(found):
        if isinstance(each, AnyArray):
            size = array(each.typecode).itemsize * each.length.of(found)
            found[at] = array(each.typecode, choice.randbytes(size))
    return found


def tried(seed: int, runs: int) -> str:
    """What is said of a mutant; asserts that no run refutes it."""
    choice = random.Random(seed)
    one, other, values = choice.choice(loops())
    image = mutant(choice.choice((one, other)), choice)
    values = tied(values, one.parameters)
    question = Question(one, image, values, LIMITED)
    try:
        prove_loops(question, watch(10))
    except Refused as error:
        return str(error).split(":")[0]
    for _ in range(runs):
        given = some_arguments(values, choice)
        assert ended(one, given) == ended(image, given), (seed, given)
    return "equal"


@pytest.mark.heavy
def test_mutants_of_loops(pytestconfig: pytest.Config) -> None:
    count, runs = (1_000, 500) if pytestconfig.getoption("--thorough") else (4, 100)
    found = Counter(tried(seed, runs) for seed in range(count))
    print(found)
    assert found["equal"] < count

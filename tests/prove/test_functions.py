"""Functions: what is the same is proved, what differs has a counterexample."""

from __future__ import annotations

import random
import time
from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from corpus.kernels import (
    KERNELS,
    WORD,
    Kernel,
    by_gcc,
    images,
    mutant,
    ours,
    some_bytes,
    some_words,
)
from corpus.random_runs import told_apart

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import REGISTER_NAMES
from asm_rv32.machine import emulator
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings
from asm_rv32.prove.functions import compare
from asm_rv32.prove.guarded import guarded
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.prove.question import Question
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.wording import worded

ATOMIC = "rv32imac"


def function(*lines: str, takes: str = "a", name: str = "f", isa: str = "rv32imc") -> Image:
    body = "".join(f"    {line}\n" for line in lines)
    source = f"@asm_rv32(isa='{isa}')\ndef {name}({takes}):\n{body}    ret()\n"
    return assemble(source).functions[name]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_gcc_makes_the_same_of_the_twin(kernel: Kernel) -> None:
    found = compare(ours(kernel), by_gcc(kernel), kernel.arguments, timeout=60)
    assert found.verdict == "equal", found


def test_a_counterexample_is_small_and_is_one() -> None:
    one = function("slli(t0, a, 1)", "add(a0, t0, a)")
    other = function(
        "slli(t0, a, 1)", "bltu(t0, a, odd)", "add(t0, t0, a)", "label(odd)", "mv(a0, t0)"
    )
    found = compare(one, other, [WORD])
    assert found.verdict == "differs"
    value: Any = found.counterexample
    assert emulator.run(one, value).word != emulator.run(other, value).word
    assert value[0] in (1 << 31, 1 << 31 | 1, (1 << 32) - 1), value


SAME_RESULT = "li(a0, 7)"
DIFFERENT = {
    "a saved register": ([SAME_RESULT], [SAME_RESULT, "li(s3, 1)"]),
    "sp": ([SAME_RESULT], [SAME_RESULT, "addi(sp, sp, -16)"]),
    "the buffer's last byte": ([SAME_RESULT], ["sb(zero, 7(a))", SAME_RESULT]),
    "the order of stores": (
        ["sw(zero, 0(a))", "li(t0, 1)", "sb(t0, 2(a))", SAME_RESULT],
        ["li(t0, 1)", "sb(t0, 2(a))", "sw(zero, 0(a))", SAME_RESULT],
    ),
    "one input of 2**32": (
        ["lw(a0, 0(a))"],
        ["lw(a0, 0(a))", "li(t0, 0x1234567)", "bne(a0, t0, done)", "li(a0, 0)", "label(done)"],
    ),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_what_a_caller_can_see_counts(what: str) -> None:
    one, other = DIFFERENT[what]
    found = compare(function(*one), function(*other), [some_bytes(8)])
    assert found.verdict == "differs", found


ITEMS = "argument 'a' (array, 8 bytes)"
UNREADABLE = {
    "lui(t0, 0x12345)\n    jr(t0)": (
        "line 4 of <string>: it goes on outside of the program at 0x12345000"
    ),
    "nop()\n    jr(a)": "line 4 of <string>: it jumps to an address that is not known",
    "addi(a, a, 2)\n    jr(a)": f"it goes on outside of the program, in {ITEMS}",
    "la(t0, here)\n    lw(t1, 0(t0))\n    label(here)\n    sw(t1, 0(t0))": (
        "line 6 of <string>: a store of 4 bytes at byte 12 of its own code and data, which is not"
        " written to"
    ),
    "csrr(a0, mscratch)": "csr",
    "ecall()": "ecall",
    "lw(a0, 8(a))": f"line 3 of <string>: a load of 4 bytes, right past the end of {ITEMS}",
    "lw(a0, -8(a))": f"a load of 4 bytes, 4 bytes before the start of {ITEMS}",
    "sh(a0, 7(a))": f"a store of 2 bytes, across the end of {ITEMS}",
    "lh(a0, 5(a))": f"a load of 2 bytes at byte 5 of {ITEMS}, which is misaligned",
    "lb(t0, 0(a))\n    add(t0, t0, a)\n    lbu(a0, 0(t0))": (
        f"line 5 of <string>: a load of 1 byte near {ITEMS} may lie outside of it"
    ),
    "lw(a0, 4(sp))": "a load of 4 bytes, 4 bytes past the end of the stack",
    "lw(a0, 0(zero))": "a load of 4 bytes at 0x00000000, which the call does not have",
    "label(again)\n    j(again)": "its time ran out",
}


@pytest.mark.parametrize("line", UNREADABLE)
def test_what_cannot_be_followed_is_undecided_and_says_why(line: str) -> None:
    argument: Any = WORD if line.endswith(" jr(a)") and "addi" not in line else some_bytes(8)
    one = function(*line.split("\n    "))
    found = compare(one, one, [argument], timeout=2)
    assert found.verdict == "undecided", found
    assert UNREADABLE[line].lower() in (found.reason or "").lower(), found


BEYOND = {
    "an array from another": (
        ["li(t0, 0x20000)", "add(t0, t0, a)", "lw(a0, 0(t0))"], ["lw(a0, 0(b))"]
    ),
    "the stack from an array": (
        ["li(t0, 0xfffe000)", "sub(t0, a, t0)", "sw(zero, -4(t0))", "lw(a0, -4(sp))"],
        ["li(a0, 0)"],
    ),
    "an array by an index": (
        ["lw(t1, 0(b))", "andi(t1, t1, 3)", "li(t0, 0x20000)", "add(t0, t0, a)",
         "sh2add(t0, t1, t0)", "lw(a0, 0(t0))"],
        ["lw(t1, 0(b))", "andi(t1, t1, 3)", "sh2add(t0, t1, b)", "lw(a0, 0(t0))"],
    ),
    "one or another": (
        ["lw(t1, 0(b))", "mv(t0, b)", "bnez(t1, other)", "li(t0, 0x20000)", "add(t0, t0, a)",
         "label(other)", "lw(a0, 0(t0))"],
        ["lw(a0, 0(b))"],
    ),
    "the caller from the code": (
        ["la(t0, f)", "lui(t1, 0x10000)", "add(t0, t0, t1)", "jr(t0)"], ["mv(a0, a0)"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BEYOND)
def test_nothing_lies_so_far_from_something_else(what: str) -> None:
    """Where an execution keeps memory is no place where a call has it."""
    one, other = (function(*lines, takes="a, b", isa="rv32imc_zba") for lines in BEYOND[what])
    assert compare(one, other, [some_words(4), some_words(4)]).verdict != "equal"


def test_a_pointer_into_one_of_two_arrays() -> None:
    choose = ["lw(t1, 0(b))", "andi(t1, t1, 3)", "{}(t1, at_b)", "mv(t0, a)", "j(go)",
              "label(at_b)", "mv(t0, b)", "label(go)", "sh2add(t0, t1, t0)"]  # fmt: skip
    change = ["lw(t2, 0(t0))", "addi(t2, t2, 1)", "sw(t2, 0(t0))", "lw(a0, 0(a))"]
    apart = [
        "lw(t1, 0(b))", "andi(t1, t1, 3)", "beqz(t1, at_a)", "sh2add(t0, t1, b)", *change, "ret()",
        "label(at_a)", "lw(t2, 0(a))", "addi(a1, t2, 1)", "sw(a1, 0(a))", "mv(a0, a1)",
    ]  # fmt: skip
    arrays = [some_words(4), some_words(4)]
    for branch, verdict in (("bnez", "equal"), ("beqz", "differs")):
        lines = [each.format(branch) for each in choose] + change
        one, other = (function(*each, takes="a, b", isa="rv32imc_zba") for each in (lines, apart))
        assert compare(one, other, arrays).verdict == verdict


def test_what_another_object_has_is_undecided_and_says_so() -> None:
    source = "other = extern('other')\n@asm_rv32\ndef f(a):\n    tail(other)\n"
    one = assemble(source).functions["f"]
    found = compare(one, function("mv(a0, a)"), [WORD])
    assert (found.verdict, "other is in another object" in str(found.reason)) == ("undecided", True)


ENDLESS = {
    "a step of 0": "addi(t0, t0, 0)",
    "a step that passes the end by": "addi(t0, t0, -3)",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_loop_that_does_not_end_is_a_difference(what: str) -> None:
    """Where an execution on all inputs at once takes all of the time, there is some for a run."""
    lines = ["li(t0, 16)", "label(again)", "slli(a, a, 1)", "{}", "bnez(t0, again)", "mv(a0, a)"]
    one, other = (
        function(*(line.format(step) for line in lines))
        for step in ("addi(t0, t0, -1)", ENDLESS[what])
    )
    found = compare(one, other, [WORD], timeout=5)
    assert found.verdict == "differs" and "still running" in (found.reason or ""), found


def test_an_offset_is_not_put_to_a_pointer_by_other_bits_alone() -> None:
    """In 16 bytes it may be: that is what arrays are aligned to."""
    lines = ["slli(t0, b, 2)", "{}(t0, a, t0)", "lw(a0, 0(t0))"]
    one, other = (
        function(*(line.format(name) for line in lines), takes="a, b") for name in ("add", "xor")
    )
    assert compare(one, other, [some_words(4), AnyWord(0, 3)]).verdict == "equal"
    found = compare(one, other, [some_words(9), AnyWord(0, 8)])
    assert found.verdict == "undecided", found
    assert "an address that is not known" in (found.reason or "")


ARRAY = some_words(4)
OF_ADDRESSES: dict[str, tuple[Any, list[str], list[str]]] = {
    "the code's": (WORD, ["auipc(a0, 0)", "srli(a0, a0, 28)"], ["li(a0, 1)"]),
    "the code's, of both": (WORD, ["la(a0, f)"], ["la(a0, f)"]),
    "the stack's": (WORD, ["mv(a0, sp)"], ["li(a0, 0x30002000)"]),
    "the stack's bits": (WORD, ["sltu(a0, sp, a)"], ["sltiu(a0, a, 0)"]),
    "the caller's": (WORD, ["srli(a0, ra, 3)"], ["li(a0, 0x4000000)"]),
    "an array's": (ARRAY, ["srli(a0, a, 31)"], ["li(a0, 0)"]),
    "an array's, left behind": (ARRAY, ["li(t0, 0x40000000)", "sw(t0, 0(a))"], ["sw(a, 0(a))"]),
    "a number": (ARRAY, ["li(t0, 0x40000000)", "lw(a0, 4(t0))"], ["lw(a0, 4(a))"]),
    "two arrays'": (ARRAY, ["sltu(a0, a, sp)"], ["li(a0, 0)"]),
}  # fmt: skip


@pytest.mark.parametrize("what", OF_ADDRESSES)
def test_what_hangs_on_an_address_is_not_the_same(what: str) -> None:
    argument, one, other = OF_ADDRESSES[what]
    found = compare(function(*one), function(*other), [argument])
    reason = "does not have" if what == "a number" else "hangs on addresses"
    if found.verdict == "differs":
        given: Any = found.counterexample
        assert ended(function(*one), given) != ended(function(*other), given), found
        return
    assert found.verdict == "undecided" and reason in (found.reason or ""), found


USES_OF_ADDRESSES: dict[str, tuple[list[str], list[str]]] = {
    "an array's": (["mv(a0, a)"], ["addi(t0, a, 4)", "addi(a0, t0, -4)"]),
    "a table's": (
        ["lw(t0, 0(a))", "andi(t0, t0, 1)", "slli(t0, t0, 2)", "la(t1, table)", "add(t0, t0, t1)",
         "lw(a0, 0(t0))", "ret()", "align(4)", "label(table)", "data(4, 7, 9)"],
        ["lw(t0, 0(a))", "andi(t0, t0, 1)", "slli(t0, t0, 1)", "addi(a0, t0, 7)"],
    ),
    "a table of them": (
        ["lw(t0, 0(a))", "andi(t0, t0, 1)", "slli(t0, t0, 2)", "la(t1, table)", "add(t0, t0, t1)",
         "lw(t0, 0(t0))", "jr(t0)", "label(one)", "li(a0, 1)", "ret()", "label(two)", "li(a0, 2)",
         "ret()", "align(4)", "label(table)", "data(4, one, two)"],
        ["lw(t0, 0(a))", "andi(t0, t0, 1)", "addi(a0, t0, 1)"],
    ),
    "the stack's": (
        ["addi(sp, sp, -16)", "sw(a, 12(sp))", "addi(t0, sp, 12)", "lw(t1, 0(t0))",
         "lw(a0, 4(t1))", "addi(sp, sp, 16)"],
        ["lw(a0, 4(a))"],
    ),
    "one that is chosen": (
        ["addi(sp, sp, -16)", "lw(t0, 0(a))", "mv(t1, a)", "beqz(t0, first)", "addi(t1, sp, 8)",
         "sw(t0, 0(t1))", "label(first)", "lw(a0, 0(t1))", "addi(sp, sp, 16)"],
        ["lw(a0, 0(a))"],
    ),
    "compared": (
        ["addi(t0, a, 16)", "li(t1, 0)", "beqz(a, done)", "label(again)", "lw(t2, 0(a))",
         "add(t1, t1, t2)", "addi(a, a, 4)", "bltu(a, t0, again)", "label(done)", "mv(a0, t1)"],
        ["lw(t0, 0(a))", "lw(t1, 4(a))", "add(t0, t0, t1)", "lw(t1, 8(a))", "add(t0, t0, t1)",
         "lw(t1, 12(a))", "add(a0, t0, t1)"],
    ),
    "a return from a subroutine": (
        ["mv(t1, ra)", "jal(ra, inner)", "addi(a0, a0, 1)", "jr(t1)", "label(inner)",
         "lw(a0, 0(a))"],
        ["lw(a0, 0(a))", "addi(a0, a0, 1)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", USES_OF_ADDRESSES)
def test_addresses_are_used_wherever_memory_is(what: str) -> None:
    one, other = USES_OF_ADDRESSES[what]
    found = compare(function(*one), function(*other), [ARRAY])
    assert found.verdict == "equal", found
    is_far = any("4 KiB or more" in each for each in found.assumptions)
    assert is_far == (what == "compared"), found


def test_what_hangs_on_a_register_that_nobody_gave_says_so() -> None:
    one, other = function("mv(a0, a)"), function("bnez(s3, done)", "li(a, 1)", "label(done)")
    found = compare(one, other, [WORD])
    assert (found.verdict, found.held) == ("differs", {"s3": 0}), found
    assert "where s3 holds 0 at the call" in (found.reason or "") and found.test is None
    given: Any = found.counterexample
    assert ended(one, given, found.held) != ended(other, given, found.held)


def test_a_jump_to_one_of_a_few_places() -> None:
    """By an address that is computed, into a table of jumps; a pair of them is exchanged."""
    lines = "andi(t1, a, 3)|la(t0, table)|slli(t1, t1, 2)|add(t0, t0, t1)|jr(t0)|align(4)"
    cases = ["li(a0, 10)", "addi(a0, a, 20)", "neg(a0, a)", "li(a0, 40)"]
    labels = [f"label(case{at})|{each}|ret()" for at, each in enumerate(cases)]

    def made(order: str) -> Image:
        jumps = [f"jal(zero, case{at})" for at in order]
        parts = [lines, "label(table)", *jumps, *labels]
        return function(*"|".join(parts).split("|"), isa="rv32im")

    tests = [f"li(t1, {at})|beq(t0, t1, case{at})" for at in range(3)]
    parts = ["andi(t0, a, 3)", *tests, *reversed(labels)]
    chosen = function(*"|".join(parts).split("|"))
    assert compare(made("0123"), chosen, [WORD]).verdict == "equal"
    assert compare(made("0213"), chosen, [WORD]).verdict == "differs"


def test_what_other_harts_would_see_is_assumed_away() -> None:
    add = ["label(again)", "lr_w(t0, 0(a))", "addi(t0, t0, 1)", "sc_w(t1, t0, 0(a))"]
    plain = ["lw(t0, 0(a))", "addi(t0, t0, 1)", "sw(t0, 0(a))"]
    one = function(*add, "bnez(t1, again)", "fence()", "li(a0, 1)", isa=ATOMIC)
    other = function(*plain, "fence_i()", "li(a0, 1)", isa=ATOMIC)
    found = compare(one, other, [some_words(1)])
    assert found.verdict == "equal", found
    assert any("nothing else" in each for each in found.assumptions), found
    assert any("sc_w succeeds" in each for each in found.assumptions), found
    for unheld in (
        ["lr_w(t0, 0(a))", "sw(a, 0(a))", "sc_w(a0, t0, 0(a))"], ["sc_w(a0, zero, 0(a))"],
        ["lr_w(t0, 0(a))", "sc_w(a0, zero, 4(a))"],
    ):  # fmt: skip
        lines = [each.replace("4(a)", "0(t2)") for each in ["addi(t2, a, 4)", *unheld]]
        found = compare(*[function(*lines, isa=ATOMIC)] * 2, [some_words(2)])
        assert "not known to be reserved" in (found.reason or ""), found


def test_items_of_which_something_is_known() -> None:
    one = function("lw(t0, 0(a))", "lw(t1, 4(a))", "add(a0, t0, t1)")
    other = function("lw(a0, 0(a))", "addi(a0, a0, -5)")
    items: Any = (AnyWord(), -5)
    assert compare(one, other, [AnyArray("i", 2, items)]).verdict == "equal"
    found = compare(one, other, [AnyArray("i", 2, (AnyWord(0, 9), AnyWord(-5, -4)))])
    assert found.counterexample == [array("i", [0, -4])], found
    assert found.assumptions[0] == 'argument 1 is any("i", [any(0, 9), any(-5, -4)])'


def test_a_bound_is_part_of_the_verdict() -> None:
    one, other = function("andi(a0, a, 15)"), function("mv(a0, a)")
    found = compare(one, other, [AnyWord(0, 15)])
    assert (found.verdict, found.assumptions) == ("equal", ("argument 1 is from 0 to 15",))
    assert compare(one, other, [AnyWord(0, 16)]).counterexample == [16]
    assert compare(one, other, [AnyWord(-1, 15)]).counterexample == [-1]


def test_sizes_and_buffers_are_part_of_the_verdict() -> None:
    one = function("sw(zero, 0(a))", takes="a, b")
    found = compare(one, one, [some_words(1), array("i", [3])])
    assert found.assumptions == (
        "argument 1 has 1 item", "argument 2 is array('i', [3])", "buffers are disjoint",
        "buffers are aligned to 16",
    )  # fmt: skip


def test_what_it_stuck_on_is_told_in_a_few_words() -> None:
    """However many words a sum is of."""
    terms = Terms()
    total = terms.sum([(terms.unknown(f"word {at}"), 1) for at in range(40)])
    assert worded(total) == "(word 0 + word 1 + word 2 + word 3 + … + word 39)"


BY_HALVES = (
    "srli(t0, a, 16)",
    "slli(a, a, 16)",
    "srli(a, a, 16)",
    "srli(t1, b, 16)",
    "slli(b, b, 16)",
    "srli(b, b, 16)",
    "mul(t2, a, b)",
    "srli(t2, t2, 16)",
    "mul(t3, t0, b)",
    "add(t3, t3, t2)",
    "slli(t4, t3, 16)",
    "srli(t4, t4, 16)",
    "srli(t3, t3, 16)",
    "mul(t5, a, t1)",
    "add(t5, t5, t4)",
    "srli(t5, t5, 16)",
    "mul(a0, t0, t1)",
    "add(a0, a0, t3)",
    "add(a0, a0, t5)",
)


def test_its_time_and_its_memory_have_an_end() -> None:
    """A product by halves, which no solver compares soon: the process that tries is ended."""
    one = function("mulhu(a0, a, b)", takes="a, b")
    other = function(*BY_HALVES, takes="a, b")
    began = time.monotonic()
    found = guarded(Question(one, other, [WORD] * 2), 1.0)
    assert found.verdict == "undecided" and "time ran out" in (found.reason or ""), found
    assert time.monotonic() - began < 30


def test_a_solver_that_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "z3.py").write_text("raise ImportError('libz3.so is not found')")
    monkeypatch.syspath_prepend(tmp_path)
    one = function("mv(a0, a)")
    found = guarded(Question(one, one, [WORD]), 10.0)
    reason = "the solver cannot be loaded: libz3.so is not found"
    assert (found.verdict, found.reason) == ("undecided", reason)


@pytest.mark.heavy
def test_a_hundred_thousand_instructions() -> None:
    line = "for i in range(50000):\n        addi(a, a, 1)\n        xori(a, a, 1)"
    one = function(line)
    found = compare(one, one, [WORD], timeout=60)
    assert found.verdict == "equal", found


# ---- the execution is the emulator's


@pytest.mark.parametrize("code", [ours, by_gcc], ids=lambda code: code.__name__)
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_an_execution_on_terms_is_one_on_numbers(
    kernel: Kernel, code: Callable[[Kernel], Image]
) -> None:
    """For each sampled input the terms' samples are what the emulator gives."""
    from asm_rv32.prove.call import Call
    from asm_rv32.prove.sides import Code
    from asm_rv32.prove.watch import watch

    image = code(kernel)
    call = Call(kernel.arguments, image, Terms())
    end = Code(image._replace(returns="int"), Settings()).end(call, watch(60))
    for at in range(8):
        values = call.with_values(lambda term, at=at: term.samples[at])  # type: ignore[misc]
        assert end.result is not None
        outcome = emulator.run(image, values)
        assert outcome.word == end.result.samples[at]
        contents = [bytes(each) for each in values if isinstance(each, array)]
        for region, content in zip(call.regions, contents):
            assert content == bytes(
                word.samples[at] >> 8 * byte & 255
                for word, byte in map(end.byte, range(region.address, region.end))
            )


# ---- mutants


LIMITED = Settings(max_instructions=1_000_000)


def ended(image: Image, values: list[Any], named: Mapping[str, int] | None = None) -> Any:
    """What is seen of a call; `named`: what registers hold at it."""
    copies = [each[:] if isinstance(each, array) else each for each in values]
    held = {int(REGISTER_NAMES[name]): word for name, word in (named or {}).items()}
    try:
        word = emulator.run(image, copies, LIMITED._replace(held=held)).word
    except (ExecutionError, AssemblyError):
        return "stops"
    return None if image.returns == "None" else word, copies


def tried(seed: int, runs: int) -> str:
    """The verdict on a mutant of a kernel; asserts that it is right, as far as runs can tell."""
    choice = random.Random(seed)
    kernel, image = choice.choice(list(images()))
    other = mutant(image, choice)
    found = guarded(Question(image, other, kernel.arguments, LIMITED), 10)
    if found.verdict == "equal":
        shown = told_apart(image, other, kernel.arguments, runs, seed)
        assert shown is None, (seed, kernel, shown)
    if found.verdict == "differs":
        given: Any = found.counterexample
        ends = [ended(each, given, found.held) for each in (image, other)]
        assert ends[0] != ends[1], (seed, kernel, found)
    return found.verdict if found.verdict != "undecided" else f"undecided: {found.reason}"


@pytest.mark.heavy
@pytest.mark.parametrize("what", [each for each in DIFFERENT if "2**32" not in each])
def test_random_runs_tell_apart_what_a_caller_can_see(what: str) -> None:
    one, other = (function(*lines) for lines in DIFFERENT[what])
    assert told_apart(one, other, [some_bytes(8)], 1_000, 1) is not None
    assert told_apart(one, one, [some_bytes(8)], 1_000, 1) is None


@pytest.mark.heavy
def test_mutants(pytestconfig: pytest.Config) -> None:
    count, runs = (2_000, 1_000_000) if pytestconfig.getoption("--thorough") else (16, 20_000)
    found = Counter(tried(seed, runs) for seed in range(count))
    undecided = sum(many for verdict, many in found.items() if verdict.startswith("undecided"))
    print(found)
    assert undecided <= max(1, count * 2 // 100), found

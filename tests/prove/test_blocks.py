"""Blocks that are the same, and blocks that are not, told apart for every input."""

from __future__ import annotations

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.prove.blocks import equal

ISA = "rv32imc_zba_zbb_zbs"


def code(*lines: str, compress: bool = True) -> bytes:
    body = "".join(f"    {line}\n" for line in lines)
    source = f"@asm_rv32\ndef f():\n{body}    ret()\n"
    found = assemble(source, isa=ISA, compress=compress).functions["f"].code
    return found[:-2] if compress else found[:-4]


SAME = [
    (("slli(t0, a0, 3)", "add(a0, t0, a1)"), ("sh3add(a0, a0, a1)",)),
    (("slli(a0, a0, 24)", "srai(a0, a0, 24)"), ("sext_b(a0, a0)",)),
    (("not_(t0, a0)", "and_(a0, t0, a1)"), ("andn(a0, a1, a0)",)),
    (("srli(t0, a0, 7)", "slli(a0, a0, 25)", "or_(a0, a0, t0)"), ("rori(a0, a0, 7)",)),
    (("li(t0, 10)", "mul(a0, a0, t0)"), ("sh2add(a0, a0, a0)", "slli(a0, a0, 1)")),
    (("srai(t0, a0, 31)", "xor(a0, a0, t0)", "sub(a0, a0, t0)"),
     ("neg(t0, a0)", "max(a0, a0, t0)")),
    (("sw(a1, 0(a0))", "lw(a0, 0(a0))"), ("sw(a1, 0(a0))", "mv(a0, a1)")),
    (("sw(a1, 4(a0))", "sw(a2, 0(a0))"), ("sw(a2, 0(a0))", "sw(a1, 4(a0))")),
    (("sw(a1, 0(a0))", "sw(a2, 0(a0))"), ("sw(a2, 0(a0))",)),
    (("lbu(t0, 0(a0))", "lbu(t1, 1(a0))", "slli(t1, t1, 8)", "or_(a0, t0, t1)"),
     ("lhu(a0, 0(a0))",)),
    (("li(t0, 100)", "divu(a0, a0, t0)", "mul(a0, a0, t0)"),
     ("li(t0, 100)", "remu(t1, a0, t0)", "sub(a0, a0, t1)")),
]  # fmt: skip
OTHER = [
    (("add(a0, a0, a1)",), ("sub(a0, a0, a1)",)),
    (("sw(a1, 0(a0))", "lw(a0, 0(a2))"), ("lw(t0, 0(a2))", "sw(a1, 0(a0))", "mv(a0, t0)")),
    (("srai(a0, a0, 1)",), ("li(t0, 2)", "div(a0, a0, t0)")),
    (("slli(a0, a0, 16)", "srli(a0, a0, 16)"), ("sext_h(a0, a0)",)),
    (("sb(a1, 0(a0))",), ("sh(a1, 0(a0))",)),
    (("addi(a0, a0, 1)", "sltu(a0, a1, a0)"), ("sltu(a0, a0, a1)", "xori(a0, a0, 1)")),
    (("li(t0, 0x12345678)", "xor(a0, a0, t0)", "seqz(a0, a0)"), ("li(a0, 0)",)),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    found = equal(code(*one), code(*other, compress=False), isa=ISA, live_out=["a0"])
    assert found.verdict == "equal", found


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_not_the_same(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    found = equal(code(*one), code(*other, compress=False), isa=ISA, live_out=["a0"])
    assert found.verdict == "differs" and found.counterexample, found


def test_a_register_that_does_not_live_on_may_differ() -> None:
    one, other = code("li(t0, 1)", "li(a0, 2)"), code("li(a0, 2)")
    assert equal(one, other, isa=ISA, live_out=["a0"]).verdict == "equal"
    assert equal(one, other, isa=ISA, live_out=["a0", "x5"]).verdict == "differs"


BRANCHING = [
    (("li(t0, 100)", "beq(a0, t0, there)"), ("addi(t0, a0, -100)", "beqz(t0, there)"), "equal"),
    (("li(t0, 255)", "bltu(t0, a0, there)"), ("srli(t0, a0, 8)", "bnez(t0, there)"), "equal"),
    (("li(t0, 255)", "bltu(t0, a0, there)"), ("srli(t0, a0, 7)", "bnez(t0, there)"), "differs"),
    (("bltz(a0, there)",), ("addi(a0, a0, 1)", "bltz(a0, there)"), "differs"),
    (("bltz(a0, there)",), ("addi(a0, a0, 0)",), "undecided"),
    (("bltz(a0, there)",), ("bltz(a0, there)", "mv(a0, a0)"), "undecided"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "verdict"), BRANCHING)
def test_a_branch_at_the_end(one: tuple[str, ...], other: tuple[str, ...], verdict: str) -> None:
    blocks = [code("label(there)", *each, compress=False) for each in (one, other)]
    found = equal(*blocks, isa=ISA, live_out=["a0"])
    assert found.verdict == verdict, found


@pytest.mark.parametrize("line", ["j(next)\n    label(next)", "csrr(a0, mcycle)", "ecall()"])
def test_what_is_no_block_is_undecided(line: str) -> None:
    found = equal(code(line, compress=False), b"", isa=ISA, live_out=["a0"])
    assert found.verdict == "undecided" and found.reason

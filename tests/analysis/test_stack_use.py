"""Whether a function's use of the stack is shown to be as it should be, one reason at a time."""

from __future__ import annotations

import pytest

from asm_rv32.analysis import proof
from asm_rv32.analysis.flow import control_flow
from asm_rv32.analysis.stack_use import FRAME_LIMIT, is_used_well
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.own_tables import read_table

DOWN, UP = "addi(sp, sp, -16)", "addi(sp, sp, 16)"
USES = [
    ("mv(a0, a)", True), (f"{DOWN}; {UP}", True), ("addi(sp, sp, 16); addi(sp, sp, -16)", False),
    (f"{DOWN}; sw(a, 0(sp)); lw(a0, 0(sp)); {UP}", True),
    (f"{DOWN}; sw(a, 0(sp)); lw(a0, 4(sp)); {UP}", False),
    (f"{DOWN}; sh(a, 0(sp)); lw(a0, 0(sp)); {UP}", False),
    (f"{DOWN}; sh(a, 2(sp)); sh(a, 0(sp)); lw(a0, 0(sp)); {UP}", True),
    (f"{DOWN}; sw(a, 12(sp)); lbu(a0, 15(sp)); {UP}", True),
    (f"{DOWN}; sw(a, 12(sp)); lbu(a0, 11(sp)); {UP}", False),
    (f"{DOWN}; sw(a, 16(sp)); {UP}", False), (f"{DOWN}; sw(a, 13(sp)); {UP}", False),
    ("sw(a, -4(sp))", False), (f"sw(a, -4(sp)); {DOWN}; {UP}", False),
    (f"{DOWN}; sw(a, 0(sp)); {UP}; {DOWN}; lw(a0, 0(sp)); {UP}", False),
    (f"{DOWN}; sw(a, 8(sp)); addi(sp, sp, 8); lw(a0, 0(sp)); addi(sp, sp, 8)", True),
    # An address of the stack from sp and a number, in either order, and from what is not known.
    (f"{DOWN}; addi(t0, sp, 8); sw(a, 0(t0)); lw(a0, 8(sp)); {UP}", True),
    (f"{DOWN}; li(t0, 8); add(t0, t0, sp); sw(a, 0(t0)); lw(a0, 8(sp)); {UP}", True),
    (f"{DOWN}; li(t0, 8); add(t0, sp, t0); sw(a, 0(t0)); lw(a0, 8(sp)); {UP}", True),
    (f"{DOWN}; li(t0, -8); sub(t0, sp, t0); sw(a, 0(t0)); lw(a0, 8(sp)); {UP}", True),
    (f"{DOWN}; li(t0, 8); sub(t0, t0, sp); sw(a, 0(t0)); {UP}", False),
    (f"{DOWN}; add(t0, sp, a); sw(a, 0(t0)); {UP}", False),
    (f"{DOWN}; add(t0, sp, a); {UP}", True),
    (f"{DOWN}; andi(t0, sp, -8); sw(a, 0(t0)); {UP}", False),
    ("li(t0, -16); add(sp, t0, sp); addi(sp, sp, 16)", True),
    ("andi(sp, sp, -16)", False), ("sub(sp, sp, a); add(sp, sp, a)", False),
    (f"li(t0, {FRAME_LIMIT}); sub(sp, sp, t0); add(sp, sp, t0)", True),
    (f"li(t0, {FRAME_LIMIT + 16}); sub(sp, sp, t0); add(sp, sp, t0)", False),
    # The address gets about.
    (f"{DOWN}; sw(sp, 0(sp)); {UP}", False), (f"{DOWN}; sw(sp, 0(a)); {UP}", False),
    (f"{DOWN}; csrw(mscratch, sp); {UP}", False), (f"{DOWN}; csrw(mscratch, a); {UP}", True),
    (f"{DOWN}; fmv_w_x(fa0, sp); {UP}", False), (f"{DOWN}; fmv_w_x(fa0, a); {UP}", True),
    (f"{DOWN}; addi(t0, sp, 4); fmv_w_x(fa0, t0); {UP}", False),
    (f"{DOWN}; fmv_w_x(fa0, a); fmv_x_w(t0, fa0); sw(a, 0(t0)); {UP}", True),
    # With a reservation, of which a store may fail.
    (f"{DOWN}; sw(a, 0(sp)); lr_w(a0, 0(sp)); {UP}", True),
    (f"{DOWN}; sw(a, 4(sp)); lr_w(a0, 0(sp)); {UP}", False),
    (f"{DOWN}; sc_w(a0, a, 0(sp)); {UP}", True), (f"{DOWN}; sc_w(a0, sp, 0(a)); {UP}", False),
    (f"{DOWN}; sc_w(t0, a, 0(sp)); lw(a0, 0(sp)); {UP}", False),
    (f"{DOWN}; sw(a, 0(sp)); amoadd_w(a0, a, 0(sp)); {UP}", True),
    (f"{DOWN}; amoadd_w(a0, a, 0(sp)); {UP}", False),
    # On one of two ways.
    (f"{DOWN}; beqz(a, on); sw(a, 0(sp)); label(on); lw(a0, 0(sp)); {UP}", False),
    (f"{DOWN}; sw(a, 0(sp)); beqz(a, on); sw(b, 0(sp)); label(on); lw(a0, 0(sp)); {UP}", True),
    (f"beqz(a, on); {DOWN}; {UP}; label(on); nop()", True),
    (f"beqz(a, on); {DOWN}; label(on); nop()", False),
    (f"{DOWN}; mv(t0, a); beqz(a, on); mv(t0, sp); label(on); sw(a, 0(t0)); {UP}", False),
    (f"{DOWN}; li(t0, 4); beqz(a, on); li(t0, 8); label(on); sw(a, 0(t0)); {UP}", True),
    # What goes elsewhere.
    (f"{DOWN}; sw(ra, 12(sp)); jal(leaf); lw(ra, 12(sp)); {UP}", False),
    ("mret()", False), ("nop(); data(4, 0xffffffff)", False),
    ("beqz(a, x); ret(); label(x); nop(); data(4, 0xffffffff)", False),
    (f"{DOWN}; jr(a)", False), ("ebreak()", True), ("data(4, 0xffffffff)", False),
]  # fmt: skip


@pytest.mark.parametrize(("body", "is_shown"), USES)
def test_what_is_shown_of_the_stack(body: str, is_shown: bool) -> None:
    leaf = "; ret(); label(leaf); mv(a0, a); ret()" if "leaf" in body else ""
    lines = "".join(f"    {line}\n" for line in (body + leaf).split("; "))
    image = assemble(f"@asm_rv32(isa='rv32imafc')\ndef f(a, b):\n{lines}").functions["f"]
    assert is_used_well(control_flow(image)) == is_shown


GOES = """
[instructions]
go = { syntax = "rs1", fixed = "31..20=0 14..12=2 11..7=0 6..0=0x0b", does = "goto rs1" }
even = { syntax = "rs1", fixed = "31..20=0 14..12=3 11..7=0 6..0=0x0b", does = "goto rs1 & 0xfffffffe" }
"""  # noqa: E501


@pytest.mark.parametrize(
    ("end", "is_return"),
    [("jr(ra)", True), ("even(ra)", True), ("go(ra)", True),
     ("even(t0)", False), ("go(t0)", False), ("addi(t0, ra, 4); go(t0)", False),
     ("jr(ra, 4)", False)],
)  # fmt: skip
def test_what_goes_back_goes_where_a_link_says(end: str, is_return: bool) -> None:
    lines = "".join(f"    {line}\n" for line in f"{DOWN}; {UP}; {end}".split("; "))
    tables = read_table("chip.toml", GOES.encode())
    image = assemble(f"@asm_rv32\ndef f(a, b):\n{lines}", tables=tables).functions["f"]
    assert is_used_well(control_flow(image)) == is_return


def test_what_takes_too_long_to_show_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    body = f"    {DOWN}\n    label(up)\n    addi(a, a, -1)\n    bnez(a, up)\n    {UP}\n"
    flow = control_flow(assemble(f"@asm_rv32\ndef f(a):\n{body}").functions["f"])
    assert is_used_well(flow)
    monkeypatch.setattr(proof, "VISITS", 0)
    monkeypatch.setattr(proof, "LEAST", 2)
    assert not is_used_well(flow)

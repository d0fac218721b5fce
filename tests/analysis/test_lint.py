"""Lint: its page's examples, no false alarms on correct code, seeded defects found."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus import compiled, toolchain, translator
from corpus.execution import execute

from asm_rv32.analysis import routines
from asm_rv32.analysis.flow import CLOBBERED, INTEGERS, bits, control_flow, registers
from asm_rv32.analysis.lint import fix, lint, lint_all
from asm_rv32.analysis.lint.csr import known_cores
from asm_rv32.analysis.lint.fix import mend
from asm_rv32.analysis.lint.size import FREE, reason, rename, renamed_instruction, report
from asm_rv32.analysis.lint.webs import webs
from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.basis.diagnostics import CODES, AssemblyError, Diagnostic, Source, Span
from asm_rv32.commands.cli import main
from asm_rv32.cores import core_names
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import RA
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.machine.emulator import run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lint.md").read_text()
SECTION = re.compile(
    r"^## ([a-z-]+)\n.*?```python\n(.*?)```\n\n```python\n(.*?)```", re.MULTILINE | re.DOTALL
)
SECTIONS = SECTION.findall(PAGE[PAGE.index("## saved-register") :])
SAID = Path(__file__).with_name("said.txt")
LINT_CODES = list(CODES)[list(CODES).index("saved-register") :]


def image(text: str, name: str | None = None, isa: str = "rv32imac", **options: bool) -> Image:
    functions = assemble(text, isa=isa, **options).functions
    return functions[name] if name else next(iter(functions.values()))


def function(*body: str, head: str = "f(a, b)") -> str:
    return f"@asm_rv32\ndef {head}:\n" + "".join(f"    {line}\n" for line in body)


def codes(text: str, core: str | None = None, isa: str = "rv32imac") -> list[str]:
    return [found.code for found in lint(image(text, isa=isa), core)]


# ---- every code


def test_every_code_has_its_paragraph() -> None:
    assert [name for name, *_ in SECTIONS] == LINT_CODES


@pytest.mark.parametrize(("code", "wrong", "right"), SECTIONS, ids=[each[0] for each in SECTIONS])
@pytest.mark.parametrize("compress", [True, False])
def test_its_examples_are_wrong_and_right(
    code: str, wrong: str, right: str, compress: bool
) -> None:
    found = lint(image(wrong, compress=compress), "esp32c3")
    if code == "misaligned-address" and not compress:
        assert not found  # without short instructions the label lies well by itself
    else:
        assert {each.code for each in found} == {code}
    assert all(each.severity == "warning" and each.notes for each in found)
    assert lint(image(right, compress=compress), "esp32c3") == ()


def test_the_registers_of_every_core_are_known() -> None:
    assert {*known_cores(), "generic"} == {*core_names()}  # that one is no core in particular


# ---- paths

SAVE = ("addi(sp, sp, -16)", "sw(s0, 8(sp))", "sw(ra, 12(sp))")
RESTORE = ("lw(s0, 8(sp))", "lw(ra, 12(sp))", "addi(sp, sp, 16)", "ret()")

CORRECT = {
    "saved and restored": (*SAVE, "mv(s0, a)", "jalr(b)", "add(a0, a0, s0)", *RESTORE),
    "saved on one path": ("beqz(a, out)", *SAVE, "mv(s0, a)", "jalr(b)", "add(a0, a0, s0)",
                          "lw(s0, 8(sp))", "lw(ra, 12(sp))", "addi(sp, sp, 16)", "label(out)"),
    "kept in a register": ("mv(t0, s0)", "mv(s0, a)", "add(a0, s0, b)", "mv(s0, t0)"),
    "frame pointer": (*SAVE, "addi(s0, sp, 16)", "sub(sp, sp, a)", "sw(b, 0(sp))",
                      "addi(sp, s0, -16)", *RESTORE),
    "large frame": ("li(t0, -4096)", "add(sp, sp, t0)", "sw(s0, 0(sp))", "mv(s0, a)",
                    "lw(s0, 0(sp))", "li(t0, 4096)", "add(sp, sp, t0)"),
    "aligned stack": ("mv(t0, sp)", "addi(sp, sp, -64)", "andi(sp, sp, -32)", "sw(t0, 4(sp))",
                      "sw(a, 8(sp))", "lw(t0, 4(sp))", "mv(sp, t0)"),
    "routine of its own": ("mv(t2, ra)", "jal(ra, part)", "jr(t2)", "label(part)",
                           "add(a0, a, b)", "ret()"),
    "routine linked by t0": ("jal(t0, part)", "ret()", "label(part)", "add(a0, a, b)", "jr(t0)"),
    "recursion": ("label(again)", "addi(sp, sp, -16)", "sw(ra, 12(sp))", "beqz(a, out)",
                  "addi(a, a, -1)", "jal(ra, again)", "label(out)", "lw(ra, 12(sp))",
                  "addi(sp, sp, 16)", "ret()"),
    "tail call": ("mv(t0, b)", "jr(t0)"),
    "a pointer that moves": ("addi(sp, sp, -16)", "mv(t0, sp)", "addi(t1, sp, 16)",
                             "label(fill)", "sw(a, 0(t0))", "addi(t0, t0, 4)", "bne(t0, t1, fill)",
                             "lw(a0, 8(sp))", "addi(sp, sp, 16)"),
    "an index": ("addi(sp, sp, -16)", "add(t0, sp, b)", "sw(a, 0(t0))", "lw(a0, 8(sp))",
                 "addi(sp, sp, 16)"),
    "a buffer of a callback": ("addi(sp, sp, -16)", "sw(ra, 12(sp))", "mv(a, sp)", "jalr(b)",
                               "lw(a0, 0(sp))", "lw(ra, 12(sp))", "addi(sp, sp, 16)"),
    "padding": ("addi(sp, sp, -32)", "sb(a, 0(sp))", "lbu(t0, 1(sp))", "sb(t0, 17(sp))",
                "lbu(a0, 0(sp))", "addi(sp, sp, 32)"),
    "aligned halves": ("lw(t0, 4(a))", "lhu(t1, 2(a))", "lbu(t2, 1(a))", "add(a0, t0, t1)",
                       "add(a0, a0, t2)"),
    "recursive and kept": ("label(again)", "addi(sp, sp, -16)", "sw(ra, 12(sp))", "sw(s1, 8(sp))",
                           "addi(s1, a, -1)", "mv(a, s1)", "bltz(a, out)", "jal(again)",
                           "add(a0, a0, s1)", "label(out)", "lw(ra, 12(sp))", "lw(s1, 8(sp))",
                           "addi(sp, sp, 16)"),
    "jump table": ("la(t0, table)", "slli(a, a, 2)", "add(t0, t0, a)", "jr(t0)", "label(table)",
                   "j(one)", "li(a0, 3)", "ret()", "label(one)", "li(a0, 1)", "ret()"),
    "context switch": ("sw(s0, 0(a))", "sw(sp, 4(a))", "lw(s0, 0(b))", "lw(sp, 4(b))", "ret()"),
    "trap handler": ("addi(sp, sp, -16)", "sw(t0, 0(sp))", "csrr(t0, mcause)", "lw(t0, 0(sp))",
                     "addi(sp, sp, 16)", "mret()"),
    "guarded": ("addi(a0, a, 1)", "ret()", "unimp()", "ebreak()"),
    "waits": ("label(idle)", "wfi()", "j(idle)"),
    "polls": ("li(t0, 0x60000000)", "label(poll)", "lw(t1, 0(t0))", "beqz(t1, poll)"),
    "an index of words": ("la(t0, table)", "slli(a, a, 2)", "add(t0, t0, a)", "lw(a0, 0(t0))",
                          "ret()", "align(4)", "label(table)", "data(4, 1, 2, 3)"),
    "in step from an odd halfword": ("label(again)", "lhu(t0, 0(a))", "lw(t1, 2(a))",
                                     "sub(t0, t0, t1)", "addi(a, a, 4)", "bnez(t0, again)"),
    "saved and restored on one path": (
        "beqz(a, out)", "addi(sp, sp, -16)", "sw(s0, 8(sp))", "mv(s0, a)", "lw(s0, 8(sp))",
        "addi(sp, sp, 16)", "label(out)", "mv(a0, b)",
    ),
    "a frame whose size is computed": ("slli(b, b, 4)", "sub(sp, sp, b)", "sw(a, 0(sp))",
                                       "lw(a0, 0(sp))", "add(sp, sp, b)"),
    "a computed frame around a loop": (
        "slli(b, b, 4)", "sub(sp, sp, b)", "li(t0, 4)", "label(again)", "mul(t1, t0, t0)",
        "sw(t1, 0(sp))", "addi(t0, t0, -1)", "bnez(t0, again)", "lw(a0, 0(sp))",
        "add(sp, sp, b)",
    ),
    "a frame from a known index": ("li(t1, -4)", "sh2add(sp, t1, sp)", "sw(a, 0(sp))",
                                   "lw(a0, 0(sp))", "li(t1, 4)", "sh2add(sp, t1, sp)"),
    "a huge frame": ("li(t0, 0x12345670)", "sub(sp, sp, t0)", "sw(a, 0(sp))", "lw(a0, 0(sp))",
                     "add(sp, sp, t0)"),
    "kept in the caller's memory": ("sw(s0, 0(a))", "mv(s0, b)", "add(a1, s0, s0)",
                                    "lw(s0, 0(a))"),
    "kept in a register of the core": ("csrw(mscratch, s0)", "mv(s0, b)", "add(a1, s0, s0)",
                                       "csrr(s0, mscratch)"),
    "a word that a callback changes": (
        "addi(sp, sp, -16)", "sw(ra, 12(sp))", "sw(zero, 8(sp))", "addi(a0, sp, 8)", "jalr(b)",
        "lw(a0, 8(sp))", "beqz(a0, out)", "li(a0, 7)", "label(out)", "lw(ra, 12(sp))",
        "addi(sp, sp, 16)",
    ),
    "an array that is filled": (
        "addi(sp, sp, -16)", "sw(zero, 0(sp))", "slli(b, b, 2)", "add(b, b, sp)", "sw(a, 0(b))",
        "lw(t0, 0(sp))", "beqz(t0, out)", "li(a0, 7)", "label(out)", "addi(sp, sp, 16)",
    ),
    "padding of a buffer": ("addi(sp, sp, -16)", "sb(b, 0(sp))", "lw(t0, 0(sp))",
                            "sw(t0, 0(a))", "addi(sp, sp, 16)"),
    "a bit-field at the top": (
        "addi(sp, sp, -16)", "lw(t0, 8(sp))", "lui(t1, 0x80000)", "or_(t0, t0, t1)",
        "addi(sp, sp, 16)", "bltz(t0, out)", "mv(a0, b)", "label(out)",
    ),
    "a bit-field": ("addi(sp, sp, -16)", "lw(t0, 8(sp))", "andi(t0, t0, -8)", "andi(b, b, 7)",
                    "or_(t0, t0, b)", "sw(t0, 8(sp))", "lw(a0, 8(sp))", "andi(a0, a0, 7)",
                    "addi(sp, sp, 16)"),
    "loaded ahead of a branch": ("addi(sp, sp, -16)", "lw(t0, 8(sp))", "bnez(a, other)",
                                 "sw(b, 8(sp))", "lw(t0, 8(sp))", "mv(a0, t0)", "j(out)",
                                 "label(other)", "mv(a0, b)", "label(out)", "addi(sp, sp, 16)"),
    "two words of a callback, through a routine": (
        "addi(sp, sp, -16)", "sw(ra, 12(sp))", "mv(t2, b)", "jal(part)", "add(a0, a0, a1)",
        "lw(ra, 12(sp))", "addi(sp, sp, 16)", "ret()", "label(part)", "addi(sp, sp, -16)",
        "sw(ra, 12(sp))", "jalr(t2)", "lw(ra, 12(sp))", "addi(sp, sp, 16)", "ret()",
    ),
    "fetched anew on every way": (
        "la(t1, code)", "sh(b, 0(t1))", "beqz(a, on)", "nop()", "fence_i()", "j(code)",
        "label(on)", "nop()", "bltz(a, more)", "fence_i()", "ret()", "label(more)", "fence_i()",
        "label(code)", "nop()",
    ),
    "zeroing": ("xor(t0, t0, t0)", "sub(t1, t1, t1)", "add(a0, t0, t1)"),
    "an address that a routine puts into the frame": (
        "addi(sp, sp, -32)", "sw(ra, 28(sp))", "mv(t0, sp)", "sw(t0, 8(sp))", "addi(a0, sp, 4)",
        "jal(part)", "lw(t1, 8(sp))", "mv(t0, sp)", "li(a0, 3)", "beq(t0, t1, out)", "li(a0, 4)",
        "label(out)", "lw(ra, 28(sp))", "addi(sp, sp, 32)", "ret()", "label(part)",
        "addi(t1, a0, 8)", "sw(t1, 4(a0))", "ret()",
    ),
    "two places that may be one": (
        "addi(sp, sp, -16)", "slli(a, a, 2)", "add(a, a, sp)", "li(t0, 6)", "sw(t0, 0(a))",
        "li(t1, 8)", "sw(t1, 4(sp))", "lw(a0, 0(a))", "beq(a0, t0, out)", "li(a0, 1)",
        "label(out)", "addi(sp, sp, 16)",
    ),
    "hints that are meant": ("pause()", "slli(zero, zero, 31)", "ebreak()", "srai(zero, zero, 7)"),
}  # fmt: skip


@pytest.mark.parametrize("name", CORRECT)
def test_nothing_is_said_of_what_is_right(name: str) -> None:
    assert codes(function(*CORRECT[name]), isa="rv32imac_zba") == []


DEFECTS = {
    "a slot overwritten in a loop": (
        "saved-register",
        ("addi(sp, sp, -16)", "sw(s0, 8(sp))", "li(s0, 3)", "label(again)", "bgtz(a, more)",
         "lw(s0, 8(sp))", "addi(sp, sp, 16)", "ret()", "label(more)", "sw(b, 8(sp))",
         "addi(a, a, -1)", "j(again)"),
    ),
    "a slot overwritten in a loop that changes nothing else": (
        "saved-register",
        ("addi(sp, sp, -16)", "sw(s0, 8(sp))", "li(s0, 3)", "label(again)", "bgtz(a, more)",
         "lw(s0, 8(sp))", "addi(sp, sp, 16)", "ret()", "label(more)", "sw(b, 8(sp))",
         "j(again)"),
    ),
    "moved on one path": (
        "saved-register unwritten-register",
        ("beqz(a, out)", "addi(s0, s0, 4)", "label(out)"),
    ),
    "changed and changed back": ("unwritten-register", ("xori(s0, s0, 5)", "xori(s0, s0, 5)")),
    "a word that decides": (
        "unwritten-stack",
        ("addi(sp, sp, -16)", "lw(t0, 8(sp))", "andi(t0, t0, 1)", "addi(sp, sp, 16)",
         "beqz(t0, out)", "li(a0, 1)", "label(out)"),
    ),
    "the topmost byte of the frame": (
        "unwritten-stack",
        ("addi(sp, sp, -16)", "lbu(t0, 15(sp))", "addi(sp, sp, 16)", "beqz(t0, out)", "li(a0, 1)",
         "label(out)"),
    ),
    "a word that is given back": (
        "unwritten-stack",
        ("addi(sp, sp, -16)", "lw(t0, 8(sp))", "sw(t0, 4(sp))", "lw(a0, 4(sp))",
         "addi(sp, sp, 16)"),
    ),
    "a word that is handed on": (
        "unwritten-stack",
        ("addi(sp, sp, -16)", "lw(t0, 8(sp))", "sw(t0, 0(a))", "addi(sp, sp, 16)"),
    ),
    "always taken": (
        "endless-loop unreachable",
        ("label(again)", "addi(a, a, 1)", "beq(zero, zero, again)", "mv(a0, b)"),
    ),
    "always taken, from what registers hold": (
        "endless-loop unreachable",
        ("li(t0, 3)", "label(again)", "addi(a, a, 1)", "bnez(t0, again)", "mv(a0, b)"),
    ),
    "always taken, to the start": (
        "endless-loop unreachable", ("label(again)", "li(t0, 3)", "bnez(t0, again)", "mv(a0, b)"),
    ),
    "never taken": ("unreachable", ("li(t0, 0)", "bnez(t0, other)", "ret()", "label(other)",
                                    "mv(a0, b)")),
    "a computed frame not given back": (
        "stack-pointer", ("slli(b, b, 4)", "sub(sp, sp, b)", "sw(a, 0(sp))", "lw(a0, 0(sp))"),
    ),
    "not saved": ("saved-register unwritten-stack", (SAVE[0], SAVE[2], "mv(s0, a)", *RESTORE)),
    "not restored on one path": (
        "saved-register",
        (*SAVE, "mv(s0, a)", "beqz(a, out)", "lw(s0, 8(sp))", "label(out)", *RESTORE[1:]),
    ),
    "restored from the wrong slot": (
        "saved-register unwritten-stack",
        (*SAVE, "mv(s0, a)", "lw(s0, 4(sp))", *RESTORE[1:]),
    ),
    "saved on one path": (
        "saved-register",
        (SAVE[0], SAVE[2], "beqz(a, out)", SAVE[1], "mv(s0, a)", "label(out)", *RESTORE),
    ),
    "restored from each other's slots": (
        "saved-register",
        (*SAVE, "sw(s1, 0(sp))", "mv(s0, a)", "mv(s1, a)", "lw(s1, 8(sp))", "lw(s0, 0(sp))",
         *RESTORE[1:]),
    ),
    "slot overwritten": (
        "saved-register",
        (*SAVE, "mv(s0, a)", "sb(a, 9(sp))", *RESTORE),
    ),
    "gp": ("saved-register", ("mv(gp, a)",)),
    "ra not restored": (
        "return-address",
        ("addi(sp, sp, -16)", "sw(ra, 12(sp))", "jalr(b)", "addi(sp, sp, 16)", "ret()"),
    ),
    "ra moved to": ("return-address", ("mv(ra, b)",)),
    "ra lost before a tail call": ("return-address", ("jalr(b)", "lw(t1, 0(a0))", "jr(t1)")),
    "returns beside": ("return-by-call", ("jr(ra, 4)",)),
    "sp on one path": (
        "stack-pointer",
        ("beqz(a, out)", "addi(sp, sp, -16)", "label(out)", "ret()"),
    ),
    "above the frame": ("stack-access", ("addi(sp, sp, -16)", "lw(a0, 16(sp))",
                                         "addi(sp, sp, 16)")),
    "freed too early": (
        "stack-access",
        ("addi(sp, sp, -16)", "sw(a, 0(sp))", "addi(sp, sp, 16)", "lw(a0, -16(sp))"),
    ),
    "one path": ("unwritten-register", ("beqz(a, out)", "li(t0, 1)", "label(out)", "mv(a0, t0)")),
    "caller's value": ("unwritten-register", ("add(a0, a, s3)",)),
    "odd constant": ("misaligned-address", ("li(t0, 0x40000002)", "lw(a0, 0(t0))")),
    "odd slot": ("misaligned-address", ("addi(sp, sp, -16)", "sw(a, 6(sp))", "addi(sp, sp, 16)")),
    "waits for nothing": ("endless-loop", ("label(again)", "bnez(a, again)")),
    "waits for nothing within a loop that stores": (
        "endless-loop",
        ("label(rows)", "li(t0, 0)", "label(columns)", "bgeu(t0, b, done)", "addi(t1, t0, 1)",
         "j(columns)", "label(done)", "sw(t0, 0(a))", "addi(b, b, -1)", "bnez(b, rows)"),
    ),
    "itself": ("endless-loop", ("label(self_)", "j(self_)")),
    "never stored": (
        "unwritten-stack",
        ("addi(sp, sp, -16)", "sw(a, 4(sp))", "lw(t0, 8(sp))", "add(a0, a, t0)",
         "addi(sp, sp, 16)"),
    ),
    "starts with data": ("falls-into-data", ("data(4, 0)", "mv(a0, b)")),
    "jumps to data": (
        "falls-into-data",
        ("la(t0, table)", "jr(t0)", "align(4)", "label(table)", "data(4, 0)"),
    ),
    "out of step": ("misaligned-address", ("lw(t0, 4(a))", "lhu(t1, 3(a))", "add(a0, t0, t1)")),
    "out of step all along": (
        "misaligned-address",
        ("label(again)", "lw(t0, 0(a))", "lw(t1, 6(a))", "sub(t0, t0, t1)", "addi(a, a, 4)",
         "bnez(t0, again)"),
    ),
    "an index into a table beside its place": (
        "misaligned-address",
        ("la(t0, table)", "slli(a, a, 2)", "add(t0, t0, a)", "lw(a0, 0(t0))", "ret()",
         "align(4)", "data(2, 1)", "label(table)", "data(4, 1, 2, 3)"),
    ),
    "a table walked along beside its place": (
        "misaligned-address",
        ("la(t0, table)", "label(again)", "lw(t1, 0(t0))", "addi(t0, t0, 4)", "bnez(t1, again)",
         "ret()", "align(4)", "data(1, 1)", "label(table)", "data(4, 1, 2, 3)"),
    ),
    "recursive": (
        "saved-register",
        ("label(again)", "addi(sp, sp, -16)", "sw(ra, 12(sp))", "addi(s1, a, -1)", "mv(a, s1)",
         "bltz(a, out)", "jal(again)", "label(out)", "lw(ra, 12(sp))", "addi(sp, sp, 16)"),
    ),
    "tail call": ("saved-register", ("mv(s0, a)", "jr(b)")),
    "tail call with a frame": ("stack-pointer", ("addi(sp, sp, -16)", "jr(b)")),
    "two labels, one unused": (
        "unused-label",
        ("label(spare)", "label(again)", "addi(a, a, -1)", "bnez(a, again)"),
    ),
    "behind a loop": ("unreachable", ("label(idle)", "wfi()", "j(idle)", "li(a0, 1)")),
    "not fetched anew on one way": (
        "missing-fence-i",
        ("la(t1, code)", "sh(b, 0(t1))", "beqz(a, on)", "fence_i()", "label(on)", "nop()",
         "label(code)", "nop()"),
    ),
    "beside an aligned label": (
        "misaligned-address",
        ("la(t0, table)", "lw(a0, 2(t0))", "ret()", "align(4)", "label(table)", "data(4, 1, 2)"),
    ),
    "two behind a return": ("unreachable", ("ret()", "li(a0, 1)", "ret()")),
    "more behind a return": ("unreachable", ("ret()", "li(a0, 1)", "li(a1, 1)", "ret()")),
    "before many returns": (
        "saved-register",
        ("mv(s0, a)", *(line for n in range(6) for line in
                        (f"beqz(b, l{n})", "ret()", f"label(l{n})"))),
    ),
    "read again": ("unwritten-register", ("add(a0, a, t3)", "add(a0, a0, t3)", "add(a0, a0, t3)")),
    "tp": ("saved-register", ("mv(tp, a)",)),
    "sp too high": ("stack-pointer", ("addi(sp, sp, 32)",)),
    "sp far too low": ("stack-pointer", ("li(t0, -4096)", "add(sp, sp, t0)")),
    "a routine's way back": (
        "return-address lost-in-call",
        ("mv(t6, ra)", "jal(part)", "jr(t6)", "label(part)", "jalr(b)", "ret()"),
    ),
    "lost in what a routine calls": (
        "lost-in-call",
        ("addi(sp, sp, -16)", "sw(ra, 12(sp))", "li(t1, 3)", "jal(part)", "add(a0, a0, t1)",
         "lw(ra, 12(sp))", "addi(sp, sp, 16)", "ret()", "label(part)", "addi(sp, sp, -16)",
         "sw(ra, 12(sp))", "mv(t1, a)", "jalr(b)", "lw(ra, 12(sp))", "addi(sp, sp, 16)", "ret()"),
    ),
    "lost in a routine": (
        "lost-in-call",
        ("mv(t6, ra)", "li(t1, 3)", "jal(part)", "add(a0, a, t1)", "jr(t6)", "label(part)",
         "slli(t1, a, 1)", "add(a0, a, t1)", "ret()"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(name: str) -> None:
    expected, body = DEFECTS[name]
    assert set(codes(function(*body))) == set(expected.split())


def said(name: str, text: str) -> str:
    """All that is said of a function, beside the statements that it is said of."""
    lines = [f"== {name}\n"]
    for found in lint(image(text), "esp32c3"):
        statement = text[found.span.start : found.span.end]
        lines += [f"{line}\n" for line in (statement, f"  {found.message}", *(
            f"  {note}" for note in found.notes))]  # fmt: skip
    return "".join(lines)


def test_it_is_said_in_these_words(request: pytest.FixtureRequest) -> None:
    """said.txt: the page's wrong examples and the defects, and what is told of each."""
    written = "\n".join([
        *(said(code, wrong) for code, wrong, _ in SECTIONS),
        *(said(name, function(*body)) for name, (_, body) in DEFECTS.items()),
    ])  # fmt: skip
    if request.config.getoption("--bless"):
        SAID.write_text(written)
    assert written == SAID.read_text()


def test_what_is_said_to_be_misaligned_always_is() -> None:
    choice = random.Random(20)
    found = 0
    for _ in range(1500):
        body = ["mv(t0, a)", "slli(t1, b, 2)", f"li(t2, {choice.getrandbits(32)})"]
        for _ in range(choice.randrange(1, 8)):
            to, one, other = (f"t{choice.randrange(3)}" for _ in range(3))
            small = choice.randrange(-9, 10)
            body.append(choice.choice((
                f"addi({to}, {one}, {small})", f"add({to}, {one}, {other})",
                f"sub({to}, {one}, {other})", f"slli({to}, {one}, {choice.randrange(4)})",
                f"andi({to}, {one}, {small})", f"sh2add({to}, {one}, {other})",
                f"mul({to}, {one}, {other})", f"srai({to}, {one}, 1)",
            )))  # fmt: skip
        width, offset = choice.choice((2, 4)), choice.randrange(-5, 6)
        load = f"{'lhu' if width == 2 else 'lw'}(t3, {offset}(t0))"
        isa = "rv32imc_zba"
        if "misaligned-address" in codes(function(*body, load, "mv(a0, t3)"), isa=isa):
            found += 1
            computed = image(function(*body, "mv(a0, t0)"), isa=isa)
            for _ in range(3):
                a, b = choice.getrandbits(32), choice.getrandbits(32)
                assert (run(computed, (a, b)).result + offset) % width, body
    assert found > 100


UNSTORED = {
    ("lw(a0, 0(sp))", "jalr(b)"): True,
    ("lw(a7, 0(sp))", "jalr(b)"): True,
    ("lhu(a0, 0(sp))", "jalr(b)"): False,
    ("lw(t0, 0(sp))", "jalr(b)"): False,
    ("lw(t0, 0(sp))", "jalr(b)", "li(t0, 1)", "mv(a0, t0)"): False,
    ("lw(s0, 0(sp))", "jalr(b)", "li(s0, 3)"): False,
    ("lw(t0, 0(sp))", "sw(t0, 4(sp))", "addi(a0, sp, 4)", "jalr(b)", "lw(a0, 4(sp))"): False,
    ("lw(t0, 0(sp))", "sw(t0, 4(sp))", "addi(a0, sp, 4)", "jal(inner)", "lw(a0, 4(sp))"): False,
    ("lw(a0, 0(sp))", "jal(inner)", "li(a0, 1)"): False,
    ("lw(t1, 0(sp))", "jal(inner)", "mv(a0, t1)"): True,
    ("lw(t2, 0(sp))", "jal(inner)", "mv(a0, t2)"): False,
    ("lw(s0, 0(sp))", "jal(inner)", "beqz(s0, out)", "label(out)"): True,
    ("lw(t0, 0(sp))", "csrw(mscratch, t0)"): True,
    ("lw(t0, 0(sp))", "csrw(mscratch, t1)"): False,
    ("lw(t0, 0(sp))", "csrr(t0, mscratch)", "mv(a0, t0)"): False,
    ("lw(t0, 0(sp))", "fence_i()", "mv(a0, t0)"): True,
    ("lw(t0, 0(sp))", "wfi()", "li(t0, 1)"): False,
    ("lw(t0, 0(sp))", "jalr(t0)"): True,
    ("lw(t0, 0(sp))", "sb(t0, 0(a))"): True,
    ("lhu(t0, 0(sp))", "sw(t0, 0(a))"): False,
    ("lhu(t0, 0(sp))", "sh(t0, 0(a))"): True,
    ("lr_w(t1, 0(a))", "lw(t0, 0(sp))", "sc_w(t1, t0, 0(a))"): True,
    ("lw(t0, 0(sp))", "amoadd_w(t1, t0, 0(a))"): True,
    ("lw(t0, 0(sp))", "amoadd_w(t1, a, 0(t0))"): True,
}
"""What follows on a load of what nothing stored, and whether it is of use."""


@pytest.mark.parametrize("body", UNSTORED)
def test_what_nothing_stored_is_followed_to_its_use(body: tuple[str, ...]) -> None:
    inner = ("label(inner)", "addi(a0, a0, 1)", "li(t2, 5)", "ret()")
    found = codes(function(*SAVE, *body, *RESTORE, *inner))
    assert ("unwritten-stack" in found) == UNSTORED[body]


def test_a_label_that_a_computed_jump_may_go_to_is_only_said_to_be_named_nowhere() -> None:
    body = ("la(t0, table)", "add(t0, t0, a)", "jr(t0)", "label(table)", "ret()", "label(x)")
    (found,) = lint(image(function(*body, "mv(a0, b)  # for x")))
    assert (found.code, found.message) == ("unused-label", "nothing names 'x'")


@pytest.mark.parametrize(
    ("body", "is_used"),
    [
        (("j(on)", "mv(a, b)", "label(on)", "label(add)", "add(a0, a, b)"), True),
        (("beqz(a, on)", "add(a0, a, b)", "label(on)", "label(add)"), True),
        (("beqz(a, on)", "label(on)", "add(a0, a, b)", "label(add)"), False),
        (("la(t0, on)", "addi(t0, t0, 4)", "jr(t0)", "label(on)", "sub(a0, a, b)", "ret()",
          "label(add)", "add(a0, a, b)"), True),
        (("la(t0, on)", "addi(t0, t0, 2)", "jr(t0)", "label(on)", "sub(a0, a, b)", "ret()",
          "label(add)", "add(a0, a, b)"), False),
        (("la(t0, on)", "lw(a0, 4(t0))", "add(a0, a0, a)", "ret()", "align(4)", "label(on)",
          "data(4, 1)", "label(add)", "data(4, 2)"), True),
    ],
)  # fmt: skip
def test_a_label_that_is_reached_under_no_name_is_used(
    body: tuple[str, ...], is_used: bool
) -> None:
    """Its name is an instruction's, so that the text alone does not tell."""
    assert ("unused-label" in codes(function(*body))) != is_used


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("jalr(b)",), "nothing jumps to 'x' and nothing takes its address"),
        (("lw(t0, 0(b))", "jalr(t0)"), "nothing jumps to 'x' and nothing takes its address"),
        (("jal(inner)",), "nothing jumps to 'x' and nothing takes its address"),
        (("la(t0, inner)", "nop()", "jalr(t0)"),
         "nothing jumps to 'x' and nothing takes its address"),
        (("la(t0, inner)", "add(t0, t0, a)", "jalr(t0)"), "nothing names 'x'"),
        (("la(t0, inner)", "add(t0, t0, a)", "jalr(ra, 4(t0))"), "nothing names 'x'"),
    ],
)  # fmt: skip
def test_a_call_may_go_to_any_label_where_it_is_computed_from_one(
    call: tuple[str, ...], said: str
) -> None:
    body = (*SAVE, *call, *RESTORE, "label(inner)", "add(a0, a0, a1)", "label(x)", "ret()")
    [found] = [each for each in lint(image(function(*body))) if each.code == "unused-label"
               and "'x'" in each.message]  # fmt: skip
    assert found.message == said


def test_each_label_of_a_line_is_looked_at() -> None:
    (found,) = lint(image(function("label(one); label(two); add(a0, a, b)  # label(three)",
                                   "bnez(a0, one)")))  # fmt: skip
    assert "nothing jumps to 'two'" in found.message


FLOATS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "set first": (("fmv_w_x(fa0, a)", "fadd_s(fa0, fa0, fa0)", "fmv_x_w(a0, fa0)"), []),
    "never set": (("fadd_s(fa0, fa1, fa1)", "fmv_x_w(a0, fa0)"), ["unwritten-register"]),
    "a saved one, which is none here": (("fmv_w_x(fs0, a)", "fmv_x_w(a0, fs0)"), []),
    "s0 in a register of F and back": (
        ("fmv_w_x(ft0, s0)", "mv(s0, a)", "mv(a0, s0)", "fmv_x_w(s0, ft0)"), [],
    ),
    "s0 from another one": (
        ("fmv_w_x(ft0, s1)", "mv(s0, a)", "mv(a0, s0)", "fmv_x_w(s0, ft0)"), ["saved-register"],
    ),
    "across a call": (
        ("addi(sp, sp, -16)", "sw(ra, 12(sp))", "fmv_w_x(fs0, a)", "jalr(g)", "lw(ra, 12(sp))",
         "addi(sp, sp, 16)", "fmv_x_w(a0, fs0)"), ["lost-in-call"],
    ),
    "on a way round": (
        ("beqz(a, over)", "fmv_w_x(fa0, a)", "label(over)", "fcvt_w_s(a0, fa0)"),
        ["unwritten-register"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FLOATS)
def test_registers_of_floats_are_followed(name: str) -> None:
    body, expected = FLOATS[name]
    assert codes(function(*body, head="f(a, g)"), isa="rv32imfc") == expected


def test_the_annotation_is_found_behind_any_decorator() -> None:
    text = "@asm_rv32  # by default -> 2\ndef f(a) -> int:\n    li(a1, 3)\n"
    (found,) = lint(image(text))
    assert found.code == "result-unset" and text[found.span.start : found.span.end] == "int"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("f(a)", None),
        ("f(a) -> int", "int"),
        ("f() -> 'int'", "'int'"),
        ("f(a)->uint ", "uint"),
        ("f(\n    a,  # (of -> 1:\n    b,\n) -> uint", "uint"),
        ("f(a,\n  b)", None),
        ("f(a: int) -> int", "int"),
    ],
)
def test_an_annotation_is_found_in_any_head(head: str, said: str | None) -> None:
    text = f"# def g() -> bool: is another\n@asm_rv32\ndef {head}:  # -> object:\n    li(t0, 1)\n"
    found = [each for each in lint(image(text)) if each.code == "result-unset"]
    assert [text[each.span.start : each.span.end] for each in found] == [said][: said is not None]
    for each in found:
        assert each.message == f"the result is said to be {said}, but a0 is never set"


def test_zcmp_saves_and_restores() -> None:
    good = ("cm_push({ra, s0 - s1}, -16)", "mv(s0, a)", "mv(s1, b)", "jalr(s1)",
            "cm_popret({ra, s0 - s1}, 16)")  # fmt: skip
    assert codes(function(*good), isa="rv32im_zcmp") == []
    bad = ("cm_push({ra, s0}, -16)", *good[1:4], "cm_popret({ra, s0}, 16)")
    assert codes(function(*bad), isa="rv32im_zcmp") == ["saved-register"]


def test_a_comment_takes_a_warning_away() -> None:
    assert codes(function("mv(s0, a)  # asm: ignore[saved-register]")) == []
    assert codes(function("mv(s0, a)  # asm: ignore[unreachable, saved-register] why")) == []
    assert codes(function("mv(s0, a)  # asm: ignore[unreachable]")) == ["saved-register"]


def test_places_are_those_of_the_source() -> None:
    found = lint(image("\n" + function("nop()", "mv(s0, a)", "ret()")))[0]
    place = found.as_dict(image("\n" + function("nop()", "mv(s0, a)", "ret()")).source)
    assert (place["line"], place["column"], place["end_column"]) == (5, 5, 14)
    assert "line 6" in found.message


def test_places_come_in_the_order_of_the_source() -> None:
    body = ("sw(a, -4(sp))", "add(a0, a, t3)", "sw(b, -8(sp))", "add(a0, a0, t4)", "mv(s1, b)",
            "mv(s0, a)")  # fmt: skip
    places = [found.span.start for found in lint(image(function(*body)))]
    assert len(places) == 6 and places == sorted(places)


def test_a_message_names_the_place_that_it_is_about() -> None:
    jump = function("la(t0, table)", "jr(t0)", "align(4)", "label(table)", "data(4, 0)")
    (found,) = lint(image(jump))
    assert found.message == "this jumps to the data of line 7"
    store = function("la(t1, target)", "sw(a, 4(t1))", "ret()", "align(4)", "label(target)",
                     "nop()", "nop()", "ret()")  # fmt: skip
    made = image(store, compress=False)
    stores = [each for each in lint(made) if each.code == "missing-fence-i"]
    offset = made.symbols["target"] + 4
    assert f"at offset {offset:#x}, " in stores[0].message


def test_where_there_are_too_many_steps_nothing_is_claimed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = function("mv(s0, a)", "label(again)", "addi(a, a, -1)", "bnez(a, again)", "ret()",
                    "add(a0, t3, a)", "label(spare)")  # fmt: skip
    assert codes(text)
    monkeypatch.setattr(routines, "LEAST", 0)
    monkeypatch.setattr(routines, "STEPS", 1)
    (found,) = lint(image(text))  # that is seen in the text alone
    assert (found.code, found.message) == ("unused-label", "nothing names 'spare'")


def test_a_long_function_takes_time_in_proportion() -> None:
    # Hostile shapes end, and within the bound on steps: many routines, many labels, many slots.
    calls = [line for n in range(300) for line in (f"label(r{n})", f"jal(t0, r{(n * 7 + 1) % 300})",
                                                   "jr(t0)")]  # fmt: skip
    slots = [f"sw(s{n % 12}, {4 * n}(sp))" for n in range(400)]
    ladder = [line for n in range(400) for line in (f"beqz(a, l{n})", f"li(s{n % 12}, {n})",
                                                    f"label(l{n})")]  # fmt: skip
    for body in (calls, ["addi(sp, sp, -2000)", *slots], ladder):
        lint(image(function(*body)))


# ---- correct code: the examples, and a compiler's


def test_the_examples_are_clean() -> None:
    for path in sorted((ROOT / "examples").glob("*.py")):
        for each in assemble(path.read_text(), path=str(path)).functions.values():
            assert lint(each) == (), path


OF_OTHERS = """
other = extern("other")
abort = extern("abort")


@asm_data
def table():
    data(4, f.one, f.two)


@asm_rv32
def f(a, b):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    call(other)
    beqz(a0, fine)
    call(abort)
    label(fine)
    la(t0, other)
    bnez(t0, known)
    li(a0, 1)
    label(known)
    lui(t1, hi(other))
    lh(t2, lo(other)(t1))
    sw(t2, other, t0)
    lw(ra, 12(sp))
    addi(sp, sp, 16)
    la(t1, table)
    andi(t2, t2, 4)
    add(t1, t1, t2)
    lw(t1, 0(t1))
    jr(t1)
    label(one)
    li(a0, 7)
    ret()
    label(two)
    li(a0, 9)


@asm_rv32
def at_the_end(a):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    sw(s0, 8(sp))
    mv(s0, a)
    bnez(a, out)
    call(abort)
    mv(a0, a5)
    label(out)
    call(other)


@asm_rv32
def leaves(a):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    bnez(a, out)
    la(a0, table)
    call(longjmp)
    mv(a0, a5)
    label(out)
    lw(ra, 12(sp))
    addi(sp, sp, 16)


@asm_rv32
def longjmp(a, b):
    lw(ra, 0(a))
    lw(s0, 4(a))
    lw(sp, 8(a))
    mv(a0, b)


@asm_rv32
def ninth(a, b, c, d, e, f, g, h):
    add(a0, a, b)
    add(a0, a0, c)
    add(a0, a0, d)
    add(a0, a0, e)
    add(a0, a0, f)
    add(a0, a0, g)
    add(a0, a0, h)
    lw(a1, 0(sp))
    add(a0, a0, a1)
    sw(a0, 0(sp))


@asm_rv32
def second_of_them(a, b, c, d, e, f, g, h):
    lw(a0, 4(sp))
    add(a0, a0, h)


@asm_rv32
def far_back(a, b):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    sw(s0, 8(sp))
    addi(s0, sp, 16)
    beqz(a, over)
    addi(a, a, -1)
    call(far_back)
    lw(ra, 12(sp))
    lw(s0, 8(sp))
    addi(sp, sp, 16)
    ret()
    label(over)
    lw(s0, 0(b))
    lw(sp, 4(b))
    la(t0, of_all.back)
    jr(t0)


@asm_rv32
def of_all(a):
    addi(sp, sp, -32)
    sw(ra, 28(sp))
    sw(s0, 24(sp))
    addi(s0, sp, 32)
    sw(s0, 0(sp))
    sw(sp, 4(sp))
    mv(a1, sp)
    call(far_back)
    call(abort)
    label(back)
    lw(ra, 28(sp))
    lw(s0, 24(sp))
    addi(sp, sp, 32)
"""


def test_what_another_object_has_is_not_known() -> None:
    """Calls of it come back, but for those that C says never do; its address is any."""
    module = assemble(OF_OTHERS)
    for name, found in lint_all(module).items():
        assert [each for each in found if each.severity == "warning"] == [], name
    for name, each in module.functions.items():
        assert [found for found in lint(each) if found.severity == "warning"] == [], name


LEAVING = (
    "abort exit _Exit quick_exit longjmp thrd_exit "  # C
    "_exit _longjmp siglongjmp pthread_exit "  # POSIX
    "__assert __assert_fail __assert_func __assert_no_args __chk_fail __stack_chk_fail"  # libraries
).split()


@pytest.mark.parametrize("name", [*LEAVING, "atexit", "setjmp", "__assertion"])
def test_a_function_whose_name_says_so_does_not_come_back(name: str) -> None:
    """As what another object has, and where it stands in the program itself."""
    caller = function(*SAVE, "bnez(a, out)", f"call({name})", "mv(a0, t0)", "label(out)", *RESTORE)
    leaves = f"\n@asm_rv32\ndef {name}(a):\n    lw(ra, 0(a))\n    lw(sp, 8(a))\n"
    for text in (f'{name} = extern("{name}")\n{caller}', caller + leaves):
        assert bool(lint(assemble(text).functions["f"])) != (name in LEAVING)


def test_what_is_wrong_around_a_call_of_another_object_is_found() -> None:
    text = 'other = extern("other")\n'
    assert codes(text + function("mv(s0, a)", "call(other)", "mv(a0, s0)")) == [
        "saved-register", "return-address",
    ]  # fmt: skip
    assert codes(text + function(*SAVE, "li(t0, 5)", "call(other)", "mv(a0, t0)", *RESTORE)) == [
        "lost-in-call"
    ]


def test_a_routine_of_which_nothing_is_known_can_be_called() -> None:
    """It calls what a register says, linked by t0: anything may have become of any register."""
    text = function(
        "addi(sp, sp, -16)", "sw(ra, 12(sp))", "jal(part)", "lw(ra, 12(sp))", "addi(sp, sp, 16)",
        "ret()", "label(part)", "addi(sp, sp, -16)", "sw(ra, 12(sp))", "jalr(t0, b, 0)",
        "lw(ra, 12(sp))", "addi(sp, sp, 16)",
    )  # fmt: skip
    assert codes(text) == []


HEAD = "f(a0, a1, a2, a3, a4, a5, a6, a7)"


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("lw(a1, 0(sp))", []),
        ("nop()", ["stack-access"]),
        ("mv(a0, a7)", []),
        ("li(a7, 1)", ["stack-access"]),
    ],
)
def test_a_function_of_eight_parameters_may_read_further_ones(first: str, found: list[str]) -> None:
    assert codes(function(first, "lw(a0, 4(sp))", head=HEAD)) == found


def test_hardly_anything_is_said_of_a_compilers_functions() -> None:
    functions = compiled.libgcc()
    assert len(functions) > 160
    blamed = []
    for name, body in functions.items():
        found = lint(image(function(*body, head=HEAD), compress=False))
        blamed += [name] if found else []
    # gcc reads, on paths that its conditions never let it take, what it has not written.
    assert blamed in ([], ["execute_stack_op"])


@pytest.mark.heavy
@pytest.mark.parametrize("build", ["release/rv32imac", "release/rv32i", "rv32im"])
def test_hardly_anything_is_said_of_a_c_library(
    build: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = set(instruction_set("rv32imac").mnemonics)
    blamed, count = [], 0
    for section in translator.read_sections(toolchain.picolibc(build)):
        for name, body in compiled.functions(section, known):
            count += 1
            blamed += [name] if lint(image(function(*body, head=HEAD), compress=False)) else []
    with capsys.disabled():
        print(f"\n{count} functions of the C library {build}; warned of: {blamed}")
    assert count > 1000
    assert len(blamed) < count * 0.01


# ---- mending


FIXABLE = [
    function("mv(s0, a)", "mul(a0, s0, b)"),
    function('"""Text."""', "mv(s0, a)", "mv(s1, b)", "beqz(a, out)", "add(a0, s0, s1)", "ret()",
             "label(out)", "mul(a0, s0, s1)"),
    function("label(top)", "addi(s2, a, 1)", "addi(a, a, -1)", "bnez(a, top)", "mv(a0, s2)",
             "ret()  # back"),
    function("addi(a0, a, 1)", "jalr(ra)"),
    function("la(t0, table)", "lw(t0, 4(t0))", "add(a0, a, t0)", "ret()", "data(1, 7)",
             "label(table)  # of two", "data(4, 5, 6)"),
    function("addi(sp, sp, -16)", "sw(s0, 0(sp))", "mv(s0, a)", "mv(s1, b)",
             "mul(a0, s0, s1)", "lw(s0, 0(sp))", "addi(sp, sp, 16)"),
    function("N = 16", "beqz(a, zero_)", "addi(sp, sp, -N)", "sw(a, 4(sp))", "mv(s5, b)",
             "lw(t0, 4(sp))", "add(a0, t0, s5)", "addi(sp, sp, N)", "ret()", "label(zero_)",
             "mv(a0, b)"),
    function("x = s3", "for i in range(3):", "    addi(x, a, i)", "mv(a0, x)", "label(spare)"),
]  # fmt: skip


@pytest.mark.parametrize("text", FIXABLE)
def test_what_is_mended_is_clean_and_computes_the_same(text: str) -> None:
    before = image(text)
    assert lint(before)
    mended, done = mend(before.source, lambda source: assemble(source.text))
    after = image(mended.text)
    assert done and lint(after) == ()
    for a, b in ((1, 2), (7, 5), (3, -4)):
        registers = {"s0": 11, "s1": 12, "sp": 0x10_0800, "a0": a, "a1": b}
        one, two = (execute(each.code, **registers) for each in (before, after))
        assert one["a0"] == two["a0"]
        assert (two["s0"], two["s1"], two["sp"]) == (11, 12, 0x10_0800)


@pytest.mark.parametrize(
    "body",
    [
        ("la(t0, table)", "slli(a, a, 2)", "add(t0, t0, a)", "lw(a0, 0(t0))", "ret()",
         "align(4)", "data(2, 1)", "label(table)", "data(4, 5, 6, 7, 8)"),
        ("la(t0, table)", "li(a0, 0)", "label(again)", "lw(t1, 0(t0))", "add(a0, a0, t1)",
         "addi(t0, t0, 4)", "bnez(t1, again)", "ret()", "align(4)", "data(1, 1)", "label(table)",
         "data(4, 5, 6, 7, 0)"),
        ("la(t0, table)", "sh1add(t0, a, t0)", "lhu(a0, 0(t0))", "ret()", "data(1, 1)",
         "label(table)", "data(2, 5, 6, 7, 8)"),
    ],
)  # fmt: skip
def test_data_that_a_computed_address_reaches_is_aligned(body: tuple[str, ...]) -> None:
    before = image(function(*body), isa="rv32imac_zba")
    (found,) = lint(before)
    assert found.code == "misaligned-address" and "label(table)" in found.notes[0]
    mended, done = mend(before.source, lambda source: assemble(source.text, isa="rv32imac_zba"))
    after = image(mended.text, isa="rv32imac_zba")
    assert lint(after) == () and "table" in done[0]
    assert run(after, (2, 0)).result in (7, 18)


def test_what_is_not_aligned_is_said() -> None:
    text = function("la(t0, table)", "slli(a, a, 2)", "add(t0, t0, a)", "lw(a0, 0(t0))", "ret()",
                    "align(4)", "data(2, 1); label(table); data(4, 5, 6, 7, 8)")  # fmt: skip
    mended, done = mend(image(text).source, lambda source: assemble(source.text))
    assert mended.text == text
    (line,) = done
    assert line.endswith("f: not aligned: table; put it on a line of its own, or align it there")


@pytest.mark.parametrize("name", [f"s{number}" for number in range(12)])
def test_each_register_of_the_callers_is_saved(name: str) -> None:
    before = image(function(f"xor({name}, a, b)", f"mv(a0, {name})"))
    mended, _ = mend(before.source, lambda source: assemble(source.text))
    after = image(mended.text)
    assert lint(before) and lint(after) == ()
    assert run(after, (5, 6)).result == 3  # which looks at all that the caller has


def test_what_stores_code_gets_its_fences() -> None:
    """One behind each line that does, as far in as the line."""
    text = function("la(t1, target)", "li(t0, 0x00000013)", "for at in range(2):",
                    "    sw(t0, 4 * at(t1))".replace("4 * at", "(4 * at)"), "sw(t0, 8(t1))",
                    "j(target)", "align(4)", "label(target)", *["nop()"] * 6)  # fmt: skip
    before = image(text, compress=False)
    assert {found.code for found in lint(before)} == {"missing-fence-i"}
    mended, done = mend(before.source, lambda source: assemble(source.text, compress=False))
    (said,) = done
    assert said.endswith("fence_i() after line 6, 7")
    lines = mended.text.splitlines()
    assert lines[6:9] == ["        fence_i()", "    sw(t0, 8(t1))", "    fence_i()"]
    assert lint(image(mended.text, compress=False)) == ()


ACCESSES = {
    "lw": "lw(t1, 0(t0))", "sw": "sw(b, 0(t0))", "lh": "lh(t1, 0(t0))", "lr": "lr_w(t1, (t0))",
    "sc": "sc_w(t1, b, (t0))", "amo": "amoadd_w(t1, b, (t0))",
}  # fmt: skip
FRAME = ("addi(sp, sp, -16)", "sw(a, 0(sp))", "sw(a, 4(sp))")
ADDRESSES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "a word's middle": ((*FRAME, "addi(t0, sp, 2)"),
                        dict.fromkeys(("lw", "sw", "lr", "sc", "amo"), "misaligned-address")),
    "an odd number": (("li(t0, 0x1001)",), dict.fromkeys(ACCESSES, "misaligned-address")),
    "below sp": ((*FRAME, "addi(t0, sp, -4)"), {
        **dict.fromkeys(ACCESSES, "stack-access"),
        **dict.fromkeys(("lw", "lh", "amo"), "stack-access unwritten-stack"),
    }),
    "the caller's frame": ((*FRAME, "addi(t0, sp, 16)"), dict.fromkeys(ACCESSES, "stack-access")),
    "what nothing stored": ((*FRAME, "addi(t0, sp, 8)"),
                            dict.fromkeys(("lw", "lh", "amo"), "unwritten-stack")),
    "what was stored": ((*FRAME, "addi(t0, sp, 4)"), {}),
    "code": (("la(t0, inner)", "jal(inner)"),
             dict.fromkeys(("sw", "sc", "amo"), "missing-fence-i")),
    "a pointer": (("mv(t0, a)",), {}),
}  # fmt: skip
"""What an access is to, and what is said of each that is to blame."""


@pytest.mark.parametrize("access", ACCESSES)
@pytest.mark.parametrize("name", ADDRESSES)
def test_each_sort_of_access_is_judged_by_its_address(name: str, access: str) -> None:
    ahead, said = ADDRESSES[name]
    behind = ("addi(sp, sp, 16)",) if ahead[0] == FRAME[0] else ()
    if name == "code":
        ahead, behind = ("mv(t6, ra)", *ahead), ("mv(ra, t6)",)
    used = "mv(a0, t1)" if access != "sw" else "nop()"
    body = (*ahead, ACCESSES[access], *behind, used, "ret()", "align(4)", "label(inner)", "ret()")
    found = {*codes(function(*body))} - {"unreachable", "unused-label"}
    assert found == {*said.get(access, "").split()}


@pytest.mark.parametrize("last", ["ecall()", "ebreak()", "wfi()", "nop()", "fence()"])
def test_what_may_not_come_back_may_stand_ahead_of_data(last: str) -> None:
    found = codes(function("beqz(a, out)", last, "data(4, 1)", "label(out)", "ret()"))
    assert ("falls-into-data" in found) == (last in ("nop()", "fence()"))


@pytest.mark.parametrize("frame", [(), ("addi(sp, sp, -16)", "addi(sp, sp, 16)")])
@pytest.mark.parametrize(("count", "size"), [(1, 16), (4, 16), (5, 32), (8, 32)])
def test_a_frame_grows_by_what_is_saved_in_steps_of_16(
    frame: tuple[str, ...], count: int, size: int
) -> None:
    before = image(function(*frame[:1], *(f"mv(s{n}, a)" for n in range(count)), *frame[1:]))
    mended, _ = mend(before.source, lambda source: assemble(source.text))
    whole = size + 16 * bool(frame)
    assert re.findall(r"addi\(sp, sp, (-?\d+)\)", mended.text) == [f"{-whole}", f"{whole}"]


@pytest.mark.parametrize(
    ("body", "computed"),
    [
        (("jal(twice)", "addi(a0, a0, 1)", "ret()", "label(twice)", "slli(a0, a, 1)", "ret()"),
         lambda a, b: 2 * a + 1),
        (("mv(s0, b)", "beqz(a, out)", "jal(part)", "jal(part)", "label(out)", "add(a0, a, s0)",
          "ret()", "label(part)", "mv(s1, a)", "add(a0, a, s1)", "jr(ra)"),
         lambda a, b: 4 * a + b),
    ],
)  # fmt: skip
def test_a_function_that_calls_its_own_routines_gets_its_way_back(
    body: tuple[str, ...], computed: Callable[[int, int], int]
) -> None:
    before = image(function(*body))
    assert "return-address" in {found.code for found in lint(before)}
    mended, _ = mend(before.source, lambda source: assemble(source.text))
    after = image(mended.text)
    assert lint(after) == ()
    for a, b in ((0, 3), (5, 7)):
        assert run(after, (a, b)).result == computed(a, b)  # and every register is as it was


def test_a_return_beside_its_place_is_one() -> None:
    text = function("addi(a0, a, 1)", "jr(ra, 4)  # back")
    mended, _ = mend(image(text).source, lambda source: assemble(source.text))
    assert mended.text == function("addi(a0, a, 1)", "ret()  # back")


@pytest.mark.parametrize(
    "body",
    [
        ("mv(s0, a)", "jr(b)"),  # it may end elsewhere
        ("addi(sp, sp, -16)", "mv(t0, sp)", "mv(s0, a)", "addi(sp, sp, 16)"),  # sp gets about
        ("addi(sp, sp, -16)", "mv(s0, a)", "addi(sp, sp, 8); addi(sp, sp, 8)"),  # in two steps
        ("addi(sp, sp, -16)", "lw(s0, 16(sp))", "addi(sp, sp, 16)"),  # its caller's frame
        ("jal(part)", "label(part)", "addi(a0, a, 1)", "ret()"),  # into a routine
        ("mv(t2, ra)", "mv(s0, a)", "jal(part)", "jr(t2)", "label(part)", "ret()"),  # its own way
        ("auipc(s0, 0)",),  # it counts bytes
        ("mv(s0, a); ret()",),  # no line of its own
        DEFECTS["beside an aligned label"][1],
    ],
)
def test_what_is_not_safe_to_mend_is_left(body: tuple[str, ...]) -> None:
    text = function(*body)
    before = image(text)
    mended, done = mend(before.source, lambda source: assemble(source.text))
    assert mended.text == text and done == []


# ---- size


def test_a_renaming_saves_what_it_says_and_computes_the_same() -> None:
    tried = 0
    for path in ("copy_memory", "reverse_bits", "checksums", "multiply"):
        text = (ROOT / "examples" / f"{path}.py").read_text()
        for each in assemble(text).functions.values():
            flow = control_flow(each)
            found = webs(flow)
            for index, node in enumerate(flow.nodes):
                renaming = rename(flow, found, index) if node.size == 4 else None
                if renaming is None:
                    continue
                tried += 1
                assert not renaming.web.fixed
                assert not renaming.web.busy >> renaming.register & 1
                assert renaming.saves > 0 and renaming.saves % 2 == 0
    assert tried > 10


CALLED = ("label(inner)", "add(a0, a0, t1)", "mv(t2, a1)", "mv(t1, a0)", "ret()",
          "label(other)", "addi(t0, a0, 9)", "xor(a0, t0, a1)", "ret()")  # fmt: skip
"""A routine of the function itself, which may read and write anything, and one as of others: it
takes arguments."""


@pytest.mark.parametrize("seed", range(6))
def test_any_register_that_is_free_may_stand_in(seed: int) -> None:
    choice = random.Random(seed)
    names = ["t0", "t1", "t2", "a0", "a1", "a2"]
    tried = 0
    for _ in range(12):
        body = [f"li({name}, {choice.getrandbits(31)})" for name in names[:3]]
        for at in range(14):
            one, two, three = (choice.choice(names) for _ in range(3))
            body.append(
                choice.choice(
                    (
                        f"add({one}, {two}, {three})",
                        f"addi({one}, {one}, {at})",
                        f"sub({one}, {two}, {three})",
                        f"xori({one}, {two}, {at})",
                    )
                )
            )
            if choice.random() < 0.3:
                body += [f"beq({one}, {two}, l{at})", f"mv({three}, {one})", f"label(l{at})"]
            elif choice.random() < 0.15 * (seed % 3):
                anew = [f"li({name}, {at + 5})" for name in ("t0", "t1", "t2", "a2")]
                body += choice.choice(
                    (["jal(inner)"], ["la(t3, other)", "nop()", "jalr(t3)", *anew])
                )
        text = function("mv(s5, ra)", *body, "mv(ra, s5)", "ret()", *CALLED, head="f(a0, a1, a2)")
        whole = image(text, compress=False)
        flow = control_flow(whole)
        found = webs(flow)
        values = {name: choice.getrandbits(32) for name in names}
        expected = execute(whole.code, **values)
        for root, web in found.webs.items():
            if web.fixed:
                continue
            for register in FREE:
                if web.busy >> register & 1 or register == web.register:
                    continue
                tried += 1
                code = bytearray(whole.code)
                for number in web.nodes:
                    row, renamed = renamed_instruction(flow, found, root, register, number)
                    at = flow.nodes[number].address
                    code[at : at + 4] = row.encode(renamed).to_bytes(4, "little")
                after = execute(bytes(code), **values)
                assert (after["a0"], after["a1"]) == (expected["a0"], expected["a1"])
                break
    assert tried > 20


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("addi(a0, a0, 40)", "c_addi takes -32..31, not 0, got 40; 31 would save 2 bytes"),
        ("addi(a0, a0, -33)", "c_addi takes -32..31, not 0, got -33; -32 would save 2 bytes"),
        ("lw(a2, 128(a0))", "c_lw takes 0..124 by 4, got 128; 124 would save 2 bytes"),
        ("lw(a2, 6(a0))", "c_lw takes 0..124 by 4, got 6; 4 would save 2 bytes"),
        ("lw(a2, 256(sp))", "c_lwsp takes 0..252 by 4, got 256; 252 would save 2 bytes"),
        ("addi(sp, sp, 600)", "c_addi16sp takes -512..496 by 16, not 0, got 600; 496 would save"),
        ("addi(a0, sp, 2000)", "c_addi4spn takes 4..1020 by 4, got 2000; 1020 would save"),
        ("addi(a0, zero, 100)", "c_li takes -32..31, got 100; 31 would save 2 bytes"),
        ("lui(a0, 0x12345)", "would save 2 bytes"),
        ("andi(t0, t0, 63)", "s0 s1 a0..a5"),
        ("xori(a0, a0, 1)", "has no compressed form"),
    ],
)
def test_what_stands_against_the_short_form(statement: str, said: str) -> None:
    line, *_ = report(image(function(statement, "ret()")))
    assert said in line


REASONS: dict[tuple[str, tuple[int, ...]], str] = {
    ("jal", (0, 4000)): "c_j takes a target -2048..2046 by 2 away, got +4000",
    ("jal", (0, 20)): "assembled as written, without compression",
    ("jal", (5, 20)): "c_j takes zero as rd",
    ("jal", (1, 2048)): "c_jal takes a target -2048..2046 by 2 away, got +2048",
    ("beq", (5, 0, 20)): "c_beqz takes s0 s1 a0..a5 as rs1",
    ("beq", (8, 9, 20)): "c_beqz takes zero as rs2",
    ("beq", (5, 6, 300)): "c_beqz takes zero as rs2 and s0 s1 a0..a5 as rs1 and a target -256..254 "
    "by 2 away, got +300",
    ("bne", (8, 0, -258)): "c_bnez takes a target -256..254 by 2 away, got -258",
    ("add", (10, 11, 12)): "c_add takes one register as rd and rs1",
    ("add", (10, 10, 0)): "assembled as written, without compression",
    ("add", (0, 10, 11)): "c_add takes one register as rd and rs1 and any register but zero as rd",
    ("sub", (5, 5, 12)): "c_sub takes s0 s1 a0..a5 as rd",
    ("and", (8, 8, 5)): "c_and takes s0 s1 a0..a5 as rs2",
    ("jalr", (1, 5, 4)): "c_jalr takes 0 as imm12",
    ("jalr", (2, 5, 0)): "c_jr takes zero as rd",
    ("lw", (10, 130, 11)): "c_lw takes 0..124 by 4, got 130; 124 would save 2 bytes",
    ("lw", (5, 4, 11)): "c_lw takes s0 s1 a0..a5 as rd",
    ("lw", (5, 2, 2)): "c_lwsp takes 0..252 by 4, got 2; 0 would save 2 bytes",
    ("sw", (5, -1, 11)): "c_sw takes s0 s1 a0..a5 as rs2 and 0..124 by 4, got -1",
    ("lui", (2, 4)): "c_lui takes ra gp tp..t2 s0 s1 a0..a7 s2..s11 t3..t6 as rd",
    ("lui", (10, 40)): "c_lui takes -32..31 or 0xfffe0..0xfffff, not 0, got 40; 31 would save 2 "
    "bytes",
    ("mul", (1, 2, 3)): "has no compressed form",
    ("addi", (10, 2, 1021)): "c_addi4spn takes 4..1020 by 4, got 1021; 1020 would save 2 bytes",
    ("addi", (2, 2, 520)): "c_addi16sp takes -512..496 by 16, not 0, got 520; 496 would save 2 "
    "bytes",
}


@pytest.mark.parametrize(("name", "values"), REASONS)
def test_what_is_nearest_is_told_whole(name: str, values: tuple[int, ...]) -> None:
    row = instruction_set("rv32imc").row(name)
    assert reason(Instruction(row, values)) == REASONS[name, values]


def test_where_nothing_is_to_be_saved_it_is_said() -> None:
    *_, last = report(image(function("xori(a0, a0, 1)", "ret()")))
    assert last.endswith("1 of 2 instructions have four; the best single change saves 0 bytes")


def test_what_an_instruction_reads_without_naming_it_stays_where_it_is() -> None:
    body = ("li(a0, 5)", "li(a1, 7)", "cm_mvsa01(s0, s1)", "add(a0, s0, s1)")
    found = webs(control_flow(image(function(*body), isa="rv32imac_zcmp")))
    values = [web for web in found.webs.values() if web.register in (10, 11)]
    assert len(values) > 2 and all(web.fixed for web in values)


def test_the_immediate_that_is_named_does_save() -> None:
    for statement in ("addi(a0, a0, {})", "lw(a2, {}(a0))", "sw(a2, {}(sp))", "andi(a0, a0, {})",
                      "addi(sp, sp, {})", "addi(a0, zero, {})"):  # fmt: skip
        for value in (-2048, -700, -33, 33, 66, 130, 257, 1030, 2044):
            line, *_ = report(image(function(statement.format(value), "ret()")))
            if instead := re.search(r"; (-?\d+) would save 2 bytes", line):
                made = image(function(statement.format(instead[1]), "ret()"))
                assert made.entries[0].size == 2, line


def test_every_register_that_a_function_may_spoil_is_proposed() -> None:
    assert sorted(FREE) == [*bits(CLOBBERED & INTEGERS & ~registers(RA))]


def test_a_register_that_is_needed_is_not_proposed() -> None:
    body = ("lw(t0, 0(a))", "lw(a2, 4(a))", "lw(a3, 8(a))", "lw(a4, 12(a))", "lw(a5, 16(a))",
            "add(t0, t0, b)", "add(t0, t0, a2)", "add(t0, t0, a3)", "add(t0, t0, a4)",
            "add(t0, t0, a5)", "add(a0, a, t0)")  # fmt: skip
    flow = control_flow(image(function(*body)))
    assert rename(flow, webs(flow), 0) is None
    flow = control_flow(image(function(*body).replace("a5", "t5")))
    renaming = rename(flow, webs(flow), 0)
    assert renaming is not None and (renaming.register, renaming.saves) == (15, 2)


# ---- the command


def lint_command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "asm_rv32", "lint", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_status_and_streams(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(function("add(a0, a, b)"))
    (tmp_path / "bad.py").write_text(function("mv(s0, a)") + "raise SystemExit('executed')\n")
    (tmp_path / "broken.py").write_text(function("mv(s0)"))
    good = lint_command("good.py", folder=tmp_path)
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    both = lint_command("good.py", "bad.py", "broken.py", folder=tmp_path)
    assert both.returncode == 1
    assert "warning[saved-register]" in both.stderr and "error[operand-count]" in both.stderr
    found = json.loads(lint_command("bad.py", "--error-format=json", folder=tmp_path).stderr)
    assert (found["code"], found["line"]) == ("saved-register", 3)
    assert lint_command("good.py", "--core", "z80", folder=tmp_path).returncode == 2
    assert lint_command("-", "--fix", folder=tmp_path).returncode == 2
    ignoring = lint_command("bad.py", "--ignore", "hint,saved-register", folder=tmp_path)
    assert (ignoring.returncode, ignoring.stderr) == (0, "")
    assert lint_command("bad.py", "--ignore", "hint", folder=tmp_path).returncode == 1
    wrong = lint_command("bad.py", "--ignore", "save-register", folder=tmp_path)
    assert wrong.returncode == 2 and "did you mean 'saved-register'" in wrong.stderr


def test_fix_changes_the_file(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(function("mv(s0, a)", "mul(a0, s0, b)"))
    done = lint_command("bad.py", "--fix", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "sw(s0, 0(sp))" in (tmp_path / "bad.py").read_text()


def test_fix_leaves_the_rest_of_the_file_as_it_is(tmp_path: Path) -> None:
    """The byte order mark, every line's own end, also none at the file's end, and comments."""
    path = tmp_path / "bad.py"
    lines = ["# first\r\n", "text = 'of two ends'\n", "@asm_rv32\r\n", "def f(a, b):\r\n"]
    body = ["    label(unused)  # here it begins\r\n", "    mv(s0, a)\r\n", "    jr(ra)  # so far"]
    path.write_bytes("".join(["\ufeff", *lines, *body]).encode())
    done = lint_command("bad.py", "--fix", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done
    expected = [
        *lines, "    addi(sp, sp, -16)\r\n", "    sw(s0, 0(sp))\r\n", "    # here it begins\r\n",
        body[1], "    lw(s0, 0(sp))\r\n", "    addi(sp, sp, 16)\r\n", body[2],
    ]  # fmt: skip
    assert path.read_bytes().decode() == "".join(["\ufeff", *expected])
    assert lint_command("bad.py", folder=tmp_path).returncode == 0


def test_fix_does_not_overwrite_what_has_changed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.py"
    path.write_text(function("mv(s0, a)", "mul(a0, s0, b)"))
    mended = fix.mend

    def meanwhile(*given: Any) -> Any:
        path.write_text("# an editor's\n")
        return mended(*given)

    monkeypatch.setattr(fix, "mend", meanwhile)
    assert main(["lint", "--fix", str(path)]) == 1
    out, err = capsys.readouterr()
    assert not out and "has changed since it was read" in err
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [
        ("bad.py", "# an editor's\n")
    ]


def test_diagnostics_are_values() -> None:
    found = lint(image(function("mv(s0, a)")))
    assert all(isinstance(each, Diagnostic) for each in found)


def test_compile_warns_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(function("mv(s0, a)"))
    done = subprocess.run(
        [sys.executable, "-m", "asm_rv32", "compile", "bad.py", "-o", "bad.bin"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "warning[saved-register]" in done.stderr
    assert (tmp_path / "bad.bin").exists()


MANY = "".join(
    f"@asm_rv32\ndef f{number}(a):\n    li(s1, {number})\n    label(spare)\n    add(a0, a, s1)\n"
    for number in range(12)
)


def test_many_functions_are_mended_with_as_few_assemblies_as_one() -> None:
    counts = []
    for text in (MANY.partition("@asm_rv32\ndef f1(")[0], MANY):
        count = 0

        def assembled(source: Source) -> Module:
            nonlocal count
            count += 1
            return assemble(source.text)

        _, done = mend(Source("many.py", text), assembled)
        assert len(done) == 2 * text.count("def")
        assert [line.split(": ")[1] for line in done[::2]] == re.findall(r"def (\w+)", text)
        counts.append(count)
    assert counts[0] == counts[1] == 3


def test_a_function_that_cannot_be_mended_keeps_no_other_from_it() -> None:
    """One whose change does not assemble, and one whose change makes it no better."""

    def assembled(source: Source) -> Module:
        refused = re.search(r"def f3\(a\):\n    (addi\(sp)", source.text)
        if refused:
            found = Diagnostic("syntax", "refused", Span(*refused.span(1)))
            raise AssemblyError([found], source)
        kept = re.sub(
            r"(def f5\(a\):\n)    addi\(sp, sp, -16\)", r"\1    li(s2, 1)         ", source.text
        )
        return assemble(kept)

    mended, done = mend(Source("many.py", MANY), assembled)
    assert {line.split(": ")[1] for line in done if "saved" in line} == {
        f"f{number}" for number in range(12) if number not in (3, 5)
    }
    assert "spare" not in mended.text
    assert mended.text.count("sw(s1, 0(sp))") == 10


def test_a_change_that_loses_a_function_is_not_made() -> None:
    def assembled(source: Source) -> Module:
        is_changed = "sw(s1" in source.text
        return assemble(source.text.replace("def f0(", "def g0(") if is_changed else source.text)

    mended, _ = mend(Source("many.py", MANY), assembled)
    assert "sw(s1" not in mended.text

"""Interrupt handlers: what they end in, what they have to keep, and how they are called."""

# The bodies are assembler, in which names are registers and mnemonics.
# ruff: noqa: F821

from __future__ import annotations

import pytest

from asm_rv32 import AssemblyError, ExecutionError, asm_rv32, assemble
from asm_rv32.analysis.lint import lint
from asm_rv32.boards import board_names, load_board
from asm_rv32.formats.board.file import write
from asm_rv32.isa.image import Image

ALL = "ra t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s11 t3 t6 gp tp".split()


def handler(*statements: str, head: str = "interrupt=True") -> Image:
    body = "".join(f"    {statement}\n" for statement in statements)
    return assemble(f"@asm_rv32({head})\ndef f():\n{body}").functions["f"]


def codes(image: Image) -> list[str]:
    return [each.code for each in lint(image)]


@pytest.mark.parametrize("register", ALL)
def test_every_register_that_it_changes_is_to_be_saved(register: str) -> None:
    assert codes(handler(f"li({register}, 5)")) == ["interrupted-register"]
    saved = handler("addi(sp, sp, -16)", f"sw({register}, 8(sp))", f"li({register}, 5)",
                    f"lw({register}, 8(sp))", "addi(sp, sp, 16)")  # fmt: skip
    assert codes(saved) == []


@pytest.mark.parametrize("register", ["ft0", "fs0", "fa7", "ft11"])
def test_so_is_every_register_of_floats(register: str) -> None:
    head = 'interrupt=True, isa="rv32imfc"'
    [found] = lint(handler(f"fmv_w_x({register}, zero)", head=head))
    assert found.code == "interrupted-register" and f"fsw({register}, 0(sp))" in found.notes[0]
    saved = handler("addi(sp, sp, -16)", f"fsw({register}, 8(sp))", f"fmv_w_x({register}, zero)",
                    f"flw({register}, 8(sp))", "addi(sp, sp, 16)", head=head)  # fmt: skip
    assert codes(saved) == []


def test_it_ends_in_mret_where_control_reaches_the_end() -> None:
    assert handler("nop()").code[-4:] == bytes.fromhex("73002030")
    assert handler("nop()", "mret()").code == handler("nop()").code
    assert len(handler("label(again)", "wfi()", "j(again)").code) == 6
    assert codes(handler("addi(sp, sp, -16)")) == ["stack-pointer"]
    assert codes(handler("ret()")) == ["handler-returns"]


@pytest.mark.parametrize("board", [name for name in board_names() if load_board(name).stacked])
def test_what_the_hardware_stacks_is_known(board: str) -> None:
    stacked = load_board(board).stacked
    assert len(stacked) == (10 if load_board(board).isa.startswith("rv32e") else 16)
    for register in ALL if board != "ch32v003" else [r for r in ALL if r in stacked + ("s0",)]:
        head = f'interrupt="stacked", board="{board}"'
        expected = [] if register in stacked else ["interrupted-register"]
        assert codes(handler(f"li({register}, 5)", head=head)) == expected
        # Whether it is switched on is not known: by itself it is only told of.
        [found] = lint(handler(f"li({register}, 5)", head=f'interrupt=True, board="{board}"'))
        assert ("INTSYSCR" in found.notes[-1]) == (register in stacked)


@pytest.mark.parametrize(("head", "parameters", "message"), [
    ('interrupt="stacked"', "", "needs a board"),
    ('interrupt="stacked", board="rp2350"', "", "the RP2350 stacks no registers by itself"),
    ('interrupt="fast"', "", "takes True or \"stacked\", got 'fast'"),
    ("interrupt=True", "a", "has no parameters"),
    ('interrupt=True, dialect="micropython"', "", "only the dialect asm_rv32"),
])  # fmt: skip
def test_what_can_be_none(head: str, parameters: str, message: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble(f"@asm_rv32({head})\ndef f({parameters}):\n    nop()\n")
    [found] = caught.value.diagnostics
    assert found.code == "interrupt" and message in found.message
    assert handler("ret()", head="interrupt=False").handler == ""


def test_it_can_be_called_and_is_held_to_what_lint_says() -> None:
    counter = bytearray(4)

    @asm_rv32(interrupt=True)
    def counts() -> None:
        addi(sp, sp, -16)
        sw(t0, 0(sp))
        sw(t1, 4(sp))
        la(t0, counter)
        lw(t1, 0(t0))
        addi(t1, t1, 1)
        sw(t1, 0(t0))
        lw(t0, 0(sp))
        lw(t1, 4(sp))
        addi(sp, sp, 16)

    assert counts() is None and counts() is None
    assert counter == bytearray([2, 0, 0, 0])

    @asm_rv32(interrupt=True)
    def forgets() -> None:
        li(a5, 1)

    @asm_rv32(interrupt=True, isa="rv32imfc")
    def forgets_a_float() -> None:
        fmv_w_x(fa5, zero)

    @asm_rv32(interrupt=True)
    def returns() -> None:
        ret()

    with pytest.raises(ExecutionError) as caught:
        forgets()
    assert caught.value.code == "interrupted-register" and "a5 belongs to" in str(caught.value)
    with pytest.raises(ExecutionError) as caught:
        forgets_a_float()
    assert caught.value.code == "interrupted-register" and "fa5 belongs to" in str(caught.value)
    with pytest.raises(ExecutionError) as caught:
        returns()
    assert caught.value.code == "wild-jump"


def test_python_on_a_board_does_not_get_to_see_it() -> None:
    source = (
        "@asm_rv32(interrupt=True)\ndef h():\n    nop()\n"
        "@asm_rv32\ndef f(a):\n    la(t0, h)\n    add(a0, t0, a)\n"
    )
    from asm_rv32.formats.board.bytecode import functions
    from asm_rv32.formats.board.mpy import read

    assert [each.name for each in functions(read(write(assemble(source), whole=True)))] == ["f"]

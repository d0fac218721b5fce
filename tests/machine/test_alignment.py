"""The proof that all is aligned: never wrong, and found where it should be."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from unicorn import unicorn_const as unicorn

from asm_rv32.analysis.alignment import entry_state, every_access_is_aligned, known
from asm_rv32.analysis.flow import control_flow
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.isa.image import Image
from asm_rv32.machine.emulator import prepare, run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.memory import CODE
from asm_rv32.machine.settings import Settings

from . import gnu
from .choice import preferred

SPACE = 4096


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[str]:
    """What is tested here is about unicorn."""
    yield from preferred("unicorn")


def is_shown(image: Image) -> bool:
    """Whether it is shown for arguments that all point to multiples of 4."""
    start = entry_state({number: known(0) for number in image.registers})
    return every_access_is_aligned(control_flow(image), start, CODE)


@pytest.mark.parametrize(
    "text",
    [
        "1: lw a1,0(a0)\naddi a0,a0,4\nbnez a1,1b\nret",
        "addi a0,a0,2\nlh a1,0(a0)\naddi a0,a0,2\nlw a1,0(a0)\nret",
        "lw t0,0(a0)\nslli t0,t0,2\nadd a0,a0,t0\nlw a0,0(a0)\nret",
        "lw t0,0(a0)\nslli t0,t0,1\nadd a0,a0,t0\nlhu a0,6(a0)\nret",
        "lw t0,0(a0)\nandi t0,t0,-4\nlw a0,0(t0)\nret",
        "addi sp,sp,-16\nsw ra,12(sp)\njal 1f\nlw ra,12(sp)\naddi sp,sp,16\nret\n"
        "1: lw t0,0(a0)\nret",
        "1: auipc t0,0\nlw a0,4(t0)\nret",
        "lb a1,1(a0)\nsb a1,3(a0)\nret",
        "mul t0,a0,a1\nlw t0,0(t0)\nret",
        "mv t5,ra\njal 1f\nlw a1,0(a0)\njr t5\n1: lw t0,4(a0)\nret",
        "jal t0,1f\nlw a1,0(a0)\nret\n1: lw t1,4(a0)\njr t0",
    ],
)
def test_it_is_shown(text: str) -> None:
    assert is_shown(gnu.image(text, ["a", "b"], isa="rv32imc"))


@pytest.mark.parametrize(
    "text",
    [
        "lw a1,2(a0)\nret",
        "lw t0,0(a0)\nlw t0,0(t0)\nret",
        "1: lw a1,0(a0)\naddi a0,a0,2\nbnez a1,1b\nret",
        "lw t0,0(a0)\nslli t0,t0,1\nadd a0,a0,t0\nlw a0,0(a0)\nret",
        "beqz a1,1f\naddi a0,a0,1\n1: lh a0,0(a0)\nret",
        "jal 1f\nlw t1,0(t0)\nret\n1: li t0,1\nret",
        "lw t0,0(a0)\njr t0",
        "lw ra,0(a0)\naddi ra,ra,4\nret",
        "lbu ra,0(a0)\nret",
        "jal t0,1f\nlw a1,0(a0)\nret\n1: jr 4(t0)",
        "jal t0,1f\nlw a1,0(a0)\nret\n1: andi t0,t0,-4\njr t0",
        "jal t0,1f\nlw a1,0(a0)\nret\n1: beqz a1,2f\nmv t0,a0\n2: jr t0",
        "mret\nlw a1,0(a0)",
        "fence.i\nret",
    ],
)
def test_it_is_not_shown(text: str) -> None:
    assert not is_shown(gnu.image(text, ["a", "b"], isa="rv32imc"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("back", ["addi ra,ra,4", "addi t0,ra,4\nsw t0,-4(sp)\nlw ra,-4(sp)"])
def test_a_return_that_goes_further_on_is_not_taken_for_one(back: str, engine: str) -> None:
    called = "add a0,a0,a1\nbeqz a1,2f\njal 1f\nandi a0,a0,-4\nlw a0,0(a0)\nj 2f\n"
    text = f"mv t6,ra\n{called}1: {back}\nret\n2: mv ra,t6\nret"
    image = gnu.image(text, ["a", "b"], isa="rv32im")
    with pytest.raises(ExecutionError) as caught:
        run(image, (bytearray(8), 1), Settings(engine=engine, sanitize=False))
    assert caught.value.code == "misaligned-access"


EXTENDED = "rv32imac_zba_zbb_zbs_zicond_zcb_zcmp"


def extended(text: str) -> Image:
    lines = "".join(f"    {line}\n" for line in text.split("; "))
    source = f"@asm_rv32\ndef f(a0, a1):\n{lines}"
    return assemble(source, isa=EXTENDED).functions["f"]


@pytest.mark.parametrize(
    "text",
    [
        "sh2add(a0, a1, a0); lw(a0, 0(a0))",
        "sh1add(a0, a1, a0); lh(a0, 0(a0))",
        "li(a2, -4); and_(a1, a1, a2); lw(a0, 0(a1))",
        "li(a2, 3); andn(a1, a0, a2); lw(a0, 0(a1))",
        "czero_nez(a0, a0, a1); lw(a0, 0(a0))",
        "min(a0, a0, a1); lw(a0, 0(a0))",
        "li(a2, 4); lhu(a1, 0(a0)); mul(a1, a1, a2); lw(a0, 0(a1))",
        "clz(a1, a1); sext_b(a0, a0); lw(a0, 0(a0))",
        "cm_push({ra, s0}, -16); mv(s0, a0); lw(a0, 0(s0)); cm_popret({ra, s0}, 16)",
        "amoadd_w(a1, a1, (a0))",
        "addi(a0, a0, 2); addi(a1, a1, 2); xor(a1, a1, a0); lw(a0, 0(a1))",
        "c_lbu(a1, 1(a0)); c_lhu(a1, 2(a0))",
    ],
)
def test_it_is_shown_with_extensions(text: str) -> None:
    assert is_shown(extended(text))


@pytest.mark.parametrize(
    "text",
    [
        "xor(a1, a0, a0); addi(a1, a1, 1); lw(a0, 0(a1))",
        "addi(a0, a0, 2); addi(a1, a1, 2); xor(a1, a1, a0); lw(a0, 2(a1))",
        "add(zero, a0, a0); lw(a1, 2(zero))",
        "cm_mva01s(s0, s1); lw(a0, 0(a0))",
        "li(a2, 2); or_(a1, a0, a2); lw(a0, 0(a1))",
        "li(a2, 1); andn(a1, a2, a0); lw(a0, 0(a1))",
        "clz(a1, a1); lw(a0, 0(a1))",
        "lbu(a2, 0(a0)); min(a0, a0, a2); lw(a0, 0(a0))",
        "lbu(a1, 0(a0)); sh1add(a0, a1, a0); lw(a0, 0(a0))",
        "cm_push({ra, s0}, -16); addi(sp, sp, 2); cm_popret({ra, s0}, 16)",
        "jal(routine); lw(a0, 2(a0)); ret(); label(routine); cm_push({ra, s0}, -16); "
        "cm_popret({ra, s0}, 16)",
        "addi(a0, a0, 2); amoadd_w(a1, a1, (a0))",
        "addi(a0, a0, 2); lr_w(a1, (a0))",
        "la(t0, there); addi(ra, t0, 4); ret(); label(there); nop(); lw(a0, 2(a0))",
        "c_lbu(a1, 1(a0)); c_lhu(a1, 0(a1))",
        "la(t0, there); addi(t0, t0, -8); beqz(a1, jump); auipc(t0, 0); label(jump); "
        "jalr(zero, 8(t0)); ret(); label(there); lw(a0, 2(a0))",
    ],
)
def test_it_is_not_shown_with_extensions(text: str) -> None:
    assert not is_shown(extended(text))


def test_what_is_not_shown_is_watched_in_turn_with_what_is() -> None:
    image = gnu.image("lw a0,0(a0)\nret", ["a"], isa="rv32imc")
    data = bytearray(range(8))
    settings = Settings()
    for _ in range(2):
        assert run(image, (data,), settings).word == 0x03020100
        assert run(image, (memoryview(data)[4:],), settings).word == 0x07060504
        with pytest.raises(ExecutionError, match="misaligned"):
            run(gnu.image("lw a0,2(a0)\nret", ["a"], isa="rv32imc"), (data,), settings)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("line", "size"),
    [("amoadd_w(a2, a4, 0(a0))", 4), ("amocas_w(a2, a4, 0(a0))", 4), ("amocas_h(a2, a4, 0(a0))", 2),
     ("amocas_d(a2, a4, 0(a0))", 8)],
)  # fmt: skip
def test_atomics_are_aligned_whatever_is_let_pass(line: str, size: int, engine: str) -> None:
    """Those that unicorn executes, and those that are executed for it."""
    source = f"""
@asm_rv32(isa="rv32imac_zabha_zacas")
def f(a, b):
    add(a0, a0, a1)
    li(a2, 0)
    li(a3, 0)
    li(a4, 0)
    li(a5, 0)
    {line}
"""
    image = assemble(source).functions["f"]
    settings = Settings(engine=engine, misaligned=True)
    for offset in range(0, 16, size // 2):
        if offset % size == 0:
            run(image, (bytearray(32), offset), settings)
            continue
        with pytest.raises(ExecutionError, match=f"store of {size} bytes .* multiple of {size}"):
            run(image, (bytearray(32), offset), settings)


NAMES = ("addi", "add", "sub", "slli", "andi", "and", "or", "xor", "mul", "lui", "load", "store")


REGISTERS = ("a0", "a1", "t0", "t1", "t2")
RETURNS = (
    ("jal routine", "ret"), ("jal routine", "mv t3,ra", "jr t3"), ("jal t3,routine", "jr t3"),
    ("jal routine", "sw ra,0(a7)", "lw ra,0(a7)", "ret"), ("jal routine", "jr 4(ra)"),
    ("jal routine", "addi ra,ra,8", "ret"), ("jal t3,routine", "addi t3,t3,4", "jr t3"),
    ("jal routine", "addi t3,ra,4", "sw t3,0(a7)", "lw ra,0(a7)", "ret"),
)  # fmt: skip
"""How a routine is called, and how it goes back: behind the call, or further on."""


def random_program(choose: random.Random) -> str:
    """Residues made in every way, joined by branches and loops, then used as addresses."""
    lines = [f"li t6,{choose.randrange(2, 6)}", "again:"]
    lines += [f"mv {name},a0" for name in REGISTERS[1:]]
    lines += random_lines(choose, choose.randrange(3, 14))
    return "\n".join([*lines, "addi t6,t6,-1", "bnez t6,again", "ret"])


def random_routine(choose: random.Random) -> str:
    """The same, with calls of a routine in between."""
    call, *back = choose.choice(RETURNS)
    lines = ["mv t5,ra", *(f"mv {name},a0" for name in REGISTERS[1:])]
    for part in range(choose.randrange(1, 4)):
        lines += [*random_lines(choose, choose.randrange(3), f"{part}_"), call]
    lines += [*random_lines(choose, 3, "end_"), "jr t5", "routine:"]
    return "\n".join([*lines, *random_lines(choose, choose.randrange(3), "in_"), *back])


def random_lines(choose: random.Random, count: int, prefix: str = "") -> list[str]:
    lines: list[str] = []
    for at in range(count):
        number = f"{prefix}{at}"
        rd, one, two = (choose.choice(REGISTERS) for _ in range(3))
        name = choose.choice(NAMES)
        skipped = choose.random() < 0.2
        if skipped:
            lines.append(f"bne {one},{two},over{number}")
        if name in ("addi", "andi"):
            lines.append(f"{name} {rd},{one},{choose.choice((-4, -2, 1, 2, 3, 4, 8, 12))}")
        elif name == "slli":
            lines.append(f"slli {rd},{one},{choose.randrange(1, 4)}")
        elif name == "lui":
            lines.append(f"lui {rd},{choose.randrange(1 << 20)}")
        elif name in ("load", "store"):
            # The low bits of the address are those of the register, its high bits a buffer's.
            access = choose.choice(("lw", "lh", "lhu") if name == "load" else ("sw", "sh"))
            lines.append(f"andi t4,{one},3")
            address = one if choose.random() < 0.5 else "a6"
            lines += [f"add a6,a7,{choose.choice(('t4', 'zero'))}"]
            lines.append(f"{access} {rd},{choose.choice((0, 2, 4))}({address})")
        else:
            lines.append(f"{name} {rd},{one},{two}")
        if skipped:
            lines.append(f"over{number}:")
    return lines


@pytest.mark.parametrize(
    ("seed", "made", "isa"),
    [*((seed, random_program, "rv32imc") for seed in range(3)),
     *((seed, random_routine, "rv32im") for seed in range(2))],
)  # fmt: skip
def test_what_is_shown_is_so(seed: int, made: Callable[[random.Random], str], isa: str) -> None:
    choose = random.Random(seed)
    shown = 0
    for _ in range(60):
        image = gnu.image(made(choose), ["a", "b"], isa=isa)
        image = image._replace(registers=(10, 17))
        misaligned: list[int] = []

        def watch(uc: Any, kind: int, address: int, size: int, *rest: Any) -> None:
            if address % size:
                misaligned.append(address)  # noqa: B023 - called within the same repetition

        values = (bytearray(choose.randbytes(SPACE)), bytearray(choose.randbytes(SPACE)))
        with prepare(image, values, Settings(misaligned=True)) as call:
            kinds = unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE
            call.uc.hook_add(kinds, watch)
            with suppress(ExecutionError):
                call.run()
        if is_shown(image):
            shown += 1
            assert not misaligned, image.source.text
    # Enough of both, or the test says nothing.
    assert 5 < shown < 55

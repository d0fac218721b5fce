"""What a run is checked for beyond its memory's bounds: found at its place, and nothing else is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from corpus.tiers import heavy_after
from unicorn import unicorn_const as unicorn

from asm_rv32 import asm_rv32, uint
from asm_rv32.analysis.flow import control_flow
from asm_rv32.analysis.lint import lint
from asm_rv32.analysis.stack_use import is_used_well
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.cores import core_names
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ABI_NAMES
from asm_rv32.machine import emulator
from asm_rv32.machine.engines import make
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.memory import CODE, LAYOUT
from asm_rv32.machine.sanitizer import DATA_RUNS, checks
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings, settings_for
from asm_rv32.timing.model import load_core


def image(*body: str, head: str = "f(a, b)", isa: str = "rv32imac") -> Image:
    text = f"@asm_rv32\ndef {head}:\n" + "".join(f"    {line}\n" for line in body)
    return next(iter(assemble(text, isa=isa).functions.values()))


def fault(*body: str, values: tuple[Any, ...] = (3, 4), **options: Any) -> ExecutionError:
    """What stops a call; its line counts from the first of the body."""
    with pytest.raises(ExecutionError) as caught:
        emulator.run(image(*body, **options), values)
    return caught.value


def line(error: ExecutionError) -> int | None:
    return None if error.line is None else error.line - 2


UNICORN = Settings(engine="unicorn")
DOWN, UP = "addi(sp, sp, -16)", "addi(sp, sp, 16)"


# ---- what the caller relies on


@pytest.mark.parametrize("name", ["gp", "tp", *(f"s{number}" for number in range(12))])
def test_every_register_of_the_callers_is_checked(name: str) -> None:
    error = fault("nop()", f"xori({name}, {name}, 1)", "nop()", "ret()")
    assert (error.code, line(error)) == ("saved-register", 2)
    assert f"{name} belongs to the caller" in str(error)
    assert f"help: save {name}" in str(error)
    assert error.registers[name] == 0x5EED_0000 + ABI_NAMES.index(name) ^ 1


@pytest.mark.parametrize("name", ["t0", "s0", "s11", "t6", "a7", "a0"])
def test_a_register_may_hold_at_the_call_what_is_said(engine: str, name: str) -> None:
    number = ABI_NAMES.index(name)
    settings = Settings(held={number: 0x1234}, engine=engine)
    assert emulator.run(image(f"mv(a0, {name})"), (1, 2), settings).word == (
        {"a0": 1, "a1": 2}.get(name, 0x1234)
    )
    if name == "s0":
        emulator.run(image("li(s0, 0x1234)"), (1, 2), settings)
        with pytest.raises(ExecutionError, match="0x00001235 at the return, 0x00001234 at the"):
            emulator.run(image("addi(s0, s0, 1)"), (1, 2), settings)


@pytest.mark.parametrize("name", [name for name in ABI_NAMES if name[0] in "ta" and name != "tp"])
def test_registers_of_its_own_are_not(name: str) -> None:
    emulator.run(image(f"li({name}, 5)"), (1, 2))


def test_the_last_to_write_it_is_blamed() -> None:
    saved = (DOWN, "sw(s0, 8(sp))", "mv(s0, a)")
    error = fault(*saved, "addi(s0, s0, 1)", UP)
    assert (error.code, line(error)) == ("saved-register", 4)
    error = fault(*saved, "sw(a, 0(sp))", "lw(s0, 0(sp))", UP)
    assert (error.code, line(error)) == ("saved-register", 5)
    error = fault(*saved, "bnez(b, out)", "lw(s0, 8(sp))", "label(out)", UP)
    assert (error.code, line(error)) == ("saved-register", 3)
    emulator.run(image(*saved, "lw(s0, 8(sp))", UP), (3, 4))


def test_all_that_are_not_restored_are_named() -> None:
    error = fault("li(s3, 1)", "li(s1, 2)", "li(gp, 3)")
    assert "gp belongs to the caller and is not restored (so are s1, s3)" in str(error)


@pytest.mark.parametrize(("amount", "words"), [(-16, "16 bytes below"), (32, "32 bytes above")])
def test_sp_is_checked(amount: int, words: str) -> None:
    error = fault("nop()", f"addi(sp, sp, {amount})", "li(s0, 1)", "ret()")
    assert (error.code, line(error)) == ("stack-pointer", 2)
    assert words in str(error)


def test_popret_is_checked_as_any_return() -> None:
    body = ("cm_push({ra, s0}, -16)", "mv(s0, a)", "mv(s1, a)", "cm_popret({ra, s0}, 16)")
    error = fault(*body, isa="rv32im_zcmp")
    assert (error.code, line(error)) == ("saved-register", 3)
    emulator.run(image(*body[:2], body[3], isa="rv32im_zcmp"), (3, 4))


def test_buffers_stay_as_they_were() -> None:
    buffer = bytearray(4)
    with pytest.raises(ExecutionError):
        emulator.run(image("sw(b, 0(a))", "mv(s0, b)"), (buffer, 5))
    assert buffer == bytes(4)


# ---- the stack


@pytest.mark.parametrize("access", ["sw(a, -4(sp))", "lw(a0, -4(sp))", "sb(a, -1(sp))"])
def test_below_sp_is_nobodys(access: str) -> None:
    error = fault(DOWN, access, UP)
    assert (error.code, line(error)) == ("stack-access", 2)
    assert error.address == error.registers["sp"] - (1 if access[:2] == "sb" else 4)


@pytest.mark.parametrize(
    ("load", "size"), [("lw(a0, 4(sp))", 4), ("lhu(a0, 6(sp))", 2), ("lb(a0, 7(sp))", 1)]
)
def test_a_load_of_what_nothing_stored(load: str, size: int) -> None:
    error = fault(DOWN, "sw(a, 0(sp))", "sw(a, 8(sp))", load, UP)
    assert (error.code, line(error)) == ("unwritten-stack", 4)
    assert f"load of {size} byte" in str(error)
    emulator.run(image(DOWN, "sw(a, 4(sp))", load, UP), (3, 4))


def test_a_part_that_nothing_stored() -> None:
    error = fault(DOWN, "sh(a, 0(sp))", "lw(a0, 0(sp))", UP)
    assert (error.code, line(error)) == ("unwritten-stack", 3)
    assert "2 of them" in str(error)


def test_through_a_pointer_and_on_one_path_alone() -> None:
    body = (DOWN, "mv(t0, sp)", "beqz(a, skip)", "sw(b, 4(t0))", "label(skip)", "add(t0, t0, b)",
            "lw(a0, 0(t0))", UP)  # fmt: skip
    assert emulator.run(image(*body), (1, 4)).result == 4
    error = fault(*body, values=(0, 4))
    assert (error.code, line(error)) == ("unwritten-stack", 7)


def test_each_call_starts_anew() -> None:
    body = (DOWN, "beqz(a, skip)", "sw(b, 4(sp))", "label(skip)", "lw(a0, 4(sp))", UP)
    one = image(*body)
    assert emulator.run(one, (1, 4)).result == 4
    with pytest.raises(ExecutionError):
        emulator.run(one, (0, 4))
    assert emulator.run(one, (1, 5)).result == 5


HARMLESS = {
    "padding within a word": (DOWN, "sb(a, 0(sp))", "lw(t0, 0(sp))", "sw(t0, 4(sp))",
                              "lbu(a0, 4(sp))", UP),
    "bytes copied one by one": (DOWN, "sw(a, 0(sp))", "addi(t1, sp, 0)", "addi(t2, sp, 8)",
                                "label(again)", "lbu(t0, 0(t1))", "sb(t0, 8(t1))",
                                "addi(t1, t1, 1)", "bne(t1, t2, again)", "lw(a0, 8(sp))", UP),
    "a bit-field": (DOWN, "lbu(t0, 3(sp))", "andi(t0, t0, -16)", "or_(t0, t0, a)",
                    "sb(t0, 3(sp))", "lbu(a0, 3(sp))", "andi(a0, a0, 15)", UP),
    "not used": (DOWN, "lw(t0, 0(sp))", "mv(t1, t0)", "li(t0, 1)", UP),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_padding_and_bit_fields_are_no_mistake(name: str) -> None:
    assert emulator.run(image(*HARMLESS[name], head="f(a)"), (3,)).result == 3


USED = {
    "branched on": (("beqz(t0, out)", "label(out)"), 3, "this branch depends on a load of 4 bytes"),
    "an address": (("lb(a0, 0(t0))",), 3, "the address of this load"),
    "an address to store to": (("sw(a0, 0(t0))",), 3, "the address of this store"),
    "an address to jump to": (("jr(t0)",), 3, "the target of this jump"),
    "returned": (("mv(a0, t0)", "nop()"), 3, "the result"),
    "computed with, and returned": (("add(t1, a0, t0)", "mv(a0, t1)"), 4, "the result"),
    "restored": (("li(a0, 0)", "mv(s0, t0)"), 4, "s0 at the return"),
    "written elsewhere": (("sw(t0, 0(a))",), 3, "what is stored here"),
    "written where it was reserved": (("lr_w(t1, 0(a))", "sc_w(t1, t0, 0(a))"), 4,
                                      "what is stored here"),
    "an address to reserve": (("lr_w(t1, 0(t0))",), 3, "the address of this access"),
    "copied, and branched on": (("sw(t0, 4(sp))", "lw(t1, 4(sp))", "bgtz(t1, out)", "label(out)"),
                                5, "in line 6, from the stack"),
    "the bits that count": (("andi(t0, t0, 4)", "beqz(t0, out)", "label(out)"), 4, "this branch"),
}  # fmt: skip
"""Name → what follows on the load in line 2, the line that is to blame, and what is said of it."""


@pytest.mark.parametrize("name", USED)
def test_what_is_used_is(name: str) -> None:
    body, used, words = USED[name]
    error = fault(DOWN, "lw(t0, 0(sp))", *body, UP, values=(bytearray(4), 4))
    assert (error.code, line(error)) == ("unwritten-stack", used)
    assert words in error.fault.message
    # A comment lets it pass where it is used, and where it is loaded.
    passes = "  # asm: ignore[unwritten-stack]"
    lines = [DOWN, "lw(t0, 0(sp))", *body, UP]
    for at in (1, used - 1):
        allowed = [text + passes * (at == number) for number, text in enumerate(lines)]
        try:
            emulator.run(image(*allowed), (bytearray(4), 4))
        except ExecutionError as other:
            assert other.code != "unwritten-stack"


UNUSED = {
    "not used on this path": ("lw(t0, 0(sp))", "bnez(a0, out)", "mv(a1, t0)", "label(out)",
                              "mv(a0, a1)"),
    "no bit of it": ("lw(t0, 0(sp))", "andi(t0, t0, 0)", "add(a0, a1, t0)"),
    "bits that others decide": ("lw(t0, 0(sp))", "ori(t0, t0, 1)", "andi(t0, t0, 1)",
                                "beqz(t0, away)", "mv(a0, a1)", "j(out)", "label(away)",
                                "li(a0, 0)", "label(out)"),
    "shifted out": ("sb(a1, 0(sp))", "lw(t0, 0(sp))", "slli(t0, t0, 24)", "srli(a0, t0, 24)"),
    "saved and restored": ("lw(s0, 0(sp))", "sw(s0, 4(sp))", "lw(s0, 8(sp))", "mv(a0, a1)"),
    "padding into a buffer": ("sb(a1, 0(sp))", "lw(t0, 0(sp))", "sw(t0, 0(a2))", "mv(a0, a1)"),
    "exchanged with a register of the hart": ("csrw(mscratch, a1)", "lw(t0, 0(sp))",
                                              "csrrw(a0, t0, mscratch)"),
    "overwritten": ("lw(t0, 0(sp))", "li(t0, 1)", "beqz(t0, out)", "label(out)", "mv(a0, a1)"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSED)
def test_what_is_loaded_and_does_not_matter_is_no_mistake(name: str) -> None:
    body = ["addi(sp, sp, -16)", "sw(s0, 8(sp))", *UNUSED[name], "addi(sp, sp, 16)"]
    made = image(*body, head="f(a, b, c)")
    assert emulator.run(made, (1, 77, bytearray(4))).result == 77


def test_a_loop_that_does_not_touch_it_runs_on() -> None:
    body = (DOWN, "lw(t0, 0(sp))", "label(again)", "addi(b, b, -1)", "bnez(b, again)",
            "bnez(a, out)", "mv(b, t0)", "label(out)", "mv(a0, b)", UP)  # fmt: skip
    assert emulator.run(image(*body), (1, 2_000_000)).result == 0
    error = fault(*body, values=(0, 5))
    assert (error.code, line(error)) == ("unwritten-stack", 9)
    settings = Settings(max_instructions=1000)
    with pytest.raises(ExecutionError) as caught:
        emulator.run(image(*body), (1, 2_000_000), settings)
    assert caught.value.code == "instruction-limit"


def test_a_loop_from_address_0_on_is_followed_as_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it loads is from a buffer at first, and then from the stack, where nothing stored it."""
    body = ("label(again)", "lw(t0, 0(a))", "beqz(c, on)", DOWN, "li(c, 0)", "mv(a, sp)",
            "label(on)", "addi(b, b, -1)", "bnez(b, again)", UP, "mv(a0, {})")  # fmt: skip
    for code in (CODE, 0):
        monkeypatch.setattr("asm_rv32.machine.settings.LAYOUT", LAYOUT._replace(code=code))
        for result, is_used in (("b", False), ("t0", True)):
            lines = [line.format(result) for line in body]
            made = image(*lines, head="f(a, b, c)")
            values = bytes(4), 4, 1
            if is_used:
                with pytest.raises(ExecutionError, match="in line 4, from the stack"):
                    emulator.run(made, values, Settings(engine="python"))
            else:
                assert emulator.run(made, values, Settings(engine="python")).result == 0


# ---- where control goes


def test_data_is_not_executed() -> None:
    error = fault("beqz(a, there)", "ret()", "label(there)", "data(4, 0x13, 0)", values=(0, 1))
    assert (error.code, line(error)) == ("falls-into-data", 4)
    error = fault("la(t0, there)", "jr(t0)", "align(4)", "label(there)", "data(4, 0x13, 0)",
                  "ret()")  # fmt: skip
    assert (error.code, line(error)) == ("falls-into-data", 5)
    words = image("data(4, 0x02a50533)", "data(2, 0x0505)")  # mul(a0, a0, a0), addi(a0, a0, 1)
    assert emulator.run(words, (5, 0)).result == 26


def test_many_stretches_of_data_are_watched_as_one() -> None:
    between = [each for _ in range(DATA_RUNS + 5) for each in ("nop()", "data(4, 0x13, 0)")]
    with_jumps = [each for n in range(DATA_RUNS + 5)
                  for each in (f"j(l{n})", "data(4, 0x13, 0)", f"label(l{n})")]  # fmt: skip
    assert len(checks(control_flow(image(*with_jumps)), False).data) == 1
    assert line(fault(*between)) == 2
    emulator.run(image(*with_jumps), (1, 2))


def test_code_that_makes_code_may_run_it() -> None:
    body = ("la(t0, made)", "lui(t1, 0x1)", "addi(t1, t1, 0x537)", "sw(t1, 0(t0))",
            "li(t1, 0x8067)", "sw(t1, 4(t0))", "fence_i()", "jr(t0)", "align(4)", "label(made)",
            "space(8)")  # fmt: skip
    assert emulator.run(image(*body), (1, 2)).result == 0x1000


def test_a_jump_into_an_instruction() -> None:
    body = ("la(t0, there)", "add(t0, t0, a)", "jr(t0)", "label(there)", "mul(a0, a0, b)", "ret()")
    assert emulator.run(image(*body), (0, 4)).result == 0
    error = fault(*body, values=(2, 4))
    assert (error.code, line(error)) == ("wild-jump", 3)
    assert "into the middle of the instruction of line 7" in str(error)


# ---- what is let pass


def test_a_comment_lets_it_pass() -> None:
    emulator.run(image("mv(s0, a)  # asm: ignore[saved-register]"), (1, 2))
    emulator.run(image("sw(a, -4(sp))  # asm: ignore[stack-access]"), (1, 2))
    emulator.run(image("nop()", "data(4, 0x13)  # asm: ignore[falls-into-data]"), (1, 2))
    emulator.run(image(DOWN, "lw(a0, 0(sp))  # asm: ignore[unwritten-stack]", UP), (1, 2))
    assert fault("mv(s0, a)  # asm: ignore[stack-pointer]").code == "saved-register"


def test_without_it_none_of_this_is_looked_at() -> None:
    settings = Settings(sanitize=False)
    for body in (
        ("mv(s0, a)",),
        ("sw(a, -4(sp))",),
        ("lw(t0, -4(sp))", "add(a0, a0, t0)"),
        ("nop()", "data(4, 0x13)", "ret()"),
        (DOWN,),
    ):
        emulator.run(image(*body), (1, 2), settings)


def test_the_decorator_takes_it() -> None:
    @asm_rv32(sanitize=False)
    def careless(a) -> uint:  # type: ignore[no-untyped-def]
        mv(s0, a)  # noqa: F821

    @asm_rv32
    def careful(a) -> uint:  # type: ignore[no-untyped-def]
        mv(s0, a)  # noqa: F821

    assert careless(7) == 7
    assert careful.cycles(7).result == 7  # a price is not the place to complain
    with pytest.raises(ExecutionError, match="s0 belongs to the caller"):
        careful(7)


@pytest.mark.parametrize("core", core_names())
def test_misaligned_as_the_core_has_it(core: str) -> None:
    settings = settings_for({"core": core})
    body = image("lw(a0, 1(a))")
    values = (bytes([0, 1, 2, 3, 4]), 0)
    if load_core(core).traps_misaligned:
        with pytest.raises(ExecutionError, match=f"{core} traps") as caught:
            emulator.run(body, values, settings)
        assert caught.value.code == "misaligned-access"
    else:
        assert emulator.run(body, values, settings).result == 0x04030201
    assert settings_for({"core": core, "misaligned": True}).misaligned


# ---- what is shown, and so not watched

PROVEN = {
    "no stack": ("mul(a0, a, b)",),
    "a frame": (DOWN, "sw(s0, 8(sp))", "mv(s0, a)", "lw(s0, 8(sp))", UP),
    "a frame pointer": (DOWN, "sw(s0, 8(sp))", "addi(s0, sp, 16)", "sw(a, -16(s0))",
                        "lw(a0, -16(s0))", "lw(s0, 8(sp))", UP),
    "both paths": (DOWN, "beqz(a, one)", "sw(a, 0(sp))", "j(two)", "label(one)", "sw(b, 0(sp))",
                   "label(two)", "lw(a0, 0(sp))", UP),
    "a loop": (DOWN, "sw(a, 0(sp))", "label(again)", "lw(t0, 0(sp))", "addi(t0, t0, -1)",
               "sw(t0, 0(sp))", "bnez(t0, again)", UP),
    "bytes": (DOWN, *(f"sb(a, {at}(sp))" for at in range(4)), "lw(a0, 0(sp))", UP),
    "a large frame": ("li(t0, -8000)", "add(sp, sp, t0)", "sw(a, 0(sp))", "lw(a0, 0(sp))",
                      "li(t0, 8000)", "add(sp, sp, t0)"),
    "the largest frame": ("li(t0, -65536)", "add(sp, sp, t0)", "sw(a, 0(sp))", "lw(a0, 0(sp))",
                          "li(t0, 65536)", "add(sp, sp, t0)"),
    "a list": ("cm_push({ra, s0 - s3}, -48)", "mv(s0, a)", "sw(s0, 8(sp))", "lw(a0, 8(sp))",
               "cm_popret({ra, s0 - s3}, 48)"),
    "a list in a loop": ("label(again)", "cm_push({ra, s0}, -16)", "mv(s0, a)",
                         "cm_pop({ra, s0}, 16)", "bnez(a, again)"),
    "two moves": ("mv(t0, s0)", "mv(t1, s1)", "cm_mvsa01(s0, s1)", "cm_mva01s(s0, s1)",
                  "mv(s0, t0)", "mv(s1, t1)", DOWN, UP),
    "an exchange": (DOWN, "sw(a, 0(sp))", "mv(t0, sp)", "amoadd_w(a0, b, (t0))", UP),
    "a reservation": (DOWN, "sw(a, 0(sp))", "mv(t0, sp)", "lr_w(a0, (t0))", UP),
    "a number and sp": (DOWN, "li(t0, 8)", "add(t0, t0, sp)", "sw(a, 0(t0))", "lw(a0, 8(sp))", UP),
    "sp less a number": (DOWN, "li(t0, -4)", "sub(t0, sp, t0)", "sw(a, 4(t0))", "lw(a0, 8(sp))",
                         UP),
    "floats": (DOWN, "fmv_w_x(ft0, a)", "fsw(ft0, 0(sp))", "flw(ft1, 0(sp))", "fmv_x_w(a0, ft1)",
               UP),
}  # fmt: skip
UNPROVEN = {
    "unwritten": (DOWN, "lw(a0, 0(sp))", UP),
    "one path": (DOWN, "beqz(a, one)", "sw(a, 0(sp))", "label(one)", "lw(a0, 0(sp))", UP),
    "below": ("sw(a, -4(sp))",),
    "given up": (DOWN, "sw(a, 0(sp))", UP, DOWN, "lw(a0, 0(sp))", UP),
    "an index": (DOWN, "add(t0, sp, a)", "sw(a, 0(t0))", UP),
    "an address that gets about": (DOWN, "sw(sp, 0(a))", UP),
    "recursion": (DOWN, "sw(ra, 0(sp))", "label(again)", "jal(again)", "lw(ra, 0(sp))", UP),
    "a list that was not stored": ("cm_push({ra}, -16)", "cm_popret({ra, s0}, 16)"),
    "a list above its frame": (DOWN, "cm_popret({ra, s0}, 32)"),
    "a list with an address": ("mv(s0, sp)", "cm_push({ra, s0}, -16)", "cm_popret({ra, s0}, 16)"),
    "an address in a CSR": (DOWN, "csrw(mscratch, sp)", "csrr(t0, mscratch)", "lw(a0, 0(t0))", UP),
    "what a failing store leaves": (DOWN, "mv(t0, sp)", "sc_w(t1, a, (t0))", "lw(a0, 0(sp))", UP),
    "an exchange of nothing": (DOWN, "mv(t0, sp)", "amoadd_w(a0, b, (t0))", UP),
    "a frame that is too large": ("li(t0, -65552)", "add(sp, sp, t0)", "sw(a, 0(sp))",
                                  "li(t0, 65552)", "add(sp, sp, t0)"),
    "a reservation of nothing": (DOWN, "mv(t0, sp)", "lr_w(a0, (t0))", UP),
    "a number less sp": (DOWN, "li(t0, 8)", "sub(t0, t0, sp)", "lw(a0, 0(t0))", UP),
    "twice sp": (DOWN, "add(t0, sp, sp)", "lw(a0, 0(t0))", UP),
    "an address in a float": (DOWN, "fmv_w_x(ft0, sp)", "fmv_x_w(t0, ft0)", "lw(a0, 0(t0))", UP),
    "a return through another": ("mv(t0, ra)", DOWN, UP, "jr(t0)"),
    "a jump through a pointer": (DOWN, "sw(a, 0(sp))", "jr(b)"),
    "a return beside": (DOWN, UP, "jalr(zero, 4(ra))"),
    "an aligned frame": ("mv(t0, sp)", "andi(sp, sp, -64)", "sw(a, 0(sp))", "mv(sp, t0)"),
}  # fmt: skip


@pytest.mark.parametrize("name", [*PROVEN, *UNPROVEN])
def test_what_can_be_shown(name: str) -> None:
    body = PROVEN[name] if name in PROVEN else UNPROVEN[name]
    flow = control_flow(image(*body, isa="rv32imaf_zicsr_zcmp"))
    assert is_used_well(flow) == (name in PROVEN)


@pytest.mark.parametrize("engine", ["python"], indirect=True, scope="module")
@pytest.mark.parametrize("seed", heavy_after(2, range(5)))
@pytest.mark.parametrize("frame", ["random_frame", "random_pushes"])
def test_what_is_shown_holds_when_it_runs(frame: str, seed: int) -> None:
    # Watched all the same, code that is shown to use its stack well is never stopped for it.
    choice = random.Random(seed)
    shown = watched = 0
    for _ in range(60):
        body = globals()[frame](choice)
        made = image(*body, isa="rv32ima_zcmp")
        proof = is_used_well(control_flow(made))
        stopped = set()
        machine = make("python", made.isa)
        for values in ((0, 0), (1, 0), (0, 1), (-1, 5)):
            call = emulator.Call(machine, made, values, DEFAULT_SETTINGS)
            judge = machine.judge
            assert judge.checks is not None
            judge.checks = judge.checks._replace(watches_stack=True)
            try:
                call.run()
            except ExecutionError as error:
                stopped.add(error.code)
            call.close()
        shown += proof
        watched += not proof
        if proof:
            assert not stopped & {"stack-access", "unwritten-stack"}, body
    assert shown > 5 and watched > 5


@pytest.mark.parametrize("engine", ["unicorn"], indirect=True, scope="module")
@pytest.mark.parametrize("seed", heavy_after(2, range(4)))
def test_lint_and_a_run_agree_on_what_nothing_stored(seed: int) -> None:
    # What lint says of the stack holds on every path: a run that comes there is stopped, here
    # where all that is loaded goes into the result.
    choice = random.Random(1000 + seed)
    came_there = 0
    for _ in range(60):
        made = image(*random_frame(choice))
        said = {
            made.source.locate(found.span.start)[0]
            for found in lint(made) if found.code == "unwritten-stack"
        }  # fmt: skip
        for values in ((0, 0), (0, 1)):
            executed: set[int | None] = set()

            def see(uc: Any, address: int, size: int, data: object) -> None:
                executed.add(made.line_at(address - CODE))  # noqa: B023 - within the repetition

            stopped = False
            with emulator.prepare(made, values, UNICORN) as call:
                call.uc.hook_add(unicorn.UC_HOOK_CODE, see)
                try:
                    call.run()
                except ExecutionError as error:
                    assert error.code == "unwritten-stack"
                    stopped = True
            came_there += bool(said & executed)
            assert stopped or not said & executed
    assert came_there > 20


@pytest.mark.parametrize("seed", heavy_after(2, range(4)))
def test_what_a_run_finds_of_registers_lint_found_before(seed: int) -> None:
    choice = random.Random(2000 + seed)
    stopped = silent = 0
    for _ in range(75):
        made = image(*random_saving(choice))
        said = {found.code for found in lint(made)}
        silent += not said
        for values in ((0, 0), (0, 1), (1, 0), (1, 1)):
            try:
                emulator.run(made, values)
            except ExecutionError as error:
                stopped += 1
                assert error.code in said, (error, said)
    assert stopped > 25 and silent > 2


def random_saving(choice: random.Random) -> list[str]:
    """A frame with saved registers, restored as a rule, on branching paths."""
    names = ["s0", "s1", "s2"][: choice.randrange(1, 4)]
    size = choice.choice((16, 32))
    saves = [f"sw({name}, {4 * at}(sp))" for at, name in enumerate(names)]
    restores = [f"lw({name}, {4 * at}(sp))" for at, name in enumerate(names)]
    body = [f"addi(sp, sp, -{size})", *saves]
    for number in range(choice.randrange(1, 5)):
        name = choice.choice(names)
        body += [f"b{choice.choice(('eq', 'ne'))}z({choice.choice('ab')}, l{number})",
                 choice.choice((f"addi({name}, a, 1)", f"mv({name}, b)", f"mv(t0, {name})")),
                 f"label(l{number})"]  # fmt: skip
    ends = [*restores, f"addi(sp, sp, {size})"]
    if choice.random() < 0.5:
        body += ["bnez(a, other)", *_perhaps_without(ends, choice), "ret()", "label(other)"]
    return [*body, *_perhaps_without(ends, choice), "ret()"]


def _perhaps_without(lines: list[str], choice: random.Random) -> list[str]:
    at = choice.randrange(3 * len(lines))
    return lines[:at] + lines[at + 1 :]


def random_pushes(choice: random.Random) -> list[str]:
    """A frame within a list of registers, which may be popped otherwise than it was pushed."""
    lists = ("ra", "ra, s0", "ra, s0 - s1", "ra, s0 - s2")
    pushed = choice.choice(lists)
    popped = pushed if choice.random() < 0.7 else choice.choice(lists)
    body = [f"cm_push({{{pushed}}}, -16)", *random_frame(choice)]
    if choice.random() < 0.3:
        body.append(f"l{choice.choice('wb')}(t0, {4 * choice.randrange(4)}(sp))")
    pop = choice.choice(("pop", "popret", "popretz"))
    return [*body, "li(t0, 0)", f"cm_{pop}({{{popped}}}, 16)"]


def random_frame(choice: random.Random) -> list[str]:
    """Stores and loads of a frame, on branching paths, through sp and through copies of it."""
    body = ["addi(sp, sp, -32)", "mv(t1, sp)"]
    labels = 0
    for _ in range(choice.randrange(3, 14)):
        base = choice.choice(("sp", "sp", "t1"))
        offset, kind = choice.choice(((4 * choice.randrange(4), "w"), (choice.randrange(16), "b")))
        what = choice.random()
        if what < 0.5:
            body.append(f"s{kind}(a, {offset}({base}))")
        elif what < 0.75:
            body.append(f"l{kind}(t0, {offset}({base}))")
            body.append("xor(a0, a0, t0)")
        elif what < 0.85:
            body.append(f"addi(t1, sp, {choice.randrange(0, 16, 4)})")
        else:
            body += [f"b{choice.choice(('eq', 'ne'))}z(b, l{labels})", f"sw(a, {offset & 12}(sp))",
                     f"label(l{labels})"]  # fmt: skip
            labels += 1
    return [*body, "addi(sp, sp, 32)"]

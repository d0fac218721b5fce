"""Floats in calls, and what unicorn has otherwise: on each engine."""

from __future__ import annotations

import math
import struct
from array import array

import pytest

from asm_rv32 import assemble
from asm_rv32.formats.board.module import MpyError, machine_function
from asm_rv32.isa.image import Image
from asm_rv32.machine import emulator
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings

F, IN_INTEGERS = "rv32imfc", "rv32imc_zfinx"


def image(head: str, *lines: str, isa: str = F) -> Image:
    source = "\n    ".join([f"@asm_rv32\n{head}:", *lines]) + "\n"
    return next(iter(assemble(source, isa=isa).functions.values()))


def call(found: Image, *arguments: object) -> object:
    return emulator.run(found, arguments, Settings()).result


def bits(word: int) -> float:
    value: float = struct.unpack("<f", word.to_bytes(4, "little"))[0]
    return value


HALF = ("fmv_w_x(fa0, x)", "li(t0, 0x3f000000)", "fmv_w_x(fa1, t0)", "fmul_s(fa0, fa0, fa1)",
        "fmv_x_w(a0, fa0)")  # fmt: skip


def test_a_float_arrives_in_its_bits_and_comes_back() -> None:
    found = image("def f(x: float) -> float", *HALF)
    assert call(found, 3) == 1.5
    assert call(found, 0.1) == bits(0x3D4C_CCCD)
    assert call(found, True) == 0.5
    assert call(found, 1e300) == math.inf
    assert call(found, -1e300) == -math.inf
    assert math.isnan(call(found, math.nan))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'x' is annotated float, and is given a str"):
        call(found, "3")
    in_integers = image("def f(x: 'float') -> float", "li(t0, 0x3f000000)", "fmul_s(a0, x, t0)",
                        isa=IN_INTEGERS)  # fmt: skip
    assert call(in_integers, 3) == 1.5
    plain = image("def f(x) -> float", "nop()")
    assert call(plain, 0x3F80_0000) == 1.0


def test_a_board_is_handed_no_float() -> None:
    for head in ("def f(x: float)", "def f(x) -> float"):
        with pytest.raises(MpyError, match="cut to an int"):
            machine_function(image(head, "mv(a0, a0)"))


def test_fcsr_is_clear_at_the_start_of_each_call() -> None:
    found = image(
        "def f(a)", "frcsr(t0)", "fsrmi(3)", "fmv_w_x(ft0, a)", "fdiv_s(ft0, ft0, ft1)",
        "fsflagsi(t1, 17)", "frcsr(a0)", "slli(t0, t0, 16)", "or_(a0, a0, t0)",
    )  # fmt: skip
    for _ in range(3):
        assert call(found, 0x3F80_0000) == 3 << 5 | 17


@pytest.mark.parametrize("isa", [F, IN_INTEGERS])
@pytest.mark.parametrize("mode", [5, 6, 7])
def test_what_is_no_rounding_mode_stops_the_run(isa: str, mode: int) -> None:
    register, zero = ("ft0", "fmv_w_x(ft0, zero)") if isa == F else ("t0", "li(t0, 0)")
    add = f"fadd_s({register}, {register}, {register}"
    for line in (f"{add}, rne)", f"fmin_s({register}, {register}, {register})"):
        call(image("def f()", zero, f"fsrmi({mode})", line, isa=isa))
    with pytest.raises(ExecutionError, match="frm holds no rounding mode") as raised:
        call(image("def f()", zero, f"fsrmi({mode})", "nop()", f"{add})", isa=isa))
    assert raised.value.line == 6


def test_what_stands_at_a_label_is_loaded_and_stored() -> None:
    found = image(
        "def f(a)", "fmv_w_x(fa1, a)", "fsw(fa1, there, t0)", "flw(fa0, there, t1)",
        "fmv_x_w(a0, fa0)", "lw(a1, there)", "xor(a0, a0, a1)", "flw(fa2, one, t2)",
        "fmv_x_w(a1, fa2)", "add(a0, a0, a1)", "ret()", "align(4)", "label(there)", "data(4, 5)",
        "space(8000)", "label(one)", "data(4, 0x3f800000)",
    )  # fmt: skip
    assert call(found, 0x1234_5678) == 0x3F80_0000


SIGNALLING, QUIET, INFINITY = 0x7F80_0001, 0x7FC0_0000, 0x7F80_0000


def test_of_a_number_and_a_signalling_nan_the_number_is_the_smaller() -> None:
    """As from version 2.2 of F on; unicorn has the rule of before."""
    found = image("def f(a, b, out)", "fmv_w_x(fa0, a)", "fmv_w_x(fa1, b)", "fmin_s(fa2, fa0, fa1)",
                  "fmax_s(fa3, fa0, fa1)", "fsw(fa2, 0(out))", "fsw(fa3, 4(out))",
                  "frflags(a0)")  # fmt: skip
    out = array("I", [0, 0])
    assert call(found, SIGNALLING, 0x3F80_0000, out) == 16
    assert list(out) == [0x3F80_0000] * 2


def test_infinity_times_zero_is_invalid_whatever_is_added() -> None:
    """unicorn raises no flag where a quiet NaN is added."""
    lines = ("fmv_w_x(fa0, a)", "fmv_w_x(fa1, zero)", "fmv_w_x(fa2, b)",
             "fmadd_s(fa0, fa0, fa1, fa2)")  # fmt: skip
    looks = image("def f(a, b)", *lines, "frflags(a0)")
    assert call(looks, INFINITY, QUIET) == 16
    assert call(image("def f(a, b) -> uint", *lines, "fmv_x_w(a0, fa0)"), INFINITY, QUIET) == QUIET


def test_flags_add_up_in_a_loop() -> None:
    found = image(
        "def f(n)", "fmv_w_x(fa1, zero)", "li(t0, 0x3f800000)", "fmv_w_x(fa0, t0)",
        "li(t0, 0x40400000)", "fmv_w_x(fa1, t0)", "label(again)", "fdiv_s(fa0, fa0, fa1)",
        "frflags(t1)", "addi(n, n, -1)", "bnez(n, again)", "mv(a0, t1)",
    )  # fmt: skip
    assert call(found, 1) == 1
    assert call(found, 200) == 3  # inexact, and underflow at last

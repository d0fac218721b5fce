"""Assembler functions for firmware without the inline assembler: viper code behind a stub.

Input: a .mpy file whose assembler functions have code objects of kind asm, which only firmware with
MICROPY_EMIT_INLINE_ASM can call; without it, a call of such a function crashes. Output: the same
file, each of them as kind viper, which all firmware calls that loads native code.
Invariants: a function's own code is unchanged and starts at a multiple of 4, so whatever it
computes from `pc` stays right; the stub alone knows the runtime, through the table of functions
that the file asks for as a constant.
Sources: MicroPython 1.24 to 1.29, alike in what is used: py/objfun.c (fun_asm_call,
convert_obj_for_inline_asm, fun_viper_call), py/nativeglue.c (mp_native_from_obj), py/bc.h,
py/runtime0.h (MP_NATIVE_TYPE_*); what is data of it stands in `encodings/micropython.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import product

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.formats.board.module import MAX_ARGS
from asm_rv32.formats.board.mpy import RESULTS, Constant, Mpy, RawCode, read
from asm_rv32.isa.image import NOTHING, Image
from asm_rv32.isa.tables import tables

_FUN_TABLE = Constant("fun_table")

_STUB = """\
FRAME = 32 if PARAMETERS else 16

@asm_rv32
def stub(function, n_args, n_kw, arguments) -> object:
    addi(sp, sp, -FRAME)
    sw(ra, (FRAME - 4)(sp))
    sw(s0, (FRAME - 8)(sp))
    if PARAMETERS:
        sw(s1, (FRAME - 12)(sp))
        mv(s1, arguments)
    lw(s0, CONTEXT(function))
    lw(s0, OBJECTS(s0))
    if FUN_TABLE < 2048:
        lw(s0, FUN_TABLE(s0))
    else:
        li(t0, FUN_TABLE)
        add(s0, s0, t0)
        lw(s0, 0(s0))
    # mp_arg_check_num_sig(n_args, n_kw, MP_OBJ_FUN_MAKE_SIG(PARAMETERS, PARAMETERS, false))
    mv(a0, n_args)
    mv(a1, n_kw)
    li(a2, PARAMETERS << 17 | PARAMETERS << 1)
    lw(t0, ARG_CHECK_NUM_SIG(s0))
    jalr(ra, t0, 0)
    # The first argument comes last, and its word stays where it is.
    for i in range(PARAMETERS - 1, -1, -1):
        lw(a0, (4 * i)(s1))
        jal(ra, word)
        if i > 0:
            sw(a0, (4 * i)(sp))
    if PARAMETERS > 1:
        lw(a1, 4(sp))
    if PARAMETERS > 2:
        lw(a2, 8(sp))
    if PARAMETERS > 3:
        lw(a3, 12(sp))
    if RETURNS == NOTHING:
        jal(ra, code)
        lw(a0, CONST_NONE(s0))
    elif RETURNS != OBJECT:
        # mp_native_to_obj(word, RETURNS)
        jal(ra, code)
        li(a1, RETURNS)
        lw(a2, NATIVE_TO_OBJ(s0))
        jalr(ra, a2, 0)
    lw(ra, (FRAME - 4)(sp))
    lw(s0, (FRAME - 8)(sp))
    if PARAMETERS:
        lw(s1, (FRAME - 12)(sp))
    addi(sp, sp, FRAME)
    if RETURNS == OBJECT:
        # The word is an object already; the code returns to the stub's caller.
        j(code)
    else:
        ret()
    if PARAMETERS:
        # Object in a0 to word in a0: a small int shifted, None as 0, what has a buffer as its
        # address, any other int or bool truncated; else mp_native_from_obj raises TypeError.
        # Small ints end in 1 wherever they have the 31 bits that the file's header asks for.
        label(word)
        mv(a1, a0)
        srai(a0, a0, 1)
        andi(a1, a1, 1)
        bnez(a1, done)
        slli(a0, a0, 1)
        lw(a1, CONST_NONE(s0))
        beq(a0, a1, none)
        li(a1, POINTER)
        lw(a2, NATIVE_FROM_OBJ(s0))
        jr(a2)
        label(none)
        li(a0, 0)
        label(done)
        ret()
    align(4)
    label(code)
"""


class Stub(NamedTuple):
    """What stands before an assembler function's own code, and what it takes that for."""

    n_args: int
    returns: str
    """One of RESULTS."""
    code: bytes
    """A multiple of four bytes."""


@lru_cache(maxsize=256)
def stub(n_args: int, returns: str, fun_table: int) -> Stub:
    """The stub of a function of that many parameters, 0 to MAX_ARGS, and that result.

    `fun_table` is the number of the table of functions among the file's constants.
    """
    given = _facts() | {
        "PARAMETERS": n_args,
        "RETURNS": RESULTS.index(returns),
        "OBJECT": RESULTS.index("object"),
        "NOTHING": RESULTS.index(NOTHING),
        "FUN_TABLE": 4 * fun_table,
    }
    head = "".join(f"{name} = {value}\n" for name, value in given.items())
    image = assemble(head + _STUB, path="the stub of --portable").functions["stub"]
    return Stub(n_args, returns, image.code[: image.symbols["code"]])


def _facts() -> dict[str, int]:
    """The names of `_STUB` that stand for offsets, in bytes, and types of the runtime."""
    runtime: Any = tables()["micropython"]["runtime"]
    functions = runtime["functions"].split()
    used = ("const_none", "native_from_obj", "native_to_obj", "arg_check_num_sig")
    return {
        "CONTEXT": runtime["context"],
        "OBJECTS": runtime["objects"],
        "POINTER": runtime["types"].split().index("ptr"),
        **{name.upper(): 4 * functions.index(name) for name in used},
    }


def behind_stubs(mpy: Mpy) -> Mpy:
    """The file with each code object of kind asm as kind viper; without any, as it is."""
    if not _has_asm(mpy.module):
        return mpy
    constants = mpy.constants
    if _FUN_TABLE not in constants:
        # At the end, so that the bytecode's numbers stay right.
        constants = (*constants, _FUN_TABLE)
    return mpy._replace(
        constants=constants, module=_wrapped(mpy.module, constants.index(_FUN_TABLE))
    )


def _has_asm(raw: RawCode) -> bool:
    return raw.kind == "asm" or any(map(_has_asm, raw.children))


def _wrapped(raw: RawCode, fun_table: int) -> RawCode:
    if raw.kind == "asm":
        before = stub(raw.n_args, RESULTS[raw.returns], fun_table).code
        return RawCode("viper", before + raw.code)
    return raw._replace(children=tuple(_wrapped(child, fun_table) for child in raw.children))


def stub_sizes(data: bytes, functions: Mapping[str, Image]) -> dict[str, int]:
    """The bytes that each function takes beside its own code; none in a file without stubs."""
    mpy = read(data)
    if _has_asm(mpy.module) or _FUN_TABLE not in mpy.constants:
        return {}
    fun_table = mpy.constants.index(_FUN_TABLE)
    return {
        name: len(stub(len(image.parameters), image.returns, fun_table).code)
        for name, image in functions.items()
    }


def stub_of(raw: RawCode, mpy: Mpy) -> Stub | None:
    """The stub that a code object of a file starts with; None where it is none of ours."""
    if raw.kind != "viper" or raw.scope_flags or _FUN_TABLE not in mpy.constants:
        return None
    fun_table = mpy.constants.index(_FUN_TABLE)
    known = (stub(*form, fun_table) for form in product(range(MAX_ARGS + 1), RESULTS))
    return next((each for each in known if raw.code.startswith(each.code)), None)

"""What a .mpy listing needs to know of bytecode: the prelude, the opcodes, the names of functions.

Input: an `Mpy`. Output: `functions()`, every code object with its qualified name, in file order.
Invariant: no byte outside a function's own code is looked at; corrupt bytecode is an MpyError.
Source: MicroPython 1.29, py/bc.h, py/bc0.h, py/emitbc.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.basis.records import NamedTuple
from asm_rv32.formats.board.mpy import Mpy, MpyError, RawCode
from asm_rv32.isa.image import RETURN_KINDS

STORE_NAME, STORE_GLOBAL = 0x16, 0x17
LOAD_CONST_STRING = 0x10
IMPORT_NAME, IMPORT_FROM = 0x1B, 0x1C
LOAD_CONST_SMALL_INT, LOAD_CONST_OBJ = 0x22, 0x23
BUILD_TUPLE = 0x2A
MAKE_FUNCTION, MAKE_FUNCTION_DEFARGS = 0x32, 0x33
MAKE_CLOSURE, MAKE_CLOSURE_DEFARGS = 0x20, 0x21
LOAD_CONST_FALSE, LOAD_CONST_NONE, LOAD_CONST_TRUE = 0x50, 0x51, 0x52
POP_TOP = 0x59
RETURN_VALUE = 0x63
SMALL_INT_MULTI, SMALL_INT_MULTI_FIRST, SMALL_INT_MULTI_LAST = 0x70, -16, 47
_CALL_FUNCTION = 0x34
_MAKES = (MAKE_FUNCTION, MAKE_FUNCTION_DEFARGS, MAKE_CLOSURE, MAKE_CLOSURE_DEFARGS)

# The form of an opcode's argument by its upper four bits (MP_BC_FORMAT).
_QSTR, _UINT, _JUMP = 1, 2, 3
_FORMATS = (0, _QSTR, _UINT, _UINT, _JUMP, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
_EXTRA_BYTE_MASK = 0x9E
_MAX_PREFIX = 300


class MpyFunction(NamedTuple):
    """A code object as a listing shows it."""

    name: str
    """Qualified as Python does it: `Class.method`, `outer.<locals>.inner`."""
    raw: RawCode

    @property
    def returns(self) -> str | None:
        """What the result of an assembler function is read as; None for other kinds."""
        return RETURN_KINDS[self.raw.returns] if self.raw.kind == "asm" else None


class Opcode(NamedTuple):
    """One bytecode instruction."""

    code: int
    argument: int


def functions(mpy: Mpy) -> list[MpyFunction]:
    """Every code object of the file but the module's own, outer before inner, in source order.

    Names of bytecode and native functions stand in the file. An assembler or viper function has
    none; its name is what the bytecode around it stores it under, else `<asm>` or `<viper>`.
    """
    found: list[MpyFunction] = []
    _collect(mpy, mpy.module, "", found)
    return found


def _collect(mpy: Mpy, parent: RawCode, prefix: str, found: list[MpyFunction]) -> None:
    stored = _stored_names(mpy, parent) if parent.kind == "bytecode" else {}
    for index, child in enumerate(parent.children):
        own = _own_name(mpy, child)
        name = own or stored.get(index) or f"<{child.kind}>"
        # A hostile name must not reach a terminal as control characters.
        if not name.isprintable():
            name = name.encode("unicode_escape").decode()
        # Long names, nested deep, would make the listing grow with the square of the file.
        prefix = prefix if len(prefix) <= _MAX_PREFIX else "..."
        found.append(MpyFunction(prefix + name, child))
        # A class body and a function are told apart by how they are made; both are code objects.
        inner = "." if child.kind == "bytecode" and _is_class_body(mpy, child) else ".<locals>."
        _collect(mpy, child, prefix + name + inner, found)


def _own_name(mpy: Mpy, raw: RawCode) -> str | None:
    if raw.kind == "bytecode":
        return _prelude(mpy, raw, 0).name
    return _prelude(mpy, raw, raw.prelude_offset).name if raw.kind == "native" else None


def _is_class_body(mpy: Mpy, raw: RawCode) -> bool:
    """A class body starts by copying __name__ to __module__ (compile_scope in py/compile.c)."""
    prelude = _prelude(mpy, raw, 0)
    first = next(_opcodes(raw, prelude.opcodes), None)
    if first is None or first.code >> 4 != 1:
        return False
    return _qstr(mpy, first.argument, raw.offset) == "__name__"


def _stored_names(mpy: Mpy, raw: RawCode) -> dict[int, str]:
    """Number of each inner function → the name that is given to it where it is made."""
    names: dict[int, str] = {}
    made: int | None = None
    for opcode in _opcodes(raw, _prelude(mpy, raw, 0).opcodes):
        if opcode.code in _MAKES:
            made = opcode.argument
            if made >= len(raw.children):
                raise MpyError(f"corrupt: there is no inner function {made}", raw.offset)
        elif opcode.code in (STORE_NAME, STORE_GLOBAL) and made is not None:
            names.setdefault(made, _qstr(mpy, opcode.argument, raw.offset))
            made = None
        elif opcode != Opcode(_CALL_FUNCTION, 1):
            made = None
    return names


class _Prelude(NamedTuple):
    name: str
    opcodes: int
    """Offset of the first opcode in the code."""


def _prelude(mpy: Mpy, raw: RawCode, at: int) -> _Prelude:
    """The head of a function's bytecode (MP_BC_PRELUDE_SIG_DECODE and ..._SIZE_DECODE)."""
    code = raw.code
    while _byte(raw, at) & 0x80:
        at += 1
    at += 1
    n_info = n_cells = shift = 0
    while True:
        byte = _byte(raw, at)
        at += 1
        n_cells |= (byte & 1) << shift
        n_info |= (byte >> 1 & 0x3F) << 6 * shift
        shift += 1
        if not byte & 0x80:
            break
        if shift > 5:
            raise MpyError("corrupt: the head of a function is too long", raw.offset)
    number, _ = _uint(raw, at)
    opcodes = at + n_info + n_cells
    if opcodes > len(code):
        raise MpyError("corrupt: the head of a function lies outside it", raw.offset)
    return _Prelude(_qstr(mpy, number, raw.offset), opcodes)


def _opcodes(raw: RawCode, at: int) -> Iterator[Opcode]:
    code, end = raw.code, len(raw.code)
    while at < end:
        opcode, argument = code[at], 0
        form = _FORMATS[opcode >> 4]
        at += 1
        if form in (_QSTR, _UINT):
            argument, at = _uint(raw, at)
        elif form == _JUMP:
            at += 2 if _byte(raw, at) & 0x80 else 1
        if not opcode & _EXTRA_BYTE_MASK:
            at += 1
        if at > end:
            raise MpyError("corrupt: the last bytecode instruction is cut off", raw.offset + end)
        yield Opcode(opcode, argument)


def _uint(raw: RawCode, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = _byte(raw, at)
        at += 1
        value = (value << 7 | byte & 0x7F) & 0xFFFFFFFF
        if not byte & 0x80:
            return value, at


def _byte(raw: RawCode, at: int) -> int:
    if at >= len(raw.code):
        raise MpyError("corrupt: bytecode ends within an instruction", raw.offset + len(raw.code))
    return raw.code[at]


def _qstr(mpy: Mpy, number: int, offset: int) -> str:
    if number >= len(mpy.qstrs):
        raise MpyError(f"corrupt: there is no string {number}", offset)
    return mpy.qstrs[number]

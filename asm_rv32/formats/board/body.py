"""The body of a module as bytecode, and the .mpy file around it, without any other tool.

Input: what each statement does, as `mpy_module.plan` tells. Output: the file that mpy-cross would
write. Source: MicroPython 1.29, py/compile.c, py/emitbc.c.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.formats.board import bytecode as bc
from asm_rv32.formats.board.module import MachineFunction, Step, raw_asm
from asm_rv32.formats.board.mpy import (
    ARCH_RV32IMC,
    SMALL_INT_BITS,
    Constant,
    Mpy,
    RawCode,
    encode_uint,
)


def module_of(source_name: str, steps: Sequence[Step], flags: int = 0) -> Mpy:
    """The file whose body performs the steps, in order; `flags` as in ARCH_FLAGS."""
    writer = _BodyWriter(source_name, steps)
    module = RawCode("bytecode", writer.code(), children=tuple(writer.children))
    arch = ARCH_RV32IMC if writer.children else 0
    return Mpy(arch, flags, SMALL_INT_BITS, tuple(writer.qstrs), tuple(writer.constants), module)


class _BodyWriter:
    """Bytecode of a module's body, with the tables that it fills."""

    def __init__(self, source_name: str, steps: Sequence[Step]) -> None:
        self.qstrs = {source_name: 0, "<module>": 1}
        self.constants: dict[Constant, int] = {}
        self.children: list[RawCode] = []
        self.body = bytearray()
        self.stack = 1
        # mpy-cross meets imports and strings in its first pass, names that are bound in its second.
        for step in steps:
            for text in (*step.names, step.module) if step.module else ():
                self.qstr(text)
            if isinstance(step.value, Constant) and _is_interned(step.value):
                self.qstr(step.value.data.decode())
        lines = bytearray()
        line, offset = 1, 0
        for step in steps:
            if step.line > line:
                lines += _line_info(len(self.body) - offset, step.line - line)
                line, offset = step.line, len(self.body)
            self.perform(step)
        self.body += bytes((bc.LOAD_CONST_NONE, bc.RETURN_VALUE))
        self.lines = bytes(lines)

    def qstr(self, text: str) -> bytes:
        return encode_uint(self.qstrs.setdefault(text, len(self.qstrs)))

    def op(self, code: int, argument: bytes = b"") -> None:
        self.body.append(code)
        self.body += argument

    def perform(self, step: Step) -> None:
        if step.module:
            self.perform_import(step)
            return
        if isinstance(step.value, MachineFunction):
            self.op(bc.MAKE_FUNCTION, encode_uint(len(self.children)))
            self.children.append(raw_asm(step.value))
        elif isinstance(step.value, Constant):
            self.load_constant(step.value)
        elif step.value is not None:
            self.load_integer(step.value)
        for name in step.store:
            self.op(bc.STORE_NAME, self.qstr(name))

    def perform_import(self, step: Step) -> None:
        self.op(bc.SMALL_INT_MULTI - bc.SMALL_INT_MULTI_FIRST)  # absolute: level 0
        if not step.names:
            self.op(bc.LOAD_CONST_NONE)
            self.op(bc.IMPORT_NAME, self.qstr(step.module))
            self.op(bc.STORE_NAME, self.qstr(step.store[0]))
            self.stack = max(self.stack, 2)
            return
        for name in step.names:
            self.op(bc.LOAD_CONST_STRING, self.qstr(name))
        self.op(bc.BUILD_TUPLE, encode_uint(len(step.names)))
        self.op(bc.IMPORT_NAME, self.qstr(step.module))
        for name, bound in zip(step.names, step.store, strict=True):
            self.op(bc.IMPORT_FROM, self.qstr(name))
            self.op(bc.STORE_NAME, self.qstr(bound))
        self.op(bc.POP_TOP)
        self.stack = max(self.stack, 1 + len(step.names))

    def load_integer(self, value: int) -> None:
        if bc.SMALL_INT_MULTI_FIRST <= value <= bc.SMALL_INT_MULTI_LAST:
            self.op(bc.SMALL_INT_MULTI + value - bc.SMALL_INT_MULTI_FIRST)
        elif -1 << SMALL_INT_BITS - 1 <= value < 1 << SMALL_INT_BITS - 1:
            self.op(bc.LOAD_CONST_SMALL_INT, _encode_int(value))
        else:
            self.load_object(Constant("int", str(value).encode()))

    def load_constant(self, constant: Constant) -> None:
        if constant.kind in _CONSTANT_OPCODES:
            self.op(_CONSTANT_OPCODES[constant.kind])
        elif _is_interned(constant):
            self.op(bc.LOAD_CONST_STRING, self.qstr(constant.data.decode()))
        else:
            self.load_object(constant)

    def load_object(self, constant: Constant) -> None:
        number = self.constants.setdefault(constant, len(self.constants))
        self.op(bc.LOAD_CONST_OBJ, encode_uint(number))

    def code(self) -> bytes:
        """Prelude (MP_BC_PRELUDE_SIG_ENCODE, ..._SIZE_ENCODE), line numbers and opcodes."""
        state = self.stack - 1
        signature = [(state & 0xF) << 3]
        state >>= 4
        while state:
            signature[-1] |= 0x80
            signature.append((state & 3) << 4)
            state >>= 2
        info = encode_uint(self.qstrs["<module>"]) + self.lines
        size, left = [], len(info)
        while True:
            size.append((left & 0x3F) << 1)
            left >>= 6
            if not left:
                break
            size[-1] |= 0x80
        return bytes(signature) + bytes(size) + info + bytes(self.body)


_CONSTANT_OPCODES = {
    "False": bc.LOAD_CONST_FALSE,
    "None": bc.LOAD_CONST_NONE,
    "True": bc.LOAD_CONST_TRUE,
}


def _is_interned(constant: Constant) -> bool:
    """Short strings go into the string table (MICROPY_ALLOC_PARSE_INTERN_STRING_LEN)."""
    return constant.kind == "str" and len(constant.data) <= 10


def _encode_int(value: int) -> bytes:
    """A signed number, seven bits a byte, the highest first, bit 6 of the first the sign."""
    encoded = [value & 0x7F]
    value >>= 7
    while value not in (0, -1) or bool(encoded[-1] & 0x40) != (value == -1):
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(reversed(encoded))


def _line_info(n_bytes: int, n_lines: int) -> bytes:
    """Line table entries: 0LLBBBBB, or 1LLLBBBB LLLLLLLL (emit_write_code_info_bytes_lines)."""
    encoded = bytearray()
    while n_bytes or n_lines:
        if n_lines <= 6 or n_bytes > 0xF:
            b = min(n_bytes, 0x1F)
            n = min(n_lines, 3) if b == n_bytes else 0
            encoded.append(b | n << 5)
        else:
            b, n = min(n_bytes, 0xF), min(n_lines, 0x7FF)
            encoded += bytes((0x80 | b | n >> 4 & 0x70, n & 0xFF))
        n_bytes -= b
        n_lines -= n
    return bytes(encoded)

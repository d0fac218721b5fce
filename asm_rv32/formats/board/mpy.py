"""The .mpy file of MicroPython, version 6, and CircuitPython's: bytes to a tree and back.

Input: the bytes of a file, of any origin. Output: `Mpy`, with every code object in it.
Invariants: `write(read(data)) == data` for what mpy-cross writes; a wrong file raises `MpyError`
with the offset of what is wrong; time and memory are bounded by the length of the file.
Source: MicroPython 1.29, py/persistentcode.c and py/persistentcode.h; CircuitPython of 2026-08, the
same files and py/runtime0.h: another first byte, and a flag of scopes more, below some others.
"""

from __future__ import annotations

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.image import NOTHING, RETURN_KINDS

MICROPYTHON, CIRCUITPYTHON = FIRMWARES = ("micropython", "circuitpython")
_HEADS = {MICROPYTHON: ord("M"), CIRCUITPYTHON: ord("C")}
VERSION = 6
SUB_VERSION = 3
"""The version of the native interface; a file with machine code must match it."""
ARCHITECTURES = (
    "none", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp",
    "xtensa", "xtensawin", "rv32imc", "rv64imc",
)  # fmt: skip
ARCH_RV32IMC = ARCHITECTURES.index("rv32imc")
ARCH_FLAGS = {"zba": 1, "zcmp": 2}
"""Extensions of RV32IMC that a file can ask for, each a bit (py/asmrv32.h, RV32_EXT_*)."""
SMALL_INT_BITS = 31
"""What mpy-cross assumes of the target; stock 32-bit firmware takes up to 31 bits."""

MAX_QSTR = 255
"""Bytes of a string in the table: its length is kept in one byte by stock firmware."""

ENTRY_LIMIT = 1 << 18
"""A file has at most so many strings, constants and functions together."""

RESULTS = (*RETURN_KINDS, NOTHING)

CODE_KINDS = ("bytecode", "native", "viper", "asm")
_CONSTANT_KINDS = (
    "fun_table", "None", "False", "True", "Ellipsis", "str", "bytes", "int", "float", "complex",
    "tuple",
)  # fmt: skip
_BARE_CONSTANTS = _CONSTANT_KINDS[:5]

_STATIC_WORDS = """
    __call__ __class__ __delitem__ __enter__ __exit__ __getattr__ __getitem__ __hash__ __init__
    __int__ __iter__ __len__ __main__ __module__ __name__ __new__ __next__ __qualname__ __repr__
    __setitem__ __str__ ArithmeticError AssertionError AttributeError BaseException EOFError
    Ellipsis Exception GeneratorExit ImportError IndentationError IndexError KeyError
    KeyboardInterrupt LookupError MemoryError NameError NoneType NotImplementedError OSError
    OverflowError RuntimeError StopIteration SyntaxError SystemExit TypeError ValueError
    ZeroDivisionError abs all any append args bool builtins bytearray bytecode bytes callable chr
    classmethod clear close const copy count dict dir divmod end endswith eval exec extend find
    format from_bytes get getattr globals hasattr hash id index insert int isalpha isdigit
    isinstance islower isspace issubclass isupper items iter join key keys len list little locals
    lower lstrip main map micropython next object open ord pop popitem pow print range read
    readinto readline remove replace repr reverse rfind rindex round rsplit rstrip self send sep
    set setattr setdefault sort sorted split start startswith staticmethod step stop str strip sum
    super throw to_bytes tuple type update upper utf-8 value values write zip
"""
STATIC_QSTRS = ("", "__dir__", "\n", " ", "*", "/", "<module>", "_", *_STATIC_WORDS.split())
"""Strings that every firmware has, by their number less one (py/makeqstrdata.py)."""

_HAS_CHILDREN = 4
_HAS_ARCH_FLAGS = 0x40
_VIPER_RELOCATIONS, _VIPER_RODATA, _VIPER_BSS = 0x10, 0x20, 0x40
_FLAG_SHIFT = {MICROPYTHON: 0, CIRCUITPYTHON: 1}
"""So much higher the last three stand: CircuitPython tells coroutines from generators, 0x10."""
_MAX_DEPTH = 100
_MAX_WORD = 0xFFFFFFFF


class MpyError(ValueError):
    """A .mpy file is wrong, or cannot be written; `offset` is the place in the file, if any."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message if offset is None else f"{message} (at byte {offset})")
        self.message = message
        self.offset = offset


class Constant(NamedTuple):
    """An entry of the constant table: numbers stay the text that the file holds."""

    kind: str
    data: bytes = b""
    items: tuple[Constant, ...] = ()


class RawCode(NamedTuple):
    """One code object: a function, a class body, a comprehension or the module itself."""

    kind: str
    """One of CODE_KINDS."""
    code: bytes
    """Bytecode with its prelude, or machine code; a native function's prelude stands behind it."""
    offset: int = 0
    """Where `code` starts in the file it was read from."""
    prelude_offset: int = 0
    """native: length of the machine code in `code`."""
    scope_flags: int = 0
    n_args: int = 0
    """asm: number of positional arguments."""
    returns: int = 0
    """asm: index into RESULTS; of these a file has RETURN_KINDS, in the order of MP_NATIVE_TYPE_*.
    What returns nothing has a signed word there, as MicroPython's own compiler has it."""
    rodata: bytes | None = None
    bss_size: int | None = None
    relocations: bytes = b""
    """viper, of native modules: the relocation program with its end mark 0xff."""
    children: tuple[RawCode, ...] = ()

    @property
    def machine_code(self) -> bytes:
        """The bytes that the processor executes; empty for bytecode."""
        if self.kind == "bytecode":
            return b""
        return self.code[: self.prelude_offset] if self.kind == "native" else self.code


class Mpy(NamedTuple):
    """A whole file."""

    arch: int
    """Index into ARCHITECTURES; 0 when no machine code is in it."""
    arch_flags: int
    """Bits of ARCH_FLAGS, for RV32IMC."""
    small_int_bits: int
    qstrs: tuple[str, ...]
    """The file's string table; the first entry is the name of the source file."""
    constants: tuple[Constant, ...]
    module: RawCode
    firmware: str = MICROPYTHON
    """One of FIRMWARES, which alone loads the file."""

    @property
    def source_name(self) -> str:
        """The name of the source file, as tracebacks show it."""
        return self.qstrs[0] if self.qstrs else ""


# ---------------------------------------------------------------- numbers


def encode_uint(value: int) -> bytes:
    """An unsigned number, seven bits a byte, the highest first, bit 7 set on all but the last."""
    encoded = [value & 0x7F]
    while value := value >> 7:
        encoded.append(0x80 | (value & 0x7F))
    return bytes(reversed(encoded))


class _Cursor:
    """A place in the file; every read checks the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.entries = 0

    def take(self, count: int, what: str) -> bytes:
        left = len(self.data) - self.at
        if count > left:
            raise MpyError(f"truncated: {what} takes {count} bytes, {left} are left", self.at)
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self, what: str) -> int:
        return self.take(1, what)[0]

    def uint(self, what: str) -> int:
        start, value = self.at, 0
        while True:
            byte = self.byte(what)
            value = value << 7 | byte & 0x7F
            if value > _MAX_WORD:
                raise MpyError(f"corrupt: {what} exceeds 32 bits", start)
            if not byte & 0x80:
                return value

    def terminator(self, what: str) -> None:
        start = self.at
        if self.byte(what) != 0:
            raise MpyError(f"corrupt: {what} does not end with a zero byte", start)


# ---------------------------------------------------------------- reading


def read(data: bytes) -> Mpy:
    """Read a whole file. Errors: MpyError for anything that firmware could not load rightly."""
    cursor = _Cursor(data)
    firmware = _read_firmware(cursor)
    arch, arch_flags, small_int_bits = _read_header(cursor)
    n_qstrs = cursor.uint("number of strings")
    n_constants = cursor.uint("number of constants")
    # Each entry takes a byte at least, so a huge number runs into the end, not out of memory.
    qstrs = tuple(_read_qstr(cursor) for _ in range(_count(cursor, n_qstrs, "strings")))
    constants = tuple(
        _read_constant(cursor, 0) for _ in range(_count(cursor, n_constants, "constants"))
    )
    module = _read_raw_code(cursor, 0, arch, _FLAG_SHIFT[firmware])
    if cursor.at != len(data):
        raise MpyError(f"corrupt: {len(data) - cursor.at} bytes follow the end", cursor.at)
    return Mpy(arch, arch_flags, small_int_bits, qstrs, constants, module, firmware)


def require_rv32(mpy: Mpy) -> None:
    """Raise MpyError when the file's machine code, if it has any, is not for RV32IMC."""
    if mpy.arch not in (0, ARCH_RV32IMC):
        raise MpyError(
            f"wrong architecture: the machine code is for {ARCHITECTURES[mpy.arch]}, not rv32imc", 2
        )


def firmware_of(data: bytes) -> str:
    """The firmware that a file is for, one of FIRMWARES; empty for what is no .mpy file."""
    return next((name for name, head in _HEADS.items() if data[:1] == bytes((head,))), "")


def _read_firmware(cursor: _Cursor) -> str:
    found = firmware_of(cursor.take(1, "header"))
    if not found:
        raise MpyError("not a .mpy file: it starts with neither 'M' nor 'C'", 0)
    return found


def _read_header(cursor: _Cursor) -> tuple[int, int, int]:
    version = cursor.byte("header")
    if version != VERSION:
        raise MpyError(
            f"wrong version: the file has .mpy version {version}, this reads {VERSION} "
            "(MicroPython 1.19 and later)",
            1,
        )
    features = cursor.byte("header")
    # Bit 7 is unused; bit 6 says that flags follow, so the architecture has four bits.
    arch, sub_version = features >> 2 & 0xF, features & 3
    if features & 0x80 or arch >= len(ARCHITECTURES):
        raise MpyError(f"wrong architecture: unknown feature byte {features:#04x}", 2)
    if arch and sub_version != SUB_VERSION:
        raise MpyError(
            f"wrong version: the machine code has interface {VERSION}.{sub_version}, "
            f"this reads {VERSION}.{SUB_VERSION} (MicroPython 1.23 and later)",
            2,
        )
    small_int_bits = cursor.byte("header")
    if not 8 <= small_int_bits <= 64:
        raise MpyError(f"corrupt: small integers of {small_int_bits} bits", 3)
    flags = 0
    if features & _HAS_ARCH_FLAGS:
        if not arch:
            raise MpyError("corrupt: architecture flags without an architecture", 2)
        flags = cursor.uint("architecture flags")
    return arch, flags, small_int_bits


def _count(cursor: _Cursor, count: int, what: str) -> int:
    left = len(cursor.data) - cursor.at
    if count > left:
        raise MpyError(f"truncated: {count} {what} are announced, {left} bytes are left", cursor.at)
    cursor.entries += count
    if cursor.entries > ENTRY_LIMIT:
        message = f"more than {ENTRY_LIMIT} strings, constants and functions"
        raise MpyError(message, cursor.at)
    return count


def _read_qstr(cursor: _Cursor) -> str:
    start = cursor.at
    length = cursor.uint("string")
    if length & 1:
        number = length >> 1
        if not 1 <= number <= len(STATIC_QSTRS):
            raise MpyError(f"corrupt: there is no static string {number}", start)
        return STATIC_QSTRS[number - 1]
    if length >> 1 > MAX_QSTR:
        raise MpyError(f"corrupt: a string of {length >> 1} bytes, at most {MAX_QSTR}", start)
    text = cursor.take(length >> 1, "string")
    cursor.terminator("string")
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise MpyError("corrupt: a string is not UTF-8", start) from None


def _read_constant(cursor: _Cursor, depth: int) -> Constant:
    start = cursor.at
    if depth > _MAX_DEPTH:
        raise MpyError(f"corrupt: constants are nested more than {_MAX_DEPTH} deep", start)
    number = cursor.byte("constant")
    if number >= len(_CONSTANT_KINDS):
        raise MpyError(f"corrupt: there is no constant of type {number}", start)
    kind = _CONSTANT_KINDS[number]
    if kind in _BARE_CONSTANTS:
        return Constant(kind)
    length = cursor.uint("constant")
    if kind == "tuple":
        count = _count(cursor, length, "items")
        return Constant(kind, items=tuple(_read_constant(cursor, depth + 1) for _ in range(count)))
    data = cursor.take(length, "constant")
    if kind in ("str", "bytes"):
        cursor.terminator("constant")
    return Constant(kind, data)


def _read_raw_code(cursor: _Cursor, depth: int, arch: int, shift: int) -> RawCode:
    """A code object; `shift`: as in `_FLAG_SHIFT`."""
    start = cursor.at
    if depth > _MAX_DEPTH:
        raise MpyError(f"corrupt: functions are nested more than {_MAX_DEPTH} deep", start)
    head = cursor.uint("head of a function")
    kind = CODE_KINDS[head & 3]
    if kind != "bytecode" and not arch:
        raise MpyError(f"corrupt: {kind} code in a file without an architecture", start)
    offset = cursor.at
    raw = RawCode(kind, cursor.take(head >> 3, "code of a function"), offset)
    if kind == "native":
        prelude = cursor.uint("prelude offset")
        if prelude > len(raw.code):
            raise MpyError("corrupt: the prelude of a native function lies outside it", offset)
        raw = raw._replace(prelude_offset=prelude)
    elif kind != "bytecode":
        raw = raw._replace(scope_flags=cursor.uint("scope flags"))
    if kind == "asm":
        at = cursor.at
        n_args, returns = cursor.uint("number of arguments"), cursor.uint("type of the result")
        if n_args > 4 or returns >= len(RETURN_KINDS):
            raise MpyError(f"corrupt: {n_args} arguments, result of type {returns}", at)
        raw = raw._replace(n_args=n_args, returns=returns)
    if kind == "viper":
        flags = raw.scope_flags >> shift
        rodata_size = cursor.uint("rodata size") if flags & _VIPER_RODATA else None
        bss_size = cursor.uint("bss size") if flags & _VIPER_BSS else None
        # The firmware allocates them as one block, so that is what carries the rodata.
        rodata = None if rodata_size is None else cursor.take(rodata_size, "rodata")
        raw = raw._replace(rodata=rodata, bss_size=bss_size)
    if head & _HAS_CHILDREN:
        count = _count(cursor, cursor.uint("number of inner functions"), "inner functions")
        raw = raw._replace(
            children=tuple(_read_raw_code(cursor, depth + 1, arch, shift) for _ in range(count))
        )
    if kind in ("viper", "asm") and raw.scope_flags >> shift & _VIPER_RELOCATIONS:
        raw = raw._replace(relocations=_read_relocations(cursor))
    return raw


def _read_relocations(cursor: _Cursor) -> bytes:
    """The relocation program up to its end mark (mp_native_relocate in py/persistentcode.c)."""
    start = cursor.at
    while (operation := cursor.byte("relocations")) != 0xFF:
        if operation & 1:
            cursor.uint("address to relocate")
        if operation >> 1 <= 5 and operation >> 1 & 1:
            cursor.uint("number of relocations")
    return cursor.data[start : cursor.at]


# ---------------------------------------------------------------- writing


def write(mpy: Mpy) -> bytes:
    """The bytes of a file. Errors: MpyError when a string exceeds what firmware can hold."""
    header = bytearray((_HEADS[mpy.firmware], VERSION, 0, mpy.small_int_bits))
    if mpy.arch:
        header[2] = mpy.arch << 2 | SUB_VERSION
    if mpy.arch_flags:
        header[2] |= _HAS_ARCH_FLAGS
        header += encode_uint(mpy.arch_flags)
    header += encode_uint(len(mpy.qstrs)) + encode_uint(len(mpy.constants))
    parts = [bytes(header)]
    parts += [_write_qstr(text) for text in mpy.qstrs]
    parts += [_write_constant(constant) for constant in mpy.constants]
    parts.append(_write_raw_code(mpy.module))
    return b"".join(parts)


def _write_qstr(text: str) -> bytes:
    number = _STATIC_NUMBERS.get(text)
    if number is not None:
        return encode_uint(number << 1 | 1)
    data = text.encode()
    if len(data) > MAX_QSTR:
        raise MpyError(f"a name has {len(data)} bytes, MicroPython takes {MAX_QSTR}: {text[:40]}…")
    return encode_uint(len(data) << 1) + data + b"\0"


_STATIC_NUMBERS = {text: index + 1 for index, text in enumerate(STATIC_QSTRS)}


def _write_constant(constant: Constant) -> bytes:
    head = bytes((_CONSTANT_KINDS.index(constant.kind),))
    if constant.kind in _BARE_CONSTANTS:
        return head
    if constant.kind == "tuple":
        items = (_write_constant(item) for item in constant.items)
        return head + encode_uint(len(constant.items)) + b"".join(items)
    end = b"\0" if constant.kind in ("str", "bytes") else b""
    return head + encode_uint(len(constant.data)) + constant.data + end


def _write_raw_code(raw: RawCode) -> bytes:
    head = len(raw.code) << 3 | (_HAS_CHILDREN if raw.children else 0) | CODE_KINDS.index(raw.kind)
    parts = [encode_uint(head), raw.code]
    if raw.kind == "native":
        parts.append(encode_uint(raw.prelude_offset))
    elif raw.kind != "bytecode":
        parts.append(encode_uint(raw.scope_flags))
    if raw.kind == "asm":
        returns = "int" if RESULTS[raw.returns] == NOTHING else RESULTS[raw.returns]
        parts += [encode_uint(raw.n_args), encode_uint(RETURN_KINDS.index(returns))]
    if raw.rodata is not None:
        parts.append(encode_uint(len(raw.rodata)))
    if raw.bss_size is not None:
        parts.append(encode_uint(raw.bss_size))
    parts.append(raw.rodata or b"")
    if raw.children:
        parts.append(encode_uint(len(raw.children)))
        parts += [_write_raw_code(child) for child in raw.children]
    parts.append(raw.relocations)
    return b"".join(parts)

"""Files made to take as much memory and time as they can, each of one kind, of any size.

Input: a size in bytes. Output: a file's bytes, of that size or a little less.
Invariant: a file is the same pattern over and over, or one thing as large as the file.
"""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Callable

from asm_rv32.formats.board.mpy import ENTRY_LIMIT, encode_uint

HEAD = "@asm_rv32\ndef f():\n"
TOKENS = 200_000
"""Of a line; a few less than it may have."""


def _repeated(line: str, head: str = HEAD) -> Callable[[int], bytes]:
    """A line over and over; `{}` in it is its number."""

    def make(size: int) -> bytes:
        if "{}" not in line:
            return (head + line * ((size - len(head)) // len(line.encode()))).encode()
        lines, left, number = [head], size - len(head), 0
        while (left := left - len(lines[-1].encode())) >= 0 or not number:
            lines.append(line.replace("{}", str(number)))
            number += 1
        return "".join(lines[:-1]).encode()

    return make


def _filled(before: str, filling: str, after: str) -> Callable[[int], bytes]:
    """One thing as large as the file."""

    def make(size: int) -> bytes:
        count = (size - len(before) - len(after)) // len(filling.encode())
        return (before + filling * count + after).encode()

    return make


def _long_lines(before: str, filling: str, after: str, most: int) -> Callable[[int], bytes]:
    """Lines of so many fillings at most, and eight lines or more."""

    def make(size: int) -> bytes:
        count = min(most, size // 9 // len(filling))
        return _repeated(before + filling * count + after)(size)

    return make


def _deeper(size: int) -> bytes:
    """Each line stands further in than the one before."""
    lines, left = [HEAD], size - len(HEAD)
    for depth in itertools.count(1):
        left -= depth + 6
        if left < 0:
            break
        lines.append(" " * depth + "if 1:\n")
    return "".join(lines).encode()


def _classes(size: int) -> bytes:
    """Functions whose qualified names are all long."""
    head = "".join(f"{' ' * depth}class {chr(97 + depth) * 250}:\n" for depth in range(20))
    return _repeated(f"{' ' * 20}@asm_rv32\n{' ' * 20}def f(): ret()\n", head)(size)


SOURCES: dict[str, Callable[[int], bytes]] = {
    "one line of statements": _filled(HEAD + " ", "nop();", "nop()\n"),
    "lines of many statements": _long_lines(" ", "nop();", "nop()\n", TOKENS // 4),
    "short statements": _repeated(" ret()\n"),
    "different statements": _repeated(" li(t0,{})\n"),
    "functions on a line": _repeated("@asm_rv32\ndef f():ret()\n", ""),
    "functions of long names": _repeated(f"@asm_rv32\ndef {'n' * 250}(): ret()\n", ""),
    "functions in classes of long names": _classes,
    "functions without a body": _repeated("@asm_rv32\ndef f():\n", ""),
    "functions of the board's dialect": _repeated(
        "N{}=const(1)\n@asm_rv32(dialect='micropython')\ndef f(): mv(a0,a0)\n", ""
    ),
    "labels": _repeated(" label(l{})\n"),
    "jumps to labels": _repeated(" label(l{}); j(l{})\n"),
    "unknown labels": _repeated(" label(l{}); j(m{})\n"),
    "a long label, repeated": _filled(
        HEAD + " for i in range(499999):\n  label(", "n", ")\n"
    ),
    "names": _repeated(" n{}=t0\n"),
    "constants": _repeated("N{}={}\n", ""),
    "constants, and functions that use them": _repeated(
        "N{}={}\n@asm_rv32\ndef f(): li(a0,N{})\n", ""
    ),
    "large constants": _repeated(f"N{{}}={9 * 10**300}\n", ""),
    "decorators": _repeated("@asm_rv32\n", ""),
    "decorators of every ISA": _repeated("@asm_rv32(isa='rv32i_{}')\ndef f(): ret()\n", ""),
    "indentation": _deeper,
    "white space": _filled(HEAD, " ", "nop()\n"),
    "a string": _filled(HEAD + " data(1,'", "s", "')\n"),
    "strings": _long_lines(" data(1,'", "s", "')\n", 1_000_000),
    "strings next to each other": _long_lines(" data(1,", "''", ")\n", TOKENS // 2),
    "a string of long lines": _filled(HEAD + " '''", "s" * 99 + "\n", "'''\n"),
    "a comment": _filled(HEAD + " nop()  #", "c", "\n"),
    "comments": _repeated(" #\n"),
    "a list of data": _filled(HEAD + " data(1", ",1", ")\n"),
    "lists of data": _long_lines(" data(4", ",1", ")\n", TOKENS // 2),
    "space": _repeated("@asm_rv32\ndef f(): space(16777216)\n", ""),
    "alignment": _repeated("@asm_rv32\ndef f(): align(16777216);nop();align(1<<24)\n", ""),
    "operands": _filled(HEAD + " add(a0", ",a0", ")\n"),
    "lines of operands": _long_lines(" add(a0", ",a0", ")\n", TOKENS // 2),
    "mistakes": _repeated(" x(1)\n"),
    "different mistakes": _repeated(" nonsense{}(1)\n"),
    "long mistakes": _long_lines(" ", "n", "{}(1)\n", 16_000),
    "unclosed brackets": _repeated(" li(a0,(\n"),
    "open brackets": _filled(HEAD + " li(a0,", "(", "\n"),
    "brackets over lines": _repeated("(\n"),
    "unclosed strings": _repeated(" '''\n 'a\n"),
    "loops in loops": _repeated(
        "@asm_rv32\ndef f():\n for i in range(700):\n  for j in range(700): nop()\n", ""
    ),
    "loops over nothing": _repeated(" for i in range(499999): pass\n"),
    "conditions": _repeated(" if 1: nop()\n"),
    "alternatives": _repeated(" elif 1: nop()\n", HEAD + " if 0: nop()\n"),
    "NULs": _filled(HEAD, "\0", "\n"),
    "letters of two bytes": _repeated(" é()\n"),
    "a comment in letters of four bytes": _filled(HEAD + " nop() #", "🙂", "\n"),
    "a name in letters of three bytes": _filled(HEAD + " ", "ｎ", "()\n"),
    "carriage returns": _repeated(" nop()\r"),
    "carriage returns and line feeds": _repeated(" nop()\r\n"),
    "backslashes": _filled(HEAD + " nop()", "\\\n", "\n"),
    "line feeds": _filled("", "\n", ""),
    "semicolons": _filled(HEAD + " nop()", ";", "\n"),
    "a sum": _filled(HEAD + " li(a0,1", "+1", ")\n"),
    "a sum with a name": _filled("N=1", "+1", "\n" + HEAD + " li(a0,N)\n"),
    "parameters": _filled("@asm_rv32\ndef f(a", ",a", "):nop()\n"),
    "arguments of a decorator": _filled("@asm_rv32(a", ",a", ")\ndef f():nop()\n"),
    "an annotation": _filled("@asm_rv32\ndef f()->a", ".a", ":nop()\n"),
    "names of their own": _repeated(" a{}", "@asm_rv32\ndef f(): nop("),
    "sums": _long_lines(" li(a0,1", "+1", ")\n", TOKENS // 2),
    "powers": _repeated(" li(a0,(3**600*3**600)%{})\n"),
    "no UTF-8": lambda size: b"\xff" * size,
    "Python": _repeated("a{}=[]\n", ""),
    "Python around a function": _repeated("f(x,y)\n", HEAD + " nop()\nprint(1)\n"),
}  # fmt: skip


# ---- machine code


def _random_words(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def _of(word: bytes) -> Callable[[int], bytes]:
    return lambda size: word * (size // len(word))


def _records(data: int, step: int) -> Callable[[int], bytes]:
    """Intel hex records of so many bytes, each at its own multiple of `step`."""

    def make(size: int) -> bytes:
        lines, left, at = [], size - 12, 0
        while left > 0:
            if at % 0x10000 == 0:
                lines.append(_record(4, 0, (at >> 16).to_bytes(2, "big")))
                left -= len(lines[-1])
            lines.append(_record(0, at & 0xFFFF, bytes(data)))
            left -= len(lines[-1])
            at += step
        return b"".join([*lines, _record(1, 0, b"")])

    return make


def _record(kind: int, address: int, data: bytes) -> bytes:
    body = bytes((len(data), address >> 8, address & 0xFF, kind)) + data
    return b":%s%02X\n" % (body.hex().upper().encode(), -sum(body) & 0xFF)


def _mpy(strings: list[bytes], constants: list[bytes], children: list[bytes]) -> bytes:
    """A .mpy with these strings, and these constants and functions as they stand in a file."""
    code = b"\x00\x00\x00\x51\x63"  # prelude; return None
    return b"".join(
        [
            b"M\x06\x2f\x1f", encode_uint(len(strings)), encode_uint(len(constants)),
            *(encode_uint(len(text) << 1) + text + b"\0" for text in strings), *constants,
            encode_uint(len(code) << 3 | 4), code, encode_uint(len(children)), *children,
        ]
    )  # fmt: skip


def _most(size: int) -> tuple[int, int]:
    """How many entries a .mpy takes, a few left out; and how many bytes each may have."""
    count = min(ENTRY_LIMIT - 10, size // 10)
    return count, max(0, size // count - 10)


def _mpy_constants(size: int) -> bytes:
    count, length = _most(size)
    return _mpy([b"a"], [b"\x05" + encode_uint(length) + bytes(length) + b"\0"] * count, [])


def _mpy_functions(size: int) -> bytes:
    count, length = _most(size)
    code = b"\1\0" * (length // 2) + b"\x82\x80"
    return _mpy([b"a"], [], [encode_uint(len(code) << 3 | 3) + code + b"\0\0\0"] * count)


def _mpy_names(size: int) -> bytes:
    """Bytecode functions that all have the same long name."""
    count, length = _most(size)
    code = b"\0\0\1\x51\x63" + b"\x51" * length
    return _mpy([b"a", b"n" * 255], [], [encode_uint(len(code) << 3) + code] * count)


def _elf(sections: list[tuple[int, int, bytes]], names: bytes, entry: int = 0, *, alias: int = 0,
         of: int = 1) -> bytes:  # fmt: skip
    """An ELF object: kind, flags and contents of sections, the last the names; `alias` headers
    more, all for the contents of the section `of`, counted from 1."""
    every = [(0, 0, b""), *sections, (3, 0, names)]
    last = len(every) - 1
    headers, offset = [], 52
    for kind, flags, contents in every:
        headers.append((0, kind, flags, 0, offset, len(contents), last, 0, 1, entry))
        offset += len(contents)
    headers += [headers[of]] * alias
    headers[0] = (*headers[0][:5], len(headers), *headers[0][6:])
    head = struct.pack(
        "<16s2H5I6H", b"\x7fELF\x01\x01\x01", 1, 243, 1, 0, 0, offset, 1, 52, 0, 0, 40, 0,
        min(last, 0xFFFF),
    )  # fmt: skip
    return b"".join(
        [head, *(part[2] for part in every), *(struct.pack("<10I", *h) for h in headers)]
    )


def _symbols(size: int, names: bytes, step: int) -> bytes:
    """As many symbols, at each byte, as there is room for; each name starts `step` further on."""
    count = (size - len(names)) // 17
    table = b"".join(
        struct.pack("<3I2BH", number * step % len(names), number, 0, 2, 0, 1)
        for number in range(count)
    )
    return _elf([(1, 4, bytes(count)), (2, 0, table)], names + b"\0", 16)


def _marks(size: int) -> bytes:
    count = size // 18
    table = b"".join(
        struct.pack("<3I2BH", number % 2 * 3, 2 * number, 0, 0, 0, 1) for number in range(count)
    )
    return _elf([(1, 4, b"\1\0" * count), (2, 0, table)], b"$x\0$d\0", 16)


def _sections(size: int) -> bytes:
    return _elf([(1, 4, bytes(size // 2))], b"\0", alias=size // 80)


def _symbol_tables(size: int) -> bytes:
    """Half of it symbols, and half headers that are all for them."""
    table = struct.pack("<3I2BH", 0, 0, 0, 2, 0, 1) * (size // 32)
    return _elf([(1, 4, b"\1\0"), (2, 0, table)], b"f\0", 16, alias=size // 80, of=2)


def _functions_with_marks(size: int) -> bytes:
    """Functions of an instruction and two bytes of data, all marked."""
    count = size // 70
    table = b"".join(
        struct.pack("<3I2BH", name, 4 * number + at, 0, kind, 0, 1)
        for number in range(count)
        for name, at, kind in ((0, 0, 0), (3, 2, 0), (6, 0, 2))
    )
    return _elf([(1, 4, b"\1\0\0\0" * count), (2, 0, table)], b"$x\0$d\0f\0", 16)


def _small_sections(size: int) -> bytes:
    return _elf([(1, 4, b"\1\0")] * (size // 42), b"\0")


def _romfs(record: bytes) -> Callable[[int], bytes]:
    def make(size: int) -> bytes:
        payload = record * (size // len(record))
        return b"\xd2\xcd\x31" + encode_uint(len(payload)) + payload

    return make


def _deep_romfs(size: int) -> bytes:
    """Directories in each other, as deep as may be, with files in the last."""
    record = bytes((5, 5, 1)) + b"f" + bytes((2, 1, 0))
    payload = record * (size // len(record))
    for _ in range(50):
        payload = b"\4" + encode_uint(len(payload) + 2) + b"\1d" + payload
    return b"\xd2\xcd\x31" + encode_uint(len(payload)) + payload


FILES: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "random words": ("bin", _random_words),
    "small instructions": ("bin", _of(b"\1\0")),
    "jumps": ("bin", _of(b"\5\xa0")),
    "records of a byte": ("hex", _records(1, 2)),
    "records of many bytes": ("hex", _records(128, 128)),
    "records far apart": ("hex", _records(1, 0x100)),
    "too many constants": ("mpy", lambda size: _mpy([b"a"], [b"\1"] * size, [])),
    "too many strings": ("mpy", lambda size: _mpy([b""] * (size // 2), [], [])),
    "constants": ("mpy", _mpy_constants),
    "functions": ("mpy", _mpy_functions),
    "functions of a long name": ("mpy", _mpy_names),
    "symbols": ("elf", lambda size: _symbols(size, b"ab\0" * (size // 10), 3)),
    "symbols of names in names": ("elf", lambda size: _symbols(size, b"n" * (size // 4), 1)),
    "marks": ("elf", _marks),
    "functions with marks": ("elf", _functions_with_marks),
    "symbol tables over one": ("elf", _symbol_tables),
    "sections of the same code": ("elf", _sections),
    "small sections": ("elf", _small_sections),
    "files": ("romfs", _romfs(bytes((5, 5, 1)) + b"f" + bytes((2, 1, 0)))),
    "directories": ("romfs", _romfs(b"\4\2\1d")),
    "files deep down": ("romfs", _deep_romfs),
}  # fmt: skip

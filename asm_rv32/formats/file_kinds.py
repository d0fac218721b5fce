"""What a file is that is not what a command takes, in words, and which command takes it.

Input: a file's name and its bytes, of any origin. Output: a `FileKind`, or None where nothing
tells. Invariant: Python source is never taken for anything else, whatever it is called, unless its
name has the suffix of another kind.
"""

from __future__ import annotations

import os

from asm_rv32.basis.records import NamedTuple


class FileKind(NamedTuple):
    """A kind of file."""

    title: str
    """As in `FILE is ...`."""
    mend: str
    """What to do with it; `{file}` is its name."""


_DISASSEMBLE = "asmrv32 disasm {file} shows its code"
MACHINE_CODE = FileKind("machine code", _DISASSEMBLE)
_MPY = FileKind("a compiled module of MicroPython", _DISASSEMBLE)
OBJECT = FileKind("an ELF file", _DISASSEMBLE)
ARCHIVE = FileKind("an archive of objects", "asmrv32 import {file} writes it as source")
_UF2 = FileKind("an image of firmware", _DISASSEMBLE)
GNU_SOURCE = FileKind(
    "assembler source for GNU as",
    "asmrv32 import {file} writes it as source of this assembler",
)
C_SOURCE = FileKind(
    "C source",
    "asmrv32 report --against gcc:{file} prices its functions beside those of a FILE.py",
)
_PAGE = FileKind("a text for people", "name the source that it tells of")
ROMFS = FileKind("a ROMFS image", "asmrv32 romfs --list {file} shows what it holds")
JSON = FileKind("JSON", "asmrv32 report --baseline {file} reads what report -f json wrote")
SOURCE = FileKind("Python source", "asmrv32 compile {file} -f listing -o - shows its machine code")
_MAGIC = {
    b"\x7fELF": OBJECT,
    b"!<arch>\n": ARCHIVE,
    b"M\x06": _MPY,
    b"C\x06": FileKind("a compiled module of CircuitPython", _DISASSEMBLE),
    b"\xd2\xcd\x31": ROMFS,
    b"UF2\nWQ]\x9e": _UF2,
}
"""The bytes that files of a kind start with; none is UTF-8 text of Python."""
_SUFFIXES = {
    ".py": SOURCE, ".mpy": _MPY, ".elf": OBJECT, ".o": OBJECT, ".a": ARCHIVE,
    ".hex": FileKind("Intel hex", _DISASSEMBLE), ".bin": MACHINE_CODE,
    ".romfs": ROMFS, ".uf2": _UF2,
    ".s": GNU_SOURCE, ".asm": GNU_SOURCE, ".c": C_SOURCE, ".h": C_SOURCE,
    ".json": JSON, ".lst": _PAGE, ".md": _PAGE, ".html": _PAGE,
}  # fmt: skip


def kind_of_file(path: str, data: bytes) -> FileKind | None:
    """What a file is by the start of its bytes, else by its suffix; None where unclear."""
    for start, kind in _MAGIC.items():
        if data.startswith(start):
            return kind
    return _SUFFIXES.get(os.path.splitext(path)[1].lower())


def refusal(path: str, data: bytes, *wanted: FileKind) -> str | None:
    """Why a file is none of the kinds wanted, and what to do with it; None where it may be one.

    `path` is `-` for standard input.
    """
    kind = kind_of_file(path, data)
    if kind is None or kind in wanted:
        return None
    shown = "standard input" if path == "-" else path
    asked = " or ".join(each.title for each in wanted)
    return f"{shown} is {kind.title}, not {asked}: {kind.mend.format(file=path)}"

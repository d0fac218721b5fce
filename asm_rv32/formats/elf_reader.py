"""Code out of ELF files of any origin, through pyelftools.

Input: the bytes of a file. Output: its executable sections with their symbols.
Invariants: a file that is no RV32 ELF file, or is damaged, raises `ElfError`; nothing in it is
followed outside the file, and time and memory are bounded by its length.
"""

from __future__ import annotations

import io
import re
from typing import Any, NamedTuple

from asm_rv32.disassembly import Stretch
from asm_rv32.tables import DEFAULT_ISA, IMPLIED, IsaError, known_extensions, parse_isa

_SHF_EXECINSTR = 4
_EM_RISCV = "EM_RISCV"
_TAG_ARCH = 5
_EF_RVC, _EF_RVE = 1, 8


class ElfError(ValueError):
    """The file is no ELF file with RV32 code."""


class CodeSection(NamedTuple):
    """An executable section."""

    name: str
    address: int
    code: bytes
    symbols: dict[int, str]
    """Address → name, functions before other symbols."""
    functions: dict[int, int]
    """Address at which a function starts → its size in bytes; 0 where the file does not tell."""
    stretches: tuple[Stretch, ...]
    """What is code and what data, by the mapping symbols."""
    isa: str
    """As the file's attributes say, as far as it is known here."""


def sections(data: bytes) -> list[CodeSection]:
    """The executable sections of a file, in its order. Raises ElfError."""
    from elftools.common.exceptions import ELFError
    from elftools.construct import ConstructError
    from elftools.elf.elffile import ELFFile

    try:
        file = ELFFile(io.BytesIO(data))
        if file["e_machine"] != _EM_RISCV or file.elfclass != 32 or not file.little_endian:
            raise ElfError("an ELF file, but not for 32-bit RISC-V")
        return list(_sections(file, len(data)))
    except ElfError:
        raise
    except (
        ELFError,
        ConstructError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        UnicodeError,
        OverflowError,
        AssertionError,
        OSError,
    ) as error:
        # pyelftools meets what it does not expect with whatever comes first.
        raise ElfError(f"a damaged ELF file: {type(error).__name__}: {error}") from None


def _sections(file: Any, size: int) -> Any:
    if file.num_sections() * 40 > size:
        raise ElfError("a damaged ELF file: more sections than it has room for")
    every = list(file.iter_sections())
    symbols = _symbols(every, size)
    isa = _isa(file, every)
    for index, section in enumerate(every):
        if not section["sh_flags"] & _SHF_EXECINSTR or section["sh_type"] == "SHT_NOBITS":
            continue
        if section["sh_offset"] + section["sh_size"] > size:
            raise ElfError(f"a damaged ELF file: section {section.name!r} ends behind the file")
        address = section["sh_addr"]
        code = section.data()
        end = address + len(code)
        own = [s for s in symbols if s.section == index and address <= s.value <= end]
        names: dict[int, str] = {}
        starts: dict[int, int] = {}
        marks: dict[int, str] = {}
        for symbol in sorted(own, key=lambda symbol: not symbol.is_function):
            if symbol.name[:2] in ("$x", "$d"):
                marks[symbol.value - address] = symbol.name
            elif symbol.name and not symbol.name.startswith("$"):
                names.setdefault(symbol.value, symbol.name)
                if symbol.is_function:
                    starts.setdefault(symbol.value, symbol.size)
        stretches = tuple(_stretches(marks, len(code)))
        yield CodeSection(section.name, address, code, names, starts, stretches, isa)


class _Symbol(NamedTuple):
    section: int
    value: int
    name: str
    size: int
    is_function: bool


def _symbols(every: list[Any], size: int) -> list[_Symbol]:
    found = []
    for section in every:
        if section["sh_type"] == "SHT_SYMTAB":
            if section["sh_size"] > size or section["sh_entsize"] != 16:
                raise ElfError("a damaged ELF file: its symbol table has no sense")
            for symbol in section.iter_symbols():
                index, kind = symbol["st_shndx"], symbol["st_info"]["type"]
                if isinstance(index, int) and kind in ("STT_NOTYPE", "STT_FUNC"):
                    found.append(
                        _Symbol(
                            index, symbol["st_value"], symbol.name, symbol["st_size"],
                            kind == "STT_FUNC",
                        )
                    )  # fmt: skip
    return found


def _stretches(marks: dict[int, str], size: int) -> Any:
    """Runs of code and data; what no mark covers is code."""
    start, is_code = 0, True
    for offset, name in sorted(marks.items()):
        marked = name.startswith("$x")
        if marked == is_code or offset >= size:
            continue
        if offset > start:
            yield Stretch(start, offset, is_code)
        start, is_code = offset, marked
    if start < size:
        yield Stretch(start, size, is_code)


def _isa(file: Any, every: list[Any]) -> str:
    for section in every:
        if section["sh_type"] == "SHT_RISCV_ATTRIBUTES":
            match = re.search(rb"rv32[a-z0-9_]+", section.data()[:4096])
            if match:
                return _known_isa(match.group().decode("ascii"))
    flags = file["e_flags"]
    base = "rv32e" if flags & _EF_RVE else "rv32i"
    return f"{base}m{'c' if flags & _EF_RVC else ''}"


def _known_isa(arch: str) -> str:
    """`rv32i2p1_m2p0_zicsr2p0` as an ISA string, without what is not known here."""
    names = [re.sub(r"\d+p\d+$", "", name) for name in arch[4:].split("_")]
    base, rest = names[0][:1], [*names[0][1:], *names[1:]]
    known = known_extensions()
    letters = "".join(name for name in rest if len(name) == 1 and name in known)
    implied = IMPLIED["rv32i"]
    longer = [n for n in rest if len(n) > 1 and n in known and n not in implied]
    isa = "_".join([f"rv32{base}{letters}", *longer])
    try:
        parse_isa(isa)
    except IsaError:
        return DEFAULT_ISA
    return isa

"""What a linker fills in, as references to symbols.

Input: a section of an `ElfFile`. Output: `Filled`s in the order of their places.
Invariant: what has no form is told in words, at its place; nothing is dropped.
Source: RISC-V ELF psABI 1.0, "Relocations".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from asm_rv32.basis.records import NamedTuple
from asm_rv32.formats.elf_reader import SHN_ABS, ElfFile, Relocation, Section, Symbol
from asm_rv32.isa.references import CALL, TARGET, WORD


class Kind(NamedTuple):
    """A type of relocation."""

    name: str
    """Without `R_RISCV_`."""
    part: str = ""
    """As in `Reference`; "" for none that has a form here."""
    size: int = 4
    """Bytes, of data."""
    change: str = ""
    """How data comes to be: `+` and `-` change what stands there; `=` and "" replace it."""


RELAX, ALIGN = 51, 43
GPREL = "gprel"
"""The part that counts from the global pointer: only programs have it."""
KINDS = {
    1: Kind("32", WORD), 16: Kind("BRANCH", TARGET), 17: Kind("JAL", TARGET),
    18: Kind("CALL", CALL), 19: Kind("CALL_PLT", CALL), 20: Kind("GOT_HI20", "got_pcrel_hi"),
    21: Kind("TLS_GOT_HI20", "tls_ie_pcrel_hi"), 22: Kind("TLS_GD_HI20", "tls_gd_pcrel_hi"),
    23: Kind("PCREL_HI20", "pcrel_hi"), 24: Kind("PCREL_LO12_I", "pcrel_lo"),
    25: Kind("PCREL_LO12_S", "pcrel_lo"), 26: Kind("HI20", "hi"), 27: Kind("LO12_I", "lo"),
    28: Kind("LO12_S", "lo"), 29: Kind("TPREL_HI20", "tprel_hi"),
    30: Kind("TPREL_LO12_I", "tprel_lo"), 31: Kind("TPREL_LO12_S", "tprel_lo"),
    32: Kind("TPREL_ADD", "tprel_add"), 33: Kind("ADD8", WORD, 1, "+"),
    34: Kind("ADD16", WORD, 2, "+"), 35: Kind("ADD32", WORD, 4, "+"),
    37: Kind("SUB8", WORD, 1, "-"), 38: Kind("SUB16", WORD, 2, "-"),
    39: Kind("SUB32", WORD, 4, "-"), 44: Kind("RVC_BRANCH", TARGET), 45: Kind("RVC_JUMP", TARGET),
    46: Kind("RVC_LUI", "hi"), 47: Kind("GPREL_I", GPREL), 48: Kind("GPREL_S", GPREL),
    49: Kind("TPREL_I", "tprel_lo"), 50: Kind("TPREL_S", "tprel_lo"),
    54: Kind("SET8", WORD, 1, "="), 55: Kind("SET16", WORD, 2, "="),
    56: Kind("SET32", WORD, 4, "="), 57: Kind("32_PCREL", WORD, 4, "."),
    59: Kind("PLT32", WORD, 4, "."), 2: Kind("64"), 3: Kind("RELATIVE"), 4: Kind("COPY"),
    5: Kind("JUMP_SLOT"), 6: Kind("TLS_DTPMOD32"), 8: Kind("TLS_DTPREL32"),
    10: Kind("TLS_TPREL32"), 12: Kind("TLSDESC"), 36: Kind("ADD64"), 40: Kind("SUB64"),
    41: Kind("GOT32_PCREL"), 52: Kind("SUB6"), 53: Kind("SET6"), 58: Kind("IRELATIVE"),
    60: Kind("SET_ULEB128"), 61: Kind("SUB_ULEB128"), 62: Kind("TLSDESC_HI20"),
    63: Kind("TLSDESC_LOAD_LO12"), 64: Kind("TLSDESC_ADD_LO12"), 65: Kind("TLSDESC_CALL"),
}  # fmt: skip
NO_SYMBOL = Symbol("", 0, 0, 0, 0, SHN_ABS)


class Filled(NamedTuple):
    """A place that is filled in, by all its relocations together."""

    offset: int
    """Bytes into the section."""
    part: str
    """As in `Reference`; "" where there is no form."""
    symbol: int
    """Index of what is meant; 0 for a number."""
    addend: int
    size: int
    minus: int | None
    """Index of what is subtracted, in data."""
    less: int
    """What is added to that."""
    from_here: bool
    """Whether the place's own address is."""
    told: str
    """What has no form, in words; else ""."""


class Alignment(NamedTuple):
    """A place that is aligned by so many bytes of instructions that do nothing, at most."""

    offset: int
    size: int

    @property
    def multiple(self) -> int:
        """The power of two: the least instruction is left out of the bytes."""
        return 1 << self.size.bit_length() if self.size else 1


def alignments(section: Section) -> Iterator[Alignment]:
    """Where a linker aligns again what it has made shorter."""
    for each in section.relocations:
        if each.kind == ALIGN and each.addend > 0:
            yield Alignment(each.offset, each.addend)


def filled_in(file: ElfFile, section: Section) -> Iterator[Filled]:
    """The places of a section that are filled in, in order."""
    wanted = (each for each in section.relocations if each.kind not in (RELAX, ALIGN, 0))
    for _, group in groupby(wanted, key=lambda each: each.offset):
        yield _together(file, section, list(group))


def _together(file: ElfFile, section: Section, found: list[Relocation]) -> Filled:
    """The relocations of one place as one; words where they are none that this knows."""
    kinds = [KINDS.get(each.kind, Kind(f"type {each.kind}")) for each in found]
    symbols = [file.symbols[each.symbol] if each.symbol else NO_SYMBOL for each in found]
    offset, size = found[0].offset, kinds[0].size
    plus: int | None = None
    minus: int | None = None
    total = less = 0
    if kinds[0].change in ("+", "-") and kinds[0].part:
        total = int.from_bytes(section.data[offset : offset + size], "little", signed=True)
    for each, kind in zip(found, kinds):
        negative = kind.change == "-"
        taken = minus if negative else plus
        if not kind.part or kind.size != size or taken is not None:
            return _untold(offset, kinds, symbols)
        if negative:
            minus, less = each.symbol, each.addend
        else:
            plus, total = each.symbol, total + each.addend
    is_data = kinds[0].part == WORD
    if plus is None or (is_data and offset + size > section.size) or not (is_data or minus is None):
        return _untold(offset, kinds, symbols)
    here = kinds[0].change == "."
    return Filled(offset, kinds[0].part, plus, total, size, minus, less, here, "")


def _untold(offset: int, kinds: list[Kind], symbols: list[Symbol]) -> Filled:
    named = [f"R_RISCV_{k.name} {s.name[:40]}".rstrip() for k, s in zip(kinds[:4], symbols)]
    more = ", ..." if len(kinds) > 4 else ""
    told = f"left out: {', '.join(named)}{more}"
    plain = "".join(c if c.isprintable() and c.isascii() else "?" for c in told)
    return Filled(offset, "", 0, 0, 4, None, 0, False, plain)

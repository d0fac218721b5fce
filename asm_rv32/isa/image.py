"""The assembled function: its bytes and what each of them came from.

Invariant: `entries` tile `code` from 0 to its end in order of address, so every byte has the
span of the statement that made it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from asm_rv32.basis.diagnostics import Diagnostic, Source, Span
from asm_rv32.basis.records import NamedTuple

RETURN_KINDS = ("object", "bool", "int", "uint")
"""What a function's word is read as, in the order of MicroPython's type signature."""
FLOAT = "float"
"""What a function returns whose word is a number in binary32: its bits, in a0 as any other word."""
NAME_LIMIT = 255
"""The name of a label, and a function's with those of the blocks around it, has at most so many
characters: it is copied, for each repetition of a loop or for each function of a class."""
HANDLER, STACKED = HANDLERS = ("handler", "stacked")
"""An interrupt handler: one that keeps every register, or leaves some to the core's hardware."""
NOTHING = "None"
"""What a function returns that is annotated so: its word means nothing."""


class Entry(NamedTuple):
    """What one statement, or one instruction of it, became."""

    address: int
    size: int
    span: Span
    is_code: bool


FUNCTION, DATA, WRITABLE = PART_KINDS = ("function", "data", "writable data")
"""What a part of a program can be; into the last alone code may store."""
WORD_FIELD = "word"
"""The kind of a relocation whose field is no instruction's."""
PLUS_FIELD, MINUS_FIELD = "plus", "minus"
"""Of the two whose field is a distance: where that ends, and where it begins."""


class Part(NamedTuple):
    """A function or a block of data in a program."""

    name: str
    """Qualified, as the source has it."""
    address: int
    size: int
    kind: str
    """One of PART_KINDS."""
    source: Source
    span: Span
    labels: Mapping[str, int] = {}
    """Those in it, by the names that it has for them → offset from the program's start."""
    named: frozenset[str] = frozenset()
    """Those of them that a statement of its own refers to."""


class Relocation(NamedTuple):
    """A place whose bits hang on where the program lies, or on what another object has."""

    address: int
    """Offset of the instruction, or of the first byte of the number."""
    kind: str
    """`WORD_FIELD`; `PLUS_FIELD` and `MINUS_FIELD`, both for one number; or what of the value the
    instruction has: `hi`, `lo`, or `pcrel_hi`, `pcrel_lo` and `call` of a symbol outside."""
    symbol: str
    """Empty for a place of the program itself."""
    value: int
    """Offset of that place from the program's start; with a symbol, bytes to add to it."""
    field: int = 0
    """Index of the instruction's value, or the number's size in bytes."""


class Expanded(NamedTuple):
    """What one statement of a macro became, where the macro is used."""

    address: int
    size: int
    name: str
    """The macro's."""
    source: Source
    span: Span
    """Where the statement stands in the macro; the entries there have the span of the use."""


class Contract(NamedTuple):
    """How many cycles it may take from one place to another."""

    start: int
    """Offset of the instruction whose start counts."""
    end: int
    """Offset of the instruction at whose start counting ends."""
    low: int
    high: int | None
    """At most so many; None: that is not said."""
    core: str
    """On which; empty: on the decorator's, or on whichever is asked for."""
    text: str
    """From where to where and the bounds, as they were written."""
    measured: bool
    """Whether only what runs do counts, and not every path that the code has."""
    source: Source
    span: Span


class Image(NamedTuple):
    """Machine code of one function and of what it needs, placed at address 0 (a multiple of 4
    wherever it runs)."""

    name: str
    qualified_name: str
    code: bytes
    entries: tuple[Entry, ...]
    symbols: dict[str, int]
    """Label → offset in bytes; labels local to a repetition carry its number: `loop.1`."""
    parameters: tuple[str, ...]
    registers: tuple[int, ...]
    """The register number of each parameter (10 = a0)."""
    returns: str
    """One of RETURN_KINDS, or NOTHING, or FLOAT."""
    isa: str
    span: Span
    """From the first decorator to the end of the body."""
    source: Source
    diagnostics: tuple[Diagnostic, ...] = ()
    """Warnings and notes; an image with an error does not come to be."""
    options: Mapping[str, object] = {}
    """The decorator's keyword arguments, as they are written in the source."""
    parts: tuple[Part, ...] = ()
    """The functions and data that it consists of, in order of address; padding lies between."""
    relocations: tuple[Relocation, ...] = ()
    """In `code` their values are those for the address 0, and 0 for a symbol."""
    expanded: tuple[Expanded, ...] = ()
    """What came of macros, in order of address."""
    entry: int = 0
    """Offset of the function's first instruction: others stand ahead of it only where a program is
    laid out for several functions."""
    floats: tuple[int, ...] = ()
    """Indices of the parameters that are numbers in binary32."""
    contracts: tuple[Contract, ...] = ()
    """What its functions and those that it calls demand of their timing."""
    board: str = ""
    """The name of the board that it was assembled for, if any."""
    handler: str = ""
    """HANDLER or STACKED for an interrupt handler, which returns with `mret`; else empty."""

    def __repr__(self) -> str:
        return f"Image({self.qualified_name}, {len(self.code)} bytes, {self.isa})"

    def entry_at(self, address: int) -> Entry | None:
        """The entry that holds the byte at `address`, an offset into the code."""
        at = bisect_right(self.entries, address, key=lambda entry: entry.address) - 1
        if at < 0 or address >= self.entries[at].address + self.entries[at].size:
            return None
        return self.entries[at]

    def expanded_at(self, address: int) -> Expanded | None:
        """The statement of a macro that the byte at `address` came from."""
        at = bisect_right(self.expanded, address, key=lambda each: each.address) - 1
        if at < 0 or address >= self.expanded[at].address + self.expanded[at].size:
            return None
        return self.expanded[at]

    def line_at(self, address: int) -> int | None:
        """The source line, counted from 1, of the byte at `address`."""
        entry = self.entry_at(address)
        return self.source_at(address).locate(entry.span.start)[0] if entry else None

    def part_at(self, address: int) -> Part | None:
        """The function or block of data that holds the byte at `address`."""
        at = bisect_right(self.parts, address, key=lambda part: part.address) - 1
        if at < 0 or address >= self.parts[at].address + max(self.parts[at].size, 1):
            return None
        return self.parts[at]

    def source_at(self, address: int) -> Source:
        """The source that the span of the entry at `address` counts in."""
        if len(self.parts) < 2:
            return self.source
        part = self.part_at(address)
        return part.source if part else self.source

    @property
    def labels(self) -> Mapping[str, int]:
        """The function's own, without those of what it needs → offset in bytes."""
        own = self.part_at(self.entry)
        return self.symbols if own is None else own.labels

    @property
    def filled_in(self) -> dict[int, str]:
        """Offset of what hangs on where the program lies, or on what another object has → the
        symbol there, empty for a place of the program itself."""
        return {each.address: each.symbol for each in self.relocations}

    @property
    def returns_on_board(self) -> str:
        """One of RETURN_KINDS: MicroPython gives its caller what a0 holds, meant or not."""
        return "int" if self.returns == NOTHING else self.returns

    @property
    def instruction_count(self) -> int:
        """How many instructions the function holds, each entry of code being one."""
        return sum(entry.is_code for entry in self.entries)

    @property
    def bytes_saved(self) -> int:
        """How many bytes compression saves against four for each instruction."""
        return sum(4 - entry.size for entry in self.entries if entry.is_code)

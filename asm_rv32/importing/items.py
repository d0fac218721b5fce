"""What a GNU source is made of, once its statements are carried out: items in sections.

Invariant: every expression in an item holds symbols that are labels or unknown here, and numbers; a
symbol that stands for a number keeps its name beside it.
"""

from __future__ import annotations

from typing import NamedTuple

from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.importing.macros import Use
from asm_rv32.importing.operands import Code, Operand
from asm_rv32.importing.values import Expression, Number

CODE, DATA, WRITABLE, LEFT_OUT = "code", "data", "writable", "left out"


class Data(NamedTuple):
    """Values of so many bytes each; bytes as they are."""

    size: int
    values: tuple[Expression | bytes, ...]


class Space(NamedTuple):
    """So many bytes of one value."""

    size: Expression
    fill: int


class Align(NamedTuple):
    """Bytes up to a multiple of a power of two; with nothing, as GNU as fills it."""

    multiple: int
    fill: int | None
    limit: int
    """At most so many, or none at all; 0 for no limit."""
    unit: int = 1
    """Bytes of that value."""

    def filling(self, gap: int) -> Content:
        """So many bytes of it."""
        value = (self.fill or 0) & (1 << 8 * self.unit) - 1
        if self.unit == 1 or not value:
            return Space(Number(gap, str(gap)), value)
        whole, rest = divmod(gap, self.unit)
        return Data(1, (bytes(rest) + value.to_bytes(self.unit, "little") * whole,))


class Origin(NamedTuple):
    """Go on at an offset of the section."""

    offset: Expression
    fill: int = 0
    """What the bytes up to there hold."""


class Mark(NamedTuple):
    """A label."""

    name: str


class Remark(NamedTuple):
    """A comment, of a line or several."""

    text: str


class Bracket(NamedTuple):
    """Where what a macro or a repetition makes begins or ends."""

    use: Use
    opens: bool
    operands: tuple[tuple[str, Operand], ...] = ()
    """What stands for each parameter, where all of that are operands."""


Content = Code | Data | Space | Align | Origin | Mark | Remark | Bracket


class Item(NamedTuple):
    """A piece of a section."""

    content: Content
    span: Span
    comment: str
    compress: bool
    """Whether GNU as may choose 16-bit instructions."""
    use: Use | None


class Section(NamedTuple):
    """A section's items."""

    name: str
    kind: str
    """One of the constants above."""
    mergeable: int
    """Bytes of each entry, which a linker may take apart from others; 0 where it may not."""
    items: list[Item]
    is_text: bool = False
    """Whether its entries are texts of such characters, each up to a zero."""


class Said(NamedTuple):
    """What directives say of symbols."""

    globals: set[str]
    weak: set[str]
    functions: set[str]
    objects: set[str]
    sized: dict[str, int | str]
    """Bytes, or the label at the end."""
    common: dict[str, tuple[int, int]]
    """Size and alignment in bytes."""
    aliases: dict[str, Expression]
    """Symbols that stand for a label, or something beside it."""


class Sections(NamedTuple):
    """A source in sections."""

    sections: list[Section]
    said: Said
    constants: dict[str, int]
    isa: str
    wrong: list[Diagnostic]

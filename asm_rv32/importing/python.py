"""Units as the text of a Python file.

Input: `Sections` and their `Units`. Output: `Written`: the text, and where each line came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.assembler.link import CODE_ALIGNMENT
from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.importing.items import Align, Bracket, Item, Mark, Remark, Sections
from asm_rv32.importing.naming import Names
from asm_rv32.importing.operands import Code
from asm_rv32.importing.units import Unit, Units, references
from asm_rv32.importing.values import Expression, ValueFault, in_python
from asm_rv32.importing.writing import Naming, statements
from asm_rv32.isa.sets import DEFAULT_ISA, parse_isa

INDENT = "    "
COMMENT_COLUMN = 40
_USUAL = (".text", ".data", ".bss", ".rodata")


class Written(NamedTuple):
    """A Python file, line by line."""

    lines: list[str]
    places: list[Span | None]
    """For each line what it came from."""
    counts: tuple[int, int]
    """Functions, and blocks of data."""
    wrong: list[Diagnostic]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join([*self.lines, ""])


class Chosen(NamedTuple):
    """What of a source is written."""

    units: list[int]
    """In order."""
    parameters: list[int]
    """For each unit of the source, how many parameters it has."""


def write(
    title: str, remarks: list[str], found: Sections, parted: Units, chosen: Chosen,
    constants: dict[str, Expression],
) -> Written:  # fmt: skip
    """The file. `remarks` are comments ahead of everything, `constants` what symbols were given."""
    writer = _Writer(found, parted, chosen)
    writer.name_everything(constants)
    bodies = [writer.body(index) for index in chosen.units]
    writer.head(title, remarks, constants)
    for index, body in zip(chosen.units, bodies):
        writer.unit(index, body)
    functions = sum(parted.units[index].is_code for index in chosen.units)
    counts = (functions, len(chosen.units) - functions + len(writer.common))
    return Written(writer.lines, writer.places, counts, writer.wrong)


Line = tuple[str, str, Span | None]
"""A statement, its comment, its place."""


class _Writer:
    def __init__(self, found: Sections, parted: Units, chosen: Chosen) -> None:
        self.found = found
        self.parted = parted
        self.chosen = chosen
        self.names = Names()
        self.lines: list[str] = []
        self.places: list[Span | None] = []
        self.wrong: list[Diagnostic] = []
        self.constants: dict[str, None] = {}
        """Those that are used, in order."""
        self.externs: dict[str, None] = {}
        self.common: dict[str, None] = {}
        self.unit_names: dict[int, str] = {}
        self.named = {name for unit in parted.units for item in unit.items
                      for name in map(parted.first, references(item))}  # fmt: skip

    def name_everything(self, constants: dict[str, Expression]) -> None:
        """Names of units and constants before all others, so that they stay what they are."""
        for index in self.chosen.units:
            unit = self.parted.units[index]
            symbol = unit.symbol or ("start" if unit.is_code else "values")
            hidden = symbol.startswith(".here.") or "@" in symbol
            name = self.names.new(symbol) if not unit.symbol else self.names.of(symbol)
            self.unit_names[index] = name
            assert name or hidden
        for symbol in constants:
            self.names.of(symbol)

    # ---- names within a unit

    def naming(self, index: int) -> Naming:
        """How a unit names what it refers to."""
        return Naming(lambda symbol: self.label(symbol, index), self.constant, self.known)

    def label(self, symbol: str, index: int) -> str:
        symbol = self.parted.first(symbol)
        home = self.parted.home.get(symbol)
        if home is None:
            kind = self.common if symbol in self.found.said.common else self.externs
            kind[symbol] = None
            return self.names.of(symbol)
        unit = self.parted.units[home]
        if symbol == unit.symbol:
            return self.unit_names.get(home) or self.names.of(symbol)
        name = self.names.of(symbol)
        return name if home == index else f"{self.unit_names[home]}.{name}"

    def constant(self, symbol: str) -> str | None:
        if not symbol or symbol not in self.found.constants:
            return None
        self.constants[symbol] = None
        return self.names.of(symbol)

    def known(self, first: str, second: str) -> int | None:
        one, other = self.parted.offsets.get(first), self.parted.offsets.get(second)
        if first == second:
            return 0
        return one[1] - other[1] if one and other and one[0] == other[0] else None

    # ---- bodies

    def body(self, index: int) -> list[Line]:
        """The statements of a unit."""
        unit = self.parted.units[index]
        naming = self.naming(index)
        lines: list[Line] = []
        stands = False
        for item in unit.items:
            if isinstance(item.content, Align) and not stands:
                if item.content.multiple <= CODE_ALIGNMENT and not item.comment:
                    continue
            stands = stands or not isinstance(item.content, (Remark, Bracket, Align))
            try:
                lines += self.item(item, unit, naming)
            except ValueFault as fault:
                self.wrong.append(Diagnostic("no-form", str(fault), item.span))
        return lines

    def item(self, item: Item, unit: Unit, naming: Naming) -> Iterator[Line]:
        content = item.content
        if isinstance(content, Remark):
            yield from ((f"# {line}".rstrip(), "", None) for line in content.text.split("\n"))
            return
        if isinstance(content, Bracket):
            if content.opens:
                said = f": {item.comment}" if item.comment else ""
                yield f"# {_use_text(content)}{said}", "", None
            return
        if isinstance(content, Mark):
            symbol = self.parted.first(content.name)
            if symbol == unit.symbol or symbol != content.name:
                return
            if symbol not in self.named and _is_private(symbol):
                return
        comment = item.comment
        if comment.startswith("{"):
            comment = f"goes on in {naming.label(comment[1:-1])}"
        first, *rest = comment.split("\n")
        for line in rest:
            yield f"# {line}", "", None
        for text in statements(item, naming):
            for part in text.split("\n"):
                yield part, first, item.span
                first = ""

    # ---- the file

    def put(self, text: str, place: Span | None = None) -> None:
        self.lines.append(text)
        self.places.append(place)

    def head(self, title: str, remarks: list[str], constants: dict[str, Expression]) -> None:
        """What stands ahead of the units."""
        self.put(f'"""{title}"""')
        self.put("")
        for remark in remarks:
            self.put(f"# {remark}".rstrip())
        if remarks:
            self.put("")
        kinds = {self.parted.units[index].is_code for index in self.chosen.units}
        wanted = [
            name for name, needed in (
                ("asm_data", False in kinds or self.common), ("asm_rv32", True in kinds),
                ("extern", self.externs),
            ) if needed
        ]  # fmt: skip
        if wanted:
            self.put(f"from asm_rv32 import {', '.join(wanted)}")
        if self.externs:
            self.put("")
        for symbol in self.externs:
            weak = "  # weak" if symbol in self.found.said.weak else ""
            self.put(f"{self.names.of(symbol)} = extern({symbol!r}){weak}")
        self.head_constants(constants)
        for section in self.parted.left_out:
            self.put(f"# The section {section} is no part of the program that is loaded.")
        for symbol in self.common:
            size, alignment = self.found.said.common[symbol]
            self.put("")
            self.put("")
            self.put("@asm_data(writable=True)")
            self.put(f"def {self.names.of(symbol)}():")
            if alignment > 1:
                self.put(f"{INDENT}align({alignment})")
            self.put(f"{INDENT}space({size})")

    def head_constants(self, constants: dict[str, Expression]) -> None:
        """The constants that are used, and what their own values use."""
        needed = dict(self.constants)
        texts: dict[str, str] = {}
        for symbol in reversed(constants):
            if symbol in needed or symbol in self.constants:
                text = in_python(constants[symbol], self.constant)
                texts[symbol] = text or str(self.found.constants[symbol])
        if texts:
            self.put("")
        for symbol in reversed(texts):
            self.put(f"{self.names.of(symbol)} = {texts[symbol]}")

    def unit(self, index: int, body: list[Line]) -> None:
        """A function or a block."""
        unit = self.parted.units[index]
        name = self.unit_names[index]
        lead, body = _lead(body)
        self.put("")
        self.put("")
        for text, _, _ in lead:
            self.put(text)
        if unit.section.split(".")[:2] != ["", unit.section.split(".")[-1]] and not (
            unit.section.startswith(tuple(f"{usual}." for usual in _USUAL))
        ) and unit.section not in _USUAL:  # fmt: skip
            self.put(f"# in the section {unit.section}")
        if unit.symbol in self.found.said.weak:
            self.put("# weak in the source: another one may take its place")
        place = unit.items[0].span
        if unit.is_code:
            self.put(f"@asm_rv32{self.options(unit)}", place)
            count = self.chosen.parameters[index]
            parameters = ", ".join(f"a{number}" for number in range(count))
            self.put(f"def {name}({parameters}):", place)
        else:
            self.put("@asm_data(writable=True)" if unit.is_writable else "@asm_data", place)
            self.put(f"def {name}():", place)
        if not any(not text.startswith("#") for text, _, _ in body):
            body.append(("space(0)", "", place) if not unit.is_code else ("pass", "", place))
        for text, comment, span in body:
            line = f"{INDENT}{text}"
            if comment:
                line = f"{line:<{COMMENT_COLUMN}}  # {comment}"
            self.put(line, span)

    def options(self, unit: Unit) -> str:
        """The decorator's options."""
        own, base = parse_isa(self.found.isa), parse_isa(DEFAULT_ISA)
        compressed = any(item.compress for item in unit.items if isinstance(item.content, Code))
        needed = {
            item.content.row.extension for item in unit.items
            if isinstance(item.content, Code) and item.content.row is not None
        }  # fmt: skip
        more = [each.removeprefix("rv32") for each in own[1] if each in needed - {*base[1]}]
        options = []
        if more or own[0] != base[0]:
            isa = "_".join([DEFAULT_ISA.replace(base[0], own[0]), *more])
            options.append(f'isa="{_joined(isa)}"')
        if not compressed:
            options.append("compress=False")
        return f"({', '.join(options)})" if options else ""


def _joined(isa: str) -> str:
    """An ISA string with its single letters in front: `rv32imac_zba`."""
    base, *more = isa.split("_")
    letters = "".join(each for each in more if len(each) == 1)
    together = "".join(sorted(base[5:] + letters, key="imafdc".find))
    return "_".join([base[:5] + together, *(each for each in more if len(each) > 1)])


def _use_text(bracket: Bracket) -> str:
    """A use of a macro as it was written, about."""
    use = bracket.use
    if use.rounds or use.macro.name.startswith("."):
        return f"{use.rounds} times:"
    return " ".join([use.macro.name, ", ".join(use.arguments.values())]).strip()


def _is_private(symbol: str) -> bool:
    """True of a label that only its own source can mean."""
    return symbol.startswith((".L", ".here.", ".end.")) or "@" in symbol


def _lead(body: list[Line]) -> tuple[list[Line], list[Line]]:
    """The comments ahead of the first statement, which stand above the function."""
    count = 0
    while count < len(body) and body[count][0].startswith("#"):
        count += 1
    return body[:count], body[count:]



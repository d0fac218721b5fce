"""The bodies of functions, blocks of data and macros, as lines of text.

Input: `Units`, and what was folded of macros. Output: `Line`s, with what they name gathered.
Invariant: a name means one thing in the whole file; labels that only their unit knows are its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from asm_rv32.assembler.link import CODE_ALIGNMENT
from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.importing.folding import Call, Folded, Folder, Repeat, Templates
from asm_rv32.importing.items import Align, Bracket, Item, Mark, Remark, Sections
from asm_rv32.importing.joining import is_hidden
from asm_rv32.importing.macros import Macro
from asm_rv32.importing.naming import Names, readable
from asm_rv32.importing.operands import ARGUMENT, Code
from asm_rv32.importing.shortening import is_mixed
from asm_rv32.importing.units import Unit, Units
from asm_rv32.importing.values import ValueFault
from asm_rv32.importing.writing import Naming, operand_text, statements
from asm_rv32.isa.sets import everything

INDENT = "    "
_SEEN = "global in the source, here its block's own"
START = ".start."
"""What a label at the start of a unit begins with, beside the name of the unit."""


class Line(NamedTuple):
    """A statement."""

    text: str
    comment: str = ""
    place: Span | None = None
    label: str = ""
    """The symbol of a label that goes where nothing names it."""


class Bodies:
    """Writes bodies, and remembers what they name."""

    def __init__(self, found: Sections, parted: Units, templates: Templates) -> None:
        self.found = found
        self.parted = parted
        self.templates = templates
        items = (item for unit in parted.units for item in unit.items)
        self.folder = Folder(templates, items, parted.first)
        self.names = Names()
        self.wrong: list[Diagnostic] = []
        self.constants: dict[str, None] = {}
        """Those that are used, in order."""
        self.distances: dict[str, int] = {}
        """Constants that are distances between places."""
        self.asked: set[str] = set()
        """Labels that something names."""
        self.externs: dict[str, None] = {}
        self.common: dict[str, None] = {}
        self.unit_names: dict[int, str] = {}
        self.scopes: dict[int, Names] = {}
        """Unit → the names of labels that it alone knows."""
        self.macro_names: dict[int, str] = {}

    def name_everything(self, chosen: Iterable[int], constants: Iterable[str]) -> None:
        """Names of what is seen everywhere before all others, so that they stay what they are."""
        for index in chosen:
            unit = self.parted.units[index]
            kind = "start" if unit.is_code else "values"
            name = self.names.of(unit.symbol) if unit.symbol else self.names.new(kind)
            self.unit_names[index] = name
        said = self.found.said
        for symbol in (
            *constants, *self.parted.externs, *said.common, *said.aliases,
            *(entry for index in self.unit_names for entry in self.parted.units[index].entries),
        ):  # fmt: skip
            self.names.of(symbol)

    # ---- names

    def naming(self, index: int) -> Naming:
        """How a unit names what it refers to."""
        return Naming(
            lambda symbol: self.label(symbol, index), self.constant, self.distance, self.known,
            upper=lambda symbol: self.upper(symbol, index),
        )  # fmt: skip

    def upper(self, symbol: str, index: int) -> str:
        """As `label`; the start of the unit is a label there, too, not only what it is called."""
        if self.parted.first(symbol) != self.parted.units[index].symbol:
            return self.label(symbol, index)
        start = START + self.parted.first(symbol)
        self.asked.add(start)
        return self.local(start, index)

    def label(self, symbol: str, index: int) -> str:
        """The name of a label in a unit; -1 for a place outside of all."""
        symbol = self.parted.first(symbol)
        home = self.parted.home.get(symbol)
        if home is None:
            kind = self.common if symbol in self.found.said.common else self.externs
            kind[symbol] = None
            return self.names.of(symbol)
        self.asked.add(symbol)
        if symbol == self.parted.units[home].symbol:
            return self.unit_names[home]
        name = self.local(symbol, home)
        return name if home == index else f"{self.unit_names[home]}.{name}"

    def local(self, symbol: str, home: int) -> str:
        """The name of a label in its own unit."""
        if symbol in self.names.given:
            return self.names.given[symbol]
        if home not in self.scopes:
            self.scopes[home] = Names(self.names)
        return self.scopes[home].of(symbol)

    def constant(self, symbol: str) -> str | None:
        """The name of a constant."""
        if not symbol or symbol not in self.found.constants:
            return None
        self.constants[symbol] = None
        return self.names.of(symbol)

    def distance(self, symbol: str, value: int) -> str:
        """The name of a constant that is a distance."""
        self.distances[symbol] = value
        return self.names.of(symbol)

    def known(self, first: str, second: str) -> int | None:
        """The distance from the second label to the first, where the layout is known."""
        one, other = self.parted.offsets.get(first), self.parted.offsets.get(second)
        if first == second:
            return 0
        return one[1] - other[1] if one and other and one[0] == other[0] else None

    def macro_name(self, macro: Macro) -> str:
        """The name of a macro that is kept."""
        if id(macro) not in self.macro_names:
            wanted = readable(macro.name)
            wanted += "_macro" * (wanted in everything().mnemonic_of)
            self.macro_names[id(macro)] = self.names.new(wanted)
        return self.macro_names[id(macro)]

    # ---- bodies

    def unit(self, index: int) -> list[Line]:
        """The statements of a unit."""
        unit = self.parted.units[index]
        if is_mixed(unit.items):
            return self.lines(unit.items, self.naming(index), unit, index)
        folded = self.folder.fold(unit.items, unit.is_code)
        return self.lines(folded, self.naming(index), unit, index)

    def macro(self, macro: Macro) -> tuple[str, list[Line]]:
        """The parameters of a macro, listed, and its statements."""
        template = self.templates.of(macro)
        assert template is not None
        names = Names(self.names)
        labels = {item.content.name for item in template if isinstance(item.content, Mark)}

        def label(symbol: str) -> str:
            if symbol.startswith(ARGUMENT):
                return names.of(symbol.removeprefix(ARGUMENT))
            return names.of(symbol) if symbol in labels else self.label(symbol, -1)

        naming = Naming(label, self.constant, self.distance, self.known)
        parameters = []
        for parameter, default in zip(macro.parameters, self.templates.defaults(macro)):
            text = f"={operand_text(default, naming)}" if default is not None else ""
            parameters.append(label(ARGUMENT + parameter.name) + text)
        folded = Folder(self.templates, template).fold(template, True)
        lines = []
        for line in self.lines(folded, naming):
            text = f"label({label(line.label)})" if line.label else line.text
            lines.append(line._replace(text=text, label=""))
        return ", ".join(parameters), lines

    def lines(
        self, items: Iterable[Folded], naming: Naming, unit: Unit | None = None, index: int = -1
    ) -> list[Line]:
        """The statements of items; of what has no form, nothing, and it is noted."""
        lines: list[Line] = []
        stands, compress = unit is None, True
        mixed = unit is not None and is_mixed(unit.items)
        for item in items:
            if not stands and isinstance(item, Item):
                if not item.comment and _is_everyones(item):
                    continue
                stands = not isinstance(item.content, (Remark, Bracket, Align))
                if isinstance(item.content, Align):
                    # What fills the gap is in front of the function.
                    item = item._replace(content=Align(item.content.multiple, None, 0))
            place = item.span if isinstance(item, Item) else item.opening.span
            if mixed and _is_code(item, not compress):
                compress = not compress
                lines.append(Line(f"compress({compress})"))
            try:
                if isinstance(item, Item):
                    lines += self.item(item, naming, unit, index)
                elif isinstance(item, Call):
                    lines.append(self.call(item, naming))
                else:
                    lines += self.repeated(item, naming, unit, index)
            except ValueFault as fault:
                self.wrong.append(Diagnostic("no-form", str(fault), place))
        return lines

    def call(self, use: Call, naming: Naming) -> Line:
        """The use of a macro."""
        given = list(use.operands)
        defaults = self.templates.defaults(use.macro)
        while given and defaults[len(given) - 1] == given[-1]:
            given.pop()
        operands = ", ".join(operand_text(operand, naming) for operand in given)
        text = f"{self.macro_name(use.macro)}({operands})"
        return Line(text, use.opening.comment, use.opening.span)

    def repeated(
        self, loop: Repeat, naming: Naming, unit: Unit | None, index: int
    ) -> Iterator[Line]:
        """A loop."""
        head = f"for _ in range({loop.rounds}):"
        yield Line(head, loop.opening.comment, loop.opening.span)
        for line in self.lines(loop.items, naming, unit, index):
            text = line.text.replace("\n", f"\n{INDENT}")
            yield line._replace(text=f"{INDENT}{text}")

    def item(self, item: Item, naming: Naming, unit: Unit | None, index: int) -> Iterator[Line]:
        """An item that stands for itself."""
        content = item.content
        if isinstance(content, Remark):
            yield from (Line(f"# {line}".rstrip()) for line in content.text.split("\n"))
            return
        if isinstance(content, Bracket):
            if content.opens:
                said = f": {item.comment}" if item.comment else ""
                yield Line(f"# {_use_text(content)}{said}".replace("\n", " "))
            return
        if isinstance(content, Mark):
            symbol = self.parted.first(content.name)
            if unit is not None and symbol == unit.symbol == content.name and unit.is_code:
                start = START + symbol
                yield Line(f"label({self.local(start, index)})", "", item.span, start)
            if unit is not None and (symbol == unit.symbol or symbol != content.name):
                return
            if unit is None or _is_private(symbol):
                name = "" if unit is None else self.local(symbol, index)
                yield Line(f"label({name})", item.comment, item.span, content.name)
                return
        comment = item.comment
        if isinstance(content, Mark) and content.name in self.found.said.globals:
            comment = f"{comment}; {_SEEN}".removeprefix("; ")
        if comment.startswith("{"):
            comment = f"goes on in {naming.label(comment[1:-1])}"
        for text in statements(item, naming):
            for part in text.split("\n"):
                yield Line(part, comment, item.span)
                comment = ""


def _is_code(item: Folded, compress: bool) -> bool:
    """Whether it is an instruction that GNU as may shorten, or may not."""
    return isinstance(item, Item) and isinstance(item.content, Code) and item.compress == compress


def _is_everyones(item: Item) -> bool:
    """True of the alignment that each function and block has by itself."""
    content = item.content
    return isinstance(content, Align) and content.multiple <= CODE_ALIGNMENT


def _use_text(bracket: Bracket) -> str:
    """A use of a macro as it was written, about."""
    use = bracket.use
    if use.rounds:
        return f"{use.rounds} times:"
    return " ".join([use.macro.name, ", ".join(use.arguments.values())]).strip()


def _is_private(symbol: str) -> bool:
    """True of a label that only its own source can mean."""
    return symbol.startswith(".L") or is_hidden(symbol)

"""Units as the text of a Python file.

Input: `Sections` and their `Units`. Output: `Written`: the text, and where each line came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from textwrap import wrap
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.importing.bodies import INDENT, Bodies, Line
from asm_rv32.importing.folding import Templates
from asm_rv32.importing.items import Mark, Sections
from asm_rv32.importing.options import decorator_options, linker_options
from asm_rv32.importing.parameters import Parameters
from asm_rv32.importing.units import Units
from asm_rv32.importing.values import Expression, Name, in_python
from asm_rv32.isa.tables import tables

COMMENT_COLUMN = 40
LINE_LENGTH = 100
_USUAL = (
    ".text.", ".data.", ".bss.", ".rodata.", ".sdata.", ".sbss.", ".srodata.",
)  # fmt: skip
"""Sections in which things stand anyway."""
_OF_A_THREAD = (".tdata.", ".tbss.")


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


class Constant(NamedTuple):
    """What a symbol was given."""

    value: Expression
    comment: str


class Chosen(NamedTuple):
    """What of a source is written."""

    units: list[int]
    """In order."""
    parameters: Parameters
    templates: Templates


def write(
    title: str, remarks: list[str], found: Sections, parted: Units, chosen: Chosen,
    constants: dict[str, Constant],
) -> Written:  # fmt: skip
    """The file. `remarks` are comments ahead of everything, `constants` what symbols were given."""
    bodies = Bodies(found, parted, chosen.templates)
    bodies.name_everything(chosen.units, constants)
    writer = _Writer(bodies, chosen)
    made = [bodies.unit(index) for index in chosen.units]
    macros = writer.kept_macros()
    writer.head(title, remarks, constants, bool(macros))
    for macro in macros:
        writer.macro(*macro)
    for index, body in zip(chosen.units, made):
        writer.unit(index, body)
    functions = sum(parted.units[index].is_code for index in chosen.units)
    counts = (functions, len(chosen.units) - functions + len(bodies.common))
    return Written(writer.lines, writer.places, counts, bodies.wrong)


class _Writer:
    def __init__(self, bodies: Bodies, chosen: Chosen) -> None:
        self.bodies = bodies
        self.found = bodies.found
        self.parted = bodies.parted
        self.names = bodies.names
        self.chosen = chosen
        self.lines: list[str] = []
        self.places: list[Span | None] = []

    def kept_macros(self) -> list[tuple[str, str, str, list[Line]]]:
        """Name, parameters, comment and statements of each that is kept; those of others, too."""
        found: dict[int, tuple[str, str, str, list[Line]]] = {}
        kept = self.bodies.templates.kept
        while len(found) < len(kept):
            for key, macro in list(kept.items()):
                if key not in found:
                    name = self.bodies.macro_name(macro)
                    parameters, lines = self.bodies.macro(macro)
                    found[key] = (name, parameters, macro.comment, lines)
        return list(found.values())

    def macro(self, name: str, parameters: str, comment: str, lines: list[Line]) -> None:
        """A macro."""
        lead, body = _lead(lines)
        self.put("")
        self.put("")
        for line in lead:
            self.put(line.text)
        for said in comment.split("\n") if comment else ():
            self.put(f"# {said}")
        self.put("@asm_macro")
        self.put(f"def {name}({parameters}):")
        self.statements(body or [Line("pass")])

    # ---- the file

    def put(self, text: str, place: Span | None = None) -> None:
        self.lines.append(text)
        self.places.append(place)

    def head(
        self, title: str, remarks: list[str], constants: dict[str, Constant], macros: bool
    ) -> None:
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
                ("asm_data", False in kinds or self.bodies.common), ("asm_macro", macros),
                ("asm_rv32", True in kinds), ("extern", self.bodies.externs),
            ) if needed
        ]  # fmt: skip
        if wanted:
            self.put(f"from asm_rv32 import {', '.join(wanted)}")
        if self.bodies.externs:
            self.put("")
        for symbol in self.bodies.externs:
            weak = "  # weak" if symbol in self.found.said.weak else ""
            self.put(f"{self.names.of(symbol)} = extern({_quoted(symbol)}){weak}")
        self.exports()
        self.head_constants(constants)
        for section in self.parted.left_out:
            self.put(f"# The section {section} is no part of the program that is loaded.")
        for symbol in self.bodies.common:
            size, alignment = self.found.said.common[symbol]
            self.put("")
            self.put("")
            called = self.names.of(symbol)
            options = ", ".join(["writable=True", *linker_options(self.found, called, symbol)])
            self.put(f"@asm_data({options})")
            self.put(f"def {called}():")
            if alignment > 1:
                self.put(f"{INDENT}align({alignment})")
            self.put(f"{INDENT}space({size})")

    def exports(self) -> None:
        """What other files may name, where the source says it and leaves anything out."""
        said = self.found.said
        public = said.globals | said.weak | said.common.keys()
        written: dict[str, str] = dict.fromkeys(self.bodies.common, "")
        for index in self.chosen.units:
            unit = self.parted.units[index]
            written[unit.symbol] = self.bodies.unit_names[index]
            if unit.is_code:
                written |= {label: "" for label, _ in self.further(index)}
        names = [name or self.names.of(symbol) for symbol, name in written.items()
                 if symbol in public]  # fmt: skip
        if not names or len(names) == len(written):
            return
        self.put("")
        line = f"__all__ = [{', '.join(map(_quoted, names))}]"
        if len(line) <= LINE_LENGTH:
            self.put(line)
            return
        self.put("__all__ = [")
        for part in wrap(", ".join(map(_quoted, names)), LINE_LENGTH - len(INDENT) - 1):
            self.put(f"{INDENT}{part.removesuffix(',')},")
        self.put("]")

    def head_constants(self, constants: dict[str, Constant]) -> None:
        """The constants: all of a whole source, or those that what is chosen uses."""
        whole = len(self.chosen.units) == len(self.parted.units)
        used = self.bodies.constants
        texts: dict[str, str] = {}
        for symbol in reversed(constants):
            if whole or symbol in used:
                text = in_python(constants[symbol].value, self.bodies.constant)
                texts[symbol] = text or str(self.found.constants[symbol])
        for symbol, value in self.bodies.distances.items():
            texts[symbol] = str(value)
        if texts:
            self.put("")
        for symbol in (*constants, *self.bodies.distances):
            if symbol in texts:
                comment = constants[symbol].comment if symbol in constants else ""
                self.statement(Line(f"{self.names.of(symbol)} = {texts[symbol]}", comment))

    def unit(self, index: int, body: list[Line]) -> None:
        """A function or a block."""
        unit = self.parted.units[index]
        name = self.bodies.unit_names[index]
        lead, body = _lead(
            [line for line in body if not line.label or line.label in self.bodies.asked]
        )
        self.put("")
        self.put("")
        for line in lead:
            self.put(line.text)
        if not f"{unit.section}.".startswith((*_USUAL, *_OF_A_THREAD)):
            self.put(f"# in the section {unit.section}")
        if f"{unit.section}.".startswith(_OF_A_THREAD):
            self.put("# each thread's own in the source: here there is one for all")
        place = unit.items[0].span
        options = decorator_options(self.found, unit, name, unit.symbol)
        if unit.is_code:
            if unit.is_writable:
                self.put(
                    "# among data that can be written in the source: a run lets code be stored"
                )
                self.put("# into where the program has a fence_i; a linker puts it with other code")
            self.put(f"@asm_rv32{options}", place)
            self.put(f"def {name}({_listed(self.chosen.parameters.of(index))}):", place)
        else:
            self.put(f"@asm_data{options}", place)
            self.put(f"def {name}():", place)
        if all(line.text.startswith("#") for line in body):
            body.append(Line("pass" if unit.is_code else "space(0)", "", place))
        self.statements(body)
        if unit.is_code:
            self.entries(index)

    @cached_property
    def public(self) -> set[str]:
        """The symbols that others may call."""
        said = self.found.said
        return said.globals | said.weak | said.functions

    @cached_property
    def aliases(self) -> dict[int, list[tuple[str, str]]]:
        """Unit → the symbols that stand for a label of it, with that."""
        found: dict[int, list[tuple[str, str]]] = {}
        for name, value in self.found.said.aliases.items():
            home = self.parted.home.get(value.name) if isinstance(value, Name) else None
            if home is not None and isinstance(value, Name):
                found.setdefault(home, []).append((name, value.name))
        return found

    def further(self, index: int) -> Iterator[tuple[str, str]]:
        """The further symbols by which a function is called, and the places that they stand for."""
        unit = self.parted.units[index]
        home = self.bodies.unit_names[index]
        inner = [(label, f"{home}.{self.names.of(label)}") for label in unit.entries]
        marks = [item.content.name for item in unit.items if isinstance(item.content, Mark)]
        for name in marks:
            chief = self.parted.first(name)
            if name != chief:
                to = home if chief == unit.symbol else f"{home}.{self.names.of(chief)}"
                inner.append((name, to))
        for name, label in self.aliases.get(index, ()):
            inner.append((name, self.bodies.label(label, -1)))
        yield from (each for each in inner if each[0] in self.public)

    def entries(self, index: int) -> None:
        """Functions for the further names by which a function is called."""
        unit = self.parted.units[index]
        marks = [item.content.name for item in unit.items if isinstance(item.content, Mark)]
        for label, to in self.further(index):
            count = self.chosen.parameters.of(index, label if label in marks else "")
            self.put("")
            self.put("")
            called = self.names.of(label)
            self.put(f"@asm_rv32{decorator_options(self.found, unit, called, label)}")
            self.put(f"def {called}({_listed(count)}):")
            self.put(f"{INDENT}{tables()['gnu']['words']['goes_on']}({to})")

    def statements(self, body: list[Line]) -> None:
        """The lines of a body."""
        for line in body:
            self.statement(line._replace(text=f"{INDENT}{line.text}"))

    def statement(self, line: Line) -> None:
        """A line with its comment, which may be several."""
        first, *more = line.comment.split("\n")
        indent = line.text[: len(line.text) - len(line.text.lstrip())]
        for each in more:
            self.put(f"{indent}# {each}".rstrip())
        text = f"{line.text:<{COMMENT_COLUMN}}  # {first}" if first else line.text
        self.put(text, line.place)


def _listed(count: int) -> str:
    """So many parameters."""
    return ", ".join(f"a{number}" for number in range(count))


def _lead(body: list[Line]) -> tuple[list[Line], list[Line]]:
    """The comments ahead of the first statement, which stand above the function."""
    count = 0
    while count < len(body) and body[count].text.startswith("#"):
        count += 1
    return body[:count], body[count:]


def _quoted(text: str) -> str:
    """A literal of text, in double quotes where it holds none."""
    written = repr(text)
    return written if '"' in written or "\\'" in written else f'"{written[1:-1]}"'

"""Statements of a GNU source as items in sections: instructions, data, labels.

Input: a `Program` of statements. Output: `Sections`, with what is said of each symbol.
Invariant: what has no form is reported.
"""

from __future__ import annotations

import re

from asm_rv32.assembler.foreign import missing
from asm_rv32.basis.diagnostics import ERROR_LIMIT, Diagnostic, Span
from asm_rv32.importing import directives
from asm_rv32.importing.items import (
    CODE,
    Bracket,
    Content,
    Item,
    Mark,
    Remark,
    Said,
    Section,
    Sections,
)
from asm_rv32.importing.macros import Use
from asm_rv32.importing.operands import Operand, code, effects_of, operand, parted, resolved
from asm_rv32.importing.statements import Program, Statement
from asm_rv32.importing.values import (
    Expression,
    Name,
    Named,
    Number,
    Sum,
    ValueFault,
    constant,
    itself,
    parse_all,
    reduce,
    replaced,
)
from asm_rv32.isa.effects import NEXT
from asm_rv32.isa.sets import InstructionSet, IsaError, everything, extended, instruction_set
from asm_rv32.isa.tables import tables

_THREAD_ADDED, _THREAD_POINTER = re.compile(r"%tprel_add\s*\("), "tp"
"""The operand that marks the addition of the register that data of a thread stand beside."""
DEEP = "symbols stand for each other too deep"


class Builder:
    """Goes through the statements; `importing.directives` has a method's worth for each word."""

    def __init__(self, program: Program, isa: str, mark: str = "", is_bound: bool = False) -> None:
        """`mark` is in the names of labels that the source gives none; `is_bound`: the ISA is all
        that instructions may be of."""
        self.program = program
        self.mark = mark
        self.said = Said(set(), set(), set(), set(), {}, {}, {})
        self.wrong = list(program.wrong)
        self.constants = program.symbols.constants()
        self.sections: dict[str, Section] = {}
        self.parts: dict[tuple[str, int], Section] = {}
        """The name of a section and the number of a part of it but the first → the part."""
        self.current = self.section(".text", CODE)
        self.previous = self.current
        self.stack: list[tuple[Section, Section]] = []
        self.isa = isa
        self.is_bound = is_bound
        self.needed: dict[str, None] = {}
        """Extensions beside the ISA's that instructions are of."""
        self.compress = instruction_set(isa).compressed
        self.options: list[bool] = []
        self.numbered: dict[str, int] = {}
        """Numeric label → how many of it stand before here."""
        self.here: set[str] = set()
        """Labels of the present place."""
        self.hidden: dict[int, str] = {}
        """Statement → the label that stands for its place."""
        self.absent = self.weak_and_absent()
        """Weak symbols that the source does not define: a linker gives them the address 0."""
        self.index = 0
        self.statement = Statement("", "", "", Span(0, 1), "", None)

    # ---- for directives

    def report(self, message: str, *notes: str, code: str = "syntax") -> None:
        """A mistake in the present statement."""
        if len(self.wrong) < ERROR_LIMIT:
            use = self.statement.use
            if use is not None:
                notes = (*notes, f"note: in a use of {use.macro.name}")
            self.wrong.append(Diagnostic(code, message, self.statement.span, notes))

    def add(self, content: Content, comment: str | None = None) -> None:
        """An item at the end of the section."""
        statement = self.statement
        said = statement.comment if comment is None else comment
        item = Item(content, statement.span, said, self.compress, statement.use)
        self.current.items.append(item)
        if not isinstance(content, (Mark, Remark, Bracket)):
            self.here = set()

    def section(
        self, name: str, kind: str, mergeable: int = 0, part: int = 0, is_text: bool = False
    ) -> Section:
        """The section of a name; a part of it, which those of smaller numbers stand in front of."""
        if name not in self.sections:
            self.sections[name] = Section(name, kind, mergeable, [], is_text)
        section = self.sections[name]
        if not part:
            return section
        return self.parts.setdefault((name, part), section._replace(items=[]))

    def switch(self, to: Section) -> None:
        """Go on in another section."""
        self.current, self.previous = to, self.current
        self.here = set()

    def expression(self, text: str) -> Expression:
        """An expression, its symbols being labels. Raises ValueFault."""
        return self.resolved(parse_all(text))

    def number(self, text: str) -> int:
        """The number that an expression is. Raises ValueFault."""
        return constant(reduce(self.expression(text), itself))

    # ---- symbols

    def resolved(self, expression: Expression, depth: int = 0) -> Expression:
        """An expression with what its symbols stand for in place of them. Raises ValueFault."""
        if depth > 50:
            raise ValueFault(DEEP)
        return replaced(expression, lambda name: self.meant(name, depth))

    def weak_and_absent(self) -> set[str]:
        """The symbols that are said to be weak, and that nothing defines."""
        symbols = self.program.symbols
        return {
            name
            for statement in self.program.statements if statement.name == ".weak"
            for name in directives.symbols(statement.rest)
            if name not in symbols.labels and name not in symbols.history
        }  # fmt: skip

    def present(self, expression: Expression) -> Expression:
        """An expression as `resolved`, with 0 for weak symbols that are not there."""
        return replaced(
            self.resolved(expression),
            lambda name: Number(0, "0", name) if name in self.absent else Name(name),
        )

    def meant(self, name: str, depth: int) -> Expression:
        """What a symbol stands for in the present statement."""
        if name == ".":
            if self.index not in self.hidden:
                self.hidden[self.index] = f".here.{self.mark}{self.index}."
                self.add(Mark(self.hidden[self.index]), "")
            return Name(self.hidden[self.index])
        if name[:-1].isdecimal() and name[-1] in "bf":
            count = self.numbered.get(name[:-1], 0)
            if name[-1] == "b" and not count:
                raise ValueFault(f"there is no label {name[:-1]} before this")
            return Name(self.numeric(name[:-1], count + (name[-1] == "f")))
        found = self.program.symbols.at(name, self.index)
        if found is None:
            return Name(name)
        if isinstance(found, Number):
            return Number(found.value, found.text, name if name in self.constants else "")
        resolved = self.resolved(found, depth + 1)
        return Named(name, resolved) if self.program.symbols.is_single(name) else resolved

    def numeric(self, name: str, count: int) -> str:
        """The name of a numeric label of which so many stand in the source up to it."""
        return f"{name}@{self.mark}{count}"

    # ---- the pass

    def run(self) -> Sections:
        """Every statement, in order."""
        known = self.program.symbols.labels
        for index, statement in enumerate(self.program.statements):
            self.index, self.statement = index, statement
            before = (self.current, len(self.current.items))
            try:
                self.one(statement)
                self.keep_comment(statement, before)
            except ValueFault as fault:
                self.report(str(fault))
            except RecursionError:
                self.report(DEEP)
        self.constants.update(dict.fromkeys(self.absent, 0))
        for name in self.program.symbols.history:
            if name not in self.constants and name not in known:
                self.alias(name)
        for name, part in sorted(self.parts):
            self.sections[name].items.extend(self.parts[name, part].items)
        isa = extended(self.isa, self.needed)
        return Sections(list(self.sections.values()), self.said, self.constants, isa, self.wrong)

    def keep_comment(self, statement: Statement, before: tuple[Section, int]) -> None:
        """Let a comment stay that belongs to a directive which leaves nothing else."""
        section, count = before
        added = [item.comment for item in section.items[count:]] if section is self.current else []
        named = statement.name == ".set" and statement.rest in self.constants
        if not statement.comment or named or statement.sort == "remark":
            return
        if not any(statement.comment in said for said in added):
            self.add(Remark(statement.comment), "")

    def alias(self, name: str) -> None:
        """Note what a symbol stands for in the end, if that is a label."""
        self.index = len(self.program.statements)
        try:
            found = self.resolved(Name(name))
            if reduce(found, lambda part: Sum(0, ((part, 1),))).terms:
                self.said.aliases[name] = found.expression if isinstance(found, Named) else found
        except (ValueFault, RecursionError):
            return

    def one(self, statement: Statement) -> None:
        """A statement."""
        sort, name = statement.sort, statement.name
        if sort == "label":
            if name.isdecimal():
                self.numbered[name] = self.numbered.get(name, 0) + 1
                name = self.numeric(name, self.numbered[name])
            if name not in self.here:
                # GNU as lets a label stand twice at one place.
                self.add(Mark(name))
                self.here.add(name)
        elif sort == "remark":
            self.add(Remark(statement.rest), "")
        elif sort in ("open", "close"):
            assert statement.use is not None
            operands = self.arguments(statement.use) if sort == "open" else ()
            self.add(Bracket(statement.use, sort == "open", operands), statement.comment)
        elif name.startswith("."):
            directives.carry_out(self, name, statement.rest)
        else:
            self.instruction(name, statement.rest)

    def arguments(self, use: Use) -> tuple[tuple[str, Operand], ...]:
        """What stands for a macro's parameters, as operands; nothing where one is none."""
        try:
            return tuple(
                (name, resolved(operand(text), self.resolved))
                for name, text in use.arguments.items()
            )
        except ValueFault:
            return ()

    def instruction(self, name: str, rest: str) -> None:
        """An instruction, of the ISA or of what it has to have beside it."""
        operands = parted(rest)
        if len(operands) == 4 and _THREAD_ADDED.match(operands[3]):
            to, base = operands[:2] if operands[2] == _THREAD_POINTER else operands[:3:2]
            if to != base:
                self.instruction(tables()["gnu"]["words"]["copies"], f"{to}, {base}")
            return
        sets = (self.instructions(), everything())
        found = code(name, rest, sets, self.resolved)
        effects = effects_of(found)
        if self.absent and effects is not None and effects.control == NEXT:
            found = code(name, rest, sets, self.present)
        if found.row is not None and found.row.extension not in sets[0].extensions:
            if self.is_bound:
                files = found.row.extension, found.row.data.get("needs", found.row.extension)
                message, isa = missing(name, files, sets[0])
                self.report(message, f"help: --isa {isa}", code="needs-extension")
                return
            needed = {**self.needed, found.row.extension.removeprefix("rv32"): None}
            try:
                instruction_set(extended(self.isa, needed))
            except IsaError as error:
                raise ValueFault(f"{name!r} cannot stand here: {error}") from None
            self.needed = needed
        self.add(found)

    def instructions(self) -> InstructionSet:
        """What the ISA has."""
        try:
            return instruction_set(extended(self.isa, self.needed))
        except IsaError:
            return everything()


def sections(program: Program, isa: str, is_bound: bool) -> Sections:
    """A program's sections; `is_bound` as for `Builder`."""
    return Builder(program, isa, is_bound=is_bound).run()

"""Statements of a GNU source in the order in which they are assembled.

Input: a `Source`. Output: `Statement`s, with macros, repetitions and conditions carried out, and
what was given to symbols by the way.
Invariants: one pass, as GNU as makes it: a condition sees what stands before it. Nesting, the
number of statements and the characters of what macros make are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from asm_rv32.basis.diagnostics import ERROR_LIMIT, Diagnostic, Source, Span
from asm_rv32.importing import lines as reading
from asm_rv32.importing.conditions import WORDS as CONDITIONS
from asm_rv32.importing.conditions import Asked, Conditions
from asm_rv32.importing.including import Files
from asm_rv32.importing.lines import Line, Marker
from asm_rv32.importing.macros import (
    Evaluate,
    Macro,
    MacroFault,
    Use,
    arguments,
    parameters,
    substituted,
    with_locals,
    words,
)
from asm_rv32.importing.offsets import Offsets
from asm_rv32.importing.operands import parted
from asm_rv32.importing.symbols import Symbols
from asm_rv32.importing.values import (
    Expression,
    Name,
    Number,
    Sum,
    ValueFault,
    constant,
    itself,
    parse,
    parse_all,
    reduce,
    replaced,
)

STATEMENT_LIMIT = 300_000
"""Statements that a source may come to."""
TEXT_LIMIT = 16 << 20
"""Characters of them, each line counting as LINE_COST more."""
LINE_COST = 32
DEPTH_LIMIT = 100
"""Macros and repetitions within each other."""
LINE_LIMIT = 1 << 20
"""Characters of one statement."""
_LABEL = re.compile(r'([A-Za-z_.$][\w.$]*|\d+|"(?:[^"\\]|\\.)+")\s*:(?!:)\s*')
_HEAD = re.compile(r"([A-Za-z_.$][\w.$]*)\s*")
_ASSIGNED = re.compile(r"(==?)(?!=)\s*")
_LOOPS = (".rept", ".rep", ".irp", ".irpc")
_ASSIGNING = (".set", ".equ", ".equiv", ".eqv")


class Statement(NamedTuple):
    """One statement: `sort` is label, remark, open, close, or "" for what has a name."""

    sort: str
    name: str
    """Of a label; in small letters, of an instruction or a directive."""
    rest: str
    """Its operands; the words of a remark."""
    span: Span
    comment: str
    use: Use | None
    """What it came from; what opens or closes."""


class Program(NamedTuple):
    """A source as a straight list of statements."""

    statements: list[Statement]
    symbols: Symbols
    macros: dict[str, Macro]
    markers: list[Marker]
    wrong: list[Diagnostic]


class _Frame:
    """Lines that are being read: of the source, or of a use of a macro."""

    __slots__ = ("at", "conditions", "lines", "use")

    def __init__(self, lines: list[Line], use: Use | None, conditions: int) -> None:
        self.lines = lines
        self.use = use
        self.at = 0
        self.conditions = conditions
        """How many conditions were open at its start."""


class _Stop(Exception):
    """A limit is reached, or the source's end is given."""


def statements(source: Source, path: str = "", files: Files | None = None) -> Program:
    """All statements of a source; `path` is what a preprocessor called it, if one made it, `files`
    those that it may read."""
    text = reading.read(source, path)
    engine = _Engine(text, files)
    try:
        engine.run()
    except _Stop:
        pass
    return engine.program


def body_statements(lines: list[Line], program: Program) -> Program:
    """The statements that the lines of a macro's body come to, with the macros of a program."""
    engine = _Engine(reading.Text(lines, [], []))
    engine.program.macros.update(program.macros)
    symbols = engine.program.symbols
    symbols.history.update(program.symbols.history)
    try:
        engine.run()
    except _Stop:
        engine.report("a macro ends the source", Span(0, 1))
    return engine.program


class _Engine:
    def __init__(self, text: reading.Text, files: Files | None = None) -> None:
        self.files = files
        self.program = Program([], Symbols(), {}, text.markers, list(text.wrong))
        self.frames = [_Frame(text.lines, None, 0)]
        self.conditions = Conditions(Asked(self.number, self.is_known, self.report))
        self.offsets = Offsets()
        self.uses = 0
        self.alternate = False
        """Whether `.altmacro` holds."""
        self.locals = 0
        self.characters = 0

    @property
    def use(self) -> Use | None:
        return self.frames[-1].use if self.frames else None

    def report(self, message: str, span: Span, *notes: str, code: str = "syntax") -> None:
        use = self.use
        if use is not None:
            notes = (*notes, f"note: in a use of {use.macro.name}")
        self.program.wrong.append(Diagnostic(code, message, span, notes))
        if len(self.program.wrong) >= ERROR_LIMIT:
            raise _Stop

    def emit(self, sort: str, name: str, rest: str, line: Line, use: Use | None = None) -> None:
        if len(self.program.statements) >= STATEMENT_LIMIT:
            message = f"the source comes to more than {STATEMENT_LIMIT} statements"
            self.report(message, line.span, code="too-large")
            raise _Stop
        made = Statement(sort, name, rest, line.span, line.comment, use or self.use)
        self.program.statements.append(made)

    def run(self) -> None:
        while self.frames:
            frame = self.frames[-1]
            if frame.at < len(frame.lines):
                frame.at += 1
                self.line(frame.lines[frame.at - 1])
            else:
                self.leave()
        if self.conditions.open:
            place = self.conditions.open[-1].place
            self.report("a condition is not ended", place, "help: .endif")

    def leave(self) -> None:
        """Go on behind the use whose lines end."""
        frame = self.frames.pop()
        if frame.use is not None:
            self.conditions.close_to(frame.conditions)
            end = Line("", frame.use.place.start, "", 1)
            self.emit("close", "", "", end, frame.use)

    def line(self, line: Line) -> None:
        text = line.text
        self.characters += len(text) + LINE_COST
        if len(text) > LINE_LIMIT or self.characters > TEXT_LIMIT:
            message = f"the statements come to more than {TEXT_LIMIT} characters"
            self.report(message, line.span, code="too-large")
            raise _Stop
        while text and (label := _LABEL.match(text)):
            if self.conditions.active:
                self.label(label[1].strip('"'), line)
            text = text[label.end() :]
        if not text:
            if line.comment and self.conditions.active:
                self.emit("remark", "", line.comment, line)
            return
        head = _HEAD.match(text)
        if head is None:
            if self.conditions.active:
                self.report(f"{text[:20]!r} is no statement", line.span)
            return
        self.named(head[1], text[head.end() :], line)

    def label(self, name: str, line: Line) -> None:
        if self.offsets.at is not None:
            self.assign(name, str(self.offsets.at), line)
            return
        self.program.symbols.labels.add(name)
        self.emit("label", name, "", line._replace(comment=""))

    def named(self, written: str, rest: str, line: Line) -> None:
        name = written.lower()
        if name in CONDITIONS:
            self.conditions.take(name, rest, line, self.frames[-1].conditions)
        elif not self.conditions.active:
            return
        elif assigned := _ASSIGNED.match(rest):
            self.assign(written, rest[assigned.end() :], line)
        elif name in self.program.macros:
            self.enter(self.program.macros[name], rest, line)
        elif name in _SPECIAL:
            _SPECIAL[name](self, rest, line)
        elif name in _ASSIGNING:
            symbol, _, value = rest.partition(",")
            symbol = symbol.strip().strip('"')
            if name == ".equiv" and self.is_known(symbol):
                self.report(f"{symbol!r} has a value already", line.span)
            self.assign(symbol, value, line)
        elif name in _LOOPS:
            self.loop(name, rest, line)
        elif not self.offsets.takes(name, rest, lambda text: self.number(text, line)):
            self.emit("", name, rest, line)

    # ---- symbols

    def is_known(self, name: str) -> bool:
        return name in self.program.symbols.labels or name in self.program.symbols.history

    def value_of(self, name: str) -> Sum:
        found = self.program.symbols.at(name, len(self.program.statements))
        if found is None:
            return itself(name)
        return reduce(found, self.value_of)

    def number(self, text: str, line: Line) -> int | None:
        """The number that an expression is now; None, and reported, where it is none."""
        try:
            return constant(reduce(parse_all(text), self.value_of))
        except ValueFault as fault:
            self.report(str(fault), line.span)
        except RecursionError:
            self.report("symbols stand for each other too deep", line.span)
        return None

    def assign(self, name: str, text: str, line: Line) -> None:
        symbols = self.program.symbols
        index = len(self.program.statements)
        try:
            value = parse_all(text)
            if name == ".":
                self.emit("", ".org", text, line)
                return
            # What it stands for now stays, whatever its parts come to be.
            value = replaced(value, lambda part: self.fixed(part, name, line))
            found = reduce(value, lambda part: Sum(0, ((part, 1),)))
            symbols.written[name] = (value, line.comment)
            if not found.terms:
                plain = value if isinstance(value, Number) else Number(found.constant, "")
                value = plain._replace(name="")
            symbols.give(name, value, index)
            self.emit("", ".set", name, line)
        except ValueFault as fault:
            self.report(str(fault), line.span)

    def fixed(self, part: str, name: str, line: Line) -> Expression:
        if part == "." and self.offsets.at is not None:
            return Number(self.offsets.at, str(self.offsets.at))
        if part == ".":
            here = f".here.{len(self.program.statements)}"
            self.emit("label", here, "", line._replace(comment=""))
            return Name(here)
        found = self.program.symbols.at(part, len(self.program.statements))
        if found is None and part == name:
            raise ValueFault(f"{name!r} stands for itself")
        return found._replace(name=part) if isinstance(found, Number) else found or Name(part)

    # ---- macros and repetitions

    def block(self, ends: str, opens: tuple[str, ...], line: Line) -> list[Line]:
        """The lines up to the end of what a line opens."""
        frame, depth = self.frames[-1], 1
        found: list[Line] = []
        while frame.at < len(frame.lines):
            inner = frame.lines[frame.at]
            frame.at += 1
            text = inner.text
            while label := _LABEL.match(text):
                text = text[label.end() :]
            head = _HEAD.match(text)
            name = head[1].lower() if head else ""
            depth += (name in opens) - (name == ends)
            if not depth:
                return found
            found.append(inner)
        self.report(f"what begins here is not ended by {ends}", line.span)
        raise _Stop

    def define(self, rest: str, line: Line) -> None:
        body = self.block(".endm", (".macro",), line)
        head = _HEAD.match(rest)
        if head is None:
            self.report("a macro needs a name", line.span)
            return
        try:
            taken = parameters(rest[head.end() :].strip().removeprefix(","))
        except MacroFault as fault:
            self.report(str(fault), line.span)
            return
        name = head[1].lower()
        if name in self.program.macros:
            self.report(f"the macro {head[1]!r} is defined twice", line.span)
        macro = Macro(head[1], taken, tuple(body), line.span, line.comment)
        self.program.macros[name] = macro

    def enter(self, macro: Macro, rest: str, line: Line) -> None:
        try:
            given = arguments(macro, rest, self.evaluate)
        except MacroFault as fault:
            self.report(str(fault), line.span)
            return
        number, self.uses = self.uses, self.uses + 1
        self.go_into(Use(macro, given, line.span, self.use), number, line)

    def go_into(self, use: Use, number: int, line: Line) -> None:
        if use.depth > DEPTH_LIMIT:
            message = f"macros are used within each other more than {DEPTH_LIMIT} deep"
            self.report(message, line.span, code="too-large")
            raise _Stop
        self.emit("open", use.macro.name, "", line, use)
        lines = self.filled(use.macro.body, use.arguments, number)
        self.characters += sum(len(inner.text) + LINE_COST for inner in lines)
        self.frames.append(_Frame(lines, use, len(self.conditions.open)))

    def filled(self, body: tuple[Line, ...], given: Mapping[str, str], number: int) -> list[Line]:
        """The lines of a body, with arguments for its parameters."""
        lines: Sequence[Line] = body
        if self.alternate:
            lines, given = with_locals(body, given, self.fresh)
        return [
            line._replace(text=substituted(line.text, given, number, alternate=self.alternate))
            for line in lines
        ]

    def fresh(self) -> str:
        """A label that stands for one of LOCAL, named as GNU as names it."""
        self.locals += 1
        return f".LL{self.locals:04x}"

    @property
    def evaluate(self) -> Evaluate | None:
        """What gives the value of an argument that is one; None where none is."""
        return self.value_in if self.alternate else None

    def value_in(self, text: str) -> tuple[str, str]:
        """As `macros.Evaluate`. Raises MacroFault."""
        try:
            expression, rest = parse(text)
            return str(constant(reduce(expression, self.value_of))), rest
        except (ValueFault, RecursionError) as fault:
            raise MacroFault(f"% gives the value of an expression: {fault}") from None

    def loop(self, name: str, rest: str, line: Line) -> None:
        body = self.block(".endr", _LOOPS, line)
        if name in (".rept", ".rep"):
            count = self.number(rest, line)
            if count is None:
                return
            if not 0 <= count <= STATEMENT_LIMIT:
                message = f"a repetition goes 0 to {STATEMENT_LIMIT} times, not {count}"
                self.report(message, line.span, code="too-large")
                return
            rounds = [""] * count
            symbol = ""
        else:
            head = _HEAD.match(rest)
            if head is None:
                self.report(f"{name} needs a symbol", line.span)
                return
            symbol = head[1]
            text = rest[head.end() :].strip().removeprefix(",")
            try:
                found = words(text, self.evaluate)
            except MacroFault as fault:
                self.report(str(fault), line.span)
                return
            found = found if name == ".irp" else list("".join(found))
            rounds = found or [""]
        self.rounds(Macro(name, (), tuple(body), line.span, line.comment), symbol, rounds, line)

    def rounds(self, macro: Macro, symbol: str, values: list[str], line: Line) -> None:
        """The body once for each value, in order."""
        if len(values) * (len(macro.body) + 2) + len(self.program.statements) > STATEMENT_LIMIT:
            message = f"the source comes to more than {STATEMENT_LIMIT} statements"
            self.report(message, line.span, code="too-large")
            raise _Stop
        outer = self.use
        if (outer.depth if outer else 0) >= DEPTH_LIMIT:
            message = f"repetitions stand within each other more than {DEPTH_LIMIT} deep"
            self.report(message, line.span, code="too-large")
            raise _Stop
        lines: list[Line] = []
        made = 0
        for value in values:
            given = {symbol: value} if symbol else {}
            lines += self.filled(macro.body, given, self.uses)
            made += sum(len(inner.text) + LINE_COST for inner in lines[-len(macro.body) :])
            if self.characters + made > TEXT_LIMIT:
                break
        self.characters += made
        use = Use(macro, {}, line.span, outer, len(values))
        self.emit("open", macro.name, "", line, use)
        self.frames.append(_Frame(lines, use, len(self.conditions.open)))

    def alternates(self, rest: str, line: Line) -> None:
        self.alternate = True

    def alternates_not(self, rest: str, line: Line) -> None:
        self.alternate = False

    def exit(self, rest: str, line: Line) -> None:
        frame = self.frames[-1]
        if frame.use is None:
            self.report(".exitm stands outside of every macro", line.span)
            return
        frame.at = len(frame.lines)

    def purge(self, rest: str, line: Line) -> None:
        if self.program.macros.pop(rest.strip().lower(), None) is None:
            self.report(f"there is no macro {rest.strip()!r}", line.span)

    def end(self, rest: str, line: Line) -> None:
        raise _Stop

    def said(self, rest: str, line: Line) -> None:
        self.report(f"the source says: {rest.strip()[:200] or 'an error'}", line.span)

    def bytes_of(self, rest: str, line: Line) -> None:
        """The bytes of a file, from some of them on, and so many of them, as a text."""
        name, *numbers = parted(rest)
        found = self.files.read(name.strip('"')) if self.files else None
        if found is None:
            self.include(name, line)
            return
        values = [self.number(each or "0", line) for each in numbers[:2]]
        skip, count = (*values, *(0, None)[len(values) :])
        end = len(found[1]) if count is None else (skip or 0) + count
        if skip is None or not 0 <= skip <= end <= len(found[1]):
            self.report(f"{name} has {len(found[1])} bytes", line.span)
            return
        escaped = "".join(f"\\{byte:03o}" for byte in found[1][skip:end])
        self.characters += len(escaped)
        self.emit("", ".ascii", f'"{escaped}"', line)

    def include(self, rest: str, line: Line) -> None:
        """What could be read stands in the text already."""
        message = f"{rest.strip()[:200]} cannot be read"
        note = "help: it is looked for beside the source, where -IFOLDER behind -- says, and here"
        self.report(message, line.span, note)


_SPECIAL: dict[str, Callable[[_Engine, str, Line], None]] = {
    ".macro": _Engine.define,
    ".exitm": _Engine.exit,
    ".purgem": _Engine.purge,
    ".end": _Engine.end,
    ".err": _Engine.said,
    ".error": _Engine.said,
    ".abort": _Engine.said,
    ".include": _Engine.include,
    ".incbin": _Engine.bytes_of,
    ".altmacro": _Engine.alternates,
    ".noaltmacro": _Engine.alternates_not,
}

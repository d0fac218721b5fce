"""The use of a macro: which operand stands for which parameter, and what uses what.

Input: a `Macro`, and the statement that uses it. Output: its operands by parameters; a `Frame`.
Invariant: nothing is expanded here; chains of uses are as long as expand.py lets them be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asm_rv32.assembler.ir import LabelScope
from asm_rv32.assembler.reading.expressions import BUILTIN_NAMES, evaluate
from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.integers import ExpressionError
from asm_rv32.assembler.reading.program import Inside, Macro, Macros, Parameter, Written
from asm_rv32.basis.diagnostics import Source, did_you_mean
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.operands import EVERY_REGISTER, LabelSum, Memory, Register, Symbol, Value
from asm_rv32.isa.sets import everything

STATEMENTS, WORDS_A_STATEMENT = 4, 100
"""The use of a macro counts as so many statements, and as one for so many of its words: its names
are looked up anew."""
NAMES_SHOWN = 8
"""So many parameters without an operand are told."""
NAME_SHOWN = 40
"""So many letters of a macro's name are in those of its labels."""


def cost(macro: Macro) -> int:
    """As how many statements a use counts, whatever comes of it."""
    return STATEMENTS + len(macro.words) // WORDS_A_STATEMENT


class Elsewhere(str):
    """A name in a value that is given to a macro: it is the name of nothing in the macro."""

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Given:
    """What a macro's parameters stand for at one use."""

    def __init__(self, macro: Macro) -> None:
        self.macro = macro
        self.values: dict[str, Value | None] = {}
        """By parameter; None where it is a name without a value."""
        self.symbols: dict[str, Symbol] = {}
        """Those names: of labels, CSRs, mnemonics."""
        self.names: dict[str, tuple[LabelScope, str] | None] = {}
        """By parameter, as `LabelScope.arguments` has it."""
        for parameter in macro.parameters:
            self.names[parameter.name] = None

    def give(self, name: str, value: Value, scope: LabelScope, written: str = "") -> None:
        """Give a parameter a value of `scope`; `written`: the bare name that stands there."""
        if isinstance(value, Symbol):
            self.values[name] = None
            self.symbols.setdefault(name, value)
            written = written or value
        else:
            self.values[name] = self._carried(value, scope)
        if written:
            self.names[name] = (scope, written)

    def _carried(self, value: Value, scope: LabelScope) -> Value:
        """A value whose labels go on being those of `scope`."""
        if isinstance(value, Memory):
            return Memory(self._carried(value.offset, scope), value.base)
        if not isinstance(value, LabelSum):
            return value
        names = []
        for name in (value.plus, value.minus):
            names.append(Elsewhere(name) if name else name)
            if name:
                self.names[names[-1]] = (scope, name)
        return value._replace(plus=names[0], minus=names[1])

    def lacking(self) -> Iterator[tuple[Parameter, Written]]:
        """The parameters that are given nothing, with their default values as written."""
        for parameter in self.macro.parameters:
            if parameter.default is not None and parameter.name not in self.values:
                yield parameter, parameter.default


class Frame(NamedTuple):
    """A macro that is being expanded."""

    macro: Macro
    source: Source
    use: Written
    given: Given
    outer: Frame | None

    def placed(self, written: Written) -> Written:
        """A statement of the macro, at the place where the function uses it."""
        inside = Inside(self.macro, self.source, written.start, written.end, self.use)
        return Written(written.node, written.tokens, self.use.start, self.use.end, inside)

    def chain(self) -> Iterator[Frame]:
        """This use and those around it, innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.outer


class Uses:
    """What is remembered over all uses of macros in a function."""

    def __init__(self, source: Source, registers: Mapping[str, Register]) -> None:
        """`registers`: the words that are registers in the function's ISA."""
        self.source = source
        self._registers = registers
        self._names: dict[Macro, dict[str, Any]] = {}
        self._sources: dict[Macro, Source] = {}
        self._counts: dict[str, int] = {}

    def names(self, macro: Macro) -> dict[str, Any]:
        """The names that have a value in a macro, its parameters aside; not to be changed."""
        if macro not in self._names:
            seen = ((word, macro.names.get(word)) for word in macro.words)
            around = {word: value for word, value in seen if value is not None}
            self._names[macro] = {**BUILTIN_NAMES, **around, **self._registers}
        return self._names[macro]

    def source_of(self, macro: Macro) -> Source:
        """A macro's source: the function's own where both have one text."""
        if macro not in self._sources:
            own, source = self.source, macro.source
            is_own = own is source or (own.path == source.path and own.text == source.text)
            self._sources[macro] = own if is_own else source
        return self._sources[macro]

    def suffix(self, macro: Macro) -> str:
        """What the names of its labels end in, another one at each use."""
        name = macro.name[:NAME_SHOWN]
        number = self._counts[name] = self._counts.get(name, -1) + 1
        return f".{name}.{number}"


def operands(macro: Macro, use: Written) -> dict[str, Node]:
    """Parameter → the operand given for it, in the order of the operands. Raises ExpressionError.

    Every parameter without a default value has one.
    """
    names = [parameter.name for parameter in macro.parameters]
    known = frozenset(names)
    found: dict[str, Node] = {}
    is_named = False
    for position, node in enumerate(use.node.parts[1:]):
        if node.kind == "keyword":
            is_named = True
            name = use.tokens[node.first]
            if name not in known:
                message = f"{macro.name!r} has no parameter {name!r}"
                raise _wrong(macro, message, node, *did_you_mean(name, names))
            if name in found:
                raise _wrong(macro, f"{name!r} is given twice", node)
            found[name] = node.parts[-1]
        elif node.kind == "unpacked":
            raise _wrong(macro, "a macro's operands are written one by one", node)
        elif position >= len(names):
            count = len(use.node.parts) - 1
            raise _wrong(macro, f"{macro.name!r} takes {_counted(macro)}, got {count}", node)
        elif is_named:
            raise _wrong(macro, "an operand without a name stands behind one with a name", node)
        else:
            found[names[position]] = node
    lacking = [
        each.name for each in macro.parameters if not each.default and each.name not in found
    ]
    if lacking:
        listed = ", ".join(lacking[:NAMES_SHOWN])
        message = f"{macro.name!r} takes {_counted(macro)}; there is none for {listed}"
        raise _wrong(macro, message, use.node)
    return found


def _counted(macro: Macro) -> str:
    most = len(macro.parameters)
    least = sum(each.default is None for each in macro.parameters)
    count = str(most) if least == most else f"{least} to {most}"
    return f"{count} operand{'' if most == 1 else 's'}"


def _wrong(macro: Macro, message: str, node: Node, *notes: str) -> ExpressionError:
    return ExpressionError("operand-count", message, node, *notes, f"help: {macro.form}")


def default_value(
    macro: Macro, parameter: Parameter, written: Written, names: Mapping[str, Any]
) -> Value:
    """The value of a parameter's default, as it is written or known. Raises ExpressionError.

    A register's name in quotes is the register: Python evaluates default values when it executes
    the file, and knows no registers. Text that is data nevertheless is written as bytes.
    """
    known = macro.defaults.get(parameter.name)
    node = written.node
    value: Value = evaluate(node, written.tokens, names) if known is None else known
    is_data = node.kind == "string" and written.tokens[node.first][0] in "bB"
    if isinstance(value, bytes) and not is_data:
        return EVERY_REGISTER.get(value.decode(errors="replace"), value)
    return value


def endless(macro: Macro, given: Given, frame: Frame | None) -> str:
    """How a macro that is given this comes to use itself, given the same; "" where not."""
    if frame is None or all(outer.macro is not macro for outer in frame.chain()):
        return ""
    names = [macro.name]
    for outer in frame.chain():
        same = outer.macro is macro and outer.given.values == given.values
        if same and outer.given.symbols == given.symbols:
            if len(names) == 1:
                return f"{macro.name!r} uses itself without end"
            return f"{macro.name!r} uses itself without end, by way of {', '.join(names[:0:-1])}"
        names.append(outer.macro.name)
    return ""


def nearly(name: str, macros: Macros) -> tuple[str, ...]:
    """A `help:` note with the macros that may be meant by a name; none by an instruction's."""
    return () if name in everything().mnemonic_of else did_you_mean(name, macros.known())

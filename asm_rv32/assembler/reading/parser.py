"""Find the assembler functions and the macros of a Python file and parse their heads and bodies.

Input: a `Source`; for a single one, the offset at which its first decorator stands.
Output: a `Program`, and every mistake found on the way as a `Diagnostic`.
Invariant: nothing of the file is executed; what stands outside assembler functions is read for
names, constants and places only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asm_rv32.assembler.reading.expressions import BUILTIN_NAMES, FUNCTIONS, evaluate, literal
from asm_rv32.assembler.reading.grammar import TREES, Mismatch, Node
from asm_rv32.assembler.reading.integers import ExpressionError
from asm_rv32.assembler.reading.lines import (
    LogicalLine,
)
from asm_rv32.assembler.reading.outside import (
    Body,
    Stray,
    confirmed,
    every_word,
    macro_names,
    misspelt,
    stray,
    unreadable,
)
from asm_rv32.assembler.reading.program import (
    Data,
    FunctionSource,
    Macro,
    Parameter,
    Program,
    Reference,
    Statement,
    Written,
)
from asm_rv32.assembler.reading.scopes import FUNCTION, Defined, Picked, Scope, Sight, Visible
from asm_rv32.assembler.reading.surroundings import ModuleNames, Surroundings
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span, did_you_mean
from asm_rv32.basis.records import Any
from asm_rv32.basis.run_options import RUN_OPTIONS
from asm_rv32.isa.image import DATA, FLOAT, NAME_LIMIT, NOTHING, RETURN_KINDS, WRITABLE
from asm_rv32.isa.operands import REGISTER_NAMES, Symbol

DECORATOR, MACRO, BLOCK = DECORATORS = ("asm_rv32", "asm_macro", "asm_data")
SOURCE_LIMIT = 16 << 20
"""A source has at most so many characters."""
OF_LINKER: dict[str, tuple[type, ...]] = {"symbol": (str,), "weak": (bool,)}
"""What a decorator says to linkers."""
OPTIONS: dict[str, tuple[type, ...]] = {
    "isa": (str,), "compress": (bool,), "dialect": (str,),
    **{name: (option.type,) for name, option in RUN_OPTIONS.items()},
    "interrupt": (bool, str), **OF_LINKER, "tables": (str,),
}  # fmt: skip
"""The decorator's keyword arguments and their types."""
_OF_DECORATOR: dict[str, dict[str, tuple[type, ...]]] = {
    DECORATOR: OPTIONS,
    MACRO: {},
    BLOCK: {"writable": (bool,), **OF_LINKER},
}
_EXAMPLES: dict[type, str] = {str: '"..."', bool: "True", int: "4096"}


_NO_CHARACTER = "[\0\ud800-\udfff]"


def parse(source: Source, project: object = None) -> tuple[Program, list[Diagnostic]]:
    """All assembler functions of a file, in order, and what is wrong with their text.

    `project`: the `imports.Project` that the file is another one of.
    """
    if len(source.text) > SOURCE_LIMIT:
        message = f"the source has {len(source.text)} characters, more than {SOURCE_LIMIT}"
        return Program(source, ()), [Diagnostic("too-large", message, Span(0, 1))]
    # Half of a pair, as a file read with errors="surrogateescape" has it, is taken by no output,
    # NUL not by Python.
    text = source.text
    odd = None if text.isascii() and "\0" not in text else re.search(_NO_CHARACTER, text)
    if odd:
        message = f"{odd[0]!a} is no character"
        return Program(source, ()), [Diagnostic("encoding", message, Span(*odd.span()))]
    reader = _Reader(source, 0)
    reader.world.project = project
    program = reader.program()
    found = reader.diagnostics()
    found += confirmed(source, reader.bodies, reader.strays)
    return program, found or list(unreadable(source, reader.bodies))


def parse_function(
    source: Source, offset: int, decorator: str, names: Sight
) -> tuple[Program, list[Diagnostic]]:
    """The one function, or block of data, whose first decorator stands at the line from `offset`
    on.

    `names`: what it sees, as `FunctionSource.names` has it.
    """
    reader = _Reader(source, offset, decorator, names)
    program = Program(source, tuple(reader.functions()), names=names)
    return program, reader.diagnostics()


def parse_macro(source: Source, offset: int) -> tuple[Macro | None, list[Diagnostic]]:
    """The one macro whose first decorator, or `def`, stands at the line from `offset` on."""
    reader = _Reader(source, offset, MACRO)
    reader.program()
    return reader.macro, reader.diagnostics()


def _parse_other(source: Source, project: object) -> Program:
    """Another file of a project, as far as it can be read."""
    program, found = parse(source, project)
    return program._replace(wrong=tuple(found))


class _Reader(Surroundings):
    """Reads a file, or one function of it."""

    def __init__(
        self, source: Source, offset: int, single: str = "", names: Sight | None = None
    ) -> None:
        """`names`: what a single function sees; None for all of the file."""
        super().__init__(source, offset, _parse_other)
        self.given = names
        self.single = single
        """What is read is one function or macro alone, which has this decorator."""
        self.macro: Macro | None = None
        """The last that was read."""
        self.bodies: list[Body] = []
        """Where the assembler functions stand."""
        self.strays: list[Stray] = []
        """What stands outside of them, and reads as if it belonged inside."""
        self._macro_names = frozenset() if single else macro_names(source.text)
        self._home = self.scopes[0]
        """Where the last of them stood."""

    def program(self) -> Program:
        """All of the file, or the one function or macro."""
        outermost = self.scopes[:1]
        functions = tuple(self.functions())
        self.leave(0)
        names = ModuleNames(outermost[0].names, self.world)
        macros = Defined(outermost, len(self.source.text), names)
        program = Program(self.source, functions, macros, names)
        self.world.program = program
        return program

    # ---- the file around the functions

    def functions(self) -> Iterator[FunctionSource]:
        """The functions, one after the other."""
        while (line := self.line) is not None:
            if line.indent <= self.scopes[-1].indent:
                self.leave(line.indent)
            token = line.tokens[0]
            if token == "@":
                function = self._decorated()
                if function is not None:
                    yield function
                if self.single:
                    return
            elif self.single:
                self._no_function(line)
                return
            else:
                self._other(line)
                self.advance()

    def _no_function(self, line: LogicalLine) -> None:
        self.report("not-a-function", "no decorator stands here", self.token_span(line, 0))

    def _other(self, line: LogicalLine) -> None:
        """A line outside of every assembler function."""
        # Assemblers of other processors have words of ours in functions of their own.
        if self.scopes[-1] is self._home or not any(s.sort == FUNCTION for s in self.scopes[1:]):
            found = stray(self.source.text, line, self._macro_names)
            if found is not None:
                self.strays.append(found)
        self.outside(line)

    # ---- the head of a function

    def _decorated(self) -> FunctionSource | None:
        """From the first decorator on: the function, or None where it is none of ours."""
        first = self.line
        assert first is not None
        options: dict[str, object] | None = None
        place: Span | None = None
        sort = ""
        while (line := self.line) is not None and line.tokens[0] == "@":
            named = _decorator(line.tokens)
            if self.single or named:
                self.look_into()
                found = self._options(line, _OF_DECORATOR[named or self.single])
                if options is None or named:
                    options = found
                    place = self.token_span(line, 0, len(line.tokens) - 1)
                    if sort not in ("", self.single or named):
                        message = f"a 'def' is a function or a macro: {sort} stands above it, too"
                        self.report("decorator", message, place)
                    sort = self.single or named
            elif nearly := misspelt(self.source.text, line, DECORATORS):
                self.strays.append(nearly)
            self.decorators.append(line.tokens)
            self.advance()
        if line is None or options is None or place is None:
            if place is not None:
                self.report("not-a-function", "no function follows the decorator", place)
            return None
        if line.tokens[0] != "def":
            what = "a class" if line.tokens[0] == "class" else "a plain function"
            if line.tokens[0] == "async":
                what = "an async function"
            message = (
                f"the decorator stands above {what}; it takes a plain 'def'"
                if what != "a plain function"
                else "a 'def' must follow the decorator"
            )
            self.report("not-a-function", message, self.token_span(line, 0))
            return None
        self.decorators = []
        if sort == MACRO:
            self._macro(line)
            return None
        found_function = self._function(first, line, options)
        if sort == BLOCK and found_function is not None:
            return self._block_of_data(found_function)
        return found_function

    def _block_of_data(self, function: FunctionSource) -> FunctionSource:
        """What is written as a function, as data."""
        if function.parameters:
            self.report("parameter", "a block of data has no parameters",
                        function.parameters[0].span)  # fmt: skip
        kind = WRITABLE if function.options.get("writable") else DATA
        kept = {name: value for name, value in function.options.items() if name in OF_LINKER}
        return function._replace(kind=kind, options=kept, parameters=())

    def _options(
        self, line: LogicalLine, accepted: dict[str, tuple[type, ...]]
    ) -> dict[str, object]:
        tree = TREES[line.shape]
        if isinstance(tree, Mismatch):
            self.wrong_line(line, tree)
            return {}
        call = tree.parts[0]
        options: dict[str, object] = {}
        takes = f"takes {', '.join(accepted)} by keyword" if accepted else "takes no arguments"
        for argument in call.parts[1:] if call.kind == "call" else ():
            span = self.token_span(line, argument.first, argument.last)
            name = line.tokens[argument.first]
            if argument.kind != "keyword" or name not in accepted:
                if not self.single:
                    self.report("decorator", f"the decorator {takes}", span,
                                *did_you_mean(name, accepted))  # fmt: skip
                continue
            value = self._option_value(argument.parts[1], line.tokens)
            if isinstance(value, accepted[name]):
                options[name] = value
                if name == "symbol":
                    self._check_symbol(value, span)
            elif not self.single:
                wanted = accepted[name][0].__name__
                example = _EXAMPLES[accepted[name][0]]
                message = f"{name} takes a literal {wanted} here"
                self.report("decorator", message, span, f"help: {name}={example}")
        return options

    def _check_symbol(self, symbol: object, span: Span) -> None:
        from asm_rv32.assembler.reading.builtins import checked_symbol

        try:
            checked_symbol(symbol)
        except ValueError as error:
            self.report("decorator", str(error)[:200], span)

    def _option_value(self, node: Node, tokens: list[str]) -> object:
        if node.kind == "name" and tokens[node.first] in BUILTIN_NAMES:
            return tokens[node.first] == "True"
        try:
            if node.kind == "string":
                text = literal(node, tokens)
                return text.decode() if isinstance(text, bytes) else text
            value: Any = evaluate(node, tokens, self.visible())
        except ExpressionError:
            return None
        if isinstance(value, Symbol):
            known = self.visible().known(value)
            value = known.value if isinstance(known, Data) else known
        return value.decode() if isinstance(value, bytes) else value

    def _function(
        self, first: LogicalLine, line: LogicalLine, options: dict[str, object]
    ) -> FunctionSource | None:
        tree = self._head_of(line)
        if tree is None:
            return None
        name = line.tokens[1]
        inner = self._inner
        visible = self.visible() if self.has_values else None
        self.words = set(line.tokens) if visible is not None or self.given is not None else None
        parameters, returns, suite = _head_parts(tree)
        found = self._parameters(line, parameters)
        result = self._returns(line, returns) if returns else "int"
        body = self._body(line, suite)
        qualified = "".join(
            scope.name + (".<locals>." if scope.is_function else ".") for scope in inner
        )
        self.bind(name, Reference(qualified + name, self.world))
        return FunctionSource(
            name, qualified + name, found, result, options, body, self._names(visible),
            Span(first.start, self.behind), self.token_span(line, 1), self._macros(line),
        )  # fmt: skip

    def _names(self, visible: Visible | None) -> Picked:
        """What the words of the function that has been read stand for."""
        words = self.words or ()
        if self.given is not None:
            return self.given.pick(words)
        return visible.pick(words) if visible is not None else Picked(self.visible())

    @property
    def _inner(self) -> list[Scope]:
        """The functions and classes around what is read."""
        return [scope for scope in self.scopes if scope.name]

    def _head_of(self, line: LogicalLine) -> Node | None:
        """The tree of a `def`; None, and reported, where there is none to be read."""
        tree = TREES[line.shape]
        if isinstance(tree, Mismatch):
            self.wrong_line(line, tree)
        else:
            self._home = self.scopes[-1]
            around = sum(len(scope.name) for scope in self._inner)
            if len(line.tokens[1]) + around <= NAME_LIMIT:
                return tree
            message = f"a function's name, with those around it, has more than {NAME_LIMIT} letters"
            self.report("too-large", message, self.token_span(line, 1))
        self.advance()
        self.skip(line.indent)
        return None

    def _body(self, line: LogicalLine, suite: Node | None) -> tuple[Statement, ...]:
        """The statements below a head, or behind its colon."""
        self.tokens_read += len(line.shape)
        self.advance()
        if suite is not None:
            body, end = self.simple_statements(line, suite), line.end
        else:
            body = self.block(line, line.indent, 1)[0] + self._strayed(line.indent)
            end = self._here()
        self.bodies.append(Body(line.start, line.end, end))
        self.count(line, 1)
        return body

    # ---- macros

    def _macros(self, line: LogicalLine) -> Defined:
        """The macros that are visible at a place, once the file is read."""
        around = [scope for scope in reversed(self.scopes) if scope.is_function]
        return Defined(around, line.start, self.visible())

    def _macro(self, line: LogicalLine) -> None:
        """Read a macro, and keep it under its name."""
        tree = self._head_of(line)
        if tree is None:
            return
        name = line.tokens[1]
        visible = self.visible()
        self.words = set(line.tokens)
        parameters, _, suite = _head_parts(tree)
        found = self._macro_parameters(line, parameters)
        body = self._body(line, suite)
        words = frozenset(self.words)
        self.macro = macro = Macro(name, found, body, words, self.source, line.start)
        macro.names, macro.macros = visible.pick(words), self._macros(line)
        if name in every_word() or name in FUNCTIONS or name in REGISTER_NAMES:
            what = "a register" if name in REGISTER_NAMES else "a word of the assembler"
            message = f"{name!r} is {what} and keeps its meaning"
            self.report("macro", message, self.token_span(line, 1),
                        "help: give the macro another name")  # fmt: skip
            return
        around = [at for at, scope in enumerate(self.scopes) if scope.is_function][-1]
        names = [*(scope.name for scope in self.scopes[around + 1 :]), name]
        self.scopes[around].macros.setdefault(".".join(names), []).append(macro)
        self.bind(name, macro)

    def _macro_parameters(self, line: LogicalLine, node: Node) -> tuple[Parameter, ...]:
        found: dict[str, Parameter] = {}
        for parameter in node.parts:
            span = self.token_span(line, parameter.first, parameter.last)
            name = line.tokens[parameter.first]
            if parameter.kind == "starred":
                self.report("parameter", "a macro has no starred parameter", span)
            elif name in found:
                self.report("parameter", f"the parameter {name!r} stands twice", span)
            elif name in REGISTER_NAMES:
                message = f"{name!r} is a register and keeps its meaning"
                self.report("name-clash", message, span, "help: a register is given at each use")
            else:
                default = None
                if parameter.kind == "default":
                    default = Written(parameter.parts[-1], line.tokens, line.start, line.end)
                found[name] = Parameter(name, self.token_span(line, parameter.first), default)
        return tuple(found.values())

    # ---- parameters and results

    def _parameters(self, line: LogicalLine, node: Node) -> tuple[Parameter, ...]:
        found: list[Parameter] = []
        seen: set[str] = set()
        for parameter in node.parts:
            span = self.token_span(line, parameter.first, parameter.last)
            name = line.tokens[parameter.first]
            if parameter.kind != "plain":
                what = "a default value" if parameter.kind == "default" else "a starred parameter"
                self.report("parameter", f"an assembler function has no {what[2:]}", span)
            elif name in seen:
                self.report("parameter", f"the parameter {name!r} stands twice", span)
            else:
                seen.add(name)
                annotation = _plain(line.tokens[parameter.first + 2 : parameter.last + 1])
                place = self.token_span(line, parameter.first)
                found.append(Parameter(name, place, is_float=annotation == FLOAT))
        return tuple(found)

    def _returns(self, line: LogicalLine, node: Node) -> str:
        text = _plain(line.tokens[node.first : node.last + 1])
        known = (*RETURN_KINDS, NOTHING, FLOAT)
        if text in known:
            return text
        span = self.token_span(line, node.first, node.last)
        accepted = ", ".join(sorted(known, key=str.lower))
        self.report("annotation", f"the result is annotated {text!r}; accepted: {accepted}", span)
        return "int"

    def _here(self) -> int:
        """Where the line that is read next starts, its indentation included."""
        text = self.source.text
        return len(text) if self.line is None else text.rfind("\n", 0, self.line.start) + 1

    def _strayed(self, indent: int) -> tuple[Statement, ...]:
        """The rest of a function of which a line stands too far to the left.

        Where more than the function's head is indented follows, Python could not read it either.
        """
        found: tuple[Statement, ...] = ()
        while not self.single and (line := self.line) is not None:
            strayed = stray(self.source.text, line, self._macro_names)
            if strayed is None:
                break
            self.advance()
            is_certain = self.line is not None and self.line.indent > max(indent, line.indent)
            self.strays.append(strayed._replace(words=frozenset()) if is_certain else strayed)
            tree = TREES[line.shape]
            if is_certain:
                if isinstance(tree, Node):
                    found += self.simple_statements(line, tree)
                found += self.block(line, indent, 1)[0]
        return found


def _plain(annotation: list[str]) -> str:
    """An annotation without quotes around it, and without the module of its name."""
    return " ".join(annotation).strip("'\"").rpartition(" . ")[2]


def _decorator(tokens: list[str]) -> str:
    """The assembler's decorator in which `@a.b.NAME` or `@a.b.NAME(...)` ends; "" for another."""
    end = tokens.index("(") if "(" in tokens else len(tokens)
    return tokens[end - 1] if end >= 2 and tokens[end - 1] in DECORATORS else ""


def _head_parts(tree: Node) -> tuple[Node, Node | None, Node | None]:
    """Parameters, annotation and one-line body of a `def`."""
    returns = suite = None
    for part in tree.parts:
        if part.kind == "returns":
            returns = part
        elif part.kind == "suite":
            suite = part
        elif part.kind == "parameters":
            parameters = part
    return parameters, returns, suite

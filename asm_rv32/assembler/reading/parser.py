"""Find the assembler functions of a Python file and parse their heads and bodies.

Input: a `Source`; for a single function, the offset at which its first decorator stands.
Output: a `Program`, and every mistake found on the way as a `Diagnostic`.
Invariant: nothing of the file is executed; what stands outside assembler functions is read for
names, constants and places only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asm_rv32.assembler.ir import Data, FunctionSource, Parameter, Program, Reference, Statement
from asm_rv32.assembler.reading.expressions import (
    BUILTIN_NAMES,
    ExpressionError,
    evaluate,
    literal,
)
from asm_rv32.assembler.reading.grammar import TREES, Mismatch, Node
from asm_rv32.assembler.reading.lines import (
    LogicalLine,
)
from asm_rv32.assembler.reading.outside import Body, Stray, confirmed, misspelt, stray, unreadable
from asm_rv32.assembler.reading.scopes import FUNCTION, Picked, Sight, Visible
from asm_rv32.assembler.reading.surroundings import ModuleNames, Surroundings
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span, did_you_mean
from asm_rv32.basis.records import Any
from asm_rv32.isa.image import NAME_LIMIT, NOTHING, RETURN_KINDS
from asm_rv32.isa.operands import Symbol

DECORATOR = "asm_rv32"
SOURCE_LIMIT = 16 << 20
"""A source has at most so many characters."""
OPTIONS: dict[str, tuple[type, ...]] = {
    "isa": (str,), "compress": (bool,), "dialect": (str,), "stack": (int,),
    "max_instructions": (int,), "max_seconds": (int,), "misaligned": (bool,), "sanitize": (bool,),
    "core": (str,), "engine": (str,),
}  # fmt: skip
"""The decorator's keyword arguments and their types."""
_EXAMPLES: dict[type, str] = {str: '"..."', bool: "True", int: "4096"}


_NO_CHARACTER = "[\0\ud800-\udfff]"


def parse(source: Source) -> tuple[Program, list[Diagnostic]]:
    """All assembler functions of a file, in order, and what is wrong with their text."""
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
    program = reader.program()
    found = reader.diagnostics()
    found += confirmed(source, reader.bodies, reader.strays)
    return program, found or list(unreadable(source, reader.bodies))


def parse_function(source: Source, offset: int, names: Sight) -> tuple[Program, list[Diagnostic]]:
    """The one function whose first decorator, or `def`, stands at the line from `offset` on.

    `names`: what it sees, as `FunctionSource.names` has it.
    """
    reader = _Reader(source, offset, names)
    program = Program(source, tuple(reader.functions()), names)
    return program, reader.diagnostics()


def _parse_other(source: Source, project: object) -> Program:
    """Another file of a project, as far as it can be read."""
    reader = _Reader(source, 0)
    reader.world.project = project
    return reader.program()


class _Reader(Surroundings):
    """Reads a file, or one function of it."""

    def __init__(self, source: Source, offset: int, names: Sight | None = None) -> None:
        """`names`: what the one function sees; None for all of the file."""
        super().__init__(source, offset, _parse_other)
        self.given = names
        self.single = names is not None
        self.bodies: list[Body] = []
        """Where the assembler functions stand."""
        self.strays: list[Stray] = []
        """What stands outside of them, and reads as if it belonged inside."""
        self._home = self.scopes[0]
        """Where the last of them stood."""

    def program(self) -> Program:
        """All of the file."""
        functions = tuple(self.functions())
        self.leave(0)
        names = ModuleNames(self.scopes[0].names, self.world)
        return Program(self.source, functions, names)

    # ---- the file around the functions

    def functions(self) -> Iterator[FunctionSource]:
        """Read to the end of the file, or of one function."""
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
            found = stray(self.source.text, line)
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
        while (line := self.line) is not None and line.tokens[0] == "@":
            if self.single or _names_decorator(line.tokens):
                self.look_into()
                found = self._options(line)
                if options is None or _names_decorator(line.tokens):
                    options = found
                    place = self.token_span(line, 0, len(line.tokens) - 1)
            elif nearly := misspelt(self.source.text, line, DECORATOR):
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
        return self._function(first, line, options)

    def _options(self, line: LogicalLine) -> dict[str, object]:
        tree = TREES[line.shape]
        if isinstance(tree, Mismatch):
            self.wrong_line(line, tree)
            return {}
        call = tree.parts[0]
        options: dict[str, object] = {}
        known = ", ".join(OPTIONS)
        for argument in call.parts[1:] if call.kind == "call" else ():
            span = self.token_span(line, argument.first, argument.last)
            name = line.tokens[argument.first]
            if argument.kind != "keyword" or name not in OPTIONS:
                if not self.single:
                    self.report("decorator", f"the decorator takes {known} by keyword", span,
                                *did_you_mean(name, OPTIONS))  # fmt: skip
                continue
            value = self._option_value(argument.parts[1], line.tokens)
            if isinstance(value, OPTIONS[name]):
                options[name] = value
            elif not self.single:
                wanted = OPTIONS[name][0].__name__
                example = _EXAMPLES[OPTIONS[name][0]]
                message = f"{name} takes a literal {wanted} here"
                self.report("decorator", message, span, f"help: {name}={example}")
        return options

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
        tree = TREES[line.shape]
        indent = line.indent
        if isinstance(tree, Mismatch):
            self.wrong_line(line, tree)
            self.advance()
            self.skip(indent)
            return None
        self._home = self.scopes[-1]
        name = line.tokens[1]
        inner = [scope for scope in self.scopes if scope.name]
        if len(name) + sum(len(scope.name) for scope in inner) > NAME_LIMIT:
            message = f"a function's name, with those around it, has more than {NAME_LIMIT} letters"
            self.report("too-large", message, self.token_span(line, 1))
            self.advance()
            self.skip(indent)
            return None
        visible = self.visible() if self.has_values else None
        self.words = set(line.tokens) if visible is not None or self.given is not None else None
        parameters, returns, suite = _head_parts(tree)
        found = self._parameters(line, parameters)
        result = self._returns(line, returns) if returns else "int"
        self.tokens_read += len(line.shape)
        self.advance()
        if suite is not None:
            body, end = self.simple_statements(line, suite), line.end
        else:
            body = self.block(line, indent, 1)[0] + self._strayed(indent)
            end = self._here()
        self.bodies.append(Body(line.start, line.end, end))
        self.count(line, 1)
        end = self.line.start if self.line is not None else len(self.source.text)
        end = first.start + len(self.source.text[first.start : end].rstrip())
        qualified = "".join(
            scope.name + (".<locals>." if scope.is_function else ".") for scope in inner
        )
        self.bind(name, Reference(qualified + name))
        return FunctionSource(
            name, qualified + name, found, result, options, body, self._names(visible),
            Span(first.start, end), self.token_span(line, 1),
        )  # fmt: skip

    def _names(self, visible: Visible | None) -> Picked:
        """What the words of the function that has been read stand for."""
        words = self.words or ()
        if self.given is not None:
            return self.given.pick(words)
        return visible.pick(words) if visible is not None else Picked(self.visible())

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
                found.append(Parameter(name, self.token_span(line, parameter.first)))
        return tuple(found)

    def _returns(self, line: LogicalLine, node: Node) -> str:
        text = " ".join(line.tokens[node.first : node.last + 1]).strip("'\"")
        text = text.rpartition(" . ")[2]
        known = (*RETURN_KINDS, NOTHING)
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
            strayed = stray(self.source.text, line)
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


def _names_decorator(tokens: list[str]) -> bool:
    """True where `@a.b.NAME` or `@a.b.NAME(...)` ends in the assembler's decorator."""
    end = tokens.index("(") if "(" in tokens else len(tokens)
    return end >= 2 and tokens[end - 1] == DECORATOR


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

"""A function as it is written, seen by MicroPython's own assembler: its constants and its head.

Input: a `FunctionSource`. Output: the names that MicroPython's parser replaces, and `Finding`s.
Invariant: nothing is expanded here; what statements it has not is told from the text alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from asm_rv32.assembler.dialects.micropython import Finding, facts, no_word, release
from asm_rv32.assembler.reading.expressions import evaluate
from asm_rv32.assembler.reading.grammar import TREES, Node
from asm_rv32.assembler.reading.integers import ExpressionError
from asm_rv32.assembler.reading.lines import LogicalLine, logical_lines
from asm_rv32.assembler.reading.program import For, FunctionSource, If, Statement, Written
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.isa.image import FLOAT, NOTHING
from asm_rv32.isa.operands import A0, ABI_NAMES, REGISTER_NAMES
from asm_rv32.isa.sets import InstructionSet

# ---- constants


def constants(source: Source, span: Span) -> dict[str, int]:
    """The names in `span` that MicroPython's parser replaces: `NAME = const(integer)` ahead of it.

    Wherever that stands, in a function too. A name assigned without `const` has no value there.
    """
    known = _constants(source)
    found = {}
    # Looked up by the words that stand there: a file may hold a constant for each function.
    for word in set(_WORD.findall(source.text, span.start, span.end)) if known else ():
        starts, values = known.get(word, _NOWHERE)
        at = bisect_left(starts, span.start)
        if at:
            found[word] = values[at - 1]
    return found


_WORD = re.compile(r"\w+")
_NOWHERE: tuple[list[int], list[int]] = ([], [])


@lru_cache(maxsize=4)
def _constants(source: Source) -> dict[str, tuple[list[int], list[int]]]:
    """Name → the offsets, ascending, at which it is given a value, and the values."""
    found: dict[str, int] = {}
    listed: dict[str, tuple[list[int], list[int]]] = {}
    for line in logical_lines(source.text) if "const" in source.text else ():
        tokens = line.tokens
        if "const" not in tokens or len(tokens) < 5 or tokens[1] not in ("=", ":"):
            continue
        tree = TREES[line.shape]
        if isinstance(tree, Node) and tree.kind == "line":
            _constant(tree.parts[0], line, found)
            if tokens[0] in found:
                starts, values = listed.setdefault(tokens[0], ([], []))
                starts.append(line.start)
                values.append(found[tokens[0]])
    return listed


def _constant(statement: Node, line: LogicalLine, found: dict[str, int]) -> None:
    if statement.kind not in ("assign", "assign_annotated"):
        return
    call = statement.parts[-1]
    if call.kind == "call" and line.tokens[call.first] == "const" and len(call.parts) == 2:
        try:
            value = evaluate(call.parts[1], line.tokens, found)
        except ExpressionError:
            return
        if type(value) is int:
            found[line.tokens[0]] = value


# ---- the function as written


def head_findings(
    function: FunctionSource, source: Source, instructions: InstructionSet
) -> Iterator[Finding]:
    """What is wrong with the parameters, the annotation and the statements of a function."""
    lacking = [table for table in ("rv32m", "rv32c") if table not in instructions.extensions]
    if lacking:
        letters = " and ".join(table[-1].upper() for table in lacking)
        yield no_word(
            f"{release()} assembles for rv32imc, and this ISA has no {letters}",
            function.name_span,
            'help: isa="rv32imc"',
        )
    limit = facts()["parameters"]
    for index, parameter in enumerate(function.parameters):
        if index >= limit:
            yield no_word(
                f"{release()} takes up to {limit} parameters",
                parameter.span,
                "help: pass one array, and load its items from it: lw(t0, 0(a0))",
            )
            break
        if REGISTER_NAMES.get(parameter.name) != A0 + index:
            wanted = ABI_NAMES[A0 + index]
            yield no_word(
                f"{release()} has this parameter named {wanted}", parameter.span, f"help: {wanted}"
            )
    start = source.text.rfind("\n", 0, function.name_span.start) + 1
    line = next(logical_lines(source.text, start), None)
    if line is not None:
        yield from _annotations(line, function)
    for statement in function.body:
        yield from _statement(statement, source)


def _annotations(line: LogicalLine, function: FunctionSource) -> Iterator[Finding]:
    tokens = line.tokens
    end = tokens.index("->") if "->" in tokens else len(tokens)
    if end < len(tokens):
        if function.returns == NOTHING:
            yield no_word(
                f"{release()} knows no function that returns nothing",
                function.name_span,
                "help: leave '-> None' out; the result is then the word in a0, an int",
            )
            return
        if function.returns == FLOAT:
            yield no_word(
                f"{release()} knows no function that returns a float",
                function.name_span,
                "help: -> uint, and struct.unpack('<f', struct.pack('<I', result))[0]",
            )
            return
        annotation = [token for token in tokens[end + 1 :] if token not in "()"]
        if annotation[1:2] != [":"] or not annotation[0].isidentifier():
            yield no_word(
                f"{release()} takes a bare name as the annotation of a result",
                function.name_span,
                f"help: -> {function.returns}",
            )
    depth = 0
    for token in tokens[:end]:
        depth += (token == "(") - (token == ")")
        if token == ":" and depth:
            yield no_word(f"{release()} takes no annotated parameter", function.name_span)
            return


def _statement(statement: Statement, source: Source) -> Iterator[Finding]:
    if isinstance(statement, For):
        yield no_word(
            f"{release()} has no loops", statement.head.span(source), "help: write it out"
        )
    elif isinstance(statement, If):
        condition = statement.branches[0][0]
        if condition is not None:
            yield no_word(f"{release()} has no 'if'", condition.span(source))
    elif statement.node.kind not in ("expression",):
        yield no_word(
            f"{release()} gives no names in a function",
            statement.span(source),
            "help: NAME = const(value) above the function",
        )
    elif _is_label_text(statement):
        yield no_word(f"{release()} takes a bare name here", statement.span(source))
    elif ";" in statement.tokens:
        yield no_word(f"{release()} takes one statement a line", statement.span(source))


def _is_label_text(statement: Written) -> bool:
    """Whether it is `label("name")`."""
    call = statement.node.parts[0]
    is_label = call.kind == "call" and statement.tokens[call.first] == "label"
    return is_label and any(part.kind == "string" for part in call.parts[1:])

"""What stands outside of the assembler functions of a file: Python, and nothing but Python.

Input: a source, where the bodies of its assembler functions stand, and the lines outside that read
as assembler. Output: `Diagnostic`s for what Python cannot read, and for what only assembler means.
Invariant: nothing is executed; of a line that could mean something to Python nothing is said.
"""

from __future__ import annotations

import keyword
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from asm_rv32.assembler.reading.grammar import TREES, Mismatch, Node
from asm_rv32.assembler.reading.lines import (
    LETTER,
    PASTED_LIMIT,
    LogicalLine,
    logical_lines,
    token_span,
)
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span, nearest
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.operands import REGISTER_NAMES
from asm_rv32.isa.sets import everything
from asm_rv32.isa.tables import DIRECTIVES

PYTHON_LIMIT = 1 << 20
"""Whether Python can read a source is looked at where it has at most so many characters beside the
bodies of its assembler functions."""


class Stray(NamedTuple):
    """A line outside of every assembler function that reads as assembler."""

    start: int
    words: frozenset[str]
    """Names without which Python cannot execute it: it is assembler where the file gives one of
    them no meaning. Without any, it is in any case."""
    diagnostic: Diagnostic


class Body(NamedTuple):
    """Where an assembler function stands."""

    head: int
    """Offset of its `def`."""
    start: int
    """Its body, from the line behind its head on."""
    end: int


# ---- lines that only assembler could mean


@cache
def every_word() -> frozenset[str]:
    """The directives, and the mnemonics of every extension, as Python spells them."""
    return frozenset((*everything().mnemonic_of, *DIRECTIVES))


_PYTHON = frozenset(keyword.kwlist) - {"and", "or", "not"}
"""What a statement of Python's begins with, and none of assembler."""
_LABEL = (LETTER["NAME"] + LETTER["COLON"], LETTER["NUMBER"] + LETTER["COLON"])
_NUMBER_CALL = LETTER["NUMBER"] + LETTER["LPAR"]


def stray(text: str, line: LogicalLine, macros: frozenset[str] = frozenset()) -> Stray | None:
    """What is to be said of a line that reads as assembler; None for any other.

    `macros` are the names of the macros that the text defines.
    """
    tokens, shape = line.tokens, line.shape
    if tokens[0] in _PYTHON or shape == LETTER["STRING"]:
        return None
    known = every_word() | macros if macros else every_word()
    first = f"c_{tokens[2]}" if tokens[:2] == ["c", "."] and len(tokens) > 2 else tokens[0]
    if not (
        first in known or tokens[0] in ("and", "or") or tokens[0][0] == "." or shape in _LABEL
        or _NUMBER_CALL in shape or shape[1:2] in (LETTER["NAME"], LETTER["NUMBER"])
    ):  # fmt: skip
        return None
    tree = TREES[shape]
    if isinstance(tree, Mismatch):
        from asm_rv32.assembler.reading.gnu import (
            as_in_gnu,  # only a line that may be a mistake waits for it
        )

        statement = as_in_gnu(text, line, tree.token)
        mnemonic = re.match(r"\w+(?=\()", statement)
        if tokens[0][0] == "." or (mnemonic and mnemonic[0] in known):
            return _stray(text, line, frozenset(), statement)
        return None
    words: set[str] = set()
    for node in tree.parts if tree.kind == "line" else ():
        found = _words(node, line, known)
        if found is None:
            return None
        words |= found
    is_certain = _NUMBER_CALL in shape and any(map(_is_call, tree.parts))
    if not words and not is_certain:
        return None
    written = text[slice(*token_span(text, line, 0, len(tokens) - 1))]
    written += "()" * (len(tokens) == 1)
    return _stray(text, line, frozenset(() if is_certain else words), written)


def _is_call(statement: Node) -> bool:
    called = statement.parts[0] if statement.kind == "expression" else statement
    return called.kind == "call" and called.parts[0].kind == "name"


def _words(statement: Node, line: LogicalLine, known: frozenset[str]) -> set[str] | None:
    """Of a statement, the words of assembler in it that Python has no meaning for by itself.

    None where it is none of assembler.
    """
    if statement.kind == "pass":
        return set()
    called = statement.parts[0]
    name = line.tokens[statement.first]
    if statement.kind != "expression" or not (_is_call(statement) or called.kind == "name"):
        return None
    if name not in known:
        return set() if _is_call(statement) else None
    operands = line.tokens[called.first + 1 : called.last + 1]
    return {name, *(token for token in operands if token in REGISTER_NAMES)}


def _stray(text: str, line: LogicalLine, words: frozenset[str], statement: str) -> Stray:
    message = "this is a statement of the assembler, and stands outside of the function"
    short = 0 < len(statement) <= PASTED_LIMIT and "\n" not in statement
    # What is to be left out needs no indentation.
    note = f"help: {statement}, indented" if short else "help: indent it"
    if statement.startswith("leave it out"):
        note = f"help: {statement}"
    span = token_span(text, line, 0, len(line.tokens) - 1)
    return Stray(line.start, words, Diagnostic("outside-function", message, span, (note,)))


_MACRO = r"(?m)^[ \t]*@[\w.]*asm_macro\b.*\n(?:[ \t]*(?:[@#].*)?\n){0,20}[ \t]*def[ \t]+(\w+)"


def macro_names(text: str) -> frozenset[str]:
    """The names of the macros that a text defines anywhere."""
    return frozenset(re.findall(_MACRO, text)) if "asm_macro" in text else frozenset()


def misspelt(text: str, line: LogicalLine, decorators: Sequence[str]) -> Stray | None:
    """What is to be said of a decorator whose name is nearly one of `decorators`."""
    end = line.tokens.index("(") if "(" in line.tokens else len(line.tokens)
    name = line.tokens[end - 1]
    near = nearest(name, decorators) if end >= 2 and name not in decorators else []
    if not near:
        return None
    span = token_span(text, line, end - 1)
    message = f"there is no decorator {name!r}"
    found = Diagnostic("decorator", message, span, (f"help: {near[0]}",))
    return Stray(line.start, frozenset((name,)), found)


# ---- what the file gives a meaning

_BINDERS = frozenset(("globals", "locals", "vars", "builtins", "__builtins__", "exec"))
"""Where one of these stands, names can have a meaning that is written nowhere."""
_HOST = (["from", "asm_rv32"], ["from", "micropython"])
"""Modules that give none of the words of assembler a meaning."""


def confirmed(source: Source, bodies: Sequence[Body], strays: Sequence[Stray]) -> list[Diagnostic]:
    """Of lines that read as assembler, those that Python has no meaning for in this file."""
    doubtful = [each for each in strays if each.words]
    unknown = frozenset[str]().union(*(each.words for each in doubtful))
    if unknown:
        unknown -= _meant(source.text, bodies, {each.start for each in strays}, unknown)
    return [each.diagnostic for each in strays if not each.words or each.words & unknown]


def _meant(
    text: str, bodies: Sequence[Body], strays: set[int], words: frozenset[str]
) -> frozenset[str]:
    """Those of the words that may have a meaning: they stand in some other line of Python."""
    heads = {body.head for body in bodies}
    found: set[str] = set()
    for line in _outside(text, bodies):
        tokens = line.tokens
        # Where a word is used as assembler has it, in a function for another processor, say, it is
        # given no meaning.
        if line.start in strays or tokens[:2] in _HOST or stray(text, line) is not None:
            continue
        if line.start in heads:
            found.add(tokens[1])
            continue
        if not _BINDERS.isdisjoint(tokens) or (tokens[0] == "from" and tokens[-1] == "*"):
            return words
        found.update(words.intersection(tokens))
    return frozenset(found)


def _outside(text: str, bodies: Sequence[Body]) -> Iterator[LogicalLine]:
    """The logical lines that are in no body, heads included."""
    at = 0
    for body in (*bodies, Body(len(text), len(text), len(text))):
        for line in logical_lines(text, at):
            if line.start >= body.start:
                break
            yield line
        at = body.end


# ---- what Python can read


def unreadable(source: Source, bodies: Sequence[Body]) -> Iterable[Diagnostic]:
    """What hinders Python from reading the file, the bodies of the functions aside.

    The first such place only, as Python tells it.
    """
    text = without_bodies(source.text, bodies)
    if len(text) - text.count("\n") > PYTHON_LIMIT or (
        text.isascii() and _UNLIKE_PLAIN.isdisjoint(text) and _is_plain(source.text, bodies)
    ):
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, source.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        message = f"Python cannot read this: {error.msg}"
        return (Diagnostic("not-python", message, _span(source, error)),)
    except (ValueError, OverflowError, RecursionError, MemoryError):
        message = "Python cannot read this: it is nested too deeply, or too long"
        return (Diagnostic("not-python", message, Span(0, 0)),)
    return ()


_UNLIKE_PLAIN = frozenset("\\\r\f\0")
"""Characters by which lines of Python may end elsewhere than lines here."""
_NOT_GIVEN = frozenset(("None", "True", "False", "__debug__", "__future__"))
_NAME, _STRING, _COMMA = LETTER["NAME"], LETTER["STRING"], LETTER["COMMA"]
_HEAD, _HEAD_END = LETTER["DEF"] + _NAME + LETTER["LPAR"], LETTER["RPAR"] + LETTER["COLON"]
_NUMBER = _NAME + LETTER["EQUAL"] + LETTER["NUMBER"]


def _is_plain(text: str, bodies: Sequence[Body]) -> bool:
    """Whether a file has imports, numbers with names, texts and functions alone.

    Python can read that. To ask it costs a short file a twentieth of its time: it makes the classes
    of its syntax trees before it reads anything.
    """
    heads = {body.head for body in bodies if body.start < body.end}
    decorated = False
    for line in _outside(text, bodies):
        tokens, shape = line.tokens, line.shape
        if line.indent or not _NOT_GIVEN.isdisjoint(tokens):
            return False
        if tokens[0] == "@" and _is_repeated(shape[1:], LETTER["DOT"]):
            decorated = True
        elif line.start in heads:
            parameters = tokens[3:-2:2]
            is_list = not parameters or _is_repeated(shape[3:-2], _COMMA)
            if shape[:3] + shape[-2:] != _HEAD + _HEAD_END or not is_list:
                return False
            if len({*parameters}) < len(parameters):
                return False
            decorated = False
        elif decorated or not (_is_text(line) or _is_import(line) or _is_number(line)):
            return False
    return not decorated


def _is_text(line: LogicalLine) -> bool:
    """A string without a prefix."""
    return line.shape == _STRING and line.tokens[0][0] in "'\""


def _is_import(line: LogicalLine) -> bool:
    """`import a.b, c` or `from a.b import c, d`."""
    tokens, shape = line.tokens, line.shape
    if tokens[0] == "import":
        return all(_is_repeated(part, LETTER["DOT"]) for part in shape[1:].split(_COMMA))
    if tokens[0] != "from" or "import" not in tokens:
        return False
    at = tokens.index("import")
    return _is_repeated(shape[1:at], LETTER["DOT"]) and _is_repeated(shape[at + 1 :], _COMMA)


def _is_repeated(shape: str, between: str) -> bool:
    """Whether tokens are names with a sign between each two."""
    return shape == _NAME + (between + _NAME) * (len(shape) // 2)


def _is_number(line: LogicalLine) -> bool:
    """`NAME = 123`."""
    try:
        return line.shape == _NUMBER and int(line.tokens[2], 0) >= 0
    except ValueError:
        return False


def without_bodies(text: str, bodies: Iterable[Body]) -> str:
    """The source with `pass` for the body of each function, every line at its number."""
    parts, at = [], 0
    for body in bodies:
        if body.start == body.end:
            continue  # it stands on the line of its head
        indentation = text[text.rfind("\n", 0, body.head) + 1 : body.head]
        lines = text.count("\n", body.start, body.end)
        parts += [text[at : body.start], f"{indentation} pass", "\n" * lines]
        at = body.end
    return "".join([*parts, text[at:]])


def _span(source: Source, error: SyntaxError) -> Span:
    """Where Python stopped; the whole line where it names no column of it."""
    starts = source.line_starts
    line = min(max(error.lineno or 1, 1), len(starts))
    text = source.line(line)
    start = starts[line - 1]
    first = min(max((error.offset or 1) - 1, 0), len(text))
    last = len(text)
    if error.end_lineno == line and error.end_offset and error.end_offset - 1 > first:
        last = min(error.end_offset - 1, last)
    if first >= last or isinstance(error, IndentationError):
        first = len(text) - len(text.lstrip())
    return Span(start + first, start + max(last, first))

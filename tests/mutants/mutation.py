"""What can be changed in a file.

Input: the text of a Python module or of a TOML table. Output: `Mutant`s, in the file's order.
Invariant: a mutant differs in one place; those that nothing could read are told by `is_read`.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple


class Mutant(NamedTuple):
    """A change: `new` in the place of the bytes from `start` to `end`."""

    kind: str
    start: int
    end: int
    new: str
    lines: tuple[int, int]
    """The first and the last line that runs it, from 1 on."""
    key: str = ""
    """In a table, that of the field."""

    def apply(self, text: str) -> str:
        """The text with the change made."""
        data = text.encode()
        return (data[: self.start] + self.new.encode() + data[self.end :]).decode()

    def shown(self, text: str) -> tuple[str, str]:
        """The lines that it changes, before and after, each as one line without outer blanks.

        With its file's name this tells a mutant from all others, wherever the file is moved to.
        """
        data = text.encode()
        first = data.rfind(b"\n", 0, self.start) + 1
        last = data.find(b"\n", self.end)
        last = len(data) if last < 0 else last
        before = data[first:last].decode()
        after = (data[first : self.start] + self.new.encode() + data[self.end : last]).decode()
        return " ".join(before.split()), " ".join(after.split())


def mutants(name: str, text: str) -> list[Mutant]:
    """All mutants of a file of that name; of a file that is neither, none."""
    if name.endswith(".py"):
        return _Python(text).found
    return list(_toml(text)) if name.endswith(".toml") else []


def is_read(name: str, text: str) -> bool:
    """Whether the text of a file of that name can be read at all."""
    try:
        ast.parse(text) if name.endswith(".py") else tomllib.loads(text)
    except (SyntaxError, tomllib.TOMLDecodeError):
        return False
    return True


# ---- Python

_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_DROPPED = (ast.Assign, ast.AugAssign, ast.Raise, ast.Break, ast.Continue)
_COMPOUND = (
    ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match
)  # fmt: skip


class _Python(ast.NodeVisitor):
    """Operators, constants, dropped statements and negated conditions of a module.

    Annotations, decorators and what is assigned to a dunder name are left alone: at run time they
    mean nothing, or only how fast it is. So are the parts of an f-string, which have no place of
    their own in every Python.
    """

    def __init__(self, text: str) -> None:
        self.found: list[Mutant] = []
        self._lines = (1, 1)
        self._starts = [0]
        for line in text.encode().splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self.visit(ast.parse(text))
        self.found.sort(key=lambda mutant: (mutant.start, mutant.end, mutant.kind, mutant.new))

    def _add(self, kind: str, node: ast.expr | ast.stmt, new: str) -> None:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[node.end_lineno - 1] + node.end_col_offset
        self.found.append(Mutant(kind, start, end, new, self._lines))

    def _expression(self, kind: str, node: ast.expr, new: ast.expr) -> None:
        self._add(kind, node, f"({ast.unparse(new)})")

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            body = node.body if isinstance(node, _COMPOUND) and hasattr(node, "body") else []
            last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            self._lines = (node.lineno, max(last, node.lineno))
        super().visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_comment"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    kept = self._lines
                    self.visit(child)
                    if not isinstance(node, ast.Module):
                        self._lines = kept

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self._add("dropped statement", node, "pass")
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if not any(name.startswith("__") for name in names):
            self._dropped(node)

    def _dropped(self, node: ast.stmt) -> None:
        self._add("dropped statement", node, "pass")
        self.generic_visit(node)

    visit_Raise = visit_Break = visit_Continue = _dropped

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._dropped(node)
        if other := _BINARY.get(type(node.op)):
            changed = ast.AugAssign(node.target, other(), node.value)
            self._add("operator", node, ast.unparse(changed))

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not _is_none(node.value):
            self._add("dropped statement", node, "return None")
        self.generic_visit(node)

    def _condition(self, node: ast.If | ast.While | ast.IfExp | ast.Assert) -> None:
        self._expression("negated condition", node.test, ast.UnaryOp(ast.Not(), node.test))
        self.generic_visit(node)

    visit_If = visit_While = visit_IfExp = visit_Assert = _condition

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._expression("negated condition", test, ast.UnaryOp(ast.Not(), test))
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if other := _BINARY.get(type(node.op)):
            self._expression("operator", node, ast.BinOp(node.left, other(), node.right))
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self._expression("operator", node, ast.BoolOp(other, node.values))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self._expression("operator", node, node.operand)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for index, op in enumerate(node.ops):
            ops = [*node.ops]
            if other := _COMPARED.get(type(op)):
                ops[index] = other()
                changed = ast.Compare(node.left, ops, node.comparators)
                self._expression("operator", node, changed)
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._expression("constant", node, ast.Constant(not value))
        elif isinstance(value, int):
            self._expression("constant", node, ast.Constant(value + 1))
            if value > 0:
                self._expression("constant", node, ast.Constant(value - 1))
        elif isinstance(value, str | bytes):
            longer = "x" if isinstance(value, str) else b"x"
            self._expression("text", node, ast.Constant(value[:-1] or longer))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


# ---- TOML

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<header>^\[\[?[^\]\n]+\]\]?[ \t]*(?=\#|$))
    |(?P<key>(?:[\w-]+|"[^"\n]*")(?:\.(?:[\w-]+|"[^"\n]*"))*[ \t]*=(?!=))
    |(?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    |(?P<flag>\b(?:true|false)\b)
    |(?P<number>-?\b(?:0x[0-9a-fA-F_]+|\d[\d_]*)\b)""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_NUMBER = re.compile(r"(?<![\w-])(?:0x[0-9a-fA-F]+|\d+)(?!\w)")
_PROSE = re.compile(r"[A-Z]|[a-z]{2,} [a-z]{2,} [a-z]{2,}")
"""A text for readers, or a list of words: what it says is no field."""
_OPERAND = r"~?[\w.]+(?:\([^()]*\))?"
_OPERATOR = re.compile(r"(?<= )(?:<<|>>|[<>=!]=|[-+*&|^<>])(?= )")
_FUNCTION = re.compile(r"~|\b[a-z_]\w*(?=\()")
_ORDERED = re.compile(rf"(?=(?<![\w.~])({_OPERAND})(, | (?:-|<<|>>|[<>]=?) )({_OPERAND}))")
"""Two operands whose order tells something."""
_INSTEAD = dict(zip(
    "+ - * & | ^ << >> == != < <= > >=".split(),
    "- + + | & & >> << != == <= < >= >".split(), strict=True,
))  # fmt: skip
_LINE = re.compile(r"(^[\w.\"-]+[ \t]*=[^\n]*\n)", re.MULTILINE)
_PAIR = re.compile(r"""(,[ ]*[\w-]+[ ]*=[ ]*(?:"[^"\n]*"|\[[^\[\]\n]*\]|[\w-]+))""")
_ITEM = re.compile(r"""(?:[\[,]|,\n)[ ]*("[^"\n]*",\s*)""")


def _toml(text: str) -> Iterator[Mutant]:
    """Fields: numbers, flags, a text for another of its key, a dropped field or item; in texts
    numbers, operators, functions, the order of operands."""
    tokens, key = [], ""
    values: dict[str, list[str]] = {}
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "key":
            key = match[0].rstrip("= \t")
        elif match.lastgroup in ("text", "flag", "number"):
            tokens.append((match, key))
            values.setdefault(key, [])
            if match[0] not in values[key]:
                values[key].append(match[0])
    for match, key in tokens:
        if match.lastgroup == "number":
            yield _field(text, "number", match.span(), _more(match[0]), key)
        elif match.lastgroup == "flag":
            yield _field(text, "flag", match.span(), str(match[0] == "false").lower(), key)
        else:
            for kind, (start, end), new in _in_text(match[0]):
                span = (match.start() + start, match.start() + end)
                yield _field(text, f"{kind} in a text", span, new, key)
            others = values[key]
            other = others[(others.index(match[0]) + 1) % len(others)]
            if other != match[0] and other[0] in "'\"":
                yield _field(text, "text", match.span(), other, key)
    for pattern, kind in ((_LINE, "field"), (_PAIR, "field"), (_ITEM, "item")):
        for match in pattern.finditer(text):
            yield _field(text, f"dropped {kind}", match.span(1), "")


def _in_text(text: str) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Changes to a text that is no prose: their kind, their place and what is there then."""
    if _PROSE.search(text):
        return
    for match in _NUMBER.finditer(text):
        yield "number", match.span(), _more(match[0])
    for match in _OPERATOR.finditer(text):
        yield "operator", match.span(), _INSTEAD[match[0]]
    for match in _FUNCTION.finditer(text):
        yield "function", match.span(), ""
    for match in _ORDERED.finditer(text):
        one, between, other = match.groups()
        if one != other:
            yield "order", (match.start(1), match.end(3)), f"{other}{between}{one}"


def _more(digits: str) -> str:
    value = int(digits.replace("_", ""), 0) + 1
    return hex(value) if "0x" in digits else str(value)


def _field(text: str, kind: str, span: tuple[int, int], new: str, key: str = "") -> Mutant:
    start, end = (len(text[:at].encode()) for at in span)
    line = text.count("\n", 0, span[0]) + 1
    return Mutant(kind, start, end, new, (line, line), key)

"""The parse of one logical line, from grammar.lark.

Input: the kinds of a line's tokens, as the string `LogicalLine.shape`.
Output: its tree, whose leaves are indices of tokens; or a `Mismatch`.
Invariant: lark makes the LALR(1) tables, once for each version of the grammar; they are kept, so
that assembling does not wait for lark to start.
"""

from __future__ import annotations

import os
from functools import lru_cache

from asm_rv32.assembler.reading.lines import DEPTH_LIMIT, LETTER, TERMINAL, TERMINALS, TOKEN_LIMIT
from asm_rv32.basis.derived import derived
from asm_rv32.basis.records import Any, NamedTuple

GRAMMAR = os.path.join(os.path.dirname(__file__), "grammar.lark")
PUNCTUATION = frozenset(
    "FOR IN IF ELIF ELSE DEF NOT AND OR LPAR RPAR LSQB RSQB LBRACE RBRACE COMMA COLON SEMI EQUAL "
    "ARROW AT DOT".split()
)
SHAPES_KEPT = 20_000
LONGEST_KEPT = 200
"""Trees of lines with more tokens are not kept: they hardly come twice."""
TREE_DEPTH_LIMIT = 200
"""Trees deeper than this are refused: whoever walks one may do so by recursion."""


class Node(NamedTuple):
    """A piece of a line: a rule's name, the tokens it spans, and its parts."""

    kind: str
    first: int
    """Index of its first token; a leaf is that token."""
    last: int
    """Index of its last token."""
    parts: tuple[Node, ...]

    @property
    def bare(self) -> Node:
        """The node without brackets around it."""
        node = self
        while node.kind == "group":
            node = node.parts[0]
        return node


class Mismatch(NamedTuple):
    """A line that the grammar does not know: the token at fault, and what could stand there."""

    token: int
    expected: tuple[str, ...]


END = "$"


def _compute() -> tuple[Any, ...]:
    """The tables as plain data: start state, end state, states, rules.

    A state maps a letter or a rule's name to what follows: `>= 0`, the state to go to; `< 0`, the
    rule `~n` to reduce by. A rule is its name in the tables, the name of its node, its length, and
    whether a single part stands for it.
    """
    from lark import Lark
    from lark.lexer import Lexer
    from lark.parsers.lalr_analysis import Shift

    class NoLexer(Lexer):
        """Stands in for lark's lexer: lines.py makes the tokens."""

        def __init__(self, _configuration: object) -> None: ...
        def lex(self, *_arguments: object) -> Any: ...

    with open(GRAMMAR, encoding="utf-8") as file:
        lark = Lark(
            file.read(), start="line", parser="lalr", lexer=NoLexer, maybe_placeholders=False
        )
    table = lark.parser.parser._parse_table
    number = {rule: index for index, rule in enumerate(lark.rules)}
    states: dict[int, dict[str, int]] = {}
    for state, actions in table.states.items():
        row = states[state] = {}
        for symbol, (action, argument) in actions.items():
            key = END if symbol == "$END" else LETTER.get(symbol, symbol)
            row[key] = argument if action is Shift else ~number[argument]
    rules = []
    for rule in lark.rules:
        origin = str(rule.origin.name)
        rules.append((origin, str(rule.alias or origin), len(rule.expansion), rule.options.expand1))
    return table.start_states["line"], table.end_states["line"], states, tuple(rules)


@lru_cache(maxsize=1)
def _tables() -> tuple[int, int, dict[int, dict[str, int]], tuple[Any, ...]]:
    from asm_rv32.assembler.reading import lines

    return derived("grammar", [__file__, lines.__file__, GRAMMAR], _compute)  # type: ignore[no-any-return]


class _Trees(dict[str, "Node | Mismatch"]):
    def __missing__(self, shape: str) -> Node | Mismatch:
        tree = parse(shape)
        if len(shape) <= LONGEST_KEPT:
            if len(self) > SHAPES_KEPT:
                self.clear()
            self[shape] = tree
        return tree


def parse(shape: str) -> Node | Mismatch:
    """The tree of a line whose tokens are of these kinds."""
    if len(shape) > TOKEN_LIMIT:
        return Mismatch(TOKEN_LIMIT, ("fewer words",))
    if len(shape) > DEPTH_LIMIT and (deep := _too_deep(shape)) >= 0:
        return Mismatch(deep, ("less nesting",))
    start, end, states, rules = _tables()
    stack = [start]
    parts: list[list[Node]] = []
    depths: list[int] = []
    for index, letter in enumerate((*shape, END)):
        while stack[-1] != end:
            action = states[stack[-1]].get(letter)
            if action is None:
                return Mismatch(index, _expected(states[stack[-1]]))
            if action >= 0:
                break
            origin, name, length, inline = rules[~action]
            children: list[Node] = []
            depth = 0
            if length:
                # The list of a repetition is its own first part: it grows in place.
                children = parts[-length]
                for child in parts[len(parts) - length + 1 :]:
                    children += child
                # A chain of operators leans to the left and is walked without recursion.
                free = name == "binary"
                depth = max(depths[-length] - free, *depths[len(depths) - length + 1 :], 0)
                del parts[-length:], depths[-length:], stack[-length:]
            node = _reduce(origin, name, children, inline)
            depths.append(depth + (node is not children))
            if depths[-1] > TREE_DEPTH_LIMIT:
                return Mismatch(index, ("less nesting",))
            parts.append(node)
            stack.append(states[stack[-1]][origin])
        if letter != END:
            assert action is not None
            stack.append(action)
            depths.append(0)
            parts.append([Node(TERMINAL[letter], index, index, ())])
    return parts[0][0]


_OPENING = "".join(LETTER[name] for name in ("LPAR", "LSQB", "LBRACE"))
_CLOSING = "".join(LETTER[name] for name in ("RPAR", "RSQB", "RBRACE"))


def _too_deep(shape: str) -> int:
    """The first bracket that is one too many, or -1."""
    depth = 0
    for index, letter in enumerate(shape):
        if letter in _OPENING:
            depth += 1
            if depth > DEPTH_LIMIT:
                return index
        elif letter in _CLOSING:
            depth -= 1
    return -1


def _reduce(origin: str, name: str, children: list[Node], inline: bool) -> list[Node]:
    if origin.startswith("_"):
        return children
    kept = [child for child in children if child.kind not in PUNCTUATION]
    if inline and len(kept) == 1 and len(children) == 1 and kept[0].kind not in TERMINALS:
        return children
    if not children:
        return [Node(name, 0, -1, ())]
    return [Node(name, children[0].first, children[-1].last, tuple(kept))]


def _expected(actions: dict[str, int]) -> tuple[str, ...]:
    return tuple(TERMINAL[letter] if letter != END else "the end of the line"
                 for letter in actions if letter in TERMINAL or letter == END)  # fmt: skip


TREES = _Trees()
"""Shape → tree, each parsed once."""

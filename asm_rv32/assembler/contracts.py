"""The statement `within(start, end, ...)`: how long it may take from one label to another.

Input: the statement. Output: a `Contract` between labels by name; no bytes come of it.
Invariant: bounds are whole cycles, as far inside of what was written as they have to be.
"""

from __future__ import annotations

from collections.abc import Collection

from asm_rv32.assembler.ir import Contract, LabelScope
from asm_rv32.assembler.reading.expressions import integer, label_name, literal
from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.integers import ExpressionError
from asm_rv32.assembler.reading.program import Written
from asm_rv32.basis.diagnostics import did_you_mean
from asm_rv32.basis.records import Any

HELP = 'help: within(start, end, at_most=20, core="hazard3")'
CYCLES = {"exactly": "exactly", "at_least": "at least", "at_most": "at most"}
BOUNDS = {
    **{name: (words, "cycles") for name, words in CYCLES.items()},
    **{f"{name}_ns": (words, "ns") for name, words in CYCLES.items()},
}
"""Keyword → how it is said, and in what."""
KEYWORDS = (*BOUNDS, "clock", "core", "board", "measured")
HIGHEST = 1 << 40
"""Cycles, nanoseconds or hertz, at most."""


def contract(written: Written, names: Any, scope: LabelScope, board: str = "") -> Contract:
    """What a statement demands; `board`: that of the function, where it is for one. Raises
    ExpressionError."""
    tokens = written.tokens
    places, given = _operands(written)
    core = ""
    if "board" in given:
        from asm_rv32.boards import board_names, load_board

        board = _known("board", given["board"], tokens, board_names())
        core = load_board(board).priced_on
    if "core" in given:
        from asm_rv32.cores import core_names

        core = _known("core", given["core"], tokens, core_names())
    low, high, text = _bounds(written, given, names, board)
    measured = "measured" in given and bool(integer(given["measured"], tokens, names))
    return Contract(*places, low, high, core, text, measured, written, scope)


def _operands(written: Written) -> tuple[tuple[str, str], dict[str, Node]]:
    """The two labels, and what is given by keywords."""
    node, tokens = written.node, written.tokens
    places: list[str] = []
    given: dict[str, Node] = {}
    for part in node.parts[1:]:
        if part.kind == "keyword":
            name = tokens[part.first]
            if name not in KEYWORDS or name in given:
                message = f"within has no {name!r}" if name not in KEYWORDS else f"{name!r} twice"
                raise ExpressionError("directive", message, part, *did_you_mean(name, KEYWORDS))
            given[name] = part.parts[-1]
        elif label_name(part, tokens) and not given:
            places.append(label_name(part, tokens))
        else:
            raise ExpressionError("directive", "within takes two labels first", part, HELP)
    if len(places) != 2:
        raise ExpressionError("directive", "within takes two labels first", node, HELP)
    return (places[0], places[1]), given


def _bounds(
    written: Written, given: dict[str, Node], names: Any, board: str
) -> tuple[int, int | None, str]:
    """The least and the largest number of cycles, and what was written of them."""
    tokens = written.tokens
    clock = _number("clock", given, tokens, names) if "clock" in given else _clock_of(board)
    low, high, said = 0, None, []
    for name, (words, unit) in BOUNDS.items():
        if name not in given:
            continue
        value = _number(name, given, tokens, names)
        if unit == "ns" and not clock:
            message = f"{name} needs the clock of the core in hertz"
            help_ = 'help: board="rp2350", here or in the decorator, or clock=150_000_000'
            raise ExpressionError("directive", message, given[name], help_)
        least, most = value, value
        if unit == "ns":
            least, most = _up(value, clock), value * clock // 10**9
            unit = f"ns ({most if words == 'at most' else least} cycles)"
        said.append(f"{words} {value} {unit}")
        if words != "at most":
            low = max(low, least)
        if words != "at least":
            high = most if high is None else min(high, most)
    if not said:
        raise ExpressionError("directive", "within says no number of cycles", written.node, HELP)
    if high is not None and low > high:
        message = f"no whole number of cycles is {' and '.join(said)}"
        raise ExpressionError("directive", message, written.node)
    return low, high, " and ".join(said)


def _up(nanoseconds: int, clock: int) -> int:
    """The least number of cycles that take so long."""
    return -(-nanoseconds * clock // 10**9)


def _number(name: str, given: dict[str, Node], tokens: list[str], names: Any) -> int:
    value = integer(given[name], tokens, names)
    if not 0 <= value <= HIGHEST:
        raise ExpressionError("immediate-range", f"{name} takes 0..{HIGHEST}", given[name])
    return value


def _clock_of(board: str) -> int:
    """In hertz; 0 without one that is known."""
    if not board:
        return 0
    from asm_rv32.boards import load_board

    return load_board(board).clock or 0


def _known(sort: str, node: Node, tokens: list[str], names: Collection[str]) -> str:
    """The name of a core or a board, one of those that there are."""
    name = literal(node, tokens) if node.kind == "string" else None
    if name not in names:
        listed = ", ".join(names)
        shown = tokens[node.first] if name is None else repr(name)
        message = f"there is no {sort} {shown}; known: {listed}"
        near = did_you_mean(name, names) if isinstance(name, str) else ()
        raise ExpressionError("directive", message, node, *near)
    return str(name)

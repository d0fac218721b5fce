"""Rewrite: the statements of a block in the order in which they wait least.

Input: a function and cores. Output: candidates, the likeliest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from asm_rv32.analysis.flow import INTEGERS
from asm_rv32.basis.edits import Edit
from asm_rv32.improve.operands import roles
from asm_rv32.improve.order import ahead
from asm_rv32.improve.renaming import Names, renamed, webs
from asm_rv32.improve.schedule import cost, lines, ordered
from asm_rv32.improve.statements import Function, Statement, with_registers
from asm_rv32.improve.suggestion import Candidate
from asm_rv32.timing.code import Code
from asm_rv32.timing.model import Core, TimingError

FREE = (*range(10, 16), 5, 6, 7, 16, 17, *range(28, 32))
"""Registers that a function may use as it likes, those that short forms can name first."""
LONGEST = 200
"""Statements that are put in order at once."""
POOLS = (0, 4, 32)
"""So many registers more are tried."""


def blocks(function: Function) -> Iterator[tuple[tuple[Statement, ...], Statement | None]]:
    """Plain statements one behind the other, and what stands behind them in their stretch."""
    for stretch in function.stretches:
        found: list[Statement] = []
        for statement in (*stretch, None):
            if statement is not None and statement.is_plain and len(found) < LONGEST:
                found.append(statement)
                continue
            if len(found) > 1:
                yield tuple(found), statement
            found = [statement] if statement is not None and statement.is_plain else []


def spare(function: Function, block: Sequence[Statement], behind: Statement | None) -> list[int]:
    """The registers that hold nothing all through a block."""
    first, last = block[0].nodes[0], block[-1].nodes[-1]
    taken = function.live_at(first.address) | function.live_behind(last)
    for statement in block:
        taken |= statement.reads | statement.writes
    if behind is not None:
        taken |= behind.reads
    most = 16 if function.image.isa.startswith("rv32e") else 32
    return [number for number in FREE if number < most and not taken >> number & 1]


def of_block(
    function: Function, block: Sequence[Statement], behind: Statement | None, cores: Sequence[Core]
) -> Iterator[Candidate]:
    """Orders of one block, those first that promise most over all cores."""
    try:
        found = _Block(function, block, behind).orders(cores)
    except TimingError:
        return
    first, last = block[0], block[-1]
    for text, _ in sorted(found.items(), key=lambda each: -each[1]):
        edit = Edit(first.start, last.last - first.start + 1, text)
        message = "in another order, fewer instructions wait for the result of one ahead of them"
        yield Candidate("reorder", first.span, message, (edit,))


class _Block:
    """A block on its way to other orders."""

    def __init__(
        self, function: Function, block: Sequence[Statement], behind: Statement | None
    ) -> None:
        code, isa = function.image.code, function.image.isa
        self.function = function
        self.block = block
        self.code = Code(lambda at: int.from_bytes(code[at : at + 2], "little"), isa)
        self.known = [roles(each, isa) for each in block]
        self.live_out = function.live_behind(block[-1].nodes[-1])
        self.entering = function.live_at(block[0].address)
        self.more = spare(function, block, behind)
        self.behind = behind if behind is not None and behind.nodes else None

    def names(self, size: int) -> Names:
        """The block with its values in so many registers more; with none, as it is."""
        values = webs(self.block, self.known, self.live_out & INTEGERS)
        fixed = {each.register for each in values if each.fixed}
        own = {each.register for each in values if not each.fixed} - fixed
        # A register that nothing else of the block is in may hold any of its values.
        taken = self.entering | self.live_out
        pool = [at for at in FREE if at in own and not taken >> at & 1]
        return renamed(
            self.block, self.known, values, [*pool, *self.more[:size]] if size else ()
        )  # fmt: skip

    def orders(self, cores: Sequence[Core]) -> dict[tuple[str, ...], float]:
        """Lines → how much of their cycles all cores save together. Raises TimingError."""
        behind = lines([self.behind], None, self.code)[0] if self.behind else None
        plain = lines(self.block, None, self.code)
        before = {core.name: cost(range(len(plain)), plain, behind, core) for core in cores}
        found: dict[tuple[str, ...], float] = {}
        for size in POOLS:
            names = self.names(size)
            needs = ahead(self.block, names.reads, names.writes)
            work = lines(self.block, names, self.code)
            for core in cores:
                order = ordered(work, needs, behind, core)
                text = _text(self.function, self.block, order, names.given)
                if text not in found:
                    found[text] = sum(
                        1 - cost(order, work, behind, each) / before[each.name] for each in cores
                    )
        return {text: gained for text, gained in found.items() if gained > 0}


def _text(
    function: Function, block: Sequence[Statement], order: Sequence[int],
    given: Sequence[Mapping[int, int]],
) -> tuple[str, ...]:  # fmt: skip
    found: list[str] = []
    for at in order:
        found += shown(function, block[at], given[at])
    return tuple(found)


def shown(function: Function, statement: Statement, given: Mapping[int, int]) -> list[str]:
    """A statement's lines, with comments, and with registers named at some positions."""
    source = function.source
    if not given:
        return [source.line(at) for at in range(statement.start, statement.last + 1)]
    head = [source.line(at) for at in range(statement.start, statement.line)]
    line, column = source.locate(statement.span.start)
    last, end = source.locate(statement.span.end)
    text = statement.said(with_registers(statement, given, {}))
    return [*head, source.line(line)[: column - 1] + text + source.line(last)[end - 1 :]]

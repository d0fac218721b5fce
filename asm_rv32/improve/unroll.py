"""Rewrite: several turns of a counted loop in one, and the turns that are left in the old loop.

Input: a function with a loop whose turns are counted by a step. Output: a candidate.
The new loop runs while so many turns are left that all of them are taken: until the counter is where
a mask of what is left says. Registers that serve as addresses alone are counted on once a turn of
the new loop, and what is between goes into the offsets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from asm_rv32.improve.loops import Count, Loop, count, fresh_label
from asm_rv32.improve.operands import positions
from asm_rv32.improve.order import Chain
from asm_rv32.improve.relations import Relation
from asm_rv32.improve.reorder import FREE, shown
from asm_rv32.improve.statements import Function, Statement
from asm_rv32.improve.suggestion import Candidate, Edit
from asm_rv32.isa.meaning import Constant, Expression, Operation, Read
from asm_rv32.isa.operands import Memory, Register

LONGEST = 64
"""Statements in the body of the new loop."""


def candidate(function: Function, loop: Loop, times: int) -> Candidate | None:
    """The loop unrolled; None where it cannot be."""
    if not loop.is_straight or not loop.body or times * len(loop.body) > LONGEST:
        return None
    counted = count(loop)
    if counted is None or not _does_something(loop, counted):
        return None
    size = times * abs(counted.step)
    limit = _free(function, loop)
    if size & (size - 1) or limit is None or size > 2048 or not _fits(counted):
        return None
    return _Text(function, loop, counted, times, limit).candidate()


def _does_something(loop: Loop, counted: Count) -> bool:
    """Whether there is more to it than that time goes by."""
    written = 0
    for each in loop.body:
        written |= each.writes
    return bool(written & ~(1 << counted.register)) or any(each.has_accesses for each in loop.body)


def _fits(counted: Count) -> bool:
    """Whether the step goes towards the bound."""
    name, (one, _) = counted.condition.name, counted.condition.operands
    if name == "ne":
        return True
    is_first = one == Read(counted.register)
    grows = (name in ("ltu", "lts")) == is_first
    return grows == (counted.step > 0)


def _free(function: Function, loop: Loop) -> int | None:
    """A register that holds nothing from ahead of a loop to behind it."""
    taken = function.live_at(loop.head.address)
    for each in (*loop.body, loop.back):
        taken |= each.reads | each.writes
        for node in each.nodes:
            taken |= function.live[function.flow.nodes.index(node)]
    most = 16 if function.image.isa.startswith("rv32e") else 32
    return next((at for at in FREE if at < most and not taken >> at & 1), None)


class _Text:
    """The text of the new loop."""

    def __init__(
        self, function: Function, loop: Loop, counted: Count, times: int, limit: int
    ) -> None:
        self.function = function
        self.loop = loop
        self.counted = counted
        self.times = times
        self.limit = limit
        self.size = times * abs(counted.step)
        line = function.source.line(loop.head.line)
        self.indent = line[: len(line) - len(line.lstrip())]
        self.names = {
            number: self._name(number) for number in (counted.register, counted.bound, limit)
        }

    def _name(self, register: int) -> str:
        return self.function.named(register, (self.loop.back, *self.loop.body))

    def candidate(self) -> Candidate | None:
        """The whole change."""
        loop, head = self.loop, self.loop.head
        top = fresh_label(self.function, f"{head.label}_{self.times}")
        ahead = self._ahead()
        after = self._after()
        if after is None:
            return None
        tests, edits = after
        turns = self._turns(top)
        lines = [*ahead, f"label({top})", *turns, *tests]
        text = tuple(line if line.startswith(self.indent) else self.indent + line for line in lines)
        relation = Relation(
            head.line, holds=self._facts(), own=1 << self.limit, apart=self._apart(), turns=self.times
        )
        message = (
            f"{self.times} turns in one: the loop counts and jumps once for {self.times}, and what "
            "waits can be filled"
        )
        return Candidate(
            "unroll", head.span, message, (Edit(head.start, 0, text), *edits),
            {head.start + len(ahead): relation},
        )  # fmt: skip

    # ---- ahead of it: until where it runs

    def _ahead(self) -> list[str]:
        x, y, limit = (self.names[at] for at in (self.counted.register, self.counted.bound, self.limit))
        head, size = self.loop.head.label, self.size
        up = self.counted.step > 0
        found = []
        if self.counted.condition.name != "ne":
            found.append(self._unless(head))
        if not up and self.counted.bound == 0:
            return [*found, f"andi({limit}, {x}, {size - 1})", f"beq({limit}, {x}, {head})"]
        left = f"sub({limit}, {y}, {x})" if up else f"sub({limit}, {x}, {y})"
        more = f"add({limit}, {x}, {limit})" if up else f"sub({limit}, {x}, {limit})"
        return [*found, left, f"andi({limit}, {limit}, {-size})", f"beqz({limit}, {head})", more]

    def _unless(self, label: str) -> str:
        """To a label where the loop would not turn again."""
        node = self.loop.back.node
        assert node is not None
        row, values = node.meaning.base
        inverse = row.far[0].row.name
        named = dict(zip(row.variables, values))
        one, other = (self._name(int(named[each])) for each in ("rs1", "rs2"))
        return f"{inverse}({one}, {other}, {label})"

    def _facts(self) -> tuple[Expression, ...]:
        x, y, limit = (
            Read(at) if at else Constant(0)
            for at in (self.counted.register, self.counted.bound, self.limit)
        )
        up = self.counted.step > 0
        left = Operation("-", (y, x) if up else (x, y))
        inside = Operation("-", (limit, x) if up else (x, limit))
        masked = Operation("&", (inside, Constant(self.size - 1)))
        found: list[Expression] = [
            Operation("eq", (masked, Constant(0))),
            Operation("ne", (inside, Constant(0))),
            Operation("geu", (left, inside)),
        ]
        if self.counted.condition.name != "ne":
            found.append(self.counted.condition)
        return tuple(found)

    def _apart(self) -> tuple[tuple[int, int, int], ...]:
        sign = 1 if self.counted.step > 0 else -1
        others = (self.limit, self.counted.bound) if self.counted.bound else (self.limit,)
        return tuple((each, self.counted.register, sign) for each in others)

    # ---- behind it: whether a turn is left

    def _after(self) -> tuple[list[str], list[Edit]] | None:
        behind = self.loop.behind
        if behind is not None and behind.label:
            return [self._unless(behind.label)], []
        name = fresh_label(self.function, f"{self.loop.head.label}_end")
        line = self.loop.back.last + 1
        return [self._unless(name)], [Edit(line, 0, (f"{self.indent}label({name})",))]

    # ---- the turns

    def _turns(self, top: str) -> list[str]:
        bumps = self._bumps()
        found: list[str] = []
        for turn in range(self.times):
            passed: set[int] = set()
            for at, statement in enumerate(self.loop.body):
                if at in bumps:
                    passed.add(bumps[at][0])
                    continue
                found += self._copy(statement, turn, bumps, passed)
        for register, step in bumps.values():
            name = self._name(register)
            found.append(f"addi({name}, {name}, {self.times * step})")
        x, limit = self.names[self.counted.register], self.names[self.limit]
        return [*found, f"bne({x}, {limit}, {top})"]

    def _copy(
        self, statement: Statement, turn: int, bumps: Mapping[int, tuple[int, int]],
        passed: set[int],
    ) -> list[str]:  # fmt: skip
        given = {}
        assert statement.operation is not None
        for register, step in bumps.values():
            by = step * (turn + (register in passed))
            for at in positions(statement.operation, register):
                value = statement.operation.operands[at]
                if by and isinstance(value, Memory) and isinstance(value.offset, int):
                    given[at] = f"{value.offset + by}({base_name(statement, at)})"
        if turn == 0 and not given:
            return shown(self.function, statement, {})
        return [statement.said(given)]

    def _bumps(self) -> dict[int, tuple[int, int]]:
        """Statement → register and step, of those that need be done only once."""
        found = {}
        body = self.loop.body
        for at, statement in enumerate(body):
            step = bump(statement)
            if step is None:
                continue
            register = step[0]
            others = [each for index, each in enumerate(body) if index != at]
            if all(_only_addresses(each, register) for each in others):
                found[at] = step
        return found


def bump(statement: Statement) -> tuple[int, int] | None:
    """Register and number, of a statement that adds a number to a register and does no more."""
    if statement.node is None or statement.has_accesses:
        return None
    chain = Chain()
    chain.touched(statement.node)
    for register in range(1, 32):
        root, at = chain.values[register]
        if statement.writes == 1 << register and root == register and at:
            return register, at
    return None


def _only_addresses(statement: Statement, register: int) -> bool:
    """Whether a statement uses a register for nothing but the address of an access."""
    if not (statement.reads | statement.writes) >> register & 1:
        return True
    if statement.writes >> register & 1 or statement.node is None or statement.operation is None:
        return False
    for at in positions(statement.operation, register):
        value = statement.operation.operands[at]
        if not isinstance(value, Memory) or type(value.offset) is not int:
            return False
    return True


def base_name(statement: Statement, at: int) -> str:
    """How a memory operand calls its register."""
    found = re.search(r"\((\w+)\)$|^(\w+)\[", statement.operands[at])
    value = statement.operation.operands[at] if statement.operation is not None else None
    if found is not None:
        return found[1] or found[2]
    assert isinstance(value, Memory) and isinstance(value.base, Register)
    return str(value.base)



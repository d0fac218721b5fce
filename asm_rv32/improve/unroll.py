"""Rewrite: several turns of a loop in one.

Input: a function with a loop. Output: a candidate.
Where the turns are counted by a step, the new loop runs while so many are left that all of them are
taken: until the counter is where a mask of what is left says; what is left then, the old loop does.
Where they are not, the new loop leaves between turns as the old one would have.
Registers that serve as addresses alone are counted on once a turn of the new loop, and what is
between goes into the offsets; where the loop is left in between, it is made up for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from asm_rv32.basis.edits import Edit, indentation_of
from asm_rv32.improve.loops import Count, Loop, count, fresh_label, unless
from asm_rv32.improve.operands import base_name, positions
from asm_rv32.improve.relations import Relation
from asm_rv32.improve.reorder import FREE, shown
from asm_rv32.improve.statements import Function, Statement, Stretch
from asm_rv32.improve.suggestion import Candidate
from asm_rv32.isa.meaning import Constant, Expression, Operation, Read, Write
from asm_rv32.isa.operands import Memory
from asm_rv32.isa.words import WORD, signed

LONGEST = 64
"""Statements in the body of the new loop."""


def candidate(function: Function, loop: Loop, times: int) -> Candidate | None:
    """The loop unrolled; None where it cannot be."""
    if not loop.is_plain or not loop.body or times * len(loop.body) > LONGEST:
        return None
    written = 0
    for each in loop.body:
        written |= each.writes
    counted = count(loop)
    whole = counted and _whole(function, loop, counted, 2 * times)
    if whole is not None:
        return whole.candidate()
    if counted is not None:
        size, limit = times * abs(counted.step), free_register(function, loop)
        if size & (size - 1) or limit is None or size > 2048 or not _fits(counted):
            counted = None
        else:
            # Where nothing happens but that time goes by, that is what it is for.
            if not written & ~(1 << counted.register) and not any(
                each.has_accesses for each in loop.body
            ):
                return None
            return _Counted(function, loop, times, counted, limit).candidate()
    if not any(each.has_accesses for each in loop.body):
        return None
    return _Uncounted(function, loop, times).candidate()


def _fits(counted: Count) -> bool:
    """Whether the step goes towards the bound."""
    name, (one, _) = counted.condition.name, counted.condition.operands
    if name == "ne":
        return True
    is_first = one == Read(counted.register)
    grows = (name in ("ltu", "lts")) == is_first
    return grows == (counted.step > 0)


def free_register(function: Function, loop: Loop) -> int | None:
    """A register that holds nothing from ahead of a loop to behind it."""
    taken = function.live_at(loop.head.address)
    for each in (*loop.body, loop.back):
        taken |= each.reads | each.writes
        for node in each.nodes:
            taken |= function.live_behind(node)
        if each.is_branch:
            taken |= function.live_at(_goal(function, each))
    most = 16 if function.image.isa.startswith("rv32e") else 32
    return next((at for at in FREE if at < most and not taken >> at & 1), None)


def _goal(function: Function, branch: Statement) -> int:
    """The address that a branch goes to."""
    assert branch.node is not None
    return function.flow.nodes[branch.node.target].address


class _Turns:
    """The text of several turns."""

    def __init__(self, function: Function, loop: Loop, times: int) -> None:
        self.function = function
        self.loop = loop
        self.times = times
        self.indent = indentation_of(function.source, loop.head.line)
        self.bumps = self._bumps()
        self.dead: set[int] = set()
        """Registers that nobody reads behind the loop, and that need not be counted on."""
        self.stubs: list[str] = []
        """What is made up for where the loop is left."""
        self.count = 1
        self.starts: list[int] = []
        """The line, from 0, at which each turn begins."""

    def named(self, register: int) -> str:
        """How the loop calls a register."""
        return self.function.named(register, (self.loop.back, *self.loop.body))

    def label(self, name: str) -> str:
        """A label that there is not yet."""
        return fresh_label(self.function, name)

    def _bumps(self) -> dict[int, tuple[int, int]]:
        """Statement → register and step, of those that need be done only once."""
        found = {}
        body = self.loop.body
        for register, (at, step) in self.loop.steps.items():
            others = [each for index, each in enumerate(body) if index != at]
            if self.may_wait(register) and all(_only_addresses(e, register) for e in others):
                found[at] = register, step
        return found

    def may_wait(self, register: int) -> bool:
        """Whether a register need not be right at the end of a turn."""
        return not self.loop.back.reads >> register & 1

    def ahead(self, turn: int, passed: Collection[int] = ()) -> dict[int, int]:
        """Register → by how much it is greater in the old text, in a turn."""
        return {
            register: step * (turn + (register in passed))
            for register, step in self.bumps.values()
            if turn or register in passed
        }

    def turns(self, first_line: int) -> list[str]:
        """All of them, without what ends the last."""
        found: list[str] = []
        for turn in range(self.times):
            self.starts.append(first_line + len(found))
            names = {name: self.label(f"{name}_{turn + 1}") for name in self.loop.inside}
            passed: set[int] = set()
            for at, statement in enumerate(self.loop.body):
                if at in self.bumps:
                    passed.add(self.bumps[at][0])
                else:
                    found += self._copy(statement, turn, names, passed)
            if turn < self.times - 1:
                found += self.between(turn + 1)
        for register, step in self.bumps.values():
            if register in self.dead:
                continue
            name = self.named(register)
            found.append(f"addi({name}, {name}, {self.times * step})")
        return found

    def between(self, turns: int) -> list[str]:
        """What stands behind so many turns."""
        return []

    def _copy(
        self, statement: Statement, turn: int, names: Mapping[str, str], passed: set[int]
    ) -> list[str]:
        if statement.label:
            return [f"label({names[statement.label]})"]
        ahead = self.ahead(turn, passed)
        assert statement.operation is not None
        given = {}
        for register, by in ahead.items():
            for at in positions(statement.operation, register):
                value = statement.operation.operands[at]
                if isinstance(value, Memory) and isinstance(value.offset, int):
                    given[at] = f"{value.offset + by}({base_name(statement, at)})"
        if statement.is_branch:
            last = len(statement.operands) - 1
            goal, target = _goal(self.function, statement), statement.target
            given[last] = names.get(target) or self.left(goal, ahead, target)
        if turn == 0 and not given:
            return shown(self.function, statement, {})
        return [statement.said(given)]

    def left(self, goal: int, ahead: Mapping[int, int], label: str) -> str:
        """Where to go to leave the loop for a label while registers are behind."""
        wanted = {at: by for at, by in ahead.items() if self.function.live_at(goal) >> at & 1}
        if not wanted:
            return label
        name = self.label(f"{self.loop.head.label}_out_{self.count}")
        self.count += 1
        self.stubs.append(f"label({name})")
        for register, by in wanted.items():
            self.stubs.append(f"addi({self.named(register)}, {self.named(register)}, {by})")
        self.stubs.append(f"j({label})")
        return name

    def behind(self) -> tuple[str, list[Edit]]:
        """A label behind the loop, and what makes it if there is none."""
        behind = self.loop.behind
        if behind is not None and behind.label:
            return behind.label, []
        name = self.label(f"{self.loop.head.label}_end")
        line = self.loop.back.last + 1
        return name, [Edit(line, 0, (f"{self.indent}label({name})",))]

    def indented(self, lines: list[str]) -> tuple[str, ...]:
        """Lines as deep as the loop."""
        return tuple(line if line.startswith(self.indent) else self.indent + line for line in lines)

    def message(self) -> str:
        """What is done, and why."""
        what = "counts and jumps" if self.bumps else "jumps"
        return f"{self.times} turns in one: the loop {what} once for {self.times}"


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


class _Counted(_Turns):
    """A loop whose turns are counted: a new one ahead of it."""

    def __init__(
        self, function: Function, loop: Loop, times: int, counted: Count, limit: int
    ) -> None:
        self.counted = counted
        self.limit = limit
        self.size = times * abs(counted.step)
        super().__init__(function, loop, times)

    def may_wait(self, register: int) -> bool:
        return register == self.counted.register or super().may_wait(register)

    def candidate(self) -> Candidate:
        """The whole change."""
        head, x = self.loop.head, self.counted.register
        top = self.label(f"{head.label}_{self.times}")
        lines = [*self._ahead(), f"label({top})"]
        lines += self.turns(len(lines))
        lines.append(f"bne({self.named(x)}, {self.named(self.limit)}, {top})")
        end, edits = self.behind()
        near = self.loop.body
        if self.stubs:
            back = self.loop.back
            lines += [back.said({len(back.operands) - 1: head.label}), f"j({end})", *self.stubs]
        else:
            lines.append(unless(self.function, self.loop.back, end, near))
        relations = {}
        for turn, line in enumerate(self.starts):
            late = 0 if x in {each[0] for each in self.bumps.values()} else self.counted.step * turn
            relations[head.start + line] = Relation(
                head.line, holds=self._facts(late), own=1 << self.limit,
                ahead=tuple(self.ahead(turn).items()), apart=self._apart(),
            )  # fmt: skip
        straight = not self.loop.inside and not any(each.is_branch for each in near)
        if straight:
            # One path: all turns at once say less to the solver than one after the other.
            first = min(relations)
            relations = {first: relations[first]._replace(turns=self.times)}
        text = self.indented(lines)
        return Candidate(
            "unroll", head.span, self.message(), (Edit(head.start, 0, text), *edits), relations
        )

    # ---- ahead of it: until where it runs

    def _ahead(self) -> list[str]:
        at = self.counted
        x, y, limit = (self.named(each) for each in (at.register, at.bound, self.limit))
        head, up = self.loop.head.label, at.step > 0
        found = []
        if at.condition.name != "ne":
            found.append(unless(self.function, self.loop.back, head, self.loop.body))
        if not up and at.bound == 0:
            return [*found, f"andi({limit}, {x}, {self.size - 1})", f"beq({limit}, {x}, {head})"]
        left = f"sub({limit}, {y}, {x})" if up else f"sub({limit}, {x}, {y})"
        more = f"add({limit}, {x}, {limit})" if up else f"sub({limit}, {x}, {limit})"
        masked = f"andi({limit}, {limit}, {-self.size})"
        return [*found, left, masked, f"beq({limit}, zero, {head})", more]

    def _facts(self, late: int) -> tuple[Expression, ...]:
        """What holds at the start of a turn, in which the counter has been moved so far since the
        start of the first."""
        at = self.counted
        x: Expression = Read(at.register)
        if late:
            x = Operation("+", (x, Constant(-late & 0xFFFF_FFFF)))
        y = Read(at.bound) if at.bound else Constant(0)
        limit, up = Read(self.limit), at.step > 0
        left = Operation("-", (y, x) if up else (x, y))
        inside = Operation("-", (limit, x) if up else (x, limit))
        masked = Operation("&", (inside, Constant(self.size - 1)))
        found: list[Expression] = [
            Operation("eq", (masked, Constant(0))),
            Operation("ne", (inside, Constant(0))),
            Operation("geu", (left, inside)),
        ]
        if at.condition.name != "ne":
            is_first = at.condition.operands[0] == Read(at.register)
            found.append(Operation(at.condition.name, (x, y) if is_first else (y, x)))
        return tuple(found)

    def _apart(self) -> tuple[tuple[int, int, int], ...]:
        sign = 1 if self.counted.step > 0 else -1
        others = (self.limit, self.counted.bound) if self.counted.bound else (self.limit,)
        return tuple((each, self.counted.register, sign) for each in others)


def _whole(function: Function, loop: Loop, counted: Count, most: int) -> _Whole | None:
    """A loop that turns a number of times that is known, and no more than `most`."""
    start = loop.first
    while start and loop.stretch[start - 1].is_plain:
        start -= 1
    ahead = loop.stretch[start : loop.first]
    begun = _constant(ahead, counted.register)
    bound = _constant(ahead, counted.bound) if counted.bound else (len(ahead), 0)
    if begun is None or bound is None:
        return None
    turns, rest = divmod(signed(bound[1] - begun[1] & WORD), counted.step)
    first = start + min(begun[0], bound[0])
    body = len(loop.body)
    if rest or not 1 < turns <= most or turns * body > LONGEST or not _fits(counted):
        return None
    if not any(each.has_accesses or each.writes & ~(1 << counted.register) for each in loop.body):
        return None
    return _Whole(function, loop, turns, counted, (begun[1], bound[1]), first)


def _constant(statements: Stretch, register: int) -> tuple[int, int] | None:
    """The last of some statements that writes a register, and the number that it writes."""
    for at in range(len(statements) - 1, -1, -1):
        if statements[at].writes >> register & 1:
            node = statements[at].node
            step = node.steps[0] if node is not None and len(node.steps) == 1 else None
            if isinstance(step, Write) and isinstance(step.value, Constant):
                return at, step.value.value
            return None
    return None


class _Whole(_Turns):
    """A loop that turns a known number of times: its turns one after the other."""

    def __init__(
        self, function: Function, loop: Loop, times: int, counted: Count,
        values: tuple[int, int], first: int,
    ) -> None:  # fmt: skip
        self.counted = counted
        self.values = values
        """Of the counter and of its bound, at the start."""
        self.first = first
        """Index of the statement ahead of the loop from which on all is known."""
        super().__init__(function, loop, times)

    def may_wait(self, register: int) -> bool:
        return register == self.counted.register or super().may_wait(register)

    def candidate(self) -> Candidate:
        """The whole change."""
        loop, at = self.loop, self.counted
        ahead = loop.stretch[self.first : loop.first]
        start = ahead[0].start
        waits = at.register in {each[0] for each in self.bumps.values()}
        if waits and not self._is_live(at.register):
            self.dead.add(at.register)
            ahead = tuple(each for each in ahead if each.writes != 1 << at.register)
        lines = [line for each in ahead for line in shown(self.function, each, {})]
        lines += self.turns(len(lines))
        relations = {}
        for turn, line in enumerate(self.starts):
            here = at.register, self.values[0] + at.step * turn & WORD
            late = self.ahead(turn)
            late.pop(at.register, None)
            known, holds = ([here], []) if waits else ([], [here])
            holds += [(at.bound, self.values[1])] if at.bound else []
            relations[start + line] = Relation(
                loop.head.line, ahead=tuple(late.items()), known=tuple(known),
                holds=tuple(
                    Operation("eq", (Read(register), Constant(value))) for register, value in holds
                ),
            )  # fmt: skip
        edit = Edit(start, loop.back.last - start + 1, self.indented(lines))
        message = f"all {self.times} turns one after the other, without a jump"
        return Candidate("unroll", loop.head.span, message, (edit,), relations)

    def _is_live(self, register: int) -> bool:
        """Whether somebody may read it behind the loop, or reads it between its start and that."""
        back = self.loop.back
        ahead = self.loop.stretch[self.first : self.loop.first]
        ways = [back.address + back.nodes[-1].size]
        ways += [_goal(self.function, each) for each in self.loop.body if each.is_branch]
        own = range(self.loop.head.address, back.address + 1)
        live = [self.function.live_at(at) for at in ways if at not in own]
        return any(mask >> register & 1 for mask in [*live, *(each.reads for each in ahead)])


class _Uncounted(_Turns):
    """A loop that ends as data says: a new one in its place."""

    def candidate(self) -> Candidate:
        """The whole change."""
        head, back = self.loop.head, self.loop.back
        self.end, edits = self.behind()
        body = self.loop.body
        lines = self.turns(0)
        lines.append(back.said())
        if self.stubs:
            lines += [f"j({self.end})", *self.stubs]
        first = body[0].start
        relations = {
            first + line: Relation(head.line, ahead=tuple(self.ahead(turn).items()))
            for turn, line in enumerate(self.starts)
        }
        edit = Edit(first, back.last - first + 1, self.indented(lines))
        return Candidate("unroll", head.span, self.message(), (edit, *edits), relations)

    def between(self, turns: int) -> list[str]:
        goal = self.loop.back.address + self.loop.back.nodes[-1].size
        name = self.left(goal, self.ahead(turns), self.end)
        return [unless(self.function, self.loop.back, name, self.loop.body)]

"""A function executed on terms: all paths at once, put together where they meet.

Input: a program at its address, registers and memory as terms. Output: the state at the return.
Invariants: what a step does is read from its meaning. States of a branch meet behind it, and those
of a loop before its next round: `prove/rounds.py` says which of them goes on. A path that no input
takes is left out; what a path cannot be followed through raises `Unreadable`, with the place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asm_rv32.isa.decode import Decoded, decode_at
from asm_rv32.isa.meaning import IDLE
from asm_rv32.isa.reading import perform
from asm_rv32.isa.sets import instruction_set
from asm_rv32.machine.memory import STOP, Region, nearest
from asm_rv32.prove.accesses import Access, Accesses, Byte, together
from asm_rv32.prove.addresses import Addresses, Program
from asm_rv32.prove.blocks import State, Unreadable
from asm_rv32.prove.few import words_of
from asm_rv32.prove.rounds import Rounds
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import COMPARISONS
from asm_rv32.prove.watch import Watch

STEP_LIMIT = 200_000
"""Instructions of all paths together."""
ORDERING = {*IDLE, "fence_i"}
"""Statements that change nothing for one hart alone, which does not store to its code."""
ALONE = "nothing else looks at memory or changes it meanwhile, so that fences change nothing"
RESERVED = "sc_w succeeds where nothing was stored since lr_w"


class Path(State):
    """The state on some paths: those on which all of `conditions` hold."""

    def __init__(
        self, execution: Execution, registers: list[Term], memory: dict[int, Byte]
    ) -> None:
        super().__init__(execution.terms, registers, execution.terms.zero, execution.start)
        self.execution = execution
        self.bytes = memory
        self.conditions: tuple[Term, ...] = ()
        self.next: list[tuple[Term, Term]] = []
        """Where the instruction goes on: condition and address, the first that holds counts."""
        self.reserved: tuple[Term, Term] | None = None
        """The address and the word of a reservation; None where it is not known."""

    def copy(self) -> Path:
        """The same state."""
        found = type(self)(self.execution, list(self.registers), dict(self.bytes))
        found.offset = self.offset
        found.conditions = self.conditions
        found.reserved = self.reserved
        return found

    def fork(self, condition: Term) -> Path:
        """The same state, on those paths where a condition holds, too."""
        found = self.copy()
        found.conditions = (*self.conditions, condition)
        return found

    def meet(self, other: Path, truth: Term) -> None:
        """Take over the values of another path where a truth does not hold."""
        choice = self.execution.choice
        registers = zip(self.registers, other.registers)
        self.registers = [choice(truth, one, another) for one, another in registers]
        if self.reserved != other.reserved:
            self.reserved = None
        merged: dict[int, Byte] = {}
        for address in {**self.bytes, **other.bytes}:
            if address not in merged and self.byte(address) != other.byte(address):
                first, size = address & -4, 4
                if not (self._is_word(first) and other._is_word(first)):
                    first, size = address, 1
                word = choice(truth, self._word(first, size), other._word(first, size))
                merged.update({first + at: (word, at) for at in range(size)})
        self.bytes.update(merged)

    def goto(self, target: Term, condition: Term | None) -> None:
        self.next.append((self.terms.one if condition is None else condition, target))

    def operation(self, name: str, operands: tuple[Term, ...]) -> Term:
        if name == "if":
            return self.execution.choice(*operands)
        if name in COMPARISONS:
            name, operands = self.execution.compared(self.conditions, name, *operands)
        return super().operation(name, operands)

    # ---- what is for several harts, for one alone

    def act(self, name: str, operands: tuple[Term, ...]) -> None:
        if name not in ORDERING:
            super().act(name, operands)
        self.execution.assumed[ALONE] = None

    def system(self, name: str, operands: tuple[Term, ...]) -> Term:
        if name == "load_reserved":
            value = self.load(4, operands[0])
            self.reserved = operands[0], value
            return value
        if name != "store_conditional":
            return super().system(name, operands)
        address, value = operands
        held, self.reserved = self.reserved, None
        if held != (address, self.load(4, address)):
            raise Unreadable("it stores to what is not known to be reserved")
        self.execution.assumed.update({ALONE: None, RESERVED: None})
        self.store(4, address, value)
        return self.terms.zero

    # ---- memory, byte by byte

    def load(self, size: int, address: Term) -> Term:
        found = None
        for condition, one in self._ways(address):
            value = self.fork(condition).load(size, one)
            found = value if found is None else self.terms.choice(condition, value, found)
        if found is not None:
            return found
        execution, access = self.execution, Access(size, stores=False)
        place, region = execution.place(self.conditions, address, access)
        if region is execution.own:
            found = execution.constants(self.conditions, self.bytes, place, size)
            if found is not None:
                return found
        for each in execution.places(self.conditions, place, region, access):
            value, here = self._word(each, size), execution.at(place, each)
            found = value if found is None else self.terms.choice(here, value, found)
        assert found is not None
        return found

    def store(self, size: int, address: Term, value: Term) -> None:
        ways = self._ways(address)
        for condition, one in ways:
            path = self.fork(condition)
            kept, self.conditions = self.conditions, path.conditions
            self.store(size, one, self.terms.choice(condition, value, path.load(size, one)))
            self.conditions = kept
        if ways:
            return
        execution, access = self.execution, Access(size, stores=True)
        place, region = execution.place(self.conditions, address, access)
        if place.value is not None:
            execution.places(self.conditions, place, region, access)
            self.bytes.update({place.value + at: (value, at) for at in range(size)})
            return
        new = self.terms.piece(value, 0, (1 << 8 * size) - 1)
        for each in execution.places(self.conditions, place, region, access):
            word = self.terms.choice(execution.at(place, each), new, self._word(each, size))
            self.bytes.update({each + at: (word, at) for at in range(size)})

    def _ways(self, address: Term) -> list[tuple[Term, Term]]:
        """Of an address that is in one of two memories, both that it may be, each with the
        condition for it; nothing of another."""
        split = self.execution.split(address)
        if split is None:
            return []
        truth, one, other = split
        ways = [(truth, one), (self.terms.not_(truth), other)]
        return [each for each in ways if self.execution.is_possible((*self.conditions, each[0]))]

    def _word(self, address: int, size: int) -> Term:
        """What so many bytes hold, zero-extended."""
        return together(self.terms, [self.byte(address + at) for at in range(size)])

    def _is_word(self, address: int) -> bool:
        """Whether the bytes there are those of one word."""
        word, _ = self.byte(address)
        return all(self.byte(address + at) == (word, at) for at in range(4))

    def byte(self, address: int) -> Byte:
        found = self.bytes.get(address)
        return self.execution.first(address) if found is None else found


class Execution(Accesses):
    """One program, on all inputs at once."""

    def __init__(
        self, addresses: Addresses, program: Program, regions: Sequence[Region], limits: Watch
    ) -> None:
        """`regions`: memory that it may use, besides its own."""
        super().__init__(addresses, program, regions, limits)
        self.steps = 0
        self._instructions = instruction_set(program.isa)
        self._decoded: dict[int, Decoded] = {}
        self._rounds = Rounds(self._decode)

    def run(self, registers: list[Term], memory: Mapping[int, Byte], entry: int) -> Path:
        """The state at the return. Raises Unreadable."""
        first = Path(self, registers, dict(memory))
        first.offset = entry - self.base
        done = self.until(first, frozenset())
        if not done:
            raise Unreadable("no input comes to its return")
        return done[0]

    def until(self, first: Path, ends: frozenset[int]) -> list[Path]:
        """Go on from a state to the return, or to one of some offsets: the state at each of those
        that is reached. Raises Unreadable."""
        ends |= {STOP - self.base}
        waiting: list[Path] = []
        done: dict[int, list[Path]] = {}
        self._follow(first, waiting, ends)
        while waiting:
            at = min((path.offset for path in waiting), key=self._rounds.rank)
            here = [path for path in waiting if path.offset == at]
            waiting = [path for path in waiting if path.offset != at]
            path = self._together(here)
            if at in ends:
                done.setdefault(at, []).append(path)
            else:
                self._follow(path, waiting, ends)
        return [self._together(paths) for paths in done.values()]

    def _follow(self, path: Path, waiting: list[Path], ends: frozenset[int]) -> None:
        """Go on along a path, alone as far as it is the only one."""
        while True:
            at = path.offset
            forks = self._step(path)
            for fork in forks:
                self._rounds.goes(at, fork.offset)
            if waiting or len(forks) > 1 or forks[0].offset in ends:
                waiting += forks
                return
            [path] = forks

    def _forks(self, path: Path) -> list[Path]:
        """The ways on that inputs take. The last of them is taken by all that take no other: where
        there is none but it, nothing is added to what is known."""
        targets = self._targets(path)
        found: list[Path] = []
        for number, (condition, offset) in enumerate(targets):
            fork = path.fork(condition)
            fork.offset = offset
            if not found and number == len(targets) - 1:
                fork.conditions = path.conditions
                found.append(fork)
            elif self.is_possible(fork.conditions):
                found.append(fork)
        for fork in found:
            if fork.offset != STOP - self.base and not 0 <= fork.offset < len(self.code):
                raise Unreadable(self._outside(self.base + fork.offset), fork.conditions)
        return found

    def _step(self, path: Path) -> list[Path]:
        """Execute the instruction at which a path stands: the ways on. Raises Unreadable."""
        try:
            self._execute(path)
            return self._forks(path)
        except Unreadable as error:
            reached = error.conditions or path.conditions
            raise Unreadable(str(error), reached, path.offset) from None

    def _execute(self, path: Path) -> None:
        self.steps += 1
        if self.steps > STEP_LIMIT:
            raise Unreadable(f"it takes more than {STEP_LIMIT:,} steps")
        if self.steps % 64 == 0 and self.limits.is_over:
            raise Unreadable("its time ran out while it was executed")
        decoded = self._decode(path.offset)
        if decoded is None or decoded.instruction is None:
            raise Unreadable("there is no instruction of the ISA")
        path.next = []
        perform(decoded.instruction.steps, path)
        path.next.append((self.terms.one, path.place(decoded.size)))

    def _decode(self, at: int) -> Decoded | None:
        """What stands at an offset; None outside of the program."""
        if at not in self._decoded and 0 <= at < len(self.code):
            self._decoded[at] = decode_at(self.code, at, self._instructions)
        return self._decoded.get(at)

    def _targets(self, path: Path) -> list[tuple[Term, int]]:
        """Where an instruction goes on, with the condition for it; offsets from the base."""
        found: list[tuple[Term, int]] = []
        before = self.terms.one
        for condition, target in path.next:
            here = self.terms.and_(before, condition)
            if here is not self.terms.zero:
                found += [(each, at - self.base) for each, at in self._split(here, target)]
            before = self.terms.and_(before, self.terms.not_(condition))
            if before is self.terms.zero:
                break
        return found

    def _split(self, condition: Term, target: Term) -> list[tuple[Term, int]]:
        """A target that depends on something, as targets that do not."""
        if target.form != "if":
            place = self._target(target)
            if place.value is not None:
                return [(condition, place.value)]
            places = words_of(place)
            if places is None or STOP in places:
                raise Unreadable("it jumps to an address that is not known")
            return [
                (self.terms.and_(condition, self.terms.eq(place, self.terms.constant(at))), at)
                for at in sorted(places)
            ]
        truth, one, other = target.operands
        return [
            *self._split(self.terms.and_(condition, truth), one),
            *self._split(self.terms.and_(condition, self.terms.not_(truth)), other),
        ]

    def _target(self, target: Term) -> Term:
        """The place that a jump goes to. Raises Unreadable."""
        placed = self.addresses.placed(target)
        if placed is not None:
            known = placed.place.value is not None
            if known or all(each.place == self.base for each in placed.origins):
                return placed.place
            raise Unreadable("it jumps to an address that is not known")
        at = target.value
        fixed = self.start.value is not None
        if at is not None and (at == STOP or (self.own.holds(at, 1) and not fixed)):
            raise Unreadable(f"it jumps to {at:#010x}, wherever its code and its caller are")
        return target

    def _outside(self, place: int) -> str:
        """Where it goes on that is not in it, in words."""
        inside = [f", in {each.name}" for each in self.regions if each.holds(place, 1)]
        near = inside[0] if inside else nearest(self.regions, place, 1)
        return f"it goes on outside of the program{near or f' at {place:#010x}'}"

    # ---- paths that meet

    def _together(self, paths: list[Path]) -> Path:
        """Paths that stand at the same place as one; the longest first, as branches nest."""
        paths = sorted(paths, key=lambda path: len(path.conditions))
        found = paths.pop()
        while paths:
            found = self._merged(found, paths.pop())
        return found

    def _merged(self, one: Path, other: Path) -> Path:
        shared = 0
        for a, b in zip(one.conditions, other.conditions):
            if a is not b:
                break
            shared += 1
        ours, theirs = one.conditions[shared:], other.conditions[shared:]
        terms = self.terms
        if ours and theirs and ours[0] is terms.not_(theirs[0]):
            truth = ours[0]
            rest = terms.choice(truth, self._all(ours[1:]), self._all(theirs[1:]))
        else:
            truth = self._all(ours)
            rest = terms.or_(truth, self._all(theirs))
        merged = one.copy()
        merged.meet(other, truth)
        merged.conditions = one.conditions[:shared]
        if rest is not terms.one:
            merged.conditions = (*merged.conditions, rest)
        return merged

    def _all(self, conditions: Sequence[Term]) -> Term:
        found = self.terms.one
        for each in conditions:
            found = self.terms.and_(found, each)
        return found

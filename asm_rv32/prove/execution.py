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
from asm_rv32.isa.words import WORD
from asm_rv32.machine.memory import STOP, Region
from asm_rv32.prove.addresses import FAR, Addresses, Program
from asm_rv32.prove.blocks import State, Unreadable
from asm_rv32.prove.few import words_of
from asm_rv32.prove.rounds import Rounds
from asm_rv32.prove.solver import is_possible
from asm_rv32.prove.term import Term, below
from asm_rv32.prove.terms import COMPARISONS, Terms
from asm_rv32.prove.watch import Watch

STEP_LIMIT = 200_000
"""Instructions of all paths together."""
CHOICES_LIMIT = 4096
"""Places that one access may go to."""
Byte = tuple[Term, int]
"""A byte of memory: a word, and which of its bytes."""
ORDERING = {*IDLE, "fence_i"}
"""Statements that change nothing for one hart alone, which does not store to its code."""
ALONE = "nothing else looks at memory or changes it meanwhile, so that fences change nothing"
RESERVED = "sc_w succeeds where nothing was stored since lr_w"


def together(terms: Terms, parts: Sequence[Byte]) -> Term:
    """Bytes as a word, the first the lowest."""
    return terms.sum([
        (terms.piece(terms.piece(word, -8 * byte, 255), 8 * at, WORD), 1)
        for at, (word, byte) in enumerate(parts)
    ])  # fmt: skip


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
        choice = self.execution.addresses.choice
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
            return self.execution.addresses.choice(*operands)
        if name in COMPARISONS:
            name, operands = self.execution.compared(self, name, *operands)
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
        address = self.execution.place(self, address, f"load of {size} bytes")
        if address.value is not None:
            return self._loaded(address.value, size)
        table = self.execution.constants(self, address, size)
        if table is not None:
            return table
        found = None
        for place in self.execution.places(self, address, size):
            value = self._loaded(place, size)
            here = self._at(address, place)
            found = value if found is None else self.terms.choice(here, value, found)
        assert found is not None
        return found

    def _loaded(self, address: int, size: int) -> Term:
        self.execution.require(self, address, size, stores=False)
        return self._word(address, size)

    def _word(self, address: int, size: int) -> Term:
        """What so many bytes hold, zero-extended."""
        return together(self.terms, [self.byte(address + at) for at in range(size)])

    def _is_word(self, address: int) -> bool:
        """Whether the bytes there are those of one word."""
        word, _ = self.byte(address)
        return all(self.byte(address + at) == (word, at) for at in range(4))

    def _at(self, address: Term, place: int) -> Term:
        """Whether an address is that place."""
        return self.terms.operation("eq", (address, self.terms.constant(place)))

    def byte(self, address: int) -> Byte:
        found = self.bytes.get(address)
        return self.execution.first(address) if found is None else found

    def store(self, size: int, address: Term, value: Term) -> None:
        address = self.execution.place(self, address, f"store of {size} bytes")
        if address.value is not None:
            self.execution.require(self, address.value, size, stores=True)
            for at in range(size):
                self.bytes[address.value + at] = (value, at)
            return
        new = self.terms.piece(value, 0, (1 << 8 * size) - 1)
        for place in self.execution.places(self, address, size, stores=True):
            here = self._at(address, place)
            word = self.terms.choice(here, new, self._word(place, size))
            self.bytes.update({place + at: (word, at) for at in range(size)})


class Execution:
    """One program, on all inputs at once."""

    def __init__(
        self, addresses: Addresses, program: Program, regions: Sequence[Region], limits: Watch
    ) -> None:
        """`regions`: memory that it may use, besides its own."""
        self.addresses = addresses
        self.terms = addresses.terms
        self.code = program.code
        self.base = program.base
        self.start = program.start
        self.moved = program.moved
        self.own = Region(program.base, len(program.code), False, "its own code and data")
        self.regions = (*regions, self.own)
        self.limits = limits
        self.steps = 0
        self.assumed: dict[str, None] = {}
        """What has to hold for what was executed to be so, in order."""
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
        return found

    def _step(self, path: Path) -> list[Path]:
        """Execute the instruction at which a path stands: the ways on. Raises Unreadable."""
        try:
            self._execute(path)
            return self._forks(path)
        except Unreadable as error:
            reached = error.conditions or path.conditions
            raise Unreadable(f"at {path.offset:#x}: {error}", reached) from None

    def _execute(self, path: Path) -> None:
        self.steps += 1
        if self.steps > STEP_LIMIT:
            raise Unreadable(f"it takes more than {STEP_LIMIT:,} steps")
        if self.steps % 64 == 0 and self.limits.is_over:
            raise Unreadable("its time ran out while it was executed")
        decoded = self._decode(path.offset)
        if decoded is None:
            at = self.base + path.offset
            raise Unreadable(f"it goes on at {at:#010x}, outside of the program")
        if decoded.instruction is None:
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
            if places is None:
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
        place = self.addresses.place(target)
        if place is not None:
            return place
        at = target.value
        fixed = self.start.value is not None
        if at is not None and (at == STOP or (self.own.holds(at, 1) and not fixed)):
            raise Unreadable(f"it jumps to {at:#010x}, wherever its code and its caller are")
        return target

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

    def is_possible(self, conditions: Sequence[Term]) -> bool:
        """Whether an input has it that all conditions hold; yes, where that is not known."""
        return is_possible(conditions, self.limits)

    # ---- memory

    def first(self, address: int) -> Byte:
        """What a byte holds before the program starts."""
        at = address - self.base
        for back in range(4):
            if at - back in self.moved:
                return self.terms.sum([(self.start, 1)], self.moved[at - back]), back
        if 0 <= at < len(self.code):
            return self.terms.constant(self.code[at]), 0
        return self.terms.unknown(f"byte {address:#010x}", 255), 0

    def place(self, path: Path, address: Term, what: str) -> Term:
        """The place of an address. Raises Unreadable."""
        found = self.addresses.place(address)
        if found is not None:
            return found
        leaves = self.terms.leaves(address) or ()
        is_own = all(self.own.holds(each, 1) for each in leaves)
        if self.start.value is not None and is_own and self._likely(path, address) is self.own:
            return address
        if address.value is not None:
            raise Unreadable(f"a {what} at {address.value:#010x}, which the call does not have")
        raise Unreadable(f"a {what} at an address that is not known")

    def compared(
        self, path: Path, name: str, one: Term, other: Term
    ) -> tuple[str, tuple[Term, Term]]:
        """A comparison, as it says no more of addresses than can be known."""

        def may_be(far: Term) -> bool:
            return self.is_possible((*path.conditions, far))

        name, operands, is_far = self.addresses.compared(name, one, other, may_be)
        if is_far:
            self.assumed[FAR] = None
        return name, operands

    def require(self, path: Path, address: int, size: int, *, stores: bool) -> None:
        """Raise Unreadable where memory cannot be accessed so."""
        what = "store to" if stores else "load from"
        for region in self.regions:
            if region.holds(address, size):
                if stores and not region.writable:
                    raise Unreadable(f"a {what} {region.name}")
                if address % size:
                    raise Unreadable(f"a misaligned {what} {address:#010x}")
                return
        raise Unreadable(f"a {what} {address:#010x}, which the call does not have")

    def places(self, path: Path, address: Term, size: int, *, stores: bool = False) -> list[int]:
        """Every place that an address can be. Raises Unreadable where not all may be accessed."""
        terms = self.terms
        known = terms.leaves(address)
        if known is not None:
            return self._among(path, address, sorted(known), size, stores=stores)
        region = self._likely(path, address)
        if region is None or (stores and not region.writable):
            raise Unreadable("it accesses an address that is not known")
        first = region.address + -region.address % size
        places = range(first, region.end - size + 1, size)
        if len(places) > CHOICES_LIMIT:
            raise Unreadable(f"it accesses one of {len(places):,} places of {region.name}")
        inside = terms.ltu(
            terms.sum([(address, 1)], -places.start), terms.constant(places.stop - places.start)
        )
        aligned = terms.eq(terms.piece(address, 0, size - 1), terms.zero)
        wrong = terms.or_(terms.not_(inside), terms.not_(aligned))
        if wrong is not terms.zero and self.is_possible((*path.conditions, wrong)):
            raise Unreadable(
                f"an access near {region.name} may lie outside of it, or be misaligned",
                (*path.conditions, wrong),
            )
        return [place for place in places if path._at(address, place) is not terms.zero]

    def _among(
        self, path: Path, address: Term, places: Sequence[int], size: int, *, stores: bool
    ) -> list[int]:
        """Those of some places that a path takes. Raises Unreadable where one is forbidden."""
        found = []
        for place in places:
            try:
                self.require(path, place, size, stores=stores)
            except Unreadable as error:
                here = self.terms.operation("eq", (address, self.terms.constant(place)))
                reached = (*path.conditions, here)
                if self.is_possible(reached):
                    raise Unreadable(str(error), reached) from None
            else:
                found.append(place)
        return found

    def _likely(self, path: Path, address: Term) -> Region | None:
        """The region that an address lies in for the first input that takes the path."""
        for at, value in enumerate(address.samples):
            if all(each.samples[at] for each in path.conditions):
                return self._region(value)
        summands = self.terms.summands(address)
        return self._region(sum(value for term, value in summands if term is None) & WORD)

    def _region(self, address: int) -> Region | None:
        return next((each for each in self.regions if each.holds(address, 1)), None)

    def constants(self, path: Path, address: Term, size: int) -> Term | None:
        """An entry of constant data, where all that an address can be is constant."""
        if address.form not in ("sum", "join") or path.execution is not self:
            return None
        constant = sum(value for term, value in self.terms.summands(address) if term is None)
        index = self.terms.sum([(address, 1)], -constant)
        at = constant - self.base
        width = below(index.ones) + 1
        if not 0 <= at < len(self.code) or width > CHOICES_LIMIT or index.ones & (size - 1):
            return None
        if constant % size or any(constant + each in path.bytes for each in range(width)):
            return None
        if at + width > len(self.code):
            last = (len(self.code) - at - size) & -size
            outside = self.terms.ltu(self.terms.constant(last), index)
            if self.is_possible((*path.conditions, outside)):
                return None
        entries = range(at, min(at + width, len(self.code)), size)
        number = self.terms.piece(index, 1 - size.bit_length(), WORD)
        moved = [self.moved.get(each) for each in entries]
        if None not in moved:
            offsets = self.terms.table(tuple(moved), number)  # type: ignore[arg-type]
            return self.terms.sum([(self.start, 1), (offsets, 1)])
        if any(each in range(at - 3, at + width) for each in self.moved):
            return None
        words = [int.from_bytes(self.code[each : each + size], "little") for each in entries]
        return self.terms.table(tuple(words), number)

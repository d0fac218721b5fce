"""What registers and stack slots hold, as far as it can be told without running.

Input: a `Flow`. Output: `Events`: what happens at which instruction that a check wants to know.
Invariant: a value is known exactly, or is `OTHER` (certainly not what came in, on some path), or
is `UNKNOWN` (nothing is claimed but, in both, its alignment); an event never rests on UNKNOWN
otherwise. Values only ever move down that order, so the fixed point is reached; steps are bounded
by the code's length.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from asm_rv32.flow import (
    ALL,
    CALL,
    CLOBBERED,
    INDIRECT,
    RESULTS,
    SAVED,
    Effect,
    Flow,
    Node,
    pushed,
    registers,
)
from asm_rv32.operands import A0, RA, SP
from asm_rv32.records import Any, NamedTuple

Value = tuple[str | int, int]
"""(sort, number): the sorts below, or the address of the instruction that made a stack pointer,
the number being the offset from it."""
ENTRY, CONSTANT, CODE = "entry", "constant", "code"
STACK: str = "sp"
"""Bytes from where sp was at the entry."""
OTHER, UNKNOWN = "other", "unknown"
"""The number is the alignment, as `alignment` says."""
ANYHOW = -1
"""Alignment: any."""
SOMETHING: Value = (OTHER, ANYHOW)
ANYTHING: Value = (UNKNOWN, ANYHOW)
CALLED: Value = ("called", ANYHOW)
"""What a call may have overwritten: as SOMETHING, but for the message."""
_VAGUE = frozenset((OTHER, CALLED[0], UNKNOWN, ENTRY, CONSTANT, CODE))
SLOT_LIMIT = 256
"""So many stack slots are followed; with more, none is."""
STEPS = 40
"""Visits of an instruction, on average, after which nothing further is claimed."""
DEPTH = 16
"""Routines of the function itself are followed so deep."""
FRAME_LIMIT = 4096
"""Bytes of stack of which it is known what was stored; of a larger frame nothing is claimed."""
ANYWHERE = -1
"""Set of bytes of the stack: any of them."""
_WORD = 0xFFFF_FFFF


class State:
    """Registers and slots at one place."""

    __slots__ = ("slots", "stored", "unwritten", "values")

    def __init__(self, values: list[Value], slots: dict[tuple[str | int, int], Value] | None,
                 unwritten: int, stored: int) -> None:  # fmt: skip
        self.values = values
        self.slots = slots
        """(base, offset) → value; what is missing holds something else; None: all unknown."""
        self.unwritten = unwritten
        """Registers that nothing wrote on some path."""
        self.stored = stored
        """Bit n: the byte n + 1 below the start of the stack may have been stored on some path."""

    def copy(self) -> State:
        return State(self.values[:], None if self.slots is None else dict(self.slots),
                     self.unwritten, self.stored)  # fmt: skip

    def merge(self, other: State) -> bool:
        """Take in another path; True where this says less than before."""
        changed = False
        if self.values != other.values:
            for index, (ours, theirs) in enumerate(zip(self.values, other.values)):
                if ours != theirs:
                    joined = join(ours, theirs)
                    if joined != ours:
                        self.values[index] = joined
                        changed = True
                    if _is_stack(ours, theirs):
                        self.stored = ANYWHERE  # a pointer that moves from round to round
        if other.unwritten & ~self.unwritten:
            self.unwritten |= other.unwritten
            changed = True
        if other.stored & ~self.stored:
            self.stored |= other.stored
            changed = True
        if self.slots is not None and self.slots != other.slots:
            if other.slots is None:
                self.slots = None
                return True
            for key in {*self.slots, *other.slots}:
                ours, theirs = (each.get(key, SOMETHING) for each in (self.slots, other.slots))
                joined = join(ours, theirs)
                if joined != ours:
                    self.slots[key] = joined
                    changed = True
        return changed


def join(ours: Value, theirs: Value) -> Value:
    """What holds on both of two paths."""
    if ours == theirs:
        return ours
    sorts = ours[0], theirs[0]
    if CALLED[0] in sorts:
        return CALLED
    aligned = alignment(ours)
    if aligned != alignment(theirs):
        aligned = ANYHOW
    if OTHER in sorts or UNKNOWN not in sorts:
        return (OTHER, aligned)
    return (UNKNOWN, aligned)


def alignment(value: Value) -> int:
    """4 b + r where the value, modulo 4, is r more than what register b held at the entry.

    With b = 0, the value is r modulo 4: sp is a multiple of 16 at the entry, and code stands at a
    multiple of 4.
    """
    sort, number = value
    if sort in (OTHER, UNKNOWN):
        return number
    if sort == ENTRY:
        return 4 * number
    return number % 4 if sort in (CONSTANT, CODE, STACK) else ANYHOW


def _aligned(name: str, immediate: int, first: Value, second: Value) -> int:
    """The alignment of what an instruction computes."""
    if name == "slli" and immediate >= 2:
        return 0
    one, other = alignment(first), alignment(second)
    if name == "andi" and (not immediate % 4 or 0 <= one < 4):
        return one & immediate & 3
    if name in ("sh2add", "sh3add"):
        return other
    if ANYHOW in (one, other):
        return ANYHOW
    (base, low), (other_base, other_low) = divmod(one, 4), divmod(other, 4)
    if name == "add" and 0 in (base, other_base):
        return 4 * (base + other_base) + (low + other_low) % 4
    if name == "sub" and other_base in (0, base):
        return 4 * (base - other_base) + (low - other_low) % 4
    return ANYHOW


class Event(NamedTuple):
    """Something at a node: `what` names it, the rest depends on it."""

    what: str
    node: int
    register: int = 0
    number: int = 0
    other: int = 0


class Events(NamedTuple):
    """All that was seen."""

    events: tuple[Event, ...]
    reached: tuple[bool, ...]
    """Blocks that control reaches from the entry, or through a label whose address is taken."""
    elsewhere: bool
    """True where a jump goes to an unknown place: then nothing is unreachable for certain."""
    taken: frozenset[int]
    """Offsets of code and data whose address the function computes."""


class _Summary(NamedTuple):
    """What a routine of the function itself leaves as it was."""

    kept: int
    known: bool


class _Analysis:
    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.steps = STEPS * len(flow.nodes) + 1000
        self.reached = [False] * len(flow.blocks)
        self.events: dict[Event, None] = {}
        self.taken: set[int] = set()
        self.elsewhere = False
        self.summaries: dict[tuple[int, int], _Summary] = {}
        self.assumed: dict[tuple[int, int], _Summary] = {}
        """Of routines that are being followed, for their calls of themselves."""
        self.relied: set[tuple[int, int]] = set()
        """Routines whose assumed summary was used."""
        self.tail_calls: set[int] = set()
        """Nodes that jump to what a register says, which may be a routine of the caller's."""

    def run(self) -> Events:
        flow = self.flow
        self.routine(0, RA, _entry_state(flow), main=True)
        self.follow_taken()
        jumped_to = self.taken & flow.node_at.keys()
        if self.elsewhere:
            # Any label may be where the jump goes.
            self.taken.update(flow.image.symbols.values())
            self.follow_taken()
        if self.steps <= 0:
            self.elsewhere = True
        events = self.events
        if jumped_to:
            # What jumps to a register may as well jump to one of these labels.
            events = {event: None for event in events if event.node not in self.tail_calls}
        return Events(tuple(events), tuple(self.reached), self.elsewhere, frozenset(self.taken))

    def follow_taken(self) -> None:
        """Follow what starts at addresses that the function computes, and is not reached yet."""
        flow = self.flow
        done: set[int] = set()
        while self.steps > 0 and (new := self.taken - done):
            done |= new
            for address in sorted(new):
                place = flow.node_at.get(address, -1)
                if place >= 0 and not self.reached[flow.block_at[place]]:
                    self.routine(place, 0, _unknown_state(), main=True)

    def routine(self, first: int, link: int, entry: State, main: bool) -> _Summary:
        """Follow a routine from a node to its returns, which go to what `link` held."""
        flow = self.flow
        start = flow.block_at[first]
        states: dict[int, State] = {start: entry}
        # In order of address, which is nearly that of control: few blocks are visited again.
        work = [start]
        waiting = {start}
        while work:
            index = heappop(work)
            waiting.discard(index)
            block = flow.blocks[index]
            self.steps -= block.last - block.first
            if self.steps <= 0:
                return _Summary(0, False)
            state = states[index].copy()
            for number in range(block.first, block.last):
                if self.step(state, number, link, main, None):
                    break
            else:
                number = -1
            for successor in block.successors if number < 0 else ():
                known = states.get(successor)
                if known is None:
                    states[successor] = state.copy()
                elif not known.merge(state):
                    continue
                if successor not in waiting:
                    waiting.add(successor)
                    heappush(work, successor)
        returns: list[State] = []
        for index, state in states.items():
            self.reached[index] = True
            block = flow.blocks[index]
            state = state.copy()
            for number in range(block.first, block.last):
                if self.step(state, number, link, main, returns):
                    break
        kept = ALL
        for state in returns:
            for register in range(1, 32):
                unchanged = (STACK, 0) if register == SP else (ENTRY, register)
                if state.values[register] != unchanged:
                    kept &= ~registers(register)
        return _Summary(kept, bool(returns))

    def step(
        self, state: State, number: int, link: int, main: bool, returns: list[State] | None
    ) -> bool:
        """Let the state pass one instruction; with `returns`, for the last time.

        True where control does not come back from it.
        """
        node = self.flow.nodes[number]
        found = node.effect
        values = state.values
        if returns is not None:
            for event in self.seen(state, number, node, link, main, returns):
                self.events[event] = None
        if found.control == CALL:
            if found.name == "jalr" and values[found.rs1] == (ENTRY, RA):
                return True
            self.call(state, node)
            return False
        if found.width and values[found.rs1][0] == CODE:
            self.taken.add(values[found.rs1][1] + found.immediate)
        if found.instruction.row.extension == "zcmp":
            _zcmp(state, found)
        elif found.stores and found.name == "sw":
            _store(state, values[found.rs1], found.immediate, 4, values[found.rs2])
        elif found.stores:
            _store(state, values[found.rs1], found.immediate, found.width, SOMETHING)
            if found.rd:
                values[found.rd] = SOMETHING
        elif found.rd:
            value = self.computed(state, node)
            if _is_stack(values[found.rs1], values[found.rs2]) and not _is_stack(value):
                state.stored = ANYWHERE  # an index, or a stack aligned anew
            if found.rd == SP and value[0] == OTHER:
                value = (node.address, 0)
            values[found.rd] = value
        elif found.name == "ecall":
            values[A0] = SOMETHING
        state.unwritten &= ~found.writes
        return False

    def call(self, state: State, node: Node) -> None:
        found = node.effect
        values = state.values
        target = node.target
        if target < 0 and values[found.rs1][0] == CODE and found.name == "jalr":
            target = self.flow.node_at.get(values[found.rs1][1] + found.immediate, -1)
        if target >= 0:
            summary = self.summary(target, found.rd)
            # A routine that moves sp saves or restores for its caller.
            claimed = summary.known and summary.kept >> SP & 1
            for register in range(1, 32):
                if not claimed:
                    values[register] = ANYTHING
                elif not summary.kept >> register & 1:
                    values[register] = CALLED
            if not claimed:
                state.slots = None
            else:
                values[found.rd] = CALLED
            state.unwritten, state.stored = 0, ANYWHERE
            return
        computed = found.name == "jalr" and values[found.rs1][0] == UNKNOWN
        if found.rd != RA or computed:
            # A link in t0 or elsewhere goes with rules of its own, as of gcc's -msave-restore;
            # a computed place is in the function itself.
            self.elsewhere = self.elsewhere or computed
            state.values[1:] = [ANYTHING] * 31
            state.slots, state.unwritten, state.stored = None, 0, ANYWHERE
            return
        if _is_stack(*(values[register] for register in range(1, 32) if register != SP)):
            state.stored = ANYWHERE  # it may store there
        for register in range(1, 32):
            if CLOBBERED >> register & 1:
                values[register] = CALLED
        values[found.rd] = CALLED
        values[A0] = values[A0 + 1] = SOMETHING
        state.unwritten = (state.unwritten | CLOBBERED) & ~(RESULTS | registers(found.rd, RA))

    def summary(self, first: int, link: int) -> _Summary:
        """What a routine keeps; one that calls itself, the most that is true if it is taken so."""
        key = (first, link)
        if key in self.summaries:
            return self.summaries[key]
        if key in self.assumed:
            self.relied.add(key)
            return self.assumed[key]
        if len(self.assumed) >= DEPTH:
            return _Summary(0, False)
        found = _Summary(ALL, True)
        while True:
            events, summaries = len(self.events), len(self.summaries)
            self.assumed[key] = assumed = found
            self.relied.discard(key)
            found = self.routine(first, link, _routine_state(), main=False)
            if key not in self.relied or found == assumed or not found.known:
                break
            # Too much was taken to be kept: what was seen on that ground does not count.
            found = _Summary(found.kept & assumed.kept, True)
            _truncate(self.events, events)
            _truncate(self.summaries, summaries)
        del self.assumed[key]
        self.summaries[key] = found
        return found

    def computed(self, state: State, node: Node) -> Value:
        """The value that an instruction other than a call puts into rd."""
        found, values = node.effect, state.values
        name, immediate = found.name, found.immediate
        first, second = values[found.rs1], values[found.rs2]
        if name == "addi":
            value = added(first, immediate)
            if value[0] == CODE:
                self.taken.add(value[1])
            return value
        if name == "lui":
            return (CONSTANT, immediate << 12 & _WORD)
        if name == "auipc":
            return (CODE, node.address + (immediate << 12))
        if name in ("add", "or", "xor") and found.rs1 == 0:
            return second
        if name in ("add", "sub", "or", "xor") and found.rs2 == 0:
            return first
        if name in ("add", "sub"):
            if second[0] == CONSTANT:
                return added(first, second[1] if name == "add" else -second[1])
            if first[0] == CONSTANT and name == "add":
                return added(second, first[1])
        if name == "slli" and first[0] == CONSTANT:
            return (CONSTANT, first[1] << immediate & _WORD)
        if found.width and name == "lw":
            return _load(state, first, immediate)
        sorts = first[0], second[0]
        # A sum with an address of code is a computed place in the code, or in its data.
        is_unknown = UNKNOWN in sorts or (CODE in sorts and name in ("add", "sub"))
        aligned = _aligned(name, immediate, first, second)
        return (UNKNOWN if is_unknown else OTHER, aligned)

    # ---- what the checks want to know

    def seen(
        self, state: State, number: int, node: Node, link: int, main: bool, returns: list[State]
    ) -> Iterator[Event]:
        found, values = node.effect, state.values
        unread = found.reads & state.unwritten
        if unread:
            unread &= ~_moved(state, found)
            for register in range(1, 32):
                if unread >> register & 1:
                    called = values[register] == CALLED and CLOBBERED >> register & 1
                    yield Event("read-after-call" if called else "unwritten", number, register)
        if found.width:
            yield from _access(state, number, found, main)
        if found.control == INDIRECT and node.target < 0:
            yield from self.leaving(state, number, found, link, main, returns)
        elif found.name in ("cm.popret", "cm.popretz"):
            after = state.copy()
            _zcmp(after, found)
            returns.append(after)
            if main:
                yield from self.returning(after, number, after.values[RA])
        elif main and found.name == "jalr" and found.rd and values[found.rs1] == (ENTRY, RA):
            yield Event("return-by-call", number, found.rs1)

    def leaving(
        self, state: State, number: int, found: Effect, link: int, main: bool, returns: list[State]
    ) -> Iterator[Event]:
        """A jump through a register."""
        value = state.values[found.rs1]
        if value == (ENTRY, link) and link:
            returns.append(state.copy())
            if main:
                yield from self.returning(state, number, value)
                if found.immediate:
                    yield Event("return-offset", number, found.rs1, found.immediate)
            return
        if value[0] == CODE:
            self.taken.add(value[1] + found.immediate)
            yield Event("jump-to", number, found.rs1, value[1] + found.immediate)
            return
        if found.rs1 == RA:
            if main:
                yield from self.returning(state, number, value)
            return
        self.elsewhere = True
        values = state.values
        no_frame = values[SP] == (STACK, 0)
        if main and value[0] != UNKNOWN and (no_frame or not self.flow.image.symbols):
            # A call at the very end, of a routine that returns to the caller in its place: there
            # is no label that it could go to instead, or it stands as such a call does.
            self.tail_calls.add(number)
            for event in self.returning(state, number, values[RA]):
                if event.what not in ("no-result", "same-result"):
                    yield event

    def returning(self, state: State, number: int, address: Value) -> Iterator[Event]:
        """A return of the function itself."""
        values = state.values
        if self.switches(values[SP]):
            return
        if address != (ENTRY, RA) and address[0] != UNKNOWN:
            yield Event("address-lost", number, RA)
        stack = values[SP]
        if stack[0] == STACK and stack[1]:
            yield Event("stack-off", number, SP, stack[1])
        elif stack[0] not in (STACK, UNKNOWN):
            yield Event("stack-lost", number, SP)
        for register in range(3, 32):
            value = values[register]
            if SAVED >> register & 1 and value != (ENTRY, register) and value[0] != UNKNOWN:
                yield Event("not-restored", number, register)
        if state.unwritten >> A0 & 1:
            yield Event("no-result", number, A0)
        elif values[A0] == (ENTRY, A0):
            yield Event("same-result", number, A0)

    def switches(self, stack: Value) -> bool:
        """True where sp was loaded from elsewhere: the registers are another context's."""
        maker = self.flow.node_at.get(stack[0], -1) if isinstance(stack[0], int) else -1
        return maker >= 0 and self.flow.nodes[maker].effect.width > 0


def _entry_state(flow: Flow) -> State:
    values: list[Value] = [(ENTRY, register) for register in range(32)]
    values[0], values[SP] = (CONSTANT, 0), (STACK, 0)
    written = registers(RA, SP, 3, 4, *flow.image.registers)
    if any(node.effect.name in ("mret", "sret") for node in flow.nodes):
        # It serves a trap, at which every register holds what is to be kept.
        written = ALL
    return State(values, {}, ALL & ~written, 0)


def _routine_state() -> State:
    values: list[Value] = [(ENTRY, register) for register in range(32)]
    values[0], values[SP] = (CONSTANT, 0), (STACK, 0)
    return State(values, {}, 0, ANYWHERE)


def _unknown_state() -> State:
    return State([(CONSTANT, 0), *[ANYTHING] * 31], None, 0, ANYWHERE)


def _truncate(mapping: dict[Any, Any], size: int) -> None:
    """Take out what was put in last."""
    for key in list(mapping)[size:]:
        del mapping[key]


def _is_stack(*values: Value) -> bool:
    """True where one of the values is an address in the stack."""
    return any(value[0] == STACK or isinstance(value[0], int) for value in values)


def _bytes(at: int, width: int) -> int:
    """The set of bytes of the stack at an offset from its start; none where it is not followed."""
    last = -at - width
    return ((1 << width) - 1) << last if 0 <= last <= FRAME_LIMIT else 0


def added(value: Value, number: int) -> Value:
    """The value plus a constant."""
    sort, at = value
    if sort == CONSTANT:
        return (CONSTANT, at + number & _WORD)
    if number == 0:
        return value
    if sort == CODE or sort not in _VAGUE:
        if number >= 1 << 31:
            number -= 1 << 32
        return (sort, at + number)
    aligned = _aligned("add", 0, value, (CONSTANT, number))
    return (UNKNOWN if sort == UNKNOWN else OTHER, aligned)


def _store(state: State, base: Value, offset: int, width: int, value: Value) -> None:
    if base[0] == STACK:
        state.stored |= _bytes(base[1] + offset, width)
    if _is_stack(value) or isinstance(base[0], int):
        state.stored = ANYWHERE  # others may store through it; or it is an unknown place
    if state.slots is None or base[0] in _VAGUE:
        return
    sort, at = base[0], base[1] + offset
    for near in range(at - 3, at + width):
        state.slots.pop((sort, near), None)
    if width == 4 and (value[0] in (ENTRY, UNKNOWN) or value[0] not in _VAGUE):
        state.slots[sort, at] = value
        if len(state.slots) > SLOT_LIMIT:
            state.slots = None


def _load(state: State, base: Value, offset: int) -> Value:
    if base[0] == UNKNOWN or (state.slots is None and base[0] not in _VAGUE):
        return ANYTHING
    if state.slots is None or base[0] in _VAGUE:
        return SOMETHING
    if base[0] == STACK and base[1] + offset >= 0:
        return ANYTHING
    return state.slots.get((base[0], base[1] + offset), SOMETHING)


def _zcmp(state: State, found: Effect) -> None:
    values, name = state.values, found.name
    if name == "cm.mva01s":
        first, second = found.instruction.values
        values[A0], values[A0 + 1] = values[first], values[second]
        return
    if name == "cm.mvsa01":
        first, second = found.instruction.values
        values[first], values[second] = values[A0], values[A0 + 1]
        return
    listed, size = pushed(found)
    if name == "cm.push":
        for place, register in enumerate(listed, 1):
            _store(state, values[SP], -4 * place, 4, values[register])
        values[SP] = added(values[SP], -size)
        return
    top = added(values[SP], size)
    loaded = [_load(state, top, -4 * place) for place in range(1, len(listed) + 1)]
    for register, value in zip(listed, loaded):
        values[register] = value
    values[SP] = top
    if name == "cm.popretz":
        values[A0] = (CONSTANT, 0)


def _moved(state: State, found: Effect) -> int:
    """Registers that an instruction only keeps or moves: that is no use of what they hold."""
    if found.name == "cm.push":
        return found.reads
    if found.name in ("xor", "sub") and found.rs1 == found.rs2:
        return found.reads
    copied = 0
    if found.name == "sw":
        copied = found.rs2
    elif (found.name == "addi" and found.immediate == 0) or (found.name == "add" and not found.rs2):
        copied = found.rs1
    elif found.name == "add" and not found.rs1:
        copied = found.rs2
    if copied and state.values[copied] == (ENTRY, copied):
        return registers(copied) & SAVED
    return 0


def _access(state: State, number: int, found: Effect, main: bool) -> Iterator[Event]:
    """What can be said of the address of a load or store."""
    sort, at = state.values[found.rs1]
    at += found.immediate
    if sort == CONSTANT:
        if at % found.width:
            yield Event("misaligned", number, found.rs1, at & _WORD)
    elif sort == CODE:
        if at % found.width:
            yield Event("misaligned-label", number, found.rs1, at)
        if found.stores:
            yield Event("code-store", number, found.rs1, at)
    elif sort in (ENTRY, OTHER, UNKNOWN):
        register, low = divmod(alignment(state.values[found.rs1]), 4)  # below 0 for ANYHOW
        place = low + found.immediate
        if register > 0 and main:
            yield Event("through", number, register, place, found.width)
        elif register == 0 and place % found.width:
            yield Event("misaligned-anywhere", number, found.rs1, place)
    elif sort not in _VAGUE:
        touched = _bytes(at, found.width) if sort == STACK else 0
        if touched and not found.stores and not state.stored & touched:
            yield Event("unwritten-stack", number, found.rs1, at)
        if sort == STACK and at % found.width:
            yield Event("misaligned-stack", number, found.rs1, at)
        base, top = state.values[SP]
        if base == sort and at < top:
            yield Event("below-stack", number, found.rs1, at - top)
        elif sort == STACK and at + found.width > 0 and main:
            yield Event("above-frame", number, found.rs1, at)


def analyse(flow: Flow) -> Events:
    """Follow every path of a function once."""
    return _Analysis(flow).run() if flow.nodes else Events((), (), False, frozenset())

"""Every path of a function and of the routines in it, followed.

Input: a `Flow`, and what other functions leave that it calls. Output: `Followed`: what was seen,
and what control can reach.
Invariant: what a routine leaves is the least that its paths bring, calls of itself included; an
event rests only on what certainly happens on some path. Steps are bounded by the code's length;
where that bound is met, nothing is claimed.
"""

from __future__ import annotations

from asm_rv32.analysis import events as seen
from asm_rv32.analysis.events import Event, Events, Visit
from asm_rv32.analysis.flow import (
    SAVED,
    Flow,
    Node,
    bits,
    components,
    goes_back,
    kept_by_handler,
    registers,
)
from asm_rv32.analysis.solve import Solver
from asm_rv32.analysis.state import (
    State,
    entry_state,
    is_switched,
    only_kept,
    routine_state,
    unknown_state,
)
from asm_rv32.analysis.values import (
    CALLED,
    ENTRY,
    MADE,
    Symbol,
    Vague,
    Value,
    came_from,
    code_offset,
    is_of_stack,
    is_unknown,
    lost_of,
    origin_of,
    stack_offset,
    word_of,
)
from asm_rv32.analysis.walk import VALUES_OF_ONE, Walk
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.isa.effects import BRANCH, CALL, END, INDIRECT, JUMP
from asm_rv32.isa.operands import A0, RA, SP
from asm_rv32.isa.reading import perform

if TYPE_CHECKING:
    from asm_rv32.analysis.others import Others

STEPS = 60
"""Visits of an instruction, on average, after which nothing is claimed."""
LEAST = 1000
"""Visits that the shortest function may take."""


class Routine:
    """A piece of the function that is called, or its whole, and what it leaves."""

    def __init__(self, first: int, link: int, address: int) -> None:
        self.first = first
        """Its first node."""
        self.link = link
        """The register that holds where it returns to; x0 where it does not return."""
        self.address = address
        """Of its first node."""
        self.callers: set[int] = set()
        """The numbers of the routines that call it."""
        self.states: dict[int, State] = {}
        """Block → what holds on entering it."""
        self.returned: State | None = None
        """What holds at its returns, in terms of its entry; None where none is known yet."""
        self.uses: dict[int, int] = {}
        """Register that it reads before it writes it → where; -1 for in another function."""
        self.elsewhere = False
        """Whether it may leave by a jump whose way back is not followed."""
        self.strays = False
        """Whether it may leave for an unknown place, or what it calls."""
        self.visits: dict[int, Visit] = {}
        """Block → what came of it when it was gone through last, with all that holds there."""
        self.written = 0
        """Of another function, the registers that it does not leave as they are."""


class Followed:
    """Follows all routines until nothing changes, and keeps what was seen then."""

    def __init__(self, flow: Flow, others: Others | None = None) -> None:
        """`others`: the functions that lie around it in a program."""
        self.flow = flow
        self.others = others
        self.by_others = 0
        """The registers that those that it calls do not leave as they are."""
        self.leaves = False
        """Whether it goes on in one of them by other than a call: what that brings is not seen."""
        self.taken: set[int] = set()
        """Offsets of code and data whose address the function computes."""
        self.filled_in = flow.image.filled_in
        self.walk = Walk(self.taken, self.filled_in)
        self.events = Events()
        self.routines: list[Routine] = []
        self.number_of: dict[tuple[int, int], int] = {}
        self.current = 0
        self.outer: Solver[State] = Solver(
            lambda known, new: known, STEPS * len(flow.nodes) + LEAST
        )
        self.reached = [False] * len(flow.nodes)
        """Nodes that control reaches from the entry, or through a label whose address is taken."""
        self.edges: list[tuple[int, ...]] = [()] * len(flow.blocks)
        """Block → the blocks that control can go to from it, by conditions that are known."""
        self.elsewhere = False
        """True where a jump goes to an unknown place: then nothing is unreachable for certain."""
        self.lines = [
            (node.address, node.meaning.steps, touched.reads, touched.writes,
             touched.control == CALL)
            for node in flow.nodes for touched in (node.meaning.effects,)
        ]  # fmt: skip
        """What is looked at for each node, each time."""
        self.has_calls = any(is_call for *_, is_call in self.lines)
        self.ends: set[int] = set()
        """Calls of what is known by its name not to come back."""
        self.tail_calls: set[int] = set()
        """Nodes that jump to what a register says, which may be a routine of the caller's."""
        self.component = [0] * len(flow.blocks)
        successors = [block.successors for block in flow.blocks]
        for number, component in enumerate(components(successors) if goes_back(successors) else ()):
            for index in component:
                self.component[index] = number

    def run(self) -> Followed:
        """Follow everything."""
        jumped_to: set[int] = set()
        self.routine(0, RA, entry_state(self.flow))
        finished = self.follow()
        if finished:
            jumped_to = {at for at in self.taken if self.is_code(at)}
            finished = self.follow_taken()
        if finished and any(routine.strays for routine in self.routines):
            self.elsewhere = True
            # Any label may be where the jump goes.
            self.taken.update(self.flow.image.labels.values())
            finished = self.follow_taken()
        if not finished:
            self.reached = [True] * len(self.flow.nodes)
            self.edges = [block.successors for block in self.flow.blocks]
            self.elsewhere = True
            return self
        for routine in self.routines:
            for index, visit in routine.visits.items():
                first = self.flow.blocks[index].first
                self.reached[first : visit.last] = [True] * (visit.last - first)
                self.edges[index] = tuple(dict.fromkeys((*self.edges[index], *visit.ways)))
                for event in visit.events:
                    self.events.add(event)
        for index in self.flow.falls:
            node = self.flow.nodes[index]
            if self.reached[index] and self.is_outside(node.address + node.size):
                self.leaves = True
        if jumped_to:
            # What jumps to a register may as well jump to one of these labels.
            self.events.drop(self.tail_calls, seen.ADDRESS_LOST, seen.STACK_OFF, seen.STACK_LOST,
                             seen.NOT_RESTORED)  # fmt: skip
        return self

    def follow_taken(self) -> bool:
        """Follow what starts at addresses that the function computes, and is not reached yet."""
        done: set[int] = set()
        while new := self.taken - done:
            done |= new
            for address in sorted(new):
                place = self.flow.node_at.get(address, -1)
                if place >= 0 and not self.is_reached(place):
                    self.routine(place, 0, unknown_state(self.flow))
                    if not self.follow():
                        return False
        return True

    def is_reached(self, place: int) -> bool:
        block = self.flow.block_at[place]
        return any(block in routine.states for routine in self.routines)

    def is_code(self, at: int) -> bool:
        """Whether an instruction stands at an offset, of this function or of another."""
        others = self.others.flow.node_at if self.others is not None else ()
        return at in self.flow.node_at or at in others

    def is_outside(self, at: int) -> bool:
        """Whether something else of the program stands at an offset."""
        image = self.flow.image
        inside = self.others is None or image.entry_at(at) is not None
        return not inside and 0 <= at < len(image.code)

    @property
    def written(self) -> int:
        """The registers that some instruction writes, or another function that is called."""
        return self.flow.written | self.by_others

    # ---- routines

    def routine(self, first: int, link: int, entry: State | None) -> int:
        """The number of a routine, which is followed if it is new."""
        key = (first, link)
        number = self.number_of.get(key, -1)
        if number < 0 or entry is not None:
            number = len(self.routines)
            self.number_of.setdefault(key, number)
            self.routines.append(Routine(first, link, self.flow.nodes[first].address))
            # Those that were found last are followed first: they are what others call.
            self.outer.reach(-number, entry or routine_state(self.flow))
        return number

    def follow(self) -> bool:
        return self.outer.run(self.solve, cost=lambda place: 1)

    def solve(self, place: int, entry: State) -> None:
        """Follow one routine, with what is known of those that it calls."""
        flow, number = self.flow, -place
        routine = self.routines[number]
        self.current, self.walk.in_main = number, number == 0 or not routine.link
        before, uses = routine.returned, len(routine.uses)
        elsewhere = routine.elsewhere, routine.strays
        routine.visits = {}
        solver: Solver[State] = Solver(State.merged, self.outer.budget)
        solver.reach(flow.block_at[routine.first], entry)
        blocks = flow.blocks
        done = solver.run(
            lambda index, state: self.block(index, state.copy(), routine, solver),
            cost=lambda index: blocks[index].last - blocks[index].first,
        )
        self.outer.budget = solver.budget
        routine.states = solver.states
        if not done:
            self.outer.again(place)
            return
        if (
            routine.returned is not before
            or len(routine.uses) != uses
            or (routine.elsewhere, routine.strays) != elsewhere
        ):
            for caller in routine.callers:
                self.outer.again(-caller)

    def block(self, index: int, state: State, routine: Routine, solver: Solver[State]) -> None:
        """Let a state pass a block, and reach what comes behind it."""
        flow, walk = self.flow, self.walk
        block = flow.blocks[index]
        walk.begin(state)
        walk.events = []
        visit = routine.visits[index] = Visit(block.last, (), walk.events)
        for number in range(block.first, block.last):
            address, steps, reads, writes, is_call = self.lines[number]
            if reads & state.unwritten:
                self.read(state, number, flow.nodes[number], routine)
            walk.at(number, address)
            perform(steps, walk)
            if walk.below:
                walk.settle()
            if state.unwritten:
                state.unwritten &= ~writes
            if self.has_calls:
                state.fresh = state.fresh & ~reads | writes
                state.own |= writes
                if is_call and not self.call(state, number, flow.nodes[number], routine):
                    visit.last = number + 1
                    return
        node = flow.nodes[block.last - 1]
        visit.ways = self.following(index, state, node, routine)
        for successor in visit.ways:
            solver.reach(successor, self.renewed(index, successor, state))

    def renewed(self, index: int, successor: int, state: State) -> State:
        """The state, where control goes back: what was made on the way is made anew."""
        if successor > index or self.component[successor] != self.component[index]:
            return state
        component, block_at = self.component[index], self.flow.block_at

        def is_stale(symbol: Symbol) -> bool:
            return self.component[block_at[(symbol.place - MADE) // VALUES_OF_ONE]] == component

        state = state.copy()
        state.blur(is_stale)
        return state

    def following(self, index: int, state: State, node: Node, routine: Routine) -> tuple[int, ...]:
        """The blocks that control can go to behind a block."""
        walk, block, handler = self.walk, self.flow.blocks[index], self.flow.image.handler
        control = node.meaning.effects.control
        if control == BRANCH and walk.condition is not None:
            known = word_of(walk.condition)
            if known is not None:
                target = self.flow.block_at[node.target] if node.target >= 0 else -1
                if known:
                    return (target,) if target >= 0 else ()
                return (index + 1,) if index + 1 in block.successors else ()
        elif control == INDIRECT and node.target < 0 and walk.target is not None:
            self.leaving(state, block.last - 1, node, walk.target, routine)
        elif control == END and handler and node.meaning.does("trap_return"):
            self.resuming(state, block.last - 1)
        elif control in (BRANCH, JUMP) and node.target < 0 and node.label is not None:
            self.leaves = self.leaves or self.is_outside(node.label)
        return block.successors

    # ---- what an instruction reads

    def read(self, state: State, number: int, node: Node, routine: Routine) -> None:
        """It reads registers that nothing wrote."""
        unread = node.meaning.effects.reads & state.unwritten
        unread &= ~only_kept(node, state)
        for register in bits(unread):
            value = state.values[register]
            lost = value.overwritten if isinstance(value, Vague) else 0
            if lost:
                by = -1 if lost < 0 else lost - 1
                self.walk.events.append(Event(seen.LOST_IN_CALL, number, register, routine=by))
            elif self.current:
                routine.uses.setdefault(register, number)
            else:
                self.walk.events.append(Event(seen.UNWRITTEN, number, register))

    # ---- calls

    def call(self, state: State, number: int, node: Node, routine: Routine) -> bool:
        """Go behind a call; False where control does not come back from it, or not yet."""
        target = self.walk.target
        assert target is not None
        link = node.meaning.effects.links
        if came_from(target) == RA and self.walk.in_main:
            self.walk.events.append(Event(seen.RETURN_BY_CALL, number))
            return False
        from asm_rv32.analysis.calls import by_convention, comes_back, forget

        at = code_offset(target)
        if not comes_back(self.flow, number, at, self.filled_in.get(node.address, ""), state):
            self.ends.add(number)
            return False
        called = self.called(target, link)
        if called is not None:
            return self.call_routine(state, link, called)
        computed = at is None and (is_unknown(target) or origin_of(target) >= 0)
        through = node.meaning.through  # what it holds is known better than its even part
        own = at is None and through not in (0, link) and origin_of(state.values[through]) >= 0
        if computed or own:
            routine.elsewhere = routine.strays = True
        if link != RA or computed:
            # A link in t0 or elsewhere goes with rules of its own, as of gcc's -msave-restore;
            # a computed place is in the function itself.
            forget(state)
            return True
        by_convention(state, link)
        return True

    def called(self, target: Value, link: int) -> Routine | None:
        """What is called: a routine of the function, or another of the program; else None."""
        at = code_offset(target)
        if at is None:
            return None
        first = self.flow.node_at.get(at, -1)
        if first < 0:
            found = self.others.at(at, link) if self.others is not None else None
            self.by_others |= found.written if found is not None else 0
            return found
        called = self.routines[self.routine(first, link, None)]
        called.callers.add(self.current)
        return called

    def call_routine(self, state: State, link: int, called: Routine) -> bool:
        """Go behind a call of a routine."""
        from asm_rv32.analysis.calls import forget, go_behind  # few functions have routines

        routine = self.routines[self.current]
        routine.strays = routine.strays or called.strays
        for register, place in called.uses.items() if state.unwritten else ():
            if state.unwritten >> register & 1 and register != link:
                self.used(state, register, place)
        returned = called.returned
        if returned is None:
            if called.elsewhere:
                forget(state)
            return called.elsewhere
        go_behind(state, returned, called.address, called.uses)
        state.values[link] = CALLED
        state.unwritten &= ~registers(link)
        return True

    def used(self, state: State, register: int, place: int) -> None:
        """A routine reads a register that nothing has written when it is called."""
        value = state.values[register]
        lost = value.overwritten if isinstance(value, Vague) else 0
        if self.current:
            if not lost:
                self.routines[self.current].uses.setdefault(register, place)
        elif not lost and place >= 0:
            self.walk.events.append(Event(seen.UNWRITTEN, place, register))

    # ---- the ways out

    def leaving(
        self, state: State, number: int, node: Node, target: Value, routine: Routine
    ) -> None:
        """A jump through a register."""
        link, main = routine.link, self.current == 0 or not routine.link
        meaning = node.meaning
        through = state.values[meaning.through] if meaning.through else target
        if link and came_from(through) == link:
            self.back(state, routine)
            if main:
                self.returning(state, number, None)
                if meaning.beside:
                    self.walk.events.append(Event(seen.RETURN_BESIDE, number, at=meaning.beside))
            return
        at = code_offset(target)
        if at is not None:
            self.taken.add(at)
            self.walk.events.append(Event(seen.JUMP_TO, number, at=at))
            self.leaves = self.leaves or self.is_outside(at)
            routine.elsewhere = True  # what comes there is followed, but not as this routine's
            return
        if meaning.through == RA:
            if main:
                self.returning(state, number, through)
            elif link == RA and lost_of(through) >> RA & 1:
                self.walk.events.append(Event(seen.ADDRESS_LOST, number, routine=routine.first))
            if link == RA:
                self.back(state, routine)
            return
        routine.elsewhere = routine.strays = True
        is_function = through in self.walk.from_caller
        no_frame = stack_offset(state.values[SP]) == 0 or not self.flow.image.labels
        if main and not is_unknown(target) and (no_frame or is_function):
            # A call at the very end, of a routine that returns to the caller in its place: there
            # is no label that it could go to instead, or it stands as such a call does.
            self.tail_calls.add(number)
            self.returning(state, number, state.values[RA], tail=True)

    def back(self, state: State, routine: Routine) -> None:
        """A return of a routine."""
        if is_switched(state):
            routine.elsewhere = True
            return
        known = routine.returned
        routine.returned = state.copy() if known is None else known.merged(state)

    def returning(
        self, state: State, number: int, address: Value | None, tail: bool = False
    ) -> None:
        """A return of the function itself; `address`: where to, if not where it came from."""
        values, add = state.values, self.walk.events.append
        if self.flow.image.handler:
            add(Event(seen.HANDLER_RETURNS, number))
            return
        if is_switched(state):
            return
        if address is not None and lost_of(address) >> RA & 1:
            add(Event(seen.ADDRESS_LOST, number, routine=0))
        self.giving_back(state, number, SAVED)
        if tail:
            return
        if state.unwritten >> A0 & 1:
            add(Event(seen.NO_RESULT, number))
        elif came_from(values[A0]) == A0:
            add(Event(seen.SAME_RESULT, number))

    def resuming(self, state: State, number: int) -> None:
        """A handler goes back to what it interrupted, whose registers all are."""
        if is_switched(state):
            return
        self.giving_back(state, number, kept_by_handler(self.flow.image) & ~registers(SP))

    def giving_back(self, state: State, number: int, kept: int) -> None:
        """sp, and the registers that somebody else finds at a return as they were."""
        values, add = state.values, self.walk.events.append
        stack = values[SP]
        off = stack_offset(stack)
        if off:
            add(Event(seen.STACK_OFF, number, at=off))
        elif off is None and (is_of_stack(stack) or lost_of(stack) >> SP & 1):
            add(Event(seen.STACK_LOST, number))
        for register in bits(kept):
            if (
                values[register] is not ENTRY[register]
                and lost_of(values[register]) >> register & 1
            ):
                add(Event(seen.NOT_RESTORED, number, register))


def follow(flow: Flow, others: Others | None = None) -> Followed:
    """Follow every path of a function once."""
    return Followed(flow, others).run()

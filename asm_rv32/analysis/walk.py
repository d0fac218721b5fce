"""One instruction after the other, over what registers and memory are known to hold.

Input: a `State` and the steps of an instruction. Output: the state behind it, where it jumps, and
the events that its accesses are.
Invariant: only what an instruction's steps say is done; no instruction is known by its name.
"""

from __future__ import annotations

from collections.abc import Container

from asm_rv32.analysis import events as seen
from asm_rv32.analysis.events import Event
from asm_rv32.analysis.flow import ALL
from asm_rv32.analysis.state import State, stack_bytes
from asm_rv32.analysis.values import (
    ANYTHING,
    ENTRY,
    MADE,
    SOMETHING,
    UNKNOWN_RESIDUE,
    Residue,
    Sum,
    Symbol,
    Vague,
    Value,
    added,
    code_offset,
    combined,
    constant,
    free_of,
    in_code,
    is_of_stack,
    is_unknown,
    join,
    multiplied,
    origin_of,
    residue_after,
    residue_of,
    stack_offset,
    word_of,
)
from asm_rv32.isa.operands import A0, SP
from asm_rv32.isa.reading import Reading
from asm_rv32.isa.words import OPERATIONS, WORD

_POINTERS = frozenset(range(1, MADE)) - {int(SP)}
TERMS = 4
"""A sum of more symbols is one of its own: of long ones nothing is asked, and code that adds up as
many words as it has instructions would take as much time for each as for all before it."""
VALUES_OF_ONE = 16
"""So many symbols can one instruction make."""

_OF_UNKNOWNS = frozenset(("+", "-", "eq", "ne"))
"""Operations of which something may be known where neither operand is."""


class Walk(Reading):
    """A reading whose values are `values.Value`s; it works on `state`."""

    unknown = ANYTHING

    def __init__(self, taken: set[int], filled_in: Container[int]) -> None:
        self.state: State
        self.values: list[Value]
        self.filled_in = filled_in
        """Offsets of the instructions that a linker, or whoever places the code, completes."""
        self.is_filled_in: bool
        self.address: int
        self.node: int
        self.symbols: int
        self.target: Value | None
        """Where the instruction goes, if it does."""
        self.condition: Value | None
        self.taken = taken
        """Offsets of code and data whose address was computed."""
        self.from_caller: set[Value] = set()
        """What was loaded through a pointer of the caller's: where it jumps to is a function."""
        self.below: list[Sum] = []
        """Addresses below sp: what an instruction stores before it moves sp is not."""
        self.events: list[Event] = []
        """What was seen of accesses, on the state as it is now."""
        self.in_main: bool
        """Whether they are followed as a part of the function itself, and of no routine."""

    def begin(self, state: State) -> None:
        """Work on this state, which is changed."""
        self.state, self.values = state, state.values

    def at(self, node: int, address: int) -> None:
        """The next steps are those of this instruction."""
        self.node, self.address = node, address
        self.is_filled_in = address in self.filled_in
        self.symbols = MADE + node * VALUES_OF_ONE
        self.target = self.condition = None

    # ---- values

    def constant(self, word: int) -> Value:
        return self._linked() if self.is_filled_in else constant(word)

    def place(self, distance: int) -> Value:
        return self._linked() if self.is_filled_in else in_code(self.address + distance)

    def _linked(self) -> Value:
        """A word that is not known yet, and nothing of the caller's."""
        return self._symbol(ALL, UNKNOWN_RESIDUE, False, False)

    def read(self, number: int) -> Value:
        return self.values[number]

    def write(self, number: int, value: Value) -> None:
        self.values[number] = value

    def operation(self, name: str, operands: tuple[Value, ...]) -> Value:
        if len(operands) == 2:
            one, other = operands
            if type(one) is Sum and type(other) is Sum:
                if not other.terms or name in _OF_UNKNOWNS:
                    found = self._of_sums(name, one, other)
                    if found is not None:
                        return found
            elif name == "+" and isinstance(one, Vague) and one.origin >= 0:
                # It walks along data of the function.
                residue = residue_after(name, operands)
                return Vague(one.lost & free_of(other), residue, 0, one.origin)
        else:
            known = [word for each in operands if (word := word_of(each)) is not None]
            if len(known) == len(operands):
                return constant(OPERATIONS[name](*known))
            if name == "if":
                chosen = word_of(operands[0])
                return join(*operands[1:]) if chosen is None else operands[1 if chosen else 2]
        return self._made(operands, residue_after(name, operands))

    def _of_sums(self, name: str, one: Sum, other: Sum) -> Value | None:
        if name == "+" or name == "-":
            times = 1 if name == "+" else -1
            found = combined(one, other, times) if other.terms else added(one, times * other.number)
            at = code_offset(found)
            if at is not None:
                self.taken.add(at)
            return found if len(found.terms) <= TERMS else None
        if not other.terms:
            if not one.terms:
                return constant(OPERATIONS[name](one.number & WORD, other.number & WORD))
            if name == "shl":
                return multiplied(one, 1 << (other.number & 31))
            if name == "*":
                return multiplied(one, other.number)
            if name == "&" and other.number < 0:
                # Low bits that are known can be taken away exactly.
                low, residue = ~other.number, residue_of(one)
                if low in (1, 3) and not residue.register and residue.modulus > low:
                    return added(one, -(residue.low & low))
        # An address of the stack that was loaded may be another one by now: others may store there.
        if name in ("eq", "ne") and one.terms == other.terms and not is_of_stack(one):
            return constant((one.number == other.number) == (name == "eq"))
        return None

    def _made(self, operands: tuple[Value, ...], residue: Residue) -> Value:
        """A word of which only this is known, and what its operands are free of."""
        free, of_stack = ALL, False
        for operand in operands:
            if isinstance(operand, Sum):
                for (_, other_free, _, other_of_stack, _), _ in operand.terms:
                    free &= other_free
                    if other_of_stack:
                        of_stack = True
            else:
                free &= operand.lost
        self.symbols += 1  # as `_symbol`, which would take as long as all that
        return Sum(((Symbol(self.symbols, free, residue, of_stack, False), 1),), 0)

    def _symbol(self, free: int, residue: Residue, of_stack: bool, loaded: bool) -> Sum:
        self.symbols += 1
        return Sum(((Symbol(self.symbols, free, residue, of_stack, loaded), 1),), 0)

    # ---- memory and the world

    def load(self, size: int, address: Value) -> Value:
        self._seen(size, address, False)
        state = self.state
        at = code_offset(address)
        if at is not None:
            self.taken.add(at)
        if isinstance(address, Sum) and is_of_stack(address):
            at = stack_offset(address)
            if state.slots is None or (at is not None and at >= 0):
                return ANYTHING
            found = state.slots.get((address.terms, address.number))
            if found is not None and size == 4:
                return found
        elif is_unknown(address):
            return ANYTHING
        found = self._symbol(ALL & ~state.leaked, UNKNOWN_RESIDUE, False, True)
        terms = address.terms if isinstance(address, Sum) else ()
        if len(terms) == 1 and terms[0][1] == 1 and terms[0][0].place in _POINTERS:
            self.from_caller.add(found)
        return found

    def store(self, size: int, address: Value, value: Value) -> None:
        self._seen(size, address, True)
        at = code_offset(address)
        if at is not None:
            self.taken.add(at)
        self.state.keep(size, address, value)

    def system(self, name: str, operands: tuple[Value, ...]) -> Value:
        if name == "load_reserved":
            return self.load(4, operands[0])
        if name == "store_conditional":
            self.store(4, *operands)
        else:
            self.state.leaked |= ALL & ~free_of(operands[-1])
        return self._symbol(ALL & ~self.state.leaked, UNKNOWN_RESIDUE, False, False)

    def goto(self, target: Value, condition: Value | None) -> None:
        self.target, self.condition = target, condition

    def act(self, name: str, operands: tuple[Value, ...]) -> None:
        if name == "ecall":
            self.values[A0] = SOMETHING

    # ---- what the checks want to know of an access

    def _seen(self, size: int, address: Value, stores: bool) -> None:
        add, node = self.events.append, self.node
        word, offset, at = word_of(address), code_offset(address), stack_offset(address)
        if word is not None:
            if word % size:
                add(Event(seen.MISALIGNED, node, size=size, at=word))
        elif offset is not None:
            if offset % size:
                add(Event(seen.MISALIGNED_CODE, node, size=size, at=offset))
            if stores:
                add(Event(seen.CODE_STORE, node, at=offset))
        elif at is not None:
            if not stores and (bytes_ := stack_bytes(at, size)) and not self.state.stored & bytes_:
                add(Event(seen.UNWRITTEN_LOAD, node, at=at, size=size))
            if at % size:
                add(Event(seen.MISALIGNED_STACK, node, size=size, at=at))
            if at + size > 0 and self.in_main:
                add(Event(seen.ABOVE_FRAME, node, at=at))
        else:
            self._by_residue(size, address)
        if isinstance(address, Sum) and self._distance(address) < 0:
            self.below.append(address)

    def _distance(self, address: Sum) -> int:
        """How far an address is above sp; 0 where that is not known."""
        top = self.values[SP]
        if isinstance(top, Sum) and address.terms == top.terms and is_of_stack(top):
            return address.number - top.number
        return 0

    def settle(self) -> None:
        """The instruction is done, and sp where it leaves it."""
        for address in self.below:
            if (distance := self._distance(address)) < 0:
                self.events.append(Event(seen.BELOW_STACK, self.node, at=distance))
        self.below.clear()

    def _by_residue(self, size: int, address: Value) -> None:
        found = residue_of(address)
        if found.register:
            if self.in_main and found.modulus == 4:
                offset = found.low
                if isinstance(address, Sum) and address.terms == ENTRY[found.register].terms:
                    offset = address.number
                self.events.append(Event(seen.THROUGH, self.node, found.register, size, offset))
        elif found.low % min(found.modulus, size):
            origin = origin_of(address)
            self.events.append(
                Event(seen.MISALIGNED_ANYHOW, self.node, size=size, residue=found, at=origin)
            )

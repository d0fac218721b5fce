"""What a call leaves, in terms of its caller.

Input: the state at a call, which is changed, and what holds at the returns of the routine called.
Invariant: what a routine's returns bring stands in terms of its own entry; it is put together with
what its caller knew, so that a routine may move sp, or keep a register in another.
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.analysis.flow import ALL, CLOBBERED, RESULTS, Flow, appended, bits, registers
from asm_rv32.analysis.state import ANYWHERE, State
from asm_rv32.analysis.values import (
    ANYTHING,
    CALLED,
    CODE,
    ENTRY,
    MADE,
    SOMETHING,
    Sum,
    Vague,
    Value,
    combined,
    free_of,
    is_of_stack,
    is_unknown,
    lost_of,
    multiplied,
    residue_of,
    stack_offset,
)
from asm_rv32.isa.operands import A0, RA, SP

NEVER_RETURN = frozenset(
    """
    abort exit _Exit quick_exit longjmp thrd_exit _exit _longjmp siglongjmp pthread_exit
    __assert __assert_fail __assert_func __assert_no_args __chk_fail __stack_chk_fail""".split()
)
"""Symbols of functions that do not come back: C 7.13.2.1, 7.22.4, 7.26.5.5; POSIX; what assert()
and the checks of buffers call in newlib, picolibc and glibc."""


def forget(state: State) -> None:
    """Nothing is known behind a call."""
    state.values[1:] = [ANYTHING] * (len(state.values) - 1)
    state.slots, state.unwritten, state.stored, state.own = None, 0, ANYWHERE, 0
    state.fresh, state.leaked = 0, ALL


def by_convention(state: State, link: int) -> None:
    """Let a state pass a call of which nothing is known but how functions are called."""
    values = state.values
    if any(is_of_stack(value) for value in values[3:]) or is_of_stack(values[1]):
        state.stored = ANYWHERE  # it may store there
    if state.stored == ANYWHERE:
        state.loosen()
    clobbered = CLOBBERED & (1 << len(values)) - 1
    for register in bits(clobbered):
        values[register] = CALLED
    values[A0] = values[A0 + 1] = SOMETHING
    state.unwritten = (state.unwritten | clobbered) & ~(RESULTS | registers(link, RA))
    state.own &= ~CLOBBERED
    state.fresh = state.fresh & ~CLOBBERED | RESULTS


def comes_back(flow: Flow, number: int, at: int | None, symbol: str, state: State) -> bool:
    """Whether a call comes back as far as the name of what is called tells: not where C says so,
    nor where the function stops right behind a call of another object, its frame still there.

    `at`: the offset that is called, where it is known; `symbol`: what another object has.
    """
    part = None if at is None or symbol else flow.image.part_at(at)
    if (part.name if part is not None and part.address == at else symbol) in NEVER_RETURN:
        return False
    if not symbol or number + 1 >= len(flow.nodes):
        return True
    is_last = appended(flow.image, flow.nodes[number + 1])
    return not (is_last and stack_offset(state.values[SP]))


def go_behind(state: State, returned: State, address: int, uses: Mapping[int, int]) -> None:
    """Let a state pass a call of a routine whose returns bring `returned`.

    `address`: of its first instruction; `uses`: the registers that it reads before it writes them.
    """
    before = state.values[:]
    for register in range(1, len(before)):
        value = returned.values[register]
        if value is ENTRY[register] or value == ENTRY[register]:
            continue
        state.values[register] = _in_caller(value, before)
    written = [
        register for register in range(len(before))
        if lost_of(returned.values[register]) >> register & 1
    ]  # fmt: skip
    lost = 0
    for register in written:
        if _is_lost(register, state, returned, uses):
            lost |= 1 << register
            residue = residue_of(state.values[register])
            state.values[register] = Vague(ALL, residue, address + 1, -1)
    overwritten = registers(*written)
    by_call = registers(*[
        register for register in written
        if type(value := returned.values[register]) is Vague and value.overwritten
    ])  # fmt: skip
    state.unwritten = state.unwritten & returned.unwritten | lost | by_call
    state.own &= ~overwritten
    state.fresh = state.fresh & ~overwritten | returned.fresh & overwritten
    state.stored = ANYWHERE
    state.loosen()
    _leave_stored(state, returned, before)
    for register in bits(returned.leaked & (1 << len(before)) - 1):
        state.leaked |= ALL & ~free_of(before[register])


def _is_lost(register: int, state: State, returned: State, uses: Mapping[int, int]) -> bool:
    """Whether a value of the caller's is lost, and not replaced by one that the routine gives.

    A routine may give results in any register: it writes them last. What it reads itself after
    writing it is for its own use; and a caller does not write what is not read before it is
    overwritten.
    """
    if not state.own >> register & 1 or register in uses or register in (A0, SP):
        return False
    if not returned.fresh >> register & 1:
        return True
    always = type(returned.values[register]) is Sum
    return always and register != A0 + 1 and bool(state.fresh >> register & 1)


def _leave_stored(state: State, returned: State, before: list[Value]) -> None:
    """What a routine stored on all its paths in its caller's frame, and in one that it leaves."""
    top = stack_offset(returned.values[SP])
    if top is None or returned.slots is None:
        if top != 0:
            state.slots = None
        return
    for (terms, number), value in returned.slots.items():
        if terms != ENTRY[SP].terms or number < top:
            continue
        if number < 0 or isinstance(value, Sum):
            state.keep(4, _in_caller(Sum(terms, number), before), _in_caller(value, before))


def _in_caller(value: Value, before: list[Value]) -> Value:
    """A value in terms of a routine's entry, in those of its caller's entry."""
    if is_unknown(value):
        return ANYTHING  # the caller's memory, too, may be where it is from
    if isinstance(value, Sum):
        found: Value = Sum((), value.number)
        for symbol, times in value.terms:
            inner: Value = ANYTHING
            if symbol.place == CODE:
                inner = Sum(((symbol, 1),), 0)
            elif symbol.place < MADE:
                inner = before[symbol.place]
            if type(inner) is not Sum or type(found) is not Sum:
                break
            found = combined(found, multiplied(inner, times), 1)
        else:
            return found
    free = ALL
    for register in bits((1 << len(before)) - 2 & ~free_of(value)):
        free &= free_of(before[register])
    residue = residue_of(value)
    if residue.register:
        residue = ANYTHING.residue
    overwritten = value.overwritten if isinstance(value, Vague) else 0
    return Vague(free, residue, overwritten, -1)

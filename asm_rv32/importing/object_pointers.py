"""Which arguments the functions of a linked program use as addresses.

Input: the instructions of a section, and where control goes from each. Output: the functions, by
the number of their first instruction, with the registers through which they, or what they pass them
on to, read, write or go on.
Invariant: a register is followed over every path; where paths differ, nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from asm_rv32.analysis.flow import ARGUMENTS, CLOBBERED, Meaning
from asm_rv32.analysis.solve import Solver
from asm_rv32.isa.meaning import Constant, Operation, Read, Write
from asm_rv32.isa.operands import RA

Argument = tuple[int, int]
"""A function, by the number of its first instruction, and the register of an argument."""
State = Mapping[int, Argument]
"""Register → the argument that it holds, or that something was added to."""
_VISITS = 20
"""So often an instruction is visited, on the average, at most."""
_LOST: Argument = (-1, -1)
"""What a call may have overwritten: whoever reads it has come there on another way."""
_REGISTERS = tuple(register for register in range(32) if ARGUMENTS >> register & 1)


def pointers(
    does: Sequence[Meaning | None],
    starts: set[int],
    target: Callable[[int], int | None],
    runs_into: Callable[[int], bool],
) -> set[Argument]:
    """The arguments that are addresses.

    `target`: of an instruction, by number, the one that it goes to by its distance; `runs_into`:
    whether control comes to one from the one ahead.
    """
    found: set[Argument] = set()
    passed: dict[Argument, set[Argument]] = {}
    solver: Solver[State] = Solver(_join, _VISITS * len(does) + 100)
    for number in starts:
        solver.reach(number, {register: (number, register) for register in _REGISTERS})

    def visit(number: int, known: State) -> None:
        each = does[number]
        if each is None or not known:
            return
        to, calls = target(number), each.effects.links == RA
        found.update(known[register] for register in _bases(each) if register in known)
        if to in starts:
            for register in _REGISTERS:
                if register in known:
                    passed.setdefault((to, register), set()).add(known[register])
        lost = each.effects.writes | (CLOBBERED if calls else 0)
        after = {register: of for register, of in known.items() if not lost >> register & 1}
        if calls:
            after.update(dict.fromkeys(_REGISTERS[2:], _LOST))
        after.update(_carried(each, known))
        if number + 1 < len(does) and number + 1 not in starts and runs_into(number + 1):
            solver.reach(number + 1, after)
        if to is not None and to not in starts and not calls:
            solver.reach(to, after)

    solver.run(visit)
    waiting = list(found)
    while waiting:
        new = passed.pop(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _bases(each: Meaning) -> Iterator[int]:
    """The registers through which an instruction reads, writes or goes on."""
    for access in each.effects.accesses:
        if access.base is not None:
            yield access.base[0]
    if each.effects.computes_target:
        yield each.through


def _carried(each: Meaning, known: State) -> Iterator[tuple[int, Argument]]:
    """The register that gets an argument, or a sum with one, and that argument."""
    step = each.steps[0] if len(each.steps) == 1 else None
    if not isinstance(step, Write):
        return
    value = step.value
    parts = value.operands if isinstance(value, Operation) and value.name == "+" else (value,)
    held = [known[part.number] for part in parts if isinstance(part, Read) and part.number in known]
    if len(held) == 1 and all(isinstance(part, (Read, Constant)) for part in parts):
        yield step.number, held[0]


def _join(known: State, new: State) -> State:
    """What holds on both ways."""
    found = {
        register: new[register] if of == _LOST else of
        for register, of in known.items() if new.get(register) in (of, _LOST) or
        (of == _LOST and register in new)
    }  # fmt: skip
    return known if found == known else found

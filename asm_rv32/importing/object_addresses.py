"""Addresses in the code of a linked program, which no relocation tells of.

Input: the instructions of a section. Output: `Found`s: which of them make an address, of what.
Invariants: what is made from the place of an instruction is an address. What is made of numbers is
one where something in the program is read, written or gone to through it, also by a function that
it is passed to. Otherwise it is a guess,
where all that is made of the same upper part has a symbol, in code that of a function's start. A
register is followed over every path; where paths differ, nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from asm_rv32.analysis.flow import CLOBBERED, Meaning, meaning
from asm_rv32.analysis.solve import Solver
from asm_rv32.basis.records import NamedTuple
from asm_rv32.formats.elf_reader import STT_FUNC
from asm_rv32.formats.program_symbols import ProgramSymbols
from asm_rv32.importing.instructions import constant_of
from asm_rv32.importing.object_pointers import pointers
from asm_rv32.isa.decode import Decoded
from asm_rv32.isa.effects import BRANCH, CALL, NEXT
from asm_rv32.isa.meaning import Constant, Operation, Place, Read, Write
from asm_rv32.isa.operands import A0, RA
from asm_rv32.isa.references import open_operand
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.words import WORD, signed

_LOW = 0xFFF
_LOST = tuple(register for register in range(32) if CLOBBERED >> register & 1)
VISITS = 20
"""So often an instruction is visited, on the average, at most."""


class Upper(NamedTuple):
    """What a register holds of an address."""

    value: int
    """As far as it is made."""
    origins: frozenset[int]
    """The instructions, by number, that have made it."""
    from_place: bool
    """Whether it is counted from the place of the one that made it."""
    use: int = -1
    """The instruction that has completed it, where one has."""
    is_indexed: bool = False
    """Whether something that is not known was added then."""


LOST = Upper(0, frozenset(), False, -2)
"""What a call may have overwritten: whoever reads it has come there on another way."""


class Use(NamedTuple):
    """An instruction that completes an address."""

    number: int
    upper: Upper
    address: int


State = Mapping[int, Upper]
"""Register → what it holds."""


class Addresses:
    """The addresses that a section's instructions make."""

    def __init__(
        self, lines: list[Decoded], instructions: InstructionSet, program: ProgramSymbols
    ) -> None:
        self.lines = lines
        self.program = program
        self.does: list[Meaning | None] = [
            None if line.instruction is None else meaning(line.word, instructions)
            for line in lines
        ]  # fmt: skip
        self.numbers = {line.address: number for number, line in enumerate(lines)}
        self.uses: dict[int, Use] = {}
        self.meant: dict[int, int] = {}
        """Use → the symbol of what is reached from its address, which may lie beside it."""
        self.reached: dict[int, set[int]] = {}
        """Use → what is made of its address by a number, or reached so."""
        self.accessed: dict[int, set[int]] = {}
        """Use → those of them at which something is read, written or gone to."""
        self.shown: set[int] = set()
        """Uses through which, by an index that is not known or in a function, something is."""
        self.sure: set[int] = set()
        """Instructions that have made upper parts of what is certainly an address."""
        self.whole: set[int] = set()
        """Instructions whose result is used as it is."""
        self.is_done = False
        """Whether all was followed."""
        self.solver: Solver[State] = Solver(_join, VISITS * len(lines) + 100)

    def follow(self, starts: Iterable[int]) -> None:
        """Find out what registers hold; `starts`: of functions."""
        led_to = {self.target(number) for number in range(len(self.lines))}
        begin = {self.numbers.get(at, 0) for at in starts}
        for number in range(len(self.lines)):
            if number in begin or not (self.runs_into(number) or number in led_to):
                self.solver.reach(number, {})
        self.is_done = self.solver.run(self.visit)
        self.note_passed(begin)
        waiting = True
        while waiting:
            # What is made of one upper part is all of one kind.
            sure = [
                use for use in self.uses.values()
                if use.upper.origins - self.sure and self.is_certain(use)
            ]  # fmt: skip
            waiting = bool(sure)
            self.sure.update(*(use.upper.origins for use in sure))

    def note_passed(self, begin: set[int]) -> None:
        """Note what is passed to functions that use it as an address."""
        used = pointers(self.does, begin, self.leads_to, self.runs_into)
        for number, state in self.solver.states.items():
            to = self.leads_to(number) if state else None
            if to in begin:
                self.shown.update(
                    upper.use for register, upper in state.items() if (to, register) in used
                )

    def leads_to(self, number: int) -> int | None:
        """The number of the instruction that one goes to, by its distance or by an address."""
        use = self.uses.get(number)
        if use is not None and self.goes(number):
            return self.numbers.get(use.address)
        return self.target(number)

    def found(self) -> list[Use]:
        """The uses that are of an address."""
        if not self.is_done:
            return []
        plain = set(self.whole)
        for use in self.uses.values():
            if not use.upper.from_place and not self.is_address(use):
                plain |= use.upper.origins
        return [
            use for use in self.uses.values()
            if use.upper.from_place or not use.upper.origins & plain
        ]  # fmt: skip

    def is_address(self, use: Use) -> bool:
        """Whether what is made of numbers may be one."""
        index = self.symbol(use)
        if self.is_certain(use):
            return index > 0 or self.program.section_at(use.address) is not None
        if not index:
            return False
        symbol = self.program.file.symbols[index]
        return symbol.kind != STT_FUNC or symbol.value == use.address

    def is_certain(self, use: Use) -> bool:
        """Whether an address is one not only by its value."""
        return (
            use.upper.from_place
            or use.number in self.shown
            or use.number in self.accessed
            or not use.upper.origins.isdisjoint(self.sure)
        )

    def beyond(self, use: Use) -> list[int]:
        """What is reached from the address of an object, and is not in it."""
        index = self.symbol(use)
        if not index:
            return []  # without a symbol there is nothing that it could be apart from
        symbol = self.program.file.symbols[index]
        end = symbol.value + symbol.size
        accessed = self.accessed.get(use.number, set())
        return [
            address for address in self.reached.get(use.number, ())
            # What is made of the end may be compared with it.
            if not symbol.value <= address < end and (address != end or address in accessed)
        ]  # fmt: skip

    def read_or_written(self) -> set[int]:
        """The addresses at which something is."""
        return {
            address for number, addresses in self.accessed.items() for address in addresses
            if not self.goes(number)
        }  # fmt: skip

    def gone_to(self) -> Iterator[tuple[int, int]]:
        """The instructions, by number, that control leaves otherwise than to the next one, and the
        address that it goes to."""
        for number, (line, does) in enumerate(zip(self.lines, self.does)):
            if does is not None and does.distance is not None:
                yield number, line.address + does.distance
            elif number in self.uses and self.goes(number):
                yield number, self.uses[number].address

    def goes(self, number: int) -> bool:
        """Whether an instruction goes to an address."""
        does = self.does[number]
        return does is not None and does.effects.computes_target

    def symbol(self, use: Use) -> int:
        """The index of the symbol whose address is made; 0 for none."""
        return self.program.near(use.address) or self.meant.get(use.number, 0)

    def runs_into(self, number: int) -> bool:
        """Whether control comes from the instruction ahead."""
        before = self.does[number - 1] if number else None
        if before is None or before.effects.control not in (NEXT, BRANCH, CALL):
            return False
        line = self.lines[number - 1]
        return line.address + line.size == self.lines[number].address

    def target(self, number: int) -> int | None:
        """The number of the instruction that one goes to by its distance."""
        does = self.does[number]
        if does is None or does.distance is None:
            return None
        return self.numbers.get(self.lines[number].address + does.distance)

    def visit(self, number: int, state: State) -> None:
        """Let what is known pass an instruction."""
        does = self.does[number]
        if does is None:
            return
        effects = does.effects
        known = {register: upper for register, upper in state.items() if upper is not LOST}
        if known:
            self.note_use(number, does, known)
        made = self.made(number, does, known)
        known.update((register, upper) for register, upper in state.items() if upper is LOST)
        if effects.links == RA:
            known.update(dict.fromkeys(_LOST, LOST))
        for register in [register for register in known if effects.writes >> register & 1]:
            del known[register]
        if effects.links == RA:
            known.pop(A0, None)
            known.pop(A0 + 1, None)
        if made is not None:
            known[made[0]] = made[1]
        if number + 1 < len(self.lines) and self.runs_into(number + 1):
            self.solver.reach(number + 1, known)
        to = self.target(number)
        if to is not None and not effects.links:
            self.solver.reach(to, known)

    def note_use(self, number: int, does: Meaning, known: State) -> None:
        """Note what an instruction does with upper parts."""
        self.uses.pop(number, None)
        rest = does.effects.reads
        copied = self.copied(does, known)
        if copied is not None:
            rest &= ~(1 << copied)
        accesses = bool(does.effects.accesses) or does.effects.computes_target
        for register, more in _bases(does):
            upper = known.get(register)
            if upper is None or register == copied:
                continue
            address = upper.value + more & WORD
            use = upper.use if upper.use >= 0 else number
            if upper.use < 0:
                self.uses[number] = Use(number, upper, address)
                rest &= ~(1 << register)
            elif not upper.is_indexed:
                self.meant.setdefault(use, self.program.near(address))
            if accesses and upper.is_indexed:
                self.shown.add(use)
            elif not upper.is_indexed:
                self.reached.setdefault(use, set()).add(address)
                if accesses:
                    self.accessed.setdefault(use, set()).add(address)
        for register, upper in known.items():
            if rest >> register & 1 and upper.use < 0:
                self.whole |= upper.origins

    def copied(self, does: Meaning, known: State) -> int | None:
        """The register whose upper part an instruction copies, where it does no more."""
        step = does.steps[0] if len(does.steps) == 1 else None
        value = step.value if isinstance(step, Write) else None
        upper = known.get(value.number) if isinstance(value, Read) else None
        if upper is None or upper.use >= 0 or self.program.near(upper.value):
            return None  # of what stands there, the lower part is 0
        return value.number if isinstance(value, Read) else None

    def made(self, number: int, does: Meaning, known: State) -> tuple[int, Upper] | None:
        """The register and the upper part that an instruction makes of what is known."""
        step = does.steps[0] if len(does.steps) == 1 else None
        if not isinstance(step, Write):
            return None
        use = self.uses.get(number)
        if use is not None and not does.effects.accesses:
            return step.number, use.upper._replace(value=use.address, use=number)
        if isinstance(step.value, Place):
            value = self.lines[number].address + step.value.distance & WORD
            return step.number, Upper(value, frozenset((number,)), True)
        copied = self.copied(does, known)
        carried = known[copied] if copied is not None else _carried(step.value, known)
        if carried is not None:
            return step.number, carried
        found = constant_of(does.instruction)
        if found is None or found[1] & _LOW or not found[1]:
            return None
        return found[0], Upper(found[1], frozenset((number,)), False)

    def beside(self, register: int, value: int) -> Iterator[tuple[int, int]]:
        """The instructions that count from a register that always holds one value: the number of
        each, and the address."""
        for number, does in enumerate(self.does):
            for base, more in _bases(does) if does is not None else ():
                if base == register:
                    yield number, value + more & WORD


def _carried(value: object, known: State) -> Upper | None:
    """A whole address that a value is, or that is indexed in it."""
    read = value.operands if isinstance(value, Operation) and value.name == "+" else (value,)
    found = [
        upper for part in read if isinstance(part, Read)
        and (upper := known.get(part.number)) is not None and upper.use >= 0
    ]  # fmt: skip
    if len(found) != 1 or not all(isinstance(part, Read) for part in read):
        return None
    return found[0] if len(read) == 1 else found[0]._replace(is_indexed=True)


def _join(known: State, new: State) -> State:
    """What holds on both ways."""
    found: dict[int, Upper] = {}
    for register, upper in known.items():
        other = new.get(register)
        if other is not None and LOST in (upper, other):
            found[register] = upper if other is LOST else other
            continue
        if other is None or other._replace(origins=upper.origins) != upper:
            continue
        if other.origins <= upper.origins:
            found[register] = upper
        elif not upper.from_place:
            found[register] = upper._replace(origins=upper.origins | other.origins)
    return known if found == known else found


def _bases(does: Meaning) -> list[tuple[int, int]]:
    """The registers that an instruction adds a number to, for an address or a sum; signed."""
    found = [access.base for access in does.effects.accesses]
    step = does.steps[0] if len(does.steps) == 1 else None
    if isinstance(step, Write) and isinstance(step.value, Operation) and step.value.name == "+":
        one, other = step.value.operands
        if isinstance(one, Read) and isinstance(other, Constant):
            found.append((one.number, signed(other.value)))
    elif (
        isinstance(step, Write)
        and isinstance(step.value, Read)
        and open_operand(does.instruction) >= 0
    ):
        # Nothing is added; a linker may have put a 0 there.
        found.append((step.value.number, 0))
    if does.through and does.effects.computes_target:
        found.append((does.through, does.beside))
    return [base for base in found if base is not None and base[0]]

"""Whether code keeps what `within(...)` demands: on every path that it has, and in runs.

Input: an Image with contracts, and a core. Output: `Broken` for what certainly does not hold.
Invariant: a path is one that the code has, whatever its data, where each instruction is passed at
most once but for loops whose number of turns is known; what is not known is left to runs.

A walk carries the state of the core's model and the registers that are known words: so the turns of
a loop that counts down from a constant are known, and what a shift or a division takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asm_rv32.basis.diagnostics import Diagnostic, Source
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.boards import load_board
from asm_rv32.isa.image import Contract, Image
from asm_rv32.isa.operands import RA
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.sets import tables_of_own
from asm_rv32.isa.words import OPERATIONS, WORD
from asm_rv32.machine.errors import Fault
from asm_rv32.machine.own_state import Stopped
from asm_rv32.timing.code import Code
from asm_rv32.timing.frontend import FrontendEngine
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, TimingError, load_core, operand_cycles, reads_operands
from asm_rv32.timing.table import TableEngine

STATES = 4_000
"""So many states of the core are told apart, at all places together."""
STEPS = 100_000
"""So many instructions are walked from the start of a contract."""
_LANDING = 0x0001
"""c.nop: what stands behind the code."""


class Path(NamedTuple):
    """One way from the start to the end."""

    cycles: int
    turns: tuple[tuple[int, bool], ...]
    """Offset of each branch whose outcome hangs on data, and whether it is taken."""


class Broken(NamedTuple):
    """A contract that the code does not keep."""

    contract: Contract
    core: Core
    wrong: Path
    other: Path | None
    """The path that differs most from it, where there is another."""


class _Unknown(Exception):
    """What is to be told cannot be."""


def applying(image: Image, core: str) -> tuple[Contract, ...]:
    """The contracts that hold on a core."""
    return tuple(each for each in image.contracts if _core_of(image, each, core) == core)


def _core_of(image: Image, contract: Contract, asked: str | None) -> str | None:
    """The core that a contract is for: its own, else the decorator's, the board's, or `asked`."""
    named = contract.core or str(image.options.get("core", ""))
    if not named and image.board:
        named = load_board(image.board).priced_on
    return named or asked


def broken(image: Image, core: str | None = None) -> Iterator[Broken]:
    """What certainly does not hold, on the core that it is for, else `core`."""
    for contract in image.contracts:
        name = _core_of(image, contract, core)
        if not contract.measured and name is not None:
            found = _broken(image, load_core(name, tables_of_own(image.isa)), contract)
            if found is not None:
                yield found


def _broken(image: Image, core: Core, contract: Contract) -> Broken | None:
    try:
        paths = _Walk(image, core).paths(contract.start, contract.end)
    except (_Unknown, TimingError):
        return None
    high = contract.high
    outside = [
        path for path in paths
        if path.cycles < contract.low or (high is not None and path.cycles > high)
    ]  # fmt: skip
    if not outside:
        return None
    wrong = max(outside, key=lambda path: path.cycles)
    others = [path for path in paths if path.turns != wrong.turns]
    other = max(others, key=lambda path: abs(path.cycles - wrong.cycles), default=None)
    return Broken(contract, core, wrong, other)


class _At(NamedTuple):
    """Where a walk is."""

    pc: int
    state: Any
    registers: tuple[int | None, ...]
    cycles: int
    turns: tuple[tuple[int, bool], ...]
    passed: frozenset[int]
    """Branches on data that were passed."""


class _Walk(Reading):
    """All paths of an image on a core; as a reading, it knows words and nothing else."""

    def __init__(self, image: Image, core: Core) -> None:
        self.image = image
        self.core = core
        self.code = Code(self._fetch, image.isa)
        self.engine: FrontendEngine | TableEngine = (
            FrontendEngine(core) if core.engine == "frontend" else TableEngine(core, self.code)
        )
        self.registers: list[int | None] = []
        self.op: Op
        self.target: int | None = None
        self.condition: int | None = None

    def _fetch(self, address: int) -> int:
        found = self.image.code[address : address + 2]
        return int.from_bytes(found, "little") if found else _LANDING

    # ---- the paths of a contract

    def paths(self, start: int, end: int) -> list[Path]:
        """All paths from one place to another. Raises _Unknown."""
        found: set[Path] = set()
        left = STEPS
        for state in self._states(start):
            waiting = [_At(start, state, (None,) * 32, 0, (), frozenset())]
            while waiting:
                at = waiting.pop()
                for after in self._step(at):
                    left -= 1
                    if not left:
                        raise _Unknown
                    if after.pc == end:
                        found.add(Path(after.cycles, after.turns))
                    elif self._is_inside(after.pc):
                        waiting.append(after)
        return sorted(found)

    def _is_inside(self, pc: int) -> bool:
        entry = self.image.entry_at(pc)
        return entry is not None and entry.is_code and entry.address == pc

    def _step(self, at: _At) -> list[_At]:
        """What may follow an instruction; more than one of a branch on data."""
        op = self.op = self.code.at(at.pc)
        self.registers, self.target, self.condition = list(at.registers), None, None
        operands = at.registers[op.rs1], at.registers[op.rs2]
        perform(op.written.steps, self)
        if op.is_branch and op.written.effects.condition is None:  # its operands are the same
            self.condition = int(self.target is not None)
        registers = tuple(self.registers)
        behind = op.pc + op.size
        if op.is_branch and self.condition is None:
            if op.pc in at.passed:
                raise _Unknown  # a loop that turns as data says
            ways = [(True, op.pc + op.imm), (False, behind)]
        elif op.is_branch:
            ways = [(bool(self.condition), op.pc + op.imm if self.condition else behind)]
        elif op.is_jump:
            if self.target is None:
                return []  # it leaves the function, as far as is known
            ways = [(False, self.target)]
        else:
            ways = [(False, behind)]
        found = []
        for taken, pc in ways:
            base = self._base(op, operands)
            cost, state = self.engine.step(at.state, op, base, taken, pc)
            turns, passed = at.turns, at.passed
            if len(ways) > 1:
                turns, passed = (*turns, (op.pc, taken)), passed | {op.pc}
            found.append(_At(pc, state, registers, at.cycles + cost.cycles, turns, passed))
        return found

    def _base(self, op: Op, operands: Sequence[int | None]) -> int:
        if op.is_branch:
            return self.core.cycles[self.core.class_of(op.name)]
        if not reads_operands(self.core, op):
            return operand_cycles(self.core, op, 0, 0)
        one, other = (0 if number == 0 else value
                      for number, value in zip((op.rs1, op.rs2), operands))  # fmt: skip
        try:
            # Where a rule asks for a register that is not known, this says so.
            return operand_cycles(self.core, op, one, other)  # type: ignore[arg-type]
        except TypeError:
            raise _Unknown from None

    # ---- the states in which control comes to a place

    def _states(self, place: int) -> list[Any]:
        """The states of the core there, over all calls. Raises _Unknown."""
        entry = self.image.entry
        first = self.engine.cold(entry)
        waiting = [(entry, first)]
        seen = {waiting[0]}
        returns = self._return_sites()
        while waiting:
            pc, state = waiting.pop()
            for after in self._following(pc, state, returns):
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
                    if len(seen) > STATES:
                        raise _Unknown
        return [state for pc, state in seen if pc == place]

    def _return_sites(self) -> list[int]:
        """Behind each call."""
        found = []
        for entry in self.image.entries:
            if entry.is_code:
                op = self.code.at(entry.address)
                if op.is_jump and op.rd:
                    found.append(op.pc + op.size)
        return found

    def _following(self, pc: int, state: Any, returns: list[int]) -> Iterator[tuple[int, Any]]:
        """Where control may be next, with the core's state then; after a return, a new call."""
        op = self.code.at(pc)
        kind = self.core.class_of(op.name)
        base = self.core.cycles[kind] if op.is_branch else operand_cycles(self.core, op, 0, 0)
        behind = pc + op.size
        ways = [(False, behind)]
        if op.is_branch:
            ways = [(True, pc + op.imm), (False, behind)]
        elif op.is_jump and op.is_direct:
            ways = [(False, pc + op.imm)]
        elif op.is_jump:
            if op.rd or op.rs1 != RA or op.imm:
                raise _Unknown  # it goes where a register says
            ways = [(False, site) for site in returns]
            left: Any = self.engine.step(state, op, base, False, 0)[1]
            yield self.image.entry, self.engine.warm(left, self.image.entry)
        bases = [base]
        if not op.is_branch and reads_operands(self.core, op):
            if self.core.engine == "frontend":
                raise _Unknown  # fetch goes on meanwhile
            bases.append(bases[0] + 40)  # all that a table remembers is whether it took long
        for base in bases:
            for taken, after in ways:
                if self._is_inside(after):
                    yield after, self.engine.step(state, op, base, taken, after)[1]

    # ---- the reading

    def constant(self, word: int) -> int:
        return word

    def place(self, distance: int) -> int:
        return self.op.pc + distance & WORD

    def read(self, number: int) -> int | None:
        return self.registers[number]

    def write(self, number: int, value: int | None) -> None:
        self.registers[number] = value

    def operation(self, name: str, operands: tuple[int | None, ...]) -> int | None:
        if None in operands:
            return None
        result: int = OPERATIONS[name](*operands)
        return result

    def goto(self, target: int | None, condition: int | None) -> None:
        self.target, self.condition = target, condition


# ---- in words


def findings(image: Image, core: str | None = None) -> list[tuple[Source, Diagnostic]]:
    """What an image certainly does not keep: errors on cores that are exact, else warnings."""
    return [(each.contract.source, _diagnostic(image, each)) for each in broken(image, core)]


def _diagnostic(image: Image, found: Broken) -> Diagnostic:
    core = found.core
    message = f"{found.contract.text}; {core.name} takes {_cycles(found.wrong.cycles)}"
    notes = [_told(image, found.wrong)] if found.wrong.turns else []
    if found.other is not None:
        notes.append(_told(image, found.other))
    if not core.is_exact:
        notes.append(f"note: what {core.name} takes is not checked against its RTL")
    severity = "error" if core.is_exact else "warning"
    span = found.contract.span
    return Diagnostic("timing-contract", message, span, tuple(notes), severity)


def _told(image: Image, path: Path) -> str:
    turns = ", ".join(
        f"the branch in {_place(image, pc)} is {'' if taken else 'not '}taken"
        for pc, taken in path.turns
    )
    return f"note: {_cycles(path.cycles)} where {turns or 'no branch hangs on data'}"


def _place(image: Image, pc: int) -> str:
    """The line of an instruction, that in its macro where it is of one."""
    inner = image.expanded_at(pc)
    if inner is None:
        return f"line {image.line_at(pc)}"
    return f"line {inner.source.locate(inner.span.start)[0]} of {inner.name}"


def _cycles(number: int) -> str:
    return f"{number:,} cycle{'s' * (number != 1)}"


# ---- in runs


class Watch:
    """Holds a run to its contracts, as control comes to their places."""

    def __init__(self, contracts: Sequence[Contract], base: int, core: str) -> None:
        """`base`: the address of the code."""
        self._contracts = contracts
        self._base = base
        self._core = core
        self._since: dict[int, int] = {}
        """Number of a contract → the cycle at which control came to its start."""
        self._passes = [0] * len(contracts)
        """How often each was kept or broken."""
        self.places = {base + at for each in contracts for at in (each.start, each.end)}

    def arrive(self, pc: int, cycle: int) -> None:
        """Control comes to a place. Raises Stopped where it should not have by now."""
        offset = pc - self._base
        for number, each in enumerate(self._contracts):
            if each.end == offset and number in self._since:
                took = cycle - self._since.pop(number)
                self._passes[number] += 1
                if took < each.low or (each.high is not None and took > each.high):
                    message = f"{each.text}; {self._core} took {_cycles(took)}"
                    message += f" in pass {self._passes[number]} of it"
                    raise Stopped(Fault("timing-contract", message, offset))
            if each.start == offset:
                self._since[number] = cycle


def watch(image: Image, base: int, core: str) -> Watch | None:
    """What holds a run on a core to the contracts of an image, where it has any."""
    found = applying(image, core)
    return Watch(found, base, core) if found else None

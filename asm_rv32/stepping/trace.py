"""The record of a call: what each executed instruction changed, and the state between any two.

Input: what `timing.recorded` kept. Output: `Trace`, which gives a `Step` an instruction, and
`State`s that go forward and back.
Invariant: a position counts the instructions executed before it; step n leads from position n to
position n + 1.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from asm_rv32.devices import Access
from asm_rv32.formats.listing import label_names
from asm_rv32.isa.decode import decode
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ALL_NAMES, EVERY_REGISTER
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.text import text
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.memory import Region
from asm_rv32.timing.cost import Cost
from asm_rv32.timing.recorded import Recorded

DEFAULT_LIMIT = 2_000_000
"""So many instructions of a call are kept, its last ones."""


class Change(NamedTuple):
    """A register that an instruction wrote."""

    register: int
    """Its place in `Trace.names`."""
    old: int
    new: int
    """Unsigned words; the same where what was written was there before."""
    name: str
    """Its ABI name; that of a control and status register."""


class Stored(NamedTuple):
    """Bytes of memory that an instruction wrote."""

    address: int
    old: bytes
    new: bytes


class Step(NamedTuple):
    """One executed instruction."""

    number: int
    """How many were executed before it."""
    address: int
    """Where it stands, as the code sees it."""
    offset: int
    """From the start of the code."""
    line: int | None
    """Of the source, counted from 1."""
    size: int
    """Bytes: 2 or 4."""
    word: int
    """Its machine code."""
    text: str
    """Its disassembly."""
    registers: tuple[Change, ...]
    memory: tuple[Stored, ...]
    accesses: tuple[Access, ...]
    """Of devices."""
    cycles: int | None
    """What it took, on the trace's core; None without one."""
    until: int | None
    """Cycles from the start of the call to its end."""
    reason: str
    """Why it took more than its class does; empty if it did not, and without a core."""


class Trace:
    """The record of one call, the first on a cold core.

    `len()` and indices count what is kept: `trace[-1]` is the last instruction executed. `first`
    is the number of the first one kept, which is 0 unless the call is longer than the limit.
    """

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._log = recorded.log
        self._instructions: dict[tuple[int, int], str] = {}
        self._labels = label_names(recorded.image)
        self._stores: dict[int, list[int]] | None = None
        self._code: State | None = None
        log, known = recorded.log, instruction_set(recorded.image.isa).csr_names(standard=False)
        csrs = tuple(known.get(number, f"{number:#05x}") for number in log.csrs)
        self.names = ALL_NAMES[: len(log.registers) - len(csrs)] + csrs
        """Of the registers, in the order in which states hold them: x0 to x31 by their ABI names,
        behind them those of F, fflags and frm, where the code has F, then the control and status
        registers that the call named, but for counters, which go on by themselves."""

    @property
    def csrs(self) -> Mapping[int, int]:
        """Number of a control and status register → its place in `names`."""
        first = len(self.names) - len(self._log.csrs)
        return {number: first + at for at, number in enumerate(self._log.csrs)}

    @property
    def image(self) -> Image:
        """What was called."""
        return self._recorded.image

    @property
    def base(self) -> int:
        """The address of the code's first byte."""
        return self._recorded.base

    @property
    def regions(self) -> tuple[Region, ...]:
        """The memory of the call: the code, the stack, then that of each argument."""
        return self._recorded.regions

    @property
    def core(self) -> str | None:
        """The core whose cycles are counted."""
        return None if self._recorded.core is None else self._recorded.core.name

    @property
    def result(self) -> object:
        """What the call returned; None where it did not."""
        return self._recorded.result

    @property
    def error(self) -> ExecutionError | None:
        """What stopped the call; None where it returned."""
        return self._recorded.error

    @property
    def first(self) -> int:
        """The number of the first instruction that is kept."""
        return self._log.first

    @property
    def end(self) -> int:
        """The position behind the last instruction: how many were executed."""
        return self._log.first + len(self._log.addresses)

    @property
    def ended(self) -> int:
        """The address of what was not executed any more: where it returned to, or was stopped."""
        return self._recorded.ended

    @property
    def cycles(self) -> int | None:
        """Of the whole call; None without a core."""
        return self.cycles_before(self.end)

    @property
    def accesses(self) -> tuple[Access, ...]:
        """All accesses of devices, in order."""
        return () if self._recorded.bus is None else tuple(self._recorded.bus.accesses)

    def __len__(self) -> int:
        return len(self._log.addresses)

    def __getitem__(self, index: int) -> Step:
        found = range(self.first, self.end)[index]
        return self.step(found)

    def __iter__(self) -> Iterator[Step]:
        return (self.step(number) for number in range(self.first, self.end))

    def __repr__(self) -> str:
        cycles = "" if self.cycles is None else f", {self.cycles:,} cycles on {self.core}"
        stopped = "" if self.error is None else f", stopped: {self.error.code}"
        return f"<trace of {self.image.name}: {self.end:,} instructions{cycles}{stopped}>"

    def _repr_html_(self) -> str:
        """The steps, as notebooks show them; of a long trace the last."""
        from asm_rv32.formats.markup import ROWS_SHOWN, Column, table

        columns = (
            Column("step", True), Column("address", True), Column("line", True),
            Column("instruction", is_code=True), Column("writes", is_code=True),
            Column("cycles", True), Column("why it waits"),
        )  # fmt: skip
        rows = (
            (
                step.number, f"{step.address:x}", str(step.line or ""), step.text,
                "; ".join(
                    [f"{each.name} = {each.new:#x}" for each in step.registers]
                    + [f"[{each.address:#x}] = {each.new.hex(' ')}" for each in step.memory]
                ),
                step.cycles, step.reason,
            )
            for step in map(self.step, range(max(self.first, self.end - ROWS_SHOWN), self.end))
        )  # fmt: skip
        return table(repr(self)[1:-1], columns, rows)

    # ---- one instruction

    def address_at(self, position: int) -> int:
        """Where control is at a position: the address of the instruction that comes next."""
        if position == self.end:
            return self.ended
        return self._log.addresses[self._index(position)]

    def line_at(self, position: int) -> int | None:
        """The source line of the instruction that comes next; None outside of the code."""
        return self.image.line_at(self.address_at(position) - self.base)

    def _index(self, number: int) -> int:
        if not self.first <= number < self.end:
            raise IndexError(f"step {number} is not kept: {self.first} to {self.end - 1} are")
        return number - self.first

    def step(self, number: int) -> Step:
        """The instruction with so many executed before it. Raises IndexError."""
        address = self._log.addresses[self._index(number)]
        word = self._word(number, address)
        cost = self.cost(number)
        return Step(
            number,
            address,
            address - self.base,
            self.image.line_at(address - self.base),
            4 if word & 3 == 3 else 2,
            word,
            self.text_of(address, word),
            self.registers_of(number),
            self.stores_of(number),
            self.accesses_of(number),
            None if cost is None else cost.cycles,
            None if cost is None else self.cycles_before(number + 1),
            "" if cost is None else cost.reason,
        )

    def _word(self, number: int, address: int) -> int:
        """The machine code of a step, in code that may replace itself."""
        if not self.regions[0].writable:
            at = address - self.base
            found = int.from_bytes(self.image.code[at : at + 4], "little")
        else:
            if self._code is None:
                self._code = self.state(number)
            self._code.go(number)
            size = min(4, self.regions[0].end - address)
            found = int.from_bytes(self._code.read(address, size), "little")
        return found if found & 3 == 3 else found & 0xFFFF

    def text_of(self, address: int, word: int) -> str:
        """The disassembly of a word at an address."""
        key = address, word
        if key not in self._instructions:
            found = decode(word, instruction_set(self.image.isa))
            shown = "" if found is None else text(found, address - self.base, self._labels)
            self._instructions[key] = shown
        return self._instructions[key]

    def registers_of(self, number: int) -> tuple[Change, ...]:
        """The registers that a step wrote."""
        log, at = self._log, bisect_left(self._log.register_at, number)
        found = []
        while at < len(log.register) and log.register_at[at] == number:
            place = log.register[at]
            found.append(
                Change(place, log.register_old[at], log.register_new[at], self.names[place])
            )
            at += 1
        return tuple(found)

    def stores_of(self, number: int) -> tuple[Stored, ...]:
        """The bytes of memory that a step wrote, in order."""
        log, at = self._log, bisect_left(self._log.store_at, number)
        found = []
        while at < len(log.store_at) and log.store_at[at] == number:
            size = log.store_size[at]
            old, new = (
                column[at].to_bytes(size, "little") for column in (log.store_old, log.store_new)
            )
            found.append(Stored(log.store_address[at], old, new))
            at += 1
        return tuple(found)

    def accesses_of(self, number: int) -> tuple[Access, ...]:
        """The accesses of devices that a step made."""
        if self._recorded.bus is None:
            return ()
        at = self._log.access_at
        first, end = bisect_left(at, number), bisect_right(at, number)
        return tuple(self._recorded.bus.accesses[first:end])

    def cost(self, number: int) -> Cost | None:
        """What a step took, and why; None without a core."""
        costs = self._recorded.costs
        return None if costs is None else costs.costs[costs.number[self._index(number)]]

    def cycles_before(self, position: int) -> int | None:
        """Cycles from the start of the call to a position; None without a core."""
        costs = self._recorded.costs
        if costs is None:
            return None
        return costs.before if position == self.first else costs.until[self._index(position - 1)]

    # ---- states

    def state(self, position: int | None = None) -> State:
        """The state at a position, by default the first that is kept. Raises IndexError."""
        found = State(self)
        if position is not None:
            found.go(position)
        return found

    # ---- what came before, and what comes next; positions, or None where there is none

    def last_write(self, what: str | int, before: int | None = None) -> int | None:
        """The last step below `before` that wrote a register, by its name, or the byte at an
        address; by default of all steps. Raises KeyError for an unknown register."""
        end = self.end if before is None else before
        log = self._log
        if isinstance(what, str):
            number = self.place_of(what)
            at = log.register.rfind(number, 0, bisect_left(log.register_at, end))
            return None if at < 0 else log.register_at[at]
        found = self._stores_to(what)
        at = bisect_left(found, end) - 1
        return None if at < 0 else found[at]

    def place_of(self, register: str) -> int:
        """The place of a register in `names`, by any of its names. Raises KeyError."""
        if register in EVERY_REGISTER:
            return int(EVERY_REGISTER[register])
        try:
            return self.names.index(register)
        except ValueError:
            raise KeyError(register) from None

    def _stores_to(self, address: int) -> list[int]:
        """The steps that stored to a byte, in order."""
        if self._stores is None:
            self._stores = {}
            log = self._log
            for step, first, size in zip(log.store_at, log.store_address, log.store_size):
                for byte in range(first, first + size):
                    self._stores.setdefault(byte, []).append(step)
        return self._stores.get(address, [])

    def places(self, place: int | str) -> tuple[int, ...]:
        """The addresses that a source line or a label stands for.

        Of a line, those of its instructions that control comes to from elsewhere: where a
        statement became several, its first. Raises KeyError for an unknown label, ValueError for a
        line that became no instruction.
        """
        image = self.image
        if isinstance(place, str):
            return (self.base + image.symbols[place],)
        found: list[int] = []
        last: int | None = None
        for entry in image.entries:
            line = image.line_at(entry.address) if entry.is_code else None
            if line == place and last != place:
                found.append(self.base + entry.address)
            last = line
        if not found:
            raise ValueError(f"line {place} became no instruction")
        return tuple(found)

    def next_at(self, place: int | str, after: int | None = None) -> int | None:
        """The next position behind `after` where control is at a line or a label; by default the
        first of all. Raises as `places` does."""
        return self.nearest(self.places(place), self.first - 1 if after is None else after, 1)

    def previous_at(self, place: int | str, before: int | None = None) -> int | None:
        """The last position ahead of `before` where control is at a line or a label."""
        return self.nearest(self.places(place), self.end if before is None else before, -1)

    def nearest(self, addresses: Collection[int], position: int, direction: int) -> int | None:
        """The nearest position where control is at one of the addresses: behind `position` with
        the direction 1, ahead of it with -1."""
        columns, at = self._log.addresses, position - self.first + direction
        if direction > 0:
            indices = range(max(0, at), len(columns))
        else:
            indices = range(min(at, len(columns) - 1), -1, -1)
        return next((self.first + at for at in indices if columns[at] in addresses), None)


class State:
    """Registers and memory at a position of a trace; goes forward and back."""

    def __init__(self, trace: Trace) -> None:
        log = trace._log
        self._trace = trace
        self._log = log
        self.position = trace.first
        """Instructions executed before it."""
        self.registers = list(log.registers)
        """Unsigned words, in the order of `Trace.names`."""
        self._memory = {first: bytearray(data) for first, data in log.memory.items()}
        self._register_end = 0
        self._store_end = 0

    @property
    def address(self) -> int:
        """Of the instruction that comes next."""
        return self._trace.address_at(self.position)

    @property
    def line(self) -> int | None:
        """The source line of the instruction that comes next."""
        return self._trace.line_at(self.position)

    @property
    def cycles(self) -> int | None:
        """So far; None without a core."""
        return self._trace.cycles_before(self.position)

    def __getitem__(self, register: str) -> int:
        """What a register holds, unsigned, by its name. Raises KeyError."""
        return self.registers[self._trace.place_of(register)]

    def read(self, address: int, size: int) -> bytes:
        """So many bytes of memory. Raises ValueError where they are not in one region."""
        for first, data in self._memory.items():
            if first <= address and address + size <= first + len(data):
                return bytes(data[address - first : address - first + size])
        raise ValueError(f"there is no memory of {size} bytes at {address:#x}")

    def forward(self, steps: int = 1) -> None:
        """Go on by so many instructions. Raises IndexError at the end."""
        self.go(self.position + steps)

    def back(self, steps: int = 1) -> None:
        """Go back by so many instructions. Raises IndexError at the start."""
        self.go(self.position - steps)

    def go(self, position: int) -> None:
        """Go to a position. Raises IndexError for one that is not kept."""
        trace = self._trace
        if not trace.first <= position <= trace.end:
            raise IndexError(f"position {position} is not kept: {trace.first} to {trace.end} are")
        log, registers = self._log, self.registers
        at = self._register_end
        if position >= self.position:
            while at < len(log.register) and log.register_at[at] < position:
                registers[log.register[at]] = log.register_new[at]
                at += 1
        else:
            while at and log.register_at[at - 1] >= position:
                at -= 1
                registers[log.register[at]] = log.register_old[at]
        self._register_end = at
        at = self._store_end
        if position >= self.position:
            while at < len(log.store_at) and log.store_at[at] < position:
                log.put(self._memory, at, log.store_new[at])
                at += 1
        else:
            while at and log.store_at[at - 1] >= position:
                at -= 1
                log.put(self._memory, at, log.store_old[at])
        self._store_end = at
        self.position = position

"""Our own engine, one instruction at a time, and a log of all that each of them changes.

Input: as of `machine.own`, and a clock that is told of every instruction. Output: a `Log`.
Invariant: what is executed is what `machine.own` executes, and what stops it stops it here.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable

from asm_rv32.basis.records import Any
from asm_rv32.isa.operands import ReservedMode
from asm_rv32.machine.definedness import Careful
from asm_rv32.machine.errors import Fault
from asm_rv32.machine.own import OwnEngine
from asm_rv32.machine.own_state import Returned, Stopped, Unstored
from asm_rv32.machine.port import Clock
from asm_rv32.machine.settings import counter
from asm_rv32.machine.translation import Site

PLACES = 255
"""The last place of a register: a log has a byte for it."""
Written = tuple[tuple[int, str], ...]
"""The registers that an instruction writes, and the names that translated code has for them."""


class Log:
    """What instructions changed, in order, as columns.

    Instructions are counted from 0, the first of the call. Of a long call the last ones are kept:
    `first` counts those that are not, and the registers and the memory at the start are then those
    behind them.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """So many instructions are kept at least, if there are as many."""
        self.first = 0
        self.addresses = array("I")
        """Of each instruction."""
        self.register_at = array("Q")
        """Of each write of a register the instruction."""
        self.register = bytearray()
        """Its number, as `isa.operands.ALL_NAMES` has it, and of what `csrs` has the place behind
        them."""
        self.register_old = array("I")
        self.register_new = array("I")
        self.store_at = array("Q")
        """Of each store to memory the instruction."""
        self.store_address = array("I")
        self.store_size = bytearray()
        """Bytes: 1, 2 or 4."""
        self.store_old = array("I")
        self.store_new = array("I")
        self.access_at = array("Q")
        """Of each access of a device the instruction; all of them are kept."""
        self.registers: list[int] = []
        """At the start, by number; behind them the control and status registers."""
        self.csrs: list[int] = []
        """The numbers of those that instructions named, in the order in which they did."""
        self.memory: dict[int, bytearray] = {}
        """First address of a region → its bytes at the start."""

    def start(self, registers: list[int], memory: dict[int, bytearray]) -> None:
        """Begin anew, in a state."""
        limit = self.limit
        Log.__init__(self, limit)
        self.registers, self.memory = registers, memory

    def csr(self, number: int, held: int) -> int | None:
        """The place of a control and status register, which held a word when it was named first;
        None where there are too many."""
        if number not in self.csrs:
            if len(self.registers) > PLACES:
                return None
            self.csrs.append(number)
            self.registers.append(held)
        return len(self.registers) - len(self.csrs) + self.csrs.index(number)

    def wrote(self, place: int, old: int, new: int) -> None:
        """Note that the instruction which is executed now wrote a register."""
        self.register_at.append(self.first + len(self.addresses))
        self.register.append(place)
        self.register_old.append(old)
        self.register_new.append(new)

    def shorten(self) -> int:
        """Keep the last instructions alone; how many are dropped."""
        drop = len(self.addresses) - self.limit
        self.first += drop
        del self.addresses[:drop]
        end = bisect_left(self.register_at, self.first)
        for number, word in zip(self.register[:end], self.register_new[:end]):
            self.registers[number] = word
        for column in (self.register_at, self.register, self.register_old, self.register_new):
            del column[:end]
        end = bisect_left(self.store_at, self.first)
        for at in range(end):
            self.put(self.memory, at, self.store_new[at])
        for column in (
            self.store_at, self.store_address, self.store_size, self.store_old, self.store_new,
        ):  # fmt: skip
            del column[:end]
        return drop

    def put(self, memory: dict[int, bytearray], at: int, word: int) -> None:
        """Let memory hold a word where store `at` went."""
        address, size = self.store_address[at], self.store_size[at]
        for first, data in memory.items():
            if first <= address < first + len(data):
                data[address - first : address - first + size] = word.to_bytes(size, "little")

    def undo_partial(self) -> None:
        """Forget the stores of an instruction that was stopped half-way."""
        end = bisect_left(self.store_at, self.first + len(self.addresses))
        for column in (
            self.store_at, self.store_address, self.store_size, self.store_old, self.store_new,
        ):  # fmt: skip
            del column[end:]


class Recorder(OwnEngine):
    """Runs calls as `OwnEngine` does, and keeps the log of the last one."""

    def __init__(self, limit: int, shortened: Callable[[int], None] = lambda dropped: None) -> None:
        """`limit`: as of `Log`; `shortened` is told how many instructions the log drops."""
        super().__init__()
        self.log = Log(limit)
        self.clock: Clock | None = None
        """Told of each instruction where no port is, which tells its own."""
        self.ended = 0
        """Where the run ended: the address of what was not executed any more."""
        self._shortened = shortened
        self._known: dict[int, tuple[Callable[[], int], Written]] = {}
        self._careful: Careful

    def code_changed(self) -> None:
        super().code_changed()
        if hasattr(self, "_known"):
            self._known.clear()
            if self.clock is not None:
                self.clock.code_changed()

    def execute(self, pc: int) -> Fault | None:
        self._known.clear()
        self._careful = Careful(self)
        held = self._held
        registers = sorted(int(name[1:]) for name in held if name[0] == "r" and name[1:].isdigit())
        self.log.start(
            [held[f"r{number}"] for number in registers],
            {first: bytearray(data) for first, data in self.data.items()},
        )
        self.ended = pc
        try:
            while True:
                self._run()
        except Returned:
            return None
        except Stopped as stopped:
            self.log.undo_partial()
            return stopped.fault
        except ReservedMode:
            self.log.undo_partial()
            return self._reserved_mode()

    def _run(self) -> None:
        """Execute and log until the log is full. Raises Returned, Stopped."""
        log, held, known = self.log, self._held, self._known
        addresses, entered = log.addresses, self.clock if self.port is None else None
        limit = 2 * log.limit
        pc = self.ended
        while len(addresses) < limit:
            try:
                function, written = known[pc]
            except KeyError:
                self.arrive(pc)
                function, written = known[pc] = self._prepared(pc)
            if held["left"] < 1:
                self._more(pc)
            if entered is not None:
                entered.enter(pc, 1)
            before = [held[name] for _, name in written]
            following = (
                self._careful.step(pc) if self._careful.held else self._plainly(pc, function)
            )
            if written:
                at = log.first + len(addresses)
                for (number, name), old in zip(written, before):
                    log.register_at.append(at)
                    log.register.append(number)
                    log.register_old.append(old)
                    log.register_new.append(held[name])
            if self.port is not None:
                self._note_accesses()
            addresses.append(pc)
            self.ended = pc = following
        self._shortened(log.shorten())

    def _plainly(self, pc: int, function: Callable[[], int]) -> int:
        try:
            return function()
        except Unstored:
            return self._careful.step(pc)

    def arrive(self, pc: int) -> None:
        if pc == self.judge.stop and self._careful.held:
            self._careful.check_return()
        super().arrive(pc)

    def _note_accesses(self) -> None:
        assert self.port is not None
        log = self.log
        at = log.first + len(log.addresses)
        more = len(self.port.bus.accesses) - self.port.first - len(log.access_at)
        log.access_at.extend([at] * more)

    def _prepared(self, pc: int) -> tuple[Callable[[], int], Written]:
        """What executes the instruction at an address, and which registers that writes."""
        key = pc, 1
        if key not in self._parts:
            self._parts[key] = self._translated(pc, 1)
        found = self.fetch(pc)
        count = len(self.log.registers) - len(self.log.csrs)
        writes = found.effects.writes if found is not None else (1 << count) - 1
        names = tuple((number, f"r{number}") for number in range(1, count) if writes >> number & 1)
        return self._parts[key], names

    def _csr_read(
        self, site: Site, name: str, operands: tuple[int, ...], executed: int, writes: bool
    ) -> int:
        before = super()._csr_read(site, name, operands, executed, writes)
        number = operands[0]
        # A counter goes on by itself; fcsr and its parts are registers of the call.
        counts = counter(self.judge.settings.counters, number, 0) is not None
        if not (counts or self.csr.is_float(number) or self.csr.is_switched(number)):
            place = self.log.csr(number, before)
            if place is not None and writes:
                self.log.wrote(place, before, self.csr.get(number))
        return before

    # ---- stores, each of which is seen

    def _remember(self, number: int, site: Site, address: int) -> None:
        if not site.is_store:
            super()._remember(number, site, address)

    def store(self, site: Site, address: int, value: int) -> None:
        region = self.judge.region_at(address, site.size)
        is_memory = region is not None and region.address in self.data
        old = self._word(region, address, site.size) if is_memory else 0
        super().store(site, address, value)
        if is_memory:
            log = self.log
            log.store_at.append(log.first + len(log.addresses))
            log.store_address.append(address)
            log.store_size.append(site.size)
            log.store_old.append(old)
            log.store_new.append(self._word(region, address, site.size))

    def _word(self, region: Any, address: int, size: int) -> int:
        at = address - region.address
        return int.from_bytes(self.data[region.address][at : at + size], "little")

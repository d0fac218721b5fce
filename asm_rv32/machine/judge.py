"""What the code of a call may do, and what is said of the rest; whichever engine runs it.

Input: an Image, the conditions of its calls, and the memory of one. Output: its regions, and
`Fault`s for what is not allowed.
Invariant: nothing here knows how the code is executed. Offsets count from the start of the code,
addresses are those that the code sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from asm_rv32.analysis.flow import control_flow
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.isa.decode import decode
from asm_rv32.isa.effects import Access, Effects
from asm_rv32.isa.image import DATA, Image
from asm_rv32.isa.meaning import System
from asm_rv32.isa.operands import ABI_NAMES, FFLAGS, FLOAT, RA, SP
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.words import WORD
from asm_rv32.machine.errors import ExecutionError, Fault, faults, is_ignored
from asm_rv32.machine.memory import Region
from asm_rv32.machine.sanitizer import checks
from asm_rv32.machine.settings import CSR_READS, Settings

if TYPE_CHECKING:
    from asm_rv32.machine.state import Registers

HART = "rv32imac"
"""What unicorn's hart executes by itself; code that an ISA lacks is lint's and verify's matter."""
POISON = 0x5EED_0000
"""Plus its number, what a register holds that nothing has written."""


class Judge:
    """The memory of a call and the rules that its code is under."""

    def __init__(self, image: Image, settings: Settings) -> None:
        self.image = image
        self.settings = settings
        layout = settings.layout
        self.base = layout.code + settings.placement
        self.entry = self.base + image.entry
        """Where execution begins."""
        self.flow = control_flow(image)
        self.makes_code = any(node.meaning.does("fence_i") for node in self.flow.nodes)
        """Whether it may store into its own instructions."""
        instructions = instruction_set(image.isa)
        self.compressed = instructions.compressed
        self.has_float_registers = instructions.has_float_registers
        self.has_fcsr = instructions.has_fcsr
        self.csr_states = instructions.csr_states
        """Registers that the machine has beside unicorn's; as `csr.ControlRegisters` takes them."""
        self.checks = checks(self.flow, self.makes_code) if settings.sanitize else None
        self._has_fixed_data = any(part.kind == DATA for part in image.parts)
        stores = self.makes_code or any(not entry.is_code for entry in image.entries)
        self.code = Region(self.base, len(image.code), stores, f"the code of {image.name}")
        self.stack = Region(layout.stack, settings.stack, True, "the stack")
        self.buffers: tuple[Region, ...] = ()
        devices = settings.bus.devices if settings.bus else ()
        self.devices = {
            device.base: Region(device.base, device.size, True, f"device {device.name}")
            for device in devices
        }
        """First address → what a device takes of the address space."""
        self.stop = layout.stop
        """Where the run is at its end."""
        self._first_buffer = layout.buffers
        self._accesses = any(node.effects.accesses for node in self.flow.nodes)
        self._aligned: dict[tuple[int, ...], bool] = {}
        """Low bits of the pointers passed → all accesses are shown to be aligned."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """All memory that the code may use."""
        return (self.code, self.stack, *self.buffers)

    @property
    def reachable(self) -> tuple[Region, ...]:
        """All that loads and stores may go to: memory and devices."""
        return (*self.regions, *self.devices.values())

    def region_at(self, address: int, size: int) -> Region | None:
        """The region that holds all of an access."""
        if self.stack.holds(address, size):
            return self.stack
        found = self.reachable if self.devices else self.regions
        return next((region for region in found if region.holds(address, size)), None)

    def is_aligned(self, words: Sequence[int]) -> bool:
        """Whether no access can be misaligned where a call has these arguments."""
        # Of an argument that is no address nothing is taken as known: it differs each time.
        pointers = tuple(word & 3 if word >= self._first_buffer else -1 for word in words)
        if pointers not in self._aligned:
            self._aligned[pointers] = self._is_shown_aligned(pointers)
        return self._aligned[pointers]

    def _is_shown_aligned(self, pointers: tuple[int, ...]) -> bool:
        if not self._accesses and not self.flow.undecoded and not self.makes_code:
            return True
        from asm_rv32.analysis.alignment import entry_state, every_access_is_aligned, known

        known_of = zip(self.image.registers, pointers)
        start = entry_state({at: known(low) for at, low in known_of if low >= 0})
        return every_access_is_aligned(self.flow, start, self.base)

    @property
    def refused(self) -> frozenset[int]:
        """Offsets of what stands as an instruction and is none, of the ISA or of unicorn's hart."""
        code, isa = self.image.code, self.image.isa
        return frozenset(
            each.address
            for each in (self.image.entries if self.flow.undecoded else ())
            if each.is_code
            and each.address not in self.flow.node_at
            and not executable(int.from_bytes(code[each.address :][: each.size], "little"), isa)
        )

    # ---- the registers of a call

    def at_entry(self, words: Sequence[int]) -> list[int]:
        """The registers at the start of a call: x0 to x31, and what the ISA has behind them."""
        found = [0, *(POISON + number for number in range(1, FFLAGS if self.has_fcsr else FLOAT))]
        if self.has_fcsr:
            found += (0, 0)
        for number, word in self.settings.held.items():
            found[number] = word
        found[SP] = self.stack.end
        if not self.image.handler:  # which goes back elsewhere
            found[RA] = self.stop
        for number, word in zip(self.image.registers, words):
            found[number] = word
        return found

    def changed(self, registers: Registers) -> tuple[int, ...]:
        """The registers that the caller relies on and does not find as they were."""
        kept = () if self.checks is None else self.checks.kept
        return tuple(number for number in kept if registers[number] != self._kept(number))

    def _kept(self, number: int) -> int:
        return self.stack.end if number == SP else self.settings.held.get(number, POISON + number)

    def not_kept(
        self, changed: tuple[int, ...], now: int, last_writer: Callable[[int], int | None]
    ) -> Fault:
        """Why a return is none that the caller survives; sp first, which the others hang on.

        `now`: what the first of the changed registers holds; `last_writer`: from a register to the
        offset of the last instruction that wrote it.
        """
        first = changed[0]
        start, offset = self._kept(first), last_writer(first)
        if first == SP:
            return faults.lopsided(now, start, offset)
        return faults.not_restored(changed, now, start, offset, bool(self.image.handler))

    # ---- accesses

    def refused_access(
        self, address: int, size: int, is_store: bool, offset: int, aligned: bool = False
    ) -> Fault | None:
        """Why an access is not allowed; `aligned`: it has to be, whatever the settings say."""
        region = self.region_at(address, size)
        aligned = aligned or (region is not None and region.address in self.devices)
        misaligned = address & (size - 1) and (aligned or not self.settings.misaligned)
        if region is None or misaligned or (is_store and not region.writable):
            return self.access_fault(address, size, is_store, offset)
        if is_store and region is self.code:
            return self.code_store_fault(address, size, offset)
        return None

    def access_fault(self, address: int, size: int, is_store: bool, offset: int) -> Fault:
        """Why an access that was refused was: it is outside, into what is fixed, misaligned."""
        region = self.region_at(address, size)
        if region is None:
            fault = faults.outside(self.reachable, self.stack, address, size, is_store, offset)
            return faults.on_board(fault, self.settings.board)
        if is_store and not region.writable:
            return faults.read_only(region, address, size, offset)
        if region.address in self.devices:
            return faults.misaligned_device(region.name, address, size, is_store, offset)
        return faults.misaligned(address, size, is_store, offset, self.settings.trapping_core)

    def atomics(self, offsets: Iterable[int]) -> frozenset[int]:
        """Those of the offsets at which an access has to be aligned."""
        nodes, node_at = self.flow.nodes, self.flow.node_at
        return frozenset(at for at in offsets if atomic(nodes[node_at[at]].effects))

    def misaligned_atomic(
        self, found: Effects, registers: Registers | Sequence[int], offset: int
    ) -> Fault | None:
        """Why the instruction at `offset` may not access what it has to have aligned."""
        access = atomic(found)
        if access is None or access.base is None:
            return None
        address = address_of(access, registers)
        if not address & (access.size - 1):
            return None
        return self.access_fault(address, access.size, access.stores, offset)

    def code_store_fault(self, address: int, size: int, offset: int) -> Fault | None:
        """Why a store into the code is not allowed: it hits an instruction, or fixed data."""
        if self._has_fixed_data:
            part = self.image.part_at(address - self.base)
            if part is not None and part.kind == DATA:
                return faults.into_fixed_data(part.name, address, offset)
        if self.makes_code:
            return None
        for at in range(address - self.base, address - self.base + size):
            entry = self.image.entry_at(at)
            if entry is not None and entry.is_code:
                return faults.into_instruction(self.image, address, offset)
        return None

    # ---- control

    def jump_fault(self, target: int, offset: int) -> Fault | None:
        """Why a jump of the instruction at `offset` to a computed target is not allowed."""
        if target & 2 and not self.compressed:
            return faults.odd_target(target, offset)
        if self.checks is None or offset not in self.checks.jumps:
            return None
        entry = self.image.entry_at(target - self.base)
        if entry is None or not entry.is_code or entry.address == target - self.base:
            return None
        line = self.image.line_at(entry.address)
        return faults.jump_into_instruction(target, offset, line)

    def data_fault(self, offset: int) -> Fault | None:
        """Why nothing may be executed at an offset: data stands there."""
        if self.image.entry_at(offset) is None or self.flow.node_over(offset) is not None:
            return None
        return faults.data_executed(self.base + offset, offset)

    def leaves(self, target: int, offset: int | None) -> Fault:
        """Execution goes on outside of the code; `offset`: what led there, where it is known."""
        return faults.out_of_the_function(self.regions, self.code, target, offset)

    # ---- what comes of it

    def lets_pass(self, fault: Fault) -> bool:
        """Whether a comment on the line of the fault's instruction lets it pass."""
        return is_ignored(fault, self.image)

    def error(self, fault: Fault, registers: Registers | Sequence[int]) -> ExecutionError:
        """A fault as it is raised."""
        named = {name: registers[number] for number, name in enumerate(ABI_NAMES)}
        return ExecutionError(fault, self.image, named)


def accesses_fcsr(found: Effects) -> bool:
    """Whether fcsr, or a part of it, is read or written as a CSR."""
    read = [each for each in found.outside if each.name in CSR_READS]
    if not read:
        return False
    from asm_rv32.machine.csr import FLOAT_PARTS

    return any(getattr(each.operands[0], "value", 0) in FLOAT_PARTS for each in read)


def address_of(access: Access, registers: Registers | Sequence[int]) -> int:
    """Where an access goes that goes by a base, from the registers before it."""
    assert access.base is not None
    number, more = access.base
    return registers[number] + more & WORD


def atomic(found: Effects) -> Access | None:
    """The access that has to be aligned on any core: one that loads and stores at once, or goes
    with a reservation (Unprivileged ISA, 13.1 and 13.4); two words of a pair are one of 8 bytes."""
    reserving = any(isinstance(each, System) and _accesses(each) for each in found.outside)
    whole = [each for each in found.accesses if reserving or (each.loads and each.stores)]
    return whole[0]._replace(size=sum(each.size for each in whole)) if whole else None


def _accesses(found: System) -> bool:
    return found.name in ("load_reserved", "store_conditional")


def executable(word: int, isa: str) -> Instruction | None:
    """The instruction that a word is: of the ISA, or of what unicorn's hart has beside it."""
    return decode(word, instruction_set(isa)) or decode(word, instruction_set(HART))

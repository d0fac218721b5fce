"""What instructions do beyond registers, on our own engine: accesses, CSRs, ends; all checked.

Input: sites and words. Output: words; `Stopped` for what is not allowed, `Unstored` at a load of
what nothing stored.
Invariant: nothing is done to memory before it is allowed.
"""

from __future__ import annotations

from asm_rv32.isa.meaning import IDLE
from asm_rv32.isa.operands import SP
from asm_rv32.machine.csr import ControlRegisters
from asm_rv32.machine.errors import faults
from asm_rv32.machine.judge import Judge, executable
from asm_rv32.machine.memory import Region
from asm_rv32.machine.own_state import OwnRegisters, Stopped, Unstored
from asm_rv32.machine.port import Port
from asm_rv32.machine.sanitizer import Shadow
from asm_rv32.machine.settings import CSR_READS, counter
from asm_rv32.machine.translation import Site

FILLER = b"\x02\x90" * 2
"""c.ebreak, what stands behind the code."""


class OwnAccesses:
    """The memory of a call and all that is there beside the integer registers."""

    def __init__(self, registers: OwnRegisters) -> None:
        self.judge: Judge
        self.registers = registers
        self.data: dict[int, bytearray] = {}
        """The first address of a region → its bytes."""
        self.lines: set[int] = set()
        """Stretches of 64 bytes of the code, by number, some instruction of which is translated."""
        self.shadow: Shadow | None = None
        self.csr = ControlRegisters()
        self.reserved: tuple[int, int] | None = None
        self.port: Port | None = None
        """What leads to the devices of the call, where it has any."""

    def code_changed(self) -> None:
        """What was translated may not stand any more."""

    def provide_memory(self) -> bool:
        """Have memory for each region; whether it is another than before."""
        sizes = {region.address: region.size for region in self.judge.regions}
        if sizes == {address: len(data) for address, data in self.data.items()}:
            return False
        self.data = {address: bytearray(size) for address, size in sizes.items()}
        return True

    def read(self, region: Region) -> bytes:
        """What a region of the call's memory holds."""
        return bytes(self.data[region.address])

    def mem_read(self, address: int, size: int) -> bytes:
        """Bytes of the code, as unicorn's machine gives them; c.ebreak stands behind it."""
        at = address - self.judge.base
        return bytes((self.data[self.judge.base][at : at + size] + FILLER)[:size])

    def reserve(self, address: int, value: int) -> None:
        """Keep a reservation for store_conditional."""
        self.reserved = address, value

    def word_at(self, pc: int) -> int:
        """The word of the instruction at an address: 16 bits where its lowest two say so."""
        at = pc - self.judge.base
        raw = (self.data[self.judge.base][at : at + 4] + FILLER)[:4]
        word = int.from_bytes(raw, "little")
        return word if word & 3 == 3 else word & 0xFFFF

    def load(self, site: Site, address: int) -> int:
        """A checked load. Raises Stopped, Unstored."""
        region = self.checked(site, address)
        shadow = self.shadow if region is self.judge.stack else None
        if shadow is not None and shadow.unwritten(address - region.address, site.size):
            raise Unstored(site)
        return self.raw_load(region, address, site.size)

    def raw_load(self, region: Region, address: int, size: int) -> int:
        """A load of an access that is allowed. Raises Stopped where it waits in vain."""
        if self.port is not None and region.address in self.judge.devices:
            return self.port.load(address, size)
        at = address - region.address
        return int.from_bytes(self.data[region.address][at : at + size], "little")

    def store(self, site: Site, address: int, value: int) -> None:
        """A checked store. Raises Stopped."""
        region = self.checked(site, address)
        at = address - region.address
        low = value & (1 << 8 * site.size) - 1
        if self.port is not None:
            if region.address in self.judge.devices:
                self.port.store(address, site.size, low)
                return
            self.port.changes += 1
        if region is self.judge.stack and self.shadow is not None:
            self.shadow.store(at, site.size)
        self.data[region.address][at : at + site.size] = low.to_bytes(site.size, "little")
        if region is self.judge.code and self.lines.intersection((at >> 6, at + 3 >> 6)):
            self.code_changed()

    def checked(self, site: Site, address: int) -> Region:
        """The region of an access that is allowed. Raises Stopped."""
        judge, offset = self.judge, site.pc - self.judge.base
        is_store = site.is_store or site.stores_too
        fault = judge.refused_access(address, site.size, is_store, offset, site.aligned)
        if fault is not None:
            raise Stopped(fault, site)
        region = judge.region_at(address, site.size)
        assert region is not None
        if region is judge.stack and self.shadow is not None:
            sp = self.registers[SP]
            if address < sp <= judge.stack.end and not site.moves_sp:
                fault = faults.below_sp(address, site.size, is_store, offset, sp)
                if not judge.lets_pass(fault):
                    raise Stopped(fault, site)
        return region

    def judge_jump(self, site: Site, target: int) -> None:
        """Judge a jump to a computed target. Raises Stopped."""
        fault = self.judge.jump_fault(target, site.pc - self.judge.base)
        if fault is not None:
            raise Stopped(fault, site)

    def system(
        self, site: Site, name: str, operands: tuple[int, ...], executed: int, writes: bool
    ) -> int:
        """What one of `meaning.SYSTEM` gives; `executed`: instructions before this one."""
        if name == "device":
            raise Stopped(faults.not_emulated(site.pc - self.judge.base), site)
        if self.port is not None:
            self.port.changes += 1
        if name in CSR_READS:
            return self._csr_read(site, name, operands, executed, writes)
        if name == "load_reserved":
            value = self.load(site._replace(size=4), operands[0])
            self.reserve(operands[0], value)
            return value
        address, value = operands
        reserved, self.reserved = self.reserved, None
        if reserved is None or reserved[0] != address:
            return 1  # it fails, and touches no memory
        stores = site._replace(size=4, is_store=True)
        region = self.checked(stores, address)
        if self.raw_load(region, address, 4) != reserved[1]:
            return 1
        self.store(stores, address, value)
        return 0

    def _csr_read(
        self, site: Site, name: str, operands: tuple[int, ...], executed: int, writes: bool
    ) -> int:
        csr, value = operands
        offset = site.pc - self.judge.base
        if self.csr.lacks(csr):
            raise Stopped(
                faults.missing_register(self.judge.settings.core or "", csr, offset), site
            )
        if not self.csr.allows(csr):
            raise self._no_instruction(site)

        def counted(number: int) -> int:
            return executed if self.port is None else self.port.counted(number, executed)

        if not writes and not self.csr.is_switched(csr):
            count = counter(self.judge.settings.counters, csr, counted(csr))
            if count is not None:
                return count
        found = self.csr.swap(csr, name, value, writes, counted)
        if found is None:
            raise self._no_instruction(site)
        return found

    def _no_instruction(self, site: Site) -> Stopped:
        word = self.word_at(site.pc)
        found = executable(word, self.judge.image.isa)
        fault = faults.refused_instruction(word, found, site.pc - self.judge.base)
        return Stopped(fault, site)

    def act(self, site: Site, name: str, behind: int) -> int:
        """What one of `meaning.ACTS` does; where control goes on. Raises Stopped."""
        if name == "fence_i":
            self.code_changed()
            return behind
        if name == "trap_return":
            target = self.csr.leave()
            if target is None:
                raise self._no_instruction(site)
            return target
        if name in IDLE:
            return behind
        if name in faults.ACT_FAULTS:
            raise Stopped(faults.ACT_FAULTS[name](site.pc - self.judge.base), site)
        raise self._no_instruction(site)

"""One unicorn hart, and the memory and hooks of the call that it runs.

Input: an Image, where its arguments stand, and what they hold. Output: the state after its return,
or `ExecutionError`.
Invariant: every run starts from the same state, whatever ran on the machine before.

What unicorn 2.1 gets wrong and is worked around here, tests/machine/test_emulator_traps.py pins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unicorn import riscv_const as riscv
from unicorn import unicorn_const as unicorn
from unicorn.unicorn import Uc, UcError

from asm_rv32.flow import Flow, control_flow
from asm_rv32.image import Image
from asm_rv32.machine import faults
from asm_rv32.machine.alignment import entry_state, every_access_is_aligned, known
from asm_rv32.machine.calling import WORD
from asm_rv32.machine.errors import ExecutionError, Fault, is_ignored
from asm_rv32.machine.memory import BUFFERS, CODE, PAGE, STACK, STOP, Region
from asm_rv32.machine.sanitizer import Checks, Shadow, checks
from asm_rv32.machine.semantics import semantics
from asm_rv32.machine.settings import HIGH_HALF, Counter, Semantics, Settings
from asm_rv32.machine.state import Memory, Registers
from asm_rv32.operands import ABI_NAMES, RA, SP
from asm_rv32.padding import is_harmless

POISON = 0x5EED_0000
"""Plus its number, what a register holds that nothing has written."""

TRANSLATION_BUFFER = 16 << 20
"""Bytes of host memory for translated code; unicorn's default reserves 1 GiB a machine."""

EBREAK_FILLER = b"\x02\x90"
"""c.ebreak, the one instruction that unicorn reports with its own pc."""
FENCE_I = 0x0000_100F
WFI = 0x1050_0073
AMO = 0x2F
"""Opcode of the atomic instructions."""


_new_uc: Callable[[int, int], Any] = Uc
"""Untyped: the types that unicorn ships are those of its Python 2 binding."""

STORES = (
    unicorn.UC_MEM_WRITE,
    unicorn.UC_MEM_WRITE_UNMAPPED,
    unicorn.UC_MEM_WRITE_PROT,
)
FETCH_ERRORS = (unicorn.UC_ERR_FETCH_UNMAPPED, unicorn.UC_ERR_FETCH_PROT)


class _Refused(Exception):
    """An access from Python that the machine does not allow."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class _Hold:
    """Mappings and hooks of a machine that come and go together."""

    def __init__(self) -> None:
        self._mapped: list[tuple[int, int]] = []
        self._hooks: list[int] = []

    def map(self, uc: Any, address: int, size: int, protection: int) -> None:
        uc.mem_map(address, size, protection)
        self._mapped.append((address, size))

    def hook(
        self, uc: Any, kind: int, callback: Callable[..., Any], first: int = 1, last: int = 0
    ) -> None:
        """Hook the addresses from `first` to `last`; all of them by default."""
        self._hooks.append(uc.hook_add(kind, callback, None, first, last))

    def clear(self, uc: Any) -> None:
        while self._hooks:
            uc.hook_del(self._hooks.pop())
        while self._mapped:
            uc.mem_unmap(*self._mapped.pop())


class Machine:
    """One unicorn hart with the memory of the call it runs; used again for other calls."""

    def __init__(self) -> None:
        uc = self.uc = _new_uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
        # The default CPU has F and D, whose encodings those of Zcmp overlap.
        uc.ctl_set_cpu_model(riscv.UC_CPU_RISCV32_SIFIVE_E31)
        uc.ctl_set_tcg_buffer_size(TRANSLATION_BUFFER)
        uc.mem_map(STOP, PAGE, unicorn.UC_PROT_EXEC)
        uc.mem_write(STOP, EBREAK_FILLER * (PAGE // 2))
        for number in range(1, 32):
            uc.reg_write(riscv.UC_RISCV_REG_X0 + number, POISON + number)
        uc.reg_write(riscv.UC_RISCV_REG_X0 + RA, STOP)
        self._reset = uc.context_save()
        uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_invalid)
        self.registers = Registers(uc)
        self.memory = Memory(uc, self._check_access)
        self._image: Image
        self._flow: Flow
        self._semantics: Mapping[int, Semantics] = {}
        self._settings: Settings
        self._laid_out: tuple[Image, Settings] | None = None
        self._buffers: tuple[Region, ...] = ()
        self._image_hold = _Hold()
        self._buffers_hold = _Hold()
        self._alignment_hold = _Hold()
        self._watching = False
        self._checks: Checks | None = None
        self._shadow: Shadow | None = None
        self._aligned: dict[tuple[int, ...], bool] = {}
        """For the image that is laid out: low bits of the pointers passed → all is aligned."""
        self._executed = 0
        self.fault: Fault | None = None
        self._invalid: tuple[int, int, bool] | None = None
        self._replay: tuple[Sequence[int], Sequence[bytes], bytes] | None = None

    # ---- laying out memory and hooks

    def lay_out(
        self,
        image: Image,
        settings: Settings,
        buffers: tuple[Region, ...],
        words: Sequence[int] = (),
    ) -> None:
        """Map what a call needs, and hook what unicorn does not do; nothing where it stands."""
        standing = self._laid_out
        if standing is None or standing[0] is not image or standing[1] is not settings:
            self._image_hold.clear(self.uc)
            self._image, self._settings = self._laid_out = image, settings
            self.base = CODE + settings.placement
            self._semantics = {**semantics(image), **settings.semantics}
            self._flow = control_flow(image)
            self._checks = checks(self._flow, _has_fence_i(image)) if settings.sanitize else None
            name = f"the code of {image.name}"
            self.code = Region(self.base, len(image.code), _stores_into_code(image), name)
            self.stack = Region(STACK, settings.stack, True, "the stack")
            self._lay_out_image(self._image_hold)
            self._aligned.clear()
        if [region[:3] for region in self._buffers] != [region[:3] for region in buffers]:
            self._buffers_hold.clear(self.uc)
            for region in buffers:
                self._map(region, self._buffers_hold)
        self._watch_alignment(words)
        self._buffers = buffers
        self.regions = (self.code, self.stack, *buffers)

    def _lay_out_image(self, hold: _Hold) -> None:
        self._map(self.code, hold)
        self._map(self.stack, hold)
        # A hook is bounded to the addresses it is for: all else then runs at full speed.
        if self.code.writable:
            hold.hook(
                self.uc,
                unicorn.UC_HOOK_MEM_WRITE,
                self._on_store_into_code,
                self.base,
                self.code.end - 1,
            )
        self._hook_instructions(hold)
        if self._checks is None:
            return
        if self._checks.watches_stack:
            kinds = unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE
            hold.hook(self.uc, kinds, self._on_stack, self.stack.address, self.stack.end - 1)
        for first, last in self._checks.data:
            code = unicorn.UC_HOOK_CODE
            hold.hook(self.uc, code, self._on_data, self.base + first, self.base + last)

    def _watch_alignment(self, words: Sequence[int]) -> None:
        """Hook every access, unless all are allowed or shown to be aligned."""
        watch = False
        if not self._settings.misaligned:
            # Of an argument that is no address nothing is taken as known: it differs each time.
            pointers = tuple(word & 3 if word >= BUFFERS else -1 for word in words)
            if pointers not in self._aligned:
                known_of = zip(self._image.registers, pointers)
                start = entry_state({at: known(low) for at, low in known_of if low >= 0})
                shown = every_access_is_aligned(self._flow, start, self.base)
                self._aligned[pointers] = shown and not self._semantics
            watch = not self._aligned[pointers]
        if watch != self._watching:
            self._watching = watch
            self._alignment_hold.clear(self.uc)
            if watch:
                kinds = unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE
                self._alignment_hold.hook(self.uc, kinds, self._on_access)

    def _map(self, region: Region, hold: _Hold) -> None:
        page = region.address // PAGE * PAGE
        size = region.mapped_size
        if not size:
            return
        protection = unicorn.UC_PROT_READ | (unicorn.UC_PROT_WRITE if region.writable else 0)
        if region is self.code:
            protection |= unicorn.UC_PROT_EXEC
        hold.map(self.uc, page, size, protection)
        # A page is longer than what stands in it. An access is judged where it starts, so the
        # last three bytes are watched too: a word there reaches over the end.
        kinds = unicorn.UC_HOOK_MEM_READ | (unicorn.UC_HOOK_MEM_WRITE if region.writable else 0)
        first = max(region.end - 3, region.address)
        hold.hook(self.uc, kinds, self._on_edge, first, page + size - 1)
        if page < region.address:
            hold.hook(self.uc, kinds, self._on_edge, page, region.address - 1)

    def _hook_instructions(self, hold: _Hold) -> None:
        image, settings, kind = self._image, self._settings, unicorn.UC_HOOK_CODE
        counters: dict[int, int] = {}
        jumps = set(self._checks.jumps if self._checks else ())
        compressed = _has_compressed(image.isa)
        for entry in image.entries:
            if not entry.is_code or entry.size != 4:
                continue
            word = int.from_bytes(image.code[entry.address : entry.address + 4], "little")
            address = self.base + entry.address
            opcode = word & 0x7F
            if opcode == 0x73 and _counter_read(word, settings.counters) is not None:
                counters[address] = word
            elif opcode == 0x67 and not compressed:
                hold.hook(self.uc, kind, self._on_indirect_jump, address, address)
                jumps.discard(entry.address)
        for offset in jumps:
            address = self.base + offset
            hold.hook(self.uc, kind, self._on_computed_jump, address, address)
        if counters and image.code:
            # Before the hooks of single instructions, so that these see what ran before them.
            hold.hook(self.uc, kind, self._on_instruction, self.base, self.code.end - 1)
            for address in counters:
                hold.hook(self.uc, kind, self._on_counter, address, address)
        for offset in self._semantics:
            address = self.base + offset
            hold.hook(self.uc, kind, self._on_semantics, address, address)

    # ---- what the hooks do; unicorn may call the others of an access even after a stop

    def _on_invalid(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> bool:
        if self._invalid is None:
            self._invalid = (address, size, kind in STORES)
        return False

    def _on_edge(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        if self.region_at(address, size) is None:
            self._stop(self._access_fault(address, size, kind in STORES, self._offset()))

    def _on_access(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        if address & (size - 1):
            self._stop(self._access_fault(address, size, kind in STORES, self._offset()))

    def _on_store_into_code(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        fault = self._code_store_fault(address, size, self._offset())
        if fault is not None:
            self._stop(fault)

    def _on_indirect_jump(self, uc: Any, address: int, size: int, data: object) -> None:
        word = self._word(address)
        offset = (word >> 20) - (word >> 31 << 12)
        target = (self.registers[word >> 15 & 31] + offset) & WORD & ~1
        if target & 2:
            self._stop(faults.odd_target(target, address - self.base))

    def _on_computed_jump(self, uc: Any, address: int, size: int, data: object) -> None:
        assert self._checks is not None
        jump = self._checks.jumps[address - self.base]
        target = (self.registers[jump.rs1] + jump.immediate) & WORD & ~1
        entry = self._image.entry_at(target - self.base)
        if entry is not None and entry.is_code and entry.address != target - self.base:
            line = self._image.line_at(entry.address)
            self._stop(faults.jump_into_instruction(target, address - self.base, line))

    def _on_data(self, uc: Any, address: int, size: int, data: object) -> None:
        offset = address - self.base
        if self._image.entry_at(offset) is not None and self._flow.node_over(offset) is None:
            self._judge(faults.data_executed(address, offset))

    def _on_stack(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        is_store = kind in STORES
        sp = self.registers[SP]
        if address < sp <= self.stack.end:
            self._judge(faults.below_sp(address, size, is_store, self._offset(), sp))
        self._note_stack(address, size, is_store)

    def _note_stack(self, address: int, size: int, is_store: bool) -> None:
        """Remember what is stored into the stack; refuse to load what nothing stored."""
        if self._shadow is None:
            return
        at = address - self.stack.address
        if is_store:
            self._shadow.store(at, size)
            return
        missing = self._shadow.unwritten(at, size)
        if not missing:
            return
        offset = self._offset()
        if not is_harmless(self._flow, offset, missing == size):
            self._judge(faults.unwritten(address, size, offset, missing, self.stack))

    def _on_instruction(self, uc: Any, address: int, size: int, data: object) -> None:
        self._executed += 1

    def _on_counter(self, uc: Any, address: int, size: int, data: object) -> None:
        word = self._word(address)
        csr = word >> 20
        counters = self._settings.counters
        if csr in counters:
            value = counters[csr](self._executed - 1)
        else:
            value = counters[csr - HIGH_HALF](self._executed - 1) >> 32
        self.registers[word >> 7 & 31] = value
        uc.reg_write(riscv.UC_RISCV_REG_PC, address + 4)

    def _on_semantics(self, uc: Any, address: int, size: int, data: object) -> None:
        offset = address - self.base
        try:
            target = self._semantics[offset](self.registers, self.memory)
        except _Refused as refused:
            self._stop(refused.fault)
            return
        if target is None:
            entry = self._image.entry_at(offset)
            target = address + (entry.size if entry else size)
        if target != STOP and not self.code.holds(target, 1):
            self._stop(faults.out_of_the_function(self.regions, self.code, target, offset))
            return
        uc.reg_write(riscv.UC_RISCV_REG_PC, target)

    def _stop(self, fault: Fault) -> None:
        if self.fault is None:
            self.fault = fault
            self.uc.emu_stop()

    def _judge(self, fault: Fault) -> None:
        """Stop for what a board may survive, unless the line's comment lets it pass."""
        if self.fault is None and not is_ignored(fault, self._image):
            self._stop(fault)

    def _offset(self) -> int:
        return (int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD) - self.base

    def _word(self, address: int) -> int:
        """The four bytes at an address in the code's pages, or fewer at their end, as a word."""
        page, size = self._code_pages()
        if not page <= address < page + size:
            return 0
        return int.from_bytes(self.uc.mem_read(address, min(4, page + size - address)), "little")

    def _code_pages(self) -> tuple[int, int]:
        return CODE, self.code.mapped_size

    # ---- judging accesses

    def region_at(self, address: int, size: int) -> Region | None:
        """The region that holds all of an access."""
        return next((region for region in self.regions if region.holds(address, size)), None)

    def _check_access(self, address: int, size: int, is_store: bool) -> None:
        """Refuse an access that an instruction would be refused; for `Memory`."""
        region = self.region_at(address, size)
        offset = self._offset()
        misaligned = address & (size - 1) and not self._settings.misaligned
        if region is None or misaligned or (is_store and not region.writable):
            raise _Refused(self._access_fault(address, size, is_store, offset))
        if is_store and region is self.code:
            fault = self._code_store_fault(address, size, offset)
            if fault is not None:
                raise _Refused(fault)
        if region is self.stack:
            self._note_stack(address, size, is_store)

    def _access_fault(self, address: int, size: int, is_store: bool, offset: int) -> Fault:
        """Why an access that was refused was: it is outside, into what is fixed, misaligned."""
        region = self.region_at(address, size)
        if region is None:
            return faults.outside(self.regions, self.stack, address, size, is_store, offset)
        if is_store and not region.writable:
            return faults.read_only(region, address, size, offset)
        return faults.misaligned(address, size, is_store, offset, self._settings.core)

    def _code_store_fault(self, address: int, size: int, offset: int) -> Fault | None:
        if _has_fence_i(self._image):
            return None
        for at in range(address - self.base, address - self.base + size):
            entry = self._image.entry_at(at)
            if entry is not None and entry.is_code:
                return faults.into_instruction(self._image, address, offset)
        return None

    # ---- running

    def start(self, words: Sequence[int], contents: Sequence[bytes], code: bytes) -> None:
        """Put the call's state in place: memory, registers, and nothing of any run before."""
        uc = self.uc
        page, size = self._code_pages()
        filler = EBREAK_FILLER * (size // 2)
        at = self.base - page
        uc.mem_write(page, filler[:at] + code + filler[at + len(code) :])
        uc.mem_write(STACK, bytes(self._settings.stack))
        for region, content in zip(self._buffers, contents):
            if content:
                uc.mem_write(region.address, content)
        uc.context_restore(self._reset)
        uc.reg_write(riscv.UC_RISCV_REG_X0 + SP, self.stack.end)
        for number, word in zip(self._image.registers, words):
            uc.reg_write(riscv.UC_RISCV_REG_X0 + number, word)
        self.fault = self._invalid = None
        watched = self._checks is not None and self._checks.watches_stack
        self._shadow = Shadow(self.stack.size) if watched else None
        self._executed = 0
        self._replay = (words, contents, code)
        # Code translated before ignores changed memory, hooks, `until` and `count`.
        uc.ctl_flush_tb()

    def run(self) -> None:
        """Execute from the start of the code to its return. Raises ExecutionError."""
        error: UcError | None = None
        try:
            # Never `timeout=`, which costs more than a call; `count` ends what does not end.
            self.uc.emu_start(self.base, STOP, count=self._settings.max_instructions)
        except UcError as caught:
            error = caught
        pc = int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD
        # A wfi, a stop out of a hook and the end of `count` all return without an error.
        returned = error is None and self.fault is None and pc == STOP
        changed = self._changed() if returned else ()
        if returned and not changed:
            return
        registers = {name: self.registers[number] for number, name in enumerate(ABI_NAMES)}
        if not returned:
            raise ExecutionError(self.fault or self._explain(error, pc), self._image, registers)
        fault = self._not_kept(changed)
        if not is_ignored(fault, self._image):
            raise ExecutionError(fault, self._image, registers)

    def _changed(self) -> tuple[int, ...]:
        """The registers that the caller relies on and does not find as they were."""
        if self._checks is None:
            return ()
        return tuple(
            number for number in self._checks.kept if self.registers[number] != self._kept(number)
        )

    def _kept(self, number: int) -> int:
        return self.stack.end if number == SP else POISON + number

    def _not_kept(self, changed: tuple[int, ...]) -> Fault:
        """Why a return is none that the caller survives; sp first, which the others hang on."""
        first, now = changed[0], self.registers[changed[0]]
        start, offset = self._kept(first), self._last_writer(first)
        if first == SP:
            return faults.lopsided(now, start, offset)
        return faults.not_restored(changed, now, start, offset)

    def _explain(self, error: UcError | None, pc: int) -> Fault:
        """What unicorn's report means; `pc` is where it stopped."""
        offset = pc - self.base
        inside = self.code.holds(pc, 1)
        if error is None:
            if self._word(pc - 4) == WFI:
                return Fault("endless-wait", "wfi waits for an interrupt; none comes", offset - 4)
            limit = self._settings.max_instructions
            return Fault(
                "instruction-limit",
                f"still running after {limit} instructions (max_instructions sets the limit)",
                offset if inside else None,
            )
        if self._invalid is not None and error.errno not in FETCH_ERRORS:
            address, size, is_store = self._invalid
            return self._access_fault(address, size, is_store, offset)
        if error.errno == unicorn.UC_ERR_INSN_INVALID and inside:
            return Fault("environment-call", "ebreak: there is no debugger", offset)
        if error.errno == unicorn.UC_ERR_EXCEPTION and self.code.holds(pc - 4, 1):
            # Reported 4 behind the instruction, whatever its length.
            return self._refused(pc - 4)
        return self._wild_jump(pc)

    def _refused(self, pc: int) -> Fault:
        """The instruction at `pc` raised an exception that no access of memory explains."""
        offset, word = pc - self.base, self._word(pc)
        if word & 0x7F == AMO:
            address = self.registers[word >> 15 & 31]
            if address % 4:
                return self._access_fault(address, 4, True, offset)
        return faults.refused_instruction(word, offset)

    def _wild_jump(self, target: int) -> Fault:
        """Execution reached `target`, outside the code: blame the instruction that led there."""
        source = self._last_instruction()
        offset = None if source is None else source - self.base
        return faults.out_of_the_function(self.regions, self.code, target, offset)

    def _last_instruction(self) -> int | None:
        """Run again up to where this run left the code; the address of its last instruction.

        unicorn does not tell where a jump came from, and watching every block takes ten times
        as long: so that is done only when there is something to blame.
        """
        if self._replay is None:
            return None
        last: list[int] = []

        def on_block(uc: Any, address: int, size: int, data: object) -> None:
            if self.code.holds(address, 1):
                last[:] = [address, size]

        hold = _Hold()
        hold.hook(self.uc, unicorn.UC_HOOK_BLOCK, on_block)
        self._run_again(hold)
        if not last:
            return None
        end = min(last[0] + last[1], self.code.end)
        entry = self._image.entry_at(end - 1 - self.base)
        return None if entry is None else self.base + entry.address

    def _last_writer(self, register: int) -> int | None:
        """Run again; the offset of the last instruction that writes a register."""
        last: list[int] = []

        def on_write(uc: Any, address: int, size: int, data: object) -> None:
            last[:] = [address - self.base]

        hold = _Hold()
        for node in self._flow.nodes:
            if node.effect.writes >> register & 1:
                at = self.base + node.address
                hold.hook(self.uc, unicorn.UC_HOOK_CODE, on_write, at, at)
        self._run_again(hold)
        return last[0] if last else None

    def _run_again(self, hold: _Hold) -> None:
        """The run once more, from the same state, with hooks that look on."""
        assert self._replay is not None
        self.start(*self._replay)
        try:
            self.uc.emu_start(self.base, STOP, count=self._settings.max_instructions)
        except UcError:
            pass
        finally:
            hold.clear(self.uc)


def _counter_read(word: int, counters: Mapping[int, Counter]) -> int | None:
    """The number of the counter that a word reads: csrrs, csrrc or an immediate form with 0."""
    csr = word >> 20
    if not word >> 12 & 2 or word >> 15 & 31:
        return None
    return csr if csr in counters or csr - HIGH_HALF in counters else None


def _has_compressed(isa: str) -> bool:
    letters = isa.lower().partition("_")[0].removeprefix("rv32")
    return "c" in letters


def _has_fence_i(image: Image) -> bool:
    return any(
        entry.is_code
        and entry.size == 4
        and image.code[entry.address : entry.address + 4] == FENCE_I.to_bytes(4, "little")
        for entry in image.entries
    )


def _stores_into_code(image: Image) -> bool:
    """Whether the code may store into itself: into its data, or anywhere with a fence.i."""
    return any(not entry.is_code for entry in image.entries) or _has_fence_i(image)

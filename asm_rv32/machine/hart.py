"""One unicorn hart, and the memory and hooks of the call that it runs.

Input: an Image, where its arguments stand, and what they hold. Output: the state after its return,
or `ExecutionError`.
Invariant: every run starts from the same state, whatever ran on the machine before.

What unicorn 2.1 gets wrong and is worked around here, tests/machine/test_emulator_traps.py pins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import Any

from unicorn import riscv_const as riscv
from unicorn import unicorn_const as unicorn
from unicorn.unicorn import Uc, UcError

from asm_rv32.analysis.flow import Node
from asm_rv32.isa.effects import READ_ONLY, writes_csr
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import Act, System
from asm_rv32.isa.operands import RA, SP
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.words import OPERATIONS
from asm_rv32.machine import faults
from asm_rv32.machine.calling import WORD
from asm_rv32.machine.engine import Engine
from asm_rv32.machine.errors import Fault
from asm_rv32.machine.interrupts import emulate
from asm_rv32.machine.judge import POISON, Judge, atomic, executable
from asm_rv32.machine.memory import CODE, PAGE, STACK, STOP, Region
from asm_rv32.machine.sanitizer import Shadow
from asm_rv32.machine.semantics import semantics
from asm_rv32.machine.settings import CSR_READS, Semantics, Settings, counter
from asm_rv32.machine.state import Registers
from asm_rv32.machine.stubs import NONE, Stubs, stubs
from asm_rv32.machine.unicorn_state import UnicornMemory, UnicornRegisters

TRANSLATION_BUFFER = 16 << 20
"""Bytes of host memory for translated code; unicorn's default reserves 1 GiB a machine."""

SLICE = 250_000
"""So many instructions run before Python sees to signals, and before the clock is looked at: some
milliseconds, and a second or two where a hook executes each of them."""
GROWTH = 16
"""So much longer the slices of a quick run become: unicorn is slower for a while after each."""
QUICK = 0.1
"""Seconds: a slice that takes less may be followed by a longer one."""

EBREAK_FILLER = b"\x02\x90"
"""c.ebreak, the one instruction that unicorn reports with its own pc."""


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


class _Target(Reading):
    """Where an instruction goes from what registers hold."""

    def __init__(self, registers: UnicornRegisters) -> None:
        self.registers = registers
        self.found = 0

    def constant(self, word: int) -> int:
        return word

    def read(self, number: int) -> int:
        return self.registers[number]

    def place(self, distance: int) -> int:
        return 0  # what is linked, and no part of a computed target

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def goto(self, target: int, condition: object) -> None:
        self.found = target


class Machine:
    """One unicorn hart with the memory of the call it runs; used again for other calls."""

    def __init__(self, *, observed: bool = False) -> None:
        """`observed`: others hook it, and are to see the code as it is."""
        self._observed = observed
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
        self._registers = UnicornRegisters(uc)
        self.memory = UnicornMemory(uc, self._check_access)
        self.judge: Judge
        self._semantics: Mapping[int, Semantics] = {}
        self._laid_out: tuple[Image, Settings] | None = None
        self._buffers: tuple[Region, ...] = ()
        self._image_hold = _Hold()
        self._buffers_hold = _Hold()
        self._alignment_hold = _Hold()
        self._stubs_hold = _Hold()
        self._stubs = NONE
        self._watching = False
        self._shadow: Shadow | None = None
        self._executed = 0
        self.fault: Fault | None = None
        self._invalid: tuple[int, int, bool] | None = None
        self._replay: tuple[Sequence[int], Sequence[bytes], bytes] | None = None
        self._unwritten = False
        """Whether the run was given up at a load of what nothing stored."""
        self._stand_in: Engine | None = None
        """What ran the call instead then."""
        self._own: Engine | None = None
        """Kept with what it has translated."""

    @property
    def registers(self) -> Registers:
        """As the run left them."""
        return self._registers if self._stand_in is None else self._stand_in.registers

    def read(self, region: Region) -> bytes:
        """What a region of the call's memory holds."""
        if self._stand_in is not None:
            return self._stand_in.read(region)
        found = bytes(self.uc.mem_read(region.address, region.size)) if region.size else b""
        if region is self.judge.code:
            return self._stubs.restored(found, self.judge.image.code)
        return found

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
            self._stubs_hold.clear(self.uc)
            self._laid_out = image, settings
            self.judge = Judge(image, settings)
            self.base = self.judge.base
            self._semantics = {**semantics(self.judge.flow), **settings.semantics}
            self._lay_out_image(self._image_hold)
        if [region[:3] for region in self._buffers] != [region[:3] for region in buffers]:
            self._buffers_hold.clear(self.uc)
            for region in buffers:
                self._map(region, self._buffers_hold)
        self._watch_alignment(words)
        self._buffers = self.judge.buffers = buffers

    def _lay_out_image(self, hold: _Hold) -> None:
        judge = self.judge
        self._map(judge.code, hold)
        self._map(judge.stack, hold)
        # A hook is bounded to the addresses it is for: all else then runs at full speed.
        if judge.code.writable:
            kind, last = unicorn.UC_HOOK_MEM_WRITE, judge.code.end - 1
            hold.hook(self.uc, kind, self._on_store_into_code, self.base, last)
        self._hook_instructions(hold)
        if judge.checks is None:
            return
        if judge.checks.watches_stack:
            kinds = unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE
            hold.hook(self.uc, kinds, self._on_stack, judge.stack.address, judge.stack.end - 1)
        for first, last in judge.checks.data:
            code = unicorn.UC_HOOK_CODE
            hold.hook(self.uc, code, self._on_data, self.base + first, self.base + last)

    def _watch_alignment(self, words: Sequence[int]) -> None:
        """Hook every access, unless all are allowed or shown to be aligned."""
        settings = self.judge.settings
        watch = not settings.misaligned and (
            bool(settings.semantics) or not self.judge.is_aligned(words)
        )
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
        if region is self.judge.code:
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
        judge, kind = self.judge, unicorn.UC_HOOK_CODE
        counters = False
        jumps = set(judge.checks.jumps if judge.checks else ())
        for node in judge.flow.nodes:
            touched, address = node.effects, self.base + node.address
            if touched.computes_target:
                if not judge.compressed:
                    jumps.add(node.address)
            elif Act("wait", ()) in touched.outside:
                hold.hook(self.uc, kind, self._on_wait, address, address)
            elif any((writes_csr(found) or 0) >= READ_ONLY for found in touched.outside):
                hold.hook(self.uc, kind, self._on_read_only, address, address)
            elif _reads_counter(node, judge.settings):
                counters = True
        for offset in jumps - set(self._semantics):
            address = self.base + offset
            hold.hook(self.uc, kind, self._on_computed_jump, address, address)
        if counters:
            # Before the hooks of single instructions, so that these see what ran before them.
            hold.hook(self.uc, kind, self._on_instruction, self.base, judge.code.end - 1)
            for node in judge.flow.nodes:
                if _reads_counter(node, judge.settings):
                    address = self.base + node.address
                    hold.hook(self.uc, kind, self._on_counter, address, address)
        self._stubs = NONE if counters else self._stubs_for_image()
        self._lay_stubs(self._stubs_hold)
        self._hook_semantics(hold, self._semantics.keys() - self._stubs.replaced)

    def _hook_semantics(self, hold: _Hold, offsets: Iterable[int]) -> None:
        for offset in offsets:
            address = self.base + offset
            hold.hook(self.uc, unicorn.UC_HOOK_CODE, self._on_semantics, address, address)

    @property
    def helped(self) -> frozenset[int]:
        """Addresses of the instructions that are executed by hooks."""
        return frozenset(self.base + at for at in self._semantics.keys() - self._stubs.replaced)

    def _stubs_for_image(self) -> Stubs:
        """Stubs where nothing may notice them: not those who watch, nor code that is not known."""
        judge = self.judge
        unknown = judge.flow.undecoded or judge.makes_code or judge.settings.semantics
        if self._observed or unknown or not self._semantics:
            return NONE
        found = judge.checks
        fixed = found.jumps if found else frozenset[int]()
        return stubs(judge.flow, self.base, fixed, found is None or not found.watches_stack)

    def _lay_stubs(self, hold: _Hold) -> None:
        if not self._stubs.code:
            return
        hold.map(self.uc, *self._stubs.pages(self.base), unicorn.UC_PROT_EXEC)
        for at, content in self._stubs.code.items():
            self.uc.mem_write(self.base + at, content)
        for first, last in self._stubs.watched(self.judge.image):
            kind = unicorn.UC_HOOK_MEM_READ
            hold.hook(self.uc, kind, self._on_look, self.base + first, self.base + last)

    def _lift_stubs(self) -> None:
        """Go on without stubs, as long as this image is laid out."""
        self._stubs_hold.clear(self.uc)
        self._hook_semantics(self._image_hold, self._stubs.replaced)
        self._stubs = NONE

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
        if self.judge.region_at(address, size) is None:
            fault = self.judge.access_fault(address, size, kind in STORES, self._offset())
            self._stop(fault)

    def _on_access(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        if address & (size - 1):
            self._stop(self.judge.access_fault(address, size, kind in STORES, self._offset()))

    def _on_store_into_code(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        if self.judge.makes_code:
            return
        fault = self.judge.code_store_fault(address, size, self._offset())
        if fault is not None:
            self._stop(fault)

    def _on_look(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        """The code reads itself where it has been changed."""
        uc.emu_stop()

    def _on_computed_jump(self, uc: Any, address: int, size: int, data: object) -> None:
        node = self.judge.flow.nodes[self.judge.flow.node_at[address - self.base]]
        reading = _Target(self._registers)
        perform(node.steps, reading)
        fault = self.judge.jump_fault(reading.found, address - self.base)
        if fault is not None:
            self._stop(fault)

    def _on_data(self, uc: Any, address: int, size: int, data: object) -> None:
        fault = self.judge.data_fault(address - self.base)
        if fault is not None:
            self._judge(fault)

    def _on_stack(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        is_store = kind in STORES
        sp = self._registers[SP]
        if address < sp <= self.judge.stack.end:
            self._judge(faults.below_sp(address, size, is_store, self._offset(), sp))
        self._note_stack(address, size, is_store)

    def _note_stack(self, address: int, size: int, is_store: bool) -> None:
        """Remember what is stored into the stack; give up at a load of what nothing stored.

        That is no fault by itself. Whether it matters is seen where bits are followed.
        """
        if self._shadow is None:
            return
        at = address - self.judge.stack.address
        if is_store:
            self._shadow.store(at, size)
        elif self._shadow.unwritten(at, size) and self.fault is None:
            self._unwritten = True
            self.uc.emu_stop()

    def _on_instruction(self, uc: Any, address: int, size: int, data: object) -> None:
        self._executed += 1

    def _on_counter(self, uc: Any, address: int, size: int, data: object) -> None:
        node = self.judge.flow.nodes[self.judge.flow.node_at[address - self.base]]
        value = _counter_of(node, self.judge.settings, self._executed - 1)
        assert value is not None
        self._registers[node.effects.writes.bit_length() - 1] = value
        uc.reg_write(riscv.UC_RISCV_REG_PC, address + node.size)

    def _on_wait(self, uc: Any, address: int, size: int, data: object) -> None:
        # unicorn returns from it as from the end of a count.
        self._stop(faults.endless_wait(address - self.base))

    def _on_read_only(self, uc: Any, address: int, size: int, data: object) -> None:
        # Where the bits to set or to clear are none, unicorn lets it pass (Zicsr, 6.1).
        self._stop(self._refused(address))

    def _on_semantics(self, uc: Any, address: int, size: int, data: object) -> None:
        offset = address - self.base
        try:
            target = self._semantics[offset](self._registers, self.memory)
        except _Refused as refused:
            self._stop(refused.fault)
            return
        if target is None:
            entry = self.judge.image.entry_at(offset)
            target = address + (entry.size if entry else size)
        if target != STOP and not self.judge.code.holds(target, 1):
            self._stop(self.judge.leaves(target, offset))
            return
        uc.reg_write(riscv.UC_RISCV_REG_PC, target)

    def _stop(self, fault: Fault) -> None:
        if self.fault is None and not self._unwritten:
            self.fault = fault
            self.uc.emu_stop()

    def _judge(self, fault: Fault) -> None:
        """Stop for what a board may survive, unless the line's comment lets it pass."""
        if self.fault is None and not self.judge.lets_pass(fault):
            self._stop(fault)

    def _offset(self) -> int:
        offset = (int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD) - self.base
        return self._stubs.origin.get(offset, offset)

    def _word(self, address: int) -> int:
        """The four bytes at an address in the code's pages, or fewer at their end, as a word."""
        page, size = self._code_pages()
        if not page <= address < page + size:
            return 0
        return int.from_bytes(self.uc.mem_read(address, min(4, page + size - address)), "little")

    def _code_pages(self) -> tuple[int, int]:
        return CODE, self.judge.code.mapped_size

    def _check_access(self, address: int, size: int, is_store: bool) -> None:
        """Refuse an access that an instruction would be refused; for `UnicornMemory`."""
        fault = self.judge.refused_access(address, size, is_store, self._offset())
        if fault is not None:
            raise _Refused(fault)
        if self.judge.stack.holds(address, size):
            self._note_stack(address, size, is_store)

    # ---- running

    def start(self, words: Sequence[int], contents: Sequence[bytes], code: bytes) -> None:
        """Put the call's state in place: memory, registers, and nothing of any run before."""
        uc = self.uc
        page, size = self._code_pages()
        filler = EBREAK_FILLER * (size // 2)
        at = self.base - page
        runs = self._stubs.patched(code) if self._stubs.patches else code
        uc.mem_write(page, filler[:at] + runs + filler[at + len(code) :])
        uc.mem_write(STACK, bytes(self.judge.stack.size))
        for region, content in zip(self._buffers, contents):
            if content:
                uc.mem_write(region.address, content)
        uc.context_restore(self._reset)
        uc.reg_write(riscv.UC_RISCV_REG_X0 + SP, self.judge.stack.end)
        for number, word in zip(self.judge.image.registers, words):
            uc.reg_write(riscv.UC_RISCV_REG_X0 + number, word)
        self.fault = self._invalid = None
        self._unwritten, self._stand_in = False, None
        checks = self.judge.checks
        watched = checks is not None and checks.watches_stack
        self._shadow = Shadow(self.judge.stack.size) if watched else None
        self._executed = 0
        self._replay = (words, contents, code)
        # Code translated before ignores changed memory, hooks, `until` and `count`.
        uc.ctl_flush_tb()

    def run(self) -> None:
        """Execute from the start of the code to its return. Raises ExecutionError."""
        if self._stubs.patches:
            if self._returns_on_stubs():
                return
            assert self._replay is not None
            self._lift_stubs()
            self.start(*self._replay)
        error = self._execute()
        if self._unwritten:
            self._run_instead()
            return
        pc = int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD
        # A stop out of a hook and the end of a count return without an error.
        returned = error is None and self.fault is None and pc == STOP
        changed = self.judge.changed(self._registers) if returned else ()
        if returned and not changed:
            return
        if not returned:
            raise self.judge.error(self.fault or self._explain(error, pc), self._registers)
        words = [self._registers[number] for number in range(32)]
        fault = self.judge.not_kept(changed, words[changed[0]], self._last_writer)
        if not self.judge.lets_pass(fault):
            raise self.judge.error(fault, words)

    def _returns_on_stubs(self) -> bool:
        """Whether a run on stubs comes to a good end. It executes more than the code has."""
        if self._execute() is not None or self._unwritten or self.fault is not None:
            return False
        pc = int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD
        return pc == STOP and not self.judge.changed(self._registers)

    def _run_instead(self) -> None:
        """The run once more on our own engine, which knows of each bit whether it was stored."""
        from asm_rv32.machine.own import OwnEngine  # few runs need it

        assert self._replay is not None
        own = self._stand_in = self._own = self._own or OwnEngine()
        own.lay_out(self.judge.image, self.judge.settings, self._buffers, self._replay[0])
        own.start(*self._replay)
        own.run()

    def _execute(self) -> UcError | None:
        """Execute from the start of the code until it returns, fails or reaches a limit.

        Never with `timeout=`, which costs more than a call: a count ends what does not end.
        """
        uc, pc, left = self.uc, self.base, self.judge.settings.max_instructions
        size, limit = SLICE, self.judge.settings.max_seconds
        before: float | None = None
        while True:
            count = min(left, size)
            try:
                emulate(uc, pc, STOP, count)
            except UcError as error:
                return error
            left -= count
            pc = int(uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD
            if pc == STOP or self.fault is not None or self._unwritten or not left:
                return None
            now = monotonic()
            if before is None:
                before, deadline = now, now + limit
            size = min(2 * size, GROWTH * SLICE) if now - before < QUICK else SLICE
            before = now
            if now > deadline:
                inside = self.judge.code.holds(pc, 1)
                self.fault = faults.time_limit(limit, pc - self.base if inside else None)
                return None

    def _explain(self, error: UcError | None, pc: int) -> Fault:
        """What unicorn's report means; `pc` is where it stopped."""
        offset = pc - self.base
        inside = self.judge.code.holds(pc, 1)
        if error is None:
            limit = self.judge.settings.max_instructions
            return faults.instruction_limit(limit, offset if inside else None)
        if self._invalid is not None and error.errno not in FETCH_ERRORS:
            address, size, is_store = self._invalid
            found = executable(self._word(pc), self.judge.image.isa)
            access = atomic(found.effects) if found else None
            # What loads and stores at once faults as a store, whichever comes first.
            is_store = is_store or (access is not None and access.stores)
            return self.judge.access_fault(address, size, is_store, offset)
        if error.errno == unicorn.UC_ERR_INSN_INVALID and inside:
            return faults.breakpoint_(offset)
        if error.errno == unicorn.UC_ERR_EXCEPTION and self.judge.code.holds(pc - 4, 1):
            # Reported 4 behind the instruction, whatever its length.
            return self._refused(pc - 4)
        return self._wild_jump(pc)

    def _refused(self, pc: int) -> Fault:
        """The instruction at `pc` raised an exception that no access of memory explains."""
        offset = pc - self.base
        word = self._word(pc)
        found = executable(word, self.judge.image.isa)
        access = atomic(found.effects) if found else None
        if access is not None and access.base is not None:
            address = self._registers[access.base[0]]
            if address & (access.size - 1):
                return self.judge.access_fault(address, access.size, access.stores, offset)
        return faults.refused_instruction(word, found, offset)

    def _wild_jump(self, target: int) -> Fault:
        """Execution reached `target`, outside the code: blame the instruction that led there."""
        source = self._last_instruction()
        return self.judge.leaves(target, None if source is None else source - self.base)

    def _last_instruction(self) -> int | None:
        """Run again up to where this run left the code; the address of its last instruction.

        unicorn does not tell where a jump came from, and watching every block takes ten times
        as long: so that is done only when there is something to blame.
        """
        if self._replay is None:
            return None
        last: list[int] = []

        def on_block(uc: Any, address: int, size: int, data: object) -> None:
            if self.judge.code.holds(address, 1):
                last[:] = [address, size]

        hold = _Hold()
        hold.hook(self.uc, unicorn.UC_HOOK_BLOCK, on_block)
        if not self._run_again(hold) or not last:
            return None
        end = min(last[0] + last[1], self.judge.code.end)
        entry = self.judge.image.entry_at(end - 1 - self.base)
        return None if entry is None else self.base + entry.address

    def _last_writer(self, register: int) -> int | None:
        """Run again; the offset of the last instruction that writes a register."""
        last: list[int] = []

        def on_write(uc: Any, address: int, size: int, data: object) -> None:
            last[:] = [address - self.base]

        hold = _Hold()
        for node in self.judge.flow.nodes:
            if node.effects.writes >> register & 1:
                at = self.base + node.address
                hold.hook(self.uc, unicorn.UC_HOOK_CODE, on_write, at, at)
        return last[0] if self._run_again(hold) and last else None

    def _run_again(self, hold: _Hold) -> bool:
        """The run once more, from the same state, with hooks that look on; True at its end.

        They cost time, and may not see all of a run that ends just within its limit.
        """
        assert self._replay is not None
        self.start(*self._replay)
        try:
            self._execute()
        finally:
            hold.clear(self.uc)
        return self.fault is None


def _counter_of(node: Node, settings: Settings, executed: int) -> int | None:
    """What an instruction reads that only reads a counter, after so many instructions."""
    for found in node.effects.outside:
        if isinstance(found, System) and found.name in CSR_READS and writes_csr(found) is None:
            csr = found.operands[0]
            return counter(settings.counters, csr.value, executed)  # type: ignore[union-attr]
    return None


def _reads_counter(node: Node, settings: Settings) -> bool:
    return _counter_of(node, settings, 0) is not None

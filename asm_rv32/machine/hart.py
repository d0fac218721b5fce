"""One unicorn hart, and the memory and hooks of the call that it runs.

Input: an Image, where its arguments stand, and what they hold. Output: the state after its return,
or `ExecutionError`.
Invariant: every run starts from the same state, whatever ran on the machine before.

What unicorn 2.1 gets wrong and is worked around here, tests/machine/test_emulator_traps.py pins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from time import monotonic

from unicorn import riscv_const as riscv
from unicorn import unicorn_const as unicorn
from unicorn.unicorn import UcError

from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.isa.effects import is_read_only, writes_csr
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import Act
from asm_rv32.isa.operands import FFLAGS, FLOAT, RA, SP
from asm_rv32.machine.calling import WORD
from asm_rv32.machine.errors import Fault, faults
from asm_rv32.machine.foreign import foreign
from asm_rv32.machine.interrupts import emulate
from asm_rv32.machine.judge import POISON, Judge, atomic, executable
from asm_rv32.machine.memory import CODE, PAGE, STACK, STOP, Region
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.unicorn_state import FETCH_ERRORS, Hold, UnicornRegisters, new_hart
from asm_rv32.machine.watch import Watch, reads_counter

if TYPE_CHECKING:
    from asm_rv32.analysis.flow import Flow
    from asm_rv32.machine.engine import Engine
    from asm_rv32.machine.settings import Semantics
    from asm_rv32.machine.state import Registers
    from asm_rv32.machine.stubs import Stubs

SLICE = 250_000
"""So many instructions run before Python sees to signals, and before the clock is looked at: some
milliseconds, and a second or two where a hook executes each of them."""
GROWTH = 16
"""So much longer the slices of a quick run become: unicorn is slower for a while after each."""
QUICK = 0.1
"""Seconds: a slice that takes less may be followed by a longer one."""

EBREAK_FILLER = b"\x02\x90"
"""c.ebreak, the one instruction that unicorn reports with its own pc."""


class Machine:
    """One unicorn hart with the memory of the call it runs; used again for other calls."""

    def __init__(self, *, has_float: bool = False, observed: bool = False) -> None:
        """`has_float`: with F; `observed`: others hook it, and are to see the code as it is."""
        self._observed = observed
        self._has_float = has_float
        uc = self.uc = new_hart(has_float)
        uc.mem_map(STOP, PAGE, unicorn.UC_PROT_EXEC)
        uc.mem_write(STOP, EBREAK_FILLER * (PAGE // 2))
        registers = UnicornRegisters(uc)
        for number in range(1, FFLAGS if has_float else FLOAT):
            registers[number] = POISON + number
        uc.reg_write(riscv.UC_RISCV_REG_X0 + RA, STOP)
        self._reset = uc.context_save()
        self._watch = Watch(uc)
        uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._watch.on_invalid)
        self.judge: Judge
        self._laid_out: tuple[Image, Settings] | None = None
        self._buffers: tuple[Region, ...] = ()
        self._image_hold = Hold(self._forget)
        self._buffers_hold = Hold(self._forget)
        self._alignment_hold = Hold(self._forget)
        self._stubs_hold = Hold(self._forget)
        self._stubs: Stubs | None = None
        self._watching = False
        self._standing: bytes | None = None
        """The code that unicorn has, and may have translated; None where it is to take it anew."""
        self._replay: tuple[Sequence[int], Sequence[bytes], bytes] | None = None
        self._stand_in: Engine | None = None
        """What ran the call instead, where it loads what nothing stored."""
        self._own: Engine | None = None
        """Kept with what it has translated."""

    @property
    def registers(self) -> Registers:
        """As the run left them."""
        return self._watch.registers if self._stand_in is None else self._stand_in.registers

    def read(self, region: Region) -> bytes:
        """What a region of the call's memory holds."""
        if self._stand_in is not None:
            return self._stand_in.read(region)
        found = bytes(self.uc.mem_read(region.address, region.size)) if region.size else b""
        if region is self.judge.code and self._stubs is not None:
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
            self.judge = self._watch.judge = Judge(image, settings)
            self.base = self.judge.base
            lacking = _lacking(self.judge.flow)
            self._watch.semantics = {**lacking, **settings.semantics}
            self._watch.atomic = self.judge.atomics(lacking)
            self._lay_out_image(self._image_hold)
        if [region[:3] for region in self._buffers] != [region[:3] for region in buffers]:
            self._buffers_hold.clear(self.uc)
            for region in buffers:
                self._map(region, self._buffers_hold)
        self._watch_alignment(words)
        self._buffers = self.judge.buffers = buffers

    def _lay_out_image(self, hold: Hold) -> None:
        judge = self.judge
        self._map(judge.code, hold)
        self._map(judge.stack, hold)
        # A hook is bounded to the addresses it is for: all else then runs at full speed.
        if judge.code.writable:
            kind, last = unicorn.UC_HOOK_MEM_WRITE, judge.code.end - 1
            hold.hook(self.uc, kind, self._watch.on_store_into_code, self.base, last)
        self._hook_instructions(hold)
        if judge.checks is None:
            return
        if judge.checks.watches_stack:
            kinds = unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE
            hold.hook(
                self.uc, kinds, self._watch.on_stack, judge.stack.address, judge.stack.end - 1
            )
        for first, last in judge.checks.data:
            code = unicorn.UC_HOOK_CODE
            hold.hook(self.uc, code, self._watch.on_data, self.base + first, self.base + last)

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
                self._alignment_hold.hook(self.uc, kinds, self._watch.on_access)

    def _map(self, region: Region, hold: Hold) -> None:
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
        hold.hook(self.uc, kinds, self._watch.on_edge, first, page + size - 1)
        if page < region.address:
            hold.hook(self.uc, kinds, self._watch.on_edge, page, region.address - 1)

    def _hook_instructions(self, hold: Hold) -> None:
        judge, kind = self.judge, unicorn.UC_HOOK_CODE
        counters = False
        jumps = set(judge.checks.jumps if judge.checks else ())
        for node in judge.flow.nodes:
            touched, address = node.effects, self.base + node.address
            if touched.computes_target:
                if not judge.compressed:
                    jumps.add(node.address)
            elif Act("wait", ()) in touched.outside:
                hold.hook(self.uc, kind, self._watch.on_wait, address, address)
            elif any(is_read_only(writes_csr(found) or 0) for found in touched.outside):
                hold.hook(self.uc, kind, self._watch.on_refused, address, address)
            elif reads_counter(node, judge.settings):
                counters = True
        for offset in judge.refused.difference(self._watch.semantics):
            address = self.base + offset
            hold.hook(self.uc, kind, self._watch.on_refused, address, address)
        for offset in jumps - set(self._watch.semantics):
            address = self.base + offset
            hold.hook(self.uc, kind, self._watch.on_computed_jump, address, address)
        if counters:
            # Before the hooks of single instructions, so that these see what ran before them.
            hold.hook(self.uc, kind, self._watch.on_instruction, self.base, judge.code.end - 1)
            for node in judge.flow.nodes:
                if reads_counter(node, judge.settings):
                    address = self.base + node.address
                    hold.hook(self.uc, kind, self._watch.on_counter, address, address)
        self._watch.origin = {}
        self._stubs = None if counters else self._stubs_for_image()
        if self._stubs is not None:
            self._lay_stubs(self._stubs, self._stubs_hold)
        self._hook_semantics(hold, self._hooked())

    def _hook_semantics(self, hold: Hold, offsets: Iterable[int]) -> None:
        for offset in offsets:
            address = self.base + offset
            hold.hook(self.uc, unicorn.UC_HOOK_CODE, self._watch.on_semantics, address, address)

    def _hooked(self) -> Set[int]:
        """Offsets of the instructions that are executed by hooks."""
        offsets = self._watch.semantics.keys()
        return offsets if self._stubs is None else offsets - self._stubs.replaced

    @property
    def helped(self) -> frozenset[int]:
        """Addresses of the instructions that are executed by hooks."""
        return frozenset(self.base + offset for offset in self._hooked())

    def _stubs_for_image(self) -> Stubs | None:
        """Stubs where nothing may notice them: not those who watch, nor code that is not known."""
        judge = self.judge
        unknown = judge.flow.undecoded or judge.makes_code or judge.settings.semantics
        if self._observed or unknown or not self._watch.semantics:
            return None
        from asm_rv32.machine.stubs import stubs  # most code has nothing that unicorn lacks

        found = judge.checks
        fixed = found.jumps if found else frozenset[int]()
        return stubs(judge.flow, self.base, fixed, found is None or not found.watches_stack)

    def _lay_stubs(self, laid: Stubs, hold: Hold) -> None:
        hold.map(self.uc, *laid.pages(self.base), unicorn.UC_PROT_EXEC)
        for at, content in laid.code.items():
            self.uc.mem_write(self.base + at, content)
        for first, last in laid.watched(self.judge.image):
            kind = unicorn.UC_HOOK_MEM_READ
            hold.hook(self.uc, kind, self._watch.on_look, self.base + first, self.base + last)
        self._watch.origin = laid.origin

    def _lift_stubs(self, laid: Stubs) -> None:
        """Go on without stubs, as long as this image is laid out."""
        self._stubs_hold.clear(self.uc)
        self._hook_semantics(self._image_hold, laid.replaced)
        self._stubs, self._watch.origin = None, {}

    # ---- running

    def start(self, words: Sequence[int], contents: Sequence[bytes], code: bytes) -> None:
        """Put the call's state in place: memory, registers, and nothing of any run before."""
        uc = self.uc
        runs = code if self._stubs is None else self._stubs.patched(code)
        if runs != self._standing:
            self._give(runs)
        uc.mem_write(STACK, bytes(self.judge.stack.size))
        for region, content in zip(self._buffers, contents):
            if content:
                uc.mem_write(region.address, content)
        uc.context_restore(self._reset)
        if self._has_float:
            uc.reg_write(riscv.UC_RISCV_REG_FFLAGS, 0)  # which no context holds
        for number, word in self.judge.settings.held.items():
            uc.reg_write(riscv.UC_RISCV_REG_X0 + number, word)
        uc.reg_write(riscv.UC_RISCV_REG_X0 + SP, self.judge.stack.end)
        for number, word in zip(self.judge.image.registers, words):
            uc.reg_write(riscv.UC_RISCV_REG_X0 + number, word)
        self._stand_in = None
        self._watch.begin()
        self._replay = (words, contents, code)

    def _give(self, code: bytes) -> None:
        """Let unicorn have the code; it keeps it where nobody else can change it, nor hook it."""
        page, size = CODE, self.judge.code.mapped_size
        filler = EBREAK_FILLER * (size // 2)
        at = self.base - page
        self.uc.mem_write(page, filler[:at] + code + filler[at + len(code) :])
        apart = self._stubs.apart if self._stubs is not None else ()
        if apart:
            # This takes the hook away with which unicorn counts, if it has it.
            self.uc.emu_start(STOP, STOP)
        # Code translated before ignores changed memory and hooks.
        self.uc.ctl_flush_tb()
        for at, end in apart:
            # And is not counted afterwards: each is counted as the one jump to it.
            while at < end:
                _, _, size = self.uc.ctl_request_cache(self.base + at)
                at += size
        self._standing = None if self._observed or self.judge.code.writable else code

    def _forget(self) -> None:
        """What runs next is to be translated anew."""
        self._standing = None

    def run(self) -> None:
        """Execute from the start of the code to its return. Raises ExecutionError."""
        if self._stubs is not None:
            if self._returns_on_stubs():
                return
            assert self._replay is not None
            self._lift_stubs(self._stubs)
            self.start(*self._replay)
        error = self._execute()
        if self._watch.unwritten:
            self._run_instead()
            return
        pc = int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD
        # A stop out of a hook and the end of a count return without an error.
        returned = error is None and self._watch.fault is None and pc == STOP
        changed = self.judge.changed(self._watch.registers) if returned else ()
        if returned and not changed:
            return
        if not returned:
            fault = self._watch.fault or self._explain(error, pc)
            raise self.judge.error(fault, self._watch.registers)
        words = [self._watch.registers[number] for number in range(32)]
        fault = self.judge.not_kept(changed, words[changed[0]], self._last_writer)
        if not self.judge.lets_pass(fault):
            raise self.judge.error(fault, words)

    def _returns_on_stubs(self) -> bool:
        """Whether a run on stubs comes to a good end. It executes more than the code has."""
        if self._execute() is not None or self._watch.unwritten or self._watch.fault is not None:
            return False
        pc = int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD
        return pc == STOP and not self.judge.changed(self._watch.registers)

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
        uc, pc, left = self.uc, self.judge.entry, self.judge.settings.max_instructions
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
            if pc == STOP or self._watch.fault is not None or self._watch.unwritten or not left:
                return None
            now = monotonic()
            if before is None:
                before, deadline = now, now + limit
            size = min(2 * size, GROWTH * SLICE) if now - before < QUICK else SLICE
            before = now
            if now > deadline:
                inside = self.judge.code.holds(pc, 1)
                self._watch.fault = faults.time_limit(limit, pc - self.base if inside else None)
                return None

    def _explain(self, error: UcError | None, pc: int) -> Fault:
        """What unicorn's report means; `pc` is where it stopped."""
        offset = pc - self.base
        inside = self.judge.code.holds(pc, 1)
        if error is None:
            limit = self.judge.settings.max_instructions
            return faults.instruction_limit(limit, offset if inside else None)
        if self._watch.invalid is not None and error.errno not in FETCH_ERRORS:
            address, size, is_store = self._watch.invalid
            found = executable(self._watch.word(pc), self.judge.image.isa)
            access = atomic(found.effects) if found else None
            # What loads and stores at once faults as a store, whichever comes first.
            is_store = is_store or (access is not None and access.stores)
            return self.judge.access_fault(address, size, is_store, offset)
        if error.errno == unicorn.UC_ERR_INSN_INVALID and inside:
            return faults.breakpoint_(offset)
        if error.errno == unicorn.UC_ERR_EXCEPTION and self.judge.code.holds(pc - 4, 1):
            # Reported 4 behind the instruction, whatever its length.
            return self._watch.refused(pc - 4)
        return self._wild_jump(pc)

    def _wild_jump(self, target: int) -> Fault:
        """Execution reached `target`, outside the code: blame the instruction that led there."""
        source = self._last_instruction()
        return self.judge.leaves(target, None if source is None else source - self.base)

    def _last_instruction(self) -> int | None:
        """Run again up to where this run left the code; the address of its last instruction.

        unicorn does not tell where a jump came from, and watching every block takes ten times
        as long: so that is done only when there is something to blame.
        """
        last: list[int] = []

        def on_block(uc: Any, address: int, size: int, data: object) -> None:
            if self.judge.code.holds(address, 1):
                last[:] = [address, size]

        hold = Hold(self._forget)
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

        hold = Hold(self._forget)
        for node in self.judge.flow.nodes:
            if node.effects.writes >> register & 1:
                at = self.base + node.address
                hold.hook(self.uc, unicorn.UC_HOOK_CODE, on_write, at, at)
        return last[0] if self._run_again(hold) and last else None

    def _run_again(self, hold: Hold) -> bool:
        """The run once more, from the same state, with hooks that look on; True at its end.

        They cost time, and may not see all of a run that ends just within its limit.
        """
        assert self._replay is not None
        self.start(*self._replay)
        try:
            self._execute()
        finally:
            hold.clear(self.uc)
        return self._watch.fault is None


def _lacking(flow: Flow) -> dict[int, Semantics]:
    """Offset → what executes the instruction there, for all that unicorn lacks."""
    nodes = foreign(flow)
    if not nodes:
        return {}
    from asm_rv32.machine.semantics import execution  # most code has none

    return {node.address: execution(node.meaning.instruction) for node in nodes}

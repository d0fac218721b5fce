"""Our own engine: runs a call in Python alone, from the meanings of its instructions.

Input and output as of `machine.engine.Engine`.
Invariant: what is executed with `exec` is text that `machine.translation` made of the steps.

Where a load finds what nothing stored, the run goes on instruction by instruction as far as they
touch it (`machine.definedness`), and as before elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from time import monotonic

from asm_rv32.basis.records import Any
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ReservedMode
from asm_rv32.isa.words import OPERATIONS, WORD
from asm_rv32.machine.csr import ControlRegisters
from asm_rv32.machine.errors import Fault, faults
from asm_rv32.machine.judge import Judge, executable
from asm_rv32.machine.memory import Region
from asm_rv32.machine.own_access import OwnAccesses
from asm_rv32.machine.own_state import Nowhere, OwnMemory, OwnRegisters, Returned, Stopped, Unstored
from asm_rv32.machine.port import InstructionClock, Port
from asm_rv32.machine.sanitizer import Shadow
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.translation import (
    LENGTH,
    Ahead,
    Block,
    Meaning,
    Site,
    Translator,
    compiled,
    meaning,
)

SLICE = 250_000
"""So many instructions run before the clock is looked at."""
SITES_KEPT = 100_000
"""With more, all translations are made anew: code that goes on replacing itself is bounded."""
VIEWS = {(2, False): "H", (4, False): "I", (1, True): "b", (2, True): "h"}
"""Bytes, and whether they are signed → the item of a memoryview."""

Function = Callable[[], int]
"""Executes a stretch of code; the address where control goes on, or the complement of that of the
stretch where too few instructions are left."""


class OwnEngine(OwnAccesses):
    """One hart in Python with the memory of the call it runs; used again for other calls."""

    def __init__(self, marked: int = 0) -> None:
        """`marked`: the registers whose last writer is kept, as a set of bits."""
        self._held: dict[str, Any] = {}
        super().__init__(OwnRegisters(self._held))
        self._marked = marked
        self._laid_out: tuple[Image, Settings] | None = None
        self._aligned = False
        self.memory = OwnMemory(self)
        self._blocks: dict[int, Function] = {}
        self._made: dict[int, tuple[Block, Function]] = {}
        self._steps: dict[int, Function] = {}
        self._parts: dict[tuple[int, int], Function] = {}
        self._sites: list[Site] = []
        self._start: tuple[Sequence[int], Sequence[bytes], bytes] | None = None
        self._deadline: float | None = None

    helped: frozenset[int] = frozenset()
    """None: it executes every instruction itself."""

    # ---- laying out

    def lay_out(
        self,
        image: Image,
        settings: Settings,
        buffers: tuple[Region, ...],
        words: Sequence[int] = (),
    ) -> None:
        """Make ready for a call; what is translated stays where it still holds."""
        standing = self._laid_out
        if standing is None or standing[0] is not image or standing[1] is not settings:
            self._laid_out = image, settings
            self.judge = Judge(image, settings)
            self._forget()
        judge = self.judge
        aligned = judge.is_aligned(words) and not settings.semantics
        if aligned != self._aligned:
            self._aligned = aligned
            self._forget()
        if [region[:3] for region in judge.buffers] != [region[:3] for region in buffers]:
            self._forget_views()
        judge.buffers = buffers
        if self.provide_memory():
            self._forget_views()

    def stand_on(self, judge: Judge) -> None:
        """Make ready for what a judge of one's own has laid out."""
        self.judge = judge
        self._forget()
        if self.provide_memory():
            self._forget_views()

    def _forget(self) -> None:
        """Nothing is translated."""
        held = self._held
        held.clear()
        held.update(
            load=self._load, store=self._store, system=self._system, act=self._act,
            jump=self._jump, r0=0,
        )  # fmt: skip
        self._forget_translations()

    def _forget_translations(self) -> None:
        for number in range(len(self._sites)):
            self._held.pop(f"w{number}", None)
            self._held.pop(f"k{number}", None)
        self._sites.clear()
        self._made.clear()
        self.code_changed()

    def code_changed(self) -> None:
        """The code may have changed; what was made of it is used again where it did not."""
        self._blocks.clear()
        self._steps.clear()
        self._parts.clear()
        self.lines.clear()
        if self.port is not None:
            self.port.clock.code_changed()

    def _forget_views(self) -> None:
        for number in range(len(self._sites)):
            self._set_view(number, Nowhere(), 0)

    def _set_view(self, number: int, view: object, offset: int) -> None:
        self._held[f"w{number}"] = view
        self._held[f"k{number}"] = offset

    # ---- running

    def start(self, words: Sequence[int], contents: Sequence[bytes], code: bytes) -> None:
        """Put the call's state in place: memory, registers, and nothing of any run before."""
        judge = self.judge
        if self.data[judge.base] != code:
            self.code_changed()
        stack = bytes(judge.stack.size)
        for region, content in zip(judge.regions, (code, stack, *contents)):
            self.data[region.address][:] = content
        for number, word in enumerate(judge.at_entry(words)):
            self._held[f"r{number:d}"] = word
        watched = judge.checks is not None and judge.checks.watches_stack
        self.shadow = Shadow(judge.stack.size) if watched else None
        interrupted = judge.stop * bool(judge.image.handler)
        floating = self.registers if judge.has_fcsr else None
        self.csr = ControlRegisters(judge.settings.core, interrupted, judge.csr_states, floating)
        self.reserved = None
        self._start = words, contents, code
        self._deadline = None
        self._held.update(at=judge.entry, last=None)
        self._held["left"] = self._held["given"] = min(judge.settings.max_instructions, SLICE)

    def run(self) -> None:
        """Execute from the start of the code to its return. Raises ExecutionError."""
        judge = self.judge
        fault = self.execute(judge.entry)
        if fault is not None:
            raise judge.error(fault, self.registers)
        changed = judge.changed(self.registers)
        if changed:
            fault = judge.not_kept(changed, self.registers[changed[0]], self._last_writer)
            if not judge.lets_pass(fault):
                raise judge.error(fault, self.registers)

    def execute(self, pc: int) -> Fault | None:
        """Run from an address to the end; the fault where there is one."""
        while True:
            try:
                self._go(pc)
            except Returned:
                return None
            except Stopped as stopped:
                if stopped.site is not None:
                    self.count(stopped.site.before)
                return stopped.fault
            except ReservedMode:
                self.count(self._held["before"])
                return self._reserved_mode()
            except Unstored as found:
                pc = found.site.pc
                self.count(found.site.before)
            try:
                pc = self._follow(pc)
            except Returned:
                return None
            except Stopped as stopped:
                return stopped.fault
            except ReservedMode:
                return self._reserved_mode()

    def _reserved_mode(self) -> Fault:
        """An instruction rounds as frm says, which holds no mode."""
        pc = self.registers.pc
        word = self.word_at(pc)
        instruction = executable(word, self.judge.image.isa)
        return faults.refused_instruction(word, instruction, pc - self.judge.base)

    def _follow(self, pc: int) -> int:
        """Go on where bits come from nowhere, until none does; where control goes then."""
        from asm_rv32.machine.definedness import Careful  # few runs need it

        return Careful(self).run(pc)

    def _go(self, pc: int) -> None:
        blocks = self._blocks
        while True:
            try:
                block = blocks[pc]
            except KeyError:
                block = self.missing(pc)
            pc = block()

    def _last_writer(self, register: int) -> int | None:
        """Run again; the offset of the last instruction that writes a register."""
        assert self._start is not None
        again = OwnEngine(marked=1 << register)
        again.lay_out(self.judge.image, self.judge.settings, self.judge.buffers, self._start[0])
        if self.port is not None:
            found = self.port.bus.replay(self.port.first)
            again.port = Port(again, found, InstructionClock(again))
        again.start(*self._start)
        again.execute(again.judge.entry)
        last = again._held["last"]
        return None if last is None else last - self.judge.base

    # ---- translating

    def missing(self, pc: int) -> Function:
        """What executes the code at an address, where nothing does as yet; a complement asks for
        more instructions. Raises Returned, Stopped."""
        if pc < 0:
            return self._more(~pc)
        self.arrive(pc)
        if pc not in self._blocks:
            self._blocks[pc] = self._translated(pc)
        return self._blocks[pc]

    def arrive(self, pc: int) -> None:
        """Control comes to an address. Raises Returned at the end, Stopped outside of the code."""
        judge = self.judge
        if pc == judge.stop:
            raise Returned
        if not judge.code.holds(pc, 1):
            raise Stopped(judge.leaves(pc, self._held["at"] - judge.base))

    def executed(self) -> int:
        """How many instructions the call has executed."""
        return int(self._held["given"] - self._held["left"])

    def count(self, instructions: int, last: int | None = None) -> None:
        """So many more were executed, the last of them at an address, where that is told."""
        self._held["left"] -= instructions
        if last is not None:
            self._held["at"] = last

    def mark(self, number: int, pc: int) -> None:
        """An instruction wrote a register."""
        if self._marked >> number & 1:
            self._held["last"] = pc

    def provide(self, pc: int) -> None:
        """See that the instruction at an address may be executed; it is. Raises Stopped."""
        if self._held["left"] < 1:
            self._more(pc)
        if self.port is not None:
            self.port.enter(pc, 1)

    def _remaining(self) -> int:
        return self.judge.settings.max_instructions - self.executed()

    def _more(self, pc: int) -> Function:
        settings, held = self.judge.settings, self._held
        offset = pc - self.judge.base
        remaining = self._remaining()
        if not remaining:
            raise Stopped(faults.instruction_limit(settings.max_instructions, offset))
        now = monotonic()
        if self._deadline is None:
            self._deadline = now + settings.max_seconds
        elif now > self._deadline:
            raise Stopped(faults.time_limit(settings.max_seconds, offset))
        more = min(remaining, SLICE) - held["left"]
        held["left"] += more
        held["given"] += more
        made = self._made.get(pc)
        if made is None or held["left"] >= made[0].length:
            return self.missing(pc)
        if pc not in self._steps:
            self._steps[pc] = self._translated(pc, 1)
        return self._steps[pc]

    def _translated(self, pc: int, length: int | None = None) -> Function:
        offset = pc - self.judge.base
        if len(self._sites) > SITES_KEPT:
            self._forget_translations()  # none of it runs now
        if offset in self.judge.settings.semantics:
            return self._replaced(pc)
        fault = self._refused(offset)
        if fault is not None:
            return _stopping(fault, pc, self._held)
        if length is None and pc in self._made:
            block, made = self._made[pc]
            if all(self.word_at(at) == word for at, word in block.words):
                self._note_lines(block)
                return made
        first = len(self._sites)
        translator = Translator(
            Ahead(self.fetch, self._watches_jump, self._aligned, self._marked), self._sites
        )
        some = length or (self.port.together(pc) if self.port is not None else LENGTH)
        block = translator.block(pc, some)
        for number in range(first, len(self._sites)):
            self._set_view(number, Nowhere(), 0)
        for name in block.operations:
            self._held[f"op_{name}"] = OPERATIONS[name]
        exec(compiled(block.text), self._held)
        function: Function = self._held["block"]
        if self.port is not None:
            function = self._observed(pc, block.length, function)
        self._note_lines(block)
        if length is None:
            self._made[pc] = block, function
        return function

    def _observed(self, pc: int, length: int, function: Function) -> Function:
        """What executes so many instructions, where each access of a device has its cycle."""
        held = self._held

        def block() -> int:
            if held["left"] < length:
                return ~pc
            port = self.port
            assert port is not None
            port.enter(pc, length)
            try:
                return function()
            except Unstored:
                port.clock.undo()  # it goes on here, with care
                raise

        return block

    def _note_lines(self, block: Block) -> None:
        for pc, _ in block.words:
            at = pc - self.judge.base
            self.lines |= {at >> 6, at + 3 >> 6}

    def stretch(self, pc: int, length: int) -> int:
        """Execute so many instructions that stand one behind the other, none but the last of which
        leads elsewhere; where control goes on. Raises Stopped, Returned at the end of the call."""
        key = pc, length
        if key not in self._parts:
            self._parts[key] = self._translated(pc, length)
        if self._held["left"] < length:
            self._more(pc)
        following = self._parts[key]()
        if following < 0:
            raise Stopped(faults.instruction_limit(self.judge.settings.max_instructions, None))
        return following

    def touched(self, pc: int) -> int:
        """The registers that what is translated at an address reads or writes."""
        made = self._made.get(pc)
        return WORD if made is None else made[0].touched

    def fetch(self, pc: int) -> Meaning | None:
        """What is executed at an address; None where something else is done, or nothing."""
        offset = pc - self.judge.base
        if not self.judge.code.holds(pc, 1) or offset in self.judge.settings.semantics:
            return None
        return None if self._refused(offset) else meaning(self.word_at(pc), self.judge.image.isa)

    def _refused(self, offset: int) -> Fault | None:
        """Why what stands at an offset is not executed."""
        judge = self.judge
        if judge.checks is not None and judge.checks.data:
            fault = judge.data_fault(offset)
            if fault is not None and not judge.lets_pass(fault):
                return fault
        pc = judge.base + offset
        if meaning(self.word_at(pc), self.judge.image.isa) is None:
            return faults.refused_instruction(self.word_at(pc), None, offset)
        return None

    def _watches_jump(self, pc: int) -> bool:
        checks = self.judge.checks
        watched = checks is not None and pc - self.judge.base in checks.jumps
        return watched or not self.judge.compressed

    def _replaced(self, pc: int) -> Function:
        """What executes an instruction for which the settings have a function."""
        held, offset = self._held, pc - self.judge.base
        entry = self.judge.image.entry_at(offset)
        size = entry.size if entry else 4
        execute = self.judge.settings.semantics[offset]

        def block() -> int:
            if held["left"] < 1:
                return ~pc
            if self.port is not None:
                self.port.enter(pc, 1)
            held["at"] = pc
            self.memory.site = Site(pc, 0)
            target = execute(self.registers, self.memory)
            held["left"] -= 1
            return pc + size if target is None else target

        return block

    # ---- what translated code calls, by the number of its site

    def _load(self, number: int, address: int) -> int:
        site = self._sites[number]
        value = self.load(site, address)
        self._remember(number, site, address)
        if site.is_signed:
            return OPERATIONS[f"signed{8 * site.size}"](value)
        return value

    def _store(self, number: int, address: int, value: int) -> None:
        site = self._sites[number]
        self.store(site, address, value)
        self._remember(number, site, address)

    def _remember(self, number: int, site: Site, address: int) -> None:
        """Let a site find the region of this access by itself from now on, if it may."""
        judge = self.judge
        region = judge.region_at(address, site.size)
        assert region is not None
        if self.port is not None and (site.is_store or region.address in judge.devices):
            return
        is_swapped = sys.byteorder != "little" and site.size > 1  # of a memoryview's items
        if (
            is_swapped
            or (region is judge.code and site.is_store)
            or (region is judge.stack and self.shadow is not None)
        ):
            return
        first = -(-region.address // site.size) * site.size
        data: Any = self.data[region.address]
        if (site.size, site.is_signed) in VIEWS:
            count = (region.end - first) // site.size
            start = first - region.address
            data = memoryview(data)[start : start + count * site.size]
            data = data.cast(VIEWS[site.size, site.is_signed])
        self._set_view(number, data, site.offset - first)

    def _jump(self, number: int, target: int) -> None:
        self.judge_jump(self._sites[number], target)

    def _system(
        self, number: int, name: str, operands: tuple[int, ...], executed: int, writes: bool
    ) -> int:
        return self.system(self._sites[number], name, operands, executed, writes)

    def _act(self, number: int, name: str, behind: int) -> int:
        return self.act(self._sites[number], name, behind)


def _stopping(fault: Fault, pc: int, held: dict[str, Any]) -> Function:
    """What stops the run at an address, if any instruction is left."""

    def block() -> int:
        if held["left"] < 1:
            return ~pc
        raise Stopped(fault)

    return block

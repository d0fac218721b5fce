"""Run a bare program: memory, an entry, and a store that ends it. No call, no convention.

Input: the bytes of memory and where to start. Output: `Final`, the state behind the last store;
or ExecutionError.
Invariant: both engines give the same; that of unicorn asks Python about each instruction, and
counts them by that.
"""

from __future__ import annotations

from collections.abc import Sequence


from asm_rv32.diagnostics import Source, Span
from asm_rv32.image import Image
from asm_rv32.machine.judge import Judge
from asm_rv32.machine.memory import PAGE, Region, round_up
from asm_rv32.machine.own import OwnEngine, Returned
from asm_rv32.machine.settings import PYTHON, UNICORN, Settings
from asm_rv32.machine.translation import Site
from asm_rv32.records import NamedTuple

SPACE = 128 << 10
"""Bytes of memory that a program has at least."""


class Final(NamedTuple):
    """The state in which a program ended."""

    registers: tuple[int, ...]
    """x0 to x31, unsigned."""
    memory: bytes
    """From `base` on, as many bytes as were given."""
    instructions: int
    """Executed, the store that ended it being the last."""


def run_program(
    memory: bytes,
    entry: int,
    *,
    base: int = 0,
    isa: str,
    engine: str = UNICORN,
    stop_store: int,
    max_instructions: int = 3_000_000,
) -> Final:
    """Run a bare program until it stores to the word at `stop_store`, with any size.

    `memory` lies at `base`, with zeros behind it up to 128 KiB and to the end of the page; all of
    it can be executed, and stored into. Registers are 0; misaligned accesses are allowed.
    `engine` is one of ENGINES. Raises ExecutionError for a fault and where the program does not
    end within `max_instructions`; ValueError for what cannot be run; IsaError.
    """
    settings = Settings(
        misaligned=True, sanitize=False, max_instructions=max_instructions, engine=engine
    )  # fmt: skip
    settings.check()
    judge = BareJudge(memory, base, isa, stop_store, settings)
    if engine == PYTHON:
        return _Program(judge).final(memory, entry)
    from asm_rv32.machine.engine import engine_name

    engine_name(engine)
    from asm_rv32.machine.bare_unicorn import final

    return final(judge, memory, entry)


class BareJudge(Judge):
    """The memory of a bare program, all of which it may use as it likes."""

    def __init__(
        self, memory: bytes, base: int, isa: str, stop_store: int, settings: Settings
    ) -> None:
        first = base & -PAGE
        size = round_up(base + max(len(memory), SPACE), PAGE) - first
        if not 0 <= first < first + size <= 1 << 32:
            raise ValueError(f"{len(memory)} bytes at {base:#x} are not within 32 bits of address")
        source = Source("<program>", "")
        image = Image("program", "program", b"", (), {}, (), (), "int", isa, Span(0, 0), source)
        super().__init__(image, settings)
        self.entered = base
        self.stop_store = stop_store
        self.base = first
        self.makes_code = True
        self.code = Region(first, size, True, "the memory of the program")
        self.stop = -1
        self.stack = Region(1 << 32, 0, False, "no stack")
        if not self.code.holds(stop_store, 1):
            page = Region(stop_store & -PAGE, PAGE, True, "the page of the store that ends it")
            self.buffers = (page,)

    def at_entry(self, words: Sequence[int]) -> list[int]:
        return [0] * 32

    def is_aligned(self, words: Sequence[int]) -> bool:
        return False

    def ends(self, address: int) -> bool:
        """Whether a store to an address ends the program."""
        return self.stop_store <= address < self.stop_store + 4

    def laid_out(self, memory: bytes) -> bytes:
        """All bytes of the program's memory at the start."""
        before = self.entered - self.base
        return (bytes(before) + memory).ljust(self.code.size, b"\0")


class _Program(OwnEngine):
    """A bare program on our own engine."""

    def __init__(self, judge: BareJudge) -> None:
        super().__init__()
        self.bare = judge
        self._ended: Site | None = None
        self.stand_on(judge)

    def store(self, site: Site, address: int, value: int) -> None:
        super().store(site, address, value)
        if self.bare.ends(address):
            self._ended = site
            raise Returned

    def final(self, memory: bytes, entry: int) -> Final:
        """Run from `entry` to the store that ends it."""
        judge = self.bare
        self.start((), [bytes(PAGE)] * len(judge.buffers), judge.laid_out(memory))
        fault = self.execute(entry)
        if fault is not None:
            raise judge.error(fault, self.registers)
        if self._ended is not None:
            self.count(self._ended.before + 1)
        first = judge.entered - judge.base
        return Final(
            tuple(self.registers[number] for number in range(32)),
            self.read(judge.code)[first : first + len(memory)],
            self.executed(),
        )

"""Under what conditions a call runs; loads no emulator, so that a decorator can check them.

Output: `Settings`. Invariant: a checked Settings is one that the emulator can follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.basis.run_options import ENGINES, RUN_OPTIONS
from asm_rv32.machine.memory import ALIGNMENT, LAYOUT, STACK_LIMIT, Layout, layout_around

if TYPE_CHECKING:
    from asm_rv32.devices import Bus
    from asm_rv32.machine.state import Memory, Registers

Semantics = Callable[["Registers", "Memory"], "int | None"]
"""Executes one instruction that unicorn lacks; its next pc, or None for the one that follows.

A pc is an address, as `auipc` and `ra` see it; the code starts at `Call.code_address`."""

Counter = Callable[[int], int]
"""From the instructions executed before this one to the 64-bit value of a counter."""


def executed(instructions: int) -> int:
    """The counter of a machine without timing: an instruction takes one cycle, and one tick."""
    return instructions


COUNTERS: Mapping[int, Counter] = dict.fromkeys((0xC00, 0xC01, 0xC02, 0xB00, 0xB02), executed)
"""Number of the low CSR of a counter → the counter: cycle, time, instret, mcycle, minstret."""
INSTRUCTION_COUNTERS = (0xC02, 0xB02)
"""Those of them that count instructions on any machine: instret, minstret."""
HIGH_HALF = 0x80
"""The high word of the counter at CSR n is the CSR n + 0x80 (privileged manual, table 4)."""

CSR_READS = ("swap_csr", "set_csr", "clear_csr")
"""Functions of a meaning whose value is what a CSR held."""


def counter(counters: Mapping[int, Counter], csr: int, executed: int) -> int | None:
    """The word of a counter's CSR after so many instructions; None where it is no counter."""
    if csr in counters:
        return counters[csr](executed) & 0xFFFF_FFFF
    if csr - HIGH_HALF in counters:
        return counters[csr - HIGH_HALF](executed) >> 32 & 0xFFFF_FFFF
    return None


class Settings(NamedTuple):
    """Under what conditions a call runs."""

    stack: int = RUN_OPTIONS["stack"].default
    """Bytes of stack; sp starts at its upper end, a multiple of 16."""
    max_instructions: int = RUN_OPTIONS["max_instructions"].default
    """How many of the code's instructions may be executed; one that unicorn lacks is one."""
    max_seconds: int = RUN_OPTIONS["max_seconds"].default
    """Of the host's clock, which is looked at between slices of the run."""
    misaligned: bool = RUN_OPTIONS["misaligned"].default
    """Whether a load or store may be at any address."""
    core: str | None = RUN_OPTIONS["core"].default
    """The core that was chosen, one of `asmrv32 cores`: it says what `misaligned` is where that is
    not asked for, which control and status registers there are, and calls are priced on it."""
    sanitize: bool = RUN_OPTIONS["sanitize"].default
    """Whether to check, too, what a board would punish later: registers and sp at the return, the
    use of the stack, execution of data, jumps into instructions."""
    placement: int = 0
    """0 or 2: where the code starts, modulo 4."""
    counters: Mapping[int, Counter] = COUNTERS
    engine: str | None = RUN_OPTIONS["engine"].default
    """One of ENGINES; None: unicorn where it is installed."""
    board: str | None = RUN_OPTIONS["board"].default
    """The board that was chosen, one of `asmrv32 board list`: whose memory and clock are meant."""
    semantics: Mapping[int, Semantics] = {}
    """Offset of an instruction in the code → what executes it in unicorn's place, beside those
    that `machine.foreign` knows of."""
    held: Mapping[int, int] = {}
    """Number of a register → the word that it holds at the call, where the call itself does not
    say; of all others a mark that no code expects."""
    bus: Bus | None = None
    """The devices that calls find; with any, they run on our own engine."""

    def finding(self, bus: Bus | None) -> Settings:
        """The same where calls find the devices of a bus, on the core and the board that are chosen
        with them."""
        if bus is None:
            return self
        misaligned = self.misaligned
        if self.core is None and bus.core is not None:
            from asm_rv32.cores import traps_misaligned

            misaligned = misaligned or not traps_misaligned(bus.core)
        return self._replace(
            bus=bus, board=bus.board or self.board, core=bus.core or self.core,
            misaligned=misaligned,
        )  # fmt: skip

    @property
    def layout(self) -> Layout:
        """Where the parts of a call's memory start. Raises ValueError as `layout_around` does."""
        if self.bus is None:
            return LAYOUT
        return layout_around((device.base, device.size) for device in self.bus.devices)

    @property
    def trapping_core(self) -> str | None:
        """The chosen core where it traps misaligned accesses itself; for messages."""
        from asm_rv32.cores import traps_misaligned

        return self.core if self.core and traps_misaligned(self.core) else None

    def check(self) -> None:
        """Raise ValueError for a setting out of its bounds."""
        if not ALIGNMENT <= self.stack <= STACK_LIMIT or self.stack % ALIGNMENT:
            raise ValueError(
                f"stack takes a multiple of {ALIGNMENT} from {ALIGNMENT} to {STACK_LIMIT} bytes, "
                f"got {self.stack}"
            )
        if not 1 <= self.max_instructions < 1 << 63:
            raise ValueError(f"max_instructions takes 1 or more, got {self.max_instructions}")
        if not 1 <= self.max_seconds < 1 << 31:
            raise ValueError(f"max_seconds takes 1 or more, got {self.max_seconds}")
        if self.engine not in (None, *ENGINES):
            raise ValueError(f"engine takes {' or '.join(ENGINES)}, got {self.engine!r}")
        if self.placement not in (0, 2):
            raise ValueError(f"placement takes 0 or 2, got {self.placement}")


DEFAULT_SETTINGS = Settings()


def settings_for(options: Mapping[str, Any]) -> Settings:
    """Checked settings, from those of RUN_OPTIONS that are there and not None.

    Raises ValueError for a setting out of its bounds.
    """
    asked = {name: options[name] for name in RUN_OPTIONS if options.get(name) is not None}
    if "board" in asked:
        from asm_rv32.boards import load_board  # reads the board's file

        board = load_board(asked["board"])
        asked["board"] = board.name
        if board.core is not None:
            asked.setdefault("core", board.core)
    if "core" in asked:
        from asm_rv32.cores import traps_misaligned  # reads the core's file

        asked.setdefault("misaligned", not traps_misaligned(asked["core"]))
    settings = DEFAULT_SETTINGS._replace(**asked)
    settings.check()
    return settings

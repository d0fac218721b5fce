"""What can go wrong while assembled code runs, and how it is shown.

Output: `ExecutionError`, whose text is place, message, source excerpt and registers.
Invariant: a fault's code stands in `FAULTS`, is kebab-case and never changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.basis.diagnostics import CODES, Diagnostic
from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.isa.image import Image

if TYPE_CHECKING:
    from asm_rv32.machine import faults as faults
else:

    class _Faults:
        """The module of faults in words, loaded for the first one: most runs have none."""

        def __getattr__(self, name):
            from asm_rv32.machine import faults

            return getattr(faults, name)

    faults = _Faults()

SHARED = (
    "saved-register", "interrupted-register", "stack-pointer", "stack-access", "unwritten-stack",
    "falls-into-data",
)  # fmt: skip
"""Codes of lint that a run gives, too, when it comes to what they stand for."""
FAULTS: dict[str, str] = {
    "wild-access": "a load or store touches memory that the call does not have",
    "read-only-store": "a store goes to memory that may only be read",
    "misaligned-access": "a load or store address is not a multiple of its size",
    "wild-jump": "execution leaves the function",
    "misaligned-instruction": "a jump lands where the ISA lets no instruction stand",
    "illegal-instruction": "the word at the pc is no instruction of the machine",
    "environment-call": "ecall or ebreak asks for an environment that there is not",
    "endless-wait": "wfi waits for an interrupt, and none can come",
    "not-emulated": "an instruction does what hangs on hardware that the emulator has not",
    "endless-poll": "a loop waits for a device to change that cannot change any more",
    "timing-contract": "a run takes more cycles, or fewer, than `within` lets it",
    "instruction-limit": "the call executes more instructions than it may",
    "time-limit": "the call takes longer than it may",
    "not-an-object": "the result is to be an object, and the word is none",
    # as lint's
    **{code: CODES[code] for code in SHARED},
}


MISALIGNED_FETCH, FETCH, ILLEGAL, BREAKPOINT = 0, 1, 2, 3
MISALIGNED_LOAD, LOAD, MISALIGNED_STORE, STORE, ECALL = 4, 5, 6, 7, 8
"""What mcause holds behind an exception (Privileged ISA, table 14); ECALL is that of user mode, and
behind it stands that of each other mode."""


class Fault(NamedTuple):
    """What stopped a run."""

    code: str
    """A key of FAULTS."""
    message: str
    pc: int | None
    """Offset into the code of the instruction to blame; None where none is known."""
    address: int | None = None
    """The data address, or the target of a jump."""
    notes: tuple[str, ...] = ()
    """What helps, `help: ...`."""
    cause: int | None = None
    """The exception that it is to a hart, as mcause has it; None where it is none."""
    value: int = 0
    """What mtval holds then."""


class ExecutionError(RuntimeError):
    """Assembled code did what the machine does not let it do, or did not end.

    `code`: a key of FAULTS. `pc`: offset in bytes into the function's code of the instruction to
    blame, or None. `address`: the data address or jump target, where there is one. `line`: the
    source line, counted from 1, or None. `registers`: ABI name → unsigned 32-bit value, before
    the instruction. The buffers of the caller are as they were before the call.
    """

    def __init__(self, fault: Fault, image: Image, registers: Mapping[str, int]) -> None:
        self.fault = fault
        self.image = image
        self.registers = dict(registers)
        super().__init__(self._render())

    @property
    def code(self) -> str:
        return self.fault.code

    @property
    def pc(self) -> int | None:
        return self.fault.pc

    @property
    def address(self) -> int | None:
        return self.fault.address

    @property
    def line(self) -> int | None:
        return None if self.pc is None else self.image.line_at(self.pc)

    def _render(self) -> str:
        image, pc = self.image, self.pc
        entry = None if pc is None else image.entry_at(pc)
        where = image.qualified_name if pc is None else f"{image.qualified_name} at {pc:#x}"
        span = entry.span if entry else image.span
        message = f"{self.fault.message} (in {where})"
        notes = self.fault.notes + (() if pc is None else _macro_notes(image, pc))
        place = Diagnostic(self.code, message, span, notes)
        return "\n".join([place.render(image.source), *register_lines(self.registers)])

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.fault, self.image, self.registers))


def _macro_notes(image: Image, pc: int) -> tuple[str, ...]:
    """Which line of a macro an instruction came from."""
    found = image.expanded_at(pc)
    if found is None:
        return ()
    line = found.source.locate(found.span.start)[0]
    where = "" if found.source is image.source else f" of {found.source.path}"
    return (f"note: in {found.name}, line {line}{where}",)


def register_lines(registers: Mapping[str, int]) -> list[str]:
    """The registers as text, four to a line."""
    cells = [f"{name:>4} {value:08x}" for name, value in registers.items()]
    return ["  " + "  ".join(cells[at : at + 4]) for at in range(0, len(cells), 4)]


def is_ignored(fault: Fault, image: Image) -> bool:
    """Whether a comment `# asm: ignore[code]` stands on the line of the fault's instruction."""
    if fault.pc is None or "ignore[" not in image.source.text:
        return False
    from asm_rv32.basis.ignore import heeded  # few sources ask for it

    entry = image.entry_at(fault.pc)
    span = entry.span if entry else image.span
    return not heeded([Diagnostic(fault.code, fault.message, span)], image.source)

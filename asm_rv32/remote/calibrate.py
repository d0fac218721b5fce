"""What instructions cost on a board, beside what a core's file says of them.

Input: a board, and a core. Output: for each class of the core that has a kernel what an instruction
takes on both, and the text of a file for a core that takes what the board does.
Invariant: what is measured is the difference of a long kernel and a short one, so nothing that both
have counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.cores import core_table
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import DEFAULT_ISA
from asm_rv32.machine.settings import settings_for
from asm_rv32.remote.calls import Asked, Run, on_pc
from asm_rv32.remote.measure import Conditions, measured, model
from asm_rv32.remote.session import Firmware, Session

SHORT, LONG = 32, 96
"""Repetitions of a kernel's statements."""
TOLERANCE = 0.02
"""Cycles of an instruction that are no difference: an interrupt in the shorter of two kernels."""


class Cost(NamedTuple):
    """Cycles of an instruction of a class."""

    name: str
    board: float
    model: float
    told: int
    """What the core's file has."""

    @property
    def is_same(self) -> bool:
        """Whether the board bears the model out."""
        return abs(self.board - self.model) <= TOLERANCE

    @property
    def fitted(self) -> int:
        """What the file would have to say."""
        return max(1, self.told + round(self.board - self.model))


@cache
def kernels() -> dict[str, str]:
    """Class → the statements that tell its cost."""
    import tomllib
    from importlib import resources

    text = (resources.files("asm_rv32.remote") / "kernels.toml").read_text("utf-8")
    return tomllib.loads(text)


def classes_of(core: str) -> list[str]:
    """The classes that the core's file gives a cost, and that have a kernel."""
    costs = core_table(core)["cycles"]
    return [name for name in kernels() if name in costs]


def costs(session: Session, firmware: Firmware, conditions: Conditions, run: Run) -> list[Cost]:
    """The cost of each class on the board and in the model. Raises BoardError.

    `conditions` have a core and its counter; `run` makes calls on the PC.
    """
    core = conditions.core
    assert core is not None and conditions.counter is not None
    names = classes_of(core)
    asked = [_asked(name, length, core) for name in names for length in (SHORT, LONG)]
    calls = [(each, on_pc(each, run), model(each, core)) for each in asked]
    found = [each.best for each in measured(session, firmware, calls, conditions)]
    told = core_table(core)["cycles"]
    costs = []
    for at, name in enumerate(names):
        short, long = found[2 * at], found[2 * at + 1]
        assert short is not None and long is not None
        modelled = calls[2 * at + 1][2].warm - calls[2 * at][2].warm
        more = LONG - SHORT
        costs.append(Cost(name, (long.warm - short.warm) / more, modelled / more, told[name]))
    return costs


def _asked(name: str, length: int, core: str) -> Asked:
    settings = settings_for({"core": core})
    return Asked(f"{name} x {length}", _kernel(name, length), settings, _buffer)


def _buffer() -> list[object]:
    """The argument of a kernel."""
    return [bytearray(16)]


def _kernel(name: str, length: int) -> Image:
    lines = "\n        ".join(kernels()[name].split("; "))
    text = (
        "@asm_rv32\ndef kernel(place) -> None:\n    li(t1, 1000000007)\n    li(t2, 12345)\n"
        f"    for i in range({length}):\n        {lines}\n"
    )
    return assemble(text, isa=DEFAULT_ISA, compress=False).functions["kernel"]


def core_file(core: str, firmware: Firmware, found: Sequence[Cost]) -> str:
    """The text of a file for a core that is like another, but for what the board contradicts."""
    title = f"{core_table(core)['title']}, as measured".replace('"', "'")
    machine = firmware.text.replace('"', "'").replace("\\", "/")
    different = [f"{each.name} = {each.fitted}" for each in found if not each.is_same]
    return "\n".join([
        f'extends = "{core}"',
        f'title = "{title}"',
        f'source = "asmrv32 board calibrate, {machine}; not checked against RTL"',
        "", "[cycles]", *different, "",
    ])  # fmt: skip

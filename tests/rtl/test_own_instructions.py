"""Instructions of one's own in the RTL: the example's coprocessor, and PicoRV32's interrupt words.

Each program computes, compares with what our own engine says, and comes to a trap where that is
not so; its cycles are those that the core's table and that of the instructions give.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from asm_rv32 import assemble
from asm_rv32.assembler.own import read
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.isa.sets import tables_of_own
from asm_rv32.machine.emulator import run
from asm_rv32.machine.settings import Settings
from asm_rv32.timing import load_core, price_program
from rtl import simulators
from rtl.programs import ENTRY, STOP_STORE

pytestmark = pytest.mark.rtl
EXAMPLE = Path(__file__).parents[2] / "examples" / "own"
COPROCESSOR = simulators.Simulated(
    "picorv32", "picorv32_tb.v", ("PCPI=dot4",), True, more=(EXAMPLE / "dot4.v",)
)
INTERRUPTS = simulators.Simulated("picorv32", "picorv32_tb.v", ("IRQ",), True)
ROUNDS = 60

COMPUTING = {
    "xdot4": """
    dot4(a0, a2, a3)
    dot4_add(a0, a2)
    dot4_add(a3, a2)
    dot4_swap(a1, a3)
    xor(a0, a0, a1)
    dot4(a2, a0, a2)
    dot4_swap(a1, zero)
    xor(a0, a0, a1)
""",
    "xpicorv32": """
    setq(q2, a2)
    setq(q3, a3)
    getq(a0, q2)
    getq(a1, q3)
    sub(a0, a0, a1)
    maskirq(a1, zero)
    xor(a0, a0, a1)
    not_(a1, zero)
    maskirq(a1, a1)
    add(a0, a0, a1)
""",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    if lines := simulators.missing():
        pytest.fail("install what the RTL comparisons need:\n  " + "\n  ".join(lines))


def expected(body: str, isa: str, values: tuple[int, int], tables: tuple[Path, ...]) -> int:
    """What both engines compute."""
    source = f'@asm_rv32(isa="{isa}")\ndef f(a, b, a2, a3) -> uint:\n{body}'
    image = assemble(source, tables=tables).functions["f"]
    words = {run(image, (0, 0, *values), Settings(engine=each)).word for each in ENGINES}
    (word,) = words
    return word


@pytest.mark.parametrize(
    ("extension", "how", "tables"),
    [("xdot4", COPROCESSOR, (EXAMPLE / "dot4.toml",)), ("xpicorv32", INTERRUPTS, ())],
)
def test_the_hardware_does_the_same_in_as_many_cycles(
    extension: str, how: simulators.Simulated, tables: tuple[Path, ...], tmp_path: Path
) -> None:
    isa, body, choice = f"rv32imc_{extension}", COMPUTING[extension], Random(8)
    if tables:
        isa = "rv32imc"
    lines = []
    for _ in range(ROUNDS):
        values = choice.getrandbits(32), choice.getrandbits(32)
        lines += [f"    li(a2, {values[0]})\n    li(a3, {values[1]})\n", body]
        lines.append(f"    li(t0, {expected(body, isa, values, tables)})\n    bne(a0, t0, bad)\n")
    end = f"    lui(t5, 0x20)\n    sw(a0, {STOP_STORE - 0x20000}(t5))\n    j(end)\n"
    text = f'@asm_rv32(isa="{isa}")\ndef f():\n{"".join(lines)}    label(end)\n{end}'
    image = assemble(text + "    label(bad)\n    unimp()\n", tables=tables).functions["f"]
    memory = bytes(ENTRY) + image.code
    trace = simulators.simulate(simulators.build(extension, how), memory, tmp_path)
    core = load_core("picorv32", tables_of_own(image.isa))
    priced = list(price_program(memory, ENTRY, core=core, stop_store=STOP_STORE, isa=image.isa))
    taken = [(pc, cycle - before) for (cycle, pc), (before, _) in zip(trace[1:], trace)]
    wrong = [(ours, theirs) for ours, theirs in zip(priced[1:], taken) if ours != theirs]
    assert len(taken) > ROUNDS * 10
    assert not wrong, wrong[:10]


def test_the_example_is_right_by_itself() -> None:
    assert read(EXAMPLE / "dot4.toml").name == "xdot4"

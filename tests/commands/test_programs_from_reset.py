"""`compile --entry`: a whole program for a bare chip, on our engines and on PicoRV32's RTL."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from intelhex import IntelHex
from rtl import simulators
from rtl.programs import ENTRY, STOP_STORE

from asm_rv32.basis.run_options import ENGINES
from asm_rv32.commands.cli import main
from asm_rv32.machine import run_program
from asm_rv32.timing import price_program

# It calls through a table of addresses, keeps ra and what it counts on the stack, and stores the
# sum; where that is wrong, or sp, it comes to a word that is no instruction.
PROGRAM = f"""\
from asm_rv32 import asm_data, asm_rv32

@asm_rv32
def twice(a):
    add(a0, a, a)

@asm_rv32
def squared(a):
    mul(a0, a, a)

@asm_data
def table():
    data(4, twice, squared)

@asm_rv32
def main():
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    sw(s0, 8(sp))
    li(s0, 0)
    for i in range(2):
        la(t0, table)
        lw(t0, 4 * i(t0))
        li(a0, 21 + i)
        jalr(ra, t0, 0)
        add(s0, s0, a0)
    li(t0, 42 + 22 * 22)
    bne(s0, t0, wrong)
    li(t0, 0x1c000 - 16)
    bne(sp, t0, wrong)
    li(t0, {STOP_STORE})
    sw(s0, (t0))
    lw(s0, 8(sp))
    lw(ra, 12(sp))
    addi(sp, sp, 16)
    ret()
    label(wrong)
    unimp()
""".replace("4 * i(t0)", "(4 * i)(t0)")
WHOLE = ("--entry", "main", "--stack-pointer", "0x1c000")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "program.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compiled(suffix: str, base: int) -> bytes:
    out = f"out{suffix}"
    assert main(["compile", "program.py", "-o", out, "--base", hex(base), *WHOLE]) == 0
    return Path(out).read_bytes()


@pytest.mark.parametrize("base", [0, 0x2000])
def test_every_format_holds_the_same_program(base: int) -> None:
    code = compiled(".bin", base)
    for engine in ENGINES:
        memory = bytes(base) + code
        final = run_program(memory, base, isa="rv32imc", engine=engine, stop_store=STOP_STORE)
        assert final.registers[8] == 42 + 22 * 22
    records = IntelHex(io.StringIO(compiled(".hex", base).decode()))
    assert records.minaddr() == base and records.tobinstr() == code
    elf = ELFFile(io.BytesIO(compiled(".elf", base)))
    (segment,) = elf.iter_segments()
    assert elf["e_entry"] == segment["p_vaddr"] == segment["p_paddr"] == base
    assert segment.data() == code
    found = {symbol.name: symbol["st_value"] for symbol in elf.get_section_by_name(".symtab")
             .iter_symbols()}  # fmt: skip
    assert found["_start"] == base < found["main"]


@pytest.mark.rtl
def test_from_reset_on_its_rtl(tmp_path: Path) -> None:
    """The instructions that PicoRV32 executes from reset are ours, each in as many cycles."""
    if lines := simulators.missing():
        pytest.fail("install what the RTL comparisons need:\n  " + "\n  ".join(lines))
    memory = bytes(ENTRY) + compiled(".bin", ENTRY)
    trace = simulators.simulate(simulators.build("picorv32"), memory, tmp_path)
    priced = list(price_program(memory, ENTRY, core="picorv32", stop_store=STOP_STORE))
    assert trace[0][1] == ENTRY and len(priced) == 30
    taken = [(pc, cycle - before) for (cycle, pc), (before, _) in zip(trace[1:], trace)]
    assert priced[1 : len(taken) + 1] == taken and len(taken) >= len(priced) - 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--entry", "main"), "a whole program takes --entry and --stack-pointer, both"),
        (("--entry", "main", "--stack-pointer", "8"), "'8' is no multiple of 16"),
        (("--entry", "man", "--stack-pointer", "16"), "did you mean 'main'"),
        (("--entry", "twice", "--stack-pointer", "16"), "twice has parameters"),
        (("--entry", "main", "--stack-pointer", "16", "-o", "a.mpy"), "goes with a .bin, .hex"),
    ],
)
def test_what_is_no_whole_program(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    try:
        status = main(["compile", "program.py", "-o", "out.bin", *arguments])
    except SystemExit as ended:
        status = int(str(ended.code))
    assert status == 2 and said in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["program.py"]

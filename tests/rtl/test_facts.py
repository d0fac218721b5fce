"""What the tables say of a core, besides its cycles, against its RTL: registers, alignment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asm_rv32 import assemble
from asm_rv32.analysis.lint import lint
from asm_rv32.analysis.lint.csr import numbers, registers_of
from asm_rv32.cores import core_table
from asm_rv32.isa.image import Image
from asm_rv32.timing import load_core
from rtl import simulators
from rtl.traps import trapping

pytestmark = pytest.mark.rtl

WITH_TRAPS = ("ibex-small", "ibex-maxperf", "cv32e40p")
READ_ONLY = 0xC00
# In the address decode, but for what its parameters do not offer, PULP_SECURE and USE_PMP.
NEVER = {"cv32e40p": numbers([0x000, 0x005, [0x041, 0x042], 0x306, [0x3A0, 0x3A3], [0x3B0, 0x3BF]])}


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    if lines := simulators.missing():
        pytest.fail("install what the RTL comparisons need:\n  " + "\n  ".join(lines))


def image(line: str) -> Image:
    return assemble(f"@asm_rv32\ndef f(a0):\n    {line}\n", compress=False).functions["f"]


def words(lines: list[str]) -> list[int]:
    """The first word of each line by itself."""
    return [int.from_bytes(image(line).code[:4], "little") for line in lines]


@pytest.mark.parametrize("core", WITH_TRAPS)
def test_just_the_registers_that_are_there_can_be_read(core: str, tmp_path: Path) -> None:
    lines = [f"csrr(t2, {number})" for number in range(4096)]
    trapped = trapping(core, words(lines), tmp_path)
    assert set(range(4096)) - trapped == numbers(core_table(core)["registers"]["only"])


@pytest.mark.parametrize("core", WITH_TRAPS)
def test_just_the_writes_that_lint_warns_of_trap(core: str, tmp_path: Path) -> None:
    listed = numbers(core_table(core)["registers"]["only"])
    there = sorted(number for number in listed if number >= READ_ONLY)
    lines = [
        line
        for csr in there
        for rd in ("zero", "t2")
        for name in ("csrrw", "csrrs", "csrrc")
        for line in (
            *(f"{name}({rd}, {rs1}, {csr})" for rs1 in ("zero", "a0")),
            *(f"{name}i({rd}, {csr}, {immediate})" for immediate in (0, 8, 31)),
        )
    ]
    trapped = {lines[at] for at in trapping(core, words(lines), tmp_path)}
    warned = {line for line in lines if lint(image(line), core)}
    assert trapped - warned == {line for line in lines if line == f"csrrw(zero, zero, {0xC00})"}
    assert warned <= trapped


DEFINITION = re.compile(r"\b(CSR_\w+)\s*=\s*12'h([0-9a-fA-F]{3})\b")


@pytest.mark.parametrize(
    ("core", "package", "decode", "start", "end"),
    [
        ("ibex-small", "rtl/ibex_pkg.sv", "rtl/ibex_cs_registers.sv",
         "unique case (csr_addr_i)", "illegal_csr = 1'b1;\n      end\n    endcase"),
        ("cv32e40p", "rtl/include/cv32e40p_pkg.sv", "rtl/cv32e40p_decoder.sv",
         "case (instr_rdata_i[31:20])\n            // Floating point", "default : csr_illegal"),
    ],
)  # fmt: skip
def test_what_the_address_decode_knows_is_there(
    core: str, package: str, decode: str, start: str, end: str
) -> None:
    root = simulators.package(simulators.SIMULATED[core].package) / "system_verilog"
    defined = DEFINITION.findall((root / package).read_text())
    number = {name: int(digits, 16) for name, digits in defined}
    text = (root / decode).read_text()
    labels = text[text.index(start) :].partition(end)[0]
    known = {number[name] for name in re.findall(r"\bCSR_\w+", labels) if name in number}
    assert known - NEVER.get(core, frozenset()) == registers_of(core).exists


def test_picorv32_decodes_its_counters_and_no_other_register() -> None:
    text = (simulators.package("picorv32") / "verilog" / "picorv32.v").read_text()
    decoded = re.findall(r"7'b1110011 && mem_rdata_q\[31:12\] == 'b([01]{12})00000010\)", text)
    assert {int(digits, 2) for digits in decoded} == registers_of("picorv32").exists


@pytest.mark.parametrize("core", WITH_TRAPS)
def test_misaligned_data_traps_or_does_not(core: str, tmp_path: Path) -> None:
    sizes = {"lw": 4, "sw": 4, "lh": 2, "lhu": 2, "sh": 2, "lb": 1, "sb": 1}
    accesses = [(name, at) for name in sizes for at in range(4)]
    misaligned = {index for index, (name, at) in enumerate(accesses) if at % sizes[name]}
    lines = [f"{name}(t2, {at}(a0))" for name, at in accesses]
    trapped = trapping(core, words(lines), tmp_path)
    assert trapped == (misaligned if load_core(core).traps_misaligned else set())


def test_picorv32_traps_unless_told_otherwise() -> None:
    text = (simulators.package("picorv32") / "verilog" / "picorv32.v").read_text()
    assert re.findall(r"CATCH_MISALIGN = (\d)", text) == ["1"] * 3
    assert load_core("picorv32").traps_misaligned

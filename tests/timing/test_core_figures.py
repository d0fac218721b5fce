"""What instructions take on each core, written down a second time from its documents.

A row of FIGURES is a small program, the category of the marked statement's cycles, and what that
one takes on each core; `-` where the core has no cost for the program. `>` marks the statement,
`{a b}` stands for each of these words in turn, `[a, b]` for a list of registers. Statements take
4 bytes, those that begin with `c_` take 2; a0 is 7, a1 is 9. The figures come from what each core's
`source` names: its manual, or a run of its RTL. So a figure that slips in a core's table is noticed
without a simulator.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from asm_rv32 import ExecutionError, assemble, cores
from asm_rv32.cores import core_table, described
from asm_rv32.report.pricing import measure
from asm_rv32.timing import CATEGORIES, TimingError, core_names, load_core

ISA = "rv32imac_zba_zbb_zbs_zicond_zbc_zbkx_zknd_zkne_zknh_zksed_zksh_zfinx_zcmp"
CORES = (
    "picorv32 picorv32-fast-mul picorv32-barrel picorv32-single-port picorv32-no-mul "
    "hazard3 ibex-small ibex-maxperf cv32e40p e31 esp32c3 ch32v003 neorv32"
).split()
ALIKE: dict[str, tuple[str, dict[str, int]]] = {
    "esp32c6": ("esp32c3", {"> {amo": 4, "(mie": 1}),
    "esp32h2": ("esp32c6", {}),
    "esp32-ulp": ("picorv32", {}),
    "generic": ("esp32c3", {
        "> {amo": 4, "> {sh1add": 1, "> {bclr": 1, "> {rori": 1, "> {clz": 1, "> fence_i": 3,
        "cycle)": 1, "(mie": 1,
    }),
    "qingke-v4": ("generic", {"cycle)": -1}),  # it has none
    "esp32p4": ("generic", {
        "> {beq bge bgeu}(a0, a0": -2, "> {bne blt bltu}(a0, a1": -2, "> beq(": -2, "> jal": -1,
    }),
    "esp32p4-v3": ("esp32p4", {}),
    "esp32c5": ("esp32p4", {}),
    "esp32c61": ("esp32c5", {}),
}  # fmt: skip
"""Cores whose documents say no more than that they are as another, but for these programs, which
take so many cycles more; 0 are those of one that has no cost."""
FIGURES = """
---- each class by itself
> {add sub slt sltu xor or_ and_}(t0, a0, a1)
    arithmetic                              3  3  3  4  3     1  1  1  1     1  1  1  2
> {addi slti sltiu xori ori andi}(t0, a0, 5)
    arithmetic                              3  3  3  3  3     1  1  1  1     1  1  1  2
> {lui auipc}(t0, 5)
    arithmetic                              3  3  3  3  3     1  1  1  1     1  1  1  2
> {slli srli srai}(t0, a0, 0)
    arithmetic                              4  4  3  4  4     1  1  1  1     1  1  1  3
> {slli srli srai}(t0, a0, 1)
    arithmetic                              5  5  3  5  5     1  1  1  1     1  1  1  4
> {slli srli srai}(t0, a0, 4)
    arithmetic                              5  5  3  5  5     1  1  1  1     1  1  1  7
> {slli srli srai}(t0, a0, 31)
    arithmetic                             14 14  3 14 14     1  1  1  1     1  1  1 34
li(t6, 32); > {sll srl sra}(t0, a0, t6)
    arithmetic                              4  4  3  5  4     1  1  1  1     1  1  1  3
li(t6, 31); > {sll srl sra}(t0, a0, t6)
    arithmetic                             14 14  3 15 14     1  1  1  1     1  1  1 34
> mul(t0, a0, a1)
    arithmetic                             40  6 40 41  -     1  3  1  1     5  1  - 36
> {mulh mulhsu mulhu}(t0, a0, a1)
    arithmetic                             72  6 72 73  -     1  4  2  5     5  1  - 36
li(t6, 1); > {div rem divu remu}(t0, a0, t6)
    arithmetic                             40 40 40 41  -    19 37 37 34    33 35  - 36
li(t6, 0); > {div rem divu remu}(t0, a0, t6)
    arithmetic                             40 40 40 41  -    19  2  2 35    33 35  - 36
li(t6, -1); > {div rem}(t0, t6, a1)
    arithmetic                             40 40 40 41  -    20 37 37 31    33 35  - 36
li(t6, -1); > {divu remu}(t0, t6, a1)
    arithmetic                             40 40 40 41  -    19 37 37 31    33 35  - 36
li(t6, -8); > {div rem}(t0, a0, t6)
    arithmetic                             40 40 40 41  -    19 37 37 31    33 35  - 36
li(t6, -8); > {divu remu}(t0, a0, t6)
    arithmetic                             40 40 40 41  -    19 37 37  3    33 35  - 36
> {sh1add sh2add sh3add andn orn xnor max maxu min minu rol ror}(t0, a0, a1)
    arithmetic                              -  -  -  -  -     1  -  -  -     -  -  -  -
> {bclr bext binv bset czero_eqz czero_nez}(t0, a0, a1)
    arithmetic                              -  -  -  -  -     1  -  -  -     -  -  -  -
> {rori bclri bexti binvi bseti}(t0, a0, 3)
    arithmetic                              -  -  -  -  -     1  -  -  -     -  -  -  -
> {clz ctz cpop orc_b rev8 sext_b sext_h zext_h}(t0, a0)
    arithmetic                              -  -  -  -  -     1  -  -  -     -  -  -  -
> {lb lbu lh lhu lw}(t0, -4(sp))
    memory                                  5  5  5  5  5     1  2  1  1     1  1  2  5
> {sb sh sw}(a0, -4(sp))
    memory                                  5  5  5  6  5     1  2  1  1     1  1  1  5
> {amoadd_w amoswap_w amomin_w amomaxu_w}(t0, a0, 0(a2))
    memory                                  -  -  -  -  -     4  -  -  -     -  -  -  -
> lr_w(t0, 0(a2))
    memory                                  -  -  -  -  -     1  -  -  -     -  -  -  5
> sc_w(t0, a0, 0(a2))
    memory                                  -  -  -  -  -     1  -  -  -     -  -  -  5
> {clmul clmulh clmulr}(t0, a0, a1)
    arithmetic                              -  -  -  -  -     1  -  -  -     -  -  - 36
> {xperm4 xperm8}(t0, a0, a1)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  4
> {aes32dsi aes32dsmi aes32esi aes32esmi sm4ed sm4ks}(t0, a0, a1, 1)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  6
> {sha256sum0 sha256sum1 sha256sig0 sha256sig1}(t0, a0)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  4
> {sha512sum0r sha512sum1r sha512sig0l sha512sig1l sha512sig0h sha512sig1h}(t0, a0, a1)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  4
> {sm3p0 sm3p1}(t0, a0)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  6
> {fadd_s fsub_s}(t0, a0, a1)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  - 21
> fmul_s(t0, a0, a1)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  - 13
> {fmin_s fmax_s feq_s flt_s fle_s}(t0, a0, a1)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  5
> {fsgnj_s fsgnjn_s fsgnjx_s}(t0, a0, a1)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  4
> fclass_s(t0, a0)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  4
> {fcvt_w_s fcvt_wu_s}(t0, a0)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  - 10
> {fcvt_s_w fcvt_s_wu}(t0, a0)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  - 42
> fdiv_s(t0, a0, a1)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  -
> fsqrt_s(t0, a0)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  -
> {fmadd_s fmsub_s fnmadd_s fnmsub_s}(t0, a0, a1, a0)
    arithmetic                              -  -  -  -  -     -  -  -  -     -  -  -  -
> {fence fence_tso}()
    memory                                  3  3  3  4  3     1  1  1  4     1  1  1  5
> {beq bge bgeu}(a0, a0, over); nop(); label(over)
    control                                 5  5  5  6  5     2  3  2  3     1  3  3  6
> {bne blt bltu}(a0, a1, over); nop(); label(over)
    control                                 5  5  5  6  5     2  3  2  3     1  3  3  6
> {bne blt bltu}(a0, a0, over); nop(); label(over)
    control                                 3  3  3  4  3     1  1  1  1     1  1  1  3
> {beq bge bgeu}(a0, a1, over); nop(); label(over)
    control                                 3  3  3  4  3     1  1  1  1     1  1  1  3
> jal({zero t0}, over); nop(); label(over)
    control                                 3  3  3  3  3     2  2  2  2     1  2  3  6
auipc(t6, 0); nop(); > jalr({zero t0}, t6, 12)
    control                                 6  6  6  6  6     2  2  2  2     1  2  3  6
> {csrrw csrrs csrrc}(t0, a0, mscratch)
    control                                 -  -  -  -  -     1  1  1  1     5  1  1  3
> {csrrwi csrrsi csrrci}(t0, mscratch, 3)
    control                                 -  -  -  -  -     1  1  1  1     5  1  1  3
> {csrw csrs}(mstatus, a0)
    control                                 -  -  -  -  -     1  3  3  4     5  1  1  3
> csrc(mstatus, a0)
    control                                 -  -  -  -  -     1  1  1  4     5  1  1  3
> csrw(mie, a0)
    control                                 -  -  -  -  -     1  3  3  1     5  -  1  3
> csrr(t0, {mstatus mepc})
    control                                 -  -  -  -  -     1  1  1  4     5  1  1  3
> csrr(t0, cycle)
    control                                 4  4  4  4  4     1  -  -  4     5  -  -  3
lw(t6, -4(sp)); > csrw(mscratch, t6)
    control                                 -  -  -  -  -     2  1  2  2     6  2  1  3
> fence_i()
    control                                 -  -  -  -  -     2  -  -  -     1  -  -  5

---- Zcmp; as many accesses as registers, and on Hazard3 a jump as soon as ra is there
> cm_push([ra], -16); cm_pop([ra], 16)
    memory                                  -  -  -  -  -     2  -  -  -     -  -  -  -
> cm_push([ra, s0 - s1], -16); cm_pop([ra, s0 - s1], 16)
    memory                                  -  -  -  -  -     4  -  -  -     -  -  -  -
cm_push([ra, s0 - s11], -64); > cm_pop([ra, s0 - s11], 64)
    memory                                  -  -  -  -  -    14  -  -  -     -  -  -  -
cm_push([ra], -16); > cm_{popret popretz}([ra], 16)
    memory                                  -  -  -  -  -     4  -  -  -     -  -  -  -
cm_push([ra, s0], -16); > cm_popret([ra, s0], 16)
    memory                                  -  -  -  -  -     4  -  -  -     -  -  -  -
cm_push([ra, s0], -16); > cm_popretz([ra, s0], 16)
    memory                                  -  -  -  -  -     5  -  -  -     -  -  -  -
> {cm_mva01s cm_mvsa01}(s0, s1)
    arithmetic                              -  -  -  -  -     2  -  -  -     -  -  -  -
lw(s0, -4(sp)); > cm_mva01s(s0, s1)
    arithmetic                              -  -  -  -  -     3  -  -  -     -  -  -  -
lw(s1, -4(sp)); > cm_mva01s(s0, s1)
    arithmetic                              -  -  -  -  -     2  -  -  -     -  -  -  -

---- an instruction of four bytes across two words; on Hazard3 that one waits, not the jump to it
jal(zero, over); c_nop(); label(over); > addi(t0, a0, 5)
    arithmetic                              4  4  4  4  4     2  1  1  1     1  1  1  2
> jal(zero, over); c_nop(); label(over)
    control                                 4  4  4  4  4     2  3  3  3     1  2  3  6
auipc(t6, 0); nop(); > jalr(zero, t6, 14); c_nop()
    control                                 7  7  7  7  7     2  3  3  3     1  2  3  6
> beq(a0, a0, over); c_nop(); label(over)
    control                                 6  6  6  7  6     2  4  3  4     1  3  3  6
c_nop(); > beq(a0, a0, over); nop(); label(over)
    control                                 7  7  7  8  7     2  4  3  4     1  3  3  6
c_nop(); > bne(a0, a0, over); nop(); label(over)
    control                                 4  4  4  5  4     1  1  1  1     1  1  1  3
c_nop(); > jal(zero, over); nop(); c_nop(); label(over)
    control                                 3  3  3  3  3     2  2  2  2     1  2  3  6
> c_add(a0, a1)
    arithmetic                              4  4  4  5  4     1  1  1  1     1  1  1  2
> c_lw(a0, 0(a2))
    memory                                  6  6  6  6  6     1  2  1  1     1  1  2  5
c_nop(); > fence()
    memory                                  4  4  4  5  4     1  1  1  5     1  1  1  5

---- what comes before
lw(t6, -4(sp)); > {add sub}(t0, a0, t6)
    arithmetic                              3  3  3  4  3     2  1  2  2     2  2  1  2
lw(t6, -4(sp)); > add(t0, t6, a0)
    arithmetic                              3  3  3  4  3     2  1  2  2     2  2  1  2
lw(t6, -4(sp)); > addi(t0, a0, 1)
    arithmetic                              3  3  3  3  3     1  1  1  1     1  1  1  2
lw(t6, -4(sp)); nop(); > add(t0, t6, a0)
    arithmetic                              3  3  3  4  3     1  1  1  1     1  1  1  2
lw(t6, -4(sp)); > sw(t6, -4(sp))
    memory                                  5  5  5  6  5     1  2  2  2     2  2  1  5
sw(sp, -4(sp)); lw(t6, -4(sp)); > lw(t0, -4(t6))
    memory                                  5  5  5  5  5     2  2  2  2     2  2  2  5
lr_w(t6, 0(a2)); > add(t0, t6, a0)
    arithmetic                              -  -  -  -  -     2  -  -  -     -  -  -  2
lr_w(t6, 0(a2)); > lr_w(t5, 0(a2))
    memory                                  -  -  -  -  -     2  -  -  -     -  -  -  5
lr_w(t6, 0(a2)); > sc_w(t5, a0, 0(a2))
    memory                                  -  -  -  -  -     2  -  -  -     -  -  -  5
lr_w(t6, 0(a2)); nop(); > sc_w(t5, a0, 0(a2))
    memory                                  -  -  -  -  -     1  -  -  -     -  -  -  5
sc_w(t6, a0, 0(a2)); > beq(t6, t6, over); nop(); label(over)
    control                                 -  -  -  -  -     3  -  -  -     -  -  -  6
lr_w(t6, 0(a2)); > amoadd_w(t0, a0, 0(a2))
    memory                                  -  -  -  -  -     5  -  -  -     -  -  -  -
lw(t6, -4(sp)); > beq(t6, t6, over); nop(); label(over)
    control                                 5  5  5  6  5     3  3  3  4     2  4  3  6
mul(t6, a0, a1); > add(t0, t6, a0)
    arithmetic                              3  3  3  4  -     1  1  1  1     1  1  -  2
lw(t6, -4(sp)); > li(t6, 1)
    arithmetic                              3  3  3  3  3     1  1  1  2     1  1  1  2
add(t6, a0, a1); > li(t6, 1)
    arithmetic                              3  3  3  3  3     1  1  1  1     1  1  1  2
{mulh div divu}(t0, a0, a1); > add(t5, a0, a1)
    arithmetic                              3  3  3  4  -     1  1  1  1     1  1  -  2
lw(t6, -4(sp)); > lw(t6, -4(sp))
    memory                                  5  5  5  5  5     1  2  1  1     1  1  2  5
{mulh div divu}(t0, a0, a1); > jal(zero, over); nop(); label(over)
    control                                 3  3  3  3  -     2  2  2  1     1  2  -  6
auipc(t6, 0); {mulh div divu}(t0, a0, a1); > jalr(zero, t6, 12)
    control                                 6  6  6  6  -     2  2  2  1     1  2  -  6
auipc(t6, 0); > jalr(zero, t6, 8)
    control                                 6  6  6  6  6     2  2  2  3     1  2  3  6
jal(t6, over); label(over); > jalr(zero, t6, 4)
    control                                 6  6  6  6  6     2  2  2  2     1  2  3  6
mulh(t0, a0, a1); jal(t6, over); label(over); > jalr(zero, t6, 4)
    control                                 6  6  6  6  -     2  2  2  3     1  2  -  6
auipc(t6, 0); nop(); > jalr(t6, t6, 12)
    control                                 6  6  6  6  6     2  2  2  3     1  2  3  6
auipc(t6, 0); sw(t6, -4(sp)); lw(t6, -4(sp)); > jalr(zero, t6, 16)
    control                                 6  6  6  6  6     3  2  3  4     2  3  3  6
auipc(t6, 0); sw(t6, -4(sp)); lw(t6, -4(sp)); nop(); > jalr(zero, t6, 20)
    control                                 6  6  6  6  6     2  2  2  3     1  2  3  6
auipc(t6, 0); sw(t6, -4(sp)); lw(t6, -4(sp)); fence(); > jalr(zero, t6, 20)
    control                                 6  6  6  6  6     2  2  2  2     1  2  3  6
"""
CATEGORY = re.compile(r"\n {4}(\w+)((?: +(?:\d+|-))+)")


def rows() -> list[tuple[str, str, dict[str, int | None]]]:
    """The programs, a category, and cycles by core."""
    found = re.findall(rf"^(\S.*){CATEGORY.pattern}$", FIGURES, re.MULTILINE)
    read = []
    for programs, category, figures in found:
        by_core = {
            core: None if figure == "-" else int(figure)
            for core, figure in zip(CORES, figures.split(), strict=True)
        }
        for core, (other, besides) in ALIKE.items():
            more = sum(cycles for part, cycles in besides.items() if part in programs)
            by_core[core] = max((by_core[other] or 0) + more, 0) or None
        read.append((programs, category, by_core))
    return read


def spelled(programs: str) -> list[str]:
    """A program with `{a b}` in it, for each of the words."""
    head, brace, rest = programs.partition("{")
    if not brace:
        return [programs]
    words, _, tail = rest.partition("}")
    return [head + word + end for word in words.split() for end in spelled(tail)]


def takes(program: str, cores: list[str]) -> dict[str, dict[str, int]]:
    """What the marked statement takes on each core, by category. Raises TimingError."""
    text = program.translate(str.maketrans("[]", "{}"))
    lines = ["addi(a2, sp, -4)", "nop()", *text.split("; "), "nop()", "nop()"]
    [marked] = [number for number, line in enumerate(lines, 3) if line.startswith("> ")]
    body = "".join(f"    {line.removeprefix('> ')}\n" for line in lines)
    source = f"@asm_rv32\ndef f(a0, a1):\n{body}"
    image = assemble(source, isa=ISA, compress=False).functions["f"]
    found = {}
    for core, price in zip(cores, measure(image, [7, 9], cores).prices, strict=True):
        [split] = [cost.split for offset, cost in price.cold.by_pc.items()
                   if image.line_at(offset) == marked]  # fmt: skip
        found[core] = {name: cycles for name, cycles in zip(CATEGORIES, split) if cycles}
    return found


def test_every_core_has_a_column() -> None:
    assert sorted([*CORES, *ALIKE]) == [*core_names()]


@pytest.mark.parametrize("ask", [core_table, cores.lineage, cores.traps_misaligned])
def test_a_core_that_nobody_described_has_no_table(ask: Callable[[str], object]) -> None:
    with pytest.raises(cores.UnknownCore, match="no core 'z80'; known are ch32v003, cv32e40p, "):
        ask("z80")


@pytest.mark.parametrize(
    ("core", "lineage"),
    [
        ("e31", "e31"), ("esp32h2", "esp32h2 esp32c6 esp32c3"), ("qingke-v4", "qingke-v4 generic"),
        ("esp32c61", "esp32c61 esp32c5 esp32p4 generic"), ("esp32-ulp", "esp32-ulp picorv32"),
        ("picorv32-barrel", "picorv32-barrel picorv32"),
    ],
)  # fmt: skip
def test_a_core_is_as_those_that_it_extends(core: str, lineage: str) -> None:
    assert " ".join(cores.lineage(core)) == lineage


SOURCES = {
    "picorv32": "PicoRV32 README", "hazard3": "Hazard3 documentation and RTL",
    "ibex-small": "Ibex documentation", "cv32e40p": "CV32E40P user manual",
    "e31": "SiFive E31 manual", "esp32c3": "public measurements",
    "ch32v003": "QingKe V2 processor manual", "neorv32": "NEORV32 data sheet",
    "esp32c6": "Counting CPU cycles on ESP32-C3 and ESP32-C6", "esp32h2": "none of its own",
    "esp32_ulp": "not how it is configured", "generic": "no core's own",
    "qingke": "the QingKe V4 processor manual has no cycles",
    **dict.fromkeys(("esp32p4", "esp32c5", "esp32c61"), "no measurements are public"),
}  # fmt: skip


@pytest.mark.parametrize("core", [*CORES, *ALIKE])
def test_a_core_names_where_its_figures_are_from(core: str) -> None:
    """And no other than what says whether they were compared with its RTL."""
    alike = core.replace("-ulp", "_ulp")
    family = alike.partition("-")[0]
    [document] = [text for name, text in SOURCES.items() if name.partition("-")[0] == family]
    source = core_table(core)["source"]
    assert document in source
    assert source.startswith("RTL simulation; ") != source.endswith("; not checked against RTL")


@pytest.mark.parametrize("core", described())
def test_each_fact_of_a_core_has_a_source_of_its_own_and_each_wait_a_reason(core: str) -> None:
    text = (Path(cores.__file__).parent / f"{core}.toml").read_text()
    for key in ("source", "reason"):
        found = re.findall(rf'\b{key} = ("(?:[^"\\]|\\.)*")', text)
        assert len(found) == text.count(f"{key} = ") == len(set(found))


@pytest.mark.parametrize("core", described())
def test_what_was_checked_of_one_core_is_not_said_of_another(core: str) -> None:
    written = tomllib.loads((Path(cores.__file__).parent / f"{core}.toml").read_text())
    assert core_table(core).get("validated") == written.get("validated")


REQUESTS = {"picorv32": 3, "cv32e40p": 1, "hazard3": 0, "ibex": 0, "esp32-ulp": 3}
"""Core, or its family → the cycle of a load or store in which it asks, from 0, where that is known:
of PicoRV32 on its look-ahead interface, of CV32E40P in EX, of the others in the stage where an
instruction's cycles are counted."""


@pytest.mark.parametrize("core", [*CORES, *ALIKE])
def test_an_access_leaves_a_core_when_its_documents_say(core: str) -> None:
    cycle = REQUESTS.get(core, REQUESTS.get(core.partition("-")[0]))
    expected = {} if cycle is None else {"load": cycle, "store": cycle}
    assert load_core(core).request == expected


@pytest.mark.parametrize(("programs", "category", "figures"), rows())
def test_it_takes_what_the_documents_say(
    programs: str, category: str, figures: dict[str, int | None]
) -> None:
    priced = [core for core, cycles in figures.items() if cycles is not None]
    for program in spelled(programs):
        found = takes(program, priced)
        assert {core: sum(split.values()) for core, split in found.items()} == {
            core: figures[core] for core in priced
        }
        assert all(set(split) <= {category, "stalls", "fetch"} for split in found.values())
        for core in sorted(set(figures) - set(priced)):
            lacks = f"core '{core}' has no cost for|has no control and status register"
            with pytest.raises((TimingError, ExecutionError), match=lacks):
                takes(program, [core])

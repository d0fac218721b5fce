"""Control and status registers: names and numbers against GNU as and LLVM, cores' tables, lint.

known_differences.toml lists the names that one side does not know; each must still be unknown.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from corpus import toolchain

from asm_rv32 import cores
from asm_rv32.analysis.lint import lint
from asm_rv32.analysis.lint.csr import known_cores, numbers, registers_of
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.cores import core_table, described
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import tables

KNOWN = tomllib.loads((Path(__file__).parents[1] / "known_differences.toml").read_text())["csr"]
OURS = instruction_set().csr_numbers
MARCH = "rv32imc_zicsr"
CSRR = 0x2573  # csrr a0, 0


def names_of(side: str) -> dict[str, int]:
    """The names that `side` alone has, with their numbers."""
    return {name: at for row in KNOWN.values() for name, at in row.get(side, {}).items()}


def reads(names: dict[str, int]) -> tuple[list[str], bytes]:
    """`csrr a0, NAME` of each, and the code that it is."""
    words = [(at << 20 | CSRR).to_bytes(4, "little") for at in names.values()]
    return [f"csrr a0, {name}" for name in names], b"".join(words)


def apart(names: dict[str, int], without: dict[str, int]) -> dict[str, int]:
    return {name: at for name, at in names.items() if name not in without}


# ---- names


SHOWN = {name: at for at, name in instruction_set().csr_names(False).items()}


def test_a_number_is_shown_by_one_name_and_a_name_fits() -> None:
    assert set(SHOWN.values()) == {*tables()["csr"].values()}
    assert all(
        0 <= at < 4096 and re.fullmatch(r"[a-z][a-z0-9]*", name) for name, at in OURS.items()
    )


def test_each_name_that_is_not_known_here_is_not_known_here() -> None:
    assert not {*names_of("gnu"), *names_of("llvm"), *names_of("llvm-shown")} & set(SHOWN)
    assert {**names_of("newer"), **names_of("llvm-newer")}.items() <= OURS.items()


def test_gnu_as_has_the_same_names() -> None:
    newer = names_of("newer")
    lines, code = reads({**apart(OURS, newer), **names_of("gnu")})
    assert toolchain.gnu_assemble(lines, MARCH) == (code, [])
    lines, _ = reads(newer)
    refused = toolchain.gnu_assemble(lines, MARCH)[1]
    assert [each.line for each in refused] == list(range(len(newer)))
    assert all(each.message.startswith("unknown CSR") for each in refused)


def test_objdump_has_the_same_names() -> None:
    code = b"".join((at << 20 | CSRR).to_bytes(4, "little") for at in range(4096))
    shown = {line.word >> 20: line.operands[1] for line in toolchain.gnu_disassemble(code, MARCH)}
    assert len(shown) == 4096
    named = {name: at for at, name in shown.items() if not name.startswith("0x")}
    assert named == apart(SHOWN, names_of("newer"))


def test_llvm_mc_has_the_same_names() -> None:
    newer = {**names_of("newer"), **names_of("llvm-newer")}
    lines, code = reads({**apart(OURS, newer), **names_of("llvm")})
    assert toolchain.llvm_assemble(lines) == code
    for line in reads(newer)[0]:
        with pytest.raises(AssertionError, match=r"operand must be a valid system register name"):
            toolchain.llvm_assemble([line])


def test_llvm_mc_disassembles_the_same_names() -> None:
    newer = {**names_of("newer"), **names_of("llvm-newer")}
    words = [(at << 20 | CSRR).to_bytes(4, "little") for at in range(4096)]
    text = "\n".join(" ".join(f"{byte:#x}" for byte in word) for word in words)
    command = ["llvm-mc", "--triple=riscv32", "--disassemble", "-M", "no-aliases"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    shown = re.findall(r"^\s+csrrs\s+a0, (\w+), zero$", done.stdout, re.MULTILINE)
    assert len(shown) == 4096
    named = {name: at for at, name in enumerate(shown) if not name.isdigit()}
    assert named == {**apart(SHOWN, newer), **names_of("llvm-shown")}


# ---- cores


COUNTED = (0xC00, 0xC02)
"""What the counters of `Settings.counters` count: cycles, instructions."""


@pytest.mark.parametrize("core", known_cores())
def test_a_core_has_its_row_in_order(core: str) -> None:
    row = core_table(core)["registers"]
    assert set(row) <= {
        "title",
        "source",
        "only",
        "optional",
        "lacks",
        "access",
        "instead",
        "first",
        "counters",
    }
    assert row["title"] and row["source"] and ("only" in row) != ("lacks" in row)
    seen: set[int] = set()
    for key in ("only", "optional", "lacks"):
        for item in row.get(key, []):
            found = numbers([item])
            assert found and found <= set(range(4096)) - seen
            seen |= found
    assert not {OURS[name] for name in row.get("instead", {})} & registers_of(core).exists
    for counter in row.get("counters", []):
        assert set(counter) <= {"csr", "counts", "set", "clear"} and counter["counts"] in COUNTED
        switches = {csr for key in ("set", "clear") for csr, _ in counter.get(key, [])}
        assert {counter["csr"], *switches} <= registers_of(core).exists
    assert {csr for csr, _ in row.get("first", [])} <= registers_of(core).exists


def warnings(line: str, core: str | None = None) -> list[str]:
    """The codes that lint gives for a line of a function."""
    image = assemble(f"@asm_rv32\ndef f(a0):\n    {line}\n").functions["f"]
    return [found.code for found in lint(image, core)]


@pytest.mark.parametrize("core", known_cores())
def test_just_the_registers_that_a_core_lacks_are_warned_of(core: str) -> None:
    tried = sorted({*range(0, 4096, 8), *range(7, 4096, 8), *OURS.values()})
    text = "@asm_rv32\ndef f(a0):\n" + "".join(f"    csrr(a0, {at})\n" for at in tried)
    found = lint(assemble(text).functions["f"], core)
    warned = {tried[text.count("\n", 0, each.span.start) - 2] for each in found}
    assert warned == set(tried) - registers_of(core).exists


@pytest.mark.parametrize(
    ("core", "has", "lacks"),
    [
        ("hazard3", "mcycle instret mcounteren", "time mideleg sstatus mseccfg"),
        ("picorv32", "cycle time instreth", "mcycle mstatus mhartid"),
        ("picorv32-barrel", "cycle time instreth", "mcycle mstatus mhartid"),
        ("ibex-small", "mcycle mstatush pmpcfg0 dcsr", "cycle time satp pmpcfg4"),
        ("cv32e40p", "cycle mcycle fcsr", "time mcounteren pmpcfg0"),
        ("e31", "cycle pmpaddr7", "time fcsr medeleg"),
        ("neorv32", "time mcyclecfg fcsr", "mideleg pmpcfg4 mtinst"),
        ("ch32v003", "mstatus mtvec", "cycle satp mcountinhibit"),
        ("esp32c3", "mtval pmpaddr15", "cycle mcycle mie mip mcounteren"),
        ("esp32c6", "mie mip mideleg", "cycle mcycle mcounteren"),
    ],
)
def test_what_the_manuals_say(core: str, has: str, lacks: str) -> None:
    assert [name for name in has.split() if warnings(f"csrr(a0, {name})", core)] == []
    assert [name for name in lacks.split() if not warnings(f"csrr(a0, {name})", core)] == []


# What each core has, written down a second time by the names of the documents that its table names
# as its source: `{3..31}` for each of these numbers, `[h]` for a register and its upper half. A
# number stands for a register of the core's own. First what it has as it is configured, then what
# it has otherwise, or in debug mode.
ID = "mvendorid marchid mimpid mhartid"
TRAPS = "mstatus misa mtvec mscratch mepc mcause mtval"
PMP = "pmpcfg{0..3} pmpaddr{0..15}"
COUNTERS = "mcountinhibit mcycle[h] minstret[h] mhpmcounter{3..31}[h] mhpmevent{3..31}"
USER_COUNTERS = "cycle[h] instret[h] hpmcounter{3..31}[h]"
DEBUG = "dcsr dpc dscratch{0..1}"
ESPRESSIF = "0x7e0 0x7e1 0x7e2 0x803 0x804 0x805"
REGISTERS = {
    # The address decode of hazard3_csr.v (github Wren6991/Hazard3, 8272910): the RP2350 has all.
    "hazard3": (
        f"{ID} mconfigptr {TRAPS} mstatush mie mip menvcfg[h] mcounteren {COUNTERS} cycle[h] "
        f"instret[h] {PMP} 0xbd0 tselect tdata1 tdata2 tinfo tcontrol 0xbe0 0xbe1 0xbe2 0xbe3 "
        "0xbe4 0xbe5 0xbf0",
        "dcsr dpc 0xbff",
    ),
    "ibex-small": (
        f"{ID} mconfigptr {TRAPS} mstatush mie mip menvcfg[h] mcounteren {COUNTERS} 0x7c0 0x7c1",
        f"{PMP} mseccfg[h] scontext mcontext mscontext tselect tdata{{1..3}} {DEBUG}",
    ),
    "cv32e40p": (
        f"{ID} {TRAPS} mie mip {COUNTERS} {USER_COUNTERS} tselect tdata{{1..3}} tinfo mcontext "
        "mscontext",
        f"fflags frm fcsr {DEBUG} 0xcc0 0xcc1 0xcc2 0xcc4 0xcc5 0xcc6 0xcd0 0xcd1 0xcd2",
    ),
    "e31": (
        f"{ID} mconfigptr {TRAPS} mie mip menvcfg[h] mcounteren {COUNTERS} {USER_COUNTERS} {PMP} "
        f"tselect tdata{{1..3}} {' '.join(f'{0x7c0 + n:#x}' for n in range(64))}",
        DEBUG,
    ),
    "neorv32": (
        f"{ID} mconfigptr {TRAPS} mstatush mie mip mcountinhibit 0xfc0 0xfc1",
        "fflags frm fcsr mcounteren menvcfg[h] mcycle[h] minstret[h] mhpmcounter{3..31}[h] "
        f"mhpmevent{{3..31}} {USER_COUNTERS} time[h] mcyclecfg[h] minstretcfg[h] {PMP} tselect "
        "tdata{1..3} tinfo dcsr dpc dscratch0",
    ),
    # Of its own: mpcer, mpcmr and mpccr, and cpu_gpio_oen, cpu_gpio_in and cpu_gpio_out.
    "esp32c3": (f"{ID} {TRAPS} {PMP} tselect tdata1 tdata2 tcontrol {ESPRESSIF}", DEBUG),
    # With ustatus, uie, utvec, uscratch, uepc, ucause and uip; pma_cfg0..15 and pma_addr0..15.
    "esp32c6": (
        f"{ID} {TRAPS} mideleg mie mip {PMP} tselect tdata1 tdata2 tcontrol {ESPRESSIF} 0x0 0x4 "
        f"0x5 0x40 0x41 0x42 0x44 {' '.join(f'{0xbc0 + n:#x}' for n in range(32))}",
        DEBUG,
    ),
    "picorv32": ("cycle[h] time[h] instret[h]", ""),
}  # fmt: skip


# Where that is from, and how the core is called.
DOCUMENTS = {
    "hazard3": ("Hazard3", "hazard3_csr.v"),
    "ibex-small": ("Ibex", "ibex_cs_registers.sv"),
    "cv32e40p": ("CV32E40P", "cv32e40p_decoder.sv"),
    "e31": ("SiFive E31", "CSR.scala"),
    "neorv32": ("NEORV32", "neorv32_cpu_control.vhd"),
    "esp32c3": ("ESP32-C3", "ESP32-C3 Technical Reference Manual, ESP-RISC-V CPU"),
    "esp32c6": ("ESP32-C6", "ESP32-C6 Technical Reference Manual, High-Performance CPU"),
    "picorv32": ("PicoRV32", "picorv32.v"),
    "ch32v003": ("CH32V003", "QingKe V2"),
}


def spelled(name: str) -> list[str]:
    """The names that one stands for."""
    if name.endswith("[h]"):
        low = spelled(name[:-3])
        return [*low, *(f"{each}h" for each in low)]
    if found := re.fullmatch(r"(\w+)\{(\d+)\.\.(\d+)\}", name):
        return [f"{found[1]}{n}" for n in range(int(found[2]), int(found[3]) + 1)]
    return [name]


def numbered(names: str) -> set[int]:
    return {
        OURS[name] if name in OURS else int(name, 16)
        for each in names.split() for name in spelled(each)
    }  # fmt: skip


@pytest.mark.parametrize("core", REGISTERS)
def test_a_core_has_what_its_documents_list(core: str) -> None:
    row = core_table(core)["registers"]
    only, optional = REGISTERS[core]
    assert numbers(row["only"]) == numbered(only)
    assert numbers(row.get("optional", [])) == numbered(optional)


@pytest.mark.parametrize("core", DOCUMENTS)
def test_a_warning_names_the_core_and_its_document(core: str) -> None:
    image = assemble("@asm_rv32\ndef f():\n    csrr(a0, satp)\n").functions["f"]
    [found] = [each for each in lint(image, core) if each.code == "missing-csr"]
    title, document = DOCUMENTS[core]
    assert found.message.startswith(f"{title} has no control and status register 0x180 (satp): ")
    assert found.notes[-1].startswith("note: ") and document in found.notes[-1]


@pytest.mark.parametrize("core", described())
def test_what_has_registers_is_called_as_the_core_is(core: str) -> None:
    """Without what tells it from its like: the registers of these are the same."""
    written = tomllib.loads((Path(cores.__file__).parent / f"{core}.toml").read_text())
    if "registers" in written:
        title = re.split(r",| \(| as ", core_table(core)["title"])[0]
        assert written["registers"]["title"] == title


def test_each_core_with_a_list_is_listed_twice() -> None:
    listed = {core: core_table(core)["registers"] for core in known_cores()}
    others = {core for core, row in listed.items() if row not in map(listed.get, REGISTERS)}
    assert all("lacks" in listed[core] for core in others)


def test_qingke_v2_lacks_the_supervisors_registers_and_all_counters() -> None:
    """The blocks of the CSR address map, and what sets the counters up."""
    lacks = numbers(core_table("ch32v003")["registers"]["lacks"])
    blocks = {*range(0x100, 0x300), *range(0xB00, 0xBA0), *range(0xC00, 0xCA0)}
    assert lacks == blocks | numbered("mcountinhibit mcyclecfg minstretcfg mhpmevent{3..31}")


def instead(core: str, names: str) -> set[tuple[str, ...]]:
    """The instructions, and the numbers beside them, in what is said instead of each register."""
    told = core_table(core)["registers"]["instead"]
    return {tuple(re.findall(r"\w+\([^()]*(?:\(\w+\))?\)|(?<!\w)0x\w+", told[name]))
            for name in names.split()}  # fmt: skip


def test_what_to_use_instead_is_what_the_manuals_say() -> None:
    """ESP32-C3: bit 0 of mpcer (0x7e0) chooses cycles and bit 1 instructions, bit 0 of mpcmr
    (0x7e1) lets mpccr (0x7e2) count; so on ESP32-C6. CH32V003: STK_CNTL is at 8 from 0xe000f000;
    so it is taken for QingKe V4."""
    for core in ("esp32c3", "esp32c6"):
        assert instead(core, "cycle mcycle") == {
            ("csrr(rd, 0x7e2)", "csrwi(0x7e0, 1)", "csrwi(0x7e1, 1)")
        }
        assert instead(core, "instret minstret") == {
            ("csrwi(0x7e0, 2)", "csrwi(0x7e1, 1)", "0x7e2")
        }
        told = core_table(core)["registers"]["instead"]
        for name in ("instret", "minstret"):
            assert told[name].endswith(" let mpccr, 0x7e2, count instructions")
        for name in ("cycle", "mcycle"):
            assert told[name].endswith(" let it count cycles")
    for core in ("ch32v003", "qingke-v4"):
        assert instead(core, "cycle mcycle time") == {("lw(rd, 8(base))", "0xe000f000")}
    assert instead("ibex-small", "cycle") == {("csrr(rd, mcycle)",)}
    assert instead("ibex-small", "instret") == {("csrr(rd, minstret)",)}
    assert instead("picorv32", "mcycle") == {("rdcycle(rd)",)}
    assert instead("picorv32", "minstret") == {("rdinstret(rd)",)}


# ---- writes to what is read-only


@pytest.mark.parametrize(
    ("line", "writes"),
    [
        ("csrrw(a0, a0, {})", True),
        ("csrrw(zero, zero, {})", True),
        ("csrw({}, a0)", True),
        ("csrrs(a0, a0, {})", True),
        ("csrrc(a0, a0, {})", True),
        ("csrrs(a0, zero, {})", False),
        ("csrrc(a0, zero, {})", False),
        ("csrr(a0, {})", False),
        ("csrrwi(a0, {}, 0)", True),
        ("csrwi({}, 0)", True),
        ("csrrsi(a0, {}, 1)", True),
        ("csrrci(a0, {}, 31)", True),
        ("csrrsi(a0, {}, 0)", False),
        ("csrrci(a0, {}, 0)", False),
    ],
)
@pytest.mark.parametrize("csr", ["mvendorid", "0xfff", "0xc01", "hpmcounter3", "mscratch", "0xbff"])
def test_writes_to_read_only_registers_are_found(line: str, writes: bool, csr: str) -> None:
    constant = csr not in ("mscratch", "0xbff")
    assert warnings(line.format(csr)) == ["read-only-csr"] * (writes and constant)


def test_unimp_is_meant_and_other_writes_to_cycle_are_not() -> None:
    assert warnings("unimp()") == warnings("csrrw(zero, zero, cycle)") == []
    assert warnings("csrrw(zero, a0, cycle)") == ["read-only-csr"]
    assert warnings("csrrw(a0, zero, cycle)") == ["read-only-csr"]


def test_a_register_that_is_not_there_is_warned_of_once() -> None:
    assert warnings("csrw(cycle, a0)", "esp32c3") == ["missing-csr"]
    assert warnings("csrw(cycle, a0)", "hazard3") == ["read-only-csr"]


def test_what_an_access_to_a_missing_register_does_is_known_but_of_qingke_cores() -> None:
    """The QingKe manuals do not say; those of all others do."""
    for core in known_cores():
        unknown = core in ("ch32v003", "qingke-v4")
        said = "what an access to it does is not documented" if unknown else "this traps there"
        assert registers_of(core).access == said

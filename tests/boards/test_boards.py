"""What is known of boards, held against a second list; what --board changes and refuses."""

# The bodies are assembler, in which names are registers and mnemonics.
# ruff: noqa: F821

from __future__ import annotations

import json
import re
from array import array
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from corpus.example_inputs import INPUTS
from corpus.shell import Shell

from asm_rv32 import AssemblyError, ExecutionError, asm_rv32, assemble
from asm_rv32.analysis.lint import lint
from asm_rv32.boards import PARTS, UnknownBoard, board_names, load_board
from asm_rv32.cores import core_names
from asm_rv32.devices import Ram, devices
from asm_rv32.inline.function import AsmFunction
from asm_rv32.isa.sets import common_isa, instruction_set, isa_of_attribute, known_isa, parse_isa
from asm_rv32.machine.emulator import run
from asm_rv32.machine.settings import settings_for
from asm_rv32.report.pricing import cycles, measure
from asm_rv32.timing import TimingError, load_core

EXAMPLES = Path(__file__).parents[2] / "examples"
# Board: clock in MHz, a statement that its chip has beyond RV32IMC or "", one that it lacks; the
# second from the documents named in its file.
CHIPS = {
    "ch32v003": (48, "", "mul(a0, a0, a0)"),
    "ch32v203": (144, "amoadd_w(a0, a0, (a1))", "sh1add(a0, a0, a0)"),
    "ch32v307": (144, "amoadd_w(a0, a0, (a1))", "sh1add(a0, a0, a0)"),
    "ch32x035": (48, "amoadd_w(a0, a0, (a1))", "cm_push({ra}, -16)"),
    "esp32c2": (120, "", "amoadd_w(a0, a0, (a1))"),
    "esp32c3": (160, "", "amoadd_w(a0, a0, (a1))"),
    "esp32c5": (240, "c_not(a0)", "sh1add(a0, a0, a0)"),
    "esp32c6": (160, "amoadd_w(a0, a0, (a1))", "c_not(a0)"),
    "esp32c61": (160, "cm_mva01s(s0, s1)", "clz(a0, a0)"),
    "esp32h2": (96, "amoadd_w(a0, a0, (a1))", "cm_push({ra}, -16)"),
    "esp32p4": (360, "amoadd_w(a0, a0, (a1))", "cm_push({ra}, -16)"),
    "esp32p4-v3": (400, "bset(a0, a0, a0)", "czero_eqz(a0, a0, a1)"),
    "esp32s2-ulp": (8.5, "", "amoadd_w(a0, a0, (a1))"),
    "esp32s3-ulp": (17.5, "", "sh1add(a0, a0, a0)"),
    "esp32s31": (320, "rol(a0, a0, a0)", "cm_push({ra}, -16)"),
    "generic": (None, "", "amoadd_w(a0, a0, (a1))"),
    "qemu-virt": (None, "cm_push({ra}, -16)", "clz(a0, a0)"),
    "rp2350": (150, "bext(a0, a0, a0)", "czero_eqz(a0, a0, a1)"),
}
# All that the compilers of their makers are told, -march, and what XW and Hazard3's manuals add.
ISAS = {
    "rv32ec_zicsr_xwchc": "ch32v003",
    "rv32imac_zicsr_zifencei_xwchc": "ch32v203 ch32x035",
    "rv32imafc_zicsr_zifencei_xwchc": "ch32v307",
    "rv32imc_zicsr_zifencei": "esp32c2 esp32c3 generic",
    "rv32imac_zicsr_zifencei": "esp32c6 esp32h2",
    "rv32imac_zicsr_zifencei_zcb_zcmp_zcmt": "esp32c5 esp32c61",
    "rv32imafc_zicsr_zifencei_xesploop_xespv": "esp32p4",
    "rv32imafcb_zicsr_zifencei_zcb_zcmp_zcmt_xesploop_xespv": "esp32p4-v3",
    "rv32imafcb_zicsr_zifencei_xesploop_xespv": "esp32s31",
    "rv32imc_xpicorv32": "esp32s2-ulp esp32s3-ulp",
    "rv32imac_zicsr_zifencei_zba_zcb_zcmp": "qemu-virt",
    "rv32imac_zicsr_zifencei_zba_zbb_zbs_zbkb_zcb_zcmp_xh3bextm_xh3power_xh3irq_xh3pmpm": "rp2350",
}
# Register: where the headers of the chip's makers have it.
REGISTERS = {
    ("esp32c3", "GPIO.OUT_W1TS"): 0x60004008, ("esp32c6", "GPIO.OUT_W1TC"): 0x6009100C,
    ("esp32h2", "GPIO.IN"): 0x6009103C, ("esp32c5", "GPIO.ENABLE"): 0x60091034,
    ("esp32c61", "GPIO.IN"): 0x60091064, ("esp32p4", "GPIO.OUT"): 0x500E0004,
    ("esp32s31", "GPIO.OUT_W1TS"): 0x20583008, ("esp32c2", "SYSTIMER.UNIT0_OP"): 0x60023004,
    ("rp2350", "SIO.GPIO_OUT_XOR"): 0xD0000028, ("rp2350", "SIO.GPIO_OE_SET"): 0xD0000038,
    ("rp2350", "MTIMER.MTIME"): 0xD00001B0, ("rp2350", "MTIMER.MTIMECMPH"): 0xD00001BC,
    ("rp2350", "TIMER0.TIMERAWL"): 0x400B0028, ("ch32v003", "GPIOC.BSHR"): 0x40011010,
    ("ch32v003", "SysTick.CNT"): 0xE000F008, ("ch32v203", "SysTick.CNTL"): 0xE000F008,
    ("ch32v307", "GPIOE.BCR"): 0x40011814, ("ch32x035", "GPIOB.BSXR"): 0x40010C20,
    ("esp32s3-ulp", "RTC_GPIO.OUT_W1TS"): 0xA404, ("qemu-virt", "CLINT.MTIME"): 0x0200BFF8,
}  # fmt: skip
# Erratum: boards that have it, a statement that it is about, one beside it that it is not.
ERRATA = {
    "push-order": ("esp32c5 esp32c61 esp32p4-v3", "cm_push({ra}, -16)", "cm_pop({ra}, 16)"),
    "popret": ("esp32c5 esp32c61 esp32p4-v3", "cm_popretz({ra}, 16)", "cm_pop({ra}, 16)"),
    "push-interrupts": ("esp32c5 esp32c61 esp32p4-v3", "cm_push({ra}, -16)", "cm_pop({ra}, 16)"),
    "block": ("rp2350", "slt(zero, zero, zero)", "slt(zero, zero, sp)"),
    "unblock": ("rp2350", "slt(x0, x0, x1)", "sltu(x0, x0, x1)"),
}


def function(*statements: str, head: str = "@asm_rv32") -> str:
    body = "".join(f"    {statement}\n" for statement in statements)
    return f"{head}\ndef f():\n{body}"


def findings(board: str, statement: str, code: str) -> list[str]:
    image = assemble(function(statement), board=board).functions["f"]
    return [each.message for each in lint(image) if each.code == code]


def test_every_board_is_in_the_list() -> None:
    assert [*board_names()] == sorted(CHIPS)


@pytest.mark.parametrize("name", CHIPS)
def test_what_is_said_of_a_board_has_its_source_and_fits(name: str) -> None:
    board = load_board(name)
    assert set(board.sources) <= set(PARTS)
    assert all(text.strip() for text in (board.title, *board.sources.values()))
    assert board.core is None or board.core in core_names()
    megahertz = CHIPS[name][0]
    assert board.clock == (None if megahertz is None else round(megahertz * 1_000_000))
    for span in board.memory:
        assert span.size > 0 and span.base + span.size <= 1 << 32 and set(span.access) <= set("rwx")
    for block in board.blocks:
        memory = board.memory_at(block.base)
        assert memory is not None and "w" in memory.access, block.name
        assert block.base + block.size <= memory.base + memory.size, block.name
        assert all(0 <= each.at < block.size for each in block.registers)
        assert all(each.at % 4 == 0 for each in block.registers if each.name != "LSR")  # a byte
    starts = sorted((block.base, block.size) for block in board.blocks)
    assert all(base + size <= after for (base, size), (after, _) in pairwise(starts))
    for erratum in board.errata:
        rows = instruction_set(known_isa(board.isa)).mnemonics
        assert set(erratum.instructions) <= set(rows)
        assert erratum.text and erratum.instead and erratum.source


@pytest.mark.parametrize("name", CHIPS)
def test_the_isa_of_a_board_is_the_default_and_what_it_lacks_is_an_error(name: str) -> None:
    board, (_, has, lacks) = load_board(name), CHIPS[name]
    multiplies = [] if lacks == CHIPS["ch32v003"][2] else ["mul(a0, a0, a0)"]
    all_of_it = function("c_nop()", *multiplies, *([has] if has else []))
    assert assemble(all_of_it, board=name).functions["f"].board
    if has:  # which a function for no board has not
        with pytest.raises(AssemblyError):
            assemble(function(has))
    for head in ("@asm_rv32", '@asm_rv32(isa="rv32imac_zba_zbb_zcb_zcmp_zicond")'):
        with pytest.raises(AssemblyError) as caught:
            assemble(function(lacks, head=head), board=name)
        [found] = caught.value.diagnostics
        assert found.code == "needs-extension"
        assert found.message.endswith(f", which the {board.title} does not have")
        assert found.notes == (f"note: {board.sources['isa']}",)


def test_the_isa_of_a_board_is_its_makers() -> None:
    assert {name: load_board(name).isa for name in board_names()} == {
        name: isa for isa, names in ISAS.items() for name in names.split()
    }


def test_an_isa_beside_a_board_is_what_both_have() -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble(function("sh1add(a0, a0, a0)"), board="rp2350", isa="rv32imc")
    assert caught.value.diagnostics[0].notes == ('help: isa="rv32imc_zba"',)
    image = assemble(function("sh1add(a0, a0, a0)"), board="rp2350", isa="rv32imc_zba").functions
    assert image["f"].isa == "rv32imc_zba"
    for one, other, both in [
        ("rv32imc_zba", "rv32imac", "rv32imc"), ("rv32im", "rv32ec", "rv32e"),
        ("rv32im", "rv32i_zmmul", "rv32i_zmmul"), ("rv32ec", "rv32imac", "rv32ec"),
        ("rv32i_zmmul", "rv32im", "rv32i_zmmul"),
    ]:  # fmt: skip
        assert parse_isa(common_isa(one, other)) == parse_isa(both)


@pytest.mark.parametrize(("name", "register"), REGISTERS)
def test_registers_are_where_the_makers_headers_have_them(name: str, register: str) -> None:
    board, address = load_board(name), REGISTERS[name, register]
    assert board.address_of(register) == address
    assert board.register_at(address) == board.register_at(address + 3) == register


@pytest.mark.parametrize(("erratum", "name"), [
    (erratum, name) for erratum, (names, _, _) in ERRATA.items() for name in names.split()
])  # fmt: skip
def test_an_erratum_is_a_finding_with_its_source(erratum: str, name: str) -> None:
    _, about, beside = ERRATA[erratum]
    [row] = [each for each in load_board(name).errata if each.name == erratum]
    told = f"on the {load_board(name).title}, {row.text}"
    assert told in findings(name, about, "erratum")
    assert told not in findings(name, beside, "erratum")
    assert not findings(name, about, "hint")
    image = assemble(function(about), board=name).functions["f"]
    notes = [each.notes for each in lint(image) if each.message == told]
    assert notes == [(f"help: {row.instead}", f"note: {row.source}")]


def test_every_erratum_is_tried() -> None:
    known = {(each.name, name) for name in board_names() for each in load_board(name).errata}
    tried = {(name, board) for name, (boards, _, _) in ERRATA.items() for board in boards.split()}
    assert known == tried
    assert not findings("qemu-virt", "cm_push({ra}, -16)", "erratum")


def test_a_board_has_other_names_and_an_unknown_one_is_told() -> None:
    assert load_board("RPI_PICO2") == load_board("pico2")
    assert assemble(function("nop()"), board="pico2").functions["f"].board == "rp2350"
    with pytest.raises(UnknownBoard, match="no board 'rp2351'; known: ch32v003"):
        load_board("rp2351")
    with pytest.raises(AssemblyError) as caught:
        assemble(function("nop()", head='@asm_rv32(board="rp2351")'))
    assert caught.value.diagnostics[0].code == "board"


# ---------------------------------------------------------------- registers of a core


COUNTS = function(
    "csrr(t0, {0})", "nop()", "nop()", "csrr(t1, {0})", "sub(a0, t1, t0)"
)  # fmt: skip


@pytest.mark.parametrize(("core", "counter", "start", "counted"), [
    ("esp32c3", "0x7e2", (), 3), ("esp32c6", "0x7e2", (), 3), ("esp32h2", "0x7e2", (), 3),
    ("esp32c3", "0x7e2", ("csrwi(0x7e1, 0)",), 0), ("esp32c3", "0x7e2", ("csrwi(0x7e0, 0)",), 0),
    ("hazard3", "mcycle", (), 0), ("hazard3", "cycle", (), 0), ("hazard3", "instret", (), 0),
    ("hazard3", "mcycle", ("csrci(mcountinhibit, 5)",), 3),
    ("hazard3", "minstret", ("csrci(mcountinhibit, 1)",), 0),
    ("hazard3", "instret", ("csrci(mcountinhibit, 4)",), 3),
    ("hazard3", "mcycle", ("csrci(mcountinhibit, 1)", "csrw(mcycle, zero)"), 3),
    ("hazard3", "cycle", ("csrci(mcountinhibit, 1)", "csrw(mcycle, zero)"), 3),
])  # fmt: skip
def test_a_counter_counts_as_its_core_lets_it(
    core: str, counter: str, start: tuple[str, ...], counted: int
) -> None:
    source = COUNTS.format(counter).replace("    csrr(t0", "".join(
        f"    {each}\n" for each in start) + "    csrr(t0", 1)  # fmt: skip
    image = assemble(source).functions["f"]
    for engine in ("unicorn", "python"):
        assert run(image, [], settings_for({"core": core, "engine": engine})).result == counted
    assert measure(image, [], [core, "neorv32"] if counter == "cycle" else [core]).prices


@pytest.mark.parametrize(("core", "counter"), [
    ("esp32c3", "0x7e2"), ("hazard3", "mcycle"), ("cv32e40p", "mcycle"), ("ibex-small", "mcycle"),
    ("picorv32", "cycle"),
])  # fmt: skip
def test_a_counter_counts_the_cycles_of_its_core(core: str, counter: str) -> None:
    """Those that the model prices, whatever runs the call; what waits for it ends in time."""
    division = COUNTS.replace("nop()", "div(t2, t2, t2)", 1).format(counter)
    lets_run = "    csrci(mcountinhibit, 1)\n" if core in ("hazard3", "cv32e40p") else ""
    source = division.replace("    csrr", lets_run + "    csrr", 1)
    image = assemble(source).functions["f"]
    report = cycles(image, [], core)
    lines = [
        line for line, text in report.source.items() if text.startswith(("csrr", "div", "nop"))
    ]
    counted = sum(report.by_line[line] for line in lines[:-1])

    def shell_of_it() -> None: ...

    function = AsmFunction(shell_of_it, image, settings_for({"core": core}))
    assert function() == report.result == counted > 3
    with devices(Ram(0x6000_0000, 16), core=core):
        assert AsmFunction(shell_of_it, image)() == counted
    assert function.trace(core=core).result == counted
    if lets_run:
        still = assemble(division).functions["f"]
        assert AsmFunction(shell_of_it, still, settings_for({"core": core}))() == 0


@pytest.mark.parametrize(("core", "counter"), [
    ("esp32c3", "cycle"), ("esp32c6", "mcycle"), ("ibex-small", "cycle"), ("ch32v003", "mcycle"),
    ("hazard3", "0x7e2"),
])  # fmt: skip
def test_a_register_that_the_core_lacks_traps(core: str, counter: str) -> None:
    @asm_rv32(core=core)
    def reads() -> None:
        csrr(t0, cycle)

    image = assemble(COUNTS.format(counter)).functions["f"]
    function = AsmFunction(reads.__wrapped__, image, reads.settings)
    with pytest.raises(ExecutionError) as caught:
        function()
    assert caught.value.code == "illegal-instruction"
    assert "has no control and status register" in str(caught.value)


@pytest.mark.parametrize("core", ["hazard3", "cv32e40p"])
def test_a_shadow_of_a_counter_is_that_counter(core: str) -> None:
    source = function("li(t0, 0x1000)", "csrw(mcycle, t0)", "csrw(mcycleh, t0)", "csrr(t1, cycle)",
                      "csrr(t2, cycleh)", "add(a0, t1, t2)")  # fmt: skip
    assert run(assemble(source).functions["f"], [], settings_for({"core": core})).result == 0x2000


def test_what_an_own_register_holds_is_what_was_stored() -> None:
    @asm_rv32(board="esp32c3")
    def pins() -> None:
        li(t0, 0xA5)
        csrw(0x805, t0)
        csrsi(0x805, 2)
        csrr(a0, 0x805)
        mv(a1, a0)

    assert pins() is None
    image = assemble(function("li(t0, 0xa5)", "csrw(0x805, t0)", "csrsi(0x805, 2)",
                              "csrr(a0, 0x805)"), board="esp32c3").functions["f"]  # fmt: skip
    assert measure(image, [], ["esp32c3"]).word == 0xA7


# ---------------------------------------------------------------- memory and time


@pytest.mark.parametrize(("address", "what"), [
    (0x60091008, "that is GPIO.OUT_W1TS"), (0x600910F0, "that is GPIO+0xf0"),
    (0x40800000, "that is in the internal SRAM"), (0xF0000000, "nothing is known to answer"),
])  # fmt: skip
@pytest.mark.parametrize("engine", ["unicorn", "python"])
def test_a_wild_access_is_told_by_what_the_board_has_there(
    address: int, what: str, engine: str
) -> None:
    source = function(f"li(t0, {address:#x})", "sw(zero, 0(t0))")
    image = assemble(source, board="esp32c6").functions["f"]
    with pytest.raises(ExecutionError) as caught:
        run(image, [], settings_for({"board": "esp32c6", "engine": engine}))
    assert caught.value.code == "wild-access" and what in caught.value.fault.notes[-1]


def test_cycles_are_nanoseconds_at_the_boards_clock() -> None:
    @asm_rv32(board="rp2350")
    def loop(count) -> None:  # type: ignore[no-untyped-def]
        label(again)
        addi(count, count, -1)
        bnez(count, again)

    found = loop.cycles(100)
    assert found.core == "hazard3" and found.clock == 150_000_000
    assert found.nanoseconds == pytest.approx(found.warm * 20 / 3)
    assert str(found).endswith(" ns at 150 MHz")
    assert loop.cycles(100, core="picorv32").nanoseconds is None

    @asm_rv32(board="qemu-virt")
    def on_nothing_known() -> None:
        nop()

    found = on_nothing_known.cycles()
    assert found.core == "generic" and found.nanoseconds is None  # it has no clock either
    assert not load_core("generic").validated
    assert {name for name in board_names() if load_board(name).core is None} == {
        "generic", "qemu-virt",
    }  # fmt: skip


UNPRICED = r"has no cost for '(lr\.w|sc\.w|f[a-z.]+)'"
"""What nobody prices yet, on any core."""


@pytest.mark.heavy
def test_all_examples_are_priced_on_every_board() -> None:
    """But those that need what a board lacks."""
    boards = [*map(load_board, board_names())]
    priced = {board.name: 0 for board in boards}
    for path in sorted(EXAMPLES.glob("*.py")):
        for name, image in assemble(path.read_text(), path=str(path)).functions.items():
            if name not in INPUTS:
                continue
            arguments = INPUTS[name](Random(name))
            for core in dict.fromkeys(board.priced_on for board in boards):
                alike = [board for board in boards if board.priced_on == core]
                try:
                    [price] = measure(image, arguments, [core]).prices
                except TimingError as error:
                    # What stands above, or what the chip lacks.
                    assert re.search(UNPRICED, str(error)) or not any(
                        {*parse_isa(image.isa)[1]} <= {*parse_isa(known_isa(board.isa))[1]}
                        for board in alike
                    ), (name, error)
                    continue
                for board in alike:
                    time = board.nanoseconds(price.warm.cycles)
                    assert time is None if board.clock is None else time and time > 0
                    priced[board.name] += 1
    assert min(priced.values()) >= 20, priced


# ---------------------------------------------------------------- the command line


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_boards_are_listed_and_shown(shell: Shell) -> None:
    listed = shell("board", "list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [*board_names()]
    found = json.loads(shell("board", "list", "-f", "json").stdout)
    assert set(found) == set(board_names()) and found["esp32c3"]["clock"] == 160_000_000
    shown = shell("board", "show", "pico2").stdout
    for expected in ("hazard3", "6.667 ns a cycle", "SIO: CPUID 0x0", "h3.block", "sources"):
        assert expected in shown
    assert shell("board", "show").returncode == shell("board", "list", "rp2350").returncode == 2
    wrong = shell("board", "show", "esp32c7")
    assert wrong.returncode == 2 and "did you mean 'esp32c2'" in wrong.stderr


def test_commands_take_a_board(shell: Shell) -> None:
    (shell.folder / "d").mkdir()
    shell.write("f.py", "@asm_rv32\ndef f(a, b):\n    sh1add(a0, a, b)\n")
    assert shell("run", "f.py", "f(1, 2)", "--board", "rp2350").stdout == "4\n"
    assert "the ESP32-C3 does not have" in shell("lint", "f.py", "--board", "esp32c3").stderr
    report = shell("report", "f.py", "f(1, 2)", "--board", "pico2").stdout.splitlines()
    assert report[1].startswith("hazard3: 3 cycles, 20.0 ns. ")
    report = shell("report", "f.py", "f(1, 2)", "--board", "qemu-virt")
    assert "cost on QEMU's virt machine: priced on generic; a core" in report.stderr
    assert "generic: 3 cycles. " in report.stdout and "no particular core; " in report.stdout
    shell.write("s.py", "@micropython.asm_rv32\ndef f(a0):\n    clz(a0, a0)\nprint(f(1))\n")
    assert shell("exec", "--board", "rp2350", "s.py").stdout == "31\n"
    assert shell("run", "f.py", "f(1, 2)", "--board", "nope").returncode == 2
    shell.write("pyproject.toml", '[tool.asm_rv32]\nboard = "rp2350"\n')
    assert shell("run", "f.py", "f(1, 2)").stdout == "4\n"
    assert shell("run", "f.py", "f(1, 2)", "--board", "esp32c3").returncode == 1
    assert shell("isa", "clz").stdout.startswith("clz  (zbb")
    assert shell("compile", "f.py", "-o", "f.bin").returncode == 0
    assert "clz" not in shell("disasm", "f.bin").stderr
    shell.write("d/f.py", "@asm_rv32\ndef f(a, b):\n    sh1add(a0, a, b)\n")
    assert shell("romfs", "d", "-o", "d.romfs").returncode == 0
    shell.write("pyproject.toml", '[tool.asm_rv32]\nisa = "rv32imc"\ncore = "picorv32"\n')
    assert shell("run", "f.py", "f(1, 2)", "--board", "rp2350").stdout == "4\n"


def test_compile_tells_errata_and_missing_registers(shell: Shell) -> None:
    shell.write("f.py", function("cm_push({ra}, -16)", "rdcycle(t0)", "cm_popret({ra}, 16)"))
    told = shell("compile", "f.py", "--board", "esp32c5", "-o", "f.bin").stderr
    assert told.count("warning[erratum]") == 3
    shell.write("g.py", function("rdcycle(a0)"))
    assert "missing-csr" in shell("compile", "g.py", "--board", "esp32c3").stderr


def test_buffers_of_calls_are_as_ever() -> None:
    @asm_rv32(board="esp32c6")
    def first(words) -> None:  # type: ignore[no-untyped-def]
        csrr(t0, 0x7E2)
        li(t1, 7)
        sw(t1, 0(words))

    words = array("i", [0, 0])
    first(words)
    assert words.tolist() == [7, 0]


def test_an_isa_of_the_chip_may_be_ahead_of_the_tables() -> None:
    isa, unknown = isa_of_attribute(load_board("rp2350").isa)
    assert isa.startswith("rv32imac_zba") and all(name not in isa for name in unknown)

"""Instructions of one's own: what a file can say, what is wrong in it, and where it counts."""

from __future__ import annotations

import os
import subprocess
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from corpus.shell import Shell
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.analysis.lint import lint
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.devices import Bus
from asm_rv32.isa.does import DEPTH_LIMIT
from asm_rv32.isa.own_rows import TEXT_LIMIT, read_form
from asm_rv32.isa.own_tables import SIZE_LIMIT, read_table, with_tables
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.wording import told
from asm_rv32.machine.emulator import run
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings
from asm_rv32.report.pricing import cycles
from asm_rv32.timing import TimingError, clocked
from asm_rv32.timing.contracts import findings
from asm_rv32.timing.recorded import record

EXAMPLE = Path(__file__).parents[2] / "examples" / "own"
SAID = Path(__file__).with_name("said.txt")
CHIP = (Path(__file__).parent / "chip.toml").read_text()
SOURCE = """
@asm_rv32
def f(a, b) -> uint:
    mine_mac(a, a, b)
    mine_mac(a0, a1, a0)
    mine_acc(a0)
    mine_acc(a0)
    mine_get(a0)
    csrr(a1, total)
    xor(a1, a1, a0)
    add(a0, a0, a1)
    mine_set(a1, both)
    add(a0, a0, a1)
    mine_twice(a0, a0)
    mine_lane(a0, 1(a0))
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    path = tmp_path / "chip.toml"
    path.write_text(CHIP)
    return path


@pytest.mark.parametrize("engine", ENGINES)
def test_they_compute_what_they_say(engine: str, chip: Path) -> None:
    image = assemble(SOURCE, tables=chip).functions["f"]
    assert image.isa == "rv32imc_xmine"
    # mine.mac a0, a0, a1 is shortened; of the sum the low byte cannot be written.
    sizes = [entry.size for entry in image.entries]
    assert sizes[:2] == [2, 4]
    a, b = 7, 1000
    one = a + a * b
    two = one + one * b
    total = 0x500 + two & 0xFFFFFF00
    total = total + two & 0xFFFFFF00
    result = (total + 2) * 2 >> 8 & 255
    assert run(image, (a, b), Settings(engine=engine)).result == result


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("does", "result"),
    [
        ("+rs1", 9), ("-rs1", -9), ("~rs1", -10), ("- -rs1", 9), ("-(rs1 - rs2)", -4),
        ("rs1 - rs2 - 1", 3), ("rs1 if rs1 > rs2 else rs2", 9), ("rs1 if rs1 <= rs2 else rs2", 5),
        ("rs1 & 1 | rs2 << 1", 11), ("signed(-rs1) >> 1", -5), ("-rs1 >> 28", 15),
        ("signed(-rs1) < signed(rs2)", 1), ("-rs1 < rs2", 0), ("quotient(rs1, rs2)", 1),
        ("remainder(signed(-rs1), signed(rs2))", -4), ("high(-rs1, rs2)", 4),
    ],
)  # fmt: skip
def test_an_expression_of_a_row_has_its_value(
    does: str, result: int, engine: str, tmp_path: Path
) -> None:
    path = tmp_path / "value.toml"
    path.write_text(
        '[instructions]\n"mine.value" = { syntax = "rd, rs1, rs2", '
        f'fixed = "31..25=0 14..12=0 6..0=0x0b", does = "rd = {does}" }}\n'
    )
    source = "@asm_rv32\ndef f(a, b):\n    mine_value(a0, a, b)\n"
    image = assemble(source, tables=path).functions["f"]
    assert run(image, (9, 5), Settings(engine=engine)).result == result


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", [8, 16, 32])
@pytest.mark.parametrize("sign", ["signed8", "signed16"])
def test_a_sign_is_that_of_its_bits_whatever_is_loaded(
    sign: str, size: int, engine: str, tmp_path: Path
) -> None:
    path = tmp_path / "loads.toml"
    path.write_text(
        '[instructions]\n"mine.load" = { syntax = "rd, imm12(rs1)", fixed = "14..12=0 6..0=0x0b", '
        f'does = "rd = {sign}(load{size}(rs1 + imm12))" }}\n'
    )
    image = assemble("@asm_rv32\ndef f(a):\n    mine_load(a0, 4(a))\n", tables=path).functions["f"]
    for word in (0x1234_807F, 0x1234_7F80, 0xFFFF_FFFF, 0x0000_8000):
        bits = int(sign.removeprefix("signed"))
        part = word & (1 << min(bits, size)) - 1
        expected = part - (1 << bits) if part >> bits - 1 else part
        values = (bytes(4) + word.to_bytes(4, "little"),)
        for _ in range(3):  # the second time it knows where the word is
            assert run(image, values, Settings(engine=engine)).result == expected


GOES = """
[instructions]
"mine.go" = { syntax = "jump21", fixed = "11..7=0 6..0=0x2b", does = "goto jump21", timing = "jal" }
"mine.add" = { syntax = "rd, rs1, rs2", fixed = "31..25=0x7f 14..12=0 6..0=0x0b", \
does = "rd = rs1 + rs2", timing = "mul" }
""".replace("\\\n", "")


@pytest.mark.parametrize("core", ["ibex-small", "hazard3"])
def test_they_cost_the_same_where_cycles_are_seen(core: str, tmp_path: Path) -> None:
    """By a contract, by devices and step by step; as what is of the same class."""
    (tmp_path / "go.toml").write_text(GOES)
    found = []
    for go, add in (("j", "mul"), ("mine_go", "mine_add")):
        text = f"""
@asm_rv32(core="{core}")
def f(a, b):
    within(up, down, at_most=1)
    label(up)
    {add}(a, a, b)
    {go}(on)
    nop()
    label(on)
    {add}(a, a, b)
    label(down)
    nop()
"""
        image = assemble(text, tables=tmp_path / "go.toml", compress=False).functions["f"]
        ((_, broken),) = findings(image)
        plain = image._replace(contracts=())
        traced = clocked.price(plain, (1, 2), DEFAULT_SETTINGS._replace(bus=Bus((), core)), core)
        recorded = record(plain, (1, 2), DEFAULT_SETTINGS, core=core, limit=100)
        assert recorded.costs is not None
        found.append((
            broken.message, traced.price.cold.cycles, cycles(plain, (1, 2), core).by_category,
            list(recorded.costs.until),
        ))  # fmt: skip
    assert found[0] == found[1]


def test_what_is_read_shows_what_it_is(chip: Path) -> None:
    table = read_table(str(chip), CHIP.encode())
    assert repr(table) == f"OwnTable({str(chip)!r}, xmine)"
    image = assemble(SOURCE, tables=chip).functions["f"]
    assert repr(image) == f"Image(f, {len(image.code)} bytes, rv32imc_xmine)"
    row = instruction_set("rv32i").row("addi")
    assert repr(row) == "Row(addi rd, rs1, imm12)"
    assert [repr(kind) for kind in row.kinds] == [
        "OperandKind(rd)", "OperandKind(rs1)", "OperandKind(imm12)",
    ]  # fmt: skip


def test_it_is_known_to_all_that_reads_rows(chip: Path) -> None:
    image = assemble(SOURCE, tables=[chip]).functions["f"]
    assert lint(image) == ()
    found = cycles(image, (1, 2), "hazard3")
    assert found.by_line[4] == found.by_line[5] == 2
    assert found.by_category["memory"] == 4
    # A core's own kin have its costs; another has none.
    alone = assemble("@asm_rv32\ndef f(a, b):\n    mine_mac(a, a, b)\n", tables=chip).functions["f"]
    assert cycles(alone, (1, 2), "picorv32-fast-mul").by_line[3] == 9 + 6  # and the return
    with pytest.raises(TimingError, match=r"'e31' has no cost for 'mine\.mac'"):
        cycles(alone, (1, 2), "e31")


PAIRS = """
[instructions."mine.swap"]
syntax = "rd_pair, rs1"
fixed = "31..20=0 14..12=0 7=0 6..0=0x0b"
does = "first = upper(rd_pair); upper(rd_pair) = rd_pair + rs1; rd_pair = first"
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pair_of_registers_is_named_by_its_first(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "pairs.toml"
    path.write_text(PAIRS)
    source = """
@asm_rv32
def f(a, b):
    mv(a2, a)
    mv(a3, b)
    {}
    slli(a2, a2, 8)
    add(a0, a2, a3)
"""
    for line, expected in (
        ("mine_swap(a2, a0)", 7 << 8 | 5 + 5),
        # x0 and its second are zeros, and keep nothing: ra is what it was
        ("mine_swap(zero, a0)", 5 << 8 | 7),
    ):
        image = assemble(source.format(line), tables=path).functions["f"]
        assert run(image, (5, 7), Settings(engine=engine)).result == expected
    with pytest.raises(AssemblyError, match=r"register-class.* x0\.\.x30 by 2") as caught:
        assemble(source.format("mine_swap(a1, a0)"), tables=path)
    assert caught.value.source.locate(caught.value.diagnostics[0].span.start) == (6, 15)


def test_the_command_line(shell: Shell, chip: Path) -> None:
    shell.write("f.py", SOURCE)
    shell.write("chip.toml", CHIP)
    listed = shell("compile", "f.py", "--tables", "chip.toml", "-f", "listing", "-o", "-")
    assert "mine_c_mac(a0, a1)" in listed.stdout
    assert shell("run", "f.py", "--tables", "chip.toml", "f(7, 1000)").returncode == 0
    assert "rd = rd + rs1 * rs2" in shell("isa", "--tables", "chip.toml", "mine_mac").stdout
    refused = shell("compile", "f.py", "--tables", "chip.toml")
    assert refused.returncode == 1 and "--board-has xmine" in refused.stderr
    assert not (shell.folder / "f.mpy").exists()
    has = ("--tables", "chip.toml", "--board-has", "xmine")
    assert shell("compile", "f.py", *has).returncode == 0
    assert (
        "mine_c_mac(a0, a1)" in shell("disasm", "f.mpy", *has[:2], "--isa", "rv32imc_xmine").stdout
    )
    shell("compile", "f.py", "--tables", "chip.toml", "-o", "f.elf")
    assert "mine_c_mac(a0, a1)" in shell("disasm", "f.elf", "--tables", "chip.toml").stdout
    shell.write("g.s", '.attribute arch, "rv32imc"\nf:\n mine.mac a0,a1,a2\n nop\n ret\n')
    read = shell("import", "g.s", "--tables", "chip.toml", "-o", "-").stdout
    assert '@asm_rv32(isa="rv32imc_xmine")' in read and "mine_mac(a0, a1, a2)" in read
    assert shell("lint", "f.py").returncode == 1
    shell.write("pyproject.toml", '[tool.asm_rv32]\ntables = "chip.toml"\nisa = "rv32imc_xmine"\n')
    assert shell("lint", "f.py").returncode == 0


def test_the_decorator_finds_its_file_beside_the_source(tmp_path: Path, chip: Path) -> None:
    source = SOURCE.replace("@asm_rv32", '@asm_rv32(tables="chip.toml")')
    (tmp_path / "own_f.py").write_text(f"from asm_rv32 import asm_rv32, uint\n{source}")
    script = "import own_f; print(own_f.f(7, 1000), own_f.f.image.isa)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parents[2]}:{tmp_path}"},
    )  # fmt: skip
    assert done.stdout.split()[1:] == ["rv32imc_xmine"], done.stderr
    image = assemble(source, path=str(tmp_path / "own_f.py")).functions["f"]
    assert run(image, (7, 1000)).word == int(done.stdout.split()[0])


@pytest.mark.parametrize(
    "name", ["../chip.toml", "/etc/hostname.toml", "chip.txt", "link.toml", "a\\0.toml", "no.toml"]
)
def test_a_source_names_no_file_elsewhere(name: str, chip: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.toml").symlink_to(chip)
    source = SOURCE.replace("@asm_rv32", f'@asm_rv32(tables="{name}")')
    with pytest.raises(AssemblyError) as caught:
        assemble(source, path=str(inner / "f.py"))
    (found,) = caught.value.diagnostics
    assert (
        found.code == "decorator" and "tables" in found.message
    ) or "cannot read" in found.message


def test_two_files_of_one_name_do_not_get_mixed_up(tmp_path: Path) -> None:
    """What an instruction does is that of the file that its function was assembled with."""
    results = []
    for number, sign in enumerate("+-+"):
        path = tmp_path / f"{number}" / "chip.toml"
        path.parent.mkdir()
        path.write_text(CHIP.replace("rd = rd + rs1", f"rd = rd {sign} rs1"))
        body = "@asm_rv32\ndef f(a, b):\n    mine_mac(a0, a, b)\n"
        results.append(assemble(body, tables=path).functions["f"])
    for engine in ENGINES:
        assert [run(each, (5, 3), Settings(engine=engine)).result for each in results] == [
            20, -10, 20,
        ]  # fmt: skip


def test_what_two_files_have_is_linked(tmp_path: Path, chip: Path) -> None:
    other = tmp_path / "other.toml"
    row = 'syntax = "rd, rs1", fixed = "31..20=0 14..12=0 6..0=0x2b", does = "rd = rs1 + 1"'
    other.write_text(f'[instructions]\n"more" = {{ {row} }}\n')
    source = """
@asm_rv32(tables="chip.toml")
def f(a, b):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    mine_mac(a0, a, b)
    call(g)
    lw(ra, 12(sp))
    addi(sp, sp, 16)

@asm_rv32(tables="other.toml")
def g(a):
    more(a0, a)
"""
    image = assemble(source, path=str(tmp_path / "f.py")).functions["f"]
    assert {*instruction_set(image.isa).extensions} >= {"xmine", "xother"}
    assert run(image, (5, 3)).result == 21
    twice = row.replace("14..12=0", "14..12=1")
    other.write_text(f'[instructions]\nmore = {{ {row} }}\n"mine.mac" = {{ {twice} }}\n')
    with pytest.raises(AssemblyError, match=r"'mine.mac' stands in .*chip.toml, too"):
        assemble(source, path=str(tmp_path / "f.py"))


ROW = 'syntax = "rd, rs1", fixed = "31..20=0 14..12=0 6..0=0x0b", does = "rd = rs1"'
SHORT = 'syntax = "rd_c", fixed = "15..5=0x7ff 1..0=0", expands = "addi rd_c, rd_c, 1"'
WRONG = [
    ("x = 1", "1:1", "there is no 'x'; known: extension, operands, csr, instructions"),
    ("[instructions]", "1:1", "no [instructions] with a row"),
    ("[instructions]\na = 5", "2:1", "'a' takes a table, got an integer"),
    ("[instructions]\nA = {}", "2:1", "'A' is no mnemonic"),
    (f"[instructions]\nadd = {{ {ROW} }}", "2:1", "'add' is there already"),
    (f"[instructions]\nh3_block = {{ {ROW} }}", "2:1", "there already, as 'h3.block'"),
    (f"[instructions]\nlabel = {{ {ROW} }}", "2:1", "a word of the language"),
    (f'[instructions]\na_b = {{ {ROW} }}\n"a.b" = {{ {ROW} }}', "3:1", "both written a_b(...)"),
    (f"[instructions]\na = {{ {ROW}, foo = 1 }}", "2:1", "there is no 'foo' in instructions.a"),
    (f"[instructions]\na = {{ {ROW.replace('rs1', 'rs9')} }}", "2:74", "rs9 is no operand"),
    (f"[instructions]\na = {{ {ROW.replace('=0 14', '=1 14', 1).replace('31..20', '31..19')} }}",
     "2:1", "rs1 overlaps other bits"),
    (f"[instructions]\na = {{ {ROW.replace('31..20', '31..21')} }}", "2:1", "of 32 are covered"),
    (f"[instructions]\na = {{ {ROW.replace('0x0b', '0x33')} }}", "2:36", "is one of 'add'"),
    (f"[instructions]\na = {{ {ROW} }}\nb = {{ {ROW} }}", "3:36", "is one of 'a' (xchip), too"),
    (f"[instructions]\na = {{ {ROW.replace('= rs1', '= rs1 +')} }}", "2:74", "malformed at column"),
    (f"[instructions]\na = {{ {ROW.replace('rd = rs1', 'rd = swap_csr(rs1, rs1)')} }}", "2:74",
     "takes the number of a register"),
    (f"[instructions]\na = {{ {ROW.replace('rd = rs1', 'upper(rd) = rs1')} }}", "2:74",
     "rd names no pair"),
    (f"[instructions]\na = {{ {ROW.replace('rd = rs1', 'lower(rd) = rs1')} }}", "2:74",
     "lower(...) takes no value"),
    (f"[instructions]\na = {{ {ROW.replace('31..20=0', '20..31=0')} }}", "2:36", "overlap, or"),
    (f"[instructions]\na = {{ {ROW.replace('31..20=0', '31..20=0x1000')} }}", "2:36",
     "overlap, or"),
    (f"[instructions]\na = {{ {ROW.replace('31..20=0', '99..20=0')} }}", "2:36", "takes bits as"),
    (f'[instructions]\na = {{ {ROW}, timing = "fast" }}', "2:95", "no timing class 'fast'"),
    *(
        (f'[instructions]\na = {{ {ROW}, timing = "{goes}" }}', "2:95", f"{goes} is not its timing")
        for goes in ("branch", "jal", "jalr")
    ),
    (f"[instructions]\na = {{ {ROW}, timing = {{ z80 = 1 }} }}", "2:1", "there is no core 'z80'"),
    (f"[instructions]\na = {{ {ROW}, timing = {{ e31 = 0 }} }}", "2:1", "takes cycles from 1"),
    ('[instructions]\na = { syntax = "rd, rs1", expands = "nothing rd, rs1" }', "2:38",
     "no row fits the expansion"),
    ('[instructions]\na = { syntax = "rd_c", fixed = "15..5=0x7ff 1..0=0", expands = "mv rd_c" }',
     "2:1", "need the extension C"),
    (f'[extension]\nname = "zba"\n[instructions]\na = {{ {ROW} }}', "2:9", "takes a name as"),
    (f'[extension]\nname = "xw"\n[instructions]\na = {{ {ROW} }}', "2:1", "is there already"),
    (f'[extension]\nimplies = "Zyx"\n[instructions]\na = {{ {ROW} }}', "2:1", "no extension 'zyx'"),
    (f'[operands]\nrd = {{ kind = "reg", bits = "11:7" }}\n[instructions]\na = {{ {ROW} }}', "2:1",
     "the operand 'rd' is there already"),
    (f'[operands]\nn = {{ kind = "uint", bits = "11:7[5:0]" }}\n[instructions]\na = {{ {ROW} }}',
     "2:30", "more value bits than word bits"),
    (f'[operands]\nn = {{ kind = "uint", bits = "11:7[5:2|0]" }}\n[instructions]\na = {{ {ROW} }}',
     "2:30", "nowhere in the word"),
    (f"[csr]\nmstatus = 0x7c0\n[instructions]\na = {{ {ROW} }}", "2:1", "is there already"),
    (f"[csr]\nmine = 0x300\n[instructions]\na = {{ {ROW} }}", "2:1", "there already: mstatus"),
    (f"[csr]\nmine = 0x1000\n[instructions]\na = {{ {ROW} }}", "2:1", "takes 0..4095, got 4096"),
    (f"[instructions]\na = {{ {ROW.replace('31..20=0', '31..20=08')} }}", "2:36", "takes bits as"),
    (f'[instructions]\na = {{ {ROW}, meant = ["x0, x32"] }}', "2:1", "'x32' is neither a register"),
    (f'[instructions]\na = {{ {ROW}, meant = ["zero"] }}', "2:1", "a value for each of rd, rs1"),
    (f'[instructions]\na = {{ {ROW}, within = "frob" }}', "2:95", "there is no 'frob' whose words"),
    ('[instructions]\na = { syntax = "rd, rs1", expands = "lr.w rd, 4(rs1)" }', "2:38",
     "no row fits the expansion"),
    (f"[instructions]\na = {{ {SHORT}, also = [\"add rd_c\"] }}", "2:95",
     "no row fits the expansion 'add rd_c'"),
    (f"[instructions]\na = {{ {SHORT}, also = [\"addi rd_c, rd_c, 2048\"] }}", "2:1",
     "2048 does not fit imm12"),
    *(
        (f'[instructions]\na = {{ syntax = "rd, rs1", expands = ["{step}", "addi rd, rd, 1"] }}',
         "2:1", f"{part} is no operand of {step.split()[0]}")
        for step, part in (("addi rd, rs1, scratch", "scratch"), ("addi rd, rs1, .end", "end"),
                           ("jal rd, scratch2", "scratch2"), ("sub rd, .end, rs1", "end"))
    ),
    *(
        (f'[operands]\nn = {{ kind = "{kind}", bits = "9:7", holds = [{holds}] }}\n'
         f"[instructions]\na = {{ {ROW} }}", f"2:{len(kind) + 26}", "'holds' takes 8 values")
        for kind in ("reg", "uint", "int", "freg")
        for holds in ("8, 9", "1, 2, 3, 4, 5, 6, 7, 8, 9")
    ),
    ("a = ", "1:5", "this is no TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "said"), WRONG)
def test_a_mistake_has_its_file_and_its_place(
    text: str, place: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "chip.toml"
    path.write_text(text)
    isa = "rv32im" if "need the extension C" in said else "rv32imc"
    with pytest.raises(AssemblyError) as caught:
        assemble("@asm_rv32\ndef f():\n    nop()\n", isa=isa, tables=path)
    error = caught.value
    rendered = "\n".join(each.render(error.source) for each in error.diagnostics)
    assert f"{path}:{place}: error[tables]: " in rendered, rendered
    assert said in rendered, rendered


def test_a_register_that_an_expansion_spoils_is_told() -> None:
    text = """
[instructions]
away = { syntax = "rd, rs1", expands = ["lui scratch, 4", "beq rs1, zero, .end", "addi rd, scratch, 1"] }
"""  # noqa: E501
    own = read_table("chip.toml", text.encode())
    isa = with_tables("rv32imc", [own])
    assert told(instruction_set(isa).row("away")) == (
        "scratch = 4 << 12; goto end if rs1 == 0; rd = scratch + 1"
    )
    assert with_tables(isa, [own]) is isa


def test_an_expansion_has_the_literals_of_what_it_names() -> None:
    for offset, said in ((0, ""), (4, "a: no row fits the expansion 'lr.w rd, 4(rs1)'")):
        text = f'[instructions]\na = {{ syntax = "rd, rs1", expands = "lr.w rd, {offset}(rs1)" }}\n'
        found = ""
        try:
            with_tables("rv32ima", [read_table("chip.toml", text.encode())])
        except AssemblyError as error:
            found = error.diagnostics[0].message
        assert found == said


DOES = [
    ("goto rs1; rd = rs1", "nothing runs behind a goto"),
    ("imm12 = rs1", "imm12 is no register"),
    ("rd = signed(rs1)", "signed(...) says nothing here"),
    ("rd = signed(rs1) + 1", "signed(...) says nothing here"),
    ("rd = signed(rs1) < imm12", "< takes both operands as signed, or none"),
    ("rd = rs1 >= signed(rs1)", ">= takes both operands as signed, or none"),
    ("rd = quotient(rs1, signed(rs1))", "quotient takes both operands as signed, or none"),
    ("rd = high(rs1, signed(rs1))", "high(...) takes the signed operand first"),
    ("rd = raised(rs1)", "raised takes an operation of binary32"),
    ("rd = raised(rs1 + rs1)", "raised takes an operation of binary32"),
    ("push(rs1, imm12)", "push takes a list of registers and its stack adjustment"),
    ("pop(rs1)", "pop takes a list of registers and its stack adjustment"),
    ("store32(rs1)", "store32 with 1 operands is not known"),
    ("wait(rs1, rs1)", "wait with 2 operands is not known"),
    ("rd = load32(rs1, rs1)", "load32 with 2 operands is not known"),
    ("rd = frob(rs1)", "frob with 1 operands is not known"),
    ("rd = signed(rs1, rs1)", "signed with 2 operands is not known"),
    ("rd = quotient(rs1)", "quotient with 1 operands is not known"),
    ("rd = high(rs1)", "high with 1 operands is not known"),
    ("rd = swap_csr(rs1 + 1, rs1)", "swap_csr takes the number of a register, or a csr operand"),
    ("rd = swap_csr(load32(1), rs1)", "swap_csr takes the number of a register, or a csr operand"),
    ("rd = rs1 + 08", "'rd = rs1 + 08' is malformed at column 13"),
    ("rd = later", "later is no operand, and nothing gave it a value"),
    ("upper(rs1 + 1) = rs1", "upper(...) takes no value: upper(rd) does, of a pair"),
    ("rd = upper(rs1)", "rs1 names no pair: its `bits` are those from [4:1] on"),
    (f"{'rd = rs1':{TEXT_LIMIT + 1}}", f"longer than {TEXT_LIMIT} characters"),
    (
        "rd = " + "(" * DEPTH_LIMIT + "(rs1)" + ")" * DEPTH_LIMIT,
        f"more than {DEPTH_LIMIT} brackets",
    ),
]
TAKEN = [
    "rd = rs1; goto rs1", "rd = signed(rs1) < signed(imm12)", "rd = high(signed(rs1), rs1)",
    "x = rs1; rd = x", "rd = swap_csr(imm12 + 1, rs1)", "rd = signed(rs1) >> imm12",
    f"{'rd = rs1':{TEXT_LIMIT}}",
    "rd = " + "(" * DEPTH_LIMIT + "rs1" + ")" * DEPTH_LIMIT,
]  # fmt: skip


def with_row(text: str) -> str:
    """What is said of a file with this row; empty where it is taken."""
    table = f'[instructions]\na = {{ syntax = "rd, rs1, imm12", {text} }}\n'
    try:
        with_tables("rv32imc", [read_table("chip.toml", table.encode())])
    except AssemblyError as error:
        return "\n".join(each.message for each in error.diagnostics)
    return ""


@pytest.mark.parametrize(("does", "said"), DOES)
def test_what_a_row_cannot_do_is_said(does: str, said: str) -> None:
    assert said in with_row(f'fixed = "14..12=0 6..0=0x0b", does = "{does}"')


@pytest.mark.parametrize("does", TAKEN)
def test_what_a_row_can_do_is_taken(does: str) -> None:
    assert not with_row(f'fixed = "14..12=0 6..0=0x0b", does = "{does}"')


@pytest.mark.parametrize(
    ("expands", "said"),
    [
        ("addi rd, rs1, imm12", ""),
        ("addi rd, rs1, 2047", ""),
        ("addi rd, rs1, 2048", "2048 does not fit imm12"),
        ("addi rd, rs1, lo(imm12)", ""),
        ("addi rd, hi(rs1), imm12", "a register has no upper or lower part"),
        ("addi rd, lo(rs1), 5", "a register has no upper or lower part"),
        ("addi rd, imm12, imm12", "imm12 is no rs1"),
        ("addi rd, rs1, rs1", "rs1 is no imm12"),
        ("addi rd, rs2, imm12", "'rs2' is not an operand of it"),
    ],
)
def test_a_row_stands_for_what_there_is(expands: str, said: str) -> None:
    found = with_row(f'expands = ["{expands}", "addi rd, rd, 1"]')
    assert said in found and bool(said) == bool(found)
    both = f'fixed = "14..12=0 6..0=0x0b", expands = "{expands}"'
    assert "32 bits expand to nothing shorter: say what it does, 'does'" in with_row(both)


FORMS: dict[str, dict[str, list[object]]] = {
    "extension": {
        "name": [5, "xa", "x", "xA", "mine", "x1a", f"x{'a' * 31}", f"x{'a' * 32}"],
        "title": ["", "a\nb", "t" * 80, "t" * 81],
        "implies": ["C", "C Zba", "C  Zba", "C,Zba", ["C"]],
    },
    "operands": {
        "kind": ["uint", "regs", 1],
        "bits": ["11:7", "32:7", "11:7[4:0] 31[5]", "11:7[4:2|0] 31", "11-7", "30:40", "11:7 "],
        "nonzero": [True, False, 1, "yes"],
        "modulo": [0, 1, 32, 33, True, 1.5],
        "except": ["zero sp", "sp zz yy", "", ["sp"], " ".join(["a0"] * 32), "a0 " * 33],
        "base": ["x8", "s0", "b8", "x32", 8],
        "only": [
            [],
            [1, -2],
            [0xFFFF_FFFF, -0xFFFF_FFFF],
            [1 << 32],
            [-1 << 32],
            [1.5],
            [True],
            3,
            [0] * 100,
            [0] * 101,
        ],
        "holds": ["sp", [2], [], "two", 2],
        "least": [-1, 0, 0xFFFF_FFFF, 1 << 32, "1"],
        "names": ["a b", "A", "a  b", " ".join("a" * 32), " ".join("a" * 33)],
    },
    "csr": {
        "at": [-1, 0, 0xFFF, 0x1000, "5"],
        "writable": [-1, 0, 0xFFFF_FFFF, 1 << 32],
        "reset": [-1, 0, 0xFFFF_FFFF, 1 << 32],
    },
    "instructions": {
        "syntax": [
            "",
            "rd, -imm12(rs1)",
            "rd,rs1",
            ["rd", "rd, rs1"],
            [],
            5,
            ["rd", 5, ","],
            ["rd"] * 100,
            ["rd"] * 101,
        ],
        "gnu": ["rd, rs1", "rd rs1", ["rd"]],
        "fixed": [
            "31..12=0 6..0=0xb",
            "31=1",
            "31..32=0",
            "31..12 = 0",
            "",
            "7=0x123456789",
            "1=12345678901",
        ],
        "does": ["rd = 1", "", "rd = 1\nrd = 2", ["rd = 1"], "d" * 1000, "d" * 1001],
        "expands": ["addi rd, rs1, 0", ["addi rd, rs1, 0"], "Addi rd", []],
        "also": [["c.mv rd, rs1"], "c.mv rd, rs1", [], ["C.mv"]],
        "base": [["mv rd, rs1"], "mv rd, rs1", "Mv"],
        "far": [["jal zero, branch13"], ["1"]],
        "meant": [["zero, zero, 0"], "zero", ["zero,"]],
        "hint": [False, 0],
        "distinct": [True, "x"],
        "needs": ["rv32m", "M"],
        "within": ["c.mv", "c..mv", "C", "a.b.c.d", "a.b.c.d.e"],
        "timing": [
            "mul",
            "Mul",
            {"e31": 1},
            {"e31": 0},
            {"e31": 1 << 20},
            {"e31": 1 + (1 << 20)},
            {"e31": True, "ibex": 0.5},
            5,
        ],
        "category": ["memory", "float"],
    },
}
"""Values of each key, right and wrong: at the ends of what it takes, and beside them."""
NAMES = ["a", "_a", "a" * 31, "a" * 32, "a-b", "sp", "for", "a.b", "a..b", "a.b.c.d", "a.b.c.d.e",
         "a.9", "9"]  # fmt: skip


ROWS: dict[str, dict[str, object]] = {
    "operands": {"kind": "uint", "bits": "11:7"}, "csr": {"at": 5},
    "instructions": {"syntax": "", "fixed": "1=1", "does": "pass"},
}  # fmt: skip


def forms() -> Iterator[tuple[str, dict[str, object]]]:
    """What is done, and a section that it is done in."""
    for section, keys in FORMS.items():
        yield f"{section} = 5", {section: 5}
        yield f"{section}.other", {section: {"other": {"other": 1}}}
        row = ROWS.get(section, {})
        for left_out in row:
            rest = {key: value for key, value in row.items() if key != left_out}
            yield f"{section} without {left_out}", {section: {"it": rest}}
        for name in NAMES if row else ():
            yield f"{section}.{name}", {section: {name: row}}
        for key, values in keys.items():
            for value in values:
                changed = row | {key: value}
                yield f"{key} = {value!r}", {section: {"it": changed} if row else changed}
    row = ROWS["instructions"]
    for number in (0, 1, 16, 17):
        yield f"{number} rows", {"instructions": {"it": [row] * number}}
    for number in (0, 500, 501):
        yield f"{number} mnemonics", {"instructions": {f"a{at}": row for at in range(number)}}
    for more in ({"category": "memory", "timing": "mul"}, {"category": "memory", "timing": {}}):
        yield f"with {more}", {"instructions": {"it": row | more}}
    short = {"syntax": "", "fixed": "1=1"}
    for expands in ("nop", ["nop"]):
        yield f"expands {expands}", {"instructions": {"it": short | {"expands": expands}}}


def test_it_is_said_what_each_key_and_each_table_takes(request: pytest.FixtureRequest) -> None:
    """said.txt has what each is given, and what is said of it."""
    written = ""
    for title, section in forms():
        _, wrong = read_form({"instructions": {"a": ROWS["instructions"]}} | section)
        written += f"{title[:100]}\n" + "".join(f"  {message}\n" for message, *_ in wrong)
    if request.config.getoption("--bless"):
        SAID.write_text(written)
    assert written == SAID.read_text()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "chip.toml"
    path.write_bytes(b"#" * (SIZE_LIMIT + 1))
    with pytest.raises(AssemblyError, match="larger than 256 KiB"):
        assemble("", tables=path)
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(AssemblyError, match="it is no file that can be read as TOML \\("):
        assemble("", tables=tmp_path / "pipe.toml")
    with pytest.raises(FileNotFoundError):
        assemble("", tables=tmp_path / "none.toml")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_a_file_holds_is_taken_or_refused(data: st.DataObject) -> None:
    """Lines of a right file, changed anywhere: an AssemblyError, or an ISA that can be used."""
    text = bytearray(CHIP.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        kind = data.draw(st.sampled_from(["cut", "put", "copy"]))
        if kind == "cut":
            del text[at : at + data.draw(st.integers(1, 12))]
        elif kind == "put":
            text[at:at] = data.draw(st.sampled_from(
                [b"0", b"9", b"-", b"rd", b"x", b"[", b"]", b'"', b"=", b"(", b"0x", b"..", b"\xff"]
            ))  # fmt: skip
        else:
            other = data.draw(st.integers(0, len(text) - 1))
            text[at : at + 3] = text[other : other + 5]
    try:
        isa = with_tables("rv32imc", [read_table("chip.toml", bytes(text))])
    except AssemblyError as error:
        assert all(each.code in ("tables", "too-large") for each in error.diagnostics)
        return
    assert instruction_set(isa).by_mask


@pytest.mark.parametrize("engine", ENGINES)
def test_the_example_is_a_dot_product(engine: str) -> None:
    module = assemble((EXAMPLE / "dot4.py").read_text(), path=str(EXAMPLE / "dot4.py"))
    choice = Random(9)
    for words in (1, 2, 7):
        a, b = (array("b", [choice.randrange(-128, 128) for _ in range(4 * words)]) for _ in "ab")
        expected = sum(x * y for x, y in zip(a, b))
        for image in module.functions.values():
            assert run(image, (a, b, words), Settings(engine=engine)).result == expected
            assert lint(image) == ()

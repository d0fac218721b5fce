"""C through gcc: what is imported gives, called from Python in order, what the host's gcc gives."""

from __future__ import annotations

import ctypes
import itertools
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest
from corpus import toolchain
from corpus.gcc_programs import SOURCE, programs
from corpus.modules import module_of
from corpus.tiers import heavy_after

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.commands.cli import main
from asm_rv32.formats import FORMATS
from asm_rv32.importing.c_source import import_c, readable
from asm_rv32.importing.gcc import GccError
from asm_rv32.importing.gnu import NoSuchFunction, Options

STATEFUL = SOURCE.with_name("stateful.c")
LEVELS = heavy_after(1, ("-O2", "-O1", "-O3", "-Os"))
HOST_FLAGS = ("-O1", "-fwrapv", "-fno-strict-aliasing", "-fno-builtin", "-shared", "-fPIC", "-w")
CALLS, CALLS_EACH = 200, 6
DECLARED = re.compile(r"^(?:i32|u32) (\w+)\(([^)]*)\)", re.MULTILINE)


def host(source: Path, folder: Path) -> Any:
    toolchain.run("gcc", *HOST_FLAGS, str(source), "-o", f"{source.stem}.so", folder=folder)
    return ctypes.CDLL(str(folder / f"{source.stem}.so"))


def word(choice: random.Random) -> int:
    edges = (0, 1, -1, 2, 7, 31, 100, 1 << 15, (1 << 31) - 1, -(1 << 31))
    return choice.choice(edges) if choice.random() < 0.3 else choice.getrandbits(32) - (1 << 31)


TAKEN = """
int data[4] = {1, 2, 3, 4};
int label;
static int zero(int a) { return a - label; }
int raise(int x) { return x + data[x & 3]; }
int len(int a) { return zero(a) * 3; }
"""
NEIGHBOUR = """
extern int data[], label;
int raise(int), len(int);
static int helper(int a) { return a + 1; }
int zero(int a) { return helper(a) * 2; }
static void leave(int status) {
    register int a0 __asm__("a0") = status, a7 __asm__("a7") = 93;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}
void _start(void) { label = 4; leave(raise(2) + len(9) + zero(data[3])); }
"""


@pytest.mark.parametrize("others", [False, True])
def test_objects_keep_the_symbols_of_c(others: bool, tmp_path: Path) -> None:
    for name, text in (("one", TAKEN), ("other", NEIGHBOUR)):
        (tmp_path / f"{name}.c").write_text(text)
        if name == "one" or others:
            written = import_c(str(tmp_path / f"{name}.c"), Options("rv32imc"), ["-O1", "-w"])
            module = assemble(written.text, path=f"{name}.py")
            (tmp_path / f"{name}.o").write_bytes(FORMATS[".o"].write(module))
    gcc = (f"{toolchain.GNU}gcc", "-march=rv32imc", "-mabi=ilp32", "-nostdlib", "-w")
    what = "other.o" if others else "other.c"
    toolchain.run(*gcc, "one.o", what, "-o", "all", folder=tmp_path)
    done = toolchain.run("qemu-riscv32", "all", folder=tmp_path, may_fail=True)
    assert done.returncode == 2 + 3 + 15 + 10


@pytest.mark.parametrize("level", LEVELS)
def test_a_program_with_memory_called_in_order(level: str, tmp_path: Path) -> None:
    written = import_c(str(STATEFUL), Options("rv32imc"), [level, "-fwrapv"])
    ours = module_of(written.text, tmp_path / "ours.py")
    theirs = host(STATEFUL, tmp_path)
    declared = DECLARED.findall(STATEFUL.read_text())
    assert len(declared) >= 25
    choice = random.Random(level)
    for _ in range(CALLS):
        name, parameters = choice.choice(declared)
        values = [word(choice) for each in parameters.split(",") if each != "void"]
        expected = ctypes.c_int32(getattr(theirs, name)(*map(ctypes.c_int32, values))).value
        assert getattr(ours, name)(*values) == expected, (name, values)


@pytest.mark.parametrize("level", LEVELS)
def test_every_program_of_the_corpus(level: str, tmp_path: Path) -> None:
    written = import_c(str(SOURCE), Options("rv32imc"), [level, "-w"])
    ours = module_of(written.text, tmp_path / "ours.py")
    theirs = host(SOURCE, tmp_path)
    choice = random.Random(level)
    for program, _ in itertools.product(programs(), range(CALLS_EACH)):
        function, other = getattr(ours, program.name), getattr(theirs, program.name)
        if program.takes == "words":
            values = [word(choice) for _ in range(3)]
            assert function(*values) == other(*map(ctypes.c_int32, values)), program.name
            continue
        size = 4 * choice.randrange(1, 50)
        data = bytes(choice.getrandbits(choice.choice((2, 8))) for _ in range(size))
        mine, copy = bytearray(data), ctypes.create_string_buffer(data, len(data))
        assert function(mine, len(data)) == other(copy, len(data)), program.name
        assert bytes(mine) == copy.raw


def test_the_lines_of_c_stand_beside_what_they_became(tmp_path: Path) -> None:
    source = tmp_path / "x.c"
    source.write_text('int f(int a)\n{\n  /* # */ return a * 3 + "#!"[a & 1];\n}\n')
    text = import_c(str(source), Options("rv32imc"), []).text
    assert '# /* # */ return a * 3 + "#!"[a & 1];' in text
    assert "tmp" not in text and "-mabi" not in text


def test_remarks_of_gcc_are_left_out_and_strings_kept() -> None:
    text = (
        '# x.c:1: int f(void) { return g("#"); }\n\tli\ta0,1\t# tmp, tmp\n\t.string\t"# a"\n#APP\n'
    )
    found = list(readable(text))
    assert found == ['# int f(void) { return g("#"); }', "\tli\ta0,1", '\t.string\t"# a"']


def test_what_is_nowhere_is_an_extern(tmp_path: Path) -> None:
    source = tmp_path / "x.c"
    source.write_text("int g(int); extern int level; int f(int a) { return g(a) + level; }\n")
    text = import_c(str(source), Options("rv32imc"), []).text
    assert 'g = extern("g")' in text and 'level = extern("level")' in text
    assert sorted(assemble(text).functions) == ["f"]


def test_only_what_is_asked_for_and_what_it_needs(tmp_path: Path) -> None:
    text = import_c(str(STATEFUL), Options("rv32imc", ["count"]), []).text
    assert list(assemble(text).functions) == ["count"]
    source = tmp_path / "x.c"
    source.write_text("int count(void) { return 1; }\n")
    with pytest.raises(NoSuchFunction, match="did you mean 'count'"):
        import_c(str(source), Options("rv32imc", ["cuont"]), [])


@pytest.mark.heavy
@pytest.mark.parametrize("isa", ["rv32i", "rv32im", "rv32imac", "rv32imc_zba_zbb"])
def test_isas(isa: str, tmp_path: Path) -> None:
    written = import_c(str(STATEFUL), Options(isa), ["-O2"])
    ours = module_of(written.text, tmp_path / "ours.py")
    assert ours.dispatch(2, -7, 6) == -42
    assert ours.wide_divide(1 << 30, 12, 7) == host(STATEFUL, tmp_path).wide_divide(1 << 30, 12, 7)


def test_what_gcc_refuses_and_what_it_may_not_be_given(tmp_path: Path) -> None:
    source = tmp_path / "x.c"
    source.write_text("int f(int a) { return b; }\n")
    with pytest.raises(GccError, match="'b' undeclared"):
        import_c(str(source), Options("rv32imc"), [])
    with pytest.raises(GccError, match="cannot be given here"):
        import_c(str(source), Options("rv32imc"), ["-fplugin=x.so"])
    source.write_text('int f(int a) { asm("frob %0" : "+r"(a)); return a; }\n')
    with pytest.raises(AssemblyError) as caught:
        import_c(str(source), Options("rv32imc"), [])
    assert "frob" in str(caught.value)


@pytest.mark.parametrize("suffix", ["c", "S"])
def test_what_is_included_is_a_file_that_ends(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.h")
    (tmp_path / "zero.h").symlink_to("/dev/zero")
    (tmp_path / "inner.h").write_text('# include "zero.h"\n')
    for name in ("pipe.h", "zero.h", "/dev/zero", "inner.h"):
        path = tmp_path / f"x.{suffix}"
        path.write_text(f'#include "{name}"\n')
        assert main(["import", str(path)]) == 1
        end = "zero.h" if name == "inner.h" else name
        assert f"{end} is included, and is no file that ends" in capsys.readouterr().err


EXPLOSION = "".join(f"#define A{n} A{n + 1} A{n + 1}\n" for n in range(40)) + "#define A40 1\nA0\n"


@pytest.mark.heavy
@pytest.mark.parametrize("suffix", ["c", "S"])
@pytest.mark.parametrize("text", [EXPLOSION, "#include __FILE__\n" * 2])
def test_what_a_preprocessor_never_ends_with_is_refused(
    text: str, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"x.{suffix}"
    path.write_text(text)
    assert main(["import", str(path)]) == 1
    assert "in the preprocessor, " in capsys.readouterr().err

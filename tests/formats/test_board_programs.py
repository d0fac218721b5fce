"""Programs in the formats that boards take: each function with what it calls and reads."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest
from corpus import board
from corpus.shell import Shell

from asm_rv32.assembler.ir import Fragment
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.commands.cli import main
from asm_rv32.formats import COPIES_LIMIT, FORMATS, FormatError
from asm_rv32.formats.board.bytecode import functions
from asm_rv32.formats.board.host import data_block
from asm_rv32.formats.board.lowering import lower
from asm_rv32.formats.board.merge import cross_compile, replace_asm, stub_source
from asm_rv32.formats.board.module import arch_flags, machine_function, plan, raw_asm
from asm_rv32.formats.board.mpy import Mpy, read, write

RETURN = b"\x82\x80"


def stubs(source: str) -> str:
    module = assemble(source, path="m.py")
    given = [machine_function(image) for image in module.functions.values()]
    return stub_source(source, given, [data_block(unit) for unit in module.blocks.values()])


def compiled(source: str, **options: bool) -> Mpy:
    return read(FORMATS[".mpy"].write(assemble(source, path="m.py"), **options))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    found = Shell(tmp_path)
    found.write("m.py", CARRYING)
    return found


# ---- what only the host has

DEFINITIONS = {
    "@asm_data\ndef rows():\n    data(1, 1, 2)\n": "rows = b'\\x01\\x02'\n\n\n",
    "@asm_data\ndef rows(): data(1, 1); data(1, 2)\n": "rows = b'\\x01\\x02'\n\n",
    "@micropython.asm_data()\ndef rows():\n\n    data(1, 1)\n    # more\n    data(1, 2)\n": (
        "rows = b'\\x01\\x02'\n\n\n\n\n\n"
    ),
    "@a.b.asm_data(\n    writable=True,\n)\ndef rows():\n    space(2)\n": (
        "rows = bytearray(b'\\x00\\x00')\n\n\n\n\n"
    ),
    "@asm_data\ndef rows():\n    pass\n": "rows = b''\n\n\n",
    "@asm_data\ndef _rows():\n    data(1, 1)\n": "_rows = None\n\n\n",
    "@asm_data\ndef _rows():\n    data(1, 1)\nf(_rows)\n": "_rows = b'\\x01'\n\n\nf(_rows)\n",
    "class C:\n    @asm_data\n    def rows():\n        data(1, 3)\n": (
        "class C:\n    rows = b'\\x03'\n\n\n"
    ),
    "def f():\n  @asm_data\n  def rows():\n    data(1, 3)\n\n  return rows\n": (
        "def f():\n  rows = b'\\x03'\n\n\n\n  return rows\n"
    ),
    "if x:\n    @asm_macro\n    def swap(a, b=a0):\n        mv(a, b)\n": (
        "if x:\n    swap = None\n\n\n"
    ),
    "@asm_macro\ndef swap(a): nop()\n": "swap = None\n\n",
    "@asm_data\ndef rows():\n    label(here)\n    data(4, here, 7)\n": "rows = None\n\n\n\n",
    "@asm_data\ndef rows():\n    label(here)\n    data(1, end - here, 7)\n    label(end)\n": (
        "rows = b'\\x02\\x07'\n\n\n\n\n"
    ),
    "@asm_data\ndef rows():\n    data(1, rows.end - rows, 7)\n    label(end)\n": (
        "rows = b'\\x02\\x07'\n\n\n\n"
    ),
    "from asm_rv32 import asm_data, extern as e\nX = e('x')\n": "pass\nX = None\n",
    "import asm_rv32 as a\nX, Y = 1, a.extern(\n   'x')\n": "pass\nX, Y = 1, None \\\n\n",
    "import other\nX = extern('x'), other.extern('y')\n": (
        "import other\nX = extern('x'), other.extern('y')\n"
    ),
}


@pytest.mark.parametrize("written", DEFINITIONS)
def test_what_only_the_host_has_is_left_out(written: str) -> None:
    assert stubs(f"{written}print(1)\n") == f"{DEFINITIONS[written]}print(1)\n"


@pytest.mark.parametrize("written", DEFINITIONS)
def test_without_other_python_no_tool_is_needed(written: str) -> None:
    """What is planned is what mpy-cross makes of the same."""
    module = assemble(written, path="m.py")
    hidden = [data_block(unit) for unit in module.blocks.values()]
    steps = plan(written, [], hidden)
    if any(word in written for word in ("class", "def f", "if x", "X, Y", "other", "f(_rows)")):
        assert steps is None
    elif "writable" in written:
        assert steps is None  # a bytearray is made by a call
    else:
        assert steps is not None
    expected = cross_compile(DEFINITIONS[written], "m.py")
    assert FORMATS[".mpy"].write(module) == expected


def test_data_whose_contents_lie_elsewhere_is_not_read_by_python() -> None:
    source = "@asm_data\ndef rows():\n    label(here)\n    data(4, 5)\n    data(4, here)\n"
    assert stubs(source).startswith("rows = None\n")
    with pytest.raises(FormatError, match=r"Python reads rows, which holds in line 5"):
        FORMATS[".mpy"].write(assemble(f"{source}print(rows)\n"))


@pytest.mark.heavy
def test_long_data_is_no_python() -> None:
    """A block may be longer than the Python of a file that is looked at."""
    line = f"    data(4, {', '.join(['0x12345678'] * 1000)})\n"
    source = "@asm_data\ndef _rows():\n" + line * 100 + "print(2)\n"
    assert len(source) > 1 << 20
    assert stubs(source) == "_rows = None\n" + "\n" * 101 + "print(2)\n"


def random_program(seed: int) -> str:
    """Functions that call, jump to and read each other's data, and Python between them."""
    choice = random.Random(seed)
    count = choice.randrange(2, 9)
    names = [f"f{n}" for n in range(count)]
    parts = ["from asm_rv32 import *\n"]
    for name in names:
        body = []
        for number in range(choice.randrange(1, 12)):
            other = choice.choice(names)
            body.append(choice.choice((
                f"call({other})", f"la(t0, {other})", f"j({other})", f"beqz(a0, {other})",
                "la(t1, rows.second)", "la(t1, rows + 6)", "bump(a0)", "add(a0, a0, a1)",
                f"label(l{number})\n    bnez(a0, l{number})", "lw(a1, rows)", "lw(t1, 0(t0))",
                f"tail({other})", "align(4)\n    data(4, last - rows)", "li(t0, rows.end - rows)",
                "space(3000)" if number < 3 else "nop()", f"data(4, {other} - rows)",
            )))  # fmt: skip
        body.append("label(last)")
        indented = "\n".join(f"    {line.strip()}" for each in body for line in each.split("\n"))
        parts.append(f"@asm_rv32\ndef {name}(a0, a1):\n{indented}\n")
    parts.append(
        "@asm_data\ndef rows():\n    data(4, 1, 2)\n    label(second)\n    data(2, 7)\n"
        f"    align(8)\n    data(4, {choice.choice(names)} - rows)\n    label(end)\n"
    )
    parts.append(
        "@asm_macro\ndef bump(a):\n    beqz(a, over)\n    addi(a, a, 1)\n    label(over)\n"
    )
    rest = parts[1:]
    choice.shuffle(rest)
    parts[1:] = rest
    if choice.random() < 0.5:
        parts.append("def main():\n    return [f0(1, 2), bump]\n")
    return "\n".join(parts)


@pytest.mark.parametrize("seed", range(12))
def test_a_mpy_holds_each_function_with_what_it_needs(seed: int) -> None:
    source = random_program(seed)
    module = assemble(source, path="m.py")
    given = [machine_function(image) for image in module.functions.values()]
    text = stubs(source)
    compiled_text = read(cross_compile(text, "m.py"))
    raws = [raw_asm(function) for function in given]
    if "main" in source:
        assert FORMATS[".mpy"].write(module) == write(
            replace_asm(compiled_text, raws, arch_flags(given))
        )
    found = [each for each in functions(compiled(source)) if each.raw.kind == "asm"]
    assert [each.raw.code for each in found] == [image.code for image in module.functions.values()]
    lines, stubbed = source.split("\n"), text.split("\n")
    assert len(lines) == len(stubbed)
    inside = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            inside.update(range(node.decorator_list[0].lineno, (node.end_lineno or 0) + 1))
    kept = [n for n, line in enumerate(lines, 1) if n > 1 and n not in inside]
    assert all(lines[n - 1] == stubbed[n - 1] for n in kept)
    ast.parse(text)


@pytest.mark.parametrize("seed", range(12))
def test_plain_source_assembles_to_the_same_code(seed: int) -> None:
    module = assemble(random_program(seed))
    lowered = lower(module)
    codes = board.mpy_cross(lowered, "")
    for image, theirs in zip(module.functions.values(), codes, strict=True):
        ours = image.code if image.code.endswith(RETURN) else image.code + RETURN
        assert theirs in (ours, image.code + RETURN), image.name
    for part in lowered.split("@micropython.asm_rv32")[1:]:
        labels = [line.strip() for line in part.split("\n") if line.strip().startswith("label(")]
        assert len(labels) == len(set(labels))


def test_labels_of_plain_source_are_names() -> None:
    source = (
        "def make():\n    @asm_rv32\n    def inner(a):\n        ret()\n"
        "    @asm_rv32\n    def outer(a):\n        tail(inner)\n        label(make_locals_inner)\n"
    )
    text = lower(assemble(source))
    assert all(
        call.args[0].id.isidentifier()  # type: ignore[attr-defined]
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "label"
    )
    assert "label(make__locals__inner)" in text


UNMOVABLE = {
    "@asm_data(writable=True)\ndef state():\n    space(4)\n"
    "@asm_rv32\ndef f():\n    la(a0, state)\n": r"f\(\) stores into state, .*pass a buffer",
    "@asm_rv32\ndef f():\n    label(x)\n    data(4, x)\n": r"f\(\) holds an address, in line 4",
    "@asm_rv32\ndef f():\n    lui(a0, hi(f))\n": r"f\(\) holds an address, in line 3",
}


COUNTING = """\
@asm_rv32
def count(by):
    la(t0, value)
    lw(t1, 0(t0))
    add(a0, t1, by)
    sw(a0, 0(t0))
    ret()
    align(4)
    label(value)
    data(4, 0)
"""
UNMOVABLE |= {
    f"{COUNTING}@asm_rv32\ndef twice(a):\n    slli(a0, a, 1)\n    tail(count)\n": (
        r"twice\(\) calls count\(\), into which line 6 stores, .*pass a buffer"
    )
}


def test_a_function_that_no_other_needs_may_keep_data_in_itself() -> None:
    assert FORMATS[".mpy"].write(assemble(COUNTING))
    reads = COUNTING.replace("    sw(a0, 0(t0))\n", "")
    assert FORMATS[".mpy"].write(assemble(f"{reads}@asm_rv32\ndef f(a):\n    tail(count)\n"))


def test_data_is_our_own_in_each_dialect() -> None:
    source = "@asm_data\ndef rows():\n    data(4, end - rows)\n    space(4)\n    label(end)\n"
    module = assemble(f"{source}@asm_rv32\ndef f():\n    pass\n", dialect="micropython")
    assert data_block(module.blocks["rows"]).content == bytes([8, 0, 0, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("suffix", [".mpy", ".py"])
@pytest.mark.parametrize("source", UNMOVABLE)
def test_what_no_board_can_move_is_refused(source: str, suffix: str) -> None:
    with pytest.raises(FormatError, match=UNMOVABLE[source]):
        FORMATS[suffix].write(assemble(source))


SIX = """\
from asm_rv32 import asm_rv32
@asm_rv32
def six(a, b, c, d, e, f):
    add(a0, a, f)
@asm_rv32
def two(a, b):
    mv(a5, b)
    tail(six)
"""


def test_a_function_that_no_board_can_call_is_carried_by_others(shell: Shell) -> None:
    """Of more parameters than MicroPython passes: it is there for those that call it."""
    for python in ("", "print(two(1, 2))\n"):
        module = assemble(SIX + python, path="m.py")
        found = {each.name: each.raw for each in functions(compiled(SIX + python))}
        assert list(found) == ["two"] and found["two"].code == module.functions["two"].code
        assert "def two(a0, a1):" in lower(module) and "def six" not in lower(module)
        shell.write("six.py", SIX + python)
        for options in ((), ("--portable",), ("-f", "micropython", "-o", "out.py")):
            (line,) = shell("compile", "six.py", *options).stdout.splitlines()
            assert line.startswith("two ") and line.endswith(" bytes of six")
    for source in (SIX.replace("tail(six)", "ret()"), f"{SIX}print(six(1, 2, 3, 4, 5, 6))\n"):
        with pytest.raises(FormatError, match=r"six\(\) has 6 parameters"):
            FORMATS[".mpy"].write(assemble(source))


# ---- what carrying costs

CARRYING = """\
from asm_rv32 import asm_data, asm_rv32
@asm_data
def table():
    data(1, 1, 2, 3, 4, 5, 6)
@asm_rv32
def g(a):
    la(t0, table)
    lbu(a0, 0(t0))
@asm_rv32
def f(a):
    addi(a0, a, 1)
    tail(g)
@asm_rv32
def alone(a):
    addi(a0, a, 1)
"""


@pytest.mark.parametrize("suffix", ["mpy", "py", "json"])
def test_the_summary_says_what_each_function_carries(shell: Shell, suffix: str) -> None:
    done = shell("compile", "m.py", "-o", f"out.{suffix}")
    functions = assemble(CARRYING).functions
    lines = done.stdout.splitlines()
    for line, (name, image) in zip(lines, functions.items(), strict=True):
        own, rest = image.parts[0].size, len(image.code) - image.parts[0].size
        names = {"g": "table", "f": "g, table", "alone": ""}[name]
        carried = f"  + {rest} bytes of {names}" if names else ""
        counted = sum(e.is_code for e in image.entries if e.address < own)
        assert line.split()[:5] == [name, str(own), "bytes", str(counted), "instructions"]
        assert line.endswith(f"bytes saved{carried}")
    assert functions["f"].parts[0].size == 4


@pytest.mark.parametrize("suffix", ["bin", "hex", "elf", "o", "lst", "h"])
def test_what_holds_a_program_once_says_so(shell: Shell, suffix: str) -> None:
    lines = shell("compile", "m.py", "-o", f"m.{suffix}").stdout.splitlines()
    sizes = [f"{name} {size} bytes" for name, size in (("g", 14), ("f", 4), ("alone", 4))]
    assert [" ".join(line.split()[:3]) for line in lines[:3]] == sizes
    assert [line.strip() for line in lines[3:]] == ["+ 6 bytes of table"]


def test_many_names_are_counted(shell: Shell) -> None:
    shell.write("many.py", chain(9))
    done = shell("compile", "many.py", "--portable")
    assert done.stdout.splitlines()[0].endswith("of f1, f2, f3, f4, f5 and 3 more")
    assert "bytes of stub  +" in done.stdout


def test_functions_by_themselves_carry_nothing(shell: Shell) -> None:
    done = shell("compile", "m.py", "--function", "alone")
    assert done.stdout == "alone      4 bytes      2 instructions      4 bytes saved\n"


def chain(count: int) -> str:
    """Functions of which each calls the one behind it, the last the first."""
    return "".join(
        f"@asm_rv32\ndef f{n}(a):\n    addi(a0, a0, 1)\n    tail(f{(n + 1) % count})\n"
        for n in range(count)
    )


class Counter:
    """How many fragments are laid out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        plain = Fragment.copy

        def copy(fragment: Fragment) -> Fragment:
            self.count += 1
            return plain(fragment)

        monkeypatch.setattr(Fragment, "copy", copy)


@pytest.mark.parametrize("suffix", ["o", "bin", "lst", "h"])
def test_the_work_for_a_program_grows_as_the_program(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the file, nor the summary, nor lint links each of the functions with all others."""
    counted = []
    for count in (100, 200, 1000):
        (tmp_path / "m.py").write_text(chain(count))
        counter = Counter(monkeypatch)
        assert main(["compile", str(tmp_path / "m.py"), "-o", str(tmp_path / f"m.{suffix}")]) == 0
        counted.append(counter.count)
        monkeypatch.undo()
    assert counted[0] > 0
    assert [count * 100 for count in counted] == [
        counted[0] * functions for functions in (100, 200, 1000)
    ]


@pytest.mark.heavy
def test_copies_without_end_are_refused(shell: Shell) -> None:
    """Of functions that all need one another each would have a copy of each."""
    count = 1500
    assert count * count * 2 > COPIES_LIMIT
    shell.write("many.py", chain(count))
    for suffix in ("mpy", "py", "json"):
        done = shell("compile", "many.py", "-o", f"many.{suffix}")
        assert done.returncode == 1
        assert "each function comes with what it calls and reads" in done.stderr
    assert shell("compile", "many.py", "-o", "many.o").returncode == 0


def test_romfs_takes_programs(shell: Shell) -> None:
    (shell.folder / "app" / "lib").mkdir(parents=True)
    shell.write("app/lib/m.py", CARRYING)
    shell.write("app/main.py", "from lib.m import f, table\nprint(f(1), table)\n")
    assert shell("romfs", "app", "-o", "app.romfs").stdout.endswith("3 assembler functions\n")
    shell.write("app/wrong.py", next(iter(UNMOVABLE)))
    done = shell("romfs", "app", "-o", "other.romfs")
    assert done.returncode == 1 and "stores into state" in done.stderr


def test_run_report_and_verify_take_programs(shell: Shell) -> None:
    assert shell("run", "m.py", "f(1)").stdout == "1\n"
    assert "f(1) = 1" in shell("report", "m.py", "f(1)").stdout
    done = shell("verify", "m.py")
    assert done.stdout.splitlines()[1].startswith("f: 2 instructions, 4 bytes: agrees with objdump")
    assert len(done.stdout.splitlines()) == 3

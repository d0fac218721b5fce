"""The .mpy reader and writer against mpy-cross, and the reader against hostile files."""

from __future__ import annotations

import ast
import random
import re
import subprocess
from pathlib import Path

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import ToolMissing
from asm_rv32.basis.external import external
from asm_rv32.formats.board import body as mpy_body
from asm_rv32.formats.board import bytecode as mpy_bytecode
from asm_rv32.formats.board import merge as mpy_merge
from asm_rv32.formats.board import module as mpy_module
from asm_rv32.formats.board.bytecode import functions
from asm_rv32.formats.board.merge import PythonPartError, compile_mpy, cross_compile, stub_source
from asm_rv32.formats.board.module import MachineFunction, machine_function
from asm_rv32.formats.board.mpy import (
    ARCH_RV32IMC,
    Constant,
    Mpy,
    MpyError,
    RawCode,
    encode_uint,
    read,
    require_rv32,
    write,
)
from asm_rv32.isa.image import RETURN_KINDS

EVERYTHING = '''\
"""A module with every kind of code object and constant."""
import micropython, array
class A:
    k = 3
    @micropython.asm_rv32
    def m(a0, a1):
        add(a0, a0, a1)
    class B:
        @staticmethod
        @micropython.asm_rv32
        def s(a0):
            c_nop()
def outer(x, y=1, *args, z=2, **kw):
    @micropython.asm_rv32
    def inner(a0):
        c_nop()
    global shared
    @micropython.asm_rv32
    def shared(a0) -> uint:
        c_nop()
    try:
        return [x + i for i in range(3)], lambda: (yield x)
    finally:
        shared(1)
if False:
    @micropython.asm_rv32
    def gone(a0):
        c_nop()
if len("a"):
    @micropython.asm_rv32
    def twice(a0) -> object:
        c_nop()
else:
    @micropython.asm_rv32
    def twice(a0) -> bool:
        c_nop()
        c_nop()
def dead():
    return
    @micropython.asm_rv32
    def unreachable(a0):
        c_nop()
@micropython.native
def fast(x, y):
    def nested(z): return z+y
    @micropython.asm_rv32
    def deep(a0):
        c_nop()
    return nested(x) + deep(3) + 2.5
@micropython.viper
def faster(x: int, y: ptr8) -> int:
    return x + y[0]
T = (1, 2.5, "a string too long to intern", b"bytes", None, True, ..., (1 << 70, 3j, False))
raise ValueError(T)
'''


@pytest.fixture(autouse=True, scope="module")
def _needs_mpy_cross() -> None:
    try:
        cross_compile("", "empty.py")
    except ToolMissing as missing:
        pytest.fail(str(missing))


def asm_functions(source: str, compiled: bytes) -> list[MachineFunction]:
    """The source's assembler functions in order, with the code that mpy-cross gave them.

    Their order in the file is the source's; what stands under `if False:` is in none.
    """
    codes = iter([f.raw for f in functions(read(compiled)) if f.raw.kind == "asm"])
    found = []
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(nodes, key=lambda node: node.lineno):
        if not any("asm_rv32" in ast.dump(decorator) for decorator in node.decorator_list):
            continue
        raw = RawCode("asm", b"gone") if node.name == "gone" else next(codes)
        start = node.decorator_list[0].lineno
        returns = RETURN_KINDS[raw.returns]
        assert node.end_lineno is not None
        found.append(
            MachineFunction(node.name, raw.code, raw.n_args, returns, start, node.end_lineno)
        )
    assert next(codes, None) is None
    return found


# ---------------------------------------------------------------- against mpy-cross

_LITERALS = (0, 1, -1, 47, 48, -16, -17, 63, 64, -64, -65, 8191, 8192, -8192, -8193)
_LARGE = (2**30 - 1, 2**30, -(2**30), -(2**30) - 1, 2**31, 2**32, 2**63, -(2**64), 2**70)
_OBJECTS = (
    "True", "None", "False", "''", "'short'", "'exactly 10'", "'eleven char'", "'append'",
    "'ünïcödë'", "'a' 'b'", "b''", "b'bytes\\0'", "'nul\\0 and more text'", "(1,)",
    "(1, (2, (b'', None), 2**40 - 2**40), -5)", "('a longer string', 'append')", "(0x80000000, 0)",
    "'print'", "(1, True, 'x')", "(True, 1, 'x')", "('',)",
)  # fmt: skip
_IMPORTS = (
    "import micropython",
    "import micropython as mp",
    "from micropython import const",
    "from micropython import const, opt_level as level",
    "from micropython import (opt_level,\n    mem_info,\n    const)",
)
_IDLE = ('"""doc"""', '"""a long\n\ndoc string"""', "pass", "# comment", "12", "b'x'", "...")
_SIGNATURES = ("", " -> int", " -> uint", " -> bool", " -> object")


def _asm_text(rng: random.Random, name: str, indent: str = "") -> str:
    parameters = ", ".join(f"a{n}" for n in range(rng.randrange(5)))
    body = rng.choice(("c_nop()", "addi(a0, a0, 5)", "data(2, 1, 2, 3)", "label(x)", "pass"))
    lines = [f"@micropython.asm_rv32\ndef {name}({parameters}){rng.choice(_SIGNATURES)}:"]
    lines += [f"    {body}"] * rng.choice((1, 2, 40)) if body != "label(x)" else [f"    {body}"]
    return "\n".join(indent + line for line in "\n".join(lines).split("\n"))


def _pure_module(rng: random.Random) -> str:
    parts = []
    for number in range(rng.choice((0, 1, 2, 5, 40, 200))):
        parts.append("\n" * rng.choice((0, 0, 0, 1, 2, 3, 8, 20, 300)))
        kind = rng.random()
        if kind < 0.1:
            parts.append(rng.choice(_IMPORTS))
        elif kind < 0.2:
            parts.append(rng.choice(_IDLE))
        elif kind < 0.5:
            value = rng.choice((*_LITERALS, *_LARGE, rng.randrange(-(2**33), 2**33)))
            name = rng.choice(("X", "append", "_private", "ünïcode", "N" * 200)) + str(number)
            form = rng.choice(("{} = {}", "{} = const({})", "{} = const(({} + 8) // 4)"))
            if rng.random() < 0.3:
                form, value = "{} = {}", rng.choice(_OBJECTS)
            parts.append(form.format(name, value))
        else:
            parts.append(_asm_text(rng, rng.choice(("f", "main", f"g{number}"))))
    return "\n".join(parts) + "\n"


@pytest.mark.parametrize("seed", range(120))
def test_module_of_functions_and_constants_is_mpy_cross_s(seed: int) -> None:
    source = _pure_module(random.Random(seed))
    expected = cross_compile(source, "dir/name.py")
    steps = mpy_module.plan(source, asm_functions(source, expected))
    assert steps is not None
    assert write(mpy_body.module_of("dir/name.py", steps)) == expected


_BLOCKS = (
    ("if x:", "else:"),
    ("while x:", "else:"),
    ("for x in ():", None),
    ("try:", "except ValueError:"),
    ("try:", "finally:"),
    ("with x:", None),
    ("def {}(x=1, *, y=2):", None),
    ("async def {}():", None),
    ("class {}:", None),
    ("@micropython.native\n{indent}def {}(x, y):", None),
    ("if False:", "else:"),
)


def _mixed_block(rng: random.Random, depth: int, in_native: bool = False) -> list[str]:
    indent = "    " * depth
    lines = []
    for number in range(rng.randrange(1, 5)):
        name = rng.choice(("f", "g", f"h{number}"))
        kind = rng.random()
        if kind < 0.4:
            lines += ["", _asm_text(rng, name, indent)]
            if rng.random() < 0.2 and not in_native:
                lines.insert(-1, f"{indent}@keep.it(1)")
        elif kind < 0.6 or depth > 4:
            lines.append(f"{indent}{name} = (x, {number}, 'text'); raise E({name})")
        elif kind < 0.65:
            viper = f"@micropython.viper\n{indent}def {name}(p: ptr8) -> int: return p[1]"
            lines.append(f"{indent}{viper}")
        else:
            first, second = rng.choice(_BLOCKS[:-1] if in_native else _BLOCKS)
            if in_native and ("with" in first or "async" in first):
                continue
            native = in_native or "native" in first
            lines.append(indent + first.format(name, indent=indent))
            lines += _mixed_block(rng, depth + 1, native)
            if second:
                lines.append(indent + second)
                lines += _mixed_block(rng, depth + 1, native)
    return lines or [f"{indent}pass"]


def _without_dead_asm(source: str) -> str:
    """`if False:` blocks leave no code behind, so their functions could not be matched here."""
    tree = ast.parse(source)
    dead = [
        (branch.lineno, branch.end_lineno or 0)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Constant)
        for branch in node.body
    ]
    lines = source.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(a <= node.lineno <= b for a, b in dead):
            lines[node.lineno - 1] = re.sub(r"def \w+", "def gone", lines[node.lineno - 1])
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(60))
def test_mixed_module_is_mpy_cross_s(seed: int) -> None:
    source = "import micropython\n" + "\n".join(_mixed_block(random.Random(seed), 0)) + "\n"
    source = _without_dead_asm(source)
    expected = cross_compile(source, "mixed.py", 0)
    assert compile_mpy(source, asm_functions(source, expected), source_name="mixed.py") == expected
    images = assemble(source, dialect="micropython").functions.values()
    given = [machine_function(image) for image in images]
    assert compile_mpy(source, given, source_name="mixed.py") == expected


@pytest.mark.parametrize("optimise", range(4))
def test_module_with_everything_is_mpy_cross_s(optimise: int) -> None:
    expected = cross_compile(EVERYTHING, "all.py", optimise)
    given = asm_functions(EVERYTHING, expected)
    assert compile_mpy(EVERYTHING, given, source_name="all.py", optimise=optimise) == expected
    assert write(read(expected)) == expected


def test_assembled_in_the_board_s_dialect_everything_is_mpy_cross_s() -> None:
    images = assemble(EVERYTHING, dialect="micropython").functions.values()
    given = [machine_function(image) for image in images]
    expected = cross_compile(EVERYTHING, "all.py")
    assert compile_mpy(EVERYTHING, given, source_name="all.py") == expected


def test_a_parameter_must_be_in_its_register() -> None:
    (image,) = assemble("@asm_rv32\ndef f(x, y) -> uint:\n    add(a0, x, y)\n").functions.values()
    assert machine_function(image) == MachineFunction("f", image.code, 2, "uint", 1, 3)
    with pytest.raises(MpyError, match="elsewhere than in a0, a1"):
        machine_function(image._replace(registers=(11, 10)))


def test_stubs_keep_every_other_line() -> None:
    given = asm_functions(EVERYTHING, cross_compile(EVERYTHING, "all.py"))
    stubs = stub_source(EVERYTHING, given).split("\n")
    lines = EVERYTHING.split("\n")
    assert len(stubs) == len(lines)
    inside = {n for f in given for n in range(f.start_line, f.end_line + 1)}
    for number, (stub, line) in enumerate(zip(stubs, lines, strict=True), 1):
        assert stub == line or number in inside


# ---------------------------------------------------------------- what upstream does not have


def test_decorators_of_this_package_and_others_around_them() -> None:
    source = (
        "from asm_rv32 import (\n    asm_rv32,\n    micropython,\n); x = 1\n"
        "def keep(f):\n    return f\n"
        "@keep\n@asm_rv32(\n    isa='rv32imc',\n)\n@keep\ndef f(\n    first,\n):\n    li(a0, 7)\n"
    )
    compiled = compile_mpy(
        source, [MachineFunction("f", b"\x1d\x45\x82\x80", 1, "uint", 7, 15)], source_name="f.py"
    )
    plain = (
        "import micropython; x = 1\n\n\n\ndef keep(f):\n    return f\n"
        "@keep\n@micropython.asm_rv32\n\n\n@keep\ndef f(a0) -> uint:\n    li(a0, 7)\n"
    )
    expected = read(cross_compile(plain, "f.py"))
    # Line numbers of the first statement differ by construction; the tree does not.
    assert read(compiled).module.children == tuple(
        raw._replace(offset=read(compiled).module.children[index].offset)
        for index, raw in enumerate(expected.module.children)
    )
    assert "asm_rv32" not in " ".join(read(compiled).qstrs)


def test_a_number_has_at_most_32_bits() -> None:
    header = cross_compile("", "empty.py")[:4]
    with pytest.raises(MpyError, match="exceeds 32 bits"):
        read(header + encode_uint(1 << 32) + bytes(20))
    with pytest.raises(MpyError) as caught:
        read(header + encode_uint((1 << 32) - 1) + bytes(20))
    assert "32 bits" not in caught.value.message


@pytest.mark.parametrize("before", ["", "x = 1\n", "x = 1\n\n\n"])
def test_behind_an_import_of_this_package_lines_are_where_they_were(before: str) -> None:
    source = (
        f"{before}from asm_rv32 import (\n    asm_rv32,\n    micropython as m,\n); y = 1\nz = 2\n"
    )
    expected = f"{before}import micropython as m \\\n \\\n \\\n; y = 1\nz = 2\n"
    assert stub_source(source, []) == expected


def test_imports_of_this_package_need_no_mpy_cross() -> None:
    source = (
        "from asm_rv32 import asm_rv32, const\nimport asm_rv32\n@asm_rv32\ndef f():\n    nop()\n"
    )
    function = MachineFunction("f", b"\x01\x00\x82\x80", 0, "int", 3, 5)
    steps = mpy_module.plan(source, [function])
    assert steps is not None
    mpy = mpy_body.module_of("f.py", steps)
    assert mpy.qstrs == ("f.py", "<module>", "f")
    assert [f.name for f in functions(mpy)] == ["f"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("from asm_rv32 import asm_rv32, uint", "pass"),
        ("from asm_rv32 import micropython, asm_rv32", "import micropython"),
        ("from asm_rv32 import micropython as mp", "import micropython as mp"),
        ("from asm_rv32.micropython import ptr8", "pass"),
        ("import asm_rv32, asm_rv32.timing", "pass"),
        ("import asm_rv32.micropython as micropython", "import micropython"),
        ("from asm_rv32x import micropython", "from asm_rv32x import micropython"),
        ("x = 1; from asm_rv32 import const; y = 'ü'", "x = 1; pass; y = 'ü'"),
        ("if x:\n    from asm_rv32 import a", "if x:\n    from asm_rv32 import a"),
    ],
)
def test_imports_of_this_package_on_the_board(written: str, meant: str) -> None:
    assert stub_source(f"{written}\nprint(1)\n", []) == f"{meant}\nprint(1)\n"
    assert compile_mpy(f"{written}\n", [], source_name="m.py") == cross_compile(
        f"{meant}\n", "m.py"
    )


@pytest.mark.parametrize("count", [1, 2, 14, 15, 16, 17, 31, 32, 47, 48, 63, 64, 65, 100])
def test_as_many_names_as_an_import_has_need_their_room(count: int) -> None:
    names = ", ".join(f"n{number}" for number in range(count))
    source = f"from micropython import {names}\n"
    assert compile_mpy(source, [], source_name="m.py") == cross_compile(source, "m.py")


COMPUTED = (
    "A & 6", "A + 6", "A - 6", "A * 6", "A // 4", "A % 4", "A << 2", "A >> 1", "A | 9", "A ^ 3",
    "A ** 2", "-A", "~A", "+A", "-A // 4", "-A % 4", "A // -4", "A % -4", "-A >> 1", "A ** 0",
    "(-A) ** 3", "A << 31", "A - A", "A * A * A * A * A * A * A * A * A * A * A * A",
)  # fmt: skip


@pytest.mark.parametrize("expression", COMPUTED)
@pytest.mark.parametrize("assigned", ["A = 13", "A = const(13)", "_A = const(13)"])
def test_a_constant_is_what_python_computes(expression: str, assigned: str) -> None:
    expression = expression.replace("A", assigned.partition(" ")[0])
    source = f"{assigned}\nB = {expression}\n"
    steps = mpy_module.plan(source, [])
    assert steps is not None
    names: dict[str, object] = {"const": int}
    exec(source, names)
    assert steps[-1].store == ("B",) and steps[-1].value == names["B"]
    if "const" in assigned:
        assert write(mpy_body.module_of("m.py", steps)) == cross_compile(source, "m.py")


@pytest.mark.parametrize(
    "expression",
    ["2 ** -1", "A ** -1", "1 / 2", "1 << -1", "1 >> -1", "1 // 0", "1 % 0", "not A", "A < 3",
     "A @ 1", "A and 3", "True + 1", "B", "A + B", "1 << 5000", "A ** 5000", "A + 'x'",
     "A if A else 1"],
)  # fmt: skip
def test_what_is_no_integer_is_left_to_mpy_cross(expression: str) -> None:
    assert mpy_module.plan(f"A = 13\nC = {expression}\n", []) is None


def test_a_module_with_anything_else_is_not_planned() -> None:
    for extra in ("print(1)", "import os", "X = [1]", "X = 1.5", "if 1: pass", "X = Y", "X += 1"):
        assert mpy_module.plan(f"{extra}\n", []) is None
    for huge in ("1 << 99999999", "9 ** 9 ** 9 ** 9", "1 << -1", "1 // 0", "-" * 5000 + "1"):
        assert mpy_module.plan(f"X = {huge}\n", []) is None


def test_bodies_of_assembler_functions_are_left_out_of_the_syntax_tree() -> None:
    source = """\
X = 1
class C:
    @asm_rv32
    @other(
        1)
    def f(a,
          b) -> int:  # why
        nop()
        if 1 = 2

\t# as wrong as may be
    Y = 2
@asm_rv32
def g(): nop()
@asm_rv32
def h():
\tnop()"""
    given = [
        MachineFunction("f", b"", 2, "int", 3, 11),
        MachineFunction("g", b"", 0, "int", 13, 14),
        MachineFunction("h", b"", 0, "int", 15, 17),
    ]
    text = mpy_module.without_bodies(source, given)
    assert text.split("\n")[:7] == source.split("\n")[:7]
    assert "nop()\n@asm_rv32" in text and "wrong" not in text and text.count("nop") == 1
    tree = ast.parse(text)
    lines = {node.name: node.lineno for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert lines == {"f": 6, "g": 14, "h": 16}
    assert text.count("\n") == source.count("\n")


def test_functions_alone() -> None:
    given = [
        MachineFunction("f", b"\x01\x00\x82\x80", 2, "bool", 4, 6),
        MachineFunction("g", b"\x82\x80", 0),
    ]
    mpy = read(mpy_merge.functions_only(given, source_name="x.py"))
    assert [(f.name, f.raw.code, f.raw.n_args, f.returns) for f in functions(mpy)] == [
        ("f", b"\x01\x00\x82\x80", 2, "bool"),
        ("g", b"\x82\x80", 0, "int"),
    ]


@pytest.mark.parametrize(
    ("extensions", "flags"), [((), 0), (("zba",), 1), (("zcmp",), 2), (("zcmp", "zba"), 3)]
)
@pytest.mark.parametrize("python", ["", "print(1)\n"])
def test_architecture_flags(extensions: tuple[str, ...], flags: int, python: str) -> None:
    source = f"@asm_rv32\ndef f():\n    nop()\n{python}"
    function = MachineFunction("f", b"\x01\x00\x82\x80", 0, "int", 1, 3, extensions)
    mpy = read(compile_mpy(source, [function], source_name="f.py"))
    assert (mpy.arch, mpy.arch_flags) == (ARCH_RV32IMC, flags)


@pytest.mark.parametrize(
    ("isa", "body", "extensions"),
    [
        ("rv32imc_zba_zbb_zcmp", "add(a0, a0, a1)", ()),
        ("rv32imc_zba", "sh1add(a0, a0, a1)", ("zba",)),
        ("rv32imac_zba_zbb", "clz(a0, a0); sh2add(a0, a0, a1)", ("zba", "zbb")),
        ("rv32imc_zcmp", "cm_push({ra, s0}, -16); cm_popret({ra, s0}, 16)", ("zcmp",)),
        ("rv32imac", "lr_w(a0, (a0))", ("rv32a",)),
        ("rv32imc_zba_zcmp", "data(4, 0x20a52533); data(2, 0xb852)", ()),
    ],
)
def test_extensions_are_those_of_the_instructions(
    isa: str, body: str, extensions: tuple[str, ...]
) -> None:
    (image,) = assemble(f"@asm_rv32\ndef f(x, y):\n    {body}\n", isa=isa).functions.values()
    assert machine_function(image).extensions == extensions


@pytest.mark.parametrize("python", ["", "print(1)\n"])
@pytest.mark.parametrize(
    ("body", "flags"), [("sh3add(a0, a1, a2)", "zba"), ("cm_mva01s(s0, s1)", "zcmp")]
)
def test_a_flagged_file_is_mpy_cross_s(body: str, flags: str, python: str, tmp_path: Path) -> None:
    source = f"@micropython.asm_rv32\ndef f(a0, a1, a2):\n    {body}\n{python}"
    (tmp_path / "f.py").write_text(source)
    tool = external("mpy_cross", "mpy-cross").mpy_cross
    command = [tool, "-march=rv32imc", f"-march-flags={flags}", "f.py"]
    subprocess.run(command, cwd=tmp_path, check=True)
    images = assemble(source, isa=f"rv32imc_{flags}", dialect="micropython").functions.values()
    given = [machine_function(image) for image in images]
    assert compile_mpy(source, given, source_name="f.py") == (tmp_path / "f.mpy").read_bytes()


def test_an_extension_without_a_flag_is_named() -> None:
    given = [
        MachineFunction("f", b"", 0, extensions=("zbb", "zba")),
        MachineFunction("g", b"", 0, extensions=("rv32a",)),
    ]
    assert mpy_module.unflagged(given) == ("rv32a", "zbb")
    assert mpy_module.arch_flags(given) == 1


def test_five_parameters_show_the_array_idiom() -> None:
    with pytest.raises(MpyError, match=r'5 parameters.*at most 4.*array\.array\("i"'):
        compile_mpy("", [MachineFunction("f", b"", 5)], source_name="f.py")


def test_python_errors_keep_their_line() -> None:
    source = "@asm_rv32\ndef f():\n    nop()\n\nprint(1\nreturn\n"
    with pytest.raises(PythonPartError, match="SyntaxError") as caught:
        compile_mpy(source, [MachineFunction("f", b"\x82\x80", 0, "int", 1, 3)], source_name="f.py")
    assert caught.value.line in (5, 6)


def test_a_function_that_was_not_given_is_not_lost() -> None:
    source = "@micropython.asm_rv32\ndef f():\n    c_nop()\n"
    with pytest.raises(MpyError, match="was not asked for"):
        compile_mpy(source, [], source_name="f.py")


# ---------------------------------------------------------------- reading


def test_every_function_is_listed_with_its_name() -> None:
    listed = [
        (f.name, f.raw.kind, f.returns) for f in functions(read(cross_compile(EVERYTHING, "a")))
    ]
    assert listed == [
        ("A", "bytecode", None),
        ("A.m", "asm", "int"),
        ("A.B", "bytecode", None),
        ("A.B.s", "asm", "int"),
        ("outer", "bytecode", None),
        ("outer.<locals>.<asm>", "asm", "int"),
        ("outer.<locals>.shared", "asm", "uint"),
        ("outer.<locals>.<listcomp>", "bytecode", None),
        ("outer.<locals>.<lambda>", "bytecode", None),
        ("twice", "asm", "object"),
        ("twice", "asm", "bool"),
        ("dead", "bytecode", None),
        ("dead.<locals>.<asm>", "asm", "int"),
        ("fast", "native", None),
        ("fast.<locals>.nested", "native", None),
        ("fast.<locals>.<asm>", "asm", "int"),
        ("faster", "viper", None),
    ]


def test_a_native_module_with_data_and_relocations() -> None:
    """What tools/mpy_ld.py of MicroPython writes: rodata, bss and a relocation program."""
    relocations = bytes((0x01 | 2 << 1, 0x82, 0x05, 3 << 1, 7, 9 << 1, 0xFF))
    module = RawCode(
        "viper", b"\x82\x80", scope_flags=0x70, rodata=b"ro", bss_size=300, relocations=relocations
    )
    mpy = Mpy(ARCH_RV32IMC, 0, 31, ("m.py",), (Constant("None"),), module)
    assert read(write(mpy))._replace(module=module) == mpy
    assert read(write(mpy)).module.relocations == relocations
    for length in range(len(write(mpy))):
        with pytest.raises(MpyError):
            read(write(mpy)[:length])


@pytest.mark.parametrize("operation", range(127))
def test_which_relocations_have_a_count(operation: int) -> None:
    """mp_native_relocate in py/persistentcode.c: up to 5, the odd ones are followed by a count.

    A number whose first byte is 0xff would end the program where it was not read as a number.
    """
    number = b"\xff\x7f"
    counted = operation in (1, 3, 5)
    for at_address in (0, 1):
        first = bytes((operation << 1 | at_address,)) + number * at_address
        relocations = first + number * counted + b"\xff"
        raw = RawCode("viper", b"\x82\x80", scope_flags=0x10, relocations=relocations)
        mpy = Mpy(ARCH_RV32IMC, 0, 31, ("m.py",), (), raw)
        assert read(write(mpy)).module.relocations == relocations


def test_constants_are_the_text_that_mpy_cross_wrote() -> None:
    source = "T = (2.5, 3j, -1 << 70, 'a long enough string', b'b', None, True, False, ..., (1,))"
    [found] = read(cross_compile(source, "t.py")).constants
    assert found.kind == "tuple"
    assert [(each.kind, each.data) for each in found.items] == [
        ("float", b"2.5"), ("complex", b"3j"), ("int", b"%d" % (-1 << 70)),
        ("str", b"a long enough string"), ("bytes", b"b"),
        ("None", b""), ("True", b""), ("False", b""), ("Ellipsis", b""), ("tuple", b""),
    ]  # fmt: skip
    assert found.items[-1].items == (Constant("int", b"1"),)


def _listed(data: bytes) -> None:
    """Read and list a file: either works, or MpyError says what is wrong."""
    try:
        mpy = read(data)
        functions(mpy)
        require_rv32(mpy)
        assert read(write(mpy))._replace(module=mpy.module) == mpy
    except MpyError as error:
        assert str(error)


def test_every_truncation_is_an_error() -> None:
    data = cross_compile(EVERYTHING, "all.py")
    for length in range(len(data)):
        with pytest.raises(MpyError):
            read(data[:length])
    with pytest.raises(MpyError, match="1 bytes follow the end"):
        read(data + b"\0")


@pytest.mark.parametrize("seed", range(8))
def test_corrupt_files_end_in_a_listing_or_an_error(seed: int) -> None:
    rng = random.Random(seed)
    data = cross_compile(EVERYTHING, "all.py")
    for _ in range(150):
        mutant = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 10))):
            at = rng.randrange(len(mutant))
            mutant[at : at + rng.choice((0, 1, 1, 1, 3))] = rng.randbytes(rng.choice((1, 1, 1, 4)))
        _listed(bytes(mutant))
        _listed(b"M\x06\x2f\x1f" + rng.randbytes(rng.randrange(100)))


def test_every_byte_of_the_header() -> None:
    data = cross_compile("x = 1\n@micropython.asm_rv32\ndef f(): c_nop()\n", "f.py")
    for at in range(4):
        for value in range(256):
            _listed(data[:at] + bytes((value,)) + data[at + 1 :])


_HEAD = b"M\x06\x2f\x1f"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "truncated"),
        (b"\x7fELF", "it starts with neither 'M' nor 'C'"),
        (b"C\x05\x00\x1f", "wrong version: the file has .mpy version 5"),
        (b"M\x05\x2f\x1f", r"wrong version: the file has \.mpy version 5"),
        (b"M\x06\x2e\x1f", "wrong version: the machine code has interface 6.2"),
        (b"M\x06\x3f\x1f", "wrong architecture: unknown"),
        (b"M\x06\xaf\x1f", "wrong architecture: unknown"),
        (b"M\x06\x40\x1f\x01", "flags without an architecture"),
        (b"M\x06\x2f\xff", "small integers of 255 bits"),
        (_HEAD + b"\xff" * 5 + b"\x7f", "exceeds 32 bits"),
        (_HEAD + b"\x8f\xff\xff\xff\x7f\x00", "4294967295 strings are announced"),
        (_HEAD + b"\x00\x8f\xff\xff\xff\x7f", "4294967295 constants are announced"),
        (_HEAD + b"\x01\x00\x87\x7f", "no static string 511"),
        (_HEAD + b"\x01\x00\x01", "no static string 0"),
        (_HEAD + b"\x01\x00\x02\xff\x00", "not UTF-8"),
        (_HEAD + b"\x01\x00\x02a\x01", "zero byte"),
        (_HEAD + b"\x00\x01\x0b", "no constant of type 11"),
        (_HEAD + b"\x00\x01" + b"\x0a\x01" * 5000 + b"\x01", "nested more than 100 deep"),
        (_HEAD + b"\x00\x00" + b"\x04\x01" * 5000 + b"\x00", "nested more than 100 deep"),
        (_HEAD + b"\x00\x00\x8f\xff\xff\xff\x78", "truncated"),
        (_HEAD + b"\x00\x00\x03\x00\x05\x02", "5 arguments"),
        (_HEAD + b"\x00\x00\x03\x00\x01\x04", "type 4"),
        (b"M\x06\x00\x1f\x00\x00\x03\x00\x01\x02", "without an architecture"),
        (_HEAD + b"\x00\x00" + b"\x80" * 100000, "truncated"),
    ],
)
def test_wrong_files_say_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(MpyError, match=message) as caught:
        read(data)
    assert caught.value.offset is None or 0 <= caught.value.offset <= len(data)


def test_other_architectures_are_read_but_not_for_rv32() -> None:
    source = "@micropython.native\ndef f(x): return x\n"
    data = bytearray(cross_compile(source, "f.py"))
    data[2] = 5 << 2 | 3
    with pytest.raises(MpyError, match="for armv7m, not rv32imc"):
        require_rv32(read(bytes(data)))
    require_rv32(read(cross_compile("x = 1", "x.py")))


def test_hostile_names_reach_no_terminal_and_no_memory() -> None:
    name = "\x1b[2J" + "n" * 240
    inner = RawCode("bytecode", bytes((0, 2, 1, 0x51, 0x63)))
    for _ in range(60):
        inner = inner._replace(children=(inner._replace(children=()), inner))
    module = RawCode("bytecode", bytes((0, 2, 0, 0x51, 0x63)), children=(inner,))
    listed = functions(read(write(Mpy(0, 0, 31, ("x.py", name), (), module))))
    assert len(listed) == 121
    assert all(f.name.isprintable() and len(f.name) < 1000 for f in listed)


def test_corrupt_bytecode_is_an_error() -> None:
    for code in (b"", b"\x80", b"\x00", b"\x00\x02", b"\x00\x02\x05", b"\x00\x70\x00"):
        module = RawCode("bytecode", b"\0\2\0\x51\x63", children=(RawCode("bytecode", code),))
        with pytest.raises(MpyError):
            functions(read(write(Mpy(0, 0, 31, ("x.py",), (), module))))
    for body in (b"\x32\x05", b"\x32", b"\x44", b"\x20\x00", b"\x32\x00\x16\x70"):
        child = RawCode("asm", b"\x82\x80")
        module = RawCode("bytecode", b"\0\2\0" + body, children=(child,))
        with pytest.raises(MpyError):
            functions(read(write(Mpy(11, 0, 31, ("x.py",), (), module))))


def test_numbers_are_big_endian() -> None:
    assert [encode_uint(n) for n in (0, 127, 128, 300)] == [b"\0", b"\x7f", b"\x81\0", b"\x82\x2c"]


def test_long_names_are_refused_when_writing() -> None:
    with pytest.raises(MpyError, match="256 bytes"):
        write(Mpy(0, 0, 31, ("n" * 256,), (), RawCode("bytecode", b"")))


def test_opcodes_are_those_of_the_listing() -> None:
    """Every opcode form is walked over in real code, to the exact end of each function."""
    data = read(cross_compile(EVERYTHING, "all.py"))
    seen = set()
    pending = [data.module]
    while pending:
        raw = pending.pop()
        pending += raw.children
        if raw.kind == "bytecode":
            start = mpy_bytecode._prelude(data, raw, 0).opcodes
            codes = [op.code for op in mpy_bytecode._opcodes(raw, start)]
            assert codes
            seen |= {code >> 4 for code in codes}
    assert {1, 2, 3, 4, 5, 6} <= seen

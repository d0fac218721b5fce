"""Macros: expanded as they are by hand, within bounds, in every dialect."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.assembler.budget import ITEM_LIMIT
from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.assembler.reading.outside import macro_names
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic
from asm_rv32.formats.listing import listing

BRACED = re.compile(r"\{([^}]*)\}")
REGISTERS = ("t0", "t1", "s0", "a0", "a1", "a5", "t6")

# ---- a program with macros, and the same program without


class Statement(NamedTuple):
    """A line, `{name}` standing for what is different at each use; or what is made of others."""

    sort: str  # line, label, use, for, if
    text: str
    arguments: tuple[str, ...] = ()
    body: tuple[Statement, ...] = ()


class Definition(NamedTuple):
    """A macro `m0(r0, n0, l0, ...)`; the letters say what its parameters are."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Statement, ...]


@st.composite
def blocks(
    draw: st.DrawFn,
    names: dict[str, tuple[str, ...]],
    usable: list[Definition],
    depth: int,
    has_labels: bool = True,
) -> tuple[Statement, ...]:
    """Statements with these registers, numbers and labels in reach."""
    # The body of a condition is no scope of its own.
    most = 2 if has_labels else 0
    own = [f"own{depth}_{each}" for each in range(draw(st.integers(0, most)))]
    inner = {**names, "l": (*names["l"], *own)}
    register, number = st.sampled_from(inner["r"]), st.sampled_from(inner["n"])
    found: list[Statement] = []
    for _ in range(draw(st.integers(0, 5))):
        sort = draw(st.sampled_from(["line", "line", "branch", "use", "for", "if", "data"]))
        if sort == "line":
            a, b, n = draw(register), draw(register), draw(number)
            found.append(Statement("line", f"addi({{{a}}}, {{{b}}}, 3 * {{{n}}} - 5)"))
        elif sort == "data":
            found.append(Statement("line", f"data(2, {{{draw(number)}}}, -1)"))
        elif sort == "branch" and inner["l"]:
            a, b, to = draw(register), draw(register), draw(st.sampled_from(inner["l"]))
            found.append(Statement("line", f"blt({{{a}}}, {{{b}}}, {{{to}}})"))
        elif sort == "use" and usable:
            macro = draw(st.sampled_from(usable))
            given = [
                draw(st.sampled_from(inner[each[0]])) if inner[each[0]] else ""
                for each in macro.parameters
            ]
            if all(given):
                found.append(Statement("use", macro.name, tuple(given)))
        elif sort in ("for", "if") and depth < 2:
            body = draw(blocks(inner, usable, depth + 1, sort == "for"))
            found.append(Statement(sort, draw(number), (), body))
    for label in own:
        found.insert(draw(st.integers(0, len(found))), Statement("label", label))
    return tuple(found)


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[Definition], tuple[Statement, ...]]:
    """Macros, each of which uses those before it, and the body of a function."""
    macros: list[Definition] = []
    for number in range(draw(st.integers(1, 4))):
        parameters = [f"r{number}", f"n{number}", f"l{number}"]
        parameters = draw(st.permutations(parameters[: draw(st.integers(1, 3))]))
        names = {sort: tuple(p for p in parameters if p[0] == sort) for sort in "rnl"}
        names = {"r": (*names["r"], "t0", "a5"), "n": (*names["n"], "7"), "l": names["l"]}
        body = draw(blocks(names, macros, 0))
        macros.append(Definition(f"m{number}", tuple(parameters), body))
    body = draw(blocks({"r": REGISTERS, "n": ("0", "3", "-9", "2"), "l": ()}, macros, 0))
    return macros, body


def written(body: tuple[Statement, ...], indent: str, macros: dict[str, Definition]) -> list[str]:
    """The statements as they stand in a macro or in the function."""
    lines = []
    for at, each in enumerate(body):
        if each.sort == "line":
            lines.append(indent + BRACED.sub(r"\1", each.text))
        elif each.sort == "label":
            lines.append(f"{indent}label({each.text})")
        elif each.sort == "use":
            pairs = [*zip(macros[each.text].parameters, each.arguments)]
            named = [f"{name}={value}" for name, value in reversed(pairs)]
            shown = named if at % 2 else list(each.arguments)
            lines.append(f"{indent}{each.text}({', '.join(shown)})")
        else:
            head = (
                f"for i in range({each.text} & 3)" if each.sort == "for" else f"if {each.text} > 2"
            )
            lines.append(f"{indent}{head}:")
            lines += written(each.body, indent + "    ", macros) or [f"{indent}    pass"]
    return lines or [f"{indent}pass"]


class Unrolled(dict[str, str]):
    """What a name stands for, itself where nothing else is known."""

    def __missing__(self, name: str) -> str:
        return name


def by_hand(
    body: tuple[Statement, ...], names: Unrolled, macros: dict[str, Definition], fresh: count[int]
) -> list[str]:
    """The statements written out: one label for each use and each repetition."""
    number = next(fresh)
    names = Unrolled(names)
    for each in body:
        if each.sort == "label":
            names[each.text] = f"{each.text}_{number}"
    lines = []
    for each in body:
        if each.sort == "line":
            lines.append(BRACED.sub(lambda found: names[found[1]], each.text))
        elif each.sort == "label":
            lines.append(f"label({names[each.text]})")
        elif each.sort == "use":
            macro = macros[each.text]
            given = Unrolled(zip(macro.parameters, (names[value] for value in each.arguments)))
            lines += by_hand(macro.body, given, macros, fresh)
        else:
            value = int(names[each.text])
            repetitions = value & 3 if each.sort == "for" else int(value > 2)
            for _ in range(repetitions):
                lines += by_hand(each.body, names, macros, fresh)
    return lines


@settings(max_examples=120, deadline=None)
@given(programs(), st.booleans())
def test_a_macro_is_what_is_written_out_by_hand(
    program: tuple[list[Definition], tuple[Statement, ...]], last: bool
) -> None:
    definitions, body = program
    macros = {each.name: each for each in definitions}
    heads = [
        "\n".join([f"@asm_macro\ndef {each.name}({', '.join(each.parameters)}):",
                   *written(each.body, "    ", macros)])
        for each in definitions
    ]  # fmt: skip
    function = "\n".join(["@asm_rv32\ndef f():", *written(body, "    ", macros)])
    text = "\n\n".join([function, *heads] if last else [*heads, function]) + "\n"
    lines = by_hand(body, Unrolled(), macros, count())
    plain = "\n    ".join(["@asm_rv32\ndef f():", *lines, "pass"]) + "\n"
    for compress in (True, False):
        found = assemble(text, compress=compress).functions["f"]
        wanted = assemble(plain, compress=compress).functions["f"]
        assert found.code == wanted.code, text
        assert {*found.symbols.values()} <= {*wanted.symbols.values()}


# ---- limits


def mistakes(text: str, **options: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(AssemblyError) as caught:
        assemble(text, **options)  # type: ignore[arg-type]
    return caught.value.diagnostics


def test_uses_count_as_statements_even_where_nothing_comes_of_them() -> None:
    doubling = "\n".join(f"@asm_macro\ndef m{n + 1}():\n    m{n}(); m{n}()" for n in range(40))
    text = f"@asm_macro\ndef m0(): pass\n{doubling}\n@asm_rv32\ndef f():\n    m40()\n"
    (found,) = mistakes(text)
    assert found.code == "too-large"
    assert str(ITEM_LIMIT) in found.message


@pytest.mark.parametrize(
    "body",
    ["m(n + 1)", "m(n + 1); m(n + 2)", "for i in range(2):\n        m(n + i)", "other(n)", "m(n)"],
)
def test_what_has_no_end_is_a_mistake_that_is_told_once(body: str) -> None:
    text = f"@asm_macro\ndef m(n):\n    {body}\n"
    text += "@asm_macro\ndef other(n):\n    m(n)\n@asm_rv32\ndef f():\n    m(1)\n    m(2)\n"
    found = mistakes(text)
    assert {each.code for each in found} <= {"nesting", "macro"}
    assert len({each.span for each in found}) == len(found) <= 2


def test_blocks_within_macros_are_as_deep_as_python_s_stack_allows() -> None:
    # Twenty blocks in each, as deep as they may be, and an operand as deep as it may be.
    head = "".join(f"{'    ' * n}if 1:\n" for n in range(1, 19))
    chain = "\n".join(f"@asm_macro\ndef m{n}():\n{head}{'    ' * 19}m{n + 1}()" for n in range(5))
    deep = f"li(a0, {'-(' * 90}1{')' * 90})"
    text = f"{chain}\n@asm_macro\ndef m5():\n    {deep}\n@asm_rv32\ndef f():\n    m3() ; nop()\n"
    assert assemble(text).functions["f"].code.hex() == "054501008280"
    (found,) = mistakes(text.replace("m3() ;", "m0() ;"))
    assert found.code == "nesting"


def test_a_mistake_is_told_once_however_often_a_macro_is_used() -> None:
    uses = "    m(a0)\n" * 3000
    (found,) = mistakes(f"@asm_macro\ndef m(r):\n    addi(r, r, 5000)\n@asm_rv32\ndef f():\n{uses}")
    assert found.notes[-1] == "note: in m, used in line 6"


# ---- dialects, places


FOR_THE_BOARD = """
@asm_macro
def shifted(r, by, at, csr=0xC00):
    for i in range(2):
        slli(r, r, by + i)
    lw(r, at)
    csrrs(r, csr, zero)
    bne(r, zero, out)
    label(out)

@micropython.asm_rv32
def f(a0):
    shifted(a0, {by}, 4(a1))
"""


def test_a_macro_is_expanded_before_micropython_s_assembler_reads_it() -> None:
    plain = """
@micropython.asm_rv32
def f(a0):
    slli(a0, a0, 3)
    slli(a0, a0, 4)
    lw(a0, 4(a1))
    csrrs(a0, 0xc00, zero)
    bne(a0, zero, out)
    label(out)
"""
    wanted = _board(plain).functions["f"].code
    assert _board(FOR_THE_BOARD.format(by=3)).functions["f"].code == wanted


def _board(text: str) -> Module:
    # csrrs has its operands in another order there.
    return assemble(text.replace("csrrs(r, csr, zero)", "csrrs(r, zero, csr)").replace(
        "csrrs(a0, 0xc00, zero)", "csrrs(a0, zero, 0xc00)"), dialect="micropython")  # fmt: skip


def test_what_micropython_s_assembler_refuses_is_told_with_the_use() -> None:
    text = "@asm_macro\ndef m(r):\n    ret()\n@asm_rv32\ndef f(a0):\n    m(a0)\n"
    (found,) = mistakes(text, dialect="micropython")
    assert found.code == "not-in-dialect"
    assert found.notes[-1] == "note: in m, used in line 6"


def test_entries_stand_where_the_macro_is_used_and_know_its_line() -> None:
    text = (
        "@asm_macro\ndef inner(r):\n    li(r, 0x12345)\n    label(again)\n    bnez(r, again)\n"
        "@asm_macro\ndef outer(r):\n    nop()\n    inner(r)\n"
        "@asm_rv32\ndef f(a):\n    mv(t0, a)\n    outer(t0)\n    ret()\n"
    )
    image = assemble(text).functions["f"]
    lines = [image.line_at(entry.address) for entry in image.entries]
    assert lines == [12, 13, 13, 13, 13, 14]
    found = [image.expanded_at(entry.address) for entry in image.entries]
    inside = [(e.name, e.source.locate(e.span.start)[0]) if e else None for e in found]
    assert inside == [None, ("outer", 8), ("inner", 3), ("inner", 3), ("inner", 5), None]
    assert image.symbols == {"again.inner.0": 10}
    assert "again.inner.0:" in listing(image)


# ---- on the command line


def command(*arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "asm_rv32", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


WRONG_IN_A_MACRO = """
from asm_rv32 import asm_macro, asm_rv32


@asm_macro
def leave(r):
    mv(a0, r)
    jalr(ra, ra, 0)


@asm_macro
def make_room():
    addi(sp, sp, -16)


@asm_macro
def finish():
    ret()


@asm_rv32
def returns_by_call(a):
    leave(a)


@asm_rv32
def has_a_frame(a):
    make_room()
    sw(s1, 0(sp))
    li(s0, 4)
    li(s1, 4)
    lw(s1, 0(sp))
    addi(sp, sp, 16)


@asm_rv32
def has_none(a):
    li(s0, 4)
    finish()
"""


def test_lint_mends_no_line_that_uses_a_macro(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(WRONG_IN_A_MACRO)
    told = command("lint", "--fix", str(path), status=1)
    assert "23:5: warning[return-by-call]" in told
    assert path.read_text() == WRONG_IN_A_MACRO


def test_a_fault_names_the_line_of_the_macro(tmp_path: Path) -> None:
    path = tmp_path / "peek.py"
    path.write_text(
        "@asm_macro\ndef peek(r):\n    lw(r, 0(r))\n@asm_rv32\ndef f(a):\n    peek(a)\n"
    )
    told = command("run", str(path), "f(3)", status=1)
    assert ":6:5: error[wild-access]" in told
    assert "note: in peek, line 3" in told
    command("verify", str(path))


@pytest.mark.parametrize(
    ("constants", "argument"), [(10_000, "1"), (0, f'"{"x" * 100_000}"')], ids=["names", "text"]
)
def test_what_a_use_costs_is_counted_even_where_nothing_comes_of_it(
    constants: int, argument: str
) -> None:
    names = "".join(f"N{n} = {n}\n" for n in range(constants))
    words = "".join(f"        li(a0, N{n})\n" for n in range(constants)) or "        nop()\n"
    text = (
        f"{names}@asm_macro\ndef m(x):\n    if 0:\n{words}\n"
        f"@asm_macro\ndef outer():\n    m({argument})\n"
        f"@asm_rv32\ndef f():\n    for i in range(100000):\n        outer()\n"
    )
    (found,) = mistakes(text)
    assert found.code == "too-large"


def test_names_of_macros_are_found_in_linear_time() -> None:
    assert macro_names("@asm_macro\n" * 20_000 + "\n" * 20_000) == set()
    assert macro_names("  @a.asm_macro  # x\n# y\n\n  @other\n  def m(x): pass\n") == {"m"}

"""Outside of assembler functions: nothing of a function is dropped, and no Python is blamed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.basis.diagnostics import AssemblyError

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))
FUNCTION = "@asm_rv32\ndef f(a):\n    li(a0, 1)\n"
LINES_TRIED = 6
"""So many lines of each example are moved, evenly spread over it."""


def listed(module: Module) -> set[int]:
    """The lines that the listings show, and those of labels; a return that is not written has
    none."""
    locate, text = module.source.locate, module.source.text
    lines = {
        locate(entry.span.start)[0]
        for image in module.functions.values()
        for entry in image.entries
        if text[slice(*entry.span)].strip()
    }
    labels = {name for image in module.functions.values() for name in image.symbols}
    for found in re.finditer(r'^ *label\("?(\w+)"?\)', text, re.MULTILINE):
        if found[1] in labels or any(each.startswith(f"{found[1]}.") for each in labels):
            lines.add(locate(found.start(1))[0])
    return lines


def moved(text: str, lines: set[int]) -> Iterator[str]:
    """The text with one of these lines at another indentation."""
    chosen = sorted(lines)
    for number in chosen[:: max(1, len(chosen) // LINES_TRIED)]:
        for width in (0, 2, 6):
            changed = text.splitlines(keepends=True)
            changed[number - 1] = " " * width + changed[number - 1].lstrip()
            yield "".join(changed)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_statement_is_in_the_listing_or_in_an_error(path: Path) -> None:
    text = path.read_text()
    every = listed(assemble(text))
    for changed in moved(text, every):
        try:
            module = assemble(changed)
        except AssemblyError:
            continue
        assert every <= listed(module), changed


@pytest.mark.parametrize(
    "line",
    [
        "ret()", "ret", "nop(); nop()", "label(end)", "end:", "1:", "data(4, 1)", "align(4)",
        "add a0, a0, a1", "and a0, a0, a1", "c.addi a0, 1", ".word 1", "word 1", ".globl f",
        "add(a0, a0, a1)", "lw(a0, 4(a1))", "lw(a0, -4(a1))", "unheard_of(a0, 4(a1))",
        "cm_push({ra}, -16)", "if 1:\n    nop()", "for i in range(2):\n    nop()",
    ],
)  # fmt: skip
@pytest.mark.parametrize("behind", ["", "\nx = 1\n", "    addi(a0, a0, 1)\n"])
def test_what_only_assembler_means_is_an_error_behind_a_function(line: str, behind: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble(f"{FUNCTION}{line}\n{behind}")
    locate = caught.value.source.locate
    found = {(locate(each.span.start)[0], each.code) for each in caught.value.diagnostics}
    assert (4 + line.count("\n"), "outside-function") in found


@pytest.mark.parametrize(
    "python",
    [
        "label = print\nlabel(loop)",
        "from gui import label\nlabel('x')",
        "import gui as label\nlabel(f)",
        "def call(f):\n    return f\ncall(f)",
        "class data:\n    pass\ndata()",
        "for j in (print, f):\n    j(1)",
        "with open('x') as align:\n    align(1)",
        "try:\n    pass\nexcept ValueError as tail:\n    tail()",
        "lambda nop: nop()\nnop()",
        "from all_of_it import *\nadd(a0, a0, a1)",
        "globals()['add'] = print\nadd(1, 2)",
        "def thumb(f):\n    return f\n@thumb\ndef g(r0):\n    add(r0, r0, 1)\n    label(a)",
        "import rp2\n@rp2.asm_pio()\ndef blink():\n    label('x')\n    nop()[31]\n    jmp('x')",
        "def g():\n    # to be run where these are\n    nop()\n    align(4)",
        "@micropython.asm_thumb\ndef g(r0):\n    b(end)\n    label(end)",
        "@micropython.viper\ndef g(x: int) -> int:\n    return x",
        "j: int = 3\nj += 1\ndata: list\nadd, sub = 1, 2\ncall.x = 3",
        "x.call(4)\nx.nop()\nprint(add)",
        "x = 1 if f is None else 2\nassert f is not None\nasync def g():\n    await f",
        "# a comment that ends in a colon:\n'a string'\n...\npass",
        "match = 3\nmatch (1):\n    case 1:\n        pass",
        "if True: print(f(1))\nelse: pass",
        "x = [\n1,\n]\nx[0] = 4",
        "@asm_thing\ndef g():\n    pass",
        "from mine import asm_rv\n@asm_rv\ndef g():\n    pass",
    ],
)
def test_what_python_could_mean_is_left_alone(python: str) -> None:
    assert set(assemble(f"{FUNCTION}\n{python}\n").functions) == {"f"}
    assert set(assemble(f"{python}\n\n{FUNCTION}").functions) == {"f"}


@pytest.mark.parametrize(
    ("python", "line", "column"),
    [
        ("x = (1,\ny = 2", 5, 5),
        ("def g():\n    return +", 6, 5),
        ("def g():\n    pass\n  x = 1", 7, 3),
        ("if f:\nx = 1", 6, 1),
        ("x = 1\n    y = 2", 6, 5),
        ("x = 'open", 5, 5),
        ("return 3", 5, 1),
        ("def g():\n\tif f:\n        pass", 7, 9),
        ("é = §", 5, 5),
        ("class:\n    pass", 5, 6),
        ("class", 5, 1),
        ("def", 5, 1),
        ("async", 5, 1),
    ],
)
def test_what_python_cannot_read_is_an_error_with_its_place(
    python: str, line: int, column: int
) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble(f"{FUNCTION}\n{python}\n")
    (found,) = caught.value.diagnostics
    assert found.code == "not-python"
    assert caught.value.source.locate(found.span.start) == (line, column)


@pytest.mark.parametrize(
    "body",
    [
        "label(class)", "j(is)", "li(a0, \u0663)", "label(a\u00b2)", "\u00a0li(a0, 1)",
        "li(a0,\v1)", "data(1, 'a' b'b')", "li(a0, 1)\x00", "True = 1", "None = t0",
        "for False in range(2):\n        nop()",
    ],
)  # fmt: skip
def test_a_body_that_python_cannot_read_is_an_error(body: str) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        compile(f"def f():\n    {body}\n", "f", "exec")
    with pytest.raises(AssemblyError):
        assemble(f"@asm_rv32\ndef f():\n    {body}\n")


@pytest.mark.parametrize(
    "text",
    [
        "@asm_rv32\ndef f():\n\tnop()\n        nop()\n",
        "class C:\n        @asm_rv32\n        def f():\n\t\tnop()\n",
    ],
)
def test_tabs_and_spaces_that_python_does_not_mix_are_an_error(text: str) -> None:
    with pytest.raises(TabError):
        compile(text, "f", "exec")
    with pytest.raises(AssemblyError, match="tabs"):
        assemble(text)


@pytest.mark.parametrize(
    "text",
    [
        "@asm_rv32\ndef f(a):\n    li(a0, 1)\n    addi(a0, a0, 1)\n".replace("\n", "\r"),
        "@asm_rv32\r\ndef f(a):\r    li(a0, 1)\n    addi(a0, \\\r a0, 1)\r",
        "\f@asm_rv32\n\fdef f(a):\n\f    li(a0, 1)\n  \f    addi(a0, a0, 1)\n",
        "@asm_rv32\ndef f(a):\n\tli(a0, 1)\n \f\taddi(a0, a0, 1)\n",
    ],
)
def test_lines_and_indentation_are_those_of_python(text: str) -> None:
    compile(text.replace("@asm_rv32", "@print"), "f", "exec")
    (image,) = assemble(text).functions.values()
    lines = [image.source.locate(entry.span.start)[0] for entry in image.entries]
    assert lines[:2] == [3, 4]


@pytest.mark.parametrize(
    ("decorator", "marked"),
    [
        ("asm_rv", "asm_rv"),
        ("micropython.asm_rv64(isa='rv64')", "asm_rv64"),
        ("asm_rv3()", "asm_rv3"),
    ],
)
def test_the_name_of_a_decorator_that_is_misspelt_is_marked(decorator: str, marked: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble(f"{FUNCTION}@{decorator}\ndef g():\n    nop()\n")
    [found] = [each for each in caught.value.diagnostics if each.code == "decorator"]
    assert caught.value.source.text[found.span.start : found.span.end] == marked


def test_an_appended_return_stands_on_the_last_line_of_the_function() -> None:
    text = "@asm_rv32\ndef f(a):\n    nop()\n    label(end)  # here\n\n# not here\ndef g(): pass\n"
    image = assemble(text).functions["f"]
    last = image.entries[-1]
    assert image.source.locate(last.span.start)[0] == 4


AROUND = (
    "import a.b, c", "from a.b import c, d", "N = 123", "N = 0x1f", '"A text."', "@a.b",
    "import a,", "import a b", "import.a b", "import a,.b c",
    "from.a b import c", "@.a b", "import None", "import .a", "from a import b.c", "from a import",
    "from a import b,", "from .a import b", "from __future__ import b", "from a..b import c",
    "N = 0777", "N = 1__0", "None = 1", "__debug__ = 1", "N = 12ab", 'f"{"', '"open', "N = 1 \\",
    "N = 1 # \r)", "@a\n@b", "def g(a):", "def g():", "  N = 1", "N = 1;", "(", "\0", "N = 1\f)",
)  # fmt: skip
"""Lines by which a file may be plain, and some that hardly differ from them."""
HEADS = ("def f(a):", "def f():", "def f(a, b):", "def f(a, a):", "def f(None):", "def f(a,):")


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("decorator", ["@asm_rv32", "@micropython.asm_rv32"])
def test_what_python_cannot_read_is_said_of_short_files_too(head: str, decorator: str) -> None:
    for line in AROUND:
        for text in (
            f"{line}\n{decorator}\n{head}\n    ret()\n",
            f"{decorator}\n{head}\n    ret()\n{line}",
        ):
            try:
                compile(re.sub(r"ret\(\)", "pass", text), "f.py", "exec", dont_inherit=True)
                reads = True
            except (SyntaxError, ValueError):
                reads = False
            try:
                assemble(text)
                accepted = True
            except AssemblyError:
                accepted = False
            assert reads or not accepted, text

"""The C header, by compilers of C and C++, and by programs that are linked with the object."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

import pytest
from corpus.toolchain import run
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.formats import FORMATS
from asm_rv32.formats.c_header import c_names, docstring

STRICT = ("-Wall", "-Wextra", "-Werror")
RV32 = ("-march=rv32imc", "-mabi=ilp32", "-ffreestanding")
COMPILERS = (
    ("gcc", "-std=c99"),
    ("gcc", "-std=gnu2x"),
    ("g++", "-std=c++98"),
    ("g++", "-std=gnu++20"),
    ("riscv64-unknown-elf-gcc", "-std=c99", "-pedantic", *RV32),
)
SOURCE = '''
@asm_rv32
def mix(a, b, c) -> uint:
    """a + 2 * b + 4 * c.

    /* The sum */ wraps around.
    """
    sh1add(a0, b, a)
    sh2add(a0, c, a0)

@asm_rv32
def is_odd(n) -> bool:
    andi(a0, n, 1)

@asm_rv32
def fill(target, value) -> None:
    sw(value, 0(target))

@asm_rv32
def negative():
    li(a0, -5)

class Pin:
    @asm_rv32
    def read(self, register):
        """Reads."""
        lw(a0, 0(self))

@asm_rv32
def double(int):
    slli(a0, int, 1)

@asm_rv32
def größe(x) -> object:
    addi(a0, x, 1)
'''
PROGRAM = """
#include "x.h"
#include "x.h"

static void leave(int status) {
    register int a0 __asm__("a0") = status;
    register int a7 __asm__("a7") = 93;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}

void _start(void) {
    int32_t word = 0;
    fill((int32_t)&word, 7);
    if (word != 7) leave(1);
    if (mix(1, 2, -1) != 1 || mix(0, 0, -1) != 4294967292u) leave(2);
    if (is_odd(2) || !is_odd(7)) leave(3);
    if (negative() >= 0 || negative() != -5) leave(4);
    if (Pin_read((int32_t)&word, 0) != 7) leave(5);
    if (double_(21) != 42) leave(6);
    if (gr_u00f6_u00dfe(41) != 42u) leave(7);
    leave(42);
}
"""


def header(module: Module) -> str:
    return FORMATS[".h"].write(module).decode()


def compiled(text: str, folder: Path) -> None:
    """Every compiler takes the header, twice."""
    (folder / "x.h").write_text(text)
    (folder / "x.c").write_text('#include "x.h"\n#include "x.h"\nint nothing;\n')
    for compiler, *options in COMPILERS:
        language = ("-x", "c++") if compiler == "g++" else ()
        run(compiler, *STRICT, *options, *language, "-fsyntax-only", "x.c", folder=folder)


def test_a_c_program_calls_through_the_header(tmp_path: Path) -> None:
    module = assemble(SOURCE, path="x.py", isa="rv32imc_zba")
    compiled(header(module), tmp_path)
    (tmp_path / "x.o").write_bytes(FORMATS[".o"].write(module))
    (tmp_path / "main.c").write_text(PROGRAM)
    run(
        "riscv64-unknown-elf-gcc", *STRICT, *RV32, "-std=c99", "-nostdlib", "-o", "all", "main.c",
        "x.o", folder=tmp_path,
    )  # fmt: skip
    done = run("qemu-riscv32", "all", folder=tmp_path, may_fail=True)
    assert done.returncode == 42


def test_a_prototype_says_what_the_source_says() -> None:
    text = header(assemble(SOURCE, path="some/path/x-1.py", isa="rv32imc_zba"))
    assert text.startswith("/* The functions of x-1.py, by asmrv32. */\n#ifndef ASMRV32_X_1_H\n")
    for prototype in (
        "uint32_t mix(int32_t a, int32_t b, int32_t c);",
        "bool is_odd(int32_t n);",
        "void fill(int32_t target, int32_t value);",
        "int32_t negative(void);",
        'int32_t Pin_read(int32_t self, int32_t register_) __asm__("Pin.read");',
        'int32_t double_(int32_t int_) __asm__("double");',
        'uintptr_t gr_u00f6_u00dfe(int32_t x) __asm__("größe");',
    ):
        assert f"\n{prototype}\n" in text
    assert (
        "/* mix(a, b, c)\n *\n * a + 2 * b + 4 * c.\n *\n * / * The sum * / wraps around.\n */\n"
        in text
    )
    assert "/* double(int), in C double_ */" in text


def test_what_c_cannot_name_is_said() -> None:
    twice = "@asm_rv32\ndef f():\n    ret()\n"
    inner = "def outer():\n    @asm_rv32\n    def g():\n        ret()\n"
    text = header(assemble(twice + twice + inner))
    assert "int32_t f(void);" in text
    assert "/* f#2(): C has no way to name this symbol. */" in text
    assert "/* outer.<locals>.g(): C has no way to name this symbol. */" in text
    assert text.count("int32_t") == 1


# ---------------------------------------------------------------- whatever they are called

KEYWORDS = """
    auto break case char const do double enum extern float goto inline int long register restrict
    return short signed sizeof static struct switch typedef union unsigned void volatile _Bool
    _Complex _Atomic _Static_assert alignas asm bool catch char16_t co_await concept consteval
    constexpr decltype delete dynamic_cast explicit export false friend mutable namespace new
    noexcept nullptr operator private protected public requires template this throw true typeid
    typename typeof using virtual wchar_t xor and_eq bitand compl not_eq or_eq
"""
LIBRARY = """
    abs labs memcpy memset strlen strcmp printf puts exit abort malloc free calloc log log2 exp sin
    cos pow sqrt round floor index rindex gamma j0 y1 yn scalb drem isalpha toupper ffs bcopy
    bzero alloca fork execl __builtin_popcount __mulsi3 __divdi3 setjmp longjmp signal div atoi
"""
OWN = "main NULL int32_t uintptr_t INT32_MAX UINT8_C SIZE_MAX a b f f_ int_ double_ unix linux"


def test_every_name_is_taken_by_every_compiler(tmp_path: Path) -> None:
    """Words of the languages, macros and functions that compilers know: as names of functions and
    of parameters."""
    macros = ""
    for compiler, option, *_ in COMPILERS:
        language = "c++" if compiler == "g++" else "c"
        done = run(compiler, option, "-dM", "-E", "-x", language, "/dev/null", folder=tmp_path)
        macros += done.stdout
    words = {*KEYWORDS.split(), *LIBRARY.split(), *OWN.split()}
    words |= {*re.findall(r"^#define (\w+)", macros, re.MULTILINE)}
    names = sorted(word for word in words if word.isidentifier() and not keyword.iskeyword(word))
    assert len(names) > 400
    text = "".join(
        f"@asm_rv32\ndef {name}({name}, x, x_):\n    add(a0, {name}, x)\n"
        for name in names
        if name not in ("x", "x_")
    )
    compiled(header(assemble(text)), tmp_path)


WORDS = st.text("ab_xDI8öß", min_size=1, max_size=4).filter(str.isidentifier)


@given(st.lists(WORDS | st.sampled_from(KEYWORDS.split()), unique=True))
def test_names_in_c_are_plain_and_each_is_one_symbols(symbols: list[str]) -> None:
    names = c_names(symbols)
    assert sorted(names) == sorted(symbols)
    assert len({*names.values()}) == len(names)
    for symbol, name in names.items():
        assert re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name)
        assert name not in KEYWORDS.split()
        if symbol.isascii() and symbol not in KEYWORDS.split() and not re.match("_[_A-Z]", symbol):
            assert name == symbol


# ---------------------------------------------------------------- whatever they say

TEXTS = st.text(" */\\?'\"\n\r\tab#\u202e\u2028\x1b\x0c", max_size=20) | st.text(max_size=9)


@settings(max_examples=15, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_no_documentation_ends_its_comment(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("documented")
    source = "".join(
        f"@asm_rv32\ndef f{number}(a):\n    {text.replace(chr(13), ' ')!r}\n    mv(a0, a)\n"
        for number, text in enumerate(texts)
    )
    text = header(assemble(source))
    compiled(text, folder)
    done = run("gcc", "-E", "-P", "-std=c99", "x.c", folder=folder)
    assert re.findall(r"f\d+\(.*\);", done.stdout.partition("f0(")[0] + done.stdout) == [
        f"f{number}(int32_t a);" for number in range(len(texts))
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('def f(a):\n    """One.\n\n      Two.\n    """\n    ret()\n', "One.\n\nTwo."),
        ("def f(a): 'one'; ret()\n", "one"),
        ("def f(\n    a, # '''\n):\n    # no\n\n    r'\\one' 'two'\n    ret()\n", "\\onetwo"),
        ("def f(a):\n    b'bytes'\n    ret()\n", ""),
        ("def f(a):\n    ret()\n    'late'\n", ""),
        ("def f(a):\n    ret()\n", ""),
        ("class A:\n  @asm_rv32\n  def f(a):\n    'inner'\n    ret()\n", "inner"),
    ],
)
def test_the_documentation_is_the_docstring(text: str, found: str) -> None:
    text = text if "@" in text else f"@asm_rv32\n{text}"
    [image] = assemble(text).functions.values()
    assert docstring(image.source, image.span) == found

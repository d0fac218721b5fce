"""What an imported function takes where others read it: through registers, tables and pointers."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import toolchain
from corpus.modules import module_of
from test_objects import GCC

from asm_rv32.basis.diagnostics import Source
from asm_rv32.importing.c_source import import_c
from asm_rv32.importing.gnu import Options, import_gnu
from asm_rv32.importing.objects import import_object

DISPATCH = """
typedef int (*operation)(int, int);
static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
static int neg(int a, int b) { return -a; }
static const operation table[] = {add, sub, neg};
static const struct mode { int number; const operation *table; } modes[] = {
    {1, table}, {2, table + 1},
};
static operation chosen = add, later;
int by_last(int a, int b, unsigned k) { return table[k % 3](a, b); }
int by_first(unsigned k, int a, int b) { return table[k % 3](a, b); }
int first_changed(int a, int b) { return table[a & 1](a * 2, b); }
int called(int a, int b) { return table[1](a, b) * 3; }
int in_modes(int a, int b, int m) { return modes[m].table[1](a, b) - 1; }
int by_variable(int a, int b) { return chosen(a, b); }
int by_variable_called(int a, int b) { return chosen(a, b) + 1; }
void choose(operation f) { later = f; }
int set_later(int a, int b) { choose(sub); return later(a, b); }
int outer(int a, int b) { return by_variable(a, b) ^ 1; }
int given(operation f, int a) { return f(a, 7); }
int none(void) { return outer(8, 3); }
"""
CALLS = {
    "by_last": (9, 5, 1), "by_first": (1, 9, 5), "first_changed": (9, 5), "called": (9, 5),
    "in_modes": (9, 5, 0), "by_variable": (9, 5), "by_variable_called": (9, 5), "outer": (9, 5),
    "set_later": (9, 5), "none": (),
}  # fmt: skip
EXPECTED = {
    "by_last": 4, "by_first": 4, "first_changed": 13, "called": 12, "in_modes": 3,
    "by_variable": 14, "by_variable_called": 15, "outer": 15, "set_later": 4, "none": 10,
}  # fmt: skip


def imported(kind: str, level: str, folder: Path, c: str = DISPATCH) -> str:
    """C as source of ours, by way of gcc, of assembly, of an object, or of a program."""
    (folder / "x.c").write_text(c)
    if kind == "c":
        return import_c(str(folder / "x.c"), Options("rv32imac"), [level, "-fno-inline"]).text
    given = {
        "source": ("-S",), "object": ("-c",),
        "program": ("-nostdlib", "-Wl,--entry=none,--emit-relocs", "-static"),
    }[kind]  # fmt: skip
    toolchain.run(*GCC, level, "-fno-inline", *given, "x.c", "-o", "made", folder=folder)
    if kind == "source":
        return import_gnu(Source("x.s", (folder / "made").read_text())).text
    return import_object("made", (folder / "made").read_bytes(), Options()).text


@pytest.mark.parametrize("level", ["-O1", "-O2", "-Os"])
@pytest.mark.parametrize("kind", ["c", "source", "object", "program"])
def test_what_goes_through_a_table_takes_what_its_functions_take(
    kind: str, level: str, tmp_path: Path
) -> None:
    ours = module_of(imported(kind, level, tmp_path), tmp_path / "ours.py")
    assert {name: getattr(ours, name)(*values) for name, values in CALLS.items()} == EXPECTED
    assert ours.given(ours.sub, 9) == 2


VARIADIC = """
#include <stdarg.h>
int sum(int count, ...) {
    va_list rest;
    va_start(rest, count);
    int found = 0;
    while (count--)
        found += va_arg(rest, int);
    va_end(rest);
    return found;
}
int user(int a) { return sum(2, a, 7) + 1; }
int none(void) { return sum(1, 5); }
"""


@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("kind", ["c", "source", "object"])
def test_what_calls_a_variadic_function_takes_what_it_passes_on(
    kind: str, level: str, tmp_path: Path
) -> None:
    ours = module_of(imported(kind, level, tmp_path, VARIADIC), tmp_path / "ours.py")
    assert ours.user(4) == 12 and ours.none() == 5
    assert ours.sum(3, 1, 2, 3, 0, 0, 0, 0) == 6


HEAD = ".globl f\n.type f, @function\nf: "
TWO = "two: add a0, a0, a1; ret\n.globl two\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("la a5, table; lw a5, (a5); jr a5\n" + TWO + ".data\ntable: .word two\n", 2),
        ("la t1, two; jr t1\n" + TWO, 2),
        ("la t1, two; jalr t1; li a0, 0; lw ra, (sp); ret\n" + TWO, 2),
        # Behind a call, no argument is the caller's.
        ("call other; la t1, two; jr t1\n" + TWO, 0),
        # Of a pointer from elsewhere, what sets up an argument sets up all.
        ("lw t1, (a0); jr t1\n" + TWO + ".data\n.word two\n", 2),
        ("lw t1, (a0); li a0, 1; jr t1\n" + TWO + ".data\n.word two\n", 1),
        ("lw t1, (a0); jr t1\n", 1),
        # A pointer to what is no function says nothing.
        ("la t1, x; lw t1, (t1); jr t1\n" + TWO + ".data\nx: .word 5\n", 0),
    ],
)
def test_what_goes_through_a_register_takes_what_may_be_there(text: str, count: int) -> None:
    listed = ", ".join(f"a{number}" for number in range(count))
    assert f"\ndef f({listed}):\n" in import_gnu(Source("x.s", HEAD + text)).text


@pytest.mark.parametrize(
    ("c", "count"),
    [
        ("int f(int a, int unused) { return a; }", 2),
        ("int f(int unused) { return 5; }", 1),
        ("int f(void) { return 5; }", 0),
        ("long long f(int a, long long unused) { return a; }", 3),
        ("int elsewhere(int, int); int f(int a, int b) { return elsewhere(a, b); }", 2),
        ("int (*hook)(int, int); int f(int a, int b) { return hook(a, b); }", 2),
        ("struct s { void (*go)(void *, int); }; void f(struct s *s, int n) { s->go(s, n); }", 2),
        ("void (*hook)(void); void f(void) { hook(); }", 0),
        ("struct s { int a, b, c; }; struct s f(struct s x) { return x; }", 2),
        # What cannot be compiled without the optimiser: what is read counts.
        ("#ifndef __OPTIMIZE__\n#error\n#endif\nint f(int a, int unused) { return ~a; }", 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("level", ["-O2", "-Os"])
def test_a_function_of_c_takes_what_it_declares(
    c: str, count: int, level: str, tmp_path: Path
) -> None:
    (tmp_path / "x.c").write_text(c + "\n")
    written = import_c(str(tmp_path / "x.c"), Options("rv32imc"), [level]).text
    listed = ", ".join(f"a{number}" for number in range(count))
    assert f"\ndef f({listed}):\n" in written

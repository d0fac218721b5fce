"""Python functions on terms: what Python computes, for integers of any size."""

from __future__ import annotations

import ast
from array import array
from typing import Any

import pytest
from corpus.kernels import EXAMPLES, WORD, module, some_bytes, some_words
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.words import OPERATIONS, RAISED, arity
from asm_rv32.machine.calling import float_bits, float_of
from asm_rv32.prove.functions import compare
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.prove.integers import Integers
from asm_rv32.prove.python import Python
from asm_rv32.prove.question import Twin
from asm_rv32.prove.terms import OF_FLOATS, Terms
from asm_rv32.prove.watch import watch


def twin(text: str, name: str = "f") -> Twin:
    return Twin(name, text)


SOME = AnyArray("I", 8)
RING = AnyArray("I", 5, (WORD, WORD, 2, WORD, WORD))
TWINS: list[tuple[str, str, list[Any]]] = [
    ("chacha20", "chacha20_block", [AnyArray("I", 16), AnyArray("I", 16)]),
    ("copy_memory", "copy_memory", [some_bytes(23), some_bytes(23), 23]),
    ("checksums", "adler32", [some_bytes(8), 8]),
    ("crc32", "crc32", [some_bytes(4), 4]),
    ("crc32", "crc32_table", [some_bytes(2), 2]),
    ("filters", "dot", [some_words(9), some_words(9), 9]),
    ("filters", "fir", [some_words(2), some_words(5), some_words(3), [2, 3]]),
    ("aes", "aes128_keys_zkne", [some_bytes(16), AnyArray("I", 44)]),
    ("gcd", "gcd", [AnyWord(0, 20), AnyWord(0, 20)]),
    ("interpreter", "find", [some_bytes(8), 2, 5]),
    ("interpreter", "interpret", [some_bytes(2), 2, some_words(8)]),
    ("ring", "put", [RING, WORD]),
    ("ring", "take", [RING, AnyArray("I", 1)]),
    ("ring", "post", [AnyArray("I", 1), WORD]),
    ("floats", "dot_float", [AnyArray("f", 3), AnyArray("f", 3), 3]),
    ("floats", "smooth", [AnyArray("f", 3), 3, WORD]),
    ("multiply", "fast_mul", [WORD, WORD]),
    ("multiply", "multiply_wide", [WORD, WORD, AnyArray("I", 2)]),
    ("reverse_bits", "reverse_bits", [WORD]),
    ("sums", "sum_words", [some_words(9), 9]),
    ("sums", "sum_bytes", [some_bytes(9), 9]),
    ("sort", "insertion_sort", [some_words(4), 4]),
    ("ws2812", "ws2812", [AnyArray("I", 4), some_bytes(4), 4]),
]


@pytest.mark.parametrize(("file", "name", "values"), TWINS, ids=[each[1] for each in TWINS])
def test_an_example_is_its_twin(file: str, name: str, values: list[Any]) -> None:
    from array import array

    values = [array("I", each) if isinstance(each, list) else each for each in values]
    image = module(file).functions[name]
    text = (EXAMPLES / f"{file}.py").read_text()
    found = compare(image, twin(text, f"{name}_python"), values, timeout=60)
    assert found.verdict == "equal", found


@pytest.mark.heavy
def test_sha256_is_its_twin() -> None:
    image = module("sha256").functions["sha256_block"]
    text = (EXAMPLES / "sha256.py").read_text()
    found = compare(image, twin(text, "sha256_block_python"), [SOME, some_bytes(64)], timeout=120)
    assert found.verdict == "equal", found


@pytest.mark.heavy
def test_aes_through_tables_is_its_twin() -> None:
    name = "aes128_encrypt"
    text = (EXAMPLES / "aes.py").read_text()
    values = [some_bytes(16), AnyArray("I", 44)]
    found = compare(module("aes").functions[name], twin(text, f"{name}_python"), values)
    assert found.verdict == "equal", found


# ---- integers


def arithmetic(depth: int) -> Any:
    """Text of an expression over the words a and b, the signed c and the small d."""
    leaf = st.one_of(st.sampled_from("abcd"), st.integers(-5, 2**33).map(str))
    if not depth:
        return leaf
    inner = arithmetic(depth - 1)
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "&", "|", "^"]), inner),
        st.tuples(inner, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner),
        st.tuples(inner, st.sampled_from(["<<", ">>"]), st.integers(0, 40).map(str)),
        st.tuples(st.sampled_from(["-", "~", "not "]), inner),
        st.tuples(inner, st.just(" if "), inner, st.just(" else "), inner),
        st.tuples(st.sampled_from("abcd"), st.just("*"), st.sampled_from("abcd")),
        st.tuples(inner, st.sampled_from(["//", "%"]), st.sampled_from(["8", "4096"])),
    ).map(lambda parts: f"({''.join(parts)})")


@given(arithmetic(3))
@settings(max_examples=150, deadline=None)
def test_arithmetic_is_that_of_python(text: str) -> None:
    """For all sampled inputs; 64 bits of the result, and its bounds."""
    terms = Terms()
    python = Python(ast.parse(f"def f(a, b, c, d):\n    return {text}\n"), terms, watch(60))
    numbers = Integers(terms)
    words = [terms.unknown(name) for name in "abc"] + [terms.unknown("d", 7)]
    given = [
        numbers.of_word(words[0]), numbers.of_word(words[1]), numbers.of_signed(words[2]),
        numbers.of_word(words[3]),
    ]  # fmt: skip
    found = python.run("f", given, {}).result
    for at in range(len(words[0].samples)):
        values = [each.samples[at] for each in words]
        values[2] = (values[2] ^ 1 << 31) - (1 << 31)
        # The text is ours: names, numbers and operators.
        wanted = int(eval(text, {}, dict(zip("abcd", values))))
        assert found.low <= wanted <= found.high
        assert found.word(0).samples[at] == wanted & 0xFFFFFFFF
        assert found.word(1).samples[at] == wanted >> 32 & 0xFFFFFFFF


# ---- statements, and what is not followed

PROGRAMS = {
    "a loop that data ends": "n = 0\n while n < 20 and a >> n & 1:\n  n += 1\n return n",
    "a return within loops": (
        "for i in range(4):\n  for k in range(3):\n   if a >> i + k & 1:\n    return 10 * i + k\n"
        " return 99"
    ),
    "names with types": "n: int = a & 7\n m: int\n m = n + K\n return m\nK: int = 5",
    "break and continue": (
        "s = 0\n for i in range(9):\n  if a >> i & 1:\n   continue\n  if i > 6:\n   break\n"
        "  s += i\n return s"
    ),
    "a list on both sides": (
        "x = [1, 2, 3]\n if a & 1:\n  x[a & 1] = a\n else:\n  x[0] = 7\n return x[0] ^ x[1]"
    ),
    "an index that is not known": "x = [5, 6, 7, 8]\n x[a & 3] += 1\n return x[a >> 2 & 3] + x[0]",
    "functions": "return g(a & 15) + sum(g(i) for i in range(3))\ndef g(x):\n return x * x + 1",
    "a generator": "return sum(g(a))\ndef g(x):\n for i in range(3):\n  yield x >> i & 3",
    "texts": "return int(''.join('10' if c == '1' else '01' for c in f'{a & 255:08b}'[::-1]), 2)",
    "builtins": (
        "x = sorted([a & 7, a >> 3 & 7, 3])\n"
        " return 100 * x[0] + 10 * max(x) + min(a & 3, abs(1 - x[1]))"
    ),
    "a generator in a generator": (
        "return sum(8 ** i * k for i in range(4) if i % 2 for k in (a & 7, i, a >> i & 7))"
    ),
    "an entry of a table": "x = bytes([1, 99, 7, 250])\n return x[a & 3] * 300 - x[a >> 4 & 3]",
    "an entry of a table of negative numbers": "x = (-3, 1 << 40, 7, -1)\n return x[a & 3] >> 4",
    "bytes that end somewhere": (
        "x = (a & 0x30103).to_bytes(4, 'little').rstrip(b'\\0\\1')\n"
        " known = [b'\\2', b'', b'\\0\\1\\3', b'\\3', b'\\0\\0\\2']\n"
        " return known.index(x) if x in known else 9"
    ),
    "slices whose bounds are not known": (
        "x = bytes([a & 255, 2, 3])[a >> 8 & 3:(a >> 10 & 7) - 3]\n"
        " return 1000 * len(x) + (x[0] if x else 7) + (x == b'\\2\\3')"
    ),
    "a function that is chosen": (
        "x = [1, 2]\n y = [g, h, len][a & 1](x)\n return 100 * x[0] + 10 * x[1] + y\n"
        "def g(x):\n x[0] = 7\n return 1\n"
        "def h(x):\n x[1] = 8\n return 2"
    ),
    "a range whose end is not known": (
        "s = 1\n for i in range(a & 7):\n  if a >> 8 + i & 1:\n   continue\n"
        "  if i > 5:\n   break\n  s = 3 * s + i\n return s"
    ),
    "ranges by steps, and backwards": (
        "return sum(10 ** i * k for i, k in enumerate(range(a & 3, 9 - (a >> 2 & 3), 3)))"
        " + 1000 * len(range(a >> 4 & 7, a >> 8 & 3, -2))"
    ),
    "a return out of it": ("for i in range(1, a & 7):\n  if a >> i & 1:\n   return i\n return -1"),
    "a list up to a place": (
        "x = [a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24]\n n = a >> 4 & 7\n y = x[:n]\n"
        " s = 0\n for i, k in enumerate(y):\n  s = 3 * s + i * k\n"
        " return s + 7 * max(list(reversed(x))) + len(y) + sum(y) + any(k & 1 for k in x[n:])"
        " + all(k & 2 for k in x[a & 1:n]) + (5 in y) + (y[0] + y[-1] if y else 99)"
    ),
    "what is sorted and exchanged up to a place": (
        "x = [a & 3, a >> 8 & 3, a >> 16 & 3, a >> 24 & 3]\n n = a >> 4 & 3\n"
        " x[:n] = x[:n][::-1]\n x[:n + 1] = sorted(x[:n + 1])\n"
        " return sum(k * 5 ** i for i, k in enumerate(x))"
    ),
    "a generator with a condition": (
        "y = [i for i in range(8) if a >> i & 1]\n s = 0\n for k in y:\n  s = 9 * s + k\n"
        " for k, m in zip(y, range(3, 6)):\n  s += k * m\n"
        " return s + (max(y) - min(y) if y else 50) + len(y)"
    ),
    "stars, and what is taken where there is nothing": (
        "x = [*range(3), a & 7, *b'ab']\n y = (*x, 1)[:a & 3]\n"
        " return max(y, default=50) + 100 * min(*x[1:], 9) + 1000 * min([], default=a & 1)"
    ),
    "texts of digits": (
        "x = f'{a:08x}' + f'{a >> 20:04X}'\n"
        " return x.count('a') + 10 * x.count('B') + 100 * bin(a >> 9).count('1')"
        " + 10000 * bin(a & 1).count('0') + (ord(x[3]) << 20)"
    ),
    "bits of a word": "return a.bit_length() + 100 * (a >> 3).bit_count()",
    "division of what may be negative": (
        "x = (a & 0xffff) - 40000\n y = (a >> 16 & 15) + 1\n"
        " return x // y * 3 + x % y + (-x) // 7 + x % 10 + abs(x) // 10"
    ),
    "bytes": "return int.from_bytes((a & 0xffff).to_bytes(3, 'big')[1:], 'little')",
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_a_program_gives_what_python_gives(what: str) -> None:
    text = f"def f(a):\n {PROGRAMS[what]}\n"
    terms = Terms()
    word = terms.unknown("a")
    found = Python(ast.parse(text), terms, watch(60)).run("f", [Integers(terms).of_word(word)], {})
    names: dict[str, Any] = {}
    exec(text, names)
    for value, result in zip(word.samples, found.result.word(0).samples):
        assert names["f"](value) & 0xFFFFFFFF == result, value


WORDS = st.integers(0, 2**32 - 1)


@given(WORDS, WORDS, WORDS, st.integers(0, 4))
def test_python_rounds_as_binary32_does(one: int, other: int, third: int, mode: int) -> None:
    """One sum, difference or product: in binary64, then in binary32; in any order."""
    a, b = float_of(one), float_of(other)
    for name, right, wide in (
        ("f32_add", other, a + b), ("f32_add", other ^ 1 << 31, a - b), ("f32_mul", other, a * b),
    ):  # fmt: skip
        if wide == wide:
            assert OPERATIONS[name](one, right, 0) == float_bits(wide)
    for name in OF_FLOATS:
        for each in (name, RAISED + name):
            compute, rest = OPERATIONS[each], {2: (), 3: (mode,), 4: (third, mode)}[arity(name)]
            assert compute(one, other, *rest) == compute(other, one, *rest)


FLOATS = """
def f(a, x):
    y = x[0] * x[1]
    x[1] = x[0] - 0.5
    x[0] = y
    return single(x[1]) if a & 1 else 2.0


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]
"""


def test_floats() -> None:
    body = """
        flw(ft0, 0(x))
        flw(ft1, 4(x))
        fmul_s(ft1, ft1, ft0)
        fsw(ft1, 0(x))
        li(t0, {})
        fmv_w_x(ft1, t0)
        fsub_s(ft0, ft0, ft1)
        fsw(ft0, 4(x))
        andi(a, a, 1)
        bnez(a, odd)
        lui(a0, 0x40000)
        ret()
        label(odd)
        fmv_x_w(a0, ft0)
        ret()
    """
    for half, verdict in ((0x3F000000, "equal"), (0x3F000001, "differs")):
        source = f"@asm_rv32(isa='rv32imfc')\ndef f(a, x) -> float:{body.format(half)}"
        image = assemble("\n".join(map(indented, source.splitlines()))).functions["f"]
        found = compare(image, twin(FLOATS), [WORD, AnyArray("f", 2)])
        assert found.verdict == verdict, found
    assert found.counterexample == [0, array("f", [0.0, 0.0])]


def indented(line: str) -> str:
    return f"    {line.strip()}" if line.startswith(" ") else line


LOST = {
    "return a / 2": "Div",
    "return open(a)": "the name open",
    "import os": "Import",
    "return [1, 2][a]": "index that may lie outside",
    "return a if a & 1 else x": "the name x",
    "while 1:\n  a += 1": "its time ran out|more than 4096 bits|steps",
    "return f(a)": "a recursion",
    "return max(i for i in range(9) if a >> i)": "what may be nothing",
    "return sum(range(a))": "a range of more than",
    "x = [1, 2]\n x[:a & 3] = [1]\n return 0": "a slice that changes a length",
    "x = [1, 2]\n x[a & 1:] = x[a & 1:]\n return 0": "does not begin at the head",
    "x = [1, 2]\n return x[:(a & 3) - 1]": "may be negative",
    "x = [1, 2][:a & 3]\n return x[0]": "index that may lie outside",
    "x = [1, 2][:a & 3]\n return x[1:][0]": "a slice of a sequence whose length is not known",
    "return b''.join(b'ab' for i in range(a & 3))": "whose length is not known",
    "return max(range(a & 3), key=a)": "a call of max with keywords",
    "return [*range(a & 3)]": "whose length is not known",
    "return (-a).bit_length()": "bit_length but of a word",
    "return [b'a', b'b'].index(b'ab'[a:])": "bounds are not known",
    "return [b'a', b'b'].index(b'ab'[a & 1:])": "may not be there",
    "return [1, 2, 3][a & 1:]": "no integer, and no number of binary32",
    "return 0.5 + 0.25": "no integer, and no number of binary32",
    "return [0.1]": "no number of binary32",
    "return 0.5 + 0.25 + 1.0": "the operator Add of these",
    "import struct\n return struct.pack('>f', 1.0)": "Import",
    "return struct.pack('>f', 1.0)": "the format '<f'",
    "return [7, 8].index(a)": "may not be there",
    "return 1 << a": "a shift by a number",
    "try:\n  return 1\n finally:\n  pass": "Try",
}


@pytest.mark.parametrize("body", LOST)
def test_what_is_not_followed_is_named(body: str) -> None:
    image = module("reverse_bits").functions["reverse_bits"]
    found = compare(image, twin(f"def f(a):\n {body}\n"), [WORD], timeout=3)
    assert found.verdict == "undecided", found
    assert any(each in (found.reason or "") for each in LOST[body].split("|")), found


def test_a_counterexample_against_python() -> None:
    image = module("reverse_bits").functions["reverse_bits"]
    text = "def f(a):\n return int(f'{a & 0xffffffff:032b}'[::-1], 2) ^ (a == 77)\n"
    found = compare(image, twin(text), [WORD])
    assert (found.verdict, found.counterexample) == ("differs", [77])

"""A call's text: the values it stands for, and what is refused, without executing anything."""

from __future__ import annotations

import warnings
from array import array

import pytest

from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import USAGE, CommandError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("f()", []),
        (" m.f(1, -2, True, None) ", [1, -2, True, None]),
        ("f(1.5, 'text', b'bytes')", [1.5, "text", b"bytes"]),
        ("f(1 << 31, 3 * 4, 'ab' * 2, 2 * [0], (1,) * 2)", [1 << 31, 12, "abab", [0, 0], (1, 1)]),
        ("f(bytearray(2), bytes(b'ab'))", [bytearray(2), b"ab"]),
        ("f(bytearray('é', 'utf-8'))", [bytearray(b"\xc3\xa9")]),
        ("f(array('i', [1, 2]))", [array("i", [1, 2])]),
        ("f(array.array('H', range(3)))", [array("H", [0, 1, 2])]),
        ("f([range(1, 7, 2), (b'x',)])", [[[1, 3, 5], (b"x",)]]),
    ],
)  # fmt: skip
def test_values(text: str, values: list[object]) -> None:
    assert parse_call(text).arguments == values


@pytest.mark.parametrize(
    "text",
    [
        "", "f", "f(", "1(2)", "f(x)", "f(x=1)", "f(*[1])", "f()()", "f(open('x'))",
        "f(bytearray(-1))",
        "f(bytearray('x', 'no such encoding'))", "f(bytes('x', 'hex'))", "f(bytearray(1, 2, 3))",
        "f(array('q q'))", "f(array('b', [1000]))", "f(range(1, 2, 0))", "f(range(1 << 64))",
        "f(1 << 65)", "f([0] * 'x')", "f('\\ud800\\N{no such name}')", "f(2 ** 99)", "f(\0)",
        "a" + ".a" * 100_000 + "()", "f(" + "[" * 1000 + "]" * 1000 + ")", "f(" + "-" * 5000 + "1)",
        "f(" + "9" * 10_000 + ")", "f(" + "2*" * 5000 + "2)",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_call(text)
    assert caught.value.status == USAGE


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("x", "x"), ("a.b", "a.b"), ("1 + 2", "1 + 2"), ("1 << 65", "1 << 65"), ("-x", "-x"),
        ("[1, x]", "x"), ("2 * (x,)", "x"), ("bytearray(n)", "n"), ("array('i', [y])", "y"),
        ("x[0]", "x[0]"), ("lambda: 0", "lambda: 0"), ("f'{x}'", "f'{x}'"), ("-'a'", "-'a'"),
        ("x if y else z", "x if y else z"), ("open('x')", "open(...)"), ("{x: 1}", "{x: 1}"),
        ("[i for i in x]", "[i for i in x]"), ("...", "..."), ("{1: 2}", "{1: 2}"), ("{1}", "{1}"),
        ("1 + 2j", "1 + 2j"),
    ],
)  # fmt: skip
def test_what_cannot_stand_in_a_call_is_named_as_it_was_written(argument: str, shown: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_call(f"f({argument})")
    assert f": {shown} cannot stand in a call; an argument is" in str(caught.value)


def test_python_s_warnings_are_not_shown() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_call(r"f('\d')").arguments == [r"\d"]

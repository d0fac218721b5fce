"""Diagnostics: their place to the character, their order, their number, and how they are shown."""

from __future__ import annotations

import json
import pickle
import random

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import (
    CODES,
    DIAGNOSTIC_LIMIT,
    ERROR_LIMIT,
    AssemblyError,
    Diagnostic,
    Source,
    Span,
    did_you_mean,
)

HEAD = "@asm_rv32\ndef f():\n"


def error_of(text: str, **options: str) -> AssemblyError:
    with pytest.raises(AssemblyError) as caught:
        assemble(text, path="file.py", **options)  # type: ignore[arg-type]
    return caught.value


def test_codes_are_kebab_case_and_explained() -> None:
    for code, meaning in CODES.items():
        assert code == code.lower() and code.replace("-", "").isalpha()
        assert meaning


@pytest.mark.parametrize(
    ("statement", "marked"),
    [
        ("addi(a0, a0, 4096)", "4096"),
        ("addi(a0, a0, 4096 + 1)", "4096 + 1"),
        ("addi( a0 ,a0, (4096) )", "(4096)"),
        ("lw(a0, 4096(a1))", "4096"),
        ("lw(a0, 4(f1))", "f1"),
        ("add(a0, a0, a1, a2, 4)", "a2, 4"),
        ("c.add(a0, a1)", "c.add"),
        ("addi(a0, a0, %lo(here))", "%lo(here)"),
        ("lw(a0, -(4096)(a1))", "-(4096)(a1)"),
        ("add(a0, a1)", "add(a0, a1)"),
        ("nonsense(a0)", "nonsense"),
        ("nop(); addi(a0, a0, 5000); ret()", "5000"),
        ("data(1, 'é', 256)", "256"),
        ("j(nowhere)", "nowhere"),
        ("li(a0, 1 + 2 // 0)", "2 // 0"),
        ("li(a0, '''é\n ''' + 1)", "'''é"),
        ("add(a0,\n     a0,\n   4)", "4"),
        ("x = nothing + 1", "nothing"),
        ("label(a0)", "a0"),
        ("def g(): nop()", "def"),
        ("else: nop()", "else"),
        ("elif a0: nop()", "elif"),
        ("@staticmethod", "@"),
        ("for i in 4: nop()", "4"),
        ("for a0 in range(2): nop()", "a0"),
        ("while a0: nop()", "while"),
    ],
)
@pytest.mark.parametrize("indent", [" ", "\t", "        ", " \t "])
def test_the_caret_stands_under_what_is_wrong(statement: str, marked: str, indent: str) -> None:
    text = HEAD + indent + statement + "\n"
    error = error_of(text)
    (found,) = error.diagnostics
    assert text[found.span.start : found.span.end].partition("\n")[0] == marked
    assert text.rindex(marked) == found.span.start
    line, column = error.source.locate(found.span.start)
    shown = error.render().splitlines()
    assert shown[0].startswith(f"file.py:{line}:{column}: error[{found.code}]: ")
    excerpt, caret = shown[1], shown[2]
    assert excerpt == f"{line:5d} | {text.splitlines()[line - 1]}"
    # A tab stands above a tab, so positions in the two lines are the same.
    start = caret.index("^")
    assert excerpt[start : caret.rindex("^") + 1] == marked
    assert caret[:start].replace("|", "").strip() == ""


def test_half_of_a_surrogate_pair_is_refused() -> None:
    """No output could hold it."""
    (found,) = error_of(HEAD + " nop()  # \udcff\n").diagnostics
    assert (found.code, found.span) == ("encoding", Span(len(HEAD) + 10, len(HEAD) + 11))


def test_as_a_syntax_error_it_names_file_line_and_column() -> None:
    error = error_of(HEAD + " nop()\n addi(a0, a0, 4096)\n nonsense()\n")
    assert isinstance(error, SyntaxError)
    assert (error.filename, error.lineno, error.offset) == ("file.py", 4, 15)
    assert (error.end_lineno, error.end_offset) == (4, 19)
    assert error.text == " addi(a0, a0, 4096)\n"
    assert error.msg == ("[immediate-range] 'addi' takes -2048..2047 here, got 4096 (and 1 more)")
    assert error.__notes__ == ["help: li(t0, 4096); add(a0, a0, t0)"]


def test_all_mistakes_of_all_functions_come_in_order_of_the_source() -> None:
    choice = random.Random(30)
    wrong = (
        "addi(a0, a0, 4096)", "nonsense()", "add(a0)", "j(nowhere)", "li(a0, 1//0)",
        "while 1: nop()", "c_mv(a0, zero)", "x = y", "label(a0)", "data(9, 1)", "if z: nop()",
    )  # fmt: skip
    text, expected = "", []
    for number in range(20):
        text += f"@asm_rv32\ndef f{number}():\n"
        for _ in range(8):
            bad = choice.random() < 0.4
            if bad:
                expected.append(text.count("\n") + 1)
            text += f" {choice.choice(wrong) if bad else 'nop()'}\n"
    error = error_of(text)
    assert [error.source.locate(d.span.start)[0] for d in error.diagnostics] == expected


@pytest.mark.parametrize("compress", [True, False])
def test_layout_mistakes_of_one_function_come_with_others_mistakes(compress: bool) -> None:
    text = HEAD + " c_j(there)\n space(5000)\n label(there)\n"
    text += "@asm_rv32\ndef g():\n nonsense()\n"
    with pytest.raises(AssemblyError) as caught:
        assemble(text, compress=compress)
    assert [found.code for found in caught.value.diagnostics] == [
        "target-range",
        "unknown-mnemonic",
    ]


def test_so_many_are_shown_and_the_rest_counted() -> None:
    error = error_of(HEAD + " nonsense()\n" * (DIAGNOSTIC_LIMIT + 20))
    assert len(error.diagnostics) == DIAGNOSTIC_LIMIT + 20
    shown = error.render().splitlines()
    assert sum("error[" in line for line in shown) == DIAGNOSTIC_LIMIT
    assert shown[-1] == "file.py: 20 more not shown"


def test_reading_stops_where_too_much_is_wrong() -> None:
    error = error_of(HEAD + " 4 4\n" * (2 * ERROR_LIMIT))
    assert len(error.diagnostics) <= ERROR_LIMIT + 1
    assert "too-many-errors" in [found.code for found in error.diagnostics]


def test_a_loops_mistake_is_reported_once() -> None:
    error = error_of(HEAD + " for i in range(50):\n  addi(a0, a0, 4096)\n  nop()\n  li(a0, 1//0)\n")
    lines = [error.source.locate(found.span.start)[0] for found in error.diagnostics]
    assert lines == [4, 6]


def test_as_data_it_is_plain_and_complete() -> None:
    error = error_of(HEAD + " addi(a0, a0, 4096)\n")
    (found,) = error.diagnostics
    assert json.loads(json.dumps(found.as_dict(error.source))) == {
        "path": "file.py", "line": 3, "column": 15, "end_line": 3, "end_column": 19,
        "severity": "error", "code": "immediate-range",
        "message": "'addi' takes -2048..2047 here, got 4096",
        "notes": ["help: li(t0, 4096); add(a0, a0, t0)"],
    }  # fmt: skip


def test_it_survives_pickling() -> None:
    error = error_of(HEAD + " addi(a0, a0, 4096)\n nonsense()\n")
    again = pickle.loads(pickle.dumps(error))
    assert again.render() == error.render()
    assert str(again) == str(error)


def test_a_long_line_is_shown_around_the_caret() -> None:
    error = error_of(HEAD + " " + "nop(); " * 100 + "addi(a0, a0, 4096); " + "nop(); " * 100 + "\n")
    _, excerpt, caret = error.render().splitlines()[:3]
    assert len(excerpt) < 200
    assert excerpt[caret.index("^") : caret.rindex("^") + 1] == "4096"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_do_not_shift_places(newline: str) -> None:
    text = (HEAD + " nop()\n addi(a0, a0, 4096)\n").replace("\n", newline)
    error = error_of(text)
    assert (error.lineno, error.offset) == (4, 15)
    assert "\r" not in error.render()


def test_places_of_any_offset_are_found() -> None:
    source = Source("x", "ab\n\ncd\r\n\n")
    assert [source.locate(at) for at in range(10)] == [
        (1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 2), (3, 3), (3, 4), (4, 1), (5, 1),
    ]  # fmt: skip
    assert [source.line(number) for number in range(7)] == ["", "ab", "", "cd", "", "", ""]


def test_a_diagnostic_at_the_end_of_an_empty_source_is_shown() -> None:
    found = Diagnostic("no-function", "nothing is here", Span(0, 0))
    assert found.render(Source("x", "")) == "x:1:1: error[no-function]: nothing is here"


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("adi", ["addi", "andi", "xor"], "help: did you mean 'addi' or 'andi'?"),
        ("ad", ["la", "j", "addi", "add"], "help: did you mean 'add', 'addi' or 'la'?"),
        ("nowhere", ["somewhere", "here", "loop"], "help: did you mean 'here' or 'somewhere'?"),
        ("x", ["y"], None),
        ("zzz", ["addi"], None),
        ("", ["addi"], None),
        ("x" * 100_000, ["x" * 100_000], None),
    ],
)
def test_near_words(word: str, known: list[str], expected: str | None) -> None:
    found = did_you_mean(word, known)
    assert found == ((expected,) if expected else ())

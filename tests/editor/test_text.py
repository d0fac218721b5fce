"""What an editor is told of a text, by the functions that need no server."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from asm_rv32 import assemble
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.editor import navigation
from asm_rv32.editor.completion import completions
from asm_rv32.editor.document import Document, Project
from asm_rv32.editor.elsewhere import elsewhere
from asm_rv32.editor.hints import hints, lenses
from asm_rv32.editor.hover import hover, signatures
from asm_rv32.editor.mends import difference, mends
from asm_rv32.editor.navigation import CannotRename
from asm_rv32.editor.positions import Position, offset_of, position
from asm_rv32.editor.settings import shown
from asm_rv32.editor.spelling import CHECKED, PLAIN, findings, respelled
from asm_rv32.editor.stubs import TYPES
from asm_rv32.editor.vocabulary import directives
from asm_rv32.isa.tables import DIRECTIVES

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXT = '''"""A file with "𝕏" in it."""
from asm_rv32 import asm_data, asm_macro, asm_rv32
LIMIT = 40


@asm_macro
def bump(reg, by):
    addi(reg, reg, by)


@asm_data
def rows():
    label(first)
    data(4, 1, 2)


@asm_rv32
def count(words, n):
    """Counts."""
    total = t0
    li(total, LIMIT)
    la(a5, rows.first)
    label(again)
    lw(t1, 4(words))  # 𝕏
    bump(total, 1)
    addi(n, n, -1); bnez(n, again)
    mv(a0, total)


@asm_rv32
def other(n):
    label(again)
    addi(n, n, -1)
    bnez(n, again)
    tail(count)


def run():
    count = 3
    return count


print(count([1], 2))
'''
DOCUMENT = Document("counting.py", TEXT, Project(core="hazard3"))


def at(words: str, more: int = 0) -> int:
    """The offset of the first place of some words."""
    return TEXT.index(words) + more


def told(words: str, more: int = 0) -> str:
    found = hover(DOCUMENT, at(words, more))
    return "" if found is None else found.text


def test_nothing_is_wrong_with_the_text() -> None:
    assert DOCUMENT.diagnostics == ()


@pytest.mark.parametrize(
    ("words", "more", "part"),
    [
        ("lw(t1", 0, "`rd = load32(rs1 + imm12)`"),
        ("lw(t1", 0, "1 cycle on hazard3"),
        ("lw(t1", 0, "shortened to c_lw, c_lwsp"),
        ("t1, 4", 0, "t1 = x6: a temporary, which a call may change"),
        ("total, 1)", 0, "total = t0"),
        ("again)\n    lw", 0, "label at 0xc in count"),
        ("again); ", 0, ""),
        ("bump(total", 0, "bump(reg, by)"),
        ("label(again)", 0, "label(name)"),
        ("LIMIT)", 0, "LIMIT = 40"),
        ("first)\n    label", 0, "label(first)"),
        ("count(words", 0, "Counts."),
        ("tail(count)", 5, "count(words, n)"),
        ("def run", 4, ""),
    ],
)
def test_a_word_is_told(words: str, more: int, part: str) -> None:
    if words in TEXT:
        assert part in told(words, more)
        assert part or not told(words, more)


def test_completion_knows_the_place() -> None:
    text = TEXT.replace(
        "    mv(a0, total)\n", "    mv(a0, total)\n    b\n    bnez(n, \n    csrr(a0, \n    fence(\n"
    )
    document = Document("counting.py", text)
    start = text.index("    b\n") + 5
    words = {each.word for each in completions(document, start)}
    assert {"bnez", "label", "bump", "c_addi"} <= words
    assert "again" not in words and "t0" not in words
    targets = completions(document, text.index("bnez(n, \n") + 8)
    assert {each.word for each in targets if each.fits} >= {"again", "count"}
    fitting = {each.word for each in targets if each.fits}
    assert "t0" not in fitting
    assert "bump" not in fitting, "a macro is no place"
    registers = completions(document, text.index("csrr(a0") + 5)
    assert {"t0", "total", "n", "words"} <= {each.word for each in registers if each.fits}
    assert "mcycle" in {each.word for each in completions(document, text.index("csrr(a0") + 9)}
    ordered = completions(document, text.index("fence(") + 6)
    assert {"r", "rw", "iorw"} <= {each.word for each in ordered if each.fits}
    assert completions(document, text.index("def run") + 12) == []


def test_signatures_name_the_operand() -> None:
    found = signatures(DOCUMENT, at("4(words)"))
    assert found is not None
    assert found.operand == 1
    assert found.forms[found.chosen][0] == "lw(rd, imm12(rs1))"
    assert signatures(DOCUMENT, at("print(")) is None


def test_a_label_is_renamed_where_it_is_meant() -> None:
    label = at("again)\n    lw")
    places = navigation.renamed(DOCUMENT, label, "more")
    assert [TEXT[slice(*span)] for span in places] == ["again", "again"]
    assert all(TEXT.index("def count") < span.start < TEXT.index("def other") for span in places)
    assert navigation.definition(DOCUMENT, at("again)\n    mv")) == places[0]


def test_a_function_is_renamed_in_python_too_but_not_what_hides_it() -> None:
    places = navigation.renamed(DOCUMENT, at("count(words"), "counted")
    changed = TEXT
    for span in reversed(places):
        changed = changed[: span.start] + "counted" + changed[span.end :]
    assert "tail(counted)" in changed
    assert "print(counted(" in changed
    assert "count = 3\n    return count\n" in changed
    assert assemble(changed).functions.keys() == {"counted", "other"}


def test_a_label_of_data_is_renamed_in_functions() -> None:
    places = navigation.renamed(DOCUMENT, at("first"), "one")
    assert len(places) == 2


@pytest.mark.parametrize("name", ["t0", "lw", "1x", "for", "rows", "other"])
def test_what_is_no_free_name_is_refused(name: str) -> None:
    with pytest.raises(CannotRename):
        navigation.renamed(DOCUMENT, at("count(words"), name)


def test_symbols_hints_and_lenses() -> None:
    assert [each.block.name for each in navigation.symbols(DOCUMENT)] == [
        "bump", "rows", "count", "other",
    ]  # fmt: skip
    whole = list(hints(DOCUMENT, Span(0, len(TEXT))))
    texts = [each.text() for each in whole]
    image = DOCUMENT.images["count"]
    own = [each for each in image.entries if each.address < image.parts[0].size]
    assert b"".join(each.data for each in whole).startswith(image.code[: own[-1].address])
    assert texts[0] == "0:  93 02 80 02  1 cycle"
    assert whole[0].text(("bytes",)) == "93 02 80 02"
    assert [each.call for each in lenses(DOCUMENT)] == ["count(words, n)", "other(n)"]


def test_mends_are_those_of_the_notes_and_of_lint() -> None:
    wrong = (
        "@asm_rv32\ndef f(a, b):\n    addi(a0, a, 4096)\n    bneq(a0, b, again)\n    label(agin)\n"
    )
    found = list(mends(Document("f.py", wrong), Span(0, len(wrong))))
    edited = wrong
    for each in (next(each for each in found if each.text == "bne"), found[0]):
        edited = edited[: each.span.start] + each.text + edited[each.span.end :]
    assert "    li(t0, 4096)\n    add(a0, a, t0)\n    bne(a0" in edited
    lost = "@asm_rv32\ndef f(a):\n    label(again)\n    j(agin)\n"
    assert [each.text for each in mends(Document("f.py", lost), Span(0, len(lost)))] == ["again"]
    clobbers = "@asm_rv32\ndef f(a):\n    mv(s0, a)\n    add(a0, s0, s0)\n"
    (mend,) = mends(Document("f.py", clobbers), Span(0, len(clobbers)))
    assert mend.codes == ("saved-register",)
    mended = clobbers[: mend.span.start] + mend.text + clobbers[mend.span.end :]
    assert Document("f.py", mended).diagnostics == ()


def test_other_functions_are_told_beside_a_wrong_one() -> None:
    text = TEXT.replace("mv(a0, total)", "mv(a0, )").replace("tail(count)", "ret()")
    document = Document("counting.py", text)
    assert [each.severity for each in document.diagnostics][:1] == ["error"]
    assert "other" in document.images and "count" not in document.images
    assert [(each.text[:19], each.call) for each in lenses(document)] == [
        ("no code: 1 mistake", ""), ("6 bytes, 3 instruct", "other(n)"),
    ]  # fmt: skip
    needing = Document("counting.py", TEXT.replace("mv(a0, total)", "mv(a0, )"))
    assert [*lenses(needing)][1].text == "no code: what it needs has a mistake"


@given(some.text("a\n\r\té𝕏\x0c\u2028", max_size=30), some.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_places_go_there_and_back(text: str, at: int) -> None:
    source = Source("text", text)
    at = min(at, len(text))
    for encoding, width in (("utf-8", 1), ("utf-16", 2), ("utf-32", 4)):
        place = position(source, at, encoding)
        start = source.line_starts[place.line]
        name = encoding if width == 1 else f"{encoding}-le"
        assert place.column * width == len(text[start:at].encode(name))
        if "\r" not in text:
            assert offset_of(source, place, encoding) == at
    assert offset_of(source, Position(10**6, 0)) == len(text)


@given(some.text("ab", max_size=8), some.text("ab", max_size=8))
@settings(max_examples=50, deadline=None)
def test_a_difference_is_an_edit(before: str, after: str) -> None:
    span, text = difference(before, after)
    assert before[: span.start] + text + before[span.end :] == after


def test_settings_choose_what_is_shown() -> None:
    assert shown({"inlayHints": False}).hints == ()
    assert shown({"asmrv32": {"inlayHints": {"bytes": False}}}).hints == ("address", "cycles")
    assert shown({"codeLenses": {"run": True}}) == shown(None)._replace(run=True)
    assert shown([1, {}]) == shown({"inlayHints": 3})


@pytest.mark.parametrize("name", ["crc32", "interpreter", "copy_memory"])
def test_both_spellings_are_the_same_code(name: str) -> None:
    text = (EXAMPLES / f"{name}.py").read_text()
    checked = respelled(Source(name, text), CHECKED)
    plain = respelled(Source(name, checked), PLAIN)
    assert checked == text  # as examples are written
    imported = plain.partition("from asm_rv32.words import ")[2].partition("\n")[0]
    assert set(imported.split(", ")) <= {*TYPES, ""}  # of annotations
    images = [assemble(each, path=str(EXAMPLES / f"{name}.py")).functions
              for each in (text, checked, plain)]  # fmt: skip
    assert len({tuple(image.code for image in each.values()) for each in images}) == 1
    assert findings(Source(name, plain), CHECKED) and not findings(Source(name, plain), PLAIN)
    assert respelled(Source(name, checked), CHECKED) == checked


PLAIN_TEXT = """\
import sys


@micropython.asm_rv32
def case(a) -> uint:
    li(a0, 'A' + 1)
    li(t0, end - case + 4)
    lui(t1, hi(end))
    data(4, table - end, len(NAMES))
    label(end)  # here


@asm_macro
def step(to: Register, n: int) -> None:
    addi(to, to, n)


@asm_rv32
def leaves(a) -> int:
    j(end)
    label(end)
    li(a0, 3); jr(ra)
"""
CHECKED_TEXT = """\
import sys

from asm_rv32 import asm_macro, asm_rv32, micropython, uint
from asm_rv32.words import (
    Register,
    a0,
    addi,
    address_of,
    data,
    hi,
    j,
    jr,
    label,
    li,
    lui,
    ra,
    ret,
    t0,
    t1,
)


@micropython.asm_rv32
def case(a) -> uint:
    li(a0, ord('A') + 1)
    li(t0, address_of("end") - address_of(case) + 4)
    lui(t1, hi("end"))
    data(4, table - address_of("end"), len(NAMES))
    label("end")  # here
    ret()


@asm_macro
def step(to: Register, n: int) -> None:
    addi(to, to, n)


@asm_rv32
def leaves(a) -> int:
    j("end")
    label("end")
    li(a0, 3); jr(ra)
"""


def test_a_file_is_respelt_with_its_imports_sums_and_returns() -> None:
    checked = respelled(Source("f.py", PLAIN_TEXT), CHECKED)
    assert checked == CHECKED_TEXT
    assert respelled(Source("f.py", checked), CHECKED) == checked
    plain = respelled(Source("f.py", checked), PLAIN)
    assert "from asm_rv32.words import Register\n\n" in plain
    assert "li(t0, end - case + 4)" in plain and "hi(end)" in plain and "table - end" in plain
    own = checked.replace("asm_rv32.words", "asm_words").replace(
        "    ret()", "    mine(a0)\n    ret()"
    )
    assert "    mine,\n" in respelled(Source("f.py", own), CHECKED)


@pytest.mark.parametrize("module", ["asm_rv32", "micropython"])
def test_a_const_that_the_file_imports_stays_its_own(module: str) -> None:
    body = "\n\nN = const(4)\n\n\n@asm_rv32\ndef f():\n    li(a0, const(5))\n"
    text = f"from {module} import const{body}"
    assert "from asm_rv32.words import a0, li\n" in respelled(Source("f.py", text), CHECKED)


def test_definitions_in_other_files(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    files = {
        "main.py": "import math\nfrom chip import GPIO as PINS, turn, missing\nimport chip\n"
        "from parts import pulse as beat\nfrom parts.pulse import wait\n\n\n@asm_rv32\ndef f(a):\n"
        "    li(t0, PINS)\n    turn(a)\n    wait()\n    li(t0, beat.COUNT)\n    call(chip.go)\n"
        "    li(t1, missing)\n    li(t2, math.pi)\n",
        "chip.py": "from parts.pulse import wait as turn\n\nGPIO = 4\n\n\n@asm_rv32\ndef go():\n"
        "    nop()\n",
        "parts/pulse.py": "COUNT = 2\n\n\n@asm_macro\ndef wait():\n    nop()\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    document = Document(str(tmp_path / "main.py"), files["main.py"])

    def found(words: str, more: int = 0) -> tuple[str, str] | None:
        there = elsewhere(document, document.text.index(words) + more)
        if there is None:
            return None
        text = there.document.text
        line = text[there.span.start :].partition("\n")[0]
        return str(Path(there.document.source.path).relative_to(tmp_path)), line

    assert found("PINS)") == found("GPIO as PINS", 9) == ("chip.py", "GPIO = 4")
    assert found("turn(a)") == found("wait()") == ("parts/pulse.py", "wait():")
    assert found("COUNT") == ("parts/pulse.py", "COUNT = 2")
    assert found("go)") == ("chip.py", "go():")
    assert found("chip.go") == ("chip.py", files["chip.py"].partition("\n")[0])
    assert found("beat.COUNT") == ("parts/pulse.py", "COUNT = 2")
    assert found("missing)") is found("pi)") is found("a):") is found("t0, PINS") is None


def test_every_directive_is_told() -> None:
    assert set(directives()) == set(DIRECTIVES)

"""What hardly any function has, one by one: what is followed of it, said of it, and mended."""

from __future__ import annotations

import pytest

from asm_rv32 import assemble
from asm_rv32.analysis.flow import control_flow
from asm_rv32.analysis.lint import lint
from asm_rv32.analysis.lint.fix import mend
from asm_rv32.isa.image import Image
from asm_rv32.machine.emulator import run


def function(*lines: str, head: str = "f(a, b)", options: str = "") -> Image:
    body = "".join(f"    {line}\n" for line in lines)
    return assemble(f"@asm_rv32{options}\ndef {head}:\n{body}").functions["f"]


def codes(image: Image) -> list[str]:
    return [each.code for each in lint(image)]


TWO_WAYS = ("beqz(a, one)", "li(a0, 9)", "ret()", "label(one)")


@pytest.mark.parametrize(
    ("words", "addresses", "results"),
    [
        # Two branches to one place, which is looked at once: beqz a0, .+12; bnez a1, .+8; ret;
        # li a0, 5; ret.
        ((0x00050663, 0x00059463, 0x00008067, 0x00500513, 0x00008067), 5, (5, 5)),
        # j .+12; two words of data; li a0, 7; ret.
        ((0x00C0006F, 0xFFFFFFFF, 0xFFFFFFFF, 0x00700513, 0x00008067), (0, 12, 16), (7, 7)),
        # j .+8; a word of data; j .+8; a word of data; li a0, 6; ret.
        ((0x0080006F, 0xFFFFFFFF, 0x0080006F, 0xFFFFFFFF, 0x00600513, 0x00008067), (0, 8, 16, 20),
         (6, 6)),
    ],
)  # fmt: skip
def test_words_that_lead_to_words_are_code(
    words: tuple[int, ...], addresses: int | tuple[int, ...], results: tuple[int, int]
) -> None:
    made = function(*TWO_WAYS, f"data(4, {', '.join(map(hex, words))})", options="(compress=False)")
    places = range(0, 4 * addresses, 4) if isinstance(addresses, int) else addresses
    nodes = [node.address for node in control_flow(made).nodes]
    assert nodes == [0, 4, 8, *(12 + place for place in places)]
    assert tuple(run(made, (0, other)).word for other in (0, 1)) == results


def test_nothing_is_said_of_what_its_isa_does_not_have() -> None:
    made = function("mul(s0, a, b)")
    assert codes(made) == ["saved-register"]
    assert control_flow(made._replace(isa="rv32ic")).undecoded
    assert codes(made._replace(isa="rv32ic")) == []


LOOPS = [
    # One within another is said alone, and of one that calls or jumps anywhere nothing.
    (("label(o)", "nop()", "label(i)", "beqz(a, i)", "beqz(b, o)"), ["beqz(b, o)"]),
    (("label(o)", "addi(b, b, -1)", "label(i)", "beqz(a, i)", "beqz(b, o)"), ["beqz(a, i)"]),
    (("label(i)", "beqz(a, i)"), ["beqz(a, i)"]),
    (("label(o)", "beqz(a, o)", "label(i)", "beqz(b, i)"), ["beqz(a, o)", "beqz(b, i)"]),
    (("mv(t3, ra)", "label(x)", "jal(leaf)", "bnez(b, x)", "mv(ra, t3)", "ret()", "label(leaf)",
      "ret()"), []),
    (("la(t0, x)", "label(x)", "nop()", "beqz(a, x)", "jr(t0)"), ["beqz(a, x)"]),
    (("la(t0, x)", "label(x)", "jr(t0)"), []),
    (("label(x)", "addi(a, a, -1)", "bnez(a, x)"), []),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "blamed"), LOOPS)
def test_which_loop_waits_for_nothing(lines: tuple[str, ...], blamed: list[str]) -> None:
    made = function(*lines)
    text = made.source.text
    found = [each for each in lint(made) if each.code == "endless-loop"]
    assert sorted(text[each.span.start : each.span.end] for each in found) == sorted(blamed)


def test_a_handler_that_goes_on_elsewhere_leaves_registers_as_they_are_there() -> None:
    switched = ("lw(sp, 0(gp))", "lw(t0, 0(sp))", "lw(s0, 4(sp))", "addi(sp, sp, 16)")
    assert codes(function(*switched, head="f()", options="(interrupt=True)")) == []
    kept = ("lw(t0, 0(gp))", "lw(s0, 4(gp))")
    found = lint(function(*kept, head="f()", options="(interrupt=True)"))
    assert {each.code for each in found} == {"interrupted-register"}


@pytest.mark.parametrize(
    ("word", "is_odd"), [(0x7FFF_FFFF, True), (0x7FFF_FFFE, True), (0xF, False)]
)
def test_what_is_computed_of_known_words_is_known(word: int, is_odd: bool) -> None:
    """An address of so many ones as the word has."""
    lines = (f"li(t0, {word})", "cpop(t1, t0)", "lw(a0, 0(t1))")
    found = codes(function(*lines, options="(isa='rv32imc_zbb')"))
    assert found == ["misaligned-address"] * is_odd
    counted = (f"li(t0, {word})", "cpop(t1, t0)", "andi(t2, t1, 3)", "bnez(t2, on)",
               "lw(a0, 0(t1))", "label(on)", "nop()")  # fmt: skip
    assert "misaligned-address" not in codes(function(*counted, options="(isa='rv32imc_zbb')"))


LEFT = [
    "def f(a): mv(s0, a)",
    "def f(a):\n    mv(s0, a)\n    beqz(a, x)\n    ret()\n    label(x)\n    nop()\n"
    "    data(4, 0xffffffff)",
    "def f(a):\n    addi(sp, sp, -16)\n    sub(sp, sp, a)\n    mv(s0, a)\n    add(sp, sp, a)\n"
    "    addi(sp, sp, 16)",
    "def f(a):\n    mv(s0, a)\n    jal(t0, inner)\n    ret()\n    label(inner)\n    jr(t0)",
    "def f(a):\n    mv(s0, a)\n    beqz(a, on)\n    jr(a)\n    label(on)",
]
MENDED = [
    "def f(a):\n    mv(s0, a)",
    "def f(a):\n    '''Text.'''\n    mv(s0, a)",
    "def f(a):\n    addi(sp, sp, -16)\n    mv(s0, a)\n    addi(sp, sp, 16)",
]


@pytest.mark.parametrize("text", LEFT)
def test_what_cannot_be_mended_is_left_as_it_is(text: str) -> None:
    source = assemble(f"@asm_rv32\n{text}\n").functions["f"].source
    found = {each.code for each in lint(assemble(source.text).functions["f"])}
    assert "saved-register" in found
    mended, done = mend(source, lambda changed: assemble(changed.text))
    assert (mended.text, done) == (source.text, [])


@pytest.mark.parametrize("behind", ["def g(:\n    pass\n", "x = " + "-" * 100_000 + "1\n"])
def test_what_python_cannot_read_is_left_as_it_is(
    behind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long file that is not looked at; here a short one is taken for long."""
    monkeypatch.setattr("asm_rv32.assembler.reading.outside.PYTHON_LIMIT", 0)
    source = assemble(f"@asm_rv32\n{MENDED[0]}\n\n\n{behind}").functions["f"].source
    mended, done = mend(source, lambda changed: assemble(changed.text))
    assert (mended.text, done) == (source.text, [])


@pytest.mark.parametrize("text", MENDED)
def test_what_can_be_mended_is(text: str) -> None:
    source = assemble(f"@asm_rv32\n{text}\n").functions["f"].source
    mended, done = mend(source, lambda changed: assemble(changed.text))
    made = assemble(mended.text).functions["f"]
    assert len(done) == 1 and lint(made) == ()
    assert run(made, (41,)).word == 41


@pytest.mark.parametrize(
    ("head", "lines", "is_said"),
    [
        ("f(a) -> int", ("ret()",), False), ("f(a) -> int", ("sw(zero, 0(a))",), True),
        ("f(a) -> object", ("sw(zero, 0(a))",), False), ("f(a) -> int", ("jalr(a)",), False),
        ("f(a) -> int", ("ecall()",), False), ("f() -> int", ("nop()",), True),
        ("f(a) -> int", ("beqz(a, x)", "li(a0, 3)", "label(x)"), False),
    ],
)  # fmt: skip
def test_an_argument_may_be_the_result(head: str, lines: tuple[str, ...], is_said: bool) -> None:
    """Where a0 is left alone by what does something else, and could not be set by another."""
    assert ("result-unset" in codes(function(*lines, head=head))) == is_said

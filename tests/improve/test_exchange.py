"""Idioms found in functions, and what is put in their place: the same for every input."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from corpus import toolchain, translator
from corpus.execution import execute

from asm_rv32.analysis.flow import control_flow
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import Source
from asm_rv32.improve import exchange
from asm_rv32.improve.exchange import Exchange, candidates, exchanges
from asm_rv32.improve.idioms import RESULT, Idiom, Way, idioms
from asm_rv32.improve.shorter import shorten, shorter
from asm_rv32.improve.statements import Function
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ABI_NAMES
from asm_rv32.isa.sets import instruction_set
from asm_rv32.timing.model import load_core

ISA = "rv32imc_zba_zbb_zbs_zicond_zcb"
RETURN = bytes.fromhex("8280")
OBSERVED = ("t0", "t1", "t2", "a0", "a1", "a2", "s0", "s1")
"""Registers that a bare execution tells of."""


def image(*lines: str, isa: str = "rv32imc") -> Image:
    body = "".join(f"    {line}\n" for line in lines)
    return assemble(f"@asm_rv32\ndef f(a, b):\n{body}", isa=isa).functions["f"]


def shortened(*lines: str, isa: str = "rv32imc") -> list[str]:
    """The body of the function once it is as short as it gets."""
    body = "".join(f"    {line}\n" for line in lines)
    source = Source("f.py", f"@asm_rv32\ndef f(a, b):\n{body}")
    after, _ = shorten(source, lambda text: assemble(text.text, isa=isa))
    return [line.strip() for line in after.text.splitlines()[2:]]


SHORTER = [
    (("lui(a, 0x80000)", "not_(a, a)"), ("li(a, 0x7fffffff)",)),
    (("li(t0, 300)", "beq(a, t0, out)", "li(a, 1)", "label(out)"),
     ("addi(a2, a, -300)", "beqz(a2, out)", "li(a, 1)", "label(out)")),
    (("slli(a, a, 3)", "addi(a, a, 40)"), ("addi(a, a, 5)", "slli(a, a, 3)")),
    (("slti(a, a, 0)",), ("srli(a, a, 31)",)),
    (("li(t0, 255)", "bltu(t0, a, out)", "li(a, 1)", "label(out)"),
     ("srli(a2, a, 8)", "bnez(a2, out)", "li(a, 1)", "label(out)")),
    (("li(t0, 0xfff)", "and_(a, a, t0)"), ("slli(a, a, 20)", "srli(a, a, 20)")),
    # of what is computed elsewhere, and in another order
    (("li(t0, 0xfff)", "add(b, b, b)", "and_(a, t0, a)", "add(a, a, b)"),
     ("add(b, b, b)", "slli(a, a, 20)", "srli(a, a, 20)", "add(a, a, b)")),
    (("lui(t0, 1)", "mv(t1, a)", "addi(t0, t0, -1)", "and_(a, t1, t0)"),
     ("mv(t1, a)", "slli(a, a, 20)", "srli(a, a, 20)")),
    # comments stay, and so does what else reads a value
    (("li(t0, 0xfff)  # twelve bits", "and_(a, a, t0)  # of them"),
     ("# twelve bits", "slli(a, a, 20)  # of them", "srli(a, a, 20)")),
    (("li(t0, 0xfff)", "and_(a, a, t0)", "add(a, a, t0)"),
     ("li(t0, 0xfff)", "and_(a, a, t0)", "add(a, a, t0)")),
    (("slli(t0, a, 24)", "srai(a, t0, 24)", "add(a, a, t0)"),
     ("slli(t0, a, 24)", "srai(a, t0, 24)", "add(a, a, t0)")),
    # a number that hangs on where something lies may be another one tomorrow
    (("label(start)", "li(t0, out - start)", "and_(a, a, t0)", "label(out)"),
     ("label(start)", "li(t0, out - start)", "and_(a, a, t0)", "label(out)")),
    (("lui(t0, hi(out))", "addi(t0, t0, lo(out))", "label(out)", "sub(a, a, t0)"),
     ("lui(t0, hi(out))", "addi(t0, t0, lo(out))", "label(out)", "sub(a, a, t0)")),
    (("auipc(t0, 0)", "slti(a, a, 0)", "addi(t0, t0, 16)", "jr(t0)", "nop()", "li(a, 1)"),
     ("auipc(t0, 0)", "slti(a, a, 0)", "addi(t0, t0, 16)", "jr(t0)", "nop()", "li(a, 1)")),
    # what is repeated, or shares its line, is left
    (("for i in range(2):", "    slti(a, a, 0)"), ("for i in range(2):", "slti(a, a, 0)")),
    (("slti(a, a, 0); nop()",), ("slti(a, a, 0); nop()",)),
    # every register holds something
    (("li(t0, 255)", "bltu(t0, a, out)", "add(a, a, t0)", "label(out)"),
     ("li(t0, 255)", "bltu(t0, a, out)", "add(a, a, t0)", "label(out)")),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), SHORTER)
def test_what_is_shorter(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    assert shortened(*before) == [*after]


def test_names_stay() -> None:
    lines = ("BLANK = 32", "rest = t0", "li(rest, BLANK)", "bne(a, rest, out)", "li(a, 1)",
             "label(out)")  # fmt: skip
    assert shortened(*lines)[2:4] == ["addi(a2, a, -BLANK)", "bnez(a2, out)"]
    lines = ("MASK = 0x7f", "low = t0", "andi(low, b, MASK)", "mv(a, low)", "not_(low, low)",
             "not_(low, low)", "add(a, a, low)")  # fmt: skip
    assert shortened(*lines)[4:] == ["mv(low, low)", "add(a, a, low)"]
    again = ("n = 32", "li(t0, n)", "n = 31", "bne(a, t0, out)", "li(a, 1)", "label(out)")
    assert shortened(*again)[2:4] == ["addi(a2, a, -32)", "bnez(a2, out)"]


def test_what_became_another_than_was_proved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("li(t0, 0xfff)", "and_(a, a, t0)")
    assert len(shortened(*lines)) == 2 and shortened(*lines) != [*lines]
    named = exchange._named
    monkeypatch.setattr(exchange, "_named", lambda *given: named(*given).replace("20", "21"))
    assert shortened(*lines) == [*lines]


def test_an_extension_is_used_where_the_isa_has_it() -> None:
    before = ("slli(a, a, 24)", "srai(a, a, 24)")
    assert shortened(*before, isa="rv32imc_zbb_zcb") == ["sext_b(a, a)"]
    assert shortened(*before, isa="rv32imc_zcb") == [*before]


def drawn(idiom: Idiom, choice: random.Random) -> dict[int, int]:
    """Constants that an idiom is for, by number."""
    while True:
        bit = 1 << choice.randrange(1, 31)
        near = [bit - 1, bit, -bit, 5 * bit, ~bit, bit + 1]
        words = {
            idiom.numbers[name]: (
                choice.choice(near) % 2**32 if name in "ce" else choice.randrange(1, 32)
            )
            for name in idiom.constants
        }
        known = idiom.known(words)
        if known is not None:
            return known


def lines_of(idiom: Idiom, way: Way, seed: str) -> list[str]:
    """A way over registers; empty where its immediates hold none of the constants tried."""
    numbers = (10, 10, 11, 12, 5, 6, 7, 13, 14, 15, 16, 17)
    registers = dict(zip((RESULT, *way.inputs, *way.own), numbers))
    for attempt in range(40):
        known = drawn(idiom, random.Random(f"{seed} {attempt}"))
        words = {text: known[idiom.numbers[text]] for text in way.constants}
        lines = way.over(registers, words, instruction_set(ISA))
        if lines is not None:
            return [*lines, *(["ret()", "label(there)", "li(a0, 77)"] if way.goes else [])]
    return []


def found_in(idiom: Idiom, way: Way, seed: int) -> list[Exchange]:
    lines = lines_of(idiom, way, f"{idiom.name} {seed}")
    if not lines:
        return []
    whole = image(*lines, isa=ISA)
    found = [each for each in exchanges(whole, lambda way, going: True)
             if each.replacement.match.idiom is idiom]  # fmt: skip
    assert found, (idiom.name, lines)
    return found


TOLD = [(idiom, way) for idiom in idioms() for way in idiom.ways if idiom.is_told_by(way)]


def test_a_way_is_found_however_it_is_written() -> None:
    for lines in (
        ("not_(t0, b)", "and_(a, t0, a)"), ("xori(t0, b, -1)", "and_(a, a, t0)"),
        ("li(t0, -1)", "xor(t0, b, t0)", "mv(t1, t0)", "and_(a, t1, a)"),
    ):  # fmt: skip
        found = exchanges(image(*lines, isa=ISA), lambda way, going: True)
        assert "andn(a, a, b)" in [each.text.partition(" for")[0] for each in found]


@pytest.mark.heavy
def test_every_way_is_found_and_every_exchange_is_proved() -> None:
    proved = {idiom.name: 0 for idiom, _ in TOLD}
    for idiom, way in TOLD:
        for each in found_in(idiom, way, 1):
            assert each.replacement.is_proved(ISA), (idiom.name, each.text)
            proved[idiom.name] += 1
    assert min(proved.values()) > 0 and sum(proved.values()) > 400, proved


def sections(step: int) -> Iterator[Image]:
    """The functions of gcc's own library, or some of them, as sources of ours."""
    known = set(instruction_set().mnemonics)
    for section in translator.read_sections(toolchain.libgcc())[::step]:
        body = "\n ".join(translator.explicit(section, known))
        yield assemble(f"@asm_rv32\ndef f():\n {body}\n", isa="rv32imac").functions["f"]


@pytest.mark.heavy
def test_what_is_shorter_in_a_whole_library_is_the_same(pytestconfig: pytest.Config) -> None:
    """Runs say so as well as proofs, of what branches nowhere and touches no memory. Functions that
    call others by distances in bytes are left as they are."""
    choice = random.Random(1)
    saved = ran = 0
    for whole in sections(1 if pytestconfig.getoption("--thorough") else 3):
        nodes = control_flow(whole).nodes
        for each in shorter(whole):
            found = each.replacement
            saved += found.saves
            part = nodes[found.match.first : found.match.root + 1]
            if found.match.way.goes or any(node.effects.accesses for node in part):
                continue
            live = [name for name in OBSERVED if found.match.live >> ABI_NAMES.index(name) & 1]
            for _ in range(8):
                words = {name: choice.getrandbits(choice.choice((1, 9, 32))) for name in OBSERVED}
                before, after = (
                    execute(code + RETURN, **words) for code in (found.before, found.after)
                )
                assert [before[name] for name in live] == [after[name] for name in live], each.text
                ran += 1
    assert saved > 25 and ran > 20, (saved, ran)


FASTER = [
    (("li(t0, 10)", "divu(a, a, t0)"),
     ("li(t0, 0xcccccccd)", "mulhu(a, a, t0)", "srli(a, a, 3)"), "hazard3"),
    (("li(t0, 10)", "divu(a, a, t0)"), (), "picorv32"),
    (("li(t0, 16)", "rem(a, a, t0)"),
     ("srai(t0, a, 31)", "srli(a2, t0, 28)", "add(a, a, a2)", "andi(a, a, 15)", "sub(a, a, a2)"),
     "picorv32"),
    (("li(t0, 10)", "mul(a, a, t0)"), (), "hazard3"),
    (("li(t0, 10)", "mul(a, a, t0)"), ("slli(t0, a, 1)", "slli(a, a, 3)", "add(a, t0, a)"),
     "picorv32"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "core"), FASTER)
def test_what_is_faster_hangs_on_the_core(
    before: tuple[str, ...], after: tuple[str, ...], core: str
) -> None:
    body = "".join(f"    {line}\n" for line in before)
    module = assemble(f"@asm_rv32\ndef f(a, b):\n{body}")
    found = list(candidates(Function(module, "f"), [load_core(core)]))
    lines = [line.strip() for each in found[:1] for edit in each.edits for line in edit.lines]
    assert lines == [*after]

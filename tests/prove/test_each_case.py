"""What hangs on unknowns of few values is compared for each of them."""

from __future__ import annotations

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.prove.cases import same_in_each_case
from asm_rv32.prove.functions import compare
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import watch

UP = """
@asm_rv32
def up(words, count):
    slli(count, count, 2)
    add(count, count, words)
    li(t0, 1)
    label("again")
    beq(words, count, "done")
    lw(t1, 0(words))
    mul(t0, t0, t1)
    addi(words, words, 4)
    j("again")
    label("done")
    mv(a0, t0)


@asm_rv32
def down(words, count):
    li(t0, 1)
    beqz(count, "done")
    label("again")
    lw(t1, 0(words))
    mul(t0, t1, t0)
    addi(words, words, 4)
    addi(count, count, -1)
    bnez(count, "again")
    label("done")
    mv(a0, t0)
"""


def test_a_count_used_up_and_an_address_reached() -> None:
    """The products are the same terms for each count; no solver multiplies so many words."""
    functions = assemble(UP).functions
    values = [AnyArray("I", 12), AnyWord(0, 12)]
    found = compare(functions["up"], functions["down"], values)
    assert found.verdict == "equal", found
    wrong = assemble(UP.replace("li(t0, 1)\n    beqz", "li(t0, 3)\n    beqz")).functions["down"]
    assert compare(functions["up"], wrong, values).verdict == "differs"


def test_only_what_is_the_same_in_all_cases_is_named() -> None:
    terms = Terms()
    few, word = terms.unknown("few", 5), terms.unknown("word")

    def chosen(*limits: int) -> object:
        found = word
        for at in limits:
            truth = terms.operation("ltu", (few, terms.constant(at)))
            found = terms.choice(truth, terms.sum([(word, 1)], at), found)
        return found

    zero = terms.eq(few, terms.zero)
    below_one = terms.choice(zero, terms.sum([(word, 1)], 1), word)
    pairs = {"same": (chosen(1), below_one), "other": (chosen(2), below_one)}
    assert same_in_each_case(terms, pairs, watch(60)) == {"same"}  # type: ignore[arg-type]
    assert not same_in_each_case(terms, {"same": (word, terms.sum([(word, 3)]))}, watch(60))

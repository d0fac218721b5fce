"""Routines of the function's own: what they lose, keep, read and give back."""

from __future__ import annotations

import random

import pytest

from asm_rv32.analysis.flow import control_flow
from asm_rv32.analysis.lint import lint, lint_all
from asm_rv32.analysis.others import Others
from asm_rv32.analysis.routines import Followed, follow
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import Diagnostic


def found(*body: str, isa: str = "rv32imac") -> tuple[Diagnostic, ...]:
    text = "@asm_rv32\ndef f(a, b):\n" + "".join(f"    {line}\n" for line in body)
    return lint(assemble(text, isa=isa).functions["f"])


def codes(*body: str, isa: str = "rv32imac") -> set[str]:
    return {each.code for each in found(*body, isa=isa)}


KEEP = ("addi(sp, sp, -16)", "sw(ra, 12(sp))")
SAVES = (
    "label(save)",
    *KEEP,
    "sw(s0, 8(sp))",
    "jr(t0)",
    "label(restore)",
    "lw(s0, 8(sp))",
    "lw(ra, 12(sp))",
    "addi(sp, sp, 16)",
    "ret()",
)
LEAVE = ("lw(ra, 12(sp))", "addi(sp, sp, 16)", "ret()")
INNER = ("label(inner)", "slli(a0, a0, 1)", "ret()")
FACTORIAL = (
    "label(fact)", "li(t0, 1)", "ble(a, t0, base)", *KEEP, "sw(a, 8(sp))", "addi(a0, a0, -1)",
    "call(fact)", "lw(t1, 8(sp))", "mul(a0, a0, t1)", *LEAVE, "label(base)", "li(a0, 1)", "ret()",
)  # fmt: skip

CORRECT = {
    "a chain of routines": (*KEEP, "call(outer)", *LEAVE, "label(outer)", *KEEP, "call(inner)",
                            *LEAVE, *INNER),
    "a routine that ends in another": (*KEEP, "call(outer)", *LEAVE, "label(outer)",
                                       "addi(a0, a0, 1)", "j(inner)", *INNER),
    "routines that end in each other": (
        *KEEP, "call(even)", *LEAVE,
        "label(even)", "beqz(a0, yes)", "addi(a0, a0, -1)", "j(odd)", "label(yes)", "li(a0, 1)",
        "ret()", "label(odd)", "beqz(a0, no)", "addi(a0, a0, -1)", "j(even)", "label(no)",
        "li(a0, 0)", "ret()",
    ),
    "mutual recursion": (
        *KEEP, "call(even)", *LEAVE,
        "label(even)", "bnez(a0, more)", "li(a0, 1)", "ret()", "label(more)", *KEEP,
        "addi(a0, a0, -1)", "call(odd)", *LEAVE,
        "label(odd)", "bnez(a0, most)", "li(a0, 0)", "ret()", "label(most)", *KEEP,
        "addi(a0, a0, -1)", "call(even)", *LEAVE,
    ),
    "recursion": (*KEEP, "call(fact)", *LEAVE, *FACTORIAL),
    "a result in another register": (*KEEP, "call(halves)", "add(a0, a0, t1)", *LEAVE,
                                     "label(halves)", "srli(t1, a0, 16)", "zext_h(a0, a0)",
                                     "ret()"),
    "a result over what was there": (*KEEP, "li(t1, 5)", "add(a0, a0, t1)", "call(halves)",
                                     "add(a0, a0, t1)", *LEAVE, "label(halves)",
                                     "srli(t1, a0, 16)", "ret()"),
    "a default that a routine replaces": (
        *KEEP, "li(t1, 0)", "call(check)", "add(a0, a0, t1)", *LEAVE,
        "label(check)", "bgez(a0, fine)", "li(t1, 1)", "label(fine)", "ret()",
    ),
    "counted by a routine": (*KEEP, "li(t1, 0)", "label(again)", "call(step)", "bnez(a0, again)",
                             "mv(a0, t1)", *LEAVE, "label(step)", "addi(t1, t1, 3)",
                             "addi(a0, a0, -1)", "ret()"),
    "what the routine leaves alone": (*KEEP, "mv(t1, b)", "call(inner)", "add(a0, a0, t1)", *LEAVE,
                                      *INNER),
    "kept by the routine": (
        *KEEP, "mv(t1, b)", "call(careful)", "add(a0, a0, t1)", *LEAVE,
        "label(careful)", "addi(sp, sp, -16)", "sw(t1, 0(sp))", "slli(t1, a0, 3)",
        "sub(a0, t1, a0)", "lw(t1, 0(sp))", "addi(sp, sp, 16)", "ret()",
    ),
    "a register that the caller sets": (*KEEP, "li(t1, 3)", "call(by)", *LEAVE, "label(by)",
                                        "add(a0, a0, t1)", "ret()"),
    "a frame that routines make and give back": (
        "mv(t6, ra)", "call(make)", "sw(a0, 0(sp))", "lw(a0, 0(sp))", "call(give)", "jr(t6)",
        "label(make)", "addi(sp, sp, -16)", "ret()", "label(give)", "addi(sp, sp, 16)", "ret()",
    ),
    "a routine that saves for its caller": ("jal(t0, save)", "mv(s0, b)", "jalr(s0)", "j(restore)",
                                            *SAVES),
    "one that saves in a frame of any size": (
        "jal(t0, save)", "mv(s0, b)", "jalr(s0)", "addi(sp, s1, -16)", "lw(s0, 8(sp))",
        "lw(s1, 4(sp))", *LEAVE,
        "label(save)", *KEEP, "sw(s0, 8(sp))", "sw(s1, 4(sp))", "addi(s1, sp, 16)",
        "andi(b, b, -16)", "sub(sp, sp, b)", "jr(t0)",
    ),
    "a table of routines": (
        *KEEP, "la(t0, table)", "slli(a, a, 2)", "add(t1, t0, a)", "lw(t1, 0(t1))",
        "add(t0, t0, t1)", "mv(a0, b)", "jalr(t0)", *LEAVE, "align(4)", "label(table)",
        "data(4, inner - table, other - table)", *INNER, "label(other)", "addi(a0, a0, 1)", "ret()",
    ),
    **{f"a table of routines on {which} path": (
        *KEEP, "sw(s0, 8(sp))", "mv(s0, b)", f"{branch}(a, {to})", *straight,
        "la(t0, table)", "add(t1, t0, a)", "lw(t1, 0(t1))", "add(t0, t0, t1)", "jalr(t0)", *behind,
        "label(over)", "add(a0, a0, s0)", "lw(s0, 8(sp))", *LEAVE, "align(4)", "label(table)",
        "data(4, inner - table)", *INNER,
    ) for which, branch, to, straight, behind in (
        ("one", "beqz", "over", (), ()),
        ("the other", "bnez", "via", ("addi(a0, a0, 1)", "j(over)", "label(via)"), ("j(over)",)),
    )},
    "a routine that may store where its caller saves": (
        *KEEP, "sw(s0, 8(sp))", "mv(s0, a)", "call(part)", "mv(s0, a0)", "lw(s0, 8(sp))", *LEAVE,
        "label(part)", "beqz(b, out)", "sw(s1, 8(sp))", "label(out)", "ret()",
    ),
    "linked by another register": (*KEEP, "call(outer)", *LEAVE, "label(outer)", "jal(t0, part)",
                                   "ret()", "label(part)", "addi(a0, a0, 1)", "jr(t0)"),
    "saved registers kept over recursion": (
        "label(again)", "addi(sp, sp, -16)", "sw(ra, 12(sp))", "sw(s1, 8(sp))", "sw(s0, 4(sp))",
        "mv(s1, b)", "addi(s0, a, -1)", "mv(a0, s0)", "bltz(s0, out)", "call(again)",
        "add(a0, a0, s1)", "label(out)", "lw(s0, 4(sp))", "lw(s1, 8(sp))", *LEAVE,
    ),
    "a routine that never comes back": ("beqz(a, stop)", "ret()", "label(stop)", "call(hang)",
                                        "label(hang)", "wfi()", "j(hang)"),
}  # fmt: skip


def test_the_function_itself_is_a_routine_that_is_named() -> None:
    body = ("beqz(a, out)", *KEEP, "mv(t1, b)", "addi(a, a, -1)", "call(f)", "add(a0, a0, t1)",
            *LEAVE, "label(out)", "mv(t1, a0)", "ret()")  # fmt: skip
    (lost,) = found(*body)
    assert lost.message == "t1 is read here after 'f' was called, which overwrites it"


@pytest.mark.parametrize("name", CORRECT)
def test_nothing_is_said_of_what_is_right(name: str) -> None:
    assert found(*CORRECT[name], isa="rv32imac_zbb") == ()


DEFECTS = {
    "the way back lost in a routine": (
        "return-address", "call(inner)",
        ("mv(t6, ra)", "call(outer)", "jr(t6)", "label(outer)", "call(inner)", "ret()", *INNER),
    ),
    "and in one of mutual recursion": (
        "return-address", "call(odd)",
        (*KEEP, "call(even)", *LEAVE, "label(even)", "bnez(a0, more)", "li(a0, 1)", "ret()",
         "label(more)", "addi(a0, a0, -1)", "call(odd)", "ret()",
         "label(odd)", "bnez(a0, most)", "li(a0, 0)", "ret()", "label(most)", *KEEP,
         "addi(a0, a0, -1)", "call(even)", *LEAVE),
    ),
    "a value overwritten": (
        "lost-in-call", "add(a0, a0, t1)",
        (*KEEP, "mv(t1, b)", "call(helper)", "add(a0, a0, t1)", *LEAVE,
         "label(helper)", "slli(t1, a0, 3)", "sub(a0, t1, a0)", "ret()"),
    ),
    "a value overwritten two calls away": (
        "lost-in-call", "add(a0, a0, t1)",
        (*KEEP, "mv(t1, b)", "call(outer)", "add(a0, a0, t1)", *LEAVE, "label(outer)", *KEEP,
         "call(helper)", *LEAVE, "label(helper)", "slli(t1, a0, 3)", "sub(a0, t1, a0)", "ret()"),
    ),
    "a value kept over a call, and overwritten in a routine": (
        "lost-in-call", "add(a0, a0, s1)",
        ("addi(sp, sp, -16)", "sw(ra, 12(sp))", "sw(s1, 8(sp))", "mv(s1, a)", "jalr(b)",
         "call(helper)", "add(a0, a0, s1)", "lw(s1, 8(sp))", *LEAVE,
         "label(helper)", "slli(s1, a0, 3)", "sub(a0, s1, a0)", "ret()"),
    ),
    "a value overwritten by a routine's end in another": (
        "lost-in-call", "add(a0, a0, t1)",
        (*KEEP, "mv(t1, b)", "call(outer)", "add(a0, a0, t1)", *LEAVE, "label(outer)",
         "addi(a0, a0, 1)", "j(helper)", "label(helper)", "slli(t1, a0, 3)", "sub(a0, t1, a0)",
         "ret()"),
    ),
    "a value overwritten by recursion": (
        "lost-in-call", "mul(a0, a0, t1)",
        (*KEEP, "call(fact)", *LEAVE, "label(fact)", "li(t0, 1)", "ble(a, t0, base)", *KEEP,
         "mv(t1, a0)", "addi(a0, a0, -1)", "call(fact)", "mul(a0, a0, t1)", *LEAVE,
         "label(base)", "li(a0, 1)", "ret()"),
    ),
    "one that a routine does not save for its caller": (
        "saved-register", "mv(s1, b)",
        ("jal(t0, save)", "mv(s1, b)", "jalr(s1)", "j(restore)", *SAVES),
    ),
    "saved by a routine, and its place overwritten": (
        "saved-register", "mv(s0, b)",
        ("jal(t0, save)", "mv(s0, b)", "sw(b, 8(sp))", "j(restore)", *SAVES),
    ),
    "saved by a routine on one path alone": (
        "saved-register", "mv(s0, b)",
        ("jal(t0, save)", "mv(s0, b)", "j(restore)", "label(save)", *KEEP, "beqz(b, out)",
         "sw(s0, 8(sp))", "label(out)", "jr(t0)", *SAVES[5:]),
    ),
    "saved, and overwritten by a routine": (
        "return-address", "call(part)",
        (*KEEP, "call(part)", *LEAVE, "label(part)", "sw(b, 12(sp))", "ret()"),
    ),
    "what another routine left in the stack": (
        "unwritten-stack", "lw(t1, 8(sp))",
        (*KEEP, "call(one)", "call(other)", *LEAVE, "label(one)", *KEEP, "sw(a, 8(sp))", *LEAVE,
         "label(other)", *KEEP, "lw(t1, 8(sp))", "bgtz(t1, out)", "li(a0, 0)", "label(out)",
         *LEAVE),
    ),
    "sp left elsewhere": (
        "stack-pointer", "ret()",
        ("mv(t6, ra)", "call(part)", "mv(ra, t6)", "ret()", "label(part)", "addi(sp, sp, -16)",
         "sw(a0, 0(sp))", "ret()"),
    ),
    "a register that nothing wrote": (
        "unwritten-register", "add(a0, a0, t2)",
        (*KEEP, "call(part)", *LEAVE, "label(part)", "add(a0, a0, t2)", "ret()"),
    ),
    "one that nothing wrote, two calls away": (
        "unwritten-register", "add(a0, a0, t2)",
        (*KEEP, "call(outer)", *LEAVE, "label(outer)", *KEEP, "call(part)", *LEAVE, "label(part)",
         "add(a0, a0, t2)", "ret()"),
    ),
    "s1 kept only if the inner call keeps s0": (
        "saved-register", "addi(s1, a, -1)",
        ("label(again)", *KEEP, "mv(s0, s1)", "addi(s1, a, -1)", "mv(a0, s1)", "bltz(s1, out)",
         "call(again)", "label(out)", "mv(s1, s0)", *LEAVE),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found_where_it_is(name: str) -> None:
    code, statement, body = DEFECTS[name]
    blamed = {each.code: each for each in found(*body)}
    assert code in blamed, blamed
    source = "\n".join(["@asm_rv32", "def f(a, b):", *(f"    {line}" for line in body)])
    assert source[blamed[code].span.start :].startswith(statement)


def test_the_routine_is_named() -> None:
    lost = found(*DEFECTS["a value overwritten"][2])[0]
    assert "t1 is read here after 'helper' was called" in lost.message
    way_back = found(*DEFECTS["the way back lost in a routine"][2])[0]
    assert "where outer was called" in way_back.message


def test_a_short_form_that_moves_results_into_saved_registers_is_followed() -> None:
    saved = ("cm_push({ra, s0 - s2}, -16)", "mv(s2, b)", "jalr(s2)", "cm_mvsa01(s0, s1)",
             "jalr(s2)", "add(a0, a0, s0)", "add(a0, a0, s1)",
             "cm_popret({ra, s0 - s2}, 16)")  # fmt: skip
    assert codes(*saved, isa="rv32imac_zcmp") == set()
    assert codes("cm_mvsa01(s0, s1)", "mv(a0, s0)", isa="rv32imac_zcmp") == {"saved-register"}


# ---- functions of a program

LINES = (
    "add(a0, a1, a2)", "mv(s0, a0)", "mv(t0, s1)", "lw(t1, 4(sp))", "lw(a1, 2(sp))",
    "sw(a0, 8(sp))", "sw(s2, 40(sp))", "bnez(t0, end)", "li(s2, 7)", "lw(s0, 24(sp))",
    "jr(ra)", "la(a1, rows)",
)  # fmt: skip


def program(seed: int) -> str:
    """Functions with mistakes in them, each of which calls some of those behind it."""
    chosen = random.Random(seed)
    lines = ["rows = b'0123'"]
    count = chosen.randint(2, 5)
    for number in range(count):
        lines += ["@asm_rv32", f"def f{number}({', '.join(('a0', 'a1', 'a2')[:number])}):"]
        body = [chosen.choice(LINES) for _ in range(chosen.randint(1, 5))]
        body += [f"call(f{at})" for at in range(number + 1, count) if chosen.random() < 0.7]
        if number + 1 < count and chosen.random() < 0.1:
            body.append(f"j(f{number + 1})")
        chosen.shuffle(body)
        kept = ("addi(sp, sp, -32)", "sw(ra, 28(sp))", "sw(s0, 24(sp))", *body, "label(end)",
                "lw(s0, 24(sp))", "lw(ra, 28(sp))", "addi(sp, sp, 32)", "ret()")  # fmt: skip
        left_out = chosen.choice((-1, chosen.randrange(len(body) + 3)))
        lines += [
            f"    {line}" for at, line in enumerate(kept) if at != left_out or line == "label(end)"
        ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(25))
def test_a_function_is_judged_among_others_as_with_what_it_needs_alone(seed: int) -> None:
    module = assemble(program(seed).replace("label(end)", "label(end); nop()"))
    alone = {name: lint(image) for name, image in module.functions.items()}
    moved = any(each.code == "stack-pointer" for found in alone.values() for each in found)

    def shown(found: dict[str, tuple[Diagnostic, ...]]) -> dict[str, list[object]]:
        # Where a callee moves sp, no register is restored: that is said of the callee.
        return {
            name: [(x.code, x.span) for x in said if not moved or x.code != "saved-register"]
            for name, said in found.items()
        }

    assert shown(lint_all(module)) == shown(alone)


MUTUAL = """\
@asm_rv32
def f{}(n):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    beqz(n, end)
    addi(n, n, -1)
    call(f{})
    call(f{})
    label(end)
    lw(ra, 12(sp))
    addi(sp, sp, 16)
"""


def test_each_function_of_a_program_is_followed_once() -> None:
    def visits(count: int) -> int:
        module = assemble("".join(MUTUAL.format(n, (n + 1) % count, n * 7 % count)
                                  for n in range(count)))  # fmt: skip
        image = module.program()
        others = Others(control_flow(image))
        before = others.outer.budget
        spent = 0
        for each in module.placed(image).values():
            followed = follow(control_flow(each), others)
            spent += 1000 + 60 * len(followed.flow.nodes) - followed.outer.budget
        return spent + before - others.outer.budget

    assert visits(80) < 5 * visits(20)


def test_all_routines_take_from_one_budget() -> None:
    """However deep they lie: so code in which each is followed anew for each other has an end."""
    for body in CORRECT.values():
        text = "@asm_rv32\ndef f(a, b):\n" + "".join(f"    {line}\n" for line in body)
        flow = control_flow(assemble(text, isa="rv32imac").functions["f"])
        followed = Followed(flow)
        before = followed.outer.budget
        followed.run()
        visited = {index for routine in followed.routines for index in routine.visits}
        least = sum(flow.blocks[index].last - flow.blocks[index].first for index in visited)
        assert before - followed.outer.budget >= least + len(followed.routines)

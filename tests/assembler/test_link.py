"""Programs of several functions: what each name means, where everything lies, that calls arrive.

Distances between functions are walked across every limit; what GNU as makes of the same program is
compared byte by byte. Work is counted in lines that are executed, not in seconds.
"""

from __future__ import annotations

import os
import random
import sys
from types import FrameType
from typing import Any

import pytest
from corpus.toolchain import gnu_assemble
from hypothesis import given, settings
from hypothesis import strategies as st

import asm_rv32
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa.image import DATA, FUNCTION, WRITABLE, Image
from asm_rv32.isa.placing import placed
from asm_rv32.machine.emulator import run
from asm_rv32.machine.settings import DEFAULT_SETTINGS

ENGINES = ("unicorn", "python")


def called(image: Image, *values: object, engine: str = "python") -> object:
    return run(image, values, DEFAULT_SETTINGS._replace(engine=engine)).result


def errors(source: str) -> list[str]:
    with pytest.raises(AssemblyError) as caught:
        assemble(source)
    return [f"{each.code}: {each.message}" for each in caught.value.diagnostics]


# ---- what a name means


MUTUAL = """
@asm_rv32
def is_even(n) -> bool:
    bnez(n, more)
    li(a0, 1)
    ret()
    label(more)
    addi(a0, a0, -1)
    tail(is_odd)

@asm_rv32
def is_odd(n) -> bool:
    bnez(n, more)
    li(a0, 0)
    ret()
    label(more)
    addi(a0, a0, -1)
    tail(is_even)

@asm_rv32
def alone(n):
    ret()
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_functions_that_call_each_other(engine: str) -> None:
    module = assemble(MUTUAL)
    even, odd = module.functions["is_even"], module.functions["is_odd"]
    for n in (0, 1, 2, 7, 100):
        assert called(even, n, engine=engine) is (n % 2 == 0)
        assert called(odd, n, engine=engine) is (n % 2 == 1)


def test_each_root_has_what_it_needs_and_the_program_everything_once() -> None:
    module = assemble(MUTUAL)
    parts = {name: [part.name for part in image.parts] for name, image in module.functions.items()}
    assert parts == {
        "is_even": ["is_even", "is_odd"], "is_odd": ["is_odd", "is_even"], "alone": ["alone"],
    }  # fmt: skip
    program = module.program()
    assert [part.name for part in program.parts] == ["is_even", "is_odd", "alone"]
    for part in program.parts:
        assert part.address % 4 == 0
        assert program.symbols[part.name] == part.address
    # Its labels are a function's own, whatever others call theirs.
    assert program.symbols["more"] < program.symbols["is_odd"] < program.symbols["is_odd.more"]


def test_a_function_that_ends_in_a_byte_may_go_elsewhere() -> None:
    source = (
        "@asm_rv32\ndef f(n):\n    bnez(n, g)\n    ret()\n    data(1, 9)\n"
        "@asm_rv32\ndef g(n):\n    li(a0, 7)\n"
    )
    image = assemble(source).functions["f"]
    assert [called(image, 0), called(image, 1)] == [0, 7]


def test_a_label_of_its_own_comes_before_a_function() -> None:
    source = """
@asm_rv32
def f():
    j(g)
    label(g)
    li(a0, 1)

@asm_rv32
def g():
    li(a0, 2)
"""
    image = assemble(source).functions["f"]
    assert len(image.parts) == 1 and called(image) == 1


def test_scopes_are_those_of_python() -> None:
    source = """
def outer():
    @asm_rv32
    def helper():
        li(a0, 1)
    @asm_rv32
    def f():
        tail(helper)
class Pins:
    @asm_rv32
    def helper():
        li(a0, 2)
    @asm_rv32
    def f():
        tail(helper)
    @asm_rv32
    def g():
        tail(Pins.helper)
@asm_rv32
def helper():
    li(a0, 3)
"""
    functions = assemble(source).functions
    assert called(functions["outer.<locals>.f"]) == 1
    assert called(functions["Pins.f"]) == 3
    assert called(functions["Pins.g"]) == 2


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("call(nowhere)", "unknown-label: there is no label 'nowhere' in this function"),
        ("la(a0, rows.third)",
         "unknown-label: 'rows.third' is no label here, and no function or data outside"),
        ("li(a0, rows)", None),
        ("addi(a0, a0, rows)", "unknown-name: 'rows' has no value here"),
        ("c_j(far)", "target-range"),
    ],
)  # fmt: skip
def test_names_that_stand_for_nothing(statement: str, found: str | None) -> None:
    source = f"""
@asm_rv32
def f():
    {statement}

@asm_rv32
def between():
    space(4000)

@asm_rv32
def far():
    call(between)

@asm_data
def rows():
    data(4, 1)
"""
    if found is None:
        assemble(source)
    else:
        assert found in "\n".join(errors(source))


def test_a_block_of_data_holds_no_instructions_and_takes_nothing() -> None:
    found = errors("@asm_data\ndef rows(a):\n    data(4, 1)\n")
    assert found == ["parameter: a block of data has no parameters"]
    found = errors("@asm_data\ndef rows():\n    add(a0, a0, a0)\n    data(4, 1)\n")
    assert found == ["syntax: a block of data holds directives, and this is an instruction"]


# ---- data


TABLES = """
@asm_rv32
def pick(n):
    la(t0, rows)
    sh2add(t0, n, t0)
    lw(t0, 0(t0))
    jr(t0)

@asm_rv32
def one():
    li(a0, 1)

@asm_rv32
def two():
    lw(a0, rows.second)

@asm_data
def rows():
    data(4, one, two)
    label(second)
    data(4, 222)

@asm_rv32
def count():
    lui(t0, hi(counter))
    lw(a0, lo(counter)(t0))
    addi(a0, a0, 1)
    sw(a0, counter, t1)

@asm_data(writable=True)
def counter():
    data(4, 41)
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_tables_of_functions_and_absolute_addresses(engine: str) -> None:
    functions = assemble(TABLES, isa="rv32imc_zba").functions
    assert called(functions["pick"], 0, engine=engine) == 1
    assert called(functions["pick"], 1, engine=engine) == 222
    assert called(functions["count"], engine=engine) == 42


def test_functions_stand_first_and_what_can_be_written_last() -> None:
    program = assemble(TABLES, isa="rv32imc_zba").program()
    kinds = [part.kind for part in program.parts]
    assert kinds == [FUNCTION] * 4 + [DATA, WRITABLE]
    for base in (0, 0x1000, 0x80000000):
        code = placed(program, base).code
        at = program.symbols["rows"]
        words = [int.from_bytes(code[at + step : at + step + 4], "little") for step in (0, 4)]
        assert words == [base + program.symbols[name] for name in ("one", "two")]


@pytest.mark.parametrize("engine", ENGINES)
def test_fixed_data_cannot_be_stored_to(engine: str) -> None:
    source = """
@asm_rv32
def f():
    sw(zero, rows, t0)
@asm_data
def rows():
    data(4, 1)
"""
    with pytest.raises(Exception, match="into rows, which is read-only"):
        called(assemble(source).functions["f"], engine=engine)


# ---- numbers that are known once all is placed


@given(st.integers(0, 3000), st.integers(-40, 40), st.booleans())
@settings(max_examples=60, deadline=None)
def test_differences_are_what_they_say(gap: int, change: int, compress: bool) -> None:
    source = f"""
@asm_rv32
def f():
    label(start)
    li(a0, end - start + {change})
    li(a1, start - end)
    add(a1, a1, a0)
    bnez(a1, wrong)
    ret()
    label(wrong)
    ret()
    data(2, end - start, wrong - start)
    space({2 * gap})
    label(end)
"""
    image = assemble(source, compress=compress).functions["f"]
    distance = image.symbols["end"] - image.symbols["start"]
    assert called(image) == distance + change
    words = image.code[image.symbols["wrong"] + (2 if compress else 4) :]
    assert int.from_bytes(words[:2], "little") == distance


def test_a_number_takes_the_shortest_way_at_every_limit() -> None:
    for size, expected in ((31, 2), (32, 4), (2047, 4), (2048, 8)):
        source = f"""
@asm_rv32
def f():
    li(a0, end - start)
    ret()
    label(start)
    space({size})
    label(end)
    align(2)
"""
        image = assemble(source).functions["f"]
        assert image.symbols["start"] == expected + 2
        assert called(image) == size


# ---- distances


def distant(statement: str, space: int) -> str:
    return f"""
@asm_rv32
def f():
    mv(t3, ra)
    {statement}
    li(a0, 42)
    jr(t3)

@asm_rv32
def between():
    space({space})

@asm_rv32
def g():
    la(t0, between)
    ret()
"""


@pytest.mark.parametrize(
    ("statement", "limit", "sizes"),
    [("call(g)", 2046, (2, 4)), ("call(g)", 1048574, (4, 8)), ("beqz(a1, g)", 254, (2, 4)),
     ("beqz(a1, g)", 4094, (4, 6)), ("bne(a1, a2, g)", 4094, (4, 8))],
)  # fmt: skip
def test_distances_across_functions(statement: str, limit: int, sizes: tuple[int, int]) -> None:
    seen = set()
    for space in range(limit - 24, limit + 8, 2):
        program = assemble(distant(statement, space)).program()
        at = program.symbols["g"] - 2
        jump = next(e for e in program.entries if e.address == 2)
        size = next(e for e in program.entries if e.address > 2 and e.span != jump.span).address - 2
        seen.add(size)
        assert size == (sizes[0] if at <= limit else sizes[1]), (at, size)
    assert seen == set(sizes)


def test_a_call_arrives_at_every_distance() -> None:
    for space in (0, 2000, 2040, 2100, 1048500, 1048600):
        program = assemble(distant("call(g)", space)).program()
        assert called(program) == 42


# ---- many functions


def many(count: int, seed: int = 1) -> str:
    """Functions that call a few others each, all of which are called from the first."""
    choice = random.Random(seed)
    lines = []
    for number in range(count):
        lines += ["@asm_rv32", f"def f{number}():"]
        for _ in range(3):
            lines.append(f"    call(f{choice.randrange(count)})")
        lines += [f"    call(f{(number + 1) % count})", "    la(a0, rows)", ""]
    return "\n".join([*lines, "@asm_data", "def rows():", "    data(4, f0)"])


def calls_made(source: str) -> int:
    """How many functions of the package are entered while a program is made of a source."""
    package = os.path.dirname(asm_rv32.__file__)
    count = 0

    def profile(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        count += event == "call" and frame.f_code.co_filename.startswith(package)

    sys.setprofile(profile)
    try:
        assemble(source).program()
    finally:
        sys.setprofile(None)
    return count


def test_linking_is_near_linear() -> None:
    small, large = (calls_made(many(count)) for count in (250, 1000))
    assert large < 4.6 * small


@pytest.mark.heavy
def test_three_thousand_functions() -> None:
    program = assemble(many(3000)).program()
    assert len(program.parts) == 3001


# ---- an outside judge


def random_module(seed: int) -> tuple[str, str]:
    """A program in our words, and in GNU's."""
    choice = random.Random(seed)
    ours, theirs = [], []
    names = [f"fn{number}" for number in range(choice.randrange(2, 9))]
    for name in names:
        ours += ["@asm_rv32", f"def {name}():"]
        theirs += [".p2align 2", f"{name}:"]
        for _ in range(choice.randrange(1, 30)):
            other = choice.choice(names)
            size = choice.choice((4, 40, 400, 4000))
            line = choice.choice((
                (f"tail({other})", f"j {other}"),
                (f"beq(a0, a1, {other})", f"beq a0, a1, {other}"),
                (f"bnez(a0, {other})", f"bnez a0, {other}"),
                ("add(a0, a0, a1)", "add a0, a0, a1"),
                (f"space({size})", f".zero {size}"),
            ))  # fmt: skip
            ours.append(f"    {line[0]}")
            theirs.append(line[1])
        ours.append("    ret()")
        theirs.append("ret")
    return "\n".join(ours), "\n".join(theirs)


@pytest.mark.parametrize("chunk", range(4))
def test_the_program_is_the_one_that_gnu_as_makes(chunk: int) -> None:
    for seed in range(chunk, 60, 4):
        ours, theirs = random_module(seed)
        code, refused = gnu_assemble(theirs.splitlines())
        assert not refused
        program = assemble(ours).program()
        for part in program.parts:
            where = slice(part.address, part.address + part.size)
            assert program.code[where] == code[where], (seed, part.name)

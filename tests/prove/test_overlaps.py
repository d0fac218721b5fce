"""Arrays that may overlap: faults that only then show are found, and what holds then is proved."""

from __future__ import annotations

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.image import Image
from asm_rv32.machine import emulator
from asm_rv32.machine.settings import Settings
from asm_rv32.prove.call import Call
from asm_rv32.prove.functions import compare
from asm_rv32.prove.inputs import AnyArray
from asm_rv32.prove.overlaps import Part, overlaps
from asm_rv32.prove.question import Twin
from asm_rv32.prove.sides import Code
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import watch

COUNT = 3
STEPS = {
    "forwards": [(at, f"lw(t1, {4 * at}(b))", f"sw(t1, {4 * at}(a))") for at in range(COUNT)],
    "backwards": [
        (at, f"lw(t1, {4 * at}(b))", f"sw(t1, {4 * at}(a))") for at in reversed(range(COUNT))
    ],
}
BODIES = {
    name: [line for _, load, store in steps for line in (load, store)]
    for name, steps in STEPS.items()
} | {
    "all loads first": [f"lw(t{at}, {4 * at}(b))" for at in range(COUNT)]
    + [f"sw(t{at}, {4 * at}(a))" for at in range(COUNT)],
    "forwards by another register": [
        line for at in range(COUNT) for line in (f"lw(a5, {4 * at}(b))", f"sw(a5, {4 * at}(a))")
    ],
    "the first word kept": ["lw(t0, 0(b))"]
    + [
        line
        for at in range(COUNT)
        for line in (f"lw(t1, {4 * at}(b))", "add(t1, t1, t0)", f"sw(t1, {4 * at}(a))")
    ],
    "the first word read again": [
        line
        for at in range(COUNT)
        for line in (
            "lw(t0, 0(b))", f"lw(t1, {4 * at}(b))", "add(t1, t1, t0)", f"sw(t1, {4 * at}(a))",
        )
    ],
}  # fmt: skip
ARRAYS = [AnyArray("I", COUNT), AnyArray("I", COUNT + 1)]
SAME = [AnyArray("I", COUNT)] * 2


def function(name: str) -> Image:
    body = "".join(f"    {line}\n" for line in [*BODIES[name], "li(a0, 0)"])
    return assemble(f"@asm_rv32\ndef f(a, b):\n{body}", path="copies.py").functions["f"]


@pytest.mark.parametrize(("one", "other"), [
    ("forwards", "backwards"), ("forwards", "all loads first"), ("backwards", "all loads first"),
    ("the first word kept", "the first word read again"),
])  # fmt: skip
def test_a_fault_that_shows_where_arrays_overlap(one: str, other: str) -> None:
    assert compare(function(one), function(other), ARRAYS).verdict == "equal"
    found = compare(function(one), function(other), ARRAYS, may_alias=True)
    assert found.verdict == "differs", found
    values: list[Part] = found.counterexample  # type: ignore[assignment]
    left = []
    for image in (function(one), function(other)):
        memory = bytearray(values[0].memory)
        views = [memoryview(memory)[each.start : each.start + each.size] for each in values]
        emulator.run(image, views)
        left.append(memory)
    assert left[0] != left[1]


def test_what_holds_where_arrays_overlap() -> None:
    one, other = function("forwards"), function("forwards by another register")
    found = compare(one, other, ARRAYS, may_alias=True)
    assert (found.verdict, found.assumptions[2:]) == ("equal", (
        "buffers are disjoint, or two arrays of unknown items overlap by whole items",
        "buffers are aligned to 16, where they overlap to their items",
    ))  # fmt: skip


TWIN = Twin("g", f"def g(a, b):\n for i in range({COUNT}):\n  a[i] = b[i] + b[0] & 0xffffffff\n")


def test_the_same_array_twice_against_python() -> None:
    again, kept = function("the first word read again"), function("the first word kept")
    assert compare(again, TWIN, SAME, may_alias=True).verdict == "equal"
    assert compare(kept, TWIN, SAME).verdict == "equal"
    found = compare(kept, TWIN, SAME, may_alias=True)
    assert found.verdict == "differs" and found.test is not None, found
    assert "memory = memoryview(" in found.test


@pytest.mark.parametrize("types", ["II", "BB", "IB", "HI"])
def test_an_execution_on_shared_memory_is_the_emulators(types: str) -> None:
    """For each way to overlap and each sampled input."""
    code = "lbu(t0, 0(b))\n    sb(t0, 3(a))\n    lbu(t1, 2(b))\n    sb(t1, 1(a))\n    li(a0, 0)"
    image = assemble(f"@asm_rv32\ndef f(a, b):\n    {code}\n").functions["f"]
    values = [AnyArray(each, 4) for each in types]
    for overlap in overlaps(values, same=False):
        call = Call(values, image, Terms(), overlap)
        end = Code(image, Settings()).end(call, watch(60))
        for at in range(2):
            views = call.with_values(lambda term, at=at: term.samples[at])  # type: ignore[misc]
            emulator.run(image, views)
            for number, places in call.buffers.items():
                assert bytes(views[number]) == bytes(
                    word.samples[at] >> 8 * byte & 255 for word, byte in map(end.byte, places)
                )

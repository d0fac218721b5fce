"""Harts on shared memory: what interleavings there are, reservations, and the example's ring."""

# The bodies are assembler, in which names are registers and mnemonics.

from __future__ import annotations

import runpy
from array import array
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from asm_rv32 import assemble
from asm_rv32.basis.run_options import PYTHON
from asm_rv32.isa.image import Image
from asm_rv32.machine.harts import Harts, Interleaving

from .choice import preferred

RING = Path(__file__).parents[2] / "examples" / "ring.py"
SAMPLED, THOROUGH = 2_000, 100_000
ATOMIC = "rv32imac"


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[str]:
    """Ours alone interleaves."""
    yield from preferred(PYTHON)


def functions(text: str) -> dict[str, Image]:
    return dict(assemble(text, isa=ATOMIC).functions)


def words(*values: int) -> array[int]:
    return array("I", values)


def read(run: Interleaving, buffer: array[int]) -> list[int]:
    return memoryview(run.memory(buffer)).cast("I").tolist()


DECORATED = """
from asm_rv32 import asm_rv32


@asm_rv32
def bump(place):
    lw(t0, 0(place))
    addi(t0, t0, 1)
    sw(t0, 0(place))
    mv(a0, t0)
"""


def test_a_decorated_function_is_called_as_its_image_is(tmp_path: Path) -> None:
    path = tmp_path / "decorated.py"
    path.write_text(DECORATED)
    function = runpy.run_path(str(path))["bump"]
    place = words(5)
    run = Harts([[(function, place)]]).run()
    assert read(run, place) == [6]
    with pytest.raises(TypeError, match="a hart calls assembler functions, got a str"):
        Harts([[("bump", place)]])


# ---------------------------------------------------------------- the ring and the mailbox

EXAMPLE = RING.read_text()
# What is wrong with each: what it is made from, and what becomes of that.
BROKEN_RINGS = {
    "counts before the word is there": (
        "    sw(word, t2[12])\n    fence(w, w)  # the word is there before it counts\n"
        "    addi(t0, t0, 1)\n    sw(t0, ring[4])\n",
        "    addi(t0, t0, 1)\n    sw(t0, ring[4])\n    sw(word, t2[12])\n",
    ),
    "frees the place before the word is read": (
        "    lw(t1, t2[12])\n    fence(r, w)  # its place is free after it is read\n"
        "    addi(t0, t0, 1)\n    sw(t0, ring[0])\n",
        "    addi(t0, t0, 1)\n    sw(t0, ring[0])\n    lw(t1, t2[12])\n",
    ),
}
BROKEN_MAILBOXES = {
    "posts without a reservation": (
        '    lr_w(t0, box[0])\n    bnez(t0, "full")\n    sc_w_rl(t0, word, box[0])\n'
        '    bnez(t0, "again")\n',
        '    lw(t0, box[0])\n    bnez(t0, "full")\n    sw(word, box[0])\n',
    ),
    "collects in two steps": (
        "    amoswap_w_aq(a0, zero, box[0])\n",
        "    lw(t0, box[0])\n    sw(zero, box[0])\n    mv(a0, t0)\n",
    ),
}


def broken(old: str, new: str) -> dict[str, Image]:
    assert EXAMPLE.count(old) == 1
    return functions(EXAMPLE.replace(old, new))


Case = tuple[Harts, Callable[[Interleaving], bool]]


def ring_case(made: dict[str, Image], start: int, sent: list[int], takes: int) -> Case:
    """A ring of two words, and whether what is taken is what was put, in order."""
    ring = words(start & 0xFFFFFFFF, start & 0xFFFFFFFF, 2, 0xDEAD, 0xDEAD)
    places = [words(0) for _ in range(takes)]
    harts = Harts([
        [(made["put"], ring, word) for word in sent],
        [(made["take"], ring, place) for place in places],
    ])  # fmt: skip

    def is_right(run: Interleaving) -> bool:
        put = [word for word, was in zip(sent, run.results[0]) if was]
        took = [read(run, place)[0] for place, was in zip(places, run.results[1]) if was]
        first, last, _, *room = read(run, ring)
        left = [room[(first + at) % 2] for at in range(last - first & 0xFFFFFFFF)]
        return not run.stuck and run.error is None and took + left == put

    return harts, is_right


def mailbox_case(made: dict[str, Image]) -> Case:
    """Two harts post, two collect; nothing is lost, and nothing comes twice."""
    box = words(0)
    harts = Harts([
        [(made["post"], box, 5), (made["post"], box, 6)], [(made["post"], box, 7)],
        [(made["collect"], box)] * 2, [(made["collect"], box)],
    ])  # fmt: skip

    def is_right(run: Interleaving) -> bool:
        first, second, *collected = run.results
        posted = [word for word, was in zip((5, 6, 7), (*first, *second)) if was]
        found = [word for each in collected for word in each] + read(run, box)
        return run.error is None and sorted(filter(None, found)) == posted

    return harts, is_right


def cases(made: dict[str, Image]) -> Iterator[Case]:
    for start in (0, -1):
        yield ring_case(made, start, [11, 22, 33], 4)
    yield mailbox_case(made)


def test_the_ring_and_the_mailbox_in_every_order() -> None:
    made = functions(EXAMPLE)
    for harts, is_right in cases(made):
        seen = set()
        for run in harts.every(preemptions=1):
            assert is_right(run)
            seen.add(run.choices)
        assert len(seen) > 10


@pytest.mark.parametrize("name", [*BROKEN_RINGS, *BROKEN_MAILBOXES])
def test_a_broken_twin_is_caught(name: str) -> None:
    """In order, and at random; what went wrong goes wrong again."""
    made = broken(*{**BROKEN_RINGS, **BROKEN_MAILBOXES}[name])
    case = ring_case(made, 0, [11, 22, 33], 4) if name in BROKEN_RINGS else mailbox_case(made)
    harts, is_right = case
    wrong = next(run for run in harts.every(preemptions=2) if not is_right(run))
    chance = next(run for run in map(seeded(harts), range(200)) if not is_right(run))
    for run in (wrong, chance):
        again = harts.run(choices=run.choices)
        assert again.choices == run.choices and again.results == run.results
        assert not is_right(again)


def seeded(harts: Harts) -> Callable[[int], Interleaving]:
    return lambda seed: harts.run(seed=seed)


@pytest.mark.heavy
def test_the_ring_and_the_mailbox_at_random(request: pytest.FixtureRequest) -> None:
    """100,000 interleavings with --thorough."""
    count = THOROUGH if request.config.getoption("--thorough") else SAMPLED
    every = list(cases(functions(EXAMPLE)))
    orders = set()
    for seed in range(count):
        harts, is_right = every[seed % len(every)]
        run = harts.run(seed=seed)
        assert is_right(run), (seed, run.choices)
        orders.add((seed % len(every), run.choices))
    assert len(orders) > 0.7 * count


# ---------------------------------------------------------------- reservations

RESERVING = """\
@asm_rv32
def swap(place, new):
    lr_w(t0, (place))
    sc_w(a0, new, (place))

@asm_rv32
def store_word(place, value):
    sw(value, 0(place))

@asm_rv32
def store_byte(place, value):
    sb(value, 3(place))

@asm_rv32
def store_behind(place, value):
    sw(value, 4(place))

@asm_rv32
def load(place, value):
    lw(a0, 0(place))

@asm_rv32
def exchange(place, value):
    amoswap_w(a0, value, (place))

@asm_rv32
def fail(place, value):
    sc_w(a0, value, (place))
"""


@pytest.mark.parametrize(
    "name, ends", [("store_word", True), ("store_byte", True), ("exchange", True),
                   ("store_behind", False), ("load", False), ("fail", False)],
)  # fmt: skip
@pytest.mark.parametrize("value", [0, 9])
def test_a_store_of_another_hart_ends_a_reservation(name: str, ends: bool, value: int) -> None:
    """Also one of what is there already, 0: a store is told by its address (13.2)."""
    made = functions(RESERVING)
    place = words(0, 0)
    harts = Harts([[(made["swap"], place, 5)], [(made[name], place, value)]])
    between = harts.run(choices=[0, 1, 0])
    assert between.choices == (0, 1, 0)
    assert between.results[0] == (int(ends),)
    for choices in ([0, 0, 1], [1, 0, 0]):
        run = harts.run(choices=choices)
        assert run.results[0] == (0,) and run.choices == tuple(choices)
    if name == "store_byte" and ends:
        assert read(between, place) == [value << 24, 0]


COUNTING = """\
@asm_rv32
def plain(place) -> None:
    lw(t0, 0(place))
    addi(t0, t0, 1)
    sw(t0, 0(place))

@asm_rv32
def atomic(place) -> None:
    li(t0, 1)
    amoadd_w(zero, t0, (place))

@asm_rv32
def reserving(place) -> None:
    label(again)
    lr_w(t0, (place))
    addi(t0, t0, 1)
    sc_w(t0, t0, (place))
    bnez(t0, again)
"""


@pytest.mark.parametrize("name, ends", [("plain", {2, 3, 4}), ("atomic", {4}), ("reserving", {4})])
def test_two_harts_that_count(name: str, ends: set[int]) -> None:
    made, place = functions(COUNTING), words(0)
    harts = Harts([[(made[name], place)] * 2] * 2)
    runs = list(harts.every(preemptions=3))
    assert {read(run, place)[0] for run in runs} == ends
    assert all(run.results == ((None, None), (None, None)) and not run.stuck for run in runs)
    assert place.tolist() == [0]  # the caller's stays


# ---------------------------------------------------------------- against all orders


def program(name: str, operations: list[tuple[str, int, int]]) -> str:
    """A function that stores constants to words and adds up what it loads."""
    lines = [f"@asm_rv32\ndef {name}(place):\n    li(a1, 0)"]
    for kind, at, value in operations:
        if kind == "store":
            lines.append(f"    li(t0, {value})\n    sw(t0, {4 * at}(place))")
        else:
            lines.append(f"    lw(t0, {4 * at}(place))\n    slli(a1, a1, 4)\n    add(a1, a1, t0)")
    return "\n".join([*lines, "    mv(a0, a1)\n"])


def outcomes(first: list[Any], second: list[Any]) -> set[tuple[Any, ...]]:
    """What can come of two lists of operations, each in order: every way to merge them."""
    found = set()
    total = len(first) + len(second)
    for mine in combinations(range(total), len(first)):
        memory, sums = [0, 0], [0, 0]
        queues = [iter(first), iter(second)]
        for turn in range(total):
            hart = 0 if turn in mine else 1
            kind, at, value = next(queues[hart])
            if kind == "store":
                memory[at] = value
            else:
                sums[hart] = sums[hart] * 16 + memory[at]
        found.add((*sums, *memory))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_every_order_and_no_other(seed: int) -> None:
    random = Random(seed)

    def some() -> list[tuple[str, int, int]]:
        return [(random.choice(("store", "load")), random.randrange(2), random.randrange(1, 9))
                for _ in range(3)]  # fmt: skip

    first, second = some(), some()
    made = functions(program("one", first) + program("two", second))
    place = words(0, 0)
    harts = Harts([[(made["one"], place)], [(made["two"], place)]])
    runs = list(harts.every(preemptions=6))
    assert len({run.choices for run in runs}) == len(runs) == 20  # 6 over 3
    assert {(*(each[0] for each in run.results), *read(run, place)) for run in runs} == outcomes(
        first, second
    )


# ---------------------------------------------------------------- waiting, faults, arguments

WAITING = """\
@asm_rv32
def wait(place) -> uint:
    label(again)
    lw(a1, 0(place))
    beqz(a1, again)
    mv(a0, a1)

@asm_rv32
def signal(place, value) -> None:
    sw(value, 0(place))

@asm_rv32
def beyond(place):
    lw(t0, 0(place))
    beqz(t0, done)
    lw(t0, 4(place))
    label(done)
    addi(sp, sp, -16)
    sw(place, 4(sp))
    lw(a0, 4(sp))
    addi(sp, sp, 16)

@asm_rv32
def through(place):
    lw(a0, 0(place))
    lw(a0, 0(a0))

@asm_rv32
def give_stack(place):
    addi(t0, sp, -16)
    sw(t0, 0(place))
"""


def test_a_hart_waits_for_another_and_is_stuck_without() -> None:
    made, place = functions(WAITING), words(0)
    harts = Harts([[(made["wait"], place)], [(made["signal"], place, 7)]])
    for run in (*harts.every(preemptions=3), *map(seeded(harts), range(20))):
        assert (run.results, run.stuck) == (((7,), (None,)), ())
    other = words(0)
    both = Harts([[(made["wait"], place), (made["signal"], other, 1)],
                  [(made["wait"], other), (made["signal"], place, 1)]])  # fmt: skip
    run = both.run(seed=1)
    assert run.stuck == (0, 1) and run.results == ((), ()) and run.error is None


def test_a_fault_that_depends_on_the_order() -> None:
    made, place = functions(WAITING), words(0)
    harts = Harts([[(made["beyond"], place)], [(made["signal"], place, 7)]])
    good, bad = harts.run(choices=[0, 1]), harts.run(choices=[1, 0])
    assert good.error is None
    assert bad.error is not None and bad.error.code == "wild-access"
    assert bad.error.line == 16


def test_a_hart_that_rounds_by_no_mode_stops() -> None:
    text = "@asm_rv32(isa='rv32imafc')\ndef half(x: float) -> float:\n    nop()\n    fsrmi(5)\n"
    text += "    fmv_w_x(fa0, x)\n    fadd_s(fa0, fa0, fa0, dyn)\n    fmv_x_w(a0, fa0)\n"
    run = Harts([[(dict(assemble(text).functions)["half"], 0.5)]]).run()
    assert run.error is not None and (run.error.code, run.error.line) == ("illegal-instruction", 6)
    assert run.error.fault.message.startswith("frm holds no rounding mode, and 'fadd.s'")


def test_a_stack_is_no_other_hart_s() -> None:
    made, place = functions(WAITING), words(0)
    harts = Harts([[(made["give_stack"], place)], [(made["through"], place)]])
    run = harts.run(choices=[0, 1])
    assert run.error is not None and run.error.code == "wild-access"


def test_what_is_no_call() -> None:
    made = functions(WAITING)
    with pytest.raises(TypeError, match=r"wait\(\) missing 1 required"):
        Harts([[(made["wait"],)]])
    with pytest.raises(TypeError, match="a hart calls assembler functions, got a builtin"):
        Harts([[(print, 1)]])
    with pytest.raises(KeyError, match="no call has this buffer"):
        Harts([[(made["signal"], words(0), 1)]]).run().memory(words(0))


def test_floats_are_bits() -> None:
    text = "@asm_rv32(isa='rv32imfc')\ndef same(x: float) -> float:\n    mv(a0, x)\n"
    made = functions(text)
    assert Harts([[(made["same"], 0.5), (made["same"], 2)]]).run().results == ((0.5, 2.0),)

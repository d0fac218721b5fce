"""Branches and jumps at every distance: they land, no form is longer than need be, in time.

What lands is executed. The least fixed point is compared with one found by iterating until
nothing changes. Work is counted in lines of relax.py that are executed, not in seconds.
"""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from corpus.execution import BASE, STOP, execute

from asm_rv32.assembler import relax as relax_module
from asm_rv32.assembler.budget import Budget
from asm_rv32.assembler.expand import expand
from asm_rv32.assembler.forms import Mode
from asm_rv32.assembler.fragments import fragments
from asm_rv32.assembler.ir import Form, Fragment
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.assembler.reading.parser import parse
from asm_rv32.assembler.relax import relax
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.isa.decode import decode_at
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import instruction_set

# Mnemonic, its operands before the target, a0 and a1 where it jumps, and where it does not.
BRANCHES = {
    "beqz": ("a0, ", (0, 0), (1, 0)),
    "bnez": ("a0, ", (1, 0), (0, 0)),
    "beq": ("a0, a1, ", (5, 5), (5, 6)),
    "bne": ("a0, a1, ", (5, 6), (5, 5)),
    "blt": ("a0, a1, ", (-1, 1), (1, -1)),
    "bge": ("a0, a1, ", (1, -1), (-1, 1)),
    "bltu": ("a0, a1, ", (1, -1), (-1, 1)),
    "bgeu": ("a0, a1, ", (-1, 1), (1, -1)),
    "j": ("", (0, 0), None),
    "jal": ("", (0, 0), None),
    "tail": ("", (0, 0), None),
    "call": ("", (0, 0), None),
}
NEAR = [distance for limit in (254, 2046, 4094) for distance in range(limit - 12, limit + 15, 2)]
FAR = [1048574 + step for step in range(-10, 13, 2)]


def assembled(body: str, compress: bool = True) -> Image:
    return assemble(f"@asm_rv32\ndef f():\n{body}", compress=compress).functions["f"]


def forward(mnemonic: str, operands: str, space: int) -> str:
    return (
        f" label(here)\n {mnemonic}({operands}there)\n li(a0, 7)\n jr(t0)\n space({space})\n"
        " label(there)\n li(a0, 42)\n jr(t0)\n"
    )


def backward(mnemonic: str, operands: str, space: int) -> str:
    return (
        f" label(there)\n li(a0, 42)\n jr(t0)\n space({space})\n"
        f" label(here)\n {mnemonic}({operands}there)\n li(a0, 7)\n jr(t0)\n"
    )


def check_landing(mnemonic: str, image: Image) -> None:
    _, taken, not_taken = BRANCHES[mnemonic]
    here = image.symbols["here"]
    state = execute(image.code, here, t0=STOP, a0=taken[0], a1=taken[1], count=20)
    assert state["a0"] == 42
    if mnemonic in ("jal", "call"):
        entries = [entry for entry in image.entries if entry.address >= here and entry.is_code]
        words = [decode_at(image.code, e.address, instruction_set()) for e in entries[:2]]
        assert words[0].instruction is not None
        far = words[0].instruction.row.name == "auipc"
        assert state["ra"] - BASE == entries[1 + far].address
    else:
        assert state["ra"] == STOP
    if not_taken is not None:
        state = execute(image.code, here, t0=STOP, a0=not_taken[0], a1=not_taken[1], count=20)
        assert state["a0"] == 7


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("make", [forward, backward])
@pytest.mark.parametrize("mnemonic", BRANCHES)
def test_every_distance_around_a_limit_lands(
    mnemonic: str, make: Callable[[str, str, int], str], compress: bool
) -> None:
    operands = BRANCHES[mnemonic][0]
    some = ("beqz", "blt", "j", "jal")
    for distance in (*NEAR, *(FAR if mnemonic in some else ())):
        image = assembled(make(mnemonic, operands, distance - 8), compress)
        check_landing(mnemonic, image)


# The last distance of each form, and the size of the next: +254 is reached, -256 too.
LIMITS = [
    ("beqz", True, 2, -256, 254, 4), ("bnez", True, 2, -256, 254, 4),
    ("beqz", True, 4, -4096, 4094, 6), ("blt", True, 4, -4096, 4094, 8),
    ("beqz", False, 4, -4096, 4094, 8), ("blt", False, 4, -4096, 4094, 8),
    ("j", True, 2, -2048, 2046, 4), ("jal", True, 2, -2048, 2046, 4),
    ("j", True, 4, -1048576, 1048574, 8), ("jal", True, 4, -1048576, 1048574, 8),
    ("j", False, 4, -1048576, 1048574, 8), ("jal", False, 4, -1048576, 1048574, 8),
]  # fmt: skip


@pytest.mark.parametrize(("mnemonic", "compress", "size", "low", "high", "longer"), LIMITS)
def test_the_exact_ends_of_each_range_are_reached(
    mnemonic: str, compress: bool, size: int, low: int, high: int, longer: int
) -> None:
    operands = BRANCHES[mnemonic][0]
    pad = "data(2, 0)" if compress else "data(4, 0)"

    def at_distance(distance: int, own: int) -> Image:
        if distance > 0:
            body = f" label(here)\n {mnemonic}({operands}there)\n space({distance - own})\n" \
                   f" label(there)\n {pad}\n"  # fmt: skip
        else:
            body = f" label(there)\n space({-distance})\n label(here)\n" \
                   f" {mnemonic}({operands}there)\n label(after)\n {pad}\n"  # fmt: skip
        return assembled(body, compress)

    unit = 2 if compress else 4
    for distance in (high - high % unit, low):
        image = at_distance(distance, size)
        assert image.symbols["there"] - image.symbols["here"] == distance
        branch = next(e for e in image.entries if e.is_code)
        assert branch.size == size, (distance, branch)
    for distance in (high - high % unit + unit, low - unit):
        image = at_distance(distance, size)
        first = [e for e in image.entries if e.is_code]
        found = sum(e.size for e in first if e.span == first[0].span)
        assert found == longer, (distance, found)


@pytest.mark.parametrize(
    ("statement", "low", "high"),
    [("c_beqz(a0, there)", -256, 254), ("c_bnez(a0, there)", -256, 254),
     ("c_j(there)", -2048, 2046), ("c_jal(there)", -2048, 2046)],
)  # fmt: skip
@pytest.mark.parametrize("compress", [True, False])
def test_an_explicit_compressed_branch_stays_and_is_refused_out_of_reach(
    statement: str, low: int, high: int, compress: bool
) -> None:
    image = assembled(f" {statement}\n space({high - 2})\n label(there)\n ret()\n", compress)
    assert image.entries[0].size == 2
    with pytest.raises(AssemblyError, match="target-range") as caught:
        assembled(f" {statement}\n space({high})\n label(there)\n ret()\n", compress)
    assert f"{high + 2:+}" in caught.value.render()
    image = assembled(f" label(there)\n space({-low})\n {statement}\n", compress)
    assert image.symbols["there"] == 0
    with pytest.raises(AssemblyError, match="target-range"):
        assembled(f" label(there)\n space({2 - low})\n {statement}\n", compress)


def walk(count: int, seed: int, gaps: tuple[int, ...]) -> tuple[str, int]:
    """Blocks that jump to each other in a random order, and what the walk computes."""
    choice = random.Random(seed)
    order = list(range(1, count))
    choice.shuffle(order)
    order = [0, *order]
    following = dict(itertools.pairwise(order))
    hash_ = 0
    for block in order:
        hash_ = (hash_ * 31 + block) & 0xFFFFFFFF
    # t1 is left alone: jumps may be so long that they go through it.
    lines = ["li(a0, 0)", "li(s1, 31)", "mv(t2, ra)"]
    for block in range(count):
        lines += [f"label(B{block})", "mul(a0, a0, s1)", f"li(a1, {block})", "add(a0, a0, a1)"]
        if block in following:
            target = f"B{following[block]}"
            form = choice.randrange(6)
            if form == 0:
                lines.append(f"jal({target})")
            elif form == 1:
                lines += [f"beqz(zero, {target})", "ebreak()"]
            elif form == 2:
                lines += [f"bnez(s1, {target})", "ebreak()"]
            elif form == 3:
                lines += [f"bgeu(s1, zero, {target})", "ebreak()"]
            elif form == 4:
                lines += [f"la(s0, {target})", "jr(s0)"]
            else:
                lines.append(f"j({target})")
        else:
            lines.append("jr(t2)")
        gap = choice.choice(gaps)
        if gap:
            lines.append(f"space({gap})")
        if choice.random() < 0.2:
            lines.append(f"align({choice.choice((4, 8, 16, 64))})")
    return "".join(f" {line}\n" for line in lines), hash_


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize(
    "gaps", [(0,), (0, 20, 100), (0, 500, 900), (0, 0, 3000), (0, 8000, 60000)]
)
def test_a_walk_through_blocks_in_random_order_visits_all(
    gaps: tuple[int, ...], compress: bool
) -> None:
    for seed in range(6):
        body, expected = walk(120, seed, gaps)
        image = assembled(body, compress)
        assert execute(image.code)["a0"] == expected


# ---- the least fixed point


def naive(items: list[Fragment], labels: list[int]) -> list[Fragment]:
    """Grow one form at a time, everything placed anew after each sweep, until nothing changes."""
    copies = [Fragment(f.forms, f.start, f.end, f.target, f.alignment) for f in items]
    changed = True
    while changed:
        changed = False
        starts = place(copies)
        for index, f in enumerate(copies):
            if f.target >= 0 and f.choice + 1 < len(f.forms):
                distance = starts[labels[f.target]] - starts[index]
                if not f.form.low <= distance <= f.form.high:
                    f.choice += 1
                    changed = True
    place(copies)
    return copies


def place(items: list[Fragment]) -> list[int]:
    starts = [0]
    for f in items:
        f.address = starts[-1]
        f.size = -f.address % f.alignment if f.alignment else f.form.size
        starts.append(f.address + f.size)
    return starts


def check_layout(items: list[Fragment], labels: list[int], refused: list[Fragment]) -> None:
    """The addresses are those of the sizes, and all but the refused reach."""
    starts = [f.address for f in items] + [items[-1].address + items[-1].size]
    assert starts == place(items)
    for index, f in enumerate(items):
        if f.target >= 0 and f not in refused:
            assert f.form.low <= starts[labels[f.target]] - starts[index] <= f.form.high


def pipeline(source: str, compress: bool) -> tuple[list[Fragment], list[int]]:
    text = Source("<test>", source)
    program, wrong = parse(text)
    instructions = instruction_set()
    expansion, more = expand(program.functions[0], text, {}, instructions, Budget())
    found, _, most = fragments(expansion, instructions, Mode(compress=compress))
    assert not [*wrong, *more, *most]
    return found, [label.item for label in expansion.labels]


def random_program(seed: int, align: bool) -> str:
    choice = random.Random(seed)
    count = choice.choice((5, 30, 200, 600))
    lines = ["@asm_rv32", "def f():"]
    for index in range(count):
        lines.append(f" label(L{index})")
        near = choice.choice((3, 20, 100, count))
        target = f"L{min(max(index + choice.randint(-near, near), 0), count)}"
        kind = choice.randrange(10)
        if kind < 3:
            lines.append(f" beqz(a{choice.randrange(8)}, {target})")
        elif kind < 5:
            lines.append(f" {choice.choice(('j', 'jal', 'la'))}("
                         .replace("la(", "la(a0, ") + f"{target})")  # fmt: skip
        elif kind == 5:
            lines.append(f" blt(a0, a1, {target})")
        elif kind == 6:
            lines.append(f" space({2 * choice.choice((1, 5, 60, 120, 500))})")
        elif kind == 7 and align:
            lines.append(f" align({choice.choice((2, 4, 8, 16, 128))})")
        else:
            lines.append(f" addi(a0, a0, {choice.choice((1, 100))})")
    lines += [f" label(L{count})", " ret()"]
    return "\n".join(lines)


@pytest.mark.parametrize("compress", [True, False])
def test_the_layout_is_the_least_fixed_point(compress: bool) -> None:
    for seed in range(60):
        items, labels = pipeline(random_program(seed, align=False), compress)
        expected = naive(items, labels)
        refused = relax(items, labels)
        assert not refused
        check_layout(items, labels, refused)
        assert [f.choice for f in items] == [f.choice for f in expected]


@pytest.mark.parametrize("compress", [True, False])
def test_alignment_keeps_everything_in_reach(compress: bool) -> None:
    for seed in range(100, 180):
        items, labels = pipeline(random_program(seed, align=True), compress)
        refused = relax(items, labels)
        assert not refused
        check_layout(items, labels, refused)


# ---- chains in which each growth brings about the next


def jump(target: int, ranges: tuple[tuple[int, int, int], ...]) -> Fragment:
    """A fragment of forms (size, low, high); the last reaches everything."""
    forms = tuple(Form(size, (), low, high) for size, low, high in ranges)
    return Fragment(forms, 0, 1, target)


def filler(size: int) -> Fragment:
    return Fragment((Form(size, (), data=bytes(size)),), 0, 1)


SHORT = ((2, -256, 254), (4, -(1 << 20), 1 << 20))
WIDE = ((2, -2048, 2046), (4, -(1 << 20), 1 << 20))
STEPS = (
    (2, -256, 254),
    (4, -4096, 4094),
    (6, -(1 << 20), (1 << 20) - 2),
    (10, -(1 << 31), 1 << 31),
)


def chain(count: int, gap: int) -> tuple[list[Fragment], list[int]]:
    """Jump i stops reaching when jump i + 1 grows; only the last is out of reach at first."""
    items: list[Fragment] = []
    for index in range(count):
        # The target stands behind the next jump and four bytes more.
        items += [jump(index, SHORT), filler(4), filler(gap)]
    items.append(filler(10))
    return items, [*(3 * index + 5 for index in range(count - 1)), len(items)]


def mirrored(items: list[Fragment], labels: list[int]) -> tuple[list[Fragment], list[int]]:
    """The same back to front: targets behind become targets in front."""
    count = len(items)
    turned = [Fragment(f.forms, f.start, f.end, f.target) for f in reversed(items)]
    return turned, [count - label for label in labels]


def tight(count: int, seed: int, ranges: tuple[tuple[int, int, int], ...],
          aligned: int = 0) -> tuple[list[Fragment], list[int]]:  # fmt: skip
    """Jumps back and forth whose distance is at or just inside the limit, in random order.

    Among them are so many alignments.
    """
    choice = random.Random(seed)
    items: list[Fragment] = []
    for index in range(count):
        items += [jump(index, ranges), filler(choice.choice((2, 4, 10, 30)))]
    for _ in range(aligned):
        at = 2 * choice.randrange(count) + 1
        items[at] = Fragment((), 0, 1, alignment=choice.choice((4, 8, 16)))
    starts = place(items)
    labels = []
    where = {start: place_ for place_, start in enumerate(starts)}
    low, high = ranges[0][1:]
    for index in range(count):
        own = starts[2 * index]
        limit = choice.choice((low, high))
        # Inward to the next place from the limit, or outward: those set off the rest.
        step = -2 if limit > 0 else 2
        target = own + limit
        if index % 100 == 50:
            target, step = target - step, -step
        while 0 <= target <= starts[-1] and target not in where:
            target += step
        labels.append(where.get(target, 2 * index))
    return items, labels


CHAINS: dict[str, Callable[[int], tuple[list[Fragment], list[int]]]] = {
    # 254 bytes from the start of the jump forward, 256 backward.
    "forward": lambda count: chain(count, 242),
    "backward": lambda count: mirrored(*chain(count, 246)),
    "tight, short": lambda count: tight(count, 1, SHORT),
    "tight, wide": lambda count: tight(count, 2, WIDE),
    "tight, four forms": lambda count: tight(count, 3, STEPS),
}


def aligned(count: int) -> tuple[list[Fragment], list[int]]:
    """A tight chain with an alignment in front of every eighth jump."""
    items, labels = tight(count, 4, SHORT)
    for index in range(0, len(items), 32):
        items[index + 1] = Fragment((), 0, 1, alignment=4)
    return items, labels


@pytest.mark.parametrize("name", CHAINS)
def test_chains_have_the_least_fixed_point(name: str) -> None:
    items, labels = CHAINS[name](300)
    expected = naive(items, labels)
    refused = relax(items, labels)
    check_layout(items, labels, refused)
    assert [f.choice for f in items] == [f.choice for f in expected]
    assert sum(f.choice > 0 for f in items) >= 100


def test_an_aligned_chain_stays_in_reach() -> None:
    items, labels = aligned(2000)
    check_layout(items, labels, relax(items, labels))


@pytest.mark.parametrize("ranges", [SHORT, WIDE, STEPS])
def test_what_is_only_watched_is_kept_in_reach(
    ranges: tuple[tuple[int, int, int], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small programs in which every place matters, the first, too: after one sweep all is watched.

    Alignments far apart shift only by what grows before them.
    """
    monkeypatch.setattr(relax_module, "SWEEP_SHARE", 0)
    for seed in range(150):
        choice = random.Random(seed)
        count = choice.randint(2, 150)
        items, labels = tight(count, seed, ranges, 3 * (seed % 2))
        for index in choice.sample(range(count), min(count, 3)):
            items[2 * index] = jump(index, ((2, 0, 0), *ranges[1:]))
        expected = naive(items, labels)
        check_layout(items, labels, relax(items, labels))
        if not seed % 2:
            assert [f.choice for f in items] == [f.choice for f in expected]


@pytest.mark.parametrize("before", range(9))
def test_growth_anywhere_before_an_alignment_shifts_it(
    before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last jump grows, then the first, whose target is behind it; so the alignment fills six
    bytes, which the second jump then has to cross."""
    monkeypatch.setattr(relax_module, "SWEEP_SHARE", 0)
    first, second, last = (
        jump(label, ((2, 0, reach), (4, 0, 1 << 20))) for label, reach in enumerate((20, 10, 0))
    )
    items = [filler(8) for _ in range(before)]
    items += [first, filler(4), second, filler(8), Fragment((), 0, 1, alignment=8), filler(2)]
    items += [last, filler(4)]
    labels = [before + 7, before + 5, before + 8]
    assert relax(items, labels) == []
    check_layout(items, labels, [])
    assert [f.size for f in (first, second, last)] == [4, 4, 4]


def lines_executed(items: list[Fragment], labels: list[int]) -> int:
    """How many lines of relax.py run."""
    count = 0
    path = relax_module.__file__

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != path:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        relax(items, labels)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", [*CHAINS, "aligned"])
def test_chains_take_nearly_linear_work(name: str) -> None:
    """Four times the length takes at most six times the lines: n log n has 4.7, n * n has 16."""
    make = {**CHAINS, "aligned": aligned}[name]
    short, long = (lines_executed(*make(count)) for count in (500, 2_000))
    assert long < 6 * short, (short, long)


def mentioned(image: Image) -> Iterator[str]:
    yield from (diagnostic.code for diagnostic in image.diagnostics)


def test_a_jump_through_a_scratch_register_is_noted() -> None:
    far = assembled(" j(there)\n space(1048576)\n label(there)\n ret()\n")
    assert list(mentioned(far)) == ["far-jump-scratch"]
    near = assembled(" j(there)\n space(1048570)\n label(there)\n ret()\n")
    assert not list(mentioned(near))
    linked = assembled(" jal(there)\n space(1048576)\n label(there)\n ret()\n")
    assert not list(mentioned(linked))


def test_a_gap_behind_a_short_instruction_is_filled_with_a_short_one() -> None:
    text = "@asm_rv32(compress=False)\ndef f():\n c_addi(a0, 1)\n align(4)\n ret()\n"
    assert assemble(text).functions["f"].code.hex() == "0505" + "0100" + "67800000"

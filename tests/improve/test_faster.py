"""`lint --speed`: what it writes does the same, is faster, and what is not the same is refused."""

from __future__ import annotations

import copy
import json
import random
import re
from array import array
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from corpus.example_inputs import INPUTS
from corpus.kernels import EXAMPLES
from corpus.shell import Shell

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.basis.edits import Edit, edited
from asm_rv32.commands.calls import parse_call
from asm_rv32.importing.c_source import import_c
from asm_rv32.importing.gnu import Options
from asm_rv32.improve import align, hoist
from asm_rv32.improve.excerpt import excerpt
from asm_rv32.improve.places import Unproved
from asm_rv32.improve.search import Search, Step
from asm_rv32.improve.simulation import same
from asm_rv32.improve.statements import Function
from asm_rv32.isa.image import Image
from asm_rv32.machine.emulator import run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.prove.watch import watch

NAIVE = Path(__file__).parents[1] / "corpus" / "naive_loops.py"
COUNTS = ("count", "length", "n", "rows")
"""Parameters that say how much of a buffer is meant."""


def assembled(source: Source) -> Module:
    return assemble(source.text, path=source.path)


@lru_cache
def naive() -> tuple[Source, dict[str, list[Any]]]:
    """The naive loops, and the arguments that each is priced with."""
    text = NAIVE.read_text()
    calls = (parse_call(each) for each in re.findall(r"# try: *(.*)", text))
    return Source(str(NAIVE), text), {call.name: call.arguments for call in calls}


def other(values: list[Any], parameters: tuple[str, ...], choice: random.Random) -> list[Any]:
    """Other arguments of the same sorts: buffers hold something else, and less of them is meant."""
    found: list[Any] = []
    for name, value in zip(parameters, values):
        if isinstance(value, int):
            found.append(choice.randint(0, value) if name in COUNTS else choice.randint(-99, 99))
        elif isinstance(value, str):
            found.append("".join(choice.choices("abc", k=choice.randint(0, 40))))
        elif isinstance(value, array):
            fresh = array(value.typecode, bytes(choice.randbytes(len(value) * value.itemsize)))
            found.append(fresh)
        else:
            found.append(type(value)(choice.randbytes(len(value))))
    return found


def outcome(image: Image, values: list[Any]) -> tuple[object, ...]:
    """What a call gives and leaves; the fault that ends it."""
    try:
        found = run(image, copy.deepcopy(values))
    except ExecutionError as error:
        return (error.fault.code,)
    return found.word, found.contents


def agree(one: Image, two: Image, values: list[Any], count: int) -> bool:
    """Whether two functions do the same with other arguments."""
    choice = random.Random(5)
    calls = (other(values, one.parameters, choice) for _ in range(count))
    return all(outcome(one, call) == outcome(two, call) for call in calls)


def tuned(name: str) -> tuple[Search, Step]:
    source, calls = naive()
    search = Search(assembled(source), name, assembled, (), [calls[name]])
    return search, search.best()


def saved(search: Search, step: Step) -> dict[str, float]:
    """Core → per cent of its cycles."""
    after = search.priced(step.function)
    assert after is not None
    return {
        core: 100 * (1 - sum(after[core]) / sum(before)) for core, before in search.before.items()
    }


# ---- the command


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


SIMPLE = (
    "@asm_rv32\ndef clear(words, count):\n    beqz(count, done)\n    label(loop)\n"
    "    sw(zero, 0(words))  # one of them\n    addi(words, words, 4)\n"
    "    addi(count, count, -1)\n    bnez(count, loop)\n    label(done)\n    li(a0, 0)\n"
)


@pytest.mark.heavy
def test_it_is_written(shell: Shell) -> None:
    path = shell.write("clear.py", SIMPLE)
    done = shell("lint", "clear.py", "--speed", "--core", "hazard3", "--fix")
    assert done.returncode == 0 and "hazard3" in done.stdout, done.stderr
    assert path.read_text().count("# one of them") == 2
    before, after = (assemble(text).functions["clear"] for text in (SIMPLE, path.read_text()))
    assert len(after.code) > len(before.code)
    for count in range(20):
        values = array("i", range(30)), count
        assert outcome(before, list(values)) == outcome(after, list(values))


@pytest.mark.heavy
def test_it_is_shown(shell: Shell) -> None:
    shell.write("clear.py", SIMPLE)
    shown = shell("lint", "clear.py", "--speed", "--core", "hazard3,picorv32", "-f", "json")
    [found] = map(json.loads, shown.stdout.splitlines())
    assert shown.returncode == 1 and found["function"] == "clear", shown.stderr
    assert all(each["after"] < each["before"] for each in found["cycles"].values())
    edits = [Edit(each["line"], each["taken"], tuple(each["lines"])) for each in found["edits"]]
    after = assemble(edited(Source("clear.py", SIMPLE), edits)).functions["clear"]
    assert agree(assemble(SIMPLE).functions["clear"], after, [array("i", range(9)), 9], 20)


@pytest.mark.heavy
def test_a_core_that_there_is_not(shell: Shell) -> None:
    shell.write("clear.py", SIMPLE)
    done = shell("lint", "clear.py", "--speed", "--core", "hazard4")
    assert done.returncode == 2 and "no core 'hazard4'" in done.stderr, done.stderr


# ---- what is not the same


TEXT = """\
@asm_rv32
def f(to, start, count):
    beqz(count, done)
    label(loop)
    lw(t0, 0(start))
    sw(t0, 0(to))
    lw(t1, 4(start))
    addi(count, count, -1)
    sw(t1, 4(to))
    addi(start, start, 4)
    addi(to, to, 4)
    bnez(count, loop)
    label(done)
    mv(a0, s0)
"""


@pytest.mark.parametrize(
    ("line", "taken", "lines"),
    [
        pytest.param(6, 2, ("lw(t1, 4(start))", "sw(t0, 0(to))"), id="a load ahead of a store"),
        pytest.param(5, 1, ("lw(t0, 8(start))",), id="another offset"),
        pytest.param(8, 1, ("addi(count, count, -2)",), id="another step"),
        pytest.param(12, 1, ("bgtz(count, loop)",), id="another condition"),
        pytest.param(3, 1, (), id="a turn more"),
        pytest.param(5, 1, ("lw(t0, 0(start))", "li(s1, 0)"), id="a register of the caller's"),
        pytest.param(10, 1, (), id="a statement less"),
        pytest.param(12, 0, ("j(loop)",), id="without an end"),
    ],
)
def test_what_is_not_the_same_is_refused(line: int, taken: int, lines: tuple[str, ...]) -> None:
    edit = Edit(line, taken, tuple(f"    {each}" for each in lines))
    old = Function(assemble(TEXT), "f")
    new = Function(assemble(edited(old.source, [edit])), "f")
    with pytest.raises(Unproved):
        same(old, new, [edit], {}, watch(10))


def test_distances_within_a_text_stay() -> None:
    text = TEXT.replace("mv(a0, s0)", "li(a0, done - loop)")
    edit = Edit(5, 2, ("    lw(t0, 0(start))", "    sw(t0, 0(to))", "    mv(t2, t2)"))
    old = Function(assemble(text), "f")
    new = Function(assemble(edited(old.source, [edit])), "f")
    with pytest.raises(Unproved, match="how far"):
        same(old, new, [edit], {}, watch(10))


@pytest.mark.parametrize(
    ("line", "taken", "lines"),
    [
        pytest.param(8, 2, ("sw(t1, 4(to))", "addi(count, count, -1)"), id="another order"),
        pytest.param(10, 1, ("addi(start, start, 3)", "addi(start, start, 1)"), id="in two"),
        pytest.param(12, 1, ("bne(count, zero, loop)",), id="another word"),
        pytest.param(4, 0, ("align(4)",), id="aligned"),
    ],
)
def test_what_is_the_same_is_proved(line: int, taken: int, lines: tuple[str, ...]) -> None:
    edit = Edit(line, taken, tuple(f"    {each}" for each in lines))
    old = Function(assemble(TEXT), "f")
    new = Function(assemble(edited(old.source, [edit])), "f")
    same(old, new, [edit], {}, watch(10))


# ---- loops at whole words


def test_a_loop_begins_at_a_whole_word() -> None:
    """By a gap ahead of it, or by an instruction of four bytes in place of two."""
    old = Function(assemble(TEXT.replace("    beqz", "    addi(to, to, 4)\n    beqz")), "f")
    assert old.labels["loop"] % 4 == 0
    text = TEXT.replace("    beqz", "    addi(to, to, 8)\n    addi(count, count, 1)\n    beqz")
    old = Function(assemble(text), "f")
    assert old.labels["loop"] % 4
    found = []
    for each in align.candidates(old):
        new = Function(assemble(edited(old.source, each.edits)), "f")
        same(old, new, each.edits, each.relations, watch(10))
        assert new.labels["loop"] % 4 == 0 and new.labels["loop"] - old.labels["loop"] == 2
        found.append(each.edits[0].lines[0].strip())
    assert found == ["align(4)", "compress(False)", "compress(False)", "compress(False)"]


# ---- loads that are the same each turn


LOADS = """\
@asm_rv32
def f(words, factor, count):
    sw(zero, -4(sp))
    label(loop)
    {0}
    addi(words, words, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    mv(a0, s0)
"""
SUM = "lw(t2, 0(words))", "mul(t2, t2, t1)", "add(a4, a4, t2)"


@pytest.mark.parametrize(
    ("body", "buffers", "is_hoisted"),
    [
        pytest.param(("lw(t1, 0(factor))", *SUM), (10, 11), True, id="a buffer"),
        pytest.param(("lw(t1, -4(sp))", *SUM), (), True, id="the stack"),
        pytest.param(("lw(t1, -4(sp))", *SUM, "sw(a4, -8(sp))"), (), True, id="stored beside it"),
        pytest.param(("lw(t1, -4(sp))", *SUM, "sw(a4, -6(sp))"), (), False, id="stored into it"),
        pytest.param(("lw(t1, 0(factor))", *SUM), (10,), False, id="perhaps a device"),
        pytest.param(("lw(t1, 0(factor))", *SUM, "sw(a4, 0(words))"), (10, 11), False, id="alias"),
        pytest.param(
            ("beqz(a4, done)", "lw(t1, 0(factor))", *SUM), (10, 11), False, id="perhaps not"
        ),
        pytest.param(("lw(t1, 0(factor))", "beqz(t1, loop)"), (10, 11), False, id="a wait"),
        pytest.param(("lw(t1, 0(factor))", "mv(factor, t1)", *SUM), (10, 11), False, id="a list"),
        pytest.param(("add(a4, a4, t1)", "lw(t1, 0(factor))", *SUM), (10, 11), False, id="later"),
    ],
)
def test_a_load_goes_ahead_of_a_loop(
    body: tuple[str, ...], buffers: tuple[int, ...], is_hoisted: bool
) -> None:
    """Where its place stays the same, is memory, and is read by the first turn in any case."""
    old = Function(assemble(LOADS.format("\n    ".join(body))), "f", buffers)
    found = False
    for each in hoist.candidates(old):
        new = Function(assemble(edited(old.source, each.edits)), "f", buffers)
        try:
            same(old, new, each.edits, each.relations, watch(10))
            found = True
        except Unproved:
            continue
    assert found == is_hoisted


def test_an_excerpt_has_what_a_function_needs() -> None:
    """And no more, each line where it was."""
    text = (
        "MORE = 5\nclass Sums:\n    @asm_rv32\n    def one(a):\n        addi(a, a, MORE)\n\n"
        "    @asm_rv32\n    def two(a):\n        la(t0, table)\n        lw(a0, 0(t0))\n\n"
        "@asm_data\ndef table():\n    data(4, 1)\n\n@asm_data\ndef other():\n    data(4, 2)\n"
    )
    module = assemble(text)
    for name, gone in (("Sums.one", "two table other"), ("Sums.two", "one other")):
        found = excerpt(module, name)
        assert assemble(found.text).functions[name].code == module.functions[name].code
        assert not any(f"def {each}(" in found.text for each in gone.split())
        lines = zip(text.splitlines(), found.text.splitlines())
        assert all(now.strip() in ("", was.strip()) for was, now in lines)


# ---- the naive loops, and gcc's code


SAMPLE = ("sum_bytes", "clear", "count_byte")


def names(config: pytest.Config) -> tuple[str, ...]:
    """All of the naive loops in a thorough run, else some."""
    return tuple(naive()[1]) if config.getoption("--thorough") else SAMPLE


@pytest.mark.heavy
def test_naive_loops_are_faster(request: pytest.FixtureRequest) -> None:
    """Proved, on no exact core slower, the same in runs; on average by what the documents say."""
    calls = naive()[1]
    assert len(calls) >= 30
    found = []
    for name in names(request.config):
        search, step = tuned(name)
        assert step.way, name
        found.append(saved(search, step))
        print(name, {core: round(each, 1) for core, each in found[-1].items()})
        assert min(found[-1].values()) >= 0, (name, found[-1])
        before, after = search.function.image, step.function.image
        assert agree(before, after, calls[name], 40), name
    for core, least in (("hazard3", 40), ("cv32e40p", 40), ("picorv32", 25)):
        mean = sum(each[core] for each in found) / len(found)
        assert mean >= least, (core, mean)


GCC = ("sum_words",)


def twins(config: pytest.Config) -> Iterator[tuple[Source, str]]:
    """gcc's code of the examples' C twins, imported."""
    for path in sorted(EXAMPLES.glob("*.c")):
        text = imported_text(path)
        for name in assemble(text).functions:
            if config.getoption("--thorough") or name in GCC:
                yield Source(str(path), text), name


def imported_text(path: Path) -> str:
    return import_c(str(path), Options("rv32imc"), ()).text


@pytest.mark.heavy
def test_compiled_code_is_faster(request: pytest.FixtureRequest) -> None:
    found = []
    for source, name in twins(request.config):
        choice = random.Random(1)
        calls = [INPUTS[name](choice) for _ in range(6)]
        search = Search(assembled(source), name, assembled, (), calls)
        step = search.best()
        found.append(saved(search, step))
        print(name, {core: round(each, 1) for core, each in found[-1].items()})
        assert min(found[-1].values()) >= 0, (name, found[-1])
        for _ in range(20):
            values = list(INPUTS[name](choice))
            one, two = (outcome(each.image, values) for each in (search.function, step.function))
            assert one == two, (name, values)
    for core in ("hazard3", "cv32e40p", "picorv32"):
        assert sum(each[core] for each in found) / len(found) >= 3, core


# ---- mutants of what is proved


def mutated(text: str, choice: random.Random) -> str:
    """A line with another number, register or condition in it."""
    kind = choice.randrange(3)
    if kind == 0 and (numbers := list(re.finditer(r"(?<![\w])-?\d+", text))):
        at = choice.choice(numbers)
        more = choice.choice((-4, -1, 1, 4))
        return text[: at.start()] + str(int(at[0]) + more) + text[at.end() :]
    if kind == 1 and (places := list(re.finditer(r"\b[at]\d\b", text))):
        at = choice.choice(places)
        return text[: at.start()] + choice.choice(("a3", "t0", "t1", "t2")) + text[at.end() :]
    for one, two in (("beq", "bne"), ("bltu", "bgeu"), ("add(", "sub("), ("lbu", "lb")):
        if one in text:
            return text.replace(one, two)
        if two in text:
            return text.replace(two, one)
    return text if "label" in text else f"{text[: len(text) - len(text.lstrip())]}nop()"


def mutants(step: Step, choice: random.Random, count: int) -> Iterator[Function]:
    """Texts that differ from a step's in one line that it put in."""
    assert step.candidate is not None and step.before is not None
    edits = sorted(step.candidate.edits)
    for _ in range(count):
        at = choice.randrange(len(edits))
        lines = list(edits[at].lines)
        if not lines:
            continue
        line = choice.randrange(len(lines))
        lines[line] = mutated(lines[line], choice)
        changed = [*edits[:at], edits[at]._replace(lines=tuple(lines)), *edits[at + 1 :]]
        source = Source("mutant.py", edited(step.before.function.source, changed))
        if source.text == step.function.source.text:
            continue
        try:
            yield Function(assembled(source), step.function.name)
        except AssemblyError:
            continue


@pytest.mark.heavy
def test_no_mutant_is_proved_that_runs_tell_apart(request: pytest.FixtureRequest) -> None:
    thorough = request.config.getoption("--thorough")
    choice = random.Random(3)
    tried = refused = 0
    for name in naive()[1] if thorough else ("sum_bytes", "string_length"):
        search = Search(assembled(naive()[0]), name, assembled, ("hazard3",), [naive()[1][name]])
        print(name, tried, refused)
        for step in search.best().way:
            assert step.before is not None and step.candidate is not None
            for mutant in mutants(step, choice, 12 if thorough else 4):
                tried += 1
                old, edits = step.before.function, step.candidate.edits
                try:
                    same(old, mutant, edits, step.candidate.relations, watch(10))
                except Unproved:
                    refused += 1
                    continue
                values = naive()[1][name]
                assert agree(old.image, mutant.image, values, 300), mutant.source.text
    print(f"{tried} mutants, {refused} refused")
    assert tried > 10 and refused > tried / 2, (tried, refused)

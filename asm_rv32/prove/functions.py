"""Two functions on the same unknown arguments: whether they give the same, for every input.

Input: two images, and arguments, in which `AnyWord` and `AnyArray` stand for what is not known.
Output: a `Verdict` with its assumptions; a counterexample is made small, and run in the emulator
before it is shown.
Invariant: what is compared is all that a caller can see: the result, the buffers, sp, the saved
registers and where it returns to.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import z3

from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa.image import NOTHING, Image
from asm_rv32.isa.operands import A0, ABI_NAMES, RA, SAVED_REGISTERS, SP
from asm_rv32.isa.words import WORD
from asm_rv32.machine import emulator
from asm_rv32.machine.calling import Arguments
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.memory import CODE, STACK, STOP, Region
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings
from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.decision import decide
from asm_rv32.prove.execution import Byte, Execution, Path
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.prove.question import Question
from asm_rv32.prove.solver import Reader
from asm_rv32.prove.sweep import Pair
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import SAMPLES, Terms
from asm_rv32.prove.verdict import DIFFERS, UNDECIDED, Verdict
from asm_rv32.prove.watch import Watch, watch

TIMEOUT = 60.0
"""Seconds."""
REACHING = 5_000
"""Milliseconds for an input that comes to a certain place."""
RUN = 1_000_000
"""Instructions after which a run of a counterexample is taken for one that does not end."""
TRIALS = 300
"""Runs in the emulator that a counterexample may take to become small."""


class Call:
    """The arguments of one call: those that are known, and terms for those that are not."""

    def __init__(self, values: Sequence[Any], names: Sequence[str], terms: Terms) -> None:
        self.values = list(values)
        self.terms = terms
        placed = [self._placeholder(value) for value in self.values]
        self._arguments = Arguments(placed, names)
        self.regions = self._arguments.regions
        self.words = [terms.constant(word) for word in self._arguments.words]
        self.memory: dict[int, Byte] = {}
        for region, data in zip(self.regions, self._arguments.contents()):
            for at, byte in enumerate(data):
                self.memory[region.address + at] = (terms.constant(byte), 0)
        self.unknown: list[list[Term]] = []
        """Of each argument: the terms of what is not known of it."""
        for at, value in enumerate(self.values):
            self.unknown.append(self._unknown(at, value))

    @staticmethod
    def _placeholder(value: Any) -> Any:
        if isinstance(value, AnyWord):
            return 0
        if isinstance(value, AnyArray):
            return array(value.typecode, bytes(array(value.typecode).itemsize * value.length))
        return value

    def _unknown(self, at: int, value: Any) -> list[Term]:
        if isinstance(value, AnyWord):
            found = self.terms.unknown(f"argument {at}", value.high - value.low)
            self.words[at] = self.terms.sum([(found, 1)], value.low)
            return [found]
        if not isinstance(value, AnyArray):
            return []
        size = array(value.typecode).itemsize
        start = self.words[at].value or 0
        items = []
        for index in range(value.length):
            item = self.terms.unknown(f"argument {at}[{index}]", (1 << 8 * min(size, 4)) - 1)
            items.append(item)
            for byte in range(size):
                self.memory[start + size * index + byte] = (item, byte)
        return items

    def with_values(self, known: Callable[[Term], int]) -> list[Any]:
        """The arguments, for those values of the unknowns."""
        found: list[Any] = []
        for value, terms in zip(self.values, self.unknown):
            numbers = [known(term) for term in terms]
            if isinstance(value, AnyWord):
                found.append(numbers[0] + value.low)
            elif isinstance(value, AnyArray):
                size = array(value.typecode).itemsize
                data = b"".join(number.to_bytes(size, "little") for number in numbers)
                found.append(array(value.typecode, data))
            else:
                found.append(value)
        return found


def compare(
    one: Image,
    other: Image,
    values: Sequence[Any],
    *,
    timeout: float = TIMEOUT,
    settings: Settings = DEFAULT_SETTINGS,
) -> Verdict:
    """Whether two functions do the same for all values of what is unknown in the arguments.

    `timeout`: seconds for all of it. Raises TypeError for a wrong number of arguments.
    """
    return answer(Question(one, other, values, settings), watch(timeout))


def answer(question: Question, limits: Watch) -> Verdict:
    """The verdict on a question. Raises TypeError for a wrong number of arguments."""
    began = time.monotonic()
    assumptions = question.assumptions()
    most = min(RUN, question.settings.max_instructions)
    question = question._replace(settings=question.settings._replace(max_instructions=most))
    try:
        found = _found(question, limits)
    except Unreadable as error:
        found = Verdict(UNDECIDED, reason=str(error))
    except (MemoryError, RecursionError, z3.Z3Exception) as error:
        found = Verdict(UNDECIDED, reason=f"the solver gave up: {error or type(error).__name__}")
    return found._replace(assumptions=assumptions, seconds=time.monotonic() - began)


def _found(question: Question, limits: Watch) -> Verdict:
    call = Call(question.values, question.one.parameters, Terms())
    ends: list[Path] = []
    for image in (question.one, question.other):
        limits.say(f"{image.qualified_name} is executed")
        try:
            ends.append(executed(image, call, question.settings, limits))
        except Unreadable as error:
            different = _by_running(question, call, error.conditions, limits)
            if different is not None:
                return different
            raise Unreadable(f"{image.qualified_name}: {error}") from None
    named = _compared(question.one, question.other, call, ends)
    found = decide(call.terms, named, limits)
    if found.verdict == DIFFERS:
        return _shown(found.values, call, question)
    return Verdict(found.verdict, reason=found.reason or None)


def executed(image: Image, call: Call, settings: Settings, limits: Watch) -> Path:
    """The state in which a function returns. Raises Unreadable."""
    terms = call.terms
    image = emulator.at_calls(image, settings)
    stack = Region(STACK, settings.stack, True, "the stack")
    execution = Execution(terms, image.code, image.isa, CODE, call.regions, stack, limits)
    registers = [terms.zero, *(terms.unknown(name) for name in ABI_NAMES[1:])]
    registers[RA] = terms.constant(STOP)
    registers[SP] = terms.constant(stack.end)
    for number, word in enumerate(call.words):
        registers[A0 + number] = word
    return execution.run(registers, call.memory, CODE + image.entry)


def _compared(one: Image, other: Image, call: Call, ends: Sequence[Path]) -> dict[str, Pair]:
    """All that a caller can see, by name, as both have it."""
    ours, theirs = ends
    found: dict[str, Pair] = {}
    if NOTHING not in (one.returns, other.returns):
        found["the result"] = ours.registers[A0], theirs.registers[A0]
    for number in (SP, *SAVED_REGISTERS):
        found[ABI_NAMES[number]] = ours.registers[number], theirs.registers[number]
    for region in call.regions:
        for start in range(region.address, region.end, 4):
            size = min(4, region.end - start)
            pair = tuple(
                call.terms.sum([
                    (call.terms.piece(call.terms.piece(word, -8 * byte, 255), 8 * at, WORD), 1)
                    for at in range(size)
                    for word, byte in [path._byte(start + at)]
                ])
                for path in (ours, theirs)
            )  # fmt: skip
            found[f"{region.name} at {start - region.address}"] = pair  # type: ignore[assignment]
    return found


def _by_running(
    question: Question, call: Call, conditions: Sequence[Term], limits: Watch
) -> Verdict | None:
    """A counterexample for functions that cannot be followed on all inputs: one that comes to the
    place where that ends, or one of the sampled inputs; None where these show no difference."""
    images = (question.one, question.other)
    for values in chain(_reaching(call, conditions, limits), _samples(call)):
        if limits.is_over:
            return None
        if _difference(images, call.with_values(values.__getitem__), question.settings):
            return _shown(values, call, question)
    return None


def _reaching(call: Call, conditions: Sequence[Term], limits: Watch) -> Iterator[dict[Term, int]]:
    """Values of the unknowns for which all conditions hold."""
    reader = Reader()
    solver = z3.SolverFor("QF_BV")
    solver.set("timeout", max(1, min(REACHING, int(1000 * limits.left))))
    solver.add(*(reader.word(each) == 1 for each in conditions), *reader.bounds)
    if solver.check() == z3.sat:
        model = solver.model()
        yield {
            term: model.eval(reader.word(term), model_completion=True).as_long() & term.ones
            for terms in call.unknown for term in terms
        }  # fmt: skip


def _samples(call: Call) -> Iterator[dict[Term, int]]:
    for at in range(SAMPLES):
        yield {term: term.samples[at] for terms in call.unknown for term in terms}


def _shown(values: Mapping[Term, Any], call: Call, question: Question) -> Verdict:
    """A counterexample as arguments, once the emulator has seen that it is one, and made small."""
    images, settings = (question.one, question.other), question.settings
    known = {term: int(values.get(term, 0)) for terms in call.unknown for term in terms}
    difference = _difference(images, call.with_values(known.__getitem__), settings)
    if difference is None:
        return Verdict(UNDECIDED, reason="the emulator does not see the difference that was found")
    trials = TRIALS
    for term, value in known.items():
        for smaller in _smaller(value):
            if trials == 0:
                break
            trials -= 1
            known[term] = smaller
            again = _difference(images, call.with_values(known.__getitem__), settings)
            if again is not None:
                difference = again
                break
            known[term] = value
    return Verdict(DIFFERS, (), call.with_values(known.__getitem__), reason=difference)


def _smaller(value: int) -> Iterable[int]:
    """Simpler values to try in place of one."""
    return [each for each in (0, 1, value & 255, value & 0xFFFF) if each < value]


def _difference(images: tuple[Image, Image], values: list[Any], settings: Settings) -> str | None:
    """What two functions do differently with the same arguments; None where nothing."""
    ends: list[tuple[object, list[Any]]] = []
    for image in images:
        copies = [each[:] if isinstance(each, (array, bytearray)) else each for each in values]
        try:
            outcome = emulator.run(image, copies, settings)
        except (ExecutionError, AssemblyError) as error:
            ends.append((f"{image.name} stops: {str(error).splitlines()[0]}", []))
            continue
        result = None if NOTHING in (images[0].returns, images[1].returns) else outcome.word
        ends.append((result, copies))
    (one, first), (other, second) = ends
    if one != other:
        return f"{images[0].name} gives {one}, {images[1].name} gives {other}"
    for at, (a, b) in enumerate(zip(first, second)):
        if a != b:
            return f"argument {at + 1} is {a!r} after one, {b!r} after the other"
    return None

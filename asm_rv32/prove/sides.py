"""The two sides of a comparison: machine code, or a Python function.

Output: of each the `End` of an execution on terms, and what is `Seen` of one on numbers: machine
code runs in the emulator; of a Python function its terms are computed, as it is never executed.
"""

from __future__ import annotations

import ast
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from asm_rv32.analysis.flow import SAVED
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa.image import NOTHING, WORD_FIELD, Image
from asm_rv32.isa.operands import A0, ABI_NAMES, ALL_NAMES, FFLAGS, RA, SP
from asm_rv32.isa.sets import instruction_set
from asm_rv32.machine import emulator
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.memory import CODE, Region
from asm_rv32.machine.settings import Settings
from asm_rv32.prove.accesses import Byte, together
from asm_rv32.prove.addresses import Program
from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.call import Call
from asm_rv32.prove.execution import Execution, Path
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.prove.integers import HALF, Bounds, Integer, Integers
from asm_rv32.prove.python import Python
from asm_rv32.prove.python_floats import Float
from asm_rv32.prove.python_values import Array, Items
from asm_rv32.prove.question import Twin
from asm_rv32.prove.sweep import Pair
from asm_rv32.prove.term import Term, evaluate, within
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import Watch

KEPT = (SP, *(number for number in range(len(ABI_NAMES)) if SAVED >> number & 1))
"""The registers that a caller finds as they were."""
SECOND = ", the second"
"""Behind the name of the second of two functions, of which the first may have the same."""
MOVABLE = WORD_FIELD, 4
"""Kind and size of what may hold an address wherever the code is."""
NEAREST = "frm is 0 at the call: floats are rounded to nearest, ties to even"


class End(NamedTuple):
    """What a caller can see of a function's return, as terms."""

    result: Term | None
    """None where it gives nothing."""
    saved: tuple[Term, ...]
    """sp and the saved registers."""
    byte: Callable[[int], Byte]
    """By its address."""
    assumed: tuple[str, ...] = ()
    """What has to hold for that to be so."""


class Seen(NamedTuple):
    """What is seen of one call."""

    result: object
    """The word of the result, None for nothing, or a text that says why there is none."""
    buffers: Mapping[int, bytes] = {}
    """Afterwards: number of an argument that is a buffer → its bytes."""


def compared(call: Call, ours: End, theirs: End) -> dict[str, Pair]:
    """All that a caller can see, by name, as both of two functions have it."""
    terms = call.terms
    found: dict[str, Pair] = {}
    if ours.result and theirs.result:
        found["the result"] = ours.result, theirs.result
    for number, one, other in zip(KEPT, ours.saved, theirs.saved):
        found[ABI_NAMES[number]] = one, other
    for region in call.regions:
        for start in range(region.address, region.end, 4):
            places = range(start, min(start + 4, region.end))
            one, other = (together(terms, [*map(end.byte, places)]) for end in (ours, theirs))
            found[f"{region.name} at {start - region.address}"] = one, other
    return found


class Side(Protocol):
    """A function that is compared."""

    name: str

    def end(self, call: Call, limits: Watch) -> End:
        """Of its execution on terms. Raises Unreadable."""

    def told(self, error: Unreadable) -> str:
        """Why it cannot be followed, and where."""

    def seen(self, call: Call, known: Mapping[Term, int]) -> Seen | None:
        """Of a call with these values of the unknowns; None where that cannot be known."""


def held_at_call(terms: Terms) -> dict[str, Term]:
    """What a register holds at a call, by its name, where the call does not say."""
    return {name: terms.unknown(name) for name in ABI_NAMES[1:]}


class Code:
    """Machine code."""

    def __init__(self, image: Image, settings: Settings, role: str = "") -> None:
        """`role`: what tells it from another side of the same name, behind that."""
        self.name = image.qualified_name
        self.role = role
        self.image = image
        self.settings = settings

    @property
    def entry(self) -> int:
        """Its address."""
        return CODE + emulator.at_calls(self.image, self.settings).entry

    def execution(self, call: Call, limits: Watch, kind: type[Any] = Execution) -> Any:
        """An execution of it, of that kind, on the memory of a call."""
        image = emulator.at_calls(self.image, self.settings)
        own = Region(CODE, len(image.code), False, "its own code and data")
        start = call.addresses.of(f"the code of {self.name}{self.role}", 4, CODE, own)
        words = [each for each in self.image.relocations if (each.kind, each.field) == MOVABLE]
        if len(words) < len(self.image.relocations):
            start = call.terms.constant(CODE)
        moved = {each.address: each.value for each in words}
        program = Program(image.code, image.isa, CODE, start, moved)
        stack, _ = call.stack(self.settings.stack)
        return kind(call.addresses, program, (*call.regions, stack), limits)

    def registers(self, call: Call) -> list[Term]:
        """What they hold at the entry."""
        terms = call.terms
        found = [terms.zero, *held_at_call(terms).values()]
        if instruction_set(self.image.isa).has_fcsr:
            found += [*map(terms.unknown, ALL_NAMES[len(found) : FFLAGS]), terms.zero, terms.zero]
        found[RA] = call.back()
        _, found[SP] = call.stack(self.settings.stack)
        for number, word in enumerate(call.words):
            found[A0 + number] = word
        return found

    def ended(self, path: Path) -> End:
        """What a caller sees of a state at the return."""
        result = None if self.image.returns == NOTHING else path.registers[A0]
        saved = tuple(path.registers[number] for number in KEPT)
        assumed = tuple(path.execution.assumed)
        if path.execution.start.value is not None:
            assumed = (*assumed, f"the code of {self.name} is at {CODE:#x}")
        if len(path.registers) > FFLAGS:
            assumed = (*assumed, NEAREST)
        return End(result, saved, path.byte, assumed)

    def end(self, call: Call, limits: Watch) -> End:
        execution = self.execution(call, limits)
        return self.ended(execution.run(self.registers(call), call.memory, self.entry))

    def told(self, error: Unreadable) -> str:
        where = "" if error.offset is None else f"{self.line(error.offset)}: "
        return f"{self.name}: {where}{error}"

    def line(self, offset: int) -> str:
        """Where the instruction at an offset is written."""
        image = emulator.at_calls(self.image, self.settings)
        line, source = image.line_at(offset), image.source_at(offset)
        if line is None:
            return f"at {offset:#x}"
        macro = image.expanded_at(offset)
        found = f"line {line}"
        if self.role or source is not image.source:
            found += f" of {source.path}"
        if macro is not None:
            found += f", in {macro.name}, line {macro.source.locate(macro.span.start)[0]}"
        return found

    def seen(self, call: Call, known: Mapping[Term, int]) -> Seen | None:
        values = call.with_values(known.__getitem__)
        held = {
            number: known[term]
            for number, term in enumerate(held_at_call(call.terms).values(), 1) if term in known
        }  # fmt: skip
        try:
            outcome = emulator.run(self.image, values, self.settings._replace(held=held))
        except (ExecutionError, AssemblyError) as error:
            return Seen(f"an error, {str(error).splitlines()[0]}")
        result = None if self.image.returns == NOTHING else outcome.word
        return Seen(result, {at: bytes(values[at]) for at in call.buffers})


def _items(call: Call, at: int, size: int) -> list[Term]:
    """The items of an array, out of the bytes that it may share."""
    start, stop = call.places[at], call.buffers[at].stop
    return [
        together(call.terms, [call.memory[place + number] for number in range(size)])
        for place in range(start, stop, size)
    ]


def _between(integers: Integers, known: AnyWord, unknown: Term) -> Integer:
    """An integer of which no more is known than its bounds, by its unknown."""
    if known == SIGNED:
        return integers.of_signed(unknown)
    above = integers.terms.sum([(unknown, 1)], -known.low) if known.is_whole else unknown
    found = integers.add(integers.constant(known.low), integers.of_word(above))
    return integers.made(Bounds(*known), found.word)


SIGNED = AnyWord(-HALF, HALF - 1)


class PythonFunction:
    """A Python function, as its text says."""

    def __init__(self, twin: Twin) -> None:
        self.name = twin.name
        self.twin = twin
        self._end: End | None = None

    def end(self, call: Call, limits: Watch) -> End:
        try:
            tree = ast.parse(self.twin.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise Unreadable(f"its file is no Python: {error}") from None
        python = Python(tree, call.terms, limits)
        heap: dict[int, Items] = {}
        arguments = [self._argument(call, at, python, heap) for at in range(len(call.words))]
        state = python.run(self.name, arguments, heap)
        changed: dict[int, Byte] = {}
        for at, place in enumerate(arguments):
            if isinstance(place, Array):
                self._stored(call, at, (place, state.heap[place.number]), changed)
        result = state.result
        if result is not None and not isinstance(result, (Integer, Float)):
            raise Unreadable("its result is no integer, and no number of binary32")
        terms = call.terms
        saved = tuple(terms.unknown(ABI_NAMES[number]) for number in KEPT[1:])
        _, sp = call.stack(self.twin.stack)
        word = result.word if isinstance(result, Float) else None
        if isinstance(result, Integer):
            word = result.word(0)
        self._end = End(
            word, (sp, *saved), lambda address: changed.get(address, call.memory[address]),
            tuple(python.assumed),
        )  # fmt: skip
        return self._end

    @staticmethod
    def _argument(call: Call, at: int, python: Python, heap: dict[int, Items]) -> Any:
        value, integers = call.values[at], python.integers
        if at in call.floats:
            return Float(call.words[at])
        if isinstance(value, AnyWord):
            return _between(integers, value, call.unknown[at][0])
        if isinstance(value, int):
            return integers.constant(value)
        if isinstance(value, bytes):
            return tuple(integers.constant(each) for each in value)
        if not isinstance(value, (AnyArray, array, bytearray)):
            raise Unreadable(
                f"argument {at + 1}, a {type(value).__name__}, is not followed in Python"
            )
        if call.overlap is not None and at == call.overlap.other:
            at = call.overlap.one  # they are the same array
        place = Array(at + 1, getattr(value, "typecode", "B"))
        size = array(place.typecode).itemsize
        if size > 4:
            raise Unreadable("items of more than 4 bytes are not followed in Python")
        words = _items(call, at, size)
        if place.typecode == "f":
            heap[at + 1] = tuple(map(Float, words))
        elif isinstance(value, AnyArray) and value.known is not None:
            unknown = call.unknown[at]
            heap[at + 1] = tuple(
                _between(integers, value.item(index), unknown[index])
                for index in range(value.items)
            )
        elif place.low < 0:
            signed = [call.terms.extend(each, 8 * size) if size < 4 else each for each in words]
            heap[at + 1] = tuple(map(integers.of_signed, signed))
        else:
            heap[at + 1] = tuple(map(integers.of_word, words))
        return place

    @staticmethod
    def _stored(call: Call, at: int, held: tuple[Array, Items], changed: dict[int, Byte]) -> None:
        """The bytes of an array's items."""
        place, items = held
        start, size = call.places[at], array(place.typecode).itemsize
        for number, item in enumerate(items):
            if not isinstance(item, (Integer, Float)):
                raise Unreadable("it leaves what is no integer in an array")
            for byte in range(size):
                word = item.word if isinstance(item, Float) else item.word(byte // 4)
                changed[start + size * number + byte] = (word, byte % 4)

    def told(self, error: Unreadable) -> str:
        return f"{self.name}: {error}"

    def seen(self, call: Call, known: Mapping[Term, int]) -> Seen | None:
        if self._end is None:
            return None
        end = self._end
        wanted = [word for each in call.buffers.values() for word, _ in map(end.byte, each)]
        values: dict[Term, Any] = dict(known)
        for term in within([*wanted, *([end.result] if end.result else [])]):
            if term.form == "constant":
                values[term] = term.data
            elif term not in values and not term.operands:
                return None
            elif term not in values:
                values[term] = evaluate(term, [values[each] for each in term.operands])
        buffers = {
            number: bytes(values[word] >> 8 * at & 255 for word, at in map(end.byte, places))
            for number, places in call.buffers.items()
        }
        return Seen(None if end.result is None else values[end.result], buffers)


def assumed_of(sides: Sequence[Side], ends: Sequence[End]) -> list[str]:
    """What was taken to hold, and what is left out of a comparison."""
    assumed = list(dict.fromkeys(each for end in ends for each in end.assumed))
    silent = [side.name for side, end in zip(sides, ends) if end.result is None]
    return [*assumed, f"the result is not compared: {silent[0]} gives none"] if silent else assumed


def truth_of(terms: Terms, word: Term) -> Term:
    """1 of a word that is not 0, as of a result that is a bool."""
    return terms.operation("ne", (word, terms.zero))

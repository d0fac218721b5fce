"""Another way of an idiom in the place of the one that was found.

Input: a `Match`. Output: `Replacement`s: statements over registers, with the code before and
behind, and whether that is proved to do the same.
Invariant: a register is spoiled only where nobody reads it later, and where the function spoils it
anyway or may: a replacement never needs a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

from asm_rv32.analysis.flow import Flow, Node, bits
from asm_rv32.analysis.lint.size import FREE
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.improve.idioms import RESULT, THERE, Way
from asm_rv32.improve.matching import Match
from asm_rv32.isa.effects import BRANCH, effects
from asm_rv32.isa.meaning import Constant, Expression, Read
from asm_rv32.isa.operands import ZERO
from asm_rv32.isa.sets import instruction_set
from asm_rv32.prove.blocks import equal

CHOICES = 5
"""Registers that are tried for a name."""
TRIED = 24
"""Choices of registers that are tried for a way."""


class Replacement(NamedTuple):
    """A way over registers."""

    match: Match
    lines: tuple[str, ...]
    """Its statements; a label is named THERE."""
    before: bytes
    """The code from the first node that has a part in it up to the root."""
    after: bytes
    """What stands there then."""
    new: bytes
    """The part of it that comes in the root's place."""

    @property
    def saves(self) -> int:
        """Bytes."""
        return len(self.before) - len(self.after)

    def is_proved(self, isa: str) -> bool:
        """Whether both leave the same for every input, and branch alike."""
        live = bits(self.match.live)
        found = equal(self.before, self.after, isa=isa, live_out=live)
        return found.verdict == "equal"


def replacements(
    flow: Flow, match: Match, compress: bool, is_worth: Callable[[Way, Sequence[Node]], bool]
) -> list[Replacement]:
    """All ways that are worth a try in the place of some instructions, each over the registers with
    which it takes fewest bytes."""
    place = _Place(flow, match)
    going = [flow.nodes[at] for at in sorted(match.going)]
    found = []
    for way in match.idiom.ways:
        if is_worth(way, going):
            choices = list(islice(place.written(way), TRIED))
            coded = zip(place.codes(choices, compress), choices) if choices else iter(())
            best = min(coded, key=lambda each: len(each[0]), default=None)
            if best is not None:
                found.append(
                    Replacement(match, best[1], place.before, place.kept + best[0], best[0])
                )
    return found


class _Place:
    """Where a match stands: what is free there, and what is held where."""

    def __init__(self, flow: Flow, match: Match) -> None:
        self.flow, self.match = flow, match
        self.instructions = instruction_set(flow.image.isa)
        going = match.going
        self.nodes = flow.nodes[match.first : match.root + 1]
        root = flow.nodes[match.root]
        self.result = 0 if root.effects.control == BRANCH else bits(root.effects.writes)[0]
        start, end = self.nodes[0].address, root.address + root.size
        self.before = flow.image.code[start:end]
        self.kept = b"".join(
            flow.image.code[each.address : each.address + each.size]
            for at, each in enumerate(self.nodes, match.first) if at not in going
        )  # fmt: skip
        self.distance = (root.label or root.address) - root.address
        spoiled = [number for at in going for number in bits(flow.nodes[at].effects.writes)]
        inputs = [number for value in match.bound.values() for number in self.holding(value)]
        self.free = [
            number for number in dict.fromkeys((*spoiled, *inputs, *FREE))
            if number and (number == self.result or not match.live >> number & 1)
        ]  # fmt: skip

    def holding(self, value: Expression) -> list[int]:
        """The registers that hold a value in front of the root."""
        if isinstance(value, Constant) and value.value == 0:
            return [ZERO]
        held = self.match.held
        found = [number for number, each in held.items() if each is value]
        if isinstance(value, Read) and value.number not in held:
            found.append(value.number)
        return found

    def written(self, way: Way) -> Iterator[tuple[str, ...]]:
        """The way's statements over registers, for one choice of them after the other; none where
        the ISA lacks it, or an immediate does not fit."""
        names = self.match.idiom.numbers
        words = {text: self.match.constants[names[text]] for text in way.constants}
        if way.over({}, words, self.instructions) is None:
            return
        inputs = [self.holding(self.match.bound[names[name]])[:2] for name in way.inputs]
        for chosen in product(*inputs):
            held = {names[name]: number for name, number in zip(way.inputs, chosen)}
            for found in self.placed(way, 0, held):
                registers = {name: found[names[name]] for name in (*way.inputs, *way.own)}
                registers[RESULT] = self.result
                lines = way.over(registers, words, self.instructions)
                if lines is not None:
                    yield lines

    def placed(self, way: Way, at: int, held: dict[int, int]) -> Iterator[dict[int, int]]:
        """Registers for what a way writes from an instruction on: name → register, both by number.
        What is still read, or is the result, stays where it is."""
        if at == len(way.steps):
            yield held
            return
        [written] = bits(effects(way.steps[at], 4).writes) or [0]
        if not written:
            yield from self.placed(way, at + 1, held)
            return
        result = self.match.idiom.numbers[RESULT]
        later = 0
        for steps in reversed(way.steps[at + 1 :]):
            found = effects(steps, 4)
            later = later & ~found.writes | found.reads
        taken = {held[name] for name in bits(later) if name in held and name != written}
        one = self.result if written == result else held.get(written)
        for number in self.free[:CHOICES] if one is None else [one]:
            if number not in taken:
                yield from self.placed(way, at + 1, {**held, written: number})

    def codes(self, choices: Sequence[tuple[str, ...]], compress: bool) -> list[bytes]:
        """What stands in the place then, for each choice; nothing where it cannot be assembled."""
        label = f"label({THERE})"
        functions = []
        for at, lines in enumerate(choices):
            body = ["label(begin)", *lines, "label(end)"]
            if self.distance > 0:
                body += [f"space({self.distance - 2})", label, "nop()"]
            elif self.distance:
                body = [label, f"space({-self.distance})", *body]
            functions.append("\n    ".join([f"@asm_rv32\ndef f{at}():", *body]))
        return _assembled("\n".join(functions), self.flow.image.isa, compress)


@lru_cache(maxsize=512)
def _assembled(text: str, isa: str, compress: bool) -> list[bytes]:
    """What stands between `begin` and `end` in each function of a text; nothing of a wrong one."""
    try:
        made = assemble(text, isa=isa, compress=compress).functions
    except AssemblyError:
        return []
    return [each.code[each.symbols["begin"] : each.symbols["end"]] for each in made.values()]

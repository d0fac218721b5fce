"""Operands and data that a linker fills in, as text: `call(g)`, `la(a1, tab)`, `hi(tab + 4)`.

Input: code with its references. Output: which two instructions are one statement, and expressions.
Invariant: what a sequence stands for is read from the rows, backwards: an expansion or a `far`
with an upper and a lower part. No instruction is known by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.decode import decode
from asm_rv32.isa.operands import T1
from asm_rv32.isa.rows import Instruction, Row, Step, bound
from asm_rv32.isa.sets import InstructionSet

TARGET, CALL, WORD = "target", "call", "word"
"""Parts without a function around them: of a branch or jump; both halves of a jump that goes
anywhere; data."""
GOT = "got_pcrel_hi"
UPPER = ("pcrel_hi", GOT)
"""Parts that begin a sequence whose other half is LOWER, which names its first instruction."""
LOWER = "pcrel_lo"


class Reference(NamedTuple):
    """What stands in the place of an operand, or of data, until a program is linked."""

    part: str
    """TARGET, CALL or WORD, or the name of what is taken of the value: `hi`, `pcrel_lo`, ..."""
    name: str
    """Fit for both syntaxes."""
    addend: int = 0
    address: int | None = None
    """Where it points, addend included, if that is in the same code."""
    minus: Reference | None = None
    """What is subtracted from it, in data."""
    size: int = 4
    """Bytes, of data."""


def expression(reference: Reference, labels: Mapping[int, str], gnu: bool) -> str:
    """A reference as an operand; places in `labels` (address → name) by their names there."""
    found = plain(reference, labels, gnu)
    if reference.part in (TARGET, CALL, WORD):
        return found
    return f"{'%' if gnu else ''}{reference.part}({found})"


def plain(reference: Reference, labels: Mapping[int, str], gnu: bool) -> str:
    """The place that a reference means, without the function around it."""
    at = reference.address
    found = labels[at] if at is not None and at in labels else _sum(reference)
    if reference.minus is not None:
        taken = plain(reference.minus, labels, gnu)
        found += f" - ({taken})" if " " in taken else f" - {taken}"
    return found.replace(" ", "") if gnu else found


def _sum(reference: Reference) -> str:
    if not reference.addend:
        return reference.name
    sign = "-" if reference.addend < 0 else "+"
    return f"{reference.name} {sign} {abs(reference.addend)}"


class Pair(NamedTuple):
    """Two instructions that are one statement."""

    row: Row
    values: tuple[int, ...]
    operand: int
    """Index of the value that the reference stands for."""
    reference: Reference
    size: int
    """Bytes."""


class Sequence(NamedTuple):
    """A row, and two steps that it can stand for."""

    row: Row
    steps: tuple[Step, ...]


@lru_cache(maxsize=16)
def _sequences(instructions: InstructionSet, through_table: bool) -> tuple[Sequence, ...]:
    """Those with an upper and a lower part of one operand; of the global offset table or not."""
    found = []
    for mnemonic in instructions.mnemonics:
        for row in instructions.rows(mnemonic):
            for key in ("got",) if through_table else ("expands", "far"):
                written = row.data.get(key)
                steps = row.parse_steps(written) if isinstance(written, list) else ()
                parts = {term.part for step in steps for term in step.terms}
                if len(steps) == 2 and {"hi", "lo"} <= parts:
                    found.append(Sequence(row, steps))
    return tuple(found)


@lru_cache(maxsize=8)
def _anywhere(instructions: InstructionSet) -> tuple[Row, ...]:
    """The rows that name what reaches any address, those with most said first."""
    every = (row for mnemonic in instructions.mnemonics for row in instructions.rows(mnemonic))
    found = [row for row in every if row.data.get("anywhere")]
    return tuple(sorted(found, key=lambda row: len(row.variables)))


def as_statement(
    first: Instruction, second: Instruction, reference: Reference, instructions: InstructionSet
) -> Pair | None:
    """Two neighbours as one statement of the reference that both are parts of, or None."""
    for row, steps in _sequences(instructions, reference.part == GOT):
        values = _bound_by(row, steps, (first, second))
        if values is not None:
            operand = next(term.variable for term in steps[1].terms if term.part == "lo")
            found = Pair(row, values, operand, reference, first.row.size + second.row.size)
            return _by_name(found, instructions) if row.far else found
    return None


def _bound_by(
    row: Row, steps: tuple[Step, ...], written: tuple[Instruction, ...]
) -> tuple[int, ...] | None:
    """The values of a row whose steps are these instructions, whatever is filled in; or None."""
    found: dict[int, int] = {}
    scratch = set()
    for step, instruction in zip(steps, written):
        given, values = instruction.row.base_instruction(instruction.values)
        if given is not step.row:
            return None
        for term, value in zip(step.terms, values):
            if term.part == "scratch":
                scratch.add(value)
            elif term.part:
                found.setdefault(term.variable, 0)
            elif term.variable < 0:
                if value != term.literal:
                    return None
            elif found.setdefault(term.variable, value) != value:
                return None
    bindings = tuple(found.get(index, 0) for index in range(len(row.variables)))
    if scratch:
        # The assembler takes the link register where there is one; GNU as takes t1, which nothing
        # behind the jump can hang on.
        link = bindings[row.variables.index("rd")]
        if len(scratch) > 1 or not scratch <= {link or int(T1), int(T1)}:
            return None
    return bindings


def _by_name(pair: Pair, instructions: InstructionSet) -> Pair:
    """A jump that goes anywhere, by the name of such a one."""
    found = (_under_name(pair, row) for row in _anywhere(instructions))
    return next((each for each in found if each is not None), pair)


def _under_name(pair: Pair, row: Row) -> Pair | None:
    step = row.expansion[0]
    variables = [term.variable for term in step.terms]
    values = tuple(
        pair.values[variables.index(index)] if index in variables else 0
        for index in range(len(row.variables))
    )
    if step.row is not pair.row or any(
        variable != row.target and bound(term, values) != value
        for term, variable, value in zip(step.terms, variables, pair.values)
    ):
        return None
    return pair._replace(row=row, values=values, operand=row.target)


def open_operand(instruction: Instruction) -> int:
    """The index of the value that a reference stands for: the one that is no register; or -1."""
    kinds = instruction.row.kinds
    found = [index for index, kind in enumerate(kinds) if not kind.is_register]
    return found[0] if len(found) == 1 else -1


class Symbolic(NamedTuple):
    """What of some code is told by names; everything by address."""

    references: Mapping[int, Reference]
    """Those of one instruction, or of data."""
    pairs: Mapping[int, Pair]
    notes: Mapping[int, str]
    """What has no form, in words."""
    cuts: tuple[int, ...]
    """Where a line of data begins, in order."""

    def places(self) -> Iterator[int]:
        """The addresses in the same code that are named."""
        pairs = (pair.reference for pair in self.pairs.values())
        for reference in (*self.references.values(), *pairs):
            for place in (reference, reference.minus):
                if place is not None and place.address is not None:
                    yield place.address


NOTHING = Symbolic({}, {}, {}, ())


def cuts(references: Mapping[int, Reference], names: Iterable[int]) -> tuple[int, ...]:
    """Where a line of data begins: at a name, and where something is filled in or ends."""
    words = [(at, at + each.size) for at, each in references.items() if each.part == WORD]
    return tuple(sorted({*names, *(at for word in words for at in word)}))


def is_hidden(name: str) -> bool:
    """True of a label that a compiler or an assembler makes for itself."""
    return name.startswith(".L")


def symbolic(
    code: bytes,
    address: int,
    instructions: InstructionSet,
    references: Mapping[int, Reference],
    names: Mapping[int, str],
) -> Symbolic:
    """The references of code at an address, two halves put together where that can be.

    `names`: those of the file; no statement goes across such a place.
    """
    pairs: dict[int, Pair] = {}
    single = dict(references)
    for at, reference in references.items():
        if reference.part != CALL and reference.part not in UPPER:
            continue
        pair = _pair_at(at, code, address, instructions, references)
        if pair is not None and is_hidden(names.get(at + 4, ".L")):
            pairs[at] = pair
            del single[at]
            single.pop(at + 4, None)
        elif reference.part == CALL:
            single[at] = reference._replace(part=UPPER[0])
            single[at + 4] = Reference(LOWER, reference.name, 0, at)
    return Symbolic(single, pairs, {}, ())


def _pair_at(
    at: int,
    code: bytes,
    address: int,
    instructions: InstructionSet,
    references: Mapping[int, Reference],
) -> Pair | None:
    lower = references.get(at + 4)
    is_whole = lower is not None and lower.part == LOWER and lower.address == at
    if references[at].part != CALL and not is_whole:
        return None
    halves = []
    for offset in (at - address, at + 4 - address):
        word = int.from_bytes(code[offset : offset + 4], "little")
        found = decode(word, instructions) if 0 <= offset <= len(code) - 4 else None
        if found is None or found.row.size != 4:
            return None
        halves.append(found)
    return as_statement(halves[0], halves[1], references[at], instructions)

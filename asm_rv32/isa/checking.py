"""Whether the rows of a set are right: a fault of the tables, never of a user's input.

Invariant: every bit of an encoding is covered exactly once, no two rows decode the same word, and
every expansion names a row that exists, with operands that fit it.
"""

from __future__ import annotations

from itertools import combinations

from asm_rv32.isa.operands import ZERO, OperandKind
from asm_rv32.isa.rows import SCRATCH, Row, Step
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import BASE_FILES, TableError

MANY = 1 << 13
"""More values of a field are not tried."""


def validate(instructions: InstructionSet) -> None:
    """Check every row of the set; raises TableError with the first that is wrong."""
    for name in instructions.mnemonics:
        for row in instructions.rows(name):
            check_row(row)
    for first, second in combinations(instructions.encodings, 2):
        if overlap(first, second):
            raise TableError(f"{first!r} and {second!r} decode the same word")


def check_row(row: Row) -> None:
    """Check what can be told of a row without the others; raises TableError."""
    if row.is_pseudo:
        if row.data["expands"] != "constant":
            for step in row.expansion:
                _check_step(row, step)
        return
    covered = row.mask
    for kind in row.kinds:
        if covered & kind.mask:
            raise TableError(f"{row.name}: {kind.name} overlaps other bits")
        covered |= kind.mask
    if covered != (1 << (8 * row.size)) - 1:
        raise TableError(f"{row.name}: bits {covered:#x} of {8 * row.size} are covered")
    for step in (*row.expansion, *row.far, *row.base):
        _check_step(row, step)
    _check_base(row)


def _check_step(row: Row, step: Step) -> None:
    if any(kind.is_register and term.part in ("hi", "lo")
           for kind, term in zip(step.row.kinds, step.terms)):  # fmt: skip
        raise TableError(f"{row.name}: a register has no upper or lower part")
    for kind, term in zip(step.row.kinds, step.terms):
        if term.variable < 0:
            if not term.part and kind.normalize(term.literal) not in kind.values:
                raise TableError(f"{row.name}: {term.literal} does not fit {kind.name}")
            continue
        own = row.kinds[term.variable]
        if own.is_register != kind.is_register or (own.is_register and own.kind != kind.kind):
            raise TableError(f"{row.name}: {own.name} is no {kind.name}")
        if row.size and not term.part:
            ends = (own.minimum, own.maximum) if not own.is_register else ()
            if any(end not in kind.values for end in ends if end or not kind.nonzero):
                raise TableError(f"{row.name}: {own.name} exceeds {kind.name}")


def _check_base(row: Row) -> None:
    """A sequence can stand anywhere: plain instructions, none of which goes elsewhere."""
    for step in row.base:
        kinds = [kind.kind for kind in step.row.kinds]
        if step.row.extension not in BASE_FILES or step.row.target >= 0 or step.row.base:
            raise TableError(f"{row.name}: {step.row.name} is not to stand in its base sequence")
        for kind, term in zip(kinds, step.terms):
            if term.part == "end" or (term.part in SCRATCH and kind != "reg"):
                raise TableError(f"{row.name}: {term.part} is no operand of {step.row.name}")


def overlap(first: Row, second: Row) -> bool:
    """True where a word decodes as both rows, unless one of them says that it is within the other:
    their sizes and their fixed bits agree, and their fields allow it."""
    if first.size != second.size or (first.match ^ second.match) & first.mask & second.mask:
        return False
    if _is_within(first, second) or _is_within(second, first):
        return False
    for one, other in ((first, second), (second, first)):
        # A field of which the other row fixes some bits must exclude all values that have these.
        for kind in one.kinds:
            fixed = kind.mask & other.mask
            if fixed and not _can_have(kind, other.match & fixed, fixed):
                return False
    for one, other in ((first, second), (second, first)):
        for kind in one.kinds:
            for rival in other.kinds:
                if kind.mask == rival.mask and kind.base == rival.base == ZERO:
                    shared = [v for v in range(kind.minimum, kind.maximum + 1) if v in kind.values]
                    if kind.kind == rival.kind and not any(v in rival.values for v in shared):
                        return False
    return True


def _can_have(kind: OperandKind, bits: int, fixed: int) -> bool:
    """Whether a field has a value with these bits, `fixed` being those that count; True where too
    many would have to be tried."""
    if fixed == kind.mask:
        return kind.decode(bits) in kind.values
    every = range(32) if kind.is_register else range(kind.minimum, kind.maximum + 1, kind.unit)
    return len(every) > MANY or any(
        kind.encode[value] & fixed == bits for value in every if value in kind.values
    )


def _is_within(inner: Row, outer: Row) -> bool:
    """Whether a row takes words of another to itself, and fixes more bits, so that it is found."""
    fixes_more = inner.mask & outer.mask == outer.mask != inner.mask
    return fixes_more and inner.data.get("within") == outer.name

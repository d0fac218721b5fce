"""Whether the rows of a set are right: a fault of the tables, never of a user's input.

Invariant: every bit of an encoding is covered exactly once, no two rows decode the same word, and
every expansion names a row that exists, with operands that fit it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, product

from asm_rv32.isa.operands import OperandKind
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
    if any(len(values) != len(row.variables) for values in row.meant):
        raise TableError(f"{row.name}: 'meant' has a value for each of {', '.join(row.variables)}")
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
    also = row.parse_steps(row.data.get("also", []))
    for step in (*row.expansion, *also, *row.far, *row.base):
        _check_step(row, step)
    _check_base(row)


def _check_step(row: Row, step: Step) -> None:
    if any(kind.is_register and term.part in ("hi", "lo")
           for kind, term in zip(step.row.kinds, step.terms)):  # fmt: skip
        raise TableError(f"{row.name}: a register has no upper or lower part")
    for kind, term in zip(step.row.kinds, step.terms):
        if term.variable < 0:
            is_taken = kind.is_target if term.part == "end" else kind.kind == "reg"
            if term.part in ("end", *SCRATCH) and not is_taken:
                raise TableError(f"{row.name}: {term.part} is no operand of {step.row.name}")
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
        if step.row.extension not in BASE_FILES or step.row.target >= 0 or step.row.base:
            raise TableError(f"{row.name}: {step.row.name} is not to stand in its base sequence")


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
    for kind, rival in product(first.kinds, second.kinds):
        common = kind.mask & rival.mask
        if not common:
            continue
        bits, others = _possible(kind, second, common), _possible(rival, first, common)
        if bits is not None and others is not None and bits.isdisjoint(others):
            return False
    return True


def _possible(kind: OperandKind, other: Row, mask: int) -> set[int] | None:
    """The bits under a mask that a field can have beside what the other row fixes."""
    found, fixed = _fields(kind), kind.mask & other.mask
    if found is None:
        return None
    return {each & mask for each in found if not (each ^ other.match) & fixed}


def _can_have(kind: OperandKind, bits: int, fixed: int) -> bool:
    """Whether a field has a value with these bits, `fixed` being those that count; True where too
    many would have to be tried."""
    if fixed == kind.mask:
        return kind.decode(bits) in kind.values
    found = _fields(kind)
    return found is None or any(each & fixed == bits for each in found)


@lru_cache(maxsize=256)
def _fields(kind: OperandKind) -> frozenset[int] | None:
    """The bits that a field can have, in their places; None where these are too many."""
    if len(kind.values) > MANY:
        return None
    return frozenset([kind.encode[value] for value in kind.values])


def _is_within(inner: Row, outer: Row) -> bool:
    """Whether a row takes words of another to itself, and fixes more bits, so that it is found."""
    fixes_more = inner.mask & outer.mask == outer.mask != inner.mask
    return fixes_more and inner.data.get("within") == outer.name

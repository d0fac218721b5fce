"""What an instruction does, as steps that every reader goes through.

Input: a template, which `does` makes of a row's text; a row's operands, and their values in one
instruction.
Output: `Steps`, bound to values.
Invariant: nothing here knows an instruction by name. Steps run in order, each on what those
before it left. A value is a 32-bit word; what a reader does not know of it is its own matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.isa.operands import SP, OperandKind, listed_registers, stack_space
from asm_rv32.isa.words import OPERATIONS, WORD

if TYPE_CHECKING:
    from typing import TypeVar

    _Sort = TypeVar("_Sort")

Template = tuple[Any, ...]
"""Statements, and expressions in them, as nested tuples whose first item names their form."""

SYSTEM = {"swap_csr": 2, "set_csr": 2, "clear_csr": 2, "load_reserved": 1, "store_conditional": 2,
          "device": 1}  # fmt: skip
"""Function → operands: what it gives depends on more than registers and memory; `device`, on
hardware that nobody knows but who has it."""
IDLE = {
    "fence": 2, "stall": 0, "prefetch": 1, "clean_block": 1, "flush_block": 1,
    "invalidate_block": 1, "invalidate_translations": 2, "order_translations": 0, "signal": 0,
}  # fmt: skip
"""Statement → operands: what changes nothing for one hart alone, without caches and translation of
addresses. A block is that of a cache in which an address lies; `signal` lets another hart go on."""
RETURNS = {"trap_return": 0, "nmi_return": 0, "debug_return": 0}
"""Statement → operands: what goes back to where something else says."""
ACTS = {
    **IDLE, **RETURNS, "fence_i": 0, "ecall": 0, "ebreak": 0, "wait": 0, "zero_block": 1,
    "invalidate_guest_translations": 2, "block": 0, "loop": 2,
}  # fmt: skip
"""Statement → operands: what has an effect and no value. `block` waits for another hart; `loop`
makes control go elsewhere at another instruction."""
LISTS = ("push", "pop")
"""Statements that stand for one step a register of a list."""


# ---- the steps of one instruction


def _distinct(sort: type[_Sort]) -> type[_Sort]:
    """Named tuples of two sorts are not the same for holding the same."""

    def equal(one: tuple[Any, ...], other: object) -> bool:
        return type(one) is type(other) and tuple.__eq__(one, other)

    setattr(sort, "__eq__", equal)  # noqa: B010
    setattr(sort, "__ne__", lambda one, other: not equal(one, other))  # noqa: B010
    return sort


@_distinct
class Constant(NamedTuple):
    """A known word, unsigned."""

    value: int


@_distinct
class Read(NamedTuple):
    """What a register other than x0 holds."""

    number: int


@_distinct
class Place(NamedTuple):
    """An address so many bytes from the instruction."""

    distance: int


@_distinct
class Local(NamedTuple):
    """What an earlier step of the same instruction gave this name."""

    name: str


@_distinct
class Operation(NamedTuple):
    """One of `words.OPERATIONS`."""

    name: str
    operands: tuple[Expression, ...]


@_distinct
class Load(NamedTuple):
    """So many bytes of memory (1, 2 or 4), little-endian, zero-extended."""

    size: int
    address: Expression


@_distinct
class System(NamedTuple):
    """One of SYSTEM."""

    name: str
    operands: tuple[Expression, ...]


Expression = Constant | Read | Place | Local | Operation | Load | System


@_distinct
class Let(NamedTuple):
    """Keep a value under a name, for later steps of this instruction."""

    name: str
    value: Expression


@_distinct
class Write(NamedTuple):
    """Put a value into a register; into x0, it is computed and dropped."""

    number: int
    value: Expression


@_distinct
class Store(NamedTuple):
    """Put the low bytes of a value into memory."""

    size: int
    address: Expression
    value: Expression


@_distinct
class Goto(NamedTuple):
    """Go on at an address; with a condition, only where it is not 0. Nothing comes behind it."""

    target: Expression
    condition: Expression | None


@_distinct
class Act(NamedTuple):
    """One of ACTS."""

    name: str
    operands: tuple[Expression, ...]


Step = Let | Write | Store | Goto | Act
Steps = tuple[Step, ...]


def operands_of(node: Expression | Step) -> tuple[Expression, ...]:
    """The expressions directly within one."""
    if isinstance(node, (Read, Constant, Place, Local)):
        return ()
    if isinstance(node, (Operation, System, Act)):
        return node.operands
    if isinstance(node, Load):
        return (node.address,)
    if isinstance(node, Store):
        return (node.address, node.value)
    if isinstance(node, (Let, Write)):
        return (node.value,)
    return (node.target,) if node.condition is None else (node.target, node.condition)


def within(node: Expression | Step) -> list[Expression]:
    """Every expression within one, inner ones first."""
    found: list[Expression] = []
    for operand in operands_of(node):
        found += within(operand)
        found.append(operand)
    return found


# ---- from a template to steps


class _Binder:
    """Puts an instruction's values into a template, and computes what is constant then."""

    def __init__(self, kinds: Mapping[str, OperandKind], values: Mapping[str, int], size: int):
        self.kinds = kinds
        self.values = values
        self.size = size

    def steps(self, template: Template) -> Iterator[Step]:
        for form, *parts in template:
            if form in LISTS:
                yield from _ON_LIST[form](self.values[parts[0]], self.values[parts[1]])
            elif form == "write":
                number, value = self.number(parts[0]), self.bound(parts[1])
                if number or _acts(value):
                    yield Write(number, value)
            elif form == "let":
                yield Let(parts[0], self.bound(parts[1]))
            elif form == "store":
                yield Store(parts[0], self.bound(parts[1]), self.bound(parts[2]))
            elif form == "act":
                yield Act(parts[0], tuple([self.bound(part) for part in parts[1:]]))
            else:
                yield from self.goto(*parts)

    def goto(self, target: Template, condition: Template | None) -> Iterator[Step]:
        bound = None if condition is None else self.bound(condition)
        if isinstance(bound, Constant):
            if not bound.value:
                return
            bound = None
        yield Goto(self.bound(target), bound)

    def number(self, written: int | str | Template) -> int:
        """The register that is written: by its number, by its operand, or the second of a pair."""
        if isinstance(written, int):
            return written
        if isinstance(written, str):
            return int(self.values[written])
        first = int(self.values[written[1]])
        return first and first + 1

    def bound(self, template: Template) -> Expression:
        form = template[0]
        if form == "operand":
            return self.operand(template[1])
        if form == "upper":
            number = self.number(template)
            return Read(number) if number else Constant(0)
        if form == "operation":
            return simplified(template[1], tuple([self.bound(part) for part in template[2:]]))
        if form == "constant":
            return Constant(template[1])
        if form == "read":
            return Read(template[1]) if template[1] else Constant(0)
        if form == "local":
            return Local(template[1])
        if form == "load":
            return Load(template[1], self.bound(template[2]))
        if form == "system":
            return System(template[1], tuple([self.bound(part) for part in template[2:]]))
        return Place(0 if form == "pc" else self.size)

    def operand(self, name: str) -> Expression:
        kind, value = self.kinds[name], self.values[name]
        if kind.is_register:
            return Read(int(value)) if value else Constant(0)
        if kind.is_target:
            return Place(value)
        register = kind.bound(value)
        return Constant(value & WORD) if register is None else Read(register)


def bind(
    template: Template, kinds: Mapping[str, OperandKind], values: Mapping[str, int], size: int
) -> Steps:
    """The steps of an instruction of `size` bytes whose operands have these values."""
    return tuple(_Binder(kinds, values, size).steps(template))


def _acts(value: Expression) -> bool:
    """Whether computing a value does more: loading may fault, a CSR may change."""
    return any(isinstance(each, (Load, System)) for each in (value, *within(value)))


_NEUTRAL = {"+": 0, "-": 0, "|": 0, "^": 0, "shl": 0, "shr": 0, "sar": 0, "&": WORD}
"""Operation → the second operand that leaves the first as it is."""
_EITHER_WAY = frozenset(("+", "|", "^", "&", "*", "eq", "ne"))


def simplified(name: str, operands: tuple[Expression, ...]) -> Expression:
    """An operation; what is constant in it is computed, and what changes nothing left out."""
    words = [operand.value for operand in operands if isinstance(operand, Constant)]
    if len(words) == len(operands):
        return Constant(OPERATIONS[name](*words))
    if name == "if" and isinstance(operands[0], Constant):
        return operands[1] if operands[0].value else operands[2]
    if len(operands) != 2:
        return Operation(name, operands)
    first, second = operands
    if name in _EITHER_WAY and isinstance(first, Constant):
        first, second = second, first
    if isinstance(second, Constant):
        if name in ("shl", "shr", "sar"):
            second = Constant(second.value & 31)
        if second.value == _NEUTRAL.get(name):
            return first
        if name in ("&", "*") and second.value == 0:
            return second
        if name in ("+", "-") and isinstance(first, Place):
            more = second.value if name == "+" else -second.value
            return Place(first.distance + ((more & WORD) ^ 0x8000_0000) - 0x8000_0000)
    if name in ("^", "-") and first == second and isinstance(first, Read):
        return Constant(0)
    return Operation(name, (first, second))


def _above_sp(distance: int) -> Expression:
    return simplified("+", (Read(int(SP)), Constant(distance & WORD)))


def _push(number: int, adjustment: int) -> Iterator[Step]:
    """From the last register down, each below the one before; then sp (28.14.4)."""
    for place, register in enumerate(reversed(listed_registers(number)), 1):
        yield Store(4, _above_sp(-4 * place), Read(int(register)))
    yield Write(int(SP), _above_sp(-stack_space(number) - adjustment))


def _pop(number: int, adjustment: int) -> Iterator[Step]:
    """All loads come first: a fault in one leaves the registers as they were."""
    size = stack_space(number) + adjustment
    listed = tuple(reversed(listed_registers(number)))
    for place, register in enumerate(listed, 1):
        yield Let(f"x{register:d}", Load(4, _above_sp(size - 4 * place)))
    for register in listed:
        yield Write(int(register), Local(f"x{register:d}"))
    yield Write(int(SP), _above_sp(size))


_ON_LIST = {"push": _push, "pop": _pop}

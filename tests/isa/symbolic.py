"""Meanings read with z3: registers and immediates are unknowns, and two sequences are compared.

Input: steps of expansions, as the tables have them, and which register each operand is.
Output: whether they leave the same registers, memory and way to go on, for every input.
Invariant: nothing is sampled: an immediate is a variable in the range of its field.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import z3

from asm_rv32.isa.meaning import Steps, bind
from asm_rv32.isa.operands import OperandKind
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import Row, Step
from asm_rv32.isa.words import OPERATIONS
from asm_rv32.prove.solver import OPERATIONS as PROVED
from asm_rv32.prove.solver import word

IMMEDIATE = 100
"""An immediate is read as a register of this number and up, which no instruction writes."""
SCRATCH, SECOND, THIRD = 31, 30, 29
INSTRUCTION = 4
"""Bytes; far sequences and base sequences are of these only."""


def _product(one: Any, other: Any, polynomial: int) -> Any:
    """In the field of 256 elements of a polynomial; its highest bit is left out."""
    found = zero = z3.BitVecVal(0, 8)
    for at in range(8):
        found ^= z3.If(z3.Extract(at, at, other) == 1, one, zero)
        one = (one << 1) ^ z3.If(z3.Extract(7, 7, one) == 1, z3.BitVecVal(polynomial, 8), zero)
    return found


def _inverse(value: Any, polynomial: int) -> Any:
    """The element to the power of 254."""
    found = z3.BitVecVal(1, 8)
    for _ in range(7):
        value = z3.simplify(_product(value, value, polynomial))
        found = z3.simplify(_product(found, value, polynomial))
    return found


def _aes(value: Any) -> Any:
    """FIPS 197, (5.2)."""
    byte = z3.simplify(_inverse(z3.Extract(7, 0, value), 0x1B))
    turned = (z3.RotateLeft(byte, by) for by in range(5))
    return z3.ZeroExt(24, functools.reduce(operator.xor, turned) ^ 0x63)


def _aes_inverse(value: Any) -> Any:
    byte = z3.Extract(7, 0, value)
    turned = (z3.RotateLeft(byte, by) for by in (1, 3, 6))
    linear = functools.reduce(operator.xor, turned) ^ 0x05
    return z3.ZeroExt(24, _inverse(z3.simplify(linear), 0x1B))


def _sm4(value: Any) -> Any:
    """By the matrix of its definition, each bit a sum of six."""

    def linear(byte: Any) -> Any:
        turned = (z3.RotateRight(byte, by) for by in (0, 1, 2, 5, 7))
        return functools.reduce(operator.xor, turned) ^ 0xD3

    inner = z3.simplify(linear(z3.Extract(7, 0, value)))
    return z3.ZeroExt(24, linear(z3.simplify(_inverse(inner, 0xF5))))


Z3: dict[str, Any] = {
    **PROVED,
    "aes_sbox": _aes,
    "aes_inverse_sbox": _aes_inverse,
    "sm4_sbox": _sm4,
}
"""Operation → what it gives, by z3's own theory of words: a second definition, not ours again."""
assert Z3.keys() == OPERATIONS.keys()


class Machine(Reading):
    """Registers, memory, and whether control left, all as expressions."""

    def __init__(self) -> None:
        self.start = z3.BitVec("pc", 32)
        self.here = self.end = self.start
        self.registers: dict[int, Any] = {}
        self.memory = z3.Array("memory", z3.BitVecSort(32), z3.BitVecSort(8))
        self.left = z3.BoolVal(False)
        self.target = self.start
        self.outside: list[Any] = []

    @property
    def final(self) -> Any:
        """The address at which control goes on."""
        return z3.If(self.left, self.target, self.end)

    def constant(self, value: int) -> Any:
        return word(value)

    def place(self, distance: int) -> Any:
        return self.here + distance

    def read(self, number: int) -> Any:
        if number not in self.registers:
            self.registers[number] = z3.BitVec(f"x{number}", 32)
        return self.registers[number]

    def operation(self, name: str, operands: tuple[Any, ...]) -> Any:
        if name not in Z3:  # of binary32: any function of its operands
            sorts = [z3.BitVecSort(32)] * (len(operands) + 1)
            return z3.Function(name, *sorts)(*operands)
        return Z3[name](*operands)

    def load(self, size: int, address: Any) -> Any:
        loaded = [z3.Select(self.memory, address + at) for at in range(size)]
        value = z3.Concat(*reversed(loaded)) if size > 1 else loaded[0]
        return z3.ZeroExt(32 - 8 * size, value) if size < 4 else value

    def system(self, name: str, operands: tuple[Any, ...]) -> Any:
        self.outside.append((name, *operands))
        sorts = [z3.BitVecSort(32)] * (len(operands) + 1)
        return z3.Function(f"{name}.{len(self.outside)}", *sorts)(*operands)

    def act(self, name: str, operands: tuple[Any, ...]) -> None:
        self.outside.append((name, *operands))

    def write(self, number: int, value: Any) -> None:
        self.registers[number] = z3.If(self.left, self.read(number), value)

    def store(self, size: int, address: Any, value: Any) -> None:
        stored = self.memory
        for at in range(size):
            stored = z3.Store(stored, address + at, z3.Extract(8 * at + 7, 8 * at, value))
        self.memory = z3.If(self.left, self.memory, stored)

    def goto(self, target: Any, condition: Any) -> None:
        goes = z3.And(z3.Not(self.left), True if condition is None else condition != 0)
        self.target = z3.If(goes, target, self.target)
        self.left = z3.Or(self.left, goes)


class Case:
    """One choice of registers for a row's operands; its immediates are unknowns."""

    def __init__(self, row: Row, registers: dict[str, int]) -> None:
        self.row = row
        self.values = registers | {
            name: IMMEDIATE + at
            for at, name in enumerate(row.variables) if name not in registers
        }  # fmt: skip

    def ranges(self, machine: Machine) -> list[Any]:
        """What is known of the immediates: their fields hold nothing else; a label's place is
        one where an instruction can stand."""
        known = []
        for name, kind in zip(self.row.variables, self.row.kinds):
            value = machine.read(self.values[name])
            if kind.kind == "pcrel":
                known.append(value % kind.unit == 0)
            elif kind.kind not in ("reg", "reglist"):
                known.append(in_range(value, kind))
        return known

    def meaning(self, size: int) -> Machine:
        """What the row itself says, as an instruction of so many bytes."""
        machine = Machine()
        perform(self.steps(self.row, self.values, size), machine)
        machine.end = machine.start + size
        return machine

    @staticmethod
    def steps(row: Row, values: dict[str, int], size: int) -> Steps:
        """The steps, every operand read as a register."""
        operands = {name: SimpleNamespace(is_register=True) for name in row.variables}
        return bind(row.meaning, operands, values, size)  # type: ignore[arg-type]

    def sequence(self, steps: Sequence[Step], scratch: int = SCRATCH) -> Machine:
        """What a sequence does, one instruction of 4 bytes after the other."""
        machine = Machine()
        end = machine.start + INSTRUCTION * len(steps)
        pair = machine.start
        for number, step in enumerate(steps):
            machine.here = machine.start + INSTRUCTION * number
            values = {}
            for at, (name, kind, term) in enumerate(
                zip(step.row.variables, step.row.kinds, step.terms)
            ):
                if kind.kind == "reg":
                    given = term.literal if term.variable < 0 else self.of(term.variable)
                    apart = {
                        "scratch": scratch, "scratch2": SECOND, "scratch3": THIRD, "any": SECOND,
                    }  # fmt: skip
                    values[name] = apart.get(term.part, given)
                    continue
                values[name] = 2 * IMMEDIATE + 10 * number + at
                value = end if term.part == "end" else word(term.literal)
                if term.part == "any":
                    value = z3.BitVec("any", 32)
                if term.variable >= 0:
                    value = machine.read(self.of(term.variable))
                    if term.part == "hi":
                        pair = machine.here
                    if term.part:
                        relative = self.row.kinds[term.variable].kind == "pcrel"
                        value = part(value - pair if relative else value, term.part)
                machine.registers[values[name]] = value
            row, values = _base(step.row, values)
            perform(self.steps(row, values, INSTRUCTION), machine)
        machine.end = end
        return machine

    def of(self, variable: int) -> int:
        return self.values[self.row.variables[variable]]


def _base(row: Row, values: dict[str, int]) -> tuple[Row, dict[str, int]]:
    assert row.data.get("does"), f"{row.name} is no base instruction"
    return row, values


def part(value: Any, name: str) -> Any:
    """`hi` or `lo` of a value, by their definition in the assembly manual."""
    low = z3.SignExt(20, z3.Extract(11, 0, value))
    return low if name == "lo" else (value - low) >> 12


def in_range(value: Any, kind: OperandKind) -> Any:
    """That a value is one that the field can carry."""
    if kind.only:
        return z3.Or(*(value == each for each in kind.only))
    bounds = z3.And(value >= kind.minimum, value <= kind.maximum, value % kind.unit == 0)
    return z3.And(bounds, value != 0) if kind.nonzero else bounds


def cases(row: Row) -> Iterator[Case]:
    """Every way in which its register operands may be the same, or x0, with one way for each."""
    names = [name for name, kind in zip(row.variables, row.kinds) if kind.kind == "reg"]
    kinds = dict(zip(row.variables, row.kinds))
    for numbers in itertools.product((0, 8, 9, 10), repeat=len(names)):
        others = list(dict.fromkeys(number for number in numbers if number))
        if others != sorted(others) or others[:1] not in ([], [8]) or others[1:2] not in ([], [9]):
            continue  # the same with other names
        chosen = dict(zip(names, numbers))
        fits = all(number in kinds[name].values for name, number in chosen.items())
        if fits and not (row.distinct and len(set(numbers)) < len(numbers)):
            yield Case(row, chosen)


SAME_SHAPE = z3.TryFor(
    z3.Then(z3.With("simplify", flat=False), "bit-blast", "aig", "sat"), 20_000
)  # fmt: skip
"""Long sums without carries, which have a shape in common that sorting them would lose; of bits
alone, in milliseconds."""


def difference(one: Machine, other: Machine, known: Sequence[Any], but: int = SCRATCH) -> Any:
    """A model in which the two do not leave the same; None where there is none."""
    numbers = {*one.registers, *other.registers} - {but, SECOND, THIRD}
    same = [one.read(number) == other.read(number) for number in numbers if number < IMMEDIATE]
    same += [one.memory == other.memory, one.final == other.final]
    assert len(one.outside) == len(other.outside)
    for ours, theirs in zip(one.outside, other.outside):
        assert ours[0] == theirs[0]
        same += [a == b for a, b in zip(ours[1:], theirs[1:])]
    for solver in (SAME_SHAPE.solver(), z3.Solver()):
        solver.add(*known, z3.Not(z3.And(*same)))
        answer = solver.check()
        if answer != z3.unknown:
            return solver.model() if answer == z3.sat else None
    raise AssertionError("z3 gave up")

"""What an operand can be as it is written, and as the bits of a field in the word.

Input: rows of `encodings/operands.toml`.
Output: `OperandKind`, which reads, checks and shows a value, and scatters it into a word and back.
Invariant: width, range, unit and alignment all follow from the row's `bits`; what is special to
a kind of operand stands in its class, in `isa.kinds`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from asm_rv32.basis.records import Any, NamedTuple

# ---- as it is written

ABI_NAMES = (
    "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 "
    "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6"
).split()

FLOAT_NAMES = (
    "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 "
    "fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11"
).split()
FLOAT = 32
"""The number of f0: floating-point registers are counted behind the integer registers."""
FFLAGS, FRM = 64, 65
"""The two parts of fcsr are counted behind all of these: what instructions add to and round by."""


class ReservedMode(Exception):
    """An instruction rounds as frm says, and that is no mode: the instruction is illegal."""


ALL_NAMES = (*ABI_NAMES, *FLOAT_NAMES, "fflags", "frm")
"""The name of what stands at a number."""


class Register(int):
    """A register by number, x0 to x31 before f0 to f31; prints as its ABI name."""

    __slots__ = ()

    def __repr__(self) -> str:
        return ALL_NAMES[self]

    __str__ = __repr__


REGISTERS = tuple(Register(number) for number in range(FFLAGS))
REGISTER_NAMES: dict[str, Register] = {
    **{name: REGISTERS[number] for number, name in enumerate(ABI_NAMES)},
    **{f"x{number}": REGISTERS[number] for number in range(32)},
}
FLOAT_REGISTER_NAMES: dict[str, Register] = {
    **{name: REGISTERS[FLOAT + number] for number, name in enumerate(FLOAT_NAMES)},
    **{f"f{number}": REGISTERS[FLOAT + number] for number in range(32)},
}
"""Words that are registers where the ISA has F, and names like any other elsewhere."""
EVERY_REGISTER = {**REGISTER_NAMES, **FLOAT_REGISTER_NAMES}
ZERO, RA, SP, T0, T1, A0 = (REGISTER_NAMES[name] for name in ("zero", "ra", "sp", "t0", "t1", "a0"))
LINKS = (RA, T0)
"""Where calls of functions leave the address to return to (The RISC-V ISA, 2.5.1)."""


SAVED_REGISTERS = tuple(REGISTERS[number] for number in (8, 9, *range(18, 28)))
"""s0 to s11"""


def listed_registers(number: int) -> tuple[Register, ...]:
    """The registers that Zcmp's list of a number from 4 to 15 holds: ra, then s0 and up.

    The list 15 has two more than 14: there is none that ends in s10 (Unprivileged ISA 28.14.1).
    """
    return (RA, *SAVED_REGISTERS[: number - 4 + (number == 15)])


def stack_space(number: int) -> int:
    """Bytes of stack for the registers of such a list: whole 16 bytes."""
    return (4 * len(listed_registers(number)) + 15) & -16


def list_number(registers: Iterable[int]) -> int | None:
    """The number of Zcmp's list of these registers; None where there is none."""
    held = set(registers)
    return next((number for number in range(4, 16) if held == {*listed_registers(number)}), None)


class Symbol(str):
    """A name that stands for no value: of a label, a CSR, or nothing."""

    __slots__ = ()


class Memory(NamedTuple):
    """`offset(base)` as an operand."""

    offset: Value
    base: Value


class RegisterSet(NamedTuple):
    """`{ra, s0 - s3}` as an operand: register numbers in ascending order."""

    registers: tuple[int, ...]


class LabelSum(NamedTuple):
    """A number that is known once all is placed: `table + 8`, `end - start`, `hi(table)`."""

    plus: str
    """The name of a place whose address counts."""
    minus: str = ""
    """The name of one from which it is counted; empty where the address itself is meant."""
    offset: int = 0
    """Bytes"""
    part: str = ""
    """The number itself; `hi` or `lo`, its upper 20 or lower 12 bits; `pcrel_hi`, as `hi` of the
    distance from the instruction; `pcrel_lo`, what completes the `pcrel_hi` at the place."""

    def __str__(self) -> str:
        text = self.plus + (f" - {self.minus}" if self.minus else "")
        if self.offset:
            text += f" {'-' if self.offset < 0 else '+'} {abs(self.offset)}"
        return f"{self.part}({text})" if self.part else text


Value = int | Register | Symbol | Memory | RegisterSet | LabelSum | bytes


def spelled(value: Value) -> str:
    """An operand as it would be written."""
    if isinstance(value, Memory):
        return f"{spelled(value.offset)}({spelled(value.base)})"
    if isinstance(value, RegisterSet):
        return "{" + ", ".join(ALL_NAMES[number] for number in value.registers) + "}"
    return repr(value) if isinstance(value, bytes) else str(value)


def shape_of(operands: Iterable[Value]) -> str:
    """A letter an operand, as `Syntax.shape` has it."""
    return "".join("m" if isinstance(operand, Memory) else "p" for operand in operands)


class Beside:
    """What the number that an operand stands for may hang on."""

    __slots__ = ("csr_numbers", "first", "name")

    def __init__(self, csr_numbers: Mapping[str, int], name: str, first: Value) -> None:
        self.csr_numbers = csr_numbers
        self.name = name
        """The name that is written in its place, whatever it stands for elsewhere; or ""."""
        self.first = first
        """The instruction's first operand."""


class Place:
    """What the text of a value may hang on; labels and CSRs have names by their numbers."""

    __slots__ = ("address", "csr_names", "gnu", "labels", "values")

    def __init__(
        self, address: int, labels: Mapping[int, str], csr_names: Mapping[int, str],
        values: tuple[int, ...], gnu: bool,
    ) -> None:  # fmt: skip
        self.address = address
        """Of the instruction, in bytes."""
        self.labels = labels
        self.csr_names = csr_names
        self.values = values
        """All values of the instruction."""
        self.gnu = gnu
        """True for GNU's syntax."""


# ---- as bits of a word


class Part(NamedTuple):
    """A run of bits that stand side by side both in the value and in the word."""

    value_low: int
    width: int
    word_low: int


def parse_bits(notation: str) -> tuple[Part, ...]:
    """The parts of a scatter such as `31:25[12|10:5] 11:7[4:1|11]`.

    Raises ValueError where the two sides differ in width or a bit stands twice.
    """
    parts: list[Part] = []
    for item in notation.split():
        word, _, value = item.rstrip("]").partition("[")
        word_high, word_low = _run(word)
        value = value or f"{word_high - word_low}:0"
        for run in value.split("|"):
            high, low = _run(run)
            width = high - low + 1
            if width < 1 or word_high - width + 1 < word_low:
                raise ValueError(f"{item!r}: more value bits than word bits")
            parts.append(Part(low, width, word_high - width + 1))
            word_high -= width
        if word_high != word_low - 1:
            raise ValueError(f"{item!r}: fewer value bits than word bits")
    for side in ("value_low", "word_low"):
        seen = 0
        for part in parts:
            mask = ((1 << part.width) - 1) << getattr(part, side)
            if seen & mask:
                raise ValueError(f"{notation!r}: a bit stands twice")
            seen |= mask
    return tuple(parts)


def _run(text: str) -> tuple[int, int]:
    high, _, low = text.partition(":")
    return int(high), int(low or high)


class _Scatter(dict[int, int]):
    """Value → bits in the word, computed on first use: a field sees few distinct values."""

    __slots__ = ("base", "parts")

    def __init__(self, parts: tuple[Part, ...], base: int) -> None:
        self.parts = parts
        self.base = base

    def __missing__(self, value: int) -> int:
        bits, held = 0, value - self.base
        for low, width, at in self.parts:
            bits |= ((held >> low) & ((1 << width) - 1)) << at
        self[value] = bits
        return bits


class OperandKind:
    """One row of operands.toml; `isa.kinds` has a class for each `kind` there.

    `values` holds exactly the values that the field can carry: register numbers; integers in
    their own unit (bytes for offsets), signed where the manual says so.
    """

    __slots__ = (
        "base",
        "default",
        "encode",
        "holds",
        "kind",
        "mask",
        "maximum",
        "minimum",
        "modulo",
        "name",
        "names",
        "nonzero",
        "only",
        "parts",
        "sign_bit",
        "unit",
        "values",
    )  # fmt: skip
    signed = False
    takes: tuple[type, ...] = (int,)
    """The types of operands that can stand there."""
    noun = ""
    """What the field takes, for the list of operands in docs/."""
    is_register = False
    first = 0
    """The least register that it may hold, for which 0 stands where a row gives no `base`."""
    is_target = False
    """True of a label, whose distance is known only once all is placed."""
    by_value = True
    """False where an operand's value alone does not tell the number."""

    def __init__(self, name: str, row: Mapping[str, Any]) -> None:
        self.name = name
        self.kind: str = row["kind"]
        self.parts = parse_bits(row["bits"]) if "bits" in row else ()
        self.mask = sum(((1 << part.width) - 1) << part.word_low for part in self.parts)
        top = max((part.value_low + part.width for part in self.parts), default=row.get("width", 0))
        self.unit = 1 << min((part.value_low for part in self.parts), default=0)
        self.sign_bit = 1 << (top - 1) if self.signed else 0
        self.minimum: int = row.get("least", -self.sign_bit)
        self.maximum = (1 << (top - self.signed)) - self.unit
        self.nonzero: bool = row.get("nonzero", False)
        self.modulo: int = row.get("modulo", 0)
        self.base = EVERY_REGISTER[row["base"]] if "base" in row else REGISTERS[self.first]
        self.default: int | None = row.get("default")
        """What stands there where the operand, the last of its instruction, is not written."""
        self.encode = _Scatter(self.parts, self.base)
        self.only: tuple[int, ...] = tuple(sorted(row.get("only", ())))
        holds = row.get("holds", ())
        named = holds.split() if isinstance(holds, str) else ()
        self.holds = tuple(int(REGISTER_NAMES[name]) for name in named) or tuple(holds)
        self.names: tuple[str, ...] = tuple(row.get("names", "").split())
        self.values = self.held(row)

    def held(self, row: Mapping[str, Any]) -> Collection[int]:
        """What the field can carry."""
        values = range(self.minimum, self.maximum + 1, self.unit)
        if self.only:
            return frozenset(self.only)
        if self.holds:
            scattered = [self.encode[bits] for bits in range(len(self.holds))]
            self.encode.update(zip(self.holds, scattered))
            self.minimum, self.maximum = min(self.holds), max(self.holds)
            return frozenset(self.holds)
        if self.nonzero:
            return frozenset(values) - {0}
        return values

    def embed(self) -> None:
        """Leave out what RV32E has not: it has the registers x0 to x15 only."""

    def __repr__(self) -> str:
        return f"OperandKind({self.name})"

    def decode(self, word: int) -> int:
        """The value that the field carries in `word`; it may be one that `values` excludes."""
        value = 0
        for low, width, at in self.parts:
            value |= ((word >> at) & ((1 << width) - 1)) << low
        if value & self.sign_bit:
            value -= self.sign_bit << 1
        return self.holds[value] if self.holds else value + self.base

    def normalize(self, value: int) -> int:
        """The value as the field counts it, from another spelling of the same bits."""
        return value

    def read(self, value: Any, beside: Beside) -> int | None:
        """The number that the field takes for an operand; it need not be one of `values`.

        None for an operand of a type that it does not take, or without a number.
        """
        return self.number(value, beside) if type(value) in self.takes else None

    def number(self, value: Any, beside: Beside) -> int | None:
        """`read` for an operand of a type that is taken."""
        number: int = value
        return number if number in self.values else self.normalize(number)

    def show(self, value: int, place: Place) -> str:
        """A value as it is written; assembled again it gives the same bits."""
        return f"{value & ((1 << self.modulo) - 1):#x}" if self.modulo else str(value)

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        """The value that GNU's text stands for, at an address. Raises ValueError."""
        return self.normalize(int(text, 0))

    def bound(self, value: int) -> int | None:
        """The number of what holds the operand's value, where that stands elsewhere."""
        return None

    def in_form(self, variable: str) -> str:
        """What stands in its place where a form is shown, `-2048..2047`; never with a comma."""
        return self.accepted

    def wanted(self, first: Value | None) -> str:
        """What the field takes, for a sentence, beside the instruction's first operand."""
        return self.accepted

    @property
    def accepted(self) -> str:
        """The values that the field takes, for a message: `-2048..2047`, `0..124 by 4`."""
        if self.only:
            return ", ".join(map(str, self.only))
        low = self.unit if self.nonzero and self.minimum == 0 else self.minimum
        text = f"{low}..{self.maximum}"
        if self.modulo:
            upper = (1 << self.modulo) - 1
            first = (1 << self.modulo) + self.minimum if self.maximum < upper >> 1 else None
            text += f" or {first:#x}..{upper:#x}" if first else f" or 0..{upper:#x}"
        if self.unit > 1:
            text += f" by {self.unit}"
        if self.nonzero and low < 0:
            text += ", not 0"
        return text

"""The kinds of operand: a class each, by the `kind` of a row of `encodings/operands.toml`.

Input: such a row. Output: its `OperandKind`: how an operand of it is read, shown and described.
Invariant: nothing else in the package tells kinds apart by their names; a new kind is a class here
and its name in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from asm_rv32.basis.records import Any
from asm_rv32.isa.operands import (
    ABI_NAMES,
    ALL_NAMES,
    FLOAT,
    FLOAT_REGISTER_NAMES,
    FRM,
    REGISTER_NAMES,
    Beside,
    OperandKind,
    Place,
    Register,
    RegisterSet,
    Symbol,
    Value,
    list_number,
    listed_registers,
    stack_space,
)

FENCE_BITS = {"i": 8, "o": 4, "r": 2, "w": 1}
"""What `fence` orders: device input and output, memory reads and writes."""
ROUNDING_MODES = {"rne": 0, "rtz": 1, "rdn": 2, "rup": 3, "rmm": 4, "dyn": 7}
"""To nearest, ties to even; towards zero; down; up; to nearest, ties away from zero; as frm says
(Unprivileged ISA 21.2)."""
DYNAMIC = ROUNDING_MODES["dyn"]
_MODE_NAMES = {number: name for name, number in ROUNDING_MODES.items()}
EMBEDDED = range(16)
"""The registers of RV32E."""


def operand_kind(name: str, row: Mapping[str, Any]) -> OperandKind:
    """The operand of a row of operands.toml."""
    return KINDS[row["kind"]](name, row)


class Integer(OperandKind):
    """An unsigned integer."""

    __slots__ = ()
    noun = "unsigned immediate"


class SignedInteger(Integer):
    """A signed integer, two's complement."""

    __slots__ = ()
    signed = True
    noun = "signed immediate"

    def normalize(self, value: int) -> int:
        """A field with `modulo` also reads the unsigned number of that many bits; any other the
        unsigned 32-bit spelling of a negative number.
        """
        bits = self.modulo or 32
        return value - (1 << bits) if (1 << (bits - 1)) <= value < (1 << bits) else value


class RegisterField(OperandKind):
    """A register."""

    __slots__ = ()
    takes = (Register,)
    noun = "register"
    is_register = True

    def held(self, row: Mapping[str, Any]) -> Collection[int]:
        """The registers, by number."""
        fields = range(self.minimum, self.maximum + 1, self.unit)
        excluded = {REGISTER_NAMES[name] for name in row.get("except", "").split()}
        if self.holds:
            known = [bits for bits in fields if bits < len(self.holds)]
            self.encode.update({self.holds[bits]: self.encode[bits] for bits in known})
            return frozenset(self.holds) - excluded
        return frozenset(range(self.base, self.base + self.maximum + 1, self.unit)) - excluded

    def embed(self) -> None:
        """x0 to x15."""
        self.values = frozenset(number for number in EMBEDDED if number in self.values)

    def number(self, value: Any, beside: Beside) -> int:
        """Its number."""
        return int(value)

    def show(self, value: int, place: Place) -> str:
        """Its ABI name."""
        return ABI_NAMES[value]

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        """The number of a register's name."""
        if text not in REGISTER_NAMES:
            raise ValueError(text)
        return int(REGISTER_NAMES[text])

    def in_form(self, variable: str) -> str:
        """The manual's field, and which registers where it does not hold them all."""
        field = variable.partition("_")[0]
        return field if self.accepted == "any register" else f"{field}: {self.accepted}"

    def wanted(self, first: Value | None) -> str:
        """Which registers."""
        if self.accepted == "any register":
            return "a register"
        if self.accepted == "x8..x15":
            return "one of s0, s1, a0..a5 (x8..x15)"
        if self.unit > 1:
            return f"the first register of a pair, which is even: {self.accepted}"
        return f"a register of {self.accepted}"

    @property
    def accepted(self) -> str:
        """Registers by number, runs as `x8..x15`."""
        if self.unit > 1:
            return f"x{min(self.values)}..x{max(self.values)} by {self.unit}"
        held = [number in self.values for number in range(33)]
        runs = []
        start = 0
        for number in range(33):
            if held[number] and (number == 0 or not held[number - 1]):
                start = number
            if not held[number] and number and held[number - 1]:
                first, last = f"x{start}", f"x{number - 1}"
                runs.append(first if first == last else f"{first}..{last}")
        text = ", ".join(runs)
        return "any register" if text == "x0..x31" else text


class FloatRegisterField(RegisterField):
    """A floating-point register."""

    __slots__ = ()
    noun = "floating-point register"
    first = FLOAT

    def embed(self) -> None:
        """RV32E has all of them."""

    def show(self, value: int, place: Place) -> str:
        """Its ABI name."""
        return ALL_NAMES[value]

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        """The number of a register's name."""
        if text not in FLOAT_REGISTER_NAMES:
            raise ValueError(text)
        return int(FLOAT_REGISTER_NAMES[text])

    def wanted(self, first: Value | None) -> str:
        """Which registers."""
        if self.accepted == "any register":
            return "a floating-point register"
        return "one of fs0, fs1, fa0..fa5 (f8..f15)"

    @property
    def accepted(self) -> str:
        """All of them, or those that compressed instructions name."""
        return "any register" if FLOAT in self.values else "f8..f15"


class Rounding(OperandKind):
    """A rounding mode."""

    __slots__ = ()
    takes = (int, Symbol)
    noun = "rounding mode"
    by_value = False  # its names may stand for anything elsewhere

    def number(self, value: Any, beside: Beside) -> int | None:
        """Its number; never that of an integer."""
        return ROUNDING_MODES.get(beside.name or str(value))

    def show(self, value: int, place: Place) -> str:
        """Its name; nothing for the one that stands where none is written."""
        return "" if value == self.default else _MODE_NAMES[value]

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        """The number of a name."""
        if text not in ROUNDING_MODES:
            raise ValueError(text)
        return ROUNDING_MODES[text]

    def bound(self, value: int) -> int | None:
        """The register that says how to round, where the instruction does not."""
        return FRM if value == DYNAMIC else None

    @property
    def accepted(self) -> str:
        """All names."""
        return ", ".join(ROUNDING_MODES)

    def in_form(self, variable: str) -> str:
        """The word for it."""
        return "mode"

    def wanted(self, first: Value | None) -> str:
        """All names."""
        return f"a rounding mode: {self.accepted}"


class Target(OperandKind):
    """A label; the field holds its distance from the instruction."""

    __slots__ = ()
    signed = True
    takes = (Symbol,)
    noun = "label, so many bytes away"
    is_target = True

    def show(self, value: int, place: Place) -> str:
        """The label there; without one the distance, in GNU's syntax the address."""
        to = (place.address + value) & 0xFFFF_FFFF
        if to in place.labels:
            return place.labels[to]
        return f"{to:#x}" if place.gnu else f"{value:+d}"

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        """The distance of an address in hexadecimal digits."""
        distance = (int(text, 16) - address) & 0xFFFF_FFFF
        return distance - ((distance & 0x8000_0000) << 1)

    def in_form(self, variable: str) -> str:
        """The word for it."""
        return "label"

    def wanted(self, first: Value | None) -> str:
        """The word for it."""
        return "a label"


class Csr(OperandKind):
    """A control and status register, by name or number."""

    __slots__ = ()
    by_value = False  # the name may be a macro's parameter, which stands for another at each use
    takes = (int, Symbol)
    noun = "CSR name or number"

    def number(self, value: Any, beside: Beside) -> int | None:
        """Its number."""
        if type(value) is Symbol:
            return beside.csr_numbers.get(beside.name or value)
        return super().number(value, beside)

    def show(self, value: int, place: Place) -> str:
        """Its name, where it has one."""
        return place.csr_names.get(value) or f"{value:#x}"

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        """The number of a name, or a number itself."""
        number = csr_numbers.get(text)
        return int(text, 0) if number is None else number

    def in_form(self, variable: str) -> str:
        """Both ways to write it."""
        return f"csr: name or {self.accepted}"

    def wanted(self, first: Value | None) -> str:
        """Both ways to write it."""
        return f"a CSR's name or {self.accepted}"


class FenceSet(OperandKind):
    """What a fence orders: a set of i, o, r, w."""

    __slots__ = ()
    takes = (int, Register, Symbol)
    noun = "of i, o, r, w"
    by_value = False  # its letters are names that may stand for anything elsewhere

    def number(self, value: Any, beside: Beside) -> int | None:
        """The sum of the letters' bits, each written once; of 0, 0."""
        text = beside.name or str(value)
        if text and set(text) <= set(FENCE_BITS) and len(set(text)) == len(text):
            return sum(FENCE_BITS[letter] for letter in text)
        return 0 if type(value) is int and value == 0 else None

    def show(self, value: int, place: Place) -> str:
        """The letters. `or` is a word of Python; a set can be written in any order there."""
        letters = "".join(letter for letter, bit in FENCE_BITS.items() if value & bit)
        return "ro" if letters == "or" and not place.gnu else letters or "0"

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        """The sum of the letters' bits, or the number itself."""
        if set(text) <= set(FENCE_BITS):
            return sum(FENCE_BITS[letter] for letter in text)
        return int(text, 0)

    def in_form(self, variable: str) -> str:
        """All letters."""
        return "iorw"

    def wanted(self, first: Value | None) -> str:
        """The letters."""
        return "a set of i, o, r, w, or 0"


class Named(OperandKind):
    """One of some words, which stand for 0 and up."""

    __slots__ = ()
    takes = (int, Register, Symbol)
    noun = "word out of a few"
    by_value = False  # the words are names that may stand for anything elsewhere

    def held(self, row: Mapping[str, Any]) -> Collection[int]:
        """As many as there are words."""
        return range(len(self.names))

    def number(self, value: Any, beside: Beside) -> int | None:
        """The place of the word that is written there."""
        word = beside.name or str(value)
        return self.names.index(word) if word in self.names else None

    def show(self, value: int, place: Place) -> str:
        """The word."""
        return self.names[value]

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        """The place of a word."""
        return self.names.index(text)

    @property
    def accepted(self) -> str:
        """The words."""
        return ", ".join(self.names)

    def in_form(self, variable: str) -> str:
        """The first and the last."""
        return f"{self.names[0]}..{self.names[-1]}"


class RegisterList(OperandKind):
    """Registers of Zcmp: {ra}, {ra, s0}, {ra, s0 - s1}, ..."""

    __slots__ = ()
    takes = (RegisterSet,)
    noun = "set of registers"

    def embed(self) -> None:
        """The lists of x0 to x15."""
        lists = (number for number in self.only if max(listed_registers(number)) in EMBEDDED)
        self.values = frozenset(lists)

    def number(self, value: Any, beside: Beside) -> int | None:
        """The list's number."""
        return list_number(value.registers)

    def show(self, value: int, place: Place) -> str:
        """The set, GNU's without blanks."""
        last = listed_registers(value)[-1]
        shown = {4: "ra", 5: "ra, s0"}.get(value, f"ra, s0 - {last}")
        return "{" + (shown.replace(" ", "") if place.gnu else shown) + "}"

    def in_form(self, variable: str) -> str:
        """The longest."""
        return "{ra, s0 - s11}"

    def wanted(self, first: Value | None) -> str:
        """The rule of them."""
        return "a set of ra, then s0 and up without a gap"


class Adjustment(OperandKind):
    """What a stack adjustment has beyond the space of the register list, which stands first."""

    __slots__ = ()
    noun = "stack adjustment"
    by_value = False  # it depends on the registers beside it
    sign = 1

    def number(self, value: Any, beside: Beside) -> int | None:
        """What it has beyond the space of the registers; 0 stands for none."""
        space = _space(beside.first)
        adjustment = self.sign * int(value)
        if space is None:
            return None
        return adjustment - space if adjustment else 0

    def show(self, value: int, place: Place) -> str:
        """The whole adjustment."""
        return str(self.sign * (stack_space(place.values[0]) + value))

    def in_form(self, variable: str) -> str:
        """The word for it, with its sign."""
        return "adjustment" if self.sign > 0 else "-adjustment"

    def wanted(self, first: Value | None) -> str:
        """The adjustments that fit the register list beside it."""
        space = _space(first)
        if space is None:
            return "a multiple of 16"
        extras = range(0, self.maximum + 1, 16)
        return ", ".join(str(self.sign * (space + extra)) for extra in extras)


class NegativeAdjustment(Adjustment):
    """An adjustment downwards, that of a push."""

    __slots__ = ()
    sign = -1


def _space(first: Value | None) -> int | None:
    """Bytes of stack that a register list takes; None of what is none."""
    number = list_number(first.registers) if isinstance(first, RegisterSet) else None
    return None if number is None else stack_space(number)


KINDS: dict[str, type[OperandKind]] = {
    "reg": RegisterField, "freg": FloatRegisterField, "rounding": Rounding, "int": SignedInteger,
    "uint": Integer, "pcrel": Target, "csr": Csr, "ioset": FenceSet, "named": Named,
    "reglist": RegisterList, "push": NegativeAdjustment, "pop": Adjustment,
}  # fmt: skip
"""The word in operands.toml → its class."""

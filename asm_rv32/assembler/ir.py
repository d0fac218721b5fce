"""The values between the stages: what a function means, what is wrong with it, what it may become.

`Operation`s are the statements of a `FunctionSource` with loops unrolled, macros expanded and names
replaced by values; a `Fragment` is one operation with its candidate forms.
Invariant: everything is frozen but `Fragment`, which relaxation owns.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.program import Macro, Written
from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.operands import LabelSum, Value
from asm_rv32.isa.rows import Row

# ---- what it means


class LabelScope:
    """The labels of a function, of one use of a macro, or of one repetition of a loop's body."""

    __slots__ = ("arguments", "labels", "macro", "outer", "suffix")

    def __init__(
        self,
        outer: LabelScope | None = None,
        suffix: str = "",
        arguments: Mapping[str, tuple[LabelScope, str] | None] = MappingProxyType({}),
        macro: Macro | None = None,
    ) -> None:
        self.labels: dict[str, int] = {}
        """Name → index into `Expansion.labels`."""
        self.outer = outer
        self.suffix = suffix
        self.arguments = arguments
        """Of the use of a macro: parameter → the bare name that is given for it, and where that
        belongs; None where what is given is no bare name."""
        self.macro: Macro | None = outer.macro if outer is not None else macro
        """The macro that it is in."""

    def home(self, name: str) -> tuple[LabelScope, str] | None:
        """The scope and the name that `name` is written for where it is a macro's parameter.

        Any other name stands for itself, here; None for a parameter that is given no bare name.
        """
        here = scope = self
        while True:
            if name in scope.arguments:
                given = scope.arguments[name]
                if given is None:
                    return None
                here, name = given
                scope = here
            elif scope.outer is not None:
                scope = scope.outer
            else:
                return here, name

    def find(self, name: str) -> int | None:
        """The label that `name` means here, innermost first."""
        scope: LabelScope | None = self
        while scope is not None:
            found = scope.labels.get(name)
            if found is not None:
                return found
            given = scope.arguments.get(name)
            if given is not None:
                scope, name = given
            else:
                scope = scope.outer
        return None


class Operation(NamedTuple):
    """One instruction or pseudo-instruction with its operands' values."""

    mnemonic: str
    """As the manuals spell it, `c.mv`, unless no such instruction is known."""
    operands: tuple[Value, ...]
    written: Written
    """Where it stands; the node is a `call`."""
    scope: LabelScope


class Bytes(NamedTuple):
    """Data."""

    data: bytes
    written: Written


class Number(NamedTuple):
    """A number among data that is known once all is placed."""

    size: int
    """Bytes"""
    value: LabelSum
    written: Written
    node: Node
    """The value as it is written."""
    scope: LabelScope


class Space(NamedTuple):
    """So many zero bytes."""

    size: int
    written: Written


class Align(NamedTuple):
    """Bytes up to the next multiple of a power of two."""

    multiple: int
    written: Written


Item = Operation | Bytes | Number | Space | Align


class Label(NamedTuple):
    """A label: its name in the listing, the item that it stands in front of, its place."""

    name: str
    item: int
    written: Written


class Contract(NamedTuple):
    """How many cycles it may take from one label to another."""

    start: str
    end: str
    low: int
    high: int | None
    """At most so many; None: that is not said."""
    core: str
    """On which; empty: on that of the decorator, or of whoever asks."""
    text: str
    """The bounds as they were written."""
    measured: bool
    """Whether only what runs do counts, and not every path that the code has."""
    written: Written
    scope: LabelScope
    """Where the names of the labels are looked up."""


class Switch(NamedTuple):
    """From here on instructions are shortened as the function's are, or not at all."""

    item: int
    """Index of the first item."""
    on: bool
    written: Written


class Expansion(NamedTuple):
    """A function as a straight list of items with its labels."""

    items: list[Item]
    labels: list[Label]
    uses_macros: bool = False
    contracts: tuple[Contract, ...] = ()
    switches: tuple[Switch, ...] = ()


# ---- what is wrong with it, before it is explained


class Unread:
    """What has no value: an operand of an instruction whose forms say what may stand there, or,
    with no mnemonic, something else with a name in it that has none."""

    __slots__ = ("diagnostic", "mnemonic")

    def __init__(self, diagnostic: Diagnostic, mnemonic: str) -> None:
        self.diagnostic = diagnostic
        self.mnemonic = mnemonic

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.diagnostic.span


class Unfit:
    """An operation whose operands fit no form, or a number that stands for nothing."""

    __slots__ = ("item",)

    def __init__(self, item: Operation | Number) -> None:
        self.item = item


class DataError(Exception):
    """What hinders data from lying in memory: a message, and notes with a mend."""

    def __init__(self, message: str, *notes: str) -> None:
        super().__init__(message)
        self.message = message
        self.notes = notes


Wrong = Diagnostic | Unread | Unfit


def is_error(wrong: Wrong) -> bool:
    """False of a warning or a note."""
    return not isinstance(wrong, Diagnostic) or wrong.severity == "error"


# ---- what it may become


class Piece(NamedTuple):
    """One machine instruction of a form."""

    row: Row
    values: tuple[int, ...]
    target: int = -1
    """Index of the value that the displacement decides, or -1."""
    part: str = ""
    """How: the displacement itself, its `hi` or `lo`, or the distance to the form's `end`."""
    anchor: int = 0
    """Offset in the form that the displacement is counted from."""


class Form(NamedTuple):
    """One way to write a fragment. Displacements `low..high` (bytes, inclusive) are in reach."""

    size: int
    pieces: tuple[Piece, ...]
    low: int = 0
    high: int = 0
    data: bytes = b""
    """The bytes themselves, where there are no pieces."""
    field: int = 0
    """The size in bytes of the number that stands instead of either."""
    scratch: bool = False
    """True where it overwrites a register that the source does not name."""


HERE, NOWHERE = -1, -2
"""Where a distance is counted from that is counted from no label: the fragment; address 0."""


class Fragment:
    """One item with its candidate forms, the smallest first; relaxation chooses and places."""

    __slots__ = (
        "addend",
        "address",
        "alignment",
        "choice",
        "end",
        "forms",
        "origin",
        "size",
        "start",
        "target",
    )  # fmt: skip

    def __init__(
        self, forms: tuple[Form, ...], start: int, end: int, target: int = -1, alignment: int = 0
    ) -> None:
        self.forms = forms
        self.choice = 0
        self.target = target
        """Index of the label that the displacement goes to, or -1; behind the labels of its own,
        a unit has its uses."""
        self.origin = HERE
        """Index of the label that it is counted from, or HERE, or NOWHERE."""
        self.addend = 0
        """Bytes that are added to it."""
        self.alignment = alignment
        self.size = forms[0].size if forms else 0
        self.address = 0
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return (
            f"Fragment({self.address:#x}: {self.size} bytes, {self.choice + 1}/{len(self.forms)})"
        )

    @property
    def form(self) -> Form:
        """The form chosen."""
        return self.forms[self.choice]

    def choose(self, choice: int) -> None:
        """Take the form of this number."""
        self.choice = choice
        self.size = self.forms[choice].size

    def copy(self) -> Fragment:
        """The same, with nothing chosen yet."""
        found = Fragment(self.forms, self.start, self.end, self.target, self.alignment)
        found.origin, found.addend = self.origin, self.addend
        return found


class Use(NamedTuple):
    """A name that is no label of the function, and stands for what lies outside of it."""

    name: str
    """As it is written, dots and all."""
    start: int
    end: int
    """Where it stands first."""
    resolve: Any = None
    """A `link.Resolve`, of a macro's name, where that means what it means around the macro."""

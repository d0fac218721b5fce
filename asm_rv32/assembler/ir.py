"""The values between the stages: what was written, what it means, what it may become.

`Program` is what the parser found; `Operation`s are its statements with loops unrolled and names
replaced by values; a `Fragment` is one operation with its candidate forms.
Invariant: everything is frozen but `Fragment`, which relaxation owns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.lines import kept_spans
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.operands import Value
from asm_rv32.isa.rows import Row

# ---- what was written


class Written(NamedTuple):
    """A piece of one logical line: a tree over its tokens, which start at `start` in the text."""

    node: Node
    tokens: list[str]
    start: int
    end: int

    def __repr__(self) -> str:
        return f"Written({' '.join(self.tokens[self.node.first : self.node.last + 1])})"

    def part(self, node: Node) -> Written:
        """The same line, seen at another node of its tree."""
        return self._replace(node=node)

    def span(self, source: Source, node: Node | None = None) -> Span:
        """Where the node, by default the whole piece, stands in the source."""
        spans = kept_spans(source.text, self.start, self.end)
        node = node or self.node
        if not 0 <= node.first <= node.last < len(spans):
            return Span(self.start, self.end)
        return Span(spans[node.first].start, spans[node.last].end)


class For(NamedTuple):
    """`for NAME in range(...)`: `head` is the whole line's tree."""

    head: Written
    body: tuple[Statement, ...]


class If(NamedTuple):
    """`if` with its `elif`s and `else`, in order; an `else` has no condition."""

    branches: tuple[tuple[Written | None, tuple[Statement, ...]], ...]


Statement = Written | For | If


class Parameter(NamedTuple):
    """A parameter and where it stands."""

    name: str
    span: Span


class Reference:
    """An assembler function, or a block of data, as a value: its address."""

    __slots__ = ("name", "target")

    def __init__(self, name: str, target: object = None) -> None:
        self.name = name
        """Qualified, as its file has it."""
        self.target = target
        """The file's `Program`, or the object that a function object's globals have; None: of the
        same file."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and (self.name, id(self.target)) == (
            other.name, id(other.target))  # fmt: skip

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Reference({self.name})"


class Home:
    """Where data is given its names: a file, or the globals of a function object."""

    def find(self, thing: object) -> Data | Reference | None:
        """What stands for an item of a list that is neither an integer nor a `Reference`."""
        raise NotImplementedError


class Data:
    """Data of a module, under a name. Two of one `value` (`is`) are one place in a program."""

    __slots__ = ("home", "name", "source", "span", "value")

    def __init__(self, name: str, value: Any, home: Home, source: Source | None, span: Span | None):
        self.name = name
        """As it was given first."""
        self.value = value
        """As Python has it: bytes, str, bytearray, array, list or tuple; its items are integers,
        such data, or a `Reference`. `assembler/data.py` lays it out."""
        self.home = home
        self.source = source
        """The text of its file, where it was read."""
        self.span = span
        """Where it is given its name there."""

    def __repr__(self) -> str:
        return f"Data({self.name}: {type(self.value).__name__} of {len(self.value)})"


class Namespace:
    """A class or a module, whose attributes have values."""

    __slots__ = ()

    def find(self, name: str) -> Any:
        """The attribute's value, as `FunctionSource.names` has them; None where it has none."""
        raise NotImplementedError

    def names(self) -> Iterable[str]:
        """The names that `from module import *` binds."""
        return ()


class IntegerMember(int, Namespace):
    """Of an enum whose members are integers."""

    __slots__ = ()

    def find(self, name: str) -> Any:
        return int(self) if name == "value" else None


class FunctionSource(NamedTuple):
    """One decorated function as written."""

    name: str
    qualified_name: str
    parameters: tuple[Parameter, ...]
    returns: str
    options: Mapping[str, object]
    """The decorator's keyword arguments."""
    body: tuple[Statement, ...]
    names: Any
    """A `reading.scopes.Picked`: what names of the body stand for in the text around it, where the
    function is defined: integers, `Data`, `Namespace`s."""
    span: Span
    """From the first decorator to the end of the body."""
    name_span: Span


class Program(NamedTuple):
    """The assembler functions of a file, in order."""

    source: Source
    functions: tuple[FunctionSource, ...]
    names: Any = MappingProxyType({})
    """A `reading.scopes.Sight`: what names of the module stand for at the end of the file;
    functions have a `Reference`."""


# ---- what it means


class LabelScope:
    """The labels of a function, or of one repetition of a loop's body within it."""

    __slots__ = ("labels", "outer", "suffix")

    def __init__(self, outer: LabelScope | None = None, suffix: str = "") -> None:
        self.labels: dict[str, int] = {}
        """Name → index into `Expansion.labels`."""
        self.outer = outer
        self.suffix = suffix

    def find(self, name: str) -> int | None:
        """The label that `name` means here, innermost first."""
        scope: LabelScope | None = self
        while scope is not None:
            found = scope.labels.get(name)
            if found is not None:
                return found
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


class Space(NamedTuple):
    """So many zero bytes."""

    size: int
    written: Written


class Align(NamedTuple):
    """Bytes up to the next multiple of a power of two."""

    multiple: int
    written: Written


Item = Operation | Bytes | Space | Align


class Label(NamedTuple):
    """A label: its name in the listing, the item that it stands in front of, its place."""

    name: str
    item: int
    written: Written


class Expansion(NamedTuple):
    """A function as a straight list of items with its labels."""

    items: list[Item]
    labels: list[Label]


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
    """An operation whose operands fit no form."""

    __slots__ = ("item",)

    def __init__(self, item: Operation) -> None:
        self.item = item


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
    scratch: bool = False
    """True where it overwrites a register that the source does not name."""


class Fragment:
    """One item with its candidate forms, the smallest first; relaxation chooses and places."""

    __slots__ = ("address", "alignment", "choice", "end", "forms", "size", "start", "target")

    def __init__(
        self, forms: tuple[Form, ...], start: int, end: int, target: int = -1, alignment: int = 0
    ) -> None:
        self.forms = forms
        self.choice = 0
        self.target = target
        """Index of the label that the displacement goes to, or -1."""
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

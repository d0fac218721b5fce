"""The values between the stages: what was written, what it means, what it may become.

`Program` is what the parser found; `Operation`s are its statements with loops unrolled, macros
expanded and names replaced by values; a `Fragment` is one operation with its candidate forms.
Invariant: everything is frozen but `Fragment`, which relaxation owns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.lines import kept_spans
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.image import FUNCTION
from asm_rv32.isa.operands import LabelSum, Value
from asm_rv32.isa.rows import Row

# ---- what was written


class Written(NamedTuple):
    """A piece of one logical line: a tree over its tokens, which start at `start` in the text.

    Once it is expanded, a statement of a macro has the place where the function uses the macro.
    """

    node: Node
    tokens: list[str]
    start: int
    end: int
    inside: Inside | None = None
    """Which macro it is a statement of, once that is expanded."""

    def __repr__(self) -> str:
        return f"Written({' '.join(self.tokens[self.node.first : self.node.last + 1])})"

    def part(self, node: Node) -> Written:
        """The same line, seen at another node of its tree."""
        return self._replace(node=node)

    def span(self, source: Source, node: Node | None = None) -> Span:
        """Where the node, by default the whole piece, stands in the source.

        Of a macro that stands in another source, where it is used.
        """
        start, end, inside = self.start, self.end, self.inside
        if inside is not None:
            if inside.source is not source:
                return inside.use.span(source)
            start, end = inside.start, inside.end
        spans = kept_spans(source.text, start, end)
        node = node or self.node
        if not 0 <= node.first <= node.last < len(spans):
            return Span(start, end)
        return Span(spans[node.first].start, spans[node.last].end)

    def text(self, source: Source, node: Node) -> str:
        """What is written there."""
        home = self.inside.source if self.inside is not None else source
        return home.text[slice(*self.span(home, node))]

    def notes(self, source: Source) -> tuple[str, ...]:
        """Where the macros are used that it stands in, innermost first: a `note:` each."""
        found: list[str] = []
        inside = self.inside
        while inside is not None:
            place = (
                f" ({_line(inside, source)})" if not found and inside.source is not source else ""
            )
            found.append(
                f"note: in {inside.macro.name}{place}, used in {_line_of_use(inside, source)}"
            )
            inside = inside.use.inside
        if len(found) > NOTES_SHOWN:
            left = f"note: and {len(found) - NOTES_SHOWN} more"
            found[NOTES_SHOWN - 1 : -1] = [left]
        return tuple(found)


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
    default: Written | None = None
    """Of a macro's: what it is where the use does not give it."""
    is_float: bool = False
    """Of a function's: whether it is annotated as a float."""


class Macros:
    """The macros that a function or a macro may use, by their names there."""

    def find(self, name: str) -> Macro | None:
        """The macro of a name, which may have dots in it."""
        return None

    def known(self) -> Iterable[str]:
        """Their names, as far as they can be told: for a suggestion."""
        return ()


class Macro:
    """One macro as written. Two are the same only where they are one object."""

    __slots__ = (
        "body",
        "defaults",
        "macros",
        "name",
        "names",
        "parameters",
        "source",
        "start",
        "words",
    )

    def __init__(
        self, name: str, parameters: tuple[Parameter, ...], body: tuple[Statement, ...],
        words: frozenset[str], source: Source, start: int,
    ) -> None:  # fmt: skip
        self.name = name
        self.parameters = parameters
        self.body = body
        self.words = words
        """The tokens of its text."""
        self.source = source
        self.start = start
        """Offset of its `def`."""
        self.names: Any = {}
        """What is visible to it where it stands: a `reading.scopes.Picked`, or a `Sight`."""
        self.macros = Macros()
        """The macros that it may use."""
        self.defaults: Mapping[str, int | bytes] = {}
        """Default values by parameter, where they are known from elsewhere than the text."""

    def __repr__(self) -> str:
        return f"Macro({self.form})"

    @property
    def form(self) -> str:
        """How it is used: `swap(a, b, n=...)`."""
        names = [
            each.name + ("=..." if each.default else "")
            for each in self.parameters[:PARAMETERS_SHOWN]
        ]
        if len(self.parameters) > PARAMETERS_SHOWN:
            names.append("...")
        return f"{self.name}({', '.join(names)})"


class Inside(NamedTuple):
    """A place in a macro that is used."""

    macro: Macro
    source: Source
    """The macro's, which is the function's own where both stand in one file."""
    start: int
    """Of the line in that source."""
    end: int
    use: Written
    """The statement that uses it, which may stand in a macro, too."""


PARAMETERS_SHOWN = 12
"""So many parameters of a macro are shown with it."""
NOTES_SHOWN = 6
"""Of macros within macros at most so many are told."""


def _line(inside: Inside, source: Source) -> str:
    """Where a statement of a macro stands, in words."""
    return _line_at(inside.source, inside.start, source)


def _line_of_use(inside: Inside, source: Source) -> str:
    outer = inside.use.inside
    if outer is not None:
        return _line(outer, source)
    return _line_at(source, inside.use.start, source)


def _line_at(home: Source, offset: int, source: Source) -> str:
    line = f"line {home.locate(offset)[0]}"
    return line if home is source else f"{line} of {home.path}"


class Reference:
    """An assembler function, or a block of data, as a value: its address."""

    __slots__ = ("name", "target")

    def __init__(self, name: str, target: object = None) -> None:
        self.name = name
        """Qualified, as its file has it."""
        self.target = target
        """The file's `reading.scopes.World`, or the object in a function object's globals."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and (self.name, id(self.target)) == (
            other.name, id(other.target))  # fmt: skip

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Reference({self.name})"


class Extern:
    """What another object has, under a symbol: its address."""

    __slots__ = ("symbol",)

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Extern) and self.symbol == other.symbol

    def __hash__(self) -> int:
        return hash(self.symbol)

    def __repr__(self) -> str:
        return f"extern({self.symbol!r})"


class Home:
    """Where data is given its names: a file, or the globals of a function object."""

    def find(self, thing: object) -> Data | Reference | None:
        """What stands for an item of a list that is no integer, `Reference` or `Extern`."""
        raise NotImplementedError


class Data:
    """Data of a module, under a name. Two of one `value` (`is`) are one place in a program."""

    __slots__ = ("home", "name", "source", "span", "value")

    def __init__(self, name: str, value: Any, home: Home, source: Source | None, span: Span | None):
        self.name = name
        """As it was given first."""
        self.value = value
        """As Python has it: bytes, str, bytearray, array, list or tuple; its items are integers,
        such data, a `Reference` or an `Extern`. `assembler/data.py` lays it out."""
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
    macros: Macros = Macros()
    """The macros that it may use."""
    kind: str = FUNCTION
    """One of PART_KINDS: data is written in the same way."""


class Program(NamedTuple):
    """The assembler functions of a file, in order."""

    source: Source
    functions: tuple[FunctionSource, ...]
    macros: Macros = Macros()
    """Those of the module."""
    names: Any = MappingProxyType({})
    """A `reading.scopes.Sight`: what names of the module stand for at the end of the file;
    functions have a `Reference`."""
    wrong: tuple[Diagnostic, ...] = ()
    """Of another file of a project, what is wrong with its text."""


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


class Expansion(NamedTuple):
    """A function as a straight list of items with its labels."""

    items: list[Item]
    labels: list[Label]
    uses_macros: bool = False
    contracts: tuple[Contract, ...] = ()


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

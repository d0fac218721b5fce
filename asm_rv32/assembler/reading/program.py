"""What was written: the functions of a file, their statements, and what names stand for.

`Program` is what the parser found. A statement is a piece of a line, as a tree over its tokens;
a name stands for an integer, or for one of the values here: data, a function, what another object
has, a class or a module, a macro.
Invariant: nothing is expanded; a function's statements are as they stand in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.lines import kept_spans
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.image import FUNCTION


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

"""What of a source only the host has: imports of this package, blocks of data, macros, symbols.

Input: the syntax tree of a source, its blocks of data, and functions that Python cannot call.
Output: what each such statement is on a board, where the decorators of this package do not exist.
Invariant: whatever name the statement binds is bound on the board, too, so that another module can
import it; by what Python can make use of there, else by None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asm_rv32.assembler.link import Unit, contents
from asm_rv32.assembler.reading.parser import BLOCK, DECORATOR, MACRO
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.formats.board.mpy import Constant, MpyError
from asm_rv32.isa.image import WRITABLE

if TYPE_CHECKING:
    import ast

HOST_MODULE = "asm_rv32"
"""The module that only the host has: importing names from it means nothing on a board."""
EXTERN = "extern"
"""The function of it that names what another object has."""


class Hidden(NamedTuple):
    """What Python has no use for, or another than on a PC: a block of data, a function that only
    others call; and where it stands in its source."""

    name: str
    content: bytes | None
    """Of data; None of a function."""
    start_line: int
    """Line of the first decorator, counted from 1."""
    end_line: int
    writable: bool = False
    refusal: str = ""
    """Why Python cannot read it on a board; empty where it can."""


def data_block(unit: Unit) -> Hidden:
    """What a board may need of a block of data."""
    span, locate = unit.span, unit.source.locate
    content, open_places = contents(unit)
    name = unit.name.rpartition(".")[2]
    refusal = ""
    if open_places:
        refusal = (
            f"Python reads {name}, which holds in line {locate(open_places[0])[0]} where something "
            f"else lies: on a board it has a copy of {name} alone. Pass what it needs from a "
            f"function that reads {name}"
        )
    first, last = locate(span.start)[0], locate(max(span.start, span.end - 1))[0]
    return Hidden(name, content, first, last, unit.kind == WRITABLE, refusal)


class Value(NamedTuple):
    """What a name is bound to on the board."""

    content: bytes | None
    """None: to None."""
    writable: bool = False

    @property
    def text(self) -> str:
        """In Python."""
        return f"bytearray({self.content!r})" if self.writable else repr(self.content)

    @property
    def constant(self) -> Constant | None:
        """As a file holds it; None where it is made by a call."""
        if self.content is None:
            return Constant("None")
        return None if self.writable else Constant("bytes", self.content)


NONE = Value(None)


class HostNames:
    """The statements of a source that stand for something that only the host has."""

    def __init__(self, tree: ast.Module, hidden: Sequence[Hidden]) -> None:
        self._hidden = {each.start_line: each for each in hidden}
        self._externs, self._modules = _imported(tree)
        self._read: set[str] | None = None
        self._tree = tree

    def defined(self, node: ast.FunctionDef) -> Value | None:
        """What a block of data, a macro or a hidden function is on the board; None for any other.

        Raises MpyError for what Python reads and cannot have on a board.
        """
        decorators = {decorator_name(each) for each in node.decorator_list}
        if decorators.isdisjoint((DECORATOR, BLOCK, MACRO)):
            return None
        hidden = self._hidden.get(node.decorator_list[0].lineno)
        if hidden is None or hidden.name != node.name:
            return None if DECORATOR in decorators else NONE
        is_read = node.name in self.read
        if is_read and hidden.refusal:
            raise MpyError(hidden.refusal)
        # A name with an underscore is the module's own, as that of MicroPython's constants is.
        if hidden.refusal or (node.name.startswith("_") and not is_read):
            return NONE
        return Value(hidden.content, hidden.writable)

    def last_line(self, node: ast.FunctionDef) -> int:
        """Where such a definition ends; the bodies of those that are given are not in the tree."""
        hidden = self._hidden.get(node.decorator_list[0].lineno)
        return hidden.end_line if hidden is not None else node.end_lineno or node.lineno

    @property
    def read(self) -> set[str]:
        """The names that Python reads, in any scope, and the attributes."""
        if self._read is None:
            self._read = set(_read(self._tree))
        return self._read

    def is_extern(self, node: ast.expr | None) -> bool:
        """Whether an expression names what another object has."""
        import ast

        match node:
            case ast.Call(func=ast.Name(id=name)):
                return name in self._externs
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)):
                return name in self._modules and attribute == EXTERN
        return False

    def externs(self) -> Iterator[ast.expr]:
        """Every such expression of the source, in the order of the text."""
        if not (self._externs or self._modules):
            return iter(())
        import ast

        found = (
            node for node in ast.walk(self._tree)
            if isinstance(node, ast.expr) and self.is_extern(node)
        )  # fmt: skip
        return iter(sorted(found, key=lambda node: (node.lineno, node.col_offset)))


def decorator_name(decorator: ast.expr) -> str:
    """The last part of a decorator's name: `b` of `@a.b(...)`."""
    import ast

    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    if isinstance(decorator, ast.Attribute):
        return decorator.attr
    return decorator.id if isinstance(decorator, ast.Name) else ""


def host_import(node: ast.stmt) -> tuple[str, ...] | None:
    """Names under which an import of this package binds `micropython`; None: another statement."""
    import ast

    match node:
        case ast.ImportFrom(module=str(module), level=0, names=names) if _is_host(module):
            bound = [a for a in names if a.name == "micropython" and module == HOST_MODULE]
            return tuple(alias.asname or alias.name for alias in bound)
        case ast.Import(names=names) if all(_is_host(alias.name) for alias in names):
            return tuple(
                alias.asname
                for alias in names
                if alias.asname and alias.name == f"{HOST_MODULE}.micropython"
            )
    return None


def _is_host(module: str) -> bool:
    return module.partition(".")[0] == HOST_MODULE


def _imported(tree: ast.Module) -> tuple[set[str], set[str]]:
    """The names that `extern` has in a source, and those of this package."""
    import ast

    externs: set[str] = set()
    modules: set[str] = set()
    for node in tree.body:
        match node:
            case ast.ImportFrom(module=str(module), level=0, names=names) if _is_host(module):
                externs |= {alias.asname or alias.name for alias in names if alias.name == EXTERN}
            case ast.Import(names=names):
                modules |= {alias.asname or alias.name for alias in names if _is_host(alias.name)}
    return externs, modules


def _read(tree: ast.Module) -> Iterator[str]:
    import ast

    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        match node:
            case ast.FunctionDef(decorator_list=decorators) if any(
                decorator_name(each) == MACRO for each in decorators
            ):
                continue
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
        queue += ast.iter_child_nodes(node)

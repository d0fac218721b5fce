"""The scopes around assembler functions, and what names stand for in them.

A name stands for an integer, a `Reference`, an `Extern` or a `Macro`; for a `Binding`, whose value
is computed when something asks for it; or for an `Unknown`: it has some meaning, which is not told
here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from asm_rv32.assembler.budget import Room
from asm_rv32.assembler.reading.expressions import BUILTIN_NAMES
from asm_rv32.assembler.reading.grammar import TREES, Node
from asm_rv32.assembler.reading.integers import ExpressionError
from asm_rv32.assembler.reading.lines import LogicalLine, token_span
from asm_rv32.assembler.reading.program import (
    Data,
    Extern,
    Home,
    Macro,
    Macros,
    Namespace,
    Reference,
)
from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.records import Any, NamedTuple

_FIXED = (Reference, Extern, Macro, Namespace)
"""What is no value of Python's here, and stays what it is."""
VALUES = (int, Data, Namespace)
"""What a name of a function's stands for that may be computed with."""
CHAIN_LIMIT = 20
"""So many bindings may wait for one another."""
ITEMS, WHOLE = 1, 2
MODULE, FUNCTION, CLASS, MAIN = "module", "def", "class", "main"


class Scope:
    """A `def` or a `class` around what is read, or `if __name__ == "__main__":`; the outermost is
    the module."""

    __slots__ = ("bases", "indent", "inner", "macros", "name", "names", "runs", "sort")

    def __init__(self, indent: int, name: str, sort: str, runs: bool) -> None:
        self.indent = indent
        self.inner = -1 if indent >= 0 else 0
        """The indentation of its first line; -1 before that is read."""
        self.name = name
        self.sort = sort
        self.runs = runs
        """True where its lines are executed as the file is imported."""
        self.names: dict[str, Any] = {}
        self.macros: dict[str, list[Macro]] = {}
        """Of a name, in the order of the text."""
        self.bases: tuple[str, ...] | None = ()
        """Of a class, what it inherits from, as written; None where that is not plain to see."""

    @property
    def is_function(self) -> bool:
        """True where functions inside see its names."""
        return self.sort != CLASS


class Why(NamedTuple):
    """Why a name has no value where one is wanted."""

    is_bound: bool
    """True where something around the function gives it a meaning."""
    notes: tuple[str, ...]


class World(Home):
    """What is shared by all that is read of a file."""

    def __init__(self, source: Source, read: Callable[[Source, Any], Any]) -> None:
        self.source = source
        self.read = read
        """Reads another file of a project: its `Program`."""
        self.project: Any = None
        """`imports.Project`; None before another file is looked for."""
        self.program: Any = None
        """The file's, once it is read."""
        self._places: Any = None
        self.room = Room()
        self.data: dict[int, Data] = {}
        """`id` of a value, which it keeps → the data."""

    @property
    def places(self) -> Any:
        """The project's `outside.Places`, by which names become places in programs."""
        return self.project.home._places if self.project is not None else self._places

    def place_by(self, places: Any) -> None:
        """Let names be places of these, in this file and in those that it imports."""
        self._places = places

    def find(self, thing: object) -> Data | None:
        """The data of an object."""
        return self.data.get(id(thing))

    def named(self, name: str, value: Any, binding: Binding) -> Data:
        """The data of a value, which gets its name from whoever asks first."""
        found = self.data.get(id(value))
        if found is None:
            line = binding.line
            span = token_span(self.source.text, line, 0) if line else None
            found = Data(binding.name or name, value, self, self.source, span)
            self.data[id(value)] = found
        return found


class Unknown:
    """A meaning that is not known: where it is given, and by what."""

    __slots__ = ("line", "sort")

    def __init__(self, line: LogicalLine | None, sort: str) -> None:
        self.line = line
        self.sort = sort
        """A key of `why.UNKNOWN`."""


class Binding:
    """What a name is given, once it is asked for.

    Bindings that may hold one object are linked: what changes it, changes all of them.
    """

    __slots__ = ("_group", "changed", "changer", "depth", "line", "name", "size", "touched")
    module = asked = ""
    """Of what is imported: from where, with a dot for each level in front, and the name there; ""
    of a module."""

    def __init__(self, name: str, line: LogicalLine | None, used: Iterable[Any] = ()) -> None:
        self.name = name
        self.line = line
        self.depth = 0
        self._group: Binding | None = None
        self.size = 1
        """How many are linked."""
        self.changed = 0
        """What a line may have changed that is executed: nothing, ITEMS, or all of it, WHOLE."""
        self.changer: LogicalLine | None = None
        """The line that may have."""
        self.touched = 0
        """What one may that a call of anything may execute."""
        self.link(used)

    def link(self, others: Iterable[Any]) -> None:
        """Link it with those of the others that are bindings."""
        for other in others:
            if isinstance(other, Binding):
                other.group._join(self.group)

    @property
    def group(self) -> Binding:
        """The one that stands for all that are linked with it."""
        found = self
        while found._group is not None:
            if found._group._group is not None:
                found._group = found._group._group
            found = found._group
        return found

    def _join(self, other: Binding) -> None:
        if self is not other:
            other._group = self
            self.size += other.size
            self.changed = max(self.changed, other.changed)
            self.touched = max(self.touched, other.touched)

    def keeps(self, value: Any, is_nested: bool = False) -> bool:
        """True where the value is still what it was; `is_nested`: in a function's body."""
        group = self.group
        changed = max(group.changed, group.touched) if is_nested else group.changed
        # An item alone may change where it is held by another one of them.
        return changed < (ITEMS if group.size > 1 else WHOLE) or not is_mutable(value)

    def value(self) -> Any:
        """The value: an integer, a `Reference`, a `Namespace`, text, data; None where unknown."""
        raise NotImplementedError


class Assigned(Binding):
    """An expression."""

    __slots__ = ("_found", "error", "node", "seen", "world")

    def __init__(
        self, name: str, line: LogicalLine, node: Node | None, seen: Mapping[str, Any],
        world: World,
    ) -> None:  # fmt: skip
        """`seen`: what its names mean there. `node`: the expression; None: that of the line."""
        super().__init__(name, line)
        for each in seen.values():
            if isinstance(each, Binding) and each.depth >= self.depth:
                self.depth = each.depth + 1
        self.node = node
        self.error: ExpressionError | None = None
        """Why it has no value, once that was asked for."""
        self.seen: Mapping[str, Any] | None = seen
        """None once it is computed."""
        self.world = world
        self._found: Any = None
        if self.depth > CHAIN_LIMIT:
            self.value()
            self.depth = 0

    def value(self) -> Any:
        if self.seen is not None:
            try:
                self._found = self.computed()
            except ExpressionError as error:
                self.error = error.with_traceback(None)
            self.seen = None
            if is_data(self._found):
                self.world.named(self.name, self._found, self)
        return self._found

    def computed(self) -> Any:
        """The value. Raises ExpressionError."""
        from asm_rv32.assembler.reading.python import value_of

        line, node = self.line, self.node
        assert line is not None and self.seen is not None
        if node is None:
            tree = TREES[line.shape]
            node = tree.parts[0].parts[-1] if isinstance(tree, Node) else None
        if node is None:
            raise ExpressionError("constant", "this is no constant", Node("", 0, 0, ()))
        return value_of(node, line.tokens, Seen(self.seen), self.world.room)


class Seen(dict[str, Any]):
    """Names as an expression sees them: bindings have become values; `Unknown` hides a built-in."""

    def get(self, name: str, default: Any = None) -> Any:
        """The value; None where it has none."""
        value = super().get(name, BUILTIN_NAMES.get(name, default))
        return _contents(value)


def _contents(value: Any) -> Any:
    if isinstance(value, Binding):
        found = value.value()
        return found if value.keeps(found) else None
    return None if isinstance(value, Unknown) else value


def is_data(value: Any) -> bool:
    """True of what may lie in memory."""
    return not (value is None or isinstance(value, (int, range, Data, *_FIXED)))


def is_mutable(value: Any) -> bool:
    """True where what is in a value may change."""
    if isinstance(value, Data):
        value = value.value
    # A tuple in a tuple may hold what changes: how deep is not looked into.
    return not _is_fixed(value) and not (isinstance(value, tuple) and all(map(_is_fixed, value)))


def _is_fixed(value: Any) -> bool:
    return value is None or isinstance(value, (int, str, bytes, *_FIXED))


class Sight(Mapping[str, Any]):
    """What names a function sees."""

    def pick(self, words: Iterable[str]) -> Picked:
        """What those words stand for that are integers, `Data` or `Namespace`s."""
        raise NotImplementedError

    def why(self, name: str, source: Source) -> Why:
        """Why a name has no value. `source` is the file's."""
        raise NotImplementedError

    def known(self, name: str) -> Any:
        """What a name without dots stands for, as things are now; None where it is not told."""
        return self.get(name)

    def meaning(self, name: str, picked: Mapping[str, Any] = {}) -> tuple[Any, str]:
        """What a name stands for, as things are now, or else as `picked` has it; and what is left
        of it: a label in a block of data, `second` of `rows.second`."""
        first, *rest = name.split(".")
        value = self.known(first)
        if value is None:
            value = picked.get(first)
        for at, word in enumerate(rest):
            if isinstance(value, Namespace):
                value = value.find(word)
            else:
                return (value, word) if at == len(rest) - 1 else (None, "")
        return value, ""

    def knows(self, name: str, picked: Mapping[str, Any] = {}) -> bool:
        """Whether a name may stand for a place in programs."""
        value, rest = self.meaning(name, picked)
        return isinstance(value, Reference if rest else (Reference, Data, Extern))

    def place(self, name: str, picked: Mapping[str, Any] = {}) -> Any:
        """What it stands for in a program, a `link.Place`; None where it is none."""
        raise NotImplementedError


class Picked(dict[str, Any]):
    """What the words of a function stand for, and why others stand for nothing."""

    __slots__ = ("sight",)

    def __init__(self, sight: Sight) -> None:
        super().__init__()
        self.sight = sight

    def knows(self, name: str) -> bool:
        """Whether a name may stand for a place in programs."""
        return self.sight.knows(name, self)

    def place(self, name: str) -> Any:
        """What a name stands for in a program, a `link.Place`; None where it is none."""
        return self.sight.place(name, self)


class Visible(Sight):
    """Names with some meaning, innermost scope first, as they are while the file is read."""

    def __init__(
        self, scopes: Sequence[Mapping[str, Any]], world: World, is_nested: bool = False
    ) -> None:
        self.scopes = scopes
        self.world = world
        self.is_nested = is_nested
        """True in a function, which may be called at any time."""

    def __getitem__(self, name: str) -> Any:
        for names in self.scopes:
            if name in names:
                return names[name]
        return BUILTIN_NAMES[name]

    def __contains__(self, name: object) -> bool:
        return any(name in names for names in self.scopes) or name in BUILTIN_NAMES

    def get(self, name: str, default: Any = None) -> Any:
        """The meaning of a name."""
        for names in self.scopes:
            if name in names:
                return names[name]
        return BUILTIN_NAMES.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter({name for names in self.scopes for name in names})

    def __len__(self) -> int:
        return sum(map(len, self.scopes))

    def seen(self, words: Iterable[str]) -> dict[str, Any]:
        """What those words mean now that mean anything."""
        found: dict[str, Any] = {}
        words = set(words)
        for names in reversed(self.scopes):
            for word in names.keys() & words:
                found[word] = names[word]
        return found

    def known(self, name: str) -> Any:
        """What a name stands for: an integer, `Data`, a `Reference`, a `Namespace`; or None."""
        found = self.get(name)
        if not isinstance(found, Binding):
            return None if isinstance(found, Unknown) else found
        value = found.value()
        if not found.keeps(value, self.is_nested):
            return None
        if not is_data(value):
            return None if isinstance(value, range) else value
        return self.world.named(name, value, found)

    def place(self, name: str, picked: Mapping[str, Any] = {}) -> Any:
        return self.world.places.place(*self.meaning(name, picked))

    def pick(self, words: Iterable[str]) -> Picked:
        """The values, as they are now, of those words that have one."""
        """The values, as they are now, of those words that have one."""
        found = Picked(self)
        words = set(words)
        for names in reversed(self.scopes):
            for word in names.keys() & words:
                value = self.known(word)
                if isinstance(value, VALUES):
                    found[word] = value
        return found


class Defined(Macros):
    """The macros of a file that are visible at a place of it, once the file is read.

    As Python has it of names, those of the innermost function. A macro may stand further down; of
    several with one name it is the last ahead of the place, if there is one. Where the file has
    none of a name, it is what the name means at its end: one of another file.
    """

    def __init__(self, scopes: Iterable[Scope], at: int, visible: Sight) -> None:
        self.scopes = [scope.macros for scope in scopes]
        self.at = at
        self.visible = visible

    def find(self, name: str) -> Macro | None:
        """The macro of a name; one of a class has its name in front: `Pins.toggle`."""
        for macros in self.scopes:
            found = macros.get(name)
            if found:
                ahead = bisect_left(found, self.at, key=lambda macro: macro.start)
                return found[max(ahead - 1, 0)]
        value, rest = self.visible.meaning(name)
        return value if isinstance(value, Macro) and not rest else None

    def known(self) -> Iterable[str]:
        """Their names."""
        return (name for macros in self.scopes for name in macros)


class Names(dict[str, Any]):
    """Name → integer, register, `Data` or `Namespace`; and what Python makes of such values."""

    __slots__ = ("room",)

    def __init__(self, base: Mapping[str, Any], names: Mapping[str, Any], room: Room) -> None:
        """`names` give no other meaning to those of `base`."""
        super().__init__(base)
        for name, value in names.items():
            self.setdefault(name, value)
        self.room = room

    def computes(self, name: str) -> bool:
        """True of a function or a method of Python that is known here, spelled with its dots."""
        from asm_rv32.assembler.reading.builtins import FUNCTIONS, METHODS

        head, _, method = name.rpartition(".")
        return (name in FUNCTIONS and name.partition(".")[0] not in self) or (
            bool(head) and method in METHODS
        )

    def constant(self, node: Node, tokens: list[str]) -> Any:
        """What Python has for an expression. Raises ExpressionError."""
        # Loaded for the rare line that asks data for a length or an item.
        from asm_rv32.assembler.reading.python import value_of

        return value_of(node, tokens, self, self.room)

    def unpacked(self, node: Node, tokens: list[str]) -> Sequence[int]:
        """The integers that `*DATA` stands for. Raises ExpressionError."""
        from asm_rv32.assembler.reading.python import unpacked

        return unpacked(node, tokens, self, self.room)
